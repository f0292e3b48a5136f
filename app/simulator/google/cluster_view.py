"""A cluster as the API shows it: what was asked for, with all that GKE adds."""

from app.simulator.google import catalogue, clusters, node_pools
from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import Json

_COMPUTE = "https://www.googleapis.com/compute/v1"
_SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]


def shown(cloud: Cloud, cluster: Json) -> Json:
    """`Cluster`; it has an endpoint and a certificate only once it runs."""
    spec, version, status = cluster["spec"], cluster["version"], clusters.status(cloud, cluster)
    pools = [
        _pool(cluster, pool, node_pools.status(cloud, cluster, pool, status))
        for pool in node_pools.present(cloud, cluster)
    ]
    body: Json = {
        **spec,
        **_places(cluster),
        **_networks(cluster),
        "id": cluster["id"],
        "etag": cluster["etag"],
        "nodePools": pools,
        "nodeConfig": pools[0]["config"] if pools else {},
        "instanceGroupUrls": [url for pool in pools for url in pool["instanceGroupUrls"]],
        "initialClusterVersion": version,
        "currentMasterVersion": version,
        "currentNodeVersion": version,
        "currentNodeCount": sum(nodes_of(pool) for pool in node_pools.with_nodes(cloud, cluster)),
        "createTime": cluster["created"].partition(".")[0] + "+00:00",
        "status": status,
        "selfLink": link(cluster, f"clusters/{cluster['name']}"),
        "labelFingerprint": clusters.label_fingerprint(cluster),
        "masterAuth": {"clientCertificateConfig": {}},
        "loggingService": "logging.googleapis.com/kubernetes",
        "monitoringService": "monitoring.googleapis.com/kubernetes",
        "databaseEncryption": {
            "state": "DECRYPTED",
            "currentState": "CURRENT_STATE_DECRYPTED",
        },
        "defaultMaxPodsConstraint": {"maxPodsPerNode": "110"},
        "autopilot": {},
        "enterpriseConfig": {"clusterTier": "STANDARD"},
    }
    failure = clusters.failure_of(cloud, cluster)
    if failure:
        body |= {"statusMessage": failure["message"], "conditions": conditions(failure)}
    is_reachable = cluster["port"] and status != "PROVISIONING"
    return {**body, **_reached(cloud, cluster, body)} if is_reachable else body


def nodes_of(pool: Json) -> int:
    """How many nodes a pool begins with, in all its zones."""
    return int(pool["initialNodeCount"]) * len(pool["locations"])


def conditions(failure: Json) -> list[Json]:
    """`StatusCondition`s that tell programs why a creation failed."""
    told = {"canonicalCode": failure["name"], "message": failure["message"]}
    return [{**told, "code": failure["condition"]} if failure["condition"] else told]


def link(cluster: Json, path: str) -> str:
    """GKE's full link of something in the cluster's location; it names the project's number."""
    location = cluster["location"]
    kind = "locations" if location in catalogue.ZONES else "zones"
    root = f"https://container.googleapis.com/v1/projects/{cluster['number']}"
    return f"{root}/{kind}/{location}/{path}"


def _places(cluster: Json) -> Json:
    places = sorted({zone for pool in cluster["spec"]["nodePools"] for zone in pool["locations"]})
    location = cluster["location"]
    return {"location": location, "zone": location, "locations": places}


def _networks(cluster: Json) -> Json:
    region, project = catalogue.region_of(cluster["location"]), cluster["project"]
    spec, block = cluster["spec"], "10.4.0.0/14"
    network = {
        "network": f"projects/{project}/global/networks/default",
        "subnetwork": f"projects/{project}/regions/{region}/subnetworks/default",
    }
    services = "34.118.224.0/20"
    return {
        "network": "default",
        "subnetwork": "default",
        "clusterIpv4Cidr": block,
        "servicesIpv4Cidr": services,
        "networkConfig": {**spec.get("networkConfig", {}), **network},
        "ipAllocationPolicy": {
            **spec.get("ipAllocationPolicy", {}),
            "useIpAliases": True,
            "clusterIpv4Cidr": block,
            "clusterIpv4CidrBlock": block,
            "servicesIpv4Cidr": services,
            "servicesIpv4CidrBlock": services,
            "stackType": "IPV4",
        },
    }


def _pool(cluster: Json, pool: Json, status: str) -> Json:
    project, name = cluster["project"], pool["name"]
    group = f"gke-{cluster['name']}-{name}-{cluster['id'][:8]}-grp"
    prefix = f"{_COMPUTE}/projects/{project}/zones"
    return {
        **pool,
        "config": {"oauthScopes": _SCOPES, **pool["config"]},
        "version": cluster["version"],
        "status": status,
        "podIpv4CidrSize": 24,
        "etag": cluster["etag"],
        "selfLink": link(cluster, f"clusters/{cluster['name']}/nodePools/{name}"),
        "instanceGroupUrls": [
            f"{prefix}/{zone}/instanceGroupManagers/{group}" for zone in pool["locations"]
        ],
    }


def _reached(cloud: Cloud, cluster: Json, body: Json) -> Json:
    """By IP address and by name; `endpoint` is the name where addresses are off."""
    asked = cluster["spec"].get("controlPlaneEndpointsConfig", {})
    by_address = asked.get("ipEndpointsConfig", {}).get("enabled", True)
    address = f"{cloud.host}:{cluster['port']}"
    name = f"{clusters.dns_name(cluster)}:{cloud.dns_endpoint_port}"
    public = {"enablePublicEndpoint": True, "publicEndpoint": address}
    allowed = {"allowExternalTraffic": False, **asked.get("dnsEndpointConfig", {})}
    authority = {"clusterCaCertificate": clusters.certificate(cluster)}
    return {
        "endpoint": address if by_address else name,
        "masterAuth": {**body["masterAuth"], **authority},
        "controlPlaneEndpointsConfig": {
            "dnsEndpointConfig": {**allowed, "endpoint": name},
            "ipEndpointsConfig": {"enabled": by_address, **(public if by_address else {})},
        },
    }

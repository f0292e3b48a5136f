"""What exists in the simulated cloud at this moment."""

from app.simulator.google import addresses, clusters, compute_store, enabled, names
from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import Json

_RESOURCES = {
    "disks": "disks",
    "firewalls": "firewalls",
    "forwardingRules": "forwarding_rules",
    "healthChecks": "health_checks",
    "networkEndpointGroups": "network_endpoint_groups",
    "routers": "routers",
    "sslCertificates": "ssl_certificates",
    "targetHttpProxies": "target_http_proxies",
    "targetHttpsProxies": "target_https_proxies",
    "urlMaps": "url_maps",
}


def inventory(cloud: Cloud) -> Json:
    """Everything, by kind, as JSON."""
    return {
        "clusters": _clusters(cloud),
        "addresses": _addresses(cloud),
        "service_accounts": [document for _, document in cloud.state.items("accounts")],
        "endpoints_services": [
            {
                "service": document["host"],
                "project": document["project"],
                "deleted": document["deleted_at"] is not None,
                "address": names.published(cloud, document["host"]),
            }
            for _, document in cloud.state.items("managed_services")
        ],
        "backend_services": _backend_services(cloud),
        **{name: _resources(cloud, kind) for kind, name in _RESOURCES.items()},
        "enabled_services": enabled.all_of(cloud),
        "policies": dict(cloud.state.items("policies")),
    }


def _clusters(cloud: Cloud) -> list[Json]:
    documents = (document for _, document in cloud.state.items("clusters"))
    return [
        {
            "name": document["name"],
            "project": document["project"],
            "location": document["location"],
            "status": clusters.status(cloud, document),
            "endpoint": f"{cloud.host}:{document['port']}" if document["port"] else None,
            "labels": document["spec"].get("resourceLabels", {}),
        }
        for document in documents
        if clusters.status(cloud, document)
    ]


def _addresses(cloud: Cloud) -> list[Json]:
    documents = (document for _, document in cloud.state.items("addresses"))
    return [
        addresses.shown(cloud, document) | {"project": document["project"]}
        for document in documents
        if not cloud.passed(document["gone_at"])
    ]


def _backend_services(cloud: Cloud) -> list[Json]:
    return [
        {
            "name": compute_store.name_of(document),
            "project": document["project"],
            "id": document["id"],
            "iap": bool(document["body"].get("iap", {}).get("enabled")),
            "healthy": bool(document.get("healthy")),
        }
        for document in compute_store.every(cloud)
        if compute_store.kind_of(document) == "backendServices"
    ]


def _resources(cloud: Cloud, kind: str) -> list[Json]:
    return [
        {
            "name": compute_store.name_of(document),
            "project": document["project"],
            "scope": compute_store.scope_of(document),
            "id": document["id"],
        }
        for document in compute_store.every(cloud)
        if compute_store.kind_of(document) == kind
    ]

"""What stands of a deployment: in the cloud, in its cluster, and in the portal's own books."""

import asyncio
import re

from app.domain.plan import StepName
from app.kube.client import MANAGER, KubeClient
from app.kube.errors import KubeRefused
from app.steps.cluster import cluster_to_remove, connected
from app.store.tables import Deployment
from tests.steps.carrying_out import Bench

PARTS = (
    "backend_services",
    "disks",
    "firewalls",
    "forwarding_rules",
    "health_checks",
    "network_endpoint_groups",
    "routers",
    "ssl_certificates",
    "target_http_proxies",
    "target_https_proxies",
    "url_maps",
)
_OBJECTS = tuple(
    f"/api/v1/{plural}" if group == "v1" else f"/apis/{group}/{plural}"
    for group, plurals in {
        "v1": "namespaces secrets configmaps services serviceaccounts",
        "apps/v1": "deployments",
        "apiextensions.k8s.io/v1": "customresourcedefinitions",
        "kubeflow.org/v1": "profiles",
        "networking.k8s.io/v1": "ingresses networkpolicies",
        "networking.gke.io/v1": "managedcertificates",
        "networking.gke.io/v1beta1": "frontendconfigs",
        "cloud.google.com/v1": "backendconfigs",
        "security.istio.io/v1beta1": "requestauthentications",
    }.items()
    for plural in plurals.split()
)


async def standing(bench: Bench, deployment: Deployment) -> list[str]:
    """Everything that a deployment has, a line each; its own name is written as NAME.

    Of a load balancer's parts, whose names are Google's, only how many of a kind there are.
    """
    found = bench.simulator.inventory()
    own_apis = rf"{deployment.project}/\w+\.googleapis\.com"
    enabled = [f"API {key}" for key in found["enabled_services"] if re.fullmatch(own_apis, key)]
    parts = [f"{kind}: {len(found[kind])}" for kind in PARTS if found[kind]]
    written = [f"written down: {line}" for line in await bench.resources(deployment)]
    own = [*written, *parts, *enabled]
    if any(cluster["name"] == deployment.name for cluster in found["clusters"]):
        own += await _in_cluster(bench, deployment)
    name = re.compile(rf"\b{deployment.name}\b")
    return sorted({*bench.made(deployment), *(name.sub("NAME", line) for line in own)})


async def _in_cluster(bench: Bench, deployment: Deployment) -> list[str]:
    """The objects that the portal has put into the cluster."""
    context = bench.context(deployment, StepName.WAIT_READY)
    cluster = await cluster_to_remove(context)
    if cluster is None or not cluster.usable:
        return []
    async with await connected(context, cluster) as client:
        lists = await asyncio.gather(*(_ours(client, path) for path in _OBJECTS))
    return [line for listed in lists for line in listed]


async def _ours(client: KubeClient, path: str) -> list[str]:
    try:
        listed = await client.get(path)
    except KubeRefused as error:
        if error.status != 404:
            raise
        return []
    return [
        f"{path.rpartition('/')[2]} {metadata.get('namespace', '')}/{metadata['name']}"
        for metadata in (item["metadata"] for item in listed["items"] or [])
        if any(field["manager"] == MANAGER for field in metadata.get("managedFields", []))
    ]

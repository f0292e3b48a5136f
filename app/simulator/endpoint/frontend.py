"""Google's front end: from a host name to a cluster's healthy backend."""

import logging
from dataclasses import dataclass

import aiohttp

from app.simulator.controllers.client import ApiError, KubernetesClient
from app.simulator.controllers.gke.health import is_healthy
from app.simulator.controllers.gke.translation import certificates_of, is_googles
from app.simulator.controllers.kinds import INGRESS, MANAGED_CERTIFICATE
from app.simulator.controllers.objects import Object, key_of
from app.simulator.world import ClusterAccess, World

_SUFFIX = ".localhost"
_LOG = logging.getLogger(__name__)


@dataclass
class Unreachable(Exception):
    """What a visitor is shown instead: the request does not get as far as the cluster."""

    status: int
    title: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Route:
    """The cluster and Ingress to which a host name leads."""

    host: str
    access: ClusterAccess
    ingress: Object


def public_host(header: str) -> str:
    """The public name behind a Host header: without the port and `.localhost`."""
    return header.partition(":")[0].lower().removesuffix(_SUFFIX)


async def find_route(world: World, host: str) -> Route:
    """DNS, load balancer, certificate and health, in that order; raises Unreachable."""
    address = world.resolves_to(host)
    if address is None:
        raise Unreachable(
            404, "This name does not resolve", f"DNS knows no address for {host} yet."
        )
    route = await _by_address(world, host, address)
    if route is None:
        told = f"No load balancer answers at {address} yet: the requested URL was not found."
        raise Unreachable(404, "Error 404 (Not Found)", told)
    await _check_certificate(route)
    if not is_healthy(route.ingress):
        told = "The load balancer has no healthy backend. Please try again in 30 seconds."
        raise Unreachable(502, "Error: Server Error", told)
    return route


async def _by_address(world: World, host: str, address: str) -> Route | None:
    for access in sorted(world.clusters(), key=lambda each: not _likely(each, host)):
        for ingress in await _ingresses(access):
            given = ((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
            if is_googles(ingress) and any(each.get("ip") == address for each in given):
                return Route(host, access, ingress)
    return None


def _likely(access: ClusterAccess, host: str) -> bool:
    """Names are usually made after the cluster: that one is asked first."""
    return host.startswith(f"{access.facts.name}.endpoints.{access.facts.project}.")


async def _ingresses(access: ClusterAccess) -> list[Object]:
    try:
        async with client_of(access) as client:
            return (await client.list(INGRESS)).items
    except (ApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
        _LOG.debug("cluster %s: %s", access.facts.name, error)
        return []


async def _check_certificate(route: Route) -> None:
    states = await _certificate_states(route)
    if "Active" in states:
        return
    state = states[0] if states else "missing"
    told = f"The TLS handshake with {route.host} fails: its certificate is {state}."
    raise Unreachable(503, "No secure connection yet", told)


async def _certificate_states(route: Route) -> list[str]:
    """The states of the certificates for this host that the Ingress names."""
    async with client_of(route.access) as client:
        listed = await _list_or_nothing(client, key_of(route.ingress)[0])
    named = certificates_of(route.ingress)
    return [
        (certificate.get("status") or {}).get("certificateStatus", "Provisioning")
        for certificate in listed
        if key_of(certificate) in named and route.host in certificate["spec"]["domains"]
    ]


async def _list_or_nothing(client: KubernetesClient, namespace: str) -> list[Object]:
    try:
        return (await client.list(MANAGED_CERTIFICATE, namespace)).items
    except ApiError as error:
        if error.status != 404:
            raise
        return []


def client_of(access: ClusterAccess) -> KubernetesClient:
    """A client of the cluster's API, to be opened."""
    return KubernetesClient(access.url, access.ca_certificate, access.token)

"""Taking things out of a cluster that would outlive it in Compute Engine, or cost there.

Nothing here stops a removal: what cannot be taken out in time is told of, and swept up when the
cluster is gone (`app.steps.leftovers`).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from app.domain.status import Level
from app.errors import StepError
from app.kube.client import Json, KubeClient
from app.kube.errors import KubeRefused
from app.steps.context import StepContext
from app.steps.waiting import MINUTE, patiently, until
from app.text import N_
from app.together import together

Chosen = Callable[[Json], bool]
_GROUPS = "/apis/networking.gke.io/v1beta1/servicenetworkendpointgroups"
_CLAIMS, _VOLUMES = "/api/v1/persistentvolumeclaims", "/api/v1/persistentvolumes"
_WORKLOADS = ("/apis/apps/v1/deployments", "/apis/apps/v1/statefulsets")


def everything(item: Json) -> bool:
    """Chooses every object."""
    return True


@dataclass(frozen=True, slots=True)
class Emptying:
    """One cluster, and whom to tell."""

    context: StepContext
    client: KubeClient

    async def answers(self) -> bool:
        """Whether the cluster's API answers at all; a broken or half-made one may not."""

        async def ask() -> None:
            await patiently(self.context, lambda: self.client.get("/version"), limit=2 * MINUTE)

        return await self.attempt(ask(), N_("the cluster's API does not answer"))

    async def load_balancers(self) -> None:
        """What people have in their namespaces goes first, then whatever has a load balancer."""
        await self._all("/apis/kubeflow.org/v1/profiles", 10 * MINUTE)
        await together(
            self._all("/apis/networking.k8s.io/v1/ingresses", 15 * MINUTE),
            self._all("/apis/gateway.networking.k8s.io/v1/gateways", 15 * MINUTE),
        )
        await self._all("/api/v1/services", 5 * MINUTE, _is_balanced)
        await self.attempt(self._none_left(_GROUPS, 5 * MINUTE), _GROUPS)
        await self._all("/apis/networking.gke.io/v1/managedcertificates", 5 * MINUTE)

    async def volumes(self) -> None:
        """Every claim, once nothing uses it any more: its disk goes with it."""
        await self.attempt(self._release(), _CLAIMS)

    async def named(self, paths: Sequence[str], limit: float) -> None:
        """These objects, where they are there."""
        await self.attempt(self._remove(list(paths), limit), paths[0])

    async def attempt(self, work: Awaitable[None], what: str) -> bool:
        """Whether the work could be done; if not, the log says what is left for later."""
        try:
            await work
        except StepError as error:
            await self.context.say(
                N_("Left to be swept up after the cluster: %(what)s. %(cause)s"),
                level=Level.WARNING,
                what=what.rpartition("/")[2],
                cause=error.cause,
            )
            return False
        return True

    async def _all(self, path: str, limit: float, chosen: Chosen = everything) -> None:
        """The chosen objects of a kind in all namespaces, with what their finalizers hold."""

        async def work() -> None:
            found = await self._listed(path, chosen)
            await self._remove([_path_of(path, item) for item in found], limit)

        await self.attempt(work(), path)

    async def _release(self) -> None:
        claims = await self._listed(_CLAIMS, everything)
        if not claims:
            return
        users = [
            _path_of(path, item)
            for path in _WORKLOADS
            for item in await self._listed(path, _mounts_a_claim)
        ]
        await self._remove(users, 5 * MINUTE)
        await self._remove([_path_of(_CLAIMS, claim) for claim in claims], 10 * MINUTE)
        await self._none_left(_VOLUMES, 10 * MINUTE, _goes_with_its_claim)

    async def _remove(self, paths: list[str], limit: float) -> None:
        """Delete all and wait until none is there."""
        await together(*(self._delete(path) for path in paths))
        for path in paths:
            name = path.rpartition("/")[2]
            await until(self.context, partial(self._gone, path), limit=limit, what=f"end of {name}")

    async def _delete(self, path: str) -> None:
        await patiently(
            self.context, lambda: self._unless_missing(self.client.delete(path)), limit=2 * MINUTE
        )

    async def _gone(self, path: str) -> bool | None:
        return True if await self._unless_missing(self.client.get(path)) is None else None

    async def _none_left(self, path: str, limit: float, chosen: Chosen = everything) -> None:
        async def look() -> bool | None:
            return None if await self._listed(path, chosen) else True

        await until(self.context, look, limit=limit, what=f"end of {path.rpartition('/')[2]}")

    async def _listed(self, path: str, chosen: Chosen) -> list[Json]:
        listed = await self._unless_missing(self.client.get(path))
        return [item for item in (listed or {}).get("items", []) if chosen(item)]

    async def _unless_missing(self, answer: Awaitable[Json]) -> Json | None:
        """None for what is not there, or of a kind that the cluster does not serve."""
        try:
            return await answer
        except KubeRefused as error:
            if error.status == 404:
                return None
            raise


def _path_of(kind: str, item: Json) -> str:
    """The path of an object, from that of its kind in all namespaces."""
    metadata = item["metadata"]
    root, _, plural = kind.rpartition("/")
    within = f"/namespaces/{metadata['namespace']}" if metadata.get("namespace") else ""
    return f"{root}{within}/{plural}/{metadata['name']}"


def _is_balanced(service: Json) -> bool:
    """Whether a Service has a load balancer, or endpoint groups for one."""
    marks = service["metadata"].get("annotations") or {}
    return service["spec"].get("type") == "LoadBalancer" or "cloud.google.com/neg" in marks


def _mounts_a_claim(workload: Json) -> bool:
    spec = workload["spec"]
    volumes = spec["template"]["spec"].get("volumes") or []
    return bool(spec.get("volumeClaimTemplates")) or any(
        "persistentVolumeClaim" in volume for volume in volumes
    )


def _goes_with_its_claim(volume: Json) -> bool:
    spec = volume["spec"]
    return bool(spec.get("claimRef")) and spec.get("persistentVolumeReclaimPolicy") == "Delete"

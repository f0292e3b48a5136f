"""What a cluster has left behind in Compute Engine, found by its marks and swept up."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from app.domain.names import LABEL
from app.google import links
from app.google.balancers import PART_KINDS, Part
from app.kube.client import KubeClient
from app.kube.errors import KubeRefused
from app.steps.access import BACKEND_SERVICE
from app.steps.context import StepContext
from app.steps.ours import cloud_of, labels, mark
from app.steps.waiting import MINUTE, patiently, until
from app.steps.written import written_down
from app.store import deployments
from app.together import together

_IDENTITY = "/api/v1/namespaces/kube-system/configmaps/ingress-uid"
_LETTERS = 8  # of the cluster's id in the names of what it makes
_CLUSTER_OF_DISK = "goog-k8s-cluster-name"


@dataclass(frozen=True, slots=True)
class Marks:
    """How a deployment's things are told from others'.

    `ids` are those of its clusters for load balancers, `description` is what the portal writes on
    what it makes itself. `since` is when the deployment was asked
    for: a disk of a cluster of the same name that is older was another's.
    """

    ids: frozenset[str]
    cluster: str
    host: str
    label: str
    since: datetime
    description: str = ""
    written: frozenset[str] = frozenset()

    def are_on(self, kind: str, thing: dict[str, Any]) -> bool:
        """Whether a thing, as Compute Engine shows it, is this deployment's."""
        name = str(thing["name"])
        if f"{kind} {name}" in self.written or self._describes(thing):
            return True
        if kind == "disk":
            return not thing.get("users") and self._is_our_disk(thing)
        if kind == "SSL certificate":
            return bool(thing.get("managed", {}).get("domains") == [self.host])
        return name.startswith("k8s") and any(f"-{each}" in name for each in self.ids)

    def _describes(self, thing: dict[str, Any]) -> bool:
        return bool(self.description) and thing.get("description") == self.description

    def _is_our_disk(self, disk: dict[str, Any]) -> bool:
        marks = disk.get("labels", {})
        if marks.get(LABEL) == self.label:
            return True
        made = datetime.fromisoformat(disk["creationTimestamp"])
        return marks.get(_CLUSTER_OF_DISK) == self.cluster and made >= self.since


async def load_balancer_id(client: KubeClient) -> str:
    """The letters with which GKE marks what it makes for this cluster's load balancers, or ""."""
    try:
        found = await client.get(_IDENTITY)
    except KubeRefused:
        return ""
    return str(found.get("data", {}).get("uid", ""))[:_LETTERS]


async def write_down_leftovers(context: StepContext, ids: Collection[str]) -> None:
    """Note what is marked while the cluster can still tell its id: a crash must not lose it."""
    marks = await _marks(context, ids)
    for part in await _found(context, marks):
        if part.kind != "disk":
            link = _link(context.spec.project, part)
            await context.made(part.kind, part.name, detail=part.zone, link=link)


async def sweep(context: StepContext, ids: Collection[str]) -> None:
    """Nothing that carries the deployment's marks is left in Compute Engine."""
    marks = await _marks(context, ids)
    found = await _found(context, marks)
    for kind in PART_KINDS:
        await together(*(_delete(context, part) for part in found if part.kind == kind))
    for gone in await written_down(context, PART_KINDS):
        await context.removed(gone.kind, gone.name)


def _link(project: str, part: Part) -> str:
    if part.kind == BACKEND_SERVICE:
        return links.backend_service(project, part.name)
    elsewhere = {"firewall rule": links.firewalls, "SSL certificate": links.certificates}
    return elsewhere.get(part.kind, links.load_balancers)(project)


async def _marks(context: StepContext, ids: Collection[str]) -> Marks:
    async with context.database.read() as session:
        deployment = await deployments.get(session, context.deployment_id)
    written = await written_down(context, PART_KINDS)
    named = {_id_in(each.name) for each in written if each.kind == BACKEND_SERVICE}
    return Marks(
        ids=frozenset({*ids, *named} - {""}),
        cluster=context.names.cluster,
        host=context.names.host,
        label=labels(context)[LABEL],
        since=deployment.created_at,
        description=mark(context),
        written=frozenset(f"{each.kind} {each.name}" for each in written),
    )


def _id_in(name: str) -> str:
    """`k8s1-ID-namespace-service-80-hash` names the cluster's id."""
    first, _, rest = name.partition("-")
    return rest.partition("-")[0] if first == "k8s1" else ""


async def _found(context: StepContext, marks: Marks) -> list[Part]:
    """In the order in which they can be deleted."""
    balancers, spec = cloud_of(context).balancers, context.spec
    found: dict[str, list[Part]] = {}

    async def look(kind: str) -> None:
        found[kind] = await balancers.parts(spec.project, spec.zone, kind, marks.are_on)

    looks = (patiently(context, partial(look, kind), limit=2 * MINUTE) for kind in PART_KINDS)
    await together(*looks)
    return [part for kind in PART_KINDS for part in found[kind]]


async def _delete(context: StepContext, part: Part) -> None:
    """What is in use for a moment yet, by something that is on its way out, is tried again."""
    balancers, project = cloud_of(context).balancers, context.spec.project
    operation = await patiently(context, lambda: balancers.delete(project, part), limit=10 * MINUTE)

    async def look() -> bool | None:
        found = await balancers.operation(project, part, operation)
        if found.error is not None:
            raise found.error
        return True if found.done else None

    if operation:
        await until(context, look, limit=5 * MINUTE, what=f"end of {part.kind} {part.name}")
    await context.removed(part.kind, part.name)

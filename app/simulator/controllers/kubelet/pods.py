"""The kubelets: bound Pods start, run, end and go."""

from datetime import datetime

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import CLAIM, CONFIG_MAP, NODE, POD, SECRET
from app.simulator.controllers.kubelet import status
from app.simulator.controllers.kubelet.fate import Failure, Fate, PodFate
from app.simulator.controllers.kubelet.nodes import MANAGER, node_address, node_names, pod_range
from app.simulator.controllers.kubelet.requirements import requirements
from app.simulator.controllers.objects import (
    Key,
    Object,
    deleting,
    images,
    key_of,
    moment_of,
    uid,
)

_COMPONENT = "kubelet"
_BACK_OFF_SECONDS = 10.0


class PodController(Controller):
    """Plays every node's kubelet.

    What a Pod waits for is kept by the clock of this process to the fraction of a second, and
    after a restart read from its start time, which Kubernetes keeps to the second.
    """

    workers = 4

    def __init__(self, context: Context, fate: PodFate) -> None:
        super().__init__(context)
        self._fate = fate
        self._pods = self.watch(POD, only=_concerns_kubelet)
        self._nodes = self.use(NODE)
        for kind in (SECRET, CONFIG_MAP, CLAIM):
            self.watch(kind, self._waiting_for)
        self._started_at: dict[str, datetime] = {}
        self._running_at: dict[str, datetime] = {}
        self._addresses: dict[str, str] = {}
        self._pulled: dict[str, set[str]] = {}
        self._stuck: dict[Key, Key] = {}

    async def reconcile(self, key: Key) -> float | None:
        """Bring the Pod to the next turn of its life once that is due."""
        pod = self._pods.get(key)
        if pod is None or deleting(pod):
            await self._remove(key, pod)
            return None
        if not pod["spec"].get("nodeName"):
            return None
        match (pod.get("status") or {}).get("phase", "Pending"):
            case "Pending":
                return await self._start(pod)
            case "Running" if pod["spec"].get("restartPolicy", "Always") != "Always":
                return await self._finish(pod)
        return None

    async def _start(self, pod: Object) -> float | None:
        fate = self._fate(pod, self._to_pull(pod))
        if not (pod.get("status") or {}).get("startTime"):
            return await self._create(pod, fate)
        self.context.waits.begin(_what(pod), fate.delay)
        left = self._left(self._since(pod), fate.delay)
        if left > 0:
            return left
        self.context.waits.end(_what(pod))
        if fate.failure is not None:
            return await self._fail(pod, fate.failure)
        if not self._has_all_it_mounts(pod):
            return None
        await self._run(pod)
        return 0.0 if pod["spec"].get("restartPolicy", "Always") != "Always" else None

    async def _create(self, pod: Object, fate: Fate) -> float:
        now = self.clock.now()
        self._started_at[uid(pod)] = now
        host = node_address(self._node_index(pod))
        await self.cluster.set_status(POD, pod, status.creating(pod, host, now), MANAGER)
        for image in self._to_pull(pod):
            self._tell(pod, "Pulling", f'Pulling image "{image}"')
        self.context.waits.begin(_what(pod), fate.delay)
        return max(0.0, self._left(now, fate.delay))

    async def _run(self, pod: Object) -> None:
        now, pulled = self.clock.now(), self._to_pull(pod)
        address = self._address(pod)
        await self.cluster.set_status(POD, pod, status.running(pod, address, now), MANAGER)
        self._running_at[uid(pod)] = now
        self._pulled.setdefault(pod["spec"]["nodeName"], set()).update(pulled)
        self._stuck.pop(key_of(pod), None)
        self._tell_of_start(pod, pulled)

    async def _fail(self, pod: Object, failure: Failure) -> float:
        now = self.clock.now()
        await self.cluster.set_status(POD, pod, status.failing(pod, failure, now), MANAGER)
        self.context.events.warning(pod, failure.event, failure.message, _COMPONENT)
        return self.clock.real(_BACK_OFF_SECONDS)

    async def _finish(self, pod: Object) -> float | None:
        seconds = self.context.timings.job
        self.context.waits.begin(f"{_what(pod)}/end", seconds)
        left = self._left(self._running_since(pod), seconds)
        if left > 0:
            return left
        now = self.clock.now()
        await self.cluster.set_status(POD, pod, status.succeeded(pod, now), MANAGER)
        self.context.waits.end(f"{_what(pod)}/end")
        return None

    async def _remove(self, key: Key, pod: Object | None) -> None:
        what = f"kubernetes.pod/{key[0]}/{key[1]}"
        self.context.waits.forget(what)
        self.context.waits.forget(f"{what}/end")
        self._stuck.pop(key, None)
        if pod is not None:
            for memory in (self._started_at, self._running_at, self._addresses):
                memory.pop(uid(pod), None)
            await self.cluster.delete(POD, pod, grace=0)

    def _has_all_it_mounts(self, pod: Object) -> bool:
        """Whether nothing is missing; what is, is said, and looked out for."""
        for requirement in requirements(pod):
            if not requirement.met(self.cluster.get(requirement.kind, requirement.key)):
                self._stuck[key_of(pod)] = requirement.key
                warn = self.context.events.warning
                warn(pod, requirement.event, requirement.message, _COMPONENT)
                return False
        return True

    def _waiting_for(self, obj: Object) -> list[Key]:
        return [pod for pod, missing in self._stuck.items() if missing == key_of(obj)]

    def _since(self, pod: Object) -> datetime:
        return self._started_at.get(uid(pod)) or moment_of(pod["status"]["startTime"])

    def _running_since(self, pod: Object) -> datetime:
        first = pod["status"]["containerStatuses"][0]["state"]
        return self._running_at.get(uid(pod)) or moment_of(first["running"]["startedAt"])

    def _left(self, since: datetime, simulated_seconds: float) -> float:
        return (self.clock.after(simulated_seconds, since) - self.clock.now()).total_seconds()

    def _to_pull(self, pod: Object) -> list[str]:
        node = pod["spec"]["nodeName"]
        if node not in self._pulled:
            self._pulled[node] = _images_on(node, self._pods.all())
        return [image for image in images(pod) if image not in self._pulled[node]]

    def _address(self, pod: Object) -> str:
        """A free address of the node's range."""
        taken = {(other.get("status") or {}).get("podIP") for other in self._pods}
        taken |= set(self._addresses.values())
        prefix = pod_range(self._node_index(pod)).rpartition(".")[0]
        free = (f"{prefix}.{last}" for last in range(2, 255))
        return self._addresses.setdefault(
            uid(pod), next(address for address in free if address not in taken)
        )

    def _node_index(self, pod: Object) -> int:
        names, name = node_names(self.context.facts), pod["spec"]["nodeName"]
        return names.index(name) if name in names else len(names)

    def _tell_of_start(self, pod: Object, pulled: list[str]) -> None:
        for container in [*(pod["spec"].get("initContainers") or []), *pod["spec"]["containers"]]:
            image, name = container["image"], container["name"]
            told = f'Container image "{image}" already present on machine'
            if image in pulled:
                told = f'Successfully pulled image "{image}"'
            self._tell(pod, "Pulled", told)
            self._tell(pod, "Created", f"Created container: {name}")
            self._tell(pod, "Started", f"Started container {name}")

    def _tell(self, pod: Object, reason: str, message: str) -> None:
        self.context.events.normal(pod, reason, message, _COMPONENT)


def _what(pod: Object) -> str:
    return "kubernetes.pod/" + "/".join(key_of(pod))


def _concerns_kubelet(pod: Object, _: Object | None) -> bool:
    return bool(pod["spec"].get("nodeName")) or deleting(pod)


def _images_on(node: str, pods: list[Object]) -> set[str]:
    """The images that must be on a node, since Pods there have started with them."""
    return {
        image
        for pod in pods
        if pod["spec"].get("nodeName") == node
        and (pod.get("status") or {}).get("phase", "Pending") != "Pending"
        for image in images(pod)
    }

"""Jobs: Pods that run until enough of them have succeeded."""

from datetime import datetime

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import JOB, POD
from app.simulator.controllers.objects import (
    Key,
    Object,
    deleting,
    holds,
    new_condition,
    stamp,
    uid,
)
from app.simulator.controllers.workloads.pods import (
    MANAGER,
    finished,
    pod_from,
    random_suffix,
    ready_count,
)

_COMPONENT = "job-controller"


class JobController(Controller):
    """Starts a Job's Pods and declares it complete or failed."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.watch(JOB)
        self._pods = self.watch_owned(POD, "Job")

    async def reconcile(self, key: Key) -> float | None:
        """Make the Pods that are missing, then write the status."""
        job = self.cluster.get(JOB, key)
        if job is None or deleting(job) or holds(job, "Complete") or holds(job, "Failed"):
            return None
        for _ in range(missing(job, self._pods.owned_by(uid(job)))):
            await self._make(job)
        status = status_of(job, self._pods.owned_by(uid(job)), self.clock.now())
        await self.cluster.set_status(JOB, job, status, MANAGER)
        return None

    async def _make(self, job: Object) -> None:
        name = f"{job['metadata']['name']}-{random_suffix()}"
        pod = pod_from(job["spec"]["template"], job, name)
        tags = {"job-name": job["metadata"]["name"], "controller-uid": uid(job)}
        tags |= {f"batch.kubernetes.io/{label}": value for label, value in tags.items()}
        pod["metadata"]["labels"] |= tags
        await self.cluster.create(POD, pod, MANAGER)
        told = f"Created pod: {name}"
        self.context.events.normal(job, "SuccessfulCreate", told, _COMPONENT)


def missing(job: Object, pods: list[Object]) -> int:
    """How many Pods are to be started now; none once too many have failed."""
    spec = job["spec"]
    if spec.get("suspend") or _phase(pods, "Failed") > spec.get("backoffLimit", 6):
        return 0
    running = sum(not finished(pod) for pod in pods)
    left = _wanted(job) - _phase(pods, "Succeeded")
    return max(0, min(int(spec.get("parallelism") or 1), left) - running)


def status_of(job: Object, pods: list[Object], now: datetime) -> Object:
    """The whole status; None stands for a field that is left out."""
    succeeded, failed = _phase(pods, "Succeeded"), _phase(pods, "Failed")
    status: Object = {
        "startTime": (job.get("status") or {}).get("startTime") or stamp(now),
        "active": sum(not finished(pod) for pod in pods) or None,
        "ready": ready_count(pods),
        "succeeded": succeeded or None,
        "failed": failed or None,
        "uncountedTerminatedPods": {},
    }
    if succeeded >= _wanted(job):
        done = "Reached expected number of succeeded pods"
        return status | {
            "completionTime": stamp(now),
            "conditions": [
                new_condition(job, "SuccessCriteriaMet", True, now, "CompletionsReached", done),
                new_condition(job, "Complete", True, now, "CompletionsReached", done),
            ],
        }
    if failed > job["spec"].get("backoffLimit", 6):
        why = "Job has reached the specified backoff limit"
        failure = new_condition(job, "Failed", True, now, "BackoffLimitExceeded", why)
        return status | {"conditions": [failure]}
    return status


def _wanted(job: Object) -> int:
    return int(job["spec"].get("completions") or 1)


def _phase(pods: list[Object], phase: str) -> int:
    return sum((pod.get("status") or {}).get("phase") == phase for pod in pods)

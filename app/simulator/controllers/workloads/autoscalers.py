"""HorizontalPodAutoscalers: a status that says there is no load."""

from datetime import datetime

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import AUTOSCALER, DEPLOYMENT
from app.simulator.controllers.objects import Key, Object, key_of, new_condition
from app.simulator.controllers.workloads.pods import MANAGER


class AutoscalerController(Controller):
    """Watches over Deployments that nobody uses: they stay as they are."""

    workers = 1

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        autoscalers = self.watch(AUTOSCALER)
        self.watch(
            DEPLOYMENT,
            lambda deployment: [key_of(each) for each in autoscalers if _aims(each, deployment)],
        )

    async def reconcile(self, key: Key) -> float | None:
        """Write the status."""
        autoscaler = self.cluster.get(AUTOSCALER, key)
        if autoscaler is None:
            return None
        target = (key[0], autoscaler["spec"]["scaleTargetRef"]["name"])
        deployment = self.cluster.get(DEPLOYMENT, target)
        status = status_of(autoscaler, deployment, self.clock.now())
        await self.cluster.set_status(AUTOSCALER, autoscaler, status, MANAGER)
        return None


def status_of(autoscaler: Object, deployment: Object | None, now: datetime) -> Object:
    """As many replicas wanted as there are."""
    if deployment is None:
        told = "the HPA controller was unable to get the target's current scale"
        unable = new_condition(autoscaler, "AbleToScale", False, now, "FailedGetScale", told)
        return {"currentReplicas": 0, "desiredReplicas": 0, "conditions": [unable]}
    replicas = (deployment.get("status") or {}).get("replicas") or 0
    told = "recommended size matches current size"
    able = new_condition(autoscaler, "AbleToScale", True, now, "ReadyForNewScale", told)
    return {"currentReplicas": replicas, "desiredReplicas": replicas, "conditions": [able]}


def _aims(autoscaler: Object, deployment: Object) -> bool:
    reference = autoscaler["spec"]["scaleTargetRef"]
    namespace, name = key_of(deployment)
    return reference["kind"] == "Deployment" and (reference["name"], key_of(autoscaler)[0]) == (
        name,
        namespace,
    )

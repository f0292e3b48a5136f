"""PodDisruptionBudgets: how many Pods could go."""

import math
from datetime import datetime

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import DISRUPTION_BUDGET, POD
from app.simulator.controllers.objects import (
    Key,
    Object,
    key_of,
    labels,
    new_condition,
)
from app.simulator.controllers.workloads.pods import MANAGER, ready_count
from app.simulator.label_selectors import selects


class DisruptionController(Controller):
    """Counts the Pods of each budget."""

    workers = 1

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._budgets = self.watch(DISRUPTION_BUDGET)
        self._pods = self.watch(POD, self._concerned)

    async def reconcile(self, key: Key) -> float | None:
        """Write the status."""
        budget = self._budgets.get(key)
        if budget is None:
            return None
        pods = [pod for pod in self._pods.all(key[0]) if _covers(budget, pod)]
        status = status_of(budget, pods, self.clock.now())
        await self.cluster.set_status(DISRUPTION_BUDGET, budget, status, MANAGER)
        return None

    def _concerned(self, pod: Object) -> list[Key]:
        budgets = self._budgets.all(key_of(pod)[0])
        return [key_of(budget) for budget in budgets if _covers(budget, pod)]


def status_of(budget: Object, pods: list[Object], now: datetime) -> Object:
    """Healthy and needed Pods, and the difference."""
    expected, healthy = len(pods), ready_count(pods)
    needed = _needed(budget["spec"], expected)
    allowed = max(0, healthy - needed) if expected else 0
    reason = "SufficientPods" if allowed else "InsufficientPods"
    return {
        "observedGeneration": budget["metadata"].get("generation", 1),
        "currentHealthy": healthy,
        "desiredHealthy": needed,
        "disruptionsAllowed": allowed,
        "expectedPods": expected,
        "conditions": [new_condition(budget, "DisruptionAllowed", allowed > 0, now, reason)],
    }


def _needed(spec: Object, expected: int) -> int:
    if "maxUnavailable" in spec:
        return max(0, expected - _amount(spec["maxUnavailable"], expected))
    return _amount(spec.get("minAvailable", 1), expected)


def _amount(value: int | str, of: int) -> int:
    if isinstance(value, str):
        return math.ceil(of * int(value.rstrip("%")) / 100)
    return value


def _covers(budget: Object, pod: Object) -> bool:
    return selects(budget["spec"].get("selector"), labels(pod))

"""Aggregated ClusterRoles: their rules are those of the roles they select."""

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import CLUSTER_ROLE
from app.simulator.controllers.objects import Key, Object, deleting, key_of, labels
from app.simulator.label_selectors import selects


class AggregationController(Controller):
    """Fills the rules of aggregated roles, and again after someone emptied them."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._roles = self.watch(CLUSTER_ROLE, self._concerned)

    async def reconcile(self, key: Key) -> float | None:
        """Write the rules if they are not what they should be."""
        role = self._roles.get(key)
        if role is None or deleting(role) or "aggregationRule" not in role:
            return None
        rules = aggregated(role, self._roles.all())
        if rules != (role.get("rules") or []):
            manager = "clusterrole-aggregation-controller"
            await self.cluster.merge(CLUSTER_ROLE, role, {"rules": rules}, manager)
        return None

    def _concerned(self, changed: Object) -> list[Key]:
        roles = [role for role in self._roles if role.get("aggregationRule")]
        selecting = [role for role in roles if role_selects(role, changed)]
        return [key_of(changed), *map(key_of, selecting)]


def role_selects(role: Object, other: Object) -> bool:
    """Whether an aggregated role takes in the rules of another."""
    selectors = role["aggregationRule"].get("clusterRoleSelectors") or []
    return key_of(role) != key_of(other) and any(
        selects(selector, labels(other)) for selector in selectors
    )


def aggregated(role: Object, roles: list[Object]) -> list[Object]:
    """The rules of all selected roles, by name of the role, each once."""
    rules: list[Object] = []
    for other in sorted(roles, key=key_of):
        if role_selects(role, other):
            rules += [rule for rule in other.get("rules") or [] if rule not in rules]
    return rules

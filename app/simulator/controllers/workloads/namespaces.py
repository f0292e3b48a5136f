"""What every namespace has: the ServiceAccount `default` and the cluster's CA."""

from collections.abc import Callable

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import CONFIG_MAP, NAMESPACE, SERVICE_ACCOUNT
from app.simulator.controllers.objects import Key, Object, deleting
from app.simulator.controllers.workloads.pods import MANAGER

_CA = "kube-root-ca.crt"


class NamespaceController(Controller):
    """Makes both in each namespace, and again if somebody removes them."""

    def __init__(self, context: Context, ca_certificate: str) -> None:
        super().__init__(context)
        self._ca_certificate = ca_certificate
        self.watch(NAMESPACE)
        self._accounts = self.watch(SERVICE_ACCOUNT, _namespace_key, _named("default"))
        self._maps = self.watch(CONFIG_MAP, _namespace_key, _named(_CA))

    async def reconcile(self, key: Key) -> float | None:
        """Make what is missing."""
        namespace = self.cluster.get(NAMESPACE, key)
        if namespace is None or deleting(namespace):
            return None
        if self._accounts.get((key[1], "default")) is None:
            account = {"metadata": {"name": "default", "namespace": key[1]}}
            await self.cluster.create(SERVICE_ACCOUNT, account, MANAGER)
        if self._maps.get((key[1], _CA)) is None:
            metadata = {"name": _CA, "namespace": key[1]}
            bundle = {"metadata": metadata, "data": {"ca.crt": self._ca_certificate}}
            await self.cluster.create(CONFIG_MAP, bundle, MANAGER)
        return None


def _namespace_key(obj: Object) -> list[Key]:
    return [("", obj["metadata"]["namespace"])]


def _named(name: str) -> Callable[[Object, Object | None], bool]:
    return lambda obj, _: bool(obj["metadata"]["name"] == name)

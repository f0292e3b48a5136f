"""istiod: the ConfigMap with the mesh's authority, in every namespace."""

from app.simulator.controllers.available import follow_deployment, is_available
from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import CONFIG_MAP, NAMESPACE
from app.simulator.controllers.objects import Key, Object, deleting

ROOT_CERTIFICATE = "istio-ca-root-cert"
_DEPLOYMENT = "istiod"
_SYSTEM = "istio-system"


class MeshAuthorityController(Controller):
    """Gateways and sidecars start only once their namespace has it."""

    workers = 1

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._namespaces = self.watch(NAMESPACE)
        self._maps = self.use(CONFIG_MAP)
        self._deployments = follow_deployment(self, _DEPLOYMENT, self._namespaces)

    async def reconcile(self, key: Key) -> float | None:
        """Make the ConfigMap if it is missing."""
        namespace = self._namespaces.get(key)
        if namespace is None or deleting(namespace):
            return None
        known = self._maps.get((key[1], ROOT_CERTIFICATE))
        if known is None and is_available(self._deployments, _DEPLOYMENT):
            await self.cluster.create(CONFIG_MAP, self._map(key[1]), _DEPLOYMENT)
        return None

    def _map(self, namespace: str) -> Object:
        labels = {"istio.io/config": "true"}
        metadata = {"name": ROOT_CERTIFICATE, "namespace": namespace, "labels": labels}
        return {"metadata": metadata, "data": {"root-cert.pem": self._authority()}}

    def _authority(self) -> str:
        """The one that other namespaces have already, or a new one."""
        for map_ in self._maps:
            if map_["metadata"]["name"] == ROOT_CERTIFICATE:
                return str(map_["data"]["root-cert.pem"])
        now, names = self.clock.now(), [f"istiod.{_SYSTEM}.svc"]
        return self.context.issue("cluster.local", names, now).authority.decode()

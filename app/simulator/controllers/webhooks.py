"""Webhook servers that give their own configuration its authority, as istiod and Knative do."""

from copy import deepcopy

from app.simulator.controllers.certmanager.injection import is_annotated
from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import (
    DEPLOYMENT,
    MUTATING_WEBHOOK,
    POD,
    SERVICE,
    VALIDATING_WEBHOOK,
    Kind,
)
from app.simulator.controllers.objects import Key, Object, holds, key_of, labels, pod_ready


def webhook_servers(context: Context) -> list[Controller]:
    """One controller for each kind of configuration."""
    return [OwnAuthority(context, MUTATING_WEBHOOK), OwnAuthority(context, VALIDATING_WEBHOOK)]


class OwnAuthority(Controller):
    """Fills what nobody else fills, once the server that is called is ready."""

    workers = 1

    def __init__(self, context: Context, kind: Kind) -> None:
        super().__init__(context)
        self._kind = kind
        self._configurations = self.watch(kind, only=_is_its_own)
        self._services = self.use(SERVICE)
        self._pods = self.use(POD)
        self.watch(DEPLOYMENT, lambda _: self._unfilled(), _became_available)

    async def reconcile(self, key: Key) -> float | None:
        """Write the authority of those webhooks whose server is ready."""
        configuration = self._configurations.get(key)
        if configuration is None:
            return None
        webhooks = deepcopy(configuration["webhooks"])
        for webhook in filter(lacks_authority, webhooks):
            if self._serves(webhook):
                webhook["clientConfig"]["caBundle"] = self._authority(webhook)
        if webhooks != configuration["webhooks"]:
            version = configuration["metadata"]["resourceVersion"]
            patch = {"metadata": {"resourceVersion": version}, "webhooks": webhooks}
            manager = _service_key(webhooks[0])[1]
            await self.cluster.merge(self._kind, configuration, patch, manager)
        return None

    def _serves(self, webhook: Object) -> bool:
        namespace, name = _service_key(webhook)
        service = self._services.get((namespace, name))
        selector = ((service or {}).get("spec") or {}).get("selector") or {}
        return bool(selector) and any(
            pod_ready(pod) and selector.items() <= labels(pod).items()
            for pod in self._pods.all(namespace)
        )

    def _authority(self, webhook: Object) -> str:
        namespace, name = _service_key(webhook)
        host = f"{name}.{namespace}.svc"
        return self.context.issue(host, [host], self.clock.now()).secret_data()["ca.crt"]

    def _unfilled(self) -> list[Key]:
        return [
            key_of(each)
            for each in self._configurations
            if not is_annotated(each) and any(map(lacks_authority, each.get("webhooks") or []))
        ]


def lacks_authority(webhook: Object) -> bool:
    """Whether a webhook in the cluster has no caBundle yet."""
    settings = webhook["clientConfig"]
    return "service" in settings and not settings.get("caBundle")


def _is_its_own(configuration: Object, _: Object | None) -> bool:
    return not is_annotated(configuration) and bool(configuration.get("webhooks"))


def _became_available(deployment: Object, former: Object | None) -> bool:
    before = former is not None and holds(former, "Available")
    return holds(deployment, "Available") and not before


def _service_key(webhook: Object) -> Key:
    service = webhook["clientConfig"]["service"]
    return service["namespace"], service["name"]

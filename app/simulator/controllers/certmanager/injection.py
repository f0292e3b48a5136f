"""Authorities injected into webhook configurations and CustomResourceDefinitions."""

from collections.abc import Iterable
from copy import deepcopy

from app.simulator.controllers.available import follow_deployment, is_available
from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import (
    CERTIFICATE,
    DEFINITION,
    DEPLOYMENT,
    MUTATING_WEBHOOK,
    SECRET,
    VALIDATING_WEBHOOK,
    Kind,
)
from app.simulator.controllers.objects import Key, Object, annotations, key_of

FROM_CERTIFICATE = "cert-manager.io/inject-ca-from"
FROM_SECRET = "cert-manager.io/inject-ca-from-secret"
_DEPLOYMENT = "cert-manager-cainjector"
_WEBHOOK = "cert-manager-webhook"
_MANAGER = "cert-manager-cainjector"
_DYNAMIC_AUTHORITY = "cert-manager.io/allow-direct-injection"


def injectors(context: Context) -> list[Controller]:
    """One for each kind that can carry an authority."""
    return [
        AuthorityController(context),
        WebhookInjector(context, MUTATING_WEBHOOK),
        WebhookInjector(context, VALIDATING_WEBHOOK),
        ConversionInjector(context, DEFINITION),
    ]


class AuthorityController(Controller):
    """The Secret from which cert-manager's own webhook takes its authority."""

    workers = 1

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._secrets = self.use(SECRET)
        self._deployments = self.watch(
            DEPLOYMENT,
            only=lambda deployment, _: deployment["metadata"]["name"] == _WEBHOOK,
        )

    async def reconcile(self, key: Key) -> float | None:
        """Make the Secret once the webhook runs."""
        name = (key[0], f"{_WEBHOOK}-ca")
        if is_available(self._deployments, _WEBHOOK) and self._secrets.get(name) is None:
            now = self.clock.now()
            issued = self.context.issue("cert-manager-webhook-ca", ["cert-manager-webhook"], now)
            metadata = {
                "name": name[1],
                "namespace": name[0],
                "annotations": {_DYNAMIC_AUTHORITY: "true"},
            }
            secret = {"metadata": metadata, "data": issued.secret_data()}
            await self.cluster.create(SECRET, secret, "cert-manager-webhook")
        return None


class _Injector(Controller):
    """Follows annotated objects and the Secrets that they name."""

    workers = 1

    def __init__(self, context: Context, kind: Kind) -> None:
        super().__init__(context)
        self.kind = kind
        self.objects = self.watch(kind, only=lambda obj, _: is_annotated(obj))
        self._deployments = follow_deployment(self, _DEPLOYMENT, self.objects)
        self._secrets = self.watch(SECRET, self._concerned)
        self._certificates = self.watch(CERTIFICATE, lambda _: self._annotated())

    def authority_for(self, key: Key) -> str | None:
        """The base64 text to be injected, once it is known and cainjector is there."""
        obj = self.objects.get(key)
        source = obj and self._source(obj)
        if not source or not is_available(self._deployments, _DEPLOYMENT):
            return None
        secret = self._secrets.get(source)
        return ((secret or {}).get("data") or {}).get("ca.crt")

    def _source(self, obj: Object) -> Key | None:
        marks = annotations(obj)
        if FROM_SECRET in marks:
            return _split(marks[FROM_SECRET])
        if FROM_CERTIFICATE not in marks:
            return None
        certificate = self._certificates.get(_split(marks[FROM_CERTIFICATE]))
        if certificate is None:
            return None
        return key_of(certificate)[0], certificate["spec"]["secretName"]

    def _concerned(self, secret: Object) -> list[Key]:
        return [key_of(obj) for obj in self.objects if self._source(obj) == key_of(secret)]

    def _annotated(self) -> Iterable[Key]:
        return [key_of(obj) for obj in self.objects if is_annotated(obj)]


class WebhookInjector(_Injector):
    """Fills the caBundle of every webhook of a configuration."""

    async def reconcile(self, key: Key) -> float | None:
        """Write the webhooks if one has another authority."""
        authority, configuration = self.authority_for(key), self.objects.get(key)
        if authority is None or configuration is None:
            return None
        webhooks = with_authority(configuration.get("webhooks") or [], authority)
        if webhooks != (configuration.get("webhooks") or []):
            version = configuration["metadata"]["resourceVersion"]
            patch = {"metadata": {"resourceVersion": version}, "webhooks": webhooks}
            await self.cluster.merge(self.kind, configuration, patch, _MANAGER)
        return None


class ConversionInjector(_Injector):
    """Fills the caBundle of a CustomResourceDefinition that converts by webhook."""

    async def reconcile(self, key: Key) -> float | None:
        """Write the conversion if it has another authority; its size forbids keeping a copy."""
        authority, known = self.authority_for(key), self.objects.get(key)
        if authority is None or known is None:
            return None
        definition = await self.cluster.client.get(DEFINITION, "", key[1])
        webhook = (definition["spec"].get("conversion") or {}).get("webhook") or {}
        settings = webhook.get("clientConfig")
        if settings is not None and settings.get("caBundle") != authority:
            patch = {"conversion": {"webhook": {"clientConfig": {"caBundle": authority}}}}
            await self.cluster.client.merge(DEFINITION, known, {"spec": patch}, _MANAGER)
        return None


def with_authority(webhooks: list[Object], authority: str) -> list[Object]:
    """The webhooks with this authority."""
    filled = deepcopy(webhooks)
    for webhook in filled:
        webhook["clientConfig"]["caBundle"] = authority
    return filled


def is_annotated(obj: Object) -> bool:
    """Whether cert-manager is asked to inject an authority."""
    return not annotations(obj).keys().isdisjoint((FROM_CERTIFICATE, FROM_SECRET))


def _split(name: str) -> Key:
    namespace, _, rest = name.partition("/")
    return namespace, rest

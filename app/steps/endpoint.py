"""The endpoint: load balancer, certificate, and who may come in."""

import asyncio

from app.domain.chain import LinkName
from app.domain.names import CERTIFICATE, INGRESS, INGRESS_NAMESPACE
from app.domain.spec import Login
from app.domain.status import Level
from app.google import links
from app.kube.applyset import as_member
from app.kube.client import Json, KubeClient
from app.kube.follow import follow
from app.kubeflow.bundle import Bundle
from app.steps import endpoint_objects as objects
from app.steps.access import BACKEND_SERVICE, Access
from app.steps.accounts import kubeflow_user
from app.steps.applying import apply_in_order
from app.steps.bundles import own_bundle
from app.steps.chain import Chain, chain_of
from app.steps.cluster import kube_client
from app.steps.context import StepContext
from app.steps.installation import COMPONENTS
from app.text import N_

LOAD_BALANCER = N_("load balancer")
CERTIFICATE_KIND = N_("certificate")
OPENED_BY = (LinkName.ADDRESS, LinkName.FORWARDING, LinkName.CERTIFICATE, LinkName.BACKEND)
_SIGN_IN_PARTS = {("Secret", "auth"), ("ConfigMap", "auth"), ("Secret", "oauth2-proxy")}
_STAGES = (  # what is waited for, and the share of the step that is over by then
    (LinkName.ADDRESS, 0.05, N_("Waiting for Google's load balancer")),
    (LinkName.CERTIFICATE, 0.2, N_("Waiting for the certificate")),
    (LinkName.FORWARDING, 0.9, N_("Waiting until the load balancer takes HTTPS")),
    (LinkName.BACKEND, 0.9, N_("Waiting until the gateway answers the load balancer")),
)


async def open_endpoint(context: StepContext) -> None:
    """The load balancer answers on the address, with a certificate and a healthy gateway."""
    async with await kube_client(context) as client, chain_of(context, client) as chain:
        await apply_in_order(context, client, await _wanted(context))
        telling = asyncio.create_task(_tell_warnings(context, client))
        try:
            await chain.until_fine(OPENED_BY, _Opening(context).heard)
        finally:
            telling.cancel()


async def secure_endpoint(context: StepContext) -> None:
    """The owner can sign in, and nobody else."""
    async with await kube_client(context) as client:
        if context.spec.login == Login.IAP:
            await _behind_iap(context, client)
        else:
            await _behind_password(context, client)


class _Opening:
    """Tells how far the opening is, and writes down what has come into being."""

    def __init__(self, context: StepContext) -> None:
        self._context = context
        self._told: set[str] = set()

    async def heard(self, chain: Chain) -> None:
        """A look at the chain is over."""
        spec, names = self._context.spec, self._context.names
        if chain.backend is not None:
            link = links.backend_service(spec.project, chain.backend.name)
            await self._made(BACKEND_SERVICE, chain.backend.name, "", link)
        if chain.is_fine(LinkName.ADDRESS):
            place = (spec.project, spec.zone, names.cluster, INGRESS_NAMESPACE, INGRESS)
            await self._made(LOAD_BALANCER, INGRESS, names.host, links.ingress(*place))
        if chain.is_fine(LinkName.CERTIFICATE):
            link = links.certificates(spec.project)
            await self._made(CERTIFICATE_KIND, CERTIFICATE, names.host, link)
        await self._progress(chain)

    async def _progress(self, chain: Chain) -> None:
        for name, fraction, text in _STAGES:
            if not chain.is_fine(name):
                if text not in self._told:
                    self._told.add(text)
                    await self._context.progress(fraction, text)
                return

    async def _made(self, kind: str, name: str, detail: str, link: str) -> None:
        if f"{kind} {name}" not in self._told:
            self._told.add(f"{kind} {name}")
            await self._context.made(kind, name, detail=detail, link=link)


async def _wanted(context: StepContext) -> list[Json]:
    own_client = context.spec.own_iap_client
    secret = await context.secret("oauth_client_secret") if own_client else ""
    return objects.entrance(context.spec, secret)


async def _behind_iap(context: StepContext, client: KubeClient) -> None:
    access = Access(context, client)

    async def keep(chain: Chain) -> None:
        await access.keep(chain.backend)

    async with chain_of(context, client) as chain:
        await chain.until_fine((LinkName.BACKEND,), keep)
    await context.say(
        "Identity-Aware Proxy lets %(email)s in, and nobody else yet.", email=context.owner_email
    )


async def _behind_password(context: StepContext, client: KubeClient) -> None:
    await apply_in_order(context, client, _sign_in_objects(await own_bundle(context)))
    await context.say("The sign-in page knows %(user)s.", user=kubeflow_user(context))


def _sign_in_objects(bundle: Bundle) -> list[Json]:
    return [
        as_member(item.body, COMPONENTS)
        for item in bundle.items
        if (item.kind, item.namespace) in _SIGN_IN_PARTS
    ]


async def _tell_warnings(context: StepContext, client: KubeClient) -> None:
    """Pass on what GKE complains of about the load balancer; such things often pass."""
    path = f"/api/v1/namespaces/{INGRESS_NAMESPACE}/events"
    async for event in follow(client, path, fieldSelector="type=Warning"):
        happened = event["object"]
        about = happened.get("involvedObject", {})
        if about.get("kind") == "Ingress" and about.get("name") == INGRESS:
            await context.say(
                "Load balancer: %(message)s",
                level=Level.WARNING,
                message=str(happened.get("message", ""))[:500],
            )

"""The endpoint: load balancer, certificate, and who may come in."""

import asyncio
import json
from collections.abc import Callable

from app.domain.names import CERTIFICATE, INGRESS, INGRESS_NAMESPACE
from app.domain.spec import Login
from app.domain.status import Level
from app.errors import Message, Permanent
from app.google import links
from app.google.balancers import Backend
from app.kube.apply import Applier
from app.kube.applyset import as_member
from app.kube.client import Json, KubeClient
from app.kube.follow import follow
from app.kube.resources import Resources
from app.kubeflow.bundle import Bundle
from app.steps import endpoint_objects as objects
from app.steps.accounts import kubeflow_user
from app.steps.bundles import own_bundle
from app.steps.cluster import kube_client
from app.steps.context import StepContext
from app.steps.installation import COMPONENTS
from app.steps.ours import cloud_of
from app.steps.waiting import MINUTE, until
from app.together import together

_INGRESSES = f"/apis/networking.k8s.io/v1/namespaces/{INGRESS_NAMESPACE}/ingresses"
_CERTIFICATES = f"/apis/networking.gke.io/v1/namespaces/{INGRESS_NAMESPACE}/managedcertificates"
_BACKENDS = "ingress.kubernetes.io/backends"
_SIGN_IN_PARTS = {("Secret", "auth"), ("ConfigMap", "auth"), ("Secret", "oauth2-proxy")}


async def open_endpoint(context: StepContext) -> None:
    """The load balancer answers on the address, with a certificate and a healthy gateway."""
    async with await kube_client(context) as client:
        await _apply(context, client, await _wanted(context))
        await context.progress(0.05, "Waiting for Google's load balancer")
        waiting = asyncio.create_task(_tell_warnings(context, client))
        try:
            await _address_given(context, client)
            await context.progress(0.2, "Waiting for the certificate")
            await together(_certificate_active(context, client), _gateway_healthy(context, client))
        finally:
            waiting.cancel()


async def secure_endpoint(context: StepContext) -> None:
    """The owner can sign in, and nobody else."""
    async with await kube_client(context) as client:
        if context.spec.login == Login.IAP:
            await _behind_iap(context, client)
        else:
            await _behind_password(context, client)


async def _wanted(context: StepContext) -> list[Json]:
    """In the order in which GKE must find them: a missing Secret stops everything."""
    login, names = context.spec.login, context.names
    first: list[Json] = []
    if login == Login.IAP:
        secret = await context.secret("oauth_client_secret")
        first.append(objects.oauth_secret(context.spec.oauth_client_id, secret))
    return [
        *first,
        objects.gateway_policy(),
        objects.backend_config(login),
        objects.frontend_config(),
        objects.certificate(names.host),
        objects.ingress(names.address),
    ]


async def _apply(context: StepContext, client: KubeClient, items: list[Json]) -> None:
    async def tell(message: Message) -> None:
        await context.say(message.template, level=Level.INFO, **message.values)

    resources = Resources(client)
    await resources.refresh()
    applier = Applier(client, resources, context.pause, tell)
    for item in items:
        await applier.apply([item])


async def _address_given(context: StepContext, client: KubeClient) -> None:
    def has_address(item: Json) -> bool:
        balancer = (item.get("status") or {}).get("loadBalancer") or {}
        return any(entry.get("ip") for entry in balancer.get("ingress") or [])

    await _seen(context, client, _INGRESSES, INGRESS, has_address, 30 * MINUTE)
    spec, names = context.spec, context.names
    link = links.ingress(spec.project, spec.zone, names.cluster, INGRESS_NAMESPACE, INGRESS)
    await context.made("load balancer", INGRESS, detail=names.host, link=link)


async def _certificate_active(context: StepContext, client: KubeClient) -> None:
    told = ""

    async def look(item: Json) -> bool:
        nonlocal told
        status = item.get("status") or {}
        state = str(status.get("certificateStatus", ""))
        domains = [str(d.get("status", "")) for d in status.get("domainStatus") or []]
        says = next((d for d in domains if d and d != state), state)
        if says and says != told and state != "Active":
            told = says
            await _tell_certificate(context, says)
        return state == "Active"

    await _seen(context, client, _CERTIFICATES, CERTIFICATE, look, 120 * MINUTE)
    await context.made("certificate", CERTIFICATE, detail=context.names.host)
    await context.say("The certificate of %(host)s is active.", host=context.names.host)


async def _tell_certificate(context: StepContext, says: str) -> None:
    if says.startswith("Failed") and says != "FailedNotVisible":
        await context.say(
            "The certificate authority says %(status)s; Google goes on trying.",
            level=Level.WARNING,
            status=says,
        )
    elif says == "FailedNotVisible":
        await context.say(
            "The certificate waits until every DNS server knows %(host)s (%(status)s).",
            host=context.names.host,
            status=says,
        )
    else:
        await context.say("The certificate's state: %(status)s.", status=says)


async def _gateway_healthy(context: StepContext, client: KubeClient) -> None:
    async def look() -> Backend | None:
        backend = await _backend(context, client)
        return backend if backend is not None and backend.healthy else None

    await until(context, look, limit=45 * MINUTE, what="healthy gateway behind the load balancer")
    await context.say("The load balancer finds Kubeflow's gateway healthy.")


async def _backend(context: StepContext, client: KubeClient) -> Backend | None:
    """The backend service that GKE made for the Ingress, with its health as of now."""
    found = await client.get(f"{_INGRESSES}/{INGRESS}")
    backends = json.loads((found["metadata"].get("annotations") or {}).get(_BACKENDS, "{}"))
    if not backends:
        return None
    return await cloud_of(context).balancers.backend(context.spec.project, next(iter(backends)))


async def _behind_iap(context: StepContext, client: KubeClient) -> None:
    project = await cloud_of(context).projects.get(context.spec.project)
    await cloud_of(context).iap.let_in(project.number, f"user:{context.owner_email}")
    backend = await until(
        context,
        lambda: _backend(context, client),
        limit=10 * MINUTE,
        what="backend service of the load balancer",
    )
    await _apply(context, client, [objects.iap_authentication(project.number, backend.id)])
    await context.say(
        "Identity-Aware Proxy lets %(email)s in, and nobody else yet.", email=context.owner_email
    )


async def _behind_password(context: StepContext, client: KubeClient) -> None:
    await _apply(context, client, _sign_in_objects(await own_bundle(context)))
    await context.say("The sign-in page knows %(user)s.", user=kubeflow_user(context))


def _sign_in_objects(bundle: Bundle) -> list[Json]:
    return [
        as_member(item.body, COMPONENTS)
        for item in bundle.items
        if (item.kind, item.namespace) in _SIGN_IN_PARTS
    ]


Look = Callable[[Json], object]


async def _seen(
    context: StepContext, client: KubeClient, path: str, name: str, look: Look, limit: float
) -> None:
    """Follow one object until `look` (plain or asynchronous) says that it is as wanted."""
    try:
        async with asyncio.timeout(limit / context.settings.clock_speed):
            async for event in follow(client, path):
                if event["object"]["metadata"]["name"] != name:
                    continue
                answer = look(event["object"])
                if asyncio.iscoroutine(answer):
                    answer = await answer
                if answer:
                    return
    except TimeoutError as late:
        minutes = round(limit / MINUTE)
        raise Permanent(f"After {minutes} minutes {name} was still not ready.") from late


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

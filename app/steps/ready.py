"""The last word: every component is ready, and every link of the endpoint is fine."""

from app.domain.spec import Login
from app.google.endpoints import endpoint_url
from app.kube.client import KubeClient
from app.steps.access import Access
from app.steps.chain import Chain, chain_of
from app.steps.cluster import kube_client
from app.steps.context import StepContext
from app.steps.kubeflow import components_ready
from app.together import together


async def wait_ready(context: StepContext) -> None:
    """Somebody who opens the endpoint now is asked to sign in."""
    async with await kube_client(context) as client:
        if context.spec.login == Login.LATER:
            await components_ready(context, client)
            await context.say("Kubeflow is ready. Its endpoint can be added when you want it.")
        else:
            await together(components_ready(context, client), _endpoint(context, client))


async def look_after(context: StepContext) -> None:
    """Look at a ready deployment's endpoint once: its links, and the audience behind IAP."""
    async with await kube_client(context) as client, chain_of(context, client) as chain:
        await chain.once()
        if context.spec.login == Login.IAP:
            await Access(context, client).follow(chain.backend)


async def _endpoint(context: StepContext, client: KubeClient) -> None:
    access = Access(context, client)

    async def keep(chain: Chain) -> None:
        if context.spec.login == Login.IAP:
            await access.follow(chain.backend)

    async with chain_of(context, client) as chain:
        await chain.until_fine(chain.names, keep)
    url = endpoint_url(context.settings, context.names.host)
    await context.say("%(url)s answers and asks to sign in.", url=url)

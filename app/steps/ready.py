"""The last word: every component is ready, and the endpoint answers as it should."""

import asyncio
from typing import TYPE_CHECKING

from app.domain.spec import Login
from app.google.endpoints import endpoint_request, endpoint_url
from app.steps.cluster import kube_client
from app.steps.context import StepContext
from app.steps.kubeflow import components_ready
from app.steps.waiting import MINUTE, until
from app.together import together

if TYPE_CHECKING:
    import httpx

_PATIENCE = 10.0  # real seconds for one answer
_SIGN_IN_PATHS = ("/oauth2/", "/dex/")


async def wait_ready(context: StepContext) -> None:
    """Somebody who opens the endpoint now is asked to sign in."""
    if context.spec.login == Login.LATER:
        await _components(context)
        await context.say("Kubeflow is ready. Its endpoint can be added when you want it.")
    else:
        await together(_components(context), _endpoint(context))


async def _components(context: StepContext) -> None:
    async with await kube_client(context) as client:
        await components_ready(context, client)


async def _endpoint(context: StepContext) -> None:
    url = endpoint_url(context.settings, context.names.host)
    async with await asyncio.to_thread(_client) as client:
        await until(
            context,
            lambda: _asks_to_sign_in(context, client),
            limit=30 * MINUTE,
            what=f"sign-in at {url}",
        )
    await context.say("%(url)s answers and asks to sign in.", url=url)


def _client() -> "httpx.AsyncClient":
    """Not made on the event loop: it reads every certificate authority the machine trusts."""
    import httpx

    return httpx.AsyncClient(timeout=_PATIENCE)


async def _asks_to_sign_in(context: StepContext, client: "httpx.AsyncClient") -> bool | None:
    import httpx

    url, headers = endpoint_request(context.settings, context.names.host)
    try:
        answer = await client.get(url, headers=headers)
    except httpx.HTTPError:
        return None  # a load balancer that was just made resets connections at first
    expected = _by_iap if context.spec.login == Login.IAP else _by_password
    return True if expected(answer) else None


def _by_iap(answer: "httpx.Response") -> bool:
    """IAP sends whoever has no session to Google's sign-in."""
    location = answer.headers.get("location", "")
    return answer.status_code == 302 and (
        "x-goog-iap-generated-response" in answer.headers
        or location.startswith("https://accounts.google.com/")
    )


def _by_password(answer: "httpx.Response") -> bool:
    """oauth2-proxy sends to its sign-in, or shows its page (with 403) itself."""
    location = answer.headers.get("location", "")
    redirected = answer.is_redirect and any(path in location for path in _SIGN_IN_PATHS)
    shown = answer.status_code in (200, 403) and "/oauth2/start" in answer.text
    return redirected or shown

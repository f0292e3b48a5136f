"""A deployment's stream of events."""

from fastapi import APIRouter, Request
from sse_starlette import EventSourceResponse
from starlette.responses import Response

from app.store import deployments
from app.web.pages import language_of
from app.web.portal import ThePortal
from app.web.sessions import Anyone

router = APIRouter()
_GRACE = 1.0  # seconds in which streams end by themselves when the server stops


@router.get("/deployments/{deployment_id}/events")
async def stream(deployment_id: str, request: Request, portal: ThePortal, who: Anyone) -> Response:
    """What follows the last event that the reader has; 204 when nothing ever will.

    Answers 401 rather than a redirect, which a browser's EventSource would follow in vain.
    """
    if who is None:
        return Response(status_code=401)
    async with portal.database.read() as session:
        deployment = await deployments.get_of_owner(session, deployment_id, who.user.id)
    after = _last_seen(request)
    if deployment.state.is_final and after >= deployment.last_seq:
        return Response(status_code=204)
    return EventSourceResponse(
        portal.feeds.of(deployment_id).watch(after, language_of(request)),
        ping=portal.settings.heartbeat_seconds,
        shutdown_event=portal.feeds.closing,
        shutdown_grace_period=_GRACE,
    )


def _last_seen(request: Request) -> int:
    """The header is the browser's own, newer than the address that the page was made with."""
    said = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    return int(said) if said.isascii() and said.isdigit() else 0

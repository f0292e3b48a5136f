"""The list of deployments, the page of one, and its log."""

from datetime import UTC

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from app.domain.status import DeploymentState
from app.store import chain, deployments, events, steps
from app.store.tables import Deployment, Event, now
from app.text import N_
from app.web.i18n import Translator
from app.web.pages import page, translator_of
from app.web.portal import ThePortal
from app.web.sessions import Somebody
from app.web.views import deployment_view, event_view

router = APIRouter()


@router.get("/deployments")
async def mine(request: Request, portal: ThePortal, who: Somebody) -> Response:
    """All of the reader's deployments, newest first; what is gone stands apart."""
    async with portal.database.read() as session:
        found = await deployments.list_of_owner(session, who.user.id)
        its_steps = await steps.of_deployments(session, [each.id for each in found])
    expected, from_history = await portal.expectations.now()
    views = [
        deployment_view(
            deployment,
            its_steps[deployment.id],
            (),
            expected,
            now(),
            translator_of(request),
            portal.settings,
            from_history=from_history,
        )
        for deployment in found
    ]
    gone = [view for view in views if view.state == DeploymentState.DELETED]
    context = {"deployments": [view for view in views if view not in gone], "gone": gone}
    return page(request, who, "deployments.html", context)


@router.get("/deployments/{deployment_id}")
async def one(deployment_id: str, request: Request, portal: ThePortal, who: Somebody) -> Response:
    """The deployment as it is now; the page's stream goes on from the last event shown."""
    translate = translator_of(request)
    async with portal.database.read() as session:
        deployment = await deployments.get_of_owner(session, deployment_id, who.user.id)
        said = await _story(session, deployment)
        its_steps = await steps.of_deployment(session, deployment.id)
        made = await steps.receipt(session, deployment.id)
        links = await chain.of_deployment(session, deployment.id)
    expected, from_history = await portal.expectations.now()
    view = deployment_view(
        deployment,
        its_steps,
        made,
        expected,
        now(),
        translate,
        portal.settings,
        links=links,
        from_history=from_history,
    )
    lines = [event_view(event, deployment.spec.version, translate) for event in said]
    return page(request, who, "deployment.html", {"view": view, "events": lines})


@router.post("/deployments/{deployment_id}/retry")
async def retry(deployment_id: str, request: Request, portal: ThePortal, who: Somebody) -> Response:
    """Another run of what has stopped, and back to its page."""
    form = await request.form()
    who.check(form.get("csrf"))
    async with portal.database.write() as tx:
        deployment = await deployments.get_of_owner(tx, deployment_id, who.user.id)
        await deployments.try_again(tx, deployment.id, N_("Another try was asked for."))
    return RedirectResponse(f"/deployments/{deployment_id}", 303)


@router.post("/deployments/{deployment_id}/cancel")
async def cancel(
    deployment_id: str, request: Request, portal: ThePortal, who: Somebody
) -> Response:
    """Stop what is being made, and back to its page; what was made stays."""
    form = await request.form()
    who.check(form.get("csrf"))
    async with portal.database.write() as tx:
        deployment = await deployments.get_of_owner(tx, deployment_id, who.user.id)
        await deployments.cancel(tx, deployment.id)
    return RedirectResponse(f"/deployments/{deployment_id}", 303)


@router.get("/deployments/{deployment_id}/log")
async def log(deployment_id: str, request: Request, portal: ThePortal, who: Somebody) -> Response:
    """The whole log as text, times in UTC."""
    translate = translator_of(request)
    async with portal.database.read() as session:
        deployment = await deployments.get_of_owner(session, deployment_id, who.user.id)
        said = await _story(session, deployment)
    text = "".join(_line(event, deployment.spec.version, translate) for event in said)
    disposition = f'attachment; filename="{deployment.name}.log"'
    return PlainTextResponse(text, headers={"Content-Disposition": disposition})


async def _story(session: AsyncSession, deployment: Deployment) -> list[Event]:
    """Every event up to the number that the deployment was read with."""
    said: list[Event] = []
    while len(said) < deployment.last_seq:
        said.extend(await events.after(session, deployment.id, len(said)))
    return said


def _line(event: Event, version: str, translate: Translator) -> str:
    view = event_view(event, version, translate)
    at = view.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return f"{at} {view.step or '-'} {view.text}\n"

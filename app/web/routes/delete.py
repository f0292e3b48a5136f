"""Deleting a deployment: what will go and what stays, and the name typed to confirm it."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.domain.plan import teardown_for
from app.domain.status import DeploymentState
from app.errors import Message
from app.store import deployments, steps
from app.store.tables import Deployment, Resource
from app.web.pages import page, translator_of
from app.web.portal import ThePortal
from app.web.receipts import prospect_of
from app.web.sessions import SignedIn, Somebody

router = APIRouter()
_UNDER_WAY = (DeploymentState.DELETING, DeploymentState.DELETED)


@router.get("/deployments/{deployment_id}/delete")
async def ask(deployment_id: str, request: Request, portal: ThePortal, who: Somebody) -> Response:
    """What a deletion would do; a deployment that is going already shows how far it is."""
    async with portal.database.read() as session:
        deployment = await deployments.get_of_owner(session, deployment_id, who.user.id)
        made = await steps.receipt(session, deployment.id)
    if deployment.state in _UNDER_WAY:
        return RedirectResponse(f"/deployments/{deployment_id}", 303)
    return _page(request, who, deployment, made)


@router.post("/deployments/{deployment_id}/delete")
async def delete(
    deployment_id: str, request: Request, portal: ThePortal, who: Somebody
) -> Response:
    """The order to delete, if the name is the right one, and back to the deployment's page."""
    form = await request.form()
    who.check(form.get("csrf"))
    typed = str(form.get("name", "")).strip()
    async with portal.database.write() as tx:
        deployment = await deployments.get_of_owner(tx, deployment_id, who.user.id)
        if typed == deployment.name:
            await deployments.delete(tx, deployment.id, teardown_for(deployment.spec))
            return RedirectResponse(f"/deployments/{deployment_id}", 303)
        made = await steps.receipt(tx, deployment.id)
    wrong = Message("Type “%(name)s”: that is the name of this deployment.", name=deployment.name)
    return _page(request, who, deployment, made, typed, {"name": wrong})


def _page(
    request: Request,
    who: SignedIn,
    deployment: Deployment,
    made: Sequence[Resource],
    typed: str = "",
    problems: Mapping[str, Message] | None = None,
) -> Response:
    translate = translator_of(request)
    context = {
        "deployment": deployment,
        "prospect": prospect_of(made, translate),
        "form": {"name": typed},
        "errors": {field: translate.message(said) for field, said in (problems or {}).items()},
    }
    return page(request, who, "delete.html", context, status=422 if problems else 200)

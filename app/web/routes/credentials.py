"""The credentials that the portal made for a deployment: shown to its owner, on demand only."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.domain.spec import DeploymentSpec, Login
from app.kubeflow.components import catalogued, left_out
from app.store import deployments, steps
from app.store.tables import Deployment
from app.text import N_
from app.web.pages import page
from app.web.portal import Portal, ThePortal
from app.web.sessions import Somebody

router = APIRouter()
_LABELS = {
    "store_access_key": N_("Object store: access key"),
    "store_secret_key": N_("Object store: secret key"),
    "pipelines_db_password": N_("Database of Pipelines: password of root"),
    "katib_db_password": N_("Database of Katib: password of root"),
    "oidc_client_id": N_("Sign-in: client of oauth2-proxy"),
    "oidc_client_secret": N_("Sign-in: secret of that client"),
    "cookie_secret": N_("Sign-in: key of the session cookies"),
    "password": N_("Sign-in: password"),
}
_OF_COMPONENT = {
    "store_access_key": "pipelines",
    "store_secret_key": "pipelines",
    "pipelines_db_password": "pipelines",
    "katib_db_password": "katib",
}
_BEHIND_IAP = ("oidc_client_id", "oidc_client_secret", "cookie_secret", "password")


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential's label; its value is there once it was asked for."""

    label: str
    value: str = ""


@router.get("/deployments/{deployment_id}/credentials")
async def which(deployment_id: str, request: Request, portal: ThePortal, who: Somebody) -> Response:
    """Which ones there are, without their values."""
    deployment = await _deployment(portal, deployment_id, who.user.id)
    found = [Credential(_LABELS[name]) for name in _made(deployment.spec)]
    return _page(request, who, deployment, found)


@router.post("/deployments/{deployment_id}/credentials")
async def show(deployment_id: str, request: Request, portal: ThePortal, who: Somebody) -> Response:
    """Their values, on a page that nobody keeps."""
    form = await request.form()
    who.check(form.get("csrf"))
    deployment = await _deployment(portal, deployment_id, who.user.id)
    async with portal.database.read() as session:
        found = [
            Credential(_LABELS[name], value)
            for name in _made(deployment.spec)
            if (value := await steps.secret(session, deployment.id, name)) is not None
        ]
    answer = _page(request, who, deployment, found, shown=True)
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def _deployment(portal: Portal, deployment_id: str, user_id: str) -> Deployment:
    async with portal.database.read() as session:
        return await deployments.get_of_owner(session, deployment_id, user_id)


def _made(spec: DeploymentSpec) -> Iterator[str]:
    """Those that this deployment uses, and that its owner has not chosen."""
    out = left_out(catalogued(), spec.without)
    for name in _LABELS:
        unused = spec.login == Login.IAP and name in _BEHIND_IAP
        chosen = spec.login == Login.PASSWORD and name == "password"
        if not unused and not chosen and _OF_COMPONENT.get(name) not in out:
            yield name


def _page(
    request: Request,
    who: Somebody,
    deployment: Deployment,
    found: list[Credential],
    *,
    shown: bool = False,
) -> Response:
    context = {"deployment": deployment, "credentials": found, "shown": shown}
    return page(request, who, "credentials.html", context)

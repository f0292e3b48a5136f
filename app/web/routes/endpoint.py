"""Adding an endpoint to a Kubeflow that was made without one: the form, and the order."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.domain.endpoint import FIELDS, with_endpoint
from app.domain.plan import making_for
from app.domain.spec import DeploymentSecrets, DeploymentSpec, IapClient, Login
from app.domain.status import DeploymentState
from app.errors import InvalidInput, Message, SignInAgain
from app.report import Report
from app.store import deployments
from app.store.tables import Deployment
from app.web import forms, refusals
from app.web.pages import page, translator_of
from app.web.portal import Portal, ThePortal
from app.web.report_views import report_view
from app.web.sessions import Anyone, SignedIn, SignInFirst, Somebody

router = APIRouter()
_Values = Mapping[str, str]


@router.get("/deployments/{deployment_id}/endpoint")
async def ask(deployment_id: str, request: Request, portal: ThePortal, who: Somebody) -> Response:
    """The form, filled in from the query; where there is nothing to add, the deployment's page."""
    deployment = await _deployment(portal, deployment_id, who)
    if not _lacks_one(deployment):
        return _to_its_page(deployment_id)
    return _form(request, who, deployment, _typed(request.query_params))


@router.post("/deployments/{deployment_id}/endpoint")
async def add(deployment_id: str, request: Request, portal: ThePortal, who: Anyone) -> Response:
    """The order, once however often it is sent; what is refused comes back but for secrets."""
    form = await request.form()
    values = _typed(form)
    if who is None:
        raise SignInFirst(_link_to(deployment_id, values))
    deployment = await _deployment(portal, deployment_id, who)
    if not _lacks_one(deployment):
        return _to_its_page(deployment_id)
    if not who.sent(form.get("csrf")):
        return _form(request, who, deployment, values, {"form": refusals.STALE}, 403)
    try:
        spec, secrets = with_endpoint(deployment.spec, who.user.email, values)
        report = await portal.reports.of(who.user, spec, anew=True, ours=deployment_id)
    except InvalidInput as refused:
        return _form(request, who, deployment, values, refused.fields, 422)
    except SignInAgain as error:
        raise SignInFirst(_link_to(deployment_id, values)) from error
    if report.blocking:
        return _unworkable(request, who, deployment, values, report)
    await _order(portal, deployment_id, spec, secrets)
    return _to_its_page(deployment_id)


async def _deployment(portal: Portal, deployment_id: str, who: SignedIn) -> Deployment:
    async with portal.database.read() as session:
        return await deployments.get_of_owner(session, deployment_id, who.user.id)


async def _order(
    portal: Portal, deployment_id: str, spec: DeploymentSpec, secrets: DeploymentSecrets
) -> None:
    async with portal.database.write() as tx:
        await deployments.add_endpoint(tx, deployment_id, spec, secrets, making_for(spec))


def _lacks_one(deployment: Deployment) -> bool:
    return deployment.state == DeploymentState.READY and deployment.spec.login == Login.LATER


def _typed(sent: Mapping[str, object]) -> dict[str, str]:
    return {name: value for name, value in forms.typed(sent).items() if name in FIELDS}


def _link_to(deployment_id: str, values: _Values) -> str:
    """The form's own address, with all that is no secret filled in."""
    plain = {n: v for n, v in values.items() if v and n not in forms.SECRET_FIELDS}
    return f"/deployments/{deployment_id}/endpoint" + (f"?{urlencode(plain)}" if plain else "")


def _to_its_page(deployment_id: str) -> Response:
    return RedirectResponse(f"/deployments/{deployment_id}", 303)


def _unworkable(
    request: Request, who: SignedIn, deployment: Deployment, values: _Values, report: Report
) -> Response:
    if report.unanswered:
        told = refusals.unreachable(report.unanswered[0].said)
        return _form(request, who, deployment, values, {"form": told}, 503, report)
    told = refusals.UNWORKABLE
    return _form(request, who, deployment, values, {"form": told}, 422, report)


def _form(
    request: Request,
    who: SignedIn,
    deployment: Deployment,
    values: _Values,
    problems: Mapping[str, Message] | None = None,
    status: int = 200,
    report: Report | None = None,
) -> Response:
    translate = translator_of(request)
    told = forms.in_order(forms.to_type_again(values) | dict(problems)) if problems else {}
    context = {
        "deployment": deployment,
        "form": form_of(who.user.email, values),
        "errors": {name: translate.message(message) for name, message in told.items()},
        "report": report_view(report, translate) if report else None,
    }
    return page(request, who, "add_endpoint.html", context, status=status)


def form_of(email: str, values: _Values) -> dict[str, str]:
    """What the form is filled in with: what was typed, secrets aside, else the defaults."""
    defaults = {
        "login": str(Login.IAP),
        "iap_client": str(IapClient.CUSTOM),
        "oauth_client_id": "",
        "username": email,
    }
    plain = {name: v for name, v in values.items() if name not in forms.SECRET_FIELDS}
    return defaults | plain

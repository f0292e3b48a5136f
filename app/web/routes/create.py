"""The create form, and what becomes of it."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.domain.plan import plan_for
from app.errors import InvalidInput, Message, SignInAgain
from app.kubeflow.catalogue import Version, available_versions
from app.store import deployments
from app.store.tables import Deployment
from app.web import forms
from app.web.i18n import Translator
from app.web.pages import page, translator_of
from app.web.portal import Portal, ThePortal
from app.web.projects import GoogleDidNotAnswer
from app.web.sessions import Anyone, SignedIn, SignInFirst, Somebody

router = APIRouter()
_Problems = Mapping[str, Message]
_STALE = Message("This form was opened in an earlier session. Check it and press the button again.")


@router.get("/deployments/new")
async def new(request: Request, portal: ThePortal, who: Somebody) -> Response:
    """The form, filled in from the query: a link can carry everything but secrets."""
    values = forms.typed(request.query_params)
    return await _form_page(request, portal, who, values, {}, forms.new_key(), 200)


@router.post("/deployments")
async def create(request: Request, portal: ThePortal, who: Anyone) -> Response:
    """A deployment, and its page; what is refused comes back with everything but secrets."""
    form = await request.form()
    values = forms.typed(form)
    if who is None:
        raise SignInFirst(forms.link_to(values))
    key = str(form.get("idempotency_key", ""))[:64] or forms.new_key()
    if not who.sent(form.get("csrf")):
        return await _form_page(request, portal, who, values, {"form": _STALE}, key, 403)
    try:
        deployment = await _create(portal, who, values, key)
    except InvalidInput as refused:
        return await _form_page(request, portal, who, values, refused.fields, key, 422)
    except SignInAgain as error:
        raise SignInFirst(forms.link_to(values)) from error
    except GoogleDidNotAnswer as error:
        problems = {"form": _unreachable(str(error))}
        return await _form_page(request, portal, who, values, problems, key, 503)
    return RedirectResponse(f"/deployments/{deployment.id}", 303)


async def _create(portal: Portal, who: SignedIn, values: Mapping[str, str], key: str) -> Deployment:
    spec, secrets = forms.parse(values, available_versions(portal.settings))
    await portal.projects.check(who.user.id, spec.project)
    return await deployments.create(portal.database, who.user, spec, secrets, plan_for(spec), key)


async def _form_page(
    request: Request,
    portal: Portal,
    who: SignedIn,
    values: Mapping[str, str],
    problems: _Problems,
    key: str,
    status: int,
) -> HTMLResponse:
    translate = translator_of(request)
    told = forms.in_order(forms.to_type_again(values) | dict(problems)) if problems else {}
    versions = available_versions(portal.settings)
    listed = await portal.projects.of(who.user.id)
    context = {
        "form": forms.shown(values, versions),
        "errors": {name: translate.message(message) for name, message in told.items()},
        "projects": listed.projects,
        "projects_problem": translate.message(listed.problem) if listed.problem else "",
        "zones": forms.ZONES_BY_REGION,
        "versions": [_in_words(version, translate) for version in versions],
        "machine_types": forms.MACHINES,
        "idempotency_key": key,
    }
    return page(request, who, "new.html", context, status=status, path="/deployments/new")


def _in_words(version: Version, translate: Translator) -> Version:
    return Version(version.id, translate.gettext(version.label), translate.gettext(version.note))


def _unreachable(words: str) -> Message:
    return Message(
        "Google could not be asked about the project, so nothing was started. "
        "Try again in a moment. What was said: %(words)s",
        words=words,
    )

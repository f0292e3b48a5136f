"""The create form, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.domain.plan import plan_for
from app.errors import InvalidInput, SignInAgain
from app.kubeflow.catalogue import available_versions
from app.kubeflow.library import components
from app.report import Report
from app.store import deployments
from app.store.tables import Deployment
from app.web import forms, refusals
from app.web.form_pages import Live, Problems, choosable, form_page, glance
from app.web.portal import Portal, ThePortal
from app.web.projects import GoogleDidNotAnswer
from app.web.sessions import Anyone, SignedIn, SignInFirst, Somebody

router = APIRouter()


class Unworkable(Exception):
    """The report says that it cannot work, or nothing."""

    def __init__(self, report: Report) -> None:
        super().__init__(str(report.state))
        self.report = report


@router.get("/deployments/new")
async def new(request: Request, portal: ThePortal, who: Somebody) -> Response:
    """The form, filled in from the query: a link can carry everything but secrets."""
    values = _typed(portal, request.query_params)
    return await form_page(request, portal, who, values, await glance(portal, who, values))


@router.post("/deployments")
async def create(request: Request, portal: ThePortal, who: Anyone) -> Response:
    """A deployment, and its page; what is refused comes back with everything but secrets."""
    form = await request.form()
    values = _typed(portal, form)
    if who is None:
        raise SignInFirst(forms.link_to(values))
    key = str(form.get("idempotency_key", ""))[:64] or forms.new_key()

    async def again(problems: Problems, status: int, live: Live | None = None) -> Response:
        live = live or await glance(portal, who, values)
        return await form_page(
            request, portal, who, values, live, problems=problems, key=key, status=status
        )

    if not who.sent(form.get("csrf")):
        return await again({"form": refusals.STALE}, 403)
    try:
        deployment = await _create(portal, who, values, key)
    except InvalidInput as refused:
        return await again(refused.fields, 422)
    except Unworkable as found:
        live = replace(await glance(portal, who, values), report=found.report)
        if found.report.unanswered:
            return await again(
                {"form": refusals.unreachable(found.report.unanswered[0].said)}, 503, live
            )
        return await again({"form": refusals.UNWORKABLE}, 422, live)
    except SignInAgain as error:
        raise SignInFirst(forms.link_to(values)) from error
    except GoogleDidNotAnswer as error:
        return await again({"form": refusals.unreachable(str(error))}, 503)
    return RedirectResponse(f"/deployments/{deployment.id}", 303)


def _typed(portal: Portal, sent: Mapping[str, object]) -> dict[str, str]:
    return forms.typed(sent, choosable(portal.settings, str(sent.get("version", ""))))


async def _create(portal: Portal, who: SignedIn, values: Mapping[str, str], key: str) -> Deployment:
    versions = available_versions(portal.settings)
    known = values.get("version") in {version.id for version in versions}
    offered = components(portal.settings, values["version"]) if known else []
    spec, secrets = forms.parse(values, versions, offered)
    if existing := await deployments.asked_for(portal.database, who.user, spec, key):
        return existing
    await portal.projects.check(who.user.id, spec.project)
    report = await portal.reports.before_creating(who.user, spec)
    if report.blocking:
        raise Unworkable(report)
    return await deployments.create(portal.database, who.user, spec, secrets, plan_for(spec), key)

"""*View YAML*: what is applied for a deployment, secrets masked; a page, and a file."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from app.domain.spec import DeploymentSpec
from app.errors import Message, NotFound, StepError
from app.kubeflow import library
from app.kubeflow.catalogue import available_versions
from app.settings import Settings
from app.store import deployments
from app.store.tables import Deployment
from app.web import forms
from app.web.form_pages import Problems, choosable, form_page, glance
from app.web.manifests import Part, document, parts_of
from app.web.pages import page
from app.web.portal import Portal, ThePortal
from app.web.sessions import SignedIn, Somebody

router = APIRouter()


@dataclass(frozen=True, slots=True)
class YamlView:
    """The page: the components to choose from, and the one that is shown."""

    id: str
    name: str
    version: str
    parts: list[Part]
    shown: Part | None
    text: str

    @property
    def objects(self) -> int:
        """How many there are in all."""
        return sum(len(part.objects) for part in self.parts)


@router.get("/deployments/{deployment_id}/yaml")
async def view(
    deployment_id: str, request: Request, portal: ThePortal, who: Somebody, component: str = ""
) -> Response:
    """The components of the deployment, and the objects of one."""
    deployment = await _deployment(portal, deployment_id, who.user.id)
    try:
        parts = await _applied(portal.settings, deployment.spec, who.user.email)
    except StepError as error:
        context = {"view": None, "deployment": deployment, "error": error}
        return page(request, who, "yaml.html", context, status=503)
    shown = next((part for part in parts if part.id == component), None)
    if component and shown is None:
        raise NotFound("This deployment has no such component.")
    text = await asyncio.to_thread(lambda: shown.text) if shown else ""
    found = YamlView(deployment.id, deployment.name, deployment.spec.version, parts, shown, text)
    return page(request, who, "yaml.html", {"view": found, "deployment": deployment})


@router.get("/deployments/{deployment_id}/yaml/download")
async def download(deployment_id: str, portal: ThePortal, who: Somebody) -> Response:
    """Everything as one file, written while it is sent; the page says why if there is none."""
    deployment = await _deployment(portal, deployment_id, who.user.id)
    try:
        parts = await _applied(portal.settings, deployment.spec, who.user.email)
    except StepError:
        return RedirectResponse(f"/deployments/{deployment_id}/yaml", 303)
    return _file(deployment.name, parts)


@router.post("/yaml")
async def preview(request: Request, portal: ThePortal, who: Somebody) -> Response:
    """What a form would have applied, as a file, before anything is made.

    What is not filled in yet is filled in as the form's price and report fill it in.
    """
    form = await request.form()
    who.check(form.get("csrf"))
    values = forms.typed(form, choosable(portal.settings, str(form.get("version", ""))))
    spec, _ = forms.draft(values, available_versions(portal.settings))
    if spec is None:
        return await _asked(
            request, portal, who, values, {"project": Message("Fill this in.")}, 422
        )
    try:
        parts = await _applied(portal.settings, spec, who.user.email)
    except StepError as error:
        return await _asked(request, portal, who, values, {"version": Message(error.cause)}, 503)
    return _file(spec.name, parts)


async def _asked(
    request: Request,
    portal: Portal,
    who: SignedIn,
    values: Mapping[str, str],
    problems: Problems,
    status: int,
) -> Response:
    live = await glance(portal, who, values)
    return await form_page(request, portal, who, values, live, problems=problems, status=status)


async def _deployment(portal: Portal, deployment_id: str, user_id: str) -> Deployment:
    async with portal.database.read() as session:
        return await deployments.get_of_owner(session, deployment_id, user_id)


def _file(name: str, parts: list[Part]) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.yaml"'}
    return StreamingResponse(_documents(parts), media_type="application/yaml", headers=headers)


async def _applied(settings: Settings, spec: DeploymentSpec, email: str) -> list[Part]:
    bundle = await library.load(settings, spec.version, spec.login)
    return await asyncio.to_thread(parts_of, bundle, spec, email, settings.registry_mirror)


async def _documents(parts: list[Part]) -> AsyncIterator[str]:
    """One object at a time, in a thread: others are answered meanwhile."""
    for part in parts:
        for body in part.objects:
            yield await asyncio.to_thread(document, body)

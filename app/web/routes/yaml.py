"""*View YAML*: what is applied for a deployment, secrets masked; a page, and a file."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from app.errors import NotFound, StepError
from app.kubeflow import library
from app.store import deployments
from app.store.tables import Deployment
from app.web.manifests import Part, document, parts_of
from app.web.pages import page
from app.web.portal import Portal, ThePortal
from app.web.sessions import Somebody

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
        parts = await _parts(portal, deployment, who.user.email)
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
    """Everything as one file, written while it is sent."""
    deployment = await _deployment(portal, deployment_id, who.user.id)
    parts = await _parts(portal, deployment, who.user.email)
    headers = {"Content-Disposition": f'attachment; filename="{deployment.name}.yaml"'}
    return StreamingResponse(_documents(parts), media_type="application/yaml", headers=headers)


async def _deployment(portal: Portal, deployment_id: str, user_id: str) -> Deployment:
    async with portal.database.read() as session:
        return await deployments.get_of_owner(session, deployment_id, user_id)


async def _parts(portal: Portal, deployment: Deployment, email: str) -> list[Part]:
    spec, settings = deployment.spec, portal.settings
    bundle = await library.load(settings, spec.version, spec.login)
    return await asyncio.to_thread(parts_of, bundle, spec, email, settings.registry_mirror)


async def _documents(parts: list[Part]) -> AsyncIterator[str]:
    """One object at a time, in a thread: others are answered meanwhile."""
    for part in parts:
        for body in part.objects:
            yield await asyncio.to_thread(document, body)

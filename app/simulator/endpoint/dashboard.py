"""The central dashboard: pages about what really is in the cluster."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.simulator.controllers.objects import Object
from app.simulator.endpoint.gates import Visitor
from app.simulator.endpoint.kubeflow import (
    Component,
    Installed,
    Kubeflow,
    installed_components,
    is_available,
)
from app.simulator.endpoint.rendering import error_page, page

_DASHBOARD = "centraldashboard"
_FRAMED = "/_/"  # the dashboard's own address of a component's page, beside the component's


@dataclass(frozen=True, slots=True)
class Row:
    """One object in a list."""

    name: str
    state: str
    detail: str
    since: str


async def dashboard(request: Request, visitor: Visitor, kubeflow: Kubeflow) -> Response:
    """Home, or a component's page; 503 while the dashboard itself does not run."""
    deployments = await kubeflow.deployments()
    if not is_available(deployments, _DASHBOARD):
        return PlainTextResponse("no healthy upstream", 503)
    installed = installed_components(deployments)
    shared = await _shared(request, visitor, kubeflow, installed)
    slug = request.url.path.removeprefix(_FRAMED).strip("/")
    if not slug:
        return page("home.html", **shared, slug="")
    for each in installed:
        if each.component.slug == slug:
            return await _component_page(each, kubeflow, shared)
    return error_page(404, "Not found", "Kubeflow has no such page.")


async def _shared(
    request: Request, visitor: Visitor, kubeflow: Kubeflow, installed: list[Installed]
) -> dict[str, Any]:
    namespaces = await kubeflow.namespaces_of(visitor.email)
    wanted = request.query_params.get("ns", "")
    chosen = wanted if wanted in namespaces else next(iter(namespaces), "")
    return {
        "visitor": visitor,
        "installed": installed,
        "namespaces": namespaces,
        "namespace": chosen,
    }


async def _component_page(
    installed: Installed, kubeflow: Kubeflow, shared: dict[str, Any]
) -> Response:
    component, namespace = installed.component, shared["namespace"]
    objects = await kubeflow.list(component.kind, namespace) if namespace else []
    return page(
        "component.html",
        **shared,
        slug=component.slug,
        current=installed,
        rows=[row_of(each) for each in objects],
        offered=await _offered(component, kubeflow),
    )


async def _offered(component: Component, kubeflow: Kubeflow) -> list[str]:
    if component.cluster_wide is None:
        return []
    return sorted(each["metadata"]["name"] for each in await kubeflow.list(component.cluster_wide))


def row_of(obj: Object) -> Row:
    """Name, state, what it is made of, and since when."""
    status = obj.get("status") or {}
    conditions = status.get("conditions") or []
    true = [each["type"] for each in conditions if each.get("status") == "True"]
    state = status.get("phase") or (true[-1] if true else "Waiting")
    size = ((obj.get("spec") or {}).get("resources") or {}).get("requests") or {}
    return Row(
        obj["metadata"]["name"],
        state,
        size.get("storage", ""),
        obj["metadata"].get("creationTimestamp", ""),
    )

"""The deployed Kubeflow behind its endpoint, as a browser finds it."""

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route as Path

from app.simulator.controllers.client import ApiError
from app.simulator.controllers.gke.translation import Backend, TranslationError, backend_of
from app.simulator.controllers.kinds import BACKEND_CONFIG, SECRET, SERVICE
from app.simulator.controllers.objects import key_of
from app.simulator.endpoint.dashboard import dashboard
from app.simulator.endpoint.dex import PasswordGate
from app.simulator.endpoint.frontend import (
    Route,
    Unreachable,
    client_of,
    find_route,
    public_host,
)
from app.simulator.endpoint.gates import Gate
from app.simulator.endpoint.iap import IapGate
from app.simulator.endpoint.kubeflow import Kubeflow
from app.simulator.endpoint.rendering import CLOCK_SPEED, STYLE, error_page, style_sheet
from app.simulator.world import World

__all__ = ["endpoint_app"]

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_HEALTH = "/healthz/ready"


def endpoint_app(world: World, speed: float) -> Starlette:
    """Answers every request whose Host is an endpoint's, whatever its path.

    `speed` is how many times as fast as real ones simulated seconds pass: every page says so.
    """

    async def handle(request: Request) -> Response:
        CLOCK_SPEED.set(speed)
        if request.url.path == STYLE:
            return style_sheet()
        try:
            return await _through_front_end(world, request)
        except Unreachable as obstacle:
            return error_page(obstacle.status, obstacle.title, obstacle.explanation)
        except (ApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
            return error_page(502, "Error: Server Error", f"The cluster does not answer: {error}")

    return Starlette(routes=[Path("/{path:path}", handle, methods=_METHODS)])


async def _through_front_end(world: World, request: Request) -> Response:
    route = await find_route(world, public_host(request.headers.get("host", "")))
    if request.url.path == _HEALTH:
        return PlainTextResponse("", 404)
    async with client_of(route.access) as client:
        return await _into_cluster(world, request, route, Kubeflow(client))


async def _into_cluster(
    world: World, request: Request, route: Route, kubeflow: Kubeflow
) -> Response:
    gate = _gate(world, await _backend(route, kubeflow))
    visitor = await gate.admit(request, route, kubeflow)
    if isinstance(visitor, Response):
        return visitor
    return await dashboard(request, visitor, kubeflow)


async def _backend(route: Route, kubeflow: Kubeflow) -> Backend:
    namespace = key_of(route.ingress)[0]
    known = {
        (kind, key_of(obj)): obj
        for kind in (SERVICE, BACKEND_CONFIG, SECRET)
        for obj in await kubeflow.list(kind, namespace)
    }
    try:
        return backend_of(route.ingress, lambda kind, key: known.get((kind, key)))
    except TranslationError as error:
        raise Unreachable(502, "Error: Server Error", error.message) from error


def _gate(world: World, backend: Backend) -> Gate:
    if backend.iap and backend.config is not None:
        return IapGate(world, backend.config)
    return PasswordGate()

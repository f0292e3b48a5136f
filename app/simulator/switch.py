"""Which part of the simulator answers a request: by its Host, then by the path's first part."""

import time
from functools import cached_property

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.simulator.admin import Admin
from app.simulator.google import (
    billing,
    compute,
    container,
    iam,
    iap,
    resourcemanager,
    servicemanagement,
    serviceusage,
)
from app.simulator.google.api import Api
from app.simulator.google.cloud import Cloud
from app.simulator.outside import Outside

_ENDPOINT_HOSTS = ".cloud.goog.localhost"
APIS: dict[str, Api] = {
    module.api.prefix: module.api
    for module in (
        billing,
        compute,
        container,
        iam,
        iap,
        resourcemanager,
        servicemanagement,
        serviceusage,
    )
}


class Switch:
    """Sends a request to the endpoint of a deployment, to one of the APIs, or to the pages."""

    def __init__(self, cloud: Cloud, admin: Admin, pages: ASGIApp, world: Outside) -> None:
        self._cloud = cloud
        self._admin = admin
        self._pages = pages
        self._world = world

    @cached_property
    def _endpoint(self) -> ASGIApp:
        from app.simulator.endpoint import endpoint_app

        return endpoint_app(self._world, self._cloud.clock.speed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").partition(":")[0]
        if host.endswith(_ENDPOINT_HOSTS):
            await self._endpoint(scope, receive, send)
            return
        prefix, _, path = scope["path"][1:].partition("/")
        api = APIS.get(prefix)
        if api is None or scope["type"] != "http":
            await self._pages(scope, receive, send)
            return
        start = time.perf_counter()
        response = await api.serve(self._cloud, "/" + path, scope, receive)
        self._record(scope, response, time.perf_counter() - start)
        await response(scope, receive, send)

    def _record(self, scope: Scope, response: Response, seconds: float) -> None:
        self._admin.requests.append(
            {
                "method": scope["method"],
                "path": scope["path"],
                "query": scope["query_string"].decode("latin-1"),
                "status": response.status_code,
                "milliseconds": round(seconds * 1000, 2),
            }
        )

"""Which part of the simulator answers a request: by its Host, then by the path's first part."""

import asyncio
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
from app.simulator.google.errors import ConnectionCut
from app.simulator.outside import Outside
from app.simulator.transcript import Transcript

ABORT = "simulator.abort"
"""The extension of a request's scope that drops its connection."""
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

    def __init__(
        self,
        cloud: Cloud,
        admin: Admin,
        pages: ASGIApp,
        world: Outside,
        transcript: Transcript | None = None,
    ) -> None:
        self._cloud = cloud
        self._transcript = transcript
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
        try:
            response = await self._served(api, "/" + path, scope, receive)
        except ConnectionCut:
            await _cut(scope)
            return
        self._record(scope, response, time.perf_counter() - start)
        await response(scope, receive, send)

    async def _served(self, api: Api, path: str, scope: Scope, receive: Receive) -> Response:
        if self._transcript is None:
            return await api.serve(self._cloud, path, scope, receive)
        listen, heard = self._transcript.listening(receive)
        response = await api.serve(self._cloud, path, scope, listen)
        self._transcript.write(api.prefix, scope, heard, response)
        return response

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


async def _cut(scope: Scope) -> None:
    """Drop the connection without a word; the server learns of it in its next round."""
    extension = scope.get("extensions", {}).get(ABORT)
    if extension is not None:
        extension["abort"]()
    await asyncio.sleep(0.01)

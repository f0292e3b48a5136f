"""Arming and clearing faults over HTTP: JSON for programs, forms for the page."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from app.simulator.faults import KINDS, Fault
from app.simulator.google import clusters
from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import Json

_PAGE = "/_simulator/"
_HELD = "operation-never-ends"


class FaultRoutes:
    """Routes at `/_simulator/faults`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def routes(self) -> list[Route]:
        """The Starlette routes."""
        path = "/_simulator/faults"
        return [
            Route(path, self.listed),
            Route(path, self.arm, methods=["POST"]),
            Route(path, self.clear, methods=["DELETE"]),
            Route(f"{path}/pressed", self.pressed, methods=["POST"]),
        ]

    async def listed(self, request: Request) -> Response:
        """Every armed fault: named ones as name and arg, plain ones as kind, call and the rest."""
        return self._answer()

    async def arm(self, request: Request) -> Response:
        """Arm a fault: `{"name", "arg"}`, or `{"kind", "call", "times", "seconds"}`."""
        body = orjson.loads(await request.body() or b"{}")
        try:
            self._arm(body if isinstance(body, dict) else {})
        except ValueError as error:
            return _json({"error": str(error)}, 422)
        return self._answer()

    async def clear(self, request: Request) -> Response:
        """Clear the fault that the query names, or all."""
        self._clear(request.query_params.get("name", ""))
        return self._answer()

    async def pressed(self, request: Request) -> Response:
        """A button of the page was pressed."""
        if not _from_own_page(request):
            return PlainTextResponse("Only this page's own buttons are taken.", 403)
        form = await request.form()
        name, arg = _text(form, "name"), _text(form, "arg")
        if _text(form, "do") != "arm":
            self._clear(name)
            return RedirectResponse(_PAGE, 303)
        try:
            self._cloud.faults.arm_named(name, arg)
        except ValueError as error:
            return PlainTextResponse(str(error), 422)
        return RedirectResponse(f"{_PAGE}#{name}", 303)

    def _arm(self, body: Mapping[str, Any]) -> None:
        if "name" in body:
            self._cloud.faults.arm_named(str(body["name"]), str(body.get("arg", "")))
            return
        fault = Fault(
            str(body.get("kind", "")),
            str(body.get("call", "*")),
            body.get("times"),
            float(body.get("seconds", 0)),
        )
        if fault.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        self._cloud.faults.arm(fault)

    def _clear(self, name: str) -> None:
        faults = self._cloud.faults
        if name:
            faults.disarm(name)
        else:
            faults.clear()
        if _HELD not in faults.named:
            clusters.release(self._cloud)

    def _answer(self) -> Response:
        named = [{"name": name, "arg": arg} for name, arg in self._cloud.faults.named.items()]
        return _json([*named, *map(_shown, self._cloud.faults.armed())])


def _from_own_page(request: Request) -> bool:
    """A page that sends no referrer is nobody's by its origin; browsers say where it is from."""
    origin = urlsplit(request.headers.get("origin", ""))
    is_same = request.headers.get("sec-fetch-site") == "same-origin"
    return is_same or origin.netloc == request.headers.get("host")


def _shown(fault: Fault) -> Json:
    return {
        "kind": fault.kind,
        "call": fault.call,
        "times": fault.times,
        "seconds": fault.seconds,
    }


def _text(form: Mapping[str, str | UploadFile], name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")

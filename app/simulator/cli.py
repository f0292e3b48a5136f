"""`kfportal simulator`: the command that runs the simulated Google Cloud."""

import asyncio
import gc
import logging
import resource
import signal
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from app.simulator.fault_names import NAMED
from app.simulator.faults import parse_fault
from app.simulator.google.cloud import DEMO_CLIENT, OAuthClient
from app.simulator.server import Settings, Simulator
from app.simulator.servers import ControlPlaneKind
from app.simulator.timings import Timings

_OPEN_FILES = 10_240
# A cluster's objects are many and never cyclic: at Python's own 700 the search for cycles is a
# fifth of an installation.
_ALLOCATIONS_BETWEEN_COLLECTIONS = 10_000
_TIMINGS = tuple(field.name for field in fields(Timings))


def simulator(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port for HTTP and DNS; 0: any, then kept.")] = 8090,
    state: Annotated[Path, typer.Option(help="Directory that keeps the cloud.")] = Path(
        "var/simulator"
    ),
    speed: Annotated[float, typer.Option(help="How many times faster than Google.")] = 40.0,
    public_host: Annotated[
        str, typer.Option(help="Host name for browsers and clients, if not HOST.")
    ] = "",
    oauth_client: Annotated[
        list[str] | None, typer.Option(help="An OAuth client, as ID:SECRET.")
    ] = None,
    timing: Annotated[
        list[str] | None, typer.Option(help=f"NAME=SECONDS (simulated); {', '.join(_TIMINGS)}.")
    ] = None,
    control_plane: Annotated[
        str, typer.Option(help="What clusters run on: simulated, or real (make control-plane).")
    ] = "simulated",
    fault: Annotated[
        list[str] | None,
        typer.Option(help=f"Arm a fault: NAME or NAME:ARG, of {', '.join(NAMED)}."),
    ] = None,
    transcript: Annotated[
        Path | None,
        typer.Option(help="File for all requests to Google's APIs and their answers, as JSON."),
    ] = None,
) -> None:
    """Run Google Cloud on loopback, with compressed time, until Ctrl-C."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    settings = Settings(
        directory=state,
        host=host,
        port=port,
        speed=speed,
        public_host=public_host,
        timings=_timings(timing or []),
        oauth_clients=tuple(_client(text) for text in oauth_client or []) or (DEMO_CLIENT,),
        control_plane=_control_plane(control_plane),
        transcript=transcript,
        faults=tuple(_fault(text) for text in fault or []),
    )
    _allow_open_files()
    gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS, 20, 50)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings))


def _allow_open_files() -> None:
    """A cluster and its controllers hold about 70 connections; some systems allow 256 files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


async def _serve(settings: Settings) -> None:
    cloud = Simulator(settings)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, cloud.quit)
    await cloud.start()
    typer.echo(f"The simulated Google Cloud is at {cloud.url} ({settings.speed:g} times as fast)")
    try:
        await cloud.wait()
    finally:
        await cloud.stop()


def _control_plane(text: str) -> ControlPlaneKind:
    if text == "simulated":
        return "simulated"
    if text != "real":
        raise typer.BadParameter(f"{text!r} is neither simulated nor real")
    from app.simulator.controlplane import HOW_TO_GET_THEM, find

    if find() is None:
        raise typer.BadParameter(HOW_TO_GET_THEM)
    return "real"


def _fault(text: str) -> str:
    name, arg = parse_fault(text)
    if name not in NAMED:
        raise typer.BadParameter(f"no fault is called {name!r}; there are {', '.join(NAMED)}")
    try:
        NAMED[name].check(arg or NAMED[name].usual)
    except ValueError as error:
        raise typer.BadParameter(f"{name}: {error}") from error
    return text


def _client(text: str) -> OAuthClient:
    client_id, _, secret = text.partition(":")
    if not client_id.endswith(".apps.googleusercontent.com") or not secret:
        raise typer.BadParameter("must be ID.apps.googleusercontent.com:SECRET")
    return OAuthClient(client_id, secret)


def _timings(texts: list[str]) -> Timings:
    chosen: dict[str, float] = {}
    for text in texts:
        name, _, seconds = text.partition("=")
        if name not in _TIMINGS:
            raise typer.BadParameter(f"no timing is called {name!r}")
        try:
            chosen[name] = float(seconds)
        except ValueError as error:
            raise typer.BadParameter(f"{text!r} is not NAME=SECONDS") from error
    return Timings(**chosen)

"""The command line: `kfportal serve`, `kfportal demo` and the processes that they start."""

import asyncio
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from app.processes import Program, die_with_parent, run_together

if TYPE_CHECKING:
    from app.settings import Settings

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def main() -> None:
    """What the `kfportal` command runs."""
    if os.environ.pop("KFPORTAL_CHILD", ""):
        die_with_parent()
    cli()


@cli.command()
def serve() -> None:
    """Run the portal: its web pages and its worker, until Ctrl-C."""
    from app.settings import Settings

    settings = Settings()
    typer.echo(_identity(settings))
    _refuse_if_taken(settings.host, settings.port, "KFPORTAL_PORT")
    programs = [Program(["web"]), Program(["worker"])]
    asyncio.run(_together(settings.public_url, settings.listening_at, programs))


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the portal listens; the next one is Google's.")],
    data: Annotated[Path, typer.Option(help="Where the demo keeps what it makes.")] = Path(
        ".data/demo"
    ),
    speed: Annotated[float, typer.Option(help="Simulated seconds in a real one.")] = 40,
) -> None:
    """Run the portal with a simulated Google Cloud, until Ctrl-C."""
    for number in (port, port + 1):
        _refuse_if_taken("127.0.0.1", number, "PORT")
    environment = {
        "KFPORTAL_CLOUD": "simulated",
        "KFPORTAL_SIMULATOR_URL": f"http://127.0.0.1:{port + 1}",
        "KFPORTAL_CLOCK_SPEED": str(speed),
        "KFPORTAL_HOST": "127.0.0.1",
        "KFPORTAL_PORT": str(port),
        "KFPORTAL_DATA_DIR": str(data.absolute()),
    }
    google = ["simulator", "--port", str(port + 1), "--state", str(data / "google")]
    programs = [
        Program([*google, "--speed", str(speed)], environment, data / "simulator.log"),
        Program(["web"], environment, data / "web.log"),
        Program(["worker"], environment, data / "worker.log"),
    ]
    address = f"http://127.0.0.1:{port}"
    asyncio.run(_together(address, address, programs))


@cli.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def bundle(context: typer.Context) -> None:
    """Make bundles of Kubeflow, and look into them (`--help` lists the commands)."""
    from app.commands.bundle import commands

    commands(context.args, prog_name="kfportal bundle")


@cli.command()
def web() -> None:
    """Serve the web pages only."""
    from app.main import server
    from app.settings import Settings

    server(Settings()).run()


@cli.command()
def worker() -> None:
    """Carry out runs only."""
    from app.log import configure
    from app.settings import Settings
    from app.workflows.worker import run

    settings = Settings()
    configure(settings)
    run(settings)


@cli.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def drift(context: typer.Context) -> None:
    """Show what differs in a deployment's cluster (`--help` lists the options)."""
    from app.commands.drift import drift as compare

    command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    command.command()(compare)
    command(context.args, prog_name="kfportal drift")


@cli.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def simulator(context: typer.Context) -> None:
    """Simulate Google Cloud on loopback (`--help` lists its options)."""
    from app.simulator.cli import simulator as simulate

    command = typer.Typer(add_completion=False)
    command.command()(simulate)
    command(context.args, prog_name="kfportal simulator")


def _identity(settings: "Settings") -> str:
    """Whom the portal acts for, in a line; ends the command where that cannot be."""
    if not settings.default_credentials:
        return f"Sign-in: with Google, through the OAuth client {settings.oauth_client_id}."
    if not settings.loopback:
        _refuse(
            "The portal needs an OAuth client: set KFPORTAL_OAUTH_CLIENT_ID and "
            "KFPORTAL_OAUTH_CLIENT_SECRET (README.md says how to make one). Application Default "
            f"Credentials stand in for it on loopback only, and KFPORTAL_HOST is {settings.host}."
        )
    return _own_identity(settings)


def _own_identity(settings: "Settings") -> str:
    from app.errors import Transient
    from app.google.identity import NoDefaultCredentials, application_default

    try:
        found = application_default(settings)
    except (NoDefaultCredentials, Transient) as error:
        _refuse(
            "The portal has no OAuth client (KFPORTAL_OAUTH_CLIENT_ID, "
            "KFPORTAL_OAUTH_CLIENT_SECRET; README.md says how to make one), and this machine no "
            f"Application Default Credentials that work: {error}"
        )
    line = f"Sign-in: none. Acts as {found.email}: Application Default Credentials, {found.kind}."
    if found.wants_quota_project:
        line += (
            "\nThey name no project that pays for calls. If Google refuses some, run: "
            "gcloud auth application-default set-quota-project PROJECT"
        )
    return line


async def _together(address: str, here: str, programs: list[Program]) -> None:
    announcing = asyncio.create_task(_announce(address, here))
    try:
        await run_together(programs)
    finally:
        announcing.cancel()


async def _announce(address: str, here: str) -> None:
    """One line, when the first page can be served `here`; `address` is the browser's."""
    import httpx

    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        while True:
            with suppress(httpx.TransportError):
                if (await client.get(f"{here}/healthz")).is_success:
                    break
            await asyncio.sleep(0.05)
    typer.echo(f"Kubeflow Deploy Portal: {address}")


def _refuse_if_taken(host: str, port: int, setting: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            _refuse(f"Port {port} cannot be used ({error.strerror}): choose another, {setting}=...")


def _refuse(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(2)


if __name__ == "__main__":
    main()

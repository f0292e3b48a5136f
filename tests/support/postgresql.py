"""A PostgreSQL server of the tests' own, in a folder of their own, on a port of its own."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

HOW_TO_GET_IT = "PostgreSQL is missing: apt-get install postgresql"


def binaries() -> Path | None:
    """The folder with initdb and postgres, wherever the system keeps it."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    if versions:
        return versions[0].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def server() -> Iterator[str]:
    """Run a server while the context lasts; gives its URL without a database's name."""
    found = binaries()
    if found is None:
        raise RuntimeError(HOW_TO_GET_IT)
    with (
        TemporaryDirectory(prefix="kfportal-postgresql-") as folder,
        _running(found, Path(folder)) as url,
    ):
        yield url


@contextmanager
def _running(found: Path, folder: Path) -> Iterator[str]:
    data, port = folder / "data", _free_port()
    if os.geteuid() == 0:
        identity = pwd.getpwnam("postgres")
        os.chown(folder, identity.pw_uid, identity.pw_gid)
    _run([found / "initdb", "-D", data, "-U", "kfportal", "-A", "trust", "--no-sync"])
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    _run([found / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start"])
    try:
        yield f"postgresql+psycopg://kfportal@127.0.0.1:{port}"
    finally:
        _run([found / "pg_ctl", "-D", data, "-m", "immediate", "stop"])


def _run(command: list[str | Path]) -> None:
    """PostgreSQL refuses to run as root: then it runs as its own user."""
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *words]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd="/")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

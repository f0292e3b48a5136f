"""Bundles at hand: made once, kept under the portal's data folder, read in a moment."""

import asyncio
import hashlib
import os
import sys
from collections import defaultdict
from pathlib import Path

from app.domain.spec import Login
from app.errors import Permanent, StepError, Transient
from app.kubeflow import bundle as files
from app.kubeflow.bundle import Bundle
from app.kubeflow.catalogue import SAMPLE, in_mirror, release
from app.settings import Settings

_FORMAT = "1"  # of the kept files; another one makes them anew
_locks: defaultdict[Path, asyncio.Lock] = defaultdict(asyncio.Lock)


def variant_for(login: Login) -> str:
    """Which rendering of a release a login needs."""
    return "iap" if login == Login.IAP else "password"


async def load(settings: Settings, version: str, login: Login) -> Bundle:
    """The bundle of a version for a login; raises `Permanent` where it cannot be made here."""
    variant = variant_for(login)
    order = _order(settings, version, variant)
    path = settings.data_dir / "bundles" / f"{version}-{variant}-{_digest(settings, order)}.gz"
    async with _locks[path]:
        if not await asyncio.to_thread(path.is_file):
            await _build(order, path)
    return await asyncio.to_thread(files.read, path)


def _order(settings: Settings, version: str, variant: str) -> list[str]:
    """What `app.kubeflow.build` is asked for."""
    if version == SAMPLE:
        return ["sample", variant]
    folder = in_mirror(settings, version)
    if folder is not None:
        return ["mirror", str(folder), version, variant]
    return ["release", release(version).id, variant]


def _digest(settings: Settings, order: list[str]) -> str:
    """Differs whenever another bundle would be made."""
    parts = [_FORMAT, *order]
    folder = in_mirror(settings, order[2]) if order[0] == "mirror" else None
    watched = folder or (Path(__file__).parent / "sample" if order[0] == "sample" else None)
    if watched is not None:
        parts += [f"{path.name} {path.stat().st_size}" for path in sorted(watched.iterdir())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


async def _build(order: list[str], path: Path) -> None:
    builder = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.kubeflow.build",
        *order,
        str(path),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await builder.communicate()
    except asyncio.CancelledError:
        builder.kill()
        raise
    if builder.returncode:
        raise _failure(builder.returncode, said.decode(errors="replace"))


def _failure(code: int, said: str) -> StepError:
    """The builder's own error; whatever else went wrong there ends with its last line."""
    if code not in (1, os.EX_TEMPFAIL) or "Traceback" in said:
        return Permanent(said.strip()[-1000:] or "The bundle could not be made.")
    cause, _, hint = said.strip().partition("\n")
    return Transient(cause, hint=hint) if code == os.EX_TEMPFAIL else Permanent(cause, hint=hint)

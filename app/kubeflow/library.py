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
from app.kubeflow.bundle import Bundle, Unreadable
from app.kubeflow.catalogue import SAMPLE, in_mirror, kept, release
from app.kubeflow.components import Component, catalogued
from app.settings import Settings

_locks: defaultdict[Path, asyncio.Lock] = defaultdict(asyncio.Lock)


def variant_for(login: Login) -> str:
    """Which rendering of a release a login needs."""
    return "iap" if login == Login.IAP else "password"


async def load(settings: Settings, version: str, login: Login) -> Bundle:
    """The bundle of a version for a login; raises `Permanent` where it cannot be made here."""
    path = await made(settings, version, variant_for(login))
    try:
        return await asyncio.to_thread(files.read, path)
    except Unreadable as error:
        raise Permanent(str(error)) from error


async def made(settings: Settings, version: str, variant: str) -> Path:
    """The file of a bundle: one that somebody has put there, or one that is made now."""
    found = await asyncio.to_thread(kept, settings, version, variant)
    if found is not None:
        return found
    path, order = _place(settings, version, variant)
    async with _locks[path]:
        if not await asyncio.to_thread(path.is_file):
            await build(order, path)
    return path


async def build(order: list[str], path: Path) -> None:
    """Have `app.kubeflow.build` make what `order` says; raises what it says went wrong."""
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


def order_for(settings: Settings, version: str, variant: str) -> list[str]:
    """What `app.kubeflow.build` is asked for."""
    if version == SAMPLE:
        return ["sample", variant]
    folder = in_mirror(settings, version)
    if folder is not None:
        return ["mirror", str(folder), version, variant]
    return ["release", settings.github_url, release(version).id, variant]


def components(settings: Settings, version: str) -> list[Component]:
    """The components of a version, in the order of installation; reads a file's first line.

    Where no bundle of it was made yet, those of the catalogue, with nothing said of what they ask
    for.
    """
    for variant in ("password", "iap"):
        path = kept(settings, version, variant) or _place(settings, version, variant)[0]
        if path.is_file():
            return list(files.read_head(path).contents.components)
    return list(catalogued())


def _place(settings: Settings, version: str, variant: str) -> tuple[Path, list[str]]:
    order = order_for(settings, version, variant)
    name = f"{version}-{variant}-{_digest(order)}.gz"
    return settings.data_dir / "bundles" / name, order


def _digest(order: list[str]) -> str:
    """Differs whenever another bundle would be made."""
    parts = [str(files.FORMAT), *order]
    if order[0] == "mirror":
        parts += _sizes(Path(order[1]))
    elif order[0] == "sample":
        parts += _sizes(Path(__file__).parent / "sample")
    else:
        parts.append(release(order[2]).tree)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _sizes(folder: Path) -> list[str]:
    return [f"{path.name} {path.stat().st_size}" for path in sorted(folder.iterdir())]


def _failure(code: int, said: str) -> StepError:
    """The builder's own error; whatever else went wrong there ends with its last line."""
    if code not in (1, os.EX_TEMPFAIL) or "Traceback" in said:
        return Permanent(said.strip()[-1000:] or "The bundle could not be made.")
    cause, _, hint = said.strip().partition("\n")
    return Transient(cause, hint=hint) if code == os.EX_TEMPFAIL else Permanent(cause, hint=hint)

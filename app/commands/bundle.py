"""`kfportal bundle`: make bundles, and look into them."""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from app.errors import PortalError, StepError
from app.kubeflow import bundle as files
from app.kubeflow import library
from app.kubeflow.bundle import Bundle, Key, Unreadable
from app.kubeflow.catalogue import VARIANTS, file_name, folders, kept, release, releases
from app.kubeflow.compare import compared
from app.kubeflow.verify import problems, remarks
from app.settings import Settings

commands = typer.Typer(no_args_is_help=True, help="Make bundles of Kubeflow, and look into them.")
Which = Annotated[str, typer.Argument(help="A version, such as 26.03, or a bundle's file.")]
Variant = Annotated[str, typer.Option(help="password or iap, where a version is given.")]
_FEW = 5  # fields of one object that are shown


@commands.command()
def build(
    version: Annotated[str, typer.Argument(help="A version of the catalogue, such as 26.03.")],
    variant: Annotated[str, typer.Option(help="password, iap or both.")] = "both",
    mirror: Annotated[Path | None, typer.Option(help="A folder with rendered releases.")] = None,
    output: Annotated[Path | None, typer.Option(help="The folder that the bundles go to.")] = None,
) -> None:
    """Make the bundles of a version from its release, or from a mirror."""
    settings = Settings() if mirror is None else Settings(mirror=mirror)
    folder = output or settings.data_dir / "bundles"
    for each in VARIANTS if variant == "both" else (_checked(variant),):
        path = folder / file_name(version, each)
        began = time.monotonic()
        try:
            asyncio.run(_build(settings, version, each, path))
        except PortalError as error:
            _fail(error)
        made = files.read_head(path)
        typer.echo(
            f"{path}: {made.contents.objects} objects, {path.stat().st_size / 1000:.0f} kB, "
            f"made in {time.monotonic() - began:.1f} s from {made.contents.source}"
        )


@commands.command(name="list")
def list_() -> None:
    """The bundles at hand, and the releases that bundles can be made of."""
    settings = Settings()
    for folder in folders(settings):
        for path in sorted(folder.glob("*.gz")):
            typer.echo(_line(path))
    for found in releases().values():
        missing = [v for v in VARIANTS if kept(settings, found.id, v) is None]
        if missing:
            typer.echo(f"{found.id}  not made: {', '.join(missing)} (kfportal bundle build)")


@commands.command()
def show(which: Which, variant: Variant = "password") -> None:
    """What is in a bundle: components, what they ask for, images, API groups."""
    bundle = _head(which, variant)
    contents = bundle.contents
    typer.echo(f"Kubeflow {bundle.version}, {bundle.variant}: {contents.objects} objects")
    typer.echo(f"made from {contents.source}, format {files.FORMAT}, sha256 {contents.digest}")
    for line in _about(bundle.version):
        typer.echo(line)
    typer.echo(f"\n{'component':<28}{'vCPU':>7}{'GiB':>7}  workloads, needs")
    for each in contents.components:
        count = len(contents.ready.get(each.id, []))
        needs = f", needs {', '.join(each.needs)}" if each.needs else ""
        optional = ", can be left out" if each.optional else ""
        typer.echo(
            f"{each.id:<28}{each.cpu:>7.2f}{each.memory_gib:>7.2f}  {count}{needs}{optional}"
        )
    cpu = sum(each.cpu for each in contents.components)
    memory = sum(each.memory_gib for each in contents.components)
    typer.echo(f"{'all':<28}{cpu:>7.2f}{memory:>7.2f}  and volumes of {contents.storage_gib:g} GiB")
    _print("kinds", (f"{count:>5} {kind}" for kind, count in contents.kinds.items()))
    _print("API groups of its CRDs", contents.groups)
    _print("images", contents.images)


@commands.command()
def verify(which: Which, variant: Variant = "password") -> None:
    """Whether a bundle is whole, and can be deployed so that everything in it can be called."""
    bundle = _bundle(which, variant)
    for remark in remarks(bundle):
        typer.echo(f"note: as released, {remark}")
    found = problems(bundle)
    for problem in found:
        typer.echo(problem, err=True)
    if found:
        raise typer.Exit(1)
    typer.echo(
        f"Kubeflow {bundle.version}, {bundle.variant}: {len(bundle.items)} objects are whole; "
        "every reference leads somewhere, every call arrives, no credential is the release's."
    )


@commands.command()
def diff(old: Which, new: Which, variant: Variant = "password") -> None:
    """What differs between two bundles: objects, fields, images. Exit status 1 if anything does."""
    found = compared(_bundle(old, variant), _bundle(new, variant))
    for sign, keys in (("+", found.added), ("-", found.removed)):
        for key in keys:
            typer.echo(f"{sign} {_called(key)}")
    for key, fields in found.changed.items():
        more = f" and {len(fields) - _FEW} more" if len(fields) > _FEW else ""
        typer.echo(f"~ {_called(key)}: {', '.join(fields[:_FEW])}{more}")
    for sign, images in (("+", found.new_images), ("-", found.old_images)):
        for image in images:
            typer.echo(f"{sign} image {image}")
    if found.added or found.removed or found.changed:
        raise typer.Exit(1)


async def _build(settings: Settings, version: str, variant: str, path: Path) -> None:
    """Made anew even if it is there; whoever reads meanwhile has the old one."""
    order = library.order_for(settings, release(version).id, variant)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    await library.build(order, draft)
    draft.replace(path)
    draft.with_suffix(".lock").unlink(missing_ok=True)


def _checked(variant: str) -> str:
    if variant not in VARIANTS:
        _refuse(f"There is no variant “{variant}”: choose {' or '.join(VARIANTS)}.")
    return variant


def _line(path: Path) -> str:
    try:
        head = files.read_head(path)
    except Unreadable as error:
        return str(error)
    size = path.stat().st_size / 1000
    return (
        f"{head.version}  {head.variant:<8}  {head.contents.objects} objects  {size:.0f} kB  {path}"
    )


def _about(version: str) -> list[str]:
    found = releases().get(version)
    if found is None:
        return []
    tested = f"tested on Kubernetes {', '.join(found.tested)}; clusters get {found.kubernetes}"
    replaced = [f"replaced: {old} by {new}" for old, new in found.images.items()]
    return [tested, *found.notes, *replaced]


def _print(title: str, lines: Iterable[str]) -> None:
    typer.echo(f"\n{title}")
    for line in lines:
        typer.echo(f"  {line}")


def _bundle(which: str, variant: str) -> Bundle:
    try:
        return files.read(_path(which, variant))
    except Unreadable as error:
        _refuse(str(error))


def _head(which: str, variant: str) -> Bundle:
    try:
        return files.read_head(_path(which, variant))
    except Unreadable as error:
        _refuse(str(error))


def _path(which: str, variant: str) -> Path:
    if Path(which).is_file():
        return Path(which)
    found = kept(Settings(), which, _checked(variant))
    if found is None:
        _refuse(f"There is no bundle of {which} here: kfportal bundle build {which}")
    return found


def _called(key: Key) -> str:
    group, kind, namespace, name = key
    place = f"{namespace}/{name}" if namespace else name
    return f"{kind}.{group} {place}" if group else f"{kind} {place}"


def _fail(error: PortalError) -> NoReturn:
    hint = error.hint if isinstance(error, StepError) else ""
    _refuse(f"{error}\n{hint}".strip())


def _refuse(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(2)

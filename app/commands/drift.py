"""`kfportal drift`: what in a deployment's cluster differs from what was installed there."""

import asyncio
from typing import Annotated, Any

import typer
from sqlalchemy import or_, select

from app.kube.drift import Change, Drift, Field
from app.settings import Settings
from app.steps.drift import Answer, answer_for
from app.store.database import Database
from app.store.tables import Deployment

_SIGNS = {Change.ADDED: "+", Change.CHANGED: "~", Change.REMOVED: "-", Change.REFUSED: "!"}


def drift(
    deployment: Annotated[str, typer.Argument(help="A deployment's id, or its name.")],
    version: Annotated[
        str, typer.Option(help="Compare with this version: a preview of changing to it.")
    ] = "",
    without: Annotated[
        list[str] | None, typer.Option(help="Compare as if this component were left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Show what differs in the cluster from what was installed, field by field.

    Nothing is changed. Ends with status 1 where something differs, 2 where that is not known.
    """
    changes: dict[str, Any] = {"version": version} if version else {}
    if without:
        changes["without"] = without
    answer = asyncio.run(_answer(Settings(), deployment, changes))
    typer.echo(answer.model_dump_json(indent=2) if as_json else "\n".join(_lines(answer)))
    raise typer.Exit(2 if answer.cause else 1 if answer.objects else 0)


async def _answer(settings: Settings, deployment: str, changes: dict[str, Any]) -> Answer:
    found = await _ids(settings, deployment)
    if len(found) != 1:
        return Answer(
            cause=f"There are {len(found)} deployments called {deployment}: give the id of one."
        )
    return await answer_for(settings, found[0], changes)


async def _ids(settings: Settings, deployment: str) -> list[str]:
    database = Database.from_settings(settings)
    try:
        async with database.read() as session:
            by_name = or_(Deployment.id == deployment, Deployment.name == deployment)
            return list(await session.scalars(select(Deployment.id).where(by_name)))
    finally:
        await database.close()


def _lines(answer: Answer) -> list[str]:
    if answer.cause:
        return [answer.cause, *filter(None, [answer.hint])]
    if not answer.objects:
        return ["Nothing differs."]
    return [line for each in answer.objects for line in _lines_of(each)]


def _lines_of(found: Drift) -> list[str]:
    head = f"{_SIGNS[found.change]} {found.title}" + (f": {found.words}" if found.words else "")
    return [head, *(f"    {_line(field)}" for field in found.fields)]


def _line(field: Field) -> str:
    wanted = "(not there)" if field.wanted is None else field.wanted
    found = "(not there)" if field.found is None else field.found
    return f"{field.path}: {found} -> {wanted}"

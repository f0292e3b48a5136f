"""What in a deployment's cluster differs from what was installed there, or would be.

    python -m app.steps.drift < ORDER

The pages run this as a program of its own: it needs Google's clients, which are slow to import, and
keeps a processor busy. `ORDER` and the answer are JSON (`Order`, `Answer`).
"""

import asyncio
import sys
from typing import Any

from pydantic import BaseModel, SecretStr

from app.domain.plan import StepName
from app.errors import PortalError, SignInAgain, StepError
from app.kube.drift import Drift
from app.settings import Settings
from app.steps.assembling import context_for
from app.steps.cluster import kube_client
from app.steps.kubeflow import installation
from app.store.database import Database
from app.text import N_

_SIGN_IN_AGAIN = N_("Google no longer accepts your sign-in: it has expired or was withdrawn.")


class Order(BaseModel):
    """Whose drift is asked for; `changes` are fields of the spec, for a preview of them."""

    settings: dict[str, Any]
    deployment: str
    changes: dict[str, Any] = {}


class Answer(BaseModel):
    """Every object that differs, or why that could not be found out."""

    objects: list[Drift] = []
    cause: str = ""
    hint: str = ""


async def answer_for(settings: Settings, deployment: str, changes: dict[str, Any]) -> Answer:
    """Compare; whatever goes wrong is part of the answer."""
    try:
        return Answer(objects=await drift_of(settings, deployment, changes))
    except StepError as error:
        return Answer(cause=error.cause, hint=error.hint)
    except SignInAgain:
        return Answer(cause=_SIGN_IN_AGAIN)
    except PortalError as error:
        return Answer(cause=str(error))


async def drift_of(settings: Settings, deployment: str, changes: dict[str, Any]) -> list[Drift]:
    """What installing the deployment's bundle again would change in its cluster.

    With `changes` of its spec: what installing it with those would change. Nothing is changed now.
    """
    database = Database.from_settings(settings)
    try:
        context = await context_for(
            settings,
            database,
            deployment,
            StepName.INSTALL_KUBEFLOW,
            run_id="drift",
            installing=asyncio.Semaphore(1),
            changes=changes,
        )
        async with await kube_client(context) as client:
            return await (await installation(context, client)).drift()
    finally:
        await database.close()


def order_for(settings: Settings, deployment: str, changes: dict[str, Any]) -> Order:
    """The order for these settings, secrets and all: it is written to nobody but the program."""
    values = {name: _plain(value) for name, value in settings}
    return Order(settings=values, deployment=deployment, changes=changes)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.get_secret_value() if isinstance(value, SecretStr) else value


async def _main() -> None:
    order = Order.model_validate_json(sys.stdin.read())
    settings = Settings(**order.settings)
    answer = await answer_for(settings, order.deployment, order.changes)
    sys.stdout.write(answer.model_dump_json())


if __name__ == "__main__":
    asyncio.run(_main())

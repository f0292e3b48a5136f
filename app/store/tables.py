"""The tables, one class a noun."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import uuid4

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from app.domain.chain import LinkName, LinkState
from app.domain.plan import StepName
from app.domain.spec import DeploymentSpec
from app.domain.status import (
    DeploymentState,
    EventKind,
    Level,
    RunKind,
    RunState,
    StepState,
)
from app.store.encryption import EncryptedText


class UtcDateTime(TypeDecorator[datetime]):
    """Aware in, UTC in the database, aware out: SQLite forgets zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a naive time: {value}")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def now() -> datetime:
    """The present, aware and in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """An id that nobody can guess: 32 hexadecimal digits."""
    return uuid4().hex


def _word(kind: type[StrEnum]) -> Enum:
    """A word of `kind`, kept as text: a new word needs no change of the database."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda words: [word.value for word in words],
    )


class Table(DeclarativeBase):
    """The base of all tables, and how a Python type is kept."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        **{
            kind: _word(kind)
            for kind in (
                *(DeploymentState, RunKind, RunState, StepState, EventKind, Level, StepName),
                *(LinkName, LinkState),
            )
        },
    }


class User(Table):
    """Somebody who has signed in; `sub` is Google's lasting id for the account."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    sub: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class SignIn(Table):
    """A sign-in under way: what must be remembered between leaving for Google and coming back."""

    __tablename__ = "sign_ins"

    state: Mapped[str] = mapped_column(primary_key=True)
    browser: Mapped[str]
    code_verifier: Mapped[str] = mapped_column(EncryptedText)
    nonce: Mapped[str]
    return_to: Mapped[str]
    expires_at: Mapped[datetime]


class Session(Table):
    """A signed-in browser; the cookie's token is kept as its SHA-256 only."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf_token: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]


class Grant(Table):
    """What a user allows the portal to do in Google Cloud on their behalf."""

    __tablename__ = "grants"

    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    refresh_token: Mapped[str] = mapped_column(EncryptedText)
    scopes: Mapped[str]
    granted_at: Mapped[datetime] = mapped_column(default=now)


class Deployment(Table):
    """One Kubeflow that somebody asked for."""

    __tablename__ = "deployments"
    __table_args__ = (
        UniqueConstraint("owner_id", "idempotency_key"),
        Index(
            "deployments_name_in_use",
            "project",
            "name",
            unique=True,
            sqlite_where=text("state != 'deleted'"),
            postgresql_where=text("state != 'deleted'"),
        ),
        Index("deployments_of_owner", "owner_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    project: Mapped[str]
    name: Mapped[str]
    spec_json: Mapped[dict[str, Any]]
    state: Mapped[DeploymentState] = mapped_column(default=DeploymentState.QUEUED)
    idempotency_key: Mapped[str]
    last_seq: Mapped[int] = mapped_column(default=0)
    url: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]

    @property
    def spec(self) -> DeploymentSpec:
        """What was asked for; it was validated before it was stored."""
        return DeploymentSpec.model_validate(self.spec_json)


_UNDER_WAY = text("state IN ('claimed', 'running', 'stopping')")


class Run(Table):
    """One carrying out of a plan. A row in state `requested` is the order to start it.

    A worker claims it under its executor's name; a deployment's runs never overlap.
    """

    __tablename__ = "runs"
    __table_args__ = (
        Index(
            "runs_one_at_a_time",
            "deployment_id",
            unique=True,
            sqlite_where=_UNDER_WAY,
            postgresql_where=_UNDER_WAY,
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    deployment_id: Mapped[str] = mapped_column(
        ForeignKey("deployments.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[RunKind]
    state: Mapped[RunState] = mapped_column(default=RunState.REQUESTED, index=True)
    executor_id: Mapped[str] = mapped_column(default="", server_default="")
    requested_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Worker(Table):
    """A worker by its executor's name: the instance that goes by it, and how often it has beaten.

    No clocks are compared across machines: a worker is dead when its count stands still.
    """

    __tablename__ = "workers"

    executor_id: Mapped[str] = mapped_column(primary_key=True)
    instance: Mapped[str]
    beats: Mapped[int] = mapped_column(default=0)


class Step(Table):
    """The state of one step of a deployment's plan."""

    __tablename__ = "steps"

    deployment_id: Mapped[str] = mapped_column(
        ForeignKey("deployments.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[StepName] = mapped_column(primary_key=True)
    ordinal: Mapped[int]
    state: Mapped[StepState] = mapped_column(default=StepState.WAITING)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    fraction: Mapped[float] = mapped_column(default=0.0)
    detail: Mapped[str] = mapped_column(default="")
    detail_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    cause: Mapped[str] = mapped_column(default="")
    hint: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")


class Event(Table):
    """One line of a deployment's story; `text` is an English template, to be translated."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("deployment_id", "key"),)

    deployment_id: Mapped[str] = mapped_column(
        ForeignKey("deployments.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    step: Mapped[StepName | None]
    kind: Mapped[EventKind]
    level: Mapped[Level] = mapped_column(default=Level.INFO)
    text: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Resource(Table):
    """One thing made in the cloud, written down as soon as it exists.

    A removal dates it, or says in `kept` (an English template) why it stays.
    """

    __tablename__ = "resources"

    deployment_id: Mapped[str] = mapped_column(
        ForeignKey("deployments.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    detail: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    gone_at: Mapped[datetime | None]
    kept: Mapped[str] = mapped_column(default="", server_default="")


class Link(Table):
    """A link of a deployment's endpoint chain, as it was last seen.

    `evidence` and `hint` are English templates over `values`. `since` is when the link became
    fine, or began not to be.
    """

    __tablename__ = "links"

    deployment_id: Mapped[str] = mapped_column(
        ForeignKey("deployments.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[LinkName] = mapped_column(primary_key=True)
    state: Mapped[LinkState]
    evidence: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    hint: Mapped[str] = mapped_column(default="")
    since: Mapped[datetime] = mapped_column(default=now)
    checked_at: Mapped[datetime] = mapped_column(default=now)


class Operation(Table):
    """A long operation of the cloud's: found again by its name after a crash."""

    __tablename__ = "operations"

    deployment_id: Mapped[str] = mapped_column(
        ForeignKey("deployments.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class Secret(Table):
    """Something a deployment needs and nobody else may read."""

    __tablename__ = "secrets"

    deployment_id: Mapped[str] = mapped_column(
        ForeignKey("deployments.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(EncryptedText)

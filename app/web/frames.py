"""The frames of a deployment's stream, as bytes: a log line, a status, the end."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from sse_starlette import ServerSentEvent

from app.domain.estimates import Durations
from app.domain.status import DeploymentState, EventKind, StepState
from app.settings import Settings
from app.store.tables import Deployment, Event, Link, Resource, Step, User
from app.web import words
from app.web.i18n import Translator
from app.web.rendering import Renderer
from app.web.views import DeploymentView, deployment_view, event_view

COME_BACK = ServerSentEvent(retry=1000).encode()  # milliseconds a browser waits after a cut
_PARTS = ("head", "plan", "endpoint", "made")
_INDENTATION = re.compile(r"\n\s+")
_WORTH_SAYING = {EventKind.DONE: StepState.DONE, EventKind.FAILED: StepState.FAILED}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a deployment stands at a moment, and the events since the standing before."""

    deployment: Deployment
    owner: User
    steps: Sequence[Step]
    resources: Sequence[Resource]
    links: Sequence[Link]
    expected: Durations
    from_history: bool
    at: datetime
    news: Sequence[Event]
    last_seq: int


@dataclass(frozen=True, slots=True)
class Status:
    """A status as a frame: with all `parts` of the page, and with those that have changed."""

    parts: Mapping[str, str] = field(default_factory=dict)
    whole: bytes = b""
    change: bytes = b""


def log_line(event: Event, version: str, translate: Translator) -> bytes:
    """An event, under its number."""
    view = event_view(event, version, translate)
    data = {
        "seq": view.seq,
        "at": view.at,
        "step": view.step,
        "step_title": view.step_title,
        "kind": view.kind,
        "level": view.level,
        "text": view.text,
    }
    return _frame("log", data, id=str(view.seq))


def status(
    standing: Standing,
    renderer: Renderer,
    settings: Settings,
    language: str,
    before: Mapping[str, str],
) -> Status:
    """How far it is, and the parts of the page that show it; `before` are those last sent."""
    translate = renderer.translators[language]
    view = deployment_view(
        standing.deployment,
        standing.steps,
        standing.resources,
        standing.expected,
        standing.at,
        translate,
        settings,
        links=standing.links,
        from_history=standing.from_history,
    )
    page = renderer.page(language, f"/deployments/{view.id}", standing.owner)
    parts = {
        name: _compact(renderer.render(f"deployment/{name}.html", page, {"view": view}))
        for name in _PARTS
    }
    data = {
        "state": view.state,
        "percent": view.percent,
        "ready_at": view.ready_at,
        "title": view.document_title,
        "announce": _announcement(view, standing.news, translate),
    }
    changed = {name: html for name, html in parts.items() if html != before.get(name)}
    return Status(
        parts,
        _frame("status", data | {"html": parts}),
        _frame("status", data | {"html": changed}),
    )


def finished(state: DeploymentState) -> bytes:
    """The last frame: nothing more will be said."""
    return _frame("finished", {"state": state})


def _announcement(view: DeploymentView, news: Sequence[Event], translate: Translator) -> str:
    """One short sentence for those who cannot see the page change."""
    if view.state.is_final:
        return f"{view.name}: {view.state_word}"
    told = [(e.step, _WORTH_SAYING[e.kind]) for e in news if e.step and e.kind in _WORTH_SAYING]
    if not told:
        return ""
    step, state = told[-1]
    title = words.step_title(step, view.version_label, translate)
    return f"{title}: {words.step_state(state, translate)}"


def _compact(html: str) -> str:
    """Without the templates' indentation: a third of the bytes, and nothing that is seen."""
    return _INDENTATION.sub("\n", html)


def _frame(event: str, data: object, *, id: str | None = None) -> bytes:
    text = orjson.dumps(data, option=orjson.OPT_UTC_Z).decode()
    return ServerSentEvent(text, event=event, id=id).encode()

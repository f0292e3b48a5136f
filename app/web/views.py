"""What the pages show of a deployment: pure functions of its rows, the clock and the language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.estimates import Durations, Forecast, forecast, schedule
from app.domain.names import GATEWAY_SERVICE, INGRESS_NAMESPACE
from app.domain.plan import Plan, PlannedStep, StepName, making_for, teardown_for
from app.domain.spec import DeploymentSpec, Login
from app.domain.status import DeploymentState, EventKind, Level, StepState
from app.settings import Settings
from app.store.steps import progress_of
from app.store.tables import Deployment, Event, Link, Resource, Step
from app.web import words
from app.web.chain_views import ChainView, chain_view, link_values_in_words
from app.web.dashboard import DashboardPage, dashboard_pages
from app.web.i18n import Translator
from app.web.receipts import Receipt, receipt_of
from app.web.timeline import Axis, Bar, Tick, axis_of, bar_of


@dataclass(frozen=True, slots=True)
class StepView:
    """A row of the plan; lengths of time in seconds. `commands` are part of the hint."""

    name: StepName
    title: str
    phase: str
    phase_title: str
    starts_phase: bool
    state: StepState
    state_word: str
    glyph: str
    started_at: datetime | None
    ended_at: datetime | None
    seconds: float | None
    expected_seconds: float
    after: list[str]
    detail: str
    cause: str
    hint: str
    commands: list[str]
    link: str
    bar: Bar | None


@dataclass(frozen=True, slots=True)
class FailureView:
    """The first thing that went wrong: the cloud's words, and what to do."""

    step: str
    cause: str
    hint: str
    commands: list[str]
    link: str


@dataclass(frozen=True, slots=True)
class DeploymentView:
    """Everything a page says about one deployment, in the reader's language.

    Once its deletion was asked for (`deleting`), steps and moments are those of the removal.
    """

    id: str
    name: str
    project: str
    zone: str
    version_label: str
    login: Login
    endpoint_added: bool
    state: DeploymentState
    state_word: str
    deleting: bool
    document_title: str
    host: str
    url: str
    pages: list[DashboardPage]
    address: str
    port_forward: str
    percent: int
    percent_words: str
    ready_at: datetime | None
    late_at: datetime | None
    from_history: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    now_words: str
    done_count: int
    total_count: int
    steps: list[StepView]
    now_x: float
    ticks: list[Tick]
    chain: ChainView
    receipt: Receipt
    failure: FailureView | None
    demo_note: str
    last_seq: int


@dataclass(frozen=True, slots=True)
class EventView:
    """A line of the log."""

    seq: int
    at: datetime
    step: str
    step_title: str
    kind: EventKind
    level: Level
    text: str


def deployment_view(
    deployment: Deployment,
    steps: Sequence[Step],
    resources: Sequence[Resource],
    expected: Durations,
    now: datetime,
    translate: Translator,
    settings: Settings,
    *,
    links: Sequence[Link] = (),
    from_history: bool = False,
) -> DeploymentView:
    """The deployment as it stands at `now`; one that is over stands as it ended."""
    spec, state = deployment.spec, deployment.state
    plan, over = plan_shown(spec, steps), state.is_final
    steps = [step for step in steps if step.name in plan.names]
    moment = (deployment.finished_at or now) if over else now
    progress = progress_of(steps)
    predicted = forecast(plan, progress, expected, moment, from_history=from_history)
    rows, axis = _timeline(deployment, plan, steps, expected, moment, translate)
    goes_on = not over and state != DeploymentState.CANCELLING
    well = state in (DeploymentState.READY, DeploymentState.DELETED)
    percent = 100 if well else predicted.percent
    return DeploymentView(
        id=deployment.id,
        name=deployment.name,
        project=deployment.project,
        zone=spec.zone,
        version_label=spec.version,
        login=spec.login,
        endpoint_added=spec.endpoint_added,
        state=state,
        state_word=words.deployment_state(state, translate),
        deleting=StepName.CONFIRM_REMOVAL in plan.names,
        document_title=_document_title(deployment, percent, translate),
        host="" if spec.login == Login.LATER else spec.names.host,
        url=deployment.url if state == DeploymentState.READY else "",
        pages=dashboard_pages(spec, deployment.url if state == DeploymentState.READY else ""),
        address="" if spec.login == Login.LATER else f"https://{spec.names.host}",
        port_forward=_port_forward(spec) if spec.login == Login.LATER else "",
        percent=percent,
        percent_words=_percent_words(percent, predicted if goes_on else None, moment, translate),
        ready_at=predicted.ready_at if goes_on else None,
        late_at=predicted.late_at if goes_on else None,
        from_history=from_history,
        created_at=deployment.created_at,
        started_at=min((s.started_at for s in steps if s.started_at), default=None),
        finished_at=deployment.finished_at,
        now_words=_now_words(deployment, rows, expected, translate),
        done_count=sum(row.state == StepState.DONE for row in rows),
        total_count=len(rows),
        steps=rows,
        now_x=axis.x(moment),
        ticks=axis.ticks(),
        chain=chain_view(links, spec.login, settings.clock_speed, translate),
        receipt=receipt_of(resources, translate),
        failure=_failure(rows),
        demo_note=_demo_note(settings, translate),
        last_seq=deployment.last_seq,
    )


def plan_shown(spec: DeploymentSpec, steps: Sequence[Step]) -> Plan:
    """The plan that a deployment's page is about: what takes it away, once that was asked for.

    Else what makes it, or has added its endpoint to it.
    """
    deleting = any(step.name == StepName.CONFIRM_REMOVAL for step in steps)
    return teardown_for(spec) if deleting else making_for(spec)


def event_view(event: Event, version: str, translate: Translator) -> EventView:
    """A line of the log; `version` is the release that the deployment installs."""
    return EventView(
        seq=event.seq,
        at=event.at,
        step=event.step or "",
        step_title=words.step_title(event.step, version, translate) if event.step else "",
        kind=event.kind,
        level=event.level,
        text=translate.filled(event.text, _values_in_words(event, translate)),
    )


def _values_in_words(event: Event, translate: Translator) -> dict[str, Any]:
    """The values of a text; what a resource is and why it stays are ours, the others are names."""
    if event.kind == EventKind.LINK:
        return link_values_in_words(event.values, translate)
    if event.kind != EventKind.RESOURCE:
        return event.values
    ours = {name: event.values[name] for name in ("kind", "why") if name in event.values}
    return event.values | {name: translate.gettext(text) for name, text in ours.items()}


def _timeline(
    deployment: Deployment,
    plan: Plan,
    steps: Sequence[Step],
    expected: Durations,
    now: datetime,
    translate: Translator,
) -> tuple[list[StepView], Axis]:
    over = deployment.state.is_final
    progress = progress_of(steps)
    spans = schedule(plan, progress, {name: d.typical for name, d in expected.items()}, now)
    shown = {n: s for n, s in spans.items() if not over or progress[n].started_at}
    first = min((step.started_at for step in steps if step.started_at), default=now)
    afterwards = StepName.CONFIRM_REMOVAL in plan.names or deployment.spec.endpoint_added
    begins = first if afterwards else deployment.created_at
    axis = axis_of(begins, shown, now, over)
    rows = {step.name: step for step in steps}
    views: list[StepView] = []
    for planned in plan:
        starts_phase = not views or views[-1].phase != planned.phase
        bar = bar_of(progress[planned.name], spans[planned.name], axis, now, over)
        views.append(
            _step_view(
                planned,
                rows[planned.name],
                deployment.spec.version,
                expected[planned.name].typical,
                now,
                translate,
                bar,
                starts_phase,
            )
        )
    return views, axis


def _step_view(
    planned: PlannedStep,
    step: Step,
    version: str,
    expected_seconds: float,
    now: datetime,
    translate: Translator,
    bar: Bar | None,
    starts_phase: bool,
) -> StepView:
    elapsed = (step.ended_at or now) - step.started_at if step.started_at else None
    hint, *commands = step.hint.splitlines() or [""]
    return StepView(
        name=planned.name,
        title=words.step_title(planned.name, version, translate),
        phase=planned.phase,
        phase_title=words.phase_title(planned.phase, translate),
        starts_phase=starts_phase,
        state=step.state,
        state_word=words.step_state(step.state, translate),
        glyph=words.GLYPHS[step.state],
        started_at=step.started_at,
        ended_at=step.ended_at,
        seconds=max(0.0, elapsed.total_seconds()) if elapsed is not None else None,
        expected_seconds=expected_seconds,
        after=[words.step_title(need, version, translate) for need in planned.needs],
        detail=translate.filled(step.detail, step.detail_values),
        cause=step.cause,
        hint=translate.gettext(hint),
        commands=commands,
        link=step.link,
        bar=bar,
    )


def _document_title(deployment: Deployment, percent: int, translate: Translator) -> str:
    """What a tab shows: how far it is, or how it ended."""
    state = deployment.state
    first = f"{percent}%" if not state.is_final else words.deployment_state(state, translate)
    return f"{first} · {deployment.name}"


def _percent_words(
    percent: int, predicted: Forecast | None, now: datetime, translate: Translator
) -> str:
    if predicted is None:
        return f"{percent}%"
    left = words.time_left((predicted.ready_at - now).total_seconds(), translate)
    return f"{percent}%, {left}"


def _now_words(
    deployment: Deployment, rows: Sequence[StepView], expected: Durations, translate: Translator
) -> str:
    """What is happening, and why it takes as long as it does."""
    if deployment.state == DeploymentState.PARKED:
        return translate.gettext("Google asks for a new sign-in before the work can go on.")
    if deployment.state.is_final:
        return ""
    running = [row for row in rows if row.state == StepState.RUNNING]
    if running and deployment.state != DeploymentState.CANCELLING:
        return " · ".join(_running_words(row, expected, translate) for row in running)
    return _waiting_words(deployment.state, rows, translate)


def _waiting_words(state: DeploymentState, rows: Sequence[StepView], translate: Translator) -> str:
    if state == DeploymentState.QUEUED:
        return translate.gettext("Waiting for a worker to take this up.")
    if state == DeploymentState.CANCELLING:
        return translate.gettext("What is under way is being stopped.")
    if state == DeploymentState.DELETING and all(row.state == StepState.WAITING for row in rows):
        return translate.gettext("What is under way is being stopped, then the removal begins.")
    return translate.gettext("The next step is about to begin.")


def _running_words(row: StepView, expected: Durations, translate: Translator) -> str:
    said = f"{row.title}: {row.detail}" if row.detail else row.title
    if row.seconds is None or row.seconds <= expected[row.name].late:
        return said
    return f"{said}, {translate.gettext('slower than 19 of 20 runs')}"


def _failure(rows: Sequence[StepView]) -> FailureView | None:
    """The step that failed first: what came after it failed because of it."""
    failed = [(row.ended_at, row) for row in rows if row.state == StepState.FAILED and row.ended_at]
    if not failed:
        return None
    _, first = min(failed, key=lambda pair: pair[0])
    return FailureView(first.title, first.cause, first.hint, first.commands, first.link)


def _port_forward(spec: DeploymentSpec) -> str:
    names = spec.names
    return (
        f"gcloud container clusters get-credentials {names.cluster}"
        f" --zone {spec.zone} --project {spec.project}\n"
        f"kubectl port-forward -n {INGRESS_NAMESPACE} svc/{GATEWAY_SERVICE} 8080:80"
    )


def _demo_note(settings: Settings, translate: Translator) -> str:
    if not settings.simulated:
        return ""
    return translate.gettext(
        "Google Cloud is simulated here, and its clock runs %(speed)s times as fast.",
        speed=f"{settings.clock_speed:g}",
    )

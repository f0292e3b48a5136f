"""What pages say of a deployment, without a server."""

from datetime import UTC, datetime, timedelta
from gettext import NullTranslations
from typing import Any

import pytest

from app.domain.estimates import durations
from app.domain.plan import StepName, plan_for
from app.domain.spec import Login
from app.domain.status import DeploymentState, EventKind, Level, StepState
from app.settings import Settings
from app.store.tables import Deployment, Event, Step
from app.web import i18n, words
from app.web.i18n import Translator, choose
from app.web.rendering import ROOT
from app.web.timeline import Axis
from app.web.views import DeploymentView, deployment_view, event_view
from tests.support import samples

BEGAN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ENGLISH = Translator("en", NullTranslations())
EXPECTED = durations({})


def at(minutes: float) -> datetime:
    return BEGAN + timedelta(minutes=minutes)


def view(
    now: datetime,
    states: dict[StepName, dict[str, Any]] | None = None,
    *,
    state: DeploymentState = DeploymentState.DEPLOYING,
    finished_at: datetime | None = None,
    translate: Translator = ENGLISH,
    **changes: object,
) -> DeploymentView:
    spec = samples.spec(**changes)
    deployment = Deployment(
        id="d",
        project=spec.project,
        name=spec.name,
        spec_json=spec.model_dump(mode="json"),
        state=state,
        url="https://open.me" if state == DeploymentState.READY else "",
        last_seq=7,
        created_at=BEGAN,
        finished_at=finished_at,
    )
    steps = [_step(name, (states or {}).get(name, {})) for name in plan_for(spec).names]
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    return deployment_view(deployment, steps, (), EXPECTED, now, translate, settings)


def _step(name: StepName, known: dict[str, Any]) -> Step:
    values: dict[str, Any] = {
        "state": StepState.WAITING,
        "started_at": None,
        "ended_at": None,
        "detail": "",
        "detail_values": {},
        "cause": "",
        "hint": "",
        "link": "",
    }
    return Step(name=name, **values | known)


def running(since: datetime, **known: Any) -> dict[str, Any]:
    return {"state": StepState.RUNNING, "started_at": since, **known}


def done(since: datetime, until: datetime) -> dict[str, Any]:
    return {"state": StepState.DONE, "started_at": since, "ended_at": until}


def test_a_new_deployment_has_an_estimate_and_a_whole_plan() -> None:
    new = view(at(0), state=DeploymentState.QUEUED)
    assert (new.percent, new.done_count, new.total_count) == (0, 0, 13)
    assert new.ready_at is not None
    assert new.late_at is not None
    assert new.ready_at < new.late_at
    assert new.percent_words.startswith("0%, about ")
    assert new.now_words == "Waiting for a worker to take this up."
    assert [step.phase_title for step in new.steps if step.starts_phase] == [
        "Project",
        "Cluster",
        "Kubeflow",
        "Endpoint",
    ]


def test_now_says_what_is_done_and_how_far_it_is() -> None:
    detail = {"detail": "%(ready)s of %(all)s nodes", "detail_values": {"ready": 1, "all": 2}}
    shown = view(at(5), {StepName.CREATE_CLUSTER: running(at(1), **detail)})
    assert shown.now_words == "Create the cluster: 1 of 2 nodes"


def test_a_step_past_19_of_20_runs_says_so_and_is_never_expected_in_the_past() -> None:
    shown = view(at(60), {StepName.CREATE_CLUSTER: running(at(1))})
    assert shown.now_words == "Create the cluster, slower than 19 of 20 runs"
    assert shown.ready_at is not None
    assert shown.ready_at > at(60)


def test_bars_lie_on_the_axis_one_after_another() -> None:
    shown = view(
        at(2),
        {
            StepName.CHECK_PROJECT: done(at(0), at(0.1)),
            StepName.ENABLE_SERVICES: running(at(0.1)),
        },
    )
    bars = {step.name: step.bar for step in shown.steps}
    checked, enabling = bars[StepName.CHECK_PROJECT], bars[StepName.ENABLE_SERVICES]
    waiting = bars[StepName.CREATE_ACCOUNTS]
    assert checked is not None
    assert enabling is not None
    assert waiting is not None
    assert checked.x + checked.width == pytest.approx(enabling.x, abs=0.02)
    assert enabling.x + enabling.width == pytest.approx(shown.now_x, abs=0.02)
    assert waiting.width == 0
    assert waiting.usual_x >= shown.now_x
    for bar in filter(None, bars.values()):
        assert bar.usual_x + bar.usual_width <= 100


def test_waiting_steps_have_no_clock_and_say_what_they_wait_for() -> None:
    shown = view(at(1), {StepName.CHECK_PROJECT: running(at(0))})
    waiting = next(step for step in shown.steps if step.name == StepName.PUBLISH_NAME)
    assert waiting.seconds is None
    assert waiting.after == ["Reserve the address"]


def test_what_is_over_has_no_running_bar_and_no_estimate() -> None:
    states = {
        StepName.CHECK_PROJECT: done(at(0), at(1)),
        StepName.ENABLE_SERVICES: {
            "state": StepState.FAILED,
            "started_at": at(1),
            "ended_at": at(3),
            "cause": "Google says no.",
            "hint": "Ask for it.",
        },
        StepName.CREATE_CLUSTER: {"state": StepState.SKIPPED, "ended_at": at(3)},
    }
    failed = view(at(99), states, state=DeploymentState.FAILED, finished_at=at(3))
    assert failed.ready_at is None
    assert failed.failure is not None
    assert (failed.failure.step, failed.failure.cause) == ("Enable services", "Google says no.")
    bars = {step.name: step.bar for step in failed.steps}
    assert bars[StepName.CREATE_CLUSTER] is None
    assert sum(bar.usual_width for bar in bars.values() if bar) == 0
    assert failed.document_title == "Failed · kubeflow-test-1"


def test_the_first_failure_is_the_one_that_is_named() -> None:
    def failing(minute: float, cause: str) -> dict[str, Any]:
        ended = {"started_at": at(0), "ended_at": at(minute)}
        return {"state": StepState.FAILED, "cause": cause, **ended}

    states = {
        StepName.CREATE_ACCOUNTS: failing(9, "later"),
        StepName.CREATE_CLUSTER: failing(4, "first"),
    }
    failed = view(at(10), states, state=DeploymentState.FAILED, finished_at=at(10))
    assert failed.failure is not None
    assert failed.failure.cause == "first"


def test_a_hint_is_translated_and_the_commands_below_it_stay_as_they_are() -> None:
    hint = "An administrator of the project gives them with this command:"
    command = "gcloud projects add-iam-policy-binding your-project-id --role=roles/owner"
    ended = {"state": StepState.FAILED, "started_at": at(0), "ended_at": at(1)}
    states = {StepName.CHECK_PROJECT: {"hint": f"{hint}\n{command}", **ended}}
    korean = i18n.load(ROOT / "locales")["ko"]
    failed = view(at(1), states, state=DeploymentState.FAILED, translate=korean)
    assert failed.failure is not None
    assert failed.failure.hint == korean.gettext(hint) != hint
    assert failed.failure.commands == [command]


def test_the_link_is_live_only_when_it_is_ready() -> None:
    assert view(at(1)).url == ""
    ready = view(at(31), state=DeploymentState.READY, finished_at=at(31))
    assert (ready.url, ready.percent) == ("https://open.me", 100)
    assert ready.address == "https://kubeflow-test-1.endpoints.your-project-id.cloud.goog"


def test_without_an_endpoint_there_is_a_port_forward() -> None:
    later = view(at(1), login=Login.LATER)
    assert later.address == ""
    assert "kubectl port-forward -n istio-system svc/istio-ingressgateway 8080:80" in (
        later.port_forward
    )
    assert later.total_count == 9


def test_an_event_is_told_with_its_values_and_its_steps_title() -> None:
    event = Event(
        seq=3,
        at=BEGAN,
        step=StepName.LOAD_BUNDLE,
        kind=EventKind.NOTE,
        level=Level.INFO,
        text="%(count)s objects",
        values={"count": 675},
    )
    told = event_view(event, "26.03", ENGLISH)
    assert (told.text, told.step_title) == ("675 objects", "Load Kubeflow 26.03")


def test_a_text_without_values_may_hold_a_percent_sign() -> None:
    assert ENGLISH.filled("100% of it", {}) == "100% of it"


@pytest.mark.parametrize("minutes", [0.001, 0.2, 1, 9, 31, 200, 3000])
def test_ticks_are_few_and_lie_within_the_axis(minutes: float) -> None:
    ticks = Axis(at(0.123), at(0.123 + minutes)).ticks()
    assert len(ticks) <= 9
    assert all(0 <= tick.x <= 100 for tick in ticks)
    assert sorted(tick.at for tick in ticks) == [tick.at for tick in ticks]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(3, "3s"), (59.6, "1m 0s"), (451, "7m 31s"), (3720, "1h 2m"), (-1, "0s")],
)
def test_lengths_of_time_have_no_fractions_of_minutes(seconds: float, said: str) -> None:
    assert words.duration(seconds, ENGLISH) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "less than a minute left"),
        (20, "less than a minute left"),
        (61, "about 1 minute left"),
        (1310, "about 22 minutes left"),
    ],
)
def test_what_is_left_is_told_in_whole_minutes(seconds: float, said: str) -> None:
    assert words.time_left(seconds, ENGLISH) == said


@pytest.mark.parametrize(
    ("cookie", "header", "language"),
    [
        (None, "", "en"),
        (None, "ko-KR,ko;q=0.9,en-US;q=0.8", "ko"),
        (None, "de,en;q=0.7,ko;q=0.8", "ko"),
        (None, "ko;q=0,en;q=0.1", "en"),
        (None, "fr;q=x, *", "en"),
        ("ko", "en", "ko"),
        ("xx", "ko", "ko"),
    ],
)
def test_the_language_is_chosen(cookie: str | None, header: str, language: str) -> None:
    assert choose(cookie, header) == language

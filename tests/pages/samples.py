"""Deployments in every state, as rows that never saw a database, and the pages of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain import findings
from app.domain.chain import LinkName
from app.domain.estimates import durations
from app.domain.findings import Answer
from app.domain.plan import StepName, plan_for, teardown_for
from app.domain.price import Item, Part, Price
from app.domain.resources import STAYS
from app.domain.status import DeploymentState, EventKind, Level, StepState
from app.errors import Message
from app.kubeflow.build import sample as sample_bundle
from app.kubeflow.catalogue import Version
from app.report.lines import Line, Report, State, passed
from app.settings import Settings
from app.store.tables import Deployment, Event, Link, Resource, Step, User
from app.web.errors import ErrorView
from app.web.form_pages import Live, form_context
from app.web.manifests import parts_of
from app.web.offers import everywhere
from app.web.projects import Project
from app.web.receipts import prospect_of
from app.web.rendering import PageContext, Renderer
from app.web.report_views import report_view
from app.web.routes.credentials import Credential
from app.web.routes.endpoint import form_of
from app.web.routes.yaml import YamlView
from app.web.views import DeploymentView, deployment_view, event_view
from tests.support.samples import spec

_ACCOUNTS = "your-project-id.iam.gserviceaccount.com"
CLIENT = "1234-abcd.apps.googleusercontent.com"
USER = User(id="u", sub="1", email="dana@example.com", name="Dana")
SETTINGS = Settings(cloud="simulated", clock_speed=40)
RENDERER = Renderer(SETTINGS)
VERSIONS = [Version("26.03", "26.03")]
PROJECTS = [
    Project("your-project-id", "ML Sandbox", "123456789012"),
    Project("vision-prod-31337", "Vision", "210987654321"),
]
_S = StepName
_MINUTES = {  # when each step began and ended in a run that is now in its 20th minute
    _S.CHECK_PROJECT: (0, 0.05),
    _S.ENABLE_SERVICES: (0.05, 1),
    _S.RESERVE_ADDRESS: (1, 1.2),
    _S.CREATE_ACCOUNTS: (1, 1.9),
    _S.PUBLISH_NAME: (1.2, 2.3),
    _S.CREATE_CLUSTER: (1.9, 8.2),
    _S.LOAD_BUNDLE: (0, 0.03),
    _S.INSTALL_BASE: (8.2, 11.2),
    _S.INSTALL_KUBEFLOW: (11.2, None),
    _S.BIND_WORKLOAD_IDENTITY: (8.2, 8.3),
    _S.OPEN_ENDPOINT: (11.2, None),
    _S.WITHDRAW_ACCESS: (13, 13.1),
    _S.CLOSE_ENDPOINT: (13.1, 15.2),
    _S.UNBIND_WORKLOAD_IDENTITY: (13, 13.2),
    _S.WITHDRAW_NAME: (15.2, 15.5),
    _S.RELEASE_ADDRESS: (15.5, 15.8),
    _S.DELETE_CLUSTER: (15.2, None),
}
_DETAILS: dict[StepName, tuple[str, dict[str, Any]]] = {
    _S.INSTALL_KUBEFLOW: (
        "%(ready)s of %(total)s components are ready; the latest is %(component)s",
        {"ready": 17, "total": 27, "component": "Pipelines"},
    ),
    _S.OPEN_ENDPOINT: ("Waiting for the certificate", {}),
}
STATES = (
    "queued",
    "deploying",
    "ready",
    "failed",
    "parked",
    "cancelling",
    "cancelled",
    "deleting",
    "deleted",
)


def page(language: str, path: str, user: User | None = USER) -> PageContext:
    """The context of a page that `user` reads."""
    return RENDERER.page(language, path, user, csrf="token")


def form_page(language: str = "en", errors: Mapping[str, str] | None = None, **values: str) -> str:
    """The form, refused with `errors` if there are any."""
    context = {
        "errors": dict(errors or {}),
        "projects": PROJECTS,
        "projects_problem": "",
        "idempotency_key": "key",
        **form_parts(language, Live(None, frozenset(), everywhere()), **values),
    }
    return RENDERER.render("new.html", page(language, "/deployments/new"), context)


def checked_page(language: str = "en") -> str:
    """The form with a report that has lines of every kind, and a price."""
    context = {
        "errors": {},
        "projects": PROJECTS,
        "projects_problem": "",
        "idempotency_key": "key",
        **form_parts(language, checked(), project="your-project-id"),
    }
    return RENDERER.render("new.html", page(language, "/deployments/new"), context)


def live_parts(language: str = "en") -> str:
    """What a script puts into the form."""
    context = form_parts(language, checked(), project="your-project-id")
    return RENDERER.render("form/live.html", page(language, "/deployments/new"), context)


def form_parts(language: str, live: Live, **values: str) -> dict[str, Any]:
    """What the form's templates are filled in with."""
    return form_context(SETTINGS, values, live, RENDERER.translators[language], VERSIONS)


def checked() -> Live:
    """A look at a project: an obstacle, a warning, what waits for an API, what is all right."""
    quota = Line(
        "quota/CPUS",
        Message("Quota %(metric)s", metric="CPUS"),
        State.BLOCKING,
        Message(
            "%(need)s needed, %(free)s of %(limit)s free in %(place)s.",
            need="16",
            free="12",
            limit="24",
            place="asia-east1",
        ),
        hint=Message(
            "Ask for more on the Quotas page, or choose a smaller size or another region."
        ),
        link="https://console.cloud.google.com/iam-admin/quotas?project=your-project-id",
    )
    role = Line(
        "permissions/roles/compute.storageAdmin",
        Message("Permissions of %(role)s", role="Compute Storage Admin"),
        State.WARNING,
        Message("Missing: %(permissions)s.", permissions="compute.disks.delete"),
        hint=Message("Needed only to delete what is left over. An administrator gives them with:"),
        commands=(
            "gcloud projects add-iam-policy-binding your-project-id "
            '--member="user:dana@example.com" --role="roles/compute.storageAdmin" '
            "--condition=None",
        ),
    )
    later = Line(
        "name/cluster",
        Message("Name of the cluster"),
        State.WARNING,
        Message(
            "Will be checked after %(service)s is enabled.", service="container.googleapis.com"
        ),
        waits_for="container.googleapis.com",
    )
    fine = passed(
        "billing",
        Message("Billing"),
        Message("Billing is on: account %(account)s.", account="01AB23"),
    )
    price = Price(
        [
            Item(Part.CORES, 16, 0.036602, 0.585632, 299.26),
            Item(Part.CLUSTER, 1, 0.1, 0.1, 73.0),
            Item(Part.ADDRESS, 1, 0.01, 0.01, 7.3, sometimes=True),
        ],
        [Part.RULE],
        0.3,
    )
    return Live(spec(), frozenset(), everywhere(), Report([quota, role, later, fine]), price)


def deployment_page(state: str, language: str = "en", lines: int = 12, **changes: object) -> str:
    """The page of a deployment in `state`, with `lines` of log."""
    deployment, steps = rows(state, **changes)
    context = {
        "view": view_of(deployment, steps, language),
        "events": [
            event_view(event, "26.03", RENDERER.translators[language])
            for event in _events(deployment.created_at, state, lines)
        ],
    }
    return RENDERER.render("deployment.html", page(language, "/deployments/1"), context)


def view_of(deployment: Deployment, steps: Sequence[Step], language: str) -> DeploymentView:
    """What the page of these rows shows now."""
    begun = sum(step.state != StepState.WAITING for step in steps)
    made = _resources(deployment.created_at)[: begun // 2]
    if deployment.state in (DeploymentState.DELETING, DeploymentState.DELETED):
        _take_away(made, all_of_it=deployment.state == DeploymentState.DELETED)
    return deployment_view(
        deployment,
        steps,
        made,
        durations({}),
        datetime.now(UTC),
        RENDERER.translators[language],
        SETTINGS,
        links=_links(deployment),
    )


def list_page(language: str = "en", *, empty: bool = False) -> str:
    """The list, with a deployment in every state or none."""
    views = []
    for number, state in enumerate(() if empty else STATES):
        name = f"kubeflow-{state}-{number}"
        deployment, steps = rows(state, name=name)
        views.append(view_of(deployment, steps, language))
    gone = [view for view in views if view.state == "deleted"]
    context = {"deployments": [view for view in views if view not in gone], "gone": gone}
    return RENDERER.render("deployments.html", page(language, "/deployments"), context)


def delete_page(language: str = "en", typed: str = "", **errors: str) -> str:
    """The page on which a deletion is confirmed, refused with `errors` if there are any."""
    deployment, _ = rows("ready")
    context = {
        "deployment": deployment,
        "prospect": prospect_of(_resources(deployment.created_at), RENDERER.translators[language]),
        "form": {"name": typed},
        "errors": errors,
    }
    return RENDERER.render("delete.html", page(language, "/deployments/1/delete"), context)


def add_endpoint_page(
    language: str = "en",
    errors: Mapping[str, str] | None = None,
    report: Report | None = None,
    **values: str,
) -> str:
    """The form that adds an endpoint, refused with `errors` if there are any."""
    deployment, _ = rows("ready", login="later")
    context = {
        "deployment": deployment,
        "form": form_of(USER.email, values),
        "errors": dict(errors or {}),
        "report": report_view(report, RENDERER.translators[language]) if report else None,
    }
    path = "/deployments/1/endpoint"
    return RENDERER.render("add_endpoint.html", page(language, path), context)


def yaml_page(language: str = "en", component: str = "") -> str:
    """What is applied for a deployment of the sample, or one component of it."""
    deployment, _ = rows("ready", login="password", username="dana")
    parts = parts_of(sample_bundle("password"), deployment.spec, USER.email)
    shown = next((part for part in parts if part.id == component), None)
    text = shown.text if shown else ""
    view = YamlView(deployment.id, deployment.name, "26.03", parts, shown, text)
    context = {"view": view, "deployment": deployment}
    return RENDERER.render("yaml.html", page(language, "/deployments/1/yaml"), context)


def credentials_page(language: str = "en", *, shown: bool = False) -> str:
    """The credentials of a deployment, hidden or shown."""
    deployment, _ = rows("ready")
    value = "kG0v1mYQv3nX2sB7pWz0rT5uLh8cD4eF6aJ9iK1oN2q" if shown else ""
    found = [Credential("Object store: secret key", value)]
    context = {"deployment": deployment, "credentials": found, "shown": shown}
    path = "/deployments/1/credentials"
    return RENDERER.render("credentials.html", page(language, path), context)


def welcome_page(language: str = "en") -> str:
    """What somebody sees who has not signed in."""
    return RENDERER.render("welcome.html", page(language, "/", None), {})


def error_page(language: str = "en", **view: str) -> str:
    """An error page for somebody who has not signed in."""
    return RENDERER.render(
        "error.html", page(language, "/auth/callback", None), {"error": ErrorView(**view)}
    )


def rows(word: str, **changes: object) -> tuple[Deployment, list[Step]]:
    """A deployment in the state of this name, and its steps."""
    wanted, state = spec(**changes), DeploymentState(word)
    now = datetime.now(UTC)
    begun = now - timedelta(minutes=0.2 if state == DeploymentState.QUEUED else 18.3)
    deployment = Deployment(
        id="1",
        project=wanted.project,
        name=wanted.name,
        spec_json=wanted.model_dump(mode="json"),
        state=state,
        url=f"https://{wanted.names.host}/" if state == DeploymentState.READY else "",
        created_at=begun,
        finished_at=now if state.is_final else None,
        last_seq=12,
    )
    names = plan_for(wanted).names
    if state in (DeploymentState.DELETING, DeploymentState.DELETED):
        names = (*names, *teardown_for(wanted).names)
    steps = [_step(name, n, state, begun, now) for n, name in enumerate(names)]
    return deployment, steps


def _step(
    name: StepName, ordinal: int, state: DeploymentState, begun: datetime, now: datetime
) -> Step:
    step = Step(name=name, ordinal=ordinal, state=StepState.WAITING, fraction=0.0)
    step.detail, step.detail_values = _DETAILS.get(name, ("", {}))
    step.cause = step.hint = step.link = ""
    if state == DeploymentState.QUEUED:
        return step
    well = state in (DeploymentState.READY, DeploymentState.DELETED)
    start, end = _MINUTES.get(name, (17, None) if well else (None, None))
    if start is None:
        step.state = StepState.SKIPPED if state == DeploymentState.FAILED else StepState.WAITING
        return step
    step.started_at = begun + timedelta(minutes=start)
    step.ended_at = begun + timedelta(minutes=end) if end else None
    step.state = StepState.DONE if end else StepState.RUNNING
    if end is None and state == DeploymentState.CANCELLED:
        step.state, step.ended_at = StepState.CANCELLED, now
    if end is None and well:
        step.state, step.ended_at = StepState.DONE, now
    if name == _S.INSTALL_KUBEFLOW and state == DeploymentState.FAILED:
        _fail(step, now)
    elif end is None and state == DeploymentState.FAILED:
        step.state, step.ended_at = StepState.DONE, now
    return step


def _fail(step: Step, now: datetime) -> None:
    step.state, step.ended_at = StepState.FAILED, now
    step.cause = (
        "Quota 'CPUS' exceeded. Limit: 12.0 in region asia-east1. "
        "(reason: QUOTA_EXCEEDED, location: asia-east1)"
    )
    step.hint = "Ask for more quota on the project's Quotas page, or choose a smaller size."
    step.link = "https://console.cloud.google.com/iam-admin/quotas?project=your-project-id"


def _links(deployment: Deployment) -> list[Link]:
    """The endpoint's chain: all fine when ready, nothing seen yet at first."""
    if deployment.state in (DeploymentState.QUEUED, DeploymentState.DELETED):
        return []
    ready, ip = deployment.state == DeploymentState.READY, "203.0.113.7"
    at = deployment.created_at + timedelta(minutes=17)
    redirect = f"https://accounts.google.com/o/oauth2/v2/auth?client_id={CLIENT}"
    answer = Answer(302, redirect, by_iap=True)
    found = {
        LinkName.DNS: findings.dns(ip, {ip}, 0),
        LinkName.ADDRESS: findings.address(ip, ip, 0),
        LinkName.CERTIFICATE: findings.certificate(
            "Active" if ready else "Provisioning", [] if ready else ["FailedNotVisible"], "", 0
        ),
        LinkName.FORWARDING: findings.forwarding({"80": ip, "443": ip}, ip, 0),
        LinkName.BACKEND: findings.backend(
            ["HEALTHY"] if ready else ["UNHEALTHY"],
            9e9 if deployment.state == DeploymentState.FAILED else 0,
        ),
        LinkName.IAP: findings.iap(True, answer, True, 0)
        if ready
        else findings.after([LinkName.CERTIFICATE, LinkName.BACKEND]),
        LinkName.REDIRECT: findings.redirect(redirect, CLIENT, "", 0)
        if ready
        else findings.after([LinkName.IAP]),
        LinkName.DASHBOARD: findings.dashboard(int(ready), 1, 0),
    }
    return [
        Link(
            name=name,
            state=finding.state,
            evidence=finding.evidence,
            values=dict(finding.values),
            hint=finding.hint,
            since=at,
            checked_at=at,
        )
        for name, finding in found.items()
    ]


def _resources(at: datetime) -> list[Resource]:
    console = "https://console.cloud.google.com/"
    found = [
        ("global address", "kubeflow-test-1-ip", "203.0.113.7"),
        ("service account", f"kubeflow-test-1-admin@{_ACCOUNTS}", "Kubeflow's own parts"),
        ("public name", "kubeflow-test-1.endpoints.your-project-id.cloud.goog", ""),
        ("cluster", "kubeflow-test-1", "asia-east1-a, 2 × n1-standard-8"),
    ]
    return [
        Resource(
            kind=kind, name=name, detail=detail, link=console, created_at=at, gone_at=None, kept=""
        )
        for kind, name, detail in found
    ]


def _take_away(made: list[Resource], *, all_of_it: bool) -> None:
    for resource in made:
        if resource.kind == "public name":
            resource.kept = STAYS[resource.kind]
        elif resource.kind == "global address" or all_of_it:
            resource.gone_at = resource.created_at + timedelta(minutes=15)


_Line = tuple[StepName | None, EventKind, Level, str, dict[str, Any]]
_LINES: list[_Line] = [
    (
        None,
        EventKind.NOTE,
        Level.INFO,
        "Deployment of Kubeflow %(version)s asked for: %(nodes)s × %(machine)s in %(zone)s.",
        {"version": "26.03", "nodes": 2, "machine": "n1-standard-8", "zone": "asia-east1-a"},
    ),
    (_S.CHECK_PROJECT, EventKind.DONE, Level.INFO, "Done.", {}),
    (
        _S.ENABLE_SERVICES,
        EventKind.NOTE,
        Level.WARNING,
        "%(cause)s Looking again.",
        {"cause": "The service is currently unavailable."},
    ),
    (
        _S.CREATE_CLUSTER,
        EventKind.RESOURCE,
        Level.INFO,
        "%(kind)s %(name)s is there.",
        {"kind": "cluster", "name": "kubeflow-test-1"},
    ),
    (_S.INSTALL_BASE, EventKind.PROGRESS, Level.INFO, "Installing cert-manager and Istio", {}),
    (
        _S.OPEN_ENDPOINT,
        EventKind.LINK,
        Level.WARNING,
        "%(link)s: %(evidence)s",
        {"link": "certificate", "template": "FailedNotVisible: waits until DNS has spread"},
    ),
    (
        _S.INSTALL_KUBEFLOW,
        EventKind.PROGRESS,
        Level.INFO,
        "Installing %(count)s objects",
        {"count": 512},
    ),
]


def _events(begun: datetime, state: str, lines: int) -> list[Event]:
    found = []
    for seq in range(1, lines + 1):
        step, kind, level, text, values = _LINES[(seq - 1) % len(_LINES)]
        at = begun + timedelta(seconds=seq)
        found.append(
            Event(seq=seq, at=at, step=step, kind=kind, level=level, text=text, values=values)
        )
    if state == "failed":
        found[-1].level, found[-1].kind = Level.ERROR, EventKind.FAILED
        found[-1].text = "Failed: %(cause)s"
        found[-1].values = {"cause": "Quota 'CPUS' exceeded. Limit: 12.0 in region asia-east1."}
    return found

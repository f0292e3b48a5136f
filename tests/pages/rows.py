"""Deployments in every state, as rows that never saw a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain import findings
from app.domain.chain import LinkName
from app.domain.findings import Answer
from app.domain.plan import StepName, plan_for, teardown_for
from app.domain.resources import STAYS
from app.domain.status import DeploymentState, EventKind, Level, StepState
from app.store.tables import Deployment, Event, Link, Resource, Step
from tests.support.samples import spec

CLIENT = "1234-abcd.apps.googleusercontent.com"
_ACCOUNTS = "your-project-id.iam.gserviceaccount.com"
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


def lacking_permission(step: Step, at: datetime) -> None:
    """Make this the step that failed at once, with a command that would help."""
    step.state, step.started_at, step.ended_at = StepState.FAILED, at, at + timedelta(seconds=2)
    step.cause = "Missing: container.clusters.create."
    step.hint = (
        "An administrator of the project gives them with this command:\n"
        "gcloud projects add-iam-policy-binding your-project-id "
        '--member="user:dana@example.com" --role="roles/container.admin" --condition=None'
    )


def links_of(deployment: Deployment) -> list[Link]:
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


def resources_of(at: datetime) -> list[Resource]:
    """What a deployment has made by its end."""
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


def take_away(made: list[Resource], *, all_of_it: bool) -> None:
    """Let what was made be gone, or kept for a reason."""
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


def events_of(begun: datetime, state: str, lines: int) -> list[Event]:
    """As many lines of a log, of every kind and level."""
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

"""The portal's pages, of deployments in every state."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.domain.estimates import durations
from app.domain.price import Item, Part, Price
from app.domain.status import DeploymentState, StepState
from app.errors import Message
from app.kubeflow.build import sample as sample_bundle
from app.kubeflow.catalogue import Version
from app.report.lines import Line, Report, State, passed
from app.settings import Settings
from app.store.tables import Deployment, Step, User
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
from tests.pages.rows import events_of, lacking_permission, links_of, resources_of, rows, take_away
from tests.support.samples import spec

USER = User(id="u", sub="1", email="dana@example.com", name="Dana")
SETTINGS = Settings(cloud="simulated", clock_speed=40)
RENDERER = Renderer(SETTINGS)
VERSIONS = [Version("26.03", "26.03")]
PROJECTS = [
    Project("your-project-id", "ML Sandbox", "123456789012"),
    Project("vision-prod-31337", "Vision", "210987654321"),
]
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


def form_page(
    language: str = "en", errors: Mapping[str, str | Message] | None = None, **values: str
) -> str:
    """The form, refused with `errors` if there are any."""
    context = {
        "errors": _said(errors, language),
        "projects": PROJECTS,
        "projects_problem": "",
        "idempotency_key": "key",
        **form_parts(language, Live(None, frozenset(), everywhere()), **values),
    }
    return RENDERER.render("new.html", page(language, "/deployments/new"), context)


def _said(errors: Mapping[str, str | Message] | None, language: str) -> dict[str, str]:
    """The messages of a refused form in the reader's language, as the portal hands them over."""
    translate = RENDERER.translators[language]
    return {
        name: translate.message(each) if isinstance(each, Message) else each
        for name, each in (errors or {}).items()
    }


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
            for event in events_of(deployment.created_at, state, lines)
        ],
    }
    return RENDERER.render("deployment.html", page(language, "/deployments/1"), context)


def failed_check_page(language: str = "en") -> str:
    """The page of a deployment whose first step misses a permission."""
    deployment, steps = rows("failed", login="later")
    for step in steps:
        step.state, step.started_at, step.ended_at = StepState.SKIPPED, None, None
    lacking_permission(steps[0], deployment.created_at)
    view = view_of(deployment, steps, language)
    return RENDERER.render(
        "deployment.html", page(language, "/deployments/1"), {"view": view, "events": []}
    )


def view_of(deployment: Deployment, steps: Sequence[Step], language: str) -> DeploymentView:
    """What the page of these rows shows now."""
    begun = sum(step.started_at is not None for step in steps)
    made = resources_of(deployment.created_at)[: begun // 2]
    if deployment.state in (DeploymentState.DELETING, DeploymentState.DELETED):
        take_away(made, all_of_it=deployment.state == DeploymentState.DELETED)
    return deployment_view(
        deployment,
        steps,
        made,
        durations({}),
        datetime.now(UTC),
        RENDERER.translators[language],
        SETTINGS,
        links=links_of(deployment),
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
        "prospect": prospect_of(
            resources_of(deployment.created_at), RENDERER.translators[language]
        ),
        "form": {"name": typed},
        "errors": errors,
    }
    return RENDERER.render("delete.html", page(language, "/deployments/1/delete"), context)


def add_endpoint_page(
    language: str = "en",
    errors: Mapping[str, str | Message] | None = None,
    report: Report | None = None,
    **values: str,
) -> str:
    """The form that adds an endpoint, refused with `errors` if there are any."""
    deployment, _ = rows("ready", login="later")
    context = {
        "deployment": deployment,
        "form": form_of(USER.email, values),
        "errors": _said(errors, language),
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


def permission_page(
    language: str = "en", *, given: bool = True, taken: bool = False, problem: str = ""
) -> str:
    """What somebody allows the portal, or how taking it back went."""
    since = datetime(2026, 11, 3, 9, 30, tzinfo=UTC) if given else None
    context = {"since": since, "taken": taken, "problem": problem}
    return RENDERER.render("permission.html", page(language, "/permission"), context)


def welcome_page(language: str = "en") -> str:
    """What somebody sees who has not signed in."""
    return RENDERER.render("welcome.html", page(language, "/", None), {})


def error_page(language: str = "en", **view: str) -> str:
    """An error page for somebody who has not signed in."""
    return RENDERER.render(
        "error.html", page(language, "/auth/callback", None), {"error": ErrorView(**view)}
    )

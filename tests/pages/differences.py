"""Pages that compare: what differs in a cluster, or would after a change; and no answer at all."""

from app.errors import Transient
from app.kube.drift import Change, Drift, Field
from app.kubeflow.catalogue import Version
from app.kubeflow.components import catalogued
from app.steps.drift import Answer
from app.web.routes.drift import DriftView
from tests.pages.rows import rows
from tests.pages.samples import RENDERER, page

_FOUND = [
    Drift(
        "Deployment kubeflow/ml-pipeline",
        Change.CHANGED,
        (
            Field(".spec.replicas", "1", "3"),
            Field(
                ".spec.template.spec.containers[ml-pipeline-api-server].image",
                "ghcr.io/kubeflow/kfp-api-server:2.16.0",
                "registry.example.com/mirror/of/everything/kfp-api-server:2.15.2",
            ),
            Field(".metadata.labels.team", None, "vision"),
        ),
    ),
    Drift("NetworkPolicy kubeflow/katib-controller", Change.ADDED),
    Drift("ConfigMap kubeflow/katib-config-of-an-earlier-release", Change.REMOVED),
    Drift(
        "PodDisruptionBudget istio-system/istiod",
        Change.REFUSED,
        words='PodDisruptionBudget.policy "istiod" is invalid: spec: Forbidden: field is immutable',
    ),
]
_AWAY = Transient(
    "Google could not be reached (Connection reset by peer).",
    hint=(
        "Such outages pass by themselves as a rule: status.cloud.google.com tells more. Try again."
    ),
)


def differing_page(language: str = "en") -> str:
    """A cluster in which an object of each kind of difference was found."""
    return _page(language, Answer(objects=_FOUND))


def preview_page(language: str = "en") -> str:
    """What leaving out a component would change."""
    return _page(language, Answer(objects=_FOUND[:3]), without=("katib",))


def same_page(language: str = "en") -> str:
    """A cluster in which all is as it was installed."""
    return _page(language, Answer())


def unanswered_page(language: str = "en") -> str:
    """A cluster that could not be asked."""
    return _page(language, Answer(cause=_AWAY.cause, hint=_AWAY.hint))


def no_yaml_page(language: str = "en") -> str:
    """No bundle is at hand to show the YAML of."""
    deployment, _ = rows("ready")
    context = {"view": None, "deployment": deployment, "error": _AWAY}
    return RENDERER.render("yaml.html", page(language, "/deployments/1/yaml"), context)


def _page(language: str, answer: Answer, without: tuple[str, ...] = ()) -> str:
    view = DriftView(
        id="1",
        name="kubeflow-test-1",
        is_preview=bool(without),
        answer=answer,
        version="26.03",
        versions=[Version("26.03", "Kubeflow 26.03")],
        components=[each for each in catalogued() if each.optional],
        without=frozenset(without),
    )
    return RENDERER.render("drift.html", page(language, "/deployments/1/drift"), {"view": view})

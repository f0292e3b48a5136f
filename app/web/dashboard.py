"""The pages of a deployed Kubeflow that its owner can go to directly."""

from dataclasses import dataclass

from app.domain.spec import DeploymentSpec
from app.kubeflow.components import catalogued, left_out

_FRAMED = "/_"  # below it the dashboard shows a component's own page in its frame


@dataclass(frozen=True, slots=True)
class DashboardPage:
    """A component's page on the dashboard."""

    title: str
    url: str


def dashboard_pages(spec: DeploymentSpec, url: str) -> list[DashboardPage]:
    """The pages of the installed components, at a Kubeflow's address; none without one."""
    out = left_out(catalogued(), spec.without)
    return [
        DashboardPage(component.title, f"{url.rstrip('/')}{_FRAMED}{component.page}")
        for component in catalogued()
        if url and component.page and component.id not in out
    ]

"""What differs in a deployment's cluster from what was installed, or would after a change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.domain.spec import DeploymentSpec
from app.kubeflow.catalogue import Version, available_versions
from app.kubeflow.components import Component, catalogued
from app.store import deployments
from app.web.comparing import compared
from app.web.pages import page
from app.web.portal import ThePortal
from app.web.sessions import Somebody

if TYPE_CHECKING:
    from app.steps.drift import Answer

router = APIRouter()
_SHOWN_AT_MOST = 300  # objects; a page of all 675 helps nobody


@dataclass(frozen=True, slots=True)
class DriftView:
    """The page: what differs, and the choice of another version or other components."""

    id: str
    name: str
    is_preview: bool
    answer: "Answer"
    version: str
    versions: Sequence[Version]
    components: Sequence[Component]
    without: frozenset[str]

    @property
    def shown(self) -> list[Any]:
        """The objects that the page lists."""
        return list(self.answer.objects[:_SHOWN_AT_MOST])

    @property
    def more(self) -> int:
        """How many it leaves out."""
        return max(0, len(self.answer.objects) - _SHOWN_AT_MOST)


@router.get("/deployments/{deployment_id}/drift")
async def drift(
    deployment_id: str,
    request: Request,
    portal: ThePortal,
    who: Somebody,
    version: str = "",
    component: list[str] = Query(default=[]),  # noqa: B008  # FastAPI's own way
) -> Response:
    """Compare now. With a version: what changing to it, and to these components, would change."""
    async with portal.database.read() as session:
        spec = (await deployments.get_of_owner(session, deployment_id, who.user.id)).spec
    optional = [each for each in catalogued() if each.optional]
    changes = _changes(spec, version, component, optional) if version else {}
    answer = await compared(portal.settings, deployment_id, changes)
    view = DriftView(
        deployment_id,
        spec.name,
        bool(changes),
        answer,
        version or spec.version,
        available_versions(portal.settings),
        optional,
        frozenset(changes.get("without", spec.without)),
    )
    return page(request, who, "drift.html", {"view": view})


def _changes(
    spec: DeploymentSpec, version: str, kept: Iterable[str], optional: Iterable[Component]
) -> dict[str, Any]:
    """Fields of the spec that would change; none if all is as it is."""
    without = sorted({each.id for each in optional} - set(kept))
    wanted = {"version": version, "without": without}
    now = {"version": spec.version, "without": sorted(spec.without)}
    return wanted if wanted != now else {}

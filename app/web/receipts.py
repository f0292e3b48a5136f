"""What exists in the cloud, what is gone again, and what stays: a deployment's receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.resources import STAYS
from app.store.tables import Resource
from app.web.i18n import Translator


@dataclass(frozen=True, slots=True)
class ResourceView:
    """One thing made in the cloud; `kept` says why it stays although all else is removed."""

    kind_word: str
    name: str
    detail: str
    link: str
    gone_at: datetime | None
    kept: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything that was ever made."""

    there: Sequence[ResourceView]
    kept: Sequence[ResourceView]
    gone: Sequence[ResourceView]


def receipt_of(resources: Sequence[Resource], translate: Translator) -> Receipt:
    """The things of a deployment as they are now."""
    views = [_view(resource, resource.kept or "", translate) for resource in resources]
    return Receipt(
        there=[view for view in views if view.gone_at is None and not view.kept],
        kept=[view for view in views if view.gone_at is None and view.kept],
        gone=[view for view in views if view.gone_at is not None],
    )


def prospect_of(resources: Sequence[Resource], translate: Translator) -> Receipt:
    """The same as it would be after a deletion: what would go is in `gone`."""
    left = [resource for resource in resources if resource.gone_at is None]
    views = [_view(one, one.kept or STAYS.get(one.kind, ""), translate) for one in left]
    return Receipt(
        there=(),
        kept=[view for view in views if view.kept],
        gone=[view for view in views if not view.kept],
    )


def _view(resource: Resource, kept: str, translate: Translator) -> ResourceView:
    return ResourceView(
        kind_word=translate.gettext(resource.kind),
        name=resource.name,
        detail=resource.detail,
        link=resource.link,
        gone_at=resource.gone_at,
        kept=translate.gettext(kept),
    )

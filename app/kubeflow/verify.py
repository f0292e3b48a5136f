"""What is wrong with a bundle, found without a cluster."""

import dataclasses
from collections.abc import Iterator

from app.domain.spec import Login
from app.kubeflow.bundle import Bundle
from app.kubeflow.credentials import GENERATED, Credentials
from app.kubeflow.objects import data_of
from app.kubeflow.own import made_own
from app.kubeflow.personal import Owner
from app.kubeflow.reach import obstacles
from app.kubeflow.references import dangling
from app.kubeflow.survey import surveyed

_SAYS_NOTHING = {("kubeflow", "mysql-secret", "username")}  # every MySQL has a root


def problems(bundle: Bundle) -> list[str]:
    """Everything that keeps a deployment of a bundle from working or from being its owner's own.

    The bundle is made somebody's own for it, so what the portal mends is no problem.
    """
    bundle = bundle.loaded()
    made = made_own(bundle, _somebody(bundle)).loaded()
    return [
        *_of_contents(bundle),
        *(str(ref) for ref in dangling(made) if ref not in set(dangling(bundle))),
        *(str(obstacle) for obstacle in obstacles(made.items, public=False)),
        *_of_secrets(bundle, made),
    ]


def remarks(bundle: Bundle) -> list[str]:
    """What the release itself refers to and does not bring."""
    return [str(reference) for reference in dangling(bundle.loaded())]


def _somebody(bundle: Bundle) -> Owner:
    made = {name: make() for name, make in GENERATED.items()}
    login = Login.IAP if bundle.variant == "iap" else Login.PASSWORD
    return Owner(login, "somebody@example.org", Credentials(**made, password_hash="$2b$12$"))


def _of_contents(bundle: Bundle) -> Iterator[str]:
    found = surveyed(bundle.items, bundle.contents.components)
    said = dataclasses.replace(bundle.contents, source="", digest="")
    for field in dataclasses.fields(found):
        if getattr(found, field.name) != getattr(said, field.name):
            yield f"The first line says something else of {field.name} than the objects do."


def _of_secrets(shipped: Bundle, made: Bundle) -> Iterator[str]:
    before = _secrets(shipped)
    for place, value in _secrets(made).items():
        if value and before.get(place) == value and place not in _SAYS_NOTHING:
            namespace, name, key = place
            yield f"Secret {namespace}/{name} keeps the {key} that every copy of the release has."


def _secrets(bundle: Bundle) -> dict[tuple[str, str, str], str]:
    return {
        (item.namespace, item.name, key): value
        for item in bundle.items
        if item.kind == "Secret"
        for key, value in data_of(item.body).items()
    }

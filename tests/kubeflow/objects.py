"""Objects as a release brings them, in small."""

from typing import Any

from app.domain.spec import Login
from app.kubeflow.bundle import Bundle, Item
from app.kubeflow.credentials import GENERATED, Credentials
from app.kubeflow.personal import Owner

Json = dict[str, Any]


def item(kind: str, name: str, namespace: str = "", api: str = "v1", **body: Any) -> Item:
    """An object in a bundle; `component` and `base` may be given as well."""
    component, base = body.pop("component", "Part"), body.pop("base", False)
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    whole = {"apiVersion": api, "kind": kind, "metadata": metadata, **body}
    return Item.of(component, base, whole)


def bundle(*items: Item, variant: str = "password") -> Bundle:
    return Bundle("1.0", variant, items)


def owner(login: Login = Login.PASSWORD, user: str = "dana@example.com") -> Owner:
    made = {name: f"new-{name}" for name in GENERATED}
    return Owner(login, user, Credentials(**made, password_hash="$2b$12$hash"))

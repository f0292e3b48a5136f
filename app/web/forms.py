"""The create form: what it offers, what was typed into it, and what was made of that."""

import secrets
from collections.abc import Iterable, Mapping
from itertools import groupby
from urllib.parse import urlencode

from app.domain import spec
from app.domain.places import (
    DEFAULT_MACHINE_TYPE,
    DEFAULT_ZONE,
    MACHINE_TYPES,
    ZONES,
    region_of,
)
from app.domain.spec import DeploymentSecrets, DeploymentSpec, Login
from app.errors import InvalidInput, Message
from app.kubeflow.catalogue import Version

FIELDS = (  # in the order in which the form shows them
    "project",
    "name",
    "login",
    "oauth_client_id",
    "oauth_client_secret",
    "username",
    "password",
    "password_again",
    "zone",
    "version",
    "machine_type",
    "nodes",
    "disk_gb",
)
SECRET_FIELDS = ("oauth_client_secret", "password", "password_again")
PLAIN_FIELDS = tuple(name for name in FIELDS if name not in SECRET_FIELDS)
_SECRETS_OF = {
    "iap": ("oauth_client_secret",),
    "password": ("password", "password_again"),
}
_LONGEST = 1000  # characters of a field that are kept; none that is valid has more
ZONES_BY_REGION = {region: list(zones) for region, zones in groupby(ZONES, region_of)}
MACHINES = list(MACHINE_TYPES)


def new_key() -> str:
    """A key that makes one rendering of the form good for one deployment."""
    return secrets.token_urlsafe(18)


def typed(form: Mapping[str, object]) -> dict[str, str]:
    """Every field of ours that was sent as text, secrets included."""
    found = {name: form.get(name) for name in FIELDS}
    return {name: v[:_LONGEST] for name, v in found.items() if isinstance(v, str)}


def shown(values: Mapping[str, str], versions: Iterable[Version]) -> dict[str, str]:
    """What the form is filled in with: what was typed, secrets aside, else the defaults."""
    defaults = {
        "project": "",
        "name": "kubeflow",
        "login": str(Login.IAP),
        "oauth_client_id": "",
        "username": "",
        "zone": DEFAULT_ZONE,
        "version": next((version.id for version in versions), ""),
        "machine_type": DEFAULT_MACHINE_TYPE,
        "nodes": "2",
        "disk_gb": "100",
    }
    return defaults | {name: values[name] for name in PLAIN_FIELDS if name in values}


def to_type_again(values: Mapping[str, str]) -> dict[str, Message]:
    """The secrets of the chosen login that were typed, and that no page may hold."""
    again = Message("Type this again: what is secret is not sent back to the browser.")
    names = _SECRETS_OF.get(values.get("login", ""), ())
    return {name: again for name in names if values.get(name)}


def link_to(values: Mapping[str, str]) -> str:
    """The form's own address, with all that is no secret filled in."""
    plain = {name: values[name] for name in PLAIN_FIELDS if values.get(name)}
    return "/deployments/new" + (f"?{urlencode(plain)}" if plain else "")


def parse(
    values: Mapping[str, str], versions: Iterable[Version]
) -> tuple[DeploymentSpec, DeploymentSecrets]:
    """The form's meaning; raises `InvalidInput` with every refused field at once."""
    problems: dict[str, Message] = {}
    if values.get("version") not in {version.id for version in versions}:
        problems["version"] = Message("Choose one of the versions in the list.")
    try:
        parsed = spec.parse(values)
    except InvalidInput as refused:
        raise InvalidInput(refused.fields | problems) from refused
    if problems:
        raise InvalidInput(problems)
    return parsed


def in_order(problems: Mapping[str, Message]) -> dict[str, Message]:
    """What concerns the whole form first, then its fields as it shows them."""
    whole = [name for name in problems if name not in FIELDS]
    fields = [name for name in FIELDS if name in problems]
    return {name: problems[name] for name in (*whole, *fields)}

"""The create form: what was typed into it, and what was made of that."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from urllib.parse import urlencode

from starlette.datastructures import ImmutableMultiDict

from app.domain import spec
from app.domain.spec import DeploymentSecrets, DeploymentSpec, IapClient, Login
from app.errors import InvalidInput, Message
from app.kubeflow.catalogue import Version
from app.kubeflow.components import Component, left_out

FIELDS = (  # in the order in which the form shows them
    "project",
    "name",
    "login",
    "iap_client",
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
    "gpu_type",
    "gpus",
    "spot",
    "private_nodes",
    "without",
)
SECRET_FIELDS = ("oauth_client_secret", "password", "password_again")
PLAIN_FIELDS = tuple(name for name in FIELDS if name not in SECRET_FIELDS)
SIZE_FIELDS = ("machine_type", "nodes", "disk_gb", "gpu_type", "gpus", "spot", "private_nodes")
PRESETS: dict[str, dict[str, str]] = {
    "small": {"machine_type": "e2-standard-8", "nodes": "1", "disk_gb": "100", "gpu_type": ""},
    "standard": {"machine_type": "n1-standard-8", "nodes": "2", "disk_gb": "100", "gpu_type": ""},
    "gpu": {
        "machine_type": "n1-standard-8",
        "nodes": "2",
        "disk_gb": "100",
        "gpu_type": "nvidia-tesla-t4",
        "gpus": "1",
    },
}
_LONGEST = 1000  # characters of a field that are kept; none that is valid has more


def new_key() -> str:
    """A key that makes one rendering of the form good for one deployment."""
    return secrets.token_urlsafe(18)


def typed(form: Mapping[str, object], components: Iterable[Component] = ()) -> dict[str, str]:
    """Every field of ours that was sent as text, secrets included.

    Components come as ticks: those of `components` that are optional and have none are left out.
    A preset fills in what the form itself does not say.
    """
    preset = PRESETS.get(str(form.get("preset", "")), {})
    found: dict[str, object] = preset | {name: form[name] for name in FIELDS if name in form}
    if form.get("components_shown"):
        found["without"] = ",".join(_unticked(form, components))
    return {name: v[:_LONGEST] for name, v in found.items() if isinstance(v, str)}


def shown(values: Mapping[str, str], versions: Iterable[Version]) -> dict[str, str]:
    """What the form is filled in with: what was typed, secrets aside, else the defaults."""
    defaults = spec.DEFAULTS | {
        "project": "",
        "name": "kubeflow",
        "login": str(Login.IAP),
        "oauth_client_id": "",
        "username": "",
        "version": next((version.id for version in versions), ""),
    }
    return defaults | {name: values[name] for name in PLAIN_FIELDS if name in values}


def to_type_again(values: Mapping[str, str]) -> dict[str, Message]:
    """The secrets of the chosen login that were typed, and that no page may hold."""
    again = Message("Type this again: what is secret is not sent back to the browser.")
    return {name: again for name in _secrets_of(values) if values.get(name)}


def link_to(values: Mapping[str, str]) -> str:
    """The form's own address, with all that is no secret filled in."""
    plain = {name: values[name] for name in PLAIN_FIELDS if values.get(name)}
    return "/deployments/new" + (f"?{urlencode(plain)}" if plain else "")


def parse(
    values: Mapping[str, str], versions: Iterable[Version], components: Collection[Component]
) -> tuple[DeploymentSpec, DeploymentSecrets]:
    """The form's meaning; raises `InvalidInput` with every refused field at once."""
    problems: dict[str, Message] = {}
    if values.get("version") not in {version.id for version in versions}:
        problems["version"] = Message("Choose one of the versions in the list.")
    if needed := _needed(values, components):
        problems["without"] = needed
    try:
        parsed = spec.parse(values)
    except InvalidInput as refused:
        raise InvalidInput(refused.fields | problems) from refused
    if problems:
        raise InvalidInput(problems)
    return parsed


def draft(
    values: Mapping[str, str], versions: Iterable[Version]
) -> tuple[DeploymentSpec | None, frozenset[str]]:
    """The form as far as it is filled in, and the fields that are not; None without a project."""
    filled = shown(values, versions)
    found, unclear = spec.draft(filled)
    known = {version.id for version in versions}
    if found is not None and found.version not in known:
        unclear |= {"version"}
    return found, unclear


def in_order(problems: Mapping[str, Message]) -> dict[str, Message]:
    """What concerns the whole form first, then its fields as it shows them."""
    whole = [name for name in problems if name not in FIELDS]
    fields = [name for name in FIELDS if name in problems]
    return {name: problems[name] for name in (*whole, *fields)}


def _unticked(form: Mapping[str, object], components: Iterable[Component]) -> list[str]:
    ticked = form.getlist("component") if isinstance(form, ImmutableMultiDict) else ()
    return [each.id for each in components if each.optional and each.id not in ticked]


def _secrets_of(values: Mapping[str, str]) -> tuple[str, ...]:
    if values.get("login") == Login.PASSWORD:
        return ("password", "password_again")
    if values.get("login") == Login.IAP and values.get("iap_client") != IapClient.GOOGLE:
        return ("oauth_client_secret",)
    return ()


def _needed(values: Mapping[str, str], components: Collection[Component]) -> Message | None:
    """Why one of the components cannot be left out: another that stays needs it."""
    without = set(filter(None, values.get("without", "").split(",")))
    kept = without - left_out(components, without)
    titles = {each.id: each.title for each in components}
    for id_ in sorted(kept & titles.keys()):
        users = [c.title for c in components if id_ in c.needs and c.id not in without]
        if users:
            return Message(
                "%(component)s is needed by %(users)s.",
                component=titles[id_],
                users=", ".join(users),
            )
    return None

"""What is applied for a deployment, as it may be shown: every secret masked.

These are the very objects of the installation, made by the same functions, for credentials that are
masks: no secret is decrypted to show them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import yaml

from app.domain.spec import DeploymentSpec, Login
from app.kubeflow.bundle import Bundle, Json
from app.kubeflow.credentials import GENERATED, Credentials
from app.kubeflow.own import made_own, owner_of
from app.steps import endpoint_objects
from app.text import N_

MASK = "********"
ENDPOINT = "endpoint"
_TEXT = "tag:yaml.org,2002:str"
_LATER = ("PROJECT_NUMBER", "BACKEND_SERVICE_ID")  # known when there is a load balancer


class _Dumper(yaml.CSafeDumper):
    """YAML as people write it."""


def _written(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(_TEXT, text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _written)


@dataclass(frozen=True, slots=True)
class Part:
    """One component's objects in the order of installation."""

    id: str
    title: str
    objects: tuple[Json, ...]

    @property
    def definitions(self) -> int:
        """How many of them are CRDs: long, and the same in every deployment."""
        return sum(_is_definition(body) for body in self.objects)

    @property
    def text(self) -> str:
        """All but the CRDs, as YAML."""
        return "".join(document(body) for body in self.objects if not _is_definition(body))


def parts_of(
    bundle: Bundle, spec: DeploymentSpec, email: str, registry_mirror: str = ""
) -> list[Part]:
    """All that is applied for a deployment of `email`'s; takes a moment: call it in a thread."""
    owner = owner_of(spec, email, _masks())
    made = made_own(bundle, owner, without=spec.without, registry_mirror=registry_mirror)
    objects: dict[str, list[Json]] = {}
    for item in made.items:
        objects.setdefault(item.component, []).append(item.body)
    parts = [Part(id_, bundle.title_of(id_), _masked(found)) for id_, found in objects.items()]
    return [*parts, *_endpoint(spec)]


def document(body: Json) -> str:
    """One YAML document of a stream; texts of several lines stand as they are."""
    return "---\n" + yaml.dump(body, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def _masks() -> Credentials:
    return Credentials(**dict.fromkeys(GENERATED, MASK), password_hash=MASK)


def _masked(objects: Iterable[Json]) -> tuple[Json, ...]:
    return tuple(_with_masks(body) if body["kind"] == "Secret" else body for body in objects)


def _with_masks(secret: Json) -> Json:
    fields = {field: secret[field] for field in ("data", "stringData") if secret.get(field)}
    return secret | {field: dict.fromkeys(values, MASK) for field, values in fields.items()}


def _endpoint(spec: DeploymentSpec) -> list[Part]:
    if spec.login == Login.LATER:
        return []
    objects = endpoint_objects.entrance(spec, MASK)
    if spec.login == Login.IAP:
        objects.append(endpoint_objects.iap_authentication(*_LATER))
    return [Part(ENDPOINT, N_("Endpoint"), _masked(objects))]


def _is_definition(body: Json) -> bool:
    return bool(body["kind"] == "CustomResourceDefinition")

"""What somebody asks for: the validated form, and the secrets that came with it."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from app.domain.names import HOST_LIMIT, Names, endpoint_host
from app.domain.password import weakness
from app.domain.places import DEFAULT_MACHINE_TYPE, DEFAULT_ZONE, GPUS, is_zone, suits_kubeflow
from app.errors import InvalidInput, Message


class Login(StrEnum):
    """How people will sign in to the deployed Kubeflow."""

    IAP = "iap"
    PASSWORD = "password"
    LATER = "later"


class IapClient(StrEnum):
    """Whose OAuth client Identity-Aware Proxy signs people in with."""

    CUSTOM = "custom"
    GOOGLE = "google"


class Refused(ValueError):
    """A value that the form must give back, with what is wrong with it."""

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template)
        self.message = Message(template, **values)


def _project(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", value):
        raise Refused(
            "Enter the project's ID: 6 to 30 lower-case letters, digits and hyphens, "
            "beginning with a letter and not ending with a hyphen."
        )
    return value


def _name(value: str) -> str:
    if not 3 <= len(value) <= 24:
        raise Refused("Use 3 to 24 characters; this has %(length)s.", length=len(value))
    if not re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", value):
        raise Refused(
            "Use lower-case letters, digits and hyphens only, "
            "beginning with a letter and not ending with a hyphen."
        )
    return value


def _zone(value: str) -> str:
    if not is_zone(value):
        raise Refused("There is no zone “%(zone)s” in Google Cloud.", zone=value)
    return value


def _machine_type(value: str) -> str:
    if not suits_kubeflow(value):
        raise Refused(
            "“%(machine)s” is no machine type that Kubeflow can run on here.",
            machine=value,
        )
    return value


def _gpu_type(value: str) -> str:
    if value and value not in GPUS:
        raise Refused("“%(gpu)s” is no GPU that a node here can have.", gpu=value)
    return value


def _component_ids(value: object) -> object:
    """Ids that the form sends with commas between, sorted and each once."""
    ids = value.split(",") if isinstance(value, str) else value
    if not isinstance(ids, list | tuple):
        return ids
    found = sorted({str(each).strip() for each in ids} - {""})
    for each in found:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", each):
            raise Refused("There is no component “%(component)s” here.", component=each)
    return tuple(found)


def _within(lowest: int, highest: int) -> BeforeValidator:
    def check(value: object) -> int:
        text = str(value).strip()
        if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
            raise Refused(
                "Enter a whole number from %(lowest)s to %(highest)s.",
                lowest=lowest,
                highest=highest,
            )
        return int(text)

    return BeforeValidator(check)


class DeploymentSpec(BaseModel):
    """One deployment as asked for: no secrets in it, so it may be stored, shown and shared.

    `endpoint_added`: the endpoint was asked for when Kubeflow was there already, and knew its owner
    by their address; so with a password that is the username, whatever it looks like.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    project: Annotated[str, AfterValidator(_project)]
    name: Annotated[str, AfterValidator(_name)]
    login: Login
    zone: Annotated[str, AfterValidator(_zone)]
    version: str
    machine_type: Annotated[str, AfterValidator(_machine_type)] = DEFAULT_MACHINE_TYPE
    nodes: Annotated[int, _within(1, 100)] = 2
    disk_gb: Annotated[int, _within(50, 65536)] = 100
    gpu_type: Annotated[str, AfterValidator(_gpu_type)] = ""
    gpus: Annotated[int, _within(1, 16)] = 1
    spot: bool = False
    private_nodes: bool = False
    without: Annotated[tuple[str, ...], BeforeValidator(_component_ids)] = ()
    iap_client: IapClient = IapClient.CUSTOM
    oauth_client_id: str = ""
    username: str = ""
    endpoint_added: bool = False

    @property
    def names(self) -> Names:
        """The names of all that this deployment makes."""
        return Names(project=self.project, name=self.name)

    @property
    def own_iap_client(self) -> bool:
        """Whether people sign in through an OAuth client that the owner has made."""
        return self.login == Login.IAP and self.iap_client == IapClient.CUSTOM

    @model_validator(mode="after")
    def _host_fits(self) -> Self:
        length = len(endpoint_host(self.name, self.project))
        if length > HOST_LIMIT:
            raise FieldRefused(
                "name",
                "The host name would have %(length)s characters, and Google allows %(limit)s: "
                "use a name of at most %(most)s.",
                length=length,
                limit=HOST_LIMIT,
                most=max(0, len(self.name) - (length - HOST_LIMIT)),
            )
        return self

    @model_validator(mode="after")
    def _gpus_fit_a_node(self) -> Self:
        counts = GPUS[self.gpu_type].counts if self.gpu_type else ()
        if counts and self.gpus not in counts:
            raise FieldRefused(
                "gpus",
                "A node can have %(counts)s of this GPU.",
                counts=", ".join(str(count) for count in counts),
            )
        return self

    @model_validator(mode="after")
    def _login_is_complete(self) -> Self:
        if self.own_iap_client and not re.fullmatch(
            r"[\w.-]+\.apps\.googleusercontent\.com", self.oauth_client_id
        ):
            raise FieldRefused(
                "oauth_client_id",
                "A client ID ends with “.apps.googleusercontent.com”.",
            )
        chosen = self.login == Login.PASSWORD and not self.endpoint_added
        if chosen and not re.fullmatch(r"[a-z0-9][a-z0-9._@+-]{2,62}", self.username):
            raise FieldRefused(
                "username",
                "Use 3 to 63 lower-case letters, digits and . _ @ + -, "
                "beginning with a letter or digit.",
            )
        return self


# What a form offers where nobody has chosen anything else.
DEFAULTS = {
    "zone": DEFAULT_ZONE,
    "machine_type": DEFAULT_MACHINE_TYPE,
    "nodes": "2",
    "disk_gb": "100",
    "gpu_type": "",
    "gpus": "1",
    "spot": "",
    "private_nodes": "",
    "without": "",
    "iap_client": str(IapClient.CUSTOM),
}
_STAND_INS = DEFAULTS | {
    "name": "stand-in",
    "login": str(Login.LATER),
    "version": "none",
    "oauth_client_id": "none.apps.googleusercontent.com",
    "username": "nobody",
}


class FieldRefused(Refused):
    """A rule over several fields was broken; the message belongs at `field`."""

    def __init__(self, field: str, template: str, **values: object) -> None:
        super().__init__(template, **values)
        self.field = field


class DeploymentSecrets(BaseModel):
    """What a spec must never hold. Kept encrypted from the moment the form is accepted."""

    model_config = ConfigDict(frozen=True)

    oauth_client_secret: SecretStr = SecretStr("")
    password: SecretStr = SecretStr("")

    def named(self) -> dict[str, str]:
        """The secrets that are there, by name."""
        pairs = {name: getattr(self, name).get_secret_value() for name in type(self).model_fields}
        return {name: value for name, value in pairs.items() if value}


def parse(form: Mapping[str, str]) -> tuple[DeploymentSpec, DeploymentSecrets]:
    """Read a form; raises `InvalidInput` with every refused field at once."""
    problems: dict[str, Message] = {}
    spec = _parse_spec(form, problems)
    secrets = DeploymentSecrets(
        oauth_client_secret=SecretStr(form.get("oauth_client_secret", "").strip()),
        password=SecretStr(form.get("password", "")),
    )
    problems.update(_secret_problems(form, secrets))
    if problems or spec is None:
        raise InvalidInput(problems)
    return spec, _needed(spec, secrets)


def draft(form: Mapping[str, str]) -> tuple[DeploymentSpec | None, frozenset[str]]:
    """A form that is still being filled in, as far as it goes, and the fields that are missing.

    Something stands in for each of those, so that the others can be looked at; without a
    project there is nothing to look at.
    """
    problems: dict[str, Message] = {}
    spec = _parse_spec(form, problems)
    if spec is not None or "project" in problems:
        return spec, frozenset(problems)
    stand_ins = {name: _STAND_INS[name] for name in problems if name in _STAND_INS}
    spec, unclear = draft(dict(form) | stand_ins) if stand_ins else (None, frozenset())
    return spec, unclear | problems.keys()


def _parse_spec(form: Mapping[str, str], problems: dict[str, Message]) -> DeploymentSpec | None:
    fields = DeploymentSpec.model_fields
    values: dict[str, Any] = {name: form[name] for name in fields if name in form}
    for name in _not_asked_for(form):
        values.pop(name, None)
    try:
        return DeploymentSpec.model_validate(values)
    except ValidationError as refused:
        for error in refused.errors():
            field, message = _problem(error)
            problems.setdefault(field, message)
    return None


def _not_asked_for(form: Mapping[str, str]) -> list[str]:
    """Fields that belong to another choice than the one made: what is in them counts for nothing.

    A tick that was not set comes as an empty text, or not at all.
    """
    names = [name for name in ("spot", "private_nodes") if not form.get(name)]
    if form.get("login") != Login.IAP:
        names.append("iap_client")
    if not _brings_a_client(form):
        names.append("oauth_client_id")
    if form.get("login") != Login.PASSWORD:
        names.append("username")
    if not form.get("gpu_type"):
        names.append("gpus")
    return names


def _brings_a_client(form: Mapping[str, str]) -> bool:
    return form.get("login") == Login.IAP and form.get("iap_client") != IapClient.GOOGLE


def _problem(error: ErrorDetails) -> tuple[str, Message]:
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, FieldRefused):
        return cause.field, cause.message
    field = str(error["loc"][0]) if error["loc"] else "form"
    if isinstance(cause, Refused):
        return field, cause.message
    if error["type"] == "missing":
        return field, Message("Fill this in.")
    return field, Message("This value cannot be used.")


def _secret_problems(form: Mapping[str, str], secrets: DeploymentSecrets) -> dict[str, Message]:
    login = form.get("login")
    if _brings_a_client(form) and not secrets.oauth_client_secret.get_secret_value():
        return {"oauth_client_secret": Message("Enter the client's secret.")}
    if login != Login.PASSWORD:
        return {}
    password = secrets.password.get_secret_value()
    known = (
        form.get("username", ""),
        form.get("name", ""),
        form.get("project", ""),
        "kubeflow",
    )
    if problem := weakness(password, known):
        return {"password": problem}
    if password != form.get("password_again", ""):
        return {"password_again": Message("The two passwords differ.")}
    return {}


def _needed(spec: DeploymentSpec, secrets: DeploymentSecrets) -> DeploymentSecrets:
    """Keep only the secret of the chosen login: a browser may have filled in the others."""
    if spec.own_iap_client:
        return DeploymentSecrets(oauth_client_secret=secrets.oauth_client_secret)
    if spec.login == Login.PASSWORD:
        return DeploymentSecrets(password=secrets.password)
    return DeploymentSecrets()

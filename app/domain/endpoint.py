"""An endpoint for a Kubeflow that was made without one: what its form asks for."""

from collections.abc import Mapping

from app.domain.spec import DeploymentSecrets, DeploymentSpec, Login, parse
from app.errors import InvalidInput, Message

FIELDS = (
    "login",
    "iap_client",
    "oauth_client_id",
    "oauth_client_secret",
    "password",
    "password_again",
)


def with_endpoint(
    spec: DeploymentSpec, email: str, form: Mapping[str, str]
) -> tuple[DeploymentSpec, DeploymentSecrets]:
    """The spec with the login that the form chooses; nothing else of it changes.

    Kubeflow knows its owner by `email`, and has given them a namespace: that is what they sign in
    as from now on, with a password too. Raises `InvalidInput` with every refused field at once.
    """
    if form.get("login") not in (Login.IAP, Login.PASSWORD):
        raise InvalidInput({"login": Message("Choose how people will sign in.")})
    typed = {name: form[name] for name in FIELDS if name in form}
    return parse({**_as_typed(spec), **typed, "username": email, "endpoint_added": "1"})


def _as_typed(spec: DeploymentSpec) -> dict[str, str]:
    """The spec as a form that it could have come from."""

    def text(value: object) -> str:
        if isinstance(value, list):
            return ",".join(str(each) for each in value)
        return "" if value is False else "1" if value is True else str(value)

    return {name: text(value) for name, value in spec.model_dump(mode="json").items()}

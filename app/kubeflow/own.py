"""A bundle made one deployment's own, in all respects: what is applied, and what can be shown."""

from app.domain.spec import DeploymentSpec, Login
from app.kubeflow.bundle import Bundle
from app.kubeflow.catalogue import release
from app.kubeflow.choice import chosen
from app.kubeflow.credentials import Credentials
from app.kubeflow.images import with_images
from app.kubeflow.network import opened
from app.kubeflow.personal import Owner, personalised
from app.kubeflow.tidy import tidied


def owner_of(spec: DeploymentSpec, email: str, credentials: Credentials) -> Owner:
    """The owner of a deployment, who signed in to the portal as `email`."""
    names = spec.names
    return Owner(
        spec.login,
        spec.username if spec.login == Login.PASSWORD else email,
        credentials,
        names.account_email(names.admin_account),
        names.account_email(names.user_account),
    )


def made_own(
    bundle: Bundle, owner: Owner, *, without: tuple[str, ...] = (), registry_mirror: str = ""
) -> Bundle:
    """The bundle as it is applied for a deployment; what is not in memory is changed when loaded.

    Takes a moment: call it in a thread.
    """
    kept = opened(chosen(bundle, without))
    images = release(bundle.version).images
    return tidied(with_images(personalised(kept, owner), images, registry_mirror))

"""Where Google is: the real hosts, or the simulator's prefixes on loopback."""

from dataclasses import dataclass

from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Base URLs without a trailing slash; the first five are whole URLs of OAuth."""

    authorize: str
    token: str
    revoke: str
    certs: str
    token_info: str
    container: str
    compute: str
    resource_manager: str
    service_usage: str
    service_management: str
    iam: str
    billing: str
    iap: str

    @classmethod
    def from_settings(cls, settings: Settings) -> "Endpoints":
        """Those of the cloud that the settings name."""
        return _simulated(settings.simulator_url.rstrip("/")) if settings.simulated else _GOOGLE


_GOOGLE = Endpoints(
    authorize="https://accounts.google.com/o/oauth2/v2/auth",
    token="https://oauth2.googleapis.com/token",
    revoke="https://oauth2.googleapis.com/revoke",
    certs="https://www.googleapis.com/oauth2/v1/certs",
    token_info="https://oauth2.googleapis.com/tokeninfo",
    container="https://container.googleapis.com",
    compute="https://compute.googleapis.com",
    resource_manager="https://cloudresourcemanager.googleapis.com",
    service_usage="https://serviceusage.googleapis.com",
    service_management="https://servicemanagement.googleapis.com",
    iam="https://iam.googleapis.com",
    billing="https://cloudbilling.googleapis.com",
    iap="https://iap.googleapis.com",
)


def _simulated(simulator: str) -> Endpoints:
    return Endpoints(
        authorize=f"{simulator}/accounts/o/oauth2/v2/auth",
        token=f"{simulator}/accounts/token",
        revoke=f"{simulator}/accounts/revoke",
        certs=f"{simulator}/accounts/oauth2/v3/certs",
        token_info=f"{simulator}/accounts/tokeninfo",
        container=f"{simulator}/container",
        compute=f"{simulator}/compute",
        resource_manager=f"{simulator}/cloudresourcemanager",
        service_usage=f"{simulator}/serviceusage",
        service_management=f"{simulator}/servicemanagement",
        iam=f"{simulator}/iam",
        billing=f"{simulator}/cloudbilling",
        iap=f"{simulator}/iap",
    )


def endpoint_url(settings: Settings, host: str) -> str:
    """Where the Kubeflow that is published as `host` opens.

    The simulator serves them all on its own port, told apart by names under `.localhost`,
    which are loopback (RFC 6761).
    """
    if not settings.simulated:
        return f"https://{host}/"
    port = settings.simulator_url.rstrip("/").rpartition(":")[2]
    return f"http://{host}.localhost:{port}/"


def endpoint_request(settings: Settings, host: str) -> tuple[str, dict[str, str]]:
    """URL and headers with which the portal itself reaches that Kubeflow.

    Names under `.localhost` are for browsers; here the simulator is asked, and told the name.
    """
    url = endpoint_url(settings, host)
    if not settings.simulated:
        return url, {}
    return f"{settings.simulator_url.rstrip('/')}/", {"Host": url.split("/")[2]}

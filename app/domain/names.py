"""Names of what a deployment makes in the cloud: functions of its project and name."""

from dataclasses import dataclass

HOST_LIMIT = 62  # Cloud Endpoints takes host names of at most 62 characters


def endpoint_host(name: str, project: str) -> str:
    """The public DNS name, as Cloud Endpoints hands it out."""
    return f"{name}.endpoints.{project}.cloud.goog"


def oauth_redirect_uri(client_id: str) -> str:
    """What the owner of an OAuth client must add to it before IAP can use it."""
    return f"https://iap.googleapis.com/v1/oauth/clientIds/{client_id}:handleRedirect"


@dataclass(frozen=True, slots=True)
class Names:
    """Every name that belongs to one deployment."""

    project: str
    name: str

    @property
    def host(self) -> str:
        return endpoint_host(self.name, self.project)

    @property
    def cluster(self) -> str:
        return self.name

    @property
    def node_pool(self) -> str:
        return "default-pool"

    @property
    def address(self) -> str:
        return f"{self.name}-ip"

    @property
    def admin_account(self) -> str:
        return f"{self.name}-admin"

    @property
    def user_account(self) -> str:
        return f"{self.name}-user"

    @property
    def node_account(self) -> str:
        return f"{self.name}-vm"

    @property
    def workload_pool(self) -> str:
        return f"{self.project}.svc.id.goog"

    def account_email(self, account: str) -> str:
        """The address of one of the three service accounts."""
        return f"{account}@{self.project}.iam.gserviceaccount.com"


INGRESS_NAMESPACE = "istio-system"
INGRESS = "envoy-ingress"
BACKEND_CONFIG = "iap-backendconfig"
FRONTEND_CONFIG = "redirect-to-https"
CERTIFICATE = "gke-certificate"
OAUTH_SECRET = "kubeflow-oauth"
GATEWAY_SERVICE = "istio-ingressgateway"
LABEL = "kubeflow-deploy-portal"

"""Where a person looks at what was made, in Google's console."""

from urllib.parse import quote

CONSOLE = "https://console.cloud.google.com"


def cluster(project: str, zone: str, name: str) -> str:
    return _of(project, f"kubernetes/clusters/details/{zone}/{name}/details")


def workloads(project: str) -> str:
    return _of(project, "kubernetes/workload/overview")


def apis(project: str) -> str:
    return _of(project, "apis/dashboard")


def addresses(project: str) -> str:
    return _of(project, "networking/addresses/list")


def account(project: str, email: str) -> str:
    return _of(project, f"iam-admin/serviceaccounts/details/{quote(email)}")


def account_permissions(project: str, email: str) -> str:
    return _of(project, f"iam-admin/serviceaccounts/details/{quote(email)}/permissions")


def published_name(project: str, host: str) -> str:
    return _of(project, f"endpoints/api/{host}/overview")


def ingress(project: str, zone: str, cluster_name: str, namespace: str, name: str) -> str:
    return _of(project, f"kubernetes/ingress/{zone}/{cluster_name}/{namespace}/{name}/details")


def router(project: str, region: str, name: str) -> str:
    return _of(project, f"hybrid/routers/details/{region}/{name}")


def backend_service(project: str, name: str) -> str:
    return _of(project, f"net-services/loadbalancing/details/backendService/{name}")


def certificates(project: str) -> str:
    return _of(project, "net-services/loadbalancing/advanced/sslCertificates/list")


def firewalls(project: str) -> str:
    return _of(project, "net-security/firewall-manager/firewall-policies/list")


def load_balancers(project: str) -> str:
    return _of(project, "net-services/loadbalancing/advanced/forwardingRules/list")


def disks(project: str) -> str:
    return _of(project, "compute/disks")


def iap(project: str) -> str:
    return _of(project, "security/iap")


def billing(project: str) -> str:
    return _of(project, "billing")


def project(project_id: str) -> str:
    return _of(project_id, "iam-admin/settings")


def permissions(project: str) -> str:
    return _of(project, "iam-admin/iam")


def accounts(project: str) -> str:
    return _of(project, "iam-admin/serviceaccounts")


def networks(project: str) -> str:
    return _of(project, "networking/networks/list")


def quotas(project: str) -> str:
    return _of(project, "iam-admin/quotas")


def credentials() -> str:
    return f"{CONSOLE}/apis/credentials"


def _of(project: str, page: str) -> str:
    return f"{CONSOLE}/{page}?project={quote(project)}"

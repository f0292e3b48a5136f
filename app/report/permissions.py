"""The permissions that a deployment needs, by the predefined role that gives each.

Source: Google's lists of what each method requires; the roles are the narrowest predefined ones
that were found to contain them. Editor is not enough: it may not change policies, nor Kubernetes'
own roles.
"""

from dataclasses import dataclass

from app.domain.spec import DeploymentSpec, Login


@dataclass(frozen=True, slots=True)
class Role:
    """A predefined role and what is needed of it; `vital` is false where only deleting needs it."""

    id: str
    title: str
    permissions: tuple[str, ...]
    vital: bool = True


def _all(prefix: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{name}" for name in names)


_PROJECT = Role(
    "roles/resourcemanager.projectIamAdmin",
    "Project IAM Admin",
    _all("resourcemanager.projects", "get", "getIamPolicy", "setIamPolicy"),
)
_SERVICES = Role(
    "roles/serviceusage.serviceUsageAdmin",
    "Service Usage Admin",
    _all("serviceusage.services", "enable", "get", "list", "use"),
)
_NETWORK = Role(
    "roles/compute.networkAdmin",
    "Compute Network Admin",
    _all(
        "compute",
        "regions.get",
        "zones.get",
        "zones.list",
        "machineTypes.list",
        "acceleratorTypes.list",
        "projects.get",
        "networks.get",
        "globalOperations.get",
        "backendServices.get",
        "backendServices.list",
        "sslCertificates.get",
        "healthChecks.list",
    ),
)
_ADDRESS = _all("compute.globalAddresses", "create", "get", "list", "delete")
_ROUTER = _all("compute.routers", "create", "get", "update", "delete")
_CLUSTER = Role(
    "roles/container.admin",
    "Kubernetes Engine Admin",
    (
        *_all(
            "container.clusters",
            "create",
            "get",
            "list",
            "update",
            "delete",
            "getCredentials",
            "connect",
        ),
        *_all("container.operations", "get", "list"),
        *_all(
            "container",
            "namespaces.create",
            "secrets.create",
            "customResourceDefinitions.create",
            "mutatingWebhookConfigurations.create",
            "validatingWebhookConfigurations.create",
            "thirdPartyObjects.create",
            "clusterRoles.create",
            "clusterRoles.bind",
            "clusterRoles.escalate",
            "clusterRoleBindings.create",
            "roles.bind",
            "roles.escalate",
        ),
    ),
)
_ACCOUNTS = Role(
    "roles/iam.serviceAccountAdmin",
    "Service Account Admin",
    _all("iam.serviceAccounts", "create", "get", "list", "delete", "getIamPolicy", "setIamPolicy"),
)
_ACT_AS = Role(
    "roles/iam.serviceAccountUser", "Service Account User", ("iam.serviceAccounts.actAs",)
)
_NAMES = Role(
    "roles/servicemanagement.admin",
    "Service Management Administrator",
    _all("servicemanagement.services", "create", "get", "list", "update", "delete", "bind"),
)
_IAP = Role(
    "roles/iap.admin",
    "IAP Policy Admin",
    ("iap.webServices.getIamPolicy", "iap.webServices.setIamPolicy", "iap.web.setIamPolicy"),
)
_LEFTOVERS = Role(
    "roles/compute.loadBalancerAdmin",
    "Compute Load Balancer Admin",
    (
        *_all("compute.globalForwardingRules", "get", "list", "delete"),
        *_all("compute.targetHttpProxies", "list", "delete"),
        *_all("compute.targetHttpsProxies", "list", "delete"),
        *_all("compute.urlMaps", "list", "delete"),
        *_all("compute.backendServices", "list", "delete"),
        *_all("compute.healthChecks", "list", "delete"),
        *_all("compute.networkEndpointGroups", "list", "delete"),
        *_all("compute.sslCertificates", "list", "delete"),
    ),
    vital=False,
)
FIREWALL = "roles/compute.securityAdmin"
_FIREWALL = Role(
    FIREWALL,
    "Compute Security Admin",
    _all("compute.firewalls", "list", "delete"),
    vital=False,
)
_RULES = _all("compute.firewalls", "create", "get")  # few private clusters need a rule of ours
_DISKS = Role(
    "roles/compute.storageAdmin",
    "Compute Storage Admin",
    _all("compute.disks", "list", "delete"),
    vital=False,
)


def roles_for(spec: DeploymentSpec) -> list[Role]:
    """What the deployment of `spec` needs, a role at a time."""
    network = _NETWORK.permissions
    network += _ADDRESS if spec.login != Login.LATER else ()
    network += _ROUTER if spec.private_nodes else ()
    roles = [_PROJECT, _SERVICES, Role(_NETWORK.id, _NETWORK.title, network), _CLUSTER]
    roles += [_ACCOUNTS, _ACT_AS]
    roles += [_NAMES] if spec.login != Login.LATER else []
    roles += [_IAP] if spec.login == Login.IAP else []
    rules = _FIREWALL.permissions + (_RULES if spec.private_nodes else ())
    firewall = Role(_FIREWALL.id, _FIREWALL.title, rules, vital=False)
    return [*roles, _LEFTOVERS, firewall, _DISKS]


def member(email: str) -> str:
    """The account as a policy names it."""
    kind = "serviceAccount" if email.endswith(".gserviceaccount.com") else "user"
    return f"{kind}:{email}"


def command(project: str, email: str, role: str) -> str:
    """What an administrator runs to give the account the role."""
    return (
        f"gcloud projects add-iam-policy-binding {project} "
        f'--member="{member(email)}" --role="{role}" --condition=None'
    )

"""Which permissions a role contains, as far as the portal and gcloud ask for them."""

from fnmatch import fnmatchcase

_NOT_EDITOR = (
    "*.setIamPolicy",
    "iap.web*.getIamPolicy",
    "container.clusterRoles.*",
    "container.clusterRoleBindings.*",
    "container.roles.bind",
    "container.roles.escalate",
    "container.roles.create",
    "container.roleBindings.*",
)
_SERVICES_SEEN = (
    "serviceusage.services.get",
    "serviceusage.services.list",
    "serviceusage.services.use",
)
_PERMISSIONS: dict[str, tuple[str, ...]] = {
    "roles/owner": ("*",),
    "roles/editor": ("*",),
    "roles/viewer": (
        "*.get",
        "*.list",
        "*.getIamPolicy",
        "container.*.get*",
        "serviceusage.services.use",
    ),
    "roles/container.admin": ("container.*", "resourcemanager.projects.get"),
    "roles/container.developer": ("container.*", "resourcemanager.projects.get"),
    "roles/container.viewer": (
        "container.*.get*",
        "container.*.list",
        "container.clusters.connect",
        "resourcemanager.projects.get",
    ),
    "roles/iam.serviceAccountAdmin": ("iam.serviceAccounts.*", "resourcemanager.projects.get"),
    "roles/iam.serviceAccountUser": (
        "iam.serviceAccounts.actAs",
        "iam.serviceAccounts.get",
        "iam.serviceAccounts.list",
    ),
    "roles/resourcemanager.projectIamAdmin": (
        "resourcemanager.projects.get",
        "resourcemanager.projects.*IamPolicy",
    ),
    "roles/serviceusage.serviceUsageAdmin": ("serviceusage.*",),
    "roles/serviceusage.serviceUsageConsumer": _SERVICES_SEEN,
    "roles/servicemanagement.admin": ("servicemanagement.*", "serviceusage.*"),
    "roles/compute.networkAdmin": (
        "compute.acceleratorTypes.*",
        "compute.backendServices.*",
        "compute.globalAddresses.*",
        "compute.globalOperations.*",
        "compute.healthChecks.*",
        "compute.machineTypes.*",
        "compute.networks.*",
        "compute.projects.get",
        "compute.regions.*",
        "compute.routers.*",
        "compute.sslCertificates.*",
        "compute.zones.*",
        *_SERVICES_SEEN,
    ),
    "roles/compute.viewer": ("compute.*.get", "compute.*.list", *_SERVICES_SEEN),
    "roles/iap.admin": ("iap.*",),
}


_NOT_DEVELOPER = (
    "container.clusters.create",
    "container.clusters.delete",
    "container.clusters.update",
    *(
        f"container.{kind}.{verb}"
        for kind in ("clusterRole*", "role*")
        for verb in ("bind", "create", "delete", "escalate", "update")
    ),
)
_NOT_VIEWER = ("container.secrets.*",)
_EXCEPT: dict[str, tuple[str, ...]] = {
    "roles/editor": _NOT_EDITOR,
    "roles/viewer": _NOT_VIEWER,
    "roles/container.developer": _NOT_DEVELOPER,
    "roles/container.viewer": _NOT_VIEWER,
}


def role_gives(role: str, permission: str) -> bool:
    """Whether a role contains a permission."""
    if _matches(permission, _EXCEPT.get(role, ())):
        return False
    return _matches(permission, _PERMISSIONS.get(role, ()))


def _matches(permission: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(permission, pattern) for pattern in patterns)

"""The roles and bindings of a new cluster that others build on."""

from collections.abc import Iterator

from app.simulator.kubernetes.objects import Object

_API = "rbac.authorization.k8s.io"
_LABEL = {"kubernetes.io/bootstrapping": "rbac-defaults"}
_UPDATED = {"rbac.authorization.kubernetes.io/autoupdate": "true"}
_READ = ["get", "list", "watch"]
_WRITE = ["create", "delete", "deletecollection", "patch", "update"]
_HEALTH = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
_DISCOVERY = ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", *_HEALTH]
_EVERYBODY = ("system:authenticated", "system:unauthenticated")
_VIEWED = (
    (
        "",
        "bindings configmaps endpoints events limitranges namespaces namespaces/status"
        " persistentvolumeclaims persistentvolumeclaims/status pods pods/log pods/status"
        " replicationcontrollers replicationcontrollers/scale replicationcontrollers/status"
        " resourcequotas resourcequotas/status serviceaccounts services services/status",
    ),
    (
        "apps",
        "controllerrevisions daemonsets daemonsets/status deployments deployments/scale"
        " deployments/status replicasets replicasets/scale replicasets/status statefulsets"
        " statefulsets/scale statefulsets/status",
    ),
    ("autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
    ("batch", "cronjobs cronjobs/status jobs jobs/status"),
    ("discovery.k8s.io", "endpointslices"),
    ("networking.k8s.io", "ingresses ingresses/status networkpolicies"),
    ("policy", "poddisruptionbudgets poddisruptionbudgets/status"),
)
_EDITED = (
    (
        "",
        "configmaps events persistentvolumeclaims pods pods/attach pods/eviction pods/exec"
        " pods/portforward pods/proxy replicationcontrollers replicationcontrollers/scale secrets"
        " serviceaccounts serviceaccounts/token services services/proxy",
    ),
    (
        "apps",
        "daemonsets deployments deployments/rollback deployments/scale replicasets"
        " replicasets/scale statefulsets statefulsets/scale",
    ),
    ("autoscaling", "horizontalpodautoscalers"),
    ("batch", "cronjobs jobs"),
    ("networking.k8s.io", "ingresses networkpolicies"),
    ("policy", "poddisruptionbudgets"),
)


def initial_access() -> Iterator[tuple[str, Object]]:
    """Plural and object, in the order in which they are made."""
    every = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    yield _role("cluster-admin", [every, {"nonResourceURLs": ["*"], "verbs": ["*"]}])
    yield _role("system:discovery", [{"nonResourceURLs": _DISCOVERY, "verbs": ["get"]}])
    yield _role("system:public-info-viewer", [{"nonResourceURLs": _HEALTH, "verbs": ["get"]}])
    yield _role("system:basic-user", _about_oneself())
    yield _binding("cluster-admin", "system:masters")
    yield _binding("system:discovery", "system:authenticated")
    yield _binding("system:basic-user", "system:authenticated")
    yield _binding("system:public-info-viewer", *_EVERYBODY)
    own = _own_rules()
    rules: list[Object] = []
    for name, whole in (("view", "edit"), ("edit", "admin"), ("admin", "")):
        rules = [*rules, *own[name]]
        yield _aggregate(name, whole, rules)
        yield _role(f"system:aggregate-to-{name}", own[name], **{_aggregated(name): "true"})


def _own_rules() -> dict[str, list[Object]]:
    """What each of the roles for people adds to the one below it."""
    secrets = {"apiGroups": [""], "resources": ["secrets"], "verbs": _READ}
    access = {"apiGroups": [_API], "resources": ["rolebindings", "roles"]}
    return {
        "view": _rules(_VIEWED, _READ),
        "edit": [*_rules(_EDITED, _WRITE), secrets],
        "admin": [{**access, "verbs": [*_READ, *_WRITE]}],
    }


def _about_oneself() -> list[Object]:
    reviews = ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]
    return [
        {"apiGroups": ["authorization.k8s.io"], "resources": reviews, "verbs": ["create"]},
        {
            "apiGroups": ["authentication.k8s.io"],
            "resources": ["selfsubjectreviews"],
            "verbs": ["create"],
        },
    ]


def _rules(table: tuple[tuple[str, str], ...], verbs: list[str]) -> list[Object]:
    return [
        {"apiGroups": [group], "resources": names.split(), "verbs": verbs} for group, names in table
    ]


def _role(name: str, rules: list[Object], **labels: str) -> tuple[str, Object]:
    metadata = {"name": name, "labels": {**_LABEL, **labels}, "annotations": _UPDATED}
    return "clusterroles", {
        "apiVersion": f"{_API}/v1",
        "kind": "ClusterRole",
        "metadata": metadata,
        "rules": rules,
    }


def _aggregate(name: str, whole: str, rules: list[Object]) -> tuple[str, Object]:
    """A role made of all that are labelled for it, itself a part of `whole`."""
    labels = {_aggregated(whole): "true"} if whole else {}
    plural, role = _role(name, rules, **labels)
    selectors = [{"matchLabels": {_aggregated(name): "true"}}]
    return plural, {**role, "aggregationRule": {"clusterRoleSelectors": selectors}}


def _aggregated(name: str) -> str:
    return f"{_API}/aggregate-to-{name}"


def _binding(role: str, *groups: str) -> tuple[str, Object]:
    return "clusterrolebindings", {
        "apiVersion": f"{_API}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": role, "labels": _LABEL, "annotations": _UPDATED},
        "roleRef": {"apiGroup": _API, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": _API, "kind": "Group", "name": group} for group in groups],
    }

"""The columns of namespaces, configuration, roles and the API itself."""

from collections.abc import Callable
from typing import Any

from app.simulator.kubernetes.objects import Object, metadata_of, value_at
from app.simulator.kubernetes.printing.ages import age, age_of
from app.simulator.kubernetes.printing.printer import Printer, at


def _namespace(item: Object) -> list[Any]:
    return [at(item, "status.phase", "Active"), age_of(item)]


def _count(field: str) -> Callable[[Object], list[Any]]:
    return lambda item: [len(item.get(field) or ()), age_of(item)]


def _secret(item: Object) -> list[Any]:
    return [item.get("type", ""), len(item.get("data") or ()), age_of(item)]


def _created(item: Object) -> list[Any]:
    return [str(metadata_of(item).get("creationTimestamp"))]


def _binding(item: Object) -> list[Any]:
    by_kind: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for subject in item.get("subjects") or ():
        name = subject.get("name", "")
        if subject.get("kind") == "ServiceAccount":
            name = f"{subject.get('namespace', '')}/{name}"
        by_kind.setdefault(subject.get("kind", ""), []).append(name)
    role = f"{at(item, 'roleRef.kind')}/{at(item, 'roleRef.name')}"
    named = [", ".join(by_kind[kind]) for kind in ("User", "Group", "ServiceAccount")]
    return [role, age_of(item), *named]


def _service_of_api(item: Object) -> list[Any]:
    service = value_at(item, "spec.service") or {}
    name = f"{service['namespace']}/{service['name']}" if service else "Local"
    conditions = value_at(item, "status.conditions") or [{"status": "True"}]
    return [name, str(conditions[0]["status"]), age_of(item)]


def _lease(item: Object) -> list[Any]:
    return [at(item, "spec.holderIdentity"), age_of(item)]


def _priority(item: Object) -> list[Any]:
    return [
        item.get("value", 0),
        str(bool(item.get("globalDefault"))).lower(),
        age_of(item),
        item.get("preemptionPolicy", ""),
    ]


def _event(item: Object) -> list[Any]:
    last = item.get("lastTimestamp") or item.get("eventTime") or item.get("firstTimestamp")
    about = item.get("involvedObject") or item.get("regarding") or {}
    first = item.get("firstTimestamp") or item.get("eventTime")
    source = item.get("source") or {}
    return [
        age(last),
        item.get("type", ""),
        item.get("reason", ""),
        f"{str(about.get('kind', '')).lower()}/{about.get('name', '')}",
        about.get("fieldPath", ""),
        source.get("component") or item.get("reportingComponent", ""),
        str(item.get("message") or item.get("note", "")).strip(),
        age(first),
        item.get("count") or value_at(item, "series.count") or 1,
        metadata_of(item).get("name"),
    ]


_RBAC = "rbac.authorization.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"
_BINDING = Printer(("Role", "Age", "Users*", "Groups*", "ServiceAccounts*"), _binding)
_ROLE = Printer(("Created At",), _created)
_EVENT = ("Type", "Reason", "Object", "Subobject*", "Source*", "Message")
PRINTERS = {
    "/namespaces": Printer(("Status", "Age"), _namespace),
    "/configmaps": Printer(("Data", "Age"), _count("data")),
    "/secrets": Printer(("Type", "Data", "Age"), _secret),
    "/serviceaccounts": Printer(("Secrets", "Age"), _count("secrets")),
    "/events": Printer(("Last Seen", *_EVENT, "First Seen*", "Count*", "Name*"), _event),
    f"{_RBAC}/roles": _ROLE,
    f"{_RBAC}/clusterroles": _ROLE,
    f"{_RBAC}/rolebindings": _BINDING,
    f"{_RBAC}/clusterrolebindings": _BINDING,
    f"{_ADMISSION}/mutatingwebhookconfigurations": Printer(("Webhooks", "Age"), _count("webhooks")),
    f"{_ADMISSION}/validatingwebhookconfigurations": Printer(
        ("Webhooks", "Age"), _count("webhooks")
    ),
    "apiextensions.k8s.io/customresourcedefinitions": Printer(("Created At",), _created),
    "apiregistration.k8s.io/apiservices": Printer(("Service", "Available", "Age"), _service_of_api),
    "coordination.k8s.io/leases": Printer(("Holder", "Age"), _lease),
    "scheduling.k8s.io/priorityclasses": Printer(
        ("Value", "Global-Default", "Age", "PreemptionPolicy"), _priority
    ),
}

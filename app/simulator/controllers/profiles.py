"""Kubeflow's profile controller: a namespace for each Profile."""

from datetime import datetime

from app.simulator.controllers.available import (
    deployment_named,
    follow_deployment,
    is_available,
)
from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import (
    AUTHORIZATION_POLICY,
    DEFINITION,
    NAMESPACE,
    PROFILE,
    ROLE_BINDING,
    SERVICE_ACCOUNT,
    Kind,
)
from app.simulator.controllers.objects import (
    Key,
    Object,
    annotations,
    condition,
    deleting,
    holds,
    moment_of,
    new_condition,
    owner_reference,
    uid,
)

_DEPLOYMENT = "profiles-deployment"
_MANAGER = "profile-controller"
_ACCOUNTS = (("default-editor", "kubeflow-edit"), ("default-viewer", "kubeflow-view"))
_LABELS = {
    "app.kubernetes.io/part-of": "kubeflow-profile",
    "istio-injection": "enabled",
    "katib.kubeflow.org/metrics-collector-injection": "enabled",
    "pipelines.kubeflow.org/enabled": "true",
    "serving.kubeflow.org/inferenceservice": "enabled",
}


class ProfileController(Controller):
    """Acts while its Deployment is available, or where a cluster has the kind but no Deployment."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._profiles = self.watch(PROFILE)
        self._namespaces = self.use(NAMESPACE)
        self._definitions = self.use(DEFINITION)
        self._deployments = follow_deployment(self, _DEPLOYMENT, self._profiles)
        self._seen_at: dict[str, datetime] = {}

    async def reconcile(self, key: Key) -> float | None:
        """Wait a little, then make what the owner needs."""
        profile, what = self._profiles.get(key), f"kubernetes.profile/{key[1]}"
        if profile is None or deleting(profile):
            self.context.waits.forget(what)
            return None
        if not self._is_active() or holds(profile, "Successful"):
            return None
        seconds = self.context.timings.profile_namespace
        self.context.waits.begin(what, seconds)
        left = (
            self.clock.after(seconds, await self._since(profile)) - self.clock.now()
        ).total_seconds()
        if left > 0:
            return left
        await self._make(profile)
        self.context.waits.end(what)
        return None

    def _is_active(self) -> bool:
        absent = deployment_named(self._deployments, _DEPLOYMENT) is None
        return absent or is_available(self._deployments, _DEPLOYMENT)

    async def _since(self, profile: Object) -> datetime:
        """To the second after a restart, exact otherwise."""
        pending, now = condition(profile, "Successful"), self.clock.now()
        if pending is None:
            self._seen_at[uid(profile)] = now
            waiting = new_condition(profile, "Successful", False, now, "Pending")
            await self._set_condition(profile, waiting)
            return now
        return self._seen_at.get(uid(profile)) or moment_of(pending["lastTransitionTime"])

    async def _make(self, profile: Object) -> None:
        await self._make_namespace(profile)
        for name, role in _ACCOUNTS:
            await self._create(SERVICE_ACCOUNT, profile, {"metadata": {"name": name}})
            subject = {"kind": "ServiceAccount", "name": name, "namespace": _name(profile)}
            await self._create(ROLE_BINDING, profile, binding(name, role, subject))
        await self._create(ROLE_BINDING, profile, owner_binding(profile))
        if self._definitions.get(("", AUTHORIZATION_POLICY.definition)) is not None:
            await self._create(AUTHORIZATION_POLICY, profile, owner_policy(profile))
        successful = new_condition(profile, "Successful", True, self.clock.now())
        await self._set_condition(profile, successful)

    async def _make_namespace(self, profile: Object) -> None:
        present = self._namespaces.get(("", _name(profile)))
        wanted = namespace_for(profile)
        if present is None:
            await self.cluster.create(NAMESPACE, wanted, _MANAGER)
        elif annotations(present).get("owner") != _owner(profile):
            metadata = {part: wanted["metadata"][part] for part in ("annotations", "labels")}
            await self.cluster.merge(NAMESPACE, present, {"metadata": metadata}, _MANAGER)

    async def _create(self, kind: Kind, profile: Object, obj: Object) -> None:
        obj["metadata"] |= {
            "namespace": _name(profile),
            "ownerReferences": [owner_reference(profile)],
        }
        await self.cluster.create(kind, obj, _MANAGER)

    async def _set_condition(self, profile: Object, found: Object) -> None:
        await self.cluster.set_status(PROFILE, profile, {"conditions": [found]}, _MANAGER)


def namespace_for(profile: Object) -> Object:
    """The owner's namespace."""
    return {
        "metadata": {
            "name": _name(profile),
            "annotations": {"owner": _owner(profile)},
            "labels": _LABELS,
            "ownerReferences": [owner_reference(profile)],
        }
    }


def owner_binding(profile: Object) -> Object:
    """The owner is the administrator of the namespace."""
    marked = binding("namespaceAdmin", "kubeflow-admin", profile["spec"]["owner"])
    marks = {"user": _owner(profile), "role": "admin"}
    marked["metadata"]["annotations"] = marks
    return marked


def binding(name: str, role: str, subject: Object) -> Object:
    """A RoleBinding to a ClusterRole."""
    group = {} if subject["kind"] == "ServiceAccount" else {"apiGroup": ROLE_BINDING.group}
    return {
        "metadata": {"name": name},
        "roleRef": {"apiGroup": ROLE_BINDING.group, "kind": "ClusterRole", "name": role},
        "subjects": [{**group, **subject}],
    }


def owner_policy(profile: Object) -> Object:
    """Istio lets the owner's requests in."""
    when = {"key": "request.headers[kubeflow-userid]", "values": [_owner(profile)]}
    return {
        "metadata": {
            "name": "ns-owner-access-istio",
            "annotations": {"user": _owner(profile), "role": "admin"},
        },
        "spec": {"action": "ALLOW", "rules": [{"when": [when]}]},
    }


def _name(profile: Object) -> str:
    return str(profile["metadata"]["name"])


def _owner(profile: Object) -> str:
    return str(profile["spec"]["owner"]["name"])

"""The `World` of a cluster's controllers, made of the simulated cloud's own documents."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from app.simulator.google import addresses, compute_store, names, oauth_requests, policies
from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import Json
from app.simulator.world import ClusterAccess

_HOLDING_BACK = {"certificate": "certificate-not-visible", "backend": "backend-unhealthy"}
_ACCESSOR = "roles/iap.httpsResourceAccessor"


@dataclass(frozen=True, slots=True)
class Outside:
    """Answers from the state; `running` gives the clusters whose APIs are up."""

    cloud: Cloud
    running: Callable[[], list[ClusterAccess]]

    def address(self, project: str, name: str) -> str | None:
        """The IPv4 of a global static address, once it is reserved."""
        document = addresses.lookup(self.cloud, project, name)
        if document is None or not self.cloud.passed(document["ready_at"]):
            return None
        return str(document["address"])

    def resolves_to(self, host: str) -> str | None:
        """What public DNS gives for a name."""
        return names.published(self.cloud, host)

    def put_backend_service(self, project: str, name: str, iap: bool) -> str:
        """Make or find a backend service; its numeric id."""
        path = f"global/backendServices/{name}"
        present = compute_store.lookup(self.cloud, project, path)
        body = {**(present["body"] if present else {}), "iap": {"enabled": iap}}
        return str(compute_store.put(self.cloud, project, path, body)["id"])

    def set_backend_health(self, project: str, name: str, healthy: bool) -> None:
        """What the backend service's `getHealth` says from now on."""
        compute_store.mark(self.cloud, project, f"global/backendServices/{name}", healthy=healthy)

    def delete_backend_service(self, project: str, name: str) -> None:
        """Remove a backend service."""
        compute_store.forget(self.cloud, project, f"global/backendServices/{name}")

    def put_compute(self, project: str, path: str, body: Json) -> None:
        """Make a resource of Compute Engine, or give it this body."""
        compute_store.put(self.cloud, project, path, body)

    def put_endpoints(self, project: str, path: str, endpoints: list[Json]) -> None:
        """What is in a network endpoint group."""
        compute_store.mark(self.cloud, project, path, endpoints=endpoints)

    def delete_compute(self, project: str, path: str) -> None:
        """Remove a resource of Compute Engine."""
        compute_store.forget(self.cloud, project, path)

    def held_back(self, what: str) -> float:
        """Simulated seconds by which a fault holds back a `certificate` or a `backend`."""
        return 60 * (self.cloud.faults.number_of(_HOLDING_BACK[what]) or 0.0)

    def clusters(self) -> list[ClusterAccess]:
        """Every running cluster."""
        return self.running()

    def authorize_url(self, client_id: str, redirect_uri: str, state: str) -> str:
        """Where a browser signs in for IAP."""
        query = {
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": "openid email",
            "state": state,
        }
        return f"{self.cloud.base_url}/accounts/o/oauth2/v2/auth?{urlencode(query)}"

    def account_of_code(self, code: str, client_id: str, redirect_uri: str) -> str | None:
        """The email that a code stands for; good once."""
        with self.cloud.state.change():
            granted = oauth_requests.redeem(self.cloud, code, client_id, redirect_uri)
        return None if granted is None else str(granted["email"])

    def may_pass_iap(self, project: str, backend: str, email: str) -> bool:
        """Whether the account may pass IAP, by the project's policy or by one of IAP's own."""
        compute = f"iap/{project}/compute"
        places = (f"projects/{project}", f"iap/{project}", compute, f"{compute}/{backend}")
        members = {
            policies.member_of(email),
            f"domain:{email.partition('@')[2]}",
            "allAuthenticatedUsers",
        }
        return any(
            binding["role"] == _ACCESSOR and members.intersection(binding["members"])
            for place in places
            for binding in policies.read(self.cloud, place)["bindings"]
        )

    def has_organization(self, project: str) -> bool:
        """Whether the project belongs to an organisation."""
        document = self.cloud.state.get("projects", project) or {}
        return bool(document.get("organization"))

    def record_wait(self, what: str, project: str, deployment: str | None, seconds: float) -> str:
        """Note the beginning of a wait, or find the open one of the same name; its id."""
        key = f"{project} {deployment} {what}"
        with self.cloud.state.change():
            opened = self.cloud.state.get("open_waits", key)
            if opened:
                return str(opened["id"])
            start = self.cloud.now()
            wait_id = self.cloud.note_wait(what, project, deployment, seconds, start, None)
            self.cloud.state.put("open_waits", key, {"id": wait_id})
            return wait_id

    def end_wait(self, wait_id: str) -> None:
        """Note the end of a wait."""
        with self.cloud.state.change():
            ended = self.cloud.end_wait(wait_id)
            if ended:
                place = f"{ended['project']} {ended['deployment']} {ended['what']}"
                self.cloud.state.delete("open_waits", place)

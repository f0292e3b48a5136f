"""A small cloud around the clusters of these tests, all in memory."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from app.simulator.world import ClusterAccess


@dataclass
class MemoryCloud:
    """Implements `World`; tests set what it knows."""

    addresses: dict[str, str] = field(default_factory=dict)
    compute: dict[str, dict[str, Any]] = field(default_factory=dict)
    endpoints: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    dns: dict[str, str] = field(default_factory=dict)
    backends: dict[str, dict[str, Any]] = field(default_factory=dict)
    held: dict[str, float] = field(default_factory=dict)
    running: list[ClusterAccess] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)
    organized: bool = True
    admitted: set[str] = field(default_factory=set)
    waits: dict[str, str] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)
    story: list[tuple[str, str]] = field(default_factory=list)

    def address(self, project: str, name: str) -> str | None:
        """The address reserved under a name."""
        return self.addresses.get(name)

    def resolves_to(self, host: str) -> str | None:
        """The address of a public name."""
        return self.dns.get(host)

    def put_backend_service(self, project: str, name: str, iap: bool) -> str:
        """Make or find a backend service."""
        known = self.backends.setdefault(name, {"id": str(4000 + len(self.backends))})
        known["iap"] = iap
        return str(known["id"])

    def set_backend_health(self, project: str, name: str, healthy: bool) -> None:
        """Note a backend's health."""
        self.backends[name]["healthy"] = healthy

    def delete_backend_service(self, project: str, name: str) -> None:
        """Forget a backend service."""
        self.backends.pop(name, None)

    def put_compute(self, project: str, path: str, body: dict[str, Any]) -> None:
        """Make or change a resource of Compute Engine."""
        self.compute[path] = body

    def put_endpoints(self, project: str, path: str, endpoints: list[dict[str, Any]]) -> None:
        """Note what is in a network endpoint group."""
        self.endpoints[path] = endpoints

    def delete_compute(self, project: str, path: str) -> None:
        """Forget a resource of Compute Engine."""
        self.compute.pop(path, None)

    def held_back(self, what: str) -> float:
        """What a test wants held back."""
        return self.held.get(what, 0.0)

    def clusters(self) -> list[ClusterAccess]:
        """The clusters that run."""
        return self.running

    def authorize_url(self, client_id: str, redirect_uri: str, state: str) -> str:
        """A place that nobody visits."""
        query = {"client_id": client_id, "redirect_uri": redirect_uri, "state": state}
        return f"http://accounts.example/authorize?{urlencode(query)}"

    def account_of_code(self, code: str, client_id: str, redirect_uri: str) -> str | None:
        """The account of a code, good once."""
        return self.codes.pop(code, None)

    def may_pass_iap(self, project: str, backend: str, email: str) -> bool:
        """Whether the account holds the role."""
        return email in self.admitted

    def has_organization(self, project: str) -> bool:
        """What a test says of all projects."""
        return self.organized

    def record_wait(self, what: str, project: str, deployment: str | None, seconds: float) -> str:
        """The wait is its own id."""
        self.waits[what] = deployment or ""
        self.story.append(("begins", what))
        return what

    def end_wait(self, wait_id: str) -> None:
        """Note the end."""
        self.over.add(wait_id)
        self.story.append(("ends", wait_id))

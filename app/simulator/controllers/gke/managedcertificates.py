"""ManagedCertificates: issued by Google once the name points to the load balancer."""

import uuid
from datetime import datetime, timedelta

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.gke.ingresses import SINCE
from app.simulator.controllers.gke.translation import certificates_of
from app.simulator.controllers.kinds import INGRESS, MANAGED_CERTIFICATE
from app.simulator.controllers.objects import (
    Key,
    Object,
    annotations,
    deleting,
    exact_stamp,
    moment_of,
    uid,
)

_MANAGER = "managed-certificate-controller"
_LOOK_AGAIN_SECONDS = 10.0
_VALID = timedelta(days=90)
_STATES = {"Active": "ACTIVE", "FailedNotVisible": "FAILED_NOT_VISIBLE"}


class ManagedCertificateController(Controller):
    """Looks at DNS every ten simulated seconds until the certificate is Active."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._certificates = self.watch(MANAGED_CERTIFICATE)
        self._ingresses = self.watch(INGRESS, certificates_of)
        self._made: dict[Key, str] = {}

    async def reconcile(self, key: Key) -> float | None:
        """Check the names, wait, activate."""
        certificate, what = self._certificates.get(key), "kubernetes.certificate/" + "/".join(key)
        if certificate is None or deleting(certificate):
            self.context.waits.forget(what)
            self._forget(key)
            return None
        self._make(key, certificate)
        address = self._address_for(key)
        if (
            address is None
            or (certificate.get("status") or {}).get("certificateStatus") == "Active"
        ):
            return None
        if self._held_back(certificate) or not self._all_resolve(certificate, address):
            return await self._wait_for_names(certificate, address)
        since = await self._since(certificate)
        self.context.waits.begin(what, self.context.timings.certificate)
        due = self.clock.after(self.context.timings.certificate, since)
        left = (due - self.clock.now()).total_seconds()
        await self._tell(certificate, "Active" if left <= 0 else "Provisioning")
        if left > 0:
            return left
        self.context.waits.end(what)
        return None

    def _make(self, key: Key, certificate: Object) -> None:
        """The certificate in Compute Engine; it shares the state of this one."""
        status = certificate.get("status") or {}
        state = {"Active": "ACTIVE"}.get(status.get("certificateStatus", ""), "PROVISIONING")
        domains = {
            each["domain"]: _STATES.get(each["status"], "PROVISIONING")
            for each in status.get("domainStatus") or []
        }
        names = certificate["spec"]["domains"]
        managed = {"domains": names, "status": state, "domainStatus": domains}
        path = f"global/sslCertificates/{name_of(certificate)}"
        self._made[key] = path
        body = {"type": "MANAGED", "managed": managed, "subjectAlternativeNames": names}
        self.context.world.put_compute(self.context.facts.project, path, body)

    def _forget(self, key: Key) -> None:
        path = self._made.pop(key, None)
        if path is not None:
            self.context.world.delete_compute(self.context.facts.project, path)

    def _address_for(self, key: Key) -> str | None:
        """The address of the Ingress that uses the certificate, once it has one."""
        for ingress in self._ingresses.all(key[0]):
            if key in certificates_of(ingress) and not deleting(ingress):
                given = ((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress")
                return str(given[0]["ip"]) if given else None
        return None

    def _all_resolve(self, certificate: Object, address: str) -> bool:
        resolve = self.context.world.resolves_to
        return all(resolve(domain) == address for domain in certificate["spec"]["domains"])

    def _held_back(self, certificate: Object) -> bool:
        """Whether Google does not see the names yet, though they are there."""
        seconds = self.context.world.held_back("certificate")
        made = moment_of(certificate["metadata"]["creationTimestamp"])
        return seconds > 0 and self.clock.now() < self.clock.after(seconds, made)

    async def _wait_for_names(self, certificate: Object, address: str) -> float:
        held = self._held_back(certificate)
        domains = {
            domain: "Provisioning"
            if not held and self.context.world.resolves_to(domain) == address
            else "FailedNotVisible"
            for domain in certificate["spec"]["domains"]
        }
        status = status_of(certificate, "Provisioning", domains, self.clock.now())
        await self.cluster.set_status(MANAGED_CERTIFICATE, certificate, status, _MANAGER)
        return max(0.1, self.clock.real(_LOOK_AGAIN_SECONDS))

    async def _since(self, certificate: Object) -> datetime:
        """When the names first pointed to the address, kept across restarts."""
        text = annotations(certificate).get(SINCE)
        if text is None:
            text = exact_stamp(self.clock.now())
            patch = {"metadata": {"annotations": {SINCE: text}}}
            await self.cluster.merge(MANAGED_CERTIFICATE, certificate, patch, _MANAGER)
        return moment_of(text)

    async def _tell(self, certificate: Object, state: str) -> None:
        domains = dict.fromkeys(certificate["spec"]["domains"], state)
        status = status_of(certificate, state, domains, self.clock.now())
        await self.cluster.set_status(MANAGED_CERTIFICATE, certificate, status, _MANAGER)
        if state == "Active":
            told = f"Certificate {status['certificateName']} is active"
            self.context.events.normal(certificate, "Active", told, _MANAGER)


def status_of(certificate: Object, state: str, domains: dict[str, str], now: datetime) -> Object:
    """The status, with an expiry once the certificate is Active."""
    status = {
        "certificateName": name_of(certificate),
        "certificateStatus": state,
        "domainStatus": [{"domain": name, "status": each} for name, each in domains.items()],
    }
    if state == "Active":
        status["expireTime"] = (now + _VALID).strftime("%Y-%m-%dT%H:%M:%S.000-08:00")
    return status


def name_of(certificate: Object) -> str:
    """The name of its SSL certificate in Compute Engine."""
    return f"mcrt-{uuid.uuid5(uuid.NAMESPACE_OID, uid(certificate))}"

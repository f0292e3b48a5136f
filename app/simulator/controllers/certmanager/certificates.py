"""Issuers and Certificates of cert-manager.io."""

from datetime import datetime

from app.simulator.controllers.available import follow_deployment, is_available
from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import (
    CERTIFICATE,
    CLUSTER_ISSUER,
    ISSUER,
    SECRET,
    Kind,
)
from app.simulator.controllers.objects import (
    Key,
    Object,
    condition,
    deleting,
    holds,
    key_of,
    moment_of,
    new_condition,
    stamp,
    uid,
)
from app.simulator.issuing import Issued

DEPLOYMENT_NAME = "cert-manager"
MANAGER = "cert-manager"


class IssuerController(Controller):
    """Declares every Issuer ready."""

    kind: Kind = ISSUER
    workers = 1

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._issuers = self.watch(self.kind)
        self._deployments = follow_deployment(self, DEPLOYMENT_NAME, self._issuers)

    async def reconcile(self, key: Key) -> float | None:
        """Write the condition."""
        issuer = self._issuers.get(key)
        if issuer is None or not is_available(self._deployments, DEPLOYMENT_NAME):
            return None
        if not holds(issuer, "Ready"):
            ready = new_condition(issuer, "Ready", True, self.clock.now(), "IsReady")
            await self.cluster.set_status(self.kind, issuer, {"conditions": [ready]}, MANAGER)
        return None


class ClusterIssuerController(IssuerController):
    """Declares every ClusterIssuer ready."""

    kind = CLUSTER_ISSUER


class CertificateController(Controller):
    """Issues what Certificates ask for into their Secrets."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._certificates = self.watch(CERTIFICATE)
        self._deployments = follow_deployment(self, DEPLOYMENT_NAME, self._certificates)
        self._secrets = self.watch(SECRET, self._certificates_of, self._was_removed)
        self._issuers = self.watch(ISSUER, lambda _: map(key_of, self._certificates))
        self._cluster_issuers = self.watch(
            CLUSTER_ISSUER, lambda _: map(key_of, self._certificates)
        )
        self._asked_at: dict[str, datetime] = {}

    async def reconcile(self, key: Key) -> float | None:
        """Ask, wait a little, issue."""
        certificate = self._certificates.get(key)
        what = "kubernetes.certificate/" + "/".join(key)
        if certificate is None or deleting(certificate):
            self.context.waits.forget(what)
            return None
        if not self._may_issue(certificate) or self._is_issued(certificate):
            return None
        seconds = self.context.timings.issued_certificate
        self.context.waits.begin(what, seconds)
        since = await self._issuing_since(certificate)
        left = (self.clock.after(seconds, since) - self.clock.now()).total_seconds()
        if left > 0:
            return left
        await self._issue(certificate)
        self.context.waits.end(what)
        return None

    def _may_issue(self, certificate: Object) -> bool:
        reference = certificate["spec"]["issuerRef"]
        namespace = key_of(certificate)[0]
        issuer = self._issuers.get((namespace, reference["name"]))
        if reference.get("kind") == "ClusterIssuer":
            issuer = self._cluster_issuers.get(("", reference["name"]))
        available = is_available(self._deployments, DEPLOYMENT_NAME)
        return available and issuer is not None and holds(issuer, "Ready")

    def _is_issued(self, certificate: Object) -> bool:
        secret = self._secrets.get(_secret_key(certificate))
        return holds(certificate, "Ready") and "tls.crt" in ((secret or {}).get("data") or {})

    async def _issuing_since(self, certificate: Object) -> datetime:
        """To the second after a restart, exact otherwise."""
        issuing, now = condition(certificate, "Issuing"), self.clock.now()
        if issuing is None:
            self._asked_at[uid(certificate)] = now
            status = {"conditions": pending_conditions(certificate, now)}
            await self.cluster.set_status(CERTIFICATE, certificate, status, MANAGER)
            return now
        return self._asked_at.get(uid(certificate)) or moment_of(issuing["lastTransitionTime"])

    async def _issue(self, certificate: Object) -> None:
        now, spec = self.clock.now().replace(microsecond=0), certificate["spec"]
        names = spec.get("dnsNames") or [spec["commonName"]]
        issued = self.context.issue(spec.get("commonName") or names[0], names, now)
        secret = secret_for(certificate, issued)
        present = self._secrets.get(key_of(secret))
        if present is None:
            await self.cluster.create(SECRET, secret, MANAGER)
        else:
            await self.cluster.merge(SECRET, present, {"data": secret["data"]}, MANAGER)
        status = status_of(certificate, issued, now)
        await self.cluster.set_status(CERTIFICATE, certificate, status, MANAGER)
        told = "The certificate has been successfully issued"
        self.context.events.normal(certificate, "Issuing", told, MANAGER)

    def _was_removed(self, secret: Object, _: Object | None) -> bool:
        return self.cluster.get(SECRET, key_of(secret)) is None

    def _certificates_of(self, secret: Object) -> list[Key]:
        namespace = key_of(secret)[0]
        certificates = self._certificates.all(namespace)
        return [key_of(each) for each in certificates if _secret_key(each) == key_of(secret)]


def secret_for(certificate: Object, issued: Issued) -> Object:
    """The Secret of an issued certificate."""
    namespace, name = key_of(certificate)
    spec = certificate["spec"]
    marks = {
        "cert-manager.io/certificate-name": name,
        "cert-manager.io/common-name": spec.get("commonName", ""),
        "cert-manager.io/alt-names": ",".join(spec.get("dnsNames") or []),
        "cert-manager.io/issuer-name": spec["issuerRef"]["name"],
        "cert-manager.io/issuer-kind": spec["issuerRef"].get("kind", "Issuer"),
    }
    metadata = {"name": spec["secretName"], "namespace": namespace, "annotations": marks}
    return {"metadata": metadata, "type": "kubernetes.io/tls", "data": issued.secret_data()}


def pending_conditions(certificate: Object, now: datetime) -> list[Object]:
    """Not ready: its Secret does not exist."""
    told = "Issuing certificate as Secret does not exist"
    return [
        new_condition(certificate, "Ready", False, now, "DoesNotExist", told),
        new_condition(certificate, "Issuing", True, now, "DoesNotExist", told),
    ]


def status_of(certificate: Object, issued: Issued, now: datetime) -> Object:
    """Ready, with the validity of what was issued."""
    told = "Certificate is up to date and has not expired"
    ready = new_condition(certificate, "Ready", True, now, "Ready", told)
    generation = certificate["metadata"].get("generation", 1)
    third = (issued.not_after - issued.not_before) / 3
    return {
        "conditions": [ready | {"observedGeneration": generation}],
        "notBefore": stamp(issued.not_before),
        "notAfter": stamp(issued.not_after),
        "renewalTime": stamp(issued.not_after - third),
        "revision": int((certificate.get("status") or {}).get("revision") or 0) + 1,
    }


def _secret_key(certificate: Object) -> Key:
    return key_of(certificate)[0], certificate["spec"]["secretName"]

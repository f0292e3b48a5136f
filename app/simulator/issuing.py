"""X.509 certificates with elliptic keys, which cost next to nothing."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_DAYS = 90
_AUTHORITY_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Issued:
    """PEM texts; `authority` is the certificate itself where it is self-signed."""

    certificate: bytes
    key: bytes
    authority: bytes
    not_before: datetime
    not_after: datetime

    def secret_data(self) -> dict[str, str]:
        """What the Secret of a certificate holds."""
        parts = {"tls.crt": self.certificate, "tls.key": self.key, "ca.crt": self.authority}
        return {name: b64encode(part).decode() for name, part in parts.items()}


Issue = Callable[[str, list[str], datetime], Issued]
"""Called with the common name, the DNS names and the present time."""


def issue(common_name: str, dns_names: list[str], now: datetime) -> Issued:
    """A self-signed certificate for these names, good for 90 days."""
    key = ec.generate_private_key(ec.SECP256R1())
    until = now + timedelta(days=_DAYS)
    builder = _builder(common_name, key, now, until, is_authority=True)
    builder = builder.issuer_name(_name(common_name)).add_extension(_alternatives(dns_names), False)
    certificate = _pem(builder.sign(key, hashes.SHA256()))
    return Issued(certificate, _private_pem(key), certificate, now, until)


class Authority:
    """Signs what a cluster's webhooks serve with, so that one place can answer for all of them."""

    def __init__(self, certificate: bytes, key: bytes) -> None:
        self._certificate = x509.load_pem_x509_certificate(certificate)
        private = serialization.load_pem_private_key(key, None)
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        self._key = private

    @classmethod
    def kept(cls, directory: Path, now: datetime) -> "Authority":
        """The authority of a directory, made at first."""
        certificate, key = directory / "webhooks-ca.crt", directory / "webhooks-ca.key"
        if not key.exists():
            made = _authority(now)
            certificate.write_bytes(made.certificate)
            key.touch(mode=0o600)
            key.write_bytes(made.key)
        return cls(certificate.read_bytes(), key.read_bytes())

    def issue(self, common_name: str, dns_names: list[str], now: datetime) -> Issued:
        """A certificate for these names, good for 90 days."""
        key = ec.generate_private_key(ec.SECP256R1())
        until = now + timedelta(days=_DAYS)
        builder = _builder(common_name, key, now, until, is_authority=False)
        signed = (
            builder.issuer_name(self._certificate.subject)
            .add_extension(_alternatives(dns_names), False)
            .sign(self._key, hashes.SHA256())
        )
        return Issued(_pem(signed), _private_pem(key), _pem(self._certificate), now, until)


def _authority(now: datetime) -> Issued:
    key = ec.generate_private_key(ec.SECP256R1())
    name, until = "webhooks", now + timedelta(days=_AUTHORITY_DAYS)
    builder = _builder(name, key, now, until, is_authority=True).issuer_name(_name(name))
    certificate = _pem(builder.sign(key, hashes.SHA256()))
    return Issued(certificate, _private_pem(key), certificate, now, until)


def _builder(
    common_name: str,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    until: datetime,
    *,
    is_authority: bool,
) -> x509.CertificateBuilder:
    # an hour of grace, for what is checked against another clock
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), True)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name[:64])])


def _alternatives(dns_names: list[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(list(map(x509.DNSName, dns_names)))


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )

"""X.509 certificates with elliptic keys, which cost next to nothing."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_DAYS = 90


@dataclass(frozen=True, slots=True)
class Issued:
    """PEM texts; a self-signed certificate is its own authority."""

    certificate: bytes
    key: bytes
    not_before: datetime
    not_after: datetime

    def secret_data(self) -> dict[str, str]:
        """What the Secret of a certificate holds."""
        certificate = b64encode(self.certificate).decode()
        key = b64encode(self.key).decode()
        return {"tls.crt": certificate, "tls.key": key, "ca.crt": certificate}


def issue(common_name: str, dns_names: list[str], now: datetime) -> Issued:
    """A self-signed certificate for these names, good for 90 days."""
    key = ec.generate_private_key(ec.SECP256R1())
    until = now + timedelta(days=_DAYS)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName(list(map(x509.DNSName, dns_names))), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    return Issued(_pem(certificate), _private_pem(key), now, until)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )

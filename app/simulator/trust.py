"""The certificate authority that the simulated internet trusts, as the real one trusts Google's."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_ROOT_DAYS, _LEAF_DAYS = 3650, 90
_ORGANISATION = "Simulated Trust Services"


class PublicAuthority:
    """A root kept in a directory, made at first; `roots` is its certificate as PEM."""

    def __init__(self, directory: Path) -> None:
        self._key = _kept_key(directory / "roots.key")
        path = directory / "roots.pem"
        if not path.exists():
            path.write_bytes(_pem(_root(self._key)))
        self.roots = path.read_bytes()
        self._root = x509.load_pem_x509_certificate(self.roots)

    def issue(self, directory: Path, names: list[str]) -> tuple[Path, Path]:
        """A certificate for these DNS names and its key, as files; the first is the subject."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        certificate = (
            _builder(_name(names[0]), key.public_key(), _LEAF_DAYS, is_authority=False)
            .issuer_name(self._root.subject)
            .add_extension(alternatives, critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
        chain, secret = directory / "public.crt", directory / "public.key"
        chain.write_bytes(_pem(certificate))
        _write_key(secret, key)
        return chain, secret


def _root(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = _name(f"{_ORGANISATION} Root")
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        _builder(name, key.public_key(), _ROOT_DAYS, is_authority=True)
        .issuer_name(name)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, key: ec.EllipticCurvePublicKey, days: int, *, is_authority: bool
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64]),
        ]
    )


def _kept_key(path: Path) -> ec.EllipticCurvePrivateKey:
    if not path.exists():
        _write_key(path, ec.generate_private_key(ec.SECP256R1()))
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)

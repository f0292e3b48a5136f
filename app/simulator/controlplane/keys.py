"""The files that the three programs read: certificates, keys, tokens, configurations."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.simulator.kubernetes.certificates import ensure_certificates

_ADMINISTRATOR = "system:admin"
_CONTROLLER_MANAGER = "system:kube-controller-manager"


@dataclass(frozen=True, slots=True)
class Files:
    """Where everything is, in the control plane's own directory."""

    directory: Path

    def __getitem__(self, name: str) -> str:
        return str(self.directory / name)

    def text(self, name: str) -> str:
        """A file's content."""
        return (self.directory / name).read_text()

    def write(self, name: str, content: str) -> None:
        """Write a file that only its owner may read."""
        path = self.directory / name
        path.touch(mode=0o600)
        path.write_text(content)

    def keep(self, name: str) -> str:
        """A secret, made at the first start and the same from then on."""
        if not (self.directory / name).exists():
            self.write(name, secrets.token_urlsafe(32))
        return self.text(name)


def prepare(files: Files, host: str) -> None:
    """Make what is to outlive a restart: the authority, the keys and the tokens."""
    ensure_certificates(files.directory, host)
    if not (files.directory / "service-accounts.key").exists():
        files.write("service-accounts.key", _private_key())
    lines = [
        f'{files.keep("admin-token")},{_ADMINISTRATOR},admin,"system:masters"',
        f"{files.keep('controller-manager-token')},{_CONTROLLER_MANAGER},controllers",
    ]
    files.write("tokens.csv", "\n".join(lines) + "\n")


def write_configurations(
    files: Files, port: int, tokens_url: str, access_url: str, proxy_socket: Path
) -> None:
    """What says where the others are, written anew at each start."""
    url, authority = f"https://127.0.0.1:{port}", files["ca.crt"]
    token = files.keep("controller-manager-token")
    connection = {"server": url, "certificate-authority": authority}
    manager = _kubeconfig(connection, {"token": token})
    files.write("controller-manager.json", json.dumps(manager))
    files.write("reviews.json", json.dumps(_kubeconfig({"server": tokens_url}, {})))
    files.write("access.json", json.dumps(_kubeconfig({"server": access_url}, {})))
    files.write("egress.json", json.dumps(_egress(proxy_socket)))


def _kubeconfig(cluster: dict[str, str], user: dict[str, str]) -> dict[str, object]:
    context = {"name": "it", "context": {"cluster": "it", "user": "it"}}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "it", "cluster": cluster}],
        "users": [{"name": "it", "user": user}],
        "contexts": [context],
        "current-context": "it",
    }


def _egress(proxy_socket: Path) -> dict[str, object]:
    """Calls into the cluster go through the proxy; there is no network between Pods."""
    transport = {"uds": {"udsName": str(proxy_socket)}}
    connection = {"proxyProtocol": "HTTPConnect", "transport": transport}
    return {
        "apiVersion": "apiserver.k8s.io/v1beta1",
        "kind": "EgressSelectorConfiguration",
        "egressSelections": [{"name": "cluster", "connection": connection}],
    }


def _private_key() -> str:
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        .decode()
    )

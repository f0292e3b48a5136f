"""How the three programs are called."""

from app.simulator.controlplane.binaries import Binaries
from app.simulator.controlplane.keys import Files

SERVICE_RANGE = "10.96.0.0/16"
_ISSUER = "https://kubernetes.default.svc"
# Nodes are played by clients, which beat too seldom for it; so it would declare them lost.
CONTROLLERS = "*,-node-lifecycle-controller,-node-ipam-controller,-ttl-controller"
# It taints new Nodes until the node lifecycle controller, which is left out, finds them ready.
_PLUGINS_LEFT_OUT = "TaintNodesByCondition"
_REQUESTS_A_SECOND = 500


def etcd(binaries: Binaries, files: Files, port: int, peer_port: int) -> list[str]:
    """The store, which leaves it to the machine when its writes reach the disk."""
    clients, peers = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peer_port}"
    return [
        str(binaries.etcd),
        f"--data-dir={files['etcd']}",
        "--name=etcd",
        f"--listen-client-urls={clients}",
        f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=etcd={peers}",
        "--socket-reuse-port",
        "--unsafe-no-fsync",
        "--log-level=error",
    ]


def api_server(binaries: Binaries, files: Files, host: str, port: int, etcd_port: int) -> list[str]:
    """The API server; the port is held by whoever starts it, hence shared."""
    return [
        str(binaries.api_server),
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        f"--bind-address={host}",
        f"--secure-port={port}",
        "--permit-port-sharing=true",
        "--advertise-address=10.96.255.254",
        "--endpoint-reconciler-type=none",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        "--enable-aggregator-routing=true",
        f"--egress-selector-config-file={files['egress.json']}",
        "--allow-privileged=true",
        "--authorization-mode=RBAC,Webhook",
        f"--authorization-webhook-config-file={files['access.json']}",
        "--authorization-webhook-version=v1",
        "--authorization-webhook-cache-authorized-ttl=1s",
        "--authorization-webhook-cache-unauthorized-ttl=1s",
        f"--disable-admission-plugins={_PLUGINS_LEFT_OUT}",
        f"--token-auth-file={files['tokens.csv']}",
        f"--authentication-token-webhook-config-file={files['reviews.json']}",
        "--authentication-token-webhook-version=v1",
        "--authentication-token-webhook-cache-ttl=1s",
        f"--tls-cert-file={files['serving.crt']}",
        f"--tls-private-key-file={files['serving.key']}",
        f"--service-account-issuer={_ISSUER}",
        f"--service-account-key-file={files['service-accounts.key']}",
        f"--service-account-signing-key-file={files['service-accounts.key']}",
        "--profiling=false",
    ]


def controller_manager(binaries: Binaries, files: Files, controllers: str) -> list[str]:
    """The controllers, which are the only ones and need no lease to say so."""
    return [
        str(binaries.controller_manager),
        f"--kubeconfig={files['controller-manager.json']}",
        f"--controllers={controllers}",
        "--leader-elect=false",
        "--use-service-account-credentials=true",
        "--secure-port=0",
        f"--root-ca-file={files['ca.crt']}",
        f"--service-account-private-key-file={files['service-accounts.key']}",
        f"--kube-api-qps={_REQUESTS_A_SECOND}",
        f"--kube-api-burst={_REQUESTS_A_SECOND}",
        "--profiling=false",
    ]

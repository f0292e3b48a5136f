"""The HTTPS server of one cluster's Kubernetes API."""

import asyncio
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from app.simulator.clock import Clock
from app.simulator.issuing import Issue, issue
from app.simulator.kubernetes.admission import Admission
from app.simulator.kubernetes.api import Api
from app.simulator.kubernetes.authorization import Authorizer
from app.simulator.kubernetes.certificates import ensure_certificates
from app.simulator.kubernetes.cluster import Cluster
from app.simulator.kubernetes.conversions import Conversions
from app.simulator.kubernetes.expiry import expire_events
from app.simulator.kubernetes.listening import Listening
from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.subresources import Subresources
from app.simulator.servers import Permits
from app.simulator.webhooks import WebhookServers

_ADMINISTRATOR = "system:admin"


class KubernetesServer:
    """One cluster's Kubernetes API.

    Everything it needs to go on after a restart lives in `directory`: objects, certificates,
    the administrator's token and, unless `port` says one, the port chosen at the first start.
    `authenticate` answers the user's email for a bearer token, or None; `permits` says which
    permissions of IAM the user has, all of them if it is left out.
    """

    def __init__(
        self,
        *,
        directory: Path,
        version: str,
        host: str,
        port: int | None,
        authenticate: Callable[[str], str | None],
        clock: Clock,
        permits: Permits | None = None,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        ensure_certificates(directory, host)
        self._directory = directory
        self._version = version
        self._host = host
        self._authenticate = authenticate
        self._permits = permits
        self._clock = clock
        self.port = port or _kept_port(directory) or 0
        self.ca_certificate = (directory / "ca.crt").read_text()
        self.admin_token = _kept_secret(directory / "admin-token")
        self.runs_workloads = False
        self.webhooks = WebhookServers()
        self.issue: Issue = issue
        self._cluster: Cluster | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        """Where the API is."""
        return f"https://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen; returns once requests are answered."""
        listener = _listener(self._host, self.port)
        self.port = listener.getsockname()[1]
        (self._directory / "port").write_text(str(self.port))
        cluster = Cluster(self._directory / "objects.sqlite", self._clock)
        token_key = _kept_secret(self._directory / "token-key")
        subresources = Subresources(cluster.reader, cluster.writer, cluster.deleter, token_key)
        admission = Admission(cluster.objects, cluster.registry, self.webhooks, self._clock)
        authorizer = Authorizer(cluster.objects, self._name_of, self._permits)
        conversions = Conversions(cluster.objects, self.webhooks, self._clock)
        version = _version(self._version)
        api = Api(cluster, version, authorizer, subresources, admission, conversions)
        self._cluster, self._api, self._subresources = cluster, api, subresources
        self._listening = Listening(_configuration(api, self._directory), listener)
        await self._listening.start()
        self._tasks = [
            asyncio.create_task(cluster.collector.run()),
            asyncio.create_task(expire_events(cluster.objects)),
        ]

    async def stop(self) -> None:
        """End every watch and connection, and close the storage."""
        if self._cluster is None:
            return
        self._api.stopping = True
        self._cluster.watches.close()
        await self._listening.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._cluster.close()
        self._cluster = None

    async def restart_api_server(self, away: float = 0.0) -> None:
        """Stop and, `away` seconds later, start again at the same address."""
        await self.stop()
        await asyncio.sleep(away)
        await self.start()

    def _name_of(self, token: str) -> str | None:
        if secrets.compare_digest(token.encode(), self.admin_token.encode()):
            return _ADMINISTRATOR
        return self._subresources.subject_of(token) or self._authenticate(token)


def _configuration(api: Api, directory: Path) -> uvicorn.Config:
    return uvicorn.Config(
        api,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=120,
        ssl_certfile=directory / "serving.crt",
        ssl_keyfile=str(directory / "serving.key"),
    )


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named: 40 ms a request
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


def _kept_port(directory: Path) -> int | None:
    path = directory / "port"
    return int(path.read_text()) if path.exists() else None


def _kept_secret(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32))
    return path.read_text()


def _version(version: str) -> Object:
    major, minor, *_ = version.removeprefix("v").split(".")
    return {
        "major": major,
        "minor": minor,
        "gitVersion": version,
        "gitCommit": "0" * 40,
        "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z",
        "goVersion": "go1.24.0",
        "compiler": "gc",
        "platform": "linux/amd64",
    }

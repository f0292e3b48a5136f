"""The clusters' control planes: each runs from just before its creation ends until it is gone."""

import asyncio
import logging
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from app.simulator import ports
from app.simulator.google import cluster_view, clusters, node_pools, policies, tokens
from app.simulator.google.cloud import Cloud, parse
from app.simulator.google.errors import Json
from app.simulator.outside import Outside
from app.simulator.servers import ClusterServer, ControlPlaneKind, new_server
from app.simulator.world import ClusterAccess, ClusterFacts, PoolFacts

_log = logging.getLogger(__name__)
_HEAD_START: dict[ControlPlaneKind, timedelta] = {
    "simulated": timedelta(seconds=2),
    "real": timedelta(seconds=8),
}
_AT_MOST = 60.0
_FIRST = "default-pool"


@dataclass
class _Plane:
    cluster_id: str
    server: ClusterServer
    facts: ClusterFacts
    controllers: asyncio.Task[None]


class Fleet:
    """Starts and stops control planes as the cluster documents say."""

    def __init__(
        self, cloud: Cloud, directory: Path, control_plane: ControlPlaneKind = "simulated"
    ) -> None:
        self._cloud = cloud
        self._directory = directory
        self._kind = control_plane
        self._head_start = _HEAD_START[control_plane]
        self._world = Outside(cloud, self.running)
        self._planes: dict[str, _Plane] = {}
        self._keeper: asyncio.Task[None] | None = None

    @property
    def world(self) -> Outside:
        """The cloud as controllers and the endpoint see it."""
        return self._world

    def running(self) -> list[ClusterAccess]:
        """How to reach each control plane that is up."""
        return [
            ClusterAccess(
                plane.facts, plane.server.url, plane.server.ca_certificate, plane.server.admin_token
            )
            for plane in self._planes.values()
        ]

    async def start(self) -> None:
        """Bring up what must be up by now, then keep watch."""
        await self._remove_strays()
        await self._settle()
        self._keeper = asyncio.create_task(self._keep())
        self._keeper.add_done_callback(_report)

    async def stop(self) -> None:
        """Stop every control plane; their state stays on disk."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await asyncio.gather(*(self._halt(key) for key in list(self._planes)))

    async def _remove_strays(self) -> None:
        known = {doc["id"][:16] for _, doc in self._cloud.state.items("clusters")}
        homes = list(self._directory.iterdir()) if self._directory.exists() else []
        for home in homes:
            if home.name not in known:
                await self._remove_home(home.name)

    async def _keep(self) -> None:
        while True:
            self._cloud.clusters_changed.clear()
            pause = self._seconds_to_next()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._cloud.clusters_changed.wait(), pause)
            await self._settle()

    async def _settle(self) -> None:
        await asyncio.gather(*(self._discard_plane(key) for key in self._outdated()))
        await self._forget_gone()
        now = self._cloud.now()
        due = [
            (key, document)
            for key, document in self._cloud.state.items("clusters")
            if key not in self._planes and self._is_due(document, now)
        ]
        await asyncio.gather(*(self._raise(key, document) for key, document in due))
        await asyncio.gather(*(self._refit(key) for key in list(self._planes)))

    async def _forget_gone(self) -> None:
        documents = self._cloud.state.items("clusters")
        gone = [(key, doc) for key, doc in documents if not clusters.status(self._cloud, doc)]
        with self._cloud.state.change():
            for key, _ in gone:
                self._cloud.state.delete("clusters", key)
        for _, document in gone:
            await self._remove_home(document["id"])

    def _outdated(self) -> list[str]:
        """Control planes whose cluster is gone, even if another one has its name by now."""
        found = []
        for key, plane in self._planes.items():
            document = self._cloud.state.get("clusters", key)
            current = document is not None and document["id"] == plane.cluster_id
            if document is None or not current or not clusters.status(self._cloud, document):
                found.append(key)
        return found

    def _seconds_to_next(self) -> float:
        now, moments = self._cloud.now(), []
        for key, document in self._cloud.state.items("clusters"):
            moments += [at for at in map(parse, node_pools.next_change(document)) if at > now]
            if document["delete_done_at"]:
                moments.append(parse(document["delete_done_at"]))
            elif key not in self._planes and not document["failure"]:
                moments.append(parse(document["ready_at"]) - self._head_start)
        pauses = [(moment - now).total_seconds() for moment in moments]
        return min([_AT_MOST, *(max(0.01, pause) for pause in pauses)])

    def _is_due(self, document: Json, now: datetime) -> bool:
        return not document["failure"] and parse(document["ready_at"]) - self._head_start <= now

    async def _raise(self, key: str, document: Json) -> None:
        try:
            plane = await self._boot(document)
        except Exception as error:
            _log.exception("control plane of %s did not start", key)
            self._note(key, failure=f"Internal error: {error}")
            return
        self._planes[key] = plane
        self._note(key, port=plane.server.port, ca=plane.server.ca_certificate)

    async def _refit(self, key: str) -> None:
        """Let nodes come and go with the cluster's pools."""
        plane, document = self._planes[key], self._cloud.state.get("clusters", key)
        if document is None:
            return
        facts = _facts(self._cloud, node_pools.forget_gone(self._cloud, document))
        if facts == plane.facts:
            return
        plane.controllers.cancel()
        await asyncio.gather(plane.controllers, return_exceptions=True)
        await self._remove_nodes(plane, facts)
        plane.facts, plane.controllers = facts, self._control(plane.server, facts)

    async def _remove_nodes(self, plane: _Plane, facts: ClusterFacts) -> None:
        from app.simulator.controllers.client import KubernetesClient
        from app.simulator.controllers.kinds import NODE
        from app.simulator.controllers.kubelet.nodes import node_names

        gone, server = set(node_names(plane.facts)) - set(node_names(facts)), plane.server
        async with KubernetesClient(server.url, server.ca_certificate, server.admin_token) as api:
            for name in sorted(gone):
                await api.request("DELETE", NODE.path("", name))

    async def _boot(self, document: Json) -> _Plane:
        # Late: half a second to load, and the demo's first page should not wait for it.
        from app.simulator.controllers import until_served
        from app.simulator.controllers.client import KubernetesClient

        facts, server = _facts(self._cloud, document), self._server(document)
        await server.start()
        task = self._control(server, facts)
        async with KubernetesClient(server.url, server.ca_certificate, server.admin_token) as api:
            await until_served(api)
        return _Plane(document["id"], server, facts, task)

    def _control(self, server: ClusterServer, facts: ClusterFacts) -> asyncio.Task[None]:
        from app.simulator.controllers import Controllers

        controllers = Controllers(
            url=server.url,
            ca_certificate=server.ca_certificate,
            token=server.admin_token,
            cluster=facts,
            world=self._world,
            clock=self._cloud.clock,
            timings=self._cloud.timings,
            workloads=not server.runs_workloads,
            issue=server.issue,
        )
        task = asyncio.create_task(controllers.run())
        task.add_done_callback(_report)
        return task

    def _port(self, document: Json) -> int:
        """Where the API was, or somewhere else if others have taken its place meanwhile."""
        kept, host = document["port"], self._cloud.host
        return int(kept) if kept and ports.is_free(host, kept) else ports.lasting(host)

    def _server(self, document: Json) -> ClusterServer:
        project = document["project"]
        return new_server(
            self._kind,
            directory=self._home(document["id"]),
            version="v" + document["version"],
            host=self._cloud.host,
            port=self._port(document),
            authenticate=lambda token: self._authenticate(token, project),
            clock=self._cloud.clock,
            permits=lambda email, permission: policies.allows(
                self._cloud, project, email, permission
            ),
        )

    def _authenticate(self, token: str, project: str) -> str | None:
        email = tokens.email_of(self._cloud, token)
        permission = "container.clusters.get"
        if email is None or not policies.allows(self._cloud, project, email, permission):
            return None
        return email

    def _note(self, key: str, **changes: object) -> None:
        with self._cloud.state.change():
            document = self._cloud.state.get("clusters", key)
            if document is not None:
                self._cloud.state.put("clusters", key, {**document, **changes})

    async def _discard_plane(self, key: str) -> None:
        cluster_id = self._planes[key].cluster_id
        await self._halt(key)
        await self._remove_home(cluster_id)

    async def _halt(self, key: str) -> None:
        plane = self._planes.pop(key, None)
        if plane is None:
            return
        plane.controllers.cancel()
        await asyncio.gather(plane.controllers, return_exceptions=True)
        await plane.server.stop()

    async def _remove_home(self, cluster_id: str) -> None:
        await asyncio.to_thread(shutil.rmtree, self._home(cluster_id), ignore_errors=True)

    def _home(self, cluster_id: str) -> Path:
        return self._directory / cluster_id[:16]


def _facts(cloud: Cloud, document: Json) -> ClusterFacts:
    pools = [
        PoolFacts(pool["name"], pool["config"]["machineType"], cluster_view.nodes_of(pool))
        for pool in node_pools.with_nodes(cloud, document)
    ]
    first = next((pool for pool in pools if pool.name == _FIRST), PoolFacts(_FIRST, "", 0))
    return ClusterFacts(
        project=document["project"],
        project_number=document["number"],
        location=document["location"],
        name=document["name"],
        node_count=first.count,
        machine_type=first.machine_type,
        others=tuple(pool for pool in pools if pool.name != _FIRST and pool.count),
    )


def _report(task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        _log.error("a task of the clusters ended", exc_info=error)

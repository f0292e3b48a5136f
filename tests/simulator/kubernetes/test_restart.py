"""The server started again on what it kept."""

import asyncio
import sys
from pathlib import Path
from typing import Any, cast

import httpx

from app.simulator.clock import Clock
from app.simulator.kubernetes import KubernetesServer
from app.simulator.kubernetes.admission import Admission
from app.simulator.kubernetes.api import Api as Application
from app.simulator.kubernetes.authorization import Authorizer
from app.simulator.kubernetes.cluster import Cluster
from app.simulator.kubernetes.conversions import Conversions
from app.simulator.kubernetes.subresources import Subresources
from app.simulator.webhooks import WebhookServers

from .conftest import Api, client_of, new_server
from .examples import CONFIGMAPS, CRDS, WIDGETS, config_map, widget, widget_definition

SERVE = """
import asyncio, sys
from pathlib import Path
from app.simulator.clock import Clock
from app.simulator.kubernetes import KubernetesServer

async def main():
    server = KubernetesServer(directory=Path(sys.argv[1]), version="v1.35.8", host="127.0.0.1",
                              port=None, authenticate=lambda token: None, clock=Clock(40))
    await server.start()
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def start(directory: Path) -> KubernetesServer:
    server = new_server(directory)
    await server.start()
    return server


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    first = await start(tmp_path)
    async with client_of(first) as client:
        api = Api(first, client)
        await api.apply(f"{CRDS}/widgets.example.com", widget_definition())
        made = (await api.create(WIDGETS, widget("w", size=3))).json()
    await first.stop()
    second = await start(tmp_path)
    assert (second.port, second.ca_certificate, second.admin_token) == (
        first.port,
        first.ca_certificate,
        first.admin_token,
    )
    async with client_of(second) as client:
        assert (await client.get(f"{WIDGETS}/w")).json() == made
        later = (await client.post(CONFIGMAPS, json=config_map("a"))).json()
    assert int(later["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])
    await second.stop()


async def test_a_deletion_that_was_interrupted_goes_on(tmp_path: Path) -> None:
    first = await start(tmp_path)
    async with client_of(first) as client:
        api = Api(first, client)
        await api.create(CONFIGMAPS, config_map("a", finalizers=["example.com/hold"]))
        await api.delete("/api/v1/namespaces/kube-node-lease")
    await first.stop()
    second = await start(tmp_path)
    async with client_of(second) as client:
        api = Api(second, client)
        await api.patch(f"{CONFIGMAPS}/a", {"metadata": {"finalizers": None}})
        assert (await api.get(f"{CONFIGMAPS}/a")).status_code == 200
        await api.delete(f"{CONFIGMAPS}/a")
        assert (await api.get(f"{CONFIGMAPS}/a")).status_code == 404
        assert (await api.get("/api/v1/namespaces/kube-node-lease")).status_code == 404
    await second.stop()


async def test_roles_that_access_rests_on_are_there_again(tmp_path: Path) -> None:
    path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:discovery"
    first = await start(tmp_path)
    async with client_of(first) as client:
        assert (await client.delete(path)).status_code == 200
    await first.stop()
    second = await start(tmp_path)
    async with client_of(second) as client:
        assert (await client.get(path)).status_code == 200
    await second.stop()


async def test_a_watch_from_before_the_restart_is_told_to_list_again(tmp_path: Path) -> None:
    first = await start(tmp_path)
    async with client_of(first) as client:
        since = (await client.get(CONFIGMAPS)).json()["metadata"]["resourceVersion"]
        await client.post(CONFIGMAPS, json=config_map("a"))
    await first.stop()
    second = await start(tmp_path)
    async with client_of(second) as client:
        query = {"watch": "1", "resourceVersion": since}
        assert '"code":410' in (await client.get(CONFIGMAPS, params=query)).text
    await second.stop()


async def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    assert await process.stdout.readline() == b"ready\n"
    server = new_server(tmp_path)
    async with client_of(server) as client:
        for number in range(20):
            await client.post(CONFIGMAPS, json=config_map(f"c{number}"))
        process.kill()
    await process.wait()
    await server.start()
    async with client_of(server) as client:
        items = (await client.get(CONFIGMAPS)).json()["items"]
    assert len(items) == 20
    await server.stop()


async def test_a_connection_that_outlives_the_server_is_closed(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "objects.sqlite", Clock(40))
    subresources = Subresources(cluster.reader, cluster.writer, cluster.deleter, "k" * 32)
    admission = Admission(cluster.objects, cluster.registry, WebhookServers(), Clock(40))
    authorizer = Authorizer(cluster.objects, str, None)
    version = {"gitVersion": "v1.35.8"}
    conversions = Conversions(cluster.objects, WebhookServers(), Clock(40))
    application = Application(cluster, version, authorizer, subresources, admission, conversions)
    application.stopping = True
    transport = httpx.ASGITransport(cast(Any, application))
    async with httpx.AsyncClient(transport=transport, base_url="http://cluster") as client:
        answer = await client.get(CONFIGMAPS)
    assert (answer.status_code, answer.headers["connection"]) == (503, "close")
    cluster.close()

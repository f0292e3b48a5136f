"""Ports for what comes back after a restart."""

import socket
from pathlib import Path

import requests

from app.simulator import ports
from tests.simulator.google.test_clusters import NAME, client, create, finished, version, wanted
from tests.support.simulator import running


def test_a_lasting_port_is_none_that_the_system_gives_away() -> None:
    port = ports.lasting("127.0.0.1")
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert 0 < port < first
    assert ports.is_free("127.0.0.1", port)


def test_a_port_at_which_somebody_listens_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert not ports.is_free("127.0.0.1", taken.getsockname()[1])


def test_a_cluster_whose_port_was_taken_meanwhile_is_found_at_another(tmp_path: Path) -> None:
    with running(tmp_path) as cloud:
        finished(cloud, create(cloud, wanted()))
        before = client(cloud).get_cluster(name=NAME)
    host, _, port = before.endpoint.rpartition(":")
    with socket.create_server((host, int(port))), running(tmp_path) as cloud:
        after = client(cloud).get_cluster(name=NAME)
        assert after.status == before.status
        assert after.endpoint != before.endpoint
        assert version(after) == 200
        health = requests.get(f"{cloud.url}/_simulator/health", timeout=10)
        assert health.ok

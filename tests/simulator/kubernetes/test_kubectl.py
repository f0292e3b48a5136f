"""The API through every kubectl from 1.27 to 1.33, a client that we did not write."""

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.simulator.kubernetes import KubernetesServer
from tests.support.tools import missing

from .conftest import Api
from .examples import DEPLOYMENTS, PODS, deployment, pod, widget, widget_definition

VERSIONS = tuple(f"1.{minor}" for minor in range(27, 34))
# between these, what kubectl does has changed; the others see one object and make one of each kind
TURNING_POINTS = ("1.27", "1.30", "1.33")
DIRECTORY = Path("/usr/lib/google-cloud-sdk/bin")
BRING = "apt-get install kubectl (from https://packages.cloud.google.com/apt cloud-sdk)"


@dataclass
class Result:
    code: int
    out: str
    err: str


@dataclass
class Kubectl:
    """One kubectl with its own home, talking to the test's server."""

    binary: Path
    home: Path

    async def __call__(self, *words: str, given: Any = None) -> Result:
        process = await self.start(*words)
        text = given if isinstance(given, str) else json.dumps(given)
        out, err = await process.communicate(text.encode() if given is not None else None)
        return Result(process.returncode or 0, out.decode(), err.decode())

    async def ok(self, *words: str, given: Any = None) -> str:
        result = await self(*words, given=given)
        assert result.code == 0, f"kubectl {' '.join(words)}: {result.err}"
        return result.out

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            self.binary,
            *words,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env={**os.environ, "HOME": str(self.home), "KUBECONFIG": str(self.home / "config")},
        )


@pytest.fixture(params=TURNING_POINTS)
def kubectl(request: pytest.FixtureRequest, server: KubernetesServer, tmp_path: Path) -> Kubectl:
    return connected(binary_of(request.param), server, tmp_path)


@pytest.fixture(params=VERSIONS)
def every_kubectl(
    request: pytest.FixtureRequest, server: KubernetesServer, tmp_path: Path
) -> Kubectl:
    return connected(binary_of(request.param), server, tmp_path)


def binary_of(version: str) -> Path:
    binary = DIRECTORY / f"kubectl.{version}"
    if not binary.exists():
        missing(f"{binary} is absent: {BRING}")
    return binary


def connected(binary: Path, server: KubernetesServer, home: Path) -> Kubectl:
    (home / "ca.crt").write_text(server.ca_certificate)
    cluster = {"server": server.url, "certificate-authority": str(home / "ca.crt")}
    configuration = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "test", "user": {"token": server.admin_token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
    }
    (home / "config").write_text(json.dumps(configuration))
    return Kubectl(binary, home)


def last_status(replicas: int) -> dict[str, Any]:
    condition = {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"}
    counts = ("replicas", "readyReplicas", "availableReplicas", "updatedReplicas")
    return {
        "observedGeneration": 1,
        **dict.fromkeys(counts, replicas),
        "conditions": [condition],
    }


async def test_get_shows_tables(every_kubectl: Kubectl, simulated: Api) -> None:
    await simulated.create(DEPLOYMENTS, deployment("web"))
    await simulated.create(PODS, pod("web-1", nodeName="n1"))
    await simulated.create(PODS, pod("web-2"))
    plain = (await every_kubectl.ok("get", "deploy")).splitlines()
    assert plain[0].split() == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    assert plain[1].split()[:4] == ["web", "0/1", "0", "0"]
    assert "nginx:1.27" in await every_kubectl.ok("get", "deployments.apps", "-o", "wide")
    assert "deployment.apps/web" in await every_kubectl.ok("get", "all", "-A")
    on_node = ("get", "po", "--field-selector", "spec.nodeName=n1", "-o", "name")
    assert await every_kubectl.ok(*on_node) == "pod/web-1\n"
    assert json.loads(await every_kubectl.ok("get", "svc", "kubernetes", "-o", "json"))["spec"]
    labelled = await every_kubectl("get", "deploy", "-l", "app=other")
    assert "No resources found" in labelled.err
    missing = await every_kubectl("get", "deploy", "none")
    assert missing.err == 'Error from server (NotFound): deployments.apps "none" not found\n'


async def test_describe_shows_the_object_and_its_events(kubectl: Kubectl, simulated: Api) -> None:
    created = (await simulated.create(PODS, pod("p", nodeName="n1"))).json()
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "p.1"},
        "involvedObject": {
            "apiVersion": "v1",
            "kind": "Pod",
            "namespace": "default",
            "name": "p",
            "uid": created["metadata"]["uid"],
        },
        "type": "Normal",
        "reason": "Pulling",
        "message": "Pulling image",
        "lastTimestamp": created["metadata"]["creationTimestamp"],
    }
    await simulated.create("/api/v1/namespaces/default/events", event)
    text = await kubectl.ok("describe", "pod", "p")
    assert "nginx:1.27" in text
    assert "Pulling image" in text
    assert "standard-rwo" in await kubectl.ok("describe", "sc", "standard-rwo")
    assert "Pulling" in await kubectl.ok("events", "--for", "pod/p")


async def test_server_side_apply_reports_conflicts(kubectl: Kubectl, simulated: Api) -> None:
    apply = ("apply", "--server-side", "-f", "-")
    assert "serverside-applied" in await kubectl.ok(*apply, given=deployment("web", replicas=1))
    other = (*apply, "--field-manager=other")
    refused = await kubectl(*other, given=deployment("web", replicas=3))
    assert refused.code == 1
    assert 'conflict with "kubectl": .spec.replicas' in refused.err
    await kubectl.ok(*other, "--force-conflicts", given=deployment("web", replicas=3))
    same = await kubectl(
        "diff",
        "--server-side",
        "--field-manager=other",
        "-f",
        "-",
        given=deployment("web", replicas=3),
    )
    assert (same.code, same.out) == (0, "")
    changed = await kubectl(
        "diff",
        "--server-side",
        "--field-manager=other",
        "-f",
        "-",
        given=deployment("web", replicas=4),
    )
    assert changed.code == 1
    assert "+  replicas: 4" in changed.out


async def test_client_side_apply_creates_and_patches(kubectl: Kubectl, simulated: Api) -> None:
    main = {"name": "main", "image": "a:1", "env": [{"name": "X", "value": "1"}]}
    apply = ("apply", "-f", "-")
    assert "created" in await kubectl.ok(*apply, given=deployment("web", main))
    assert "unchanged" in await kubectl.ok(*apply, given=deployment("web", main))
    changed = {"name": "main", "image": "a:2"}
    assert "configured" in await kubectl.ok(*apply, given=deployment("web", changed))
    container = (await simulated.get(f"{DEPLOYMENTS}/web")).json()["spec"]["template"]["spec"][
        "containers"
    ][0]
    assert (container["image"], container.get("env", [])) == ("a:2", [])


async def test_custom_kinds_are_applied_watched_and_explained(kubectl: Kubectl) -> None:
    apply = ("apply", "--server-side", "-f", "-")
    await kubectl.ok(*apply, given=widget_definition())
    established = ("wait", "--for=condition=Established", "crd/widgets.example.com")
    assert "condition met" in await kubectl.ok(*established, "--timeout=10s")
    await kubectl.ok(*apply, given=widget("w", color="blue"))
    shown = (await kubectl.ok("get", "wd")).splitlines()
    assert [line.split() for line in shown] == [["NAME", "COLOR", "READY"], ["w", "blue"]]
    assert "widgets" in await kubectl.ok("api-resources", "--api-group=example.com")
    assert "size" in await kubectl.ok("explain", "widget.spec")
    unknown = await kubectl(*apply, given=widget("x", unheard=1))
    assert ".spec.unheard: field not declared in schema" in unknown.err
    client_side = await kubectl.ok("apply", "-f", "-", given=widget("y", size=1))
    assert client_side == "widget.example.com/y created\n"


async def test_wait_sees_a_condition_and_a_deletion(kubectl: Kubectl, simulated: Api) -> None:
    await simulated.create(DEPLOYMENTS, deployment("web"))
    waiting = asyncio.create_task(
        kubectl.ok("wait", "--for=condition=Available", "deploy/web", "--timeout=20s")
    )
    await asyncio.sleep(0.2)
    await simulated.patch(f"{DEPLOYMENTS}/web/status", {"status": last_status(1)})
    assert "condition met" in await waiting
    rollout = await kubectl.ok("rollout", "status", "deploy/web", "--timeout=10s")
    assert "successfully rolled out" in rollout
    waiting = asyncio.create_task(kubectl.ok("wait", "--for=delete", "deploy/web", "--timeout=20s"))
    await asyncio.sleep(0.2)
    await simulated.delete(f"{DEPLOYMENTS}/web")
    await waiting


async def test_watch_prints_each_change(kubectl: Kubectl, simulated: Api) -> None:
    process = await kubectl.start("get", "deploy", "--watch", "-o", "name")
    assert process.stdout
    await simulated.create(DEPLOYMENTS, deployment("web"))
    async with asyncio.timeout(20):
        assert await process.stdout.readline() == b"deployment.apps/web\n"
        await simulated.patch(f"{DEPLOYMENTS}/web", {"spec": {"replicas": 2}})
        assert await process.stdout.readline() == b"deployment.apps/web\n"
    process.terminate()
    await process.communicate()


async def test_objects_are_edited_by_name(kubectl: Kubectl, simulated: Api) -> None:
    path = f"{DEPLOYMENTS}/web"
    await kubectl.ok("create", "-f", "-", given=deployment("web"))
    await kubectl.ok("scale", "deploy/web", "--replicas=3")
    await kubectl.ok("label", "deploy/web", "tier=front")
    await kubectl.ok("annotate", "deploy/web", "note=x")
    await kubectl.ok("set", "image", "deploy/web", "main=nginx:2")
    await kubectl.ok("rollout", "restart", "deploy/web")
    await kubectl.ok("patch", "deploy/web", "-p", '{"spec":{"paused":true}}')
    item = (await simulated.get(path)).json()
    assert (item["spec"]["replicas"], item["spec"]["paused"]) == (3, True)
    assert item["metadata"]["labels"]["tier"] == "front"
    assert item["metadata"]["annotations"]["note"] == "x"
    assert item["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:2"


@pytest.mark.parametrize("cascade", ["background", "foreground", "orphan"])
async def test_delete_waits_for_the_end(kubectl: Kubectl, simulated: Api, cascade: str) -> None:
    await simulated.create(DEPLOYMENTS, deployment("web"))
    await kubectl.ok("delete", "deploy/web", f"--cascade={cascade}", "--timeout=20s")
    assert (await simulated.get(f"{DEPLOYMENTS}/web")).status_code == 404


async def test_a_namespace_is_deleted_with_its_content(kubectl: Kubectl, simulated: Api) -> None:
    await kubectl.ok("create", "namespace", "team")
    await kubectl.ok("create", "configmap", "c", "--from-literal=x=1", "-n", "team")
    await kubectl.ok("delete", "namespace", "team", "--timeout=20s")
    assert (await simulated.get("/api/v1/namespaces/team")).status_code == 404


async def test_questions_about_the_cluster(kubectl: Kubectl, server: KubernetesServer) -> None:
    assert "v1.35.8-gke.1036000" in (await kubectl.ok("version", "-o", "json"))
    assert server.url in await kubectl.ok("cluster-info")
    assert await kubectl.ok("auth", "can-i", "create", "pods") == "yes\n"
    assert "backendconfigs" in await kubectl.ok("api-resources")
    assert "imagePullPolicy" in await kubectl.ok("explain", "deploy.spec.template.spec.containers")
    assert "networking.gke.io/v1" in await kubectl.ok("api-versions")


async def test_what_was_applied_by_the_client_moves_to_the_server(kubectl: Kubectl) -> None:
    await kubectl.ok("apply", "-f", "-", given=deployment("web", replicas=1))
    changed = deployment("web", replicas=2)
    assert "serverside-applied" in await kubectl.ok(
        "apply", "--server-side", "-f", "-", given=changed
    )
    shown = await kubectl.ok("get", "deploy/web", "--show-managed-fields", "-o", "json")
    managers = json.loads(shown)["metadata"]["managedFields"]
    assert {line["manager"]: line["operation"] for line in managers} == {
        "kubectl": "Apply",
        "kubectl-last-applied": "Apply",
    }


async def test_the_usual_objects_are_made_by_name(every_kubectl: Kubectl) -> None:
    for words in (
        "configmap c --from-literal=x=1",
        "secret generic s --from-literal=x=1",
        "serviceaccount a",
        "token a",
        "role r --verb=get --resource=pods",
        "rolebinding r --role=r --serviceaccount=default:a",
        "clusterrole r --verb=get --resource=pods",
        "clusterrolebinding r --clusterrole=r --user=alice",
        "deployment d --image=nginx --port=80 --replicas=2",
        "service clusterip d --tcp=80",
        "job j --image=busybox -- true",
        "cronjob j --image=busybox --schedule=@daily",
        "priorityclass p --value=5",
        "poddisruptionbudget p --selector=app=d --min-available=1",
    ):
        await every_kubectl.ok("create", *words.split())
    made = json.loads(await every_kubectl.ok("get", "deploy/d", "-o", "json"))["spec"]
    assert made["replicas"] == 2
    assert made["template"]["spec"]["containers"][0]["ports"][0]["containerPort"] == 80

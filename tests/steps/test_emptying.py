"""Taking things out of a cluster that would outlive it."""

from app.domain.plan import StepName
from app.kube.client import Json, KubeClient
from app.kube.errors import KubeRefused
from app.steps.emptying import Emptying
from tests.steps.carrying_out import Bench


class LingeringCluster(KubeClient):
    """What is deleted here stays for a few more looks, as what a finalizer holds does."""

    def __init__(self, looks: int) -> None:
        self.deleted: list[str] = []
        self.looks = looks

    async def get(self, path: str, *, accept: str = "application/json", **query: str) -> Json:
        if not self.looks:
            raise KubeRefused("not found", status=404)
        self.looks -= 1
        return {"metadata": {"name": path.rpartition("/")[2]}}

    async def delete(self, path: str, *, uid: str = "") -> Json:
        self.deleted.append(path)
        return {}


async def test_what_a_finalizer_holds_is_waited_for(bench: Bench) -> None:
    """Trap: deleted with its cluster, an Ingress leaves the load balancer that it still has."""
    context = bench.context(await bench.deployment(), StepName.CREATE_CLUSTER)
    cluster = LingeringCluster(looks=3)
    await Emptying(context, cluster).named(["/apis/x/v1/ingresses/held"], limit=600)
    assert cluster.deleted == ["/apis/x/v1/ingresses/held"]
    assert cluster.looks == 0

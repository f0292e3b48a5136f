"""The Kubeflow in a cluster, as read from its objects."""

from base64 import b64decode
from dataclasses import dataclass
from typing import Any

import yaml

from app.simulator.controllers.client import ApiError, KubernetesClient
from app.simulator.controllers.kinds import (
    CONFIG_MAP,
    DEPLOYMENT,
    PROFILE,
    SECRET,
    Kind,
)
from app.simulator.controllers.objects import Object, holds


@dataclass(frozen=True, slots=True)
class Component:
    """One part of Kubeflow with a page of its own; installed if its first Deployment is there.

    `slug` is the path that Kubeflow itself gives the page; for Training it has none.
    """

    slug: str
    title: str
    deployments: tuple[str, ...]
    kind: Kind
    cluster_wide: Kind | None = None
    cluster_wide_title: str = ""


COMPONENTS = (
    Component(
        "jupyter",
        "Notebooks",
        ("jupyter-web-app-deployment", "notebook-controller-deployment"),
        Kind("kubeflow.org", "v1", "notebooks", "Notebook"),
    ),
    Component(
        "training",
        "Training",
        ("kubeflow-trainer-controller-manager", "jobset-controller-manager"),
        Kind("trainer.kubeflow.org", "v1alpha1", "trainjobs", "TrainJob"),
        Kind("trainer.kubeflow.org", "v1alpha1", "clustertrainingruntimes", "", namespaced=False),
        "Training runtimes",
    ),
    Component(
        "katib",
        "Katib experiments",
        ("katib-controller", "katib-ui", "katib-db-manager", "katib-mysql"),
        Kind("kubeflow.org", "v1beta1", "experiments", "Experiment"),
    ),
    Component(
        "pipeline",
        "Pipelines",
        ("ml-pipeline", "ml-pipeline-ui", "workflow-controller", "cache-server", "mysql"),
        Kind("argoproj.io", "v1alpha1", "workflows", "Run"),
    ),
    Component(
        "kserve-endpoints",
        "KServe endpoints",
        ("kserve-controller-manager", "kserve-models-web-app"),
        Kind("serving.kserve.io", "v1beta1", "inferenceservices", "InferenceService"),
        Kind("serving.kserve.io", "v1alpha1", "clusterservingruntimes", "", namespaced=False),
        "Serving runtimes",
    ),
    Component(
        "volumes",
        "Volumes",
        ("volumes-web-app-deployment", "pvcviewer-controller-manager"),
        Kind("", "v1", "persistentvolumeclaims", "Volume"),
    ),
    Component(
        "tensorboards",
        "TensorBoards",
        ("tensorboards-web-app-deployment", "tensorboard-controller-deployment"),
        Kind("tensorboard.kubeflow.org", "v1alpha1", "tensorboards", "TensorBoard"),
    ),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A Deployment of a component."""

    name: str
    version: str
    ready: int
    wanted: int

    @property
    def is_ready(self) -> bool:
        """Whether all its replicas are ready."""
        return self.ready >= self.wanted


@dataclass(frozen=True, slots=True)
class Installed:
    """A component that is in the cluster, with its Deployments."""

    component: Component
    parts: list[Part]

    @property
    def is_ready(self) -> bool:
        """Whether all its Deployments are ready."""
        return all(part.is_ready for part in self.parts)


@dataclass(frozen=True)
class Kubeflow:
    """Questions to one cluster, each answered from its API."""

    client: KubernetesClient

    async def deployments(self) -> dict[str, Object]:
        """All Deployments by name."""
        return {each["metadata"]["name"]: each for each in await self.list(DEPLOYMENT)}

    async def namespaces_of(self, email: str) -> list[str]:
        """The namespaces of the Profiles that this user owns, once they are made."""
        return sorted(
            profile["metadata"]["name"]
            for profile in await self.list(PROFILE)
            if _owner(profile) == email and holds(profile, "Successful")
        )

    async def secret(self, namespace: str, name: str) -> dict[str, str]:
        """A Secret's values as text, empty if there is none."""
        found = await self._get(SECRET, namespace, name)
        data = (found or {}).get("data") or {}
        return {key: b64decode(value).decode() for key, value in data.items()}

    async def secrets(self, namespace: str, prefix: str) -> list[str]:
        """The names of the namespace's Secrets that begin so."""
        names = [each["metadata"]["name"] for each in await self.list(SECRET, namespace)]
        return [name for name in names if name.startswith(prefix)]

    async def config(self, namespace: str, name: str, key: str) -> dict[str, Any]:
        """A YAML document in a ConfigMap, empty if there is none."""
        found = await self._get(CONFIG_MAP, namespace, name)
        text = ((found or {}).get("data") or {}).get(key, "")
        value = yaml.safe_load(text)
        return value if isinstance(value, dict) else {}

    async def list(self, kind: Kind, namespace: str = "") -> list[Object]:
        """All objects of a kind, none if the cluster does not know it."""
        try:
            return (await self.client.list(kind, namespace)).items
        except ApiError as error:
            if error.status != 404:
                raise
            return []

    async def _get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        try:
            return await self.client.get(kind, namespace, name)
        except ApiError as error:
            if error.status != 404:
                raise
            return None


def installed_components(deployments: dict[str, Object]) -> list[Installed]:
    """Those whose first Deployment is there."""
    return [
        Installed(
            each, [_part(deployments[name]) for name in each.deployments if name in deployments]
        )
        for each in COMPONENTS
        if each.deployments[0] in deployments
    ]


def is_available(deployments: dict[str, Object], name: str) -> bool:
    """Whether a Deployment serves."""
    return name in deployments and holds(deployments[name], "Available")


def _part(deployment: Object) -> Part:
    image = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    return Part(
        deployment["metadata"]["name"],
        tag or "by digest",
        int((deployment.get("status") or {}).get("readyReplicas") or 0),
        int(deployment["spec"].get("replicas", 1)),
    )


def _owner(profile: Object) -> str:
    return str(profile["spec"]["owner"]["name"])

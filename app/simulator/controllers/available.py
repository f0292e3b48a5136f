"""Controllers that live in the cluster: they act only while their Deployment is available."""

from collections.abc import Iterable

from app.simulator.controllers.controller import Controller
from app.simulator.controllers.informer import Informer
from app.simulator.controllers.kinds import DEPLOYMENT
from app.simulator.controllers.objects import Key, Object, holds, key_of


def deployment_named(deployments: Informer, name: str) -> Object | None:
    """The Deployment of that name, in whichever namespace."""
    found = (each for each in deployments if each["metadata"]["name"] == name)
    return next(found, None)


def follow_deployment(controller: Controller, name: str, objects: Informer) -> Informer:
    """Look at all `objects` anew when the Deployment `name` becomes available or ceases to be."""

    def keys(_: Object) -> Iterable[Key]:
        return map(key_of, objects)

    def turned(deployment: Object, former: Object | None) -> bool:
        if deployment["metadata"]["name"] != name:
            return False
        gone = former is deployment
        before = former is not None and holds(former, "Available")
        return gone or before != holds(deployment, "Available")

    return controller.watch(DEPLOYMENT, keys, turned)


def is_available(deployments: Informer, name: str) -> bool:
    """Whether the Deployment `name` exists and has its least replicas."""
    deployment = deployment_named(deployments, name)
    return deployment is not None and holds(deployment, "Available")

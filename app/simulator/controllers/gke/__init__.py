"""What Google adds to a cluster: kinds, storage classes, disks, load balancers, certificates."""

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.gke.disks import DiskController
from app.simulator.controllers.gke.ingresses import IngressController
from app.simulator.controllers.gke.managedcertificates import ManagedCertificateController
from app.simulator.controllers.gke.presets import PresetController


def gke_controllers(context: Context) -> list[Controller]:
    """All of them."""
    return [
        PresetController(context),
        IngressController(context),
        ManagedCertificateController(context),
        DiskController(context),
    ]

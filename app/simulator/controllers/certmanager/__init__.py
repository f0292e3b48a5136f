"""cert-manager, while its Deployments in the cluster are available."""

from app.simulator.controllers.certmanager.certificates import (
    CertificateController,
    ClusterIssuerController,
    IssuerController,
)
from app.simulator.controllers.certmanager.injection import injectors
from app.simulator.controllers.controller import Context, Controller


def certificate_controllers(context: Context) -> list[Controller]:
    """Issuers, certificates and the injection of authorities."""
    return [
        IssuerController(context),
        ClusterIssuerController(context),
        CertificateController(context),
        *injectors(context),
    ]

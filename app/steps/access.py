"""Who gets through to Kubeflow: Identity-Aware Proxy's list, and what the mesh takes for proof."""

from dataclasses import dataclass

from app.domain.names import INGRESS_NAMESPACE
from app.google import links
from app.google.readings import Backend
from app.kube.client import KubeClient
from app.kube.errors import KubeRefused
from app.steps import endpoint_objects as objects
from app.steps.applying import apply_in_order
from app.steps.context import StepContext
from app.steps.ours import cloud_of
from app.steps.written import written_down
from app.text import N_

BACKEND_SERVICE = N_("backend service")
IAP_ACCESS = N_("IAP access")
AUTHENTICATIONS = (
    f"/apis/security.istio.io/v1beta1/namespaces/{INGRESS_NAMESPACE}/requestauthentications"
)


@dataclass
class Access:
    """Keeps the owner's access, and the audience of IAP's assertions, true to a backend service.

    GKE makes a backend service anew now and then, with another id: after that the mesh would
    refuse whatever IAP sends.
    """

    context: StepContext
    client: KubeClient
    _kept: str = ""
    _number: str = ""

    async def follow(self, backend: Backend | None) -> bool:
        """Make both true where the mesh does not know this backend service; whether it did not.

        The mesh is told last: what it takes for proof has been given access before.
        """
        if backend is None or backend.id == self._kept:
            return False
        if any(each.endswith(f"/{backend.id}") for each in await self._audiences()):
            self._kept = backend.id
            return False
        return await self.keep(backend)

    async def keep(self, backend: Backend | None) -> bool:
        """Make both true for this backend service; whether anything had to be changed."""
        if backend is None or backend.id == self._kept:
            return False
        number = await self._project_number()
        member = f"user:{self.context.owner_email}"
        let_in = await cloud_of(self.context).iap.let_in(number, backend.name, member)
        await self._write_down(backend)
        told = await self._tell_mesh(number, backend)
        self._kept = backend.id
        return let_in or told

    async def _tell_mesh(self, number: str, backend: Backend) -> bool:
        audience = objects.iap_audience(number, backend.id)
        if audience in await self._audiences():
            return False
        wanted = objects.iap_authentication(number, backend.id)
        await apply_in_order(self.context, self.client, [wanted])
        text = N_("Assertions of IAP are taken for backend service %(id)s now.")
        await self.context.say(text, id=backend.id)
        return True

    async def _audiences(self) -> list[str]:
        path = f"{AUTHENTICATIONS}/{objects.IAP_AUTHENTICATION}"
        try:
            found = await self.client.get(path)
        except KubeRefused as error:
            if error.status == 404:
                return []
            raise
        return [str(a) for rule in found["spec"]["jwtRules"] for a in rule.get("audiences", [])]

    async def _project_number(self) -> str:
        if not self._number:
            project = await cloud_of(self.context).projects.get(self.context.spec.project)
            self._number = project.number
        return self._number

    async def _write_down(self, backend: Backend) -> None:
        context, project = self.context, self.context.spec.project
        link = links.iap(project)
        await context.made(IAP_ACCESS, context.owner_email, detail=backend.name, link=link)


async def remove_iap_access(context: StepContext) -> None:
    """The owner passes IAP no more; whoever else was let in goes with the backend service."""
    backends = await written_down(context, {BACKEND_SERVICE})
    if backends:
        cloud = cloud_of(context)
        number = (await cloud.projects.get(context.spec.project)).number
        for backend in backends:
            await cloud.iap.keep_out(number, backend.name, f"user:{context.owner_email}")
    await context.removed(IAP_ACCESS, context.owner_email)

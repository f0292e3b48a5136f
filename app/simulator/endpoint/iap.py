"""Identity-Aware Proxy, and the mesh's check of the token that it adds."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from app.simulator.controllers.gke.health import BACKENDS
from app.simulator.controllers.kinds import REQUEST_AUTHENTICATION
from app.simulator.controllers.objects import Object, annotations, key_of
from app.simulator.endpoint.frontend import Route
from app.simulator.endpoint.gates import Visitor, local_path, origin_of
from app.simulator.endpoint.kubeflow import Kubeflow
from app.simulator.endpoint.rendering import error_page
from app.simulator.endpoint.sessions import Signer
from app.simulator.world import World

COOKIE = "GCP_IAP_AUTH_TOKEN"
AUTHENTICATE = "/_gcp_gatekeeper/authenticate"
CLEAR = "/_gcp_iap/clear_login_cookie"
_GENERATED = {"x-goog-iap-generated-response": "true"}
_NO_CLIENT = "Empty Google Account OAuth client ID(s)/secret(s)."
_ISSUER = "https://cloud.google.com/iap"


@dataclass(frozen=True, slots=True)
class IapGate:
    """`config` is the BackendConfig that turned IAP on."""

    world: World
    config: Object

    async def admit(self, request: Request, route: Route, kubeflow: Kubeflow) -> Visitor | Response:
        """Sign-in with Google, then access, then the mesh."""
        if not await self._client_id(route, kubeflow):
            return PlainTextResponse(_NO_CLIENT, 502, _GENERATED)
        signer = Signer(route.access.token, f"iap:{route.host}")
        if request.url.path == CLEAR:
            return _signed_out()
        if request.url.path == AUTHENTICATE:
            return await self._authenticate(request, signer, route, kubeflow)
        session = signer.read(request.cookies.get(COOKIE, ""))
        if session is None or "email" not in session:
            return await self._to_sign_in(request, signer, route, kubeflow)
        return await self._authorize(str(session["email"]), route, kubeflow)

    async def _to_sign_in(
        self, request: Request, signer: Signer, route: Route, kubeflow: Kubeflow
    ) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        state = signer.sign({"path": local_path(request.url.path + query)})
        client = await self._client_id(route, kubeflow)
        redirect = origin_of(request) + AUTHENTICATE
        url = self.world.authorize_url(client, redirect, state)
        return RedirectResponse(url, 302, headers=_GENERATED)

    async def _authenticate(
        self, request: Request, signer: Signer, route: Route, kubeflow: Kubeflow
    ) -> Response:
        state = signer.read(request.query_params.get("state", ""))
        client = await self._client_id(route, kubeflow)
        redirect, code = origin_of(request) + AUTHENTICATE, request.query_params.get("code", "")
        email = self.world.account_of_code(code, client, redirect) if state else None
        if state is None or email is None:
            return error_page(401, "Invalid IAP credentials", "The sign-in did not succeed.")
        answer = RedirectResponse(local_path(state["path"]), 302, headers=_GENERATED)
        answer.set_cookie(COOKIE, signer.sign({"email": email}), httponly=True, samesite="lax")
        return answer

    async def _authorize(self, email: str, route: Route, kubeflow: Kubeflow) -> Visitor | Response:
        project = route.access.facts.project
        if not self.world.may_pass_iap(project, _backend(route), email):
            told = f"{email} does not hold roles/iap.httpsResourceAccessor in {project}."
            return error_page(403, "You don't have access", told, _GENERATED)
        refusal = await self._mesh_refusal(route, kubeflow)
        return PlainTextResponse(refusal, 403) if refusal else Visitor(email, CLEAR)

    async def _mesh_refusal(self, route: Route, kubeflow: Kubeflow) -> str | None:
        """Istio takes only tokens that were made for this very backend service."""
        policies = await kubeflow.list(REQUEST_AUTHENTICATION, "istio-system")
        rules = [rule for each in policies for rule in each["spec"].get("jwtRules") or []]
        accepted = [rule for rule in rules if rule.get("issuer") == _ISSUER]
        if not accepted:
            return "RBAC: access denied"
        audiences = [audience for rule in accepted for audience in rule.get("audiences") or []]
        known = self._audience(route) in audiences or not audiences
        return None if known else "Audiences in Jwt are not allowed"

    def _audience(self, route: Route) -> str:
        facts = route.access.facts
        number = self.world.put_backend_service(facts.project, _backend(route), True)
        return f"/projects/{facts.project_number}/global/backendServices/{number}"

    async def _client_id(self, route: Route, kubeflow: Kubeflow) -> str:
        """The OAuth client of the Secret that the BackendConfig names, or Google's own.

        Google's own is for an organisation's people only: without one there is none.
        """
        credentials = self.config["spec"]["iap"].get("oauthclientCredentials") or {}
        if "secretName" not in credentials:
            if not self.world.has_organization(route.access.facts.project):
                return ""
            return f"{route.access.facts.project_number}-iap.apps.googleusercontent.com"
        namespace = key_of(self.config)[0]
        secret = await kubeflow.secret(namespace, credentials["secretName"])
        return secret.get("client_id", "")


def _backend(route: Route) -> str:
    """The name of the backend service behind the Ingress."""
    return annotations(route.ingress)[BACKENDS].split('"')[1]


def _signed_out() -> Response:
    answer = error_page(200, "Signed out", "Your session with Identity-Aware Proxy has ended.")
    answer.delete_cookie(COOKIE)
    return answer

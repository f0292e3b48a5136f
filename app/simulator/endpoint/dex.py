"""Sign-in with a password: oauth2-proxy before, dex behind."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

import bcrypt
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from app.simulator.endpoint.frontend import Route
from app.simulator.endpoint.gates import Visitor, local_path
from app.simulator.endpoint.kubeflow import Kubeflow, is_available
from app.simulator.endpoint.rendering import error_page, page
from app.simulator.endpoint.sessions import Signer

COOKIE = "oauth2_proxy_kubeflow"
START, CALLBACK, SIGN_OUT = "/oauth2/start", "/oauth2/callback", "/oauth2/sign_out"
LOGIN = "/dex/auth"
_NO_UPSTREAM = "no healthy upstream"
_SHORTLY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class PasswordGate:
    """The release's own login: one user, known to dex by a bcrypt hash."""

    async def admit(self, request: Request, route: Route, kubeflow: Kubeflow) -> Visitor | Response:
        """The pages of both, and the session cookie of the first."""
        signer = Signer(route.access.token, f"dex:{route.host}")
        session = signer.read(request.cookies.get(COOKIE, ""))
        if session is not None and "email" in session and request.url.path != SIGN_OUT:
            return Visitor(str(session["email"]), SIGN_OUT)
        deployments = await kubeflow.deployments()
        if not is_available(deployments, "oauth2-proxy"):
            return PlainTextResponse(_NO_UPSTREAM, 503)
        if request.url.path == LOGIN and not is_available(deployments, "dex"):
            return PlainTextResponse(_NO_UPSTREAM, 503)
        return await self._answer(request, signer, kubeflow)

    async def _answer(self, request: Request, signer: Signer, kubeflow: Kubeflow) -> Response:
        match request.url.path:
            case path if path == SIGN_OUT:
                return _signed_out(request)
            case path if path == START:
                return await _to_dex(request, kubeflow)
            case path if path == CALLBACK:
                return _back_from_dex(request, signer)
            case path if path == LOGIN:
                return await _login(request, signer, kubeflow)
            case path if path.startswith(("/api/", "/apis/")):
                return PlainTextResponse("Unauthorized", 401)
        query = f"?{request.url.query}" if request.url.query else ""
        wanted = urlencode({"rd": local_path(request.url.path + query)})
        return RedirectResponse(f"{START}?{wanted}", 302)


async def _to_dex(request: Request, kubeflow: Kubeflow) -> Response:
    parameters = {
        "client_id": await _proxy_client(kubeflow),
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "profile email groups openid",
        "state": local_path(request.query_params.get("rd")),
    }
    return RedirectResponse(f"{LOGIN}?{urlencode(parameters)}", 302)


async def _login(request: Request, signer: Signer, kubeflow: Kubeflow) -> Response:
    client = (await kubeflow.secret("auth", "dex-oidc-client")).get("OIDC_CLIENT_ID")
    if request.query_params.get("client_id") != client:
        return error_page(400, "Bad Request", "Invalid client_id.")
    if request.method != "POST":
        return page("login.html", typed="", wrong=False)
    form = await request.form()
    login, password = str(form.get("login", "")), str(form.get("password", ""))
    email = await _email_for(login, password, kubeflow)
    if email is None:
        return page("login.html", 401, typed=login, wrong=True)
    code = signer.sign({"code_for": email}, _SHORTLY)
    back = {"code": code, "state": request.query_params.get("state", "/")}
    return RedirectResponse(f"{CALLBACK}?{urlencode(back)}", 303)


async def _email_for(login: str, password: str, kubeflow: Kubeflow) -> str | None:
    """The user whose email or name, and password, these are; hashing takes its time elsewhere."""
    config = await kubeflow.config("auth", "dex", "config.yaml")
    hashes = await kubeflow.secret("auth", "dex-passwords")
    for user in config.get("staticPasswords") or []:
        known = {str(user.get("email", "")).lower(), str(user.get("username", "")).lower()}
        hash_ = user.get("hash") or hashes.get(user.get("hashFromEnv", ""), "")
        is_meant = login.strip().lower() in known
        if is_meant and hash_ and await asyncio.to_thread(_fits, password, hash_):
            return str(user["email"])
    return None


def _fits(password: str, hash_: str) -> bool:
    try:
        return bcrypt.checkpw(password.encode()[:72], hash_.encode())
    except ValueError:
        return False


async def _proxy_client(kubeflow: Kubeflow) -> str:
    """The client id that oauth2-proxy uses; it must be dex's."""
    for name in await kubeflow.secrets("oauth2-proxy", "oauth2-proxy"):
        client = (await kubeflow.secret("oauth2-proxy", name)).get("client-id")
        if client:
            return client
    return ""


def _back_from_dex(request: Request, signer: Signer) -> Response:
    granted = signer.read(request.query_params.get("code", ""))
    if granted is None or "code_for" not in granted:
        return error_page(403, "Forbidden", "The sign-in did not succeed.")
    answer = RedirectResponse(local_path(request.query_params.get("state")), 302)
    session = signer.sign({"email": granted["code_for"]})
    answer.set_cookie(COOKIE, session, httponly=True, samesite="lax")
    return answer


def _signed_out(request: Request) -> Response:
    answer = RedirectResponse(local_path(request.query_params.get("rd")), 302)
    answer.delete_cookie(COOKIE)
    return answer

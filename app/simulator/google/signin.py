"""The simulated Google's sign-in pages: choose an account, agree, go back."""

from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.simulator.google import accounts, oauth_requests
from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import Json
from app.simulator.google.oauth_requests import BadRequest

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "pages"),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
)
_WHAT_SCOPES_ALLOW = {
    "https://www.googleapis.com/auth/cloud-platform": (
        "See, edit, configure, and delete your Google Cloud data and see the email address for "
        "your Google Account."
    ),
    "https://www.googleapis.com/auth/cloud-platform.read-only": (
        "View your data across Google Cloud services and see the email address of your Google "
        "Account."
    ),
}
_IDENTITY_TEXT = {
    "openid": "Associate you with your personal info on Google",
    "https://www.googleapis.com/auth/userinfo.email": "See your Google Account email address",
    "https://www.googleapis.com/auth/userinfo.profile": "See your name, as you made it public",
}


class SignIn:
    """The pages; each POST answers with a redirect."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def authorize(self, request: Request) -> Response:
        """Where clients send the browser: the account chooser, or further with `login_hint`."""
        query = dict(request.query_params)
        try:
            client, redirect_uri = query.get("client_id", ""), query.get("redirect_uri", "")
            oauth_requests.check_client(self._cloud, client, redirect_uri)
            request_id = oauth_requests.begin(self._cloud, query)
        except BadRequest as error:
            return _error(error)
        hinted = accounts.find(self._cloud, query.get("login_hint", ""))
        if hinted:
            return self._signed_in(request_id, hinted["email"])
        return _redirect(f"/accounts/signin/{request_id}")

    async def choose(self, request: Request) -> Response:
        """The account chooser, and its answer."""
        request_id = request.path_params["request"]
        try:
            pending = oauth_requests.pending(self._cloud, request_id)
        except BadRequest as error:
            return _error(error)
        if request.method == "GET":
            return self._chooser(request_id, pending)
        form = await request.form()
        typed = str(form.get("email", ""))
        account = accounts.find_or_add(self._cloud, typed)
        if account is None:
            return self._chooser(request_id, pending, typed)
        return self._signed_in(request_id, account["email"])

    async def consent(self, request: Request) -> Response:
        """The consent page, and its answer."""
        request_id = request.path_params["request"]
        try:
            pending = oauth_requests.pending(self._cloud, request_id)
            if not pending["email"]:
                return _redirect(f"/accounts/signin/{request_id}")
            if request.method == "GET":
                return self._consent_page(request_id, pending)
            form = await request.form()
            ticked = [scope for scope in form.getlist("scope") if isinstance(scope, str)]
            return _redirect(self._decided(request_id, str(form.get("decision")), ticked))
        except BadRequest as error:
            return _error(error)

    def _signed_in(self, request_id: str, email: str) -> Response:
        with self._cloud.state.change():
            pending = oauth_requests.choose_account(self._cloud, request_id, email)
            if oauth_requests.needs_consent(self._cloud, pending):
                return _redirect(f"/accounts/signin/{request_id}/consent")
            return _redirect(oauth_requests.approve(self._cloud, request_id, pending["scopes"]))

    def _decided(self, request_id: str, decision: str, ticked: list[str]) -> str:
        with self._cloud.state.change():
            if decision == "continue":
                return oauth_requests.approve(self._cloud, request_id, ticked)
            return oauth_requests.refuse(self._cloud, request_id)

    def _chooser(self, request_id: str, pending: Json, wrong: str = "") -> Response:
        page = _PAGES.get_template("chooser.html").render(
            request_id=request_id,
            app_name=self._app_name(pending),
            accounts=accounts.everyone(self._cloud),
            wrong=wrong,
        )
        return _page(page, pending, 422 if wrong else 200)

    def _consent_page(self, request_id: str, pending: Json) -> Response:
        account = accounts.find(self._cloud, pending["email"])
        wanted = [s for s in pending["scopes"] if s not in oauth_requests.IDENTITY]
        identity = [_IDENTITY_TEXT[s] for s in pending["scopes"] if s in _IDENTITY_TEXT]
        page = _PAGES.get_template("consent.html").render(
            request_id=request_id,
            app_name=self._app_name(pending),
            account=account,
            identity=identity,
            scopes=[(scope, _WHAT_SCOPES_ALLOW.get(scope, scope)) for scope in wanted],
        )
        return _page(page, pending)

    def _app_name(self, pending: Json) -> str:
        client = oauth_requests.registered(self._cloud, pending["client"])
        return client.name if client else urlsplit(pending["redirect_uri"]).hostname or ""


def _redirect(url: str) -> Response:
    return RedirectResponse(url, 303, headers={"cache-control": "no-store"})


def _error(error: BadRequest) -> Response:
    page = _PAGES.get_template("error.html").render(error=error)
    return HTMLResponse(page, error.status, headers=_headers("'self'"))


def _page(page: str, pending: Json, status: int = 200) -> Response:
    parts = urlsplit(pending["redirect_uri"])
    return HTMLResponse(page, status, headers=_headers(f"'self' {parts.scheme}://{parts.netloc}"))


def _headers(form_action: str) -> dict[str, str]:
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action {form_action}"
    )
    return {
        "content-security-policy": policy,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }

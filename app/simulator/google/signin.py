"""The simulated Google's sign-in pages: choose an account, agree, go back."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.simulator.google import accounts, oauth_requests
from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import Json
from app.simulator.google.oauth_requests import BadRequest
from app.simulator.google.pages import page

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
            return self._error(error)
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
            return self._error(error)
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
            return self._error(error)

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
        return page(
            "chooser.html",
            422 if wrong else 200,
            _origin(pending),
            speed=self._cloud.clock.speed,
            request_id=request_id,
            app_name=self._app_name(pending),
            accounts=accounts.everyone(self._cloud),
            wrong=wrong,
        )

    def _consent_page(self, request_id: str, pending: Json) -> Response:
        wanted = [s for s in pending["scopes"] if s not in oauth_requests.IDENTITY]
        return page(
            "consent.html",
            200,
            _origin(pending),
            speed=self._cloud.clock.speed,
            request_id=request_id,
            app_name=self._app_name(pending),
            account=accounts.find(self._cloud, pending["email"]),
            identity=[_IDENTITY_TEXT[s] for s in pending["scopes"] if s in _IDENTITY_TEXT],
            scopes=[(scope, _WHAT_SCOPES_ALLOW.get(scope, scope)) for scope in wanted],
        )

    def _error(self, error: BadRequest) -> Response:
        speed = self._cloud.clock.speed
        return page("error.html", error.status, error=error, speed=speed)

    def _app_name(self, pending: Json) -> str:
        client = oauth_requests.registered(self._cloud, pending["client"])
        return client.name if client else urlsplit(pending["redirect_uri"]).hostname or ""


def _redirect(url: str) -> Response:
    return RedirectResponse(url, 303, headers={"cache-control": "no-store"})


def _origin(pending: Json) -> str:
    parts = urlsplit(pending["redirect_uri"])
    return f"{parts.scheme}://{parts.netloc}"

"""OAuth 2 and OpenID Connect for programs: token, revoke, keys, userinfo."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.simulator.google import accounts, assertions, oauth_requests, tokens
from app.simulator.google.cloud import Cloud, parse
from app.simulator.google.errors import Json, bad_credentials

Endpoint = Callable[[Request], Awaitable[Response]]
_EMAIL, _PROFILE = oauth_requests.IDENTITY[1:]


class OAuth:
    """The endpoints below `/accounts` that answer JSON."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._signer = tokens.Signer(cloud)

    async def configuration(self, request: Request) -> Response:
        """OpenID Connect's discovery document; the issuer is Google's own name."""
        base = f"{self._cloud.base_url}/accounts"
        return _json(
            {
                "issuer": tokens.ISSUER,
                "authorization_endpoint": f"{base}/o/oauth2/v2/auth",
                "token_endpoint": f"{base}/token",
                "userinfo_endpoint": f"{base}/v1/userinfo",
                "revocation_endpoint": f"{base}/revoke",
                "jwks_uri": f"{base}/oauth2/v3/certs",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "client_secret_basic",
                ],
                "code_challenge_methods_supported": ["plain", "S256"],
                "grant_types_supported": [
                    "authorization_code",
                    "refresh_token",
                    assertions.GRANT_TYPE,
                ],
            }
        )

    async def keys(self, request: Request) -> Response:
        """The keys that verify ID tokens."""
        response = _json(self._signer.jwks())
        response.headers["cache-control"] = "public, max-age=3600"
        return response

    async def token(self, request: Request) -> Response:
        """Codes and refresh tokens for access tokens."""
        form = await _form(request)
        if form.get("grant_type") == assertions.GRANT_TYPE:
            return self._redeem_assertion(form.get("assertion", ""))
        client_id, secret = _credentials(request, form)
        client = oauth_requests.registered(self._cloud, client_id)
        if client is None:
            return _refused("invalid_client", "The OAuth client was not found.", 401)
        if secret != client.secret:
            return _refused("invalid_client", "Unauthorized", 401)
        with self._cloud.state.change():
            if form.get("grant_type") == "authorization_code":
                return self._redeem_code(form, client_id)
            if form.get("grant_type") == "refresh_token":
                return self._refresh(form, client_id)
        kind = form.get("grant_type", "")
        return _refused("unsupported_grant_type", f"Invalid grant_type: {kind}")

    async def revoke(self, request: Request) -> Response:
        """End a token's grant; the token comes as form, JSON or query."""
        token = (await _form(request)).get("token") or request.query_params.get("token", "")
        with self._cloud.state.change():
            known = tokens.revoke(self._cloud, token)
        if known:
            return _json({})
        return _refused("invalid_token", "Token expired or revoked")

    async def userinfo(self, request: Request) -> Response:
        """Who the access token belongs to."""
        token = request.headers.get("authorization", "").partition(" ")[2]
        grant = tokens.access(self._cloud, token)
        account = accounts.described(self._cloud, grant["email"]) if grant else None
        if grant is None or account is None:
            return _json(bad_credentials().body(), 401)
        subject = accounts.subject(self._cloud, account["email"])
        return _json({"sub": subject, **_claims(account, grant["scopes"])})

    async def tokeninfo(self, request: Request) -> Response:
        """What an access token is good for."""
        sent = {**request.query_params, **await _form(request)}
        grant = tokens.access(self._cloud, sent.get("access_token", ""))
        if grant is None:
            return _refused("invalid_token", "Invalid Value")
        left = (parse(grant["expires_at"]) - self._cloud.now()).total_seconds()
        info = {
            "azp": grant["client"],
            "aud": grant["client"],
            "sub": accounts.subject(self._cloud, grant["email"]),
            "scope": " ".join(grant["scopes"]),
            "exp": str(int(parse(grant["expires_at"]).timestamp())),
            "expires_in": str(int(left)),
            "access_type": "offline" if grant["refresh"] else "online",
        }
        if _EMAIL in grant["scopes"]:
            info |= {"email": grant["email"], "email_verified": "true"}
        return _json(info)

    def _redeem_code(self, form: dict[str, str], client: str) -> Response:
        granted = oauth_requests.redeem(
            self._cloud, form.get("code", ""), client, form.get("redirect_uri", "")
        )
        if granted is None:
            return _refused("invalid_grant", "Bad Request")
        verifier = form.get("code_verifier", "")
        if granted["challenge"] and not verifier:
            return _refused("invalid_grant", "Missing code verifier.")
        if not oauth_requests.verifies(granted, verifier):
            return _refused("invalid_grant", "Invalid code verifier.")
        email, scopes = granted["email"], granted["granted"]
        refresh = ""
        if granted["offline"] and granted["first"]:
            refresh = tokens.mint_refresh(self._cloud, email, scopes, client)
        return self._answer(email, scopes, client, refresh, granted["nonce"], bool(refresh))

    def _redeem_assertion(self, assertion: str) -> Response:
        """An access token, or an ID token where the assertion names an audience for one."""
        try:
            account, claims = assertions.redeem(self._cloud, assertion)
        except assertions.BadAssertion as bad:
            return _refused(bad.code, bad.description)
        email, audience = account["email"], claims.get("target_audience")
        if audience:
            named = {"email": email, "sub": account["uniqueId"]}
            told = {"email": email, "email_verified": True}
            signed = self._signer.id_token(self._cloud, named, str(audience), told)
            return _json({"id_token": signed})
        scopes = str(claims["scope"]).split()
        access = tokens.mint_access(self._cloud, email, scopes, account["uniqueId"])
        lasts = int(tokens.LIFETIME.total_seconds()) - 1
        return _json({"access_token": access, "expires_in": lasts, "token_type": "Bearer"})

    def _refresh(self, form: dict[str, str], client: str) -> Response:
        refresh = form.get("refresh_token", "")
        grant = self._cloud.state.get("refresh_tokens", refresh)
        if grant is None or grant["client"] != client:
            return _refused("invalid_grant", "Token has been expired or revoked.")
        return self._answer(grant["email"], grant["scopes"], client, refresh, None, False)

    def _answer(
        self,
        email: str,
        scopes: list[str],
        client: str,
        refresh: str,
        nonce: str | None,
        give_refresh: bool,
    ) -> Response:
        access = tokens.mint_access(self._cloud, email, scopes, client, refresh)
        account = accounts.find(self._cloud, email) or {"email": email, "name": email}
        answer: Json = {
            "access_token": access,
            "expires_in": int(tokens.LIFETIME.total_seconds()) - 1,
            "scope": " ".join(scopes),
            "token_type": "Bearer",
        }
        if give_refresh:
            answer["refresh_token"] = refresh
        if "openid" in scopes:
            claims = _claims(account, scopes) | ({"nonce": nonce} if nonce else {})
            answer["id_token"] = self._signer.id_token(self._cloud, account, client, claims)
        return _json(answer)


def _claims(account: Json, scopes: list[str]) -> Json:
    claims: Json = {}
    if _EMAIL in scopes:
        claims |= {"email": account["email"], "email_verified": True}
    if _PROFILE in scopes:
        given, _, family = account["name"].partition(" ")
        claims |= {"name": account["name"], "given_name": given}
        claims |= {"family_name": family} if family else {}
    return claims


async def _form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").startswith("application/json"):
        content = orjson.loads(await request.body() or b"{}")
        return {key: str(value) for key, value in content.items()}
    form = await request.form()
    return {key: value for key, value in form.items() if isinstance(value, str)}


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        name, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote(name), unquote(secret)


def _refused(error: str, description: str, status: int = 400) -> Response:
    return _json({"error": error, "error_description": description}, status)


def _json(content: Json, status: int = 200) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(
        orjson.dumps(content), status, headers, media_type="application/json; charset=utf-8"
    )

"""What a service account signs with its key: assertions for tokens, and tokens of its own.

Google's client libraries ask the token endpoint with an assertion (RFC 7523) where they were
given scopes, and most of them then leave that out and send an API what they have signed
themselves (AIP-4111).
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from app.simulator.google import account_keys
from app.simulator.google.cloud import CLOUD_PLATFORM, Cloud, stamp
from app.simulator.google.errors import Json

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_AUDIENCES = ("https://oauth2.googleapis.com/token", "https://www.googleapis.com/oauth2/v4/token")
_LONGEST = timedelta(hours=1)
_SLACK = timedelta(minutes=5)


class BadAssertion(Exception):
    """An assertion that Google does not take; `code` is OAuth's."""

    def __init__(self, description: str, code: str = "invalid_grant") -> None:
        super().__init__(description)
        self.code = code
        self.description = description


def redeem(cloud: Cloud, assertion: str) -> tuple[Json, Json]:
    """The account that signed an assertion for the token endpoint, and what it claims."""
    account, claims = _read(cloud, assertion)
    here = f"{cloud.base_url}/accounts/token"
    if claims.get("aud") not in (here, *_AUDIENCES):
        raise BadAssertion(f"Invalid JWT: Failed audience check. The right audience is {here}")
    if not claims.get("scope") and not claims.get("target_audience"):
        text = "Invalid OAuth scope or ID token audience provided."
        raise BadAssertion(text, "invalid_scope")
    return account, claims


def access(cloud: Cloud, token: str) -> Json | None:
    """What a token that a service account has signed itself stands for; None if it is none.

    With an audience in place of scopes it is good for everything at one API.
    """
    if token.count(".") != 2 or token.startswith("ya29."):
        return None
    try:
        account, claims = _read(cloud, token)
    except BadAssertion:
        return None
    scopes = str(claims.get("scope", "")).split()
    if not scopes and not claims.get("aud"):
        return None
    return {
        "email": account["email"],
        "scopes": scopes or [CLOUD_PLATFORM],
        "client": account["uniqueId"],
        "refresh": "",
        "expires_at": stamp(datetime.fromtimestamp(int(claims["exp"]), UTC)),
    }


def _read(cloud: Cloud, signed: str) -> tuple[Json, dict[str, Any]]:
    """The account behind a signature, and the claims; the times are as Google wants them."""
    email, key_id = _signer(signed)
    account = cloud.state.get("accounts", email)
    if account is None:
        raise BadAssertion("Invalid grant: account not found")
    if account.get("disabled"):
        raise BadAssertion("Invalid grant: account disabled")
    public = account_keys.public_key(cloud, account, key_id)
    try:
        claims: dict[str, Any] = jwt.decode(
            signed,
            public or "",
            algorithms=["RS256"],
            options={"verify_aud": False, "require": ["iss", "iat", "exp"]},
            leeway=_SLACK,
        )
    except jwt.InvalidSignatureError as error:
        raise BadAssertion("Invalid JWT Signature.") from error
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
        raise _untimely() from error
    except (jwt.PyJWTError, ValueError) as error:
        raise BadAssertion("Invalid JWT Signature.") from error
    if int(claims["exp"]) - int(claims["iat"]) > _LONGEST.total_seconds():
        raise _untimely()
    return account, claims


def _signer(signed: str) -> tuple[str, str]:
    try:
        header = jwt.get_unverified_header(signed)
        claims = jwt.decode(signed, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise BadAssertion("Bad Request") from error
    return str(claims.get("iss", "")), str(header.get("kid", ""))


def _untimely() -> BadAssertion:
    return BadAssertion(
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
        "timeframe. Check your iat and exp values in the JWT claim."
    )

"""Tokens and grants: what an account has allowed a client, and what stands for it.

Access tokens live an hour of real time; refresh tokens until they are revoked.
"""

import hashlib
import secrets
from datetime import timedelta

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.simulator.google import assertions
from app.simulator.google.cloud import Cloud, parse, stamp
from app.simulator.google.errors import Json

ISSUER = "https://accounts.google.com"
LIFETIME = timedelta(hours=1)


def access(cloud: Cloud, token: str) -> Json | None:
    """What a live access token stands for: email, scopes, client, expires_at; else None.

    Service accounts' own signatures count as well.
    """
    document = cloud.state.get("access_tokens", token) or assertions.access(cloud, token)
    if document is None or cloud.passed(document["expires_at"]):
        return None
    return document


def email_of(cloud: Cloud, token: str) -> str | None:
    """The account behind a live access token."""
    document = access(cloud, token)
    return None if document is None else str(document["email"])


def mint_access(
    cloud: Cloud, email: str, scopes: list[str], client: str = "", refresh: str = ""
) -> str:
    """A new access token."""
    token = "ya29.a0" + secrets.token_urlsafe(60)
    document = {
        "email": email,
        "scopes": scopes,
        "client": client,
        "refresh": refresh,
        "expires_at": stamp(cloud.now() + LIFETIME),
    }
    cloud.state.put("access_tokens", token, document)
    return token


def mint_refresh(cloud: Cloud, email: str, scopes: list[str], client: str) -> str:
    """A new refresh token."""
    token = "1//0" + secrets.token_urlsafe(48)
    document = {"email": email, "scopes": scopes, "client": client}
    cloud.state.put("refresh_tokens", token, document)
    return token


def revoke(cloud: Cloud, token: str) -> bool:
    """End a token and all of the grant it comes from; False if nobody knows it."""
    if cloud.state.get("refresh_tokens", token):
        _end_grant(cloud, token)
        return True
    document = access(cloud, token)
    if document is None:
        return False
    cloud.state.delete("access_tokens", token)
    if document["refresh"]:
        _end_grant(cloud, document["refresh"])
    return True


def revoke_account(cloud: Cloud, email: str) -> int:
    """End every grant of an account, as it can do on its own account page; how many there were."""
    grants = [key for key, doc in cloud.state.items("refresh_tokens") if doc["email"] == email]
    for token in grants:
        _end_grant(cloud, token)
    return len(grants)


def subject(email: str) -> str:
    """The account's unchanging id: 21 digits."""
    return "1" + str(int(hashlib.sha256(email.encode()).hexdigest(), 16))[:20]


class Signer:
    """Signs ID tokens with RS256; the key lives in the state."""

    def __init__(self, cloud: Cloud) -> None:
        self._key = _load_or_make_key(cloud)
        public = self._key.public_key()
        self.key_id = hashlib.sha1(_der(public)).hexdigest()

    def jwks(self) -> Json:
        """The public key as a JSON Web Key Set."""
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": self.key_id, "alg": "RS256", "use": "sig"}]}

    def id_token(self, cloud: Cloud, account: Json, client: str, claims: Json) -> str:
        """An ID token for `account` (email, name), with the further `claims`."""
        now = int(cloud.now().timestamp())
        standard = {
            "iss": ISSUER,
            "azp": client,
            "aud": client,
            "sub": account.get("sub") or subject(account["email"]),
            "iat": now,
            "exp": now + int(LIFETIME.total_seconds()),
        }
        headers = {"kid": self.key_id}
        return jwt.encode({**standard, **claims}, self._key, algorithm="RS256", headers=headers)


def _end_grant(cloud: Cloud, refresh: str) -> None:
    """With what was agreed to: the next sign-in asks again, and gives a new refresh token."""
    grant = cloud.state.get("refresh_tokens", refresh)
    if grant is not None:
        cloud.state.delete("consents", f"{grant['email']} {grant['client']}")
    cloud.state.delete("refresh_tokens", refresh)
    for token, document in cloud.state.items("access_tokens"):
        if document["refresh"] == refresh:
            cloud.state.delete("access_tokens", token)


def sweep(cloud: Cloud) -> None:
    """Forget access tokens that expired."""
    with cloud.state.change():
        for token, document in cloud.state.items("access_tokens"):
            if parse(document["expires_at"]) <= cloud.now():
                cloud.state.delete("access_tokens", token)


def _load_or_make_key(cloud: Cloud) -> rsa.RSAPrivateKey:
    stored = cloud.state.get("settings", "signing-key")
    if stored:
        loaded = serialization.load_pem_private_key(stored["pem"].encode(), None)
        assert isinstance(loaded, rsa.RSAPrivateKey)
        return loaded
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    cloud.state.put("settings", "signing-key", {"pem": pem.decode()})
    return key


def _der(key: rsa.RSAPublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )

"""Keys of service accounts: made here and given away once, as Google's own key files.

Only the public halves are kept. What carries a key's signature is read by `assertions`.
"""

import base64
import secrets
from datetime import UTC, datetime

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.simulator.google.cloud import Cloud, stamp
from app.simulator.google.errors import ApiError, Json, invalid, not_found

MOST = 10
_COLLECTION = "account_keys"
_FOREVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_AT_GOOGLE = "https://www.googleapis.com"


def make(cloud: Cloud, account: Json, wanted: Json) -> Json:
    """`ServiceAccountKey` with the private half in it, which nobody is shown again."""
    if wanted.get("privateKeyType") == "TYPE_PKCS12_FILE":
        raise invalid("The simulator makes no PKCS12 files.")
    if len(of(cloud, account)) >= MOST:
        raise ApiError("FAILED_PRECONDITION", "Precondition check failed.")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key_id = secrets.token_hex(20)
    document = {"public": _public(key), "created": stamp(cloud.now())}
    cloud.state.put(_COLLECTION, f"{account['uniqueId']}/{key_id}", document)
    content = orjson.dumps(_file(cloud, account, key_id, _private(key)))
    data = base64.b64encode(content).decode()
    kind = "TYPE_GOOGLE_CREDENTIALS_FILE"
    return {**_shown(account, key_id, document), "privateKeyType": kind, "privateKeyData": data}


def of(cloud: Cloud, account: Json) -> list[Json]:
    """`ServiceAccountKey` of each key that the account has, by its id."""
    prefix = f"{account['uniqueId']}/"
    found = cloud.state.items(_COLLECTION, prefix)
    return [_shown(account, name.removeprefix(prefix), document) for name, document in found]


def find(cloud: Cloud, account: Json, key_id: str) -> Json:
    """One of the account's keys; NOT_FOUND if it has none of this id."""
    document = cloud.state.get(_COLLECTION, f"{account['uniqueId']}/{key_id}")
    if document is None:
        raise not_found(f"Service account key {key_id} does not exist.")
    return _shown(account, key_id, document)


def remove(cloud: Cloud, account: Json, key_id: str) -> None:
    """Let a key open nothing any more."""
    find(cloud, account, key_id)
    cloud.state.delete(_COLLECTION, f"{account['uniqueId']}/{key_id}")


def public_key(cloud: Cloud, account: Json, key_id: str) -> str | None:
    """The public half as PEM."""
    document = cloud.state.get(_COLLECTION, f"{account['uniqueId']}/{key_id}")
    return None if document is None else str(document["public"])


def _shown(account: Json, key_id: str, document: Json) -> Json:
    where = f"projects/{account['projectId']}/serviceAccounts/{account['email']}"
    return {
        "name": f"{where}/keys/{key_id}",
        "validAfterTime": document["created"].partition(".")[0] + "Z",
        "validBeforeTime": stamp(_FOREVER).partition(".")[0] + "Z",
        "keyAlgorithm": "KEY_ALG_RSA_2048",
        "keyOrigin": "GOOGLE_PROVIDED",
        "keyType": "USER_MANAGED",
    }


def _file(cloud: Cloud, account: Json, key_id: str, private: str) -> Json:
    return {
        "type": "service_account",
        "project_id": account["projectId"],
        "private_key_id": key_id,
        "private_key": private,
        "client_email": account["email"],
        "client_id": account["uniqueId"],
        "auth_uri": f"{cloud.base_url}/accounts/o/oauth2/auth",
        "token_uri": f"{cloud.base_url}/accounts/token",
        "auth_provider_x509_cert_url": f"{_AT_GOOGLE}/oauth2/v1/certs",
        "client_x509_cert_url": f"{_AT_GOOGLE}/robot/v1/metadata/x509/{account['email']}",
        "universe_domain": "googleapis.com",
    }


def _private(key: rsa.RSAPrivateKey) -> str:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem.decode()


def _public(key: rsa.RSAPrivateKey) -> str:
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem.decode()

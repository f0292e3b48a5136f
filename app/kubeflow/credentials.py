"""The credentials of one deployment, in place of those that every copy of the release shares."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

BCRYPT_COST = 12


@dataclass(frozen=True, slots=True)
class Credentials:
    """All random but the last two, which come from what the owner chose."""

    oidc_client_id: str
    oidc_client_secret: str
    cookie_secret: str
    store_access_key: str
    store_secret_key: str
    pipelines_db_password: str
    katib_db_password: str
    user_id: str
    password_hash: str


GENERATED: dict[str, Callable[[], str]] = {
    "oidc_client_id": lambda: f"kubeflow-{secrets.token_hex(8)}",
    "oidc_client_secret": lambda: secrets.token_urlsafe(32),
    "cookie_secret": lambda: secrets.token_hex(16),  # oauth2-proxy takes 16, 24 or 32 bytes
    "store_access_key": lambda: secrets.token_hex(10),
    "store_secret_key": lambda: secrets.token_urlsafe(30),
    "pipelines_db_password": lambda: secrets.token_urlsafe(24),
    "katib_db_password": lambda: secrets.token_urlsafe(24),
    "user_id": lambda: secrets.token_hex(16),
}


def is_hash_of(kept: str, password: str) -> bool:
    """Whether `hashed` has made this of the password; takes as long."""
    import bcrypt

    return bcrypt.checkpw(password.encode(), kept.encode())


def hashed(password: str) -> str:
    """The bcrypt hash that dex compares with; takes a quarter of a second: call it in a thread."""
    import bcrypt

    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(BCRYPT_COST)).decode()

"""Signed values: session cookies, and what travels through a sign-in and back."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

_LASTS = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs JSON values for one purpose; `secret` stays the same across restarts."""

    secret: str
    purpose: str

    def sign(self, value: dict[str, Any], lasts: timedelta = _LASTS) -> str:
        """A text that `read` takes for as long as it `lasts`."""
        until = (datetime.now(UTC) + lasts).timestamp()
        body = _encode(orjson.dumps(value | {"until": until}))
        return f"{body}.{self._mac(body)}"

    def read(self, text: str) -> dict[str, Any] | None:
        """The value, or None if the text is not ours or too old."""
        body, _, mac = text.partition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(body).encode()):
            return None
        try:
            value: dict[str, Any] = orjson.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        except (Error, ValueError):
            return None
        return value if value["until"] > datetime.now(UTC).timestamp() else None

    def _mac(self, body: str) -> str:
        key = f"{self.purpose}:{self.secret}".encode()
        return _encode(hmac.digest(key, body.encode(), hashlib.sha256))


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")

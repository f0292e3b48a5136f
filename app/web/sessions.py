"""Who is at the browser: the session's cookie, and the proof that a form came from its own page."""

import hmac
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request
from starlette.responses import Response

from app.errors import NotAllowed
from app.settings import Settings
from app.store import users
from app.store.tables import User
from app.web.portal import ThePortal

LANGUAGE_COOKIE = "language"
_A_YEAR = 365 * 24 * 3600


class SignInFirst(Exception):
    """Nobody is signed in; `return_to` is where to go on afterwards."""

    def __init__(self, return_to: str) -> None:
        super().__init__(return_to)
        self.return_to = return_to

    @property
    def location(self) -> str:
        """Where the sign-in begins."""
        return sign_in_url(self.return_to)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A signed-in browser."""

    user: User
    csrf: str

    def check(self, csrf: object) -> None:
        """Raise `NotAllowed` unless the form came from a page of this session."""
        if not self.sent(csrf):
            raise NotAllowed("This form belongs to an earlier session. Reload the page, try again.")

    def sent(self, csrf: object) -> bool:
        """Whether a form with this token came from a page of this session."""
        return isinstance(csrf, str) and hmac.compare_digest(csrf.encode(), self.csrf.encode())


async def anyone(request: Request, portal: ThePortal) -> SignedIn | None:
    """Whoever is signed in at this browser."""
    token = request.cookies.get(cookie_name(portal.settings, "session"))
    if not token:
        return None
    async with portal.database.read() as session:
        found = await users.session_of(session, token)
    return SignedIn(found[1], found[0].csrf_token) if found else None


Anyone = Annotated[SignedIn | None, Depends(anyone)]


async def _somebody(request: Request, who: Anyone) -> SignedIn:
    if who is None:
        raise SignInFirst(path_of(request))
    return who


Somebody = Annotated[SignedIn, Depends(_somebody)]


def sign_in_url(return_to: str, *, consent: bool = False) -> str:
    """Where a sign-in begins that comes back to `return_to`."""
    return "/sign-in?" + urlencode({"return_to": return_to} | ({"consent": "1"} if consent else {}))


def path_of(request: Request) -> str:
    """The path and query that were asked for."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def cookie_name(settings: Settings, name: str) -> str:
    """Over https a name that browsers let no other host and no plain http page set."""
    return f"__Host-{name}" if is_secure(settings) else name


def is_secure(settings: Settings) -> bool:
    return settings.public_url.startswith("https:")


def set_cookie(
    response: Response, settings: Settings, name: str, value: str, max_age: int = _A_YEAR
) -> None:
    """A cookie that scripts cannot read; it lives `max_age` seconds."""
    response.set_cookie(
        cookie_name(settings, name),
        value,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_secure(settings),
    )


def drop_cookie(response: Response, settings: Settings, name: str) -> None:
    """Take the cookie away."""
    set_cookie(response, settings, name, "", max_age=0)


def local_path(return_to: str, otherwise: str = "/deployments") -> str:
    """`return_to` if it is a path of this portal: no other place may be named to go back to."""
    safe = return_to.startswith("/") and not return_to.startswith(("//", "/\\"))
    return return_to if safe and not any(ord(c) < 32 for c in return_to) else otherwise

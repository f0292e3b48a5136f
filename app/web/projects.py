"""The signed-in user's projects, from Resource Manager v3 over plain HTTPS.

Google's client libraries stay out of the web process: they take seconds to import, and two
requests need none of them.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.errors import InvalidInput, Message, PortalError, SignInAgain
from app.google.endpoints import Endpoints
from app.settings import Settings
from app.store import users
from app.store.database import Database

KEPT_FOR = 60.0  # seconds
_TIMEOUT = 4.0  # seconds; the form works without the list, so it does not wait for long
_MARGIN = 60.0  # seconds before its end at which an access token is used no more


@dataclass(frozen=True, slots=True)
class Project:
    """One of the user's projects; `number` is Google's own for it."""

    id: str
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class ProjectList:
    """The projects, or why they could not be listed."""

    projects: Sequence[Project] = ()
    problem: Message | None = None


class GoogleDidNotAnswer(PortalError):
    """Google could not be asked; its own words or the network's."""


class GoogleRefused(PortalError):
    """Google does not show this to the user; its own words."""


@dataclass(slots=True)
class _Kept:
    """What is known of one user for a while; moments are monotonic seconds."""

    token: str = ""
    token_until: float = 0.0
    projects: Sequence[Project] = ()
    projects_until: float = 0.0
    seen: set[str] = field(default_factory=set)


class Projects:
    """Lists and checks projects on behalf of users."""

    def __init__(self, settings: Settings, database: Database, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._database = database
        self._http = http
        self._endpoints = Endpoints.from_settings(settings)
        self._kept: dict[str, _Kept] = {}

    async def of(self, user_id: str) -> ProjectList:
        """The user's projects by name; a problem is told, never raised: the form goes without."""
        kept = self._kept.setdefault(user_id, _Kept())
        if kept.projects_until > time.monotonic():
            return ProjectList(kept.projects)
        try:
            kept.projects = await self._search(user_id, kept)
        except (GoogleDidNotAnswer, GoogleRefused, SignInAgain) as error:
            return ProjectList(problem=_not_listed(error))
        kept.projects_until = time.monotonic() + KEPT_FOR
        kept.seen = {project.id for project in kept.projects}
        return ProjectList(kept.projects)

    async def check(self, user_id: str, project_id: str) -> None:
        """Raise `InvalidInput` at the field for a project that this user cannot see.

        Raises `GoogleDidNotAnswer` where that cannot be known, and `SignInAgain`.
        """
        kept = self._kept.setdefault(user_id, _Kept())
        if project_id in kept.seen and kept.projects_until > time.monotonic():
            return
        try:
            await self._get(user_id, kept, f"/v3/projects/{project_id}")
        except GoogleRefused as error:
            raise InvalidInput({"project": _message(str(error))}) from error

    def forget(self, user_id: str) -> None:
        """Ask anew next time: the user has signed in again."""
        self._kept.pop(user_id, None)

    async def _search(self, user_id: str, kept: _Kept) -> Sequence[Project]:
        found: list[Project] = []
        page = ""
        while True:
            answer = await self._get(
                user_id, kept, "/v3/projects:search", {"pageSize": "500", "pageToken": page}
            )
            found.extend(_project(item) for item in answer.get("projects", []))
            page = answer.get("nextPageToken", "")
            if not page:
                return sorted(found, key=lambda project: (project.name.lower(), project.id))

    async def _get(
        self, user_id: str, kept: _Kept, path: str, query: dict[str, str] | None = None
    ) -> dict[str, Any]:
        token = await self._access_token(user_id, kept)
        response = await self._send(
            "GET",
            self._endpoints.resource_manager + path,
            params={name: value for name, value in (query or {}).items() if value},
            headers={"Authorization": f"Bearer {token}"},
        )
        if response.is_success:
            return _json(response)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            kept.token = ""
            raise SignInAgain(_words(response))
        if response.status_code in (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND):
            raise GoogleRefused(_words(response))
        raise GoogleDidNotAnswer(_words(response))

    async def _access_token(self, user_id: str, kept: _Kept) -> str:
        if kept.token and kept.token_until > time.monotonic():
            return kept.token
        async with self._database.read() as session:
            grant = await users.grant_of(session, user_id)
        if grant is None:
            raise SignInAgain("no grant is stored")
        response = await self._refresh(grant.refresh_token)
        answer = _json(response)
        if not response.is_success:
            await self._refused(user_id, grant.refresh_token, answer)
        kept.token = answer["access_token"]
        kept.token_until = time.monotonic() + float(answer.get("expires_in", 0)) - _MARGIN
        return kept.token

    async def _refresh(self, refresh_token: str) -> httpx.Response:
        return await self._send(
            "POST",
            self._endpoints.token,
            data={
                "grant_type": "refresh_token",
                "refresh_token": refresh_token,
                "client_id": self._settings.oauth_client_id,
                "client_secret": self._settings.oauth_client_secret.get_secret_value(),
            },
        )

    async def _refused(self, user_id: str, refresh_token: str, answer: dict[str, Any]) -> None:
        """A grant that Google no longer knows is dropped, so that the next sign-in asks for one."""
        said = str(answer.get("error_description") or answer.get("error") or answer)
        if answer.get("error") != "invalid_grant":
            raise GoogleDidNotAnswer(said)
        async with self._database.write() as tx:
            grant = await users.grant_of(tx, user_id)
            if grant is not None and grant.refresh_token == refresh_token:
                await users.drop_grant(tx, user_id)
        raise SignInAgain(said)

    async def _send(self, method: str, url: str, **options: Any) -> httpx.Response:
        try:
            return await self._http.request(method, url, timeout=_TIMEOUT, **options)
        except httpx.HTTPError as error:
            raise GoogleDidNotAnswer(str(error) or type(error).__name__) from error


def _project(item: dict[str, Any]) -> Project:
    return Project(
        id=item["projectId"],
        name=item.get("displayName") or item["projectId"],
        number=item["name"].rpartition("/")[2],
    )


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError as error:
        raise GoogleDidNotAnswer(f"HTTP {response.status_code}: {response.text[:200]}") from error
    if not isinstance(answer, dict):
        raise GoogleDidNotAnswer(f"HTTP {response.status_code}: {response.text[:200]}")
    return answer


def _words(response: httpx.Response) -> str:
    """Google's own words for what went wrong."""
    error = _json(response).get("error")
    said = error.get("message") if isinstance(error, dict) else error
    return str(said or f"HTTP {response.status_code}")


def _message(words: str) -> Message:
    return Message(
        "Google says about this project: “%(words)s” Check its ID, and that you may see it.",
        words=words,
    )


def _not_listed(error: PortalError) -> Message:
    if isinstance(error, SignInAgain):
        return Message("Your projects cannot be listed: Google asks you to sign in again.")
    return Message(
        "Your projects cannot be listed, so type the project’s ID. Google says: “%(words)s”",
        words=str(error),
    )

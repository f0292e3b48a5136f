"""The signed-in user's projects, from Resource Manager v3 over plain HTTPS.

Google's client libraries stay out of the web process: they take seconds to import, and two
requests need none of them.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.errors import InvalidInput, Message, PortalError, SignInAgain, StepError
from app.google.endpoints import Endpoints
from app.settings import Settings
from app.web.access import Access

KEPT_FOR = 60.0  # seconds
_TIMEOUT = 4.0  # seconds; the form works without the list, so it does not wait for long


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

    projects: Sequence[Project] = ()
    projects_until: float = 0.0
    seen: set[str] = field(default_factory=set)


class Projects:
    """Lists and checks projects on behalf of users."""

    def __init__(self, settings: Settings, access: Access, http: httpx.AsyncClient) -> None:
        self._access = access
        self._http = http
        self._endpoints = Endpoints.from_settings(settings)
        self._kept: dict[str, _Kept] = {}

    async def of(self, user_id: str) -> ProjectList:
        """The user's projects by name; a problem is told, never raised: the form goes without."""
        kept = self._kept.setdefault(user_id, _Kept())
        if kept.projects_until > time.monotonic():
            return ProjectList(kept.projects)
        try:
            kept.projects = await self._search(user_id)
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
            await self._get(user_id, f"/v3/projects/{project_id}")
        except GoogleRefused as error:
            raise InvalidInput({"project": _message(str(error))}) from error

    def forget(self, user_id: str) -> None:
        """Ask anew next time: the user has signed in again."""
        self._kept.pop(user_id, None)
        self._access.forget(user_id)

    async def _search(self, user_id: str) -> Sequence[Project]:
        found: list[Project] = []
        page = ""
        while True:
            answer = await self._get(
                user_id, "/v3/projects:search", {"pageSize": "500", "pageToken": page}
            )
            found.extend(_project(item) for item in answer.get("projects", []))
            page = answer.get("nextPageToken", "")
            if not page:
                return sorted(found, key=lambda project: (project.name.lower(), project.id))

    async def _get(
        self, user_id: str, path: str, query: dict[str, str] | None = None
    ) -> dict[str, Any]:
        token = await self._access_token(user_id)
        response = await self._send(
            "GET",
            self._endpoints.resource_manager + path,
            params={name: value for name, value in (query or {}).items() if value},
            headers={"Authorization": f"Bearer {token}"},
        )
        if response.is_success:
            return _json(response)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self._access.forget(user_id)
            raise SignInAgain(_words(response))
        if response.status_code in (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND):
            raise GoogleRefused(_words(response))
        raise GoogleDidNotAnswer(_words(response))

    async def _access_token(self, user_id: str) -> str:
        try:
            return await self._access.token(user_id)
        except StepError as error:
            raise GoogleDidNotAnswer(error.cause) from error

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

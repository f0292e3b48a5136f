"""How the pages reach Google on behalf of whoever is signed in."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import SignInAgain
from app.google import identity
from app.google.endpoints import Endpoints
from app.google.transport import Transport
from app.settings import Settings
from app.store import users
from app.store.database import Database

if TYPE_CHECKING:
    from google.oauth2.credentials import Credentials

PATIENCE = 8.0  # seconds for one of Google's answers: somebody waits for the page


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a grant has been made into; another grant makes another."""

    refresh_token: str
    transport: Transport


class Access:
    """Transports by user, each kept as long as its grant is: they hold access tokens."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._endpoints = Endpoints.from_settings(settings)
        self._kept: dict[str, _Kept] = {}
        self._default: Transport | None = None

    async def transport(self, user_id: str) -> Transport:
        """How to reach Google for the user; raises `SignInAgain` where no grant is left."""
        if self._settings.default_credentials:
            return await self._own()
        async with self._database.read() as session:
            grant = await users.grant_of(session, user_id)
        if grant is None:
            raise SignInAgain("no grant is stored")
        kept = self._kept.get(user_id)
        if kept is None or kept.refresh_token != grant.refresh_token:
            credentials = identity.of_grant(self._settings, grant.refresh_token)
            kept = _Kept(grant.refresh_token, self._transport(credentials))
            self._kept[user_id] = kept
        return kept.transport

    async def token(self, user_id: str) -> str:
        """An access token; a grant that works no more is dropped, so that the next sign-in asks."""
        transport = await self.transport(user_id)
        try:
            return await transport.token()
        except SignInAgain:
            await self.lost(user_id)
            raise

    async def lost(self, user_id: str) -> None:
        """Forget a grant that Google refuses, unless another has come in the meantime."""
        kept = self._kept.pop(user_id, None)
        if kept is None:
            return
        async with self._database.write() as tx:
            grant = await users.grant_of(tx, user_id)
            if grant is not None and grant.refresh_token == kept.refresh_token:
                await users.drop_grant(tx, user_id)

    async def take_back(self, user_id: str) -> bool:
        """Drop the user's grant here and at Google; False if there was none.

        It is dropped here whatever Google says. Raises `NotRevoked` where Google could not be told.
        """
        self._kept.pop(user_id, None)
        async with self._database.write() as tx:
            grant = await users.grant_of(tx, user_id)
            if grant is None:
                return False
            refresh_token = grant.refresh_token
            await users.drop_grant(tx, user_id)
        await asyncio.to_thread(identity.revoke, self._settings, refresh_token)
        return True

    def forget(self, user_id: str) -> None:
        """Fetch a new access token next time: Google took the last one for no good."""
        self._kept.pop(user_id, None)
        self._default = None

    async def _own(self) -> Transport:
        if self._default is None:
            try:
                found = await asyncio.to_thread(identity.application_default, self._settings)
            except identity.NoDefaultCredentials as error:
                raise SignInAgain(str(error)) from error
            self._default = self._transport(found.credentials)
        return self._default

    def _transport(self, credentials: "Credentials") -> Transport:
        return Transport(credentials, self._endpoints, PATIENCE)

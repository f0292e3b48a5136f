"""What the routes of one web process share."""

from dataclasses import dataclass
from typing import Annotated

import httpx
from fastapi import Depends, Request

from app.settings import Settings
from app.store.changes import Changes
from app.store.database import Database
from app.web.access import Access
from app.web.expectations import Expectations
from app.web.feeds import Feeds
from app.web.prices import Prices
from app.web.projects import Projects
from app.web.rendering import Renderer
from app.web.reports import Reports
from app.web.sign_in import SignInWithGoogle
from app.web.stream import Sources


@dataclass(frozen=True, slots=True)
class Portal:
    """Made when the process starts, and closed when it ends (see `app.main`)."""

    settings: Settings
    database: Database
    renderer: Renderer
    http: httpx.AsyncClient
    access: Access
    projects: Projects
    prices: Prices
    reports: Reports
    sign_in: SignInWithGoogle
    expectations: Expectations
    feeds: Feeds

    @classmethod
    def build(
        cls,
        settings: Settings,
        renderer: Renderer,
        database: Database,
        changes: Changes,
        http: httpx.AsyncClient,
    ) -> "Portal":
        """Put the parts together."""
        access = Access(settings, database)
        expectations = Expectations(database, settings.clock_speed)
        return cls(
            settings=settings,
            database=database,
            renderer=renderer,
            http=http,
            access=access,
            projects=Projects(settings, access, http),
            prices=Prices(settings, access),
            reports=Reports(access),
            sign_in=SignInWithGoogle(settings, http),
            expectations=expectations,
            feeds=Feeds(Sources(settings, database, renderer, expectations), changes),
        )


def _portal(request: Request) -> Portal:
    portal: Portal = request.app.state.portal
    return portal


ThePortal = Annotated[Portal, Depends(_portal)]

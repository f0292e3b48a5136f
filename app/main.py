"""The web application: put together when the process starts, taken apart when it ends."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI

from app import log
from app.settings import Settings
from app.store import schema
from app.store.changes import following
from app.store.database import Database
from app.web import errors
from app.web.limits import BodyLimit
from app.web.portal import Portal
from app.web.rendering import ROOT, Renderer
from app.web.routes import ROUTERS
from app.web.security import SecurityHeaders
from app.web.static import VersionedFiles

GRACE = 2  # seconds in which open requests may end after a signal


def create_app(settings: Settings) -> FastAPI:
    """The portal's web half for these settings."""
    app = FastAPI(
        title="Kubeflow Deploy Portal",
        lifespan=_lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders, settings=settings)
    renderer = app.state.renderer = Renderer(settings)
    app.mount("/static", VersionedFiles(ROOT / "static", renderer.static), name="static")
    for router in ROUTERS:
        app.include_router(router)
    errors.install(app)
    return app


def server(settings: Settings) -> uvicorn.Server:
    """A server of the web half, which ends within three seconds of a signal, streams and all."""
    log.configure(settings)
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        timeout_graceful_shutdown=GRACE,
        server_header=False,
        proxy_headers=False,
    )
    return uvicorn.Server(config)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    database = Database.from_settings(settings)
    try:
        await schema.prepare(database)
        async with following(database) as changes, _http(settings) as http:
            portal = Portal.build(settings, app.state.renderer, database, changes, http)
            app.state.portal = portal
            async with portal.feeds.kept():
                gc.freeze()  # the program stays: looking through it for garbage stops all for 0.1 s
                yield
    finally:
        await database.close()


def _http(settings: Settings) -> httpx.AsyncClient:
    """A client for Google; no proxy of the environment's can reach a simulator on loopback."""
    return httpx.AsyncClient(trust_env=not settings.simulated)

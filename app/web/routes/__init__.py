"""The web's routes, by subject."""

from fastapi import APIRouter

from app.web.routes import (
    create,
    credentials,
    delete,
    deployments,
    drift,
    endpoint,
    events,
    home,
    language,
    permission,
    report,
    sign_in,
    yaml,
)

ROUTERS: tuple[APIRouter, ...] = (
    home.router,
    language.router,
    sign_in.router,
    permission.router,
    create.router,  # before `deployments`: "new" is no deployment's id
    report.router,
    deployments.router,
    drift.router,
    endpoint.router,
    delete.router,
    yaml.router,
    credentials.router,
    events.router,
)

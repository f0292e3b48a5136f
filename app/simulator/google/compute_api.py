"""Compute Engine's API object, on which its modules register, and what they share."""

import re

from app.simulator.google import catalogue
from app.simulator.google.api import Api, Call
from app.simulator.google.errors import ApiError, Json, invalid, not_found
from app.simulator.google.rates import QUERIES

_NAME = "(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)"
PROJECT = "/projects/{project}"
SINCE = "2014-05-30T18:35:16.514-07:00"
api = Api(
    "compute",
    "compute.googleapis.com",
    "Compute Engine API",
    gated=True,
    costs=True,
    rate=QUERIES,
    compute=True,
    root="/compute/v1",
)


def missing(project: Json, path: str) -> ApiError:
    """NOT_FOUND for a resource below the project."""
    return not_found(f"The resource 'projects/{project['projectId']}/{path}' was not found")


def checked_name(wanted: Json) -> str:
    """The resource's name, if it is one; INVALID_ARGUMENT otherwise."""
    name = str(wanted.get("name", ""))
    if not re.fullmatch(_NAME, name):
        raise invalid(
            f"Invalid value for field 'resource.name': '{name}'. Must be a match of regex '{_NAME}'"
        )
    return name


def known_zone(call: Call, project: Json) -> str:
    """The zone of the path; NOT_FOUND if there is no such zone."""
    zone = call.params["zone"]
    if zone not in catalogue.zones():
        raise missing(project, f"zones/{zone}")
    return zone

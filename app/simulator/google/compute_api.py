"""Compute Engine's API object, on which its modules register, and what they share."""

from app.simulator.google.api import Api
from app.simulator.google.errors import ApiError, Json, not_found

PROJECT = "/projects/{project}"
api = Api(
    "compute",
    "compute.googleapis.com",
    "Compute Engine API",
    gated=True,
    compute=True,
    root="/compute/v1",
)


def missing(project: Json, path: str) -> ApiError:
    """NOT_FOUND for a resource below the project."""
    return not_found(f"The resource 'projects/{project['projectId']}/{path}' was not found")

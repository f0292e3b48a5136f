"""A list and then its changes, for as long as anybody wants to know."""

import asyncio
from collections.abc import AsyncIterator

import structlog

from app.kube.client import Json, KubeClient
from app.kube.errors import KubeRefused, KubeUnavailable

logger = structlog.get_logger(__name__)
_BETWEEN_TRIES = 0.2  # real seconds


async def follow(client: KubeClient, path: str, **query: str) -> AsyncIterator[Json]:
    """Watch events: what is there as ADDED, then every change. Never ends by itself.

    A watch that is cut goes on where it was; one that is too old (410) begins with a new list.
    A kind that is not served yet is asked for again.
    """
    version = ""
    while True:
        try:
            if not version:
                listed = await client.get(path, **query)
                for item in listed["items"] or []:
                    yield {"type": "ADDED", "object": item}
                version = listed["metadata"]["resourceVersion"]
            async for event in client.watch(path, version, **query):
                if event["type"] == "ERROR":
                    version = ""
                    break
                version = event["object"]["metadata"]["resourceVersion"]
                if event["type"] != "BOOKMARK":
                    yield event
        except KubeUnavailable as error:
            logger.debug("a watch was cut", path=path, cause=error.cause)
        except KubeRefused as error:
            if error.status not in (404, 410):
                raise
            version = ""
        await asyncio.sleep(_BETWEEN_TRIES)

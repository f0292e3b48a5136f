"""All things of a collection of Compute Engine's, page by page."""

from collections.abc import AsyncIterator
from typing import Any

from app.google.discovery import DiscoveredApi


async def every(
    api: DiscoveredApi, collection: str, where: dict[str, str]
) -> AsyncIterator[dict[str, Any]]:
    """Each thing as the API shows it; `where` has the project, and the zone or region."""
    listed = await _page(api, collection, where)
    while True:
        for item in listed.get("items", []):
            yield item
        page = listed.get("nextPageToken")
        if not page:
            return
        listed = await _page(api, collection, where | {"pageToken": page})


async def _page(api: DiscoveredApi, collection: str, asked: dict[str, str]) -> dict[str, Any]:
    return await api.call(lambda service: getattr(service, collection)().list(**asked))

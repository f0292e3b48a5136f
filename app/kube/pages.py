"""A long list read page by page, so that no more than a page of it is in memory."""

from collections.abc import AsyncIterator
from functools import partial

from app.kube.client import Json, KubeClient
from app.kube.errors import KubeRefused
from app.kube.patience import patiently

_EXPIRED = 410


async def pages(client: KubeClient, path: str, *, size: int, **query: str) -> AsyncIterator[Json]:
    """The items of a list, `size` at most at a time, as lists' own `items` are: without a kind.

    A list that was read too slowly is begun anew, so that some items may come twice. A server may
    send more than it was asked for.
    """
    token, asked = "", {**query, "limit": str(size)}
    while True:
        ask = partial(client.get, path, **asked, **({"continue": token} if token else {}))
        try:
            answer = await patiently(ask)
        except KubeRefused as error:
            if error.status != _EXPIRED or not token:
                raise
            token = ""
            continue
        for item in answer["items"] or []:
            yield item
        token = answer["metadata"].get("continue", "")
        if not token:
            return

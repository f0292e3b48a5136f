"""What was asked of Google's APIs and what they answered, as lines of JSON in a file.

Headers, and with them tokens, are left out.
"""

from pathlib import Path
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Message, Receive, Scope


class Transcript:
    """Appends to a file; a line has api, method, path, query, body, status and answer."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)

    def listening(self, receive: Receive) -> tuple[Receive, list[bytes]]:
        """The same `receive`, and where the pieces of the body that it gives are gathered."""
        heard: list[bytes] = []

        async def listen() -> Message:
            message = await receive()
            heard.append(message.get("body", b""))
            return message

        return listen, heard

    def write(self, api: str, scope: Scope, heard: list[bytes], response: Response) -> None:
        """Write one exchange."""
        line = {
            "api": api,
            "method": scope["method"],
            "path": scope["path"].removeprefix(f"/{api}"),
            "query": scope["query_string"].decode("latin-1"),
            "body": _content(b"".join(heard)),
            "status": response.status_code,
            "answer": _content(bytes(response.body)),
        }
        self._file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _content(content: bytes) -> Any:
    try:
        return orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        return content.decode(errors="replace")

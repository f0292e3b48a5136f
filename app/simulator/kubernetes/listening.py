"""An application behind HTTPS, listening within another's process and loop.

uvicorn's protocol without uvicorn's server, whose loop and end are for a process of its own: it
wakes up ten times a second and takes 0.2 s to stop.
"""

import asyncio
import socket
from typing import Any

import uvicorn
from uvicorn.server import ServerState

_GRACE_SECONDS = 0.5


class Listening:
    """Listens from `start` to `stop`; `configuration` names the application and its certificate."""

    def __init__(self, configuration: uvicorn.Config, listener: socket.socket) -> None:
        self._configuration = configuration
        self._listener = listener
        self._state = ServerState()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Take connections."""
        if not self._configuration.loaded:
            self._configuration.load()
        self._server = await asyncio.get_running_loop().create_server(
            self._protocol, sock=self._listener, ssl=self._configuration.ssl
        )

    async def stop(self) -> None:
        """Take none any more, let requests end for half a second, then drop every connection.

        An idle client does not read, so that closing its TLS connection politely never ends.
        """
        if self._server is None:
            return
        self._server.close()
        await self._until_answered()
        for connection in list(self._state.connections):
            transport = getattr(connection, "transport", None)
            if transport:
                transport.abort()
        await self._until_answered()
        for task in list(self._state.tasks):
            task.cancel()

    def _protocol(self) -> asyncio.Protocol:
        make: Any = self._configuration.http_protocol_class
        protocol: asyncio.Protocol = make(
            config=self._configuration, server_state=self._state, app_state={}
        )
        return protocol

    async def _until_answered(self) -> None:
        if self._state.tasks:
            await asyncio.wait(set(self._state.tasks), timeout=_GRACE_SECONDS)

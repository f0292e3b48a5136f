"""What public DNS says of a name."""

import asyncio
import socket

from app.settings import Settings

_PATIENCE = 3.0  # seconds for one look-up


async def addresses_of(settings: Settings, host: str) -> set[str]:
    """The IPv4 addresses of `host`: none while the name is not known, or DNS does not answer.

    Asks the server that the settings name, or else the system's.
    """
    import dns.asyncresolver
    import dns.exception

    resolver = dns.asyncresolver.Resolver(configure=not settings.dns_server)
    resolver.cache = None
    if settings.dns_server:
        server, _, port = settings.dns_server.rpartition(":")
        resolver.nameservers = [await _address(server)]
        resolver.port = int(port)
    try:
        answer = await resolver.resolve(host, "A", lifetime=_PATIENCE, search=False)
    except dns.exception.DNSException:
        return set()
    return {str(record) for record in answer}


async def _address(server: str) -> str:
    """A resolver wants its server's address, and a container may know it by name."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(server, None, family=socket.AF_INET)
    return str(found[0][4][0])

"""Ports that are still free after a restart, as far as that can be had.

The system gives connections, and who asks for any port, one of its ephemeral range. What listens
below that range finds its port free again when it comes back.
"""

import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_FIRST, _USUAL_END = 20_000, 32_768
_TRIES = 100


def lasting(host: str) -> int:
    """A port that nobody listens at and nobody will be given; 0 (any) where none is found."""
    for port in random.sample(range(_FIRST, max(_end(), _FIRST + _TRIES)), _TRIES):
        if is_free(host, port):
            return port
    return 0


def is_free(host: str, port: int) -> bool:
    """Whether one could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError:
            return False
    return True


def _end() -> int:
    try:
        return int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):  # another system than Linux
        return _USUAL_END

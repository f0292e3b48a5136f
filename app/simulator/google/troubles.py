"""What named faults do to calls: latency, 503s, dropped connections, withdrawn access."""

import asyncio
from fnmatch import fnmatchcase

from app.simulator.google import tokens
from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import ApiError, ConnectionCut, bad_credentials

_ROUND = 20


async def suffer(cloud: Cloud, call: str, account: str) -> None:
    """Let a call, such as `container.get_operation`, meet what is armed."""
    armed = cloud.faults.named
    if not armed:
        return
    delay = cloud.faults.number_of("latency")
    if delay:
        await asyncio.sleep(delay / 1000)
    if "token-revoked" in armed and fnmatchcase(call, armed["token-revoked"]):
        _withdraw(cloud, account)
        raise bad_credentials()
    every = cloud.faults.number_of("connection-reset")
    if every and cloud.faults.count("connection-reset") % every == every - 1:
        raise ConnectionCut
    burst = cloud.faults.number_of("unavailable")
    if burst and cloud.faults.count("unavailable") % _ROUND < burst:
        raise ApiError("UNAVAILABLE", "The service is currently unavailable.")


def _withdraw(cloud: Cloud, account: str) -> None:
    with cloud.state.change():
        tokens.revoke_account(cloud, account)
        cloud.faults.disarm("token-revoked")

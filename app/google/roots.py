"""Which certificate authorities the public internet has."""

from app.settings import Settings

_PATIENCE = 10.0  # seconds


async def public_roots(settings: Settings) -> str:
    """Them as PEM, or nothing: then those that this machine trusts.

    The simulated internet has an authority of its own. Raises `Unavailable` while it is away.
    """
    if not settings.simulated:
        return ""
    import httpx

    from app.google.errors import Unavailable

    try:
        async with httpx.AsyncClient(trust_env=False, timeout=_PATIENCE) as client:
            answer = await client.get(f"{settings.simulator_url.rstrip('/')}/_simulator/roots.pem")
            return answer.raise_for_status().text
    except httpx.HTTPError as error:
        raise Unavailable(f"Google could not be reached ({type(error).__name__}).") from error

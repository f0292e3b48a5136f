"""Checks of the OAuth client that Identity-Aware Proxy will sign people in with."""

from app.domain.names import oauth_redirect_uri
from app.domain.spec import Login
from app.errors import Message
from app.google import links
from app.google.errors import Refused
from app.google.facts import Facts
from app.report.asked import Asked
from app.report.lines import Line, State, passed

CLIENT = Message("OAuth client")


async def oauth_client(facts: Facts, asked: Asked) -> list[Line]:
    """The owner's client has the form of one; Google's own works for the project."""
    if asked.spec.login != Login.IAP:
        return []
    if asked.spec.own_iap_client:
        return [_own(asked)]
    return [await _googles(facts, asked)]


def _own(asked: Asked) -> Line:
    """Only its owner can look into a client, so its redirect URI is told, to be compared."""
    client = asked.spec.oauth_client_id
    return Line(
        "oauth-client",
        CLIENT,
        State.PASSED,
        Message("%(client)s has the form of a client ID.", client=client),
        hint=Message("Add this to the client’s authorized redirect URIs, if it is not there yet:"),
        copy=oauth_redirect_uri(client),
        link=links.credentials(),
    )


async def _googles(facts: Facts, asked: Asked) -> Line:
    try:
        parent = (await facts.project()).parent
    except Refused as error:
        text = Message("Whether the project belongs to an organisation is not known.")
        hint = Message("If it belongs to none, give an OAuth client of your own.")
        return Line("oauth-client", CLIENT, State.WARNING, text, said=error.cause, hint=hint)
    if parent:
        text = Message("Google’s own client lets in accounts of the project’s organisation only.")
        return passed("oauth-client", CLIENT, text)
    return Line(
        "oauth-client",
        CLIENT,
        State.BLOCKING,
        Message("%(project)s belongs to no organisation.", project=asked.project),
        hint=Message("Without one, Identity-Aware Proxy needs an OAuth client of your own."),
        link=links.credentials(),
    )

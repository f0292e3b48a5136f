"""Checks of the names: whether what the deployment makes can be called what it is called."""

import asyncio

from app.domain.spec import Login
from app.errors import Message
from app.google import links
from app.google.facts import Facts
from app.google.readings import Thing
from app.report.asked import Asked
from app.report.lines import Line, State, passed

CLUSTER = Message("Name of the cluster")
ADDRESS = Message("Name of the address")
ACCOUNTS = Message("Names of the service accounts")
HOST = Message("Host name")
TRACES = Message("Traces of deleted accounts")
_OTHERWISE = Message("Choose another name for the deployment, or delete what has it.")


async def cluster(facts: Facts, asked: Asked) -> list[Line]:
    """No other cluster has the name."""
    found = await facts.cluster(asked.spec.zone, asked.names.cluster)
    link = links.cluster(asked.project, asked.spec.zone, asked.names.cluster)
    return [_line(asked, "name/cluster", CLUSTER, asked.names.cluster, found, link)]


async def address(facts: Facts, asked: Asked) -> list[Line]:
    """No other address has the name."""
    if asked.spec.login == Login.LATER:
        return []
    found = await facts.address(asked.names.address)
    link = links.addresses(asked.project)
    return [_line(asked, "name/address", ADDRESS, asked.names.address, found, link)]


async def accounts(facts: Facts, asked: Asked) -> list[Line]:
    """No other service accounts have the names."""
    names = asked.names
    emails = [
        names.account_email(account)
        for account in (names.admin_account, names.user_account, names.node_account)
    ]
    found = await asyncio.gather(*(facts.account(email) for email in emails))
    taken = [thing for thing in found if thing is not None and not asked.made(thing)]
    if not taken:
        text = Message("%(names)s can be had.", names=", ".join(emails))
        return [passed("name/accounts", ACCOUNTS, text)]
    text = Message("Taken: %(names)s.", names=", ".join(thing.name for thing in taken))
    link = links.accounts(asked.project)
    return [Line("name/accounts", ACCOUNTS, State.BLOCKING, text, hint=_OTHERWISE, link=link)]


async def host(facts: Facts, asked: Asked) -> list[Line]:
    """Cloud Endpoints does not publish the name yet, or it is ours to publish anew."""
    if asked.spec.login == Login.LATER:
        return []
    name = asked.names.host
    if not await facts.published(name):
        text = Message("%(host)s is not published.", host=name)
        hint = Message("If it was deleted less than 30 days ago, it is brought back.")
        return [passed("name/host", HOST, text, hint)]
    text = Message("%(host)s is published already.", host=name)
    if asked.ours:
        return [passed("name/host", HOST, text)]
    hint = Message("It will point to this deployment, and no longer to where it points now.")
    link = links.published_name(asked.project, name)
    return [Line("name/host", HOST, State.WARNING, text, hint=hint, link=link)]


async def traces(facts: Facts, asked: Asked) -> list[Line]:
    """Bindings of deleted accounts with our names: they keep policies from being written."""
    names = asked.names
    emails = {
        names.account_email(account)
        for account in (names.admin_account, names.user_account, names.node_account)
    }
    members = await facts.deleted_members()
    stale = sorted(m for m in members if m.partition(":")[2].partition("?")[0] in _named(emails))
    if not stale:
        text = Message("The project’s policy names no deleted account of these names.")
        return [passed("name/traces", TRACES, text)]
    text = Message("The project’s policy still names %(members)s.", members=", ".join(stale))
    hint = Message("Nothing to do: the deployment takes them out of the policy.")
    return [Line("name/traces", TRACES, State.WARNING, text, hint=hint)]


def _named(emails: set[str]) -> set[str]:
    return {f"serviceAccount:{email}" for email in emails}


def _line(
    asked: Asked, check: str, title: Message, name: str, found: Thing | None, link: str
) -> Line:
    if found is None:
        return passed(check, title, Message("%(name)s can be had.", name=name))
    if asked.made(found):
        return passed(check, title, Message("%(name)s is this deployment’s.", name=name))
    text = Message("There is another %(name)s in the project already.", name=name)
    return Line(check, title, State.BLOCKING, text, hint=_OTHERWISE, link=link)

"""The people who can sign in to the simulated Google."""

import re

from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import Json

_DEMO = (
    {"email": "dana@example.com", "name": "Dana Park", "about": "Owner of the demo projects"},
    {"email": "kim@example.com", "name": "김민지", "about": "Owner of her team's project too"},
    {"email": "sam@example.com", "name": "Sam Rivera", "about": "Editor: may look, not deploy"},
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")


def everyone(cloud: Cloud) -> list[Json]:
    """The demo's accounts first, then those that were added: email, name, about."""
    added = [document for _, document in cloud.state.items("people")]
    return [*_DEMO, *added]


def find(cloud: Cloud, email: str) -> Json | None:
    """One account by its address."""
    wanted = email.strip().lower()
    return next((a for a in everyone(cloud) if a["email"] == wanted), None)


def find_or_add(cloud: Cloud, email: str) -> Json | None:
    """The account of this address, made if need be; None if it is no address."""
    wanted = email.strip().lower()
    account = find(cloud, wanted)
    if account or not _EMAIL.fullmatch(wanted):
        return account
    name = wanted.partition("@")[0].replace(".", " ").title()
    account = {"email": wanted, "name": name, "about": "No role in any project"}
    cloud.state.put("people", wanted, account)
    return account

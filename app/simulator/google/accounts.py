"""Who can act in the simulated Google: people, who can sign in, and service accounts."""

import re

from app.simulator.google import tokens
from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import Json

_DEMO = (
    {"email": "dana@example.com", "name": "Dana Park", "about": "Owner of the demo projects"},
    {"email": "kim@example.com", "name": "김민지", "about": "Owner of her team's project too"},
    {"email": "sam@example.com", "name": "Sam Rivera", "about": "Editor: may look, not deploy"},
)
_ROBOTS = ".gserviceaccount.com"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")


def everyone(cloud: Cloud) -> list[Json]:
    """The demo's accounts first, then those that were added: email, name, about."""
    added = [document for _, document in cloud.state.items("people")]
    return [*_DEMO, *added]


def find(cloud: Cloud, email: str) -> Json | None:
    """One account by its address."""
    wanted = email.strip().lower()
    return next((a for a in everyone(cloud) if a["email"] == wanted), None)


def described(cloud: Cloud, email: str) -> Json | None:
    """Whoever has this address, a person or a service account: email, name."""
    robot = cloud.state.get("accounts", email)
    return find(cloud, email) if robot is None else {"email": email, "name": email}


def subject(cloud: Cloud, email: str) -> str:
    """The unchanging id of whoever has this address: 21 digits."""
    robot = cloud.state.get("accounts", email)
    return tokens.subject(email) if robot is None else str(robot["uniqueId"])


def find_or_add(cloud: Cloud, email: str) -> Json | None:
    """The person of this address, made if need be; None if it is no person's address."""
    wanted = email.strip().lower()
    account = find(cloud, wanted)
    is_robot = wanted.endswith(_ROBOTS)
    if account or is_robot or not _EMAIL.fullmatch(wanted):
        return account
    name = wanted.partition("@")[0].replace(".", " ").title()
    account = {"email": wanted, "name": name, "about": "No role in any project"}
    cloud.state.put("people", wanted, account)
    return account

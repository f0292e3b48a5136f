"""Checks of the project: whether it can be used, who pays, and what the account may do in it."""

from app.errors import Message
from app.google import links
from app.google.errors import Refused
from app.google.facts import Facts
from app.google.services import NEEDED
from app.report.asked import Asked
from app.report.lines import Line, State, passed
from app.report.permissions import FIREWALL, Role, command, roles_for

PROJECT = Message("Project")
BILLING = Message("Billing")
SERVICES = Message("Google’s APIs")


async def project(facts: Facts, asked: Asked) -> list[Line]:
    """It is there, can be seen, and takes orders."""
    try:
        found = await facts.project()
    except Refused as error:
        hint = Message("Check the project’s ID, and that %(email)s may see it.", email=asked.email)
        text = Message("%(project)s cannot be used.", project=asked.project)
        return [Line("project", PROJECT, State.BLOCKING, text, said=error.cause, hint=hint)]
    if found.state != "ACTIVE":
        text = Message(
            "%(project)s takes no orders: its state is %(state)s.",
            project=asked.project,
            state=found.state,
        )
        hint = Message("Choose another project, or restore this one.")
        link = links.project(asked.project)
        return [Line("project", PROJECT, State.BLOCKING, text, hint=hint, link=link)]
    text = Message(
        "%(project)s is active; its number is %(number)s.",
        project=asked.project,
        number=found.number,
    )
    return [passed("project", PROJECT, text)]


async def billing(facts: Facts, asked: Asked) -> list[Line]:
    """Somebody pays for it."""
    found = await facts.billing()
    if found.enabled:
        text = Message("Billing is on: account %(account)s.", account=found.account)
        return [passed("billing", BILLING, text)]
    return [
        Line(
            "billing",
            BILLING,
            State.BLOCKING,
            Message("Billing is off in %(project)s.", project=asked.project),
            hint=Message("Link a billing account to the project."),
            link=links.billing(asked.project),
        )
    ]


async def permissions(facts: Facts, asked: Asked) -> list[Line]:
    """The account may do all that making and deleting the deployment takes."""
    roles = roles_for(asked.spec)
    wanted = tuple(sorted({p for role in roles for p in role.permissions}))
    given = await facts.permissions(wanted)
    return [_role(asked, role, given) for role in roles]


async def services(facts: Facts, asked: Asked) -> list[Line]:
    """Which APIs are enabled; the others will be."""
    enabled = await facts.enabled(NEEDED)
    missing = [name.partition(".")[0] for name in NEEDED if name not in enabled]
    if not missing:
        text = Message("All %(count)s that are needed are enabled.", count=len(NEEDED))
    else:
        text = Message(
            "%(count)s will be enabled: %(services)s.",
            count=len(missing),
            services=", ".join(missing),
        )
    return [passed("services", SERVICES, text)]


def _role(asked: Asked, role: Role, given: frozenset[str]) -> Line:
    check = f"permissions/{role.id}"
    title = Message("Permissions of %(role)s", role=role.title)
    missing = [permission for permission in role.permissions if permission not in given]
    if not missing:
        count = len(role.permissions)
        return passed(check, title, Message("All %(count)s are there.", count=count))
    text = Message("Missing: %(permissions)s.", permissions=", ".join(missing))
    hint = Message("An administrator of the project gives them with this command:")
    if not role.vital:
        hint = Message("Needed only to delete what is left over. An administrator gives them with:")
    if role.id == FIREWALL and asked.spec.private_nodes:
        hint = Message(
            "Needed to delete what is left over and, in older networks, for webhooks on private "
            "nodes. An administrator gives them with:"
        )
    return Line(
        check,
        title,
        State.BLOCKING if role.vital else State.WARNING,
        text,
        hint=hint,
        commands=(command(asked.project, asked.email, role.id),),
        link=links.permissions(asked.project),
    )

"""Service accounts of a deployment: who the cluster's nodes and Kubeflow's own parts are."""

import asyncio

from app.domain.spec import Login
from app.errors import StepError, Transient
from app.google import links
from app.google.accounts import Account
from app.google.errors import Refused, is_taken
from app.google.policies import (
    Edit,
    Grant,
    all_of,
    forgetting,
    forgetting_deleted,
    granting,
    revoking,
)
from app.kubeflow.personal import profile_name
from app.steps.context import StepContext
from app.steps.ours import check_mark, cloud_of, is_ours, mark
from app.steps.waiting import MINUTE, SOONEST, patiently, until
from app.text import N_
from app.together import together

ACCOUNT = "service account"
PROJECT_ROLES = N_("project roles")
WORKLOAD_IDENTITY = N_("Workload Identity")
_NODE_ROLES = ("roles/container.defaultNodeServiceAccount", "roles/artifactregistry.reader")
_ADMIN_ROLES = ("roles/monitoring.viewer",)  # the dashboard shows what the cluster uses
_IMPERSONATE = "roles/iam.workloadIdentityUser"
_MANAGE = "roles/iam.serviceAccountAdmin"
_GOOD_LOOKS = 3  # an account can be seen in one place and not yet in another


async def create_accounts(context: StepContext) -> None:
    """The three accounts exist, and those that act in the project may."""
    names = context.names
    await together(
        _account(context, names.admin_account, "Kubeflow's own parts"),
        _account(context, names.user_account, "Kubeflow's notebooks and pipelines"),
        _account(context, names.node_account, "Nodes of the Kubeflow cluster"),
    )
    await context.progress(0.7, "Giving the accounts their roles")
    await _give_roles(context)


async def remove_accounts(context: StepContext) -> None:
    """The accounts are gone, and before them every role that they have in the project."""
    emails = _emails(context)
    found = await asyncio.gather(*(_found(context, email) for email in emails))
    accounts = dict(zip(emails, found, strict=True))
    # of an account that somebody deleted by hand, the project may still have its shadow
    gone = [email for email, account in accounts.items() if account is None]
    ours = [a.email for a in found if a is not None and is_ours(context, a.description)]
    members = [_member(email) for email in (*gone, *ours)]
    await cloud_of(context).projects.change_policy(context.spec.project, forgetting(members))
    for email in emails:
        await context.removed(PROJECT_ROLES, email)
    await together(*(_delete(context, email) for email in ours))
    for email in emails:
        await context.removed(ACCOUNT, email)


async def bind_workload_identity(context: StepContext) -> None:
    """Pods of Kubeflow act as the deployment's accounts, with no key anywhere."""
    for email, grants in _bindings(context).items():
        await _change(context, email, granting(*grants))
        members = ", ".join(member.rpartition(":")[2] for _, member in grants)
        link = links.account_permissions(context.spec.project, email)
        await context.made(WORKLOAD_IDENTITY, email, detail=members, link=link)
    await context.say("Pods act as the deployment's accounts; no keys were made.")


async def remove_workload_identity(context: StepContext) -> None:
    """Pods act as nobody any more; accounts that others made are left alone."""
    for email, grants in _bindings(context).items():
        account = await _found(context, email)
        if account is not None and is_ours(context, account.description):
            await _change(context, email, revoking(*grants))
        await context.removed(WORKLOAD_IDENTITY, email)


def kubeflow_user(context: StepContext) -> str:
    """What the owner is called inside Kubeflow: what they sign in with, letter for letter."""
    if context.spec.login == Login.PASSWORD:
        return context.spec.username
    return context.owner_email


def _emails(context: StepContext) -> list[str]:
    names = context.names
    accounts = (names.admin_account, names.user_account, names.node_account)
    return [names.account_email(account) for account in accounts]


def _member(email: str) -> str:
    return f"serviceAccount:{email}"


def _bindings(context: StepContext) -> dict[str, list[Grant]]:
    """Who may do what with the accounts that pods act as, by the account."""
    pool, profile = context.names.workload_pool, profile_name(kubeflow_user(context))
    admin, user, _ = _emails(context)
    controller = f"serviceAccount:{pool}[kubeflow/profiles-controller-service-account]"
    editor = f"serviceAccount:{pool}[{profile}/default-editor]"
    return {
        admin: [(_IMPERSONATE, controller)],
        user: [(_IMPERSONATE, editor), (_MANAGE, _member(admin))],
    }


async def _account(context: StepContext, account_id: str, purpose: str) -> None:
    email = context.names.account_email(account_id)
    found = await _seen(context, email) or await _create(context, account_id, purpose)
    check_mark(context, "service account", email, found.description)
    link = links.account(context.spec.project, email)
    await context.made(ACCOUNT, email, detail=purpose, link=link)
    await _seen_everywhere(context, email)


async def _create(context: StepContext, account_id: str, purpose: str) -> Account:
    accounts, project = cloud_of(context).accounts, context.spec.project
    email = context.names.account_email(account_id)
    title = f"{purpose} ({context.spec.name})"
    try:
        return await accounts.create(
            project, account_id, display_name=title, description=mark(context)
        )
    except Refused as error:
        if not is_taken(error):
            raise
    what = f"service account {email}"
    return await until(context, lambda: _seen(context, email), limit=2 * MINUTE, what=what)


async def _seen_everywhere(context: StepContext, email: str) -> None:
    in_a_row = 0

    async def look() -> bool | None:
        nonlocal in_a_row
        in_a_row = in_a_row + 1 if await _seen(context, email) else 0
        return True if in_a_row >= _GOOD_LOOKS else None

    await until(context, look, limit=3 * MINUTE, what=f"service account {email} everywhere")


async def _seen(context: StepContext, email: str) -> Account | None:
    """The account, if it is there to see: of one just made, 403 as well as 404 means not yet."""
    try:
        return await cloud_of(context).accounts.get(context.spec.project, email)
    except Refused as error:
        if error.status != 403:
            raise
        return None


async def _give_roles(context: StepContext) -> None:
    admin, user, node = _emails(context)
    roles = {node: _NODE_ROLES, admin: _ADMIN_ROLES}
    grants = [(role, _member(email)) for email in roles for role in roles[email]]
    edit = all_of(
        forgetting_deleted(_member(email) for email in (admin, user, node)), granting(*grants)
    )
    await patiently(
        context,
        lambda: cloud_of(context).projects.change_policy(context.spec.project, edit),
        limit=2 * MINUTE,
        passes=_not_known_yet,
    )
    link = links.permissions(context.spec.project)
    for email, given in roles.items():
        await context.made(PROJECT_ROLES, email, detail=", ".join(given), link=link)


async def _change(context: StepContext, email: str, edit: Edit) -> None:
    """Edit who may use an account; of the deployment's earlier accounts nothing stays in it."""
    members = [_member(other) for other in _emails(context)]
    await patiently(
        context,
        lambda: cloud_of(context).accounts.change_policy(
            context.spec.project, email, all_of(forgetting_deleted(members), edit)
        ),
        limit=3 * MINUTE,
        passes=_not_known_yet,
    )


async def _found(context: StepContext, email: str) -> Account | None:
    """An account that is to go, if there is one: one just made may be seen at a later look only."""
    for _ in range(_GOOD_LOOKS - 1):
        if (found := await _seen(context, email)) is not None:
            return found
        await context.pause(SOONEST)
    return await cloud_of(context).accounts.get(context.spec.project, email)


async def _delete(context: StepContext, email: str) -> None:
    await cloud_of(context).accounts.delete(context.spec.project, email)


def _not_known_yet(error: StepError) -> bool:
    """A new account is refused as a member of a policy until Google knows it everywhere."""
    unknown = isinstance(error, Refused) and error.status == 400 and "does not exist" in error.cause
    return unknown or isinstance(error, Transient)

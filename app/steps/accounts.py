"""Service accounts of a deployment: who the cluster's nodes and Kubeflow's own parts are."""

from app.domain.spec import Login
from app.errors import StepError, Transient
from app.google import links
from app.google.accounts import Account
from app.google.errors import Refused, is_taken
from app.google.policies import all_of, forgetting_deleted, granting
from app.kubeflow.personal import profile_name
from app.steps.context import StepContext
from app.steps.ours import check_mark, cloud_of, mark
from app.steps.waiting import MINUTE, patiently, until
from app.together import together

ACCOUNT = "service account"
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


async def bind_workload_identity(context: StepContext) -> None:
    """Pods of Kubeflow act as the deployment's accounts, with no key anywhere."""
    names = context.names
    profile = profile_name(kubeflow_user(context))
    admin, user = (
        names.account_email(account) for account in (names.admin_account, names.user_account)
    )
    await _let_act(
        context, admin, f"{names.workload_pool}[kubeflow/profiles-controller-service-account]"
    )
    await _let_act(context, user, f"{names.workload_pool}[{profile}/default-editor]")
    await _change(context, user, (_MANAGE, f"serviceAccount:{admin}"))
    await context.say("Pods act as the deployment's accounts; no keys were made.")


def kubeflow_user(context: StepContext) -> str:
    """What the owner is called inside Kubeflow: what they sign in with, letter for letter."""
    if context.spec.login == Login.PASSWORD:
        return context.spec.username
    return context.owner_email


async def _account(context: StepContext, account_id: str, purpose: str) -> None:
    accounts, project = cloud_of(context).accounts, context.spec.project
    email = context.names.account_email(account_id)
    found = await accounts.get(project, email)
    if found is None:
        found = await _create(context, account_id, purpose)
    check_mark(context, "service account", email, found.description)
    link = links.account(project, email)
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
    return await until(
        context,
        lambda: accounts.get(project, email),
        limit=2 * MINUTE,
        what=f"service account {email}",
    )


async def _seen_everywhere(context: StepContext, email: str) -> None:
    accounts, project = cloud_of(context).accounts, context.spec.project
    in_a_row = 0

    async def look() -> bool | None:
        nonlocal in_a_row
        try:
            in_a_row = in_a_row + 1 if await accounts.get(project, email) else 0
        except Refused as error:
            if error.status != 403:  # here this, too, means: not yet
                raise
            in_a_row = 0
        return True if in_a_row >= _GOOD_LOOKS else None

    await until(context, look, limit=3 * MINUTE, what=f"service account {email} everywhere")


async def _give_roles(context: StepContext) -> None:
    names = context.names
    node, admin = (
        f"serviceAccount:{names.account_email(account)}"
        for account in (names.node_account, names.admin_account)
    )
    edit = all_of(
        forgetting_deleted([node, admin]),
        granting(*((role, node) for role in _NODE_ROLES)),
        granting(*((role, admin) for role in _ADMIN_ROLES)),
    )
    await patiently(
        context,
        lambda: cloud_of(context).projects.change_policy(context.spec.project, edit),
        limit=2 * MINUTE,
        passes=_not_known_yet,
    )


async def _let_act(context: StepContext, email: str, pods: str) -> None:
    await _change(context, email, (_IMPERSONATE, f"serviceAccount:{pods}"))


async def _change(context: StepContext, email: str, grant: tuple[str, str]) -> None:
    await patiently(
        context,
        lambda: cloud_of(context).accounts.change_policy(
            context.spec.project, email, granting(grant)
        ),
        limit=3 * MINUTE,
        passes=_not_known_yet,
    )


def _not_known_yet(error: StepError) -> bool:
    """A new account is refused as a member of a policy until Google knows it everywhere."""
    unknown = isinstance(error, Refused) and error.status == 400 and "does not exist" in error.cause
    return unknown or isinstance(error, Transient)

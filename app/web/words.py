"""What states, steps and lengths of time are called on the pages."""

from app.domain.plan import Phase, StepName
from app.domain.status import DeploymentState, StepState
from app.text import N_
from app.web.i18n import Translator

_STEPS = {
    StepName.CHECK_PROJECT: N_("Check the project"),
    StepName.ENABLE_SERVICES: N_("Enable services"),
    StepName.RESERVE_ADDRESS: N_("Reserve the address"),
    StepName.CREATE_ACCOUNTS: N_("Create accounts"),
    StepName.PUBLISH_NAME: N_("Publish the name"),
    StepName.CREATE_CLUSTER: N_("Create the cluster"),
    StepName.LOAD_BUNDLE: N_("Load Kubeflow %(version)s"),
    StepName.INSTALL_BASE: N_("Install the base"),
    StepName.INSTALL_KUBEFLOW: N_("Install Kubeflow"),
    StepName.BIND_WORKLOAD_IDENTITY: N_("Bind workload identity"),
    StepName.OPEN_ENDPOINT: N_("Open the endpoint"),
    StepName.SECURE_ENDPOINT: N_("Secure the endpoint"),
    StepName.WAIT_READY: N_("Wait until it answers"),
    StepName.WITHDRAW_ACCESS: N_("Withdraw access"),
    StepName.CLOSE_ENDPOINT: N_("Close the endpoint"),
    StepName.UNBIND_WORKLOAD_IDENTITY: N_("Unbind workload identity"),
    StepName.DELETE_CLUSTER: N_("Delete the cluster"),
    StepName.WITHDRAW_NAME: N_("Withdraw the name"),
    StepName.DELETE_ACCOUNTS: N_("Delete accounts"),
    StepName.RELEASE_ADDRESS: N_("Release the address"),
    StepName.LEAVE_SERVICES: N_("Leave services on"),
    StepName.CONFIRM_REMOVAL: N_("Check that all is gone"),
}
_PHASES = {
    Phase.PROJECT: N_("Project"),
    Phase.CLUSTER: N_("Cluster"),
    Phase.KUBEFLOW: N_("Kubeflow"),
    Phase.ENDPOINT: N_("Endpoint"),
}
_STEP_STATES = {
    StepState.WAITING: N_("Waiting"),
    StepState.RUNNING: N_("Running"),
    StepState.DONE: N_("Done"),
    StepState.FAILED: N_("Failed"),
    StepState.SKIPPED: N_("Skipped"),
    StepState.CANCELLED: N_("Cancelled"),
}
GLYPHS = {
    StepState.WAITING: "○",
    StepState.RUNNING: "◐",
    StepState.DONE: "✓",
    StepState.FAILED: "✕",
    StepState.SKIPPED: "–",
    StepState.CANCELLED: "■",
}
_DEPLOYMENT_STATES = {
    DeploymentState.QUEUED: N_("Queued"),
    DeploymentState.DEPLOYING: N_("Deploying"),
    DeploymentState.READY: N_("Ready"),
    DeploymentState.FAILED: N_("Failed"),
    DeploymentState.PARKED: N_("Waiting for you to sign in again"),
    DeploymentState.CANCELLING: N_("Stopping"),
    DeploymentState.CANCELLED: N_("Cancelled"),
    DeploymentState.DELETING: N_("Deleting"),
    DeploymentState.DELETED: N_("Deleted"),
}


def step_title(step: StepName, version: str, translate: Translator) -> str:
    """The step's title, with the release that it loads."""
    return translate.gettext(_STEPS[step], version=version)


def phase_title(phase: Phase, translate: Translator) -> str:
    return translate.gettext(_PHASES[phase])


def step_state(state: StepState, translate: Translator) -> str:
    return translate.gettext(_STEP_STATES[state])


def deployment_state(state: DeploymentState, translate: Translator) -> str:
    return translate.gettext(_DEPLOYMENT_STATES[state])


def duration(seconds: float, translate: Translator) -> str:
    """`7m 31s`, `1h 2m`; never a fraction of a minute."""
    whole = max(0, round(seconds))
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return translate.gettext("%(hours)sh %(minutes)sm", hours=hours, minutes=minutes)
    if minutes:
        return translate.gettext("%(minutes)sm %(seconds)ss", minutes=minutes, seconds=whole % 60)
    return translate.gettext("%(seconds)ss", seconds=whole)


def time_left(seconds: float, translate: Translator) -> str:
    """`about 22 minutes left`: whole minutes, for they are all that an estimate is good for."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return translate.gettext("less than a minute left")
    return translate.ngettext(
        "about %(minutes)s minute left", "about %(minutes)s minutes left", minutes, minutes=minutes
    )

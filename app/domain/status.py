"""The states that deployments, runs and steps go through."""

from enum import StrEnum


class DeploymentState(StrEnum):
    QUEUED = "queued"
    DEPLOYING = "deploying"
    READY = "ready"
    FAILED = "failed"
    PARKED = "parked"  # waits for its owner to sign in again
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"  # stopped by its owner: what was made is kept
    DELETING = "deleting"
    DELETED = "deleted"

    @property
    def is_final(self) -> bool:
        """Nothing more happens until somebody asks for it."""
        return self not in (
            DeploymentState.QUEUED,
            DeploymentState.DEPLOYING,
            DeploymentState.CANCELLING,
            DeploymentState.DELETING,
        )


class RunKind(StrEnum):
    PROVISION = "provision"
    RETRY = "retry"
    ENDPOINT = "endpoint"  # one is added to what is ready
    TEARDOWN = "teardown"


class RunState(StrEnum):
    REQUESTED = "requested"
    CLAIMED = "claimed"  # one worker's, which is about to begin it
    RUNNING = "running"
    STOPPING = "stopping"  # its owner wants it to end
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StepState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"  # something it needs has not been done
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self not in (StepState.WAITING, StepState.RUNNING)


class EventKind(StrEnum):
    STARTED = "started"
    PROGRESS = "progress"
    RESOURCE = "resource"
    LINK = "link"  # of the endpoint chain
    DONE = "done"
    FAILED = "failed"
    NOTE = "note"
    FINISHED = "finished"


class Level(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

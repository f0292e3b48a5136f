"""The plans: which steps a spec needs, what each waits for, and how their work is taken away."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from app.domain.spec import DeploymentSpec, Login


class StepName(StrEnum):
    """The steps that make a deployment, then those that take it away."""

    CHECK_PROJECT = "check-project"
    ENABLE_SERVICES = "enable-services"
    RESERVE_ADDRESS = "reserve-address"
    CREATE_ACCOUNTS = "create-accounts"
    PUBLISH_NAME = "publish-name"
    CREATE_CLUSTER = "create-cluster"
    LOAD_BUNDLE = "load-bundle"
    INSTALL_BASE = "install-base"
    INSTALL_KUBEFLOW = "install-kubeflow"
    BIND_WORKLOAD_IDENTITY = "bind-workload-identity"
    OPEN_ENDPOINT = "open-endpoint"
    SECURE_ENDPOINT = "secure-endpoint"
    WAIT_READY = "wait-ready"

    WITHDRAW_ACCESS = "withdraw-access"
    CLOSE_ENDPOINT = "close-endpoint"
    UNBIND_WORKLOAD_IDENTITY = "unbind-workload-identity"
    DELETE_CLUSTER = "delete-cluster"
    WITHDRAW_NAME = "withdraw-name"
    DELETE_ACCOUNTS = "delete-accounts"
    RELEASE_ADDRESS = "release-address"
    LEAVE_SERVICES = "leave-services"
    CONFIRM_REMOVAL = "confirm-removal"


class Phase(StrEnum):
    """The headings under which a plan is shown."""

    PROJECT = "project"
    CLUSTER = "cluster"
    KUBEFLOW = "kubeflow"
    ENDPOINT = "endpoint"


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of a plan and the steps that must be done before it can begin.

    A removal takes away what the step named in `undoes` has made.
    """

    name: StepName
    phase: Phase
    needs: tuple[StepName, ...] = ()
    undoes: StepName | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order in which they are shown and started; needs point backwards only."""

    steps: tuple[PlannedStep, ...]

    def __iter__(self) -> Iterator[PlannedStep]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, name: StepName) -> PlannedStep:
        return next(step for step in self.steps if step.name == name)

    @property
    def names(self) -> tuple[StepName, ...]:
        return tuple(step.name for step in self.steps)

    def longest_chain(self, seconds: Mapping[StepName, float]) -> float:
        """Seconds the plan takes if nothing but its own needs holds a step up."""
        ends: dict[StepName, float] = {}
        for step in self.steps:
            begins = max((ends[need] for need in step.needs), default=0.0)
            ends[step.name] = begins + seconds[step.name]
        return max(ends.values())


_S = StepName
_ALL_STEPS = (
    PlannedStep(_S.CHECK_PROJECT, Phase.PROJECT),
    PlannedStep(_S.ENABLE_SERVICES, Phase.PROJECT, (_S.CHECK_PROJECT,)),
    PlannedStep(_S.RESERVE_ADDRESS, Phase.PROJECT, (_S.ENABLE_SERVICES,)),
    PlannedStep(_S.CREATE_ACCOUNTS, Phase.PROJECT, (_S.ENABLE_SERVICES,)),
    PlannedStep(_S.PUBLISH_NAME, Phase.PROJECT, (_S.RESERVE_ADDRESS,)),
    PlannedStep(_S.CREATE_CLUSTER, Phase.CLUSTER, (_S.CREATE_ACCOUNTS,)),
    PlannedStep(_S.LOAD_BUNDLE, Phase.KUBEFLOW),
    PlannedStep(_S.INSTALL_BASE, Phase.KUBEFLOW, (_S.CREATE_CLUSTER, _S.LOAD_BUNDLE)),
    PlannedStep(_S.INSTALL_KUBEFLOW, Phase.KUBEFLOW, (_S.INSTALL_BASE,)),
    PlannedStep(_S.BIND_WORKLOAD_IDENTITY, Phase.KUBEFLOW, (_S.CREATE_CLUSTER,)),
    PlannedStep(_S.OPEN_ENDPOINT, Phase.ENDPOINT, (_S.INSTALL_BASE, _S.PUBLISH_NAME)),
    PlannedStep(_S.SECURE_ENDPOINT, Phase.ENDPOINT, (_S.OPEN_ENDPOINT,)),
    PlannedStep(_S.WAIT_READY, Phase.ENDPOINT),
)
_ENDPOINT_ONLY = {
    _S.RESERVE_ADDRESS,
    _S.PUBLISH_NAME,
    _S.OPEN_ENDPOINT,
    _S.SECURE_ENDPOINT,
}
# What stands on as it is when an endpoint is added.
_STANDING = {_S.CREATE_ACCOUNTS, _S.CREATE_CLUSTER, _S.BIND_WORKLOAD_IDENTITY}
# What the other steps make goes with the cluster, or was never more than a look.
_REMOVALS = {
    _S.SECURE_ENDPOINT: _S.WITHDRAW_ACCESS,
    _S.OPEN_ENDPOINT: _S.CLOSE_ENDPOINT,
    _S.BIND_WORKLOAD_IDENTITY: _S.UNBIND_WORKLOAD_IDENTITY,
    _S.CREATE_CLUSTER: _S.DELETE_CLUSTER,
    _S.PUBLISH_NAME: _S.WITHDRAW_NAME,
    _S.CREATE_ACCOUNTS: _S.DELETE_ACCOUNTS,
    _S.RESERVE_ADDRESS: _S.RELEASE_ADDRESS,
    _S.ENABLE_SERVICES: _S.LEAVE_SERVICES,
}


def plan_for(spec: DeploymentSpec) -> Plan:
    """The steps that `spec` needs: without an endpoint nothing is reserved or published for one."""
    unwanted = _ENDPOINT_ONLY if spec.login == Login.LATER else frozenset()
    kept = [step for step in _ALL_STEPS if step.name not in unwanted]
    return Plan(tuple(_with_all_needs(step, kept) for step in kept))


def making_for(spec: DeploymentSpec) -> Plan:
    """What a run that makes `spec` carries out: its plan.

    Where an endpoint is added to a Kubeflow that is there: what that takes, the installation with
    the other login too. What would need a step that was done then needs the report's word instead
    that it is going to work, so that nothing is changed before.
    """
    plan = plan_for(spec)
    if not spec.endpoint_added:
        return plan
    return Plan(tuple(_on_top(step) for step in plan if step.name not in _STANDING))


def teardown_for(spec: DeploymentSpec) -> Plan:
    """What takes away all that `plan_for(spec)` makes.

    A removal waits for the removals of the steps that needed its own, so nothing is taken from
    under what stands on it. As the last step of a plan proves that all is there, the last
    removal proves that nothing is left.
    """
    plan = plan_for(spec)
    removals = [
        PlannedStep(_REMOVALS[step.name], step.phase, _removals_before(step.name, plan), step.name)
        for step in reversed(plan.steps)
        if step.name in _REMOVALS
    ]
    names = tuple(removal.name for removal in removals)
    last = PlannedStep(_S.CONFIRM_REMOVAL, Phase.PROJECT, names, _S.WAIT_READY)
    return Plan((*removals, last))


def _removals_before(name: StepName, plan: Plan) -> tuple[StepName, ...]:
    """The removals of what needed step `name`; a step that has none hands on its own."""
    found: list[StepName] = []
    for step in reversed(plan.steps):
        if name in step.needs and step.name != _S.WAIT_READY:
            removal = _REMOVALS.get(step.name)
            found.extend([removal] if removal else _removals_before(step.name, plan))
    return tuple(dict.fromkeys(found))


def _on_top(step: PlannedStep) -> PlannedStep:
    """The step as it waits where the cluster and its accounts are there already."""
    needs = (_S.CHECK_PROJECT if need in _STANDING else need for need in step.needs)
    return replace(step, needs=tuple(dict.fromkeys(needs)))


def _with_all_needs(step: PlannedStep, kept: list[PlannedStep]) -> PlannedStep:
    """The last step waits for every other one; it alone may say that all is well."""
    if step.name != _S.WAIT_READY:
        return step
    others = tuple(other.name for other in kept if other.name != _S.WAIT_READY)
    return PlannedStep(step.name, step.phase, others)

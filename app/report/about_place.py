"""Checks of where it will run: zone, machines, GPUs, Kubernetes, network."""

from app.domain.places import GPUS
from app.errors import Message
from app.google import links
from app.google.facts import Facts
from app.kubeflow.catalogue import release
from app.report.asked import Asked
from app.report.lines import Line, State, passed

ZONE = Message("Zone")
MACHINE = Message("Machine type")
GPU = Message("GPU")
KUBERNETES = Message("Kubernetes version")
NETWORK = Message("Network")
_DEFAULT = "default"


async def zone(facts: Facts, asked: Asked) -> list[Line]:
    """The zone is there and up."""
    name = asked.spec.zone
    found = next((zone for zone in await facts.zones() if zone.name == name), None)
    if found is None:
        return [_not_here("zone", ZONE, Message("The project has no zone %(zone)s.", zone=name))]
    if not found.up:
        return [_not_here("zone", ZONE, Message("%(zone)s is down.", zone=name))]
    if found.deprecated:
        text = Message(
            "Google is giving up %(zone)s (%(state)s).", zone=name, state=found.deprecated
        )
        return [Line("zone", ZONE, State.WARNING, text, hint=Message("Choose another zone."))]
    return [passed("zone", ZONE, Message("%(zone)s is up.", zone=name))]


async def machine_type(facts: Facts, asked: Asked) -> list[Line]:
    """The zone offers the machines."""
    name, zone = asked.spec.machine_type, asked.spec.zone
    found = await facts.machine_type(zone, name)
    if found is None:
        return [_not_offered("machine-type", MACHINE, name, zone)]
    text = Message(
        "%(zone)s offers %(machine)s: %(cores)s vCPUs, %(memory)s GB.",
        zone=zone,
        machine=name,
        cores=found.cores,
        memory=f"{found.memory_gb:g}",
    )
    return [passed("machine-type", MACHINE, text)]


async def gpu(facts: Facts, asked: Asked) -> list[Line]:
    """The zone offers the GPU, and the machines that carry it."""
    if not asked.spec.gpu_type:
        return []
    model, zone = GPUS[asked.spec.gpu_type], asked.spec.zone
    offered = await facts.gpus()
    if asked.spec.gpu_type not in offered.get(zone, frozenset()):
        return [_no_gpu(asked, model.label, offered)]
    machine = model.machine_type(asked.spec.gpus)
    if await facts.machine_type(zone, machine) is None:
        return [_not_offered("gpu", GPU, machine, zone)]
    text = Message(
        "%(zone)s offers %(gpu)s; its nodes are %(machine)s.",
        zone=zone,
        gpu=model.label,
        machine=machine,
    )
    return [passed("gpu", GPU, text)]


async def kubernetes(facts: Facts, asked: Asked) -> list[Line]:
    """GKE offers a Kubernetes that the release was tested with."""
    wanted = release(asked.spec.version)
    offered = await facts.versions(asked.spec.zone)
    fitting = [version for version in offered if version.startswith(f"{wanted.kubernetes}.")]
    version = next(iter(fitting), offered[0])
    if fitting or version.startswith(tuple(f"{minor}." for minor in wanted.tested)):
        text = Message("GKE offers %(version)s.", version=version)
        return [passed("kubernetes", KUBERNETES, text)]
    text = Message(
        "GKE does not offer Kubernetes %(wanted)s here any more or yet; it will be %(version)s.",
        wanted=wanted.kubernetes,
        version=version,
    )
    hint = Message(
        "Kubeflow %(release)s was tested on Kubernetes %(tested)s. Another zone or another version "
        "of Kubeflow may fit.",
        release=wanted.id,
        tested=", ".join(wanted.tested),
    )
    return [Line("kubernetes", KUBERNETES, State.WARNING, text, hint=hint)]


async def network(facts: Facts, asked: Asked) -> list[Line]:
    """The network that the cluster joins is there."""
    if await facts.network(_DEFAULT):
        text = Message("The network “%(network)s” is there.", network=_DEFAULT)
        return [passed("network", NETWORK, text)]
    return [
        Line(
            "network",
            NETWORK,
            State.BLOCKING,
            Message("The project has no network “%(network)s”.", network=_DEFAULT),
            hint=Message("An administrator of the project makes it with this command:"),
            commands=(
                f"gcloud compute networks create {_DEFAULT} --subnet-mode=auto "
                f"--project={asked.project}",
            ),
            link=links.networks(asked.project),
        )
    ]


def _no_gpu(asked: Asked, label: str, offered: dict[str, frozenset[str]]) -> Line:
    zones = sorted(zone for zone, gpus in offered.items() if asked.spec.gpu_type in gpus)
    text = Message("%(zone)s has no %(gpu)s.", zone=asked.spec.zone, gpu=label)
    hint = Message("Zones that have it: %(zones)s.", zones=", ".join(zones)) if zones else None
    return Line("gpu", GPU, State.BLOCKING, text, hint=hint)


def _not_offered(check: str, title: Message, machine: str, zone: str) -> Line:
    text = Message("%(zone)s does not offer %(machine)s.", zone=zone, machine=machine)
    hint = Message("Choose another machine type or zone.")
    return Line(check, title, State.BLOCKING, text, hint=hint)


def _not_here(check: str, title: Message, text: Message) -> Line:
    return Line(check, title, State.BLOCKING, text, hint=Message("Choose another zone."))

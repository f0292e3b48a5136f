"""What the form's lists offer: the project's own zones, machines and GPUs where they are known."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.domain.places import GPUS, MACHINE_TYPES, ZONES, region_of, suits_kubeflow
from app.errors import Message, PortalError
from app.google.facts import Facts, ServiceOff
from app.google.readings import Zone

WAIT = 1.5  # seconds for which a page waits for Google's lists; a script fetches them later
_EVERYWHERE = Message("Zones and sizes as Google has them everywhere.")


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list, and what is shown for it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Offer:
    """The lists, and what to know of them; `kubernetes` is the version that GKE would take."""

    zones: dict[str, list[Choice]]
    machines: Sequence[Choice]
    gpus: Sequence[Choice]
    note: Message
    kubernetes: str = ""


def everywhere(note: Message = _EVERYWHERE) -> Offer:
    """The lists that no project has been asked for."""
    return Offer(
        zones=_by_region(Choice(zone, zone) for zone in ZONES),
        machines=[Choice(machine, machine) for machine in MACHINE_TYPES],
        gpus=[Choice(name, gpu.label) for name, gpu in GPUS.items()],
        note=note,
    )


async def of_project(facts: Facts, zone: str) -> Offer:
    """The lists of a project, with machines and GPUs of `zone`; never raises for Google's part."""
    try:
        async with asyncio.timeout(WAIT):
            zones, gpus, machines = await asyncio.gather(
                facts.zones(), facts.gpus(), facts.machine_types(zone)
            )
    except ServiceOff as off:
        return everywhere(
            Message(
                "Zones and sizes as Google has them everywhere: this project’s own can be listed "
                "after %(service)s is enabled.",
                service=off.service,
            )
        )
    except (PortalError, TimeoutError):  # the report says what Google said
        return everywhere()
    return Offer(
        zones=_by_region(_zone(zone, gpus) for zone in zones if zone.up),
        machines=[
            Choice(size.name, f"{size.name} ({size.cores} vCPU, {size.memory_gb:g} GB)")
            for size in sorted(machines, key=lambda size: (size.name.split("-")[:2], size.cores))
            if suits_kubeflow(size.name)
        ],
        gpus=[Choice(n, g.label) for n, g in GPUS.items() if n in gpus.get(zone, frozenset())],
        note=Message("Zones and sizes as %(project)s has them.", project=facts.project_id),
    )


def with_chosen(choices: Sequence[Choice], chosen: str) -> list[Choice]:
    """The choices, and the one that was made, even if it is not among them."""
    known = any(choice.value == chosen for choice in choices)
    return [*choices] if known or not chosen else [Choice(chosen, chosen), *choices]


def _zone(zone: Zone, gpus: dict[str, frozenset[str]]) -> Choice:
    here = [GPUS[name].label.split()[1] for name in sorted(gpus.get(zone.name, ())) if name in GPUS]
    return Choice(zone.name, f"{zone.name} · {', '.join(here)}" if here else zone.name)


def _by_region(zones: Iterable[Choice]) -> dict[str, list[Choice]]:
    return {region: list(found) for region, found in groupby(zones, lambda z: region_of(z.value))}

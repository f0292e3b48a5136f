"""What a report is about."""

from dataclasses import dataclass

from app.domain.names import LABEL, Names
from app.domain.places import region_of
from app.domain.spec import DeploymentSpec
from app.google.readings import Thing


@dataclass(frozen=True, slots=True)
class Asked:
    """A spec, some fields of which may not be filled in yet (`unclear`), and who asks.

    `ours` is the id of the deployment that is being made: what carries its mark is no obstacle.
    """

    spec: DeploymentSpec
    email: str
    unclear: frozenset[str] = frozenset()
    ours: str = ""

    @property
    def names(self) -> Names:
        return self.spec.names

    @property
    def project(self) -> str:
        return self.spec.project

    @property
    def region(self) -> str:
        return region_of(self.spec.zone)

    def made(self, thing: Thing) -> bool:
        """Whether the deployment in question has made it."""
        if not self.ours:
            return False
        marks = {thing.description, f"{LABEL}: {thing.labels.get(LABEL, '')}"}
        return bool(marks & {f"{LABEL}: {self.ours}", f"{LABEL}: {self.ours.lower()}"})

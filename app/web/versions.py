"""The releases of Kubeflow that the form offers."""

from dataclasses import dataclass

from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Version:
    """A release: its id in a spec, what people call it, and what they should know of it."""

    id: str
    label: str
    note: str = ""


def available_versions(_settings: Settings) -> list[Version]:
    """The newest first."""
    return [Version("26.03", "26.03")]

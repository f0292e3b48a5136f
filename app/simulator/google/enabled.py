"""Which services a project has enabled, from when and until when."""

from app.simulator.google.cloud import Cloud, parse, stamp
from app.simulator.google.errors import Json


def is_on(cloud: Cloud, project: str, service: str) -> bool:
    """Whether Service Usage calls it ENABLED."""
    document = _document(cloud, project, service)
    return document is not None and _counts(cloud, document, document["enabled_at"])


def is_usable(cloud: Cloud, project: str, service: str) -> bool:
    """Whether the service answers: that can be a while later."""
    document = _document(cloud, project, service)
    if document is None:
        return False
    return _counts(cloud, document, document.get("usable_at") or document["enabled_at"])


def is_changing(cloud: Cloud, project: str, service: str) -> bool:
    """Whether an activation or deactivation is in progress."""
    document = _document(cloud, project, service)
    if document is None:
        return False
    return not cloud.passed(document.get("settled_at") or document["enabled_at"])


def turn_on(cloud: Cloud, project: str, service: str, moment: str) -> None:
    """Let a service that is off be ENABLED from a stored moment on."""
    late = cloud.faults.number_of("api-slow") or 0.0
    usable = stamp(cloud.clock.after(late, parse(moment)))
    document = {"enabled_at": moment, "usable_at": usable}
    cloud.state.put("services", f"{project}/{service}", document)


def turn_off(cloud: Cloud, project: str, service: str, moment: str) -> None:
    """Let a service be DISABLED; until the stored moment its deactivation is in progress."""
    document = _document(cloud, project, service)
    if document is not None:
        document = {**document, "disabled_at": stamp(cloud.now()), "settled_at": moment}
        cloud.state.put("services", f"{project}/{service}", document)


def all_of(cloud: Cloud) -> list[str]:
    """Everything that is ENABLED, as `PROJECT/SERVICE`."""
    keys = (key.partition("/") for key, _ in cloud.state.items("services"))
    return [f"{project}/{name}" for project, _, name in keys if is_on(cloud, project, name)]


def _counts(cloud: Cloud, document: Json, since: str) -> bool:
    return cloud.passed(since) and not cloud.passed(document.get("disabled_at"))


def _document(cloud: Cloud, project: str, service: str) -> Json | None:
    return cloud.state.get("services", f"{project}/{service}")

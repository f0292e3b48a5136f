"""The tool that renders a release's manifests: kustomize, alone or inside kubectl."""

import functools
import re
import shutil
import subprocess

from app.errors import Permanent
from app.text import N_

OLDEST = (5, 4)  # of kustomize; earlier ones fail on the release
_PATIENCE = 10  # seconds for a tool to say its version
_ASKING = {
    "kustomize": (["version"], ["build"]),
    "kubectl": (["version", "--client", "--output=yaml"], ["kustomize"]),
}
_HINT = N_("Install kubectl 1.31 or kustomize 5.4, or later.")


def command() -> list[str]:
    """How to render a folder; raises `Permanent` that names what is missing."""
    found = _found()
    if found is None:
        raise Permanent(
            "A Kubeflow release must be rendered, and there is no kustomize or kubectl here that "
            "is new enough.",
            hint=_HINT,
        )
    return found


def is_there() -> bool:
    """Whether a release can be rendered on this machine."""
    return _found() is not None


def new_enough(said: str) -> bool:
    """Whether the output of `version` tells of a kustomize that works; kubectl names its own."""
    kubectl = re.search(r"kustomizeVersion: *v(\d+)\.(\d+)", said)
    found = kubectl or (None if "clientVersion" in said else re.search(r"v(\d+)\.(\d+)", said))
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST


@functools.cache
def _found() -> list[str] | None:
    for tool, (asking, rendering) in _ASKING.items():
        path = shutil.which(tool)
        if path and new_enough(_version(path, asking)):
            return [path, *rendering]
    return None


def _version(path: str, asking: list[str]) -> str:
    try:
        run = subprocess.run(
            [path, *asking], capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout

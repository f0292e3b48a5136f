"""Where etcd, kube-apiserver and kube-controller-manager are on this machine."""

import os
from dataclasses import dataclass
from pathlib import Path

HOW_TO_GET_THEM = "a real control plane is missing: make control-plane"
_NAMES = ("etcd", "kube-apiserver", "kube-controller-manager")


@dataclass(frozen=True, slots=True)
class Binaries:
    """The directory that holds all three."""

    directory: Path

    @property
    def etcd(self) -> Path:
        """The store."""
        return self.directory / "etcd"

    @property
    def api_server(self) -> Path:
        """The API server."""
        return self.directory / "kube-apiserver"

    @property
    def controller_manager(self) -> Path:
        """The controllers."""
        return self.directory / "kube-controller-manager"


def find(minor: str = "") -> Binaries | None:
    """Those of KUBEBUILDER_ASSETS, else the newest that `make control-plane` has built.

    With `minor` (such as "1.34") only built ones of that minor count; what the variable names is
    taken as it is.
    """
    assets = os.environ.get("KUBEBUILDER_ASSETS", "")
    candidates = [Path(assets)] if assets else []
    candidates += sorted(_cache().glob(f"{minor}.*" if minor else "1.*"), key=_order, reverse=True)
    return next((Binaries(each) for each in candidates if _is_complete(each)), None)


def _cache() -> Path:
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "kubeflow-deploy-portal" / "control-plane"


def _order(directory: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in directory.name.split(".") if part.isdigit())


def _is_complete(directory: Path) -> bool:
    return all(os.access(directory / name, os.X_OK) for name in _NAMES)

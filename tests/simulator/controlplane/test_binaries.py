"""Where the control plane's programs are looked for."""

from pathlib import Path

import pytest

from app.simulator.controlplane import find

NAMES = ("etcd", "kube-apiserver", "kube-controller-manager")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return tmp_path / "kubeflow-deploy-portal/control-plane"


def put(directory: Path, *names: str) -> Path:
    directory.mkdir(parents=True)
    for name in names:
        (directory / name).touch(mode=0o755)
    return directory


def test_nothing_is_found_where_nothing_was_built(cache: Path) -> None:
    assert find() is None


def test_an_unfinished_build_does_not_count(cache: Path) -> None:
    put(cache / "1.35.4", "etcd", "kube-apiserver")
    assert find() is None


def test_the_newest_is_found_unless_a_minor_is_asked_for(cache: Path) -> None:
    for version in ("1.34.4", "1.35.4", "1.35.10"):
        put(cache / version, *NAMES)
    found, older = find(), find("1.34")
    assert found is not None
    assert found.directory == cache / "1.35.10"
    assert older is not None
    assert older.directory == cache / "1.34.4"
    assert find("1.33") is None


def test_what_kubebuilder_names_comes_first(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(cache / "1.35.4", *NAMES)
    own = put(tmp_path / "own", *NAMES)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(own))
    found = find()
    assert found is not None
    assert found.directory == own

"""Which releases there are, and where they come from."""

import gzip
from pathlib import Path

import pytest

from app.domain.spec import Login
from app.errors import InvalidInput, Permanent, Transient
from app.kubeflow import library
from app.kubeflow.catalogue import (
    SAMPLE,
    available_versions,
    release,
    releases,
)
from app.kubeflow.renderer import new_enough
from app.settings import Settings


def _mirror(folder: Path) -> Path:
    """A mirror with a release of two objects and one component."""
    release = folder / "26.03"
    (release / "components").mkdir(parents=True)
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: NAME\n  namespace: kubeflow\n"
    texts = [config.replace("NAME", name) for name in ("known", "stray")]
    for name in ("example-gke.yaml.gz", "example-gke-iap.yaml.gz"):
        (release / name).write_bytes(gzip.compress("---\n".join(texts).encode()))
    (release / "components" / "k.yaml.gz").write_bytes(gzip.compress(texts[0].encode()))
    line = "applications/katib/upstream/installs/katib-with-kubeflow\tk.yaml.gz\t1\t1\t1\t1\n"
    (release / "components" / "INDEX.tsv").write_text(line)
    return folder


def _settings(folder: Path, **more: object) -> Settings:
    """A simulated cloud's settings; a mirror of the machine's own is not looked at."""
    chosen = {"cloud": "simulated", "data_dir": folder / "data", "mirror": None, **more}
    return Settings.model_validate(chosen)


def test_a_release_in_the_mirror_is_offered_first(tmp_path: Path) -> None:
    found = available_versions(_settings(tmp_path, mirror=_mirror(tmp_path / "mirror")))
    assert [version.id for version in found] == ["26.03", SAMPLE]


def test_the_sample_says_what_it_is_and_is_not_offered_on_google(tmp_path: Path) -> None:
    labels = {v.id: v.label for v in available_versions(_settings(tmp_path))}
    assert "not Kubeflow's release" in labels[SAMPLE]
    assert SAMPLE not in [v.id for v in available_versions(_settings(tmp_path, cloud="google"))]


def test_every_release_pins_what_is_downloaded() -> None:
    for found in releases().values():
        assert len(found.tree) == len(found.commit) == 40
        assert all(remote.tree or remote.sha256 for remote in found.remotes)
        assert found.kubernetes in found.tested


def test_an_unknown_version_is_refused_at_its_field() -> None:
    with pytest.raises(InvalidInput) as refused:
        release("0.1")
    assert "version" in refused.value.fields


async def test_a_bundle_of_the_mirror_is_sorted_by_component_and_kept(tmp_path: Path) -> None:
    settings = _settings(tmp_path, mirror=_mirror(tmp_path / "mirror"))
    made = await library.load(settings, "26.03", Login.IAP)
    assert [(item.component, item.name) for item in made.items] == [("katib", "known")]
    (kept,) = (settings.data_dir / "bundles").glob("*.gz")
    written = kept.stat().st_mtime_ns
    assert await library.load(settings, "26.03", Login.IAP) == made
    assert kept.stat().st_mtime_ns == written


async def test_a_mirror_that_is_broken_says_so(tmp_path: Path) -> None:
    mirror = _mirror(tmp_path / "mirror")
    (mirror / "26.03" / "example-gke.yaml.gz").write_bytes(b"not gzip")
    with pytest.raises(Permanent, match="gzip"):
        await library.load(_settings(tmp_path, mirror=mirror), "26.03", Login.PASSWORD)


async def test_a_release_that_cannot_be_fetched_just_now_is_worth_another_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "bin" / "kustomize"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho v5.6.0\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tool.parent), prepend=":")
    settings = _settings(tmp_path, github_url="http://127.0.0.1:9")
    with pytest.raises(Transient, match="could not be downloaded"):
        await library.load(settings, "26.03", Login.PASSWORD)


async def test_the_sample_has_a_login_only_where_it_needs_one(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    with_password = await library.load(settings, SAMPLE, Login.PASSWORD)
    behind_iap = await library.load(settings, SAMPLE, Login.IAP)
    assert "dex" in {item.name for item in with_password.items}
    assert "dex" not in {item.name for item in behind_iap.items}


@pytest.mark.parametrize(
    ("said", "works"),
    [
        ("v5.4.3\n", True),
        ("{Version:kustomize/v5.0.1 GitCommit:x BuildDate:y}", False),
        ("clientVersion:\n  gitVersion: v1.33.1\nkustomizeVersion: v5.6.0\n", True),
        ("clientVersion:\n  gitVersion: v1.30.2\nkustomizeVersion: v5.0.4-0.2\n", False),
        ("clientVersion:\n  gitVersion: v9.9.9\n", False),
        ("", False),
    ],
)
def test_only_a_kustomize_that_can_render_the_release_is_used(said: str, works: bool) -> None:
    assert new_enough(said) == works

"""`kfportal bundle`, as it is typed: on the built-in sample, which needs nothing else."""

import dataclasses
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.commands.bundle import commands
from app.kubeflow import bundle as files
from app.kubeflow.build import sample as sample_of
from app.kubeflow.bundle import Bundle


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KFPORTAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("KFPORTAL_MIRROR", raising=False)
    monkeypatch.delenv("KFPORTAL_BUNDLES", raising=False)
    return tmp_path / "data" / "bundles"


def _run(*words: str) -> Result:
    return CliRunner().invoke(commands, words)


@pytest.fixture
def sample(own_folder: Path) -> Path:
    """The file of the sample's bundle, with a password."""
    for variant in ("password", "iap"):
        files.write(sample_of(variant), own_folder / f"kubeflow-sample-{variant}.gz")
    return own_folder / "kubeflow-sample-password.gz"


def _changed(path: Path, target: Path, **change: object) -> Path:
    files.write(dataclasses.replace(files.read(path), **change), target)  # type: ignore[arg-type]
    return target


def _without(bundle: Bundle, kind: str) -> tuple[object, ...]:
    return tuple(item for item in bundle.items if item.kind != kind)


def test_a_bundle_that_was_built_is_listed_and_shown() -> None:
    built = _run("build", "sample")
    assert built.exit_code == 0, built.output
    listed = _run("list").output
    assert "sample  password" in listed
    assert "26.03  not made: password, iap" in listed
    shown = _run("show", "sample").output
    assert "made from built-in" in shown
    assert "can be left out" in shown
    assert "registry.k8s.io/pause" in shown


def test_a_folder_of_the_settings_is_looked_through_first(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    assert _run("build", "sample", "--variant", "iap", "--output", str(elsewhere)).exit_code == 0
    monkeypatch.setenv("KFPORTAL_BUNDLES", f'["{elsewhere}"]')
    assert str(elsewhere) in _run("list").output.splitlines()[0]


def test_a_whole_bundle_is_verified(sample: Path) -> None:
    verified = _run("verify", "sample")
    assert verified.exit_code == 0, verified.output
    assert "are whole" in verified.output


def test_a_bundle_that_says_more_than_it_holds_is_refused(sample: Path, tmp_path: Path) -> None:
    path = _changed(sample, tmp_path / "b.gz", items=_without(files.read(sample), "Service"))
    verified = _run("verify", str(path))
    assert verified.exit_code == 1
    assert "something else of kinds" in verified.output


def test_a_damaged_file_is_no_bundle(sample: Path, tmp_path: Path) -> None:
    for content in (b"", b"not gzip", sample.read_bytes()[:-200]):
        (tmp_path / "broken.gz").write_bytes(content)
        verified = _run("verify", str(tmp_path / "broken.gz"))
        assert verified.exit_code == 2
        assert "is no bundle" in verified.output


def test_two_bundles_are_compared_object_by_object(sample: Path) -> None:
    same = _run("diff", "sample", str(sample))
    assert (same.exit_code, same.output) == (0, "")
    other = _run("diff", str(sample), str(sample.with_name("kubeflow-sample-iap.gz")))
    assert other.exit_code == 1
    assert "- Deployment.apps auth/dex" in other.output


def test_what_differs_inside_an_object_is_named(sample: Path, tmp_path: Path) -> None:
    bundle = files.read(sample)
    last = bundle.items[-1]
    spec = {**last.body, "spec": {**last.body.get("spec", {}), "replicas": 7}}
    path = _changed(sample, tmp_path / "b.gz", items=(*bundle.items[:-1], last.with_body(spec)))
    assert f"{last.name}: spec.replicas" in _run("diff", "sample", str(path)).output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "1.0"), "There is no bundle of 1.0 here: kfportal bundle build 1.0"),
        (("show", "sample", "--variant", "x"), "There is no variant “x”"),
        (("build", "1.0"), "There is no Kubeflow version “1.0” here."),
        (("build", "sample", "--variant", "x"), "There is no variant “x”"),
    ],
)
def test_a_wrong_word_is_refused_with_what_would_be_right(
    words: tuple[str, ...], said: str
) -> None:
    refused = _run(*words)
    assert refused.exit_code == 2
    assert said in refused.output


def test_a_release_that_cannot_be_fetched_says_what_to_do_instead(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tool = tmp_path / "bin" / "kustomize"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho v5.6.0\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tool.parent), prepend=":")
    monkeypatch.setenv("KFPORTAL_GITHUB_URL", "http://127.0.0.1:9")
    refused = _run("build", "26.03")
    assert refused.exit_code == 2
    assert "could not be downloaded" in refused.output
    assert "KFPORTAL_BUNDLES" in refused.output

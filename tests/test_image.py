"""The container image, as far as it can be looked at without a network to build it with."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from app.commands.bundle import commands
from app.kubeflow import renderer
from app.kubeflow.catalogue import VARIANTS, file_name, kept, releases
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
_KFPORTAL = """#!/bin/sh
echo "$*" >> "$0.log"
[ "$2" = build ] || exit 0
mkdir -p "$5" && touch "$5/kubeflow-$3-password.gz" "$5/kubeflow-$3-iap.gz"
"""


@pytest.fixture
def carried(tmp_path: Path) -> tuple[Path, list[list[str]]]:
    """The folder that the image's own command fills with bundles, and what it calls for that."""
    found = re.search(
        r"^FROM build AS bundles\n(?:COPY.*\n)?RUN (.+?)\n\n", DOCKERFILE, re.M | re.S
    )
    assert found
    kfportal = _program(tmp_path / ".venv/bin/kfportal", _KFPORTAL)
    _program(tmp_path / ".venv/bin/python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    bundles = tmp_path / "bundles"
    subprocess.run(
        ["sh", "-c", found[1].replace("/bundles", str(bundles))],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=60,
    )
    called = Path(f"{kfportal}.log").read_text().splitlines()
    return bundles, [line.split() for line in called]


def test_it_carries_both_bundles_of_every_release_where_the_portal_looks(
    carried: tuple[Path, list[list[str]]],
) -> None:
    bundles, called = carried
    settings = Settings(bundles=[bundles])
    for release in releases():
        assert all(kept(settings, release, variant) for variant in VARIANTS)
    verified = {Path(words[2]).name for words in called if words[1] == "verify"}
    assert verified == {file_name(release, v) for release in releases() for v in VARIANTS}
    looked_in = re.search(r"KFPORTAL_BUNDLES='(.+)'", DOCKERFILE)
    assert looked_in
    assert json.loads(looked_in[1]) == ["/bundles"]
    assert "COPY --from=bundles /bundles /bundles" in DOCKERFILE


def test_the_portals_commands_understand_what_the_image_calls(
    carried: tuple[Path, list[list[str]]],
) -> None:
    group = get_command(commands)
    for _, name, *words in carried[1]:
        group.commands[name].make_context(name, words)  # type: ignore[attr-defined]


def test_its_kustomize_can_render_a_release() -> None:
    (version,) = re.findall(r"^FROM registry.k8s.io/kustomize/kustomize:(\S+) ", DOCKERFILE, re.M)
    assert renderer.new_enough(version)


def test_all_that_it_copies_is_there_and_let_through() -> None:
    let_through = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M):
        for source in sources.split():
            assert (ROOT / source).exists()
            assert source in let_through


def test_it_runs_as_nobody_in_particular() -> None:
    (user,) = re.findall(r"^USER (\S+)$", DOCKERFILE, re.M)
    assert int(user) > 0


def _program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path

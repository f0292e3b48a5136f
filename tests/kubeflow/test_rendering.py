"""The release's own files, rendered here, become the bundle that the mirror's renderings become."""

import dataclasses
import tarfile
from pathlib import Path

from app.domain.spec import Login
from app.kubeflow.build import parsed
from app.kubeflow.bundle import Bundle
from app.kubeflow.catalogue import release
from app.kubeflow.own import made_own
from app.kubeflow.release import rendered_tree
from app.kubeflow.renderer import is_there
from app.kubeflow.survey import assembled
from tests.kubeflow.objects import owner
from tests.kubeflow.real import MIRROR, VERSION, shipped
from tests.support.tools import missing

_PLACEHOLDER = "kubeflow-pipelines-profile-controller"  # the mirror's files hold one of its scripts


def _as_applied(bundle: Bundle) -> dict[tuple[str, str, str, str], object]:
    made = made_own(bundle, owner(Login.IAP))
    return {i.key: i.body for i in made.items if not i.name.startswith(_PLACEHOLDER)}


def test_rendering_the_release_gives_what_the_mirror_holds(tmp_path: Path) -> None:
    mirrored = shipped(Login.IAP)
    packed = MIRROR / VERSION / "tree.tar.gz"
    if not packed.is_file():
        missing(f"{packed} is not there")
    if not is_there():
        missing("neither kustomize 5.4 nor kubectl 1.31 is installed")
    with tarfile.open(packed) as files:
        files.extractall(tmp_path, filter="data")
    (tree,) = tmp_path.iterdir()
    offline = dataclasses.replace(release(VERSION), remotes=())
    parts = parsed(rendered_tree(tree, offline, "iap", "http://127.0.0.1:9"))
    rendered = assembled(VERSION, "iap", "", parts)
    assert _as_applied(rendered) == _as_applied(mirrored)
    assert [i.key for i in rendered.items if not i.name.startswith(_PLACEHOLDER)] == [
        i.key for i in mirrored.items if not i.name.startswith(_PLACEHOLDER)
    ]

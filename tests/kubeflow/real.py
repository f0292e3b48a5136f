"""The real release, for tests that can be sure of something only there."""

import asyncio
import functools
import os
import tempfile
from pathlib import Path

from app.domain.spec import Login
from app.kubeflow import library
from app.kubeflow.bundle import Bundle
from app.kubeflow.catalogue import in_mirror
from app.settings import Settings
from tests.support.tools import missing

VERSION = "26.03"
MIRROR = Path(os.environ.get("KFPORTAL_MIRROR", Path(__file__).parents[3] / "shared/kubeflow"))


def shipped(login: Login) -> Bundle:
    """The release as it is shipped; the test is skipped where no mirror of it is at hand."""
    return _loaded(Login.IAP if login == Login.IAP else Login.PASSWORD)


@functools.cache
def _loaded(login: Login) -> Bundle:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(cloud="simulated", mirror=MIRROR, data_dir=Path(folder))
        if in_mirror(settings, VERSION) is None:
            missing(f"{MIRROR} has no release {VERSION}; set KFPORTAL_MIRROR")
        return asyncio.run(library.load(settings, VERSION, login))

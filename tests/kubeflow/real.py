"""The real release, for tests that can be sure of something only there."""

import asyncio
import atexit
import functools
import os
import shutil
import tempfile
from pathlib import Path

from app.domain.spec import Login
from app.kubeflow import library
from app.kubeflow.bundle import Bundle, read
from app.kubeflow.catalogue import in_mirror
from app.settings import Settings
from tests.support.tools import missing

VERSION = "26.03"
MIRROR = Path(os.environ.get("KFPORTAL_MIRROR", Path(__file__).parents[3] / "shared/kubeflow"))


def shipped(login: Login) -> Bundle:
    """The release as it is shipped, in memory; skips the test where no mirror has it."""
    return _loaded(Login.IAP if login == Login.IAP else Login.PASSWORD)


def packed(login: Login) -> Path:
    """The file of its bundle, made once; skips the test where no mirror has the release."""
    settings = Settings(cloud="simulated", mirror=MIRROR, data_dir=_folder())
    if in_mirror(settings, VERSION) is None:
        missing(f"{MIRROR} has no release {VERSION}; set KFPORTAL_MIRROR")
    return asyncio.run(library.made(settings, VERSION, library.variant_for(login)))


@functools.cache
def _loaded(login: Login) -> Bundle:
    return read(packed(login)).loaded()


@functools.cache
def _folder() -> Path:
    """The run's own: a bundle takes seconds to make, and all of its processes take the same."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    folder = Path(tempfile.gettempdir()) / f"kfportal-bundles-{run}"
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder

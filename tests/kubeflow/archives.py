"""Archives as GitHub packs them, made with git itself."""

import subprocess
from collections.abc import Mapping
from pathlib import Path


def packed(folder: Path, files: Mapping[str, str], *, bare: bool = False) -> tuple[bytes, str]:
    """A compressed archive of `files`, and the tree id that git gives them.

    A program and a link to it are added, unless only the very files are wanted.
    """
    folder.mkdir()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    if not bare:
        _add_special_files(folder)
    _git(folder, "init", "--quiet")
    _git(folder, "add", ".")
    tree = _git(folder, "write-tree").decode().strip()
    return _git(folder, "archive", "--format=tar.gz", "--prefix=release-1/", tree), tree


def _add_special_files(folder: Path) -> None:
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("run.sh")


def _git(folder: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True).stdout

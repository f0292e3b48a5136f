"""Archives as GitHub packs them, made with git itself, and a server to fetch them from."""

import http.server
import subprocess
import threading
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


class serving:  # noqa: N801  (used like a function)
    """Serves files over HTTP while the block is at work; its URL is what the block gets."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = files.get(self.path)
                self.send_response(200 if content is not None else 404)
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_: object) -> None:
                """Tests need no access log."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _add_special_files(folder: Path) -> None:
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("run.sh")


def _git(folder: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True).stdout

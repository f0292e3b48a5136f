"""Style sheets, scripts and pictures: addressed by their content, so that they may be kept."""

import hashlib
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FOR_EVER = "public, max-age=31536000, immutable"


class StaticUrls:
    """The URL of each file, with the first digits of its SHA-256."""

    def __init__(self, root: Path) -> None:
        self._versions = {
            file.relative_to(root).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:12]
            for file in root.rglob("*")
            if file.is_file()
        }

    def __call__(self, path: str) -> str:
        """`css/look.css` as `/static/css/look.css?v=...`; raises `KeyError` for no such file."""
        return f"/static/{path}?v={self._versions[path]}"

    def is_current(self, path: str, version: str) -> bool:
        """Whether a URL with this version will always mean the bytes served now."""
        return self._versions.get(path) == version


class VersionedFiles(StaticFiles):
    """Static files with ETags; those asked for by version need never be asked for again."""

    def __init__(self, directory: Path, urls: StaticUrls) -> None:
        super().__init__(directory=directory)
        self._urls = urls

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        version = parse_qs(scope["query_string"].decode("latin-1")).get("v", [""])[0]
        current = self._urls.is_current(path, version)
        response.headers["Cache-Control"] = _FOR_EVER if current else "no-cache"
        return response

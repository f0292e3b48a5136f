"""The id that git gives to a tree of files, computed from an archive of them."""

import hashlib
import tarfile
from dataclasses import dataclass, field


@dataclass
class _Folder:
    entries: dict[str, "_Folder | tuple[bytes, bytes]"] = field(default_factory=dict)


def tree_id(archive: tarfile.TarFile, folder: str = "") -> str:
    """The SHA-1 of the tree below the archive's top folder, or a folder in it, in hexadecimal.

    It depends on names, modes and contents only: not on how or when the files were packed.
    """
    top = folder.split("/") if folder else []
    root = _Folder()
    for member in archive:
        parts = member.name.split("/")[1:]
        if parts[: len(top)] == top and len(parts) > len(top) and not member.isdir():
            _folder(root, parts[len(top) : -1]).entries[parts[-1]] = _leaf(archive, member)
    return _hash_folder(root).hex()


def _folder(root: _Folder, parts: list[str]) -> _Folder:
    here = root
    for part in parts:
        inner = here.entries.setdefault(part, _Folder())
        if not isinstance(inner, _Folder):
            raise ValueError(f"{part} is a file and a folder")
        here = inner
    return here


def _leaf(archive: tarfile.TarFile, member: tarfile.TarInfo) -> tuple[bytes, bytes]:
    if member.issym():
        return b"120000", _hash(b"blob", member.linkname.encode())
    file = archive.extractfile(member)
    content = file.read() if file else b""
    return (b"100755" if member.mode & 0o100 else b"100644"), _hash(b"blob", content)


def _hash_folder(folder: _Folder) -> bytes:
    """Git sorts a folder's entries as if the names of folders ended with a slash."""
    lines: list[tuple[bytes, bytes]] = []
    for name, entry in folder.entries.items():
        if isinstance(entry, _Folder):
            line = b"40000 " + name.encode() + b"\0" + _hash_folder(entry)
            lines.append((name.encode() + b"/", line))
        else:
            mode, digest = entry
            lines.append((name.encode(), mode + b" " + name.encode() + b"\0" + digest))
    return _hash(b"tree", b"".join(line for _, line in sorted(lines)))


def _hash(kind: bytes, content: bytes) -> bytes:
    head = kind + b" " + str(len(content)).encode() + b"\0"
    return hashlib.sha1(head + content, usedforsecurity=False).digest()

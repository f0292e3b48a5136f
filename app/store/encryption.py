"""Columns that encrypt themselves, with keys kept outside the database."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

KEY_FILE = "encryption.key"


class Cipher:
    """Encrypts with the first key and decrypts with any: put a new key first to rotate."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def encrypt(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def decrypt(self, data: bytes) -> str:
        return self._fernet.decrypt(data).decode()


class EncryptedText(TypeDecorator[str]):
    """Text that reaches the database only as ciphertext."""

    impl = LargeBinary
    cache_ok = True
    ciphers: ClassVar[WeakKeyDictionary[Dialect, Cipher]] = WeakKeyDictionary()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else self.ciphers[dialect].encrypt(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self.ciphers[dialect].decrypt(bytes(value))


def load_or_make_keys(data_dir: Path) -> list[str]:
    """The keys of a portal that was given none: made once, readable by its user alone.

    Two processes that start together agree: only one of them can create the file.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / KEY_FILE
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(Fernet.generate_key().decode())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().split()

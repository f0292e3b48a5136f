"""Texts that are written in one place and translated in another."""


def N_(text: str) -> str:  # noqa: N802  (gettext's own name for it)
    """Mark an English template for translation; it is translated where it is shown."""
    return text

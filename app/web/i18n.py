"""Words in the reader's language: English texts in the code, translations from `locales/`."""

from collections.abc import Mapping
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from app.errors import Message

LANGUAGES = ("en", "ko")
DEFAULT = "en"


class Translator:
    """One language's words."""

    def __init__(self, language: str, catalog: NullTranslations) -> None:
        self.language = language
        self.catalog = catalog

    def gettext(self, template: str, **values: object) -> str:
        """The template in this language, filled in."""
        return self.filled(template, values)

    def ngettext(self, one: str, many: str, count: int, **values: object) -> str:
        """The form that fits `count`, filled in."""
        return self.catalog.ngettext(one, many, count) % values

    def message(self, message: Message) -> str:
        """A message of `app.errors` in this language."""
        return self.filled(message.template, message.values)

    def filled(self, template: str, values: Mapping[str, object]) -> str:
        """As `gettext`, with the values in a mapping; without any, a `%` stands for itself."""
        if not template:
            return ""  # gettext keeps a catalog's header under the empty text
        text = self.catalog.gettext(template)
        return text % values if values else text


def load(locales: Path) -> dict[str, Translator]:
    """A translator for each language; one without a catalog speaks English."""
    return {language: Translator(language, _catalog(locales, language)) for language in LANGUAGES}


def choose(cookie: str | None, accept_language: str) -> str:
    """The reader's language: their own choice, else the browser's first that we speak."""
    if cookie in LANGUAGES:
        return cookie
    ranked = sorted(_ranges(accept_language), key=lambda pair: -pair[1])
    return next((name for name, q in ranked if name in LANGUAGES and q > 0), DEFAULT)


def _ranges(accept_language: str) -> list[tuple[str, float]]:
    found = []
    for part in accept_language.split(","):
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            weight = 0.0
        found.append((name.split("-")[0].strip().lower(), weight))
    return found


def _catalog(locales: Path, language: str) -> NullTranslations:
    """Compiled at start, so that no built file can be older than its source."""
    path = locales / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)

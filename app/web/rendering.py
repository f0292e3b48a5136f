"""Templates made into pages: one prepared environment a language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.settings import Settings
from app.store.tables import User
from app.web import i18n, words
from app.web.i18n import Translator
from app.web.static import StaticUrls

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class PageContext:
    """What every page knows of its reader and the portal.

    `faults_url` is the simulator's own page, for demos; `own_credentials` says that the portal
    acts with those of its machine.
    """

    user: User | None
    csrf: str
    language: str
    path: str
    demo: bool
    clock_speed: float
    faults_url: str
    own_credentials: bool
    static: StaticUrls


class Renderer:
    """Renders templates in any of the languages."""

    def __init__(self, settings: Settings, root: Path = ROOT) -> None:
        self._settings = settings
        self.static = StaticUrls(root / "static")
        self.translators = i18n.load(root / "locales")
        loader = FileSystemLoader(root / "templates")
        self._environments = {
            language: _environment(loader, translator)
            for language, translator in self.translators.items()
        }

    def render(self, template: str, page: PageContext, context: Mapping[str, Any]) -> str:
        """The template in the page's language."""
        environment = self._environments[page.language]
        return environment.get_template(template).render(page=page, **context)

    def page(
        self, language: str, path: str, user: User | None = None, csrf: str = ""
    ) -> PageContext:
        """The context of a page for this reader."""
        return PageContext(
            user=user,
            csrf=csrf,
            language=language,
            path=path,
            demo=self._settings.simulated,
            clock_speed=self._settings.clock_speed,
            faults_url=f"{self._settings.simulator_url.rstrip('/')}/_simulator/",
            own_credentials=self._settings.default_credentials,
            static=self.static,
        )


def _environment(loader: FileSystemLoader, translator: Translator) -> Environment:
    environment = Environment(
        loader=loader,
        autoescape=True,
        auto_reload=False,
        cache_size=-1,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    catalog = translator.catalog
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        catalog.gettext, catalog.ngettext, newstyle=True
    )
    environment.filters |= {
        "iso": iso,
        "utc_clock": utc_clock,
        "duration": partial(words.duration, translate=translator),
    }
    return environment


def iso(moment: datetime) -> str:
    """`2026-11-24T19:47:29.120Z`, as a browser's `Date` reads it."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def utc_clock(moment: datetime) -> str:
    """`19:47:29 UTC`: for readers without JavaScript, whose zone is not known."""
    return moment.astimezone(UTC).strftime("%H:%M:%S UTC")

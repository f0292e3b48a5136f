"""Collect every text to be translated, and bring the catalogs in `locales/` up to date.

A text is an English template: the first literal of `gettext`, `N_`, `Message` and the like in
`app/`, the `hint` of an error, and `_()` in the templates. Translations are kept, new texts come
in empty (a test finds them), and those that nobody says any more go.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
LOCALES = ROOT / "locales"
Text = str | tuple[str, ...]

# Which arguments, counted from 0, hold texts.
_PLACES = {
    "gettext": (0,),
    "N_": (0,),
    "Message": (0,),
    "NotFound": (0,),
    "NotAllowed": (0,),
    "Conflict": (0,),
    "Refused": (0,),
    "say": (0,),
    "made": (0,),
    "removed": (0,),
    "progress": (1,),
    "FieldRefused": (1,),
    "Version": (1, 2),
    "record": (4,),
    "_account": (2,),  # what an account is for, in app/steps/accounts.py
}
_ALSO_TEXTS = ("hint", "kept")  # keyword arguments
_HEADER = re.compile(r'^"(Report-Msgid|POT-Creation|PO-Revision|Last-Trans|Language-Team|Gener)')


def main() -> None:
    """Bring every catalog up to date, and say what is left to do."""
    texts = collect()
    for path in sorted(LOCALES.glob("*/LC_MESSAGES/messages.po")):
        catalog = updated(path, texts)
        path.write_text(_written(catalog), encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {len(texts)} texts, {len(untranslated(catalog))} to do")


def collect() -> set[Text]:
    """Every text of the project; one with a plural form is a pair."""
    found: set[Text] = set()
    for path in (ROOT / "app").rglob("*.py"):
        if "simulator" not in path.parts:  # Google's own pages and messages are not ours
            found.update(_texts_of_python(ast.parse(path.read_text(encoding="utf-8"))))
    templates = extract_from_dir(ROOT / "templates", [("**.html", "jinja2")])
    return found | {text for _, _, text, _, _ in templates}


def updated(path: Path, texts: set[Text]) -> Catalog:
    """The catalog with exactly these texts."""
    language = path.parents[1].name
    with path.open("rb") as source:
        known = read_po(source, locale=language)
    catalog = Catalog(locale=language, project="Kubeflow Deploy Portal", version="", fuzzy=False)
    catalog.header_comment = known.header_comment
    for text in texts:
        before = known.get(text)
        catalog.add(text, before.string if before else "")
    return catalog


def untranslated(catalog: Catalog) -> list[Text]:
    """What the catalog has no words for."""
    return [_key(message.id) for message in catalog if message.id and not _is_said(message)]


def _key(text: Text | list[str]) -> Text:
    return tuple(text) if isinstance(text, list) else text


def _is_said(message: Message) -> bool:
    said = message.string
    return bool(said and all(said))


def _texts_of_python(tree: ast.AST) -> Iterator[Text]:
    named = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _texts_of_call(node, named)


def _texts_of_call(call: ast.Call, named: Mapping[str, ast.expr]) -> Iterator[Text]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name == "ngettext":
        pair = tuple(text for argument in call.args[:2] for text in _literals(argument, {}))
        if len(pair) == 2:
            yield pair
    elif name in _PLACES:
        for place in _PLACES[name]:
            for argument in call.args[place : place + 1]:
                yield from _literals(argument, named)
    for keyword in call.keywords:
        if keyword.arg in _ALSO_TEXTS:
            yield from _literals(keyword.value, named)


def _literals(node: ast.expr, named: Mapping[str, ast.expr]) -> Iterator[str]:
    """The texts that an argument may stand for; a name stands for what its module gives it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
        return
    others = dict(named)
    for part in _choices(node, others):
        yield from _literals(part, others)


def _choices(node: ast.expr, named: dict[str, ast.expr]) -> list[ast.expr]:
    match node:
        case ast.IfExp(body=body, orelse=orelse):
            return [body, orelse]
        case ast.BoolOp(values=values) | ast.Dict(values=values):
            return values
        case ast.Subscript(value=value):
            return [value]
        case ast.Name(id=name) if name in named:
            return [named.pop(name)]
    return []


def _written(catalog: Catalog) -> str:
    buffer = BytesIO()
    write_po(buffer, catalog, width=100, sort_output=True, no_location=True)
    lines = buffer.getvalue().decode().split("\n")
    return "\n".join(line for line in lines if not _HEADER.match(line))


if __name__ == "__main__":
    main()

"""The documents say what the code does: settings, links, decisions and dependencies."""

import re
import tomllib
from pathlib import Path

import pytest

from app.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("field", Settings.model_fields)
def test_the_readme_explains_every_setting(field: str) -> None:
    assert f"| `KFPORTAL_{field.upper()}` |" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    links = [link for link in LINK.findall(document.read_text()) if "://" not in link]
    missing = [link for link in links if not (document.parent / link.partition("#")[0]).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_files_that_documents_name_exist(document: Path) -> None:
    named = set(re.findall(r"`([\w./-]+\.(?:py|toml|js|html))`", document.read_text()))
    assert [name for name in sorted(named) if not _is_there(name)] == []


def test_the_simulators_tree_is_the_one_that_is_described() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    tree = text.partition("app/simulator/\n")[2].partition("```")[0]
    named = {word for line in tree.splitlines() for word in re.findall(r"^  ([\w/.* ]+?)  ", line)}
    entries = [entry for words in named for entry in words.split()]
    assert [each for each in entries if not list((ROOT / "app/simulator").glob(each))] == []


def _is_there(name: str) -> bool:
    """Whether there is such a path, or a file that ends so in a folder of the project's own."""
    folders = ("app", "tests", "templates", "static", "tools", "benchmarks")
    return (ROOT / name).exists() or any(any((ROOT / f).rglob(name)) for f in folders)


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs/decisions").glob("0*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_make_targets_that_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target
        for document in DOCUMENTS
        for target in re.findall(r"`make ([a-z-]+)", document.read_text())
    }
    assert named <= targets


def test_the_list_of_dependencies_names_no_other() -> None:
    table = (ROOT / "docs/decisions/0007-dependencies.md").read_text()
    rows = re.findall(r"^\| ([a-z][^|]*) \|", table, re.MULTILINE)
    listed = {name for row in rows[1:] for name in row.split(", ")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    assert listed - {re.split(r"[\[>=<]", requirement)[0] for requirement in wanted} == set()

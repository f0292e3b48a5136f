"""The list of traps names tests that there are, and every test of a trap is on it."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LISTED = frozenset(re.findall(r"`(test_\w+)`", (ROOT / "docs/traps.md").read_text()))


def _tests() -> dict[str, str]:
    """Every test and its docstring."""
    found: dict[str, str] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found[node.name] = ast.get_docstring(node) or ""
    return found


def test_the_tests_that_are_listed_are_there() -> None:
    assert LISTED - _tests().keys() == set()


def test_every_test_of_a_trap_is_listed() -> None:
    traps = {name for name, docstring in _tests().items() if docstring.startswith("Trap:")}
    assert traps - LISTED == set()

"""Expressions of webhooks' `matchConditions`: the part of CEL that such conditions are made of.

Comparisons, `in`, logic, fields, indices, `has`, `size`, the usual functions of text, and
`exists` and `all` over lists. The rest is said to be unsupported.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

Scope = dict[str, Any]
Expression = Callable[[Scope], Any]
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
    r"""|(?P<name>[A-Za-z_]\w*)|(?P<sign>==|!=|<=|>=|&&|\|\||[<>!?:.,+\-()\[\]]))"""
)
_CONSTANTS = {"true": True, "false": False, "null": None}
_METHODS: dict[str, Callable[..., Any]] = {
    "startsWith": lambda text, start: text.startswith(start),
    "endsWith": lambda text, end: text.endswith(end),
    "contains": lambda text, part: part in text,
    "matches": lambda text, pattern: re.search(pattern, text) is not None,
    "size": len,
    "lowerAscii": str.lower,
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda one, other: bool(one == other),
    "!=": lambda one, other: bool(one != other),
    "<": lambda one, other: bool(one < other),
    ">": lambda one, other: bool(one > other),
    "<=": lambda one, other: bool(one <= other),
    ">=": lambda one, other: bool(one >= other),
    "in": lambda one, other: one in other,
}


class Unsupported(ValueError):
    """The expression has what is not evaluated here, or is none."""


class Failed(Exception):
    """The expression has no value: a field is missing, or a value is of the wrong type."""


@lru_cache(maxsize=256)
def compiled(text: str) -> Expression:
    """The expression as a function of its variables; raises Unsupported."""
    parser = _Parser(text)
    expression = parser.choice()
    if parser.token:
        raise Unsupported(f"{parser.token!r} in {text!r}")
    return expression


class _Parser:
    """A parser by recursive descent, from the operators that bind least."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0

    @property
    def token(self) -> str:
        """The token to be read next, empty at the end."""
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def choice(self) -> Expression:
        """`condition ? one : other`"""
        condition = self._either()
        if not self._takes("?"):
            return condition
        one = self.choice()
        self._expect(":")
        other = self.choice()
        return lambda scope: one(scope) if condition(scope) else other(scope)

    def _either(self) -> Expression:
        parts = [self._both()]
        while self._takes("||"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda scope: _settled(parts, scope, True)

    def _both(self) -> Expression:
        parts = [self._comparison()]
        while self._takes("&&"):
            parts.append(self._comparison())
        return parts[0] if len(parts) == 1 else lambda scope: _settled(parts, scope, False)

    def _comparison(self) -> Expression:
        left = self._sum()
        compare = _COMPARISONS.get(self.token)
        if compare is None:
            return left
        self._next += 1
        right = self._sum()
        return lambda scope: _called(compare, left(scope), right(scope))

    def _sum(self) -> Expression:
        left = self._negated()
        while self._takes("+"):
            left = _added(left, self._negated())
        return left

    def _negated(self) -> Expression:
        if self._takes("!"):
            inner = self._negated()
            return lambda scope: not inner(scope)
        if self._takes("-"):
            number = self._negated()
            return lambda scope: -number(scope)
        return self._member()

    def _member(self) -> Expression:
        value = self._primary()
        while True:
            if self._takes("."):
                value = self._selected(value, self._take())
            elif self._takes("["):
                value = _indexed(value, self.choice())
                self._expect("]")
            else:
                return value

    def _selected(self, value: Expression, name: str) -> Expression:
        if not self._takes("("):
            return lambda scope: _field(value(scope), name)
        if name in ("exists", "all"):
            return self._over_items(value, name)
        function = _METHODS.get(name)
        if function is None:
            raise Unsupported(f"the function {name}")
        arguments = self._listed(")")
        return lambda scope: _called(function, value(scope), *(each(scope) for each in arguments))

    def _over_items(self, value: Expression, name: str) -> Expression:
        variable = self._take()
        self._expect(",")
        holds = self.choice()
        self._expect(")")
        over = any if name == "exists" else all
        return lambda scope: over(holds({**scope, variable: item}) for item in value(scope))

    def _primary(self) -> Expression:
        token = self._take()
        if token == "(":
            inner = self.choice()
            self._expect(")")
            return inner
        if token == "[":
            items = self._listed("]")
            return lambda scope: [item(scope) for item in items]
        if token[0] in "\"'":
            text = token[1:-1].encode().decode("unicode_escape")
            return lambda scope: text
        if token[0].isdigit():
            number = float(token) if "." in token else int(token)
            return lambda scope: number
        return self._named(token)

    def _named(self, name: str) -> Expression:
        if name in _CONSTANTS:
            return lambda scope: _CONSTANTS[name]
        if not name.isidentifier():
            raise Unsupported(repr(name))
        if not self._takes("("):
            return lambda scope: _field(scope, name)
        if name not in ("has", "size"):
            raise Unsupported(f"the function {name}")
        arguments = self._listed(")")
        if len(arguments) != 1:
            raise Unsupported(f"{name} of {len(arguments)} values")
        argument = arguments[0]
        if name == "size":
            return lambda scope: _called(len, argument(scope))
        return lambda scope: _has_value(argument, scope)

    def _listed(self, end: str) -> list[Expression]:
        found: list[Expression] = []
        while not self._takes(end):
            found.append(self.choice())
            if not self._takes(","):
                self._expect(end)
                break
        return found

    def _take(self) -> str:
        token = self.token
        if not token:
            raise Unsupported("an expression that ends too soon")
        self._next += 1
        return token

    def _takes(self, sign: str) -> bool:
        if self.token != sign:
            return False
        self._next += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._takes(sign):
            raise Unsupported(f"{self.token!r} where {sign!r} is expected")


def _tokens(text: str) -> list[str]:
    found, position = [], 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise Unsupported(text[position:])
        found.append(next(group for group in match.groups() if group is not None))
        position = match.end()
    return found


def _settled(parts: list[Expression], scope: Scope, deciding: bool) -> bool:
    """Logic that one part can decide whatever becomes of the others."""
    failure: Failed | None = None
    for part in parts:
        try:
            if bool(part(scope)) == deciding:
                return deciding
        except Failed as error:
            failure = error
    if failure is not None:
        raise failure
    return not deciding


def _added(left: Expression, right: Expression) -> Expression:
    return lambda scope: _called(lambda one, other: one + other, left(scope), right(scope))


def _indexed(value: Expression, index: Expression) -> Expression:
    return lambda scope: _called(lambda one, at: one[at], value(scope), index(scope))


def _field(value: Any, name: str) -> Any:
    if not isinstance(value, dict) or name not in value:
        raise Failed(f"no such key: {name}")
    return value[name]


def _has_value(argument: Expression, scope: Scope) -> bool:
    try:
        return argument(scope) is not None
    except Failed:
        return False


def _called(function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except (TypeError, KeyError, IndexError, AttributeError, re.error) as error:
        raise Failed(str(error)) from error

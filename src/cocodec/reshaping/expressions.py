"""The language of ``--where``: parsed here, never by Python.

::

    or:      and ("or" and)*
    and:     not ("and" not)*
    not:     "not" not | compare
    compare: sum (("==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in") sum)?
    sum:     product (("+" | "-") product)*
    product: unary (("*" | "/" | "%") unary)*
    unary:   "-" unary | postfix
    postfix: atom ("." name | "[" or "]")*
    atom:    number | string | true | false | null | name | name "(" or, ... ")"
             | "(" or ")" | "[" or, ... "]"

A name is a key of the row; ```any key``` in backquotes too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from cocodec.errors import DocumentError

__all__ = [
    "FUNCTIONS",
    "Binary",
    "Call",
    "ColumnName",
    "Expression",
    "ExpressionError",
    "Index",
    "ListOf",
    "Literal",
    "Unary",
    "column_paths",
    "parse",
]

# Names of functions, and how many arguments each takes.
FUNCTIONS = {
    "abs": 1,
    "endswith": 2,
    "has": 1,
    "len": 1,
    "like": 2,
    "lower": 1,
    "startswith": 2,
    "upper": 1,
}
_DEEPEST = 60  # brackets inside brackets
_MOST_DIGITS = 4000  # Python reads no longer integers
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>[^\W\d]\w*)
    | (?P<quoted>`[^`]*`)
    | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<mark>==|!=|<=|>=|[-<>+*/%()\[\],.])
    | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_WORDS = {"or", "and", "not", "in", "true", "false", "null"}
_CONSTANTS = {"true": True, "false": False, "null": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


class ExpressionError(DocumentError):
    """An expression that cannot be read; `offset` is the character where it goes wrong."""

    def __init__(self, message: str, text: str, at: int) -> None:
        # The message shows the line that the place is in, whatever else the text holds.
        start = text.rfind("\n", 0, at) + 1
        line = text[start:].partition("\n")[0]
        super().__init__(
            f"expression, column {at + 1}: {message}\n  {line}\n  {' ' * (at - start)}^"
        )
        self.offset = at
        self.parts = (message, text, at)

    def __reduce__(self) -> tuple[type[ExpressionError], tuple[str, str, int]]:
        return type(self), self.parts


@dataclass(frozen=True)
class Literal:
    """A value that the expression spells."""

    value: bool | int | float | str | None
    at: int


@dataclass(frozen=True)
class ColumnName:
    """The value of a key, or of a key inside its value, and so on."""

    path: tuple[str, ...]
    at: int


@dataclass(frozen=True)
class Unary:
    """``-`` or ``not``."""

    operator: str
    operand: Expression
    at: int


@dataclass(frozen=True)
class Binary:
    """Two operands and what stands between them."""

    operator: str
    left: Expression
    right: Expression
    at: int


@dataclass(frozen=True)
class Index:
    """An element of a list, or a member of an object."""

    base: Expression
    index: Expression
    at: int


@dataclass(frozen=True)
class Call:
    """A function of `FUNCTIONS`."""

    name: str
    arguments: tuple[Expression, ...]
    at: int


@dataclass(frozen=True)
class ListOf:
    """A list that the expression spells."""

    items: tuple[Expression, ...]
    at: int


Expression: TypeAlias = Literal | ColumnName | Unary | Binary | Index | Call | ListOf


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def column_paths(expression: Expression) -> list[tuple[str, ...]]:
    """Return the keys that an expression asks for.

    Examples
    --------
    >>> sorted(column_paths(parse("area > 5 and image.width in [1, x]")))
    [('area',), ('image', 'width'), ('x',)]
    """
    found, waiting = [], [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ColumnName):
            found.append(node.path)
        elif isinstance(node, Unary):
            waiting.append(node.operand)
        elif isinstance(node, Binary):
            waiting += [node.left, node.right]
        elif isinstance(node, Index):
            waiting += [node.base, node.index]
        elif isinstance(node, (Call, ListOf)):
            waiting += node.arguments if isinstance(node, Call) else node.items
    return found


def parse(text: str) -> Expression:
    """Read an expression.

    Parameters
    ----------
    text : str
        Such as ``area > 1024 and category.name in ["cat", "dog"] and not attributes.occluded``.

    Raises
    ------
    ExpressionError
        Says the column, shows it, and says what was expected there.

    Examples
    --------
    >>> parse("area > 5")
    Binary(operator='>', left=ColumnName(path=('area',), at=0), right=Literal(value=5, at=7), at=5)
    """
    parser = _Parser(text)
    found = parser.choice()
    parser.finish()
    return found


def _tokens(text: str) -> list[_Token]:
    out, at = [], 0
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            at = next(i for i in range(at, len(text)) if not text[i].isspace())
            if text[at] in "\"'`":
                raise ExpressionError(f"the {text[at]} that opens here is not closed", text, at)
            hint = "; equal is ==" if text[at] == "=" else ""
            raise ExpressionError(f"{text[at]!r} means nothing here{hint}", text, at)
        kind = match.lastgroup or "end"
        out.append(_Token(kind, match[kind], match.start(kind)))
        at = match.end()
        if kind == "end":
            return out


class _Parser:
    """One method a rule of the grammar, one token of looking ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._next = 0
        self._depth = 0

    def finish(self) -> None:
        if self._token.kind != "end":
            raise self._expected("an operator, or the end")

    def choice(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error(f"more than {_DEEPEST} brackets inside one another")
        found = self._both()
        while (token := self._accept("or")) is not None:
            found = Binary("or", found, self._both(), token.at)
        self._depth -= 1
        return found

    def _both(self) -> Expression:
        found = self._negation()
        while (token := self._accept("and")) is not None:
            found = Binary("and", found, self._negation(), token.at)
        return found

    def _negation(self) -> Expression:
        negations = []
        while (token := self._accept("not")) is not None:
            negations.append(token.at)
        if len(negations) > _DEEPEST:
            raise self._error(f"more than {_DEEPEST} times 'not'")
        found = self._comparison()
        for at in reversed(negations):
            found = Unary("not", found, at)
        return found

    def _comparison(self) -> Expression:
        left = self._sum()
        token = self._accept(*_COMPARISONS, "in", "not")
        if token is None:
            return left
        operator = token.text
        if operator == "not":
            if self._accept("in") is None:
                raise self._expected("'in' behind 'not'")
            operator = "not in"
        found = Binary(operator, left, self._sum(), token.at)
        if self._token.text in _COMPARISONS and self._token.kind == "mark":
            raise self._error("comparisons do not chain; join two by 'and'")
        return found

    def _sum(self) -> Expression:
        found = self._product()
        while (token := self._accept("+", "-")) is not None:
            found = Binary(token.text, found, self._product(), token.at)
        return found

    def _product(self) -> Expression:
        found = self._unary()
        while (token := self._accept("*", "/", "%")) is not None:
            found = Binary(token.text, found, self._unary(), token.at)
        return found

    def _unary(self) -> Expression:
        signs = []
        while (token := self._accept("-")) is not None:
            signs.append(token.at)
        if len(signs) > _DEEPEST:
            raise self._error(f"more than {_DEEPEST} signs")
        found = self._postfix()
        for at in reversed(signs):
            found = Unary("-", found, at)
        return found

    def _postfix(self) -> Expression:
        found = self._atom()
        while (token := self._accept(".", "[")) is not None:
            if token.text == "[":
                found = Index(found, self.choice(), token.at)
                self._require("]")
                continue
            name = self._take()
            if name.kind not in ("name", "quoted"):
                self._next -= 1
                raise self._expected("a name behind '.'")
            key = name.text.strip("`")
            if isinstance(found, ColumnName):
                found = ColumnName((*found.path, key), found.at)
            else:
                found = Index(found, Literal(key, name.at), token.at)
        return found

    def _atom(self) -> Expression:
        token = self._take()
        if token.kind == "number":
            if token.text.isdigit() and len(token.text) > _MOST_DIGITS:
                raise ExpressionError("the number has too many digits", self._text, token.at)
            return Literal(_number(token.text), token.at)
        if token.kind == "string":
            return Literal(_unescaped(token.text[1:-1]), token.at)
        if token.kind == "quoted":
            return ColumnName((token.text[1:-1],), token.at)
        if token.kind == "name" and token.text in _CONSTANTS:
            return Literal(_CONSTANTS[token.text], token.at)
        if token.kind == "name" and token.text not in _WORDS:
            if self._accept("(") is not None:
                return self._call(token)
            return ColumnName((token.text,), token.at)
        if token.text == "(":
            found = self.choice()
            self._require(")")
            return found
        if token.text == "[":
            return ListOf(self._items("]"), token.at)
        self._next -= 1
        raise self._expected("a value")

    def _call(self, name: _Token) -> Call:
        wanted = FUNCTIONS.get(name.text)
        if wanted is None:
            known = ", ".join(FUNCTIONS)
            message = f"there is no function {name.text!r}; there are {known}"
            raise ExpressionError(message, self._text, name.at)
        arguments = self._items(")")
        if len(arguments) != wanted:
            message = f"{name.text} takes {wanted} value{'s' * (wanted != 1)}, not {len(arguments)}"
            raise ExpressionError(message, self._text, name.at)
        if name.text == "has" and not isinstance(arguments[0], ColumnName):
            raise ExpressionError("has takes a key", self._text, arguments[0].at)
        return Call(name.text, arguments, name.at)

    def _items(self, end: str) -> tuple[Expression, ...]:
        items: list[Expression] = []
        if self._accept(end) is not None:
            return ()
        while True:
            items.append(self.choice())
            if self._accept(end) is not None:
                return tuple(items)
            if self._accept(",") is None:
                raise self._expected(f"',' or {end!r}")

    # ------------------------------------------------------------ tokens

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._token
        self._next += 1
        return token

    def _accept(self, *texts: str) -> _Token | None:
        token = self._token
        if token.kind in ("mark", "name") and token.text in texts:
            self._next += 1
            return token
        return None

    def _require(self, text: str) -> None:
        if self._accept(text) is None:
            raise self._expected(repr(text))

    def _expected(self, what: str) -> ExpressionError:
        found = "the end" if self._token.kind == "end" else repr(self._token.text)
        return self._error(f"expected {what}, found {found}")

    def _error(self, message: str) -> ExpressionError:
        return ExpressionError(message, self._text, self._token.at)


def _number(text: str) -> int | float:
    return int(text) if text.isdigit() else float(text)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), text, flags=re.DOTALL)

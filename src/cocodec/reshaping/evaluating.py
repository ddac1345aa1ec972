"""What an expression says of the rows of a table, column by column.

A key that is missing reads as null. Comparisons with null are false but ``== null`` and ``!=``;
arithmetic with null, and division by zero, is null. true and false are no numbers. Integers are
compared and added exactly: what 64 bits do not hold goes the slow way.
"""

from __future__ import annotations

import fnmatch
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.document import Document
from cocodec.documents.json_values import MISSING, JsonKind
from cocodec.documents.places import Places, column_of
from cocodec.errors import DocumentError
from cocodec.reshaping.expressions import (
    Binary,
    Call,
    ColumnName,
    Expression,
    Index,
    ListOf,
    Literal,
    Unary,
    column_paths,
    parse,
)

__all__ = ["evaluate", "select"]

Vector = NDArray[Any]  # one value a row: bool, int64, float64, or objects with None for null

_JOINED = {"image": "image_rows", "category": "category_rows"}
_LAST_EXACT = 2**53  # up to here every integer is a double
_SMALL = 2**31 - 1  # the product of two such integers fits 64 bits
_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
}


def select(document: Document, table: str, text: str, *, threads: int = 0) -> NDArray[np.bool_]:
    """Return which rows of a table an expression holds for, shape (n,).

    Raises
    ------
    ExpressionError
        If it cannot be read.
    DocumentError
        If values cannot be compared or added; names the table and the row.
    """
    return _truths(evaluate(document, table, text, threads=threads), table, "the expression")


def evaluate(document: Document, table: str, text: str, *, threads: int = 0) -> Vector:
    """Return the value of an expression for each row of a table."""
    expression = parse(text)
    evaluation = _Evaluation(document, table, threads)
    evaluation.find(column_paths(expression))
    return evaluation.value(expression)


class _Evaluation:
    """The columns of one table, each read once."""

    def __init__(self, document: Document, table: str, threads: int) -> None:
        self._document, self._name, self._threads = document, table, threads
        self._table = getattr(document, table)
        self._size = len(self._table)
        self._columns: dict[tuple[str, ...], tuple[NDArray[np.uint8], Places]] = {}

    def find(self, paths: Iterable[tuple[str, ...]]) -> None:
        """Find the keys of the table itself that are asked for, all in one pass over its rows."""
        keys = [*dict.fromkeys(path[0] for path in paths if not self._is_joined(path))]
        if len(keys) > 1:
            kinds, places = self._table.find(keys, threads=self._threads)
            found = zip(kinds, places, strict=True)
            self._columns |= {(key,): one for key, one in zip(keys, found, strict=True)}

    def _is_joined(self, path: tuple[str, ...]) -> bool:
        """Whether it is a key of the row's image or category."""
        return len(path) == 2 and path[0] in _JOINED and self._name == "annotations"

    def value(self, node: Expression) -> Vector:
        if isinstance(node, Literal):
            return self._constant(node.value)
        if isinstance(node, ColumnName):
            return _vector(*self._column(node.path))
        if isinstance(node, Unary):
            operand = self.value(node.operand)
            if node.operator == "not":
                return ~_truths(operand, self._name, "the operand of 'not'")
            return self._arithmetic("-", self._constant(0), operand, negates=True)
        if isinstance(node, Binary):
            return self._binary(node)
        if isinstance(node, Index):
            return self._each(_element, self.value(node.base), self.value(node.index))
        if isinstance(node, ListOf):
            items = [self.value(item).tolist() for item in node.items]
            return _objects([*map(list, zip(*items, strict=True))] if items else [[]] * self._size)
        return self._call(node)

    def _constant(self, value: Any) -> Vector:
        if isinstance(value, (bool, float)) or (isinstance(value, int) and abs(value) < 2**63):
            return np.full(self._size, value)
        return _objects([value] * self._size)

    # ------------------------------------------------------------ columns

    def _column(self, path: tuple[str, ...]) -> tuple[NDArray[np.uint8], Places]:
        if path not in self._columns:
            self._columns[path] = self._find(path)
        return self._columns[path]

    def _find(self, path: tuple[str, ...]) -> tuple[NDArray[np.uint8], Places]:
        if len(path) == 1:
            (kinds,), (places,) = self._table.find([path[0]], threads=self._threads)
            return kinds, places
        if self._is_joined(path):
            rows = getattr(self._document, _JOINED[path[0]])(threads=self._threads)
            other = self._document.images if path[0] == "image" else self._document.categories
            (kinds,), (places,) = other.find([path[1]], threads=self._threads)
            return _joined(kinds, places, rows)
        _, base = self._column(path[:-1])
        kinds, spans = _core.find_values(base.rows(), [path[-1]], self._threads)
        return kinds[0], Places(base.texts, base.which, spans[0])

    # ------------------------------------------------------------ operators

    def _binary(self, node: Binary) -> Vector:
        # A long chain leans to the left: it is walked down and not called down.
        chain = [node]
        while isinstance(chain[-1].left, Binary):
            chain.append(chain[-1].left)
        value = self.value(chain[-1].left)
        for one in reversed(chain):
            value = self._joined(one, value)
        return value

    def _joined(self, node: Binary, left: Vector) -> Vector:
        if node.operator in ("and", "or"):
            what = f"an operand of {node.operator!r}"
            first = _truths(left, self._name, what)
            second = _truths(self.value(node.right), self._name, what)
            return first & second if node.operator == "and" else first | second
        right = self.value(node.right)
        if node.operator in ("in", "not in"):
            found = self._each(_is_in, left, right).astype(bool)
            return np.logical_not(found) if node.operator == "not in" else found
        if node.operator in ("==", "!="):
            same = _equal_columns(left, right)
            if same is None:
                same = self._each(_equal, left, right).astype(bool)
            return same if node.operator == "==" else np.logical_not(same)
        if node.operator in _ORDER:
            if _compare_as_they_are(left, right):
                return np.asarray(_ORDER[node.operator](left, right), bool)
            return self._each(_ordered(node.operator), left, right).astype(bool)
        return self._arithmetic(node.operator, left, right)

    def _arithmetic(
        self, sign: str, left: Vector, right: Vector, *, negates: bool = False
    ) -> Vector:
        plain = not negates and _add_as_they_are(left, right)
        if plain and (sign in "+-*" or _divide_as_they_are(sign, left, right)):
            with np.errstate(over="ignore", invalid="ignore"):
                out: Vector = _ARITHMETIC[sign](left, right)
            if out.dtype.kind == "i" or np.isfinite(out).all():
                return out
        if negates and right.dtype.kind == "f":
            return np.negative(right)
        return self._each(_calculated("negative" if negates else sign), left, right)

    def _call(self, node: Call) -> Vector:
        if node.name == "has":
            column = node.arguments[0]
            assert isinstance(column, ColumnName)
            return np.asarray(self._column(column.path)[0] != JsonKind.MISSING, bool)
        values = [self.value(argument) for argument in node.arguments]
        return self._each(_CALLS[node.name], *values)

    def _each(self, function: Callable[..., Any], *columns: Vector) -> Vector:
        """Call a function row by row; what it refuses is told with its row."""
        lists = [column.tolist() for column in columns]
        out = []
        for row, values in enumerate(zip(*lists, strict=True)):
            try:
                out.append(function(*values))
            except TypeError as error:
                raise DocumentError(str(error), table=self._name, row=row) from None
        return _narrowed(out)


def _joined(
    kinds: NDArray[np.uint8], places: Places, rows: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], Places]:
    """Give each row the value of the row that it refers to."""
    if len(kinds) == 0:
        n = len(rows)
        nowhere = np.full((n, 2), -1, np.int64)
        return np.zeros(n, np.uint8), Places([b""], np.zeros(n, np.int32), nowhere)
    found = places.take(rows)
    found.spans[rows < 0] = -1
    return np.where(rows < 0, np.uint8(JsonKind.MISSING), kinds[rows]).astype(np.uint8), found


def _vector(kinds: NDArray[np.uint8], places: Places) -> Vector:
    if (kinds == JsonKind.MISSING).any():
        column = column_of(places, kinds, MISSING)
        return _objects([None if value is MISSING else value for value in column.tolist()])
    column = column_of(places, kinds, None)
    if column.ndim == 2:
        return _objects(column.tolist())
    return column


def _objects(values: Sequence[Any]) -> Vector:
    return np.fromiter(values, object, len(values))


def _narrowed(values: list[Any]) -> Vector:
    """Make an array of the narrowest kind that holds the values as they are."""
    kinds = set(map(type, values))
    if kinds == {bool} or kinds == {float}:
        return np.array(values)
    if kinds == {int} and all(-(2**63) <= value < 2**63 for value in values):
        return np.array(values, np.int64)
    return _objects(values)


def _truths(values: Vector, table: str, what: str) -> NDArray[np.bool_]:
    """Read true, false and null, and numbers, of which 0 is false."""
    if values.dtype.kind in "bif":
        return np.asarray(values != 0, bool)
    listed = values.tolist()
    for row, value in enumerate(listed):
        if not isinstance(value, (bool, int, float)) and value is not None:
            raise DocumentError(
                f"{what} is {_kind(value)}, expected true or false", table=table, row=row
            )
    return np.fromiter(map(bool, listed), bool, len(listed))


def _compare_as_they_are(left: Vector, right: Vector) -> bool:
    """Whether numpy compares as Python does: numbers, and no integer that a double rounds."""
    kinds = left.dtype.kind + right.dtype.kind
    if kinds in ("ii", "ff"):
        return True
    if kinds not in ("if", "fi"):
        return False
    integers = left if left.dtype.kind == "i" else right
    return not _is_beyond(integers, _LAST_EXACT)


def _add_as_they_are(left: Vector, right: Vector) -> bool:
    if left.dtype.kind == right.dtype.kind == "i":
        return not (_is_beyond(left, _SMALL) or _is_beyond(right, _SMALL))
    return _compare_as_they_are(left, right)


def _divide_as_they_are(sign: str, left: Vector, right: Vector) -> bool:
    """The same of a quotient, and of the rest of integers; not by zero."""
    kinds = left.dtype.kind + right.dtype.kind
    return (sign == "/" or kinds == "ii") and bool((right != 0).all())


def _is_beyond(integers: Vector, limit: int) -> bool:
    return len(integers) > 0 and bool(integers.min() < -limit or integers.max() > limit)


def _equal_columns(left: Vector, right: Vector) -> NDArray[np.bool_] | None:
    if _compare_as_they_are(left, right) or left.dtype.kind == right.dtype.kind == "b":
        return np.asarray(left == right, bool)
    if left.dtype == right.dtype == object:
        one, other = left.tolist(), right.tolist()
        if {*map(type, one), *map(type, other)} <= {str, type(None)}:
            return np.fromiter(map(operator.eq, one, other), bool, len(one))
    return None


# ---------------------------------------------------------------- single values


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    names = {str: "a string", list: "a list", dict: "an object", type(None): "null"}
    return names.get(type(value), "a number")


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_equal, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_equal(value, b[key]) for key, value in a.items())
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    return bool(a == b)


def _is_in(item: Any, container: Any) -> bool:
    if container is None:
        return False
    if isinstance(container, list):
        return any(_equal(item, one) for one in container)
    if isinstance(container, str) and (item is None or isinstance(item, str)):
        return item is not None and item in container
    raise TypeError(f"{_kind(item)} cannot be in {_kind(container)}")


def _ordered(sign: str) -> Callable[[Any, Any], bool]:
    compare = _ORDER[sign]

    def ordered(a: Any, b: Any) -> bool:
        if a is None or b is None:
            return False
        if (_is_number(a) and _is_number(b)) or (isinstance(a, str) and isinstance(b, str)):
            return bool(compare(a, b))
        raise TypeError(f"{_kind(a)} {sign} {_kind(b)} cannot be compared")

    return ordered


def _calculated(sign: str) -> Callable[[Any, Any], Any]:
    def calculated(a: Any, b: Any) -> Any:
        if a is None or b is None:
            return None
        if not (_is_number(a) and _is_number(b)):
            raise TypeError(f"{_kind(a)} {sign} {_kind(b)} cannot be calculated")
        try:
            out = -b if sign == "negative" else _ARITHMETIC[sign](a, b)
        except (ZeroDivisionError, OverflowError):
            return None
        return out if isinstance(out, int) or np.isfinite(out) else None

    return calculated


def _element(base: Any, index: Any) -> Any:
    if base is None or index is None:
        return None
    if isinstance(base, dict) and isinstance(index, str):
        return base.get(index)
    if isinstance(base, list) and isinstance(index, int) and not isinstance(index, bool):
        return base[index] if -len(base) <= index < len(base) else None
    raise TypeError(f"{_kind(base)} has no element by {_kind(index)}")


def _length(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, (str, list, dict)):
        return len(value)
    raise TypeError(f"{_kind(value)} has no length")


def _absolute(value: Any) -> Any:
    if value is None:
        return None
    if _is_number(value):
        return abs(value)
    raise TypeError(f"abs takes a number, not {_kind(value)}")


def _of_strings(name: str, function: Callable[..., Any], missing: Any) -> Callable[..., Any]:
    def call(*values: Any) -> Any:
        for value in values:
            if value is not None and not isinstance(value, str):
                raise TypeError(f"{name} takes strings, not {_kind(value)}")
        return missing if None in values else function(*values)

    return call


_CALLS: dict[str, Callable[..., Any]] = {
    "abs": _absolute,
    "len": _length,
    "lower": _of_strings("lower", str.lower, None),
    "upper": _of_strings("upper", str.upper, None),
    "startswith": _of_strings("startswith", str.startswith, False),
    "endswith": _of_strings("endswith", str.endswith, False),
    "like": _of_strings("like", fnmatch.fnmatchcase, False),
}

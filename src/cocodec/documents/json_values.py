"""JSON values between Python and the text of a document: told apart strictly, printed whole.

What is printed reads back as the same value, or is refused by name: NaN, half characters, keys that
are no strings. Arrays and numbers of numpy are printed as the lists and numbers that they hold.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.errors import DocumentError

__all__ = ["MISSING", "JsonKind", "Missing", "PrintedValues", "encode", "encode_all", "same"]


class Missing(enum.Enum):
    """The type of `MISSING`: the value of a key that a record does not have."""

    MISSING = "MISSING"

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing.MISSING


class JsonKind(enum.IntEnum):
    """What a JSON value is. `INT` is a number without point and exponent, `FLOAT` any other.

    Examples
    --------
    >>> document.annotations.kinds('area') == cocodec.JsonKind.FLOAT
    array([ True,  True,  True])
    """

    MISSING = 0
    NULL = 1
    FALSE = 2
    TRUE = 3
    INT = 4
    FLOAT = 5
    STRING = 6
    LIST = 7
    OBJECT = 8


class PrintedValues(NamedTuple):
    """Printed values of many rows.

    Attributes
    ----------
    text : bytes
        JSON values, without white space up to byte `verbatim_from`: in a row that has spaces they
        get spaces too.
    spans : (n, 2) array of int64
        Where each value lies in the text; (-1, -1) for one that is to stay as it is, (-2, -2) for a
        key that is to go.
    verbatim_from : int
        Values that lie from here on are taken as they are.
    """

    text: bytes
    spans: NDArray[np.int64]
    verbatim_from: int


def encode(value: Any, what: str = "the value") -> bytes:
    """Print a value as JSON, in UTF-8 and without white space.

    Parameters
    ----------
    value : object
        None, bool, int of any size, float, str, bytes (ASCII, as pycocotools has counts), numpy
        numbers and arrays, and lists, tuples and dicts of these.
    what : str
        What a message calls it.

    Raises
    ------
    DocumentError
        For NaN, infinity, half a character, bytes beyond ASCII, and keys that are no strings.
    TypeError
        For objects of other types.
    """
    import msgspec  # whoever only reads columns does without

    try:
        return msgspec.json.encode(_plain(value, what))
    except UnicodeEncodeError as error:
        found = error.object[error.start]
        raise DocumentError(f"{what} has half a character, {found!r}") from None
    except RecursionError:
        raise DocumentError(f"{what} is nested too deeply") from None


def encode_all(values: Any, what: str = "the values") -> PrintedValues:
    """Print many values into one text; `MISSING` is a key that is to go."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
        import msgspec

        _require_finite_array(values, what)
        text = msgspec.json.encode(values.tolist())
        return PrintedValues(text, _core.list_elements(text), len(text))
    values = list(values)
    missing = [i for i, value in enumerate(values) if value is MISSING]
    for i in missing:
        values[i] = None
    text = encode(values, what)
    spans = _core.list_elements(text)
    spans[missing] = -2
    return PrintedValues(text, spans, len(text))


def same(a: Any, b: Any) -> bool:
    """Whether two values are printed alike: 1, 1.0 and True are three, and so are 0.0 and -0.0."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(value, b[key]) for key, value in a.items())
    if isinstance(a, float):
        return a == b and math.copysign(1, a) == math.copysign(1, b)
    return bool(a == b)


def _plain(value: Any, what: str) -> Any:
    """Return the value as msgspec prints it right."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return _plain_list(value, what)
    if isinstance(value, float):  # numpy's float64 too
        if not math.isfinite(value):
            raise DocumentError(f"{what} is {value}, which is no JSON number")
        return float(value)
    if isinstance(value, Mapping):
        return {
            _plain_key(key, what): _plain(item, f"{what}[{key!r}]") for key, item in value.items()
        }
    return _plain_other(value, what)


def _plain_list(values: Sequence[Any], what: str) -> list[Any]:
    kinds = set(map(type, values))
    if kinds <= {str, int, bool, type(None)}:
        return list(values)
    if kinds == {float} and all(map(math.isfinite, values)):
        return list(values)
    return [_plain(item, f"{what}[{i}]") for i, item in enumerate(values)]


def _plain_key(key: Any, what: str) -> str:
    if isinstance(key, str):
        return str(key)
    raise DocumentError(f"{what} has the key {key!r}; keys are strings")


def _plain_other(value: Any, what: str) -> Any:
    if isinstance(value, (str, np.str_)):
        return str(value)
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (bytes, bytearray)):
        if not value.isascii():
            raise DocumentError(f"{what} is bytes beyond ASCII, which JSON cannot hold")
        return value.decode("ascii")
    if isinstance(value, np.floating):
        return _plain(float(value), what)
    if isinstance(value, np.ndarray):
        return _plain(value.tolist(), what)
    if value is MISSING:
        raise DocumentError(f"{what} is MISSING; only a key of a record can be")
    raise TypeError(f"{what} is of type {type(value).__name__}, which JSON does not have")


def _require_finite_array(values: NDArray[Any], what: str) -> None:
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return
    place = tuple(int(i[0]) for i in np.nonzero(~np.isfinite(values)))
    where = "".join(f"[{i}]" for i in place)
    raise DocumentError(f"{what}{where} is {values[place]}, which is no JSON number")

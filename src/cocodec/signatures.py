"""Which argument of a public function was wrong: a sentence instead of what Python happened to say.

Arguments are looked at only after a call has failed, so that one that succeeds costs a frame more.
Then each is compared with its annotation, and the first that does not fit it is named: what was
given, and what is expected. An error that names the argument itself is left alone.
"""

from __future__ import annotations

import collections.abc
import functools
import numbers
import operator
import os
import re
import reprlib
import sys
import types
import typing
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

import numpy as np

from cocodec.errors import CocodecError

__all__ = ["names_arguments"]

_F = TypeVar("_F", bound=Callable[..., Any])

# What code says that was handed something else than it is written for.
_RAW = (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, AssertionError)
_PACKAGE = os.path.dirname(__file__) + os.sep
_MOST = 10_000  # items of a list that are looked at


def names_arguments(function: _F) -> _F:
    """Let a call that fails say which argument was wrong; a decorator.

    Raises
    ------
    TypeError
        For an argument of a type that its annotation does not list.
    ValueError
        For a text that is none of the choices.
    """

    @functools.wraps(function)
    def named(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except CocodecError:
            raise
        except _RAW as error:
            better = None if _is_ours(error) else _explain(function, args, kwargs, error)
            if better is None:
                raise
            raise better from error

    return cast("_F", named)


def _is_ours(error: BaseException) -> bool:
    """Whether a `raise` of this package raised it: then it was written for a reader."""
    import dis

    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None or not last.tb_frame.f_code.co_filename.startswith(_PACKAGE):
        return False
    return dis.opname[last.tb_frame.f_code.co_code[last.tb_lasti]] == "RAISE_VARARGS"


def _explain(
    function: Callable[..., Any], args: Any, kwargs: Any, error: BaseException
) -> Exception | None:
    """The error that names the argument; None if none is wrong, or `error` names it already."""
    import inspect  # not when the package is imported: it costs more than all the rest

    try:
        given = inspect.signature(function).bind(*args, **kwargs).arguments
    except TypeError:
        return _unknown(function, kwargs)
    text = str(error)
    says_nothing = "incompatible function arguments" in text
    for name, hint in _hints(function).items():
        if name not in given or _fits(given[name], hint):
            continue
        if not says_nothing and re.search(rf"\b{name}\b", text):
            return None
        chosen = isinstance(given[name], str) and "'" in _expected(hint)
        kind = ValueError if chosen else TypeError
        return kind(f"{name} is {_spelled(given[name])}, expected {_expected(hint)}")
    return None


def _unknown(function: Callable[..., Any], kwargs: Any) -> Exception | None:
    """The error for an argument that is not there, with the one that is meant; None of others."""
    import difflib
    import inspect

    parameters = inspect.signature(function).parameters
    if any(one.kind is one.VAR_KEYWORD for one in parameters.values()):
        return None
    names = [name for name in parameters if name != "self"]
    for key in kwargs:
        if key in parameters:
            continue
        near = difflib.get_close_matches(key.lower(), names, n=1, cutoff=0.55)
        hint = f"is {near[0]!r} meant?" if near else f"it has {', '.join(names)}"
        return TypeError(f"{function.__qualname__}() has no argument {key!r}; {hint}")
    return None  # too many, or too few: Python says which


def _spelled(value: Any) -> str:
    try:
        text = reprlib.repr(value)
    except Exception:  # a repr of somebody else's
        text = f"a {type(value).__name__}"
    return text if len(text) <= 120 else f"{text[:120]}..."


# ------------------------------------------------------------ annotations


class _Numbers:
    """Stands for ArrayLike: whatever numpy makes numbers of."""


class _DType:
    """Stands for DTypeLike."""


class _Array:
    """Stands for NDArray[...]."""

    def __class_getitem__(cls, item: Any) -> type:
        return np.ndarray


_STANDINS = {"ArrayLike": _Numbers, "DTypeLike": _DType, "NDArray": _Array}
# Names that modules import for their annotations alone.
_ELSEWHERE = {"Executor": "concurrent.futures", "Entry": "cocodec.bulk.manifest"}


@functools.cache
def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of arguments; those that cannot be told are left out."""
    import inspect

    space = {**function.__globals__, **_STANDINS}
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        plain = parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if plain and isinstance(parameter.annotation, str):
            hint = _evaluated(parameter.annotation, space)
            if hint is not Any:
                found[name] = hint
    return found


def _evaluated(text: str, space: dict[str, Any]) -> Any:
    for _ in range(4):
        try:
            return eval(text, space)  # an annotation of ours
        except NameError as error:
            missing = error.name or ""
            home = sys.modules.get(_ELSEWHERE.get(missing, "cocodec"))
            value = getattr(home, missing, None)
            if value is None:
                return Any
            space[missing] = value
        except TypeError:
            return Any
    return Any


def _parts(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    return typing.get_origin(hint), typing.get_args(hint)


def _is_union(origin: Any) -> bool:
    return origin is typing.Union or origin is types.UnionType


# ------------------------------------------------------------ values


def _fits(value: Any, hint: Any) -> bool:
    origin, arguments = _parts(hint)
    if _is_union(origin):
        return any(_fits(value, one) for one in arguments)
    if origin is typing.Literal:
        return any(type(value) is type(one) and value == one for one in arguments)
    if hint is None or hint is type(None):
        return value is None
    if hint is collections.abc.Hashable:
        return isinstance(value, collections.abc.Hashable)
    if hint in _SIMPLE:
        return _SIMPLE[hint](value)
    kind = origin or hint
    if kind is os.PathLike:
        return isinstance(value, os.PathLike)
    if kind is collections.abc.Callable:
        return callable(value)
    if not isinstance(kind, type) or getattr(kind, "_is_protocol", False):
        return True
    if kind is typing.IO or issubclass(kind, typing.IO):
        return hasattr(value, "read") or hasattr(value, "write")
    if not issubclass(kind, collections.abc.Iterable) or not arguments:
        return isinstance(value, kind)
    return _is_like(value, kind) and all(
        _fits(item, item_hint) for item, item_hint in _items(value, kind, arguments)
    )


def _is_like(value: Any, kind: type) -> bool:
    """Whether it is such a container: arrays are sequences too; texts are none."""
    if isinstance(value, (str, bytes, bytearray)) or getattr(value, "shape", None) == ():
        return False
    if isinstance(value, kind):
        return True
    is_list = not issubclass(kind, (collections.abc.Mapping, tuple))
    is_list = is_list and not isinstance(value, collections.abc.Mapping)
    return is_list and hasattr(value, "__getitem__") and hasattr(value, "__len__")


def _items(value: Any, kind: type, arguments: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    """The first items of a container, and what each is to be; of what can be read once, none."""
    if isinstance(value, collections.abc.Mapping):
        for key, _ in zip(value, range(_MOST), strict=False):
            yield key, arguments[0]
            yield value[key], arguments[-1]
    elif issubclass(kind, tuple) and arguments[-1] is not Ellipsis:
        given = list(value)
        yield len(given), typing.Literal[len(arguments)]
        yield from zip(given, arguments, strict=False)
    elif isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
        for item, _ in zip(value, range(_MOST), strict=False):
            yield item, arguments[0]


def _is_whole(value: Any) -> bool:
    try:
        return -(2**63) <= operator.index(value) < 2**64
    except Exception:
        return False


def _is_number(value: Any) -> bool:
    if isinstance(value, (numbers.Real, np.bool_)):
        return True
    return isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "biuf"


def _is_flag(value: Any) -> bool:
    return isinstance(value, (bool, np.bool_)) or (_is_whole(value) and value in (0, 1))


def _is_text(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        os.fsencode(value)
    except UnicodeError:
        return False
    return True


def _are_numbers(value: Any) -> bool:
    try:
        array = np.asarray(value)
    except Exception:
        return False
    return array.dtype.kind in "biuf"


def _is_dtype(value: Any) -> bool:
    try:
        np.dtype(value)
    except Exception:
        return False
    return True


_SIMPLE: dict[Any, Callable[[Any], bool]] = {
    Any: lambda value: True,
    object: lambda value: True,
    bool: _is_flag,
    int: _is_whole,
    typing.SupportsIndex: _is_whole,
    float: _is_number,
    str: _is_text,
    _Numbers: _are_numbers,
    _DType: _is_dtype,
}


# ------------------------------------------------------------ words

_WORDS = {
    None: "None",
    type(None): "None",
    bool: "True or False",
    int: "a whole number of 64 bits",
    typing.SupportsIndex: "a whole number of 64 bits",
    float: "a number",
    str: "a text",
    bytes: "bytes",
    slice: "a slice",
    collections.abc.Hashable: "an id",
    _Numbers: "numbers, or an array of them",
    _DType: "a numpy dtype",
    os.PathLike: "a path",
    np.ndarray: "an array",
}


def _expected(hint: Any) -> str:
    """In words, what an annotation says."""
    origin, arguments = _parts(hint)
    if _is_union(origin):
        words = dict.fromkeys(_expected(one) for one in arguments)
        words.pop("None", None)
        return " or ".join(words) + (" or None" if type(None) in arguments else "")
    if origin is typing.Literal:
        return " or ".join(repr(one) for one in arguments)
    kind = origin or hint
    if kind in _WORDS:
        return _WORDS[kind]
    if kind is collections.abc.Callable:
        return "a function"
    if not isinstance(kind, type) or kind is typing.IO or issubclass(kind, typing.IO):
        return "an open binary file"
    if issubclass(kind, collections.abc.Mapping):
        return "a dict" if len(arguments) < 2 else f"a dict with {_expected(arguments[1])} each"
    if issubclass(kind, collections.abc.Iterable) and arguments:
        each = [_expected(one) for one in arguments if one is not Ellipsis]
        if issubclass(kind, tuple) and len(each) > 1:
            return f"{len(each)} values ({', '.join(each)})"
        return "a list" if arguments[0] is Any else f"a list ({each[0]} each)"
    article = "an" if kind.__name__[0] in "AEIOU" or kind.__name__.startswith("Rle") else "a"
    return f"{article} {kind.__name__}"

"""Every call that the package makes of the extension, with one or two of its arguments changed.

The calls are those behind the public functions, recorded while these do what they are made for. So
what is changed comes as far as a good argument does: an offset that falls, a row too few, a number
beyond 64 bits meets the check that stands behind all others, or none. In a process of its own, like
test_core_nonsense.py, whose errors are right here too.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import cocodec
import cocodec._core as _core
from robustness.test_core_nonsense import ANYTHING, FLOATS, INTS, LEFT_OUT, STRINGS
from support.misuse import answered, called_apart
from support.public_calls import DOCUMENT, doors

MUTANTS = 120  # of each function
RECORDED = 4  # calls of each function
GROUPS = 4  # processes

Call = tuple[tuple[Any, ...], dict[str, Any]]


def kept(value: Any) -> Any:
    """An argument as it was; what is no array or list is not changed by who takes it."""
    if isinstance(value, np.ndarray):
        return value.copy()
    return [kept(item) for item in value] if type(value) is list else value


def record() -> dict[str, list[Call]]:
    """Name of each function -> some calls of it by the public functions."""
    calls: dict[str, list[Call]] = defaultdict(list)
    originals = {
        name: value
        for name, value in vars(_core).items()
        if callable(value) and not isinstance(value, type) and name not in LEFT_OUT
    }

    def recorded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if len(calls[name]) < RECORDED:
                calls[name].append(
                    (tuple(map(kept, given)), {k: kept(v) for k, v in named.items()})
                )
            return function(*given, **named)

        return call

    for name, function in originals.items():
        setattr(_core, name, recorded(name, function))
    Path("a.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    for _, door, given in doors(cocodec.read("a.json")):
        door(**given)
    for name, function in originals.items():
        setattr(_core, name, function)
    return calls


def changed_array(draw: Random, value: np.ndarray) -> np.ndarray:
    kind = value.dtype.kind
    match draw.randrange(7):
        case 0 | 1 if value.size and kind in "iuf":
            pool = FLOATS if kind == "f" else INTS
            flat = value.copy()
            number = draw.choice(pool)
            flat.flat[draw.randrange(value.size)] = np.array(number).astype(value.dtype)
            return flat
        case 2 if len(value.shape):
            return value[:-1]
        case 3:
            return np.concatenate([value.ravel(), value.ravel()])
        case 4:
            return value.T if value.ndim > 1 else value[::-1]
        case 5:
            return value.astype(draw.choice([np.int64, np.float64, np.uint8, np.bool_]))
        case _:
            return value[:0] if len(value.shape) else value


def changed_bytes(draw: Random, value: bytes) -> bytes:
    if not value or draw.random() < 0.2:
        return draw.choice([b"", b"[" * 99, value * 2])
    at = draw.randrange(len(value))
    return draw.choice(
        [value[:at], value[at:], value[:at] + bytes([draw.randrange(256)]) + value[at + 1 :]]
    )


def changed(draw: Random, value: Any) -> Any:
    """Something that is almost this argument."""
    if draw.random() < 0.1:
        return draw.choice(ANYTHING)
    if isinstance(value, np.ndarray):
        with np.errstate(all="ignore"):
            return changed_array(draw, value)
    if isinstance(value, bytes):
        return changed_bytes(draw, value)
    if isinstance(value, (bool, str)):
        return draw.choice([*STRINGS, True, False])
    if isinstance(value, (int, float)):
        return draw.choice(INTS if isinstance(value, int) else FLOATS)
    if isinstance(value, (list, tuple)) and value:
        items = list(value)
        at = draw.randrange(len(items))
        match draw.randrange(4):
            case 0:
                del items[at]
            case 1:
                items.append(items[at])
            case _:
                items[at] = changed(draw, items[at])
        return type(value)(items)
    if isinstance(value, _core.Runs) and len(value):
        return _core.slice(value, 0, len(value) - 1)
    return value


def mutated(draw: Random, call: Call) -> Call:
    given, named = list(call[0]), dict(call[1])
    for _ in range(draw.choice([1, 1, 2])):
        places: list[Any] = [*range(len(given)), *named]
        if not places:
            break
        place = draw.choice(places)
        target: Any = given if isinstance(place, int) else named
        target[place] = changed(draw, target[place])
    return tuple(given), named


def call_all(group: int) -> int:
    """Call this group's functions, in this process; the number of answers."""
    answers = 0
    for number, (name, calls) in enumerate(sorted(record().items())):
        if number % GROUPS != group:
            continue
        print(name, flush=True)  # the last one is where it crashed
        function, draw = getattr(_core, name), Random(name)
        for _ in range(MUTANTS):
            given, named = mutated(draw, draw.choice(calls))
            answers += answered(function, *map(kept, given), **named)
    return answers


@pytest.mark.parametrize("group", range(GROUPS))
def test_an_answer_or_an_error(group: int, tmp_path: Path):
    names, answers = called_apart("robustness.test_core_mutated", group, tmp_path)
    assert len(names) > 20, "almost nothing was recorded"
    assert answers > len(names), "almost nothing was answered"

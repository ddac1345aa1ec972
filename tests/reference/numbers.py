"""How numbers in JSON text are spelled: the specification of `_core.read_numbers`."""

from __future__ import annotations

import json
import math
from typing import Any

NONE, FLOATS, INTEGERS, ODD = 0, 1, 2, 3


class Lexeme(str):
    """A number as it is in the text."""


def spelled(value: float, whole: bool) -> str:
    """A float as json.dumps prints it; `whole`: without a point if it is a whole number."""
    if whole and value == math.floor(value) and abs(value) < 2**53:
        return "-0" if value == 0 and math.copysign(1, value) < 0 else str(int(value))
    return repr(value)


def flat(value: Any, depth: int) -> list[Lexeme] | None:
    """The numbers of a value of this depth; None if it is anything else."""
    if depth == 0:
        if not isinstance(value, Lexeme) or not math.isfinite(float(value)):
            return None
        is_integer = not set(value) & set(".eE")
        return None if is_integer and abs(int(value)) >= 2**53 else [value]
    if not isinstance(value, list):
        return None
    found = [flat(item, depth - 1) for item in value]
    if any(item is None for item in found):
        return None
    return [number for item in found for number in item or []]


def joined(value: Any, comma: str) -> str:
    """The text of a value with `comma` between any two others."""
    if isinstance(value, Lexeme):
        return value
    return "[" + comma.join(joined(item, comma) for item in value) + "]"


def spelling(text: str, depth: int) -> int:
    """What `_core.read_numbers` says of the spelling of one value."""
    value = json.loads(text, parse_int=Lexeme, parse_float=Lexeme)
    numbers = flat(value, depth)
    if numbers is None:
        return NONE
    if text not in (joined(value, ","), joined(value, ", ")):
        return ODD
    for kind, whole in ((FLOATS, False), (INTEGERS, True)):
        if all(number == spelled(float(number), whole) for number in numbers):
            return kind
    return ODD

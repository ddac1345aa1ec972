"""What came out of a case, and what that is worth."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from cocodec.conformance.cases import ANSWER, EITHER, ERROR, Case

__all__ = ["VERDICTS", "Ending", "judge", "portable"]

VERDICTS = ("ok", "different", "silent wrong", "crash", "hang")
"""As asked for; not as the reference but honest; a wrong answer without a word; the process ended;
it did not end."""


class Ending(NamedTuple):
    """What one case came to.

    Attributes
    ----------
    ended : str
        "answer", "error", "crash" or "hang".
    value : any
        The answer, as `portable` spells it.
    text : str
        Of an error, its type and message; of a crash, how the process ended.
    """

    ended: str
    value: Any = None
    text: str = ""


def portable(value: Any) -> Any:
    """Spell an answer as JSON has it, arrays with their dtype and shape."""
    if isinstance(value, np.ndarray):
        return {"dtype": value.dtype.name, "shape": list(value.shape), "values": _flat(value)}
    if isinstance(value, dict):
        return {str(key): portable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [portable(item) for item in value]
    if isinstance(value, np.generic):
        return {"dtype": value.dtype.name, "shape": [], "values": [portable(value.item())]}
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return repr(value)


def _flat(array: Any) -> list[Any]:
    return [portable(item) for item in array.ravel(order="C").tolist()]


def judge(case: Case, ending: Ending, answer: Any) -> str:
    """The verdict: one of `VERDICTS`.

    A refusal in the place of an answer is "different": honest, though of no use. An answer in the
    place of a refusal is made up, "silent wrong"; so is another answer than the right one, unless
    only its type differs.
    """
    if ending.ended in ("crash", "hang"):
        return ending.ended
    if ending.ended == "error":
        return "different" if case.right == ANSWER else "ok"
    if case.right == ERROR:
        return "silent wrong"
    assert case.right in (ANSWER, EITHER)
    if ending.value == answer:
        return "ok"
    return "different" if _bare(ending.value) == _bare(answer) else "silent wrong"


def _bare(value: Any) -> list[Any]:
    """An answer without types and shapes: its values, one behind the other."""
    if isinstance(value, dict) and value.keys() == {"dtype", "shape", "values"}:
        return _bare(value["values"])
    if isinstance(value, dict):
        return [item for key in sorted(value) for item in [key, *_bare(value[key])]]
    if isinstance(value, list):
        return [item for one in value for item in _bare(one)]
    return [value]

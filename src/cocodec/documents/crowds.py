"""One idea of a crowd, for values and for columns.

true, 1, 1.0, "1" and "true" (in any case) are a crowd; false, 0, null, "0", "false", "" and no
value are none; anything else is unclear, which is an error that names the row. The drop-in and
CVAT's strict mode alone keep their references' ideas. Columns of a file are read in C++, by
`cocodec::parse_crowd`; a test holds both together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec._core import Crowd
from cocodec.documents.places import Places
from cocodec.errors import DocumentError

__all__ = ["Crowd", "crowd_flags", "crowd_of", "crowds_at", "require_clear", "unclear"]

_WORDS = {"": Crowd.NO, "0": Crowd.NO, "false": Crowd.NO, "1": Crowd.YES, "true": Crowd.YES}


def crowd_of(value: Any) -> Crowd:
    """What a value says of being a crowd; None is a value that is not there.

    Examples
    --------
    >>> crowd_of("True"), crowd_of(0), crowd_of(2)
    (<Crowd.YES: 1>, <Crowd.NO: 0>, <Crowd.UNCLEAR: 2>)
    """
    if value is None:
        return Crowd.NO
    if isinstance(value, str):
        return _WORDS.get(value.lower(), Crowd.UNCLEAR)
    if isinstance(value, (bool, int, float, np.bool_, np.number)) and value in (0, 1):
        return Crowd.YES if value else Crowd.NO
    return Crowd.UNCLEAR


def crowds_at(places: Places) -> NDArray[np.uint8]:
    """What the JSON values at some places say: a `Crowd` each."""
    return _core.read_crowds(places.rows())


def crowd_flags(values: Iterable[Any], key: str = "iscrowd") -> NDArray[np.uint8]:
    """1 for crowds, 0 for others.

    Raises
    ------
    DocumentError
        For a value that is unclear; names the row.
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "biuf" and values.ndim == 1:
        known = (values == 0) | (values == 1)
        crowds = np.where(known, values == 1, int(Crowd.UNCLEAR)).astype(np.uint8)
        require_clear(crowds, lambda row: unclear(values[row].item(), key))
        return crowds
    listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
    crowds = np.fromiter(map(crowd_of, listed), np.uint8, len(listed))
    require_clear(crowds, lambda row: unclear(listed[row], key))
    return crowds


def require_clear(
    crowds: NDArray[np.uint8], describe: Callable[[int], str], table: str | None = None
) -> None:
    """Raise an error for the first that is unclear; `describe(row)` says why."""
    rows = np.flatnonzero(crowds == Crowd.UNCLEAR)
    if len(rows) > 0:
        row = int(rows[0])
        raise DocumentError(describe(row), table=table, row=row)


def unclear(value: Any, key: str = "iscrowd") -> str:
    """Say that a value is no answer."""
    text = repr(value)
    return f"{key} is {text if len(text) <= 40 else text[:37] + '...'}, expected 0 or 1"

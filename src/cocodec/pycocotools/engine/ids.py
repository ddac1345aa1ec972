"""Ids of images and categories as the reference keeps them in its parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["ascending"]


def ascending(ids: Any) -> list[Any]:
    """Different ids, ascending, as numpy's scalars: ``list(numpy.unique(ids))``.

    `numpy.unique` brings in numpy.ma at its first call, 30 ms in the middle of an evaluation, so
    it is left to what is no integer and no text.
    """
    array = np.asanyarray(ids)
    if array.dtype.kind not in "biuSU":
        return list(np.unique(array))
    array = np.sort(array, axis=None)
    is_new = np.ones(len(array), bool)
    is_new[1:] = array[1:] != array[:-1]
    return list(array[is_new])

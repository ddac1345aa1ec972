"""How the numbers of a row are to be printed, so that they look like those that were there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.places import Places

__all__ = ["spelled_like"]

_WITH_POINT, _WITHOUT, _ODD = 1, 2, 3  # as the core's reader of numbers has them


def spelled_like(places: Places, spellings: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return how whole numbers are printed: with a point, or without; 0 stays.

    Where the reader saw both, or white space, a point anywhere in the text decides.

    Parameters
    ----------
    places : Places
        Where the old values lie.
    spellings : (n,) array of uint8
        As ``_core.read_numbers`` tells them.
    """
    out = spellings.copy()
    for row in np.flatnonzero(spellings == _ODD).tolist():
        out[row] = _WITH_POINT if b"." in bytes(places.text(row)) else _WITHOUT
    return out

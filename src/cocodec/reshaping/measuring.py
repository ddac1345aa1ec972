"""The area of annotations, wherever it is told, and COCO's three sizes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.document import Document
from cocodec.documents.json_values import JsonKind
from cocodec.documents.places import column_of

__all__ = ["SIZES", "areas_of", "sizes_of"]

# COCO's: small is below 32 x 32 pixels, large 96 x 96 and above.
SIZES = ("small", "medium", "large")
_LIMITS = (32**2, 96**2)
_TOGETHER = 1 << 15  # rows whose masks are held at once


def areas_of(document: Document, *, threads: int = 0) -> NDArray[np.float64]:
    """Return each annotation's ``area``, or else its pixels, or its box; NaN where it has none.

    Returns
    -------
    (n,) array of float64
        In pixels. Masks are only read of rows without an area; what cannot be read counts as none.
    """
    table = document.annotations
    (kinds, boxes), (places, box_places) = table.find(["area", "bbox"], threads=threads)
    out = np.full(len(table), np.nan)
    told = (kinds == JsonKind.INT) | (kinds == JsonKind.FLOAT)
    if told.any():
        column = column_of(places.take(told), kinds[told], None)
        out[told] = column.astype(np.float64)
    rest = np.flatnonzero(~told)
    if len(rest) == 0:
        return out
    has_mask = np.zeros(len(table), bool)
    for begin in range(0, len(rest), _TOGETHER):
        some = rest[begin : begin + _TOGETHER]
        found = document.masks(some, threads=threads, on_error="skip")
        has_mask[some] = found.has_mask
        out[some[found.has_mask]] = found.masks.area()[found.has_mask]
    boxed = rest[~has_mask[rest] & (boxes[rest] == JsonKind.LIST)]
    if len(boxed) > 0:
        column = column_of(box_places.take(boxed), boxes[boxed], None)
        if column.ndim != 2:
            rows = [box if _is_box(box) else [np.nan] * 4 for box in column.tolist()]
            column = np.array(rows, np.float64)
        if column.shape[1] >= 4:
            out[boxed] = column[:, 2] * column[:, 3]
    return out


def _is_box(box: object) -> bool:
    if not isinstance(box, list) or len(box) != 4:
        return False
    return all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in box)


def sizes_of(areas: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the index in `SIZES` of each area; -1 where there is none."""
    out = np.searchsorted(_LIMITS, np.nan_to_num(areas), "right").astype(np.int8)
    out[np.isnan(areas)] = -1
    return out

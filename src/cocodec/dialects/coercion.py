"""References that differ from what they mean in type only, "1" for 1: made what they mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cocodec.dialects.names import Ids
from cocodec.documents.document import Document
from cocodec.documents.table import Table

__all__ = ["coerce_references"]


def coerce_references(document: Document) -> int:
    """Write `image_id` and `category_id` as the rows spell their ids, in place.

    Only references that name nothing as they are change, and only where some row's id is the same
    whole number as a text, or the other way round. Everything else stays byte for byte.

    Returns
    -------
    int
        How many annotations were changed.
    """
    lost = document.dangling()
    changed = _coerce(document, "image_id", document.images, lost.images)
    changed |= _coerce(document, "category_id", document.categories, lost.categories)
    return int(np.count_nonzero(changed))


def _coerce(
    document: Document, key: str, table: Table, lost: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Write one kind of reference; tell which rows changed."""
    rows = document.annotations
    changed = np.zeros(len(rows), bool)
    if len(lost) == 0:
        return changed
    ids, named = Ids(), table.column("id", missing=None).tolist()
    for row, part in enumerate(table.part.tolist()):
        ids.add(part, named[row], row)
    parts, values = rows.part[lost].tolist(), rows.column(key, lost).tolist()
    found = [ids.find(part, value, True) for part, value in zip(parts, values, strict=True)]
    known = [(int(row), named[at]) for row, at in zip(lost, found, strict=True) if at is not None]
    where = np.array([row for row, _ in known], np.int64)
    rows.set_column(key, [id_ for _, id_ in known], where)
    changed[where] = True
    return changed

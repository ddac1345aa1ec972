"""Masks that lie far from what their rows say of them, in words: why, and what helps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec._core import MaskFit
from cocodec.documents.parts import RawFile
from cocodec.errors import RefusedRow, how_many

__all__ = [
    "PANOPTIC",
    "all_crowds",
    "classified_misfits",
    "describe_misfits",
    "explain",
    "find_misfits",
]

PANOPTIC = (
    "their masks lie in PNG files, which Document.from_panoptic reads, and convert --to official "
    "of a zip that holds them"
)

_NAMED = 3  # rows that are named for each cause

_CAUSES = {
    MaskFit.UNLIKE: "nothing explains why",
    MaskFit.ROW_MAJOR: "they fit if their counts go along the rows: cocodec check --fix turns "
    "them, convert --runs rows reads all so",
    MaskFit.TURNED_SIZE: "they fit if their size is [width, height]: cocodec check --fix swaps it",
    MaskFit.TURNED_IMAGE: "they fit if width and height of their image are exchanged",
    MaskFit.CORNERS: "bbox is [x1, y1, x2, y2]: cocodec check --fix makes it [x, y, width, height]",
    MaskFit.RELATIVE: "coordinates are fractions of the image, expected pixels",
    MaskFit.CENTRE: "bbox starts at its centre: cocodec check --fix moves it to the corner",
    MaskFit.OTHER_IMAGE: "they fit an image of another size than theirs",
    MaskFit.OTHER_AREA: "bbox fits and area does not: cocodec check --fix --select area-unlike",
}


def explain(fit: int) -> str:
    """Say why a mask may lie far from its own bbox or area.

    >>> explain(MaskFit.TURNED_IMAGE)
    'they fit if width and height of their image are exchanged'
    """
    return _CAUSES[MaskFit(fit)]


def find_misfits(
    file: RawFile, threads: int = 0, doubtful: Sequence[NDArray[np.bool_] | None] = ()
) -> list[RefusedRow]:
    """Find the masks of a file that lie far from their own bbox or area, without making them.

    `doubtful`: part by part which rows are worth a look, if that is known.
    """
    fits = []
    for part, rows in zip_longest(file.parts, doubtful):
        spans = part.table("annotations")
        looked_at = slice(None) if rows is None else np.flatnonzero(rows)
        own = np.zeros(len(spans), np.uint8)
        own[looked_at] = part.records().classify(spans[looked_at], threads)[3]
        fits.append(own)
    return classified_misfits(file, fits)


def classified_misfits(file: RawFile, fits: Sequence[NDArray[np.uint8]]) -> list[RefusedRow]:
    """Name the rows of which the core says, part by part, that their masks are far off."""
    out: list[RefusedRow] = []
    first = 0
    for part, label, own in zip(file.parts, file.labels(), fits, strict=True):
        rows = np.flatnonzero(own)
        spans = part.table("annotations")
        records = _core.Rows([part.source[:]], np.zeros(len(rows), np.int32), spans[rows])
        _, places = _core.find_values(records, ["id"])
        for row, (begin, end) in zip(rows.tolist(), places[0].tolist(), strict=True):
            id_ = bytes(part.source[begin:end]).decode("utf-8", "replace") if begin >= 0 else None
            where = f"{label}, row {row}" if label else ""
            out.append(RefusedRow(first + row, id_, explain(own[row]), where))
        first += len(spans)
    return out


def all_crowds(count: int) -> str:
    """Say that every object of a file is a crowd, and what to do."""
    return f"every mask ({count:,}) is a crowd, which most trainers skip: --crowd 0 makes objects"


def describe_misfits(rows: Sequence[RefusedRow]) -> list[str]:
    """Say how many masks are far off, and why: one line for each cause, the most frequent first.

    Parameters
    ----------
    rows : sequence of RefusedRow
        With the words of `explain` as their reasons.
    """
    causes: dict[str, list[RefusedRow]] = {}
    for row in rows:
        causes.setdefault(row.reason, []).append(row)
    lines = []
    for reason, found in sorted(causes.items(), key=lambda item: -len(item[1])):
        masks = how_many(len(found), "mask lies", "masks lie")
        places = "; ".join(row.place for row in found[:_NAMED])
        more = "; ..." if len(found) > _NAMED else ""
        lines.append(f"{masks} far from bbox or area: {reason} ({places}{more})")
    return lines

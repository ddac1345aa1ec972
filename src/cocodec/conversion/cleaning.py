"""Masks of a document cleaned: specks dropped, holes filled, edges smoothed; and what that lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocodec.conversion.changes import describe_changes
from cocodec.documents.crowds import crowd_flags
from cocodec.documents.document import Document
from cocodec.errors import how_many
from cocodec.masks.polygons import Spellings
from cocodec.masks.rle_array import RleArray

__all__ = ["CleanReport", "CleanedMask", "clean_masks"]


class CleanedMask(NamedTuple):
    """A mask that is another now: its row, pixels gained and lost, and the IoU with what it was."""

    row: int
    gained: int
    lost: int
    iou: float


@dataclass
class CleanReport:
    """What became of the masks of a document.

    Attributes
    ----------
    masks : int
        Masks that were looked at.
    changed : list of CleanedMask
        Those that are others now.
    vanished : list of int
        Rows whose masks would have lost every pixel: they stay as they were.
    crowds : int
        Masks of crowds, which stay as they were: they are many objects.
    """

    masks: int = 0
    changed: list[CleanedMask] = field(default_factory=list)
    vanished: list[int] = field(default_factory=list)
    crowds: int = 0

    def __str__(self) -> str:
        text = f"{how_many(self.masks, 'mask')}, {describe_changes(self.changed)}"
        if self.vanished:
            text += f"; {len(self.vanished)} would have lost every pixel and stay as they were"
        if self.crowds:
            text += f"; {self.crowds} of crowds stay as they were"
        return text


def clean_masks(
    document: Document,
    *,
    min_area: int = 0,
    fill_holes: int | bool = False,
    keep_largest: bool = False,
    smooth: float = 0,
    to: Spellings = "rle",
    threads: int = 0,
) -> CleanReport:
    """Clean the masks of a document, in this order: holes, edges, specks, parts.

    Rows whose mask changes get that, its area in pixels and its box; all else stays as it is, byte
    for byte. Nothing is made dense: the cost grows with runs.

    Parameters
    ----------
    document : Document
        It is edited.
    min_area : int
        Connected parts (corners count) of fewer pixels go.
    fill_holes : int or bool
        Fill holes: all of them, or those of at most so many pixels.
    keep_largest : bool
        Only the largest connected part stays.
    smooth : float
        Open and close with a disk of this radius in pixels: what is thinner goes, what is narrower
        is filled.
    to : {"rle", "rle-list", "polygons"}
        How changed masks are written.
    threads : int
        0 is automatic, 1 none.

    Raises
    ------
    DocumentError
        If some segmentations are wrong; names the rows.
    """
    found = document.masks(threads=threads)
    rows = np.flatnonzero(found.has_mask)
    is_crowd = crowd_flags(document.annotations.column("iscrowd", rows, missing=0)) != 0
    report = CleanReport(masks=len(rows), crowds=int(np.count_nonzero(is_crowd)))
    rows = rows[~is_crowd]
    before = found.masks[rows]
    after = before
    if fill_holes is not False:
        after = after.fill_holes(None if fill_holes is True else fill_holes, threads=threads)
    if smooth > 0:
        after = after.open(smooth, shape="disk", border="ignore", threads=threads)
        after = after.close(smooth, shape="disk", border="ignore", threads=threads)
    if min_area > 0:
        after = after.remove_small(min_area, threads=threads)
    if keep_largest:
        after = after.largest_component(threads=threads)
    _write(document, rows, (before, after), report, to)
    return report


def _write(
    document: Document,
    rows: NDArray[np.int64],
    masks: tuple[RleArray, RleArray],
    report: CleanReport,
    to: Spellings,
) -> None:
    before, after = masks
    gained, lost = (after - before).area(), (before - after).area()
    changed = (gained > 0) | (lost > 0)
    vanished = changed & (after.area() == 0)
    report.vanished = rows[vanished].tolist()
    changed &= ~vanished
    chosen = rows[changed]
    if len(chosen) == 0:
        return
    common = (before & after).area()[changed]
    iou = common / (common + gained[changed] + lost[changed])
    columns = (chosen, gained[changed], lost[changed], iou)
    report.changed = [CleanedMask(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]
    document.set_masks(chosen, after[changed], to=to, area="pixels", bbox="mask")

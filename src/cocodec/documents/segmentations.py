"""The masks of a table of annotations, read part by part: ids are only unique inside a part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.table import RowSelection, Table
from cocodec.errors import DocumentError, RefusedRow, describe_refused
from cocodec.masks.rle_array import RleArray

__all__ = ["ImageIndex", "Masks", "read_masks"]

_NAMED = 20  # refused rows that the message of an exception spells out
_SHOWN = 16  # masks that a notebook shows


class Masks(NamedTuple):
    """The masks of n annotations.

    Attributes
    ----------
    masks : RleArray
        One a row; empty and of size 0 x 0 where the row has none.
    has_mask : (n,) array of bool
    kinds : (n,) array of uint8
        What the segmentations are, a `cocodec.SegmentationKind` each: 0 missing, 1 null, 2 ``[]``,
        3 ``[[]]``, 4 points, 5 polygons, 6 a flat ring, 8 RLE with a counts string, 9 RLE with a
        list, 10 none of these, 11 rings of pairs or of texts, 12 RLE with counts in base64 or of
        texts, or bare counts.
    refused : list of RefusedRow
        Rows whose segmentation is wrong; they have no mask.

    Examples
    --------
    >>> document.masks()
    <Masks: 3 rows, 3 with a mask>
    """

    masks: RleArray
    has_mask: NDArray[np.bool_]
    kinds: NDArray[np.uint8]
    refused: list[RefusedRow]

    def __repr__(self) -> str:
        rows = len(self.has_mask)
        text = f"<Masks: {rows} row{'s' * (rows != 1)}, {int(self.has_mask.sum())} with a mask"
        return f"{text}, {len(self.refused)} refused>" if self.refused else f"{text}>"

    def _repr_html_(self) -> str:
        """Return what `repr` says, and what the first masks look like, for notebooks."""
        from html import escape

        first = self.masks[self.has_mask][:_SHOWN]
        return f"<code>{escape(repr(self))}</code><br>{first._repr_html_()}"


class ImageIndex:
    """The sizes of the images of each part, read when first asked for.

    Attributes
    ----------
    labels : sequence of str
        The names of the parts, "" where there is one.
    """

    def __init__(self, images: Table, labels: Sequence[str]) -> None:
        self._images, self.labels = images, labels
        self._version = images.version
        self._sizes: dict[int, _core.ImageSizes] = {}

    def sizes(self, part: int) -> _core.ImageSizes:
        """Return the sizes of one part's images by id."""
        if self._version != self._images.version:
            self._sizes.clear()
            self._version = self._images.version
        if part not in self._sizes:
            rows = self._images.rows_of(part)
            places = self._images.places(slice(rows.start, rows.stop))
            self._sizes[part] = _core.ImageSizes(places.rows())
        return self._sizes[part]


def read_masks(
    annotations: Table, images: ImageIndex, rows: RowSelection, options: tuple[int, bool]
) -> Masks:
    """Read the masks of some rows. `options`: threads, and whether wrong rows raise."""
    threads, raises = options
    numbers = annotations.rows(rows)
    part = annotations.part[numbers]
    order = np.argsort(part, kind="stable")
    starts = np.flatnonzero(np.diff(part[order], prepend=-1))
    batches, refused = [], []
    kinds = np.zeros(len(numbers), np.uint8)
    has_mask = np.zeros(len(numbers), bool)
    for first, last in zip(starts, np.append(starts, len(order))[1:], strict=True):
        here = order[first:last]
        places = annotations.places(numbers[here])
        sizes = images.sizes(int(part[here[0]]))
        runs, kinds[here], has_mask[here], wrong = _core.read_segmentations(
            places.rows(), sizes, threads
        )
        batches.append(RleArray._wrap(runs))
        for i, id_, why in wrong:
            row, number = int(numbers[here[i]]), int(part[here[0]])
            label, first_row = images.labels[number], annotations.rows_of(number).start
            where = f"{label}, row {row - first_row}" if label else ""
            refused.append(RefusedRow(row, id_, why, where))
    refused.sort()
    if refused and raises:
        raise DocumentError(describe_refused(refused, _NAMED))
    masks = batches[0] if len(batches) == 1 else RleArray.concatenate(batches)
    if len(order) > 0 and (np.diff(order) != 1).any():
        masks = masks[np.argsort(order)]
    return Masks(masks, has_mask, kinds, refused)

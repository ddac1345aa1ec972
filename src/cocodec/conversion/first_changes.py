"""What `convert` changes in a document first, before its masks are spelled another way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.document import Document
from cocodec.documents.sides import side_of
from cocodec.masks.operations import RunOrder, mend_runs
from cocodec.masks.rle_array import RleArray
from cocodec.masks.segmentation_values import RLE, SegmentationKind

__all__ = ["FirstChanges"]


@dataclass(frozen=True)
class FirstChanges:
    """What is asked for; see `cocodec.convert`, and `DialectOptions` of the same names."""

    crowd: str | None = None
    coerce_ids: bool = False
    runs: RunOrder = "columns"
    fit_sizes: bool = False

    def __post_init__(self) -> None:
        if self.runs not in ("columns", "rows"):
            raise ValueError(f"runs is {self.runs!r}, expected 'columns' or 'rows'")

    def __bool__(self) -> bool:
        return self != FirstChanges()

    def make(self, document: Document, threads: int = 0) -> tuple[int, int]:
        """Make them in place; return how many masks were read along the rows, and how many cut."""
        from cocodec.conversion.crowd_column import set_crowds  # which few conversions need
        from cocodec.documents.references import coerce_references

        if self.coerce_ids:
            coerce_references(document)
        read_along, cut = 0, 0
        if self.runs == "rows" or self.fit_sizes:
            read_along, cut = self._mend_runs(document, threads)
        if self.crowd is not None:
            set_crowds(document, self.crowd)
        return read_along, cut

    def _mend_runs(self, document: Document, threads: int) -> tuple[int, int]:
        found = document.masks(threads=threads, on_error="skip")  # refused where it is spelled
        rows = np.flatnonzero(found.has_mask & np.isin(found.kinds, RLE))
        masks, along = found.masks[rows], self.runs == "rows"
        sizes = _image_sizes(document, rows, masks) if self.fit_sizes else None
        masks, differs = mend_runs(masks, runs=self.runs, sizes=sizes, threads=threads)
        is_list = found.kinds[rows] == SegmentationKind.RLE_LIST
        lists, texts = (np.flatnonzero((differs | along) & one) for one in (is_list, ~is_list))
        document.set_masks(rows[lists], masks[lists], to="rle-list", threads=threads)
        document.set_masks(rows[texts], masks[texts], to="rle", threads=threads)
        return len(rows) * along, int(np.count_nonzero(differs))


def _image_sizes(document: Document, rows: NDArray[np.int64], masks: RleArray) -> NDArray[np.int64]:
    """The size of each row's image; where that is not known, the mask's own."""
    images = document.images
    sides = [
        [-1 if (side := side_of(value)) is None else side for value in column.tolist()]
        for column in (images.column(key, missing=None) for key in ("height", "width"))
    ]
    of_images = np.array([*zip(*sides, strict=True), (-1, -1)], np.int64)  # -1: no image
    sizes = of_images[document.image_rows(rows)]
    unknown = (sizes < 0).any(axis=1)
    sizes[unknown] = masks.sizes[unknown]
    return sizes

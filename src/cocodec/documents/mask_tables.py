"""The masks of a document's annotations, read and written, and the rows that they refer to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.mask_edits import (
    Areas,
    Boxes,
    Spellings,
    measure_changes,
    require_option,
    segmentations,
)
from cocodec.documents.places import Places
from cocodec.documents.segmentations import ImageIndex, Masks, read_masks
from cocodec.documents.table import Rows, Table
from cocodec.errors import DocumentError
from cocodec.masks.rle_array import RleArray

__all__ = ["Dangling", "MaskTables"]


class Dangling(NamedTuple):
    """Annotations that name an image or a category that their part does not list.

    Attributes
    ----------
    images, categories : (k,) array of int64
        Their rows.
    """

    images: NDArray[np.int64]
    categories: NDArray[np.int64]


class MaskTables:
    """What a document knows about its masks; a base of `Document`."""

    images: Table
    annotations: Table
    categories: Table

    _image_sizes: ImageIndex

    def image_rows(self, rows: Rows = None, *, threads: int = 0) -> NDArray[np.int64]:
        """Return the row in `images` of each annotation's image, shape (n,); -1 where none is.

        Of an id that several images of a part have, the last counts.
        """
        return self._join("image_id", self.images, rows, threads)

    def category_rows(self, rows: Rows = None, *, threads: int = 0) -> NDArray[np.int64]:
        """Return the row in `categories` of each annotation, as `image_rows` does."""
        return self._join("category_id", self.categories, rows, threads)

    def _join(self, key: str, table: Table, rows: Rows, threads: int) -> NDArray[np.int64]:
        _, (ids,) = self.annotations.find([key], rows, threads=threads)
        part = self.annotations.part if rows is None else self._parts_of(rows)
        return table.id_index().match(ids.rows(), part, threads)

    def _parts_of(self, rows: Rows) -> NDArray[np.int32]:
        return self.annotations.part[self.annotations.rows(rows)]

    def dangling(self) -> Dangling:
        """Find annotations whose ``image_id`` or ``category_id`` names nothing.

        Rows without such a key are not counted, nor are parts without such a list.
        """
        found = []
        for key, table in (("image_id", self.images), ("category_id", self.categories)):
            listed = table.listed
            looked_up = self._join(key, table, None, 0) < 0
            has_key = self.annotations.kinds(key) != 0
            has_list = listed[self.annotations.part]
            found.append(np.flatnonzero(looked_up & has_key & has_list))
        return Dangling(*found)

    def masks(self, rows: Rows = None, *, threads: int = 0, on_error: str = "raise") -> Masks:
        """Read the masks of annotations, whatever their spelling.

        What a segmentation is, its JSON type says; ``iscrowd`` has no say. Rings and boxes take the
        size of their image, RLE has its own.

        Parameters
        ----------
        rows : indices, flags, slice or None
            Which annotations; all by default.
        threads : int
            0 = as many as pay, 1 = none.
        on_error : {"raise", "skip"}
            What a wrong segmentation means: an error that names the rows, or a row in `refused`.

        Raises
        ------
        DocumentError
            With ``on_error="raise"``, if some segmentations are wrong.
        """
        if on_error not in ("raise", "skip"):
            raise ValueError(f"on_error is {on_error!r}, expected 'raise' or 'skip'")
        return read_masks(self.annotations, self._image_sizes, rows, (threads, on_error == "raise"))

    def set_masks(
        self,
        rows: Rows,
        masks: RleArray,
        *,
        to: Spellings = "rle",
        area: Areas = "keep",
        bbox: Boxes = "keep",
        threads: int = 0,
    ) -> None:
        """Write masks as the segmentations of annotations.

        Parameters
        ----------
        rows : indices, flags, slice or None
            Which annotations; None is all of them.
        masks : RleArray
            One a row.
        to : {"rle", "rle-list", "polygons"}
            A compressed string, a list of counts, or rings that rasterise to the same mask.
        area, bbox
            As for `recompute`.
        threads : int
            0 = as many as pay, 1 = none.

        Raises
        ------
        DocumentError
            For rows that are no objects; with ``to="polygons"`` also for masks of another size than
            their image: rings have no size of their own.
        """
        require_option("to", to, Spellings)
        require_option("area", area, Areas)
        require_option("bbox", bbox, Boxes)
        numbers = self.annotations.rows(rows)
        if len(masks) != len(numbers):
            raise ValueError(f"there are {len(masks)} masks for {len(numbers)} rows")
        if to == "polygons":
            self._require_sizes(numbers, masks)
        values = segmentations(self.annotations, numbers, masks, to, threads)
        places = Places([values.text], np.zeros(len(numbers), np.int32), values.spans)
        measured = (np.ones(len(numbers), bool), masks, places)
        changes = measure_changes(self.annotations, numbers, measured, (area, bbox))
        self.annotations.splice({"segmentation": values, **changes}, numbers, threads=threads)

    def recompute(
        self,
        rows: Rows = None,
        *,
        area: Areas = "keep",
        bbox: Boxes = "keep",
        threads: int = 0,
    ) -> None:
        """Write areas and boxes that are functions of the segmentation, where they are not already.

        Rows without a mask keep theirs.

        Parameters
        ----------
        rows : indices, flags, slice or None
            Which annotations; all by default.
        area : {"pixels", "shoelace", "keep"}
            Pixels of the mask; or, of rings, the sum of what each encloses, as the official files
            have it.
        bbox : {"mask", "vertex", "keep"}
            Of the pixels; or, of rings, of their points, as the official files have it.
        threads : int
            0 = as many as pay, 1 = none.

        Raises
        ------
        DocumentError
            If some segmentations are wrong; names the rows.
        """
        require_option("area", area, Areas)
        require_option("bbox", bbox, Boxes)
        numbers = self.annotations.rows(rows)
        _, (places,) = self.annotations.find(["segmentation"], numbers, threads=threads)
        found = self.masks(numbers, threads=threads)
        measured = (found.has_mask, found.masks, places)
        changes = measure_changes(self.annotations, numbers, measured, (area, bbox))
        self.annotations.splice(changes, numbers, threads=threads)

    def _require_sizes(self, rows: NDArray[np.int64], masks: RleArray) -> None:
        """Refuse masks that are not of their image's size, where that is known."""
        images = self.image_rows(rows)
        known = np.flatnonzero(images >= 0)
        for side, key in enumerate(("height", "width")):
            sides = self.images.column(key, images[known], missing=-1)
            other = np.asarray(sides != masks.sizes[known, side], bool) & (sides != -1)
            if other.any():
                i = known[np.flatnonzero(other)[0]]
                size = " x ".join(map(str, masks.sizes[i].tolist()))
                raise DocumentError(
                    f"annotations, row {rows[i]}: the mask is of size {size}, unlike its image; "
                    "rings have no size of their own"
                )

"""The columns that rules look at: of some thousand annotations at a time, each read when asked for.

A document of a million annotations is never held as columns: what a rule needs of all of them, the
measures of masks, is kept in `MaskMeasures` at some forty bytes a row.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from functools import cached_property
from threading import Lock
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.dialects import sniff
from cocodec.documents.crowds import Crowd, crowds_at
from cocodec.documents.document import Document
from cocodec.documents.json_values import JsonKind
from cocodec.documents.places import Places, decode_places
from cocodec.documents.segmentations import Masks
from cocodec.documents.table import Table
from cocodec.files.image_headers import ImageHeader
from cocodec.masks.rle_array import RleArray

__all__ = ["Batch", "Inspection", "MaskMeasures", "Rings", "existing_folder"]
__all__ += ["numbers_of", "outline_hash"]

Made = TypeVar("Made")

BATCH = 1 << 12  # rows
_PATTERN, _PATTERN_SHARE = 3, 0.1  # rows, and their share of those that are unlike
_KEYS = ["id", "image_id", "category_id", "segmentation", "bbox", "area", "iscrowd", "keypoints"]
_KEYS += ["num_keypoints", "score", "caption", "segments_info", "file_name"]
CROWD_NAMES = ("is_crowd", "isCrowd", "isgroupof", "isGroupOf", "IsGroupOf", "is_group_of")
_KEYS += CROWD_NAMES
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB), np.uint64(31))


def existing_folder(images: str | os.PathLike[str]) -> str:
    """Return the folder of images; asked early, before much is read.

    Raises
    ------
    NotADirectoryError
        If there is none.
    """
    if not os.path.isdir(images):
        reason = "there is no such folder of images"
        raise NotADirectoryError(errno.ENOTDIR, reason, os.fspath(images))
    return os.fspath(images)


class MaskMeasures:
    """What is kept of every mask: what equal masks have in common, and what bounds their IoU.

    Attributes
    ----------
    area : (n,) array of uint32
        Pixels of the mask (more than that counts as that); 0 where there is no mask.
    box : (n, 4) array of uint32
        x, y, width, height in pixels.
    group : (n, 2) array of int32
        The rows of image and category; an image of -1 leaves the row out.
    key : (n,) array of uint64
        Equal for equal masks and boxes of one group.
    """

    def __init__(self, count: int) -> None:
        self.area = np.zeros(count, np.uint32)
        self.box = np.zeros((count, 4), np.uint32)
        self.group = np.full((count, 2), -1, np.int32)
        self.key = np.zeros(count, np.uint64)


def outline_hash(masks: RleArray) -> NDArray[np.uint64]:
    """Hash each mask by the places at which it changes colour.

    The hash of every place is added with the sign of the change, so that the two ends of a run of
    no pixels take each other away.
    """
    counts, offsets = masks.counts, masks.offsets
    out = np.zeros(len(masks), np.uint64)
    full = np.flatnonzero(np.diff(offsets) > 0)
    if len(full) == 0:
        return out
    starts = offsets[full]
    ends = np.cumsum(counts, dtype=np.uint64)
    before = np.where(starts > 0, ends[starts - 1], np.uint64(0))
    lengths = np.diff(offsets)[full]
    ends -= np.repeat(before, lengths)
    owner_start = np.repeat(starts, lengths)
    is_odd = ((np.arange(len(counts)) - owner_start) & 1).astype(bool)
    sizes = masks.sizes[full].astype(np.uint64)
    is_end = ends == np.repeat(sizes[:, 0] * sizes[:, 1], lengths)
    mixed = ends + np.uint64(0x9E3779B97F4A7C15)
    for factor in _MIX[:2]:
        mixed ^= mixed >> _MIX[2]
        mixed *= factor
    mixed ^= mixed >> _MIX[2]
    mixed[is_odd] = ~mixed[is_odd] + np.uint64(1)
    mixed[is_end] = 0
    out[full] = np.add.reduceat(mixed, starts)
    return out


class Inspection:
    """A document under check, and what it is checked against.

    Attributes
    ----------
    document : Document
    images_folder : str or None
        Where the image files lie.
    ground_truth : Document or None
        What results refer to.
    near : float
        The IoU from which on two annotations are near duplicates.
    image_extent : (images, 2) array of float64
        The largest y and x of the rings of each image.
    """

    def __init__(
        self,
        document: Document,
        *,
        images_folder: str | os.PathLike[str] | None = None,
        ground_truth: Document | None = None,
        near: float = 0.9,
        threads: int = 0,
    ) -> None:
        self.document, self.ground_truth, self.near = document, ground_truth, near
        self.images_folder = None if images_folder is None else existing_folder(images_folder)
        self.threads = threads
        self.roots = np.array([part.root for part in document.parts])
        self.labels = document._file.labels()
        self.lock = Lock()  # batches are looked at by several threads
        # Objects by their flag, and those whose bbox is not that of the mask.
        self.seen = dict.fromkeys(("crowd", "no crowd", "iscrowd", "bbox unlike"), 0)
        self.image_extent = np.full((len(document.images), 2), -np.inf)
        self.duplicates: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
        self.repeated_names: tuple[NDArray[np.int64], NDArray[np.bool_]] | None = None
        self.image_headers: dict[int, ImageHeader | str | None] | None = None
        self._truth_indexes: dict[str, _core.IdIndex] = {}

    def table(self, name: str) -> Table:
        """Return a table by its name."""
        found: Table = getattr(self.document, name)
        return found

    def values(self, table: str, key: str, rows: NDArray[np.int64]) -> list[Any]:
        """Decode the values of one key; None where it is missing."""
        if len(rows) == 0:
            return []
        _, (places,) = self.table(table).find([key], rows, threads=self.threads)
        return decode_places(places)

    def spelled(self, table: str, key: str, rows: NDArray[np.int64]) -> list[str | None]:
        """Return how the file spells the values of one key, each at most some 200 bytes of it."""
        (kinds,), (places,) = self.table(table).find([key], rows)
        return [
            None
            if kind == JsonKind.MISSING
            else b" ".join(bytes(places.text(i)[:400]).split()).decode("utf-8", "replace")
            for i, kind in enumerate(kinds.tolist())
        ]

    def is_pattern(self, count: int) -> bool:
        """Whether so many boxes that can be read another way were meant so, and not by chance.

        Of boxes that are just wrong, a few fit another reading too.
        """
        return count >= _PATTERN and count >= _PATTERN_SHARE * self.seen["bbox unlike"]

    @cached_property
    def measures(self) -> MaskMeasures:
        """The measures of masks, filled where duplicates are looked for."""
        return MaskMeasures(len(self.document.annotations))

    @cached_property
    def dialect(self) -> str:
        """The name of the dialect that the document is written in."""
        return sniff(self.document).name

    @cached_property
    def image_sides(self) -> NDArray[np.float64]:
        """Height and width of each image, shape (images, 2); NaN where it is no good number."""
        out = np.full((len(self.document.images), 2), np.nan)
        if len(out) > 0:
            _, places = self.document.images.find(["height", "width"])
            for side, where in enumerate(places):
                values, good = numbers_of(where)
                whole = good & (values >= 0) & (values <= 2**32 - 1) & (values == np.floor(values))
                out[whole, side] = values[whole]
        return out

    @cached_property
    def categories(self) -> list[Any]:
        """The categories that annotations refer to, decoded."""
        return decode_places(self.truth.categories.places())

    @cached_property
    def category_points(self) -> NDArray[np.int64]:
        """How many keypoints each category names; -1 where it names none."""
        rows = self.categories
        names = [row.get("keypoints") if isinstance(row, dict) else None for row in rows]
        good = [len(found) if isinstance(found, list) and found else -1 for found in names]
        return np.array(good, np.int64)

    @cached_property
    def category_names(self) -> dict[str, Any]:
        """The id that the category of each name has; None of a name that several have."""
        found: dict[str, Any] = {}
        for row in self.categories:
            if isinstance(row, dict) and isinstance(row.get("name"), str) and "id" in row:
                found[row["name"]] = None if row["name"] in found else row["id"]
        return found

    @cached_property
    def truth(self) -> Document:
        """Return what the references of annotations name: the ground truth, or the document."""
        return self.document if self.ground_truth is None else self.ground_truth

    def references(
        self, key: str, ids: Places, part: NDArray[np.int32]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Find what annotations refer to by ``image_id`` or ``category_id``.

        Returns
        -------
        (n,) array of int64
            The row there; -1 where none is.
        (n,) array of bool
            Whether there is a list to look it up in.
        """
        name = "images" if key == "image_id" else "categories"
        if self.ground_truth is None:
            table = self.table(name)
            return table.id_index().match(ids.rows(), part, 1), table.listed[part]
        listed = bool(getattr(self.ground_truth, name).listed.any())
        found = self.truth_index(name).match(ids.rows(), None, 1)
        return found, np.full(len(part), listed)

    def truth_index(self, name: str) -> _core.IdIndex:
        """Return the ids of a table that annotations refer to, whatever part they stand in."""
        if name not in self._truth_indexes:
            _, (ids,) = getattr(self.truth, name).find(["id"])
            self._truth_indexes[name] = _core.IdIndex(ids.rows(), None)
        return self._truth_indexes[name]

    def batches(self) -> Iterator[Batch]:
        """Yield the annotations, some thousand at a time."""
        for first in range(0, len(self.document.annotations), BATCH):
            yield Batch(self, first, min(first + BATCH, len(self.document.annotations)))


class Rings(NamedTuple):
    """The rings of a batch, flat.

    Attributes
    ----------
    row : (rings,) array of int64
        Which row of the batch each belongs to.
    starts, lengths : (rings,) array of int64
        Where its numbers lie in `numbers`, and how many there are.
    numbers : (k,) array of float64
    is_rings : (n,) array of bool
        Which rows of the batch are lists of lists of numbers, and not empty.
    """

    row: NDArray[np.int64]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    numbers: NDArray[np.float64]
    is_rings: NDArray[np.bool_]

    def reduce(self, operation: np.ufunc, values: NDArray[Any], empty: float) -> NDArray[Any]:
        """Reduce the numbers of each ring; `empty` stands for a ring without one."""
        out = np.full(len(self.row), empty)
        full = self.lengths > 0
        if full.any():
            out[full] = operation.reduceat(values, self.starts[full])
        return out

    def per_row(self, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which rows have a ring with a flag."""
        out = np.zeros(len(self.is_rings), bool)
        out[self.row[flags]] = True
        return out


class Batch:
    """Some annotations in a row, column by column.

    Attributes
    ----------
    first : int
        The first row.
    """

    def __init__(self, inspection: Inspection, first: int, stop: int) -> None:
        self.inspection, self.first = inspection, first
        self.slice = slice(first, stop)
        self.part = inspection.document.annotations.part[self.slice]
        self.root = inspection.roots[self.part]
        self._made: dict[Any, Any] = {}

    @cached_property
    def _found(self) -> dict[str, tuple[NDArray[np.uint8], Places]]:
        table = self.inspection.document.annotations
        kinds, places = table.find(_KEYS, self.slice, threads=1)
        return dict(zip(_KEYS, zip(kinds, places, strict=True), strict=True))

    def once(self, make: Callable[[Batch], Made]) -> Made:
        """Return what a function makes of the batch; several rules may ask for it."""
        if make not in self._made:
            self._made[make] = make(self)
        found: Made = self._made[make]
        return found

    def __len__(self) -> int:
        return self.slice.stop - self.first

    def rows(self, flags: NDArray[np.bool_] | np.bool_) -> NDArray[np.int64]:
        """Return the rows of the table that have a flag."""
        return np.flatnonzero(flags) + self.first

    def kinds(self, key: str) -> NDArray[np.uint8]:
        """Return the `JsonKind` of each row's value of a key."""
        kinds: NDArray[np.uint8] = self._found[key][0]
        return kinds

    def has(self, key: str) -> NDArray[np.bool_]:
        """Which rows have a key, null or not; not to be written to: many rules ask."""
        if ("has", key) not in self._made:
            flags = np.asarray(self.kinds(key) != JsonKind.MISSING)
            flags.flags.writeable = False
            self._made["has", key] = flags
        found: NDArray[np.bool_] = self._made["has", key]
        return found

    def places(self, key: str) -> Places:
        """Return where the values of a key lie."""
        return self._found[key][1]

    def numbers(self, key: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the values of a key, NaN where they are no numbers, and where they are."""
        if ("numbers", key) not in self._made:
            self._made["numbers", key] = numbers_of(self.places(key))
        found: tuple[NDArray[np.float64], NDArray[np.bool_]] = self._made["numbers", key]
        return found

    def lists(self, key: str) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
        """Return lists of numbers: the numbers, offsets of the lists, and which rows are such."""
        if ("lists", key) not in self._made:
            where = self.places(key)
            if key == "segmentation":  # lists of rings are none
                where = Places(where.texts, where.which, where.spans.copy())
                where.spans[self.rings.is_rings | (self.kinds(key) != JsonKind.LIST)] = -1
            values, offsets, _, spelled = _core.read_numbers(where.rows(), 1)
            self._made["lists", key] = values, offsets, spelled != 0
        found: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]
        found = self._made["lists", key]
        return found

    @cached_property
    def is_object(self) -> NDArray[np.bool_]:
        """Which rows are objects."""
        rows = self.inspection.document.annotations.places(self.slice)
        return np.asarray(_core.value_kinds(rows.rows()) == JsonKind.OBJECT)

    @cached_property
    def is_document(self) -> NDArray[np.bool_]:
        """Which rows stand in a document, and are no results."""
        return np.asarray(self.root == "document")

    @cached_property
    def is_instance(self) -> NDArray[np.bool_]:
        """Which rows are objects by their keys: not captions, panoptic rows, labels."""
        shaped = self.has("segmentation") | self.has("bbox") | self.has("keypoints")
        return shaped & ~self.has("segments_info")

    @cached_property
    def image_rows(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """As `Inspection.references` of images."""
        return self.inspection.references("image_id", self.places("image_id"), self.part)

    @cached_property
    def category_rows(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """As `Inspection.references` of categories."""
        where = self.places("category_id")
        return self.inspection.references("category_id", where, self.part)

    @cached_property
    def image_size(self) -> NDArray[np.float64]:
        """Height and width of each row's image, NaN where unknown, shape (n, 2)."""
        sides = self.inspection.image_sides
        out = np.full((len(self), 2), np.nan)
        if self.inspection.ground_truth is None and len(sides) > 0:
            known = self.image_rows[0] >= 0
            out[known] = sides[self.image_rows[0][known]]
        return out

    @cached_property
    def bbox(self) -> NDArray[np.float64]:
        """The bbox of each row, shape (n, 4); NaN where it is not four numbers."""
        values, offsets, good = self.lists("bbox")
        out = np.full((len(self), 4), np.nan)
        four = good & (np.diff(offsets) == 4)
        out[four] = values[offsets[:-1][four][:, None] + np.arange(4)]
        return out

    @cached_property
    def area(self) -> NDArray[np.float64]:
        """The area of each row; NaN where it is no number."""
        return self.numbers("area")[0]

    @cached_property
    def rings(self) -> Rings:
        """The rings of rows whose segmentation is a list of lists of numbers."""
        values, lists, rows, spelled = _core.read_numbers(self.places("segmentation").rows(), 2)
        per_row = np.diff(rows)
        owner = np.repeat(np.arange(len(self)), per_row)
        return Rings(owner, lists[:-1], np.diff(lists), values, (spelled != 0) & (per_row > 0))

    @cached_property
    def odd_rings(self) -> NDArray[np.bool_]:
        """Which rows have a ring with half a point."""
        return self.rings.per_row(self.rings.lengths % 2 == 1)

    @cached_property
    def odd_lists(self) -> NDArray[np.bool_]:
        """Which segmentations are lists, and neither empty, nor flat, nor lists of rings."""
        _, offsets, flat = self.lists("segmentation")
        fine = self.rings.is_rings | (flat & (np.diff(offsets) > 0))
        odd = (self.kinds("segmentation") == JsonKind.LIST) & ~fine
        places = self.places("segmentation")
        for i in np.flatnonzero(odd).tolist():
            odd[i] = bytes(places.text(i)[:64]).translate(None, b" \t\r\n") != b"[]"
        return np.asarray(odd)

    @cached_property
    def masks(self) -> Masks:
        """The masks; rows that cannot be read have none."""
        return self.inspection.document.masks(self.slice, threads=1, on_error="skip")

    @cached_property
    def refused(self) -> dict[int, str]:
        """Why masks cannot be read, by row of the table."""
        return {one.row: one.reason for one in self.masks.refused}

    @cached_property
    def pixels(self) -> NDArray[np.float64]:
        """The area of each mask in pixels."""
        return self.masks.masks.area().astype(np.float64)

    @cached_property
    def mask_box(self) -> NDArray[np.float64]:
        """The box of each mask, shape (n, 4)."""
        return self.masks.masks.bbox()

    @cached_property
    def vertex(self) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
        """Which rows have rings, what these enclose, and the boxes of their points."""
        return _core.measure_rings(self.places("segmentation").rows(), 1)

    @cached_property
    def is_rle(self) -> NDArray[np.bool_]:
        """Which rows have a mask of runs."""
        return np.asarray(self.masks.has_mask & (self.kinds("segmentation") == JsonKind.OBJECT))

    @cached_property
    def crowd(self) -> NDArray[np.bool_]:
        """Which rows are crowds."""
        return np.asarray(crowds_at(self.places("iscrowd")) == Crowd.YES)


def numbers_of(places: Places) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Read numbers: NaN where there is none, and which are some."""
    values, _, _, spelled = _core.read_numbers(places.rows(), 0)
    good = np.asarray(spelled != 0)
    return np.where(good, values, np.nan), good

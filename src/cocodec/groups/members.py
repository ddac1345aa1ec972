"""The shapes of groups of annotations, as arrays: what each member is, its mask, box and area."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.document import Document
from cocodec.documents.json_values import JsonKind
from cocodec.documents.table import Table
from cocodec.masks.rle_array import RleArray
from cocodec.masks.segmentation_values import RINGS, RLE, SegmentationKind

__all__ = ["Members", "RefusedGroup", "ShapeKind", "read_members"]

# Segmentations that say nothing.
_SILENT = (
    SegmentationKind.MISSING,
    SegmentationKind.NULL,
    SegmentationKind.EMPTY,
    SegmentationKind.EMPTY_RINGS,
)
_FARTHEST = 1e14  # coordinates that can be rasterised
_MAX_SIDE = 2**32 - 1


class ShapeKind(enum.IntEnum):
    """What takes part in a group, in the order in which CVAT looks at them."""

    NONE = 0  # captions, points, keypoints: rows that stay what they are
    BOX = 1
    POLYGONS = 2
    MASK = 3


class RefusedGroup(NamedTuple):
    """A group that cannot be merged: its rows, and why.

    Examples
    --------
    >>> print(cocodec.RefusedGroup(np.array([3, 4]), 'of two images'))
    rows 3, 4: of two images
    """

    rows: NDArray[np.int64]
    reason: str

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.rows[:8].tolist())) + ", ..." * (len(self.rows) > 8)
        return f"rows {shown}: {self.reason}"


@dataclass(frozen=True)
class Members:
    """The members of n groups, ordered by group, then by row.

    Attributes
    ----------
    rows, group : (m,) array of int64
        Row in the annotations; group, 0 ... n - 1, in the order of their first rows.
    shape : (m,) array of uint8
        The `ShapeKind`.
    masks : RleArray
        One a member; empty and of size 0 x 0 for a box that is not to be rasterised.
    boxes : (m, 4) array of float
        The box that a row states; NaN where it states none.
    drawn : (m,) array of bool
        Whether the member has a mask.
    """

    rows: NDArray[np.int64]
    group: NDArray[np.int64]
    shape: NDArray[np.uint8]
    masks: RleArray
    boxes: NDArray[np.float64]
    drawn: NDArray[np.bool_]

    def __len__(self) -> int:
        """How many groups there are."""
        return int(self.group[-1]) + 1 if len(self.group) else 0

    def take(self, chosen: NDArray[np.bool_]) -> Members:
        """Some members, their groups numbered anew in the order of their first rows."""
        kept = np.flatnonzero(chosen)
        _, first, group = np.unique(self.group[kept], return_index=True, return_inverse=True)
        rank = np.empty(len(first), np.int64)
        rank[np.argsort(self.rows[kept][first], kind="stable")] = np.arange(len(first))
        numbers = rank[group.reshape(-1)]
        kept = kept[np.lexsort((self.rows[kept], numbers))]
        numbers = np.sort(numbers)
        columns = (self.shape[kept], self.masks[kept], self.boxes[kept], self.drawn[kept])
        return Members(self.rows[kept], numbers, *columns)


def read_members(
    document: Document, numbers: NDArray[np.int64], options: tuple[bool, bool, int]
) -> tuple[Members, list[RefusedGroup]]:
    """Read the shapes of all groups in one go.

    Parameters
    ----------
    numbers : (n,) array of int64
        The group of each annotation, -1 for none.
    options : (bool, bool, int)
        Whether rows without others count as groups too; whether boxes are rasterised; threads.

    Returns
    -------
    members : Members
        Of groups that can be merged. Rows that are no shapes are in no group.
    refused : list of RefusedGroup
    """
    singles, rasterize, threads = options
    table = document.annotations
    rows, group = _in_play(numbers, singles)
    found = document.masks(rows, threads=threads, on_error="skip")
    boxes = _stated_boxes(table, rows)
    shape = _shapes(table, rows, found.kinds, boxes)
    reasons = {refused.row: str(refused) for refused in found.refused}
    wrong = np.isin(rows, np.array(sorted(reasons), np.int64))
    shape[wrong] = ShapeKind.MASK  # of whatever kind, it belongs to its group
    masks, drawn = found.masks, shape >= ShapeKind.POLYGONS
    if rasterize:
        at = np.flatnonzero(shape == ShapeKind.BOX)
        masks, lost = _rasterized(document, rows, at, (masks, boxes))
        reasons.update(lost)
        drawn |= shape == ShapeKind.BOX
    members = Members(rows, group, shape, masks, boxes, drawn)
    members = members.take(shape != ShapeKind.NONE)
    if not singles:
        members = members.take(np.bincount(members.group)[members.group] > 1)
    return _without_refused(members, reasons)


def _in_play(
    numbers: NDArray[np.int64], singles: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows that share their number, or all rows, and their numbers."""
    n = len(numbers)
    if singles:
        return np.arange(n), np.where(numbers < 0, n + np.arange(n), numbers)
    grouped = np.flatnonzero(numbers >= 0)
    sizes = np.bincount(numbers[grouped])
    rows = grouped[sizes[numbers[grouped]] > 1]
    return rows, numbers[rows]


def _shapes(
    table: Table, rows: NDArray[np.int64], kinds: NDArray[np.uint8], boxes: NDArray[np.float64]
) -> NDArray[np.uint8]:
    shape = np.zeros(len(rows), np.uint8)
    shape[np.isin(kinds, RINGS)] = ShapeKind.POLYGONS
    shape[np.isin(kinds, RLE)] = ShapeKind.MASK
    keypoints = table.kinds("keypoints", rows) == JsonKind.LIST
    silent = np.isin(kinds, _SILENT) & ~keypoints & ~np.isnan(boxes[:, 0])
    shape[silent] = ShapeKind.BOX
    return shape


def _stated_boxes(table: Table, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """What ``bbox`` says, where it says x, y, width, height."""
    column = table.column("bbox", rows)
    if column.dtype == np.float64 and column.shape == (len(rows), 4):
        return column
    boxes = np.full((len(rows), 4), np.nan)
    if column.dtype == object:
        for i, value in enumerate(column):
            if isinstance(value, list) and len(value) == 4 and all(map(_is_number, value)):
                boxes[i] = value
    return boxes


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _rasterized(
    document: Document,
    rows: NDArray[np.int64],
    at: NDArray[np.int64],
    given: tuple[RleArray, NDArray[np.float64]],
) -> tuple[RleArray, dict[int, str]]:
    """The masks, with those of the boxes at some places put in; and rows where that cannot be."""
    masks, boxes = given
    sizes, reasons = _image_sizes(document, rows[at]), {}
    for i in np.flatnonzero((sizes < 0).any(axis=1)).tolist():
        reasons[int(rows[at[i]])] = f"row {rows[at[i]]}: the size of its image is not known"
    far = (np.abs(boxes[at]) > _FARTHEST).any(axis=1)
    for i in np.flatnonzero(far).tolist():
        reasons[int(rows[at[i]])] = f"row {rows[at[i]]}: its box is beyond +-1e14"
    drawable = (sizes >= 0).all(axis=1) & ~far
    made = RleArray.from_boxes(boxes[at[drawable]], sizes[drawable])
    places = np.arange(len(masks))
    places[at[drawable]] = len(masks) + np.arange(len(made))
    return RleArray.concatenate([masks, made])[places], reasons


def _image_sizes(document: Document, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Height and width of the images of annotations, shape (n, 2); -1 where they are not known."""
    sizes = np.full((len(rows), 2), -1, np.int64)
    images = document.image_rows(rows)
    listed = np.flatnonzero(images >= 0)
    for k, key in enumerate(("height", "width")):
        for i, side in zip(listed, document.images.column(key, images[listed]), strict=True):
            if _is_side(side):
                sizes[i, k] = int(side)
    return sizes


def _is_side(value: Any) -> bool:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        return False
    return bool(0 <= value <= _MAX_SIDE and value == int(value))


def _without_refused(
    members: Members, reasons: dict[int, str]
) -> tuple[Members, list[RefusedGroup]]:
    """Leave out groups with a wrong member, or with masks of several sizes."""
    n = len(members)
    bad: dict[int, str] = {}
    for i in np.flatnonzero(np.isin(members.rows, np.array(sorted(reasons), np.int64))).tolist():
        bad.setdefault(int(members.group[i]), reasons[int(members.rows[i])])
    for side in (0, 1):
        values, group = members.masks.sizes[members.drawn, side], members.group[members.drawn]
        low, high = np.full(n, _MAX_SIDE + 1), np.full(n, -1)
        np.minimum.at(low, group, values)
        np.maximum.at(high, group, values)
        for g in np.flatnonzero(high > low).tolist():
            bad.setdefault(g, _two_sizes(members, g))
    if not bad:
        return members, []
    numbers = np.array(sorted(bad))
    starts = np.searchsorted(members.group, np.arange(n + 1))
    refused = [RefusedGroup(members.rows[starts[g] : starts[g + 1]], bad[g]) for g in sorted(bad)]
    return members.take(~np.isin(members.group, numbers)), refused


def _two_sizes(members: Members, group: int) -> str:
    first, last = np.searchsorted(members.group, [group, group + 1])
    at = first + np.flatnonzero(members.drawn[first:last])
    sizes = members.masks.sizes[at].tolist()
    other = next(i for i, size in enumerate(sizes) if size != sizes[0])
    return (
        f"the masks differ in size: {sizes[0]} in row {members.rows[at[0]]}, "
        f"{sizes[other]} in row {members.rows[at[other]]}"
    )

"""Images and everything on them moved together: masks, rings, boxes, keypoints, areas, sizes.

Masks move by their runs. Rings move by their points; where these, drawn by COCO's rule, are not
exactly the moved mask any more, they are traced anew from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.arranging import arrange
from cocodec.documents.document import Document
from cocodec.documents.edits import changed_column
from cocodec.documents.json_values import JsonKind, PrintedValues
from cocodec.documents.mask_edits import SPELLING_OF, require_option, segmentations
from cocodec.documents.places import Places, column_of
from cocodec.documents.table import Table
from cocodec.errors import DocumentError, describe_refused, shown
from cocodec.masks.rle_array import RleArray
from cocodec.reshaping.clipping import clip_ring
from cocodec.reshaping.keypoints import moved_keypoints
from cocodec.reshaping.motions import Motion, moved_points
from cocodec.reshaping.number_texts import spelled_like

__all__ = ["Rings", "Shown", "boxes_at", "image_sizes", "move", "read_shown"]

Rings = Literal["exact", "vertices"]

_Kind = _core.SegmentationKind
_RINGS = (_Kind.POLYGONS, _Kind.FLAT_RING)
_NAMED = 20  # refused rows that the message of an exception spells out
_TOGETHER = 1 << 14  # rows whose masks are moved, drawn and compared at once
_CLOSE = 1e-6  # of measures that are the same but for rounding, relative


@dataclass
class Shown:
    """What the annotations of a document show before they move.

    Attributes
    ----------
    images : (n,) array of int64
        The image of each, by its row; -1 where it has none, which stays as it is.
    masks : RleArray
        One each.
    has_mask : (n,) array of bool
    kinds : (n,) array of uint8
        As `Document.masks` has them.
    """

    images: NDArray[np.int64]
    masks: RleArray
    has_mask: NDArray[np.bool_]
    kinds: NDArray[np.uint8]

    def take(self, rows: NDArray[np.int64], images: NDArray[np.int64]) -> Shown:
        """Return some, of other images."""
        return Shown(images, self.masks[rows], self.has_mask[rows], self.kinds[rows])


def image_sizes(document: Document) -> NDArray[np.int64]:
    """Return the height and width of each image in pixels, shape (m, 2).

    Raises
    ------
    DocumentError
        If an image does not tell them; names its row.
    """
    table = document.images
    out = np.zeros((len(table), 2), np.int64)
    for side, key in enumerate(("height", "width")):
        column = table.column(key, missing=None).tolist()
        for row, value in enumerate(column):
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 1:
                raise DocumentError(
                    f"is {shown(value)}, expected pixels; images without a size cannot be moved",
                    table="images",
                    row=row,
                    id=_id_of(table, row),
                    key=key,
                )
            if value >= 2**32 or value != int(value):
                reason = f"is {value!r}, no whole pixels"
                id_ = _id_of(table, row)
                raise DocumentError(reason, table="images", row=row, id=id_, key=key)
            out[row, side] = int(value)
    return out


def _id_of(table: Table, row: int) -> Any:
    value = table[row]
    return value.get("id") if isinstance(value, dict) else None


def read_shown(document: Document, sizes: NDArray[np.int64], threads: int) -> Shown:
    """Read all masks.

    Raises
    ------
    DocumentError
        If some are wrong, or not of their image's size; names the rows.
    """
    images = document.image_rows(threads=threads)
    found = document.masks(threads=threads, on_error="skip")
    refused = [one for one in found.refused if images[one.row] >= 0]
    if refused:
        raise DocumentError(describe_refused(refused, _NAMED))
    here = np.flatnonzero(found.has_mask & (images >= 0))
    other = (found.masks.sizes[here] != sizes[images[here]]).any(axis=1)
    if other.any():
        row = int(here[np.flatnonzero(other)[0]])
        mask, image = (
            " x ".join(map(str, s)) for s in (found.masks.sizes[row], sizes[images[row]])
        )
        raise DocumentError(
            f"the mask is of {mask} pixels (height x width), its image of {image}; they cannot be "
            "moved together (cocodec check says more)",
            table="annotations",
            row=row,
        )
    return Shown(images, found.masks, found.has_mask, found.kinds)


def boxes_at(places: Places) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Read boxes: how many numbers there are, and these where they are four, else zeros."""
    values, lists, _, spellings = _core.read_numbers(places.rows(), 1)
    lengths = np.diff(lists)
    has = (spellings > 0) & (lengths == 4)
    boxes = np.zeros((len(lengths), 4))
    boxes[has] = values[np.repeat(has, lengths)].reshape(-1, 4)
    return boxes, np.where(spellings > 0, lengths, 0)


def move(
    document: Document,
    shown: Shown,
    motion: Motion,
    sizes: NDArray[np.int64],
    *,
    min_visible: float = 0.0,
    rings: Rings = "exact",
    threads: int = 0,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Move the images of a document and all that is on them.

    `sizes` are those of the images before; on images that stay as they are nothing is written.
    Annotations of which less than `min_visible` is left, or nothing, are left out.

    Returns
    -------
    (k,) array of int64
        Which rows of the annotations stay.
    (k,) array of bool
        Of these, which are whole.
    """
    require_option("rings", rings, Rings)
    if not 0 <= min_visible <= 1:
        raise ValueError(f"min_visible is {min_visible}, expected 0 to 1")
    _set_sizes(document, motion)
    stay = (motion.matrix == np.eye(2, 3)).all(axis=(1, 2)) & (motion.sizes == sizes).all(axis=1)
    there = shown.images >= 0
    there[there] &= ~stay[shown.images[there]]
    table = document.annotations
    keep, whole = np.ones(len(table), bool), np.ones(len(table), bool)
    moving = np.flatnonzero(there)
    for begin in range(0, len(moving), _TOGETHER):
        rows = moving[begin : begin + _TOGETHER]
        work = _Moving(document, shown, motion, rows, threads)
        keep[rows], whole[rows] = work.judge(min_visible, sizes)
        table.splice(work.changes(), rows, threads=threads)
        if rings == "exact" and motion.is_exact:
            work.trace_others()
    stays = np.flatnonzero(keep)
    arrange(table, stays)
    return stays, whole[stays]


def _set_sizes(document: Document, motion: Motion) -> None:
    document.images.set_column("height", motion.sizes[:, 0])
    document.images.set_column("width", motion.sizes[:, 1])


class _Moving:
    """The annotations of one document on their way; `rows` are those whose images move."""

    def __init__(
        self,
        document: Document,
        shown: Shown,
        motion: Motion,
        rows: NDArray[np.int64],
        threads: int,
    ) -> None:
        self._document, self._motion, self._threads = document, motion, threads
        self.rows = rows
        self._images = shown.images[self.rows]
        self._kinds, self._has_mask = shown.kinds[self.rows], shown.has_mask[self.rows]
        self._old = shown.masks[self.rows]
        masked = np.flatnonzero(self._has_mask)
        moved = motion.masks(self._old[masked], self._images[masked], threads)
        # Rows without a mask have an empty one of no size; the numbers stay those of the rows.
        order = np.zeros(len(self.rows), np.int64)
        order[masked] = 1 + np.arange(len(masked))
        nothing = RleArray.from_runs([], [0, 0], [0, 0])
        self._new = RleArray.concatenate([nothing, moved])[order]
        keys = ["segmentation", "bbox", "area", "keypoints", "num_keypoints"]
        kinds, places = document.annotations.find(keys, self.rows, threads=threads)
        self._found = dict(zip(keys, zip(kinds, places, strict=True), strict=True))
        self._boxes, self._has_box = self._read_boxes()
        self._cut = np.zeros(len(self.rows), bool)

    def _read_boxes(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        _, places = self._found["bbox"]
        boxes, lengths = boxes_at(places)
        odd = np.flatnonzero((lengths > 0) & (lengths != 4))
        if len(odd) > 0:
            raise DocumentError(
                f"has {lengths[odd[0]]} numbers, expected 4; boxes with an angle cannot be moved",
                table="annotations",
                row=int(self.rows[odd[0]]),
                key="bbox",
            )
        return boxes, lengths == 4

    # ------------------------------------------------------------ what stays

    def judge(
        self, min_visible: float, old_sizes: NDArray[np.int64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which rows stay, and which of all are whole."""
        n = len(self.rows)
        if not self._motion.cuts:
            return np.ones(n, bool), np.ones(n, bool)
        before = self._old.area().astype(np.float64)
        after = self._new.area().astype(np.float64)
        moved = self._moved_boxes()
        frame = self._motion.sizes[self._images][:, ::-1]
        boxed = np.asarray(self._has_box & ~(self._has_mask & (before > 0)), bool)
        sides, old_sides = _clipped(moved, frame)[:, 2:], moved[:, 2:]
        before[boxed] = old_sides[boxed].prod(axis=1)
        after[boxed] = sides[boxed].prod(axis=1)
        # Of a box without an area it counts whether it lies inside.
        flat = np.asarray(boxed & (before <= 0), bool)
        inside = np.asarray(((moved[:, :2] >= 0) & (moved[:, :2] < frame)).all(axis=1), bool)
        before[flat], after[flat] = 1, inside[flat]
        bare = np.logical_not(boxed) & ~(self._has_mask & (before > 0))
        before[bare], after[bare] = 1, 1
        points = bare & (self._kinds == _Kind.POINTS)
        after[points] = self._points_inside(points)
        whole = (after >= before) & ~self._overhangs(moved, frame, old_sizes)
        self._cut = ~whole
        return (after > 0) & (after >= min_visible * before), whole

    def _overhangs(
        self,
        moved: NDArray[np.float64],
        frame: NDArray[np.int64],
        old_sizes: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        """Whether boxes lie across a cut: not just across the edge of the image as it was."""
        begin = -self._motion.matrix[self._images, :, 2]
        old = old_sizes[self._images][:, ::-1]
        low = (moved[:, :2] < 0) & (begin > 0)
        high = (moved[:, :2] + moved[:, 2:] > frame + _CLOSE) & (begin + frame < old)
        return np.asarray(self._has_box & (low | high).any(axis=1), bool)

    def _points_inside(self, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        _, places = self._found["segmentation"]
        there = np.flatnonzero(rows)
        values, lists, starts, _ = _core.read_numbers(places.take(there).rows(), 2)
        out = np.ones(len(there), bool)
        ends = lists[starts]
        for i, row in enumerate(there.tolist()):
            flat = values[ends[i] : ends[i + 1]]
            points = flat[: len(flat) // 2 * 2].reshape(-1, 2)
            images = np.full(len(points), self._images[row])
            moved = moved_points(points, images, self._motion)
            frame = self._motion.sizes[self._images[row]][::-1]
            out[i] = bool(((moved >= 0) & (moved < frame)).all(axis=1).any()) or len(points) == 0
        return out

    def _moved_boxes(self) -> NDArray[np.float64]:
        """The boxes' new places, uncut; zeros where there is none."""
        ends = self._boxes[:, :2] + self._boxes[:, 2:]
        # Ends are sums of decimals; without the sum's rounding they keep their digits.
        ends = np.where(np.abs(ends) < 1e7, np.round(ends, 7), ends)
        first = moved_points(self._boxes[:, :2], self._images, self._motion)
        last = moved_points(ends, self._images, self._motion)
        low = np.minimum(first, last)
        if self._motion.is_exact:
            turns = self._motion.matrix[self._images, 0, 0] == 0
            sides = np.where(turns[:, np.newaxis], self._boxes[:, [3, 2]], self._boxes[:, 2:])
        else:
            sides = np.abs(last - first)
        return np.hstack([low, sides])

    # ------------------------------------------------------------ new values

    def changes(self) -> dict[str, PrintedValues]:
        """Print all values that change."""
        moved = self._moved_boxes()
        rings = self._rings()
        segmentation, measured = self._segmentations(rings)
        boxes, areas = self._measures(moved, measured)
        out = {"segmentation": segmentation}
        out["bbox"] = self._numbers("bbox", boxes, self._has_box)
        kinds, _ = self._found["area"]
        told = (kinds == JsonKind.INT) | (kinds == JsonKind.FLOAT)
        out["area"] = self._column("area", areas, told & ~np.isnan(areas))
        out |= moved_keypoints(self._document, self.rows, (self._images, self._motion), self._found)
        return {key: values for key, values in out.items() if (values.spans[:, 0] != -1).any()}

    def _rings(self) -> PrintedValues:
        """Move the points of all segmentations that are rings or points."""
        _, places = self._found["segmentation"]
        nested = (self._kinds == _Kind.POLYGONS) | (self._kinds == _Kind.POINTS)
        flat = self._kinds == _Kind.FLAT_RING
        text = b""
        spans = np.full((len(self.rows), 2), -1, np.int64)
        for depth, flags in ((2, nested), (1, flat)):
            there = np.flatnonzero(flags)
            if len(there) == 0:
                continue
            here = places.take(there)
            values, lists, starts, spellings = _core.read_numbers(here.rows(), depth)
            owners = np.repeat(there, np.diff(starts)) if depth == 2 else there
            values, lists, starts = self._moved_rings(values, lists, starts, owners, depth)
            spelled = spelled_like(here, spellings)
            printed, found = _core.print_numbers(
                values, lists, starts if depth == 2 else None, spelled
            )
            made = found[:, 0] >= 0
            spans[there[made]] = found[made] + len(text)
            text += printed
        return PrintedValues(text, spans, len(text))

    def _moved_rings(
        self,
        values: NDArray[np.float64],
        lists: NDArray[np.int64],
        starts: NDArray[np.int64],
        owners: NDArray[np.int64],
        depth: int,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        lengths = np.diff(lists)
        odd = np.flatnonzero(lengths % 2)
        if len(odd) > 0:
            row = int(self.rows[owners[odd[0]]])
            reason = "a ring has an odd number of coordinates"
            raise DocumentError(reason, table="annotations", row=row)
        images = np.repeat(self._images[owners], lengths // 2)
        points = moved_points(values.reshape(-1, 2), images, self._motion)
        if not self._motion.cuts:
            return points.ravel(), lists, starts
        frame = self._motion.sizes[images][:, ::-1]
        outside = np.flatnonzero(((points < 0) | (points > frame)).any(axis=1))
        crossing = np.unique(np.searchsorted(lists // 2, outside, "right") - 1)
        crossing = crossing[lengths[crossing] >= 6]
        if len(crossing) == 0:
            return points.ravel(), lists, starts
        pieces = np.split(points, lists[1:-1] // 2)
        for number in crossing.tolist():
            height, width = self._motion.sizes[self._images[owners[number]]].tolist()
            pieces[number] = clip_ring(pieces[number], width, height)
        if depth == 2:  # rings of which nothing is left go
            left = np.array([len(piece) > 0 for piece in pieces], bool)
            pieces = [piece for piece in pieces if len(piece) > 0]
            starts = np.concatenate([[0], np.cumsum(left)])[starts]
        ends = np.cumsum([0, *(2 * len(piece) for piece in pieces)])
        flat = np.concatenate(pieces).ravel() if pieces else np.zeros(0)
        return flat, ends.astype(np.int64), starts.astype(np.int64)

    def _segmentations(self, rings: PrintedValues) -> tuple[PrintedValues, Places]:
        """Put RLE beside the rings; returns all of them, and where the rings lie."""
        table = self._document.annotations
        texts, spans = [rings.text], rings.spans.copy()
        size = len(rings.text)
        # Rings move point by point; all else is spelled anew, as it was.
        others = {kind: to for kind, to in SPELLING_OF.items() if kind not in _RINGS}
        for to in dict.fromkeys(others.values()):
            those = [kind for kind, spelling in others.items() if spelling == to]
            there = np.flatnonzero(np.isin(self._kinds, those) & self._has_mask)
            if len(there) == 0:
                continue
            made = segmentations(table, self.rows[there], self._new[there], to, self._threads)
            spans[there] = np.where(made.spans >= 0, made.spans + size, made.spans)
            texts.append(made.text)
            size += len(made.text)
        whole = b"".join(texts)
        # Values that are objects with keys of their own are spelled already.
        values = PrintedValues(whole, spans, len(rings.text))
        return values, Places([whole], np.zeros(len(spans), np.int32), spans)

    def _measures(
        self, moved: NDArray[np.float64], places: Places
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """New boxes, and areas (NaN: as it was), by the convention that each row has."""
        _, old_places = self._found["segmentation"]
        had, old_areas, old_boxes = _core.measure_rings(old_places.rows())
        has, areas, boxes = _core.measure_rings(places.rows())
        pixels, mask_boxes = self._new.area().astype(np.float64), self._new.bbox()
        old_pixels, old_mask_boxes = self._old.area().astype(np.float64), self._old.bbox()
        told = self._told_areas()
        frame = self._motion.sizes[self._images][:, ::-1]
        out = np.where(self._cut[:, np.newaxis], _clipped(moved, frame), moved)
        scale = self._motion.scales[self._images]
        out_areas = np.where(self._cut | (scale != 1), told * scale, np.nan)
        boxed = self._cut & ~self._has_mask & self._has_box
        out_areas[boxed] = told[boxed] * _share(out[boxed], moved[boxed])
        # The mask has changed: what was a function of it is one again.
        anew = self._has_mask & (self._cut | ~np.bool_(self._motion.is_exact))
        vertex = anew & had & has & np.isclose(self._boxes, old_boxes, rtol=_CLOSE).all(axis=1)
        tight = anew & ~vertex & (self._cut | (self._boxes == old_mask_boxes).all(axis=1))
        out[vertex], out[tight] = boxes[vertex], mask_boxes[tight]
        shoelace = anew & had & has & np.isclose(told, old_areas, rtol=_CLOSE)
        counted = anew & ~shoelace & (self._cut | (told == old_pixels))
        out_areas[shoelace], out_areas[counted] = areas[shoelace], pixels[counted]
        return out, out_areas

    def _told_areas(self) -> NDArray[np.float64]:
        kinds, places = self._found["area"]
        out = np.full(len(kinds), np.nan)
        there = np.flatnonzero((kinds == JsonKind.INT) | (kinds == JsonKind.FLOAT))
        if len(there) > 0:
            out[there] = column_of(places.take(there), kinds[there], None).astype(np.float64)
        return out

    def _numbers(
        self, key: str, values: NDArray[np.float64], there: NDArray[np.bool_]
    ) -> PrintedValues:
        """Print lists of numbers as the old ones are spelled; equal ones stay."""
        _, places = self._found[key]
        old, lists, _, spellings = _core.read_numbers(places.rows(), 1)
        spelled = np.where(there, spelled_like(places, spellings), 0).astype(np.uint8)
        width = values.shape[1]
        ends = np.arange(len(values) + 1, dtype=np.int64) * width
        text, spans = _core.print_numbers(values.ravel(), ends, None, spelled)
        same = np.zeros(len(values), bool)
        same[there] = (
            old[np.repeat(there, np.diff(lists))].reshape(-1, width) == values[there]
        ).all(axis=1)
        spans[same | ~there] = -1
        return PrintedValues(text, spans, len(text))

    def _column(
        self, key: str, values: NDArray[np.float64], there: NDArray[np.bool_]
    ) -> PrintedValues:
        """Print numbers, whole ones as integers where the old one was; equal ones stay."""
        kinds, places = self._found[key]
        rows = np.flatnonzero(there)
        new: list[Any] = values[rows].tolist()
        integers = kinds[rows] == JsonKind.INT
        new = [int(v) if w and v == int(v) else v for v, w in zip(new, integers, strict=True)]

        def find() -> tuple[NDArray[np.uint8], Places]:
            return kinds[rows], places.take(rows)

        made = changed_column(new, f"annotations, {key!r}", find)
        spans = np.full((len(kinds), 2), -1, np.int64)
        spans[rows] = made.spans
        return made._replace(spans=spans)

    # ------------------------------------------------------------ rings that are drawn otherwise

    def trace_others(self) -> None:
        """Trace rings from the moved masks where COCO's rule draws the moved rings otherwise."""
        ringed = np.isin(self._kinds, _RINGS) & self._has_mask
        here = np.flatnonzero(ringed & (self._new.area() > 0))
        if len(here) == 0:
            return
        found = self._document.masks(self.rows[here], threads=self._threads, on_error="skip")
        drawn, wanted = found.masks, self._new[here]
        same = found.has_mask & (drawn.sizes == wanted.sizes).all(axis=1)
        at = np.flatnonzero(same)
        other = _core.pairwise(
            drawn[at]._runs, wanted[at]._runs, "symmetric_difference", self._threads
        )
        same[at] = _core.area(other) == 0
        rows = here[~same]
        if len(rows) > 0:
            self._document.set_masks(
                self.rows[rows], self._new[rows], to="polygons", threads=self._threads
            )


def _clipped(boxes: NDArray[np.float64], frame: NDArray[np.int64]) -> NDArray[np.float64]:
    """What of boxes lies in their frames; a side that lies inside is the number that it was."""
    low, high = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    cut_low, cut_high = np.clip(low, 0, frame), np.clip(high, 0, frame)
    # high - low is not the side, but the side and a rounding.
    is_whole = (cut_low == low) & (cut_high == high)
    return np.hstack([cut_low, np.where(is_whole, boxes[:, 2:], cut_high - cut_low)])


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    total = whole[:, 2:].prod(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, part[:, 2:].prod(axis=1) / total, 1.0)

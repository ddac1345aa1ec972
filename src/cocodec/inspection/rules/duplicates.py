"""Rules about annotations that are there twice, or nearly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.inspection.batches import Batch, Inspection, MaskMeasures, outline_hash
from cocodec.inspection.rule import Edit, Hit, Removal, Rows, Rule

__all__ = ["RULES"]

_AT_A_TIME = 1 << 14  # pairs whose masks are compared together
_MOST_PAIRS = 1 << 28  # comparisons of measures; beyond that nearly equal rows are left


def keep_measures(batch: Batch) -> Iterable[Hit]:
    """Keep what equal masks have in common; boxes count where there is no mask."""
    inspection, rows = batch.inspection, batch.slice
    measures = inspection.measures
    measures.has_mask[rows] = batch.masks.has_mask
    measures.area[rows] = np.minimum(batch.pixels, 2**32 - 1)
    measures.box[rows] = batch.mask_box
    boxes = batch.bbox
    bare = ~batch.masks.has_mask & np.isfinite(boxes).all(axis=1)
    told = np.where(bare[:, None], boxes + 0.0, batch.mask_box)  # -0.0 is 0.0
    measures.key[rows] = _mixed(np.hstack([told, batch.pixels[:, None], bare[:, None]]))
    for i, found in enumerate((batch.image_rows[0], batch.category_rows[0])):
        measures.group[rows, i] = found
    unknown = ~batch.masks.has_mask & ~bare
    unknown |= batch.has("keypoints") | (batch.image_rows[0] < 0)
    measures.group[rows, 0][unknown] = -1
    return ()


def _mixed(numbers: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Hash rows of numbers."""
    words = np.ascontiguousarray(numbers, np.float64).view(np.uint64)
    out = np.zeros(len(words), np.uint64)
    for column in words.T:
        out = (out ^ (out >> np.uint64(29)) ^ column) * np.uint64(0x9E3779B97F4A7C15)
    return out


def _keep_once(batch: Batch) -> Iterable[Hit]:
    """Two rules want the same measures."""
    return batch.once(keep_measures)


def _order(measures: MaskMeasures, rows: Rows) -> tuple[Rows, NDArray[np.bool_]]:
    """Rows by image, category and key, and which are like the one before in all three."""
    keys = measures.key[rows], measures.group[rows, 1], measures.group[rows, 0]
    rows = rows[np.lexsort((rows, *keys))]
    same = np.zeros(len(rows), bool)
    if len(rows) > 1:
        same[1:] = measures.key[rows[1:]] == measures.key[rows[:-1]]
        same[1:] &= (measures.group[rows[1:]] == measures.group[rows[:-1]]).all(axis=1)
    return rows, same


def _alike(inspection: Inspection) -> tuple[Rows, NDArray[np.bool_]]:
    """As `_order`, of rows whose masks have the same outline, not only the same measures.

    Outlines are hashed only where measures agree: hashing all costs more than all the rest.
    """
    measures = inspection.measures
    rows, same = _order(measures, np.flatnonzero(measures.group[:, 0] >= 0))
    several = same.copy()
    several[:-1] |= same[1:]
    rows = np.sort(rows[several])
    for at in range(0, len(rows), _AT_A_TIME):
        some = rows[at : at + _AT_A_TIME]
        some = some[measures.has_mask[some]]
        measures.key[some] = outline_hash(inspection.document.masks(some, on_error="skip").masks)
    return _order(measures, rows)


def exact_duplicates(inspection: Inspection) -> tuple[Rows, Rows]:
    """Return the rows that repeat another one, and the first rows that they repeat."""
    with inspection.lock:  # the two rules run side by side
        if inspection.duplicates is None:
            rows, same = _alike(inspection)
            first = rows[np.maximum.accumulate(np.where(same, 0, np.arange(len(rows))))]
            later, firsts = rows[same], first[same]
            sure = _are_equal(inspection, later, firsts)
            order = np.argsort(later[sure])
            inspection.duplicates = later[sure][order], firsts[sure][order]
    return inspection.duplicates


def _are_equal(inspection: Inspection, a: Rows, b: Rows) -> NDArray[np.bool_]:
    """Compare what has the same hash."""
    out = np.zeros(len(a), bool)
    for at in range(0, len(a), _AT_A_TIME):
        chosen = slice(at, at + _AT_A_TIME)
        out[chosen] = _overlap(inspection, a[chosen], b[chosen]) == 1
        bare = np.flatnonzero(~inspection.document.masks(a[chosen], on_error="skip").has_mask)
        one = inspection.values("annotations", "bbox", a[chosen][bare])
        other = inspection.values("annotations", "bbox", b[chosen][bare])
        out[at + bare] = [x == y for x, y in zip(one, other, strict=True)]
    return out


def _overlap(inspection: Inspection, a: Rows, b: Rows) -> NDArray[np.float64]:
    """The IoU of masks, pair by pair; 0 for masks of two sizes, or without a pixel."""
    one = inspection.document.masks(a, on_error="skip").masks
    other = inspection.document.masks(b, on_error="skip").masks
    same = np.flatnonzero((one.sizes == other.sizes).all(axis=1))
    out = np.zeros(len(a))
    one, other = one[same], other[same]
    shared = (one & other).area().astype(np.float64)
    united = one.area().astype(np.float64) + other.area() - shared
    out[same] = np.divide(shared, united, out=np.zeros(len(same)), where=united > 0)
    return out


def find_duplicates(inspection: Inspection) -> Iterable[Hit]:
    """An object is annotated once."""
    rows, firsts = exact_duplicates(inspection)
    alike = _say_the_same(inspection, rows, firsts)
    shown = [f"as row {first}" for first in firsts.tolist()]
    for flags, message, repair in (
        (alike, "another row before is the same but for its id", _remove),
        (~alike, "a row before has the same mask or box in the same image and category", None),
    ):
        chosen = [text for text, flag in zip(shown, flags.tolist(), strict=True) if flag]
        yield Hit(message, rows[flags], "segmentation", repair=repair, shown=chosen)


def _say_the_same(inspection: Inspection, rows: Rows, firsts: Rows) -> NDArray[np.bool_]:
    table = inspection.table("annotations")
    out = np.zeros(len(rows), bool)
    for at in range(0, len(rows), _AT_A_TIME):
        pairs = zip(
            table[rows[at : at + _AT_A_TIME]], table[firsts[at : at + _AT_A_TIME]], strict=True
        )
        out[at : at + _AT_A_TIME] = [_without_id(one) == _without_id(other) for one, other in pairs]
    return out


def _without_id(row: Any) -> Any:
    return {key: value for key, value in row.items() if key != "id"}


def _remove(inspection: Inspection, rows: Rows) -> list[Edit | Removal]:
    return [Removal("annotations", rows)]


def find_near_duplicates(inspection: Inspection) -> Iterable[Hit]:
    """Two masks that nearly agree are one object."""
    measures, groups = inspection.measures, inspection.measures.group
    wanted = measures.has_mask & (measures.area > 0) & (groups[:, 0] >= 0)
    wanted[exact_duplicates(inspection)[0]] = False
    rows = np.flatnonzero(wanted)
    rows = rows[np.lexsort((measures.area[rows], groups[rows, 1], groups[rows, 0]))]
    a, b, complete = _candidates(inspection, measures, rows)
    overlap = np.zeros(len(a))
    for at in range(0, len(a), _AT_A_TIME):
        chosen = slice(at, at + _AT_A_TIME)
        overlap[chosen] = _overlap(inspection, a[chosen], b[chosen])
    near = np.flatnonzero(overlap >= inspection.near)
    later, firsts = np.maximum(a, b)[near], np.minimum(a, b)[near]
    _, unique = np.unique(later, return_index=True)
    shown = [f"IoU {overlap[near[i]]:.3f} with row {firsts[i]}" for i in unique.tolist()]
    message = "a row before nearly has the same mask in the same image and category"
    if not complete:
        message += " (there are too many like it to compare all)"
    yield Hit(message, later[unique], "segmentation", shown=shown)


def _candidates(
    inspection: Inspection, measures: MaskMeasures, rows: Rows
) -> tuple[Rows, Rows, bool]:
    """Pairs of one group whose areas and boxes allow the IoU that is looked for.

    Rows come by group and area. Two masks of IoU t share at least t times the larger area, and so
    do their boxes; along the list, a row has to be compared until areas are too large.
    """
    area, box, group = measures.area[rows], measures.box[rows], measures.group[rows]
    out_a, out_b = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    spent = 0
    for first in range(0, len(rows), _AT_A_TIME):
        active, step = np.arange(first, min(first + _AT_A_TIME, len(rows))), 1
        while spent <= _MOST_PAIRS:
            active = active[active + step < len(rows)]
            other = active + step
            larger = inspection.near * area[other].astype(np.float64)
            keep = (group[active] == group[other]).all(axis=1) & (area[active] >= larger)
            active, other, larger = active[keep], other[keep], larger[keep]
            if len(active) == 0:
                break
            one, two = box[active].astype(np.float64), box[other].astype(np.float64)
            low = np.maximum(one[:, :2], two[:, :2])
            high = np.minimum(one[:, :2] + one[:, 2:], two[:, :2] + two[:, 2:])
            good = np.clip(high - low, 0, None).prod(axis=1) >= larger
            out_a.append(rows[active[good]])
            out_b.append(rows[other[good]])
            spent += len(active)
            step += 1
    return np.concatenate(out_a), np.concatenate(out_b), spent <= _MOST_PAIRS


RULES = (
    Rule(
        "annotation-duplicate",
        "warning",
        "An object is annotated once.",
        "two rows with the same image, category and mask",
        rows=_keep_once,
        document=find_duplicates,
        repair="later rows that differ in nothing but their id are removed",
        on_request=True,
    ),
    Rule(
        "annotation-near",
        "warning",
        "Two masks of one image and category that nearly agree are one object.",
        "two rows whose masks have an IoU of 0.95",
        rows=_keep_once,
        document=find_near_duplicates,
    ),
)

"""Rules about annotations that are there twice, or nearly."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.places import Places, decode_places
from cocodec.documents.table import Table
from cocodec.inspection.batches import Batch, Inspection, MaskMeasures, outline_hash
from cocodec.inspection.rule import Edit, Hit, Removal, RowNumbers, Rule
from cocodec.masks.rle_array import RleArray

__all__ = ["RULES"]

_AT_A_TIME = 1 << 14  # pairs whose masks are compared together
_MOST_PAIRS = 1 << 28  # comparisons of measures; beyond that nearly equal rows are left


def keep_measures(batch: Batch) -> Iterable[Hit]:
    """Keep what equal masks have in common; boxes count where there is no mask."""
    measures, rows = batch.inspection.measures, batch.slice
    measures.area[rows] = np.minimum(batch.pixels, 2**32 - 1)
    measures.box[rows] = batch.mask_box
    boxes = batch.bbox
    bare = ~batch.masks.has_mask & np.isfinite(boxes).all(axis=1)
    told = np.where(bare[:, None], boxes + 0.0, batch.mask_box)  # -0.0 is 0.0
    for i, found in enumerate((batch.image_rows[0], batch.category_rows[0])):
        measures.group[rows, i] = found
    group = measures.group[rows].astype(np.float64)
    measures.key[rows] = _mixed(np.hstack([told, batch.pixels[:, None], bare[:, None], group]))
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


# ------------------------------------------------------------ the same


def _clusters(
    measures: MaskMeasures, rows: RowNumbers, keys: NDArray[np.uint64]
) -> tuple[RowNumbers, RowNumbers]:
    """Return the rows whose group and key an earlier one has, and the first of each's."""
    group = measures.group[rows]
    at = np.lexsort((rows, keys, group[:, 1], group[:, 0]))
    group = measures.group[rows[at]]
    same = np.zeros(len(at), bool)
    same[1:] = (keys[at[1:]] == keys[at[:-1]]) & (group[1:] == group[:-1]).all(axis=1)
    first = at[np.maximum.accumulate(np.where(same, 0, np.arange(len(at))))]
    return rows[at[same]], rows[first[same]]


def _repeated(keys: NDArray[np.uint64]) -> RowNumbers:
    """Rows whose key another one has: few, as a rule, and found without a list of all."""
    ordered = np.sort(keys)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    found = [np.zeros(0, np.int64)]
    for first in range(0, len(keys) if len(twice) > 0 else 0, _AT_A_TIME):
        some = keys[first : first + _AT_A_TIME]
        at = np.minimum(np.searchsorted(twice, some), len(twice) - 1)
        found.append(np.flatnonzero(twice[at] == some) + first)
    return np.concatenate(found)


def exact_duplicates(inspection: Inspection) -> tuple[RowNumbers, RowNumbers]:
    """Return the rows that repeat another one, and the first rows that they repeat."""
    with inspection.lock:  # the two rules run side by side
        if inspection.duplicates is None:
            inspection.duplicates = _find_exact(inspection)
    return inspection.duplicates


def _find_exact(inspection: Inspection) -> tuple[RowNumbers, RowNumbers]:
    """Compare the rows that measure the same.

    Nearly all copies are spelled as what they are copied from, and texts are compared first:
    masks are read and hashed only of what is spelled otherwise.
    """
    measures = inspection.measures
    rows = _repeated(measures.key)
    rows = rows[measures.group[rows, 0] >= 0]
    later, firsts = _clusters(measures, rows, measures.key[rows])
    copied = _chunked(later, firsts, lambda a, b: _spelled_alike(inspection, a, b))
    found = [later[copied]], [firsts[copied]]
    rows = np.union1d(later[~copied], firsts[~copied])
    keys = measures.key[rows]
    for at in range(0, len(rows), _AT_A_TIME):
        masks = inspection.document.masks(rows[at : at + _AT_A_TIME], on_error="skip")
        hashes = outline_hash(masks.masks)
        keys[at : at + _AT_A_TIME][masks.has_mask] ^= hashes[masks.has_mask]
    later, firsts = _clusters(measures, rows, keys)
    sure = _chunked(later, firsts, lambda a, b: _are_equal(inspection, a, b))
    repeated = np.concatenate([*found[0], later[sure]])
    order = np.argsort(repeated)
    return repeated[order], np.concatenate([*found[1], firsts[sure]])[order]


def _chunked(
    a: RowNumbers, b: RowNumbers, compare: Callable[[RowNumbers, RowNumbers], NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    """Compare pairs, some thousand at a time."""
    out = np.zeros(len(a), bool)
    for at in range(0, len(a), _AT_A_TIME):
        chosen = slice(at, at + _AT_A_TIME)
        out[chosen] = compare(a[chosen], b[chosen])
    return out


def _spelled_alike(inspection: Inspection, a: RowNumbers, b: RowNumbers) -> NDArray[np.bool_]:
    """Whether segmentation and bbox of pairs are the same bytes: their masks are, too."""
    table, keys = inspection.document.annotations, ["segmentation", "bbox"]
    (_, ones), (_, others) = table.find(keys, a), table.find(keys, b)
    alike = [one.same_texts(other) for one, other in zip(ones, others, strict=True)]
    return np.asarray(alike[0] & alike[1])


def _are_equal(inspection: Inspection, a: RowNumbers, b: RowNumbers) -> NDArray[np.bool_]:
    """Compare what has the same hash."""
    one = inspection.document.masks(a, on_error="skip")
    other = inspection.document.masks(b, on_error="skip")
    out = _overlap(one.masks, other.masks) == 1
    bare = np.flatnonzero(~one.has_mask)
    boxes = (inspection.values("annotations", "bbox", rows[bare]) for rows in (a, b))
    out[bare] = [x == y for x, y in zip(*boxes, strict=True)]
    return np.asarray(out & (one.has_mask == other.has_mask))


def _overlap(one: RleArray, other: RleArray) -> NDArray[np.float64]:
    """The IoU of masks, pair by pair; 0 for masks of two sizes, or without a pixel."""
    same = np.flatnonzero((one.sizes == other.sizes).all(axis=1))
    out = np.zeros(len(one))
    one, other = one[same], other[same]
    shared = (one & other).area().astype(np.float64)
    united = one.area().astype(np.float64) + other.area() - shared
    out[same] = np.divide(shared, united, out=np.zeros(len(same)), where=united > 0)
    return out


def find_duplicates(inspection: Inspection) -> Iterable[Hit]:
    """An object is annotated once."""
    rows, firsts = exact_duplicates(inspection)
    alike = _chunked(rows, firsts, lambda a, b: _say_the_same(inspection, a, b))
    for flags, message, repair in (
        (alike, "another row before is the same but for its id", _remove),
        (~alike, "a row before has the same mask or box in the same image and category", None),
    ):
        shown = partial(_shown_firsts, rows, firsts)
        yield Hit(message, rows[flags], "segmentation", repair=repair, shown=shown)


def _shown_firsts(rows: RowNumbers, firsts: RowNumbers, wanted: RowNumbers) -> list[str]:
    return [f"as row {first}" for first in firsts[np.searchsorted(rows, wanted)].tolist()]


def _say_the_same(inspection: Inspection, a: RowNumbers, b: RowNumbers) -> NDArray[np.bool_]:
    """Whether rows differ in nothing but their ids: by their bytes, else by what these say."""
    table = inspection.table("annotations")
    ones, others = (_around_id(table, rows) for rows in (a, b))
    out = ones[0].same_texts(others[0]) & ones[1].same_texts(others[1])
    rest = np.flatnonzero(~out)
    rows = (decode_places(table.places(one[rest])) for one in (a, b))
    pairs = zip(*rows, strict=True)
    out[rest] = [_without_id(one) == _without_id(other) for one, other in pairs]
    return out


def _around_id(table: Table, rows: RowNumbers) -> tuple[Places, Places]:
    """What stands in front of each row's id, and what behind it; rows without one as a whole."""
    whole = table.places(rows)
    _, (ids,) = whole.find(["id"])  # in the same texts
    has = ids.spans[:, 0] >= 0
    front, back = whole.spans.copy(), whole.spans.copy()
    front[has, 1], back[has, 0] = ids.spans[has, 0], ids.spans[has, 1]
    return Places(whole.texts, whole.which, front), Places(whole.texts, whole.which, back)


def _without_id(row: Any) -> Any:
    return {key: value for key, value in row.items() if key != "id"}


def _remove(inspection: Inspection, rows: RowNumbers) -> list[Edit | Removal]:
    return [Removal("annotations", rows)]


# ------------------------------------------------------------ nearly the same


def find_near_duplicates(inspection: Inspection) -> Iterable[Hit]:
    """Two masks that nearly agree are one object."""
    measures = inspection.measures
    wanted = (measures.area > 0) & (measures.group[:, 0] >= 0)
    wanted[exact_duplicates(inspection)[0]] = False
    rows = _with_neighbours(measures, np.flatnonzero(wanted), inspection.near)
    a, b, complete = _candidates(inspection, measures, rows)
    overlap = np.zeros(len(a))
    for at in range(0, len(a), _AT_A_TIME):
        chosen = slice(at, at + _AT_A_TIME)
        one = inspection.document.masks(a[chosen], on_error="skip").masks
        other = inspection.document.masks(b[chosen], on_error="skip").masks
        overlap[chosen] = _overlap(one, other)
    near = np.flatnonzero(overlap >= inspection.near)
    later, firsts = np.maximum(a, b)[near], np.minimum(a, b)[near]
    later, unique = np.unique(later, return_index=True)
    message = "a row before nearly has the same mask in the same image and category"
    if not complete:
        message += " (there are too many like it to compare all)"
    shown = partial(_shown_near, later, (overlap[near[unique]], firsts[unique]))
    yield Hit(message, later, "segmentation", shown=shown)


def _shown_near(
    rows: RowNumbers, found: tuple[NDArray[np.float64], RowNumbers], wanted: RowNumbers
) -> list[str]:
    at = np.searchsorted(rows, wanted)
    pairs = zip(found[0][at].tolist(), found[1][at].tolist(), strict=True)
    return [f"IoU {overlap:.3f} with row {first}" for overlap, first in pairs]


def _with_neighbours(measures: MaskMeasures, rows: RowNumbers, near: float) -> RowNumbers:
    """Rows by group and area, without those that are too unlike the next smaller and larger one."""
    group, area = measures.group, measures.area
    rows = rows[np.lexsort((area[rows], group[rows, 1], group[rows, 0]))]
    close = np.zeros(len(rows) + 1, bool)  # each to the one before
    one, other = rows[:-1], rows[1:]
    close[1:-1] = (group[one, 0] == group[other, 0]) & (group[one, 1] == group[other, 1])
    close[1:-1] &= area[one] >= near * area[other].astype(np.float64)
    return rows[close[1:] | close[:-1]]


def _candidates(
    inspection: Inspection, measures: MaskMeasures, rows: RowNumbers
) -> tuple[RowNumbers, RowNumbers, bool]:
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

"""What explains a zero: oddities of both sides that change numbers and make no error.

Each is a line: how many, of what, the first of them, and what to do. The numbers stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.errors import how_many
from cocodec.evaluation.columns import Detections, GroundTruth, Side
from cocodec.evaluation.indexing import positions
from cocodec.evaluation.parameters import Parameters
from cocodec.masks.rle_array import RleArray

__all__ = ["Evaluated", "describe_type_clash", "find_oddities", "some_of"]

_FAR_BELOW = 20.0  # times smaller than its box is no area of a person
COERCE = 'coerce_ids=True (--coerce-ids) takes "1" and 1 for the same'


@dataclass(frozen=True)
class Evaluated:
    """What was evaluated, and what came out.

    Attributes
    ----------
    truth, detections : GroundTruth, Detections
    parameters : Parameters
    categories : list
        Ids of the ground truth's categories, whether these were evaluated or not.
    sizes : dict
        Height and width of the ground truth's images, by id.
    recall : ndarray of float64, shape (T, K, A, M)
    images : list or None
        Ids of the ground truth's images; None where it lists none.
    """

    truth: GroundTruth
    detections: Detections
    parameters: Parameters
    categories: Sequence[Any]
    sizes: Mapping[Any, tuple[int, int]]
    recall: NDArray[np.float64]
    images: Sequence[Any] | None = None


def find_oddities(one: Evaluated) -> list[str]:
    """Return a line for each kind of oddity."""
    lines = [
        _crowds(one.truth),
        _nobody(one.truth),
        _strangers(one),
        _keypoint_areas(one),
        *(
            line
            for name, side in _sides(one)
            for line in (_flat(name, side), _sizes(name, side, one))
        ),
        _categories(one),
        _ranges(one),
        _unmatched(one),
    ]
    return [line for line in lines if line is not None]


def _sides(one: Evaluated) -> list[tuple[str, Side]]:
    return [("ground truth", one.truth), ("detections", one.detections)]


def _found(bad: NDArray[np.bool_], side: Side, what: str, says: str) -> str | None:
    """How many rows are bad, and which is the first; None if there is none."""
    rows = np.flatnonzero(bad)
    if len(rows) == 0:
        return None
    row = int(rows[0])
    shown = f"row {row}, image {_shown(side.image_ids[row])}"
    if isinstance(side, GroundTruth):
        shown = f"row {row}, id {_shown(side.ids[row])}, image {_shown(side.image_ids[row])}"
    return f"{len(rows)} of {len(side)} {what} {says} (first: {shown})"


def _shown(id_: Any) -> str:
    return repr(id_.item() if isinstance(id_, np.generic) else id_)


def _crowds(truth: GroundTruth) -> str | None:
    if len(truth) == 0 or not truth.iscrowd.all():
        return None
    if len(truth) == 1:
        return "the only annotation is a crowd, which is nothing to find: is iscrowd right?"
    return (
        f"all {len(truth):,} annotations are crowds, which are nothing to find: is iscrowd right?"
    )


def _strangers(one: Evaluated) -> str | None:
    """Annotations in images that are not there: these are evaluated in no image."""
    if one.images is None or len(one.truth) == 0:
        return None
    bad = positions(one.truth.image_ids, one.images) < 0
    says = "are in images that the ground truth does not list, and count for nothing"
    line = _found(bad, one.truth, "annotations", says)
    if line is None:
        return None
    first = one.truth.image_ids[int(np.flatnonzero(bad)[0])]
    return f"{line}{describe_type_clash(first, one.images)}"


def _nobody(truth: GroundTruth) -> str | None:
    says = "have the id 0: as in pycocotools, what matches them counts as unmatched"
    return _found(truth.unnamed != 0, truth, "annotations", says)


def _keypoint_areas(one: Evaluated) -> str | None:
    truth = one.truth
    if one.parameters.iou_type != "keypoints" or truth.boxes is None:
        return None
    boxes = truth.boxes[:, 2] * truth.boxes[:, 3]
    bad = (truth.areas <= 0) | (truth.areas * _FAR_BELOW < boxes)
    says = "have an area of 0 or far below their box: the similarity of keypoints divides by it"
    return _found(bad, truth, "annotations", says)


def _flat(name: str, side: Side) -> str | None:
    if side.boxes is not None:
        bad = (side.boxes[:, 2] <= 0) | (side.boxes[:, 3] <= 0)
        says = "have no width or no height: are they x, y, width, height in pixels?"
        return _found(bad, side, _of(name, "boxes"), says)
    if side.masks is not None:
        bad = np.asarray(side.masks.area() == 0)
        return _found(bad, side, _of(name, "masks"), "have no pixel: they overlap nothing")
    return None


def _of(name: str, shapes: str) -> str:
    return f"{shapes} of the {name}"


def _sizes(name: str, side: Side, one: Evaluated) -> str | None:
    """Masks are as large as their image, or as the ground truth's masks in it."""
    if side.masks is None or len(side) == 0:
        return None
    known = dict(one.sizes)
    if not known and isinstance(side, Detections) and one.truth.masks is not None:
        known = _sizes_of(one.truth, one.truth.masks)
    if not known:
        return None
    place = positions(side.image_ids, list(known))
    expected = np.array(list(known.values()), np.int64)[np.maximum(place, 0)]
    bad = (place >= 0) & (side.masks.sizes != expected).any(axis=1)
    line = _found(bad, side, _of(name, "masks"), "are of another size than their image")
    if line is None:
        return None
    row = int(np.flatnonzero(bad)[0])
    has, wants = side.masks.sizes[row].tolist(), expected[row].tolist()
    swapped = ": width and height exchanged" if has == wants[::-1] else ""
    return f"{line}: height and width {has}, the image has {wants}{swapped}"


def _sizes_of(side: Side, masks: RleArray) -> dict[Any, tuple[int, int]]:
    ids = side.image_ids if isinstance(side.image_ids, list) else side.image_ids.tolist()
    return dict(zip(ids, map(tuple, masks.sizes.tolist()), strict=True))


def _categories(one: Evaluated) -> str | None:
    if not one.parameters.use_categories:
        return None
    detections = one.detections
    bad = positions(detections.category_ids, one.categories) < 0
    if not bad.any():
        return None
    first = detections.category_ids[int(np.flatnonzero(bad)[0])]
    listed = some_of(one.categories)
    says = f"are of categories that the ground truth does not list (it lists {listed})"
    line = _found(bad, detections, "detections", says)
    return f"{line}: category {_shown(first)}{describe_type_clash(first, one.categories)}"


def some_of(ids: Sequence[Any]) -> str:
    """Name the first ids of a list.

    >>> some_of([1, 2, 3, 4, 5, 6])
    '1, 2, 3, 4, 5, ...'
    """
    return (", ".join(map(_shown, ids[:5])) or "none") + ", ..." * (len(ids) > 5)


def describe_type_clash(id_: Any, known: Sequence[Any]) -> str:
    """What to do about an id that is known as a number and given as a text, or the other way."""
    text = str(id_)
    if not any(str(other) == text for other in known):
        return ""
    kinds = ("a text", "a number") if isinstance(id_, str) else ("a number", "a text")
    return f"; it is {kinds[0]} here and {kinds[1]} there: {COERCE}"


def _ranges(one: Evaluated) -> str | None:
    """Area ranges that have detections and nothing to find."""
    recall = one.recall
    if recall.size == 0 or not (recall > -1).any():
        return None
    empty = []
    for a, (name, (low, high)) in enumerate(one.parameters.area_ranges.items()):
        areas = one.detections.areas
        count = int(np.count_nonzero((areas >= low) & (areas <= high)))
        if count > 0 and not (recall[:, :, a] > -1).any():
            empty.append(f"{name} ({low:g} to {high:g} pixels, {how_many(count, 'detection')})")
    if not empty:
        return None
    return (
        f"the ground truth has nothing to find of these sizes, which gives -1: {', '.join(empty)}"
    )


def _unmatched(one: Evaluated) -> str | None:
    recall = one.recall
    if len(one.detections) == 0 or recall.size == 0 or not (recall > -1).any():
        return None
    if (recall > 0).any():
        return None
    what = {"bbox": "boxes", "keypoints": "keypoints"}.get(one.parameters.iou_type, "masks")
    hint = {"bbox": "x, y, width, height in pixels", "keypoints": "x, y, visibility in pixels"}
    least = one.parameters.iou_thresholds.min()
    return (
        f"no detection matches anything in any image, of "
        f"{how_many(len(one.detections), 'detection')} and "
        f"{how_many(len(one.truth), 'annotation')}, at IoU {least:g}: are {what} "
        f"{hint.get(one.parameters.iou_type, 'of the size of their images')}, and do the image ids "
        "mean the same images?"
    )

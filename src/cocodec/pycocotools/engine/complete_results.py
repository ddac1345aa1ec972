"""Results of a detector -> annotations: the keys that an annotation has and a result lacks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import cocodec._core as _core
from cocodec.errors import DocumentError, shown
from cocodec.pycocotools.engine.overrides import has_own_masks
from cocodec.pycocotools.engine.records import collector_off, require_key

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["load_numpy_rows", "prepare_results", "read_results"]

Row = dict[str, Any]


def read_results(path: str | os.PathLike[str]) -> Any:
    """Read a file of results."""
    from cocodec.pycocotools.engine.lazy_document import decode_json, read_source

    source = read_source(path)
    with collector_off():
        return decode_json(source)


def load_numpy_rows(data: NDArray[Any]) -> list[Row]:
    """Make a result of each row: image id, x, y, width, height, score, category id."""
    boxes = [list(row) for row in data[:, 1:5]]
    columns = (data[:, 0].tolist(), boxes, list(data[:, 5]), data[:, 6].tolist())
    return [
        {"image_id": int(image), "bbox": box, "score": score, "category_id": int(category)}
        for image, box, score, category in zip(*columns, strict=True)
    ]


def prepare_results(dataset: dict[str, Any], anns: list[Row], maskUtils: Any) -> bool:
    """Complete results in place, as the first of them tells what they are.

    Parameters
    ----------
    maskUtils : module
        Measures masks: `cocodec.pycocotools.mask`, or what somebody has put in its place.

    Returns
    -------
    bool
        Whether they have categories. Where they are captions, the images of `dataset` are cut
        down to those that have one.
    """
    if not anns:
        return True
    first = anns[0]
    if "caption" in first:
        _prepare_captions(dataset, anns)
        return False
    if "bbox" in first and first["bbox"] is None:
        raise TypeError("results[0]: bbox is None, expected [x, y, width, height]")
    if "bbox" in first and len(first["bbox"]) > 0:
        _prepare_boxes(anns)
    elif "segmentation" in first:
        _prepare_masks(anns, maskUtils)
    elif "keypoints" in first:
        _prepare_keypoints(anns)
    else:
        return False
    return True


def _prepare_captions(dataset: dict[str, Any], anns: list[Row]) -> None:
    named = {ann["image_id"] for ann in anns}
    dataset["images"] = [image for image in dataset["images"] if image["id"] in named]
    for row, ann in enumerate(anns):
        ann["id"] = row + 1


def _prepare_boxes(anns: list[Row]) -> None:
    with collector_off():
        plain = _core.complete_boxes(anns) if type(anns) is list else 0
        for row, ann in enumerate(anns[plain:], plain):
            try:
                bbox = ann["bbox"]
                x, y, w, h = bbox[0], bbox[1], bbox[2], bbox[3]
            except KeyError:
                require_key(anns, "results", "bbox")
                raise
            except (IndexError, TypeError):
                message = f"results[{row}]: bbox is {ann['bbox']!r}, expected four numbers"
                raise DocumentError(message) from None
            if "segmentation" not in ann:
                right, bottom = x + w, y + h
                ann["segmentation"] = [[x, y, x, bottom, right, bottom, right, y]]
            ann["area"] = w * h
            ann["id"] = row + 1
            ann["iscrowd"] = 0


def _prepare_masks(anns: list[Row], maskUtils: Any) -> None:
    require_key(anns, "results", "segmentation")
    masks = [ann["segmentation"] for ann in anns]
    try:
        _measure_masks(anns, masks, maskUtils)
    except TypeError:
        _require_rle(masks)
        raise


def _measure_masks(anns: list[Row], masks: list[Any], maskUtils: Any) -> None:
    if has_own_masks(maskUtils, "area", "toBbox") and all(type(ann) is dict for ann in anns):
        _core._mask_complete(anns, masks)
        return
    boxes = maskUtils.toBbox(masks)
    for row, (ann, area) in enumerate(zip(anns, maskUtils.area(masks), strict=True)):
        ann["area"] = area
        if "bbox" not in ann:
            ann["bbox"] = boxes[row]
        ann["id"] = row + 1
        ann["iscrowd"] = 0


def _require_rle(masks: list[Any]) -> None:
    """Say which result is no RLE; the reference raises a TypeError without a place, or none."""
    for row, mask in enumerate(masks):
        if mask is None or isinstance(mask, (list, tuple)):
            raise TypeError(
                f"results[{row}]: segmentation is {shown(mask)}, expected an RLE, "
                '{"size": [height, width], "counts": ...}; rings become one by '
                "maskUtils.merge(maskUtils.frPyObjects(rings, height, width))"
            )


def _prepare_keypoints(anns: list[Row]) -> None:
    require_key(anns, "results", "keypoints")
    if _prepare_plain_keypoints(anns):
        return
    import numpy as np

    for row, ann in enumerate(anns):
        points = ann["keypoints"]
        x, y = np.array(points[0::3]), np.array(points[1::3])
        if len(x) == 0 or len(x) != len(y):
            message = f"results[{row}]: {len(points)} numbers of keypoints, expected triples"
            raise DocumentError(message)
        left, top = x.min(), y.min()
        width, height = x.max() - left, y.max() - top
        ann["area"] = width * height
        ann["id"] = row + 1
        ann["bbox"] = [left, top, width, height]


def _prepare_plain_keypoints(anns: list[Row]) -> bool:
    """The same for all at once, where all are lists of as many floats; nothing is done otherwise.

    The first x and the first y of a list being floats, numpy makes doubles of all of them.
    """
    lists = [ann["keypoints"] for ann in anns]
    if not all(
        type(p) is list and len(p) > 2 and type(p[0]) is float and type(p[1]) is float
        for p in lists
    ):
        return False
    try:
        (points,) = _core.read_rows(anns, [("keypoints", "row")])
    except (TypeError, ValueError, OverflowError):
        return False
    if points.shape[1] % 3 != 0:
        return False
    x, y = points[:, 0::3], points[:, 1::3]
    left, top = x.min(1), y.min(1)
    width, height = x.max(1) - left, y.max(1) - top
    columns = (width * height, left, top, width, height)
    with collector_off():
        for row, (ann, area, *box) in enumerate(zip(anns, *columns, strict=True)):
            ann["area"], ann["id"], ann["bbox"] = area, row + 1, box
    return True

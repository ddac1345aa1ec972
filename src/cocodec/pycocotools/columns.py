"""Annotations -> columns for the core: from the bytes of a file that is untouched, or from dicts.

A fast way only. Whatever is unusual raises `UnusualError`, and the evaluation goes through the
steps of `COCOeval` instead, which know every case.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocodec.errors import CocodecError
from cocodec.pycocotools.masks import area_of, convert_to_rle
from cocodec.pycocotools.opened import Opened, collector_off
from cocodec.rles import RleArray

__all__ = ["Table", "UnusualError", "table_of_dicts", "table_of_file"]

Row = dict[str, Any]

# What going through unusual records can raise.
_STUMBLES = (CocodecError, KeyError, TypeError, ValueError, OverflowError, msgspec.DecodeError)
# Kinds of segmentation that mean the same to the reference and to the reader of documents.
_PLAIN_KINDS = (2, 3, 5, 8, 9)  # [], [[]], rings, RLE of a string, RLE of a list


class UnusualError(Exception):
    """These annotations need the slow way."""


class Table(NamedTuple):
    """Columns of annotations, one entry each; those that are not needed are None.

    Attributes
    ----------
    ids, image_ids, category_ids : list
        As the annotations have them.
    area : (n,) array
        In pixels.
    boxes : (n, 4) array
        x, y, width, height.
    masks : RleArray
        n masks.
    keypoints : (n, 3 k) array
        x, y, visibility of k keypoints.
    crowd, ignore : (n,) array of uint8
        Of ground truth.
    scores : list
        Of detections, as they have them.
    lenient : (n,) array of uint8
        Of detections: those that are ignored where nothing matches them.
    """

    ids: list[Any]
    image_ids: list[Any]
    category_ids: list[Any]
    area: NDArray[np.float64]
    boxes: NDArray[np.float64] | None = None
    masks: RleArray | None = None
    keypoints: NDArray[np.float64] | None = None
    crowd: NDArray[np.uint8] | None = None
    ignore: NDArray[np.uint8] | None = None
    scores: list[Any] | None = None
    lenient: NDArray[np.uint8] | None = None


def table_of_dicts(coco: Any, anns: list[Row], iouType: str, *, is_truth: bool) -> Table:
    """Read dicts; for masks, they are left with compressed RLE, as the reference leaves them.

    Parameters
    ----------
    coco : COCO or None
        Knows the sizes of the images. None if all masks are compressed RLE already.

    Raises
    ------
    UnusualError
        If something is missing or of a type that needs a closer look.
    """
    try:
        masks = None
        if iouType == "segm":
            if coco is not None:
                convert_to_rle(coco, anns)
            masks = RleArray.from_coco([ann["segmentation"] for ann in anns])
        table = Table(
            [ann["id"] for ann in anns],
            [ann["image_id"] for ann in anns],
            [ann["category_id"] for ann in anns],
            _areas(coco, anns),
            _boxes(anns) if iouType == "bbox" or (iouType == "keypoints" and is_truth) else None,
            masks,
            _keypoints([ann["keypoints"] for ann in anns]) if iouType == "keypoints" else None,
        )
        if not is_truth:
            return table._replace(scores=[ann["score"] for ann in anns])
        raw = [ann.get("iscrowd", 0) for ann in anns]
        crowd = np.array([int(value) != 0 for value in raw], np.uint8)
        ignore = np.array([bool(value) for value in raw], np.uint8)
        if iouType == "keypoints":
            ignore |= np.array([ann["num_keypoints"] == 0 for ann in anns], np.uint8)
        return table._replace(crowd=crowd, ignore=ignore)
    except _STUMBLES as error:
        raise UnusualError from error


def _areas(coco: Any, anns: list[Row]) -> NDArray[np.float64]:
    try:
        return np.array([ann["area"] for ann in anns], np.float64)
    except KeyError:
        return np.array([area_of(coco, ann) for ann in anns], np.float64)


def _boxes(anns: list[Row]) -> NDArray[np.float64]:
    boxes = np.array([ann["bbox"] for ann in anns], np.float64)
    if len(anns) > 0 and boxes.shape != (len(anns), 4):
        raise UnusualError
    return boxes.reshape(-1, 4)


def _keypoints(rows: list[Any]) -> NDArray[np.float64]:
    points = np.array(rows, np.float64)
    if len(rows) > 0 and points.ndim != 2:
        raise UnusualError
    return points


class _Truth(msgspec.Struct, gc=False):
    """What evaluation needs of an annotation."""

    id: Any
    image_id: Any
    category_id: Any
    area: float
    iscrowd: int | bool = 0


class _Box(_Truth, gc=False, kw_only=True):
    bbox: tuple[float, float, float, float]


class _Person(_Box, gc=False, kw_only=True):
    num_keypoints: int
    keypoints: list[float]


_LISTS: dict[str, Any] = {"segm": list[_Truth], "bbox": list[_Box], "keypoints": list[_Person]}


def table_of_file(opened: Opened, imgs: dict[Any, Row] | None, iouType: str) -> Table:
    """Read the ground truth of a file whose annotations nobody has touched.

    Parameters
    ----------
    imgs : dict or None
        The images, if somebody has touched these: masks are read only if their sizes are still
        those of the file.

    Raises
    ------
    UnusualError
        As `table_of_dicts` does; also if ids repeat.
    """
    raw = opened.raw("annotations")
    try:
        with collector_off():
            rows = [] if raw is None else msgspec.json.decode(raw, type=_LISTS[iouType])
        table = _table_of_rows(rows, iouType)
        if len(set(table.ids)) != len(rows):
            raise UnusualError
        if iouType == "segm":
            return table._replace(masks=_masks(opened, imgs))
        return table
    except _STUMBLES as error:
        raise UnusualError from error


def _table_of_rows(rows: list[Any], iouType: str) -> Table:
    crowd = np.array([row.iscrowd != 0 for row in rows], np.uint8)
    ignore = crowd
    boxes = keypoints = None
    if iouType != "segm":
        boxes = np.array([row.bbox for row in rows], np.float64).reshape(-1, 4)
    if iouType == "keypoints":
        keypoints = _keypoints([row.keypoints for row in rows])
        ignore = crowd | np.array([row.num_keypoints == 0 for row in rows], np.uint8)
    return Table(
        [row.id for row in rows],
        [row.image_id for row in rows],
        [row.category_id for row in rows],
        np.array([row.area for row in rows], np.float64),
        boxes,
        keypoints=keypoints,
        crowd=crowd,
        ignore=ignore,
    )


def _masks(opened: Opened, imgs: dict[Any, Row] | None) -> RleArray:
    if imgs is not None:
        live = {key: (image["height"], image["width"]) for key, image in imgs.items()}
        if live != opened.image_sizes():
            raise UnusualError
    masks, kinds, refused = opened.masks()
    if refused or not np.isin(kinds, _PLAIN_KINDS).all():
        raise UnusualError
    return masks

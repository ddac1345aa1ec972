"""Masks of annotations: the segmentation of a dict, with the size of its image, -> RLE."""

from __future__ import annotations

from typing import Any

from cocodec.errors import DocumentError
from cocodec.pycocotools import mask as maskUtils
from cocodec.pycocotools.opened import MissingKeyError

__all__ = ["area_of", "image_size", "rle_of"]

Row = dict[str, Any]


def image_size(ann: Row, imgs: dict[Any, Row]) -> tuple[Any, Any]:
    """Height and width of the image of an annotation."""
    image = imgs.get(ann["image_id"])
    if image is None:
        raise MissingKeyError(f"{_shown(ann)}: there is no image {ann['image_id']!r}")
    try:
        return image["height"], image["width"]
    except KeyError as error:
        shown = f"image {ann['image_id']!r} of {_shown(ann)}"
        raise MissingKeyError(f"{shown} has no {error.args[0]!r}") from None


def rle_of(ann: Row, imgs: dict[Any, Row]) -> Any:
    """Compressed RLE of an annotation; a compressed one is handed back as it is."""
    try:
        segmentation = ann["segmentation"]
    except KeyError:
        raise MissingKeyError(f"{_shown(ann)} has no 'segmentation'") from None
    if isinstance(segmentation, list):
        h, w = image_size(ann, imgs)
        return maskUtils.merge(maskUtils.frPyObjects(segmentation, h, w))
    if not isinstance(segmentation, dict) or "counts" not in segmentation:
        raise DocumentError(
            f"{_shown(ann)}: the segmentation is {segmentation!r}, expected rings or an RLE"
        )
    if isinstance(segmentation["counts"], list):
        return maskUtils.frPyObjects(segmentation, *image_size(ann, imgs))
    return segmentation


def area_of(coco: Any, ann: Row) -> Any:
    """Area in pixels: what the annotation says, otherwise its mask's, otherwise its box's."""
    if "area" in ann:
        return ann["area"]
    if ann.get("segmentation"):
        return int(maskUtils.area(coco.annToRLE(ann)))
    if len(ann.get("bbox", ())) == 4:
        return ann["bbox"][2] * ann["bbox"][3]
    raise MissingKeyError(f"{_shown(ann)} has no 'area', nor a mask or a box to take it from")


def _shown(ann: Row) -> str:
    return f"annotation {ann.get('id')!r}"

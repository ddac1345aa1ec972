"""Masks of annotations: the segmentation of a dict, with the size of its image, -> RLE."""

from __future__ import annotations

from typing import Any

import cocodec._core as _core
from cocodec.errors import DocumentError
from cocodec.pycocotools import mask
from cocodec.pycocotools.engine.overrides import has_own_masks, is_own
from cocodec.pycocotools.engine.records import MissingKeyError

__all__ = ["area_of", "convert_to_rle", "image_size", "rle_of"]

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


def rle_of(ann: Row, imgs: dict[Any, Row], maskUtils: Any) -> Any:
    """Compressed RLE of an annotation; a compressed one is handed back as it is.

    Parameters
    ----------
    maskUtils : module
        Makes RLE: `cocodec.pycocotools.mask`, or what somebody has put in its place.
    """
    try:
        segmentation = ann["segmentation"]
    except KeyError:
        raise MissingKeyError(f"{_shown(ann)} has no 'segmentation'") from None
    if isinstance(segmentation, list):
        h, w = image_size(ann, imgs)
        return maskUtils.merge(maskUtils.frPyObjects(_rings_of(segmentation, ann, h, w), h, w))
    if not hasattr(segmentation, "keys") or "counts" not in segmentation.keys():  # noqa: SIM118
        raise DocumentError(
            f"{_shown(ann)}: the segmentation is {segmentation!r}, expected rings or an RLE"
        )
    if isinstance(segmentation["counts"], list):
        return maskUtils.frPyObjects(segmentation, *image_size(ann, imgs))
    return segmentation


def _rings_of(segmentation: list[Any], ann: Row, h: Any, w: Any) -> list[Any]:
    """Put one ring, flat or of pairs, into a list; what is no list of rings is refused.

    The reference fails on all of them. Rings themselves are left to `frPyObjects`.
    """
    first = segmentation[0] if segmentation else None
    if isinstance(first, (int, float)):
        if len(segmentation) < 6 or len(segmentation) % 2 or sum(segmentation) == h * w:
            raise DocumentError(
                f"{_shown(ann)}: the segmentation is {len(segmentation)} numbers, expected a list "
                "of rings of three points or more, [[x0, y0, x1, y1, ...], ...], or an RLE, "
                '{"size": [height, width], "counts": [...]}'
            )
        return [segmentation]
    if isinstance(first, list) and len(segmentation) > 1 and len(first) in (2, 3):
        lengths = {len(point) if isinstance(point, list) else 0 for point in segmentation}
        if lengths == {2}:
            return [[number for point in segmentation for number in point]]
        if lengths == {3}:
            raise DocumentError(
                f"{_shown(ann)}: the segmentation is points of three numbers, as keypoints are; "
                "expected rings, [[x0, y0, x1, y1, ...], ...]"
            )
    if isinstance(first, list) and first and isinstance(first[0], list) and len(first[0]) > 2:
        raise DocumentError(
            f"{_shown(ann)}: rings are nested one level too deep, "
            "expected [[x0, y0, x1, y1, ...], ...]"
        )
    return segmentation


def convert_to_rle(coco: Any, anns: list[Row], maskUtils: Any, method: str = "annToRLE") -> None:
    """Give every annotation compressed RLE, in place: all rings of all of them in one go.

    Parameters
    ----------
    maskUtils : module
        What `method` uses.
    method : str
        Of `coco`: what makes RLE of one annotation. Asked for each where it is overridden.
    """
    plain, others = [], anns
    if is_own(coco, method) and has_own_masks(maskUtils, "frPyObjects", "merge"):
        plain = [ann for ann in anns if _has_plain_rings(ann.get("segmentation"))]
        others = [ann for ann in anns if not _is_compressed(ann.get("segmentation"))]
    sizes = [image_size(ann, coco.imgs) for ann in plain]
    if plain:
        rings = [ann["segmentation"] for ann in plain]
        for ann, rle in zip(plain, _rles_of_rings(rings, sizes), strict=True):
            ann["segmentation"] = rle
    if len(plain) < len(others):
        for ann in others:
            ann["segmentation"] = getattr(coco, method)(ann)


def _rles_of_rings(rings: list[Any], sizes: list[tuple[Any, Any]]) -> list[Row]:
    import numpy as np

    # The reference leaves half points out, and takes runs for points.
    runs = _core.from_polygons(rings, np.array(sizes, np.int64))
    return _core.to_coco(runs, "bytes")


def _is_compressed(segmentation: Any) -> bool:
    return type(segmentation) is dict and type(segmentation.get("counts")) in (str, bytes)


def _has_plain_rings(segmentation: Any) -> bool:
    """Whether it is rings of three points or more: not boxes, and nothing that is RLE."""
    return type(segmentation) is list and all(
        type(ring) is list and len(ring) >= 6 for ring in segmentation
    )


def area_of(coco: Any, ann: Row) -> Any:
    """Area in pixels: what the annotation says, otherwise its mask's, otherwise its box's."""
    if "area" in ann:
        return ann["area"]
    if ann.get("segmentation"):
        return int(mask.area(coco.annToRLE(ann)))
    if len(ann.get("bbox", ())) == 4:
        return ann["bbox"][2] * ann["bbox"][3]
    raise MissingKeyError(f"{_shown(ann)} has no 'area', nor a mask or a box to take it from")


def _shown(ann: Row) -> str:
    return f"annotation {ann.get('id')!r}"

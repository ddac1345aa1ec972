"""``faster_coco_eval.core.mask``: the functions of ``pycocotools.mask``."""

from __future__ import annotations

from cocodec.pycocotools.mask import area, decode, encode, frPyObjects, iou, merge, toBbox

__all__ = ["area", "decode", "encode", "frPyObjects", "iou", "merge", "toBbox"]

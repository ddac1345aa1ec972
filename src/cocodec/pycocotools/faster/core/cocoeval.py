"""``faster_coco_eval.core.cocoeval``."""

from __future__ import annotations

from cocodec.pycocotools.faster.core.faster_eval_api import COCOeval, Params

__all__ = ["COCOeval", "Params"]

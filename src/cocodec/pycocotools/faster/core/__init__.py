"""``faster_coco_eval.core``."""

from __future__ import annotations

from cocodec.pycocotools.faster.core.coco import COCO
from cocodec.pycocotools.faster.core.faster_eval_api import COCOeval_faster

__all__ = ["COCO", "COCOeval_faster"]

"""The drop-in for faster_coco_eval 1.8.0: ``COCO``, ``COCOeval_faster`` and their modules."""

from __future__ import annotations

import cocodec.pycocotools.faster.core.coco as coco
import cocodec.pycocotools.faster.core.faster_eval_api as cocoeval
import cocodec.pycocotools.faster.core.mask as mask
from cocodec.pycocotools.faster.core import COCO, COCOeval_faster
from cocodec.pycocotools.standin.installation import install as _install

__all__ = ["COCO", "COCOeval_faster", "coco", "cocoeval", "init_as_pycocotools", "mask"]

__author__ = "MiXaiLL76"
__version__ = "1.8.0"


def init_as_pycocotools() -> None:
    """Make ``import pycocotools`` find the drop-in for it."""
    _install()

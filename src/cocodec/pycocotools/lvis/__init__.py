"""The drop-in for lvis 0.5.3: ``LVIS``, ``LVISResults``, ``LVISEval``."""

from __future__ import annotations

from cocodec.pycocotools.lvis.eval import LVISEval
from cocodec.pycocotools.lvis.lvis import LVIS
from cocodec.pycocotools.lvis.results import LVISResults

__all__ = ["LVIS", "LVISEval", "LVISResults"]

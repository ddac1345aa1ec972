"""``lvis.results``: detections as the annotations of an LVIS."""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from copy import deepcopy
from typing import Any

from cocodec.pycocotools import mask as mask_utils
from cocodec.pycocotools.engine.records import require_key
from cocodec.pycocotools.lvis.lvis import LVIS

__all__ = ["LVISResults"]

Row = dict[str, Any]


class LVISResults(LVIS):
    """Detections on the images and categories of a ground truth."""

    def __init__(self, lvis_gt: Any, results: Any, max_dets: int = 300) -> None:
        """Complete detections, in place where they are a list.

        Parameters
        ----------
        lvis_gt : LVIS or path
            The ground truth.
        results : list of dict or path
            The detections.
        max_dets : int
            The best that are kept of every image; all if negative.

        Raises
        ------
        AssertionError
            If the results are no list, or name an image that is not in the ground truth.
        """
        if isinstance(lvis_gt, LVIS):
            # Its annotations are replaced below, so they need not be copied.
            kept = {k: v for k, v in lvis_gt.dataset.items() if k != "annotations"}
            self.dataset = dict.fromkeys(lvis_gt.dataset) | deepcopy(kept)
        elif isinstance(lvis_gt, (str, os.PathLike)):
            self.dataset = self._load_json(lvis_gt)
        else:
            raise TypeError(f"Unsupported type {lvis_gt} of lvis_gt.")
        self.logger = logging.getLogger("lvis.results")
        self.logger.info("Loading and preparing results.")
        if isinstance(results, (str, os.PathLike)):
            anns = self._load_json(results)
        else:
            self.logger.warning("Assuming user provided the results in correct format.")
            anns = results
        assert isinstance(anns, list), "results is not a list."
        require_key(anns, "results", "image_id")
        if max_dets >= 0:
            anns = self.limit_dets_per_image(anns, max_dets)
        _complete(anns)
        self.dataset["annotations"] = anns
        self._create_index()
        unknown = {ann["image_id"] for ann in anns} - set(self.get_img_ids())
        assert not unknown, "Results do not correspond to current LVIS set."

    def limit_dets_per_image(self, anns: list[Row], max_dets: int) -> list[Row]:
        """Keep the best detections of every image; images in the order of their first one."""
        by_image: defaultdict[Any, list[Row]] = defaultdict(list)
        for ann in anns:
            by_image[ann["image_id"]].append(ann)
        for image, found in by_image.items():
            if len(found) > max_dets:
                best = sorted(found, key=lambda ann: ann["score"], reverse=True)
                by_image[image] = best[:max_dets]
        return [ann for found in by_image.values() for ann in found]

    def get_top_results(self, img_id: Any, score_thrs: float) -> list[Row]:
        """Detections of an image with a score above a threshold."""
        anns = self.load_anns(self.get_ann_ids(img_ids=[img_id]))
        return [ann for ann in anns if ann["score"] > score_thrs]


def _complete(anns: list[Row]) -> None:
    """Give detections ids, areas, and what is missing of boxes and masks."""
    if anns and "bbox" in anns[0]:
        require_key(anns, "results", "bbox")
        for row, ann in enumerate(anns):
            x, y, w, h = ann["bbox"]
            if "segmentation" not in ann:
                right, bottom = x + w, y + h
                ann["segmentation"] = [[x, y, x, bottom, right, bottom, right, y]]
            ann["area"] = w * h
            ann["id"] = row + 1
    elif anns and "segmentation" in anns[0]:
        require_key(anns, "results", "segmentation")
        masks = [ann["segmentation"] for ann in anns]
        areas, boxes = mask_utils.area(masks), mask_utils.toBbox(masks)
        for row, ann in enumerate(anns):
            ann["area"] = areas[row]
            if "bbox" not in ann:
                ann["bbox"] = boxes[row]
            ann["id"] = row + 1

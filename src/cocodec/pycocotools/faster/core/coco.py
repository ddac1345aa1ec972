"""``faster_coco_eval.core.coco``: a COCO that takes dicts too and tells a logger what it does."""

from __future__ import annotations

import copy
import logging
import os
from collections.abc import Callable
from typing import Any

from cocodec.pycocotools.coco import COCO as _COCO

__all__ = ["COCO"]

Row = dict[str, Any]
Source = str | os.PathLike[str] | dict[str, Any] | None

logger = logging.getLogger(__name__)


class COCO(_COCO):
    """Annotations, images and categories by id; see `cocodec.pycocotools.coco.COCO`."""

    def __init__(
        self,
        annotation_file: Source = None,
        use_deepcopy: bool = False,
        print_function: Callable[[Any], Any] = logger.debug,
    ) -> None:
        """Open a file, or take a dict.

        Parameters
        ----------
        annotation_file : path or dict, optional
        use_deepcopy : bool
            Copy a dict; otherwise it is taken as it is.
        print_function : callable
            Is told what is done.
        """
        self.print_function = print_function
        self.use_deepcopy = use_deepcopy
        self.annotation_file = annotation_file
        if not isinstance(annotation_file, dict):
            super().__init__(annotation_file)
            return
        super().__init__()
        self.dataset = copy.deepcopy(annotation_file) if use_deepcopy else annotation_file
        self.createIndex()

    def _say(self, what: Any) -> None:
        self.print_function(what)

    def _empty(self) -> Any:
        return COCO(print_function=self.print_function)

    def loadRes(self, resFile: Any, min_score: float = 0.0) -> Any:
        """Load results as a COCO; those with a score below `min_score` are left out."""
        if min_score != 0.0:
            if isinstance(resFile, (str, os.PathLike)):
                from cocodec.pycocotools.engine.complete_results import read_results

                resFile = read_results(resFile)
            elif not isinstance(resFile, list):
                resFile = self.loadNumpyAnnotations(resFile)
            resFile = [ann for ann in resFile if ann.get("score", 1) >= min_score]
        elif self.use_deepcopy and isinstance(resFile, list):
            resFile = copy.deepcopy(resFile)
        return super().loadRes(resFile)

    get_ann_ids = _COCO.getAnnIds
    get_cat_ids = _COCO.getCatIds
    get_img_ids = _COCO.getImgIds
    load_anns = _COCO.loadAnns
    load_cats = _COCO.loadCats
    load_imgs = _COCO.loadImgs

    @property
    def img_ann_map(self) -> Any:
        """As `imgToAnns`."""
        return self.imgToAnns

    @property
    def cat_img_map(self) -> Any:
        """As `catToImgs`."""
        return self.catToImgs

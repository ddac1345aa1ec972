"""Results that are a list of dicts, already completed: their indexes wait until somebody asks.

An evaluation needs the rows and no index. What the indexes are made of is kept as it was when the
reference makes them, so that they say the same whatever becomes of the dicts and the list later.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import cocodec._core as _core
from cocodec.pycocotools.engine.evaluated_side import (
    STUMBLES,
    ColumnValues,
    EvaluatedSide,
    Numbering,
    UnusualError,
    detection_fields,
    detections_of_dicts,
)
from cocodec.pycocotools.engine.unbuilt import Kept, UnbuiltResults

__all__ = ["ListedResults"]

Row = dict[str, Any]


class ListedResults(UnbuiltResults):
    """A dataset whose annotations are `anns`, with ids 1, 2, 3 ...

    Parameters
    ----------
    images, categories : list
        The ids that each has.
    """

    def __init__(self, anns: list[Row], images: list[Any], categories: list[Any]) -> None:
        super().__init__()
        self._anns = anns
        self._rows = list(anns)
        self._images, self._categories = images, categories
        self._is_new = True

    def dataset(self) -> Row:
        """The dataset; its annotations are the list that was given."""
        return {**self.rest, "annotations": self._anns}

    def keep_index(self) -> bool:
        """Keep what indexes are made of; False if ids are not 1, 2, 3 ... as results have them.

        The first time it is what results were completed with.
        """
        if self._is_new:
            self._is_new = False
            return True
        rows = list(self._anns)
        try:
            fields = [("id", "int"), ("image_id", "object"), ("category_id", "object")]
            ids, images, categories = _core.read_rows(rows, fields)
        except STUMBLES:
            return False
        self._rows, self._images, self._categories = rows, images, categories
        return _count_from_one(ids)

    def indexed(self) -> Kept:
        """The rows, and the image and category of each, as they were."""
        return self._rows, self._images, self._categories

    def side(self, coco: Any, iouType: str, numbering: Numbering) -> EvaluatedSide | None:
        """Columns for one kind of evaluation; None if the indexes would give other rows."""
        fields = [*detection_fields(iouType, numbering), ("image_id", self._images)]
        try:
            *columns, same_images = _core.read_rows(self._rows, fields)
            # Whoever changed these since then gets the rows under their old names.
            if not same_images or not _count_from_one(columns[0]):
                return None
            # Masks become RLE in the dicts that are evaluated, and in no others.
            if iouType == "segm" and (columns[1].min() < 0 or columns[2].min() < 0):
                return None
            return detections_of_dicts(coco, self._rows, iouType, numbering, columns)
        except (*STUMBLES, UnusualError):
            return None


def _count_from_one(ids: ColumnValues) -> bool:
    """Whether ids are 1, 2, 3 ..., and ints."""
    return not isinstance(ids, list) and np.array_equal(ids, np.arange(1, len(ids) + 1))

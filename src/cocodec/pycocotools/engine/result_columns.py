"""Results whose dicts nobody has asked for yet: what they are, as columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.record_columns import IdCodes
from cocodec.evaluation.core_input import CoreSide
from cocodec.pycocotools import mask
from cocodec.pycocotools.engine.complete_results import load_numpy_rows, prepare_results
from cocodec.pycocotools.engine.evaluated_side import (
    ColumnValues,
    EvaluatedSide,
    Numbering,
    evaluated_detections,
)
from cocodec.pycocotools.engine.unbuilt import UnbuiltResults

__all__ = ["ArrayResults", "ResultColumns", "array_results"]

Row = dict[str, Any]

_LAST_EXACT = 2.0**53


class ResultColumns(UnbuiltResults):
    """Results in the place of a dataset's annotations, until somebody asks for dicts."""

    def __init__(self, images: IdCodes, categories: IdCodes, scores: ColumnValues) -> None:
        super().__init__()
        self._images, self._categories, self._scores = images, categories, scores
        self._areas: NDArray[np.float64] = np.empty(0)

    @property
    def images_named(self) -> set[Any]:
        """Ids of the images that have results."""
        return set(self._images.ids)

    def dataset(self) -> Row:
        """Make the dicts, completed as results are."""
        anns = self._dicts()
        prepare_results(self.rest, anns, mask)
        return {**self.rest, "annotations": anns}

    def _dicts(self) -> list[Row]:
        raise NotImplementedError

    def side(self, coco: Any, iouType: str, numbering: Numbering) -> EvaluatedSide | None:
        """See `UnbuiltResults`."""
        name, shape = self._shapes(iouType)
        if shape is None:
            return None
        core = CoreSide(
            self._images.positions(numbering.images),
            self._categories.positions(numbering.categories),
            self._areas,
            **{name: shape},
        )
        return evaluated_detections(np.arange(1, len(self._scores) + 1), core, self._scores)

    def _shapes(self, iouType: str) -> tuple[str, Any]:
        """The column that is compared and its values; None if there are none."""
        raise NotImplementedError


class ArrayResults(ResultColumns):
    """Rows of image id, x, y, width, height, score, category id."""

    def __init__(self, rows: NDArray[np.float64]) -> None:
        ids = rows[:, (0, 6)].astype(np.int64)
        super().__init__(IdCodes(ids[:, 0]), IdCodes(ids[:, 1]), list(rows[:, 5]))
        self._rows = rows
        self._boxes = np.ascontiguousarray(rows[:, 1:5])
        self._areas = self._boxes[:, 2] * self._boxes[:, 3]

    def _dicts(self) -> list[Row]:
        return load_numpy_rows(self._rows)

    def _shapes(self, iouType: str) -> tuple[str, Any]:
        return "boxes", self._boxes if iouType == "bbox" else None


def array_results(data: NDArray[Any]) -> ArrayResults | None:
    """Take an array of results as it is (a copy); None if anything about it is unusual."""
    if type(data) is not np.ndarray or data.dtype != np.float64 or len(data) == 0:
        return None
    ids = data[:, (0, 6)]
    if not (np.abs(ids) < _LAST_EXACT).all() or np.isnan(data[:, 5]).any():
        return None
    return ArrayResults(data.copy())

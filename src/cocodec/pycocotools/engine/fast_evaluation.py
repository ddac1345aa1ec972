"""What the core found, and the objects that the reference makes of it when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.evaluation.core_input import core_evaluation, core_settings
from cocodec.pycocotools.engine.evaluated_side import ColumnValues, EvaluatedSide, UnusualError

__all__ = ["FastEvaluation"]

Row = dict[str, Any]


class FastEvaluation:
    """The evaluation of two sides: a snapshot, which later changes of annotations do not touch."""

    def __init__(self, truth: EvaluatedSide, detections: EvaluatedSide, p: Any) -> None:
        self.truth, self.detections = truth, detections
        self.imgIds, self.catIds = list(p.imgIds), list(p.catIds)
        self.ranges, self.maxDet = list(p.areaRng), p.maxDets[-1]
        self.useCats, self.iouType = bool(p.useCats), p.iouType
        self._settings = _settings(p)
        self._scope = _scope(p)
        self._core: _core.Evaluation | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_core": None}  # made again from the columns when needed

    @property
    def core(self) -> _core.Evaluation:
        """The core's own evaluation.

        Raises
        ------
        UnusualError
            For columns that it does not take.
        """
        if self._core is None:
            try:
                self._core = core_evaluation(self.truth.core, self.detections.core, self._settings)
            except (ValueError, TypeError, OverflowError) as error:
                raise UnusualError from error
        return self._core

    def covers(self, p: Any) -> bool:
        """Whether `p` asks for just what was evaluated."""
        try:
            return p.useCats in (0, 1) and _scope(p) == self._scope
        except (TypeError, ValueError):
            return False

    def curves(self) -> dict[str, NDArray[np.float64]]:
        """Precision and scores (T, R, K, A, M), recall (T, K, A, M)."""
        precision, recall, scores = self.core.accumulate()
        return {"precision": precision, "recall": recall, "scores": scores}

    def _cells(self) -> tuple[dict[tuple[int, int], int], Any]:
        cells = self.core.cells()
        places = zip(cells["category"].tolist(), cells["image"].tolist(), strict=True)
        return {place: c for c, place in enumerate(places)}, cells

    def _categories(self) -> list[Any]:
        return self.catIds if self.useCats else [-1]

    def ious(self) -> dict[tuple[Any, Any], Any]:
        """The reference's ``ious``."""
        index, cells = self._cells()
        gt, dt = cells["gt_starts"], cells["dt_starts"]
        sizes = np.diff(gt) * np.diff(dt)
        starts = np.concatenate([[0], np.cumsum(sizes)])
        values = self.core.similarities()
        order: Any = "C" if self.iouType == "keypoints" else "F"
        result: dict[tuple[Any, Any], Any] = {}
        for i, imgId in enumerate(self.imgIds):
            for k, catId in enumerate(self._categories()):
                c = index.get((k, i))
                if c is None or sizes[c] == 0:
                    result[imgId, catId] = []
                    continue
                shape = (dt[c + 1] - dt[c], gt[c + 1] - gt[c])
                matrix = values[starts[c] : starts[c + 1]].reshape(shape, order="F")
                result[imgId, catId] = matrix.copy(order)
        return result

    def evalImgs(self) -> list[Row | None]:
        """The reference's ``evalImgs``."""
        index, cells = self._cells()
        found = _Found(self, cells)
        return [
            None if (c := index.get((k, i))) is None else found.cell(c, a, imgId, catId)
            for k, catId in enumerate(self._categories())
            for a in range(len(self.ranges))
            for i, imgId in enumerate(self.imgIds)
        ]


class _Found:
    """Who matched whom, by rows, and how rows are called."""

    def __init__(self, evaluation: FastEvaluation, cells: Any) -> None:
        self._evaluation = evaluation
        self._details = evaluation.core.details()
        self._gt_starts, self._dt_starts = cells["gt_starts"].tolist(), cells["dt_starts"].tolist()
        self._dt_rows = cells["dt_rows"].tolist()
        truth, detections = evaluation.truth, evaluation.detections
        assert detections.scores is not None
        self._gt_ids, self._dt_ids = _listed(truth.ids), _listed(detections.ids)
        self._dt_scores = _listed(detections.scores)
        self._gt_names, self._dt_names = _names(self._gt_ids), _names(self._dt_ids)

    def cell(self, c: int, a: int, imgId: Any, catId: Any) -> Row:
        """One entry of ``evalImgs``."""
        evaluation, details = self._evaluation, self._details
        gt = slice(self._gt_starts[c], self._gt_starts[c + 1])
        dt = slice(self._dt_starts[c], self._dt_starts[c + 1])
        dt_rows = self._dt_rows[dt]
        ignored = details["gt_ignore"][a, gt].astype(np.int64)
        return {
            "image_id": imgId,
            "category_id": catId,
            "aRng": evaluation.ranges[a],
            "maxDet": evaluation.maxDet,
            "dtIds": [self._dt_ids[row] for row in dt_rows],
            "gtIds": [self._gt_ids[row] for row in details["gt_rows"][a, gt].tolist()],
            "dtMatches": _named(details["dt_matches"][a, :, dt], self._gt_names),
            "gtMatches": _named(details["gt_matches"][a, :, gt], self._dt_names),
            "dtScores": [self._dt_scores[row] for row in dt_rows],
            "gtIgnore": ignored if len(ignored) > 0 else np.array([]),
            "dtIgnore": details["dt_ignore"][a, :, dt].astype(bool),
        }


def _listed(values: ColumnValues) -> list[Any]:
    return values if isinstance(values, list) else values.tolist()


def _names(ids: list[Any]) -> NDArray[Any]:
    """Ids as the reference keeps them, as doubles; the last one, 0, is for nobody."""
    try:
        return np.array([*ids, 0], np.float64)
    except (TypeError, ValueError):
        return np.array([*ids, 0], object)


def _named(rows: NDArray[np.int64], names: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(names[rows])  # row -1 is the last name


def _settings(p: Any) -> Any:
    if not all(isinstance(count, (int, np.integer)) and count > 0 for count in p.maxDets):
        raise UnusualError
    return core_settings(
        iou_type=p.iouType,
        images=len(p.imgIds),
        categories=len(p.catIds),
        use_categories=p.useCats,
        iou_thresholds=p.iouThrs,
        recall_thresholds=p.recThrs,
        area_ranges=p.areaRng,
        max_detections=p.maxDets,
        sigmas=p.kpt_oks_sigmas if p.iouType == "keypoints" else (),
    )


def _scope(p: Any) -> tuple[list[Any], ...]:
    """What must be the same for matches to serve: images, categories, and all thresholds."""

    def flat(values: Any) -> Iterator[Any]:
        return (tuple(value) for value in values)

    return (
        list(p.imgIds),
        list(p.catIds) if p.useCats else [],
        list(p.iouThrs),
        list(p.recThrs),
        list(flat(p.areaRng)),
        list(p.maxDets),
        [p.useCats],
    )

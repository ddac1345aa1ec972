"""Detections against ground truth: average precision and recall as the field computes them.

The results are those of `pycocotools` 2.0.11 (boxes, masks, keypoints), of `lvis` 0.5.3, of the
boundary IoU API and of the CrowdPose API, to the last bit. The work is done by
`_core.Evaluation`, which takes columns of indices and numbers; `_core.pyi` says which.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

import cocodec._core as _core
from cocodec.errors import DocumentError
from cocodec.evaluation.annotations import AnnotationSource, open_annotations
from cocodec.evaluation.columns import (
    Detections,
    Given,
    GroundTruth,
    given_detections,
    joined,
    read_detections,
    read_truth,
)
from cocodec.evaluation.core_input import CoreSide, core_evaluation
from cocodec.evaluation.indexing import (
    federation,
    indexed,
    ordered_ids,
    positions,
    resolved,
    settings_of,
)
from cocodec.evaluation.packing import pack, unpack
from cocodec.evaluation.parameters import IouType, Parameters, Protocol, make_parameters
from cocodec.evaluation.result import Result
from cocodec.masks.rle_array import RleArray

__all__ = ["Evaluator", "evaluate"]


class Evaluator:
    """Gathers detections, here or in several processes, and evaluates them.

    Detections may come in any number of pieces. As long as each image's detections come in one of
    them, the order of the pieces changes nothing.

    Parameters
    ----------
    gt : path, bytes, binary file, dict or list of dict
        Ground truth: a COCO document, as a file (JSON, or a zip that holds one) or as Python
        objects.
    iou_type : {"segm", "bbox", "keypoints", "boundary"}
        What is compared.
    protocol : {"coco", "lvis", "crowdpose"}
        Whose rules hold.
    images, categories : iterable of ids, optional
        Evaluate only these.
    iou_thresholds : (T,) array of float, optional
        By default 0.5, 0.55, ..., 0.95.
    recall_thresholds : (R,) array of float, optional
        By default 0, 0.01, ..., 1.
    area_ranges : dict of str to (float, float), optional
        Smallest and largest area in pixels, by default all, small, medium and large of COCO.
    max_detections : list of int, optional
        By default 1, 10 and 100; for keypoints 20, for LVIS 300.
    use_categories : bool
        False: detections may match ground truth of any category.
    sigmas : (k,) array of float, optional
        Keypoints: by default those of COCO or CrowdPose.
    dilation_ratio : float
        Boundaries: their width relative to the image's diagonal, by default 0.02.

    Raises
    ------
    DocumentError
        If the ground truth cannot be read, or a row lacks what is compared.
    """

    def __init__(
        self,
        gt: AnnotationSource,
        *,
        iou_type: IouType = "segm",
        protocol: Protocol = "coco",
        images: Iterable[Any] | None = None,
        categories: Iterable[Any] | None = None,
        **options: Any,
    ) -> None:
        self.parameters: Parameters = make_parameters(iou_type, protocol, **options)
        table = open_annotations(gt)
        self._truth = read_truth(table, self.parameters)
        self._sizes = table.sizes()
        self._records = {} if table.images is None else {i.id: i for i in table.images}
        self._known = None if table.images is None else self._records.keys()
        self._categories = {c.id: c for c in table.categories or []}
        self._image_ids = None if images is None else ordered_ids(images)
        self._category_ids = ordered_ids(self._categories or self._truth.category_ids)
        if categories is not None:
            # Where categories are one, their order decides ties, as in the reference.
            one = not self.parameters.use_categories
            self._category_ids = list(dict.fromkeys(categories)) if one else ordered_ids(categories)
        self._parts: list[Detections] = []

    def add(
        self,
        dt: AnnotationSource | None = None,
        *,
        image_ids: Sequence[Any] | None = None,
        category_ids: Sequence[Any] | None = None,
        scores: ArrayLike | None = None,
        boxes: ArrayLike | None = None,
        masks: RleArray | None = None,
        keypoints: ArrayLike | None = None,
    ) -> None:
        """Add detections: COCO results, or columns.

        Parameters
        ----------
        dt : path, bytes, binary file, or list of dict, optional
            COCO results: rows of `image_id`, `category_id`, `score` and what is compared.
        image_ids, category_ids : sequences of n ids
        scores : (n,) array of float
        boxes : (n, 4) array of float, optional
            x, y, width, height in pixels.
        masks : RleArray of length n, optional
        keypoints : (n, 3 k) or (n, k, 3) array of float, optional
            x, y and visibility.

        Raises
        ------
        DocumentError
            If a row lacks what is compared, or its image is not in the ground truth.
        """
        columns = (image_ids, category_ids, scores)
        if (dt is None) == any(column is None for column in columns):
            raise TypeError("give either dt, or image_ids, category_ids and scores")
        if dt is not None:
            part = read_detections(open_annotations(dt), self.parameters, self._sizes)
        else:
            given = Given(image_ids, category_ids, scores, boxes, masks, keypoints)
            part = given_detections(given, self.parameters)
        self._require_known_images(part)
        self._parts.append(part)

    def _require_known_images(self, part: Detections) -> None:
        if self._known is None:
            return
        lost = np.flatnonzero(positions(part.image_ids, list(self._known)) < 0)
        if len(lost) > 0:
            row = int(lost[0])
            image = part.image_ids[row]
            shown = repr(image) if isinstance(part.image_ids, list) else str(image)
            raise DocumentError(
                f"detection {row} is in image {shown}, which the ground truth does not list"
            )

    def merge(self, other: Evaluator | bytes) -> None:
        """Add the detections of another evaluator, or what its `to_bytes` gave.

        Raises
        ------
        DocumentError
            If the bytes are not those of an evaluator of the same `iou_type`.
        """
        data = other.to_bytes() if isinstance(other, Evaluator) else other
        parts = unpack(data, self.parameters.iou_type)
        for part in parts:
            self._require_known_images(part)
        self._parts += parts

    def to_bytes(self) -> bytes:
        """Return the detections so far (not the ground truth) for another process to merge."""
        return pack(self.parameters.iou_type, self._parts)

    def result(self, *, threads: int = 0) -> Result:
        """Evaluate what was added so far.

        Parameters
        ----------
        threads : int
            0 = as many as pay, 1 = none. The result is the same.
        """
        detections = joined(self._parts, self.parameters)
        images = self._images(detections)
        result = self._evaluate(detections, images, threads)
        if self.parameters.protocol == "crowdpose":
            for name, some in self._by_crowding(images).items():
                easy = self._evaluate(detections, some, threads)
                mean = np.mean(easy.precision[:, :, :, 0, :])
                result.extra[f"AP{name}"] = float(round(mean, 4))
        return result

    def _images(self, detections: Detections) -> list[Any]:
        if self._image_ids is not None:
            return self._image_ids
        if self._known is not None:
            return ordered_ids(self._known)
        sides = (self._truth, detections)
        return ordered_ids(id_ for side in sides for id_ in ordered_ids(side.image_ids))

    def _by_crowding(self, images: list[Any]) -> dict[str, list[Any]]:
        """Images by CrowdPose's `crowdIndex`; none if they have none."""
        found = {i: getattr(self._records.get(i), "crowd_index", None) for i in images}
        indices = {image: float(index) for image, index in found.items() if index is not None}
        if len(indices) < len(images):
            return {}
        return {
            "easy": [i for i, index in indices.items() if index < 0.2],
            "medium": [i for i, index in indices.items() if 0.2 <= index < 0.8],
            "hard": [i for i, index in indices.items() if index >= 0.8],
        }

    def _evaluate(self, detections: Detections, images: list[Any], threads: int) -> Result:
        parameters, categories = self.parameters, self._category_ids
        evaluation, _ = self._problem(detections, images)
        precision, recall, scores = evaluation.accumulate(threads)
        named = categories if parameters.use_categories else [-1]
        known = [self._categories.get(category) for category in named]
        return Result(
            precision,
            recall,
            scores,
            parameters,
            images,
            named,
            [str(getattr(k, "name", None) or c) for k, c in zip(known, named, strict=True)],
            [getattr(k, "frequency", None) for k in known],
        )

    def _problem(
        self, detections: Detections, images: list[Any]
    ) -> tuple[_core.Evaluation, GroundTruth]:
        """What the core evaluates, and the ground truth rows that it counts by."""
        parameters, categories = self.parameters, self._category_ids
        truth = resolved(self._truth, images, categories, parameters)
        gt, dt = (indexed(side, images, categories) for side in (truth, detections))
        if parameters.protocol == "lvis":
            dt = self._federated(gt, dt, detections, images)
        settings = settings_of(parameters, len(images), len(categories))
        ratio = parameters.dilation_ratio
        return core_evaluation(gt, dt, settings, dilation_ratio=ratio), truth

    def _federated(
        self, gt: CoreSide, dt: CoreSide, detections: Detections, images: list[Any]
    ) -> CoreSide:
        """Detections by the rules of LVIS: which count, and which are judged leniently."""
        limit = self.parameters.max_detections[-1]
        rules = federation(self._records, images, self._category_ids, limit)
        present, found = (np.stack([side.image, side.category]) for side in (gt, dt))
        kept, lenient = rules.judge(present, found, detections)
        return dt._replace(category=np.where(kept, dt.category, -1), lenient=lenient)


def evaluate(
    gt: AnnotationSource,
    dt: AnnotationSource | None = None,
    *,
    iou_type: IouType = "segm",
    protocol: Protocol = "coco",
    image_ids: Sequence[Any] | None = None,
    category_ids: Sequence[Any] | None = None,
    scores: ArrayLike | None = None,
    boxes: ArrayLike | None = None,
    masks: RleArray | None = None,
    keypoints: ArrayLike | None = None,
    threads: int = 0,
    **options: Any,
) -> Result:
    """Evaluate detections against ground truth.

    Parameters
    ----------
    gt : path, bytes, binary file, dict or list of dict
        Ground truth: a COCO document, as a file (JSON, or a zip that holds one) or as Python
        objects.
    dt : path, bytes, binary file or list of dict, optional
        COCO results. Instead of it, columns: `image_ids`, `category_ids`, `scores`, and what is
        compared (see `Evaluator.add`).
    iou_type : {"segm", "bbox", "keypoints", "boundary"}
        What is compared.
    protocol : {"coco", "lvis", "crowdpose"}
        Whose rules hold.
    threads : int
        0 = as many as pay, 1 = none. The result is the same.
    **options
        `images`, `categories`, thresholds, area ranges, limits, ...: see `Evaluator`.

    Returns
    -------
    Result
        `print` shows the summary that the reference prints.

    Raises
    ------
    DocumentError
        If a file cannot be read, or a row lacks what is compared.
    """
    evaluator = Evaluator(gt, iou_type=iou_type, protocol=protocol, **options)
    evaluator.add(
        dt,
        image_ids=image_ids,
        category_ids=category_ids,
        scores=scores,
        boxes=boxes,
        masks=masks,
        keypoints=keypoints,
    )
    return evaluator.result(threads=threads)

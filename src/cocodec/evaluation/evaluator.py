"""Detections against ground truth: average precision and recall as the field computes them.

The results are those of `pycocotools` 2.0.11 (boxes, masks, keypoints), of `lvis` 0.5.3, of the
boundary IoU API and of the CrowdPose API, to the last bit. The work is done by
`_core.Evaluation`, which takes columns of indices and numbers; `_core.pyi` says which.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any, Literal, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike

import cocodec._core as _core
from cocodec.documents.record_columns import IdCodes
from cocodec.errors import DocumentError, how_many, located
from cocodec.evaluation.annotations import (
    AnnotationColumns,
    AnnotationSource,
    open_annotations,
    require_ids,
)
from cocodec.evaluation.columns import (
    Detections,
    Given,
    GroundTruth,
    given_detections,
    joined,
    read_detections,
    read_truth,
)
from cocodec.evaluation.core_input import CoreSide, core_evaluation, numbered
from cocodec.evaluation.indexing import (
    coerced,
    coerced_id,
    federation,
    indexed,
    ordered_ids,
    resolved,
    settings_of,
)
from cocodec.evaluation.numbers import RowError
from cocodec.evaluation.oddities import Evaluated, describe_type_clash, find_oddities, some_of
from cocodec.evaluation.packing import pack, require_same_type, unpack
from cocodec.evaluation.parameters import IouType, Parameters, Protocol, make_parameters
from cocodec.evaluation.result import Result
from cocodec.files.sources import Source, name_of
from cocodec.signatures import names_arguments

__all__ = ["Evaluator", "evaluate"]

T = TypeVar("T")


class Evaluator:
    """Gathers detections, here or in several processes, and evaluates them.

    Detections may come in any number of pieces. As long as each image's detections come in one of
    them, the order of the pieces changes nothing.

    Parameters
    ----------
    gt : path, bytes, binary file, Document, dict or list of dict
        Ground truth: a COCO document, as a file (JSON, or a zip that holds one), as it was read, or
        as Python objects.
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
    coerce_ids : bool
        Take an id that is the text of a whole number for that number, on both sides.

    Raises
    ------
    DocumentError
        If the ground truth cannot be read, or a row lacks what is compared.

    Notes
    -----
    Where categories are one, pycocotools compares no keypoints at all, and counts the annotations
    of a category that is listed twice twice; here keypoints are compared, and each counts once.

    Examples
    --------
    >>> from cocodec import Evaluator
    >>> truth = [{"image_id": 1, "category_id": 1, "bbox": [2, 3, 4, 5]}]
    >>> evaluator = Evaluator(truth, iou_type="bbox")
    >>> evaluator.add(image_ids=[1], category_ids=[1], scores=[0.9], boxes=[[2, 3, 4, 5]])
    >>> evaluator
    <Evaluator: coco bbox, 1 annotation, 1 detection in 1 piece>
    >>> round(evaluator.result().stats["AP"], 3)
    1.0
    """

    @names_arguments
    def __init__(
        self,
        gt: AnnotationSource,
        *,
        iou_type: IouType = "segm",
        protocol: Protocol = "coco",
        images: Iterable[Hashable] | None = None,
        categories: Iterable[Hashable] | None = None,
        iou_thresholds: ArrayLike | None = None,
        recall_thresholds: ArrayLike | None = None,
        area_ranges: Mapping[str, Sequence[float]] | None = None,
        max_detections: Sequence[int] | None = None,
        use_categories: bool = True,
        sigmas: ArrayLike | None = None,
        dilation_ratio: float = 0.02,
        coerce_ids: bool = False,
    ) -> None:
        self.parameters: Parameters = make_parameters(
            iou_type,
            protocol,
            iou_thresholds=iou_thresholds,
            recall_thresholds=recall_thresholds,
            area_ranges=area_ranges,
            max_detections=max_detections,
            use_categories=use_categories,
            sigmas=sigmas,
            dilation_ratio=dilation_ratio,
        )
        self._coerces = coerce_ids
        table = open_annotations(gt)
        with _placing(gt, table, "ground truth"):
            require_ids(table)
            self._truth = read_truth(table, self.parameters)
        if coerce_ids:
            self._truth = coerced(self._truth)
        self._sizes = self._by_own_id(table.sizes())
        self._records = self._by_own_id({i.id: i for i in table.images or []})
        # Where each image stands, so that each piece is looked up in a time of its own size.
        self._known = None if table.images is None else numbered(self._records)
        self._categories = self._by_own_id({c.id: c for c in table.categories or []})
        self._listed = ordered_ids(self._categories or self._truth.category_ids)
        self._image_ids = None if images is None else ordered_ids(images)
        self._category_ids = self._listed
        if categories is not None:
            # Where categories are one, their order decides ties, as in the reference.
            one = not self.parameters.use_categories
            self._category_ids = list(dict.fromkeys(categories)) if one else ordered_ids(categories)
        self._parts: list[Detections] = []

    def _by_own_id(self, values: dict[Any, T]) -> dict[Any, T]:
        if not self._coerces:
            return values
        out = {coerced_id(id_): value for id_, value in values.items()}
        if len(out) < len(values):
            raise DocumentError(
                "ids that differ in type only are different ids here: no coerce_ids"
            )
        return out

    def __copy__(self) -> Evaluator:
        """Return an evaluator of its own: what is added to one is not in the other."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin._parts = list(self._parts)  # the pieces themselves are never written to
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Evaluator:
        return self.__copy__()

    def __repr__(self) -> str:
        """Return the kind of evaluation and what there is so far."""
        found = sum(map(len, self._parts))
        kind = f"{self.parameters.protocol} {self.parameters.iou_type}"
        pieces = f"{how_many(found, 'detection')} in {how_many(len(self._parts), 'piece')}"
        return f"<Evaluator: {kind}, {how_many(len(self._truth), 'annotation')}, {pieces}>"

    def _repr_html_(self) -> str:
        """Return the same for notebooks."""
        return f"<code>{escape(repr(self))}</code>"

    def reset(self) -> None:
        """Forget the detections, not the ground truth: for the next epoch.

        Examples
        --------
        >>> evaluator = cocodec.Evaluator(document)
        >>> evaluator.add(results)
        >>> evaluator.reset()
        >>> evaluator
        <Evaluator: coco segm, 3 annotations, 0 detections in 0 pieces>
        """
        self._parts = []

    @names_arguments
    def add(
        self,
        dt: AnnotationSource | None = None,
        *,
        image_ids: Sequence[Hashable] | None = None,
        category_ids: Sequence[Hashable] | None = None,
        scores: ArrayLike | None = None,
        boxes: ArrayLike | None = None,
        boxes_format: Literal["xywh", "xyxy"] = "xywh",
        masks: Any = None,
        keypoints: ArrayLike | None = None,
    ) -> None:
        """Add detections: COCO results, or columns.

        Parameters
        ----------
        dt : path, bytes, binary file, or list of dict, optional
            COCO results: rows of `image_id`, `category_id`, `score` and what is compared. Boxes
            that results of masks lack are those of the masks, as in pycocotools.
        image_ids, category_ids : sequences of n ids
        scores : (n,) array of float
        boxes : (n, 4) array of float, optional
            In pixels, as `boxes_format` says: x, y, width, height, or two corners.
        boxes_format : {"xywh", "xyxy"}
        masks : RleArray, (n, h, w) array or tensor, or sequence of n RLE dicts, optional
            Dense masks as `RleArray.encode` takes them; without boxes their boxes are taken.
        keypoints : (n, 3 k) or (n, k, 3) array of float, optional
            x, y and visibility.

        Raises
        ------
        DocumentError
            If a row lacks what is compared, or its image is not in the ground truth.

        Notes
        -----
        What is given is copied. A call takes a time that depends on what it adds, not on the ground
        truth or on what was added before.

        Examples
        --------
        >>> evaluator = cocodec.Evaluator(document)
        >>> evaluator.add(results)
        >>> evaluator
        <Evaluator: coco segm, 3 annotations, 2 detections in 1 piece>
        """
        columns = (image_ids, category_ids, scores)
        if (dt is None) == any(column is None for column in columns):
            raise TypeError("give either dt, or image_ids, category_ids and scores")
        if dt is not None:
            part = self._read(dt)
        else:
            given = Given(image_ids, category_ids, scores, boxes, masks, keypoints, boxes_format)
            part = given_detections(given, self.parameters)
            if self._coerces:
                part = coerced(part)
            self._require_known_images(part)
        self._parts.append(part)

    def _read(self, dt: AnnotationSource) -> Detections:
        table = open_annotations(dt)
        sizes = self._sizes
        if self._coerces:
            sizes = sizes | {str(id_): size for id_, size in sizes.items()}
        with _placing(dt, table, "detections"):
            part = read_detections(table, self.parameters, sizes)
            if self._coerces:
                part = coerced(part)
            self._require_known_images(part)
        return part

    def _require_known_images(self, part: Detections) -> None:
        if self._known is None:
            return
        lost = np.flatnonzero(IdCodes(part.image_ids).positions(self._known) < 0)
        if len(lost) > 0:
            row = int(lost[0])
            image = part.image_ids[row]
            shown = repr(image) if isinstance(part.image_ids, list) else str(image)
            known = list(self._known)
            raise DocumentError(
                f"detection {row} is in image {shown}, which the ground truth does not list; it "
                f"lists {some_of(known)}, and {len(lost):,} of {len(part):,} detections are in "
                f"others{describe_type_clash(image, known)}"
            )

    @names_arguments
    def merge(self, other: Evaluator | bytes) -> None:
        """Add the detections of another evaluator, or what its `to_bytes` gave.

        Raises
        ------
        DocumentError
            If the bytes are not those of an evaluator of the same `iou_type`.

        Examples
        --------
        >>> one, other = cocodec.Evaluator(document), cocodec.Evaluator(document)
        >>> other.add(results)
        >>> one.merge(other)
        >>> one
        <Evaluator: coco segm, 3 annotations, 2 detections in 1 piece>
        """
        kind = self.parameters.iou_type
        if isinstance(other, Evaluator):
            require_same_type(other.parameters.iou_type, kind)
            parts = list(other._parts)
        else:
            parts = unpack(other, kind)
        for part in parts:
            self._require_known_images(part)
        self._parts += parts

    def to_bytes(self) -> bytes:
        """Return the detections so far (not the ground truth) for another process to merge.

        Examples
        --------
        >>> one, other = cocodec.Evaluator(document), cocodec.Evaluator(document)
        >>> one.merge(other.to_bytes())
        """
        return pack(self.parameters.iou_type, self._parts)

    @names_arguments
    def result(self, *, threads: int = 0) -> Result:
        """Evaluate what was added so far.

        Parameters
        ----------
        threads : int
            0 = as many as pay, 1 = none. The result is the same.

        Examples
        --------
        >>> evaluator = cocodec.Evaluator(document)
        >>> evaluator.add(results)
        >>> round(evaluator.result().stats['AP50'], 3)
        0.5
        """
        detections = joined(self._parts, self.parameters)
        images = self._images(detections)
        result = self._evaluate(detections, images, threads)
        if self.parameters.protocol == "crowdpose":
            for name, some in self._by_crowding(images).items():
                easy = self._evaluate(detections, some, threads)
                mean = np.mean(easy.precision[:, :, :, 0, :])
                result.extra[f"AP{name}"] = float(round(mean, 4))
        listed = None if self._known is None else list(self._records)
        known = self._listed, self._sizes, result.recall, listed
        found = Evaluated(self._truth, detections, self.parameters, *known)
        result.warnings.extend(find_oddities(found))
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


@contextmanager
def _placing(source: AnnotationSource, table: AnnotationColumns, otherwise: str) -> Iterator[None]:
    """Say of an error in which file and in which row with which id it is."""
    name = None if isinstance(source, (Mapping, list, tuple)) else name_of(cast("Source", source))
    with located(file=name or otherwise):
        try:
            yield
        except RowError as error:
            if error.row is not None:
                error.id = table.id_of(error.row)
            raise


@names_arguments
def evaluate(
    gt: AnnotationSource,
    dt: AnnotationSource | None = None,
    *,
    iou_type: IouType = "segm",
    protocol: Protocol = "coco",
    image_ids: Sequence[Hashable] | None = None,
    category_ids: Sequence[Hashable] | None = None,
    scores: ArrayLike | None = None,
    boxes: ArrayLike | None = None,
    boxes_format: Literal["xywh", "xyxy"] = "xywh",
    masks: Any = None,
    keypoints: ArrayLike | None = None,
    threads: int = 0,
    images: Iterable[Hashable] | None = None,
    categories: Iterable[Hashable] | None = None,
    iou_thresholds: ArrayLike | None = None,
    recall_thresholds: ArrayLike | None = None,
    area_ranges: Mapping[str, Sequence[float]] | None = None,
    max_detections: Sequence[int] | None = None,
    use_categories: bool = True,
    sigmas: ArrayLike | None = None,
    dilation_ratio: float = 0.02,
    coerce_ids: bool = False,
) -> Result:
    """Evaluate detections against ground truth.

    Parameters
    ----------
    gt : path, bytes, binary file, Document, dict or list of dict
        Ground truth: a COCO document, as a file (JSON, or a zip that holds one), as it was read, or
        as Python objects.
    dt : path, bytes, binary file or list of dict, optional
        COCO results. Instead of it, columns: `image_ids`, `category_ids`, `scores`, and what is
        compared (see `Evaluator.add`).
    iou_type : {"segm", "bbox", "keypoints", "boundary"}
        What is compared.
    protocol : {"coco", "lvis", "crowdpose"}
        Whose rules hold.
    threads : int
        0 = as many as pay, 1 = none. The result is the same.
    image_ids, category_ids, scores, boxes, boxes_format, masks, keypoints
        Columns of detections: see `Evaluator.add`.
    images, categories, iou_thresholds, recall_thresholds, area_ranges, max_detections, \
    use_categories, sigmas, dilation_ratio, coerce_ids
        What is evaluated, and how: see `Evaluator`.

    Returns
    -------
    Result
        `print` shows the summary that the reference prints; `Result.warnings` what may explain a
        zero.

    Raises
    ------
    DocumentError
        If a file cannot be read, or a row lacks what is compared; names file, row and id.

    Examples
    --------
    >>> from cocodec import evaluate
    >>> truth = [{"image_id": 1, "category_id": 1, "bbox": [2, 3, 4, 5]}]
    >>> found = [{"image_id": 1, "category_id": 1, "bbox": [2, 3, 4, 5], "score": 0.9}]
    >>> evaluate(truth, found, iou_type="bbox", iou_thresholds=[0.5])
    <Result: coco bbox, 1 image, 1 category, AP 1.000>
    """
    evaluator = Evaluator(
        gt,
        iou_type=iou_type,
        protocol=protocol,
        images=images,
        categories=categories,
        iou_thresholds=iou_thresholds,
        recall_thresholds=recall_thresholds,
        area_ranges=area_ranges,
        max_detections=max_detections,
        use_categories=use_categories,
        sigmas=sigmas,
        dilation_ratio=dilation_ratio,
        coerce_ids=coerce_ids,
    )
    evaluator.add(
        dt,
        image_ids=image_ids,
        category_ids=category_ids,
        scores=scores,
        boxes=boxes,
        boxes_format=boxes_format,
        masks=masks,
        keypoints=keypoints,
    )
    return evaluator.result(threads=threads)

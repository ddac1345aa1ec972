"""What an evaluation asks for: thresholds, area ranges, limits; and the field's usual choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cocodec.signatures import names_arguments

__all__ = [
    "COCO_SIGMAS",
    "CROWDPOSE_SIGMAS",
    "IOU_TYPES",
    "PROTOCOLS",
    "IouType",
    "Parameters",
    "Protocol",
    "make_parameters",
]

IouType: TypeAlias = Literal["bbox", "segm", "boundary", "keypoints"]
Protocol: TypeAlias = Literal["coco", "lvis", "crowdpose"]

IOU_TYPES = ("bbox", "segm", "boundary", "keypoints")
PROTOCOLS = ("coco", "lvis", "crowdpose")

COCO_SIGMAS = (
    np.array(
        [
            *(0.26, 0.25, 0.25, 0.35, 0.35, 0.79, 0.79, 0.72, 0.72),
            *(0.62, 0.62, 1.07, 1.07, 0.87, 0.87, 0.89, 0.89),
        ]
    )
    / 10.0
)
"""How far annotators of COCO's 17 keypoints scatter, relative to the object's size."""

CROWDPOSE_SIGMAS = (
    np.array([0.79, 0.79, 0.72, 0.72, 0.62, 0.62, 1.07, 1.07, 0.87, 0.87, 0.89, 0.89, 0.79, 0.79])
    / 10.0
)
"""The same for CrowdPose's 14 keypoints."""

_ALL = (0.0, 1e5**2)
_AREAS = {
    "all": _ALL,
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, 1e5**2),
}


@dataclass(frozen=True)
class Parameters:
    """The parameters of an evaluation.

    Attributes
    ----------
    iou_type : {"bbox", "segm", "boundary", "keypoints"}
    protocol : {"coco", "lvis", "crowdpose"}
    iou_thresholds : ndarray of float64, shape (T,)
    recall_thresholds : ndarray of float64, shape (R,)
    area_ranges : dict of str to (float, float), length A
        Smallest and largest area in pixels, both included, by name.
    max_detections : tuple of int, length M
        How many of the best detections of each category in each image count; ascending.
    use_categories : bool
        False: a detection may match ground truth of any category.
    sigmas : ndarray of float64, shape (k,)
        Keypoints: one for each; otherwise empty.
    dilation_ratio : float
        Boundaries: how wide they are, relative to the image's diagonal.

    Examples
    --------
    >>> cocodec.evaluate(document, results).parameters.protocol
    'coco'
    """

    iou_type: IouType
    protocol: Protocol
    iou_thresholds: NDArray[np.float64]
    recall_thresholds: NDArray[np.float64]
    area_ranges: dict[str, tuple[float, float]]
    max_detections: tuple[int, ...]
    use_categories: bool
    sigmas: NDArray[np.float64]
    dilation_ratio: float


@names_arguments
def make_parameters(
    iou_type: IouType,
    protocol: Protocol,
    *,
    iou_thresholds: ArrayLike | None = None,
    recall_thresholds: ArrayLike | None = None,
    area_ranges: Mapping[str, Sequence[float]] | None = None,
    max_detections: Sequence[int] | None = None,
    use_categories: bool = True,
    sigmas: ArrayLike | None = None,
    dilation_ratio: float = 0.02,
) -> Parameters:
    """Fill in what was not given as the field has it.

    Raises
    ------
    ValueError
        For an unknown `iou_type` or `protocol`, or one that does not go with the other, and for
        values of the wrong shape.

    Examples
    --------
    >>> from cocodec.evaluation import make_parameters
    >>> make_parameters('bbox', 'coco').max_detections
    (1, 10, 100)
    """
    _require_known(iou_type, protocol)
    keypoints = iou_type == "keypoints"
    if area_ranges is None:
        area_ranges = {k: v for k, v in _AREAS.items() if not (keypoints and k == "small")}
    if max_detections is None:
        max_detections = (20,) if keypoints else (1, 10, 100)
        if protocol == "lvis":
            max_detections = (300,)
    if sigmas is None:
        sigmas = CROWDPOSE_SIGMAS if protocol == "crowdpose" else COCO_SIGMAS
    return Parameters(
        iou_type,
        protocol,
        _vector("iou_thresholds", iou_thresholds, np.linspace(0.5, 0.95, 10)),
        _vector("recall_thresholds", recall_thresholds, np.linspace(0.0, 1.0, 101)),
        {name: _range(name, value) for name, value in area_ranges.items()},
        _limits(max_detections, protocol),
        bool(use_categories),
        _vector("sigmas", sigmas if keypoints else [], np.empty(0)),
        float(dilation_ratio),
    )


def _require_known(iou_type: str, protocol: str) -> None:
    for name, value, known in (
        ("iou_type", iou_type, IOU_TYPES),
        ("protocol", protocol, PROTOCOLS),
    ):
        if value not in known:
            raise ValueError(f"{name} is {value!r}, expected one of {', '.join(map(repr, known))}")
    if (protocol == "crowdpose") > (iou_type == "keypoints"):
        raise ValueError(f"CrowdPose evaluates 'keypoints', not {iou_type!r}")
    if protocol == "lvis" and iou_type == "keypoints":
        raise ValueError("LVIS has no keypoints")


def _vector(name: str, values: Any, otherwise: NDArray[np.float64]) -> NDArray[np.float64]:
    array = np.array(otherwise if values is None else values, np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}, expected one dimension")
    return array


def _range(name: str, value: Sequence[float]) -> tuple[float, float]:
    if len(value) != 2:
        raise ValueError(f"area range {name!r} has {len(value)} numbers, expected 2")
    return float(value[0]), float(value[1])


def _limits(values: Sequence[int], protocol: str) -> tuple[int, ...]:
    limits = tuple(sorted(int(value) for value in values))
    if not limits or limits[0] < 0:
        raise ValueError(f"max_detections is {list(values)!r}, expected numbers from 0 on")
    if protocol == "lvis" and len(limits) > 1:
        raise ValueError("LVIS has one limit, of the detections in an image")
    return limits

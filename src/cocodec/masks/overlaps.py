"""How much masks have in common, and which of a batch stay where several say the same.

Functions that take a batch, which `RleArray` has as its methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

import cocodec._core as _core
from cocodec.errors import RleError
from cocodec.masks.arguments import as_choice, as_integers
from cocodec.signatures import names_arguments

if TYPE_CHECKING:
    from cocodec.masks.rle_array import RleArray

__all__ = ["merge_nms", "nms", "overlap", "soft_nms"]

Measure: TypeAlias = Literal["iou", "iomin", "dice", "intersection"]
Decay: TypeAlias = Literal["gaussian", "linear"]


@names_arguments
def overlap(
    masks: RleArray, other: RleArray, *, measure: Measure = "iou", threads: int = 0
) -> NDArray[np.float64]:
    """How much each mask has in common with every mask of `other`.

    Parameters
    ----------
    other : RleArray
        m masks of the same size.
    measure : {"iou", "iomin", "dice", "intersection"}
        Common pixels divided by those of the union, by those of the smaller mask, by the mean of
        both, or not divided. 0 where both masks are empty.
    threads : int
        0 = as many as pay, 1 = none.

    Returns
    -------
    (n, m) array of float64

    Raises
    ------
    RleError
        If masks differ in size.

    Examples
    --------
    >>> masks.overlap(masks)
    array([[1. , 0.5],
           [0.5, 1. ]])
    """
    return _core.overlap(masks._runs, other._runs, _as_measure(measure), threads)


@names_arguments
def nms(
    masks: RleArray,
    scores: ArrayLike,
    threshold: float = 0.5,
    *,
    classes: ArrayLike | None = None,
    measure: Measure = "iou",
    threads: int = 0,
) -> NDArray[np.int64]:
    """Non-maximum suppression: of masks that overlap, keep the one with the highest score.

    Parameters
    ----------
    scores : (n,) array of float
        Of equal scores, the first goes before.
    threshold : float
        A mask goes if it overlaps with one that is kept by more than that.
    classes : (n,) array of int, optional
        Masks of different classes do not suppress each other.
    measure : {"iou", "iomin", "dice", "intersection"}
        As for `overlap`.
    threads : int
        0 = as many as pay, 1 = none.

    Returns
    -------
    (k,) array of int64
        Indices of the masks that are kept, highest score first.

    Examples
    --------
    >>> masks.nms([0.9, 0.8], 0.5)
    array([0, 1])
    """
    scored = _scored(masks, scores, classes)
    return _core.nms(masks._runs, *scored, float(threshold), _as_measure(measure), threads)[0]


@names_arguments
def merge_nms(
    masks: RleArray,
    scores: ArrayLike,
    threshold: float = 0.5,
    *,
    classes: ArrayLike | None = None,
    measure: Measure = "iou",
    threads: int = 0,
) -> tuple[RleArray, NDArray[np.int64]]:
    """Suppress as `nms` does, and unite each mask that stays with those that went for it.

    A mask that overlaps with several that stay goes to the first of them, the one with the highest
    score. Overlaps are those of the masks as they were, not of what was united (SAHI calls this
    greedy non-maximum merging; it is of use for predictions of tiles). Arguments as for `nms`.

    Returns
    -------
    merged : RleArray
        One for each mask that stays.
    kept : (k,) array of int64
        As `nms` gives them.

    Examples
    --------
    >>> from cocodec import RleArray
    >>> masks = RleArray.from_boxes([[0, 0, 6, 4], [2, 0, 6, 4], [20, 0, 2, 2]], (8, 30))
    >>> merged, kept = masks.merge_nms([0.9, 0.8, 0.7], 0.3)
    >>> kept.tolist(), merged.area().tolist()
    ([0, 2], [32, 4])
    """
    scored = _scored(masks, scores, classes)
    limits = float(threshold), _as_measure(measure)
    runs, kept = _core.merge_nms(masks._runs, *scored, *limits, threads)
    return masks._wrap(runs), kept


@names_arguments
def soft_nms(
    masks: RleArray,
    scores: ArrayLike,
    *,
    decay: Decay = "gaussian",
    sigma: float = 0.5,
    threshold: float = 0.5,
    min_score: float = 0.001,
    classes: ArrayLike | None = None,
    measure: Measure = "iou",
    threads: int = 0,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Lower the scores of masks that overlap with better ones (Bodla et al., 2017).

    The mask with the highest score is taken, of equals the first; the scores of those left fall by
    their overlap with it; and so on until no score reaches `min_score`.

    Parameters
    ----------
    scores : (n,) array of float
    decay : {"gaussian", "linear"}
        Scores are multiplied by ``exp(-overlap**2 / sigma)``, or by ``1 - overlap`` where the
        overlap is more than `threshold`.
    sigma : float
        Above 0; of "gaussian" alone.
    threshold : float
        Of "linear" alone.
    min_score : float
        Masks whose score falls below it go.
    classes : (n,) array of int, optional
        Masks of different classes leave each other alone.
    measure : {"iou", "iomin", "dice"}
        As for `overlap`.
    threads : int
        0 = as many as pay, 1 = none.

    Returns
    -------
    kept : (k,) array of int64
        Indices in the order in which they were taken.
    scores : (k,) array of float64
        What their scores were by then, never rising.

    Examples
    --------
    >>> kept, scores = masks.soft_nms([0.9, 0.8])
    >>> kept, scores.round(3)
    (array([0, 1]), array([0.9  , 0.485]))
    """
    if measure == "intersection":
        raise ValueError("measure is 'intersection', no share of 1 by which a score could fall")
    gaussian = as_choice(decay, "decay", ("gaussian", "linear")) == "gaussian"
    if not sigma > 0:
        raise ValueError(f"sigma is {sigma!r}; it must be above 0")
    scored = _scored(masks, scores, classes)
    wide = float(sigma) if gaussian else None
    limits = wide, float(min_score)
    return _core.soft_nms(
        masks._runs, *scored, float(threshold), _as_measure(measure), *limits, threads
    )


class _Scored(NamedTuple):
    """What the core compares masks by."""

    scores: NDArray[np.float64]
    classes: NDArray[np.int64]


def _scored(masks: RleArray, scores: ArrayLike, classes: ArrayLike | None) -> _Scored:
    n = len(masks)
    values = np.asarray(scores, np.float64)
    kinds = np.zeros(n, np.int64) if classes is None else as_integers(classes, "classes")
    for given, what in ((values, "scores"), (kinds, "classes")):
        if given.shape != (n,):
            raise RleError(f"{what} have shape {given.shape}, expected ({n},)")
    if np.isnan(values).any():
        raise ValueError(f"score {int(np.flatnonzero(np.isnan(values))[0])} is NaN")
    return _Scored(values, kinds)


def _as_measure(measure: Measure) -> str:
    return as_choice(measure, "measure", ("iou", "iomin", "dice", "intersection"))

"""Segmentations as Python objects -> masks, by the reader that reads the JSON text of files.

Every door that takes objects comes through here, so that there is one answer. What a segmentation
means, by its JSON type (`iscrowd` has no say), for an image of height h and width w:

=====================================  ============================================================
spelling                               meaning
=====================================  ============================================================
null, no key                           no mask
``[]``, ``[[]]``, ``[[], []]``         no pixel
``[[x, y, x, y, x, y, ...], ...]``     rings, united; a ring of one or two points encloses nothing
``[x, y, x, y, x, y, ...]``            one ring
``[[x, y], [x, y], [x, y], ...]``      one ring, its points as pairs
``[[[x, y], [x, y], ...], ...]``       rings, their points as pairs
numbers as texts, ``["1", "2.5"]``     these numbers, as the reference takes them
``[[x, y, x, y]]``, ``[x, y, x, y]``   two points, no pixel: a ring is never a box
``[[x, y, v], ...]`` (triples)         refused: they are keypoints
a ring of an odd number of numbers     refused
one ring that is RLE counts            refused: its numbers are whole, sum to h x w, and are odd in
                                       number or lie beyond the image
``[[[x, y, x, y, x, y, ...]]]``        refused: nested one level too deep
``{"size": [h, w], "counts": "..."}``  RLE; of its own size; whole floats are sides
``{"size": ..., "counts": [...]}``     RLE; the counts may be texts
counts in base64                       RLE, where they are no counts string, but decode to one that
                                       covers h x w exactly
``"..."``                              counts of the image's size
``b'...'``, doubled backslashes,       refused, and told what they are
pairs of start and length (Kaggle)
``{"exterior": ..., ...}`` (kwcoco)    refused: the exterior is a ring
=====================================  ============================================================

The drop-in alone reads as the reference does (four numbers are a box, half a point at the end of a
ring is left out), and dialects repair rings with half a point, which they report.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.errors import RleError

__all__ = [
    "RINGS",
    "RLE",
    "SegmentationKind",
    "Segmentations",
    "flat_rings",
    "incomplete_rle",
    "read_values",
    "ring_masks",
]

SegmentationKind = _core.SegmentationKind

RINGS = (SegmentationKind.POLYGONS, SegmentationKind.FLAT_RING, SegmentationKind.LOOSE_RINGS)
"""Kinds that are rings with an inside."""
RLE = (SegmentationKind.RLE_STRING, SegmentationKind.RLE_LIST, SegmentationKind.LOOSE_RLE)
"""Kinds that are run-length encoded."""

Sizes = Sequence[tuple[Any, Any] | None]


class Segmentations(NamedTuple):
    """What n segmentations are.

    Attributes
    ----------
    runs : _core.Runs
        One mask each; empty and of size 0 x 0 where there is none.
    kinds : (n,) array of uint8
        The `SegmentationKind`.
    has_mask : (n,) array of bool
    refused : list of (int, str)
        Which are wrong, and why.
    """

    runs: _core.Runs
    kinds: NDArray[np.uint8]
    has_mask: NDArray[np.bool_]
    refused: list[tuple[int, str]]


def read_values(values: Sequence[Any], sizes: Sizes, threads: int = 0) -> Segmentations:
    """Read segmentations in one batch.

    Parameters
    ----------
    values : sequence of n objects
        As JSON has them, or with arrays and tuples in the place of lists, and bytes of texts.
    sizes : sequence of n (height, width) or None
        Of the images that they are in; None, or with a None in it, where it is unknown.
    threads : int
        0 = as many as pay, 1 = none.

    """
    known: dict[Any, int] = {}
    for size in sizes:
        known.setdefault(size, len(known))
    images = [
        {"id": number, **({} if size is None else {"height": size[0], "width": size[1]})}
        for size, number in known.items()
    ]
    rows = [
        {"image_id": known[size], "segmentation": _texts_of(value)}
        for value, size in zip(values, sizes, strict=True)
    ]
    text, wrong = _encode(images, rows)
    spans = _core.view_spans(text, msgspec.json.decode(text, type=list[msgspec.Raw]))
    records = _core.Records(text, spans[: len(images)])
    runs, kinds, has_mask, refused = records.read(spans[len(images) :], threads)
    reasons = {row: _reason(values[row], why) for row, _, why in refused} | wrong
    kinds[list(wrong)] = SegmentationKind.BAD
    return Segmentations(runs, kinds, has_mask, sorted(reasons.items()))


def ring_masks(
    values: Sequence[Any], sizes: NDArray[np.int64], threads: int = 0
) -> tuple[_core.Runs, list[tuple[int, str]]]:
    """Rasterise rings in any spelling: one mask each, of its size, and which are wrong.

    Lists of plain rings are read where they are; everything else goes through `read_values`.
    """
    plain = _core.from_plain_rings(values, sizes, threads)
    if plain is not None:
        return plain, []
    pairs = [(height, width) for height, width in sizes.tolist()]
    read = read_values(values, pairs, threads)
    wrong = dict(read.refused)
    for row in np.flatnonzero(~np.isin(read.kinds, [*RINGS, *_EMPTY])).tolist():
        wrong.setdefault(row, f"it is {_shown(values[row])}, expected a list of rings")
    bare = np.flatnonzero(~read.has_mask)
    nothing = _core.from_boxes(np.zeros((len(bare), 4)), sizes[bare], threads)
    order = np.arange(len(values))
    order[bare] = len(values) + np.arange(len(bare))
    runs = _core.take(_core.concatenate([read.runs, nothing]), order)
    return runs, sorted(wrong.items())


def incomplete_rle(values: Sequence[Any]) -> RleError:
    """The error of the first dict that lacks its size or its counts."""
    missing = [isinstance(v, dict) and not {"size", "counts"} <= v.keys() for v in values]
    row = missing.index(True)
    ((_, why),) = read_values([values[row]], [None]).refused
    error = RleError(f"mask {row}: {why}")
    error.code, error.item = "bad_segmentation", row
    return error


_EMPTY = (SegmentationKind.EMPTY, SegmentationKind.EMPTY_RINGS, SegmentationKind.POINTS)


def _texts_of(value: Any) -> Any:
    """The value with its counts as text: msgspec would write bytes as base64."""
    if isinstance(value, bytes):
        return value.decode("ascii", "replace")
    if isinstance(value, (list, tuple)) and any(map(_is_contour, value)):
        return [ring.reshape(-1, 2) if _is_contour(ring) else ring for ring in value]
    if isinstance(value, Mapping) and isinstance(value.get("counts"), bytes):
        return {**value, "counts": value["counts"].decode("ascii", "replace")}
    return value


def _is_contour(ring: Any) -> bool:
    """Whether a ring is a contour of cv2, an array of shape (k, 1, 2)."""
    return isinstance(ring, np.ndarray) and ring.ndim == 3 and ring.shape[1:] == (1, 2)


def flat_rings(value: list[Any]) -> list[list[Any]]:
    """Rings that can be read, each a flat list of numbers; empty ones are left out."""
    if value and not isinstance(value[0], list):
        value = [value]
    elif len(value) > 1 and all(len(ring) == 2 and not isinstance(ring[0], list) for ring in value):
        value = [value]  # the points of one ring
    return [[_number(n) for n in _flat(ring)] for ring in value if ring]


def _flat(ring: list[Any]) -> list[Any]:
    return [n for pair in ring for n in pair] if isinstance(ring[0], list) else ring


def _number(value: Any) -> Any:
    return msgspec.json.decode(value) if isinstance(value, str) else value


class _NotPlainError(Exception):
    """An object whose own code would have to run while lists are being read."""


def _encode(images: list[Any], rows: list[dict[str, Any]]) -> tuple[bytes, dict[int, str]]:
    """Print images and rows; also which rows hold something that is no JSON, and what."""
    try:
        return msgspec.json.encode(images + rows, enc_hook=_from_numpy), {}
    except (_NotPlainError, OverflowError, RecursionError):
        pass
    wrong: dict[int, str] = {}
    for number, row in enumerate(rows):
        try:
            row["segmentation"] = _copied(row["segmentation"])
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            row["segmentation"], wrong[number] = None, str(error)
    return msgspec.json.encode(images + rows), wrong


def _from_numpy(value: Any) -> Any:
    if type(value) is np.ndarray or isinstance(value, np.generic):
        return value.tolist()
    raise _NotPlainError


def _copied(value: Any) -> Any:
    """The value of plain lists, dicts, texts and numbers, whatever its objects do meanwhile."""
    if value is None or isinstance(value, (bool, float, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 1 << 63 else float(value)
    if isinstance(value, Mapping):
        return {str(key): _copied(item) for key, item in dict(value).items()}
    if isinstance(value, np.ndarray):
        return _copied(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_copied(item) for item in list(value)]
    if hasattr(value, "__float__"):
        return float(value)
    hint = "; RleArray.from_geometries reads it" if hasattr(value, "__geo_interface__") else ""
    raise TypeError(f"it holds a {type(value).__name__}, expected lists of numbers{hint}")


def _reason(value: Any, why: str) -> str:
    """The reason in the words of objects: JSON writes what is not finite as null."""
    if why.startswith("no image size for the rings: image"):
        return "no image size for the rings: the height and width of its image are not known"
    odd = _not_finite(value) if "null" in why else None
    return why if odd is None else f"{why.replace('null', repr(odd), 1)}; coordinates are finite"


def _not_finite(value: Any) -> float | None:
    if isinstance(value, float):
        return None if math.isfinite(value) else float(value)
    items = value.tolist() if isinstance(value, np.ndarray) else value
    if not isinstance(items, (list, tuple)):
        return None
    return next((odd for item in items if (odd := _not_finite(item)) is not None), None)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."

"""Masks into annotations: segmentations, and areas and boxes where they are asked for."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.edits import Changes, changed_column, equal_numbers, splice
from cocodec.documents.json_values import JsonKind, PrintedValues, encode_all
from cocodec.documents.places import Places
from cocodec.documents.table import Table
from cocodec.masks.polygons import Spellings, as_spelling
from cocodec.masks.rle_array import RleArray
from cocodec.masks.segmentation_values import SegmentationKind

__all__ = [
    "SPELLING_OF",
    "Areas",
    "Boxes",
    "Spellings",
    "measure_changes",
    "require_option",
    "segmentations",
]

Areas: TypeAlias = Literal["pixels", "shoelace", "keep"]
Boxes: TypeAlias = Literal["mask", "vertex", "keep"]

# How a mask is spelled anew that was spelled in some way.
SPELLING_OF: dict[SegmentationKind, Spellings] = {
    SegmentationKind.POLYGONS: "polygons",
    SegmentationKind.FLAT_RING: "polygons",
    SegmentationKind.BOX: "polygons",
    SegmentationKind.LOOSE_RINGS: "polygons",
    SegmentationKind.RLE_STRING: "rle",
    SegmentationKind.RLE_LIST: "rle-list",
    SegmentationKind.LOOSE_RLE: "rle",
}


def require_option(name: str, value: str, known: object) -> None:
    """Refuse a name that an option does not know."""
    names = get_args(known)
    if value not in names:
        raise ValueError(f"{name} is {value!r}, expected one of {', '.join(map(repr, names))}")


def segmentations(
    annotations: Table, rows: NDArray[np.int64], masks: RleArray, to: Spellings, threads: int
) -> PrintedValues:
    """Print masks as the segmentations of rows.

    Of a segmentation that is an object, and stays one, other keys than its size and counts are
    kept, and its size if it is the same.
    """
    text, values, counts = _core.print_masks(masks._runs, as_spelling(to), threads)
    if to == "polygons":
        return PrintedValues(text, values, len(text))
    (kinds,), (places,) = annotations.find(["segmentation"], rows, threads=threads)
    objects = np.flatnonzero(kinds == JsonKind.OBJECT)
    if len(objects) == 0:
        return PrintedValues(text, values, len(text))
    old = places.take(objects)

    def find() -> tuple[NDArray[np.uint8], Places]:
        (found,), (spans,) = _core.find_values(old.rows(), ["size"], threads)
        return found, Places(old.texts, old.which, spans)

    size = changed_column(masks.sizes[objects], "size", find)
    new = PrintedValues(text, counts[objects], len(text))
    made = splice(old, {"size": size, "counts": new}, threads)
    if len(objects) == len(values):
        text = b""
    starts = np.cumsum([len(text), *map(len, made.texts)])
    values[objects] = made.spans + starts[made.which][:, None]
    return PrintedValues(b"".join([text, *made.texts]), values, len(text))


def measure_changes(
    annotations: Table,
    rows: NDArray[np.int64],
    measured: tuple[NDArray[np.bool_], RleArray, Places],
    options: tuple[Areas, Boxes],
) -> Changes:
    """Print areas and boxes. `measured`: which rows have a mask, masks, and segmentations."""
    has_mask, masks, places = measured
    area, bbox = options
    out: dict[str, PrintedValues] = {}
    has_points, areas, boxes = (
        np.zeros(len(rows), bool),
        np.zeros(len(rows)),
        np.zeros((len(rows), 4)),
    )
    if area == "shoelace" or bbox == "vertex":
        has_points, areas, boxes = _core.measure_rings(places.rows())
    if area != "keep":
        traced = has_points & (area == "shoelace")
        pixels = masks.area()
        floats = pixels.astype(np.float64)
        floats[traced] = areas[traced]
        values: list[float] = pixels.tolist()
        for i in np.flatnonzero(traced).tolist():
            values[i] = float(areas[i])
        out["area"] = _changed(annotations, rows, ("area", values, floats), has_mask | traced)
    if bbox != "keep":
        traced = has_points & (bbox == "vertex")
        floats = masks.bbox()
        floats[traced] = boxes[traced]
        out["bbox"] = _changed(annotations, rows, ("bbox", floats, floats), has_mask | traced)
    return out


def _changed(
    annotations: Table,
    rows: NDArray[np.int64],
    column: tuple[str, Any, NDArray[np.float64]],
    known: NDArray[np.bool_],
) -> PrintedValues:
    """Print the values of `known` rows: (key, values, floats equal to them)."""
    key, values, floats = column
    made = encode_all(values, f"{annotations.name}, {key!r}")
    (kinds,), (places,) = annotations.find([key], rows)
    made.spans[~known | equal_numbers(floats, kinds, places)] = -1
    return made

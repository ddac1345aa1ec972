"""Columns of pyarrow -> the texts of the records that they were made of.

A record is what `_json` has, with the cells of its row printed where they stood.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-not-found,import-untyped,unused-ignore]
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.arrow.cells import print_cells
from cocodec.arrow.mask_column import from_arrow
from cocodec.documents.edits import splice
from cocodec.documents.json_values import JsonKind, PrintedValues
from cocodec.documents.places import Places
from cocodec.errors import DocumentError, RleError
from cocodec.masks.polygons import as_spelling
from cocodec.masks.rle_array import RleArray

__all__ = [
    "MASK",
    "PART",
    "POLYGONS",
    "RESERVED",
    "REST",
    "ROW",
    "parts_of",
    "records_of",
]

REST, PART, ROW, MASK, POLYGONS = "_json", "_part", "_row", "mask", "polygons"
RESERVED = {REST, PART, ROW, MASK, POLYGONS, "segmentation"}


def records_of(
    table: Any, name: str, *, threads: int = 0, polygons: PrintedValues | None = None
) -> Places:
    """Print the records of a table of pyarrow: where their texts lie.

    `polygons`: what printing that column gives, if this is known.
    """
    table = table.combine_chunks()
    n = len(table)
    rest = _rest_of(table)
    columns = [key for key in table.column_names if key not in RESERVED]
    if name != "annotations":
        columns += [key for key in (MASK, POLYGONS) if key in table.column_names]
    kinds, places = _find(rest, [*columns, "segmentation"], threads)
    changes = {
        key: print_cells(_whole(table[key]), kinds[i], places[i], f"{name}, column {key!r}")
        for i, key in enumerate(columns)
    }
    if name == "annotations":
        _print_segmentations(table, kinds[-1], places[-1], (changes, polygons))
    wanted = np.zeros(n, bool)
    for values in changes.values():
        wanted |= values.spans[:, 0] >= 0
    rows = np.flatnonzero(wanted)
    if len(rows) == 0:
        return rest
    chosen = {key: one._replace(spans=one.spans[rows]) for key, one in changes.items()}
    return rest.overlaid(rows, splice(rest.take(rows), chosen, threads))


def _whole(column: Any) -> Any:
    """A column in one piece."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else column.combine_chunks()


def parts_of(table: Any) -> NDArray[np.int64]:
    """The part of each row; of a row that names none, -1."""
    column = _whole(table[PART])
    if not pa.types.is_integer(column.type):
        raise DocumentError(f"column {PART!r} is of type {column.type}, expected whole numbers")
    return np.asarray(column.fill_null(-1), np.int64)


def _rest_of(table: Any) -> Places:
    """What was left of the records; an empty object where there is none."""
    n = len(table)
    zeros = np.zeros(n, np.int32)
    if REST not in table.column_names or n == 0:
        return Places([b"{}"], zeros, np.tile([0, 2], (n, 1)))
    column = _whole(table[REST])
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise DocumentError(f"column {REST!r} is of type {column.type}, expected texts")
    column = column.cast(pa.large_string()).fill_null("{}")
    data = column.buffers()[2]
    text = b"" if data is None else data
    ends = np.frombuffer(column.buffers()[1], np.int64, n + 1, column.offset * 8)
    return Places([text], zeros, np.stack([ends[:-1], ends[1:]], axis=1))


def _find(places: Places, keys: list[str], threads: int) -> tuple[NDArray[np.uint8], list[Places]]:
    kinds, spans = _core.find_values(places.rows(), keys, threads)
    return kinds, [Places(places.texts, places.which, one) for one in spans]


def _print_segmentations(
    table: Any,
    kinds: NDArray[np.uint8],
    places: Places,
    made: tuple[dict[str, PrintedValues], PrintedValues | None],
) -> None:
    """Print polygons, and masks where there are none; what `_json` spells out stays."""
    changes, printed = made
    where = np.full((len(table), 2), -1)
    if POLYGONS in table.column_names:
        printed = printed or print_cells(
            _whole(table[POLYGONS]), kinds, places, f"column {POLYGONS!r}"
        )
        where = np.where((kinds == JsonKind.OBJECT)[:, None], -1, printed.spans)
    rings, text = np.flatnonzero(where[:, 0] >= 0), b""
    if MASK in table.column_names:
        bare = (where[:, 0] < 0) & (kinds <= JsonKind.NULL)
        column = _whole(table[MASK])
        wanted = (bare | (kinds == JsonKind.OBJECT)) & np.asarray(column.is_valid())
        rows = np.flatnonzero(wanted)
        try:
            masks = from_arrow(column.take(pa.array(rows)))[0] if len(rows) else RleArray()
        except RleError as error:
            raise DocumentError(f"column {MASK!r}: {error}") from None
        for some, more, spans in _print_masks(rows, masks, kinds, places):
            where[some] = spans + len(text)
            text += more
    begin = len(text)  # polygons come last: they may be spaced already
    if len(rings) > 0 and printed is not None:
        where[rings] += begin
        text, begin = text + printed.text, begin + printed.verbatim_from
    if (where[:, 0] >= 0).any():
        changes["segmentation"] = PrintedValues(text, where, begin)


_Printed = tuple[NDArray[np.int64], bytes, NDArray[np.int64]]


def _print_masks(
    rows: NDArray[np.int64], masks: RleArray, kinds: NDArray[np.uint8], places: Places
) -> list[_Printed]:
    """Print masks, whole or into what is left of their segmentations."""
    objects = kinds[rows] == JsonKind.OBJECT
    bare = np.flatnonzero(~objects)
    out: list[_Printed] = []
    if len(bare) > 0:
        text, spans, _ = _core.print_masks(masks[bare]._runs, as_spelling("rle"))
        out.append((rows[bare], text, spans))
    inside, _ = _find(places.take(rows), ["size", "counts"], 0)
    left_out = objects & (inside[0] == JsonKind.NULL)
    for kind, spelling in ((JsonKind.NULL, "rle"), (JsonKind.LIST, "rle-list")):
        mine = np.flatnonzero(left_out & (inside[1] == kind))
        if len(mine) == 0:
            continue
        text, _, where = _core.print_masks(masks[mine]._runs, as_spelling(spelling))
        sides = masks.sizes[mine].astype(np.float64).reshape(-1)
        flags = np.full(len(mine), 2, np.uint8)
        pairs, places_of = _core.print_numbers(
            sides, np.arange(0, 2 * len(mine) + 1, 2), None, flags
        )
        changes = {
            "size": PrintedValues(pairs, places_of, len(pairs)),
            "counts": PrintedValues(text, where, len(text)),
        }
        out.append((rows[mine], *splice(places.take(rows[mine]), changes).joined()))
    return out

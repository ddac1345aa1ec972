"""Tables of a document as tables of pyarrow, from which they come back byte for byte.

What fits a column goes into one; the rest of a record stays in the column ``_json``, its text with
`null` (or 0, see `cocodec.arrow.cells`) where the values were. Every record is put together again
before it is let go: one that does not come out as it was keeps its whole text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-not-found,import-untyped,unused-ignore]
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.arrow.cells import (
    VERBATIM,
    Cells,
    ListKind,
    kind_of_lists,
    lists_of,
    read_cells,
    same_texts,
    text_array,
)
from cocodec.arrow.mask_column import to_arrow
from cocodec.arrow.records import (
    MASK,
    PART,
    POLYGONS,
    RESERVED,
    REST,
    records_of,
)
from cocodec.documents.document import Document, read
from cocodec.documents.edits import splice
from cocodec.documents.json_values import JsonKind, PrintedValues
from cocodec.documents.places import Places
from cocodec.masks.polygons import as_spelling
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments
from cocodec.threads import in_order

__all__ = ["TABLES", "batches_of", "tables_of"]

TABLES = ("images", "annotations", "categories")
_MOST_COLUMNS = 100
_BATCH = 8 << 20  # bytes of records that become columns in one go
_LEAST, _MOST = 1 << 12, 1 << 16  # rows of these
_AT_ONCE = 4  # batches that are made at the same time, and held
_NARROW = 2**31 - 1  # bytes of text that offsets of 32 bits can tell apart
_STAND_INS = b"null0[]"  # what stands where a value was: NULL, ZERO, and a list of counts
_PLACES = np.array([[-1, -1], [0, 4], [4, 5]])  # of VERBATIM, NULL and ZERO there


@names_arguments
def tables_of(document: Document, *, masks: bool = True, threads: int = 0) -> dict[str, Any]:
    """Make tables of pyarrow of the images, annotations and categories of a document.

    Parameters
    ----------
    document : Document
        No zip: its members are documents of their own.
    masks : bool
        Whether annotations that are polygons or boxes have a mask too, rasterised.
    threads : int
        0 = as many as pay, 1 = none.

    Returns
    -------
    dict of str to pyarrow.Table

    Examples
    --------
    >>> from cocodec.arrow import tables_of
    >>> sorted(tables_of(document))
    ['annotations', 'categories', 'images']
    """
    if document.is_edited():
        document = read(b"".join(document.render_source()))
    return {
        name: next(_Export(document, name, threads).tables(masks, is_whole=True)) for name in TABLES
    }


def batches_of(
    document: Document, name: str, *, masks: bool = True, threads: int = 0
) -> Iterator[Any]:
    """Make the same of one table, in tables of some thousand rows, at least one.

    `document`: as it was read, not edited.
    """
    return _Export(document, name, threads).tables(masks, is_whole=False)


class _Export:
    """One table on its way to columns.

    Most of it is segmentations, and these become several times as large on the way: they are made a
    batch of rows at a time. The other columns are made whole, for their types depend on all rows.
    """

    def __init__(self, document: Document, name: str, threads: int) -> None:
        self.document, self.name, self.threads = document, name, threads
        self.source = getattr(document, name)
        self.places: Places = self.source.places()
        self.size = int((self.places.spans[:, 1] - self.places.spans[:, 0]).sum())
        (kinds,), (places,) = self.source.find(["segmentation"], threads=threads)
        self.segmentations: tuple[NDArray[np.uint8], Places] = kinds, places

    def tables(self, masks: bool, *, is_whole: bool) -> Iterator[Any]:
        """Yield the table, or its batches."""
        count = len(self.source)
        step = count if is_whole else _BATCH * count // max(self.size, 1)
        step = step if is_whole else min(max(step, _LEAST), _MOST)
        batches = [slice(at, min(at + step, count)) for at in range(0, count, max(step, 1))]
        batches = batches or [slice(0, 0)]
        cells = self._cells()
        polygons = ListKind()
        if self.name == "annotations":
            for rows in batches:
                polygons = polygons.join(kind_of_lists(self.lists(rows)))
                # How many numbers there are says the rest only if offsets of 32 bits may not do.
                if polygons.is_there and not polygons.are_integers and self.size < _NARROW:
                    break
        has_masks = self.name == "annotations" and any(
            self._masks(rows, masks)[1].any() for rows in batches
        )

        def table(rows: slice) -> Any:
            return _Batch(self, rows, cells).table(polygons, has_masks, masks)

        at_once = min(self.threads or _core.get_num_threads(), _AT_ONCE)
        yield from in_order(table, batches, at_once)

    def _cells(self) -> dict[str, Cells]:
        keys = self._keys()
        found = zip(keys, *self.source.find(keys, threads=self.threads), strict=True)
        cells = {key: read_cells(places, kinds) for key, kinds, places in found}
        return {key: one for key, one in cells.items() if one is not None}

    def _keys(self) -> list[str]:
        counts = self.source.keys(threads=self.threads)
        often = [key for key, n in counts.items() if 100 * n >= len(self.source)]
        return [key for key in often if key not in RESERVED][:_MOST_COLUMNS]

    def lists(self, rows: slice) -> Places:
        """Segmentations that are lists."""
        kinds, places = self.segmentations
        spans = np.where((kinds[rows] == JsonKind.LIST)[:, None], places.spans[rows], -1)
        return Places(places.texts, places.which[rows], spans)

    def _masks(self, rows: slice, with_rasterised: bool) -> tuple[RleArray, NDArray[np.bool_]]:
        """Masks, and which rows have one in the column."""
        read_masks = self.document.masks(rows, on_error="skip", threads=self.threads)
        if with_rasterised:
            return read_masks.masks, read_masks.has_mask
        is_list = self.lists(rows).spans[:, 0] >= 0
        return read_masks.masks, read_masks.has_mask & ~is_list


class _Batch:
    """Some rows of a table on their way to columns."""

    def __init__(self, export: _Export, rows: slice, cells: dict[str, Cells]) -> None:
        self.export, self.rows, self.threads = export, rows, export.threads
        self.places = export.places.take(rows)
        self.columns: dict[str, Any] = {}
        self.changes: dict[str, PrintedValues] = {}
        self.printed: PrintedValues | None = None
        for key, one in cells.items():
            array = one.array.slice(rows.start, rows.stop - rows.start)
            self._put(key, key, Cells(array, one.stays[rows]))

    def table(self, polygons: ListKind, has_masks: bool, with_rasterised: bool) -> Any:
        if polygons.is_there:
            lists = self.export.lists(self.rows)
            cells = lists_of(lists, 2, polygons)
            assert cells is not None  # where the kind is given
            self._put(POLYGONS, "segmentation", cells)
            self.printed = _printed_lists(self.places, lists, cells)
        if has_masks:
            self._put_masks(*self.export._masks(self.rows, with_rasterised))
        rest = self._rest()
        if len(self.export.document.parts) > 1:
            self.columns[PART] = pa.array(self.export.source.part[self.rows])
        is_wide = self.export.size > _NARROW
        self.columns[REST] = text_array(rest, is_wide)
        table = pa.table(self.columns)
        faithful = self._faithful(table, rest)
        if faithful is rest:
            return table
        return table.set_column(table.num_columns - 1, REST, text_array(faithful, is_wide))

    def _put(self, column: str, key: str, cells: Cells) -> None:
        self.columns[column] = cells.array
        self.changes[key] = PrintedValues(_STAND_INS, _PLACES[cells.stays], len(_STAND_INS))

    def _put_masks(self, masks: RleArray, has_mask: NDArray[np.bool_]) -> None:
        self.columns[MASK] = to_arrow(masks, has_mask)
        kinds, places = (
            self.export.segmentations[0][self.rows],
            self.export.segmentations[1].take(self.rows),
        )
        rows = np.flatnonzero((kinds == JsonKind.OBJECT) & has_mask)
        if len(rows) == 0:
            return
        rows, text, spans = _rle_templates(rows, places.take(rows), masks[rows])
        old = self.changes.get("segmentation")
        where = np.full((len(kinds), 2), -1) if old is None else old.spans
        where[rows] = spans + len(_STAND_INS)
        whole = _STAND_INS + text
        self.changes["segmentation"] = PrintedValues(whole, where, len(whole))

    def _rest(self) -> Places:
        """Texts of the records without what went into columns."""
        objects = np.flatnonzero(_core.value_kinds(self.places.rows()) == JsonKind.OBJECT)
        if len(objects) == 0 or not self.changes:
            return self.places
        chosen = {
            key: values._replace(spans=values.spans[objects])
            for key, values in self.changes.items()
        }
        made = splice(self.places.take(objects), chosen, self.threads)
        return self.places.overlaid(objects, made)

    def _faithful(self, table: Any, rest: Places) -> Places:
        """The same, with the whole text of records that would not come back as they were."""
        made = records_of(table, self.export.name, threads=self.threads, polygons=self.printed)
        strange = np.flatnonzero(~same_texts(made, self.places))
        if len(strange) == 0:
            return rest
        return rest.overlaid(strange, self.places.take(strange))


def _printed_lists(records: Places, lists: Places, cells: Cells) -> PrintedValues:
    """What printing the cells of lists into their records gives: where they stand for it, their own
    text. Where that is spaced in another way than the record, nothing: the record stays whole.

    Such a cell is made only of numbers that are spelled as they are printed, and spaced in one way,
    see `read_numbers`.
    """
    alike = _core.match_spacing(records.rows(), lists.rows()).astype(bool)
    rows = np.flatnonzero((cells.stays != VERBATIM) & alike)
    spans = np.full((len(lists), 2), -1)
    text, spans[rows] = lists.take(rows).joined()
    return PrintedValues(text, spans, 0)


def _rle_templates(
    rows: NDArray[np.int64], places: Places, masks: RleArray
) -> tuple[NDArray[np.int64], bytes, NDArray[np.int64]]:
    """Segmentations without their sizes and counts, where printing these gives them again."""
    kinds, spans = _core.find_values(places.rows(), ["size", "counts"])
    size, counts = (Places(places.texts, places.which, one) for one in spans)
    sizes = _core.read_numbers(size.rows(), 1)[3] == 2
    stays = np.full(len(rows), -1)
    zeros = np.zeros(len(rows), np.int32)
    for kind, is_list in ((JsonKind.STRING, False), (JsonKind.LIST, True)):
        mine = np.flatnonzero((kinds[1] == kind) & sizes)
        if len(mine) == 0:
            continue
        text, _, where = _core.print_masks(
            masks[mine]._runs, as_spelling("rle-list" if is_list else "rle")
        )
        printed = Places([text], zeros[mine], where)
        if is_list:
            values, lists, _, spellings = _core.read_numbers(counts.take(mine).rows(), 1)
            flags = np.where(spellings == 2, 2, 0).astype(np.uint8)
            text, where = _core.print_numbers(values, lists, None, flags)
            alike = same_texts(Places([text], zeros[mine], where), printed)
        else:
            alike = same_texts(counts.take(mine), printed)
        stays[mine[alike]] = 5 if is_list else 0
    good = np.flatnonzero(stays >= 0)
    null = np.tile([0, 4], (len(good), 1))
    what = np.where(stays[good, None] == 5, [[5, 7]], [[0, 4]])
    changes = {
        key: PrintedValues(_STAND_INS, where, 7)
        for key, where in (("size", null), ("counts", what))
    }
    if len(good) == 0:
        return rows[good], b"", np.zeros((0, 2), np.int64)
    return rows[good], *splice(places.take(good), changes).joined()

"""Which annotations belong together, and what they say of being a crowd: columns, read in C++.

Everything here gives one number a row, so that whatever comes after is arithmetic on arrays. Values
are compared as ids are: 1 and 1.0 are one, 1 and "1" are two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

import cocodec._core as _core
from cocodec.documents.crowds import Crowd, crowds_at, require_clear, unclear
from cocodec.documents.document import Document
from cocodec.documents.json_values import JsonKind
from cocodec.documents.places import Places, decode_value
from cocodec.documents.table import Table

__all__ = ["By", "category_numbers", "crowd_told", "group_numbers"]

By: TypeAlias = Literal["group", "id", "crowd"] | Callable[[dict[str, Any]], Any] | ArrayLike

Numbers: TypeAlias = NDArray[np.int64]
FoundValues: TypeAlias = tuple[NDArray[np.uint8], Places]  # the kinds of values, and where they lie

ALONE = -1
UNTOLD, NO, YES = -1, 0, 1

_GROUP_KEYS = ("group", "group_id")


def group_numbers(document: Document, by: By) -> Numbers:
    """Return a number for each annotation: equal for those that belong together, -1 for none.

    Annotations of different images, or of different parts of a file, never belong together.

    Parameters
    ----------
    by : {"group", "id", "crowd"}, callable or (n,) array of int
        See `cocodec.merge_groups`.
    """
    table = document.annotations
    if isinstance(by, str):
        if by == "group":
            keys = _group_values(table)
        elif by == "id":
            keys = _identities(table, _column(table, "id"))
        elif by == "crowd":
            crowd = crowd_told(table, strict=False) == YES
            keys = np.where(crowd, category_numbers(table), ALONE)
        else:
            raise ValueError(
                f'by is "{by}"; it must be "group", "id", "crowd", a callable, or one number a row'
            )
    elif callable(by):
        keys = _asked(table, by)
    else:
        keys = _given(by, len(table))
    images = _identities(table, _column(table, "image_id"))
    keys = np.where(images < 0, ALONE, keys)
    pairs = images * (len(table) + 1) + keys  # both count rows at most
    _, numbers = np.unique(pairs, return_inverse=True)
    return np.where(keys == ALONE, ALONE, numbers.reshape(-1).astype(np.int64))


def category_numbers(table: Table) -> Numbers:
    """Return a number for each row's category, unique in its part; rows without one have none."""
    numbers = _identities(table, _column(table, "category_id"))
    return np.where(numbers < 0, len(table), numbers)


def crowd_told(table: Table, *, strict: bool) -> NDArray[np.int8]:
    """Return what each row says of being a crowd: 1, 0, or -1 where it does not say.

    ``attributes.is_crowd`` counts first, then a key ``is_crowd`` of the row itself: true or false,
    a number, or one of these as a string. ``iscrowd`` counts where it says yes; no only says how a
    mask is stored. With `strict`, ``attributes.is_crowd`` alone counts: yes if it is true, no if it
    is anything else.
    """
    told = np.full(len(table), UNTOLD, np.int8)
    kinds, places = _nested(table, "attributes", ["is_crowd"])[0]
    if strict:
        told[kinds != JsonKind.MISSING] = NO
        told[kinds == JsonKind.TRUE] = YES
        return told
    for column, key in (
        ((kinds, places), "attributes.is_crowd"),
        (_column(table, "is_crowd"), "is_crowd"),
    ):
        truths = _truths(*column, key)
        told = np.where(told == UNTOLD, truths, told)
    crowds = _truths(*_column(table, "iscrowd"), "iscrowd") == YES
    return np.where((told == UNTOLD) & crowds, np.int8(YES), told)


def _column(table: Table, key: str) -> FoundValues:
    kinds, places = table.find([key])
    return kinds[0], places[0]


def _nested(table: Table, outer: str, keys: Sequence[str]) -> list[FoundValues]:
    """Find values in the objects that rows have under one key."""
    outer_kinds, objects = _column(table, outer)
    holders = np.flatnonzero(outer_kinds == JsonKind.OBJECT)
    found_kinds, found = _core.find_values(objects.take(holders).rows(), list(keys))
    columns = []
    for kinds, spans in zip(found_kinds, found, strict=True):
        all_kinds = np.zeros(len(table), np.uint8)
        all_spans = np.full((len(table), 2), -1, np.int64)
        all_kinds[holders], all_spans[holders] = kinds, spans
        columns.append((all_kinds, Places(objects.texts, objects.which, all_spans)))
    return columns


def _identities(table: Table, column: FoundValues) -> Numbers:
    """Number the values of a column: rows of one part have equal numbers where the values are."""
    values, part = column[1].rows(), table.part
    return _core.IdIndex(values, part).match(values, part)


def _group_values(table: Table) -> Numbers:
    """``attributes.group``, or the row's own; the first key that says something counts."""
    columns = [*_nested(table, "attributes", _GROUP_KEYS)]
    columns += [_column(table, key) for key in _GROUP_KEYS]
    numbers = np.full(len(table), ALONE, np.int64)
    for kinds, places in columns:
        some = _says_something(kinds, places)
        here = np.where(some, _identities(table, (kinds, places)), ALONE)
        numbers = np.where(numbers == ALONE, here, numbers)
    return numbers


def _says_something(kinds: NDArray[np.uint8], places: Places) -> NDArray[np.bool_]:
    """Whether a group is named: not by null, false, 0, "" or "0", which all say none."""
    none = np.isin(kinds, [JsonKind.MISSING, JsonKind.NULL, JsonKind.FALSE])
    none |= _numbers(kinds, places) == 0
    short = (kinds == JsonKind.STRING) & (places.spans[:, 1] - places.spans[:, 0] <= 3)
    for i in np.flatnonzero(short).tolist():
        none[i] = bytes(places.text(i)) in (b'""', b'"0"')
    return ~none


def _truths(kinds: NDArray[np.uint8], places: Places, key: str) -> NDArray[np.int8]:
    """YES or NO, UNTOLD where there is no value; what is unclear is an error that names the row."""
    crowds = crowds_at(places)
    require_clear(crowds, lambda row: unclear(decode_value(places.text(row)), key), "annotations")
    truths = np.where(crowds == Crowd.YES, np.int8(YES), np.int8(NO))
    return np.where(kinds <= JsonKind.NULL, np.int8(UNTOLD), truths)


def _numbers(kinds: NDArray[np.uint8], places: Places) -> NDArray[np.float64]:
    """Return the values that are numbers; NaN for others. Huge integers are no zeros."""
    rows = np.flatnonzero((kinds == JsonKind.INT) | (kinds == JsonKind.FLOAT))
    numbers = np.full(len(kinds), np.nan)
    values = np.ones(len(rows))
    if not _core.parse_numbers(places.take(rows).rows(), values):
        values = np.array([float(bytes(places.text(i))) for i in rows.tolist()])
    numbers[rows] = values
    return numbers


def _asked(table: Table, by: Callable[[dict[str, Any]], Any]) -> Numbers:
    """What a callable says of each row; what is false is alone."""
    numbers: dict[Any, int] = {}
    keys = [by(row) for row in table]
    return np.array(
        [ALONE if not key else numbers.setdefault(key, len(numbers)) for key in keys],
        dtype=np.int64,
    )


def _given(by: ArrayLike, n: int) -> Numbers:
    """One number a row; 0 is alone."""
    array = np.asarray(by)
    if array.shape != (n,) or (array.dtype.kind not in "iu" and n > 0):
        raise ValueError(
            f"by is an array of {array.dtype} of shape {array.shape}, expected {n} integers"
        )
    _, numbers = np.unique(array, return_inverse=True)
    return np.where(array == 0, ALONE, numbers.astype(np.int64))

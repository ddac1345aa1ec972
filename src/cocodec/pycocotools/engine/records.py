"""Records as dicts: what they lack is named, and many of them are made without the collector."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import cocodec._core as _core
from cocodec.errors import DocumentError

__all__ = [
    "SECTIONS",
    "MissingKeyError",
    "collector_off",
    "images_and_categories",
    "index_by",
    "list_keyed",
    "require_key",
    "require_lists",
    "rows_of",
    "value_of",
]

Row = dict[str, Any]

SECTIONS = ("images", "categories", "annotations")
_MANY = 10_000  # new containers that make a difference


class MissingKeyError(DocumentError, KeyError):
    """A record lacks what the COCO API cannot do without; the reference raises a KeyError."""

    __str__ = Exception.__str__  # KeyError would show the message in quotes


def require_key(records: Iterable[Row], section: str, key: str) -> None:
    """Say which record has no `key`; nothing if all have."""
    for row, record in enumerate(records):
        if key not in record:
            shown = f" (id {record['id']!r})" if "id" in record else ""
            raise MissingKeyError(f"{section}[{row}]{shown} has no {key!r}")


def list_keyed(dataset: dict[str, Any]) -> None:
    """Make lists of sections that are objects with their rows by id (LIVECell has such), in place.

    Raises
    ------
    DocumentError
        If what such an object holds are no rows with ids.
    """
    for section in SECTIONS:
        rows = dataset.get(section)
        if type(rows) is dict and all(type(row) is dict and "id" in row for row in rows.values()):
            dataset[section] = list(rows.values())
    require_lists(dataset)


def rows_of(dataset: Any, section: str) -> Any:
    """The rows of a section; none where the data set lacks it, even if it is no dict at all."""
    if section not in dataset:
        return ()
    return dataset[section]


def require_lists(dataset: Any) -> None:
    """Say which section is an object and no list; nothing if none is."""
    for section in SECTIONS:
        if isinstance(rows_of(dataset, section), dict):
            raise DocumentError(
                f'{section!r} is an object, expected a list of rows: [{{"id": ...}}, ...]'
            )


def images_and_categories(results: list[Row]) -> tuple[list[Any], list[Any]]:
    """The ids that results have; None for a category that is missing.

    Raises
    ------
    MissingKeyError
        If one names no image; says which.
    """
    fields = [("image_id", "object"), ("category_id", "object", None)]
    try:
        images, categories = _core.read_rows(results, fields)
    except (KeyError, TypeError):
        require_key(results, "results", "image_id")
        return [result["image_id"] for result in results], [None] * len(results)
    return images, categories


def value_of(record: Row, key: str, kind: str = "annotation") -> Any:
    """One value of a record; an error that says which record lacks it."""
    try:
        return record[key]
    except KeyError:
        raise MissingKeyError(f"{kind} {record.get('id')!r} has no {key!r}") from None


def index_by(records: Iterable[Row], section: str, key: str = "id") -> dict[Any, Row]:
    """Map each record's `key` to the record; of repeated ones the last counts."""
    try:
        return {record[key]: record for record in records}
    except KeyError:
        require_key(records, section, key)
        raise


@contextmanager
def collector_off() -> Iterator[None]:
    """Hold the garbage collector off, which would walk all that is being built again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if gc.get_count()[0] > _MANY:
                _age()
            gc.enable()


def _age() -> None:
    """Make all objects old: otherwise the collector's first act is to walk all that was built.

    What a program has frozen stays frozen; then nothing is done.
    """
    if gc.get_freeze_count() == 0:
        gc.freeze()
        gc.unfreeze()

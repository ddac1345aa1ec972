"""What a COCO file is: slow, simple, from the pairs of its objects, which may come twice."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

TABLES = ("images", "annotations", "categories", "licenses")
ROW_KEYS = {"image_id", "segmentation", "bbox", "keypoints", "caption"}


class RefusedError(ValueError):
    """It is none."""


class Pairs(list[tuple[str, Any]]):
    """An object, as it is written."""


class Judged(NamedTuple):
    """What a file is: its layout, and of each part what it is and the rows of its tables."""

    layout: str
    parts: list[tuple[str, dict[str, list[Any]]]]


def judge(data: bytes) -> Judged:
    """Say what a file is.

    Raises
    ------
    RefusedError
        If it is no COCO file.
    """
    roots = _values(data.decode().removeprefix("\ufeff"))
    first = roots[0]
    if isinstance(first, Pairs) and len(roots) > 1 and isinstance(roots[1], Pairs):
        return _rows_or_documents("lines", roots)
    if len(roots) > 1:
        raise RefusedError("trailing characters")
    if isinstance(first, Pairs):
        return Judged("single", [_object(first)])
    if isinstance(first, list):
        return _rows_or_documents("list", first)
    raise RefusedError("no object and no list")


def _values(text: str) -> list[Any]:
    decoder = json.JSONDecoder(object_pairs_hook=Pairs, parse_constant=_refuse)
    found, at = list[Any](), 0
    while (at := _behind_space(text, at)) < len(text) or not found:
        try:
            value, at = decoder.raw_decode(text, at)
        except ValueError as error:
            raise RefusedError(str(error)) from None
        found.append(value)
    return found


def _behind_space(text: str, at: int) -> int:
    match = re.compile(r"[ \t\r\n]*").match(text, at)
    assert match is not None
    return match.end()


def _refuse(text: str) -> Any:
    raise RefusedError(text)


def _rows_or_documents(layout: str, values: list[Any]) -> Judged:
    """Tell by the first which they are."""
    of_rows = "lines" if layout == "lines" else "single"
    if not values:
        return Judged(of_rows, [("results", {"annotations": []})])
    if not isinstance(values[0], Pairs):
        raise RefusedError("a list of no objects")
    keys = {key for key, _ in values[0]}
    if keys & {"annotations", "images"}:
        return Judged(layout, [_object(value) for value in values])
    if keys & ROW_KEYS:
        return Judged(of_rows, [("results", {"annotations": values})])
    raise RefusedError("a list of other objects")


def _object(value: Any) -> tuple[str, dict[str, list[Any]]]:
    if not isinstance(value, Pairs):
        raise RefusedError("a document that is no object")
    keys = [key for key, _ in value]
    if not {"annotations", "images"} & {*keys}:
        if "segmentation" in keys:
            return "annotation", {"annotations": [value]}
        raise RefusedError("an object of other keys")
    if any(keys.count(key) > 1 for key in (*TABLES, "image")):
        raise RefusedError("a table comes twice")
    members, tables = dict(value), dict[str, list[Any]]()
    for key in TABLES:
        rows = members.get(key)
        if isinstance(rows, Pairs) and key != "licenses":  # rows by their ids
            tables[key] = [row for _, row in rows]
            if not all(isinstance(row, Pairs) and "id" in dict(row) for row in tables[key]):
                raise RefusedError("an object of what is no row with an id")
        elif isinstance(rows, list) and not isinstance(rows, Pairs):
            tables[key] = rows
        elif rows is not None and key != "licenses":
            raise RefusedError("a table is no list")
    if "images" not in members and isinstance(members.get("image"), Pairs):
        tables["images"] = [members["image"]]
    return "document", tables

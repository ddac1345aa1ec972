"""Whether a file keeps its dialect's rules whole, so that it can be handed on as it is.

Habits tell a dialect; that a file shows some does not mean that its tool reads it. What breaks a
rule is named, and the file is written anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from cocodec.dialects.common_form import PlainPart, Row
from cocodec.dialects.kept_rings import are_kept, is_kept
from cocodec.dialects.reading import task_and_subset
from cocodec.dialects.rows import kind_of_row, numbers
from cocodec.dialects.shapes import size_of

__all__ = ["broken_rule"]


def broken_rule(parts: Iterable[PlainPart], to: str) -> str | None:
    """Say where a file first breaks the rules of the dialect `to`; None where it keeps them."""
    name = to.removesuffix("-list")
    for part in parts:
        if name == "cvat" and part.task is None and task_and_subset(part.name)[0] is None:
            return f"{part.name}: the name says no task"
        for i, image in enumerate(part.rows("images")):
            why = _wrong_image(image, name)
            if why is not None:
                return f"{part.place('images', i)}: {why}"
        for i, row in enumerate(part.rows("annotations")):
            if name != "cvat" and kind_of_row(row) not in ("instance", "answer"):
                return f"{part.place('annotations', i)}: no object"
            why = _RULES[name](row)
            if why is not None:
                return f"{part.place('annotations', i)}: {why}"
    return None


def _wrong_image(image: Row, name: str) -> str | None:
    if None in size_of(image):
        return "no height and width"
    if not isinstance(image.get("file_name"), str) or not image["file_name"]:
        return "no file_name"
    return None if name == "trainingdata" else _wrong_ids(image, ("id",))


def _wrong_ids(row: Row, keys: Iterable[str]) -> str | None:
    for key in keys:
        if not isinstance(row.get(key), int) or isinstance(row[key], bool):
            return f"{key} is {row.get(key)!r}, no integer"
    return None


def _are_rings(value: Any) -> bool:
    return are_kept(value) or (
        isinstance(value, list) and all(numbers(ring) is not None for ring in value)
    )


def _cvat(row: Row) -> str | None:
    kind = kind_of_row(row)
    if kind == "panoptic":
        return None
    why = _wrong_ids(row, ("id", "image_id", "category_id"))
    if why is not None or kind != "instance":
        return why
    value = row.get("segmentation")
    if not (_are_rings(value) or isinstance(value, dict)):
        return "segmentation is no list of rings and no RLE"
    if numbers(row.get("bbox"), 4) is None or "iscrowd" not in row:
        return "bbox or iscrowd is missing"
    attributes = row.get("attributes", {})
    if not isinstance(attributes, dict) or {"score", "is_crowd"} & attributes.keys():
        return "attributes are no object, or say what is the annotation's"
    return None


def _encord(row: Row) -> str | None:
    why = _wrong_ids(row, ("id", "image_id", "category_id", "iscrowd"))
    if why is not None:
        return why
    value = row.get("segmentation")
    if not (_are_rings(value) or isinstance(value, dict)):
        return "segmentation is no list of rings and no RLE"
    if not isinstance(row.get("attributes"), dict):
        return "attributes are no object"
    return "bbox is missing" if numbers(row.get("bbox"), 4) is None else None


def _hasty(row: Row) -> str | None:
    value = row.get("segmentation")
    if not isinstance(value, dict) or not isinstance(value.get("counts"), str):
        return "segmentation is no compressed RLE"
    return _wrong_ids(row, ("image_id", "category_id"))


def _trainingdata(row: Row) -> str | None:
    if kind_of_row(row) == "answer":
        return None
    value = row.get("segmentation")
    if not is_kept(value) and numbers(value) is None:
        return "segmentation is no flat ring"
    return None if isinstance(row.get("category_id"), str) else "category_id is no name"


_RULES: dict[str, Callable[[Row], str | None]] = {
    "cvat": _cvat,
    "encord": _encord,
    "hasty": _hasty,
    "trainingdata": _trainingdata,
}

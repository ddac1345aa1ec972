"""Whether a file keeps its dialect's rules whole, so that it can be handed on as it is.

Habits tell a dialect; that a file shows some does not mean that its tool reads it. What breaks a
rule is named, and the file is written anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from cocodec.dialects.common_form import PlainPart, Row
from cocodec.dialects.kept_rings import are_kept, is_kept
from cocodec.dialects.measures import is_number
from cocodec.dialects.reading import task_and_subset
from cocodec.dialects.rows import has_box, kind_of_row, numbers
from cocodec.dialects.shapes import size_of
from cocodec.dialects.tools.cvat_names import item_name, leads_elsewhere
from cocodec.dialects.tools.cvat_values import is_seen
from cocodec.dialects.tools.encord import SHAPES

__all__ = ["broken_rule"]

_LARGEST_ID = 1 << 63  # from here on an id is no integer to datumaro
_RING = 6  # numbers of a ring that covers something


def broken_rule(parts: Iterable[PlainPart], to: str, members: Iterable[str] = ()) -> str | None:
    """Say where a file first breaks the rules of the dialect `to`; None where it keeps them.

    `members`: what a zip has.
    """
    parts, members = [*parts], [*members]
    if to == "cvat" and (why := _wrong_folders(parts, members)) is not None:
        return why
    name = to.removesuffix("-list")
    for part in parts:
        shapes = {_id(row): row.get("supercategory") for row in part.rows("categories")}
        sizes = {_id(row): size_of(row) for row in part.rows("images")}
        if name == "cvat" and part.task is None and task_and_subset(part.name)[0] is None:
            return f"{part.name}: the name says no task"
        if name == "cvat" and (why := _wrong_names(part)) is not None:
            return f"{part.name}: {why}"
        if name == "encord" and (why := _wrong_root(part)) is not None:
            return why if part.name is None else f"{part.name}: {why}"
        for i, image in enumerate(part.rows("images")):
            why = _wrong_image(image, name)
            if why is not None:
                return f"{part.place('images', i)}: {why}"
        for i, row in enumerate(part.rows("annotations")):
            if name != "cvat" and kind_of_row(row) not in ("instance", "answer"):
                return f"{part.place('annotations', i)}: no object"
            why = _RULES[name](row)
            if why is None and name == "encord":
                why = _wrong_shape(row, shapes.get(row["category_id"]))
            if why is None:
                why = _wrong_size(row, sizes.get(row.get("image_id")))
            if why is not None:
                return f"{part.place('annotations', i)}: {why}"
    return None


def _wrong_folders(parts: Iterable[PlainPart], members: Iterable[str]) -> str | None:
    """Datumaro takes no archive without a folder for images beside that of the annotations."""
    folders = dict.fromkeys(str(part.name).rpartition("annotations/")[0] for part in parts)
    for folder in folders:
        if not any(name.startswith(f"{folder}images/") for name in members):
            return f"there is no folder {folder}images"
    return None


def _wrong_root(part: PlainPart) -> str | None:
    """An official file with habits of Encord's is known by what these have not."""
    if "licenses" in part.tables:
        return "it lists licenses, as no file of Encord's does"
    for row in part.rows("categories"):
        if row.get("supercategory") not in SHAPES:
            return f"the supercategory {row.get('supercategory')!r} is no shape"
    return None


def _id(row: Row) -> Any:
    """An id as a key; None for what is none."""
    return row["id"] if isinstance(row.get("id"), (int, str)) else None


def _wrong_names(part: PlainPart) -> str | None:
    """Datumaro tells labels apart by name, and images by name without the ending."""
    names = [str(row.get("name")) for row in part.rows("categories")]
    if len(set(names)) < len(names) or "" in names:
        return "two categories have one name, or one has none"
    files = [str(row.get("file_name")) for row in part.rows("images")]
    unsafe = next(filter(leads_elsewhere, files), None)
    if unsafe is not None:
        return f"the file_name {unsafe!r} leads elsewhere"
    items = set(map(item_name, files))
    return "two images have one name" if len(items) < len(files) else None


def _wrong_size(row: Row, size: Any) -> str | None:
    """No tool takes an RLE of another size than its image."""
    value = row.get("segmentation")
    if not isinstance(value, dict) or size is None or value.get("size") == [*size]:
        return None
    return "its RLE is of another size than its image"


def _wrong_image(image: Row, name: str) -> str | None:
    size = size_of(image)
    if None in size or (name == "encord" and 0 in size):
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
    if why is None and not 0 < row["id"] < _LARGEST_ID:
        why = f"id is {row['id']}, which datumaro takes for none"
    why = why or _wrong_values(row, kind)
    if why is not None or kind != "instance":
        return why
    value = row.get("segmentation")
    if not (_are_rings(value) or isinstance(value, dict)):
        return "segmentation is no list of rings and no RLE"
    if not has_box(row) or "iscrowd" not in row:
        return "bbox or iscrowd is missing"
    attributes = row.get("attributes", {})
    if not isinstance(attributes, dict) or {"score", "is_crowd"} & attributes.keys():
        return "attributes are no object, or say what is the annotation's"
    return None


def _wrong_values(row: Row, kind: str) -> str | None:
    """Scores are numbers to datumaro, captions texts, and keypoints are hidden, covered or seen."""
    if "score" in row and not is_number(row["score"]):
        return "score is no number"
    if kind == "caption" and not isinstance(row.get("caption"), str):
        return "caption is no text"
    points = row.get("keypoints")
    listed = isinstance(points, list) and len(points) % 3 == 0
    if points and not (listed and all(map(is_seen, points[2::3]))):
        return "keypoints are no list of x, y and 0, 1 or 2"
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
    if not has_box(row) or not is_number(row.get("area")):
        return "bbox or area is missing"
    return None


def _wrong_shape(row: Row, shape: Any) -> str | None:
    """Encord's importer takes RLE alone for a bitmask, and rings of three points for a polygon."""
    value = row["segmentation"]
    if isinstance(value, dict):
        return None
    if shape == "bitmask":
        return "its category is a bitmask, and its segmentation is no RLE"
    if are_kept(value) or row.get("keypoints"):
        return None
    if (shape == "polygon" and not value) or any(
        len(ring) < _RING or len(ring) % 2 for ring in value
    ):
        return "its segmentation has a ring of fewer than three points, or none"
    return None


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

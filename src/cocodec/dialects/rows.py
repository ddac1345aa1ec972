"""One annotation row: what kind it is, whether it is a crowd, where its attributes lie."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from cocodec.dialects.common_form import Row
from cocodec.documents.crowds import Crowd
from cocodec.documents.crowds import crowd_of as crowd_value

__all__ = [
    "KNOWN",
    "attribute_of",
    "box_of",
    "crowd_flag",
    "crowd_of",
    "has_box",
    "is_plain",
    "kind_of_row",
    "lift",
    "lower",
    "numbers",
    "rows_of",
]

# What the official format knows of an annotation, and what all dialects treat alike.
KNOWN = (
    *("id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd"),
    *("keypoints", "num_keypoints", "caption", "score", "attributes", "segments_info"),
)

_NUMBERS = {int, float}
_BOX, _TURNED_BOX = 4, 5  # numbers of a box, and of one with an angle
_OFFICIAL = {"id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd"}

RowKind = Literal["instance", "caption", "panoptic", "label", "answer"]


def kind_of_row(row: Row) -> RowKind:
    """Tell an object from a caption, a panoptic image, a label, and an answer about an image.

    An answer is what TrainingData writes of a whole image: a value and a name, and no shape.
    """
    if row.get("segmentation") is not None:
        return "instance"
    if isinstance(row.get("segments_info"), list) and "segmentation" not in row:
        return "panoptic"
    if row.get("bbox") is not None or row.get("keypoints") is not None:
        return "instance"
    if "caption" in row:
        return "caption"
    if "segmentation" in row or "area" in row:
        return "instance"
    if "value" in row and "name" in row and "category_id" not in row:
        return "answer"
    return "label"


def is_plain(row: Row) -> bool:
    """Whether a row has the keys of an official object, no others, and flags and box as these have.

    Such a row is in the common form if its segmentation is.
    """
    if row.keys() != _OFFICIAL:
        return False
    crowd = row["iscrowd"]
    return type(crowd) is int and 0 <= crowd <= 1 and has_box(row)


def crowd_of(row: Row, source: str) -> int | None:
    """Read `iscrowd` however it is spelled; None if it is no 0 or 1 by any name.

    Parameters
    ----------
    row : dict
    source : {"field", "rle", "attribute", "0"} or "attribute:NAME"
        Where to look: in `iscrowd`, or else `is_crowd` of the row or of its attributes; whether
        the segmentation is RLE; in the attributes alone; or in another key of the row or of its
        attributes. "0": nowhere, nothing is a crowd.
    """
    if source == "0":
        return 0
    if source.startswith("attribute:"):
        name = source.partition(":")[2]
        return crowd_flag(row[name] if name in row else attribute_of(row, name))
    value = row.get("iscrowd")
    if source == "field" and type(value) is int and 0 <= value <= 1:
        return value
    if source == "rle":
        return int(isinstance(row.get("segmentation"), dict))
    attributes = row.get("attributes")
    attribute = attributes.get("is_crowd") if isinstance(attributes, dict) else None
    if source == "attribute":
        return crowd_flag(attribute)
    for said in (value, row.get("is_crowd"), attribute):
        if said is not None:
            return crowd_flag(said)
    return 0


def attribute_of(row: Row, name: str) -> Any:
    """An attribute; None where there is none."""
    attributes = row.get("attributes")
    return attributes.get(name) if isinstance(attributes, dict) else None


def crowd_flag(value: Any) -> int | None:
    """0 or 1 of a flag however it is spelled; None if it is neither."""
    crowd = crowd_value(value)
    return None if crowd == Crowd.UNCLEAR else int(crowd)


def has_box(row: Row) -> bool:
    """Whether a row's bbox is four numbers, decoded or not."""
    box = row.get("bbox")
    return type(box) is bytes or numbers(box, _BOX) is not None


def box_of(row: Row) -> list[float] | None:
    """The bbox of a row, if it is four numbers, or five with an angle; decoded from here on."""
    box = row.get("bbox")
    if type(box) is bytes:
        row["bbox"] = box = msgspec.json.decode(box)
    box = numbers(box)
    return box if box is not None and len(box) in (_BOX, _TURNED_BOX) else None


def lift(row: Row) -> list[str]:
    """Move attributes to the row's own keys; returns those that were taken and stay below."""
    attributes = row.get("attributes")
    if not isinstance(attributes, dict):
        return []
    taken = {key: value for key, value in attributes.items() if key in row or key in KNOWN}
    row.update((key, value) for key, value in attributes.items() if key not in taken)
    if taken:
        row["attributes"] = taken
    else:
        del row["attributes"]
    return list(taken)


def lower(row: Row) -> None:
    """Move keys that the official format does not know into the attributes."""
    extra = {key: value for key, value in row.items() if key not in KNOWN}
    own = row.get("attributes")
    if not extra or not (own is None or isinstance(own, dict)):
        return
    for key in extra:
        del row[key]
    row["attributes"] = {**extra, **(own or {})}


def numbers(value: Any, count: int | None = None) -> list[float] | None:
    """Return a list of numbers as it is (of `count`, if that is said); None for anything else."""
    if not isinstance(value, list) or (count is not None and len(value) != count):
        return None
    return value if set(map(type, value)) <= _NUMBERS else None


def rows_of(value: Any) -> list[Row]:
    """The objects of a list; none of what is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []

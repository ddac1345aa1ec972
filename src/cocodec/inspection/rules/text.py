"""Rules about the text of the file: what parsers pass over in silence."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from cocodec.documents.json_text import BOM
from cocodec.inspection.batches import Inspection
from cocodec.inspection.oddities import repeated_keys
from cocodec.inspection.rule import Hit, Rule

__all__ = ["RULES"]


def _whole(message: str) -> Hit:
    return Hit(message, np.zeros(0, np.int64), None, "root")


def find_repeated_keys(inspection: Inspection) -> Iterable[Hit]:
    """A key comes once in an object."""
    for text in inspection.document._file.texts():
        yield from map(_whole, repeated_keys(text))


def find_marks(inspection: Inspection) -> Iterable[Hit]:
    """JSON has no byte order mark."""
    for text in inspection.document._file.texts():
        if text.source[: len(BOM)] == BOM:
            name = text.parts[0].name if text.parts else None
            prefix = f"{name}: " if name else ""
            yield _whole(f"{prefix}the file starts with a byte order mark")


def find_left_alone(inspection: Inspection) -> Iterable[Hit]:
    """What is JSON in a zip is COCO."""
    for name, why in inspection.document._file.left_alone.items():
        yield _whole(f"{name} was left alone: {why}")


RULES = (
    Rule(
        "key-repeated",
        "warning",
        "A key comes once in an object: the last value counts, and others are lost.",
        '{"id": 1, "id": 2}',
        document=find_repeated_keys,
    ),
    Rule(
        "text-mark",
        "note",
        "JSON starts without a byte order mark, which some parsers refuse.",
        "EF BB BF at the start",
        document=find_marks,
    ),
    Rule(
        "zip-left-alone",
        "note",
        "What is JSON in a zip is COCO.",
        "settings.json beside annotations/instances.json",
        document=find_left_alone,
    ),
)

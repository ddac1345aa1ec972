"""Document: what a COCO file says. Being written."""

from __future__ import annotations

from dataclasses import dataclass

from cocodec import _core
from cocodec.raw import NO_SPANS, Source, Spans, read_raw


@dataclass(frozen=True)
class RawDocument:
    """The only part of a file."""

    source: bytes
    root: str
    annotations: Spans
    images: Spans
    categories: int | None
    has_images: bool

    def records(self) -> _core.Records:
        """Return what reads the annotations."""
        return _core.Records(self.source, self.images)


def read_document(source: Source) -> RawDocument:
    """Read a file of one part."""
    file = read_raw(source)
    (part,) = file.parts
    categories = part.tables.get("categories")
    return RawDocument(
        file.source,
        part.root,
        part.table("annotations"),
        part.tables.get("images", NO_SPANS),
        None if categories is None else len(categories),
        "images" in part.tables,
    )

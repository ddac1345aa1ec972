"""What is in a document: counts of its images, categories and annotations."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cocodec.raw import RawFile, Source, read_raw

__all__ = ["DocumentInfo", "describe"]

# As cocodec::SegmentationKind has them, in its order.
KINDS = (
    "missing",
    "null",
    "empty",
    "empty rings",
    "points",
    "polygons",
    "flat ring",
    "box",
    "rle string",
    "rle list",
    "bad",
)


@dataclass(frozen=True)
class DocumentInfo:
    """What is in a document.

    Attributes
    ----------
    root : str
        ``"document"``, ``"documents"`` (a list of them), ``"results"`` or ``"annotation"``.
    size : int
        Bytes.
    images, categories : int or None
        How many; None where the file does not list them.
    annotations : int
    segmentations : dict of str to int
        How many annotations there are of each kind of segmentation; kinds that occur.
    crowds : int
        Annotations with ``iscrowd`` 1 or true.
    without_image : int or None
        Annotations whose image is not listed; None where no images are.
    image_sizes : dict or None
        ``distinct``, and the ``smallest`` and ``largest`` [height, width] by area; None without
        images that have a size.
    """

    root: str
    size: int
    images: int | None
    categories: int | None
    annotations: int
    segmentations: dict[str, int]
    crowds: int
    without_image: int | None
    image_sizes: dict[str, Any] | None

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain objects, ready for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        rows: list[tuple[str, object]] = [
            ("file", f"{_ROOTS[self.root]}, {self.size:,} bytes"),
            ("images", _or_dash(self.images)),
            ("image sizes", _sizes_text(self.image_sizes)),
            ("categories", _or_dash(self.categories)),
            ("annotations", f"{self.annotations:,}"),
            *((f"  {kind}", f"{n:,}") for kind, n in self.segmentations.items()),
            ("crowds", f"{self.crowds:,}"),
            ("without an image", _or_dash(self.without_image)),
        ]
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)


_ROOTS = {
    "document": "COCO document",
    "documents": "list of COCO documents",
    "results": "list of results",
    "annotation": "single annotation",
}


def describe(source: Source, *, threads: int = 0) -> DocumentInfo:
    """Count what is in a COCO document, a list of results or a single annotation.

    Raises
    ------
    DocumentError
        If it is none of these.
    OSError
        If it cannot be read.
    """
    file = read_raw(source)
    readers = [part.records() for part in file.parts]
    columns = [
        reader.classify(part.table("annotations"), threads)
        for part, reader in zip(file.parts, readers, strict=True)
    ]
    kinds, crowds, has_image = map(np.concatenate, zip(*columns, strict=True))
    counts = np.bincount(kinds, minlength=len(KINDS))
    images = _rows(file, "images")
    return DocumentInfo(
        root="documents" if file.layout == "list" else file.parts[0].root,
        size=len(file.source),
        images=images,
        categories=_rows(file, "categories"),
        annotations=len(kinds),
        segmentations={kind: int(n) for kind, n in zip(KINDS, counts, strict=True) if n},
        crowds=int(np.count_nonzero(crowds)),
        without_image=int(np.count_nonzero(has_image == 0)) if images is not None else None,
        image_sizes=_image_sizes(np.concatenate([reader.image_sizes for reader in readers])),
    )


def _rows(file: RawFile, table: str) -> int | None:
    """How many rows the parts list; None if no part has such a list."""
    lists = [part.tables[table] for part in file.parts if table in part.tables]
    return sum(map(len, lists)) if lists else None


def _image_sizes(sizes: np.ndarray[Any, np.dtype[np.int64]]) -> dict[str, Any] | None:
    if len(sizes) == 0:
        return None
    distinct = np.unique(sizes, axis=0)
    # Python's own integers: sides go up to 2**32 - 1, and so does their product beyond 64 bits.
    ordered = sorted(distinct.tolist(), key=lambda side: (side[0] * side[1], side))
    return {"distinct": len(ordered), "smallest": ordered[0], "largest": ordered[-1]}


def _sizes_text(sizes: dict[str, Any] | None) -> str:
    if sizes is None:
        return "-"
    smallest, largest = (" x ".join(map(str, sizes[k])) for k in ("smallest", "largest"))
    if sizes["distinct"] == 1:
        return f"{smallest} (height x width)"
    return f"{sizes['distinct']:,}, from {smallest} to {largest} (height x width)"


def _or_dash(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"

"""What is in a file: counts of its images, categories and annotations, and what is odd in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.dialects import sniff
from cocodec.documents.crowds import Crowd
from cocodec.documents.document import Document
from cocodec.documents.mask_fits import PANOPTIC, classified_misfits, describe_misfits
from cocodec.documents.parts import Part, RawFile, Source, read_raw
from cocodec.inspection.oddities import bad_notes, crowd_notes, notes_on
from cocodec.masks.segmentation_values import SegmentationKind

__all__ = ["DocumentInfo", "PartInfo", "describe", "table_of"]

KINDS = [kind.name.lower().replace("_", " ") for kind in SegmentationKind]


_SHOWN = 20  # parts and notes that the table for people spells out


@dataclass(frozen=True)
class PartInfo:
    """What is in one of the documents of a file.

    Attributes
    ----------
    name : str
        The member of a zip that it is, or its number.
    root : str
        ``"document"``, ``"results"`` or ``"annotation"``.
    images, categories : int or None
        How many; None where the part does not list them.
    annotations : int
    segmentations : dict of str to int
        How many annotations there are of each kind of segmentation; kinds that occur.
    """

    name: str
    root: str
    images: int | None
    categories: int | None
    annotations: int
    segmentations: dict[str, int]

    def __str__(self) -> str:
        kinds = ", ".join(f"{n:,} {kind}" for kind, n in self.segmentations.items())
        counted = [("image", self.images), ("annotation", self.annotations)]
        shown = ", ".join(f"{n:,} {what}{'s' * (n != 1)}" for what, n in counted if n is not None)
        return f"{shown} ({kinds})" if kinds else shown


@dataclass(frozen=True)
class DocumentInfo:
    """What is in a file; counts are those of all its parts together.

    Attributes
    ----------
    dialect : dict of str to str
        The ``name`` of the dialect that it is written in, and the ``reason`` to think so.
    layout : str
        ``"single"``; ``"list"``: a JSON list of documents; ``"lines"``: one JSON value after the
        other; ``"zip"``.
    root : str
        ``"document"``, ``"documents"`` (several), ``"results"`` or ``"annotation"``.
    size : int
        Bytes.
    images, categories : int or None
        How many; None where the file does not list them.
    annotations : int
    segmentations : dict of str to int
        How many annotations there are of each kind of segmentation; kinds that occur.
    crowds : int
        Annotations whose ``iscrowd`` says yes: 1, true, "1" or "true".
    without_image : int or None
        Annotations whose image is not listed; None where no images are.
    image_sizes : dict or None
        ``distinct``, and the ``smallest`` and ``largest`` [height, width] by area; None without
        images that have a size.
    parts : list of PartInfo
        Each document of a file that may hold several.
    notes : list of str
        What is odd: ids and keys that come twice, references to nothing, a byte order mark, files
        in a zip that were left alone, segmentations that cannot be read, masks that lie far from
        their own bbox or area.
    broken : int
        Members of a zip that cannot be read; the notes name them.
    """

    dialect: dict[str, str]
    layout: str
    root: str
    size: int
    images: int | None
    categories: int | None
    annotations: int
    segmentations: dict[str, int]
    crowds: int
    without_image: int | None
    image_sizes: dict[str, Any] | None
    parts: list[PartInfo]
    notes: list[str]
    broken: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain objects, ready for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        rows: list[tuple[str, object]] = [
            ("file", f"{self.what}, {self.size:,} bytes"),
            ("dialect", f"{self.dialect['name']} ({self.dialect['reason']})"),
            ("images", _or_dash(self.images)),
            ("image sizes", _sizes_text(self.image_sizes)),
            ("categories", _or_dash(self.categories)),
            ("annotations", f"{self.annotations:,}"),
            *((f"  {kind}", f"{n:,}") for kind, n in self.segmentations.items()),
            ("crowds", f"{self.crowds:,}"),
            ("without an image", _or_dash(self.without_image)),
        ]
        parts = [f"{part.name}: {part}" for part in self.parts]
        text = table_of(rows, [("parts", parts), ("notes", self.notes)])
        return f"{text}\ncocodec check says more" if self.is_off else text

    @property
    def bad(self) -> int:
        """How many segmentations, and members of a zip, cannot be read."""
        return self.segmentations.get("bad", 0) + self.broken

    @property
    def is_off(self) -> bool:
        """Whether anything looks wrong, so that `cocodec check` has more to say."""
        return bool(self.notes or self.without_image or self.bad)

    @property
    def what(self) -> str:
        """What the file is, in few words."""
        if self.layout == "zip":
            return f"zip of {len(self.parts):,} COCO file{'s' * (len(self.parts) != 1)}"
        if self.layout == "lines":
            return f"{_ROOTS[self.root]}, one a line"
        return _ROOTS[self.root]


def table_of(rows: Sequence[tuple[str, object]], lists: Sequence[tuple[str, list[str]]]) -> str:
    """Spell a table for people: names and values, then lists below their titles, not too long."""
    width = max(len(name) for name, _ in rows)
    lines = [f"{name:<{width}}  {value}" for name, value in rows]
    for title, items in lists:
        lines += _some(title, items)
    return "\n".join(lines)


_ROOTS = {
    "document": "COCO document",
    "documents": "list of COCO documents",
    "results": "list of results",
    "annotation": "single annotation",
}


def describe(source: Source, *, threads: int = 0, unzip_limit: int | None = None) -> DocumentInfo:
    """Count what is in a COCO file: a document, a list of them, results, or a zip of these.

    Raises
    ------
    DocumentError
        If it is none of these.
    OSError
        If it cannot be read.
    """
    file = read_raw(source, unzip_limit=unzip_limit, skip_broken=True)
    readers = [part.records() for part in file.parts]
    columns = [
        reader.classify(part.table("annotations"), threads)
        for part, reader in zip(file.parts, readers, strict=True)
    ]
    kinds, crowds, _, _ = map(np.concatenate, zip(*columns, strict=True))
    has_image = np.concatenate(
        [_alone(part, column[2]) for part, column in zip(file.parts, columns, strict=True)]
    )
    images = _rows(file, "images")
    root = file.parts[0].root
    many = file.layout != "single" and root == "document"
    document = Document(file)
    dialect = sniff(document)
    misfits = classified_misfits(file, [column[3] for column in columns])
    bad = np.flatnonzero(kinds == SegmentationKind.BAD)
    return DocumentInfo(
        dialect={"name": dialect.name, "reason": dialect.reason},
        layout=file.layout,
        root="documents" if many else root,
        size=file.size,
        images=images,
        categories=_rows(file, "categories"),
        annotations=len(kinds),
        segmentations=_segmentations(kinds),
        crowds=int(np.count_nonzero(crowds == Crowd.YES)),
        without_image=int(np.count_nonzero(has_image == 0)) if images is not None else None,
        image_sizes=_image_sizes(np.concatenate([reader.image_sizes for reader in readers])),
        parts=_parts(file, [column[0] for column in columns]) if file.layout != "single" else [],
        notes=[
            *notes_on(file, document, usual=dialect.dialect.usual),
            *crowd_notes(file, document, np.flatnonzero(crowds == Crowd.UNCLEAR)),
            *bad_notes(document, bad),
            *describe_misfits(misfits),
            *_panoptic_notes(dialect.variant, kinds),
        ],
        broken=len(file.broken),
    )


def _panoptic_notes(variant: str, kinds: NDArray[np.uint8]) -> list[str]:
    if variant != "panoptic" or len(kinds) == 0:
        return []
    return [f"the document is panoptic: {PANOPTIC}"]


def _alone(part: Part, has_image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same, but that rows of a document with a single image (SA-1B) are in that one."""
    single = "images" in part.tables and "images" not in part.fields
    return np.ones_like(has_image) if single else has_image


def _parts(file: RawFile, kinds: list[NDArray[np.uint8]]) -> list[PartInfo]:
    return [
        PartInfo(
            label or "document 0",
            part.root,
            _rows_of(part, "images"),
            _rows_of(part, "categories"),
            len(part.table("annotations")),
            _segmentations(own),
        )
        for part, label, own in zip(file.parts, file.labels(), kinds, strict=True)
    ]


def _segmentations(kinds: NDArray[np.uint8]) -> dict[str, int]:
    counts = np.bincount(kinds, minlength=len(KINDS))
    return {kind: int(n) for kind, n in zip(KINDS, counts, strict=True) if n}


def _rows_of(part: Part, table: str) -> int | None:
    return len(part.tables[table]) if table in part.tables else None


def _rows(file: RawFile, table: str) -> int | None:
    """How many rows the parts list; None if no part has such a list."""
    lists = [n for part in file.parts if (n := _rows_of(part, table)) is not None]
    return sum(lists) if lists else None


def _some(title: str, lines: list[str]) -> list[str]:
    """Print lines below a title, not too many; nothing if there are none."""
    if not lines:
        return []
    shown = [title, *(f"  {line}" for line in lines[:_SHOWN])]
    if len(lines) > _SHOWN:
        shown.append(f"  ... and {len(lines) - _SHOWN:,} more")
    return shown


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

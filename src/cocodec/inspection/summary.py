"""What is in many files, as one table: how many of which dialect, their totals, what is odd."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from cocodec.errors import how_many
from cocodec.inspection.info import DocumentInfo, table_of

__all__ = ["FilesInfo", "summarise"]


@dataclass
class FilesInfo:
    """What is in many files together.

    Attributes
    ----------
    files : int
    size : int
        Bytes of all.
    kinds, dialects : dict of str to int
        How many files there are of each kind (documents, results, zips ...), of each dialect.
    images, categories, annotations, crowds, without_image : int
        Totals; a category that two files list counts twice.
    segmentations : dict of str to int
        How many annotations there are of each kind of segmentation.
    notes : list of (str, str)
        A file, and one sentence of what is odd in it.
    """

    files: int = 0
    size: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    dialects: dict[str, int] = field(default_factory=dict)
    images: int = 0
    categories: int = 0
    annotations: int = 0
    crowds: int = 0
    without_image: int = 0
    segmentations: dict[str, int] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def bad(self) -> int:
        """How many annotations have a segmentation that cannot be read."""
        return self.segmentations.get("bad", 0)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain objects, ready for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        odd = len({name for name, _ in self.notes})
        rows: list[tuple[str, str]] = [
            ("files", f"{self.files:,} ({_counted(self.kinds)}), {self.size:,} bytes"),
            ("dialects", _counted(self.dialects)),
            ("images", f"{self.images:,}"),
            ("categories", f"{self.categories:,}"),
            ("annotations", f"{self.annotations:,}"),
            *((f"  {kind}", f"{n:,}") for kind, n in self.segmentations.items()),
            ("crowds", f"{self.crowds:,}"),
            ("without an image", f"{self.without_image:,}"),
            ("with notes", how_many(odd, "file")),
        ]
        return table_of(rows, [("notes", [f"{name}: {note}" for name, note in self.notes])])


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{n:,} {name}" for name, n in counts.items()) or "-"


def summarise(found: Iterable[tuple[str, DocumentInfo]]) -> FilesInfo:
    """Sum up what is in many files.

    Parameters
    ----------
    found : iterable of (str, DocumentInfo)
        The name of each file, and what is in it.
    """
    out = FilesInfo()
    kinds: Counter[str] = Counter()
    dialects: Counter[str] = Counter()
    segmentations: Counter[str] = Counter()
    for name, info in found:
        out.files += 1
        out.size += info.size
        kinds["zip" if info.layout == "zip" else info.what] += 1
        dialects[info.dialect["name"]] += 1
        out.images += info.images or 0
        out.categories += info.categories or 0
        out.annotations += info.annotations
        out.crowds += info.crowds
        out.without_image += info.without_image or 0
        segmentations.update(info.segmentations)
        out.notes += [(name, note) for note in info.notes]
    out.kinds, out.dialects = dict(kinds.most_common()), dict(dialects.most_common())
    out.segmentations = dict(segmentations)
    return out

"""`stats`: what is in a document, category by category."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.document import Document
from cocodec.documents.json_values import JsonKind
from cocodec.errors import how_many
from cocodec.groups.keys import crowd_told
from cocodec.reshaping.measuring import SIZES, areas_of, sizes_of
from cocodec.reshaping.opening import Input, looked_at
from cocodec.reshaping.shapes import MASK, Shapes, read_shapes, rows_together, shared_within
from cocodec.signatures import names_arguments

__all__ = ["CategoryStats", "Stats", "stats"]

Groups: TypeAlias = list[tuple[str | None, NDArray[np.int64]]]  # names and rows


@dataclass
class CategoryStats:
    """The annotations of one category, or of all.

    Attributes
    ----------
    name : str or None
        None of annotations that name no category of the document.
    images : int
        With at least one of its annotations.
    annotations, crowds : int
    small, medium, large : int
        By the key ``area``, or else the pixels of the mask, or of the box: COCO's limits are 32 x
        32 and 96 x 96 pixels.
    masks : int
        Annotations with a mask.
    vertices : float or None
        Points of an annotation with rings, on average.
    runs : float or None
        Runs of a mask, on average.
    pixels : float or None
        Pixels of a mask, on average.
    overlapping : int
        Annotations that share a pixel with another of their image, of whichever category.
    """

    name: str | None
    images: int = 0
    annotations: int = 0
    crowds: int = 0
    small: int = 0
    medium: int = 0
    large: int = 0
    masks: int = 0
    vertices: float | None = None
    runs: float | None = None
    pixels: float | None = None
    overlapping: int = 0


@dataclass
class Stats:
    """What `stats` counts.

    Attributes
    ----------
    images, empty_images : int
        Images, and those without annotations.
    annotations : int
    categories : list of CategoryStats
        In the document's order; those of one name are one.
    total : CategoryStats
        All annotations.
    overlapping_pairs : int
        Pairs of annotations of an image that share pixels.
    shared_pixels : int
        Pixels that a pair shares, summed over all pairs.
    refused : int
        Annotations whose segmentation is wrong.

    Examples
    --------
    >>> cocodec.stats(document).annotations
    3
    """

    images: int
    empty_images: int
    annotations: int
    categories: list[CategoryStats]
    total: CategoryStats
    overlapping_pairs: int
    shared_pixels: int
    refused: int

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON has it.

        Examples
        --------
        >>> cocodec.stats(document).as_dict()['images']
        2
        """
        return asdict(self)

    def __str__(self) -> str:
        header = (
            *("category", "images", "annotations", "crowds", *SIZES),
            *("masks", "vertices", "runs", "pixels", "overlapping"),
        )
        rows = [_cells(one) for one in [*self.categories, self.total]]
        rows[-1][0] = "all"
        lines = _table([list(header), *rows])
        lines.insert(-1, "-" * len(lines[0]))
        empty = f", {self.empty_images:,} without annotations" if self.empty_images else ""
        lines.append("")
        lines.append(
            f"{how_many(self.images, 'image')}{empty}; vertices, runs and pixels are averages"
        )
        lines.append(
            f"{how_many(self.overlapping_pairs, 'pair overlaps', 'pairs overlap')}, by "
            f"{how_many(self.shared_pixels, 'pixel')} in all"
        )
        if self.refused:
            wrong = how_many(self.refused, "segmentation is", "segmentations are")
            lines.append(f"{wrong} wrong: see cocodec check")
        return "\n".join(lines)


@names_arguments
def stats(source: Input, *, threads: int = 0) -> Stats:
    """Count images, annotations and masks by category.

    Parameters
    ----------
    source : path, bytes, binary file or Document
    threads : int
        0 = as many as pay, 1 = none.

    Raises
    ------
    DocumentError
        If the file cannot be read. Segmentations that are wrong are counted.

    Examples
    --------
    >>> import cocodec
    >>> document = cocodec.Document.from_rows(
    ...     images=[{"id": 1}], categories=[{"id": 1, "name": "cat"}],
    ...     annotations=[{"id": 1, "image_id": 1, "category_id": 1, "area": 2000}],
    ... )
    >>> found = stats(document).categories[0]
    >>> found.name, found.annotations, found.medium
    ('cat', 1, 1)
    """
    document = looked_at(source)
    names, codes = _categories(document)
    image_rows = document.image_rows()
    looks = _Looks(document, image_rows, threads)
    columns = {
        "crowds": crowd_told(document.annotations, strict=False) == 1,
        "masks": looks.has_mask,
        "overlapping": looks.overlapping,
    }
    sizes = sizes_of(areas_of(document, threads=threads))
    columns |= {name: sizes == number for number, name in enumerate(SIZES)}
    averages = {
        "vertices": _vertices(document, threads),
        "runs": np.where(looks.has_mask, looks.runs, np.nan),
        "pixels": np.where(looks.has_mask, looks.pixels, np.nan),
    }
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(-1, len(names) + 1))
    groups: Groups = [(name, order[bounds[i + 1] : bounds[i + 2]]) for i, name in enumerate(names)]
    if bounds[1] > 0:
        groups.append((None, order[: bounds[1]]))
    keys = _image_keys(document, image_rows)
    *told, total = _told([*groups, (None, order)], columns, averages, keys)
    used = np.unique(image_rows[image_rows >= 0])
    return Stats(
        images=len(document.images),
        empty_images=len(document.images) - len(used),
        annotations=len(codes),
        categories=told,
        total=total,
        overlapping_pairs=looks.pairs,
        shared_pixels=looks.shared_pixels,
        refused=looks.refused,
    )


def _categories(document: Document) -> tuple[list[str | None], NDArray[np.int64]]:
    """Return the names, and the number of each annotation's; -1 for none."""
    rows = document.category_rows()
    column = document.categories.column("name", missing=None).tolist()
    ids = document.categories.column("id", missing=None).tolist()
    names: dict[str, int] = {}
    codes = [
        names.setdefault(name if isinstance(name, str) else f"id {id_}", len(names))
        for name, id_ in zip(column, ids, strict=True)
    ]
    if not codes:
        return [], np.full(len(rows), -1)
    return list(names), np.where(rows >= 0, np.array(codes, np.int64)[rows], -1)


def _image_keys(document: Document, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the image of each annotation; those that are not listed, by their ids."""
    keys = rows.copy()
    lost = np.flatnonzero(rows < 0)
    values = document.annotations.column("image_id", lost, missing=None).tolist()
    numbers: dict[str, int] = {}
    beyond = len(document.images)
    keys[lost] = [beyond + numbers.setdefault(repr(v), len(numbers)) for v in values]
    return keys


def _told(
    groups: Groups,
    columns: dict[str, NDArray[np.bool_]],
    averages: dict[str, NDArray[np.float64]],
    images: NDArray[np.int64],
) -> list[CategoryStats]:
    out = []
    for name, rows in groups:
        one = CategoryStats(name, len(np.unique(images[rows])), len(rows))
        for key, column in columns.items():
            setattr(one, key, int(column[rows].sum()))
        for key, values in averages.items():
            there = values[rows]
            there = there[~np.isnan(there)]
            setattr(one, key, float(there.mean()) if len(there) else None)
        out.append(one)
    return out


class _Looks:
    """What masks show, read image by image, so that few of them are held at once.

    Attributes
    ----------
    has_mask, overlapping : (n,) array of bool
        `overlapping`: that share pixels with another mask of their image.
    runs : (n,) array of int64
    pixels : (n,) array of float64
    pairs, shared_pixels : int
        Pairs of masks of one image that share pixels, and how many in all.
    refused : int
        Segmentations that are wrong.
    """

    def __init__(self, document: Document, images: NDArray[np.int64], threads: int) -> None:
        n = len(images)
        self.has_mask, self.overlapping = np.zeros(n, bool), np.zeros(n, bool)
        self.runs, self.pixels = np.zeros(n, np.int64), np.zeros(n)
        self.pairs = self.shared_pixels = self.refused = 0
        # Annotations without an image overlap nothing, and each may stand alone.
        cells = np.where(images >= 0, images, -1 - np.arange(n))
        for (rows,) in rows_together(cells):
            self._look(read_shapes(document, rows, threads=threads), rows, images[rows], threads)

    def _look(
        self, shapes: Shapes, rows: NDArray[np.int64], images: NDArray[np.int64], threads: int
    ) -> None:
        self.has_mask[rows] = shapes.kinds == MASK
        self.runs[rows] = np.diff(shapes.masks.offsets)
        self.pixels[rows] = shapes.masks.area()
        self.refused += shapes.refused
        masked = np.flatnonzero((shapes.kinds == MASK) & (images >= 0))
        both = masked, masked
        found = shared_within(shapes, shapes, (images, images), both, once=True, threads=threads)
        self.overlapping[rows[found.first]] = self.overlapping[rows[found.second]] = True
        self.pairs += len(found.first)
        self.shared_pixels += int(found.shared.sum())


def _vertices(document: Document, threads: int) -> NDArray[np.float64]:
    """Points of the rings of each annotation; NaN where it has none."""
    (kinds,), (places,) = document.annotations.find(["segmentation"], threads=threads)
    out = np.full(len(kinds), np.nan)
    listed = np.flatnonzero(kinds == JsonKind.LIST)
    if len(listed) > 0:
        _, lists, rows, spellings = _core.read_numbers(places.take(listed).rows(), 2)
        points = np.diff(lists[rows]) // 2
        there = (spellings > 0) & (points > 0)
        out[listed[there]] = points[there]
    return out


def _cells(one: CategoryStats) -> list[str]:
    counts = [one.images, one.annotations, one.crowds, one.small, one.medium, one.large, one.masks]
    averages = [one.vertices, one.runs, one.pixels]
    return [
        "(none)" if one.name is None else one.name,
        *(f"{count:,}" for count in counts),
        *("-" if value is None else f"{value:,.1f}" for value in averages),
        f"{one.overlapping:,}",
    ]


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        spaces = [" " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        numbers = [gap + cell for gap, cell in zip(spaces[1:], row[1:], strict=True)]
        lines.append("  ".join([row[0] + spaces[0], *numbers]))
    return lines


def _width(text: str) -> int:
    """How many columns of a terminal a text takes: some characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)

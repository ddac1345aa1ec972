"""What is on each image of a document: its annotations with their masks, boxes, points, names."""

from __future__ import annotations

import math
from dataclasses import is_dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.crowds import Crowd, crowd_of
from cocodec.documents.document import Document, read
from cocodec.documents.places import Places, column_of, decode_value
from cocodec.documents.sides import size_of
from cocodec.errors import DocumentError
from cocodec.masks.rle_array import RleArray
from cocodec.reshaping.expressions import ColumnName, parse

__all__ = [
    "Box",
    "Figure",
    "Scene",
    "Scenes",
    "choice_for_truth",
    "name_of_category",
    "numbers_in",
    "with_results",
]

Box: TypeAlias = tuple[float, float, float, float]
Bone: TypeAlias = tuple[int, int]

_KEYS = ("id", "bbox", "score", "iscrowd", "keypoints")
_FARTHEST = 2.0**30  # pixels: a coordinate beyond it is drawn there


class Figure(NamedTuple):
    """One annotation, as it is drawn.

    Attributes
    ----------
    row : int
        In the document's annotations.
    id : object
        As the file has it; None where there is none.
    category : int
        Row in the document's categories, -1 for none.
    name : str
        Of the category.
    score : float or None
    is_crowd : bool
    box : (x, y, width, height) or None
        In pixels.
    keypoints : list of (x, y, visibility)
    """

    row: int
    id: Any
    category: int
    name: str
    score: float | None
    is_crowd: bool
    box: Box | None
    keypoints: list[tuple[float, float, float]]


class Scene(NamedTuple):
    """One image, and what is on it.

    Attributes
    ----------
    row : int
        In the document's images.
    id : object
    file_name : str or None
    size : (height, width)
    figures : list of Figure
        Crowds first, then from large to small, so that small ones are painted over large ones.
    masks : RleArray
        One a figure, each of `size`; empty where it has none.
    problems : list of str
        What could not be taken as it is.
    """

    row: int
    id: Any
    file_name: str | None
    size: tuple[int, int]
    figures: list[Figure]
    masks: RleArray
    problems: list[str]


class Scenes:
    """The scenes of a document, each read when it is asked for."""

    def __init__(self, document: Document, *, threads: int = 0) -> None:
        self.document, self._threads = document, threads
        images = document.image_rows(threads=threads)
        self._order = np.argsort(images, kind="stable")
        self._bounds = np.searchsorted(images[self._order], np.arange(len(document.images) + 1))
        self._categories = document.category_rows(threads=threads)
        self.names = [name_of_category(row) for row in document.categories]
        self.skeletons = [_skeleton(row) for row in document.categories]

    def __len__(self) -> int:
        return len(self.document.images)

    def rows(self, image: int) -> NDArray[np.int64]:
        """Return the annotations of an image, told by its row."""
        return self._order[self._bounds[image] : self._bounds[image + 1]]

    def scene(self, image: int) -> Scene:
        """Read what is on an image, told by its row."""
        record = self.document.images[image]
        told = record if isinstance(record, dict) else {}
        name = told.get("file_name")
        what = f"images, row {image}"
        rows = self.rows(image)
        found = self.document.masks(rows, threads=self._threads, on_error="skip")
        problems = [f"annotations, {bad}; its mask is not drawn" for bad in found.refused]
        figures = self._figures(rows)
        size = size_of(told) or _size_from(found.masks, found.has_mask, figures)
        if size is None:
            raise DocumentError(f"{what}: height and width are missing, and nothing tells them")
        masks, misfits = _fitting(found.masks, found.has_mask, size)
        problems += [
            f"{what}: the mask of annotations, row {rows[i]} is "
            f"{' x '.join(map(str, found.masks.sizes[i].tolist()))} (height x width), the image "
            f"{size[0]} x {size[1]}; it is not drawn"
            for i in misfits
        ]
        order = _painting_order(figures, masks)
        return Scene(
            image,
            told.get("id"),
            name if isinstance(name, str) else None,
            size,
            [figures[i] for i in order],
            masks[np.array(order, np.int64)],
            problems,
        )

    def _figures(self, rows: NDArray[np.int64]) -> list[Figure]:
        kinds, places = self.document.annotations.find(_KEYS, rows, threads=self._threads)
        columns = [_values(where, kind) for where, kind in zip(places, kinds, strict=True)]
        out = []
        for row, id_, box, score, crowd, points in zip(rows.tolist(), *columns, strict=True):
            category = int(self._categories[row])
            out.append(
                Figure(
                    row,
                    id_,
                    category,
                    self.names[category] if category >= 0 else "",
                    _number(score),
                    crowd_of(crowd) == Crowd.YES,
                    _box(box),
                    _points(points),
                )
            )
        return out


def _values(places: Places, kinds: NDArray[np.uint8]) -> list[Any]:
    """Decode the values of a column; what cannot be decoded, 1e999 say, counts as missing."""
    try:
        found: list[Any] = column_of(places, kinds, None).tolist()
        return found
    except DocumentError:
        return [_value(places.text(i)) for i in range(len(kinds))]


def _value(text: Any) -> Any:
    try:
        return decode_value(text) if len(text) else None
    except DocumentError:
        return None


def _size_from(
    masks: RleArray, has_mask: NDArray[np.bool_], figures: list[Figure]
) -> tuple[int, int] | None:
    """Guess the size of an image that does not tell it."""
    for i in np.flatnonzero(has_mask).tolist():
        height, width = masks.sizes[i].tolist()
        return height, width
    boxes = [figure.box for figure in figures if figure.box is not None]
    if not boxes:
        return None
    width = max(math.ceil(x + w) for x, _, w, _ in boxes)
    height = max(math.ceil(y + h) for _, y, _, h in boxes)
    return max(height, 1), max(width, 1)


def _fitting(
    masks: RleArray, has_mask: NDArray[np.bool_], size: tuple[int, int]
) -> tuple[RleArray, list[int]]:
    """Give every figure a mask of the image's size; say which had one of another."""
    fits = (masks.sizes == size).all(axis=1)
    if fits.all():
        return masks, []
    empty = RleArray.from_boxes(np.zeros((1, 4)), size)
    every = RleArray.concatenate([masks, empty])
    where = np.where(fits, np.arange(len(masks)), len(masks))
    return every[where], np.flatnonzero(~fits & has_mask).tolist()


def _painting_order(figures: list[Figure], masks: RleArray) -> list[int]:
    areas = masks.area().tolist()

    def key(i: int) -> tuple[bool, float]:
        box = figures[i].box
        area = areas[i] or (box[2] * box[3] if box is not None else 0)
        return not figures[i].is_crowd, -area

    return sorted(range(len(figures)), key=key)


def name_of_category(row: Any) -> str:
    """Return what a category is called: its name, or else its id."""
    if not isinstance(row, dict):
        return ""
    name = row.get("name")
    return name if isinstance(name, str) else str(row.get("id", ""))


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def numbers_in(values: Any) -> list[float] | None:
    """Return a list of finite numbers within what can be drawn; None if it is none."""
    if not isinstance(values, list):
        return None
    numbers = [_number(value) for value in values]
    if any(number is None for number in numbers):
        return None
    return [min(max(number or 0.0, -_FARTHEST), _FARTHEST) for number in numbers]


def _box(value: Any) -> Box | None:
    numbers = numbers_in(value)
    if numbers is None or len(numbers) != 4:
        return None
    x, y, width, height = numbers
    return x, y, width, height


def _points(value: Any) -> list[tuple[float, float, float]]:
    numbers = numbers_in(value)
    if not numbers or len(numbers) % 3 != 0:
        return []
    return list(zip(numbers[0::3], numbers[1::3], numbers[2::3], strict=True))


def _skeleton(row: Any) -> list[Bone]:
    """Pairs of keypoints, from 0, that a category joins by lines."""
    listed = row.get("skeleton") if isinstance(row, dict) else None
    out: list[Bone] = []
    for bone in listed if isinstance(listed, list) else []:
        ends = numbers_in(bone)
        if ends is not None and len(ends) == 2 and all(end == int(end) for end in ends):
            out.append((int(ends[0]) - 1, int(ends[1]) - 1))
    return out


def choice_for_truth(choice: dict[str, Any] | None) -> dict[str, Any]:
    """Return what of a choice of results holds for the ground truth too.

    That is all of it, but an expression that speaks of the score, which ground truth has not.
    """
    found = dict(choice or {})
    if "where" in found and _speaks_of(parse(found["where"]), "score"):
        del found["where"]
    return found


def _speaks_of(node: Any, key: str) -> bool:
    if isinstance(node, ColumnName):
        return node.path[0] == key
    if isinstance(node, tuple):
        return any(_speaks_of(one, key) for one in node)
    return is_dataclass(node) and any(_speaks_of(one, key) for one in vars(node).values())


def with_results(truth: Document, results: Any) -> Document:
    """Return a document of the images and categories of one, and of the rows of results.

    Raises
    ------
    DocumentError
        If the ground truth is of several parts: results do not say which they mean.
    """
    if len(truth.parts) != 1:
        raise DocumentError(
            f"the ground truth has {len(truth.parts)} parts, and results do not say which they "
            "mean; take one file"
        )
    found = results if isinstance(results, Document) else read(results)
    tables = {
        "images": truth.images,
        "categories": truth.categories,
        "annotations": found.annotations,
    }
    members = (
        f'"{name}":'.encode() + _core.join_values(table.places().rows())
        for name, table in tables.items()
    )
    return read(b"{" + b",".join(members) + b"}")

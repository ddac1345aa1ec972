"""Documents built image by image, as readers of formats find what is in them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from cocodec.documents.document import Document
from cocodec.documents.table import Table
from cocodec.errors import CocodecError, DocumentError, shown
from cocodec.formats.folders import ImageFinder, files_below, read_text
from cocodec.formats.objects import make_document, number_of, side_of
from cocodec.masks.rle_array import RleArray

__all__ = [
    "Builder",
    "as_number",
    "empty_mask",
    "find_size",
    "json_files",
    "keypoints",
    "load_json",
    "object_rows",
    "place_patch",
    "rows_mask",
]


class Builder:
    """Images, categories by name, and annotations, in the order in which they come."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.images: list[dict[str, Any]] = []
        self.names: dict[str, int] = {}
        self.rows: list[dict[str, Any]] = []
        self.about: dict[str, dict[str, Any]] = {}  # what categories say beyond their names
        self._masks: list[RleArray] = []
        self._known: set[Any] = set()
        for name in names:
            self.category(name)

    def image(self, file_name: str, size: tuple[int, int], **more: Any) -> Any:
        """Add an image; returns its id: `more` may have one that is free."""
        wanted = more.pop("id", None)
        if wanted is None or wanted in self._known:
            wanted = len(self.images) + 1
            while wanted in self._known:
                wanted += 1
        self._known.add(wanted)
        row = {"id": wanted, "file_name": file_name, "height": size[0], "width": size[1]}
        self.images.append(row | more)
        return wanted

    def category(self, name: str) -> int:
        """Return the id of a category, from 1 on in the order of first use."""
        return self.names.setdefault(name, len(self.names) + 1)

    def object(self, image: Any, name: str, **more: Any) -> None:
        """Add an annotation; its `segmentation` may be a list of rings or an RleArray of one."""
        mask = more.get("segmentation")
        if isinstance(mask, RleArray):
            more["segmentation"] = self.keep(mask)
        self.rows.append({"image_id": image, "category_id": self.category(name), **more})

    def keep(self, mask: RleArray) -> int:
        """Keep a mask; what is returned is the `segmentation` of its row until it is spelled."""
        self._masks.append(mask)
        return len(self._masks) - 1

    def document(self) -> Document:
        """Make the document of what was added."""
        masks = RleArray.concatenate(self._masks) if self._masks else None
        return make_document(self.images, list(self.names), self.rows, masks, about=self.about)


def keypoints(xy: Sequence[float], *, alone: bool) -> dict[str, Any]:
    """Points, all of them visible, as an annotation has them.

    `alone`: there is nothing else of the object, so its box is that of the points.
    """
    xs, ys = xy[::2], xy[1::2]
    triples = [one for x, y in zip(xs, ys, strict=True) for one in (x, y, 2)]
    found: dict[str, Any] = {"keypoints": triples, "num_keypoints": len(xs)}
    if alone:
        box = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
        found |= {"segmentation": [], "area": 0, "bbox": [round(one, 9) for one in box]}
    return found


def empty_mask(size: tuple[int, int]) -> RleArray:
    """A mask without a pixel."""
    return RleArray.from_runs([size[0] * size[1]], [0, 1], [size])


def united(parts: list[Any], size: tuple[int, int]) -> Any:
    """Rings together, or one mask as soon as one part is a mask."""
    if all(isinstance(part, list) for part in parts):
        return parts
    masks = [
        part if isinstance(part, RleArray) else RleArray.from_polygons([[part]], [size])
        for part in parts
    ]
    return RleArray.concatenate(masks).union()


def place_patch(patch: RleArray, left: int, top: int, size: tuple[int, int]) -> RleArray:
    """A mask of a patch, at its place in an image; what lies outside is cut off."""
    height, width = size
    return patch.crop((-left, -top, width, height))


def rows_mask(counts: Sequence[int], size: tuple[int, int], what: str) -> RleArray:
    """The mask whose runs follow rows, background first, as most tools have them."""
    try:
        rows = RleArray.from_runs(counts, [0, len(counts)], [(size[1], size[0])])
    except (CocodecError, TypeError, ValueError, OverflowError) as error:
        raise DocumentError(f"{what}: {error}") from None
    return rows.transpose()


def as_number(value: Any, what: str, limit: float = 1e9) -> float:
    """Read a finite number; `what` says where."""
    number = number_of(value)
    if not -limit <= number <= limit:
        raise DocumentError(f"{what} is {value!r:.40}, expected a number")
    return number


def load_json(path: Path) -> Any:
    """Read a JSON file; NaN and infinity are refused."""

    def refuse(name: str) -> Any:
        raise DocumentError(f"{path}: {name} is no JSON number")

    try:
        return json.loads(read_text(path), parse_constant=refuse)
    except DocumentError:
        raise
    except ValueError as error:  # no JSON, no UTF-8, or an integer of thousands of digits
        raise DocumentError(f"{path}: no JSON: {error}") from None
    except RecursionError:
        raise DocumentError(f"{path}: the JSON is nested too deeply") from None


def json_files(path: Path) -> list[Path]:
    """The file, or the JSON files of a folder and below."""
    if path.is_file():
        return [path]
    found = files_below(path, [".json"])
    if not found:
        raise DocumentError(f"{path}: there is no JSON file")
    return found


def find_size(given: tuple[Any, Any], name: str, finder: ImageFinder, what: str) -> tuple[int, int]:
    """Height and width as a file gives them, or else of the image itself."""
    sides = []
    for value in given:
        with contextlib.suppress(DocumentError):
            sides.append(side_of(value, what))
    if len(sides) == 2:
        return sides[0], sides[1]
    return finder.size(name, what)


def object_rows(table: Table, file: Path, *, with_ids: bool = False) -> list[dict[str, Any]]:
    """The rows of a table, for readers that look into them.

    Raises
    ------
    DocumentError
        If one is no object, or its id is a list or an object; `with_ids`: or it has none.
    """
    rows = table[:]
    for k, row in enumerate(rows):
        where: dict[str, Any] = {"file": str(file), "table": table.name, "row": k}
        if not isinstance(row, dict):
            raise DocumentError(f"is {shown(row)}, expected an object", **where)
        if isinstance(row.get("id"), (dict, list)) or (with_ids and row.get("id") is None):
            raise DocumentError(f"is {shown(row.get('id'))}, expected an id", key="id", **where)
    return rows

"""A document's objects in columns, as writers of formats need them, and documents made of rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.crowds import crowd_flags
from cocodec.documents.document import Document
from cocodec.documents.json_values import JsonKind
from cocodec.documents.progress import steps
from cocodec.documents.table import Table
from cocodec.errors import CocodecError, DocumentError, RefusedRow
from cocodec.files.png import require_paintable
from cocodec.formats.report import FormatReport
from cocodec.masks.rle_array import RleArray

__all__ = [
    "MAX_SIDE",
    "POINTS",
    "Carries",
    "Objects",
    "Picture",
    "make_document",
    "note_boxes",
    "number_of",
    "open_objects",
    "pictures_of",
    "plain_message",
    "read_objects",
    "side_of",
    "splits_of",
    "visible_points",
    "without_empty",
]

MAX_SIDE = 1 << 20  # pixels; sizes of foreign files are taken seriously up to here
POINTS = ("keypoints", "num_keypoints")
_OFFICIAL = {"id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd"}


class Picture(NamedTuple):
    """An image of a data set: its id, the name and the size of its file, its row."""

    id: Any
    file_name: str
    height: int
    width: int
    row: int

    @property
    def place(self) -> str:
        """How messages name it."""
        return f"images, row {self.row} (id {self.id})"

    def require_paintable(self) -> None:
        """Refuse images that are too large to be painted."""
        require_paintable((self.height, self.width), self.place)


@dataclass
class Objects:
    """The objects of a document that have an image and a category there, in the order of rows.

    Attributes
    ----------
    document : Document
    images : list of Picture
        All of them.
    names : list of str
        Of the categories, in the file's order.
    rows : (n,) array of int64
        Which annotations.
    image, category : (n,) arrays of int64
        Index of each one's image and category.
    masks : RleArray
        One each; where there is no segmentation, the box, or nothing at all.
    has_mask : (n,) array of bool
        Whether there is a segmentation.
    boxes : (n, 4) array of float64
        x, y, width, height as the file has them, or else of the mask.
    kinds : (n,) array of uint8
        See `Document.masks`.
    """

    document: Document
    images: list[Picture]
    names: list[str]
    rows: NDArray[np.int64]
    image: NDArray[np.int64]
    category: NDArray[np.int64]
    masks: RleArray
    has_mask: NDArray[np.bool_]
    boxes: NDArray[np.float64]
    kinds: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.rows)

    def places(self, chosen: NDArray[Any]) -> list[str]:
        """Name some of the objects: their rows with their ids."""
        rows = self.rows[chosen]
        ids = self.document.annotations.column("id", rows, missing=None)
        return [f"row {row} (id {one})" for row, one in zip(rows.tolist(), ids, strict=True)]

    def crowd(self) -> NDArray[np.bool_]:
        """Which objects are crowds, as `documents.crowds` has it."""
        column = self.document.annotations.column("iscrowd", self.rows, missing=0)
        return crowd_flags(column).astype(bool)

    def take(self, chosen: NDArray[Any]) -> Objects:
        """Some of the objects; all images and names stay."""
        return Objects(
            self.document,
            self.images,
            self.names,
            self.rows[chosen],
            self.image[chosen],
            self.category[chosen],
            self.masks[chosen],
            self.has_mask[chosen],
            self.boxes[chosen],
            self.kinds[chosen],
        )

    def by_image(self) -> list[NDArray[np.int64]]:
        """Indices of the objects of each image, in order."""
        order = np.argsort(self.image, kind="stable")
        ends = np.searchsorted(self.image[order], np.arange(len(self.images) + 1))
        return [order[a:b] for a, b in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)]

    def by_picture(self) -> Iterator[tuple[Picture, NDArray[np.int64]]]:
        """Each image with the indices of its objects; whoever watches is told how far it is."""
        return steps(list(zip(self.images, self.by_image(), strict=True)))

    def extra_keys(self, known: Iterable[str] = ()) -> dict[str, int]:
        """Return keys of the annotations that a format has no place for, and how many have them."""
        found = self.document.annotations.keys()
        return {key: n for key, n in found.items() if key not in _OFFICIAL | set(known)}


def read_objects(document: Document, report: FormatReport) -> Objects:
    """Read what writers need; objects that nothing can be made of are left out and reported."""
    images = pictures_of(document)
    rows = np.arange(len(document.annotations), dtype=np.int64)
    image, category = document.image_rows(), document.category_rows()
    if len(document.categories) == 0 and len(rows) > 0:
        category, names = _unlisted_categories(document)
    else:
        names = _names(document)
    lost = (image < 0) | (category < 0)
    report.lose("annotations without an image or a category", _places(document, rows[lost]))
    found = document.masks(on_error="skip")
    refused = np.array([one.row for one in found.refused], np.int64)
    report.lose("annotations with a wrong segmentation", map(_refused, found.refused))
    lost[refused] = True
    sizes = np.array([(one.height, one.width) for one in images], np.int64).reshape(-1, 2)
    other = found.has_mask & ~lost
    other[other] = (found.masks.sizes[other] != sizes[image[other]]).any(axis=1)
    report.lose("masks of another size than their image", _places(document, rows[other]))
    rows = rows[~(lost | other)]
    boxes, has_box = _boxes(document, rows)
    masks, has_mask = found.masks[rows], found.has_mask[rows]
    if not has_mask.all():
        masks = _with_boxes(
            masks, has_mask, np.where(has_box[:, None], boxes, 0), sizes[image[rows]]
        )
    boxes = np.where(has_box[:, None], boxes, masks.bbox())
    report.images = len(images)
    return Objects(
        document, images, names, rows, image[rows], category[rows], masks, has_mask, boxes,
        found.kinds[rows],
    )  # fmt: skip


@dataclass(frozen=True)
class Carries:
    """What a format has a place for, beyond masks or boxes, and the names of files and classes.

    Attributes
    ----------
    keys : tuple of str
        Of annotations, beyond the official ones.
    crowds : bool
        Whether it can say that an object is a crowd.
    splits : bool
        Whether it can say which split an image is of.
    classes : bool
        Whether it lists classes that no object has.
    images : tuple of str
        Keys of images, beyond id, name and size.
    whole : bool
        Whether all of images, of categories and of the root is kept.
    """

    keys: tuple[str, ...] = ()
    crowds: bool = False
    splits: bool = False
    classes: bool = False
    images: tuple[str, ...] = ()
    whole: bool = False


_OF_IMAGES = {"id", "file_name", "height", "width", "split"}
_OF_CATEGORIES = {"id", "name"}


def open_objects(document: Document, name: str, carries: Carries) -> tuple[Objects, FormatReport]:
    """Begin to write a format: the objects, and the report with what it has no place for."""
    report = FormatReport(name)
    objects = read_objects(document, report)
    if not carries.crowds:
        crowd = np.flatnonzero(objects.crowd())
        report.lose("that the object is a crowd (written as any other)", objects.places(crowd))
    if not carries.splits:
        parts = zip(objects.images, splits_of(document, ""), strict=True)
        report.lose("the split of the image", (one.place for one, split in parts if split))
    for key in objects.extra_keys(carries.keys):
        kinds = document.annotations.kinds(key, objects.rows)
        report.lose(f"the key {key!r}", objects.places(np.flatnonzero(kinds != 0)))
    if not carries.classes:
        used = set(objects.category.tolist())
        listed = range(len(document.categories))
        unused = [row for row in listed if row not in used]
        report.lose("classes that no object has", _rows_of(document.categories, unused))
    if not carries.whole:
        _lose_keys(document.images, {*_OF_IMAGES, *carries.images}, report)
        _lose_keys(document.categories, _OF_CATEGORIES, report)
        _lose_root(document, report)
    report.objects = len(objects)
    return objects, report


def _lose_keys(table: Table, kept: set[str], report: FormatReport) -> None:
    found = table.keys()
    for key in (key for key in found if key not in kept):
        rows = np.flatnonzero(table.kinds(key) != JsonKind.MISSING)
        report.lose(f"the key {key!r} of {table.name}", _rows_of(table, rows.tolist()))


def _lose_root(document: Document, report: FormatReport) -> None:
    """What a file says of itself: ``info``, licences, and whatever somebody has put there."""
    rows = range(len(document.licenses))
    report.lose("licences", _rows_of(document.licenses, list(rows)))
    for part in range(len(document.parts)):
        said = document.fields(part)
        report.lose("keys of the file itself", (key for key, value in said.items() if value))


def _rows_of(table: Table, rows: list[int]) -> list[str]:
    if not rows:
        return []
    ids = table.column("id", rows, missing=None)
    return [f"{table.name}, row {row} (id {one})" for row, one in zip(rows, ids, strict=True)]


def note_boxes(objects: Objects, report: FormatReport) -> None:
    """Note objects that have no mask, for formats that have nothing but masks."""
    boxes = np.flatnonzero(~objects.has_mask)
    report.note("objects without a mask, written as their box", objects.places(boxes))


def without_empty(objects: Objects, report: FormatReport) -> Objects:
    """The objects that have a pixel; the others are lost, and the report says which."""
    empty = objects.masks.area() == 0
    report.lose("objects without a pixel", objects.places(np.flatnonzero(empty)))
    return objects.take(np.flatnonzero(~empty)) if empty.any() else objects


def visible_points(objects: Objects, report: FormatReport) -> list[list[list[float]]]:
    """The keypoints of each object as pairs, for formats whose points are all there to see.

    Those of an object with one that is hidden or missing are lost as a whole, and reported: without
    it the others would come back as other keypoints.
    """
    table = objects.document.annotations
    out: list[list[list[float]]] = []
    lost = []
    for k, value in enumerate(table.column("keypoints", objects.rows, missing=None).tolist()):
        triples = value if isinstance(value, list) else []
        good = len(triples) % 3 == 0 and all(type(one) in (int, float) for one in triples)
        good = good and all(one == 2 for one in triples[2::3])
        if not good:
            lost.append(k)
        xy = zip(triples[::3], triples[1::3], strict=True) if good else ()
        out.append([[x, y] for x, y in xy])
    report.lose("keypoints that are not all visible", objects.places(np.array(lost, np.int64)))
    return out


def side_of(value: Any, what: str) -> int:
    """Return a height or a width that a file gives, whatever it is spelled as.

    Raises
    ------
    DocumentError
        If it is no whole number of pixels from 1 to 2**20; `what` says where.
    """
    if type(value) is int and 1 <= value <= MAX_SIDE:  # nearly always
        return value
    side = number_of(value)
    if not 1 <= side <= MAX_SIDE or side != int(side):
        raise DocumentError(
            f"{what} is {value!r}, expected a number of pixels from 1 to {MAX_SIDE}"
        )
    return int(side)


def number_of(value: Any) -> float:
    """A number, or the number that a text is; nan for anything else, and for what Python alone
    takes for a number: flags, digits of other scripts, digits with underlines.
    """
    if isinstance(value, bool) or (
        isinstance(value, str) and ("_" in value or not value.isascii())
    ):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def splits_of(document: Document, default: str) -> list[str]:
    """The ``split`` of each image, a folder or a list to be; `default` where there is none."""
    found = document.images.column("split", missing=None).tolist()
    return [one if isinstance(one, str) and one else default for one in found]


def plain_message(error: CocodecError) -> str:
    """What an error of the core says, without the number of the mask in its batch."""
    return str(error).removeprefix(f"mask {error.item}: ")


def make_document(
    images: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    annotations: Sequence[dict[str, Any]],
    masks: RleArray | None = None,
    *,
    info: Mapping[str, Any] | None = None,
    about: Mapping[str, Mapping[str, Any]] | None = None,
) -> Document:
    """Make a document of rows; categories are numbered from 1, annotations too.

    Parameters
    ----------
    images : sequence of dict
    names : sequence of str
        Of the categories.
    annotations : sequence of dict
        Without ids. Their ``segmentation`` may be an index of `masks`: a mask goes there, with area
        and box. A list of rings gets its area and box too where there are none.
    masks : RleArray, optional
    info : dict, optional
    about : dict of dict, optional
        What else there is to say about categories, by their names.
    """
    spelled = [] if masks is None else masks.to_coco()
    areas = [] if masks is None else masks.area().tolist()
    boxes = [] if masks is None else masks.bbox().tolist()
    rows, unmeasured = [], []
    for k, row in enumerate(annotations):
        new = {"id": k + 1, **row}
        mask = new.get("segmentation")
        if isinstance(mask, int):
            new |= {"segmentation": spelled[mask], "area": areas[mask], "bbox": boxes[mask]}
        elif mask:
            unmeasured.append(k)
        new.setdefault("iscrowd", 0)
        rows.append(new)
    more = about or {}
    categories = [{"id": k, "name": name, **more.get(name, {})} for k, name in enumerate(names, 1)]
    document = Document.from_rows(images=images, annotations=rows, categories=categories, info=info)
    if unmeasured:
        document.recompute(unmeasured, area="pixels", bbox="vertex")
    return document


def pictures_of(document: Document) -> list[Picture]:
    """All images, for writers that need a name and a size of each.

    Raises
    ------
    DocumentError
        For the first that has none: names the row.
    """
    table = document.images
    columns = (table.column(key, missing=None) for key in ("id", "file_name", "height", "width"))
    found = []
    for row, (id_, name, height, width) in enumerate(
        zip(*(_plain(column) for column in columns), strict=True)
    ):
        where = f"images, row {row} (id {id_}): "
        if not isinstance(name, str) or not name:
            raise DocumentError(f"{where}file_name is {name!r}, expected the name of a file")
        found.append(
            Picture(
                id_,
                name,
                side_of(height, f"{where}height"),
                side_of(width, f"{where}width"),
                row,
            )
        )
    return found


def _plain(column: NDArray[Any]) -> list[Any]:
    values: list[Any] = column.tolist()
    return values


def _names(document: Document) -> list[str]:
    names = document.categories.column("name", missing=None).tolist()
    ids = document.categories.column("id", missing=None).tolist()
    return [str(one if name is None else name) for name, one in zip(names, ids, strict=True)]


def _unlisted_categories(document: Document) -> tuple[NDArray[np.int64], list[str]]:
    """Categories that no table lists: by their ids."""
    ids = document.annotations.column("category_id", missing=0).tolist()
    names = sorted({str(one) for one in ids}, key=lambda one: (len(one), one))
    number = {name: k for k, name in enumerate(names)}
    return np.array([number[str(one)] for one in ids], np.int64), names


def _places(document: Document, rows: NDArray[np.int64]) -> list[str]:
    ids = document.annotations.column("id", rows, missing=None)
    return [f"row {row} (id {one})" for row, one in zip(rows.tolist(), ids, strict=True)]


def _refused(row: RefusedRow) -> str:
    return str(row)


def _boxes(
    document: Document, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Boxes, and which rows have one that can be used."""
    kinds = document.annotations.kinds("bbox", rows)
    if (kinds == JsonKind.LIST).all():
        column = document.annotations.column("bbox", rows)
        if column.dtype == np.float64 and column.shape == (len(rows), 4):
            return column, np.isfinite(column).all(axis=1) & (column[:, 2:] >= 0).all(axis=1)
    boxes = np.zeros((len(rows), 4))
    good = np.zeros(len(rows), bool)
    for k, value in enumerate(document.annotations.column("bbox", rows, missing=None).tolist()):
        try:
            box = np.array([float(one) for one in value])
        except (TypeError, ValueError):
            continue
        if box.shape == (4,) and np.isfinite(box).all() and (box[2:] >= 0).all():
            boxes[k], good[k] = box, True
    return boxes, good


def _with_boxes(
    masks: RleArray,
    has_mask: NDArray[np.bool_],
    boxes: NDArray[np.float64],
    sizes: NDArray[np.int64],
) -> RleArray:
    """Masks, and boxes where there are none."""
    without = np.flatnonzero(~has_mask)
    made = RleArray.from_boxes(boxes[without], sizes[without])
    order = np.arange(len(masks))
    order[without] = len(masks) + np.arange(len(without))
    return RleArray.concatenate([masks, made])[order]

"""What the rows of YOLO's label files mean, and the document of them.

Files are read some hundred at a time, so that their numbers stay few, and several such batches side
by side.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents import document as documents
from cocodec.documents.document import Document
from cocodec.documents.progress import counted
from cocodec.errors import CocodecError, DocumentError
from cocodec.formats.folders import read_text
from cocodec.formats.objects import plain_message, side_of
from cocodec.formats.report import FormatReport
from cocodec.formats.yolo_rows import (
    concatenated_ranges,
    kept_decimals,
    rounded_pixels,
)
from cocodec.masks.rle_array import RleArray
from cocodec.threads import in_order

__all__ = ["Entry", "Labels", "keypoint_shape", "read_labels"]

_FILES = 128  # label files at a time
_BATCH = 4_000  # rings of them at a time: what is larger is cleared by the system, again and again
_FARTHEST = 2.0  # shares beyond this are pixels by mistake
# A row of 60 bytes may go round a mask of 15,000 pixels' width; what some files may have besides.
_PIXELS_A_BYTE, _FREE_PIXELS = 1 << 10, 1 << 24
_LARGE = 1 << 14  # pixels of a side, below which no row gets that far
_WHOLE = 2  # cocodec::NumberSpelling::integers: whole numbers without a point


class Entry(NamedTuple):
    """An image of the data set: its row to be, and its label file."""

    row: dict[str, Any]
    label: str


@dataclass
class Labels:
    """The label files of a data set, and what is needed to read them.

    Attributes
    ----------
    name : str
        What the data set is called in messages.
    entries : list of Entry
    names : list of str, optional
        Of the classes.
    categories : list of dict
        Rows that have these names, if there are such.
    keypoints : (int, int)
        How many a pose has, and how many numbers each; 0, 0 if there are none.
    rule : {"coco", "opencv"}
    task : {"segment", "detect", "pose", "obb"}, optional
        What rows are that could be several things; see `yolo.read`.
    about : dict
        What else the root of the document has.
    """

    name: str
    entries: list[Entry]
    names: list[str] | None
    categories: list[dict[str, Any]]
    keypoints: tuple[int, int]
    rule: str
    task: str | None
    about: dict[str, Any]


def keypoint_shape(value: Any, name: str) -> tuple[int, int]:
    """Read ``kpt_shape`` of ``data.yaml``."""
    if value is None:
        return 0, 0
    good = isinstance(value, list) and len(value) == 2
    if not good or not all(type(one) is int and 0 < one < 10_000 for one in value):
        raise DocumentError(f"{name}: kpt_shape is {value!r}, expected [17, 3]")
    if value[1] not in (2, 3):
        raise DocumentError(f"{name}: kpt_shape is {value!r}, expected 2 or 3")
    return value[0], value[1]


class _Read(NamedTuple):
    """What some label files say: the class and the image of each row, and what is behind them."""

    files: int
    category: NDArray[np.int64]
    image: NDArray[np.int64]  # which of the files
    rest: bytes
    spans: NDArray[np.int64]  # where in it each row's lies
    without: list[str]  # label files that are not there


def read_labels(labels: Labels, report: FormatReport, threads: int) -> Document:
    """Read the files, and make the document of their rows.

    Raises
    ------
    DocumentError
        For rows that are none: names the file and the line.
    """
    if labels.task not in (None, "segment", "detect", "pose", "obb"):
        known = "'segment', 'detect', 'pose', 'obb'"
        raise DocumentError(f"{labels.name}: the task is {labels.task!r}, expected one of {known}")
    entries = labels.entries
    batches = [entries[k : k + _FILES] for k in range(0, len(entries), _FILES)]
    each = 1 if len(batches) > 1 else threads

    def read_batch(batch: list[Entry]) -> _Read:
        rows = _Rows(labels, batch, each)
        empty = np.flatnonzero(np.bincount(rows.image, minlength=len(batch)) == 0).tolist()
        without = [batch[k].label for k in empty if not os.path.isfile(batch[k].label)]
        return _Read(len(batch), rows.category, rows.image, *rows.rests(), without)

    read: list[_Read] = []
    with counted(len(entries)) as count:
        for found in in_order(read_batch, batches, threads):
            count(found.files)
            report.note("images without a label file, which have no objects", found.without)
            read.append(found)
    report.images, report.objects = len(entries), sum(len(one.category) for one in read)
    return _document(labels, read)


def _document(labels: Labels, read: list[_Read]) -> Document:
    none = np.zeros(0, np.int64)
    category = np.concatenate([none, *(one.category for one in read)])
    categories = _categories(labels, category)
    files = np.cumsum([0, *(one.files for one in read)]).tolist()
    image = [one.image + first for one, first in zip(read, files, strict=False)]
    texts = np.cumsum([0, *(len(one.rest) for one in read)]).tolist()
    spans = [one.spans + begin for one, begin in zip(read, texts, strict=False)]
    rests = b"".join(one.rest for one in read)
    rest = (rests, np.concatenate([none.reshape(0, 2), *spans]))
    read.clear()
    images = [entry.row for entry in labels.entries]
    annotations, _ = _core.weave_rows(
        [
            (b'{"id":', None),
            _printed(np.arange(1, len(category) + 1)),
            (b',"image_id":', None),
            _chosen([one["id"] for one in images], np.concatenate([none, *image])),
            (b',"category_id":', None),
            _chosen([one["id"] for one in categories], category),
            (b",", None),
            rest,
        ],
        len(category),
        b",",
    )
    about = {key: json.dumps(value).encode() for key, value in labels.about.items()}
    pieces = [b"{", *(json.dumps(key).encode() + b":" + about[key] + b"," for key in about)]
    pieces += [b'"images":', json.dumps(images).encode(), b',"annotations":[', annotations]
    pieces += [b'],"categories":', json.dumps(categories).encode(), b"}"]
    del annotations, rest, rests, spans
    return documents.read(b"".join(pieces))


# A text, and where in it each row's lies: what `_core.weave_rows` takes.
_Column: TypeAlias = tuple[bytes, NDArray[np.int64]]


def _printed(numbers: NDArray[Any]) -> _Column:
    """Numbers, or rows of numbers, as JSON; whole ones without a point."""
    values = numbers.astype(np.float64).ravel() + 0.0  # no number is -0
    spelled = np.full(len(numbers), _WHOLE, np.uint8)
    if numbers.ndim == 1:
        return _core.print_numbers(values, None, None, spelled)
    lists = numbers.shape[1] * np.arange(len(numbers) + 1)
    return _core.print_numbers(values, lists, None, spelled)


def _chosen(values: list[Any], which: NDArray[np.int64]) -> _Column:
    """For each row, the JSON of one of the values."""
    text, spans = _packed([str(one) if type(one) is int else json.dumps(one) for one in values])
    return text, spans[which]


def _packed(texts: list[str]) -> _Column:
    """Texts, one behind the other."""
    pieces = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, pieces)], dtype=np.int64)
    return b"".join(pieces), np.stack([ends[:-1], ends[1:]], axis=1)


class _Texts:
    """A column in the making: texts for some rows, and one for all that get none."""

    def __init__(self, rows: int, otherwise: bytes) -> None:
        self._pieces, self._length = [otherwise], len(otherwise)
        self._spans = np.zeros((rows, 2), np.int64)
        self._spans[:, 1] = len(otherwise)

    def put(self, rows: NDArray[np.int64], column: _Column) -> None:
        """Give some rows their texts."""
        text, spans = column
        self._spans[rows] = spans + self._length
        self._pieces.append(text)
        self._length += len(text)

    def column(self) -> _Column:
        """All of it."""
        return b"".join(self._pieces), self._spans


class _Cells:
    """What the rows of annotations say behind their category."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.segmentation, self.area = _Texts(rows, b"[]"), _Texts(rows, b"0")
        self.box, self.more = _Texts(rows, b"[0,0,0,0]"), _Texts(rows, b"")

    def put(
        self,
        rows: NDArray[np.int64],
        area: NDArray[Any],
        box: NDArray[np.float64],
        segmentation: _Column | None = None,
    ) -> None:
        """Give some rows what they have."""
        self.area.put(rows, _printed(area))
        self.box.put(rows, _printed(box))
        if segmentation is not None:
            self.segmentation.put(rows, segmentation)

    def put_more(self, rows: NDArray[np.int64], texts: list[str]) -> None:
        """Give some rows keys that most have not."""
        self.more.put(rows, _packed(texts))

    def texts(self) -> _Column:
        """All cells of each row, in one."""
        return _core.weave_rows(
            [
                (b'"segmentation":', None),
                self.segmentation.column(),
                (b',"area":', None),
                self.area.column(),
                (b',"bbox":', None),
                self.box.column(),
                (b',"iscrowd":0', None),
                self.more.column(),
                (b"}", None),
            ],
            self.rows,
            b"",
        )


def _categories(labels: Labels, category: NDArray[np.int64]) -> list[dict[str, Any]]:
    names = labels.names
    if names is None:
        names = [f"class_{k}" for k in range(int(category.max(initial=-1)) + 1)]
    known = labels.categories
    if [str(one.get("name", one.get("id"))) for one in known] == names:
        return known
    return [{"id": k, "name": name} for k, name in enumerate(names, 1)]


class _Rows:
    """The rows of some label files."""

    def __init__(self, labels: Labels, entries: list[Entry], threads: int) -> None:
        self.labels, self.entries, self.threads = labels, entries, threads
        self.text, begins = _label_texts(entries)
        try:
            found = _core.read_number_lines(self.text, begins, "rle", threads)
        except CocodecError as error:
            item, line = error.item, error.offset
            label = entries[item].label if item is not None else labels.name
            raise DocumentError(f"{label}, line {line}: {plain_message(error)}") from None
        self.values, self.offsets, self.image, self.line, tails = found
        self.tails = tails.reshape(-1, 2)
        sizes = [(entry.row["height"], entry.row["width"]) for entry in entries]
        table = np.array(sizes, np.int64).reshape(-1, 2)
        self.sizes = table[self.image]
        self.category = self._classes()
        self.count = np.diff(self.offsets) - 1
        self._sort_out()

    def error(self, row: int, what: str) -> DocumentError:
        label = self.entries[int(self.image[row])].label
        return DocumentError(f"{label}, line {self.line[row]}: {what}")

    def _classes(self) -> NDArray[np.int64]:
        numbers = self.values[self.offsets[:-1]]
        limit = 1_000_000 if self.labels.names is None else len(self.labels.names)
        bad = np.flatnonzero((numbers != np.floor(numbers)) | (numbers < 0) | (numbers >= limit))
        if len(bad):
            number = numbers[bad[0]]
            raise self.error(
                int(bad[0]), f"the class is {number:g}, expected an integer from 0 to {limit - 1}"
            )
        return numbers.astype(np.int64)

    def _sort_out(self) -> None:
        """Which rows are boxes, poses, rings or RLE, and which have a score at the end."""
        count = self.count
        self.is_rle = self.tails[:, 0] >= 0
        points, numbers = self.keypoints = self._keypoints()
        self.is_pose = (count == 4 + points * numbers) & ~self.is_rle & (points > 0)
        if self.labels.task == "pose" and not self.is_pose.all():
            row = int(np.flatnonzero(~self.is_pose)[0])
            shape = f"kpt_shape is {[points, numbers]}" if points else "there is no kpt_shape"
            raise self.error(row, f"{count[row] + 1} numbers are no pose: {shape}")
        if self.labels.task in ("segment", "obb"):
            self.is_pose[:] = False
        rest = ~(self.is_rle | self.is_pose)
        self.has_score = rest & (count % 2 == 1) & (count >= 5)
        self.is_box = rest & ((count == 4) | (count == 5))
        self.is_ring = rest & (count >= 6)
        bad = np.flatnonzero(rest & ~self.is_box & ~self.is_ring)
        if len(bad):
            raise self.error(
                int(bad[0]),
                f"{count[bad[0]] + 1} numbers; a box has 5, a ring 7 or more",
            )
        distance = np.abs(self.values)
        distance[self.offsets[:-1]] = 0  # the first number of a row is its class
        far = np.flatnonzero(distance > _FARTHEST)
        owner = np.searchsorted(self.offsets, far, side="right") - 1
        wrong = ~self.is_pose[owner] & ~self.is_rle[owner]
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            raise self.error(
                int(owner[at]), f"the coordinate {self.values[far[at]]:g} is no share of the image"
            )

    def _keypoints(self) -> tuple[int, int]:
        """How many keypoints a pose has: where nothing says so, rows may look like COCO's persons.

        That is 17 points whose third numbers are 0, 1 or 2, which no ring and score has.
        """
        rows = np.flatnonzero(self.count == 4 + 17 * 3)
        if self.labels.keypoints != (0, 0) or len(rows) == 0:
            return self.labels.keypoints
        thirds = self.values[self.offsets[rows][:, None] + 5 + np.arange(2, 51, 3)]
        return (17, 3) if np.isin(thirds, [0, 1, 2]).all() else (0, 0)

    def _flat(self, rows: NDArray[np.int64], skip: int, lengths: NDArray[np.int64]) -> Any:
        """The numbers of rows from the one after `skip` on, and their offsets."""
        values = self.values[concatenated_ranges(self.offsets[rows] + skip, lengths)]
        return values, np.concatenate([[0], np.cumsum(lengths)])

    def rests(self) -> _Column:
        """What follows the category of each row."""
        cells = _Cells(len(self.category))
        self._read_boxes(cells)
        self._read_rings(cells)
        self._read_rle(cells)
        self._read_poses(cells)
        scored = np.flatnonzero(self.has_score)
        scores = self.values[self.offsets[scored + 1] - 1].tolist()
        cells.put_more(scored, [f',"score":{score!r}' for score in scores])
        return cells.texts()

    def _read_boxes(self, cells: _Cells) -> None:
        rows = np.flatnonzero(self.is_box | self.is_pose)
        lengths = np.full(len(rows), 4, np.int64)
        values, offsets = self._flat(rows, 1, lengths)
        sides = np.tile(self.sizes[rows][:, ::-1], (1, 2)).astype(np.float64)
        shares = values.reshape(-1, 4)
        corners = shares.copy()
        corners[:, :2] -= shares[:, 2:] / 2
        pixels = _rounded_boxes(corners, shares, offsets, sides)
        areas = [round(width * height, 6) for width, height in pixels[:, 2:].tolist()]
        cells.put(rows, np.array(areas, np.float64), pixels)

    def _read_rings(self, cells: _Cells) -> None:
        every = np.flatnonzero(self.is_ring)
        for first in range(0, len(every), _BATCH):
            self._read_batch(every[first : first + _BATCH], cells)

    def _read_batch(self, rows: NDArray[np.int64], cells: _Cells) -> None:
        lengths = (self.count - self.has_score)[rows]
        sizes = self.sizes[rows]
        self._require_likely(rows, lengths)
        if self.labels.rule == "opencv":
            begins = self.offsets[rows] + 1
            with self._naming(rows):
                runs = _core.fill_shares(self.values, begins, lengths, sizes, self.threads)
            _put_masks(RleArray._wrap(runs), rows, cells, self.threads)
            return
        values, offsets = self._flat(rows, 1, lengths)
        side = np.repeat(sizes[:, ::-1], lengths // 2, axis=0).ravel().astype(np.float64)
        pixels = rounded_pixels(values, offsets, side)
        points = np.arange(len(rows) + 1)
        with self._naming(rows):
            runs = _core.from_rings(pixels, offsets // 2, points, sizes, self.threads)
        masks = RleArray._wrap(runs)
        starts, xy = offsets[:-1] // 2, pixels.reshape(-1, 2)
        low, high = np.minimum.reduceat(xy, starts), np.maximum.reduceat(xy, starts)
        corners = np.concatenate([low, np.round(high - low, 9)], axis=1)
        spelled = np.full(len(rows), _WHOLE, np.uint8)
        rings = _core.print_numbers(pixels, offsets, points, spelled)
        cells.put(rows, masks.area(), corners, rings)

    @contextlib.contextmanager
    def _naming(self, rows: NDArray[np.int64]) -> Iterator[None]:
        """Name the file and the line of a mask that cannot be made."""
        try:
            yield
        except CocodecError as error:
            raise self.error(int(rows[error.item or 0]), plain_message(error)) from None

    def _require_likely(self, rows: NDArray[np.int64], lengths: NDArray[np.int64]) -> None:
        """Refuse few bytes that cost many pixels: an image that is as large by its header alone."""
        sizes = self.sizes[rows]
        if len(rows) == 0 or sizes.max() <= _LARGE:
            return
        values, offsets = self._flat(rows, 1, lengths)
        points = np.diff(offsets) // 2
        xy = values.reshape(-1, 2) * np.repeat(sizes[:, ::-1], points, axis=0)
        before = np.arange(-1, len(xy) - 1)
        before[offsets[:-1] // 2] = offsets[1:] // 2 - 1
        steps = np.abs(xy - xy[before]).sum(axis=1)
        most = _FREE_PIXELS + _PIXELS_A_BYTE * len(self.text)
        if steps.sum() > most:
            longest = int(np.add.reduceat(steps, offsets[:-1] // 2).argmax())
            height, width = sizes[longest].tolist()
            raise self.error(
                int(rows[longest]),
                f"its image has {height} x {width} pixels (height x width), and so the outlines of "
                f"{len(rows)} rows have {int(steps.sum())}, more than {most} for their length; "
                "is the size right?",
            )

    def _read_rle(self, cells: _Cells) -> None:
        rows = np.flatnonzero(self.is_rle)
        found = []
        for row in rows.tolist():
            fields = self.text[self.tails[row, 0] : self.tails[row, 1]].split()
            if len(fields) != 3:
                raise self.error(row, "expected 'class rle height width counts'")
            size = [side_of(one.decode("latin-1"), "a side") for one in fields[:2]]
            if size != self.sizes[row].tolist():
                raise self.error(
                    row, f"the RLE is {size[0]} x {size[1]}, the image {self.sizes[row].tolist()}"
                )
            found.append({"size": size, "counts": fields[2]})
        if not found:
            return
        try:
            masks = RleArray.from_coco(found)
        except CocodecError as error:
            row = int(rows[error.item or 0])
            raise self.error(row, plain_message(error)) from None
        _put_masks(masks, rows, cells, self.threads)

    def _read_poses(self, cells: _Cells) -> None:
        rows = np.flatnonzero(self.is_pose)
        if len(rows) == 0 or self.labels.task == "detect":
            return
        n, values_a_point = self.keypoints
        values, _ = self._flat(rows, 5, np.full(len(rows), n * values_a_point, np.int64))
        points = values.reshape(len(rows), n, values_a_point)
        sides = self.sizes[rows][:, None, ::-1].astype(np.float64)
        flat = points[:, :, :2].reshape(len(rows), -1)
        offsets = np.arange(len(rows) + 1) * flat.shape[1]
        side = np.broadcast_to(sides, (len(rows), n, 2)).reshape(-1)
        pixels = rounded_pixels(np.ascontiguousarray(flat).ravel(), offsets, side)
        xy = pixels.reshape(len(rows), n, 2)
        seen = points[:, :, 2] if values_a_point == 3 else 2.0 * (xy != 0).any(axis=2)
        more = []
        for where, flags in zip(xy.tolist(), seen.tolist(), strict=True):
            numbers = [
                one for (x, y), flag in zip(where, flags, strict=True) for one in (x, y, flag)
            ]
            visible = sum(flag > 0 for flag in flags)
            more.append(f',"keypoints":{_numbers(numbers)},"num_keypoints":{visible}')
        cells.put_more(rows, more)


def _label_texts(entries: list[Entry]) -> tuple[bytes, NDArray[np.int64]]:
    """The label files, one behind the other; an image without one has no objects."""
    texts = [_label_text(entry.label) for entry in entries]
    begins = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    return b"".join(texts), begins


def _label_text(path: str) -> bytes:
    try:
        return read_text(path)
    except FileNotFoundError:
        return b""


def _rounded_boxes(
    corners: NDArray[np.float64],
    shares: NDArray[np.float64],
    offsets: NDArray[np.int64],
    sides: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Pixels of boxes, rounded to what the digits of their shares hold."""
    exact = corners * sides
    whole = rounded_pixels(shares.ravel(), offsets, sides.ravel()).reshape(-1, 4)
    # As many decimals as the sizes turned out to have: corners are as exact.
    kept = kept_decimals(shares.ravel(), offsets, sides.ravel())[:, None]
    power = 10.0**kept
    rounded: NDArray[np.float64] = np.round(exact * power) / power
    rounded[:, 2:] = whole[:, 2:]
    return rounded


def _put_masks(masks: RleArray, rows: NDArray[np.int64], cells: _Cells, threads: int) -> None:
    text, spans, _ = _core.print_masks(masks._runs, _core.Spelling.string(), threads)
    cells.put(rows, masks.area(), masks.bbox(), (text, spans))


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _numbers(values: list[float]) -> str:
    return f"[{','.join(map(_number, values))}]"

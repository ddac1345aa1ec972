"""Kaggle's run-length CSV: ``start length start length ...``, pixels counted from 1.

The order of the pixels is the competition's: columns (ships, salt, nuclei) or rows; the file does
not say it, nor the size of the images. Where starts count from the end of the run before (SIIM
pneumothorax) the file shows it: absolute starts always rise.
"""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.document import Document
from cocodec.documents.progress import steps
from cocodec.errors import DocumentError
from cocodec.files.output import open_whole
from cocodec.formats.builder import Builder
from cocodec.formats.folders import (
    ImageFinder,
    image_size,
    only_file,
    read_text,
    require_only_file,
)
from cocodec.formats.objects import Carries, note_boxes, open_objects, side_of
from cocodec.formats.report import FormatReport
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]

# Names of columns, in lower case, the surest first.
_PIXELS = ("encodedpixels", "rle_mask", "rle", "annotation", "segmentation", "predicted",
           "label_rle")  # fmt: skip
_CLASSES = ("classid", "class_id", "class", "label", "cell_type", "category")
# These hold the image and the class, with a line in between.
_BOTH = ("imageid_classid", "image_label")
_IMAGES = (*_BOTH, "imageid", "image_id", "image", "img", "filename", "file_name", "id")


def detect(path: Path) -> str | None:
    """Say why this is a run-length CSV, if it is."""
    # Of a folder that has a JSON file too, nobody knows which one is meant.
    file = only_file(path, [".json", ".csv"])
    if file is None or not file.is_file() or file.suffix.lower() != ".csv":
        return None
    with open(file, "rb") as stream:
        head = stream.readline(4096).decode("utf-8-sig", "replace")
    names = next(csv.reader([head]), [])
    found = [one for one in names if one.strip().lower() in _PIXELS]
    return f"it has a column {found[0].strip()}" if found and len(names) > 1 else None


@names_arguments
def read(
    path: str | os.PathLike[str],
    *,
    order: Literal["columns", "rows"] = "columns",
    size: tuple[int, int] | None = None,
    images: str | os.PathLike[str] | None = None,
    report: FormatReport | None = None,
) -> Document:
    """Read a CSV file, or the only one of a folder, with a row an object.

    A row without pixels, or -1, names an image only.

    Columns are known by their names, in any case: EncodedPixels (rle, annotation, predicted ...),
    ImageId (image_id, id ...), ClassId (class, label, cell_type ...), Height and Width;
    ImageId_ClassId and Image_Label hold the image and the class.

    Parameters
    ----------
    path : path
    order : {"columns", "rows"}
        How pixels are counted. The report notes when the steps between starts look otherwise.
    size : (int, int), optional
        Height and width of all images, if the file has no columns of them.
    images : path, optional
        Where the images lie, if there is no `size`; beside the file by default.
    report : FormatReport, optional

    Raises
    ------
    DocumentError
        For rows that are no masks: names the line.
    """
    if order not in ("columns", "rows"):
        raise ValueError(f"order is {order!r}, expected 'columns' or 'rows'")
    report = FormatReport("kaggle") if report is None else report
    file = require_only_file(Path(path), [".csv"])
    rows = _table(file)
    finder = ImageFinder([file.parent if images is None else images])
    builder = Builder()
    ids: dict[str, int] = {}
    sizes: dict[str, tuple[int, int]] = {}
    relative = _is_relative(rows, file)
    for line, name, label, text, sides in steps(rows):
        what = f"{file}, line {line}"
        if name not in ids:
            sizes[name] = _size(name, sides if size is None else size, finder, what)
            ids[name] = builder.image(name, sizes[name])
        numbers = _numbers(text, what)
        if len(numbers) == 0:
            continue
        mask = _mask(numbers, sizes[name], order, relative, what)
        if _looks_other(numbers, sizes[name], order, relative):
            report.note(f"pixels that look as if they were not counted in {order}", [what])
        builder.object(ids[name], label, segmentation=mask)
    report.images, report.objects = len(builder.images), len(builder.rows)
    return builder.document()


class _Row(NamedTuple):
    """A line, its image, class and pixels, and the sides where columns say them."""

    line: int
    image: str
    label: str
    pixels: str
    sides: tuple[str, str] | None


def _table(path: Path) -> list[_Row]:
    try:
        text = read_text(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"{path}: it is not UTF-8 at byte {error.start}") from None
    csv.field_size_limit(1 << 30)
    reader = csv.reader(io.StringIO(text, newline=""))
    head = [one.strip().lower() for one in next(reader, [])]

    def column(names: tuple[str, ...]) -> int | None:
        return next((head.index(name) for name in names if name in head), None)

    pixels, classes, name = column(_PIXELS), column(_CLASSES), column(_IMAGES)
    height, width = column(("height",)), column(("width",))
    if pixels is None:
        raise DocumentError(f"{path}: no column is named {' or '.join(_PIXELS)}")
    if name is None:  # the first that has a name, which the index of a table has not
        name = next((k for k, one in enumerate(head) if one and k not in (pixels, classes)), None)
    if name is None:
        raise DocumentError(f"{path}: no column names the images, such as ImageId")
    out = []
    for row in reader:
        if not row:
            continue
        if len(row) <= max(pixels, name):
            raise DocumentError(f"{path}, line {reader.line_num}: {len(row)} fields are too few")
        label = row[classes].strip() if classes is not None and classes < len(row) else "object"
        image, sides = row[name].strip(), None
        if head[name] in _BOTH:
            image, _, label = image.rpartition("_")
        if height is not None and width is not None and max(height, width) < len(row):
            sides = (row[height], row[width])
        out.append(_Row(reader.line_num, image, label or "object", row[pixels], sides))
    return out


def _numbers(text: str, what: str) -> NDArray[np.int64]:
    if text.strip() in ("", "-1", "nan", "NaN"):
        return np.zeros(0, np.int64)
    try:
        numbers = np.array(text.split(), np.int64)
    except (ValueError, OverflowError):
        raise DocumentError(f"{what}: {text.strip()[:40]!r} is no list of integers") from None
    if len(numbers) % 2 or (numbers < 0).any():
        raise DocumentError(f"{what}: expected pairs of a start and a length, both positive")
    return numbers


def _is_relative(rows: list[_Row], path: str | os.PathLike[str]) -> bool:
    """Whether starts count from the end of the run before: then they do not rise."""
    for row in rows:
        starts = _numbers(row.pixels, f"{path}, line {row.line}")[::2]
        if len(starts) > 1:
            return bool((np.diff(starts) <= 0).any())
    return False


def _size(
    name: str, size: tuple[Any, Any] | None, finder: ImageFinder, what: str
) -> tuple[int, int]:
    if size is not None:
        return side_of(size[0], f"{what}: the height"), side_of(size[1], f"{what}: the width")
    path = finder.find(name) or finder.find_stem(name)
    if path is not None:
        return image_size(path, what)
    raise DocumentError(
        f"{what}: the size of the image {name!r} is not known; give size=(height, width) "
        "(--size HEIGHTxWIDTH) or the images= folder (--images DIR)"
    )


def _mask(
    numbers: NDArray[np.int64], size: tuple[int, int], order: str, relative: bool, what: str
) -> RleArray:
    pixels = size[0] * size[1]
    if (numbers > pixels).any():
        raise DocumentError(
            f"{what}: the run {numbers.max()} is beyond the image's {pixels} pixels"
        )
    starts, lengths = numbers[::2], numbers[1::2]
    starts = np.cumsum(starts) + np.cumsum(lengths) - lengths if relative else starts - 1
    ends = starts + lengths
    if not relative and starts[0] < 0:
        raise DocumentError(f"{what}: a run starts at 0, and pixels are counted from 1 here")
    if starts[0] < 0 or ends[-1] > pixels or (starts[1:] < ends[:-1]).any():
        raise DocumentError(
            f"{what}: runs overlap, do not rise, or end beyond the image of {size[0]} x {size[1]}"
        )
    borders = np.stack([starts, ends], axis=1).ravel()
    counts = np.diff(borders, prepend=0, append=pixels)
    counts = counts[:-1] if counts[-1] == 0 else counts
    shape = size if order == "columns" else size[::-1]
    mask = RleArray.from_runs(counts, [0, len(counts)], [shape])
    return mask if order == "columns" else mask.transpose()


def _looks_other(
    numbers: NDArray[np.int64], size: tuple[int, int], order: str, relative: bool
) -> bool:
    """Whether runs follow each other at the distance of the other side."""
    if len(numbers) < 8 or size[0] == size[1]:
        return False
    steps = numbers[2::2] + numbers[1:-1:2] if relative else np.diff(numbers[::2])
    step = float(np.median(steps))
    mine, other = (size[0], size[1]) if order == "columns" else (size[1], size[0])
    return abs(step - other) < min(5.0, abs(step - mine))


@names_arguments
def write(
    document: Document,
    path: str | os.PathLike[str],
    *,
    order: Literal["columns", "rows"] = "columns",
) -> FormatReport:
    """Write a row an object; images without objects get a row with an empty field.

    Of several categories, each row names its own in the column ClassId.

    Returns
    -------
    FormatReport
    """
    if order not in ("columns", "rows"):
        raise ValueError(f"order is {order!r}, expected 'columns' or 'rows'")
    objects, report = open_objects(document, "kaggle", Carries())
    note_boxes(objects, report)
    masks = objects.masks
    if order == "rows":
        masks = masks.transpose()
    many = len(objects.names) > 1
    if objects.names[:1] != ["object"] and not many:
        report.lose("the name of the only category", objects.places(np.arange(len(objects))))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["ImageId", *(["ClassId"] if many else []), "EncodedPixels"])
    for picture, chosen in objects.by_picture():
        for k in chosen.tolist():
            begin, end = masks.offsets[k : k + 2].tolist()
            label = [objects.names[int(objects.category[k])]] if many else []
            writer.writerow([picture.file_name, *label, _spelled(masks.counts[begin:end])])
        if len(chosen) == 0:
            writer.writerow([picture.file_name, *([""] if many else []), ""])
    with open_whole(path) as stream:
        stream.write(out.getvalue().encode())
    return report


def _spelled(counts: NDArray[np.uint32]) -> str:
    ends = np.cumsum(counts.astype(np.int64))
    lengths = counts[1::2].astype(np.int64)
    starts = ends[: 2 * len(lengths) : 2] + 1
    pairs = np.stack([starts, lengths], axis=1)
    return " ".join(map(str, pairs[lengths > 0].ravel().tolist()))

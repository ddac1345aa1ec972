"""Open Images: boxes and masks in CSV files, a PNG a mask, classes by their codes.

Written are ``annotations-bbox.csv``, ``annotations-object-segmentation.csv``, ``masks/*.png`` and
``class-descriptions.csv``. Masks of another size than their image are scaled to it, as the data
set's own tools do (nearest pixel).
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.document import Document
from cocodec.documents.progress import steps
from cocodec.errors import DocumentError, located
from cocodec.files.folder_names import inside
from cocodec.files.png import print_png, read_pixels, require_paintable
from cocodec.formats.builder import Builder, as_number
from cocodec.formats.folders import (
    ImageFinder,
    files_below,
    image_size,
    label_names,
    read_text,
    staged,
)
from cocodec.formats.objects import Carries, open_objects
from cocodec.formats.report import FormatReport
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]

_FLAGS = ("IsOccluded", "IsTruncated", "IsGroupOf", "IsDepiction", "IsInside")
_BOX = ("XMin", "XMax", "YMin", "YMax")
_MASK_BOX = ("BoxXMin", "BoxXMax", "BoxYMin", "BoxYMax")


def detect(path: Path) -> str | None:
    """Say why this is Open Images, if it is."""
    files = [path] if path.is_file() else [*path.glob("*.csv"), *path.glob("annotations/*.csv")]
    for file in files:
        if file.suffix.lower() != ".csv":
            continue
        with open(file, "rb") as stream:
            head = stream.readline(4096)
        if b"ImageID" in head and b"LabelName" in head and (b"XMin" in head or b"MaskPath" in head):
            return f"{file.name} has ImageID and LabelName"
    return None


@names_arguments
def read(
    path: str | os.PathLike[str],
    *,
    images: str | os.PathLike[str] | None = None,
    report: FormatReport | None = None,
) -> Document:
    """Read a folder of CSV files with its masks, or one CSV file.

    A mask takes the place of the box that its row names. Sizes come from the images, or else from
    the masks.

    Raises
    ------
    DocumentError
        For rows that are none: names file and line.
    """
    report = FormatReport("openimages") if report is None else report
    root = Path(path)
    files = [root] if root.is_file() else files_below(root, [".csv"])
    if not files:
        raise DocumentError(f"{root}: there is no CSV file")
    base = root.parent if root.is_file() else root
    tables = [(file, *_table(file)) for file in files]
    reader = _Reader(base, images, report)
    for _, head, rows in tables:
        if "MaskPath" not in head and "XMin" not in head:
            for _, row in rows:
                if len(row) == 2 and "Confidence" not in head:
                    reader.names[row[0]] = row[1]
            if len(head) == 2 and head[0].startswith("/m/"):
                reader.names[head[0]] = head[1]
    for file, head, rows in tables:
        if "MaskPath" in head:
            _require(head, ("MaskPath", "ImageID", "LabelName"), file)
            for line, row in steps(rows):
                reader.mask(_fields(head, row, file, line), f"{file}, line {line}")
    for file, head, rows in tables:
        if "XMin" in head and "MaskPath" not in head:
            _require(head, ("ImageID", "LabelName", *_BOX), file)
            for line, row in steps(rows):
                reader.box(_fields(head, row, file, line), f"{file}, line {line}")
    report.images, report.objects = len(reader.builder.images), len(reader.builder.rows)
    return reader.builder.document()


def _table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        text = read_text(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"{path}: it is not UTF-8 at byte {error.start}") from None
    try:
        reader = csv.reader(io.StringIO(text, newline=""))
        head = [one.strip() for one in next(reader, [])]
        return head, [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise DocumentError(f"{path}: no CSV: {error}") from None


def _require(head: list[str], names: tuple[str, ...], file: Path) -> None:
    missing = [name for name in names if name not in head]
    if missing:
        raise DocumentError(f"{file}, line 1: there is no column {', '.join(missing)}")


def _fields(head: list[str], row: list[str], file: Path, line: int) -> dict[str, str]:
    if len(row) < len(head):
        raise DocumentError(f"{file}, line {line}: {len(row)} fields, expected {len(head)}")
    return dict(zip(head, row, strict=False))


class _Reader:
    def __init__(self, base: Path, images: Any, report: FormatReport) -> None:
        self.base, self.report = base, report
        folders = [*([images] if images else []), base / "images", base]
        self.finder = ImageFinder(folders)
        self.builder = Builder()
        self.names: dict[str, str] = {}
        self.images: dict[str, tuple[Any, tuple[int, int]]] = {}
        self.masked: dict[tuple[str, str], list[tuple[list[float], int]]] = {}
        self._files: dict[str, Path] | None = None

    def _below(self, name: str) -> Path | None:
        """A file of this name anywhere in the folder."""
        if self._files is None:
            self._files = {path.name: path for path in files_below(self.base)}
        return self._files.get(name)

    def _image(self, name: str, what: str, size: tuple[int, int] | None) -> Any:
        if name not in self.images:
            path = self.finder.find(name) or self.finder.find_stem(name)
            for suffix in (".jpg", ".png", ".jpeg"):
                path = path or self._below(name + suffix)
            if path is not None:
                size = image_size(path, what)
            if size is None:
                raise DocumentError(
                    f"{what}: the image {name!r} is needed for its size and was not found; "
                    "say where with images= (--images DIR)"
                )
            file_name = path.name if path is not None else f"{name.rpartition('/')[2]}.jpg"
            file_name = f"{name[: name.rfind('/') + 1]}{file_name}"
            self.images[name] = (self.builder.image(file_name, size), size)
        return self.images[name]

    def mask(self, row: dict[str, str], what: str) -> None:
        """Add the object of a mask's row."""
        with located(part=what):
            file = inside(self.base, row["MaskPath"])
        path = file if file.is_file() else self._below(file.name)
        if path is None:
            raise DocumentError(f"{what}: the mask {row['MaskPath']!r} is not in {self.base}")
        pixels = read_pixels(path, None, what)
        if pixels.ndim == 3:
            pixels = np.asarray(pixels[:, :, :3].any(axis=2))
        height, width = pixels.shape
        image, size = self._image(row["ImageID"], what, (height, width))
        if pixels.shape != size:
            require_paintable(size, what)
            pixels = _scaled(pixels, size)
            self.report.note("masks that are scaled to their image", [what])
        label = row["LabelName"]
        box = [_number(row, key, what) for key in _MASK_BOX if row.get(key)]
        at = len(self.builder.rows)
        self.masked.setdefault((row["ImageID"], label), []).append((box, at))
        mask = RleArray.encode(np.ascontiguousarray(pixels != 0))
        more = {"box_id": row["BoxID"]} if row.get("BoxID") else {}
        self.builder.object(image, self.names.get(label, label), segmentation=mask, **more)

    def box(self, row: dict[str, str], what: str) -> None:
        """Add the object of a box's row, unless it has a mask."""
        label = row["LabelName"]
        x0, x1, y0, y1 = (_number(row, key, what) for key in _BOX)
        flags = {key: int(row[key]) for key in _FLAGS if row.get(key, "") in ("0", "1")}
        more: dict[str, Any] = {"attributes": flags} if flags else {}
        if flags.get("IsGroupOf"):
            more["iscrowd"] = 1
        for other, at in self.masked.get((row["ImageID"], label), []):
            if len(other) == 4 and np.abs(np.array(other) - [x0, x1, y0, y1]).max() < 1e-5:
                self.builder.rows[at] |= more
                return
        image, size = self._image(row["ImageID"], what, None)
        box = [x0 * size[1], y0 * size[0], (x1 - x0) * size[1], (y1 - y0) * size[0]]
        box = [round(value, 4) for value in box]
        area = round(box[2] * box[3], 4)
        name = self.names.get(label, label)
        self.builder.object(image, name, segmentation=[], area=area, bbox=box, **more)


def _number(row: dict[str, str], key: str, what: str) -> float:
    return as_number(row[key].replace(",", "."), f"{what}: {key}", 10)


def _scaled(pixels: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Every pixel of the result is the nearest one."""
    rows = np.arange(size[0]) * pixels.shape[0] // size[0]
    columns = np.arange(size[1]) * pixels.shape[1] // size[1]
    out: NDArray[Any] = pixels[rows][:, columns]
    return out


@names_arguments
def write(document: Document, path: str | os.PathLike[str]) -> FormatReport:
    """Write a folder; masks have the size of their image.

    Returns
    -------
    FormatReport
    """
    objects, report = open_objects(
        document, "openimages", Carries(keys=("attributes", "box_id"), crowds=True)
    )
    crowd = objects.crowd()
    attributes = document.annotations.column("attributes", objects.rows, missing=None).tolist()
    unknown = [k for k, one in enumerate(attributes) if one and not _is_known(one)]
    report.lose(
        f"attributes other than {', '.join(_FLAGS)}", objects.places(np.array(unknown, np.int64))
    )
    codes = {name: f"/m/{hashlib.sha256(name.encode()).hexdigest()[:8]}" for name in objects.names}
    boxes: list[tuple[str, ...]] = [
        ("ImageID", "Source", "LabelName", "Confidence", *_BOX, *_FLAGS)
    ]
    masks: list[tuple[str, ...]] = [
        ("MaskPath", "ImageID", "LabelName", "BoxID", *_MASK_BOX, "PredictedIoU", "Clicks")
    ]
    with staged(path) as folder:
        stems = label_names(objects.images, "")
        used: set[str] = set()
        for (picture, chosen), name in zip(objects.by_picture(), stems, strict=True):
            if name in used:
                raise DocumentError(f"{picture.place}: another image has the id {name!r}, too")
            used.add(name)
            if len(chosen) == 0:
                report.lose("images without objects", [picture.place])
            for k in chosen.tolist():
                code = codes[objects.names[int(objects.category[k])]]
                x, y, w, h = objects.boxes[k].tolist()
                shares = [x / picture.width, (x + w) / picture.width]
                shares += [y / picture.height, (y + h) / picture.height]
                spelled = tuple(f"{one:.6f}" for one in shares)
                own = attributes[k] if isinstance(attributes[k], dict) else {}
                flags = [str(own.get(key, -1)) for key in _FLAGS]
                flags[2] = str(int(crowd[k])) if crowd[k] else flags[2]
                boxes.append((name, "xclick", code, "1", *spelled, *flags))
                if objects.has_mask[k]:
                    picture.require_paintable()
                    box_id = f"{k:08x}"
                    own_name = name.rpartition("/")[2]
                    file = f"{own_name}_{code.replace('/', '')}_{box_id}.png"
                    png = print_png(objects.masks[k].decode(layout="HW", dtype=bool))
                    folder.write(f"masks/{file}", png, "images")
                    masks.append((file, name, code, box_id, *spelled, "", ""))
        folder.write("annotations-bbox.csv", _spelled(boxes))
        folder.write("annotations-object-segmentation.csv", _spelled(masks))
        named = [(code, name) for name, code in codes.items()]
        folder.write("class-descriptions.csv", _spelled([("LabelName", "DisplayName"), *named]))
    return report


def _is_known(attributes: Any) -> bool:
    return isinstance(attributes, dict) and all(
        key in _FLAGS and one in (-1, 0, 1) for key, one in attributes.items()
    )


def _spelled(rows: list[tuple[str, ...]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()

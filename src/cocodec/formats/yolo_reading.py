"""Reading a YOLO data set: where its files lie, what their rows mean, and the document of it."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents import document as documents
from cocodec.documents.document import Document
from cocodec.errors import CocodecError, DocumentError
from cocodec.formats.builder import object_rows
from cocodec.formats.folders import (
    IMAGE_SUFFIXES,
    ImageFinder,
    files_below,
    image_size,
    read_text,
)
from cocodec.formats.objects import plain_message, side_of
from cocodec.formats.progress import steps
from cocodec.formats.report import FormatReport
from cocodec.formats.yaml_subset import parse_yaml
from cocodec.formats.yolo_rows import (
    concatenated_ranges,
    kept_decimals,
    read_opencv,
    rounded_pixels,
)
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["SIDECAR", "detect", "read"]

SIDECAR = "cocodec.json"
_YAML = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
_NAMES = ("classes.txt", "obj.names", "names.txt", "class.names")
_SPLITS = ("train", "val", "valid", "test", "minival")
_NOT_LABELS = {*_NAMES, "train.txt", "val.txt", "valid.txt", "test.txt", "readme.roboflow.txt"}
_LONGEST_YAML = 1 << 22
_BATCH = 4_000  # rings at a time: what is larger is cleared by the system, again and again
_FARTHEST = 2.0  # shares beyond this are pixels by mistake


def detect(path: Path) -> str | None:
    """Say why this is a YOLO data set, if it is one."""
    if path.is_file():
        if path.suffix.lower() in (".yaml", ".yml"):
            return "a YAML file"
        return "an obj.data file" if path.name == "obj.data" else None
    for name in (*_YAML, "obj.data"):
        if (path / name).is_file():
            return f"it has {name}"
    if any((path / name).is_file() for name in _NAMES) and next(path.rglob("*.txt"), None):
        return "it has names of classes and text files"
    return "it has labels/ with text files" if next(path.glob("labels/**/*.txt"), None) else None


@names_arguments
def read(
    path: str | os.PathLike[str],
    *,
    rule: str | None = None,
    task: str | None = None,
    images: str | os.PathLike[str] | None = None,
    subset: str | None = None,
    threads: int = 0,
    report: FormatReport | None = None,
) -> Document:
    """Read a YOLO data set.

    Parameters
    ----------
    path : path
        The data set's folder, or its ``data.yaml``.
    rule : {"coco", "opencv"}, optional
        "coco" keeps the numbers as rings; "opencv" gives the masks that a trainer fills, as RLE. By
        default what ``data.yaml`` says (cocodec writes it there), or else "coco".
    task : {"segment", "detect", "pose", "obb"}, optional
        How rows are read that could be several things; by default as their length says.
    images : path, optional
        Where the images lie, if not where the data set says: only their headers are read.
    subset : str, optional
        Only this split.
    threads : int
        0 = as many as pay, 1 = none.
    report : FormatReport, optional
        Gets what could not be read.

    Raises
    ------
    DocumentError
        For rows that are none: names the file and the line. For images whose size is not known.
    """
    report = FormatReport("yolo") if report is None else report
    data = _open(Path(os.path.abspath(path)), images)
    rule = rule or data.head.get("cocodec_rule") or "coco"
    if rule not in ("coco", "opencv"):
        raise DocumentError(f"{data.name}: the rule is {rule!r}, expected 'coco' or 'opencv'")
    entries = _entries(data, subset)
    rows = _Rows(entries, data, task or data.head.get("cocodec_task"), threads)
    report.images, report.objects = len(entries), len(rows.category)
    return rows.document(rule, report)


# ------------------------------------------------------------ where files lie


@dataclass
class _Entry:
    """An image of the data set: its row to be, and its label file."""

    row: dict[str, Any]
    label: Path


@dataclass
class _Data:
    root: Path
    name: str
    head: dict[Any, Any]
    names: list[str] | None
    splits: dict[str, list[str]]  # folders, or files with lists
    finder: ImageFinder | None
    known: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    categories: list[dict[str, Any]] = field(default_factory=list)
    info: dict[str, Any] = field(default_factory=dict)


def _open(path: Path, images: str | os.PathLike[str] | None) -> _Data:
    finder = None if images is None else ImageFinder([images])
    if path.is_file():
        config: Path | None = path
        root = path.parent
    else:
        root = path
        found = [path / name for name in (*_YAML, "obj.data") if (path / name).is_file()]
        found += sorted([*path.glob("*.yaml"), *path.glob("*.yml")])
        config = found[0] if found else None
    if not root.is_dir():
        raise FileNotFoundError(2, "No such file or directory", str(path))
    if config is None:
        data = _Data(root, str(root), {}, _names_file(root), _folders(root), finder)
    elif config.name == "obj.data":
        data = _darknet(config, finder)
    else:
        data = _yaml(config, finder)
    _read_sidecar(data)
    return data


def _text(path: Path, limit: int) -> str:
    try:
        return read_text(path, limit).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"{path}: it is not UTF-8 at byte {error.start}") from None


def _yaml(config: Path, finder: ImageFinder | None) -> _Data:
    head = parse_yaml(_text(config, _LONGEST_YAML), str(config))
    root = config.parent
    base = head.get("path")
    if isinstance(base, str):
        below = _below(root, base)
        root = below if below is not None and below.is_dir() else root
    splits: dict[str, list[str]] = {}
    for split in _SPLITS:
        value = head.get(split)
        listed = value if isinstance(value, list) else [value] if value else []
        if not all(isinstance(one, str) for one in listed):
            raise DocumentError(f"{config}: {split!r} is {value!r}, expected paths")
        if listed and listed not in splits.values():
            splits[split] = listed
    names = head.get("names")
    return _Data(
        root, str(config), head, _names_of(names, config), splits or _folders(root), finder
    )


def _names_of(names: Any, config: Path) -> list[str] | None:
    if names is None:
        return _names_file(config.parent)
    if isinstance(names, list):
        return [str(name) for name in names]
    if isinstance(names, dict) and all(isinstance(k, int) and k >= 0 for k in names):
        if len(names) and max(names) > 10 * len(names) + 1000:
            raise DocumentError(f"{config}: 'names' has the class {max(names)} among {len(names)}")
        found = [f"class_{k}" for k in range(max(names, default=-1) + 1)]
        for k, name in names.items():
            found[k] = str(name)
        return found
    raise DocumentError(f"{config}: 'names' is {names!r:.60}, expected a list or a map 0: name")


def _names_file(root: Path) -> list[str] | None:
    for name in _NAMES:
        for path in (root / name, root / "labels" / name):
            if path.is_file():
                lines = _text(path, _LONGEST_YAML).split("\n")
                names = [line.strip() for line in lines]
                while names and not names[-1]:
                    names.pop()
                return names
    return None


def _darknet(config: Path, finder: ImageFinder | None) -> _Data:
    head: dict[Any, Any] = {}
    for line in _text(config, _LONGEST_YAML).split("\n"):
        key, equals, value = line.partition("=")
        if equals:
            head[key.strip()] = value.strip()
    root = config.parent
    splits = {split: [head[split]] for split in _SPLITS if head.get(split)}
    names = None
    if head.get("names"):
        path = _below(root, str(head["names"]))
        if path is not None and path.is_file():
            names = _text(path, _LONGEST_YAML).split("\n")
            names = [name.strip() for name in names if name.strip()]
    return _Data(
        root, str(config), {}, names or _names_file(root), splits or _folders(root), finder
    )


def _folders(root: Path) -> dict[str, list[str]]:
    """The splits of a folder that nobody describes."""
    found = {}
    for split in _SPLITS:
        for folder in (f"images/{split}", f"{split}/images", f"labels/{split}", f"{split}/labels"):
            if (root / folder).is_dir():
                found[split] = [folder.replace("labels", "images")]
                break
    if not found and ((root / "images").is_dir() or (root / "labels").is_dir()):
        found["train"] = ["images"]
    return found or {"train": ["."]}


def _below(root: Path, name: str) -> Path | None:
    """A path of the data set's own files; None if it leads out of the folder."""
    plain = name.replace("\\", "/")
    candidates = [plain, plain.removeprefix("data/")]
    while plain.startswith("../"):  # as Roboflow writes them
        plain = plain[3:]
        candidates.append(plain)
    inside = []
    for candidate in candidates:
        path = Path(os.path.normpath(root / candidate))
        if path == root or root in path.parents:
            inside.append(path)
    existing = [path for path in inside if path.exists()]
    return existing[0] if existing else inside[0] if inside else None


def _read_sidecar(data: _Data) -> None:
    path = data.root / SIDECAR
    if not path.is_file():
        return
    document = documents.read(path)
    for k, row in enumerate(object_rows(document.images, path, with_ids=True)):
        if isinstance(row.get("file_name"), str):
            where = f"{path}: images, row {k}"
            sides = {key: side_of(row.get(key), f"{where}: {key}") for key in ("height", "width")}
            data.known[str(row.get("split", "train")), row["file_name"]] = {**row, **sides}
    data.categories = object_rows(document.categories, path, with_ids=True)
    data.info = document.info if isinstance(document.info, dict) else {}


def _entries(data: _Data, only: str | None) -> list[_Entry]:
    if only is not None and only not in data.splits:
        raise DocumentError(
            f"{data.name}: there is no split {only!r}; there are {list(data.splits)}"
        )
    found: list[_Entry] = []
    splits = {only: data.splits[only]} if only is not None else data.splits
    used = {row.get("id") for row in data.known.values()}
    number = 1
    for split, specs in splits.items():
        for name, image, label in _images(data, specs, split):
            known = data.known.get((split, name))
            if known is not None:
                row = known
            else:
                while number in used:
                    number += 1
                row = {"id": number, "file_name": name}
                used.add(number)
                if len(splits) > 1:
                    row["split"] = split
            if known is None or image is not None:
                height, width = _size(data, image, name, label)
                row = {**row, "height": height, "width": width}
            found.append(_Entry(row, label))
    return found


def _size(data: _Data, image: Path | None, name: str, label: Path) -> tuple[int, int]:
    if image is not None:
        return image_size(image, str(label))
    if data.finder is not None:
        path = data.finder.find(name) or data.finder.find_stem(os.path.splitext(name)[0])
        if path is not None:
            return image_size(path, str(label))
    raise DocumentError(
        f"{label}: the image {name!r} is needed for its size and was not found; "
        "say where the images lie with images= (--images DIR)"
    )


def _images(data: _Data, specs: list[str], split: str) -> Iterable[tuple[str, Path | None, Path]]:
    """Name, file if there is one, and label file of each image of a split."""
    for spec in specs:
        path = _below(data.root, spec)
        if path is None:
            raise DocumentError(
                f"{data.name}: the path {spec!r} leads out of the data set's folder"
            )
        if path.suffix.lower() == ".txt":
            lines = [line.strip() for line in _text(path, 1 << 31).split("\n")]
            yield from _listed(data, [line for line in lines if line], split)
        elif path.suffix.lower() in IMAGE_SUFFIXES and not path.is_dir():
            yield from _listed(data, [spec], split)
        else:
            yield from _in_folder(data, path, split)


def _listed(data: _Data, lines: list[str], split: str) -> Iterable[tuple[str, Path | None, Path]]:
    root = str(data.root)
    for line in lines:
        plain = line.removeprefix("./")
        if plain.startswith("images/") and ".." not in plain and "\\" not in plain:
            # As cocodec and most others write it: no need to look for what else it may mean.
            name = _image_name(plain, split)
            known = (split, name) in data.known
            image = Path(root, plain)
            exists = os.path.isfile(image)
            if exists or known:
                label = f"{root}/labels/{os.path.splitext(plain[7:])[0]}.txt"
                if "/images/" not in plain:
                    yield name, image if exists else None, Path(label)
                    continue
        path = _below(data.root, plain)
        if path is None:
            raise DocumentError(
                f"{data.name}: the image {line!r} leads out of the data set's folder"
            )
        name = _image_name(path.relative_to(data.root).as_posix(), split)
        exists = path.is_file()
        yield name, path if exists else None, _label_of(path)


def _image_name(name: str, split: str) -> str:
    """The name below the folder of the split's images."""
    for folder in (f"images/{split}/", f"{split}/images/", "images/", "obj_train_data/"):
        if name.startswith(folder):
            return name[len(folder) :]
    return name


def _label_of(image: Path) -> Path:
    """The last folder images/ becomes labels/; without one, the label lies beside the image."""
    parts = list(image.parts)
    for i in range(len(parts) - 2, -1, -1):
        if parts[i] == "images":
            parts[i] = "labels"
            break
    return Path(*parts).with_suffix(".txt")


def _in_folder(data: _Data, folder: Path, split: str) -> Iterable[tuple[str, Path | None, Path]]:
    labels = _label_of(folder / "x").parent
    found: dict[str, tuple[str, Path | None, Path]] = {}
    if folder.is_dir():
        for path in files_below(folder, IMAGE_SUFFIXES):
            name = path.relative_to(folder).as_posix()
            found.setdefault(os.path.splitext(name)[0], (name, path, _label_of(path)))
    elif not labels.is_dir():
        raise DocumentError(f"{data.name}: there is neither {folder} nor {labels}")
    known = {os.path.splitext(name)[0]: name for part, name in data.known if part == split}
    if labels.is_dir():
        for path in files_below(labels, [".txt"]):
            if path.name.lower() in _NOT_LABELS:
                continue
            stem = os.path.splitext(path.relative_to(labels).as_posix())[0]
            if stem not in found:
                found[stem] = (known.get(stem) or _guessed_name(data, stem), None, path)
    if not found:
        raise DocumentError(f"{data.name}: no images in {folder} and no labels in {labels}")
    return [found[stem] for stem in sorted(found)]


def _guessed_name(data: _Data, stem: str) -> str:
    path = None if data.finder is None else data.finder.find_stem(stem)
    return f"{stem}{path.suffix if path is not None else '.jpg'}"


# ------------------------------------------------------------ what rows say


class _Rows:
    """The rows of all label files, and the document of them."""

    def __init__(self, entries: list[_Entry], data: _Data, task: str | None, threads: int) -> None:
        self.entries, self.data, self.task, self.threads = entries, data, task, threads
        self.text, begins = _label_texts(entries)
        try:
            found = _core.read_number_lines(self.text, begins, "rle", threads)
        except CocodecError as error:
            item, line = error.item, error.offset
            label = entries[item].label if item is not None else data.name
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
        limit = 1_000_000 if self.data.names is None else len(self.data.names)
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
        shape = self.data.head.get("kpt_shape")
        self.points = (0, 0)
        self.is_pose = np.zeros(len(count), bool)
        if shape is not None:
            good = isinstance(shape, list) and len(shape) == 2
            if not good or not all(type(one) is int and 0 < one < 10_000 for one in shape):
                raise DocumentError(f"{self.data.name}: kpt_shape is {shape!r}, expected [17, 3]")
            self.points = (shape[0], shape[1])
            if shape[1] not in (2, 3):
                raise DocumentError(f"{self.data.name}: kpt_shape is {shape!r}, expected 2 or 3")
            self.is_pose = (count == 4 + shape[0] * shape[1]) & ~self.is_rle
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
        far = np.flatnonzero(np.abs(self.values) > _FARTHEST)
        owner = np.searchsorted(self.offsets, far, side="right") - 1
        # The first number of a row is its class.
        wrong = (far != self.offsets[owner]) & ~self.is_pose[owner] & ~self.is_rle[owner]
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            raise self.error(
                int(owner[at]), f"the coordinate {self.values[far[at]]:g} is no share of the image"
            )

    def _flat(self, rows: NDArray[np.int64], skip: int, lengths: NDArray[np.int64]) -> Any:
        """The numbers of rows from the one after `skip` on, and their offsets."""
        values = self.values[concatenated_ranges(self.offsets[rows] + skip, lengths)]
        return values, np.concatenate([[0], np.cumsum(lengths)])

    def document(self, rule: str, report: FormatReport) -> Document:
        n = len(self.category)
        segmentation, area = ["[]"] * n, ["0"] * n
        box, more = ["[0,0,0,0]"] * n, [""] * n
        self._read_boxes(segmentation, area, box)
        self._read_rings(rule, segmentation, area, box)
        self._read_rle(segmentation, area, box)
        self._read_poses(more)
        for row in np.flatnonzero(self.has_score).tolist():
            more[row] = f',"score":{float(self.values[self.offsets[row + 1] - 1])!r}'
        del report
        ids = [json.dumps(entry.row["id"]) for entry in self.entries]
        categories = self._categories()
        classes = [json.dumps(one["id"]) for one in categories]
        annotations = [
            f'{{"id":{k},"image_id":{ids[image]},"category_id":{classes[category]},'
            f'"segmentation":{rings},"area":{pixels},"bbox":{corner},"iscrowd":0{extra}}}'
            for k, image, category, rings, pixels, corner, extra in zip(
                range(1, n + 1),
                self.image.tolist(),
                self.category.tolist(),
                segmentation,
                area,
                box,
                more,
                strict=True,
            )
        ]
        root = {
            "info": json.dumps(self.data.info),
            "licenses": "[]",
            "images": json.dumps([entry.row for entry in self.entries]),
            "annotations": f"[{','.join(annotations)}]",
            "categories": json.dumps(categories),
        }
        text = ",".join(f'"{key}":{value}' for key, value in root.items())
        return documents.read(f"{{{text}}}".encode())

    def _categories(self) -> list[dict[str, Any]]:
        names = self.data.names
        if names is None:
            top = int(self.category.max(initial=-1)) + 1
            names = [f"class_{k}" for k in range(top)]
        known = self.data.categories
        if [str(one.get("name", one.get("id"))) for one in known] == names:
            return known
        return [{"id": k, "name": name} for k, name in enumerate(names, 1)]

    def _read_boxes(self, segmentation: list[str], area: list[str], box: list[str]) -> None:
        rows = np.flatnonzero(self.is_box | self.is_pose)
        lengths = np.full(len(rows), 4, np.int64)
        values, offsets = self._flat(rows, 1, lengths)
        sides = np.tile(self.sizes[rows][:, ::-1], (1, 2)).astype(np.float64)
        shares = values.reshape(-1, 4)
        corners = shares.copy()
        corners[:, :2] -= shares[:, 2:] / 2
        pixels = _rounded_boxes(corners, shares, offsets, sides)
        for row, four in zip(rows.tolist(), pixels.tolist(), strict=True):
            box[row] = _numbers(four)
            area[row] = _number(round(four[2] * four[3], 6))

    def _read_rings(
        self, rule: str, segmentation: list[str], area: list[str], box: list[str]
    ) -> None:
        every = np.flatnonzero(self.is_ring)
        for first in range(0, len(every), _BATCH):
            self._read_batch(every[first : first + _BATCH], rule, segmentation, area, box)

    def _read_batch(
        self,
        rows: NDArray[np.int64],
        rule: str,
        segmentation: list[str],
        area: list[str],
        box: list[str],
    ) -> None:
        lengths = (self.count - self.has_score)[rows]
        values, offsets = self._flat(rows, 1, lengths)
        sizes = self.sizes[rows]
        if rule == "opencv":
            masks = read_opencv(values, offsets, sizes, self.threads)
            _put_masks(masks, rows, segmentation, area, box, threads=self.threads)
            return
        side = np.repeat(sizes[:, ::-1], lengths // 2, axis=0).ravel().astype(np.float64)
        pixels = rounded_pixels(values, offsets, side)
        points = np.arange(len(rows) + 1)
        masks = RleArray._wrap(_core.from_rings(pixels, offsets // 2, points, sizes, self.threads))
        starts, xy = offsets[:-1] // 2, pixels.reshape(-1, 2)
        low, high = np.minimum.reduceat(xy, starts), np.maximum.reduceat(xy, starts)
        corners = np.concatenate([low, np.round(high - low, 9)], axis=1).tolist()
        spelled = np.full(len(rows), 2, np.uint8)
        text, spans = _core.print_numbers(pixels, offsets, points, spelled)
        chars = text.decode()
        for row, (a, b), pixel, four in zip(
            rows.tolist(), spans.tolist(), masks.area().tolist(), corners, strict=True
        ):
            segmentation[row] = chars[a:b]
            area[row] = str(pixel)
            box[row] = _numbers(four)

    def _read_rle(self, segmentation: list[str], area: list[str], box: list[str]) -> None:
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
        _put_masks(masks, rows, segmentation, area, box, threads=self.threads)

    def _read_poses(self, more: list[str]) -> None:
        rows = np.flatnonzero(self.is_pose)
        if len(rows) == 0:
            return
        n, values_a_point = self.points
        values, _ = self._flat(rows, 5, np.full(len(rows), n * values_a_point, np.int64))
        points = values.reshape(len(rows), n, values_a_point)
        sides = self.sizes[rows][:, None, ::-1].astype(np.float64)
        flat = points[:, :, :2].reshape(len(rows), -1)
        offsets = np.arange(len(rows) + 1) * flat.shape[1]
        side = np.broadcast_to(sides, (len(rows), n, 2)).reshape(-1)
        pixels = rounded_pixels(np.ascontiguousarray(flat).ravel(), offsets, side)
        xy = pixels.reshape(len(rows), n, 2)
        seen = points[:, :, 2] if values_a_point == 3 else 2.0 * (xy != 0).any(axis=2)
        for row, where, flags in zip(rows.tolist(), xy.tolist(), seen.tolist(), strict=True):
            numbers = [
                one for (x, y), flag in zip(where, flags, strict=True) for one in (x, y, flag)
            ]
            visible = sum(flag > 0 for flag in flags)
            more[row] = f',"keypoints":{_numbers(numbers)},"num_keypoints":{visible}'


def _label_texts(entries: list[_Entry]) -> tuple[bytes, NDArray[np.int64]]:
    """The label files, one behind the other; an image without one has no objects."""
    texts = []
    for entry in steps(entries):
        text = b""
        with contextlib.suppress(FileNotFoundError):
            text = read_text(entry.label)
        texts.append(text)
    begins = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    return b"".join(texts), begins


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


def _put_masks(
    masks: RleArray,
    rows: NDArray[np.int64],
    segmentation: list[str],
    area: list[str],
    box: list[str],
    *,
    threads: int,
) -> None:
    text, spans, _ = _core.print_masks(masks._runs, _core.Spelling.string(), threads)
    chars = text.decode()
    areas, boxes = masks.area().tolist(), masks.bbox().tolist()
    for row, (a, b), pixels, four in zip(rows.tolist(), spans.tolist(), areas, boxes, strict=True):
        segmentation[row] = chars[a:b]
        area[row] = str(pixels)
        box[row] = _numbers(four)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _numbers(values: list[float]) -> str:
    return f"[{','.join(map(_number, values))}]"

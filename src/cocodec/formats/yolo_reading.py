"""Reading a YOLO data set: where its files lie, and what it says of classes and images."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from cocodec.documents import document as documents
from cocodec.documents.document import Document
from cocodec.errors import DocumentError
from cocodec.formats.builder import object_rows
from cocodec.formats.folders import (
    IMAGE_SUFFIXES,
    ImageFinder,
    files_below,
    image_size,
    read_text,
)
from cocodec.formats.objects import side_of
from cocodec.formats.report import FormatReport
from cocodec.formats.yaml_subset import parse_yaml
from cocodec.formats.yolo_labels import Entry, Labels, keypoint_shape, read_labels
from cocodec.signatures import names_arguments

__all__ = ["SIDECAR", "detect", "read"]

SIDECAR = "cocodec.json"
_YAML = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
_NAMES = ("classes.txt", "obj.names", "names.txt", "class.names")
_SPLITS = ("train", "val", "valid", "test", "minival")
_NOT_LABELS = {*_NAMES, "train.txt", "val.txt", "valid.txt", "test.txt", "readme.roboflow.txt"}
_ELSEWHERE = re.compile(r"/|[A-Za-z]:/")
_LONGEST_YAML = 1 << 22


def detect(path: Path) -> str | None:
    """Say why this is a YOLO data set, if it is one."""
    if path.is_file():
        if path.suffix.lower() in (".yaml", ".yml"):
            return "a YAML file"
        return "an obj.data file" if path.name == "obj.data" else None
    for name in (*_YAML, "obj.data"):
        if (path / name).is_file():
            return f"it has {name}"
    named = any((path / name).is_file() for name in _NAMES)
    if named and any(one.name.lower() not in _NOT_LABELS for one in path.rglob("*.txt")):
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
        What rows are that could be several things. By default those as long as ``kpt_shape`` says
        are poses; "pose" refuses all others, "detect" takes their boxes alone, "segment" and "obb"
        take them for rings.
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
    labels = Labels(
        data.name,
        _entries(data, subset),
        names=data.names,
        categories=data.categories,
        keypoints=keypoint_shape(data.head.get("kpt_shape"), data.name),
        rule=rule,
        task=task or data.head.get("cocodec_task"),
        about={"info": {}, **data.fields, "licenses": data.licenses},
    )
    return read_labels(labels, report, threads)


# ------------------------------------------------------------ where files lie


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
    fields: dict[str, Any] = field(default_factory=dict)  # what the file said of itself
    licenses: list[Any] = field(default_factory=list)


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
    if isinstance(names, dict):  # numbers may stand in quotes
        names = {int(k) if str(k).isascii() and str(k).isdigit() else k: names[k] for k in names}
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
    if _ELSEWHERE.match(plain):  # where the data set lay on another machine
        parts = plain.split("/")
        candidates += ["/".join(parts[k:]) for k in range(1, len(parts)) if parts[k]]
    inside = []
    for candidate in candidates:
        path = Path(os.path.normpath(root / candidate))
        if path == root or root in path.parents:
            inside.append(path)
    existing = [path for path in inside if path.exists()]
    if existing:
        return existing[0]
    return inside[0] if inside and not _ELSEWHERE.match(plain) else None


def _read_sidecar(data: _Data) -> None:
    path = data.root / SIDECAR
    if not path.is_file():
        return
    document = documents.read(path)
    for k, row in enumerate(object_rows(document.images, path, with_ids=True)):
        if isinstance(row.get("file_name"), str):
            where = f"{path}: images, row {k}"
            sides = {key: side_of(row.get(key), f"{where}: {key}") for key in ("height", "width")}
            name = row["file_name"].replace("\\", "/")
            data.known[str(row.get("split", "train")), name] = {**row, **sides}
    data.categories = object_rows(document.categories, path, with_ids=True)
    data.fields, data.licenses = document.fields(), document.licenses[:]


def _entries(data: _Data, only: str | None) -> list[Entry]:
    if only is not None and only not in data.splits:
        raise DocumentError(
            f"{data.name}: there is no split {only!r}; there are {list(data.splits)}"
        )
    found: list[Entry] = []
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
            found.append(Entry(row, label))
    return found


def _size(data: _Data, image: str | None, name: str, label: str) -> tuple[int, int]:
    if image is not None:
        return image_size(Path(image), label)
    if data.finder is not None:
        path = data.finder.find(name) or data.finder.find_stem(os.path.splitext(name)[0])
        if path is not None:
            return image_size(path, label)
    raise DocumentError(
        f"{label}: the image {name!r} is needed for its size and was not found; "
        "say where the images lie with images= (--images DIR)"
    )


# Name, file if there is one, and label file of an image: there are hundreds of thousands, so texts.
_Found: TypeAlias = tuple[str, str | None, str]


def _images(data: _Data, specs: list[str], split: str) -> Iterable[_Found]:
    """The images of a split."""
    for spec in specs:
        path = _below(data.root, spec)
        if path is None:
            raise DocumentError(
                f"{data.name}: the path {spec!r} leads out of the data set's folder, "
                f"and no end of it is below {data.root}"
            )
        if path.suffix.lower() == ".txt":
            lines = [line.strip() for line in _text(path, 1 << 31).split("\n")]
            yield from _listed(data, [line for line in lines if line], split)
        elif path.suffix.lower() in IMAGE_SUFFIXES and not path.is_dir():
            yield from _listed(data, [spec], split)
        else:
            yield from _in_folder(data, path, split)


def _listed(data: _Data, lines: list[str], split: str) -> Iterable[_Found]:
    root = str(data.root)
    for line in lines:
        plain = line.removeprefix("./")
        if plain.startswith("images/") and ".." not in plain and "\\" not in plain:
            # As cocodec and most others write it: no need to look for what else it may mean.
            name = _image_name(plain, split)
            known = (split, name) in data.known
            image = f"{root}/{plain}"
            exists = os.path.isfile(image)
            if (exists or known) and "/images/" not in plain:
                label = f"{root}/labels/{os.path.splitext(plain[7:])[0]}.txt"
                yield name, image if exists else None, label
                continue
        path = _below(data.root, plain)
        if path is None:
            raise DocumentError(
                f"{data.name}: the image {line!r} leads out of the data set's folder, "
                f"and no end of it is below {data.root}"
            )
        name = _image_name(path.relative_to(data.root).as_posix(), split)
        exists = path.is_file()
        yield name, str(path) if exists else None, _label_of(path)


def _image_name(name: str, split: str) -> str:
    """The name below the folder of the split's images."""
    for folder in (f"images/{split}/", f"{split}/images/", "images/", "obj_train_data/"):
        if name.startswith(folder):
            return name[len(folder) :]
    return name


def _label_of(image: Path) -> str:
    """The last folder images/ becomes labels/; without one, the label lies beside the image."""
    parts = list(image.parts)
    for i in range(len(parts) - 2, -1, -1):
        if parts[i] == "images":
            parts[i] = "labels"
            break
    return str(Path(*parts).with_suffix(".txt"))


def _in_folder(data: _Data, folder: Path, split: str) -> Iterable[_Found]:
    labels = Path(_label_of(folder / "x")).parent
    spelled: dict[str, str] = {}  # label files by their names without a suffix, which may be .TXT
    if labels.is_dir():
        for path in files_below(labels, [".txt"]):
            if path.name.lower() not in _NOT_LABELS:
                spelled[os.path.splitext(path.relative_to(labels).as_posix())[0]] = str(path)
    found: list[tuple[str, str, str | None, str]] = []
    stems = set()
    if folder.is_dir():
        for path in files_below(folder, IMAGE_SUFFIXES):
            name = path.relative_to(folder).as_posix()
            stem = os.path.splitext(name)[0]
            stems.add(stem)
            found.append((stem, name, str(path), spelled.get(stem) or _label_of(path)))
    elif not labels.is_dir():
        raise DocumentError(f"{data.name}: there is neither {folder} nor {labels}")
    known = {os.path.splitext(name)[0]: name for part, name in data.known if part == split}
    for stem, label in spelled.items():
        if stem not in stems:
            found.append((stem, known.get(stem) or _guessed_name(data, stem), None, label))
    if not found:
        raise DocumentError(f"{data.name}: no images in {folder} and no labels in {labels}")
    return [one[1:] for one in sorted(found, key=lambda one: one[:2])]


def _guessed_name(data: _Data, stem: str) -> str:
    path = None if data.finder is None else data.finder.find_stem(stem)
    return f"{stem}{path.suffix if path is not None else '.jpg'}"

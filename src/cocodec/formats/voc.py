"""Pascal VOC: an XML file an image with boxes; masks in PNGs of objects and of classes.

Corners are copied, as all converters do (x = xmin, width = xmax - xmin); ``corners="voc2012"``
takes them as the original data have them: from 1, both ends inside. The k-th object of an XML file
is the index k of the PNG in SegmentationObject; 255 is nobody's.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.document import Document
from cocodec.documents.progress import steps
from cocodec.errors import DocumentError, located
from cocodec.files.folder_names import inside
from cocodec.files.png import print_png, read_pixels
from cocodec.formats.builder import Builder, as_number, find_size, load_json
from cocodec.formats.folders import (
    ImageFinder,
    Staging,
    files_below,
    image_size,
    label_names,
    place_images,
    split_folders,
    staged,
)
from cocodec.formats.objects import Carries, Objects, Picture, open_objects, splits_of
from cocodec.formats.report import FormatReport
from cocodec.formats.safe_xml import Element, child_text, new_element, parse_xml, print_xml
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["detect", "palette", "read", "write"]

_VOID = 255
_FOLDERS = ("Annotations", "annotations", "xmls")
_SPLITS = ("train", "val", "valid", "test")
_FLAGS = ("truncated", "difficult", "occluded")
_KNOWN = {"name", "bndbox", "pose", *_FLAGS}
_WITH_RING = {*_KNOWN, "polygon", "robndbox", "type"}


def detect(path: Path) -> str | None:
    """Say why this is Pascal VOC, if it is."""
    if path.is_file():
        return _is_own(path)
    path = _base(path)
    own = _annotations(path)
    if own is not None:
        return f"it has {own.name}/"
    if next(path.glob("SegmentationClass/*.png"), None) is not None:
        return "it has SegmentationClass/"
    here = (one for one in path.iterdir() if one.suffix.lower() == ".xml")
    files = [min(here, default=None)] if not split_folders(path, "*.xml") else [
        next(one.glob("*.xml")) for one in split_folders(path, "*.xml")
    ]  # fmt: skip
    found = [_is_own(file) for file in files if file is not None]
    return found[0] if found and all(found) else None


def _is_own(file: Path) -> str | None:
    if file.suffix.lower() != ".xml":
        return None
    with open(file, "rb") as stream:
        head = stream.read(4096)
    if b"<annotation>" in head or b"<annotation " in head:
        return "the root element is <annotation>"
    return None


def _annotations(folder: Path) -> Path | None:
    """The folder of XML files; COCO's has the same name, but no XML."""
    if (folder / "Annotations").is_dir():
        return folder / "Annotations"
    for name in _FOLDERS[1:]:
        file = next((folder / name).glob("*.[xX][mM][lL]"), None)
        if file is not None and _is_own(file) is not None:
            return folder / name
    return None


def _base(folder: Path) -> Path:
    """The folder with Annotations/, which may be VOCdevkit/VOC2012 or VOC2012 of what is given."""
    if _annotations(folder) is not None:
        return folder
    found = [*folder.glob("VOC20*/Annotations"), *folder.glob("VOCdevkit/VOC20*/Annotations")]
    return found[0].parent if len(found) == 1 else folder


def palette(entries: int = 256) -> bytes:
    """VOC's colours: the bits of an index spread over red, green and blue."""
    index = np.arange(entries)
    out = np.zeros((entries, 3), np.uint8)
    for bit in range(8):
        for channel in range(3):
            out[:, channel] |= ((index >> channel & 1) << (7 - bit)).astype(np.uint8)
        index >>= 3
    return out.tobytes()


@names_arguments
def read(
    path: str | os.PathLike[str],
    *,
    corners: Literal["as-tools", "voc2012"] = "as-tools",
    images: str | os.PathLike[str] | None = None,
    subset: str | None = None,
    report: FormatReport | None = None,
) -> Document:
    """Read a folder with Annotations/ (or XML files), and the PNGs of masks that are there.

    Where an image has a PNG in SegmentationClass alone, which of a class's objects a pixel is of is
    not said: if there is one, the pixels are its mask; several keep their boxes, and the class
    becomes an annotation of its own, a crowd; and where no file names objects, a class is one.

    Parameters
    ----------
    path : path
        A folder, or one XML file. The folder may be VOCdevkit; it may have XML files beside images,
        in folders train, valid and test too (Roboflow's), which become the ``split``.
    corners : {"as-tools", "voc2012"}
        What the numbers of a box are.
    images : path, optional
        Where the images lie, for files that do not give their size.
    subset : str, optional
        Only the images that this list of ImageSets/Main has; by default all. Where several lists
        share the images out, each image gets the name of its list as ``split``.
    report : FormatReport, optional
        Gets parts and actions of objects, which are left out, and what classes were read as crowds.

    Raises
    ------
    DocumentError
        For files that are none: names the file and the object.
    """
    if corners not in ("as-tools", "voc2012"):
        raise ValueError(f"corners is {corners!r}, expected 'as-tools' or 'voc2012'")
    report = FormatReport("voc") if report is None else report
    found = _find(Path(path), subset)
    base, stems = found.base, {found.stem(file) for file in found.files}
    builder = Builder(_names(base))
    classes = _Classes(base)
    for file in steps(found.files):
        element = parse_xml(file)
        if element.tag == "annotation":
            stem = found.stem(file)
            masks = base / "SegmentationObject" / f"{stem}.png"
            beside = [base, base / "JPEGImages", base / "images", file.parent]
            _read_file(
                element,
                file,
                masks,
                folder=stem.rpartition("/")[0],
                from_one=corners == "voc2012",
                finder=ImageFinder([*([images] if images else []), *beside]),
                builder=builder,
                report=report,
            )
            if not masks.is_file() and classes.file(stem) is not None:
                classes.add_to(builder, stem, report)
            found.name_split(builder.images[-1], file)
    for png in [] if Path(path).is_file() else classes.files():
        stem = found.stem(png)
        unwanted = subset is not None and not found.is_listed(png)
        if stem not in stems and not unwanted:  # nothing names its objects
            builder.image(f"{stem}.jpg", classes.size(png))
            classes.add_to(builder, stem, report)
            found.name_split(builder.images[-1], png)
    report.images, report.objects = len(builder.images), len(builder.rows)
    return builder.document()


@dataclass
class _Found:
    """The files of a data set, and which split each is of: by ImageSets, or by its folder."""

    base: Path
    files: list[Path]
    lists: dict[str, str]
    folders: list[Path]
    top: Path  # of the XML files

    def stem(self, file: Path) -> str:
        """The path of a file below the folder of its like, without the suffix."""
        for top in (*self.folders, self.base / "SegmentationClass", self.top):
            if top in file.parents:
                return file.relative_to(top).with_suffix("").as_posix()
        return file.stem

    def is_listed(self, file: Path) -> bool:
        return self.stem(file) in self.lists or file.stem in self.lists

    def name_split(self, image: dict[str, Any], file: Path) -> None:
        if self.folders:
            split = file.parent.name if file.parent in self.folders else None
        else:
            several = len(set(self.lists.values())) > 1
            split = self.lists.get(self.stem(file), self.lists.get(file.stem)) if several else None
        image |= {"split": split} if split is not None else {}


def _find(root: Path, subset: str | None) -> _Found:
    if root.is_file():
        base = root.parent.parent if root.parent.name in _FOLDERS else root.parent
        return _Found(base, [root], {}, [], root.parent)
    base = _base(root)
    own = _annotations(base)
    base = base if own is not None or base.name not in _FOLDERS else base.parent
    files = files_below(own or root, [".xml"])
    if not files and not (base / "SegmentationClass").is_dir():
        raise DocumentError(f"{root}: there is no XML file")
    folders = [] if own is not None else split_folders(root, "*.xml")  # as Roboflow has them
    lists = {} if folders else _splits(base, subset)
    if subset is not None and folders:
        files = [file for file in files if file.parent.name == subset]
        if not files:
            raise DocumentError(f"{root}: there is no folder {subset!r} with XML files")
    found = _Found(base, files, lists, folders, own or root)
    if subset is not None and not folders:
        found.files = [file for file in files if found.is_listed(file)]
    return found


def _splits(base: Path, subset: str | None) -> dict[str, str]:
    """The list of ImageSets that each image is in: `subset`, or one of train, val and test."""
    found: dict[str, str] = {}
    for split in _SPLITS if subset is None else (subset,):
        lists = [base / "ImageSets" / kind / f"{split}.txt" for kind in ("Main", "Segmentation")]
        with located(part="subset"):
            lists = [inside(base, path.relative_to(base).as_posix()) for path in lists]
        lists = [path for path in lists if path.is_file()]
        if subset is not None and not lists:
            raise DocumentError(f"{base}: there is no ImageSets/Main/{subset}.txt")
        for stem in (line for path in lists for line in _lines(path)):
            found.setdefault(stem, split)
    return found


def _names(base: Path) -> list[str]:
    """The classes in their order, where a file says it."""
    found = base / "labelmap.txt"
    if not found.is_file():
        return []
    lines = found.read_text("utf-8", errors="replace").split("\n")
    names = [line.split(":")[0].strip() for line in lines if not line.startswith("#")]
    return [name for name in names if name and name != "background"]


def _read_file(
    element: Element,
    file: Path,
    masks: Path,
    *,
    folder: str,
    from_one: bool,
    finder: ImageFinder,
    builder: Builder,
    report: FormatReport,
) -> None:
    name = child_text(element, "filename") or f"{file.stem}.jpg"
    name = name.replace("\\", "/").split("/")[-1]
    if folder and not any((one / name).is_file() for one in finder.folders[:-1]):
        name = f"{folder}/{name}"  # the images lie as the files do
    size_of = element.find("size")
    given = (None, None) if size_of is None else (
        child_text(size_of, "height"), child_text(size_of, "width"))  # fmt: skip
    size = find_size(given, name, finder, str(file))
    image = builder.image(name, size)
    pixels = read_pixels(masks, size, str(masks)) if masks.is_file() else None
    if pixels is not None and pixels.ndim != 2:
        pixels = _by_colour(pixels, masks)
    for number, one in enumerate(element.findall("object"), 1):
        where = f"{file}, object {number}"
        label = child_text(one, "name")
        if not label:
            raise DocumentError(f"{where}: it has no name")
        more = _flags_of(one)
        ring = _polygon(one.find("polygon"), where) or _turned_box(one.find("robndbox"), where)
        unknown = sorted({child.tag for child in one} - (_KNOWN if ring is None else _WITH_RING))
        if unknown:
            report.lose(f"elements of objects ({', '.join(unknown)[:60]})", [where])
        if ring is not None and one.find("bndbox") is None:
            builder.object(image, label, segmentation=[ring], **more)
            continue
        box = _box(one, where, from_one)
        mask = None
        if pixels is not None and number < _VOID:
            mask = RleArray.encode(np.ascontiguousarray(pixels == number))
        if mask is not None and int(mask.area()[0]) > 0:
            builder.object(image, label, segmentation=mask, **more)
            builder.rows[-1]["voc_bbox"] = box
            continue
        if ring is not None:
            builder.object(image, label, segmentation=[ring], **more)
            builder.rows[-1]["voc_bbox"] = box
            continue
        area = round(box[2] * box[3], 6)
        builder.object(image, label, segmentation=[], area=area, bbox=box, **more)


def _flags_of(element: Element) -> dict[str, Any]:
    texts = {flag: child_text(element, flag) for flag in _FLAGS}
    more: dict[str, Any] = {
        flag: int(text not in ("0", "false", "False")) for flag, text in texts.items() if text
    }
    if child_text(element, "pose"):
        more["pose"] = child_text(element, "pose")
    return more


def _polygon(element: Element | None, where: str) -> list[float] | None:
    """The ring of x1, y1, x2, y2, ..., as Roboflow adds it."""
    ring: list[float] = []
    while element is not None:
        names = [f"{axis}{len(ring) // 2 + 1}" for axis in "xy"]
        if element.find(names[0]) is None:
            break
        ring += [as_number(child_text(element, name), f"{where}: {name}") for name in names]
    return ring if len(ring) >= 6 else None


def _turned_box(element: Element | None, where: str) -> list[float] | None:
    """The corners of a box turned about its centre, as roLabelImg has it, in radians."""
    if element is None:
        return None
    cx, cy, w, h, angle = (
        as_number(child_text(element, name), f"{where}: {name}")
        for name in ("cx", "cy", "w", "h", "angle")
    )
    cos, sin = math.cos(angle), math.sin(angle)
    corners = [(-w / 2, -h / 2), (w / 2, -h / 2), (w / 2, h / 2), (-w / 2, h / 2)]
    return [one for x, y in corners for one in (cx + x * cos - y * sin, cy + x * sin + y * cos)]


class _Classes:
    """The PNGs of classes: which pixels of an image have which class."""

    def __init__(self, base: Path) -> None:
        self.folder = base / "SegmentationClass"
        self.names, self.colours = _numbered(base)

    def file(self, stem: str) -> Path | None:
        path = self.folder / f"{stem}.png"
        return path if path.is_file() else None

    def files(self) -> list[Path]:
        return files_below(self.folder, [".png"]) if self.folder.is_dir() else []

    def size(self, path: Path) -> tuple[int, int]:
        return image_size(path, str(path))

    def add_to(self, builder: Builder, stem: str, report: FormatReport) -> None:
        """Give the masks of the image that was added last to its objects, or to the class."""
        path = self.folder / f"{stem}.png"
        image = builder.images[-1]
        pixels = read_pixels(path, (image["height"], image["width"]), str(path))
        if pixels.ndim != 2:
            pixels = _by_colour(pixels, path, self.colours)
        masks, values = RleArray.from_label_map(pixels)
        mine = [row for row in builder.rows if row["image_id"] == image["id"]]
        for k, value in enumerate(values.tolist()):
            if value in (0, _VOID):
                continue
            name = self.names.get(value, f"class_{value}")
            category = builder.category(name)
            objects = [row for row in mine if row["category_id"] == category]
            if len(objects) == 1:
                objects[0]["voc_bbox"] = objects[0].pop("bbox")
                del objects[0]["area"]
                objects[0]["segmentation"] = builder.keep(masks[k])
                continue
            crowd = int(len(objects) > 1)
            if crowd:
                where = [f"{path}, {name}"]
                report.note("classes of several objects, read as one crowd beside boxes", where)
            builder.object(image["id"], name, segmentation=masks[k], iscrowd=crowd)


_Colours = dict[tuple[int, int, int], int]
_VOC = """aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike
person pottedplant sheep sofa train tvmonitor"""


def _numbered(base: Path) -> tuple[dict[int, str], _Colours]:
    """Names of the values of class PNGs, and values by their colours, as the data set says."""
    flat = palette()
    colours = {(flat[3 * k], flat[3 * k + 1], flat[3 * k + 2]): k for k in range(256)}
    listed = base / "labelmap.txt"
    if listed.is_file():
        rows = [line.split(":") for line in _lines(listed) if line and not line.startswith("#")]
        if not any(row[0].strip() == "background" for row in rows):
            rows.insert(0, ["background"])
        for k, row in enumerate(rows):
            rgb = [int(one) for one in ":".join(row[1:2]).split(",") if one.strip().isdecimal()]
            if len(rgb) == 3:
                colours[rgb[0], rgb[1], rgb[2]] = k
        return {k: row[0].strip() for k, row in enumerate(rows)}, colours
    numbered = base / "class_id_to_name.json"
    if numbered.is_file():
        found = load_json(numbered)
        if not isinstance(found, dict) or not all(key.isdecimal() for key in found):
            raise DocumentError(f"{numbered}: expected an object of numbers and names")
        return {int(key[:9]): str(name) for key, name in found.items()}, colours
    return dict(enumerate(_VOC.split(), 1)), colours


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text("utf-8", errors="replace").split("\n")]


def _by_colour(pixels: NDArray[Any], path: Path, known: _Colours | None = None) -> NDArray[Any]:
    """Indices of an RGB image in VOC's colours, or a data set's own, as some tools write it."""
    known = _numbered(Path())[1] if known is None else known
    weights = np.array([1, 256, 65536])
    codes = np.array(list(known), np.int64) @ weights
    values = np.array(list(known.values()), np.int64)
    found = pixels[:, :, :3].astype(np.int64) @ weights
    order = np.argsort(codes)
    at = np.minimum(np.searchsorted(codes[order], found), len(codes) - 1)
    if (codes[order][at] != found).any():
        raise DocumentError(f"{path}: it has colours that are not the data set's")
    index: NDArray[Any] = values[order[at]].astype(np.uint16)
    return index


def _box(element: Element, where: str, from_one: bool) -> list[float]:
    found = element.find("bndbox")
    if found is None:
        raise DocumentError(f"{where}: it has no bndbox")
    x0, y0, x1, y1 = (
        as_number(child_text(found, name), f"{where}: {name}")
        for name in ("xmin", "ymin", "xmax", "ymax")
    )
    more = 1 if from_one else 0
    box = [x0 - more, y0 - more, round(x1 - x0 + more, 6), round(y1 - y0 + more, 6)]
    if box[2] < 0 or box[3] < 0:
        raise DocumentError(f"{where}: the box ends before it begins")
    return [int(one) if one == int(one) else one for one in box]


@names_arguments
def write(
    document: Document,
    path: str | os.PathLike[str],
    *,
    corners: Literal["as-tools", "voc2012"] = "as-tools",
    subset: str = "train",
    images: str | os.PathLike[str] | None = None,
    link: bool = False,
) -> FormatReport:
    """Write Annotations/, ImageSets/, labelmap.txt, and PNGs of masks if there are any.

    Of pixels that several objects have, the last gets them; the report counts what others lose.

    Parameters
    ----------
    document : Document
    path : path
        A folder, which appears whole or not at all.
    corners : {"as-tools", "voc2012"}
    subset : str
        The list in ImageSets of images without a ``split``; the others are in lists of theirs.
    images : path, optional
        The folder of the image files, which are then put into JPEGImages; by default they are not.
    link : bool
        Links to the image files in the place of copies.

    Returns
    -------
    FormatReport
    """
    if corners not in ("as-tools", "voc2012"):
        raise ValueError(f"corners is {corners!r}, expected 'as-tools' or 'voc2012'")
    objects, report = open_objects(
        document, "voc", Carries(keys=(*_FLAGS, "pose", "voc_bbox"), splits=True, classes=True)
    )
    empty = objects.has_mask & (objects.masks.area() == 0)
    report.lose("masks without a pixel", objects.places(np.flatnonzero(empty)))
    stems = label_names(objects.images, "")
    colours = palette()
    has_masks = bool(objects.has_mask.any())
    with staged(path) as folder:
        table = objects.document.annotations
        columns = {
            key: table.column(key, objects.rows, missing=None).tolist()
            for key in (*_FLAGS, "pose", "voc_bbox")
        }
        for (picture, chosen), stem in zip(objects.by_picture(), stems, strict=True):
            root = _annotation(objects, picture, chosen, columns, corners == "voc2012")
            folder.write(f"Annotations/{stem}.xml", print_xml(root), "images")
            if has_masks and objects.has_mask[chosen].any():
                _write_pngs(
                    objects, picture, stem, chosen, colours=colours, folder=folder, report=report
                )
        with_masks = set(objects.image[objects.has_mask].tolist())
        lists: dict[str, list[str]] = {}
        for k, (split, stem) in enumerate(zip(splits_of(document, subset), stems, strict=True)):
            lists.setdefault(f"Main/{split}", []).append(stem)
            if k in with_masks:
                lists.setdefault(f"Segmentation/{split}", []).append(stem)
        _write_lists(objects, lists, colours, folder)
        if images is not None:
            named = [(picture, f"JPEGImages/{picture.file_name}") for picture in objects.images]
            place_images(named, images, folder, link=link)
    return report


def _write_lists(
    objects: Objects, lists: dict[str, list[str]], colours: bytes, folder: Staging
) -> None:
    for name, stems in lists.items():
        folder.write(f"ImageSets/{name}.txt", "".join(f"{stem}\n" for stem in stems))
    lines = ["# label:color_rgb:parts:actions", "background:0,0,0::"]
    for k, name in enumerate(objects.names, 1):
        rgb = ",".join(map(str, colours[3 * (k % 256) : 3 * (k % 256) + 3]))
        lines.append(f"{name}:{rgb}::")
    folder.write("labelmap.txt", "\n".join(lines) + "\n")


def _annotation(
    objects: Objects,
    picture: Picture,
    chosen: NDArray[np.int64],
    columns: dict[str, list[Any]],
    from_one: bool,
) -> Element:
    root = new_element(None, "annotation")
    new_element(root, "folder", "")
    new_element(root, "filename", picture.file_name.split("/")[-1])
    size = new_element(root, "size")
    for name, value in (("width", picture.width), ("height", picture.height), ("depth", 3)):
        new_element(size, name, value)
    new_element(root, "segmented", int(bool(objects.has_mask[chosen].any())))
    for k in chosen.tolist():
        one = new_element(root, "object")
        new_element(one, "name", objects.names[int(objects.category[k])])
        new_element(one, "pose", columns["pose"][k] or "Unspecified")
        for flag in _FLAGS:
            if columns[flag][k] is not None or flag != "occluded":
                new_element(one, flag, int(bool(columns[flag][k])))
        own = columns["voc_bbox"][k]
        x, y, w, h = own if isinstance(own, list) and len(own) == 4 else objects.boxes[k].tolist()
        more = 1 if from_one else 0
        box = new_element(one, "bndbox")
        for name, value in (("xmin", x + more), ("ymin", y + more), ("xmax", x + w),
                            ("ymax", y + h)):  # fmt: skip
            value = round(value, 6)
            new_element(box, name, int(value) if value == int(value) else value)
    return root


def _write_pngs(
    objects: Objects,
    picture: Picture,
    stem: str,
    chosen: NDArray[np.int64],
    *,
    colours: bytes,
    folder: Staging,
    report: FormatReport,
) -> None:
    picture.require_paintable()
    numbers = np.arange(1, len(chosen) + 1)
    painted = objects.has_mask[chosen] & (numbers < _VOID)
    report.lose(
        f"masks beyond object {_VOID - 1} of an image",
        objects.places(chosen[objects.has_mask[chosen] & (numbers >= _VOID)]),
    )
    rows = chosen[painted]
    size = (picture.height, picture.width)
    masks = objects.masks[rows]
    index = masks.to_label_map(numbers[painted], size=size, dtype=np.uint8)
    left = np.bincount(index.ravel(), minlength=256)[numbers[painted]]
    covered = masks.area().astype(np.int64) - left
    lost = np.flatnonzero(covered > 0)
    report.lose(
        "pixels that a later object covers",
        (f"{place}: {n} pixels" for place, n in zip(
            objects.places(rows[lost]), covered[lost].tolist(), strict=True)),
    )  # fmt: skip
    folder.write(f"SegmentationObject/{stem}.png", print_png(index, colours), "images")
    classes = np.zeros(256, np.uint8)
    category = objects.category[rows] + 1
    report.lose(
        f"classes beyond {_VOID - 1} in the PNG of classes",
        objects.places(rows[category >= _VOID]),
    )
    classes[numbers[painted]] = np.where(category < _VOID, category, _VOID)
    folder.write(f"SegmentationClass/{stem}.png", print_png(classes[index], colours), "images")

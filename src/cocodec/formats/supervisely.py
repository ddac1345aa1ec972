"""Supervisely: a project folder with meta.json and an annotation file an image.

A ``bitmap`` is a PNG of one bit in zlib in base64, placed at ``origin``, column before row.
Polygons have real holes; rectangles include both of their corners. A data set may lie in another
one's folder datasets/: the ``split`` of its images is "outer/inner".
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cocodec.documents.document import Document
from cocodec.documents.progress import steps
from cocodec.errors import DocumentError
from cocodec.files.limits import limit, raise_it
from cocodec.files.png import print_png, read_pixels, require_paintable
from cocodec.formats.builder import Builder, as_number, load_json, place_patch
from cocodec.formats.folders import files_below, place_images, staged
from cocodec.formats.objects import (
    MAX_SIDE,
    Carries,
    Objects,
    Picture,
    open_objects,
    side_of,
    splits_of,
)
from cocodec.formats.report import FormatReport
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]

_DATA_SET = "ds0"  # of images without a split
_INNER = "datasets"  # where the data sets in one lie
_KEPT = ("tags", "description", "id", "createdAt", "updatedAt", "labelerLogin")


def detect(path: Path) -> str | None:
    """Say why this is a Supervisely project, if it is."""
    if path.is_file():
        with open(path, "rb") as stream:
            head = stream.read(1 << 16)
        found = path.suffix == ".json" and b'"objects"' in head and b'"size"' in head
        return "it has objects and a size" if found and b'"images"' not in head else None
    if next(path.glob("*/ann/*.json"), None):
        return "it has data sets with ann/"
    if next(path.glob("ann/*.json"), None):
        return "it has ann/ with JSON files"
    # Of data sets in others, the outer ones may be empty.
    inner = next(path.glob(f"**/{_INNER}/*/ann/*.json"), None)
    return "it has data sets in data sets with ann/" if inner else None


@names_arguments
def read(path: str | os.PathLike[str], *, report: FormatReport | None = None) -> Document:
    """Read a project, a data set of one, or one annotation file.

    Parameters
    ----------
    path : path
    report : FormatReport, optional
        Gets figures that enclose nothing, which are left out.

    Raises
    ------
    DocumentError
        For figures that are broken: names the file and the object.
    """
    report = FormatReport("supervisely") if report is None else report
    root = Path(path)
    names: list[str] = []
    titles: dict[int, str] = {}
    if root.is_dir() and (root / "meta.json").is_file():
        meta = load_json(root / "meta.json")
        classes = meta.get("classes") if isinstance(meta, dict) else None
        if not isinstance(classes, list):
            raise DocumentError(f"{root / 'meta.json'}: it has no list 'classes'")
        known = [one for one in classes if isinstance(one, dict)]
        names = [str(one.get("title")) for one in known]
        titles = {one["id"]: str(one.get("title")) for one in known if type(one.get("id")) is int}
    files = [root] if root.is_file() else files_below(root, [".json"])
    if root.is_dir():
        files = [file for file in files if file.parent.name == "ann"]
    if not files:
        raise DocumentError(f"{root}: there is no JSON file in a folder ann/")
    builder = Builder(names)
    for file in steps(files):
        value = load_json(file)
        if not isinstance(value, dict) or not isinstance(value.get("objects"), list):
            raise DocumentError(f"{file}: expected an object with a list 'objects'")
        split = _split_of(file.parent.parent, root)
        for one in value["objects"]:
            if isinstance(one, dict) and type(one.get("classId")) is int:
                one.setdefault("classTitle", titles.get(one["classId"]))
        _read_file(value, file, split, builder, report)
    report.images, report.objects = len(builder.images), len(builder.rows)
    return builder.document()


def _split_of(data_set: Path, root: Path) -> str | None:
    """The names of a data set and of those that it is in, from the outside in."""
    if root.is_file():
        root = data_set.parent
    parts = data_set.relative_to(root).parts
    names = [*(name for name in parts[:-1] if name != _INNER), *parts[-1:]]
    return None if names in ([], [_DATA_SET]) else "/".join(names)


def _place_of(picture: Picture, splits: Sequence[str], kind: str) -> str:
    """Where a file of an image goes: into ann/ or img/ of its data set."""
    data_set = f"/{_INNER}/".join(splits[picture.row].split("/"))
    return f"{data_set}/{kind}/{picture.file_name.split('/')[-1]}"


def _read_file(
    value: dict[str, Any], file: Path, split: str | None, builder: Builder, report: FormatReport
) -> None:
    size_of = value.get("size")
    if not isinstance(size_of, dict):
        raise DocumentError(f"{file}: it has no size")
    size = (
        side_of(size_of.get("height"), f"{file}: height"),
        side_of(size_of.get("width"), f"{file}: width"),
    )
    kept = {key: value[key] for key in ("tags", "description") if value.get(key)}
    more: dict[str, Any] = {"supervisely": kept} if kept else {}
    image = builder.image(file.stem, size, **more, **({"split": split} if split else {}))
    for number, one in enumerate(value["objects"]):
        where = f"{file}, object {number}"
        if not isinstance(one, dict) or not isinstance(one.get("classTitle"), str):
            raise DocumentError(f"{where}: it has no classTitle, nor a classId of meta.json")
        kind = one.get("geometryType", one.get("shape"))
        found = _figure(one, kind or ("bitmap" if one.get("bitmap") else "polygon"), where, size)
        if found is None:
            report.lose("figures that enclose nothing", [f"{where} ({kind})"])
            continue
        kept = {key: one[key] for key in _KEPT if one.get(key)}
        more = {"supervisely": kept} if kept else {}
        if kind == "rectangle":
            more |= {"area": found[2] * found[3], "bbox": found}
            builder.object(image, one["classTitle"], segmentation=[], **more)
        else:
            builder.object(image, one["classTitle"], segmentation=found, **more)


def _figure(one: dict[str, Any], kind: str, where: str, size: tuple[int, int]) -> Any:
    if kind == "bitmap":
        return _bitmap(one.get("bitmap"), where, size)
    points = one.get("points")
    if kind not in ("polygon", "rectangle"):
        return None
    if not isinstance(points, dict):
        raise DocumentError(f"{where}: it has no points")
    exterior = _ring(points.get("exterior"), where)
    if kind == "rectangle":
        if len(exterior) != 4:
            raise DocumentError(f"{where}: a rectangle has two corners")
        (x0, x1), (y0, y1) = sorted(exterior[::2]), sorted(exterior[1::2])
        return [x0, y0, x1 - x0 + 1, y1 - y0 + 1]
    interior = points.get("interior") or []
    if not isinstance(interior, list):
        raise DocumentError(f"{where}: interior is no list")
    if len(exterior) < 6:
        return None
    if not interior:
        return [exterior]
    holes = [_ring(ring, where) for ring in interior]
    outer = RleArray.from_polygons([[exterior]], [size])
    return outer.difference(RleArray.from_polygons([holes], [size]))


def _ring(points: Any, where: str) -> list[float]:
    if not isinstance(points, list):
        raise DocumentError(f"{where}: points are {points!r:.40}, expected a list of pairs")
    ring = []
    for point in points:
        if not isinstance(point, list) or len(point) != 2:
            raise DocumentError(f"{where}: the point {point!r:.40} is no pair")
        for value in point:
            number = as_number(value, f"{where}: a coordinate")
            ring.append(number if isinstance(value, str) else value)
    return ring


def _bitmap(bitmap: Any, where: str, size: tuple[int, int]) -> RleArray:
    if not isinstance(bitmap, dict) or not isinstance(bitmap.get("data"), str):
        raise DocumentError(f"{where}: bitmap has no data")
    origin = bitmap.get("origin")
    if not isinstance(origin, list) or len(origin) != 2:
        raise DocumentError(f"{where}: origin is {origin!r:.40}, expected [x, y]")
    left, top = (int(as_number(one, f"{where}: origin")) for one in origin)
    try:
        packed = base64.b64decode(bitmap["data"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise DocumentError(f"{where}: the data is no base64: {error}") from None
    try:
        unpacker = zlib.decompressobj()
        most = limit("pixels")  # a byte each is more than a bitmap of two values needs
        png = unpacker.decompress(packed, most)
        if unpacker.unconsumed_tail:
            raise DocumentError(
                f"{where}: the bitmap unpacks to more than {most:,} bytes {raise_it('pixels')}"
            )
    except zlib.error:
        png = packed  # some tools leave the zlib out
    pixels = read_pixels(png, None, where)
    if pixels.ndim == 3:
        pixels = pixels[:, :, 3] if pixels.shape[2] == 4 else np.asarray(pixels.any(axis=2))
    if max(pixels.shape) > MAX_SIDE:
        raise DocumentError(f"{where}: the bitmap is {pixels.shape}, larger than any image")
    mask = RleArray.encode(np.ascontiguousarray(pixels != 0))
    return place_patch(mask, left, top, size)


@names_arguments
def write(
    document: Document,
    path: str | os.PathLike[str],
    *,
    images: str | os.PathLike[str] | None = None,
    link: bool = False,
) -> FormatReport:
    """Write a project, a data set for each ``split``; masks become bitmaps, which are exact.

    Parameters
    ----------
    document : Document
    path : path
        A folder, which appears whole or not at all.
    images : path, optional
        The folder of the image files, which are then put into img/; by default they are not.
    link : bool
        Links to the image files in the place of copies.

    Returns
    -------
    FormatReport
    """
    objects, report = open_objects(
        document,
        "supervisely",
        Carries(keys=("supervisely",), splits=True, classes=True, images=("supervisely",)),
    )
    empty = objects.has_mask & (objects.masks.area() == 0)
    report.lose("masks without a pixel", objects.places(np.flatnonzero(empty)))
    objects = objects.take(np.flatnonzero(~empty))
    _lose_folders(objects, report)
    boxes = objects.masks.bbox().astype(np.int64)
    patches = objects.masks.crop(boxes)
    kept = document.annotations.column("supervisely", objects.rows, missing=None).tolist()
    tags = document.images.column("supervisely", missing=None).tolist()
    splits = splits_of(document, _DATA_SET)
    with staged(path) as folder:
        classes = [
            {"title": name, "shape": "any", "color": _colour(k), "geometry_config": {}, "id": k}
            for k, name in enumerate(objects.names, 1)
        ]
        meta = {"classes": classes, "tags": [], "projectType": "images"}
        folder.write("meta.json", json.dumps(meta, indent=4))
        for picture, chosen in objects.by_picture():
            own = tags[picture.row] if isinstance(tags[picture.row], dict) else {}
            found = []
            for k in chosen.tolist():
                head = dict(kept[k]) if isinstance(kept[k], dict) else {}
                category = int(objects.category[k])
                head |= {"classId": category + 1, "classTitle": objects.names[category]}
                head.setdefault("tags", [])
                x, y = boxes[k, :2].tolist()
                if objects.has_mask[k]:
                    require_paintable(patches.sizes[k].tolist(), objects.places(np.array([k]))[0])
                    png = print_png(patches[k].decode(layout="HW"), b"\0\0\0\xff\xff\xff", bits=1)
                    data = base64.b64encode(zlib.compress(png)).decode()
                    head |= {"geometryType": "bitmap", "bitmap": {"data": data, "origin": [x, y]}}
                else:
                    x, y, w, h = objects.boxes[k].tolist()
                    exterior = [[x, y], [x + w - 1, y + h - 1]]
                    points = {"exterior": exterior, "interior": []}
                    head |= {"geometryType": "rectangle", "points": points}
                found.append(head)
            size = {"height": picture.height, "width": picture.width}
            root = {"description": "", "tags": [], **own, "size": size, "objects": found}
            place = _place_of(picture, splits, "ann")
            folder.write(f"{place}.json", json.dumps(root, indent=4), "images")
        if images is not None:
            named = [(one, _place_of(one, splits, "img")) for one in objects.images]
            place_images(named, images, folder, link=link)
    return report


def _lose_folders(objects: Objects, report: FormatReport) -> None:
    report.objects = len(objects)
    inner = [one.place for one in objects.images if "/" in one.file_name]
    report.lose("folders of images (a data set has none)", inner)


def _colour(k: int) -> str:
    return f"#{(k * 2654435761) % (1 << 24):06X}"

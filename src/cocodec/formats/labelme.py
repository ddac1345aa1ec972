"""LabelMe (wkentaro): a JSON file an image, shapes with points in pixels.

An object is a label with a ``group_id``: shapes that have both in common are its parts. A polygon's
points are taken as COCO's, as every converter takes them; labelme itself paints their border too.
What the files say beyond that is kept under ``labelme`` of images and annotations.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from cocodec._core import SegmentationKind
from cocodec.documents.document import Document
from cocodec.documents.progress import steps
from cocodec.errors import DocumentError
from cocodec.files.image_headers import ImageHeaderError, read_image_size
from cocodec.files.png import print_png, read_pixels, require_paintable
from cocodec.formats.builder import (
    Builder,
    as_number,
    find_size,
    json_files,
    keypoints,
    load_json,
    place_patch,
    united,
)
from cocodec.formats.folders import (
    ImageFinder,
    first_file,
    json_head,
    label_names,
    place_images,
    staged,
)
from cocodec.formats.objects import MAX_SIDE, POINTS, Carries, Objects, open_objects, visible_points
from cocodec.formats.report import FormatReport
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]

_ROOT = ("version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth")
_SHAPE = ("label", "points", "group_id", "description", "shape_type", "flags", "mask")
_COUNTS = {"rectangle": 2, "circle": 2, "mask": 2, "oriented_rectangle": 4}


def detect(path: Path) -> str | None:
    """Say why this is LabelMe, if it is."""
    file = first_file(path, ".json")
    head = json_head(file)
    if not head or b'"annotations"' in head:
        return None
    with open(file, "rb") as stream:  # the image's own data may fill all but the end
        stream.seek(max(0, os.fstat(stream.fileno()).st_size - 4096))
        ends = head + stream.read(4096)
    return "it has shapes and an image" if b'"shapes"' in ends and b'"image' in ends else None


@names_arguments
def read(
    path: str | os.PathLike[str],
    *,
    images: str | os.PathLike[str] | None = None,
    report: FormatReport | None = None,
) -> Document:
    """Read a file, or all files of a folder.

    Parameters
    ----------
    path : path
    images : path, optional
        Where the images lie, for files that do not give their size.
    report : FormatReport, optional
        Gets shapes that enclose nothing (lines), which are left out. Points are kept as keypoints.

    Raises
    ------
    DocumentError
        For shapes that are none: names the file and the shape.
    """
    report = FormatReport("labelme") if report is None else report
    builder = Builder()
    for file in steps(json_files(Path(path))):
        root = load_json(file)
        if not isinstance(root, dict) or not isinstance(root.get("shapes"), list):
            if Path(path).is_file():
                raise DocumentError(f"{file}: expected an object with a list 'shapes'")
            continue  # another tool's file in the same folder
        finder = ImageFinder([file.parent, *([images] if images else [])])
        first = len(builder.images)
        _read_file(root, file, builder, finder, report)
        if Path(path).is_dir() and file.parent != Path(path) and _lies_beside(root):
            row = builder.images[first]
            row["file_name"] = (file.parent.relative_to(path) / row["file_name"]).as_posix()
    report.images, report.objects = len(builder.images), len(builder.rows)
    return builder.document()


def _read_file(
    root: dict[str, Any], file: Path, builder: Builder, finder: ImageFinder, report: FormatReport
) -> None:
    name = root.get("imagePath") or file.with_suffix(".jpg").name
    if not isinstance(name, str):
        raise DocumentError(f"{file}: imagePath is {name!r:.40}, expected a string")
    name = name.replace("\\", "/").split("/")[-1]
    given = (root.get("imageHeight"), root.get("imageWidth"))
    size = find_size(_size_inside(root, given), name, finder, str(file))
    kept = {key: value for key, value in root.items() if key not in _ROOT}
    kept |= {key: root[key] for key in ("version", "flags", "imageData") if root.get(key)}
    image = builder.image(name, size, **({"labelme": kept} if kept else {}))
    groups: dict[Any, list[tuple[dict[str, Any], str]]] = {}
    for number, shape in enumerate(root["shapes"]):
        what = f"{file}, shape {number}"
        if not isinstance(shape, dict) or not isinstance(shape.get("label"), str):
            raise DocumentError(f"{what}: expected an object with a label")
        group = shape.get("group_id")
        key = (shape["label"], repr(group)) if group is not None else number
        groups.setdefault(key, []).append((shape, what))
    for shapes in groups.values():
        parts = [(_shape_of(shape, what, size), what) for shape, what in shapes]
        report.lose(
            "shapes that enclose nothing",
            (f"{what} ({shapes[k][0].get('shape_type')})" for k, (part, what) in enumerate(parts)
             if part is None and not _dots(shapes[k][0])),
        )  # fmt: skip
        found = [part for part, _ in parts if part is not None]
        dots = [one for shape, _ in shapes for point in _dots(shape) for one in point]
        if not found and not dots:
            continue
        first = shapes[0][0]
        extra = {key: value for key, value in first.items() if key not in _SHAPE}
        extra |= {key: first[key] for key in ("flags", "description") if first.get(key)}
        if first.get("group_id") is not None:
            extra["group_id"] = first["group_id"]
        if len(shapes) == 1 and first.get("shape_type") in ("rectangle", "circle", "rotation"):
            extra |= {"shape_type": first["shape_type"], "points": first["points"]}
        more = {"labelme": extra} if extra else {}
        if dots:
            more |= keypoints(dots, alone=not found)
        if found:
            more["segmentation"] = united(found, size)
        builder.object(image, first["label"], **more)


def _lies_beside(root: dict[str, Any]) -> bool:
    """Whether the image is said to lie in the folder of the file."""
    name = root.get("imagePath") or ""
    return isinstance(name, str) and "/" not in name and "\\" not in name


def _size_inside(root: dict[str, Any], given: tuple[Any, Any]) -> tuple[Any, Any]:
    """The sides that a file gives, or else those of the image in it, as old files have them."""
    data = root.get("imageData")
    if None not in given or not isinstance(data, str):
        return given
    try:
        header = read_image_size(base64.b64decode(data, validate=True))
    except (ImageHeaderError, ValueError):
        return given
    return header.height, header.width


def _dots(shape: dict[str, Any]) -> list[list[float]]:
    """The points of a shape that is nothing but points."""
    points: list[list[float]] = shape["points"]
    return points if shape.get("shape_type") in ("point", "points") else []


def _shape_of(shape: dict[str, Any], what: str, size: tuple[int, int]) -> Any:
    """A flat ring, a mask, or None for what encloses nothing."""
    kind = shape.get("shape_type") or "polygon"
    if not isinstance(kind, str):
        raise DocumentError(f"{what}: shape_type is {kind!r:.40}, expected a string")
    points = shape.get("points")
    if not isinstance(points, list):
        raise DocumentError(f"{what}: points are {points!r:.40}, expected a list of pairs")
    flat = []
    for point in points:
        if not isinstance(point, list) or len(point) != 2:
            raise DocumentError(f"{what}: the point {point!r:.40} is no pair")
        for value in point:
            if not isinstance(value, (int, float)):
                raise DocumentError(f"{what}: the coordinate {value!r:.40} is no number")
            as_number(value, f"{what}: a coordinate")
            flat.append(value)
    if kind in ("rectangle", "rotation") and len(points) == 4:  # as X-AnyLabeling has them
        return flat
    if kind in _COUNTS and len(points) != _COUNTS[kind]:
        raise DocumentError(f"{what}: a {kind} has {_COUNTS[kind]} points, not {len(points)}")
    if kind == "mask":
        return _mask_of(shape, flat, what, size)
    if kind == "rectangle":
        x0, x1 = sorted((flat[0], flat[2]))
        y0, y1 = sorted((flat[1], flat[3]))
        return [x0, y0, x1, y0, x1, y1, x0, y1]
    if kind == "circle":
        return _circle(flat)
    if kind in ("polygon", "oriented_rectangle") and len(points) >= 3:
        return flat
    return None


def _circle(flat: list[float]) -> list[float]:
    """As labelme makes a polygon of it: off by at most a pixel."""
    x, y, rim_x, rim_y = flat
    radius = math.hypot(rim_x - x, rim_y - y)
    count = 12 if radius <= 1 else max(12, min(4096, int(math.pi / math.acos(1 - 1 / radius))))
    ring = []
    for k in range(count):
        angle = 2 * math.pi * k / count
        ring += [x + radius * math.sin(angle), y + radius * math.cos(angle)]
    return ring


def _mask_of(
    shape: dict[str, Any], flat: list[float], what: str, size: tuple[int, int]
) -> RleArray:
    data = shape.get("mask")
    if not isinstance(data, str):
        raise DocumentError(f"{what}: mask is {data!r:.40}, expected a PNG in base64")
    try:
        png = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DocumentError(f"{what}: the mask is no base64: {error}") from None
    pixels = read_pixels(png, None, what)
    if pixels.ndim == 3:
        pixels = np.asarray(pixels.any(axis=2))
    if max(pixels.shape) > MAX_SIDE:
        raise DocumentError(f"{what}: the mask is {pixels.shape}, larger than any image")
    x0, y0, x1, y1 = (round(value) for value in flat)
    if all(value == int(value) for value in flat):
        pixels = pixels[: max(0, y1 - y0 + 1), : max(0, x1 - x0 + 1)]
    return place_patch(RleArray.encode(np.ascontiguousarray(pixels != 0)), x0, y0, size)


@names_arguments
def write(
    document: Document,
    path: str | os.PathLike[str],
    *,
    images: str | os.PathLike[str] | None = None,
    link: bool = False,
) -> FormatReport:
    """Write a file for each image into a folder.

    Polygons stay polygons, an object of several is a group; everything else becomes a ``mask``
    shape, which is exact.

    Parameters
    ----------
    document : Document
    path : path
        A folder, which appears whole or not at all.
    images : path, optional
        The folder of the image files, which are then put beside the JSON; by default they are not.
    link : bool
        Links to the image files in the place of copies.

    Returns
    -------
    FormatReport
    """
    objects, report = open_objects(
        document, "labelme", Carries(keys=("labelme", *POINTS), images=("labelme",))
    )
    dots = visible_points(objects, report)
    empty = objects.masks.area() == 0
    empty &= ~np.array([bool(one) for one in dots], bool)
    report.lose("objects without a pixel", objects.places(np.flatnonzero(empty)))
    dots = [dots[k] for k in np.flatnonzero(~empty).tolist()]
    objects = objects.take(np.flatnonzero(~empty))
    report.objects = len(objects)
    shapes = _shapes(objects, dots)
    rows = document.images[:]
    names = label_names(objects.images, ".json")
    with staged(path) as folder:
        for (picture, chosen), name in zip(objects.by_picture(), names, strict=True):
            own = rows[picture.row].get("labelme")
            own = own if isinstance(own, dict) else {}
            root = {
                "version": own.get("version", "5.5.0"),
                "flags": own.get("flags", {}),
                "shapes": [shape for k in chosen.tolist() for shape in shapes[k]],
                "imagePath": picture.file_name.replace("\\", "/").split("/")[-1],
                "imageData": own.get("imageData"),
                "imageHeight": picture.height,
                "imageWidth": picture.width,
            }
            root |= {key: value for key, value in own.items() if key not in _ROOT}
            folder.write(name, json.dumps(root, indent=2, ensure_ascii=False), "images")
        if images is not None:
            place_images(
                [(one, one.file_name) for one in objects.images], images, folder, link=link
            )
    return report


def _shapes(objects: Objects, dots: list[list[list[float]]]) -> list[list[dict[str, Any]]]:
    """The shapes of each object."""
    table = objects.document.annotations
    given = table.column("segmentation", objects.rows, missing=None).tolist()
    owns = table.column("labelme", objects.rows, missing=None).tolist()
    patches = _patches(objects)
    out = []
    for k in range(len(objects)):
        own = owns[k] if isinstance(owns[k], dict) else {}
        head = {key: value for key, value in own.items() if key not in (*_SHAPE, "shape_type")}
        label = objects.names[int(objects.category[k])]
        group = own.get("group_id")
        rings = given[k] if int(objects.kinds[k]) == SegmentationKind.POLYGONS else None
        found: list[tuple[str, Any, Any]]
        if not objects.has_mask[k] and dots[k]:
            found = []
        elif not objects.has_mask[k]:
            x, y, w, h = objects.boxes[k].tolist()
            found = [("rectangle", [[x, y], [x + w, y + h]], None)]
        elif "shape_type" in own and "points" in own and rings is not None:
            found = [(own["shape_type"], own["points"], None)]
        elif rings is not None and all(len(r) >= 6 and len(r) % 2 == 0 for r in rings):
            found = [("polygon", [r[i : i + 2] for i in range(0, len(r), 2)], None) for r in rings]
        else:
            found = [("mask", *patches(k))]
        if dots[k]:
            found.append(("point" if len(dots[k]) == 1 else "points", dots[k], None))
        if len(found) > 1 and group is None:
            group = int(objects.rows[k])
        out.append(
            [
                {
                    **head,
                    "label": label,
                    "points": points,
                    "group_id": group,
                    "description": own.get("description", ""),
                    "shape_type": kind,
                    "flags": own.get("flags", {}),
                    "mask": mask,
                }
                for kind, points, mask in found
            ]
        )
    return out


def _patches(objects: Objects) -> Any:
    """A function from an object to its patch: corners, both inside, and the PNG in base64."""
    boxes = objects.masks.bbox().astype(np.int64)
    cut = objects.masks.crop(boxes)

    def patch(k: int) -> tuple[list[list[int]], str]:
        x, y, w, h = boxes[k].tolist()
        require_paintable((h, w), objects.places(np.array([k]))[0])
        png = print_png(cut[k].decode(layout="HW"))
        return [[x, y], [x + w - 1, y + h - 1]], base64.b64encode(png).decode()

    return patch

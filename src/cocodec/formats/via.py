"""VGG Image Annotator: a JSON file of images with regions (VIA 2), or a project of VIA 3.

A project keeps files, views of them, attributes and regions apart; it is read as the export of VIA
2 that has the same in it, which is what is written.
"""

from __future__ import annotations

import csv
import io
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
from cocodec.files.output import open_whole
from cocodec.formats.builder import Builder, as_number, find_size, keypoints, load_json
from cocodec.formats.folders import (
    ImageFinder,
    json_head,
    only_file,
    read_text,
    require_only_file,
)
from cocodec.formats.objects import POINTS, Carries, open_objects, visible_points
from cocodec.formats.report import FormatReport
from cocodec.formats.yolo_rows import exact_rings
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]

_CLASSES = ("class", "label", "name", "type", "category")
_SUFFIXES = (".json", ".csv")
_CSV_SHAPE = "region_shape_attributes"
_CSV_OF_3 = b"# Exported using VGG Image Annotator"
# Of VIA 3: the shapes by their numbers, and what the numbers behind it are.
_SHAPES = {
    1: ("point", ("cx", "cy")),
    2: ("rect", ("x", "y", "width", "height")),
    3: ("circle", ("cx", "cy", "r")),
    4: ("ellipse", ("cx", "cy", "rx", "ry")),
}
_POINTS = {5: "line", 6: "polyline", 7: "polygon", 8: "extreme rectangle", 9: "extreme circle"}
_IMAGE, _CHECKBOX = 2, 2  # types of files, of attributes
_ROUND_POINTS = 72


def detect(path: Path) -> str | None:
    """Say why this is VIA's JSON, if it is."""
    file = only_file(path, _SUFFIXES)
    if file is None or not file.is_file():
        return None
    if _is_table(file):
        return "it has a column region_shape_attributes"
    head = json_head(file)
    if b'"project"' in head and b'"vid_list"' in head:
        return "it is a project with a vid_list"
    found = b'"_via_img_metadata"' in head or b'"_via_settings"' in head
    found |= b'"regions"' in head and b'"filename"' in head and b'"size"' in head
    return "it has regions of files" if found else None


@names_arguments
def read(
    path: str | os.PathLike[str],
    *,
    images: str | os.PathLike[str] | None = None,
    report: FormatReport | None = None,
) -> Document:
    """Read an export (JSON or CSV) or a project, of VIA 3 too, or the folder with it.

    Sizes come from the images (or a key ``cocodec_size``). Attributes of a file are kept as
    ``attributes`` of its image.

    Raises
    ------
    DocumentError
        For regions that are none, and images that are not there.
    """
    report = FormatReport("via") if report is None else report
    file = require_only_file(Path(path), _SUFFIXES)
    root = _read_csv(file) if _is_table(file) else load_json(file)
    entries = root.get("_via_img_metadata", root) if isinstance(root, dict) else None
    if not isinstance(entries, dict):
        raise DocumentError(f"{file}: expected an object of images")
    if isinstance(entries.get("project"), dict) and "vid_list" in entries["project"]:
        entries = _entries_of_project(entries, file, report)
    finder = ImageFinder([*([images] if images else []), file.parent])
    builder = Builder()
    for key, entry in steps(list(entries.items())):
        what = f"{file}, {key!r:.60}"
        if not isinstance(entry, dict) or not isinstance(entry.get("filename"), str):
            raise DocumentError(f"{what}: it has no filename")
        more = entry.get("file_attributes")
        more = dict(more) if isinstance(more, dict) else {}
        sides = more.pop("cocodec_size", None)
        given = tuple(sides) if isinstance(sides, list) and len(sides) == 2 else (None, None)
        size = find_size(given, entry["filename"], finder, what)
        image = builder.image(entry["filename"], size, **({"attributes": more} if more else {}))
        regions = entry.get("regions") or []
        regions = list(regions.values()) if isinstance(regions, dict) else regions
        if not isinstance(regions, list):
            raise DocumentError(f"{what}: regions are no list")
        for number, region in enumerate(regions):
            _read_region(region, f"{what}, region {number}", image, builder, report)
    report.images, report.objects = len(builder.images), len(builder.rows)
    return builder.document()


def _is_table(file: Path) -> bool:
    if file.suffix.lower() != ".csv":
        return False
    with open(file, "rb") as stream:
        line = stream.readline(4096)
    return _CSV_SHAPE.encode() in line or line.startswith(_CSV_OF_3)


def _read_csv(file: Path) -> dict[str, Any]:
    """A table with a row a region, as the JSON has it."""
    try:
        text = read_text(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"{file}: it is not UTF-8 at byte {error.start}") from None
    if text.startswith(_CSV_OF_3.decode()):
        raise DocumentError(
            f"{file}: a table of VIA 3 does not say what the options of attributes are called; "
            "give the project, which VIA saves as JSON"
        )
    entries: dict[str, Any] = {}
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        for row in reader:
            what = f"{file}, line {reader.line_num}"
            # What comments out a line of the table is an old name of the column.
            name = row.get("filename") or row.get("#filename")
            if not name:
                raise DocumentError(f"{what}: it has no filename")
            entry = entries.setdefault(
                name,
                {"filename": name, "file_attributes": _cell(row, "file_attributes", what),
                 "regions": []},
            )  # fmt: skip
            shape = _cell(row, _CSV_SHAPE, what)
            if shape:
                region = {"shape_attributes": shape}
                region["region_attributes"] = _cell(row, "region_attributes", what)
                entry["regions"].append(region)
    except csv.Error as error:
        raise DocumentError(f"{file}, line {reader.line_num}: {error}") from None
    return entries


def _cell(row: dict[str, Any], name: str, what: str) -> Any:
    text = row.get(name) or "{}"
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise DocumentError(f"{what}: {name} is {text!r:.60}, expected JSON") from None


# ------------------------------------------------------------ projects of VIA 3


def _entries_of_project(
    root: dict[str, Any], file: Path, report: FormatReport
) -> dict[str, dict[str, Any]]:
    """The images of a project with their regions, as an export of VIA 2 has them."""
    files, views, metadata, attributes = (
        _part_of_project(root, key, file) for key in ("file", "view", "metadata", "attribute")
    )
    entries: dict[str, dict[str, Any]] = {}
    for vid, view in views.items():
        shown = view.get("fid_list")
        shown = [files.get(str(one)) for one in shown] if isinstance(shown, list) else []
        if len(shown) == 1 and shown[0] is not None and shown[0].get("type", _IMAGE) == _IMAGE:
            regions: list[Any] = []
            entries[vid] = {"filename": shown[0].get("fname"), "regions": regions}
    for key, one in metadata.items():
        what = f"{file}, metadata {key!r:.60}"
        entry = entries.get(str(one.get("vid")))
        if entry is None:
            report.lose("metadata of what is no single image", [what])
            continue
        values = _named_values(one.get("av"), attributes)
        if not one.get("xy"):
            entry["file_attributes"] = entry.get("file_attributes", {}) | values
            continue
        shape = _shape_of_project(one["xy"], what)
        entry["regions"].append({"shape_attributes": shape, "region_attributes": values})
    return entries


def _part_of_project(root: dict[str, Any], key: str, file: Path) -> dict[str, dict[str, Any]]:
    part = root.get(key, {})
    if not isinstance(part, dict) or not all(isinstance(one, dict) for one in part.values()):
        raise DocumentError(f"{file}: {key!r} is no object of objects")
    return part


def _named_values(values: Any, attributes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Values under the names of their attributes, with the names of the options that they are."""
    found: dict[str, Any] = {}
    for key, value in values.items() if isinstance(values, dict) else ():
        attribute = attributes.get(key, {})
        options = attribute.get("options")
        options = options if isinstance(options, dict) else {}
        name = str(attribute.get("aname", key))
        if attribute.get("type") == _CHECKBOX and isinstance(value, str):
            chosen = [one for one in value.split(",") if one]
            found[name] = {str(options.get(one, one)): True for one in chosen}
        else:
            found[name] = options.get(value, value) if isinstance(value, str) else value
    return found


def _shape_of_project(xy: Any, what: str) -> dict[str, Any]:
    """The number of a shape and its coordinates, as VIA 2 spells them."""
    if not isinstance(xy, list):
        raise DocumentError(f"{what}: xy is {xy!r:.40}, expected a list")
    kind, *numbers = (as_number(one, f"{what}: a number of xy") for one in xy)
    if kind in _SHAPES:
        name, keys = _SHAPES[int(kind)]
        if len(numbers) != len(keys):
            raise DocumentError(f"{what}: a {name} has {len(keys)} numbers, not {len(numbers)}")
        return {"name": name, **dict(zip(keys, xy[1:], strict=True))}
    if kind not in _POINTS or len(numbers) % 2:
        raise DocumentError(f"{what}: xy begins with {xy[0]!r} and has {len(numbers)} numbers more")
    xs, ys = xy[1::2], xy[2::2]
    if kind == 8 and xs:  # clicked at the left, upper, right and lower end
        x, y = min(xs), min(ys)
        return {"name": "rect", "x": x, "y": y, "width": max(xs) - x, "height": max(ys) - y}
    if kind == 9:
        return _circle_through(numbers, what)
    return {"name": _POINTS[int(kind)], "all_points_x": xs, "all_points_y": ys}


def _circle_through(numbers: list[float], what: str) -> dict[str, Any]:
    """The circle through three points."""
    if len(numbers) != 6:
        raise DocumentError(f"{what}: an extreme circle has 6 numbers, not {len(numbers)}")
    ax, ay, *others = numbers
    bx, by, cx, cy = (one - (ax, ay)[k % 2] for k, one in enumerate(others))
    twice = 2 * (bx * cy - by * cx)
    if twice == 0:  # on a line
        return {"name": "line", "all_points_x": numbers[::2], "all_points_y": numbers[1::2]}
    b, c = bx * bx + by * by, cx * cx + cy * cy
    x, y = (cy * b - by * c) / twice, (bx * c - cx * b) / twice
    return {"name": "circle", "cx": ax + x, "cy": ay + y, "r": math.hypot(x, y)}


# ------------------------------------------------------------ regions


def _read_region(
    region: Any, what: str, image: Any, builder: Builder, report: FormatReport
) -> None:
    shape = region.get("shape_attributes") if isinstance(region, dict) else None
    if not isinstance(shape, dict):
        raise DocumentError(f"{what}: it has no shape_attributes")
    attributes = region.get("region_attributes")
    attributes = attributes if isinstance(attributes, dict) else {}
    label = _class_of(attributes)
    more = {"attributes": attributes} if len(attributes) > 1 else {}
    kind = shape.get("name")

    def numbers(*names: str) -> list[float]:
        return [as_number(shape.get(name, 0), f"{what}: {name}") for name in names]

    if kind == "rect":
        box = numbers("x", "y", "width", "height")
        area = box[2] * box[3]
        builder.object(image, label, segmentation=[], area=area, bbox=box, **more)
    elif kind in ("polygon", "polyline"):
        xs, ys = shape.get("all_points_x"), shape.get("all_points_y")
        if not isinstance(xs, list) or not isinstance(ys, list) or len(xs) != len(ys):
            raise DocumentError(f"{what}: all_points_x and all_points_y do not fit together")
        if kind == "polyline" or len(xs) < 3:
            report.lose("regions that enclose nothing", [what])
            return
        ring = []
        for x, y in zip(xs, ys, strict=True):
            as_number(x, f"{what}: x"), as_number(y, f"{what}: y")
            ring += [x, y]
        builder.object(image, label, segmentation=[ring], **more)
    elif kind in ("circle", "ellipse"):
        x, y, rx, ry, turn = numbers("cx", "cy", "rx", "ry", "theta")
        if kind == "circle":
            rx = ry = numbers("r")[0]
        ring = []
        for k in range(_ROUND_POINTS):
            u = rx * math.cos(2 * math.pi * k / _ROUND_POINTS)
            v = ry * math.sin(2 * math.pi * k / _ROUND_POINTS)
            ring += [x + u * math.cos(turn) - v * math.sin(turn),
                     y + u * math.sin(turn) + v * math.cos(turn)]  # fmt: skip
        builder.object(image, label, segmentation=[ring], **more)
    elif kind == "point":
        builder.object(image, label, **keypoints(numbers("cx", "cy"), alone=True), **more)
    else:
        report.lose("regions that enclose nothing", [what])


def _class_of(attributes: dict[str, Any]) -> str:
    for key in (*_CLASSES, *attributes):
        value = attributes.get(key)
        if isinstance(value, dict):
            value = next((str(one) for one, chosen in value.items() if chosen), None)
        if isinstance(value, str) and value:
            return value
    return "object"


@names_arguments
def write(document: Document, path: str | os.PathLike[str]) -> FormatReport:
    """Write an export; polygons of one ring and boxes stay such, other masks are traced.

    Returns
    -------
    FormatReport
    """
    objects, report = open_objects(
        document, "via", Carries(keys=("attributes", *POINTS), images=("attributes",))
    )
    dots = visible_points(objects, report)
    several = [k for k, one in enumerate(dots) if len(one) > 1 or (one and objects.has_mask[k])]
    report.lose("keypoints beside a mask, or several", objects.places(np.array(several, np.int64)))
    given = document.annotations.column("segmentation", objects.rows, missing=None).tolist()
    extra = document.annotations.column("attributes", objects.rows, missing=None).tolist()
    of_images = document.images.column("attributes", missing=None).tolist()
    rings: list[Any] = [None] * len(objects)
    single = [
        kind == SegmentationKind.POLYGONS and len(one) == 1 and len(one[0]) >= 6
        for kind, one in zip(objects.kinds.tolist(), given, strict=True)
    ]
    traced = np.flatnonzero(objects.has_mask & ~np.array(single, bool))
    joined = exact_rings(objects.masks[traced])
    for number, k in enumerate(traced.tolist()):
        begin, end = joined.offsets[number : number + 2].tolist()
        rings[k] = joined.xy[begin:end].ravel().astype(np.int64).tolist()
    empty = [k for k in traced.tolist() if not rings[k]]
    report.lose("objects without a pixel", objects.places(np.array(empty, np.int64)))
    report.note("masks that are traced to a ring", objects.places(traced))
    report.objects = len(objects) - len(empty)
    root = {}
    for picture, chosen in objects.by_picture():
        regions = []
        for k in chosen.tolist():
            if not objects.has_mask[k] and len(dots[k]) == 1:
                (point,) = dots[k]
                shape: dict[str, Any] = {"name": "point", "cx": point[0], "cy": point[1]}
            elif not objects.has_mask[k]:
                x, y, w, h = objects.boxes[k].tolist()
                shape = {"name": "rect", "x": x, "y": y, "width": w, "height": h}
            else:
                ring = rings[k] if rings[k] is not None else given[k][0]
                if not ring:
                    continue
                shape = {"name": "polygon", "all_points_x": ring[::2], "all_points_y": ring[1::2]}
            own = extra[k] if isinstance(extra[k], dict) else {}
            name = objects.names[int(objects.category[k])]
            regions.append({"shape_attributes": shape, "region_attributes": own | {"class": name}})
        entry = {"filename": picture.file_name, "size": -1, "regions": regions}
        own = of_images[picture.row] if isinstance(of_images[picture.row], dict) else {}
        entry["file_attributes"] = own | {"cocodec_size": [picture.height, picture.width]}
        root[f"{picture.file_name}-1"] = entry
    with open_whole(path) as stream:
        stream.write(json.dumps(root).encode())
    return report

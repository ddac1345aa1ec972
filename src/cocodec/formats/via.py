"""VGG Image Annotator (VIA 2): a JSON file of images with regions."""

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
from cocodec.formats.folders import ImageFinder, first_json, json_head, read_text
from cocodec.formats.objects import POINTS, Carries, open_objects, visible_points
from cocodec.formats.report import FormatReport
from cocodec.formats.yolo_rows import exact_rings
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]

_CLASSES = ("class", "label", "name", "type", "category")
_CSV_SHAPE = "region_shape_attributes"
_ROUND_POINTS = 72


def detect(path: Path) -> str | None:
    """Say why this is VIA's JSON, if it is."""
    if path.is_dir():
        path = first_json(path)
    if path.is_file() and _is_table(path):
        return "it has a column region_shape_attributes"
    head = json_head(path)
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
    """Read an export (JSON or CSV) or a project, or the folder whose first JSON file it is.

    Sizes come from the images (or a key ``cocodec_size``).

    Raises
    ------
    DocumentError
        For regions that are none, and images that are not there.
    """
    report = FormatReport("via") if report is None else report
    file = first_json(Path(path))
    root = _read_csv(file) if _is_table(file) else load_json(file)
    entries = root.get("_via_img_metadata", root) if isinstance(root, dict) else None
    if not isinstance(entries, dict):
        raise DocumentError(f"{file}: expected an object of images")
    finder = ImageFinder([*([images] if images else []), file.parent])
    builder = Builder()
    for key, entry in steps(list(entries.items())):
        what = f"{file}, {key!r:.60}"
        if not isinstance(entry, dict) or not isinstance(entry.get("filename"), str):
            raise DocumentError(f"{what}: it has no filename")
        more = entry.get("file_attributes")
        sides = more.get("cocodec_size") if isinstance(more, dict) else None
        given = tuple(sides) if isinstance(sides, list) and len(sides) == 2 else (None, None)
        size = find_size(given, entry["filename"], finder, what)
        image = builder.image(entry["filename"], size)
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
        return _CSV_SHAPE.encode() in stream.readline(4096)


def _read_csv(file: Path) -> dict[str, Any]:
    """A table with a row a region, as the JSON has it."""
    try:
        text = read_text(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"{file}: it is not UTF-8 at byte {error.start}") from None
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
    objects, report = open_objects(document, "via", Carries(keys=("attributes", *POINTS)))
    dots = visible_points(objects, report)
    several = [k for k, one in enumerate(dots) if len(one) > 1 or (one and objects.has_mask[k])]
    report.lose("keypoints beside a mask, or several", objects.places(np.array(several, np.int64)))
    given = document.annotations.column("segmentation", objects.rows, missing=None).tolist()
    extra = document.annotations.column("attributes", objects.rows, missing=None).tolist()
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
        entry["file_attributes"] = {"cocodec_size": [picture.height, picture.width]}
        root[f"{picture.file_name}-1"] = entry
    with open_whole(path) as stream:
        stream.write(json.dumps(root).encode())
    return report

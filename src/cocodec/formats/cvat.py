"""CVAT's XML, for images and for video (1.1).

A ``<mask>`` has runs along the rows of its rectangle, background first. Shapes of one ``group_id``
are one object, as in CVAT's own COCO. Attributes, occlusion and order of shapes are kept under
``attributes``, ``occluded`` and ``z_order`` of annotations.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cocodec._core import SegmentationKind
from cocodec.documents.document import Document
from cocodec.documents.progress import steps
from cocodec.errors import DocumentError
from cocodec.files.output import open_whole
from cocodec.formats.builder import (
    Builder,
    as_number,
    keypoints,
    place_patch,
    rows_mask,
    united,
)
from cocodec.formats.folders import only_file, require_only_file
from cocodec.formats.objects import (
    POINTS,
    Carries,
    Objects,
    open_objects,
    side_of,
    splits_of,
    visible_points,
)
from cocodec.formats.report import FormatReport
from cocodec.formats.safe_xml import Element, child_text, new_element, parse_xml, print_xml
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]

_FILE = "annotations.xml"
_ENCLOSING = ("box", "polygon", "mask", "ellipse")
_DOTS = ("points", "skeleton")
_OTHER = ("polyline", "cuboid", "tag")
_BETWEEN = {"box": ("xtl", "ytl", "xbr", "ybr"), "ellipse": ("cx", "cy", "rx", "ry")}
_MOST_FILLED = 1 << 20  # shapes that tracks do not list
_KEPT = ("occluded", "source", "z_order")


def detect(path: Path) -> str | None:
    """Say why this is CVAT's XML, if it is."""
    file = only_file(path, [".xml"], _FILE)
    if file is None or file.suffix.lower() != ".xml" or not file.is_file():
        return None
    with open(file, "rb") as stream:
        head = stream.read(4096)
    return "the root element is <annotations>" if b"<annotations" in head else None


@names_arguments
def read(path: str | os.PathLike[str], *, report: FormatReport | None = None) -> Document:
    """Read ``annotations.xml``, or a folder with it or with one XML file of another name.

    Parameters
    ----------
    path : path
    report : FormatReport, optional
        Gets shapes that enclose nothing (lines, cuboids, tags), which are left out. Points and
        skeletons are kept as keypoints.

    Raises
    ------
    DocumentError
        For shapes that are none: names the image and the shape.
    """
    report = FormatReport("cvat-xml") if report is None else report
    file = require_only_file(Path(path), [".xml"], _FILE)
    root = parse_xml(file)
    if root.tag != "annotations":
        raise DocumentError(f"{file}: the root is <{root.tag[:40]}>, expected <annotations>")
    builder = Builder(_label_names(root))
    for element in steps(list(root.iter("image"))):
        _read_image(element, builder, report)
    _read_tracks(root, builder, report)
    _complete_joints(builder)
    report.images, report.objects = len(builder.images), len(builder.rows)
    return builder.document()


def _label_names(root: Element) -> Iterable[str]:
    meta = root.find("meta")
    if meta is None:
        return []
    labels = [label for labels in meta.iter("labels") for label in labels.findall("label")]
    return [name for label in labels if (name := child_text(label, "name"))]


def _read_image(element: Element, builder: Builder, report: FormatReport) -> None:
    name = element.get("name", "")
    what = f"image {name!r:.60}"
    if not name:
        raise DocumentError("an <image> has no name")
    size = (
        side_of(element.get("height"), f"{what}: height"),
        side_of(element.get("width"), f"{what}: width"),
    )
    number = element.get("id", "")
    more: dict[str, Any] = {"id": int(number)} if number.isascii() and number.isdigit() else {}
    if element.get("subset"):
        more["split"] = element.get("subset")
    image = builder.image(name, size, **more)
    _read_shapes(list(element), image, what, size=size, builder=builder, report=report)


def _read_shapes(
    elements: list[Element],
    image: Any,
    what: str,
    *,
    size: tuple[int, int],
    builder: Builder,
    report: FormatReport,
    label: str | None = None,
) -> None:
    """The shapes of an image; those of one group are one object."""
    groups: dict[Any, list[tuple[Element, str]]] = {}
    for number, shape in enumerate(elements):
        where = f"{what}, <{shape.tag[:20]}> {number}"
        if shape.tag in _OTHER:
            report.lose("shapes that enclose nothing", [where])
            continue
        if shape.tag not in (*_ENCLOSING, *_DOTS):
            continue
        name = shape.get("label", label)
        if not name:
            report.lose("shapes without a label (read as 'unlabeled')", [where])
            name = "unlabeled"
        group = shape.get("group_id", "0")
        key = (name, group) if group != "0" else number
        groups.setdefault(key, []).append((shape, where))
    for shapes in groups.values():
        parts = [
            _segmentation(shape, where, size) for shape, where in shapes if shape.tag not in _DOTS
        ]
        first = shapes[0][0]
        more: dict[str, Any] = {key: _value(first.get(key)) for key in _KEPT if first.get(key)}
        attributes = {one.get("name", ""): one.text or "" for one in first.findall("attribute")}
        if first.get("group_id", "0") != "0":
            more["group_id"] = _value(first.get("group_id"))
        if attributes.get("is_crowd", "").lower() in ("1", "true"):
            more["iscrowd"] = 1
        if attributes:
            more["attributes"] = attributes
        name = first.get("label", label) or "unlabeled"
        dots = [(shape, where) for shape, where in shapes if shape.tag in _DOTS]
        if dots:
            more |= _keypoints(dots, name, builder, alone=not parts)
        if not parts:
            builder.object(image, name, **more)
            continue
        if len(parts) == 1 and first.tag == "box" and not float(first.get("rotation", 0) or 0):
            x0, y0, x1, y1 = _corners(first, shapes[0][1])
            box = [x0, y0, round(x1 - x0, 6), round(y1 - y0, 6)]
            area = round(box[2] * box[3], 6)
            builder.object(image, name, segmentation=[], area=area, bbox=box, **more)
            continue
        builder.object(image, name, segmentation=united(parts, size), **more)


def _keypoints(
    dots: list[tuple[Element, str]], name: str, builder: Builder, *, alone: bool
) -> dict[str, Any]:
    """Points as keypoints; the joints of a skeleton stand in the order of its class."""
    skeletons = [one for one, _ in dots if one.tag == "skeleton" and one.find("points") is not None]
    if len(dots) > 1 or not skeletons:
        flat = [
            one
            for shape, where in dots
            for each in [shape, *shape.findall("points")]
            if each.get("points")
            for one in _pairs(each, where)
        ]
        if not flat:
            raise DocumentError(f"{dots[0][1]}: it has no points")
        return keypoints(flat, alone=alone)
    (skeleton,), where = skeletons, dots[0][1]
    joints: list[str] = builder.about.setdefault(name, {}).setdefault("keypoints", [])
    triples: dict[str, list[float]] = {}
    for joint in skeleton.findall("points"):
        label = joint.get("label", "")
        if label not in joints:
            joints.append(label)
        pair = _pairs(joint, where)
        if len(pair) != 2:
            raise DocumentError(f"{where}: the joint {label!r:.40} has {len(pair) // 2} points")
        hidden = 1 if joint.get("occluded") == "1" else 2
        triples[label] = [0, 0, 0] if joint.get("outside") == "1" else [*pair, hidden]
    seen = [one for triple in triples.values() if triple[2] for one in triple[:2]]
    row = keypoints(seen or [0, 0], alone=alone)
    values = [one for label in joints for one in triples.get(label, [0, 0, 0])]
    return row | {"keypoints": values, "num_keypoints": len(seen) // 2}


def _complete_joints(builder: Builder) -> None:
    """Add the joints that a skeleton does not have, as missing: all of a class have the same."""
    numbers = {number: name for name, number in builder.names.items()}
    for row in builder.rows:
        joints = builder.about.get(numbers[row["category_id"]], {}).get("keypoints", [])
        if "keypoints" in row:
            row["keypoints"] += [0] * (3 * len(joints) - len(row["keypoints"]))


def _pairs(shape: Element, where: str) -> list[float]:
    out = []
    for point in shape.get("points", "").split(";"):
        x, comma, y = point.partition(",")
        if not comma:
            raise DocumentError(f"{where}: the point {point!r:.40} is no pair")
        out += [as_number(x, f"{where}: x"), as_number(y, f"{where}: y")]
    return out


def _value(text: str | None) -> Any:
    if text is not None and text.lstrip("-").isascii() and text.lstrip("-").isdigit():
        return int(text) if len(text) < 19 else text
    return text


def _numbers(shape: Element, names: Iterable[str], where: str) -> list[float]:
    return [as_number(shape.get(name), f"{where}: {name}") for name in names]


def _corners(shape: Element, where: str) -> list[float]:
    return _numbers(shape, ("xtl", "ytl", "xbr", "ybr"), where)


def _segmentation(shape: Element, where: str, size: tuple[int, int]) -> Any:
    if shape.tag == "mask":
        return _mask(shape, where, size)
    if shape.tag == "polygon":
        ring = _pairs(shape, where)
        if len(ring) < 6:
            raise DocumentError(f"{where}: {len(ring) // 2} points are no polygon")
        return ring
    if shape.tag == "ellipse":
        cx, cy, rx, ry = _numbers(shape, ("cx", "cy", "rx", "ry"), where)
        angles = [2 * math.pi * k / 72 for k in range(72)]
        ring = [one for a in angles for one in (cx + rx * math.cos(a), cy + ry * math.sin(a))]
    else:
        x0, y0, x1, y1 = _corners(shape, where)
        cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
        ring = [x0, y0, x1, y0, x1, y1, x0, y1]
    turn = math.radians(as_number(shape.get("rotation", 0), f"{where}: rotation"))
    if turn == 0:
        return ring
    cos, sin = math.cos(turn), math.sin(turn)
    points = [(x - cx, y - cy) for x, y in zip(ring[::2], ring[1::2], strict=True)]
    turned = [(cx + x * cos - y * sin, cy + x * sin + y * cos) for x, y in points]
    return [one for point in turned for one in point]


def _mask(shape: Element, where: str, size: tuple[int, int]) -> RleArray:
    left, top, width, height = (
        int(one) for one in _numbers(shape, ("left", "top", "width", "height"), where)
    )
    side_of(width, f"{where}: width")
    side_of(height, f"{where}: height")
    try:
        counts = np.array(shape.get("rle", "").replace(",", " ").split(), np.int64)
    except (ValueError, OverflowError):
        raise DocumentError(f"{where}: rle is no list of integers") from None
    return place_patch(rows_mask(counts, (height, width), where), left, top, size)  # type: ignore[arg-type]


def _read_tracks(root: Element, builder: Builder, report: FormatReport) -> None:
    """Tracks: the shapes that are listed, and those of the frames between them."""
    tracks = root.findall("track")
    if not tracks:
        return
    meta = root.find("meta")
    sizes = [] if meta is None else list(meta.iter("original_size"))
    if not sizes:
        raise DocumentError("tracks need <original_size> in <meta>, which is not there")
    size = (
        side_of(child_text(sizes[0], "height"), "original_size: height"),
        side_of(child_text(sizes[0], "width"), "original_size: width"),
    )
    step = _frame_step(root)
    frames: dict[int, Any] = {}
    filled = 0
    for number, track in enumerate(steps(tracks)):
        for frame, shape, is_filled in _frames(track, number, step):
            filled += is_filled
            if filled > _MOST_FILLED:
                raise _too_many(number)
            if shape.get("outside") == "1":
                continue
            if is_filled and shape.tag not in _BETWEEN:
                report.note(
                    "shapes between key frames, which stay as they were at the last one",
                    [f"track {number}, frame {frame}"],
                )
            if frame not in frames:
                frames[frame] = builder.image(f"frame_{frame:06d}.PNG", size, frame=frame)
            before = len(builder.rows)
            what = f"track {number}, frame {frame}"
            label = track.get("label")
            _read_shapes(
                [shape], frames[frame], what, size=size, builder=builder, report=report, label=label
            )
            for row in builder.rows[before:]:
                row["track_id"] = number
                row["keyframe"] = int(shape.get("keyframe") == "1")


def _frame_step(root: Element) -> int:
    """How many frames of the video lie from one of the task's to the next."""
    for element in root.iter("frame_filter"):
        text = (element.text or "").strip().removeprefix("step=")
        if text.isascii() and text.isdigit() and 0 < len(text) < 7:
            return max(1, int(text))
    return 1


def _frames(track: Element, number: int, step: int) -> Iterator[tuple[int, Element, bool]]:
    """Each frame of a track with its shape, and whether it is not listed but lies in between.

    As CVAT has it: boxes and ellipses move evenly from one listed frame to the next; all else stays
    what it was. Nothing lies behind a shape that is outside.
    """
    listed = []
    for shape in track:
        if shape.tag not in (*_ENCLOSING, *_DOTS, *_OTHER):
            continue
        text = shape.get("frame", "")
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise DocumentError(f"track {number}: frame is {text!r:.40}, expected a number")
        listed.append((int(text), shape))
    listed.sort(key=lambda one: one[0])
    for k, (frame, shape) in enumerate(listed):
        yield frame, shape, False
        if k + 1 == len(listed) or shape.get("outside") == "1":
            continue
        end, after = listed[k + 1]
        between = range(frame + step, end, step)
        if len(between) > _MOST_FILLED:
            raise _too_many(number)
        for at in between:
            share = (at - frame) / (end - frame)
            yield at, _between(shape, after, share, f"track {number}, frame {at}"), True


def _too_many(track: int) -> DocumentError:
    return DocumentError(f"track {track}: more than {_MOST_FILLED} shapes lie between those listed")


def _between(shape: Element, after: Element, share: float, where: str) -> Element:
    """The shape that lies at a share of the way from one to the next."""
    names = _BETWEEN.get(shape.tag, ()) if shape.tag == after.tag else ()
    values = dict(shape.attrib) | {"keyframe": "0"}
    for name in names:
        a, b = (as_number(one.get(name), f"{where}: {name}") for one in (shape, after))
        values[name] = repr(round(a + (b - a) * share, 9))
    if names:
        a, b = (as_number(one.get("rotation", 0), f"{where}: rotation") for one in (shape, after))
        turn = (b - a + 180) % 360 - 180  # the shorter way round
        values["rotation"] = repr(round((a + turn * share) % 360, 9))
    found = Element(shape.tag, values)
    found.extend(shape)
    return found


@names_arguments
def write(document: Document, path: str | os.PathLike[str]) -> FormatReport:
    """Write a document as CVAT's XML for images, a file.

    Polygons of one ring stay polygons, those of several become a group; everything else that has a
    mask becomes ``<mask>``, which is exact.

    Returns
    -------
    FormatReport
    """
    objects, report = open_objects(
        document,
        "cvat-xml",
        Carries(
            keys=("attributes", "group_id", *POINTS, *_KEPT),
            crowds=True,
            splits=True,
            classes=True,
        ),
    )
    empty = objects.has_mask & (objects.masks.area() == 0)
    report.lose("masks without a pixel", objects.places(np.flatnonzero(empty)))
    objects = objects.take(np.flatnonzero(~empty))
    report.objects = len(objects)
    root = new_element(None, "annotations")
    new_element(root, "version", "1.1")
    labels = new_element(new_element(new_element(root, "meta"), "task"), "labels")
    for name in objects.names:
        label = new_element(labels, "label")
        new_element(label, "name", name)
        new_element(label, "attributes")
    splits = splits_of(document, "")
    shapes = _Shapes(objects, visible_points(objects, report))
    for number, (picture, chosen) in enumerate(objects.by_picture()):
        whole = isinstance(picture.id, int) and not isinstance(picture.id, bool)
        attributes = {"id": picture.id if whole else number, "name": picture.file_name}
        if splits[picture.row]:
            attributes["subset"] = splits[picture.row]
        attributes |= {"width": picture.width, "height": picture.height}
        image = new_element(root, "image", **attributes)
        for k in chosen.tolist():
            shapes.add(image, k)
    with open_whole(path) as stream:
        stream.write(print_xml(root))
    return report


class _Shapes:
    """Writes objects as elements."""

    def __init__(self, objects: Objects, dots: list[list[list[float]]]) -> None:
        self.objects, self.dots = objects, dots
        table, rows = objects.document.annotations, objects.rows
        self.given = table.column("segmentation", rows, missing=None).tolist()
        self.kept = {key: table.column(key, rows, missing=None).tolist() for key in _KEPT}
        self.groups = table.column("group_id", rows, missing=None).tolist()
        self.attributes = table.column("attributes", rows, missing=None).tolist()
        self.crowd = objects.crowd().tolist()
        boxes = objects.masks.bbox().astype(np.int64)
        self.boxes = boxes.tolist()
        self.patches = objects.masks.crop(boxes).transpose()
        used = {one for one in self.groups if isinstance(one, int)}
        self.next_group = max(used, default=0) + 1

    def add(self, image: Element, k: int) -> None:
        """Add the elements of one object."""
        head = {
            "label": self.objects.names[int(self.objects.category[k])],
            "source": self.kept["source"][k] or "manual",
            "occluded": int(bool(self.kept["occluded"][k])),
        }
        tail: dict[str, Any] = {"z_order": self.kept["z_order"][k] or 0}
        group = self.groups[k] if isinstance(self.groups[k], int) else 0
        rings = self.given[k] if int(self.objects.kinds[k]) == SegmentationKind.POLYGONS else None
        if rings is not None and any(len(ring) < 6 or len(ring) % 2 for ring in rings):
            rings = None
        parts: list[tuple[str, dict[str, Any]]] = []
        dots = self.dots[k]
        if not self.objects.has_mask[k] and not dots:
            x, y, w, h = self.objects.boxes[k].tolist()
            corners = {"xtl": x, "ytl": y, "xbr": x + w, "ybr": y + h}
            tail = {key: _spelled(value) for key, value in corners.items()} | tail
            parts = [("box", {})]
        elif not self.objects.has_mask[k]:
            pass
        elif rings is not None:
            parts = [("polygon", {"points": _points(ring)}) for ring in rings]
        else:
            parts = [("mask", self._mask(k))]
        if dots:
            parts.append(("points", {"points": _points([one for xy in dots for one in xy])}))
        if len(parts) > 1 and not group:
            group, self.next_group = self.next_group, self.next_group + 1
        if group:
            tail["group_id"] = group
        for tag, own in parts:
            element = new_element(image, tag, **head, **own, **tail)
            self._add_attributes(element, k)

    def _mask(self, k: int) -> dict[str, Any]:
        left, top, width, height = self.boxes[k]
        begin, end = self.patches.offsets[k : k + 2].tolist()
        counts = self.patches.counts[begin:end].tolist()
        if len(counts) % 2 == 0:
            counts.append(0)
        if counts[-1] == 0:
            counts.pop()
        rle = ", ".join(map(str, counts))
        return {"rle": rle, "left": left, "top": top, "width": width, "height": height}

    def _add_attributes(self, element: Element, k: int) -> None:
        values = self.attributes[k] if isinstance(self.attributes[k], dict) else {}
        if self.crowd[k]:
            values = {**values, "is_crowd": 1}
        for name, value in values.items():
            if isinstance(value, bool):
                value = str(value).lower()
            new_element(element, "attribute", value, name=name)


def _spelled(value: float) -> str:
    text = f"{value:.2f}"
    return text if abs(float(text) - value) < 1e-9 else repr(round(value, 9))


def _points(ring: list[float]) -> str:
    pairs = zip(ring[::2], ring[1::2], strict=True)
    return ";".join(f"{_spelled(x)},{_spelled(y)}" for x, y in pairs)

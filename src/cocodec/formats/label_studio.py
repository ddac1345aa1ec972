"""Label Studio's JSON: tasks with regions; brushes as a bit stream, everything else in percent.

A region may come several times, as the tool and as its labels: results of one id are one region.
Brush masks go through the core without the RGBA image that their stream describes. The tool's own
COCO makes an object of each outline of a brush and fills its holes; here a region is an object.
"""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

import cocodec._core as _core
from cocodec._core import SegmentationKind
from cocodec.documents.document import Document
from cocodec.documents.progress import steps
from cocodec.errors import CocodecError, DocumentError
from cocodec.files.output import open_whole
from cocodec.formats.builder import Builder, as_number, load_json
from cocodec.formats.folders import is_bare, json_head, only_file, require_only_file
from cocodec.formats.objects import Carries, Objects, open_objects, plain_message, side_of
from cocodec.formats.report import FormatReport
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]

_TOOLS = ("brush", "magicwand", "rectangle", "polygon", "ellipse", "keypoint")
_ELLIPSE_POINTS = 72
_SIDES = ("original_height", "original_width", "image_rotation")
_MIN_LABELS = re.compile(rb'"(rectangle|polygon|brush|ellipse|keypoint|magicwand)?labels"\s*:')
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def detect(path: Path) -> str | None:
    """Say why this is Label Studio's JSON, if it is."""
    file = only_file(path, [".json"])
    head = b"" if file is None else json_head(file, 1 << 18)
    if b'"original_width"' in head and b'"result"' in head:
        return "it has results with an original_width"
    if b'"original_width"' in head and _MIN_LABELS.search(head):
        return "it has labels with an original_width (the minimal JSON)"
    is_tasks = head.lstrip().startswith(b"[") and b'"data"' in head
    if is_tasks and (is_bare(head) or b'"result"' in head):
        return "it has tasks without results"
    return None


@names_arguments
def read(
    path: str | os.PathLike[str],
    *,
    threshold: int = 1,
    predictions: bool = False,
    report: FormatReport | None = None,
) -> Document:
    """Read an export, or the only JSON file of a folder: a list of tasks, or one.

    The minimal JSON (``JSON_MIN``) is read too.

    Images are called by the last part of their address, or by their path below a local folder.

    Parameters
    ----------
    path : path
    threshold : int
        From which alpha on a pixel of a brush is inside; 1 is what the editor shows.
    predictions : bool
        Read predictions, with their scores, in the place of annotations.
    report : FormatReport, optional
        Gets regions that enclose nothing, or have no label, tasks that were cancelled, and tasks
        without a region, of which nothing says how large their image is.

    Raises
    ------
    DocumentError
        For regions that are broken: names the task and the region.
    """
    report = FormatReport("label-studio") if report is None else report
    path = require_only_file(Path(path), [".json"])
    tasks = load_json(path)
    tasks = tasks if isinstance(tasks, list) else [tasks]
    if not 0 <= threshold <= 255:
        raise ValueError(f"threshold is {threshold}, expected 0 to 255")
    reader = _Reader(threshold, report)
    for number, task in enumerate(steps(tasks)):
        if not isinstance(task, dict):
            raise DocumentError(f"{path}: task {number} is no object")
        reader.task(task, f"{path}, task {task.get('id', number)!r:.40}", predictions)
    reader.finish()
    report.images, report.objects = len(reader.builder.images), len(reader.builder.rows)
    return reader.builder.document()


class _Reader:
    """Tasks -> rows; brushes are decoded all together at the end."""

    def __init__(self, threshold: int, report: FormatReport) -> None:
        self.builder, self.report, self.threshold = Builder(), report, threshold
        self.streams: list[bytes] = []
        self.sizes: list[tuple[int, int]] = []
        self.wheres: list[str] = []
        self.rows: list[int] = []

    def task(self, task: dict[str, Any], what: str, predictions: bool) -> None:
        """Read one task: its image, and the regions of all its annotations."""
        kinds = ("predictions",) if predictions else ("annotations", "completions")
        lists: list[Any] = []
        for kind in kinds:
            lists += task.get(kind) or []
        if "result" in task:
            lists.append(task)
        if not lists and "data" not in task:
            lists = _minimal(task)
        lists = [one for one in lists if one is not None]
        if not predictions and not lists and task.get("predictions"):
            self.report.note(
                "tasks of predictions alone, which predictions=True (--predictions) reads", [what]
            )
        if len(lists) > 1 and not predictions:
            self.report.note("tasks with several annotations, all of which are read", [what])
        name = _image_name(task, what)
        image, size = None, None
        for one in lists:
            if not isinstance(one, dict) or not isinstance(one.get("result"), list):
                raise DocumentError(f"{what}: an annotation has no list 'result'")
            if one.get("was_cancelled"):
                self.report.lose("annotations that were cancelled", [what])
                continue
            unsized = [
                f"{what}, result {k}"
                for k, result in enumerate(one["result"])
                if isinstance(result, dict)
                and isinstance(result.get("value"), dict)
                and {"x", "points", "rle"} & set(result["value"])
                and "original_width" not in result
            ]
            self.report.lose("regions that do not say the size of their image", unsized)
            for where, region in _regions(one["result"], what):
                found = (
                    side_of(region.get("original_height"), f"{where}: original_height"),
                    side_of(region.get("original_width"), f"{where}: original_width"),
                )
                if size is None:
                    size = found
                    image = self.builder.image(name, size)
                elif found != size:
                    raise DocumentError(f"{where}: the image is {found}, before it was {size}")
                self.region(region, image, size, where, one.get("score"))
        if size is None:
            self.report.lose("tasks without a region (nothing says their image's size)", [what])

    def region(
        self, region: dict[str, Any], image: Any, size: tuple[int, int], where: str, score: Any
    ) -> None:
        """Add the object of one region."""
        value, label = region["value"], region["label"]
        if len(_labels(value)) > 1:
            self.report.lose("labels of a region beside its first", [where])
        if label is None:
            self.report.lose("regions without a label", [where])
            label = "unlabeled"
        more: dict[str, Any] = {}
        score = region.get("score", score)
        if isinstance(score, (int, float)) and not isinstance(score, bool):
            more["score"] = score
        if "rle" in value:
            self.streams.append(_stream(value, where))
            self.sizes.append(size)
            self.wheres.append(where)
            self.rows.append(len(self.builder.rows))
            self.builder.object(image, label, segmentation=None, **more)
            return
        if "points" in value:
            ring = _ring(value["points"], size, where)
            if len(ring) >= 6:
                self.builder.object(image, label, segmentation=[ring], **more)
            else:
                self.report.lose("regions that enclose nothing", [where])
            return
        if "radiusX" in value:
            ring = _ellipse(value, size, where)
            self.builder.object(image, label, segmentation=[ring], **more)
            return
        if "width" in value and "height" in value:
            self._rectangle(value, image, label, where, size=size, more=more)
            return
        self.report.lose("regions that enclose nothing", [where])

    def _rectangle(
        self,
        value: dict[str, Any],
        image: Any,
        label: str,
        where: str,
        *,
        size: tuple[int, int],
        more: dict[str, Any],
    ) -> None:
        names = ("x", "y", "width", "height")
        x, y, w, h = (as_number(value.get(name), f"{where}: {name}") for name in names)
        x, w = x / 100 * size[1], w / 100 * size[1]
        y, h = y / 100 * size[0], h / 100 * size[0]
        turn = math.radians(as_number(value.get("rotation") or 0, f"{where}: rotation"))
        if turn == 0:
            box = [round(one, 9) for one in (x, y, w, h)]
            area = round(w * h, 9)
            self.builder.object(image, label, segmentation=[], area=area, bbox=box, **more)
            return
        cos, sin = math.cos(turn), math.sin(turn)
        ring = []
        for u, v in ((0.0, 0.0), (w, 0.0), (w, h), (0.0, h)):  # about the corner
            ring += [x + u * cos - v * sin, y + u * sin + v * cos]
        self.builder.object(image, label, segmentation=[ring], **more)

    def finish(self) -> None:
        """Decode the brushes."""
        if not self.streams:
            return
        try:
            sizes = np.array(self.sizes, np.int64)
            runs = _core.decode_brushes(self.streams, sizes, self.threshold)
        except CocodecError as error:
            where = self.wheres[error.item or 0]
            raise DocumentError(f"{where}: byte {error.offset}: {plain_message(error)}") from None
        for k, row in enumerate(self.rows):
            self.builder.rows[row]["segmentation"] = k
        self.builder._masks[:] = [RleArray._wrap(runs)]


def _image_name(task: dict[str, Any], what: str) -> str:
    """The name of a task's image: what `data` says first, or a minimal task itself."""
    data = task.get("data")
    data = data if isinstance(data, dict) else task
    for key in ("image", "img", "url", *data):
        value = data.get(key)
        if isinstance(value, str) and value:
            return _name_of(value, what)
    if isinstance(task.get("file_upload"), str):
        return str(task["file_upload"]).split("/")[-1]
    return f"{what.rsplit(' ', 1)[-1]}.jpg"


def _name_of(address: str, what: str) -> str:
    """The file that an address is of; of a path that leads nowhere else, all of it."""
    if address.startswith("data:"):  # the image itself
        kind = re.match(r"data:image/([a-z]+)", address)
        return f"{what.rsplit(' ', 1)[-1]}.{kind[1] if kind else 'jpg'}"
    is_local = _ADDRESS.match(address) is None and not address.startswith(("/", "\\"))
    tail = unquote(address.split("?d=")[-1].split("?")[0]).replace("\\", "/").rstrip("/")
    parts = tail.split("/")
    return (tail if is_local and ".." not in parts else parts[-1]) or address


def _minimal(task: dict[str, Any]) -> list[Any]:
    """The results of a minimal task: lists of values under the names of their controls."""
    results = [
        {"value": one, **{side: one[side] for side in _SIDES if side in one}}
        for values in task.values()
        if isinstance(values, list)
        for one in values
        if isinstance(one, dict) and "original_width" in one
    ]
    return [{"result": results}] if results else []


def _regions(results: list[Any], what: str) -> list[tuple[str, dict[str, Any]]]:
    """Regions by their ids, each with its label from whichever of its results has it."""
    found: dict[Any, tuple[str, dict[str, Any]]] = {}
    for number, result in enumerate(results):
        where = f"{what}, result {number}"
        if not isinstance(result, dict):
            raise DocumentError(f"{where}: it is no object")
        value = result.get("value")
        if not isinstance(value, dict) or "original_width" not in result:
            continue  # a relation, or a choice for the whole image
        label = _label(value)
        key = result.get("id", number)
        key = key if isinstance(key, (str, int)) else number
        if key in found:
            kept = found[key][1]
            kept["value"] = {**value, **kept["value"]}
            kept["label"] = kept["label"] if kept["label"] is not None else label
        else:
            found[key] = (where, {**result, "value": value, "label": label})
    return list(found.values())


def _labels(value: dict[str, Any]) -> list[Any]:
    for key, names in value.items():
        if key.endswith("labels") and isinstance(names, list) and names:
            return names
    return []


def _label(value: dict[str, Any]) -> str | None:
    first = next(iter(_labels(value)), None)
    return first if isinstance(first, str) else None


def _stream(value: dict[str, Any], where: str) -> bytes:
    rle = value["rle"]
    try:
        return bytes(rle) if isinstance(rle, list) else bytes(None)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        raise DocumentError(f"{where}: rle is no list of bytes") from None


def _ring(points: Any, size: tuple[int, int], where: str) -> list[float]:
    if not isinstance(points, list):
        raise DocumentError(f"{where}: points are no list")
    ring = []
    for point in points:
        if not isinstance(point, list) or len(point) != 2:
            raise DocumentError(f"{where}: the point {point!r:.40} is no pair")
        ring.append(round(as_number(point[0], f"{where}: x") / 100 * size[1], 9))
        ring.append(round(as_number(point[1], f"{where}: y") / 100 * size[0], 9))
    return ring


def _ellipse(value: dict[str, Any], size: tuple[int, int], where: str) -> list[float]:
    names = ("x", "y", "radiusX", "radiusY")
    x, y, rx, ry = (as_number(value.get(name), f"{where}: {name}") for name in names)
    turn = math.radians(as_number(value.get("rotation") or 0, f"{where}: rotation"))
    x, rx, y, ry = x * size[1] / 100, rx * size[1] / 100, y * size[0] / 100, ry * size[0] / 100
    ring = []
    for k in range(_ELLIPSE_POINTS):
        angle = 2 * math.pi * k / _ELLIPSE_POINTS
        u, v = rx * math.cos(angle), ry * math.sin(angle)
        ring += [x + u * math.cos(turn) - v * math.sin(turn),
                 y + u * math.sin(turn) + v * math.cos(turn)]  # fmt: skip
    return ring


@names_arguments
def write(document: Document, path: str | os.PathLike[str]) -> FormatReport:
    """Write a document as a list of tasks, a file.

    Polygons of one ring stay such, boxes become rectangles, and everything else brushes, which are
    exact.

    Returns
    -------
    FormatReport
    """
    objects, report = open_objects(document, "label-studio", Carries(keys=("score",)))
    results = _results(objects)
    tasks = []
    for number, (picture, chosen) in enumerate(objects.by_picture(), 1):
        found = []
        for k in chosen.tolist():
            kind, value, more = results[k]
            found.append(
                {
                    "original_width": picture.width,
                    "original_height": picture.height,
                    "image_rotation": 0,
                    "value": value,
                    "id": f"r{int(objects.rows[k])}",
                    "from_name": "tag",
                    "to_name": "image",
                    "type": kind,
                    "origin": "manual",
                    **more,
                }
            )
        annotation = {"id": number, "completed_by": 1, "result": found, "was_cancelled": False}
        if len(chosen) == 0:
            report.lose("images without objects (no result says their size)", [picture.place])
        # What is no part of a name in an address.
        address = picture.file_name.replace("%", "%25").replace("?", "%3F")
        tasks.append({"id": number, "data": {"image": address}, "annotations": [annotation]})
    with open_whole(path) as stream:
        stream.write(json.dumps(tasks).encode())
    return report


def _results(objects: Objects) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Type, value and what else there is of each object."""
    table, rows = objects.document.annotations, objects.rows
    given = table.column("segmentation", rows, missing=None).tolist()
    scores = table.column("score", rows, missing=None).tolist()
    brushes = _Brushes(objects, given)
    out = []
    for k in range(len(objects)):
        picture = objects.images[int(objects.image[k])]
        name = [objects.names[int(objects.category[k])]]
        across, down = 100 / picture.width, 100 / picture.height
        more = {} if scores[k] is None else {"score": scores[k]}
        if not objects.has_mask[k]:
            x, y, w, h = objects.boxes[k].tolist()
            value = {"x": x * across, "y": y * down, "width": w * across, "height": h * down}
            value |= {"rotation": 0, "rectanglelabels": name}
            out.append(("rectanglelabels", value, more))
        elif k in brushes.streams:
            value = {"format": "rle", "rle": list(brushes.streams[k]), "brushlabels": name}
            out.append(("brushlabels", value, more))
        else:
            ring = given[k][0]
            points = [[x * across, y * down] for x, y in zip(ring[::2], ring[1::2], strict=True)]
            value = {"points": points, "closed": True, "polygonlabels": name}
            out.append(("polygonlabels", value, more))
    return out


class _Brushes:
    """The streams of the objects that need one."""

    def __init__(self, objects: Objects, given: list[Any]) -> None:
        needed = [
            k
            for k in range(len(objects))
            if objects.has_mask[k] and not self._is_ring(objects, given, k)
        ]
        found = _core.encode_brushes(objects.masks[np.array(needed, np.int64)]._runs)
        self.streams = dict(zip(needed, found, strict=True))

    @staticmethod
    def _is_ring(objects: Objects, given: list[Any], k: int) -> bool:
        if int(objects.kinds[k]) != SegmentationKind.POLYGONS or len(given[k]) != 1:
            return False
        return len(given[k][0]) >= 6 and len(given[k][0]) % 2 == 0

"""YOLO data sets: a text file an image, a row an object, coordinates as shares of the image.

Written are ``data.yaml``, ``classes.txt``, a list of images for each split, ``labels/SPLIT/*.txt``,
and ``cocodec.json``: a COCO document without annotations, with the ids and sizes that the format
has no place for. It is read again where it lies there; without it, sizes come from the images.

A row is one ring, so parts are joined by edges there and back, and holes by bridges. Which pixels
are inside depends on who fills it: by the rule "opencv" a row is what a trainer fills (points cut
to integers, border pixels painted), by the rule "coco" it is what pycocotools fills.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec._core import SegmentationKind
from cocodec.documents.document import Document
from cocodec.documents.progress import counted
from cocodec.errors import DocumentError
from cocodec.formats.folders import Staging, label_names, place_images, staged, write_new
from cocodec.formats.objects import (
    POINTS,
    Carries,
    Objects,
    note_boxes,
    open_objects,
    splits_of,
    without_empty,
)
from cocodec.formats.report import FormatReport
from cocodec.formats.yaml_subset import yaml_string
from cocodec.formats.yolo_reading import SIDECAR, detect, read
from cocodec.formats.yolo_rows import (
    Rings,
    Rule,
    concatenated_ranges,
    exact_rings,
    needed_decimals,
    print_lines,
    walk_rings,
)
from cocodec.signatures import names_arguments
from cocodec.threads import in_order

__all__ = ["detect", "read", "write"]

Task: TypeAlias = Literal["segment", "detect", "pose", "obb"]
_BEYOND = 0.01  # ultralytics takes so much less than 0, or more than 1
_BATCH = 1_000  # objects at a time: what is larger is cleared by the system, again and again
_LEAST_DECIMALS = 6  # which every tool writes


@names_arguments
def write(
    document: Document,
    path: str | os.PathLike[str],
    *,
    task: Task = "segment",
    rule: Rule = "opencv",
    rows: Literal["polygons", "rle"] = "polygons",
    subset: str = "train",
    images: str | os.PathLike[str] | None = None,
    link: bool = False,
    threads: int = 0,
) -> FormatReport:
    """Write a document as a YOLO data set.

    Parameters
    ----------
    document : Document
        Images with a ``split`` key go to that split.
    path : path
        A folder, which appears whole or not at all.
    task : {"segment", "detect", "pose", "obb"}
        Rings, boxes, boxes with keypoints, or boxes at an angle.
    rule : {"opencv", "coco"}
        Whose filling of a ring gives the mask. "opencv" is exact for every object whose parts
        touch, if only at a corner, or all reach the right or lower edge of the image, behind which
        they are linked. Of the others no ring is filled to the mask: it goes round all parts, and
        its edges are painted. Their links are as short as can be, and the report counts their
        pixels. "coco" is always exact.
    rows : {"polygons", "rle"}
        "rle" writes ``class rle height width counts``, exact by any rule.
    subset : str
        Where images without a ``split`` go.
    images : path, optional
        The folder of the image files, which are then put into ``images/SPLIT``, so that a trainer
        can start; otherwise they are not copied.
    link : bool
        Links to the image files in the place of copies.
    threads : int
        0 = as many as pay, 1 = none.

    Returns
    -------
    FormatReport

    Raises
    ------
    DocumentError
        For images without a size or with names that cannot be written.
    FileExistsError
        If a file is there already.
    """
    for name, value, known in (
        ("task", task, get_args(Task)),
        ("rule", rule, get_args(Rule)),
        ("rows", rows, ("polygons", "rle")),
    ):
        if value not in known:
            raise ValueError(f"{name} is {value!r}, expected one of {', '.join(map(repr, known))}")
    objects, report = open_objects(
        document,
        "yolo",
        Carries(keys=POINTS if task == "pose" else (), splits=True, classes=True, whole=True),
    )
    splits = splits_of(document, subset)
    shape: tuple[int, int] | None = None
    if task == "pose":
        objects, print_part, shape = _pose_lines(objects, report)
    elif rows == "rle" and task == "segment":
        note_boxes(objects, report)
        print_part = _rle_lines
    elif task == "detect":
        objects, print_part = _box_lines(objects, report)
    else:
        objects, print_part = _ring_lines(objects, task, rule, report)
    report.objects = len(objects)
    head = {"task": task, "rule": rule if task == "segment" else "coco", "kpt_shape": shape}
    with staged(path) as folder:
        painted = _write_labels(objects, print_part, splits, folder, threads)
        report.lose("pixels between parts, which --rule opencv paints", painted)
        _write_head(objects, splits, head, folder)
        if images is not None:
            named = [
                (picture, f"images/{split}/{picture.file_name}")
                for picture, split in zip(objects.images, splits, strict=True)
            ]
            place_images(named, images, folder, link=link)
    return report


# ------------------------------------------------------------ rows


class _Lines(NamedTuple):
    """The lines of some objects."""

    text: bytes
    ends: NDArray[np.int64]  # where each object's line ends
    painted: Sequence[tuple[int, str]] = ()  # rows whose links a trainer paints, what to say


_Printer: TypeAlias = Callable[[Objects, int], _Lines]  # of some objects, on so many threads


def _sizes(objects: Objects) -> NDArray[np.int64]:
    # Of the images that these objects are in: batches of all objects share one list of all images.
    used, image = np.unique(objects.image, return_inverse=True)
    images = [objects.images[i] for i in used.tolist()]
    sizes = np.array([(one.height, one.width) for one in images], np.int64)
    out: NDArray[np.int64] = sizes.reshape(-1, 2)[image]
    return out


def _ring_lines(
    objects: Objects, task: str, rule: str, report: FormatReport
) -> tuple[Objects, _Printer]:
    objects = without_empty(objects, report)
    _note_shapes(objects, report)
    if task == "obb":
        return objects, _oriented_lines
    return objects, _walk_lines if rule == "opencv" else _exact_lines


def _oriented_lines(objects: Objects, threads: int) -> _Lines:
    decimals = np.full(len(objects), _LEAST_DECIMALS, np.int64)
    rings = _oriented_boxes(objects)
    return _Lines(
        *print_lines(objects.category, rings, _sizes(objects), decimals=decimals, threads=threads)
    )


def _walk_lines(objects: Objects, threads: int) -> _Lines:
    sizes = _sizes(objects)
    rings, painted = walk_rings(objects.masks, threads)
    decimals = np.full(len(objects), _LEAST_DECIMALS, np.int64)
    lines = print_lines(objects.category, rings, sizes, decimals=decimals, threads=threads)
    linked = np.flatnonzero(painted)
    said = zip(objects.places(linked), painted[linked].tolist(), strict=True)
    texts = [f"{place}: {pixels} pixels" for place, pixels in said]
    return _Lines(*lines, list(zip(objects.rows[linked].tolist(), texts, strict=True)))


def _exact_lines(objects: Objects, threads: int) -> _Lines:
    sizes = _sizes(objects)
    rings = _given_rings(objects, sizes, threads)
    decimals = needed_decimals(rings.xy.ravel(), 2 * rings.offsets, sizes)
    lines = print_lines(
        objects.category, rings, sizes, decimals=decimals, upwards=True, threads=threads
    )
    return _Lines(*lines)


def _note_shapes(objects: Objects, report: FormatReport) -> None:
    """Count what rows have no word for, and what stands for it."""
    boxes = np.flatnonzero(~objects.has_mask)
    report.note("objects without a mask, written as the ring of their box", objects.places(boxes))
    parts, holes = _core.count_parts(objects.masks._runs, 8, 0).T
    report.note("objects with holes, which are bridged", objects.places(np.flatnonzero(holes)))
    several = np.flatnonzero(parts > 1)
    report.note("objects of several parts, which are joined", objects.places(several))


def _given_rings(objects: Objects, sizes: NDArray[np.int64], threads: int) -> Rings:
    """The file's own rings where each is all of its object and inside the image, or traced ones."""
    kept = np.flatnonzero(objects.kinds == SegmentationKind.POLYGONS)
    if len(kept) == 0:
        return exact_rings(objects.masks, threads)
    rows = objects.rows[kept]
    _, (places,) = objects.document.annotations.find(["segmentation"], rows)
    values, lists, per_row, spellings = _core.read_numbers(places.rows(), 2)
    single = (np.diff(per_row) == 1) & (spellings != 0)
    first = lists[np.minimum(per_row[:-1], len(lists) - 2)]
    lengths = np.where(single, np.diff(lists)[np.minimum(per_row[:-1], len(lists) - 2)], 0)
    single &= (lengths >= 6) & (lengths % 2 == 0)
    chosen = np.flatnonzero(single)
    if len(chosen):
        points = values[concatenated_ranges(first[chosen], lengths[chosen])].reshape(-1, 2)
        counts = lengths[chosen] // 2
        side = np.repeat(sizes[kept[chosen], ::-1], counts, axis=0)
        inside = ((points >= 0) & (points <= side)).all(axis=1)
        starts = np.cumsum(counts) - counts
        whole = np.logical_and.reduceat(inside, starts)
        points = points[np.repeat(whole, counts)]
        chosen, counts = chosen[whole], counts[whole]
    if len(chosen) == 0:
        return exact_rings(objects.masks, threads)
    given = Rings(points, np.concatenate([[0], np.cumsum(counts)]))
    is_given = np.zeros(len(objects), bool)
    is_given[kept[chosen]] = True
    others = np.flatnonzero(~is_given)
    traced = exact_rings(objects.masks[others], threads)
    order = np.empty(len(objects), np.int64)
    order[kept[chosen]] = np.arange(len(chosen))
    order[others] = len(chosen) + np.arange(len(others))
    starts = np.concatenate([given.offsets[:-1], traced.offsets[:-1] + len(given.xy)])[order]
    sizes_of = np.concatenate([np.diff(given.offsets), np.diff(traced.offsets)])[order]
    points = np.concatenate([given.xy, traced.xy])[concatenated_ranges(starts, sizes_of)]
    return Rings(points, np.concatenate([[0], np.cumsum(sizes_of)]))


def _box_lines(objects: Objects, report: FormatReport) -> tuple[Objects, _Printer]:
    good = (objects.boxes[:, 2:] > 0).all(axis=1)
    report.lose("objects without a box", objects.places(np.flatnonzero(~good)))
    objects = objects.take(np.flatnonzero(good))
    report.lose("masks (boxes have none)", objects.places(np.flatnonzero(objects.has_mask)))
    _note_far_boxes(objects, report)
    return objects, _centred_lines


def _note_far_boxes(objects: Objects, report: FormatReport) -> None:
    """Boxes of which a number lies outside of what trainers take for a share."""
    side = np.tile(_sizes(objects)[:, ::-1], (1, 2))
    xy, wh = objects.boxes[:, :2], objects.boxes[:, 2:]
    shares = np.concatenate([xy + wh / 2, wh], axis=1) / side
    far = ((shares < -_BEYOND) | (shares > 1 + _BEYOND)).any(axis=1)
    report.note(
        "boxes that reach far out of their image, and ultralytics takes for broken",
        objects.places(np.flatnonzero(far)),
    )


def _centred_lines(objects: Objects, threads: int) -> _Lines:
    rings, decimals = _centred_boxes(objects)
    lines = print_lines(
        objects.category, rings, _sizes(objects), decimals=decimals, threads=threads
    )
    return _Lines(*lines)


def _centred_boxes(objects: Objects) -> tuple[Rings, NDArray[np.int64]]:
    """Centre and size of boxes, as two points, and how many decimals they need."""
    boxes = objects.boxes
    points = np.concatenate([boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:]], axis=1)
    rings = Rings(points.reshape(-1, 2), 2 * np.arange(len(boxes) + 1))
    decimals = needed_decimals(boxes.ravel(), 4 * np.arange(len(boxes) + 1), _sizes(objects), 1)
    return rings, decimals


def _rle_lines(objects: Objects, threads: int) -> _Lines:
    del threads
    lines = []
    for number, mask in zip(objects.category.tolist(), objects.masks.to_coco(), strict=True):
        height, width = mask["size"]
        lines.append(f"{number} rle {height} {width} {mask['counts']}\n".encode())
    return _Lines(b"".join(lines), np.cumsum([len(line) for line in lines], dtype=np.int64))


def _pose_lines(
    objects: Objects, report: FormatReport
) -> tuple[Objects, _Printer, tuple[int, int]]:
    values = objects.document.annotations.column("keypoints", objects.rows, missing=None).tolist()
    lengths = {len(one) for one in values if isinstance(one, list) and one}
    if len(lengths) > 1 or any(n % 3 for n in lengths):
        raise DocumentError(
            f"keypoints have lengths {sorted(lengths)}; a pose data set needs the same number for "
            "every object, three values each"
        )
    count = lengths.pop() if lengths else 0
    good = np.array([bool(isinstance(one, list) and one) for one in values], bool)
    good &= (objects.boxes[:, 2:] > 0).all(axis=1)
    report.lose("objects without keypoints or box", objects.places(np.flatnonzero(~good)))
    objects = objects.take(np.flatnonzero(good))
    report.lose("masks (poses have none)", objects.places(np.flatnonzero(objects.has_mask)))
    _note_far_boxes(objects, report)
    return objects, _posed_lines, (count // 3, 3)


def _posed_lines(objects: Objects, threads: int) -> _Lines:
    n = len(objects)
    values = objects.document.annotations.column("keypoints", objects.rows, missing=None).tolist()
    boxes, decimals = _centred_boxes(objects)
    points = np.array(values, np.float64).reshape(n, -1, 3)
    sizes = _sizes(objects).astype(np.float64)
    points[:, :, :2] /= sizes[:, None, ::-1]
    shares = boxes.xy.reshape(-1, 2, 2) / sizes[:, None, ::-1]
    rows = np.concatenate(
        [objects.category[:, None], shares.reshape(-1, 4), points.reshape(n, -1)], axis=1
    )
    offsets = rows.shape[1] * np.arange(n + 1)
    text, ends = _core.print_number_lines(
        rows.ravel(), offsets, decimals.astype(np.uint8), False, threads
    )
    return _Lines(text, ends)


def _oriented_boxes(objects: Objects) -> Rings:
    """The smallest rectangle round each object's pixels; a ring of four points stays as it is."""
    traced = _core.trace(objects.masks._runs, (0.0, False, 2, 4, 0.0), False, 0)
    xy, rings, masks = traced[0].reshape(-1, 2), traced[1], traced[2]
    ends = rings[masks]
    corners = [
        _smallest_rectangle(xy[a:b])
        for a, b in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    ]
    segmentations = objects.document.annotations.column(
        "segmentation", objects.rows, missing=None
    ).tolist()
    for k, rings_of in enumerate(segmentations):
        if isinstance(rings_of, list) and len(rings_of) == 1 and len(rings_of[0]) == 8:
            corners[k] = np.array(rings_of[0], np.float64).reshape(4, 2)
    return Rings(np.array(corners).reshape(-1, 2), 4 * np.arange(len(corners) + 1))


def _smallest_rectangle(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rectangle of least area round points: one of its sides lies on their hull."""
    hull = _hull(points)
    edges = np.diff(np.concatenate([hull, hull[:1]]), axis=0)
    angles = np.unique(np.arctan2(edges[:, 1], edges[:, 0]) % (np.pi / 2))
    across = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    down = np.stack([-across[:, 1], across[:, 0]], axis=1)
    u, v = hull @ across.T, hull @ down.T
    best = int(np.argmin((u.max(0) - u.min(0)) * (v.max(0) - v.min(0))))
    sides = [(u.min(0), v.min(0)), (u.max(0), v.min(0)), (u.max(0), v.max(0)), (u.min(0), v.max(0))]
    return np.array([across[best] * a[best] + down[best] * b[best] for a, b in sides])


def _hull(points: NDArray[np.float64]) -> NDArray[np.float64]:
    ordered = np.unique(points, axis=0).tolist()

    def half(way: Iterable[list[float]]) -> list[list[float]]:
        out: list[list[float]] = []
        for x, y in way:
            while len(out) >= 2:
                (ax, ay), (bx, by) = out[-2:]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                out.pop()
            out.append([x, y])
        return out[:-1]

    return np.array(half(ordered) + half(ordered[::-1]))


# ------------------------------------------------------------ files


class _Batch(NamedTuple):
    """Images that follow each other, and their objects, image by image."""

    files: list[str]
    counts: NDArray[np.int64]  # objects of each
    objects: NDArray[np.int64]


def _write_labels(
    objects: Objects, print_part: _Printer, splits: list[str], folder: Staging, threads: int
) -> list[str]:
    """A file an image, with the lines of its objects in order; an empty one without objects.

    Returns what is to be said of links that a trainer paints, in the order of rows.
    """
    batches = _batches(objects, splits, folder)
    first = list(islice(batches, 2))
    each = 1 if len(first) > 1 else threads

    def write_batch(batch: _Batch) -> tuple[int, Sequence[tuple[int, str]]]:
        lines = print_part(objects.take(batch.objects), each)
        stops = np.concatenate([[0], np.cumsum(batch.counts)])
        cuts = np.concatenate([[0], lines.ends])[stops].tolist()
        view = memoryview(lines.text)
        for file, begin, end in zip(batch.files, cuts[:-1], cuts[1:], strict=True):
            write_new(file, view[begin:end])
        return len(batch.files), lines.painted

    painted: list[tuple[int, str]] = []
    with counted(len(objects.images)) as count:
        for done, found in in_order(write_batch, chain(first, batches), threads):
            count(done)
            painted += found
    return [said for _, said in sorted(painted)]


def _batches(objects: Objects, splits: list[str], folder: Staging) -> Iterator[_Batch]:
    """Batches as they are asked for: files get their places while others are written."""
    images = objects.images
    names = label_names(images, ".txt")
    counts = np.bincount(objects.image, minlength=len(images))
    order = np.argsort(objects.image, kind="stable")
    ends = np.cumsum(counts)
    first = 0
    while first < len(images):
        before = int(ends[first]) - int(counts[first])
        last = int(np.searchsorted(ends, before + _BATCH, side="right"))
        last = min(max(last, first + 1), first + _BATCH)
        here = zip(splits[first:last], names[first:last], strict=True)
        files = [folder.place(f"labels/{split}/{name}", "images") for split, name in here]
        yield _Batch(files, counts[first:last], order[before : int(ends[last - 1])])
        first = last


def _write_head(objects: Objects, splits: list[str], head: dict[str, Any], folder: Staging) -> None:
    named: dict[str, list[str]] = {split: [] for split in splits or ["train"]}
    for picture, split in zip(objects.images, splits, strict=True):
        if any(char in picture.file_name for char in "\r\n"):
            raise DocumentError(f"the file name {picture.file_name!r} has a line break")
        named[split].append(f"./images/{split}/{picture.file_name}")
    for split, names in named.items():
        folder.write(f"{split}.txt", "".join(f"{name}\n" for name in names), "split")
    order = list(named)
    files = {"train": order[0], "val": order[0]} | {split: split for split in order}
    text = ["path: ."]
    text += [f"{key}: {yaml_string(split + '.txt')}" for key, split in files.items()]
    if head["kpt_shape"]:
        text.append(f"kpt_shape: [{head['kpt_shape'][0]}, {head['kpt_shape'][1]}]")
    text.append(f"nc: {len(objects.names)}")
    text.append("names:" if objects.names else "names: []")
    text += [f"  {k}: {yaml_string(name)}" for k, name in enumerate(objects.names)]
    text.append("# how cocodec reads the same masks back")
    text += [f"cocodec_rule: {head['rule']}", f"cocodec_task: {head['task']}"]
    folder.write("data.yaml", "\n".join(text) + "\n")
    classes = [" ".join(name.split()) for name in objects.names]
    folder.write("classes.txt", "".join(f"{name}\n" for name in classes))
    folder.write(SIDECAR, _sidecar(objects, splits))


def _sidecar(objects: Objects, splits: list[str]) -> bytes:
    """The document without its annotations: ids, sizes and whatever else images say."""
    document = objects.document
    images = [
        {**row, "split": split} for row, split in zip(document.images[:], splits, strict=True)
    ]
    categories = document.categories[:]
    if not categories:
        categories = [{"id": name, "name": name} for name in objects.names]
    root = {
        **document.fields(),
        "licenses": document.licenses[:],
        "images": images,
        "annotations": [],
        "categories": categories,
    }
    return json.dumps(root).encode()

"""Several tasks of one data set, counted once: what in two parts is one object, and where it goes.

Archives hold a document a task (instances, person_keypoints, stuff, panoptic ...) of the same
images. An object of one may be in others again:

* the same id, image, category and pixels (of boxes: the same box) in two parts are one object.
  What the later part says beside is added to the row of the first.
* a panoptic segment is the object of its image and category with which it shares more than half
  of their union, which is the rule of panoptic quality: nothing else can overlap it as much.

Captions, labels and answers are no objects, and stay what they are.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cocodec.dialects.common_form import Canon, PlainPart, Row, Work
from cocodec.dialects.rows import box_of, kind_of_row
from cocodec.dialects.shapes import masks_of, size_of
from cocodec.documents.document import Document
from cocodec.documents.panoptic_rows import Folder, Packed, read_row, read_segments
from cocodec.documents.references import identity
from cocodec.errors import DocumentError, how_many
from cocodec.masks.rle_array import RleArray

__all__ = ["expand_panoptic", "unite_tasks"]

Drawn = tuple[RleArray, dict[int, int]]  # masks, and where among them an annotation has its own

_DERIVED = ("id", "segmentation", "area", "bbox", "iscrowd", "image_id", "category_id")


# ---------------------------------------------------------------- panoptic parts


def expand_panoptic(
    parts: Sequence[PlainPart], document: Document, work: Work, source: Any = None
) -> None:
    """Make the segments of panoptic parts objects, from their PNGs.

    These lie in the same zip, or in the folder beside the file `source` that is called like it. A
    document of panoptic rows alone, whose PNGs are not at hand, stays panoptic. Beside objects such
    rows are refused, because no reader of objects takes them.
    """
    kinds = {kind_of_row(row) for part in parts for _, row in part.annotations().decoded()}
    kinds |= {"instance" for part in parts if part.annotations().plain.any()}
    if "panoptic" not in kinds:
        return
    archive = document._file.archive
    members = {part.name for part in document.parts}
    beside = Path(source).with_suffix("") if isinstance(source, (str, os.PathLike)) else None
    folder = Folder(beside) if beside is not None and beside.is_dir() else None
    for part in parts:
        name = part.name if part.name in members else None
        packed = Packed(archive, name) if archive is not None and name is not None else folder
        _expand(part, packed, (kinds == {"panoptic"}, work))


def _expand(part: PlainPart, packed: Packed | Folder | None, how: tuple[bool, Work]) -> None:
    alone, work = how
    sizes = {identity(row.get("id")): size_of(row) for row in part.rows("images")}
    rows: list[Row] = []
    origins: list[int] = []
    segments = 0
    for i, row in enumerate(part.rows("annotations")):
        new = [row]
        if kind_of_row(row) == "panoptic":
            try:
                new = _segments(row, i, packed, sizes)
                segments += len(new)
            except (DocumentError, OSError) as error:
                if alone and not isinstance(packed, Packed):
                    if packed is not None:
                        work.report.note(f"it stays panoptic: {error}")
                    return
                why = error.reason if isinstance(error, DocumentError) else error
                why = f"{why}; without its pixels it is no object (panoptic alone stays so)"
                work.report.refuse(part.place("annotations", i), why)
                new = []
        rows += new
        origins += [i] * len(new)
    if segments == 0 and len(rows) == len(part.rows("annotations")):
        return
    part.panoptic = segments > 0
    if segments:
        work.report.change("panoptic segments made objects, from their PNGs", None, segments)
    part.tables["annotations"], part.origins = rows, origins


def _segments(
    row: Row, i: int, packed: Packed | Folder | None, sizes: dict[Hashable, Any]
) -> list[Row]:
    if packed is None:
        raise DocumentError(f"its PNG {row.get('file_name')!r} is not in the file")
    height, width = sizes.get(identity(row.get("image_id")), (None, None))
    size = None if height is None or width is None else (height, width)
    return read_segments(read_row(row, i, packed), size)


# ---------------------------------------------------------------- one object in several tasks


def unite_tasks(parts: Sequence[PlainPart], canon: Canon, work: Work) -> None:
    """Make what several parts say of one object one row: the first one, and what others add."""
    if len(parts) < 2 or len({part.sharing for part in parts}) == len(parts):
        return
    order = [i for i, has in enumerate(canon.has_mask) if has]
    masks = masks_of(canon, order, work)
    where = dict(zip(order, range(len(order)), strict=True))
    into = _equal_objects(parts, canon, (masks, where))
    into.update(_overlapping_segments(parts, canon, into, (masks, where)))
    joined: dict[int, int] = defaultdict(int)
    for row, first in sorted(into.items()):
        joined[canon.sources[row]] += 1
        canon.tasks[first] = tuple(dict.fromkeys((*canon.tasks[first], *canon.tasks[row])))
        _join(canon, first, row, work)
    counts = np.bincount(canon.sources, minlength=len(parts)).tolist()
    for number, part in enumerate(parts):
        if joined[number]:
            work.report.change(
                f"rows of {part.name} that are objects of another task joined to these",
                None,
                joined[number],
            )
        task = part.task or "no task by its name"
        rows = f"{how_many(counts[number], 'row')}, {joined[number]:,} joined to another task's"
        work.report.note(f"{part.name} ({task}): {rows}")
    canon.keep([i for i in range(len(canon.annotations)) if i not in into])


def _equal_objects(parts: Sequence[PlainPart], canon: Canon, drawn: Drawn) -> dict[int, int]:
    """Rows of later parts -> the row that is the same object. Linear in the rows."""
    firsts: dict[Hashable, tuple[int, list[int]]] = {}  # the part, and its rows
    seen: dict[Hashable, int] = defaultdict(int)  # how many of a part were met
    into = {}
    for i, kind in enumerate(canon.kinds):
        row, source = canon.annotations[i], canon.sources[i]
        shape = (
            _shape(canon, i, drawn) if kind == "instance" and row.get("id") is not None else None
        )
        if shape is None:
            continue
        key = (
            *(parts[source].sharing, row["image_id"], row["category_id"]),
            *(identity(row["id"]), shape),
        )
        owner, rows = firsts.setdefault(key, (source, []))
        if owner == source:
            rows.append(i)
        elif seen[key, source] < len(rows):  # one to one: what a part repeats stays repeated
            into[i] = rows[seen[key, source]]
            seen[key, source] += 1
    return into


def _shape(canon: Canon, i: int, drawn: Drawn) -> Hashable:
    """What is equal for equal pixels, or of rows without any for equal boxes; None if neither."""
    if not canon.has_mask[i]:
        box = box_of(canon.annotations[i])
        return None if box is None else tuple(box)
    masks, at = drawn[0], drawn[1][i]
    begin, end = masks.offsets[at : at + 2].tolist()
    return masks.counts[begin:end].tobytes(), *masks.sizes[at].tolist()


def _overlapping_segments(
    parts: Sequence[PlainPart], canon: Canon, into: dict[int, int], drawn: Drawn
) -> dict[int, int]:
    """Panoptic segments that are not equal to an object -> the one that they mostly are."""
    masks, where = drawn
    objects: dict[Hashable, list[int]] = defaultdict(list)
    segments = []
    for i, row in enumerate(canon.annotations):
        if i in into or canon.kinds[i] != "instance" or not canon.has_mask[i]:
            continue
        part = parts[canon.sources[i]]
        key = (part.sharing, row["image_id"], row["category_id"], *masks.sizes[where[i]].tolist())
        if part.panoptic:
            segments.append((i, key))
        else:
            objects[key].append(i)
    pairs = np.array([(i, j) for i, key in segments for j in objects[key]], np.int64)
    if len(pairs) == 0:
        return {}
    left, right = (masks[[where[i] for i in side]] for side in pairs.T.tolist())
    shared = left.area().astype(np.int64) + right.area().astype(np.int64)
    both = (shared - left.symmetric_difference(right).area().astype(np.int64)) // 2
    most = np.flatnonzero(2 * both > shared - both)
    return dict(pairs[most].tolist())


def _join(canon: Canon, first: int, row: int, work: Work) -> None:
    """Add to a row what another task says of the same object."""
    kept, other, place = canon.annotations[first], canon.annotations[row], canon.places[row]
    for key, value in other.items():
        if key in _DERIVED:
            continue
        mine = kept.get(key)
        if key not in kept or mine is None:
            kept[key] = value
        elif key == "attributes" and isinstance(mine, dict) and isinstance(value, dict):
            differ = [name for name in value if name in mine and mine[name] != value[name]]
            kept[key] = {**value, **mine}
            for name in differ:
                work.report.lose(f"attribute {name} of another task", place)
        elif mine != value:
            work.report.lose(f"annotation {key} of another task", place)

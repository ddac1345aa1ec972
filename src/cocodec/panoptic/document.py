"""Panoptic documents: one row an image, its segments painted into a PNG, and ordinary annotations.

An image's row has a ``file_name`` and ``segments_info``; a pixel of the PNG says the id of its
segment as red + 256 green + 65536 blue, 0 where there is none
(https://cocodataset.org/#format-data).
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.crowds import Crowd, crowd_of, unclear
from cocodec.documents.document import Document
from cocodec.documents.json_values import JsonKind
from cocodec.documents.panoptic_rows import (
    Folder,
    Packed,
    PanopticRow,
    folder_of,
    read_row,
    read_segments,
)
from cocodec.documents.parts import Source, read_raw
from cocodec.documents.progress import steps
from cocodec.documents.sides import size_of
from cocodec.errors import DocumentError, how_many, located
from cocodec.files.archive import Archive
from cocodec.files.folder_names import inside
from cocodec.files.output import together
from cocodec.files.png import MAX_LABEL, require_paintable, require_pillow, write_png
from cocodec.masks.label_maps import Overlap
from cocodec.masks.rle_array import RleArray
from cocodec.threads import in_order

__all__ = ["from_panoptic", "to_panoptic"]

# What a segment says in the official order; the rest of an annotation follows.
_SEGMENT = ("id", "category_id", "area", "bbox", "iscrowd")
_DROPPED = {*_SEGMENT, "image_id", "segmentation", "segment_id"}


def from_panoptic(
    source: Source,
    png_folder: str | os.PathLike[str] | None = None,
    *,
    threads: int = 0,
) -> Document:
    """Read a panoptic document: see `Document.from_panoptic`."""
    require_pillow()
    document = Document(read_raw(source))
    packed = png_folder is None and document.layout == "zip"
    folder = None if packed else folder_of(source, png_folder, "png_folder")
    chosen = _panoptic_rows(document)
    tasks = _reading_tasks(document, folder, chosen)
    found = list(in_order(lambda task: read_segments(task.row, task.size), steps(tasks), threads))
    rows: dict[int, list[dict[str, Any]]] = {}
    for task, segments in zip(tasks, found, strict=True):
        here = rows.setdefault(task.part, [])
        here += [{"id": k, **segment} for k, segment in enumerate(segments, len(here) + 1)]
    document.annotations.remove(chosen)
    for part, new in rows.items():
        document.annotations.extend(new, part=part)
    return document


def to_panoptic(
    document: Document,
    png_folder: str | os.PathLike[str] | None = None,
    *,
    overlap: Overlap = "last",
    threads: int = 0,
) -> Document:
    """Make a panoptic document: see `Document.to_panoptic`."""
    if png_folder is not None:
        require_pillow()
    if document.layout == "zip":
        raise DocumentError("an archive has no place for panoptic rows; take its parts")
    canvases = _canvases(document, threads)
    names = _png_names(document)
    painted = [_painted(canvas, overlap) for canvas in canvases]
    rows: dict[int, list[dict[str, Any]]] = {}
    for canvas, (name, _), (_, segments) in zip(canvases, names, painted, strict=True):
        row = {"image_id": canvas.image_id, "file_name": name, "segments_info": segments}
        rows.setdefault(canvas.part, []).append(row)
    made = Document(read_raw(b"".join(document.render_source())))
    made.annotations.remove(None)
    for part, new in rows.items():
        made.annotations.extend(new, part=part)
    unsaid = np.flatnonzero(made.categories.kinds("isthing") == JsonKind.MISSING)
    made.categories.set_column("isthing", np.ones(len(unsaid), np.int64), unsaid)
    if png_folder is not None:
        with together():
            for canvas, (_, path), (left, _) in zip(steps(canvases), names, painted, strict=True):
                write_png(Path(png_folder) / path, _label_map(canvas, *left))
    return made


# ---------------------------------------------------------------- from panoptic


class _Task(NamedTuple):
    """One image to read: its row, and the image's size where it is known."""

    part: int
    row: PanopticRow
    size: tuple[int, int] | None


def _panoptic_rows(document: Document) -> NDArray[np.int64]:
    """The rows that are read: of a zip of several tasks, those of its panoptic parts."""
    table = document.annotations
    of_panoptic = np.unique(table.part[table.kinds("segments_info") == JsonKind.LIST])
    if document.layout != "zip" or len(of_panoptic) == 0:
        return np.arange(len(table))
    return np.flatnonzero(np.isin(table.part, of_panoptic))


def _reading_tasks(
    document: Document, folder: Path | None, chosen: NDArray[np.int64]
) -> list[_Task]:
    """`folder`: where the PNGs lie; None if that is the zip that the document is."""
    table = document.annotations
    sizes, wanted = _sizes(document), np.isin(np.arange(len(table)), chosen).tolist()
    parts, images = table.part.tolist(), document.image_rows().tolist()
    where: list[Folder | Packed] = [
        Folder(folder) if folder is not None else Packed(_archive_of(document), str(part.name))
        for part in document.parts
    ]
    return [
        _Task(
            parts[row],
            read_row(said, row, where[parts[row]]),
            sizes[image] if image >= 0 else None,
        )
        for row, (said, image) in enumerate(zip(table, images, strict=True))
        if wanted[row]
    ]


def _archive_of(document: Document) -> Archive:
    assert document._file.archive is not None  # its layout is "zip"
    return document._file.archive


def _sizes(document: Document) -> list[tuple[int, int] | None]:
    """Height and width of each image, where it states both as it should."""
    return [size_of(image) for image in document.images]


# ---------------------------------------------------------------- to panoptic


class _Canvas(NamedTuple):
    """One image to paint: its annotations, their segment ids and masks."""

    part: int
    image_id: Any
    size: tuple[int, int]
    rows: list[dict[str, Any]]
    ids: list[int]
    masks: RleArray


def _canvases(document: Document, threads: int) -> list[_Canvas]:
    """All images, in order; every annotation is on one of them."""
    images, table = document.image_rows(), document.annotations
    found = document.masks(threads=threads)
    for wrong, why in ((images < 0, "no such image"), (~found.has_mask, "no mask to paint")):
        if wrong.any():
            rows = np.flatnonzero(wrong)
            raise DocumentError(
                f"{how_many(len(rows), 'annotation')} cannot be painted: {why}: {_at(rows)}"
            )
    sizes, parts = _sizes(document), document.images.part.tolist()
    order = np.argsort(images, kind="stable")
    ends = np.searchsorted(images[order], np.arange(len(sizes)), side="right").tolist()
    image_ids = document.images.column("id").tolist()
    canvases, start = [], 0
    for image, end in enumerate(ends):
        here, start = order[start:end], end
        masks, rows = found.masks[here], table[here]
        size = sizes[image] or _only_size(masks, image)
        with located(table="images", row=image):
            require_paintable(size)
        if (masks.sizes != size).any():
            first = here[np.flatnonzero((masks.sizes != size).any(axis=1))[0]]
            raise DocumentError(
                f"the mask is {found.masks.sizes[first].tolist()} (height, width), the image "
                f"{list(size)}",
                table="annotations",
                row=int(first),
            )
        ids = _segment_ids(rows)
        canvases.append(_Canvas(parts[image], image_ids[image], size, rows, ids, masks))
    return canvases


def _at(rows: NDArray[np.int64]) -> str:
    return "rows " + ", ".join(map(str, rows[:8].tolist())) + ", ..." * (len(rows) > 8)


def _only_size(masks: RleArray, image: int) -> tuple[int, int]:
    if len(masks) == 0:
        raise DocumentError("the size is not known", table="images", row=image)
    height, width = masks.sizes[0].tolist()
    return height, width


def _segment_ids(rows: list[dict[str, Any]]) -> list[int]:
    for key in ("segment_id", "id"):
        ids = [row.get(key) for row in rows]
        if all(type(n) is int and 0 < n <= MAX_LABEL for n in ids) and len({*ids}) == len(ids):
            return [int(n) for n in ids if n is not None]
    if len(rows) > MAX_LABEL:
        raise DocumentError(f"{len(rows)} annotations of one image: there are {MAX_LABEL} labels")
    return list(range(1, len(rows) + 1))


def _png_names(document: Document) -> list[tuple[str, Path]]:
    """For each image the name of its PNG, and where that is in the folder."""
    names: dict[Path, int] = {}
    listed = []
    ids = document.images.column("id").tolist()
    for image, given in enumerate(document.images.column("file_name").tolist()):
        name = given if isinstance(given, str) and given else str(ids[image])
        name = str(PurePosixPath(name).with_suffix(".png"))
        with located(table="images", row=image):
            path = inside(Path(), name)
        if path in names:
            reason = f"the PNG is {name}, as that of row {names[path]} is"
            raise DocumentError(reason, table="images", row=image)
        names[path] = image
        listed.append((name, path))
    return listed


_Painted: TypeAlias = tuple[RleArray, NDArray[Any]]  # what is left of each mask, and its id


def _label_map(canvas: _Canvas, masks: RleArray, ids: NDArray[Any]) -> NDArray[Any]:
    return masks.to_label_map(ids, dtype=np.uint32, size=canvas.size)


def _crowd(row: dict[str, Any]) -> int:
    crowd = crowd_of(row.get("iscrowd"))
    if crowd == Crowd.UNCLEAR:
        raise DocumentError(unclear(row["iscrowd"]), table="annotations", id=row.get("id"))
    return int(crowd)


def _painted(canvas: _Canvas, overlap: Overlap) -> tuple[_Painted, list[dict[str, Any]]]:
    """What an image looks like, and what its segments are."""
    labels = canvas.masks.to_label_map(
        canvas.ids, overlap=overlap, dtype=np.uint32, size=canvas.size
    )
    masks, ids = RleArray.from_label_map(labels)
    measures = zip(masks.area().tolist(), masks.bbox().tolist(), strict=True)
    painted = dict(zip(ids.tolist(), measures, strict=True))
    segments = []
    for row, number in zip(canvas.rows, canvas.ids, strict=True):
        if number not in painted:
            continue
        area, bbox = painted[number]
        crowd = _crowd(row)
        category = {"category_id": row["category_id"]} if "category_id" in row else {}
        box = [int(v) for v in bbox]
        segment = {"id": number, **category, "area": area, "bbox": box, "iscrowd": crowd}
        if "segment_id" not in row and row.get("id") != number:
            segment["annotation_id"] = row.get("id")
        segments.append({**segment, **{k: v for k, v in row.items() if k not in _DROPPED}})
    return (masks, ids), segments

"""Spelling the masks of a data set as a dialect wants them: whole batches, in place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cocodec.dialects.common_form import Canon, Row, Work
from cocodec.dialects.measures import box_of
from cocodec.dialects.shapes import batches_of, box_ring, read_segmentations, size_of

__all__ = ["as_polygons", "as_rle_dicts", "fill_boxes", "spell_masks"]


def fill_boxes(canon: Canon, work: Work, what: str, *, keypoints: bool = False) -> None:
    """Give the objects that are a box only the ring of that box, and its mask.

    `what` is how the report calls that. Those that have keypoints take part if `keypoints` says so.
    """
    images = {image["id"]: image for image in canon.images}
    rows = []
    for i, row in enumerate(canon.annotations):
        if canon.kinds[i] != "instance" or canon.has_mask[i] or _is_hollow(canon, i, work):
            continue
        if row.get("keypoints") and not keypoints:
            continue
        why = _why_no_ring(row, images[row["image_id"]])
        if why is not None:
            work.report.lose(f"{why} have no ring", canon.places[i])
            continue
        row["segmentation"] = [box_ring(row["bbox"])]
        work.report.change(what, canon.places[i])
        rows.append(i)
    _read_rings(canon, rows, work)


def _why_no_ring(row: Row, image: Row) -> str | None:
    box = box_of(row)
    if box is None:
        return "objects with neither a mask nor a box"
    if len(box) == 5:
        return "boxes with an angle"
    return "boxes in images without height and width" if None in size_of(image) else None


def _read_rings(canon: Canon, rows: list[int], work: Work) -> None:
    """Make the masks of rows that have got rings."""
    images = {image["id"]: image for image in canon.images}
    rings = [canon.annotations[i]["segmentation"] for i in rows]
    sizes = [size_of(images[canon.annotations[i]["image_id"]]) for i in rows]
    read = read_segmentations(rings, sizes, work.options.threads)
    for refused in read.refused:
        i = rows[refused.row]
        canon.annotations[i]["segmentation"] = []
        work.report.lose("boxes too far out have no ring", canon.places[i])
    for i, has in zip(rows, read.has_mask.tolist(), strict=True):
        canon.has_mask[i] = has


def spell_masks(canon: Canon, work: Work) -> None:
    """Spell all masks as the options say."""
    wanted = work.options.segmentation
    if wanted == "keep":
        return
    rows = [i for i, has in enumerate(canon.has_mask) if has]
    if wanted == "polygons":
        as_polygons(canon, rows, work)
        return
    as_rle_dicts(canon, rows, "list" if wanted == "rle-list" else "str", work)


def as_rle_dicts(canon: Canon, rows: Sequence[int], counts: str, work: Work) -> None:
    """Spell the masks of some rows as RLE, `counts` a "list" or a "str"; rings are rasterised.

    What is spelled so already stays as it is.
    """
    kind = list if counts == "list" else str
    rows = [
        i
        for i in rows
        if not _is_rle(canon, i)
        or not isinstance(canon.annotations[i]["segmentation"].get("counts"), kind)
    ]
    for some, masks in batches_of(canon, rows, work):
        spelled = masks.to_coco("list" if counts == "list" else "str")
        for i, segmentation in zip(some, spelled, strict=True):
            what = "RLE counts spelled another way" if _is_rle(canon, i) else "rings made RLE"
            work.report.change(what, canon.places[i])
            canon.annotations[i]["segmentation"] = segmentation


def _is_hollow(canon: Canon, i: int, work: Work) -> bool:
    return (canon.places[i].part, canon.places[i].row) in work.hollow


def as_polygons(canon: Canon, rows: Sequence[int], work: Work) -> None:
    """Spell the RLEs of some rows as rings that rasterise to the same pixels.

    A mask without a pixel has no rings; it stays what it is.
    """
    for some, masks in batches_of(canon, [i for i in rows if _is_rle(canon, i)], work):
        full = np.flatnonzero(masks.area())
        polygons = masks[full].to_polygons(threads=work.options.threads)
        for k, rings in zip(full.tolist(), polygons, strict=True):
            canon.annotations[some[k]]["segmentation"] = rings
            work.report.change("RLE made rings of the same pixels", canon.places[some[k]])


def _is_rle(canon: Canon, i: int) -> bool:
    return isinstance(canon.annotations[i].get("segmentation"), dict)

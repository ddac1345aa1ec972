"""Spelling the masks of a data set as a dialect wants them: whole batches, in place."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.dialects.common_form import Canon, Row, Work
from cocodec.dialects.measures import ring_measures
from cocodec.dialects.rows import box_of
from cocodec.dialects.shapes import (
    batches_of,
    box_ring,
    masks_of,
    plain_masks,
    read_segmentations,
    size_of,
)
from cocodec.documents.places import Places
from cocodec.masks.rle_array import RleArray

__all__ = [
    "as_polygons",
    "as_rle_dicts",
    "fill_boxes",
    "fill_empty",
    "rle_strings",
    "spell_masks",
    "straighten_boxes",
]

_TURNED = 5  # numbers of a box with an angle
_RASTERISED = "rings made RLE"


def fill_boxes(
    canon: Canon,
    work: Work,
    what: str,
    *,
    keypoints: bool = False,
    rows: Iterable[int] | None = None,
) -> None:
    """Give the objects that are a box only the ring of that box, and its mask.

    `what` is how the report calls that. Those that have keypoints take part if `keypoints` says so.
    `rows`: these alone, whatever they have.
    """
    images = {image["id"]: image for image in canon.images}
    filled = []
    for i, row in _bare_objects(canon, keypoints=keypoints, rows=rows):
        if _is_hollow(canon, i, work):
            continue
        why = _why_no_ring(row, images[row["image_id"]])
        if why is not None:
            work.report.lose(f"{why} have no ring", canon.places[i])
            continue
        row["segmentation"] = [box_ring(row["bbox"])]
        canon.boxes.append(row["id"])
        work.report.change(what, canon.places[i])
        filled.append(i)
    _read_rings(canon, filled, work)


def _bare_objects(
    canon: Canon, *, keypoints: bool, rows: Iterable[int] | None
) -> Iterator[tuple[int, Row]]:
    """The objects without a mask: of `rows`, or all, those with keypoints only if that is said."""
    chosen = None if rows is None else {*rows}
    for i, row in canon.annotations.decoded():
        if canon.has_mask[i] or canon.kinds[i] != "instance":
            continue
        if (keypoints or not row.get("keypoints")) if chosen is None else i in chosen:
            yield i, row


def straighten_boxes(canon: Canon, work: Work) -> None:
    """Make boxes of five numbers, x and y of the middle, w, h and an angle, four numbers.

    As detectron2 has them: degrees, counter-clockwise. An object without a mask gets the ring of
    such a box. The five numbers stay in ``rotated_bbox``.
    """
    turned = [
        i
        for i, row in canon.annotations.decoded()
        if type(box := row.get("bbox")) is list
        and len(box) == _TURNED
        and canon.kinds[i] == "instance"
        and box_of(row) is not None
    ]
    if not turned:
        return
    images = {image["id"]: image for image in canon.images}
    rows = []
    for i in turned:
        row = canon.annotations[i]
        row["rotated_bbox"] = row["bbox"]
        if not canon.has_mask[i] and None not in size_of(images[row["image_id"]]):
            row["segmentation"] = [_turned_ring(row["bbox"])]
            rows.append(i)
    _read_rings(canon, rows, work)
    for i in turned:
        row = canon.annotations[i]
        x, y, w, h, _ = row["bbox"]
        row["bbox"] = [x - w / 2, y - h / 2, w, h]
        if canon.has_mask[i] and isinstance(row["segmentation"], list):
            row["bbox"] = ring_measures([row["segmentation"]], work.texts)[1][0].tolist()
        elif canon.has_mask[i]:
            row["bbox"] = masks_of(canon, [i], work).bbox()[0].tolist()
        what = "boxes with an angle made boxes around their object, kept in rotated_bbox"
        work.report.change(what, canon.places[i])


def _turned_ring(box: Sequence[float]) -> list[float]:
    x, y, w, h, degrees = box
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    corners = ((-w / 2, -h / 2), (w / 2, -h / 2), (w / 2, h / 2), (-w / 2, h / 2))
    return [
        value
        for across, down in corners
        for value in (x + sine * down + cosine * across, y + cosine * down - sine * across)
    ]


def fill_empty(
    canon: Canon, work: Work, *, keypoints: bool = False, rows: Iterable[int] | None = None
) -> None:
    """Give objects that nothing draws a mask without a pixel, and a box of no size.

    pycocotools, torchvision, sahi and Encord fail on an object without a segmentation or a bbox.
    Those that have keypoints get a mask if `keypoints` says so. `rows`: these alone, whatever they
    have.
    """
    images = {image["id"]: image for image in canon.images}
    for _, row in _bare_objects(canon, keypoints=True, rows=rows):
        if box_of(row) is None and None not in size_of(images[row["image_id"]]):
            row.update(bbox=[0.0] * 4, area=0.0)
    filled: list[int] = []
    sizes: list[Any] = []
    for i, row in _bare_objects(canon, keypoints=keypoints, rows=rows):
        size = size_of(images[row["image_id"]])
        if None not in size:
            filled.append(i)
            sizes.append(size)
    if not filled:
        return
    counts = [height * width for height, width in sizes]
    empty = RleArray.from_runs(counts, range(len(filled) + 1), sizes)
    for i, rle in zip(filled, empty.to_coco("str"), strict=True):
        row = canon.annotations[i]
        row["segmentation"] = rle
        canon.boxes.append(row["id"])
        canon.has_mask[i] = True
        what = "objects that nothing draws given a mask without a pixel"
        work.report.change(what, canon.places[i])


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
    canon.annotations.decode(np.array(rows, np.int64))
    for i, what in _spell_rles(canon, rows, counts, work).items():
        work.report.change(what, canon.places[i])


def rle_strings(canon: Canon, rows: NDArray[np.int64], work: Work) -> Places:
    """Spell the masks of some rows as RLE with counts strings; plain rows stay plain.

    Returns the texts of the segmentations of these.
    """
    is_plain = canon.annotations.plain[rows]
    plain = rows[is_plain]
    if len(plain) == len(rows):
        work.report.change_rows(_RASTERISED, canon.places, rows.tolist())
    else:
        what = _spell_rles(canon, rows[~is_plain].tolist(), "str", work)
        what.update(dict.fromkeys(plain.tolist(), _RASTERISED))
        rows_of: dict[str, list[int]] = {}
        for i in rows.tolist():
            if i in what:
                rows_of.setdefault(what[i], []).append(i)
        for one, some in rows_of.items():
            work.report.change_rows(one, canon.places, some)
    masks = plain_masks(canon, plain, work)
    text, spans, _ = _core.print_masks(masks._runs, _core.Spelling.string(), work.options.threads)
    return Places([text], np.zeros(len(plain), np.int32), spans)


def _spell_rles(canon: Canon, rows: Sequence[int], counts: str, work: Work) -> dict[int, str]:
    """Spell masks of decoded rows as RLE; returns what was done to those that were not so."""
    rows = [
        i
        for i in rows
        if not _is_rle(canon, i)
        or isinstance(canon.annotations[i]["segmentation"].get("counts"), str) != (counts == "str")
    ]
    sizes: dict[tuple[int, ...], list[int]] = {}
    done = {}
    for some, masks in batches_of(canon, rows, work):
        spelled = masks.to_coco("list" if counts == "list" else "str")
        if counts == "list":
            for rle, kept in zip(
                spelled, work.texts.keep(r["counts"] for r in spelled), strict=True
            ):
                rle["counts"] = kept
        for i, rle in zip(some, spelled, strict=True):
            done[i] = "RLE counts spelled another way" if _is_rle(canon, i) else _RASTERISED
            rle["size"] = sizes.setdefault(tuple(rle["size"]), rle["size"])  # one list for all
            canon.annotations[i]["segmentation"] = rle
    return done


def _is_hollow(canon: Canon, i: int, work: Work) -> bool:
    return (canon.places[i].part, canon.places[i].row) in work.hollow


def as_polygons(canon: Canon, rows: Sequence[int], work: Work, *, keep: bool = True) -> None:
    """Spell the RLEs of some rows as rings that rasterise to the same pixels.

    A mask without a pixel has no rings; it stays what it is. `keep`: whether the rings are kept as
    texts, for those that are not written at once.
    """
    for some, masks in batches_of(canon, [i for i in rows if _is_rle(canon, i)], work):
        full = np.flatnonzero(masks.area())
        polygons = masks[full].to_polygons(threads=work.options.threads)
        every: Iterable[Any] = (ring for rings in polygons for ring in rings)
        kept = iter(work.texts.keep(every) if keep else every)
        for k, rings in zip(full.tolist(), polygons, strict=True):
            canon.annotations[some[k]]["segmentation"] = list(islice(kept, len(rings)))
            work.report.change("RLE made rings of the same pixels", canon.places[some[k]])


def _is_rle(canon: Canon, i: int) -> bool:
    rows = canon.annotations
    return not rows.plain[i] and isinstance(rows[i].get("segmentation"), dict)

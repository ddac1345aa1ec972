"""The masks of all annotations, read in batches: which there are, and what is wrong or mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cocodec.dialects.common_form import Canon, Work
from cocodec.dialects.images import is_usual, name_images, normal_sizes, size_images
from cocodec.dialects.kept_rings import are_kept
from cocodec.dialects.shapes import read_segmentations, size_of
from cocodec.documents.segmentations import Masks
from cocodec.masks.operations import mend_runs
from cocodec.masks.segmentation_values import RLE, SegmentationKind

__all__ = ["read_masks"]

_BATCH = 1024  # rows whose masks are held at once
_MENDED = (  # what RLE is spelled anew for
    "counts in base64 or as texts made a counts string",
    "RLE read along the rows, not down the columns",
    "RLE cut to its image, or background added",
)


def read_masks(canon: Canon, work: Work) -> None:
    """Read all masks in one batch, and leave out the rows that are wrong."""
    name_images(canon, work)
    normal_sizes(canon, work)
    size_images(canon, work)
    known: dict[Any, tuple[int | None, int | None]] = {}  # one tuple for all images of a size
    canon.sizes = {
        image["id"]: known.setdefault(size := size_of(image), size) for image in canon.images
    }
    found = _Found([True] * len(canon.annotations))
    others = np.flatnonzero(~canon.annotations.plain).tolist()
    for first in range(0, len(others), _BATCH):
        _look_at(canon, others[first : first + _BATCH], found, work)
    if work.options.rings == "holes":
        _cut_holes(canon, work)
    for row, why in sorted(found.refused):
        work.report.refuse(canon.places[row], why)
    for changes, row, rle in found.respelled:
        values = canon.annotations[row]
        values["segmentation"] = {**values["segmentation"], **rle}
        for what in changes:
            work.report.change(what, canon.places[row])
    wrong = {row for row, _ in found.refused}
    canon.has_mask = found.has_mask
    if wrong:
        canon.keep([i for i in range(len(canon.annotations)) if i not in wrong])


@dataclass
class _Found:
    """What was found out about masks: whether there is one, and what is odd."""

    has_mask: list[bool]
    refused: list[tuple[int, str]] = field(default_factory=list)
    respelled: list[tuple[list[str], int, dict[str, Any]]] = field(default_factory=list)


def _look_at(canon: Canon, some: Sequence[int], found: _Found, work: Work) -> None:
    """Read the masks of some rows, and let go of them; kept rings have one, whatever it is."""
    rows, values, sizes = [], [], []
    for i in some:
        found.has_mask[i] = False
        if canon.kinds[i] != "instance":
            continue
        row = canon.annotations[i]
        value, size = row.get("segmentation"), canon.sizes[row["image_id"]]
        if are_kept(value) and is_usual(size):
            found.has_mask[i] = True
            continue
        rows.append(i)
        values.append(value)
        sizes.append(size)
    read = read_segmentations(values, sizes, work.options.threads, texts=work.texts)
    found.refused += [(rows[row.row], row.reason) for row in read.refused]
    fitted = _mend_runs(read, (rows, sizes), found, work)
    own, there = read.masks.sizes.tolist(), read.has_mask.tolist()
    for k, has in enumerate(there):
        found.has_mask[rows[k]] = has
        if has and tuple(own[k]) != sizes[k] and None not in sizes[k] and k not in fitted:
            found.refused.append((rows[k], _of_other_size(own[k], sizes[k])))


def _of_other_size(own: Sequence[Any], size: Sequence[Any]) -> str:
    """No reader stacks such a mask with others of its image; torchvision, CVAT and Encord fail."""
    shown = " x ".join(map(str, own)), " x ".join(map(str, size))
    turned = "cocodec check --fix may swap its sides, " * (tuple(own) == tuple(size)[::-1])
    return (
        f"its mask is of {shown[0]}, its image of {shown[1]}: {turned}--fit-sizes cuts it to its "
        "image, or adds background"
    )


def _mend_runs(
    read: Masks, which: tuple[list[int], list[Any]], found: _Found, work: Work
) -> set[int]:
    """Spell anew the RLE that few readers take, and what is asked for; return which were cut."""
    (rows, sizes), options = which, work.options
    is_rle = np.isin(read.kinds, RLE) & read.has_mask
    is_loose = is_rle & (read.kinds == SegmentationKind.LOOSE_RLE)
    by_rows = is_rle & (options.runs == "rows")
    own = read.masks.sizes
    wanted = np.array([o if None in s else s for s, o in zip(sizes, own, strict=True)], np.int64)
    wanted = wanted.reshape(-1, 2)
    cut = is_rle & options.fit_sizes & (wanted != own).any(axis=1)
    chosen = np.flatnonzero(is_loose | by_rows | cut)
    to = wanted[chosen] if options.fit_sizes else None
    masks, _ = mend_runs(read.masks[chosen], runs=options.runs, sizes=to, threads=options.threads)
    texts, lists = masks.to_coco("str"), masks.to_coco("list")
    for k, text, runs in zip(chosen.tolist(), texts, lists, strict=True):
        is_list = read.kinds[k] == SegmentationKind.RLE_LIST
        what = [
            name for name, rows_ in zip(_MENDED, (is_loose, by_rows, cut), strict=True) if rows_[k]
        ]
        found.respelled.append((what, rows[k], runs if is_list else text))
    return set(np.flatnonzero(cut).tolist())


def _cut_holes(canon: Canon, work: Work) -> None:
    """Take the rings after the first out of it; what had several rings becomes RLE."""
    rows = [
        i
        for i, row in enumerate(canon.annotations)
        if isinstance(row.get("segmentation"), list) and len(row["segmentation"]) > 1
    ]
    rings = [canon.annotations[i]["segmentation"] for i in rows]
    where = [canon.sizes[canon.annotations[i]["image_id"]] for i in rows]
    outer, inner = (
        read_segmentations(side, where, work.options.threads, texts=work.texts)
        for side in ([r[:1] for r in rings], [r[1:] for r in rings])
    )
    good = np.flatnonzero(outer.has_mask & inner.has_mask)
    cut = outer.masks[good].difference(inner.masks[good])
    chosen = [rows[i] for i in good.tolist()]
    for i, segmentation in zip(chosen, cut.to_coco("str"), strict=True):
        canon.annotations[i]["segmentation"] = segmentation
        work.report.change("inner rings cut out as holes, the mask made RLE", canon.places[i])

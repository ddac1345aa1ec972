"""The task panoptic of CVAT's archives: a PNG an image, in which later objects cover earlier ones.

Segments say of themselves what is left to be seen of them, so that a reader finds in the PNG the
area and the box that the JSON says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.dialects.common_form import Canon, Row, Work
from cocodec.dialects.shapes import mask_size, masks_of, size_of
from cocodec.errors import DocumentError
from cocodec.files.folder_names import inside
from cocodec.files.png import MAX_LABEL, print_png, require_pillow
from cocodec.masks.rle_array import RleArray

__all__ = ["Picture", "panoptic_images"]

Picture = Callable[[], bytes]  # makes a PNG


def panoptic_images(
    canon: Canon, rows: Sequence[int], work: Work
) -> tuple[dict[int, Row], dict[str, Picture]]:
    """Paint some annotations.

    Returns
    -------
    dict of int to dict
        By the ids of the images, the rows of the panoptic document.
    dict of str to callable
        The PNGs by their names.
    """
    require_pillow()
    by_image: dict[int, list[int]] = {}
    for i in rows:
        by_image.setdefault(canon.annotations[i]["image_id"], []).append(i)
    names = _png_names([image for image in canon.images if image["id"] in by_image])
    said: dict[int, Row] = {}
    pictures: dict[str, Picture] = {}
    for image in canon.images:
        here = _paintable(by_image.get(image["id"], []), image, canon, work)
        if not here:
            continue
        name = names[image["id"]]
        ids = _segment_ids([canon.annotations[i] for i in here])
        masks = masks_of(canon, here, work)
        pictures[name] = partial(_picture, masks, ids)
        segments = _segments(masks, ids, here, (canon, work))
        said[image["id"]] = {"image_id": image["id"], "file_name": name, "segments_info": segments}
    return said, pictures


def _paintable(rows: list[int], image: Row, canon: Canon, work: Work) -> list[int]:
    size = size_of(image)
    good = [i for i in rows if mask_size(canon, i) == size]
    for i in sorted(set(rows) - set(good)):
        what = "panoptic segments: masks that are not of their image's size"
        work.report.lose(what, canon.places[i])
    return good


def _segment_ids(rows: list[Row]) -> list[int]:
    """The segments' own numbers, or the annotations', if a PNG can say them; else 1, 2, ..."""
    for key in ("segment_id", "id"):
        ids: list[Any] = [row.get(key) for row in rows]
        if all(type(n) is int and 0 < n <= MAX_LABEL for n in ids) and len({*ids}) == len(ids):
            return ids
    return list(range(1, len(rows) + 1))


def _labels(masks: RleArray, ids: list[int]) -> NDArray[np.uint32]:
    return masks.to_label_map(np.array(ids, np.uint32), dtype=np.uint32)


def _picture(masks: RleArray, ids: list[int]) -> bytes:
    labels = _labels(masks, ids)
    channels = labels.astype("<u4").view(np.uint8).reshape(*labels.shape, 4)[:, :, :3]
    return print_png(channels)


def _segments(
    masks: RleArray, ids: list[int], rows: list[int], where: tuple[Canon, Work]
) -> list[Row]:
    canon, work = where
    seen, found = RleArray.from_label_map(_labels(masks, ids), threads=1)
    left = dict(zip(found.tolist(), range(len(seen)), strict=True))
    areas, boxes, whole = seen.area().tolist(), seen.bbox().tolist(), masks.area().tolist()
    out = []
    for k, (i, number) in enumerate(zip(rows, ids, strict=True)):
        at = left.get(number)
        if at is None:
            work.report.lose("panoptic segments that others cover whole", canon.places[i])
            continue
        if areas[at] != whole[k]:
            what = "panoptic segments without the pixels that later ones cover"
            work.report.change(what, canon.places[i])
        row = canon.annotations[i]
        out.append(
            {
                "id": number,
                "category_id": row["category_id"],
                "area": float(areas[at]),
                "bbox": boxes[at],
                "iscrowd": row["iscrowd"],
            }
        )
    return out


def _png_names(images: list[Row]) -> dict[int, str]:
    """A name for each image's PNG: its own, if that stays in the folder and nobody has it."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for image in images:
        name = f"{image['id']}.png"
        own = image.get("file_name")
        if isinstance(own, str) and own:
            wanted = str(PurePosixPath(own.replace("\\", "/")).with_suffix(".png"))
            name = wanted if _stays(wanted) and wanted not in taken else name
        while name in taken:
            name = f"{image['id']}_{name}"
        taken.add(name)
        names[image["id"]] = name
    return names


def _stays(name: str) -> bool:
    try:
        inside(Path(), name)
    except DocumentError:
        return False
    return True

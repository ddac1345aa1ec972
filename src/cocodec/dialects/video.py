"""Masks per frame, as YouTube-VIS has them: lists over the frames of a video, null where unseen."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocodec.dialects.common_form import PlainPart, Row
from cocodec.dialects.reading import read_parts
from cocodec.dialects.shapes import read_segmentations
from cocodec.documents.document import Document
from cocodec.documents.references import identity
from cocodec.errors import DocumentError, describe_refused
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["FrameMasks", "expand_videos", "frame_masks"]

_LISTS = {"segmentations": "segmentation", "bboxes": "bbox", "areas": "area"}


class FrameMasks(NamedTuple):
    """The masks of a video document.

    Attributes
    ----------
    masks : RleArray
        k masks, one per annotation and frame that has one.
    rows : (k,) array of int64
        Of each, the row in the annotations.
    frames : (k,) array of int64
        Of each, the frame of its video, from 0.

    Examples
    --------
    >>> video = {'id': 1, 'width': 5, 'height': 4, 'file_names': ['a.jpg', 'b.jpg']}
    >>> row = {'id': 1, 'video_id': 1, 'category_id': 1}
    >>> row['segmentations'] = [None, {'size': [4, 5], 'counts': [5, 2, 13]}]
    >>> clip = cocodec.read({'videos': [video], 'annotations': [row]})
    >>> cocodec.frame_masks(clip).frames
    array([1])
    """

    masks: RleArray
    rows: NDArray[np.int64]
    frames: NDArray[np.int64]


@names_arguments
def frame_masks(document: Document, *, threads: int = 0) -> FrameMasks:
    """Read the masks of all frames; frames with null have none.

    Parameters
    ----------
    document : Document
        With ``videos``, and ``segmentations`` in its annotations.
    threads : int
        0 = as many as pay, 1 = none.

    Raises
    ------
    DocumentError
        If a mask is wrong, or an annotation names no video; says which.

    Examples
    --------
    >>> video = {'id': 1, 'width': 5, 'height': 4, 'file_names': ['a.jpg', 'b.jpg']}
    >>> row = {'id': 1, 'video_id': 1, 'category_id': 1}
    >>> row['segmentations'] = [None, {'size': [4, 5], 'counts': [5, 2, 13]}]
    >>> clip = cocodec.read({'videos': [video], 'annotations': [row]})
    >>> cocodec.frame_masks(clip).masks.area()
    array([2])
    """
    segmentations, sizes, rows, frames = [], [], [], []
    for part in read_parts(document):
        videos = _videos(part)
        for i in range(len(part.rows("annotations"))):
            values = _frames(part, i)
            video = _video_of(part, i, videos) if values else {}
            for frame, value in enumerate(values):
                if value is not None:
                    segmentations.append(value)
                    sizes.append((video.get("height"), video.get("width")))
                    rows.append(part.start + i)
                    frames.append(frame)
    read = read_segmentations(segmentations, sizes, threads)
    if read.refused:
        wrong = [row._replace(row=rows[row.row], id=None) for row in read.refused]
        raise DocumentError(describe_refused(wrong, 20))
    return FrameMasks(read.masks, np.array(rows, np.int64), np.array(frames, np.int64))


def expand_videos(part: PlainPart) -> int:
    """Turn videos into images, one a frame, and their annotations into one a frame.

    Images say their `video_id` and `frame_id`, annotations their `video_id` and `instance_id`,
    which is the id that they had. Returns how many annotations were taken apart.
    """
    tall = sum("segmentations" in row for _, row in part.annotations().decoded())
    videos = _videos(part)
    if not tall or not videos:
        return 0
    images = part.tables.setdefault("images", [])
    first = 1 + max((i["id"] for i in images if isinstance(i.get("id"), int)), default=0)
    first_images = {}
    for key, video in videos.items():
        first_images[key] = first
        new = _images_of(video, first)
        images += new
        first += len(new)
    rows: list[Row] = []
    origins: list[int] = []
    for i, row in enumerate(part.rows("annotations")):
        new = [row]
        if "segmentations" in row:
            start = first_images[identity(_video_of(part, i, videos).get("id"))]
            new = _rows_of(row, _frames(part, i), start)
        rows += new
        origins += [i] * len(new)
    part.tables["annotations"], part.origins = rows, origins
    return tall


def _videos(part: PlainPart) -> dict[Hashable, Row]:
    """The videos of a part by id."""
    listed = part.fields.get("videos")
    if not isinstance(listed, list):
        return {}
    return {identity(v.get("id")): v for v in listed if isinstance(v, dict)}


def _video_of(part: PlainPart, i: int, videos: dict[Hashable, Row]) -> Row:
    found = part.rows("annotations")[i].get("video_id")
    video = videos.get(identity(found))
    if video is None:
        raise DocumentError(f"{part.place('annotations', i)}: video {found!r} is not listed")
    return video


def _frames(part: PlainPart, i: int) -> list[Any]:
    values = part.rows("annotations")[i].get("segmentations")
    if values is not None and not isinstance(values, list):
        raise DocumentError(f"{part.place('annotations', i)}: 'segmentations' is no list")
    return values or []


def _images_of(video: Row, first: int) -> list[Row]:
    names = video.get("file_names")
    if not isinstance(names, list):
        length = video.get("length")
        names = [""] * (length if isinstance(length, int) else 0)
    shared: Row = {key: video[key] for key in ("width", "height") if key in video}
    return [
        {"id": first + i, **shared, "file_name": name, "video_id": video.get("id"), "frame_id": i}
        for i, name in enumerate(names)
    ]


def _rows_of(row: Row, frames: list[Any], first_image: int) -> list[Row]:
    shared = {key: value for key, value in row.items() if key not in _LISTS and key != "id"}
    out = []
    for frame, value in enumerate(frames):
        if value is None:
            continue
        one = {"id": row.get("id"), "image_id": first_image + frame, **shared}
        one["instance_id"] = row.get("id")
        for many, single in _LISTS.items():
            values = row.get(many)
            if isinstance(values, list) and frame < len(values):
                one[single] = values[frame]
        out.append(one)
    return out

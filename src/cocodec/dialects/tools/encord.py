"""Encord: the SDK's one object, and the platform's list of documents, one a data unit.

Read: `attributes` with classifications, `#relation`, track ids, manual_annotation; null keypoints;
frames of videos, DICOM and NIfTI as images; titles. Normal for it: iscrowd 1 wherever the mask is
RLE, points and skeletons without a mask, ids from 0, no licenses. Masks in these files are
column-major as everywhere in COCO; those in Encord's own label rows are row-major, and
`read_bitmasks` is for them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, islice
from typing import Any

import numpy as np

from cocodec.dialects.common_form import Canon, Row, Work
from cocodec.dialects.dialect import Clue, Dialect, keys, value
from cocodec.dialects.evidence import Evidence
from cocodec.dialects.made_rows import Made, make_rows
from cocodec.dialects.mask_form import as_rle_dicts, fill_boxes, fill_empty, straighten_boxes
from cocodec.dialects.shapes import is_drawable
from cocodec.masks.rle_array import RleArray

__all__ = ["DIALECT", "read_bitmasks", "write", "write_list"]

SHAPES = (
    *("bounding_box", "rotatable_bounding_box", "polygon", "polyline", "bitmask"),
    *("point", "skeleton", "cuboid", "cuboid_2d"),
)
_INFO = ("description", "contributor", "date_created", "url", "version", "year")
_ANNOTATION = (
    *("area", "bbox", "category_id", "image_id", "iscrowd", "segmentation"),
    *("keypoints", "num_keypoints", "id", "attributes"),
)
# Attributes with a meaning of their own; all others are answers.
_OWN = ("track_id", "encord_track_uuid", "rotation", "classifications", "manual_annotation")
_UNANSWERED: Row = {"classifications": {}, "manual_annotation": True}  # one for all rows
_BOXES = ("bounding_box", "rotatable_bounding_box")  # take a bbox and no mask
_CHUNK = 1 << 26  # pixels that are turned in one go


def _has_own_attributes(found: Evidence) -> bool:
    rows = [row.get("attributes") for row in found.rows("annotations")]
    own = {"encord_track_uuid", "manual_annotation", "classifications"}
    objects = [one for row in rows for one in (row if isinstance(row, list) else [row])]
    return any(isinstance(one, dict) and own & one.keys() for one in objects)


def _has_titles(found: Evidence) -> bool:
    return any({"image_title", "video_title"} & row.keys() for row in found.rows("images"))


DIALECT = Dialect(
    "encord",
    "Encord",
    "encord-team/encord-client-python, encord/utilities/coco/exporter.py",
    "classifications, #relation, track ids and manual_annotation of attributes; titles; frames",
    (
        "keypoints and num_keypoints null",
        "iscrowd 1 means that the mask is RLE",
        "points as rings of one point, skeletons with segmentation []",
        "ids from 0",
        "no licenses; info with nulls",
    ),
    (
        Clue("attributes of Encord's", _has_own_attributes, 4),
        value("categories", "supercategory", lambda v: v in SHAPES, "supercategory names a shape"),
        Clue("image_title or video_title", _has_titles),
        keys("annotations", "keypoints", "num_keypoints", weight=1, says="keypoints on every row"),
        value("info", "contributor", lambda v: v is None, "info with nulls", weight=1),
    ),
    writable=("encord", "encord-list"),
)


def read_bitmasks(counts: Sequence[str], sizes: Sequence[tuple[int, int]]) -> RleArray:
    """Read the `rleString`s of Encord's label rows, whose runs go row by row.

    Parameters
    ----------
    counts : sequence of n str
        COCO's compressed counts, of the transposed mask.
    sizes : sequence of n (height, width)

    Raises
    ------
    RleError
        If a string does not cover its size.
    """
    turned = RleArray.from_coco(list(counts), [(w, h) for h, w in sizes] or None)
    pixels = np.cumsum([h * w for h, w in sizes] or [0])
    batches, first = [], 0
    while first < len(turned):
        size = turned.sizes[first]
        limit = (pixels[first - 1] if first else 0) + _CHUNK
        last = first + 1
        while last < len(turned) and (turned.sizes[last] == size).all() and pixels[last] <= limit:
            last += 1
        dense = turned[first:last].decode(layout="NHW")
        batches.append(RleArray.encode(dense.transpose(0, 2, 1), layout="NHW"))
        first = last
    return RleArray.concatenate(batches)


def write(canon: Canon, work: Work) -> list[tuple[str, Any]]:
    """One document as the SDK writes it: the name of its file, and its root."""
    rled = _prepare(canon, work)
    rows = make_rows(range(len(canon.annotations)), _maker(canon, rled, work), work)
    annotations = Made(lambda: chain.from_iterable(rows))
    return [("labels.json", _document(canon, canon.images, annotations, _categories(canon)))]


def write_list(canon: Canon, work: Work) -> list[tuple[str, Any]]:
    """A list of documents, one a data unit, as the platform has it."""
    rled = _prepare(canon, work)
    images: dict[str, list[Row]] = {}
    for image in canon.images:
        images.setdefault(_unit(image), []).append(image)
    unit_of = {image["id"]: n for n, own in enumerate(images.values()) for image in own}
    units = np.array([unit_of[row["image_id"]] for row in canon.annotations], np.int64)
    order = array("q", np.argsort(units, kind="stable").tobytes())
    counts = np.bincount(units, minlength=len(images)).tolist()
    rows = make_rows(order, _maker(canon, rled, work), work)
    categories = _categories(canon)  # the same ones in every document
    documents = (
        _document(canon, own, list(chain.from_iterable(islice(rows, count))), categories)
        for own, count in zip(images.values(), counts, strict=True)
    )
    return [("labels.json", Made(lambda: documents))]


def _maker(
    canon: Canon, rled: list[bool], work: Work
) -> Callable[[Sequence[int]], list[list[Row]]]:
    """What makes some rows; the masks of `rled` are spelled as RLE."""

    def make(some: Sequence[int]) -> list[list[Row]]:
        as_rle_dicts(canon, [i for i in some if rled[i]], "str", work)
        return [_annotation(i, canon, work) for i in some]

    return make


def _unit(image: Row) -> str:
    """Frames of one video, DICOM series or NIfTI file are one data unit."""
    parts = str(image.get("file_name")).split("/")
    if len(parts) > 2 and parts[0] in ("videos", "dicom", "nifti"):
        return "/".join(parts[:2])
    return f"{image['id']}"


def _prepare(canon: Canon, work: Work) -> list[bool]:
    """Rings of one part stay, boxes are their corners; of each, whether it must be RLE."""
    straighten_boxes(canon, work)
    boxed = [not has for has in canon.has_mask]
    fill_boxes(canon, work, "boxes without a mask made their four corners")
    fill_empty(canon, work)
    rled = [
        has and _is_rle_there(row)
        for has, row in zip(canon.has_mask, canon.annotations, strict=True)
    ]
    for i in _one_shape_each(canon, boxed, work):
        rled[i] = True
    _lose_rest(canon, work)
    return rled


def _one_shape_each(canon: Canon, boxed: list[bool], work: Work) -> list[int]:
    """An object of Encord's ontology has one shape, and its importer takes nothing else for it.

    A bitmask takes RLE only; a polygon takes rings and RLE; a box takes the bbox. Returns which
    rings are therefore to be RLE.
    """
    rows: dict[int, list[int]] = {}
    rled: list[int] = []
    for i, row in enumerate(canon.annotations):
        if canon.kinds[i] == "instance":
            rows.setdefault(row["category_id"], []).append(i)
    for row in canon.categories:
        own = rows.get(row["id"], [])
        shapes = {_shape(canon.annotations[i], boxed[i]) for i in own}
        declared = row.get("supercategory")
        if declared and declared not in SHAPES:
            work.report.lose("category supercategory, in Encord it is a shape")
        row["supercategory"] = shape = _shape_of_all(declared, shapes)
        ringed = [i for i in own if canon.has_mask[i] and not _is_rle_there(canon.annotations[i])]
        if shape == "bitmask" and ringed:
            rled += ringed
            if len(shapes) > 1:
                work.report.note(
                    f"category {row['name']!r} has shapes of {len(shapes)} kinds "
                    f"({', '.join(sorted(shapes))}); in Encord it has one, so all are bitmasks"
                )
        elif declared in SHAPES and declared != shape:
            work.report.note(f"category {row['name']!r} is no {declared}: made a {shape}")
    return rled


def _shape_of_all(declared: Any, shapes: set[str]) -> str:
    """The one shape of a category: what it says, if that takes what there is."""
    masks = shapes & {"polygon", "bitmask"}
    if declared in SHAPES and not (masks and declared in _BOXES):
        return str(declared)
    for shape in ("bitmask", "polygon", "skeleton", "point", "bounding_box"):
        if shape in shapes:
            return shape
    return str(declared) if declared in SHAPES else "polygon"


def _is_rle_there(row: Row) -> bool:
    return isinstance(row["segmentation"], dict) or len(row["segmentation"]) > 1


def _shape(row: Row, boxed: bool) -> str:
    if row.get("keypoints"):
        return "point" if len(row["keypoints"]) == 3 else "skeleton"
    if boxed:
        return "bounding_box"
    return "bitmask" if _is_rle_there(row) else "polygon"


def _categories(canon: Canon) -> list[Row]:
    return [
        {
            **{key: row[key] for key in ("supercategory", "id", "name")},
            **{key: row[key] for key in ("keypoints", "skeleton") if key in row},
        }
        for row in canon.categories
    ]


def _document(
    canon: Canon, images: list[Row], annotations: Iterable[Row], categories: list[Row]
) -> Row:
    title = next(
        (t for i in images for t in (i.get("image_title"), i.get("video_title")) if t), None
    )
    info: Row = {key: canon.info.get(key) for key in _INFO}
    info["description"] = info["description"] or title
    return {
        "info": info,
        "categories": categories,
        "images": Made(lambda: map(_image, images)),
        "annotations": annotations,
    }


def _image(image: Row) -> Row:
    titles: Row = {key: image[key] for key in ("image_title", "video_title") if key in image}
    return {
        "coco_url": image.get("coco_url") or "",
        "id": image["id"],
        **titles,
        "file_name": image.get("file_name") or "",
        "height": image.get("height"),
        "width": image.get("width"),
    }


def _annotation(i: int, canon: Canon, work: Work) -> list[Row]:
    """The row in Encord's form, in the place of its own; none if it is no object."""
    row, place = canon.take(i), canon.places[i]
    if canon.kinds[i] != "instance":
        work.report.lose(f"{canon.kinds[i]} rows", place)
        return []
    crowd = int(isinstance(row["segmentation"], dict))
    if crowd != row["iscrowd"]:
        work.report.change(
            f"iscrowd made {crowd}: in Encord it says whether the mask is RLE", place
        )
    points = row.get("keypoints") or []
    if not row["segmentation"] and len(points) == 3 and is_drawable(points[:2]):
        row["segmentation"] = [points[:2]]  # a point is a ring of one
    out = {key: row.pop(key, None) for key in _ANNOTATION}
    out.update(iscrowd=crowd, attributes=_attributes(out["attributes"]))
    out.update(keypoints=points or None, num_keypoints=out["num_keypoints"] if points else None)
    out.update(row)  # what only this file has
    return [out]


def _attributes(own: Any) -> Row:
    attributes = own if isinstance(own, dict) else {} if own is None else {"attributes": own}
    if not attributes:
        return _UNANSWERED
    if "classifications" in attributes or "manual_annotation" in attributes:
        return dict(attributes)
    answers = {key: value for key, value in attributes.items() if key not in _OWN}
    kept = {key: attributes[key] for key in _OWN if key in attributes}
    return {**kept, "classifications": answers, "manual_annotation": True}


def _lose_rest(canon: Canon, work: Work) -> None:
    report = work.report
    if canon.licenses:
        report.lose("licenses", None, len(canon.licenses))
    report.lose_keys(canon.fields, (), "root")
    report.lose_keys(canon.info, _INFO, "info")
    known = ("coco_url", "id", "image_title", "video_title", "file_name", "height", "width")
    for image in canon.images:
        no_license = ("license",) if image.get("license") == 0 else ()
        no_date = ("date_captured",) if image.get("date_captured") == 0 else ()
        report.lose_keys(image, (*known, *no_license, *no_date), "image")
    for row in canon.categories:
        report.lose_keys(row, ("id", "name", "supercategory", "keypoints", "skeleton"), "category")

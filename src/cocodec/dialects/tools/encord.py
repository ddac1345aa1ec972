"""Encord: the SDK's one object, and the platform's list of documents, one a data unit.

Read: `attributes` with classifications, `#relation`, track ids, manual_annotation; null keypoints;
frames of videos, DICOM and NIfTI as images; titles. Normal for it: iscrowd 1 wherever the mask is
RLE, points and skeletons without a mask, ids from 0, no licenses. Masks in these files are
column-major as everywhere in COCO; those in Encord's own label rows are row-major, and
`read_bitmasks` is for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocodec.dialects.common_form import Canon, Row, Work
from cocodec.dialects.dialect import Clue, Dialect, keys, value
from cocodec.dialects.evidence import Evidence
from cocodec.dialects.made_rows import Made, PlainText, SharedRows, make_rows, unpacked
from cocodec.dialects.mask_form import fill_boxes, fill_empty, rle_strings, straighten_boxes
from cocodec.dialects.names import LARGEST
from cocodec.dialects.plain_rows import (
    Columns,
    Integers,
    compose,
    either,
    places_of,
    printed_flags,
    printed_integers,
)
from cocodec.dialects.rows import box_of
from cocodec.dialects.shapes import batches_of, is_drawable
from cocodec.documents.places import Places
from cocodec.masks.rle_array import RleArray

__all__ = ["DIALECT", "SHAPES", "read_bitmasks", "write", "write_list"]

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
_CROWD = "iscrowd made {}: in Encord it says whether the mask is RLE"
_CORNERS, _NEAR = 4, 0.01  # of a box; pixels between what is the same but for rounding
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
    maker = _Maker(canon, _prepare(canon, work), work)
    rows = make_rows(np.arange(len(canon.annotations)), canon, maker, work)
    annotations = Made(lambda: unpacked(rows))
    return [("labels.json", _document(canon, canon.images, annotations, _categories(canon)))]


def write_list(canon: Canon, work: Work) -> list[tuple[str, Any]]:
    """A list of documents, one a data unit, as the platform has it."""
    maker = _Maker(canon, _prepare(canon, work), work)
    images: dict[Any, list[Row]] = {n: [] for n in range(len(canon.documents))}
    document_of = {i: n for n, one in enumerate(canon.documents) for i in one.images}
    for image in canon.images:
        images.setdefault(document_of.get(image["id"], _unit(image)), []).append(image)
    unit_of = {image["id"]: n for n, own in enumerate(images.values()) for image in own}
    units = np.array([unit_of[image] for image in canon.annotations.image_ids()], np.int64)
    order = np.argsort(units, kind="stable")
    counts = np.bincount(units, minlength=len(images)).tolist()
    rows = make_rows(order, canon, maker, work, units)
    categories = _categories_of_documents(canon, units, len(images))
    documents = (
        _document(canon, own, [*unpacked(_next_rows(rows, count))], listed)
        for own, count, listed in zip(images.values(), counts, categories, strict=True)
    )
    return [("labels.json", Made(lambda: documents))]


def _categories_of_documents(canon: Canon, units: Integers, count: int) -> list[SharedRows]:
    """What each document lists: all categories, or those that it had, and what its rows are of."""
    rows = _categories(canon)
    every = SharedRows(rows)
    if not canon.documents:
        return [every] * count
    by_id = {row["id"]: row for row in rows}
    used: list[set[int]] = [set() for _ in range(count)]
    for unit, row in zip(units.tolist(), canon.annotations, strict=True):
        used[unit].add(row["category_id"])
    known: dict[tuple[int, ...], SharedRows] = {}
    out = []
    for one, own in zip(canon.documents, used, strict=False):
        ids = [now for _, now in one.categories if now in by_id]
        ids += sorted(own - {*ids})
        out.append(known.setdefault((*ids,), SharedRows(by_id[i] for i in ids)))
    return out + [every] * (count - len(out))


def _next_rows(rows: Iterator[tuple[int, Any]], count: int) -> Iterator[tuple[int, Any]]:
    """What becomes of the next annotations, `count` of them."""
    while count > 0:
        made = next(rows)
        count -= made[0]
        yield made


class _Maker:
    """Makes rows; the masks of `rled` are spelled as RLE."""

    def __init__(self, canon: Canon, rled: NDArray[np.bool_], work: Work) -> None:
        self._canon, self._rled, self._work = canon, rled, work

    def prepare(self, rows: Integers) -> PlainText | None:
        columns, rled = self._canon.annotations.columns, self._rled
        masks = rle_strings(self._canon, rows[rled[rows]], self._work)
        rows = rows[self._canon.annotations.plain[rows]]
        if columns is None or len(rows) == 0:
            return None
        pieces = (
            *(b'{"area":', columns.area_places(rows)),
            *(b',"bbox":', columns.box_places(rows)),
            *(b',"category_id":', printed_integers(columns.categories[rows])),
            *(b',"image_id":', printed_integers(columns.images[rows])),
            *(b',"iscrowd":', printed_flags(rled[rows])),
            *(b',"segmentation":', _printed_masks(columns, rows, rled[rows], masks)),
            *(b',"keypoints":null,"num_keypoints":null,"id":', printed_integers(columns.ids[rows])),
            b',"attributes":%s},' % msgspec.json.encode(_UNANSWERED),
        )
        differ = columns.crowds[rows] != rled[rows]
        return PlainText(*compose(pieces, len(rows)), differ, np.arange(1, len(rows) + 1))

    def tell(self, rows: Integers) -> None:
        columns = self._canon.annotations.columns
        assert columns is not None
        differ = columns.crowds[rows] != self._rled[rows]
        first = int(self._rled[rows[np.argmax(differ)]])  # what is said first comes first
        for crowd in (first, 1 - first):
            some = rows[differ & (self._rled[rows] == crowd)].tolist()
            self._work.report.change_rows(_CROWD.format(crowd), self._canon.places, some)

    def make(self, row: int) -> list[Row]:
        return _annotation(row, self._canon, self._work)


def _printed_masks(
    columns: Columns, rows: Integers, rled: NDArray[np.bool_], masks: Places
) -> Places:
    """The texts of segmentations: rings as they are, and masks in their places."""
    rings = columns.inner_places(rows[~rled])
    return either(rled, masks, places_of(compose([b"[", rings, b"]"], len(rings))))


def _unit(image: Row) -> str:
    """Frames of one video, DICOM series or NIfTI file are one data unit."""
    parts = str(image.get("file_name")).split("/")
    if len(parts) > 2 and parts[0] in ("videos", "dicom", "nifti"):
        return "/".join(parts[:2])
    return f"{image['id']}"


def _prepare(canon: Canon, work: Work) -> NDArray[np.bool_]:
    """Rings of one part stay, boxes are their corners; of each, whether it must be RLE."""
    straighten_boxes(canon, work)
    boxed = [not has for has in canon.has_mask]
    fill_boxes(canon, work, "boxes without a mask made their four corners")
    fill_empty(canon, work)
    rled = np.zeros(len(canon.annotations), bool)
    if canon.annotations.columns is not None:
        rled |= canon.annotations.plain & (canon.annotations.columns.counts() > 1)
    for i, row in canon.annotations.decoded():
        rled[i] = canon.has_mask[i] and _is_rle_there(row)
    rled[_one_shape_each(canon, boxed, rled, work)] = True
    _draw_points(canon, rled, work)
    _outline_empty(canon, rled, work)
    _lose_rest(canon, work)
    return rled


def _one_shape_each(
    canon: Canon, boxed: list[bool], rled: NDArray[np.bool_], work: Work
) -> list[int]:
    """An object of Encord's ontology has one shape, and its importer takes nothing else for it.

    A bitmask takes RLE only; a polygon takes rings and RLE; a box takes the bbox. Returns which
    rings are therefore to be RLE.
    """
    shapes_of: dict[int, set[str]] = {}
    ringed_of: dict[int, list[int]] = {}  # decoded rows
    boxes = {row["id"] for row in canon.categories if row.get("supercategory") in _BOXES}
    columns, plain = canon.annotations.columns, canon.annotations.plain_rows()
    if columns is not None and boxes:  # whether their rings are boxes is seen row by row
        short = np.array([number for number in boxes if abs(number) < LARGEST], np.int64)
        canon.annotations.decode(plain[np.isin(columns.categories[plain], short)])
    for i, row in canon.annotations.decoded():
        if canon.kinds[i] == "instance":
            is_box = boxed[i] or (row["category_id"] in boxes and _is_its_box(row, work))
            shapes_of.setdefault(row["category_id"], set()).add(_shape(row, is_box))
            if canon.has_mask[i] and not _is_rle_there(row):
                ringed_of.setdefault(row["category_id"], []).append(i)
    plain = canon.annotations.plain_rows()
    of_plain = columns.categories[plain] if columns is not None else plain
    for name, some in (("bitmask", rled[plain]), ("polygon", ~rled[plain])):
        for category, rows in _by_value(of_plain[some], plain[some]):
            shapes_of.setdefault(category, set()).add(name)
            if name == "polygon":
                ringed_of.setdefault(category, []).extend(rows.tolist())
    out: list[int] = []
    for row in canon.categories:
        shapes = shapes_of.get(row["id"], set())
        declared = row.get("supercategory")
        if declared and declared not in SHAPES:
            work.report.lose("category supercategory, in Encord it is a shape")
        row["supercategory"] = shape = _shape_of_all(declared, shapes)
        ringed = ringed_of.get(row["id"], [])
        if shape == "bitmask" and ringed:
            out += ringed
            if len(shapes) > 1:
                work.report.note(
                    f"category {row['name']!r} has shapes of {len(shapes)} kinds "
                    f"({', '.join(sorted(shapes))}); in Encord it has one, so all are bitmasks"
                )
        elif declared in SHAPES and declared != shape:
            work.report.note(f"category {row['name']!r} is no {declared}: made a {shape}")
    return out


def _draw_points(canon: Canon, rled: NDArray[np.bool_], work: Work) -> None:
    """Give points and skeletons a mask where their category's shape is one of masks.

    A polygon may be the ring of one point that a point is.
    """
    shapes = {row["id"]: row["supercategory"] for row in canon.categories}
    drawn = []
    for i, row in canon.annotations.decoded():
        if canon.kinds[i] == "instance" and not canon.has_mask[i]:
            shape = shapes[row["category_id"]]
            if shape == "bitmask" or (shape == "polygon" and not _is_point(row)):
                drawn.append(i)
    what = "points and skeletons, of a category that has masks, made their box's four corners"
    fill_boxes(canon, work, what, rows=drawn)
    fill_empty(canon, work, rows=drawn)
    for i in drawn:
        row = canon.annotations[i]
        rled[i] = _is_rle_there(row) or shapes[row["category_id"]] == "bitmask"


def _outline_empty(canon: Canon, rled: NDArray[np.bool_], work: Work) -> None:
    """Give masks without a pixel a ring without one where the shape is a polygon.

    Encord's importer traces RLE there, and fails where that gives no polygon.
    """
    polygons = {row["id"] for row in canon.categories if row["supercategory"] == "polygon"}
    plain, columns = canon.annotations.plain_rows(), canon.annotations.columns
    if columns is not None:  # several rings, which become RLE
        short = np.array([number for number in polygons if abs(number) < LARGEST], np.int64)
        several = rled[plain] & np.isin(columns.categories[plain], short)
        canon.annotations.decode(plain[several])
    rows = [
        i
        for i, row in canon.annotations.decoded()
        if canon.has_mask[i] and row["category_id"] in polygons and _is_rle_there(row)
    ]
    for some, masks in batches_of(canon, rows, work):
        for k in np.flatnonzero(masks.area() == 0).tolist():
            i = some[k]
            x, y = (box_of(canon.annotations[i]) or [0.0, 0.0])[:2]
            canon.annotations[i]["segmentation"] = [[x, y] * 3]
            rled[i] = False
            what = "masks without a pixel made rings without one, as Encord's polygons"
            work.report.change(what, canon.places[i])


def _by_value(values: Integers, rows: Integers) -> Iterator[tuple[int, Integers]]:
    """Each value, and which rows have it."""
    order = np.argsort(values, kind="stable")
    found, begins = np.unique(values[order], return_index=True)
    yield from zip(found.tolist(), np.split(rows[order], begins[1:]), strict=bool(len(found)))


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


def _is_point(row: Row) -> bool:
    points = row.get("keypoints") or []
    return len(points) == 3 and is_drawable(points[:2])


def _is_its_box(row: Row, work: Work) -> bool:
    """Whether a mask is one ring around the four corners of its bbox: how Encord writes boxes."""
    rings, box = work.texts.plain(row["segmentation"]), box_of(row)
    if not isinstance(rings, list) or len(rings) != 1 or len(rings[0]) != 2 * _CORNERS or not box:
        return False
    x, y, w, h = box[:4]
    corners = []
    for px, py in zip(rings[0][::2], rings[0][1::2], strict=True):
        right, low = abs(px - x) > abs(px - x - w), abs(py - y) > abs(py - y - h)
        if max(abs(px - x - right * w), abs(py - y - low * h)) > _NEAR:
            return False
        corners.append((right, low))
    following = corners[1:] + corners[:1]
    sides = [(a != c) + (b != d) for (a, b), (c, d) in zip(corners, following, strict=True)]
    return len(set(corners)) == _CORNERS and set(sides) == {1}


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
    info: Row = {key: canon.info.get(key) for key in _INFO}
    titles = (i.get("image_title") or i.get("video_title") for i in images)
    info["description"] = info["description"] or next(filter(None, titles), None)
    return {
        "info": info,
        "categories": categories,
        "images": Made(lambda: map(_image, images)) if len(images) > 1 else [*map(_image, images)],
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
        work.report.change(_CROWD.format(crowd), place)
    points = row.get("keypoints") or []
    if not row["segmentation"] and _is_point(row):
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
    report.lose_keys_of_all(canon.images, known, "image", ("license", "date_captured"))
    for row in canon.categories:
        report.lose_keys(row, ("id", "name", "supercategory", "keypoints", "skeleton"), "category")

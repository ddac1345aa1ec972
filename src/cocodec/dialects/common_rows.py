"""Annotations of a part -> the common form: their references found, their values normal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cocodec.dialects.common_form import Canon, PlainPart, Row, Work
from cocodec.dialects.images import is_usual
from cocodec.dialects.names import (
    LARGEST,
    Names,
)
from cocodec.dialects.plain_rows import Annotations
from cocodec.dialects.report import Place
from cocodec.dialects.rows import (
    attribute_of,
    box_of,
    crowd_flag,
    crowd_of,
    is_plain,
    kind_of_row,
    lift,
    lower,
    numbers,
    rows_of,
)
from cocodec.dialects.shapes import (
    box_ring,
    normal_segmentation,
    size_of,
    stays_as_it_is,
)
from cocodec.masks.rle_array import RleArray

__all__ = ["separate_rings", "take_annotations"]


def take_annotations(
    where: tuple[int, PlainPart], names: Names, canon: Canon, work: Work
) -> Annotations:
    """Bring the annotations of a part into the common form; those that are wrong stay behind."""
    number, part = where
    rows = part.annotations()
    part.tables["annotations"] = []  # whoever replaces a row lets go of it
    _take_columns(rows, where, names, canon)
    kinds: list[str | None] = ["instance"] * len(rows)
    asks_nothing = not work.options.mask_keys and work.options.crowd == "field"
    for i, row in rows.decoded():
        origin = i if part.origins is None else part.origins[i]
        place = Place(part.name, "annotations", origin, row.get("id"))
        is_common = asks_nothing and is_plain(row)
        if not (is_common and _take_plain(row, place, where, (names, canon, work))):
            kinds[i] = _take_row(row, place, where, (names, canon, work))
    chosen: Sequence[int] = range(len(rows))
    if None in kinds:
        chosen = [i for i, kind in enumerate(kinds) if kind is not None]
    rows, ids = rows.take(np.array(chosen, np.int64)), rows.said_ids(chosen)
    canon.kinds += [kind for kind in kinds if kind is not None]
    canon.sources += [number] * len(chosen)
    origins = chosen if part.origins is None else [part.origins[i] for i in chosen]
    canon.places.extend(part.name, origins, ids)
    task = (part.task,) if part.task else ()
    if part.tasks:
        canon.tasks += [(part.tasks.get(i) if isinstance(i, int) else None) or task for i in ids]
    else:
        canon.tasks += [task] * len(chosen)
    return rows


def _take_row(
    row: Row, place: Place, where: tuple[int, PlainPart], what: tuple[Names, Canon, Work]
) -> str | None:
    """Bring a row into the common form; returns what it is, None if it does not stay a row."""
    (number, part), (names, canon, work) = where, what
    image = names.image(number, row, work.options.coerce_ids)
    if image is None:
        work.report.refuse(place, _why_imageless(part, row, (names, number)))
        return None
    _take_mask(row, place, work)
    if part.boxes and place.id in part.boxes:
        _take_back_ring(row, work)
    kind = kind_of_row(row)
    if kind == "answer":
        _answer(canon.images[image], row, place, (canon, work))
        return None
    if not row.keys() & {"image_id", "file_name"} and not part.one_image:
        work.report.change("rows that name no image given the only one of their file", place)
    row["image_id"] = canon.images[image]["id"]
    good = _normal_row(row, (kind, number), (names, canon, image), place, work)
    return kind if good else None


def _take_columns(
    rows: Annotations, where: tuple[int, PlainPart], names: Names, canon: Canon
) -> None:
    """Take the plain rows that are in the common form; the others are decoded for another look."""
    number, part = where
    plain = rows.plain_rows()
    if rows.columns is None or len(plain) == 0:
        return
    columns = rows.columns
    images, image_of = np.unique(columns.images[plain], return_inverse=True)
    categories, category_of = np.unique(columns.categories[plain], return_inverse=True)
    found = [names.image(number, {"image_id": i}, False) for i in images.tolist()]
    pixels = np.array([-1 if i is None else _pixels_of(canon.images[i]) for i in found])[image_of]
    listed = [names.listed_category(number, c) for c in categories.tolist()]
    good = (pixels > 0) & np.array([c is not None for c in listed], bool)[category_of]
    # A ring whose numbers sum to the pixels of its image may be runs: the reader decides.
    near = np.abs(columns.sums[plain] - pixels) <= 1e-6 * pixels + 0.5
    good &= ~(near & (columns.counts()[plain] == 1))
    if part.boxes:
        good &= ~np.isin(columns.ids[plain], np.fromiter(part.boxes, np.int64))
    rows.decode(plain[~good])
    plain = plain[good]
    new_images = [0 if i is None else canon.images[i]["id"] for i in found]
    columns.images[plain] = np.array(new_images, np.int64)[image_of[good]]
    new_categories = [0 if c is None else c for c in listed]
    columns.categories[plain] = np.array(new_categories, np.int64)[category_of[good]]


def _pixels_of(image: Row) -> int:
    """The pixels of an image in which any ring can be drawn; -1 if it is not known to be such."""
    height, width = size_of(image)
    if height is None or width is None or not is_usual((height, width)):
        return -1
    return height * width if -LARGEST <= image["id"] < LARGEST else -1


def _take_plain(
    row: Row, place: Place, where: tuple[int, PlainPart], what: tuple[Names, Canon, Work]
) -> bool:
    """Take a row that is in the common form, for most are; False if it needs another look."""
    (number, part), (names, canon, work) = where, what
    image = names.image(number, row, work.options.coerce_ids)
    if image is None or (part.boxes and place.id in part.boxes):
        return False
    own = canon.images[image]
    if not stays_as_it_is(row["segmentation"], own, work):
        return False
    row["image_id"] = own["id"]
    row["category_id"] = names.category(number, row, place)
    return True


def _take_back_ring(row: Row, work: Work) -> None:
    """A box, a point or a skeleton that official readers needed a mask of has none of its own."""
    shape, box = work.texts.plain(row.get("segmentation")), box_of(row)
    empty = isinstance(shape, dict) and not RleArray.from_coco([shape]).area().any()
    if empty or (box is not None and len(box) == 4 and shape == [box_ring(box)]):
        row["segmentation"] = []


def _take_mask(row: Row, place: Place, work: Work) -> None:
    """Make a mask under another key the row's segmentation, where that is asked for."""
    for key in work.options.mask_keys or ():
        if row.get(key) is not None:
            row["segmentation"] = row.pop(key)
            work.report.change(f"masks taken from {key}", place)
            return


def _why_imageless(part: PlainPart, row: Row, where: tuple[Names, int]) -> str:
    names, number = where
    if "image_id" in row:
        said = f"image_id is {row['image_id']!r}"
        if names.image(number, row, True) is None:
            return f"{said}, which no image has"
        kinds = ("a text", "numbers") if isinstance(row["image_id"], str) else ("a number", "texts")
        return f"{said}, {kinds[0]}, and the images' ids are {kinds[1]}: --coerce-ids takes them so"
    if isinstance(row.get("file_name"), str):
        return f"file_name is {row['file_name']!r}, which no image has, and there is no image_id"
    return "it names no image: there is no image_id and no file_name"


def _normal_row(
    row: Row,
    what: tuple[str, int],
    where: tuple[Names, Canon, int],
    place: Place,
    work: Work,
) -> bool:
    """Bring one row into the official form; False if it is refused."""
    (kind, part), (names, canon, image) = what, where
    if kind in ("panoptic", "caption"):
        for segment in rows_of(row.get("segments_info")):
            segment["category_id"] = names.category(part, segment, place)
        if "category_id" in row and not isinstance(row["category_id"], int):
            work.report.change("category ids of captions made 0", place)
            row["category_id"] = 0
        return True
    row["category_id"] = names.category(part, row, place)
    has_attributes = "attributes" in row
    if has_attributes:
        _normal_attributes(row, place, work)
    if kind == "label":
        return True
    _normal_box(row, place, work)
    if "keypoints" in row or "num_keypoints" in row:
        _normal_keypoints(row, place, work)
    normal_segmentation(row, canon.images[image], place, work)
    if work.options.digits is not None:
        _round(row, work.options.digits)
    crowd = crowd_of(row, work.options.crowd)
    if crowd is None:
        work.report.refuse(place, f"iscrowd is {row.get('iscrowd')!r}, expected 0 or 1")
        return False
    if "iscrowd" not in row:
        work.report.change("missing iscrowd filled in", place)
    elif row["iscrowd"] != crowd or isinstance(row["iscrowd"], bool):
        work.report.change("iscrowd made 0 or 1", place)
    row["iscrowd"] = crowd
    flag = attribute_of(row, "is_crowd") if has_attributes else None
    if flag is not None and crowd_flag(flag) is None:
        work.report.refuse(place, f"attributes.is_crowd is {flag!r}, expected true or false")
        return False
    if work.options.attributes != "keep":
        _move_attributes(row, place, work)
    return True


def _round(row: Row, digits: int) -> None:
    rings = row["segmentation"]
    if isinstance(rings, list):
        good = [numbers(ring) is not None for ring in rings]
        row["segmentation"] = [
            [round(x, digits) for x in ring] if ok else ring
            for ring, ok in zip(rings, good, strict=True)
        ]
    box_of(row)  # decodes it
    if numbers(row.get("bbox")):
        row["bbox"] = [round(x, digits) for x in row["bbox"]]


def _normal_box(row: Row, place: Place, work: Work) -> None:
    bbox = row.get("bbox")
    if isinstance(bbox, list) and len(bbox) == 1 and numbers(bbox[0], 4) is not None:
        row["bbox"] = bbox[0]
        work.report.change("bbox in a list of its own made flat", place)


def _normal_keypoints(row: Row, place: Place, work: Work) -> None:
    """Keypoints are null, or a list of x, y, v; Encord writes null where there are none."""
    if row.get("keypoints") is None:
        # null beside null is Encord's way to say that there are none
        if row.get("num_keypoints") is not None and (
            "keypoints" not in row or row["num_keypoints"]
        ):
            del row["num_keypoints"]
            work.report.change("num_keypoints without keypoints left out", place)
        return
    points = _flat_points(row["keypoints"])
    if points is not None:
        row["keypoints"] = points
        work.report.change("keypoints in lists of their own made flat: x, y, v", place)
    values = numbers(row["keypoints"])
    if values is None or len(values) % 3:
        del row["keypoints"]
        row.pop("num_keypoints", None)
        work.report.lose("keypoints that are no list of x, y, v", place)
    elif points is not None or not isinstance(row.get("num_keypoints"), int):
        row["num_keypoints"] = sum(1 for v in values[2::3] if v > 0)


def _flat_points(value: Any) -> list[Any] | None:
    """Keypoints that are a list of points; a point of two numbers is seen unless it is 0, 0."""
    if not isinstance(value, list) or not value or not isinstance(value[0], list):
        return None
    points = [numbers(point) for point in value]
    if any(point is None or len(point) not in (2, 3) for point in points):
        return None
    full = [[*p, 2 if any(p) else 0] if len(p) == 2 else p for p in points if p is not None]
    return [number for point in full for number in point]


def _normal_attributes(row: Row, place: Place, work: Work) -> None:
    """Attributes as a list of objects, as Encord's page has them, are one object."""
    said = row.get("attributes")
    if not isinstance(said, list) or not said or not all(isinstance(one, dict) for one in said):
        return
    names = [name for one in said for name in one]
    if len(set(names)) == len(names):
        row["attributes"] = {name: value for one in said for name, value in one.items()}
        work.report.change("attributes in a list made one object", place)


def _move_attributes(row: Row, place: Place, work: Work) -> None:
    if work.options.attributes == "lower":
        lower(row)
    elif work.options.attributes == "lift":
        stayed = lift(row)
        if stayed:
            work.report.change("attributes left where they are, their names are taken", place)


def _answer(image: Row, row: Row, place: Place, where: tuple[Canon, Work]) -> None:
    """An answer about the whole image goes to the image's attributes; a second one makes a list."""
    canon, work = where
    if work.options.image_rows == "drop":
        work.report.lose("answers about images", place)
        return
    work.report.change("answers about images made attributes of the images", place)
    attributes = image.get("attributes")
    if not isinstance(attributes, dict):
        attributes = {"attributes": attributes} if attributes else {}
        image["attributes"] = attributes
    name = str(row["name"])
    again = (image["id"], name)
    if again in canon.repeats:
        attributes[name].append(row["value"])
    elif name in attributes:
        attributes[name] = [attributes[name], row["value"]]
        canon.repeats.add(again)
    else:
        attributes[name] = row["value"]
    extra = {key: value for key, value in row.items() if key not in ("name", "value", "image_id")}
    if extra:
        work.report.lose(f"{', '.join(extra)} of answers about images", place)


def separate_rings(canon: Canon, work: Work) -> None:
    """Every ring becomes an annotation; area and bbox of the whole do not fit the pieces."""
    rows: list[Row] = []
    origins: list[int] = []
    for i, (row, kind) in enumerate(zip(canon.annotations, canon.kinds, strict=True)):
        rings = row.get("segmentation")
        pieces = [row]
        if kind == "instance" and isinstance(rings, list) and len(rings) > 1:
            whole = {key: value for key, value in row.items() if key not in ("area", "bbox")}
            pieces = [{**whole, "segmentation": [ring]} for ring in rings]
            work.report.change("annotations of several rings made one a ring", canon.places[i])
        rows += pieces
        origins += [i] * len(pieces)
    canon.annotations = Annotations(rows)
    canon.kinds = [canon.kinds[i] for i in origins]
    canon.places = canon.places.take(origins)
    canon.sources = [canon.sources[i] for i in origins]
    canon.tasks = [canon.tasks[i] for i in origins]

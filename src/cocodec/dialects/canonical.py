"""Parts of any dialect -> one data set in the official form: what all dialects are written from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cocodec.dialects.common_form import TASKS, Canon, ListedDocument, PlainPart, Row, Work
from cocodec.dialects.ids import Numbers
from cocodec.dialects.kept_rings import are_kept
from cocodec.dialects.measures import fill_measures
from cocodec.dialects.names import (
    LARGEST,
    Names,
    merge_categories,
    merge_images,
    note_id,
    subsets_of_names,
)
from cocodec.dialects.object_parts import unite_parts
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
)
from cocodec.dialects.shapes import (
    box_ring,
    normal_segmentation,
    read_segmentations,
    size_of,
    stays_as_it_is,
)
from cocodec.dialects.tasks import unite_tasks
from cocodec.dialects.video import expand_videos
from cocodec.documents.segmentations import Masks
from cocodec.errors import DocumentError
from cocodec.files.folder_names import inside
from cocodec.files.image_headers import ImageHeaderError, read_image_size
from cocodec.masks.operations import mend_runs
from cocodec.masks.rle_array import RleArray
from cocodec.masks.segmentation_values import RLE, SegmentationKind

__all__ = ["canonical", "find_picture"]

_BATCH = 1024  # rows whose masks are held at once
_LARGEST = 1 << 28  # pixels of an image that is no trick
_ZERO = "an annotation has the id 0: COCOeval counts a match with it as none"
_MENDED = (  # what RLE is spelled anew for
    "counts in base64 or as texts made a counts string",
    "RLE read along the rows, not down the columns",
    "RLE cut to its image, or background added",
)


def canonical(parts: Sequence[PlainPart], work: Work) -> Canon:
    """Bring a whole file into the common form. The rows of `parts` are used up.

    What is wrong is left out and refused in the report.
    """
    for part in parts:
        taken = expand_videos(part)
        if taken:
            work.report.change("annotations of videos made one a frame", None, taken)
    canon = Canon()
    for part in parts:
        _read_mark(part)
    _take_roots(parts, canon, work)
    names = Names(merge_images(parts, canon, work), merge_categories(parts, canon, work))
    for number, part in enumerate(parts):
        _read_repeats((number, part), names, canon)
    if "encord" in (work.report.source, canon.mark.get("source")):  # whose lists it may be again
        canon.documents = _listed_documents(parts, names, canon)
    canon.annotations = Annotations.concatenate(
        [_take_annotations((n, part), names, canon, work) for n, part in enumerate(parts)]
        or [canon.annotations]
    )
    if work.options.rings == "separate":
        _separate_rings(canon, work)
    _read_masks(canon, work)
    if work.options.unite_parts:
        unite_parts(canon, work)
    unite_tasks(parts, canon, work)
    _number_annotations(canon, work)
    fill_measures(canon, work)
    return canon


def _read_mark(part: PlainPart) -> None:
    """What a former conversion could not say in official words: subsets, tasks, file_names."""
    mark = part.fields.get("cocodec")
    if not isinstance(mark, dict):
        return
    was = {
        one["id"]: one["was"]
        for one in _rows_of(mark.get("file_names"))
        if type(one.get("id")) is int and isinstance(one.get("was"), str)
    }
    for image in part.rows("images") if was else ():
        number, name = image.get("id"), image.get("file_name")
        if type(number) is int and number in was and str(name).endswith(f"/{was[number]}"):
            image["file_name"] = was[number]
    boxes = mark.get("boxes")
    part.boxes = {i for i in (boxes if isinstance(boxes, list) else ()) if type(i) is int}
    part.subsets = dict(_listed(mark.get("subsets")))
    for task, number in ((task, number) for number, task in _listed(mark.get("tasks"))):
        if task in TASKS:
            part.tasks[number] = (*part.tasks.get(number, ()), task)


def _listed(said: Any) -> Iterator[tuple[int, str]]:
    """The numbers below each name, one by one."""
    for name, numbers_ in said.items() if isinstance(said, dict) else ():
        for number in numbers_ if isinstance(numbers_, list) else ():
            if isinstance(number, int):
                yield number, name


def _read_repeats(where: tuple[int, PlainPart], names: Names, canon: Canon) -> None:
    """Answers that came twice: by a part's id of the image, and their name."""
    number, part = where
    mark = part.fields.get("cocodec")
    repeats = mark.get("repeats") if isinstance(mark, dict) else None
    for one in repeats if isinstance(repeats, list) else []:
        if isinstance(one, list) and len(one) == 2 and isinstance(one[1], str):
            image = names.image(number, {"image_id": one[0]}, False)
            if image is not None:
                canon.repeats.add((canon.images[image]["id"], one[1]))


def _listed_documents(
    parts: Sequence[PlainPart], names: Names, canon: Canon
) -> list[ListedDocument]:
    """The documents of a list, or those that an earlier conversion made one of.

    None where every document has one image, and all categories by the ids that they have now.
    """
    if len(parts) == 1:
        return _kept_documents(parts[0], names, canon)
    if not all(part.is_listed for part in parts):
        return []
    out = []
    for number, part in enumerate(parts):
        said = [row.get("id") for row in part.rows("categories")]
        found = ((was, names.listed_category(number, was)) for was in said)
        categories = tuple((was, now) for was, now in found if now is not None)
        said_now = [row.get("id") for row in part.rows("images")]
        own = [number for number in said_now if type(number) is int]
        if len(own) < len(said_now):
            return []
        out.append(ListedDocument(own, categories))
    every = tuple((row["id"], row["id"]) for row in canon.categories)
    if all(len(one.images) == 1 and one.categories == every for one in out):
        return []
    return out


def _kept_documents(part: PlainPart, names: Names, canon: Canon) -> list[ListedDocument]:
    mark = part.fields.get("cocodec")
    if not isinstance(mark, dict):
        return []
    numberings = mark.get("numberings")
    ways = [
        tuple(
            (one["was"], now)
            for one in _rows_of(way)
            if "was" in one and (now := names.listed_category(0, one.get("id"))) is not None
        )
        for way in (numberings if isinstance(numberings, list) else [])
    ]
    out = []
    for one in _rows_of(mark.get("documents")):
        said, way = one.get("images"), one.get("categories")
        if not isinstance(said, list) or type(way) is not int or not 0 <= way < len(ways):
            return []
        found = [names.image(0, {"image_id": i}, False) for i in said]
        out.append(
            ListedDocument([canon.images[i]["id"] for i in found if i is not None], ways[way])
        )
    return out


def _take_roots(parts: Sequence[PlainPart], canon: Canon, work: Work) -> None:
    """The root's own keys: those of the first part that has them."""
    for part in parts:
        for key, value in part.fields.items():
            if key in ("image", "images", "annotations", "categories", "licenses"):
                continue  # null, or SA-1B's single image
            if key == "cocodec" and isinstance(value, dict):
                if canon.mark and "ids" in value and value != canon.mark:
                    work.report.lose("old ids that an earlier conversion kept of another part")
                canon.mark = canon.mark or value
                continue
            before = canon.info if key == "info" else canon.fields.get(key)
            if key == "info" and not before:
                canon.info = value if isinstance(value, dict) else {}
            elif key != "info" and key not in canon.fields:
                canon.fields[key] = value
            elif before != value:
                work.report.lose(f"root {key} of another part")
        for row in part.rows("licenses"):
            if row not in canon.licenses:
                canon.licenses.append(row)


# ---------------------------------------------------------------- annotations


def _take_annotations(
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
    if height is None or width is None or not _is_usual((height, width)):
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
        for segment in _rows_of(row.get("segments_info")):
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


def _rows_of(value: Any) -> list[Row]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


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


def _separate_rings(canon: Canon, work: Work) -> None:
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


# ---------------------------------------------------------------- masks


def _read_masks(canon: Canon, work: Work) -> None:
    """Read all masks in one batch, and leave out the rows that are wrong."""
    _name_images(canon, work)
    _normal_sizes(canon, work)
    _size_images(canon, work)
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
    for row, why in found.refused:
        work.report.refuse(canon.places[row], why)
    for changes, row, rle in found.respelled:
        values = canon.annotations[row]
        values["segmentation"] = {**values["segmentation"], **rle}
        for what in changes:
            work.report.change(what, canon.places[row])
    if found.differ:
        work.report.note(
            f"{len(found.differ):,} masks are not of their image's size (--fit-sizes cuts them to "
            f"it), the first: {canon.places[found.differ[0]]}"
        )
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
    differ: list[int] = field(default_factory=list)


def _look_at(canon: Canon, some: Sequence[int], found: _Found, work: Work) -> None:
    """Read the masks of some rows, and let go of them; kept rings have one, whatever it is."""
    rows, values, sizes = [], [], []
    for i in some:
        found.has_mask[i] = False
        if canon.kinds[i] != "instance":
            continue
        row = canon.annotations[i]
        value, size = row.get("segmentation"), canon.sizes[row["image_id"]]
        if are_kept(value) and _is_usual(size):
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
        if has and tuple(own[k]) != sizes[k] and k not in fitted:
            found.differ.append(rows[k])


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


def _is_usual(size: tuple[int | None, int | None]) -> bool:
    """Whether a size is known, and no ring in it can be too much to draw."""
    height, width = size
    return height is not None and width is not None and height * width <= _LARGEST


def _normal_sizes(canon: Canon, work: Work) -> None:
    """Sides are integers, for strict readers: 20.0 and "20" are 20."""
    for image in canon.images:
        for key in ("height", "width"):
            value = image.get(key)
            if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 11:
                value = int(value)
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            if value is not image.get(key):
                image[key] = value
                work.report.change("heights and widths of images made integers")


def _size_images(canon: Canon, work: Work) -> None:
    """Images without a size take that of a mask in them."""
    encord = work.report.target.startswith("encord")  # which divides by the sides
    unsized = {
        image["id"]: image
        for image in canon.images
        if None in size_of(image) or (encord and 0 in size_of(image))
    }
    if not unsized:
        return
    for i, row in canon.annotations.decoded():
        value = row.get("segmentation")
        size = numbers(value.get("size"), 2) if isinstance(value, dict) else None
        if size is not None and row["image_id"] in unsized:
            unsized.pop(row["image_id"]).update(height=size[0], width=size[1])
            work.report.change("image sizes taken from a mask", canon.places[i])
    if work.images is not None:
        _size_from_files(unsized, canon, work)
    official = work.report.target.startswith("official") and "instance" in canon.kinds
    if unsized and (official or encord):
        for i, image in enumerate(canon.images):
            if image["id"] not in unsized:
                continue
            place = Place(None, "images", i, image["id"])
            work.report.refuse(
                place, "no height and width, and no RLE that says them: --images FOLDER reads them"
            )
        gone = unsized.keys()
        of_images = canon.annotations.image_ids()
        canon.keep([i for i, image in enumerate(of_images) if image not in gone])
        _drop_images(canon, gone)
    elif unsized:
        count = len(unsized)
        work.report.note(f"{count:,} image{'s' * (count != 1)} without height and width")


def _drop_images(canon: Canon, gone: Collection[int]) -> None:
    left = [i for i, image in enumerate(canon.images) if image["id"] not in gone]
    canon.images = [canon.images[i] for i in left]
    canon.subsets = [canon.subsets[i] for i in left]


def _size_from_files(unsized: dict[int, Row], canon: Canon, work: Work) -> None:
    """Read the sizes of images from the headers of their files, where these are."""
    assert work.images is not None
    owners = subsets_of_names(canon)
    for image, subset in zip(canon.images, canon.subsets, strict=True):
        number = image["id"]
        if number not in unsized:
            continue
        name = str(image["file_name"])
        path = find_picture(work.images, subset, name, len(owners[name]) > 1)
        if path is None:
            continue
        try:
            header = read_image_size(path)
        except (ImageHeaderError, OSError) as error:
            work.report.note(f"{path}: {error}")
            continue
        unsized.pop(number).update(height=header.height, width=header.width)
        work.report.change("image sizes read from their files")


def find_picture(folder: Path, subset: str, name: str, shared: bool) -> Path | None:
    """An image's file: in the folder of its subset, or else in the folder itself.

    In two subsets a name may be two images', so where there is a folder of the subset's name,
    nothing else will do; where there is none, two subsets take no image of one folder.
    """
    for own in (folder / subset, folder / "images" / subset):
        if _is_inside(subset) and own.is_dir() and not name.startswith(f"{subset}/"):
            return _find_image(own, name)
    return None if shared else _find_image(folder, name)


def _is_inside(subset: str) -> bool:
    return subset not in ("", ".", "..") and not {"/", "\\", "\0"} & set(subset)


def _find_image(folder: Path, name: str) -> Path | None:
    """The file of an image in a folder; a name that leads out of it finds nothing."""
    try:
        path = inside(folder, name)
    except DocumentError:
        return None
    return path if path.is_file() else None


def _name_images(canon: Canon, work: Work) -> None:
    """Readers want a file_name of every image: the end of its address, or its id's."""
    taken = {n for image in canon.images if isinstance(n := image.get("file_name"), str)}
    for image in canon.images:
        name = image.get("file_name")
        if isinstance(name, str) and name:
            continue
        address = image.get("coco_url")
        end = address.rpartition("/")[2] if isinstance(address, str) else ""
        made = end if end and end not in taken else f"{image['id']}.jpg"
        taken.add(made)
        image["file_name"] = made
        what = "taken from coco_url" if made == end else "made up from their ids"
        work.report.change(f"missing file_names of images {what}")


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


# ---------------------------------------------------------------- ids


def _number_annotations(canon: Canon, work: Work) -> None:
    if not work.options.reindex and _are_numbered(canon, work):
        return
    rows = canon.annotations
    wanted = rows.said_ids(range(len(rows)))
    fresh = Numbers(wanted, keep=not work.options.reindex)
    # Objects first: captions and labels beside them count by themselves, in files of their own.
    for i in sorted(range(len(wanted)), key=lambda i: canon.kinds[i] != "instance"):
        if canon.kinds[i] == "panoptic":
            continue
        was, place = wanted[i], canon.places[i]
        number = fresh.give(was)
        if number != was or isinstance(was, (bool, float)):
            what = "missing" if was is None else "repeated" if isinstance(was, int) else "other"
            work.report.change(f"annotation ids made unique integers ({what})", place)
            note_id(canon, "annotations", place, (was, number))
        rows.give_id(i, number)
        if number == 0:
            work.report.note(_ZERO)


def _are_numbered(canon: Canon, work: Work) -> bool:
    """Whether all ids are integers, of 64 bits, and none of them comes twice: then they stay."""
    ids = canon.annotations.ids()
    if ids is None:
        return False
    ids.sort()
    if (ids[1:] == ids[:-1]).any():
        return False
    if (ids == 0).any():
        work.report.note(_ZERO)
    return True

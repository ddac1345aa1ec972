"""Rules about ids, and about what refers to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.json_values import JsonKind, encode
from cocodec.documents.places import decode_places
from cocodec.documents.table import Table
from cocodec.inspection.batches import Batch, Inspection, numbers_of
from cocodec.inspection.rule import Edit, Hit, Removal, RowNumbers, Rule

__all__ = ["RULES"]

_NO_IDS = (JsonKind.NULL, JsonKind.FALSE, JsonKind.TRUE, JsonKind.LIST, JsonKind.OBJECT)
_MISTYPED = "the id is neither a whole number nor a text"
_TEXT = "the id is a text; many readers want numbers"
_LISTED = 8  # ids that a message spells out
_TOGETHER = 1 << 16  # ids that are read together


def find_rows_that_are_no_objects(inspection: Inspection) -> Iterable[Hit]:
    """Records that are no objects hold nothing."""
    for name in ("images", "categories"):
        kinds = inspection.table(name)._row_kinds()
        yield Hit("the row is no object", np.flatnonzero(kinds != JsonKind.OBJECT), None, name)


def find_annotations_that_are_no_objects(batch: Batch) -> Iterable[Hit]:
    """As `find_rows_that_are_no_objects`."""
    yield Hit("the row is no object", batch.rows(~batch.is_object))


def _wants_id(batch: Batch) -> NDArray[np.bool_]:
    return batch.is_document & batch.is_object & (batch.is_instance | batch.has("caption"))


def find_missing_annotation_ids(batch: Batch) -> Iterable[Hit]:
    """Annotations of a document need ids."""
    yield Hit("the annotation has no id", batch.rows(_wants_id(batch) & ~batch.has("id")))


def find_missing_ids(inspection: Inspection) -> Iterable[Hit]:
    """Images and categories need ids."""
    for name, what in (("images", "image"), ("categories", "category")):
        table = inspection.table(name)
        kinds = table.kinds("id")
        objects = table._row_kinds() == JsonKind.OBJECT
        single = inspection.roots[table.part] == "document"
        missing = (kinds == JsonKind.MISSING) & objects & single
        if name == "images":  # SA-1B spells its single image's id another way
            missing &= table.kinds("image_id") == JsonKind.MISSING
        yield Hit(f"the {what} has no id", np.flatnonzero(missing), None, name)


def _typed(
    table: Table, wrong: Callable[[NDArray[np.uint8], Any], NDArray[np.bool_]]
) -> RowNumbers:
    kinds, (places,) = table.find(["id"])
    return np.flatnonzero(wrong(kinds[0], places))


def _is_no_id(kinds: NDArray[np.uint8], places: Any) -> NDArray[np.bool_]:
    out = np.isin(kinds, _NO_IDS)
    floats = np.flatnonzero(kinds == JsonKind.FLOAT)
    values, _ = numbers_of(places.take(floats))
    out[floats] = values != np.floor(values)
    return out


def find_mistyped_ids(inspection: Inspection) -> Iterable[Hit]:
    """Ids are whole numbers, or at least texts."""
    for name in ("images", "categories"):
        rows = _typed(inspection.table(name), _is_no_id)
        yield Hit(_MISTYPED, rows, "id", name)


def find_mistyped_annotation_ids(batch: Batch) -> Iterable[Hit]:
    """As `find_mistyped_ids`."""
    wrong = _is_no_id(batch.kinds("id"), batch.places("id")) & batch.is_document
    yield Hit(_MISTYPED, batch.rows(wrong), "id")


def find_text_ids(inspection: Inspection) -> Iterable[Hit]:
    """Ids that are texts are ids, but not to every reader."""
    for name in ("images", "categories"):
        rows = _typed(inspection.table(name), lambda kinds, _: kinds == JsonKind.STRING)
        yield Hit(_TEXT, rows, "id", name)


def find_text_annotation_ids(batch: Batch) -> Iterable[Hit]:
    """As `find_text_ids`."""
    yield Hit(_TEXT, batch.rows(np.asarray(batch.kinds("id") == JsonKind.STRING)), "id")


def repeated_ids(table: Table) -> RowNumbers:
    """Return the rows whose id came before in their part."""
    integers = _whole_numbers(table)
    if integers is None:
        return _repeated_of_any_type(table)
    if len(integers) == 0 or ((np.diff(integers) > 0).all() and table.part[0] == table.part[-1]):
        return np.zeros(0, np.int64)
    return _repeated_among(np.arange(len(integers)), integers, table.part)


def _whole_numbers(table: Table) -> NDArray[np.int64] | None:
    """Read ids that are all integers of 64 bits, some thousand at a time; None of others."""
    out = np.zeros(len(table), np.int64)
    for first in range(0, len(table), _TOGETHER):
        some = slice(first, min(first + _TOGETHER, len(table)))
        (kinds,), (places,) = table.find(["id"], some)
        if (kinds != JsonKind.INT).any() or not _core.parse_numbers(places.rows(), out[some]):
            return None
    return out


def _repeated_among(
    rows: RowNumbers, ids: NDArray[np.int64], part: NDArray[np.int32]
) -> RowNumbers:
    order = np.lexsort((ids, part))
    ids, part = ids[order], part[order]
    same = (ids[1:] == ids[:-1]) & (part[1:] == part[:-1])
    return np.sort(rows[order[1:][same]])


def _repeated_of_any_type(table: Table) -> RowNumbers:
    (kinds,), (places,) = table.find(["id"])
    whole = np.flatnonzero(kinds == JsonKind.INT)
    others = np.flatnonzero((kinds != JsonKind.INT) & (kinds != JsonKind.MISSING))
    integers = np.zeros(len(whole), np.int64)
    mixed = (kinds == JsonKind.FLOAT).any()  # 1.0 is 1
    if mixed or not _core.parse_numbers(places.take(whole).rows(), integers):
        later = [one.rows[1:] for one in table.duplicates()]
        return np.sort(np.concatenate([np.zeros(0, np.int64), *later]))
    found = [_repeated_among(whole, integers, table.part[whole])]
    if len(others) > 0:
        index = _core.IdIndex(places.take(others).rows(), table.part[others])
        found += [others[rows[1:]] for rows in index.duplicates()]
    return np.sort(np.concatenate(found))


def find_duplicate_ids(inspection: Inspection) -> Iterable[Hit]:
    """An id names one row."""
    for name in ("images", "annotations", "categories"):
        rows = repeated_ids(inspection.table(name))
        if name == "annotations":
            rows = rows[inspection.roots[inspection.table(name).part[rows]] == "document"]
        can = name == "annotations" and _all_numbers(inspection, rows)
        repair = _renumber if can else None
        yield Hit("another row before has the same id", rows, "id", name, repair)


def _all_numbers(inspection: Inspection, rows: RowNumbers) -> bool:
    return bool((inspection.table("annotations").kinds("id", rows) == JsonKind.INT).all())


def _renumber(inspection: Inspection, rows: RowNumbers) -> list[Edit | Removal]:
    """Give new ids above the largest of the part; nothing refers to annotations."""
    table = inspection.table("annotations")
    highest: dict[int, int] = {}
    values = []
    for part in table.part[rows].tolist():
        if part not in highest:
            whole = table.rows_of(part)
            ids = inspection.values("annotations", "id", np.arange(whole.start, whole.stop))
            highest[part] = max(one for one in ids if isinstance(one, int))
        highest[part] += 1
        values.append(highest[part])
    return [Edit("annotations", rows, "id", values)]


def find_zero_ids(batch: Batch) -> Iterable[Hit]:
    """COCO's evaluation takes a match with id 0 for none."""
    zero = (batch.numbers("id")[0] == 0) & batch.is_instance & batch.is_document
    message = "the annotation has id 0: COCO's evaluation takes a match with it for none"
    yield Hit(message, batch.rows(zero), "id")


# ------------------------------------------------------------ references


def find_missing_image_ids(batch: Batch) -> Iterable[Hit]:
    """An annotation lies in an image."""
    single = batch.root == "annotation"
    missing = batch.is_object & ~batch.has("image_id") & ~single & ~batch.once(_is_single_image)
    by_name = missing & batch.has("file_name")
    message = "the row has no image_id, only a file_name: say the id that the image has"
    yield Hit(message, batch.rows(by_name), "file_name")
    yield Hit("the row has no image_id", batch.rows(missing & ~by_name))


def _is_single_image(batch: Batch) -> NDArray[np.bool_]:
    document = batch.inspection.document
    alone = [document.images.is_single(i) for i in range(len(document.parts))]
    return np.array(alone, bool)[document.annotations.part[batch.slice]]


def find_missing_category_ids(batch: Batch) -> Iterable[Hit]:
    """An object is of a category."""
    wanted = batch.is_object & batch.is_instance & (batch.root != "annotation")
    missing = wanted & ~batch.has("category_id") & ~batch.once(_is_single_image)
    yield Hit("the row has no category_id", batch.rows(missing))


def find_unknown_images(batch: Batch) -> Iterable[Hit]:
    """An image_id names an image that is listed."""
    return _unknown(batch, "image_id", batch.image_rows)


def find_unknown_categories(batch: Batch) -> Iterable[Hit]:
    """A category_id names a category that is listed."""
    found, listed = batch.category_rows
    plain = ~batch.has("caption")
    return _unknown(batch, "category_id", (found, listed & plain))


def _unknown(
    batch: Batch, key: str, looked_up: tuple[NDArray[np.int64], NDArray[np.bool_]]
) -> Iterable[Hit]:
    found, listed = looked_up
    rows = batch.rows(listed & (found < 0) & batch.has(key))
    if len(rows) == 0:
        return
    inspection = batch.inspection
    meant = _meant(inspection, key, rows)
    for reason in sorted({one[0] for one in meant}):
        chosen = np.array([one[0] == reason for one in meant])
        repair = _repair_references(key) if reason else None
        yield Hit(_why(inspection, key, reason), rows[chosen], key, repair=repair)


def _why(inspection: Inspection, key: str, reason: str) -> str:
    what, name = ("image", "images") if key == "image_id" else ("category", "categories")
    where = "the ground truth" if inspection.ground_truth is not None else "the document"
    if not reason:
        ids = sorted(map(str, inspection_ids(inspection, name)), key=lambda one: (len(one), one))
        more = ", ..." if len(ids) > _LISTED else ""
        said = f" ({', '.join(ids[:_LISTED])}{more})" if len(ids) > 0 else ""
        return f"{key} names no {what} that {where} lists{said}"
    return f"{key} is {reason} ({where} lists it so)".replace("{what}", what)


def inspection_ids(inspection: Inspection, name: str) -> list[Any]:
    """Return the first ids of a table that references mean."""
    table: Table = getattr(inspection.truth, name)
    rows = np.arange(min(len(table), _LISTED + 1))
    found = decode_places(table.places(rows))
    return [row.get("id") for row in found if isinstance(row, dict)]


def _meant(inspection: Inspection, key: str, rows: RowNumbers) -> list[tuple[str, Any]]:
    """Say of each unknown id what it is instead of the id that it means, and that id."""
    name = "images" if key == "image_id" else "categories"
    index = inspection.truth_index(name)
    by_name = inspection.category_names if name == "categories" else {}
    known: dict[str, tuple[str, Any]] = {}
    out = []
    for value in inspection.values("annotations", key, rows):
        text = repr(value)  # 1, "1" and true are three
        if text not in known:
            known[text] = _meant_by(value, index, by_name)
        out.append(known[text])
    return out


def _meant_by(value: Any, index: _core.IdIndex, by_name: dict[str, Any]) -> tuple[str, Any]:
    if isinstance(value, str):
        if value.isascii() and value.lstrip("-").isdigit() and len(value) < 100:
            number = int(value)
            if str(number) == value and len(index.positions(encode(number))) == 1:
                return "a text, and the {what}'s id a number", number
        if by_name.get(value) is not None:
            return "the name of a category, not its id", by_name[value]
    elif type(value) is int and len(index.positions(encode(str(value)))) == 1:
        return "a number, and the {what}'s id a text", str(value)
    return "", None


def _repair_references(key: str) -> Callable[[Inspection, RowNumbers], list[Edit | Removal]]:
    def repair(inspection: Inspection, rows: RowNumbers) -> list[Edit | Removal]:
        return [Edit("annotations", rows, key, [one for _, one in _meant(inspection, key, rows)])]

    return repair


def find_missing_lists(inspection: Inspection) -> Iterable[Hit]:
    """Annotations without a list of images, or of categories, refer to nothing."""
    annotations = inspection.table("annotations")
    if inspection.ground_truth is not None:
        return
    for key, name in (("image_id", "images"), ("category_id", "categories")):
        lacking = ~inspection.table(name).listed & (inspection.roots == "document")
        parts = np.flatnonzero(lacking)
        refers = annotations.kinds(key) != JsonKind.MISSING if len(parts) > 0 else None
        for part in parts.tolist():
            rows = annotations.rows_of(part)
            if refers is not None and refers[rows.start : rows.stop].any():
                where = f"{inspection.labels[part]}: " if inspection.labels[part] else ""
                none = np.zeros(0, np.int64)
                yield Hit(f"{where}there is no list of {name}", none, None, "root")


RULES = (
    Rule(
        "row-type",
        "error",
        "Images, annotations and categories are objects.",
        '{"annotations": [7]}',
        rows=find_annotations_that_are_no_objects,
        document=find_rows_that_are_no_objects,
    ),
    Rule(
        "id-missing",
        "error",
        "Images, categories and annotations have ids.",
        '{"image_id": 1, "category_id": 1, "bbox": [0, 0, 4, 4]}',
        rows=find_missing_annotation_ids,
        document=find_missing_ids,
    ),
    Rule(
        "id-type",
        "error",
        "An id is a whole number, or a text.",
        '{"id": null}',
        rows=find_mistyped_annotation_ids,
        document=find_mistyped_ids,
    ),
    Rule(
        "id-text",
        "note",
        "An id is a text; many readers want numbers.",
        '{"id": "0f3a"}',
        rows=find_text_annotation_ids,
        document=find_text_ids,
    ),
    Rule(
        "id-duplicate",
        "error",
        "An id names one row of its list.",
        '[{"id": 1}, {"id": 1}]',
        document=find_duplicate_ids,
        repair="later annotations get ids above the largest (if ids are numbers)",
    ),
    Rule(
        "id-zero",
        "warning",
        "COCO's evaluation takes a match with an annotation of id 0 for none.",
        '{"id": 0, "image_id": 1}',
        rows=find_zero_ids,
    ),
    Rule(
        "list-missing",
        "error",
        "What annotations refer to is listed.",
        '{"annotations": [{"image_id": 1}]}',
        document=find_missing_lists,
    ),
    Rule(
        "image-id-missing",
        "error",
        "An annotation says in which image it lies.",
        '{"id": 1, "category_id": 1}',
        rows=find_missing_image_ids,
    ),
    Rule(
        "image-id-unknown",
        "error",
        "An image_id is the id of an image of the document, or of the ground truth.",
        '{"image_id": "1"}, where the image has the id 1',
        rows=find_unknown_images,
        repair="a text or a number becomes the other, if exactly one image has that id",
    ),
    Rule(
        "category-id-missing",
        "error",
        "An object says of which category it is.",
        '{"id": 1, "image_id": 1, "bbox": [0, 0, 4, 4]}',
        rows=find_missing_category_ids,
    ),
    Rule(
        "category-id-unknown",
        "error",
        "A category_id is the id of a category of the document, or of the ground truth.",
        '{"category_id": "person"}, where person has the id 1',
        rows=find_unknown_categories,
        repair="a text or a number becomes the other, a name the id, if exactly one fits",
    ),
)

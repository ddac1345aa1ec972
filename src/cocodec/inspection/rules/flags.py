"""Rules about iscrowd, keypoints, and the scores of results."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.json_values import JsonKind
from cocodec.errors import how_many
from cocodec.inspection.batches import CROWD_NAMES, Batch, Inspection
from cocodec.inspection.rule import Edit, Hit, Removal, RowNumbers, Rule, fix_with

__all__ = ["RULES"]


def find_text_crowds(batch: Batch) -> Iterable[Hit]:
    """Any text is true, even "0" and "false"."""
    texts = np.flatnonzero(batch.kinds("iscrowd") == JsonKind.STRING)
    places = batch.places("iscrowd")
    flags = np.zeros(len(batch), bool)
    flags[texts] = [_flag_in(bytes(places.text(i))) is not None for i in texts.tolist()]
    message = 'iscrowd is a text: readers take every text for true, even "0"'
    repair = fix_with("iscrowd", lambda old: _flag_in(f'"{old}"'.encode()))
    yield Hit(message, batch.rows(flags), "iscrowd", repair=repair)


def _flag_in(text: bytes) -> int | None:
    known = {b'"0"': 0, b'"1"': 1, b'"false"': 0, b'"true"': 1}
    return known.get(text.lower())


def find_bool_crowds(batch: Batch) -> Iterable[Hit]:
    """Some readers want numbers."""
    bools = np.isin(batch.kinds("iscrowd"), (JsonKind.FALSE, JsonKind.TRUE))
    message = "iscrowd is true or false, expected 1 or 0"
    yield Hit(message, batch.rows(bools), "iscrowd", repair=fix_with("iscrowd", int))


def find_other_crowds(batch: Batch) -> Iterable[Hit]:
    """A crowd is 0 or 1."""
    kinds = batch.kinds("iscrowd")
    values, good = batch.numbers("iscrowd")
    wrong = good & (values != 0) & (values != 1)
    wrong |= np.isin(kinds, (JsonKind.NULL, JsonKind.LIST, JsonKind.OBJECT))
    texts = np.flatnonzero(kinds == JsonKind.STRING)
    places = batch.places("iscrowd")
    wrong[texts] = [_flag_in(bytes(places.text(i))) is None for i in texts.tolist()]
    yield Hit("iscrowd is neither 0 nor 1", batch.rows(wrong), "iscrowd")


def _objects(batch: Batch) -> NDArray[np.bool_]:
    """Which annotations are objects of a document."""
    return np.asarray(batch.is_document & (batch.has("segmentation") | batch.has("bbox")))


def count_crowds(batch: Batch) -> Iterable[Hit]:
    """Count objects by their flag, for the rules about all of them."""
    objects, crowd, has = _objects(batch), batch.crowd, batch.has("iscrowd")
    counted = {"crowd": objects & crowd, "no crowd": objects & ~crowd, "iscrowd": objects & has}
    with batch.inspection.lock:
        for name, flags in counted.items():
            batch.inspection.seen[name] += int(flags.sum())
    return ()


def find_missing_crowds(batch: Batch) -> Iterable[Hit]:
    """An object says whether it is a crowd."""
    missing = _objects(batch) & ~batch.has("iscrowd")
    yield Hit("the object has no iscrowd", batch.rows(missing), "iscrowd", repair=_zeros)


def _zeros(inspection: Inspection, rows: RowNumbers) -> list[Edit | Removal]:
    return [Edit("annotations", rows, "iscrowd", [0] * len(rows))]


def find_crowds_only(inspection: Inspection) -> Iterable[Hit]:
    """Trainers skip crowds."""
    if inspection.seen["crowd"] > 0 and inspection.seen["no crowd"] == 0:
        kinds, _ = inspection.table("annotations").find(["segmentation", "bbox"])
        objects = np.flatnonzero((kinds != JsonKind.MISSING).any(axis=0))
        message = "all objects are crowds: most trainers skip them, and find nothing"
        yield Hit(message, objects, "iscrowd")


def find_crowds_elsewhere(batch: Batch) -> Iterable[Hit]:
    """The key is iscrowd."""
    for name in CROWD_NAMES:
        rows = batch.rows(batch.has(name) & ~batch.has("iscrowd"))
        message = f"{name} may mean what COCO calls iscrowd, which the row does not have"
        yield Hit(message, rows, name)


# ------------------------------------------------------------ keypoints


class _Points:
    """The keypoints of a batch, flat: `row` and `v` of each, and which rows have good ones."""

    def __init__(self, batch: Batch) -> None:
        values, offsets, good = batch.lists("keypoints")
        self.good = good & (np.diff(offsets) % 3 == 0)
        self.count = np.diff(offsets) // 3
        start = offsets[:-1][self.good]
        counts = self.count[self.good]
        self.row = np.repeat(np.flatnonzero(self.good), counts)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        at = np.repeat(start, counts) + 3 * within
        self.x, self.y, self.v = (values[at + i] for i in range(3))

    def rows(self, batch: Batch, flags: NDArray[np.bool_]) -> RowNumbers:
        """Rows with a point that has a flag."""
        out = np.zeros(len(batch), bool)
        out[self.row[flags]] = True
        return batch.rows(out)

    def visible(self, batch: Batch) -> NDArray[np.int64]:
        """How many points of each row have v > 0."""
        return np.bincount(self.row[self.v > 0], minlength=len(batch))


def find_mistyped_keypoints(batch: Batch) -> Iterable[Hit]:
    """Keypoints are triples of numbers."""
    plain = np.isin(batch.kinds("keypoints"), (JsonKind.MISSING, JsonKind.NULL))
    wrong = ~plain & ~batch.once(_Points).good
    message = "keypoints are no list of numbers in threes, x, y and v"
    yield Hit(message, batch.rows(wrong), "keypoints")


def _category_points(batch: Batch) -> NDArray[np.int64]:
    """How many keypoints each row's category has; -1 where it says nothing."""
    counts = batch.inspection.category_points
    out = np.full(len(batch), -1)
    found = batch.category_rows[0]
    known = found >= 0
    out[known] = counts[found[known]] if len(counts) > 0 else -1
    return out


def find_wrong_counts(batch: Batch) -> Iterable[Hit]:
    """There are as many keypoints as the category has."""
    points, wanted = batch.once(_Points), _category_points(batch)
    some = points.good & (points.count > 0)
    wrong = some & (wanted >= 0) & (points.count != wanted)
    at = np.flatnonzero(wrong)
    pairs = zip(points.count[at].tolist(), wanted[at].tolist(), strict=True)
    shown = [f"{how_many(a, 'point')}, the category has {b}" for a, b in pairs]
    message = "there are not as many keypoints as the category has"
    yield Hit(message, batch.rows(wrong), "keypoints", shown=shown)


def find_nameless_keypoints(batch: Batch) -> Iterable[Hit]:
    """A category names its keypoints."""
    points = batch.once(_Points)
    bare = points.good & (points.count > 0) & (batch.category_rows[0] >= 0)
    message = "the category names no keypoints"
    rows = batch.rows(bare & (_category_points(batch) < 0) & batch.is_document)
    yield Hit(message, rows, "category_id")


def find_bad_visibility(batch: Batch) -> Iterable[Hit]:
    """Visibility is 0, 1 or 2."""
    points = batch.once(_Points)
    wrong = ~np.isin(points.v, (0, 1, 2)) & batch.is_document[points.row]
    message = "a keypoint's visibility is not 0, 1 or 2"
    yield Hit(message, points.rows(batch, wrong), "keypoints")


def find_hidden_points(batch: Batch) -> Iterable[Hit]:
    """What is not labelled lies at 0, 0."""
    points = batch.once(_Points)
    hidden = (points.v == 0) & ((points.x != 0) | (points.y != 0))
    message = "a keypoint with visibility 0 has a place, expected 0, 0"
    rows = points.rows(batch, hidden & batch.is_document[points.row])
    yield Hit(message, rows, "keypoints")


def find_outside_points(batch: Batch) -> Iterable[Hit]:
    """Keypoints lie in their image."""
    points = batch.once(_Points)
    size = batch.image_size[points.row]
    outside = (points.x < -1) | (points.y < -1)
    outside |= (points.x > size[:, 1] + 1) | (points.y > size[:, 0] + 1)
    message = "a keypoint lies outside the image"
    yield Hit(message, points.rows(batch, outside & (points.v > 0)), "keypoints")


def find_wrong_numbers(batch: Batch) -> Iterable[Hit]:
    """num_keypoints counts those with v > 0."""
    points = batch.once(_Points)
    values, good = batch.numbers("num_keypoints")
    visible = points.visible(batch)
    there = ~np.isin(batch.kinds("num_keypoints"), (JsonKind.MISSING, JsonKind.NULL))
    wrong = there & points.good & ~(good & (values == visible))
    rows = batch.rows(wrong)
    found = batch.inspection.spelled("annotations", "num_keypoints", rows)
    counts = visible[wrong].tolist()
    shown = [f"{a}, visible are {b}" for a, b in zip(found, counts, strict=True)]
    message = "num_keypoints is not the number of keypoints with visibility above 0"
    yield Hit(message, rows, "num_keypoints", repair=_count_points, shown=shown)


def _count_points(inspection: Inspection, rows: RowNumbers) -> list[Edit | Removal]:
    values = inspection.values("annotations", "keypoints", rows)
    counts = [sum(v > 0 for v in points[2::3]) for points in values]
    return [Edit("annotations", rows, "num_keypoints", counts)]


# ------------------------------------------------------------ results


def _is_result(batch: Batch) -> NDArray[np.bool_]:
    """Which rows are results; a list of annotations, which have iscrowd, is none."""
    return np.asarray((batch.root == "results") & batch.is_instance & ~batch.has("iscrowd"))


def find_missing_scores(batch: Batch) -> Iterable[Hit]:
    """Results have scores."""
    wrong = _is_result(batch) & ~batch.has("score")
    yield Hit("the result has no score", batch.rows(wrong), "score")
    _, good = batch.numbers("score")
    wrong = batch.has("score") & ~good & _is_result(batch)
    yield Hit("score is no number", batch.rows(wrong), "score")


def find_odd_scores(batch: Batch) -> Iterable[Hit]:
    """Scores are mostly probabilities."""
    values, _ = batch.numbers("score")
    odd = (values < 0) | (values > 1)
    yield Hit("score does not lie between 0 and 1", batch.rows(odd), "score")


RULES = (
    Rule(
        "crowd-text",
        "error",
        "iscrowd is a number: readers take every text for true.",
        '{"iscrowd": "0"}',
        rows=find_text_crowds,
        repair="0 or 1",
    ),
    Rule(
        "crowd-bool",
        "note",
        "iscrowd is 1 or 0, rather than true or false.",
        '{"iscrowd": false}',
        rows=find_bool_crowds,
        repair="0 or 1",
        on_request=True,
    ),
    Rule(
        "crowd-value",
        "error",
        "iscrowd is 0 or 1.",
        '{"iscrowd": 2}',
        rows=find_other_crowds,
    ),
    Rule(
        "crowd-missing",
        "note",
        "An object has iscrowd.",
        '{"id": 1, "image_id": 1, "bbox": [0, 0, 4, 4]}',
        rows=find_missing_crowds,
        repair="0",
        on_request=True,
    ),
    Rule(
        "crowd-all",
        "warning",
        "Not all objects are crowds: most trainers skip them.",
        '[{"iscrowd": 1}, {"iscrowd": 1}]',
        rows=count_crowds,
        document=find_crowds_only,
    ),
    Rule(
        "crowd-elsewhere",
        "note",
        "COCO's key for crowds is iscrowd.",
        '{"isGroupOf": 1}',
        rows=find_crowds_elsewhere,
    ),
    Rule(
        "keypoints-type",
        "error",
        "Keypoints are numbers in threes: x, y, visibility.",
        '{"keypoints": [10, 10]}',
        rows=find_mistyped_keypoints,
    ),
    Rule(
        "keypoints-count",
        "error",
        "There are as many keypoints as the category has.",
        '{"keypoints": [1, 1, 2]} of a category with two',
        rows=find_wrong_counts,
    ),
    Rule(
        "keypoints-nameless",
        "warning",
        "The category of keypoints names them.",
        '{"keypoints": [1, 1, 2]} of the category {"id": 1, "name": "dog"}',
        rows=find_nameless_keypoints,
    ),
    Rule(
        "keypoints-visibility",
        "error",
        "Visibility is 0, 1 or 2.",
        '{"keypoints": [10, 10, 3]}',
        rows=find_bad_visibility,
    ),
    Rule(
        "keypoints-hidden",
        "note",
        "A keypoint that is not labelled lies at 0, 0.",
        '{"keypoints": [10, 10, 0]}',
        rows=find_hidden_points,
    ),
    Rule(
        "keypoints-outside",
        "warning",
        "Keypoints lie in their image.",
        '{"keypoints": [900, 10, 2]} in an image 100 wide',
        rows=find_outside_points,
    ),
    Rule(
        "keypoints-number",
        "warning",
        "num_keypoints counts the keypoints with visibility above 0.",
        '{"keypoints": [10, 10, 2], "num_keypoints": 2}',
        rows=find_wrong_numbers,
        repair="they are counted",
    ),
    Rule(
        "score-missing",
        "error",
        "A result has a score, a number.",
        '[{"image_id": 1, "category_id": 1, "bbox": [0, 0, 4, 4]}]',
        rows=find_missing_scores,
    ),
    Rule(
        "score-range",
        "note",
        "Scores mostly lie between 0 and 1.",
        '{"score": 97.5}',
        rows=find_odd_scores,
    ),
)

"""merge_groups: what belongs together, who leads, what is written, and what stays as it was."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import cocodec
from cocodec import MergeReport, RleArray
from reference.groups import Merged, Rules, Shape, merge
from reference.segmentations import are_runs
from support.group_documents import document_of, row_of

SIZE = (8, 9)
TRUTHS = [True, False, 1, 0, 1.0, 0.0]


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    kind = draw(st.sampled_from(["bbox", "polygon", "polygon", "mask"]))
    shape: Shape = {"type": kind, "label": draw(st.integers(0, 1))}
    number = st.one_of(st.integers(0, 9).map(float), st.integers(-4, 40).map(lambda n: n / 4))
    if kind == "bbox":
        shape["bbox"] = [*(draw(number) for _ in range(2)), *(abs(draw(number)) for _ in range(2))]
    elif kind == "polygon":
        shape["points"] = draw(st.lists(number, min_size=6, max_size=10).map(even))
    else:
        seed, density = draw(st.integers(0, 99)), draw(st.sampled_from([0.0, 0.1, 0.8]))
        shape["mask"] = np.random.default_rng(seed).random(SIZE) < density
    shape["group"] = draw(st.integers(0, 2))
    if draw(st.booleans()):
        shape["attributes"] = {"is_crowd": draw(st.sampled_from(TRUTHS)), "mine": draw(number)}
    return shape


def even(points: list[float]) -> list[float]:
    return points[: len(points) // 2 * 2]


rules = st.builds(
    Rules,
    st.sampled_from(["guess", "mask", "polygons"]),
    st.sampled_from(["largest", "first"]),
    st.booleans(),
    st.booleans(),
)


def options_of(rule: Rules) -> dict[str, Any]:
    boxes = "rasterize" if rule.rasterize else "exclude"
    return {"mode": rule.mode, "leader": rule.leader, "boxes": boxes, "cvat_strict": rule.strict}


def pixels(segmentation: Any) -> np.ndarray:
    if isinstance(segmentation, dict):
        return RleArray.from_coco([segmentation]).decode(layout="HW").astype(bool)
    # A box far outside of the image may read as the counts of an RLE, which is refused.
    assume(not any(are_runs(ring, *SIZE) for ring in segmentation))
    return RleArray.from_polygons([segmentation], SIZE).decode(layout="HW").astype(bool)


def check_row(row: dict[str, Any], given: dict[str, Any], merged: Merged) -> None:
    """`given` is the leader's row before."""
    written = ("segmentation", "area", "bbox", "iscrowd")
    assert {k: row[k] for k in row if k not in written} == {
        k: given[k] for k in given if k not in written
    }
    assert row["iscrowd"] == (merged.form == "mask")
    assert row["area"] == merged.area
    assert row["bbox"] == merged.bbox
    if merged.form == "box":
        assert row["segmentation"] == given["segmentation"]
        return
    assert isinstance(row["segmentation"], dict) == (merged.form == "mask")
    np.testing.assert_array_equal(pixels(row["segmentation"]), merged.pixels)
    if merged.form == "polygons":
        assert row["segmentation"][: len(merged.rings)] == merged.rings
        traced = pixels(row["segmentation"][len(merged.rings) :])
        np.testing.assert_array_equal(traced, merged.traced)


@given(st.lists(shapes(), max_size=7), rules)
def test_every_shape_in_a_group(given, rule):
    """With singles="apply" the document becomes what the reference makes of the shapes."""
    document = cocodec.read(document_of(given, SIZE))
    report = cocodec.merge_groups(document, singles="apply", **options_of(rule))
    expected = sorted(merge(given, SIZE, rule), key=lambda merged: merged.leader)
    assert len(document.annotations) == len(expected)
    for row, merged in zip(document.annotations, expected, strict=True):
        check_row(row, row_of(given[merged.leader], merged.leader + 1, SIZE), merged)
    several = [merged for merged in expected if len(merged.members) > 1]
    left_out = (
        0
        if rule.rasterize
        else sum(given[i]["type"] == "bbox" for m in expected if m.form != "box" for i in m.members)
    )
    assert report == MergeReport(
        groups=len(several),
        removed=len(given) - len(expected),
        singles=len(expected) - len(several),
        **{
            key: sum(merged.form == form for merged in expected)
            for key, form in (("masks", "mask"), ("polygons", "polygons"), ("boxes", "box"))
        },
        boxes_left_out=left_out,
    )


@given(st.lists(shapes(), max_size=7), rules, st.sampled_from([None, 1, "\t"]))
def test_nothing_else_changes(given, rule, indent):
    """Rows of no group, and all around the rows, stay byte for byte."""
    text = json.dumps(json.loads(document_of(given, SIZE)), indent=indent).encode()
    before, after = cocodec.read(text), cocodec.read(text)
    cocodec.merge_groups(after, singles="keep", **options_of(rule))
    expected = sorted(merge(given, SIZE, rule), key=lambda merged: merged.leader)
    for i, merged in enumerate(expected):
        if len(merged.members) == 1:
            assert after.annotations.raw(i) == before.annotations.raw(merged.leader)
        else:
            check_row(after.annotations[i], before.annotations[merged.leader], merged)
    out = b"".join(after.render_source())
    if len(expected) == len(given):
        assert out == text
        return
    head = text[: text.index(b'"annotations"')]
    assert out.startswith(head)
    assert json.loads(out)["annotations"] == [*after.annotations]
    assert out.count(b"\n") == text.count(b"\n") - lost_lines(before, after)


def lost_lines(before: cocodec.Document, after: cocodec.Document) -> int:
    """Lines of the rows that went, or became shorter; a row starts on a line of its own."""
    lines = [
        sum(doc.annotations.raw(i).count(b"\n") for i in range(len(doc.annotations)))
        for doc in (before, after)
    ]
    is_indented = b"\n" in before.annotations.raw(0)
    rows = len(before.annotations) - len(after.annotations)
    return lines[0] - lines[1] + rows * is_indented


def test_a_leader_keeps_its_text():
    text = (
        b'{"images": [{"id": "a", "height": 8, "width": 9, "x": 1.50}], "annotations": [\n'
        b'  {"mine": 1.50, "id": 12345678901234567890, "image_id": "a", "category_id": 1,'
        b' "segmentation": [[0, 0, 4, 0, 4, 4, 0, 4]], "attributes": {"group": 7, "b": 1e0}},\n'
        b'  {"id": 2, "image_id": "a", "segmentation": [[6, 6, 8.00, 6, 8e0, 8, 6, 8]],'
        b' "attributes": {"group": 7.0}},\n'
        b'  {"id": 3, "image_id": "a", "segmentation": [[6,6,8,6,8,8,6,8]], "y": 4.00}]}\n'
    )
    document = cocodec.read(text)
    report = cocodec.merge_groups(document)
    assert str(report) == "1 group merged, 1 row removed (0 masks, 1 polygon, 0 boxes)"
    assert b"".join(document.render_source()) == (
        text[: text.index(b"[[0, 0")]
        + b"[[0, 0, 4, 0, 4, 4, 0, 4], [6, 6, 8.00, 6, 8e0, 8, 6, 8]]"
        + b', "attributes": {"group": 7, "b": 1e0}, "area": 20.0,'
        + b' "bbox": [0.0, 0.0, 8.0, 8.0], "iscrowd": 0}'
        + text[text.index(b',\n  {"id": 3') :]
    )


# ---------------------------------------------------------------- what belongs together

RING = [[0, 0, 4, 0, 4, 4, 0, 4]]


def annotation(number: int, image: Any = 1, **more: Any) -> dict[str, Any]:
    """A square that no other one covers whole."""
    ring = [value + number % 5 for value in RING[0]]
    row = {"id": number, "image_id": image, "category_id": 1, "segmentation": [ring]}
    return {**row, **more}


def load(rows: list[dict[str, Any]], images: Any = (1, 2)) -> cocodec.Document:
    listed = [{"id": i, "height": SIZE[0], "width": SIZE[1]} for i in images]
    return cocodec.read(json.dumps({"images": listed, "annotations": rows}).encode())


def ids_after(rows: list[dict[str, Any]], **options: Any) -> list[Any]:
    document = load(rows)
    cocodec.merge_groups(document, **options)
    return [row["id"] for row in document.annotations]


@pytest.mark.parametrize("value", [1, 7.5, "a", True, "00", 2**70, [1], {"a": 1}])
def test_what_names_a_group(value):
    rows = [annotation(k, attributes={"group": value}) for k in range(3)]
    assert ids_after(rows) == [0]
    assert ids_after([annotation(k, group=value) for k in range(3)]) == [0]
    assert ids_after([annotation(k, group_id=value) for k in range(3)]) == [0]


@pytest.mark.parametrize("value", [0, 0.0, -0.0, None, False, "", "0"])
def test_what_names_none(value):
    rows = [annotation(k, attributes={"group": value}) for k in range(3)]
    assert ids_after(rows) == [0, 1, 2]
    rows = [annotation(k, attributes={"group": value}, group=k // 2 + 1) for k in range(4)]
    assert ids_after(rows) == [0, 2]


def test_groups_are_told_apart_as_ids_are():
    values = [1, "1", 1.0, True, 2**64, 2**64 + 1, "x", "\u0078"]
    rows = [annotation(k, attributes={"group": value}) for k, value in enumerate(values)]
    assert ids_after(rows) == [0, 1, 3, 4, 5, 6]


def test_images_and_parts_keep_groups_apart():
    rows = [annotation(k, image=1 + k % 2, group=3) for k in range(4)]
    assert ids_after(rows) == [0, 1]
    part = {"images": [{"id": 1, "height": 8, "width": 9}], "annotations": rows[::2]}
    document = cocodec.read(json.dumps([part, part]).encode())
    assert cocodec.merge_groups(document).groups == 2
    assert document.annotations.part.tolist() == [0, 1]


def test_by_id():
    rows = [annotation(1), annotation(2, id="1"), annotation(3), annotation(4, id=1)]
    rows.append(annotation(1, image=2))
    assert ids_after(rows, by="id") == [1, "1", 3, 1]
    assert ids_after(rows) == [1, "1", 3, 1, 1]


def test_by_crowd():
    rows = [
        annotation(0, iscrowd=1),
        annotation(1, iscrowd=0),
        annotation(2, iscrowd=True),
        annotation(3, iscrowd=1, category_id=2),
        annotation(4, attributes={"is_crowd": True}),
        annotation(5, is_crowd="true"),
        annotation(6, iscrowd=1, attributes={"is_crowd": False}),
        annotation(7, iscrowd="false"),
    ]
    document = load(rows)
    report = cocodec.merge_groups(document, by="crowd")
    assert [row["id"] for row in document.annotations] == [0, 1, 3, 6, 7]
    assert (report.groups, report.removed, report.masks) == (1, 3, 1)
    assert document.annotations[0]["iscrowd"] == 1


def test_by_a_function_or_numbers():
    rows = [annotation(k, name="ab"[k % 2]) for k in range(5)]
    assert ids_after(rows, by=lambda row: row["name"]) == [0, 1]
    assert ids_after(rows, by=lambda row: "a" if row["name"] == "a" else None) == [0, 1, 3]
    assert ids_after(rows, by=[0, 5, 5, 0, -1]) == [0, 1, 3, 4]
    assert ids_after(rows, by=np.array([2, 2, 2, 2, 2], np.uint8)) == [0]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"by": "label"}, 'by is "label"; it must be "group", "id", "crowd"'),
        ({"by": [1, 2]}, "by is an array of int64 of shape (2,), expected 1 integers"),
        ({"by": [0.5]}, "by is an array of float64 of shape (1,), expected 1 integers"),
        ({"mode": "crowd"}, "mode is 'crowd', expected one of guess, mask, polygons"),
        ({"leader": "last"}, "leader is 'last'"),
        ({"boxes": "keep"}, "boxes is 'keep'"),
        ({"bbox": "keep"}, "bbox is 'keep'"),
        ({"singles": "all"}, "singles is 'all'"),
        ({"to": "png"}, "to is 'png'"),
        ({"on_error": "fail"}, "on_error is 'fail'"),
    ],
)
def test_options_that_mean_nothing(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        cocodec.merge_groups(load([annotation(1)]), **options)


def test_a_document_without_groups_is_as_it_was():
    for rows in ([], [annotation(1)], [{"image_id": 1, "caption": "x", "group": 1}] * 3):
        document = load(rows)
        text = b"".join(document.render_source())
        assert cocodec.merge_groups(document) == MergeReport()
        assert b"".join(document.render_source()) == text


def test_single_shapes_that_say_otherwise_are_counted() -> None:
    """By default they stay as they are; CVAT's page makes masks and polygons of them."""
    ring, rle = [[1, 1, 6, 1, 6, 6, 1, 6]], {"size": [9, 9], "counts": [10, 5, 66]}
    rows = [
        {"segmentation": ring, "attributes": {"is_crowd": True}},
        {"segmentation": rle, "attributes": {"is_crowd": 0}},
        {"segmentation": [], "attributes": {"is_crowd": 1}},
        {"segmentation": ring, "attributes": {"is_crowd": False}},
        {"segmentation": rle, "iscrowd": 1},
        {"segmentation": ring, "iscrowd": 0},
    ]
    shared = {"image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5], "area": 25}
    root = {
        "images": [{"id": 1, "height": 9, "width": 9, "file_name": "a"}],
        "categories": [{"id": 1, "name": "a"}],
        "annotations": [{"id": i, **shared, **row} for i, row in enumerate(rows)],
    }
    document = cocodec.read(json.dumps(root).encode())
    report = cocodec.merge_groups(document)
    assert report.left_alone == 2
    assert "2 shapes of no group stayed as drawn" in str(report)
    assert list(document.annotations) == root["annotations"]
    report = cocodec.merge_groups(document, singles="apply")
    assert report.left_alone == 0
    kinds = [type(row["segmentation"]) for row in document.annotations]
    assert kinds == [dict, list, list, list, dict, list]


def test_ids_of_another_type_are_coerced_on_request() -> None:
    ring = [[1, 1, 5, 1, 5, 5, 1, 5]]
    rows = [
        {"id": i, "image_id": said, "category_id": 1, "segmentation": ring, "group": 1}
        for i, said in enumerate(("7", 7))
    ]
    root = {"images": [{"id": 7, "height": 9, "width": 9}], "annotations": rows}
    text = json.dumps({**root, "categories": [{"id": 1, "name": "a"}]}).encode()
    document = cocodec.read(text)
    assert cocodec.merge_groups(document).groups == 0  # they are of two images
    assert cocodec.merge_groups(document, coerce_ids=True).groups == 1
    assert [row["image_id"] for row in document.annotations] == [7]

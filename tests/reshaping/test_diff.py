"""`diff`: what differs, matched by shape; and that spelling makes no difference."""

from __future__ import annotations

import copy
import json
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cocodec.reshaping.shapes as shapes_module
from cocodec import convert
from cocodec.reshaping import diff, merge
from reference.reshaping import equal, matched
from support.reshaping_documents import bytes_of, document_of, roots, shapes, styles

Root = dict[str, Any]


@st.composite
def two(draw: st.DrawFn) -> tuple[Root, Root]:
    """A document without rings, and one in which some rows are others."""
    a = draw(roots())
    height, width = next(((r["height"], r["width"]) for r in a["images"]), (4, 4))
    for row in a["annotations"]:
        if isinstance(row.get("segmentation"), list):
            row["segmentation"] = []
    b = copy.deepcopy(a)
    rows = b["annotations"]
    for row in list(rows):
        change = draw(
            st.sampled_from(["none", "none", "gone", "shape", "twice", "key", "category"])
        )
        if change == "gone":
            rows.remove(row)
        elif change == "shape":
            row |= draw(
                shapes(height, width).filter(
                    lambda s: not s.get("segmentation") or isinstance(s["segmentation"], dict)
                )
            )
        elif change == "twice":
            rows.append({**row, "id": f"{row['id']}, again"})
        elif change == "key":
            row["note"] = 1
        elif change == "category":
            row["category_id"] = draw(st.sampled_from([r["id"] for r in b["categories"]] or [7]))
    return a, {**b, "annotations": draw(st.permutations(rows))}


@given(two(), st.sampled_from([0.1, 0.5, 1.0]), st.sampled_from([1, 3, 1 << 15]))
def test_matches_are_those_of_the_reference(
    pair: tuple[Root, Root], min_iou: float, together: int
) -> None:
    a, b = pair
    with mock.patch.object(shapes_module, "_ROWS", together):
        found = diff(document_of(a), document_of(b), min_iou=min_iou).annotations
    same, moved, relabelled = matched(a, b, min_iou)
    for rows, expected in ((found.moved, moved), (found.relabelled, relabelled)):
        told = [(m["row"], m["other_row"], m["iou"], m["gained"], m["lost"]) for m in rows]
        assert told == expected
    pairs = {(i, j) for i, j in same}
    assert {(c["row"], c["other_row"]) for c in found.changed} <= pairs
    assert found.same + len(found.changed) == len(same)
    ones, others = [*same, *moved, *relabelled], range(len(b["annotations"]))
    assert [r["row"] for r in found.removed] == [
        i for i in range(len(a["annotations"])) if i not in [one[0] for one in ones]
    ]
    assert [r["row"] for r in found.added] == [
        j for j in others if j not in [one[1] for one in ones]
    ]
    for i, j in same:
        one, other = a["annotations"][i], b["annotations"][j]
        keys = [
            k
            for k in {**one, **other}
            if not equal([one[k]] if k in one else [], [other[k]] if k in other else [])
        ]
        keys = [k for k in keys if k not in ("segmentation", "image_id", "category_id")]
        here = [c["keys"] for c in found.changed if (c["row"], c["other_row"]) == (i, j)]
        assert (here[0] if here else []) == keys


@given(roots(), styles)
def test_spelling_makes_no_difference(root: Root, style: Any) -> None:
    again = {key: root[key] for key in reversed(list(root))}
    rows = [dict(reversed(list(row.items()))) for row in reversed(root["annotations"])]
    document, other = document_of(root), document_of({**again, "annotations": rows}, style)
    found = diff(document, other)
    assert not found
    assert found.as_dict()["differs"] is False
    assert found.annotations.same == len(rows)
    assert not diff(document, document)


def test_masks_spelled_another_way(sample: Any, tmp_path: Any) -> None:
    convert(sample, tmp_path / "rle.json", to="rle-list", on_error="skip")
    found = diff(sample, tmp_path / "rle.json")
    assert not found, str(found)


def square(x: int, y: int, side: int) -> dict[str, Any]:
    ring = [x, y, x + side, y, x + side, y + side, x, y + side]
    return {"segmentation": [ring], "bbox": [x, y, side, side], "area": side**2}


def root_of(*rows: Any, **more: Any) -> Root:
    image = {"id": 1, "file_name": "a.jpg", "height": 20, "width": 20}
    annotations = [{"id": i, "image_id": 1, "category_id": 1, **row} for i, row in enumerate(rows)]
    categories = [{"id": 1, "name": "cat"}]
    return {"images": [image], "categories": categories, "annotations": annotations, **more}


def test_another_category() -> None:
    categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    a = root_of(square(0, 0, 10), square(12, 12, 4)) | {"categories": categories}
    b = root_of({**square(0, 0, 10), "category_id": 2}, square(12, 12, 4))
    found = diff(document_of(a), document_of(b | {"categories": categories}))
    assert bool(found)
    (row,) = found.annotations.relabelled
    assert (row["row"], row["other_row"], row["iou"], row["gained"]) == (0, 0, 1.0, 0.0)
    assert (row["category"], row["other_category"], row["keys"]) == ("cat", "dog", [])
    assert str(found).splitlines()[2:] == [
        "annotations: 0 added, 0 removed, 0 moved, 1 of another category, 0 changed, 1 the same",
        "  = 'a.jpg', 'cat' -> 'dog', row 0, id 0: IoU 1.0000, 0 px gained, 0 px lost",
    ]


def test_text() -> None:
    a = root_of(square(0, 0, 10), square(12, 12, 4), square(12, 0, 5), info={"a": 1})
    b = root_of(
        square(1, 0, 10), {**square(12, 12, 4), "score": 1}, square(0, 12, 3), info={"a": 2}
    )
    found = diff(document_of(a), document_of(b))
    assert found
    assert str(found).splitlines() == [
        "images:      0 added, 0 removed, 0 changed, 1 the same",
        "categories:  0 added, 0 removed, 0 changed, 1 the same",
        "annotations: 1 added, 1 removed, 1 moved, 1 changed, 0 the same",
        "  + 'a.jpg', 'cat', row 2, id 2",
        "  - 'a.jpg', 'cat', row 2, id 2",
        "  ~ 'a.jpg', 'cat', row 0, id 0: IoU 0.8182, 10 px gained, 10 px lost",
        "  * 'a.jpg', 'cat', row 1, id 1: score",
        "root keys that differ: info",
    ]
    assert json.loads(json.dumps(found.as_dict()))["annotations"]["moved"][0]["lost"] == 10
    assert found.text(0).splitlines()[3] == "  + ... and 1 more"


def test_renumbered_documents_are_the_same_but_for_ids() -> None:
    a = root_of(square(0, 0, 10), square(3, 3, 9))
    b = copy.deepcopy(a)
    for row in b["annotations"]:
        row |= {"id": row["id"] + 50, "image_id": 9, "category_id": 7}
    b["images"][0]["id"], b["categories"][0]["id"] = 9, 7
    found = diff(document_of(a), document_of(b))
    assert [row["keys"] for row in found.annotations.changed] == [["id"], ["id"]]
    assert not diff(document_of(a), document_of(b), ignore=["id"])


def test_images_without_names_go_by_id() -> None:
    a = {"images": [{"id": 1, "width": 3}, {"id": "1"}], "annotations": []}
    b = {"images": [{"id": "1"}, {"id": 1, "width": 4}, {"id": 2}], "annotations": []}
    found = diff(document_of(a), document_of(b)).images
    assert found.changed == [{"id": 1, "name": None, "keys": ["width"]}]
    assert found.added == [{"id": 2, "name": None}]
    assert (found.removed, found.same) == ([], 1)


def test_results_and_parts() -> None:
    rows = [{"image_id": i, "category_id": 1, "bbox": [0, 0, 4, 4 + i]} for i in range(3)]
    assert not diff(document_of(rows), document_of(rows[::-1]))
    found = diff(document_of(rows), document_of([*rows[:2], {**rows[2], "bbox": [0, 0, 4, 5]}]))
    assert [round(m["iou"], 3) for m in found.annotations.moved] == [0.833]
    one, other = root_of(square(0, 0, 3)), root_of(square(0, 0, 4))
    one["images"][0]["file_name"] = other["images"][0]["file_name"] = None
    other["images"][0]["id"] = other["annotations"][0]["image_id"] = 2
    whole = merge([document_of(one), document_of({**other, "annotations": []})]).document
    assert diff(document_of([one, other]), document_of([one, other])).annotations.same == 2
    assert bytes_of(whole)


def test_min_iou() -> None:
    with pytest.raises(ValueError, match="min_iou is 0"):
        diff(b"[]", b"[]", min_iou=0)


@pytest.mark.parametrize("key", ["images", "categories"])
def test_ids_that_come_twice_or_not_at_all(key: str) -> None:
    """Rows that cannot be told apart by name or id are matched one to one."""
    rows: list[Any] = [{"id": 1, "x": 1}, {}, {"id": 1, "x": 2}, None, {}, 10**30]
    a, b = ({"annotations": [], key: some} for some in (rows, rows[::-1]))
    found = diff(document_of(a), document_of(a))
    assert not found, str(found)
    found = diff(document_of(a), document_of(b))
    assert not found, str(found)
    b[key] = [*rows[1:], {"id": 1, "x": 3}, {"id": 1, "x": 4}]
    told = getattr(diff(document_of(a), document_of(b)), key)
    assert [one["keys"] for one in told.changed] == [["x"]]
    assert told.added == [{"id": 1, "name": None}]
    assert (told.removed, told.same) == ([], 5)


def test_annotations_of_images_with_one_id() -> None:
    image = {"height": 20, "width": 20}
    images = [{"id": 1, "n": 1, **image}, {"id": 1, "n": 2, **image}]
    a = root_of(square(0, 0, 10), square(3, 3, 5)) | {"images": images}
    b = root_of(square(0, 0, 10), square(3, 3, 5)) | {"images": images[::-1]}
    assert not diff(document_of(a), document_of(b))


def test_parts_and_what_they_were_merged_to() -> None:
    categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    more = {"info": {"a": 1}, "licenses": [{"id": 3}], "categories": categories}
    roots = []
    for number in range(2):
        images = [{"id": number, "file_name": f"{number}.jpg", "height": 20, "width": 20}]
        rows = [
            {"id": 10 * number + i, "image_id": number, "category_id": 1 + i, **square(i, i, 9)}
            for i in range(2)
        ]
        roots.append({**more, "images": images, "annotations": rows})
    parts = document_of(roots)
    whole = merge([parts]).document
    for pair in ((parts, whole), (whole, parts), (parts, parts)):
        assert not diff(*pair), str(diff(*pair))
    for name in ("images", "categories", "annotations"):
        changed = json.loads(bytes_of(whole))
        del changed[name][-1]
        found = diff(parts, document_of(changed))
        assert len(getattr(found, name).removed) == 1
        assert len(getattr(diff(document_of(changed), parts), name).added) == 1
    roots[1] = {**roots[1], "info": {"a": 2}}
    assert diff(document_of(roots), whole).fields == ["info"]
    roots[1] = {**roots[1], "licenses": []}
    assert diff(document_of(roots), whole).fields == ["info"]
    assert diff(parts, document_of(roots)).fields == ["info", "licenses"]

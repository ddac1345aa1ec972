"""Duplicates, found by sorting and hashing, against every pair of masks compared pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest

import cocodec
from cocodec.inspection.rules import duplicates
from support.faults import spelled


def document_of(seed: int) -> tuple[dict[str, object], np.ndarray, list[tuple[int, int]]]:
    """Objects of few shapes in few images, some a pixel off: rings, both kinds of runs, parts."""
    rng = np.random.default_rng(seed)
    annotations, masks, groups = [], [], []
    for id_ in range(1, 81):
        x, y = (int(n) for n in rng.integers(0, 3, 2))
        pixels = np.zeros((12, 14), np.uint8)
        pixels[y : y + 9, x : x + 10] = 1
        if rng.random() < 0.5:
            pixels[int(rng.integers(0, 12)), int(rng.integers(0, 14))] ^= 1
        rle = cocodec.RleArray.encode(pixels[None])
        segmentation = rle.to_coco("list" if rng.random() < 0.5 else "str")[0]
        if segmentation["counts"].__class__ is list and rng.random() < 0.5:
            segmentation["counts"][:1] = [segmentation["counts"][0], 0, 0]  # the same, in more runs
        group = int(rng.integers(1, 3)), int(rng.integers(1, 3))
        annotations.append(
            {"id": id_, "image_id": group[0], "category_id": group[1], "segmentation": segmentation}
        )
        masks.append(pixels)
        groups.append(group)
    document = {
        "images": [{"id": i, "file_name": f"{i}.jpg", "height": 12, "width": 14} for i in (1, 2)],
        "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
        "annotations": annotations,
    }
    return document, np.array(masks), groups


def expected(
    masks: np.ndarray, groups: list[tuple[int, int]], near: float
) -> tuple[set[int], set[int]]:
    """Rows that repeat one before, and rows that are near one before, neither being a repeat."""
    count = len(masks)
    same = {
        j
        for j in range(count)
        if any(groups[i] == groups[j] and (masks[i] == masks[j]).all() for i in range(j))
    }
    close = set()
    for j in range(count):
        for i in range(j):
            if i in same or j in same or groups[i] != groups[j]:
                continue
            shared = int((masks[i] & masks[j]).sum())
            if shared / int((masks[i] | masks[j]).sum()) >= near:
                close.add(j)
    return same, close


@pytest.mark.parametrize("near", [0.5, 0.8, 0.95, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_all_pairs_agree(seed: int, near: float) -> None:
    document, masks, groups = document_of(seed)
    found = cocodec.check(spelled(document), select=["annotation"], near=near)
    rows = {
        code: {row for one in found if one.code == code for row in one.rows.tolist()}
        for code in ("annotation-duplicate", "annotation-near")
    }
    same, close = expected(masks, groups, near)
    assert same
    assert rows == {"annotation-duplicate": same, "annotation-near": close}


def test_copies_are_told_without_their_masks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is spelled the same is the same: no outline is hashed, no mask compared."""
    document, _, _ = document_of(3)
    rows = [
        {"id": i, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, i, 0, i, 5, 0, 5]]}
        for i in range(3, 12)
    ]
    document["annotations"] = rows + [{**row, "id": row["id"] + 1000} for row in rows]

    def refuse(*_: object) -> None:
        raise AssertionError("a mask was looked at")

    monkeypatch.setattr(duplicates, "_are_equal", refuse)
    (found,) = cocodec.check(spelled(document), select=["annotation-duplicate"])
    assert found.rows.tolist() == list(range(len(rows), 2 * len(rows)))
    assert found.message == "another row before is the same but for its id"
    assert found.examples[0].value == "as row 0"
    # One copy spelled another way is looked at.
    document["annotations"][-1]["bbox"] = [0, 0, 1, 1]
    with pytest.raises(AssertionError, match="a mask was looked at"):
        cocodec.check(spelled(document), select=["annotation-duplicate"])


def test_one_thread_and_many_agree() -> None:
    document, _, _ = document_of(9)
    document["annotations"] *= 300  # more than a batch
    text = spelled(document)
    one, many = (cocodec.check(text, threads=threads) for threads in (1, 3))
    assert one.as_dict() == many.as_dict()


def test_boxes_without_masks_are_compared_too() -> None:
    document, _, _ = document_of(1)
    rows = [
        {"id": i, "image_id": 1, "category_id": 1, "segmentation": [], "bbox": box, "area": 20}
        for i, box in enumerate([[1, 1, 4, 5], [1.0, 1, 4, 5], [1, 1, 4, 5.5], [0, 1, 4, 5]], 1)
    ]
    document["annotations"] = rows
    (found,) = cocodec.check(spelled(document), select=["annotation"])
    assert (found.code, found.rows.tolist()) == ("annotation-duplicate", [1])

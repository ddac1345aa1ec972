"""`stats`: counts against plain Python, and the table."""

from __future__ import annotations

import itertools
import json
from typing import Any
from unittest import mock

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import cocodec.reshaping.shapes as shapes_module
from cocodec import RleArray
from cocodec.reshaping import stats
from reference.reshaping import area, find, is_crowd
from support.reshaping_documents import document_of, roots

Root = dict[str, Any]


def decoded(root: Root, row: dict[str, Any]) -> np.ndarray | None:
    """The pixels of a row, by functions that are tested elsewhere."""
    found = row.get("segmentation")
    image = find(root["images"], row["image_id"])
    if isinstance(found, dict):
        return RleArray.from_coco([found]).decode()[0]
    if not found or image is None:
        return None
    return RleArray.from_polygons([found], [image["height"], image["width"]]).decode()[0]


@given(roots(), st.sampled_from([1, 3, 1 << 15]))
def test_counts_are_those_of_plain_python(root: Root, together: int) -> None:
    with mock.patch.object(shapes_module, "_ROWS", together):
        found = stats(document_of(root))
    rows = root["annotations"]
    masks = [decoded(root, row) for row in rows]
    pairs = []
    for i, j in itertools.combinations(range(len(rows)), 2):
        here = find(root["images"], rows[i]["image_id"])
        if here is None or here is not find(root["images"], rows[j]["image_id"]):
            continue
        a, b = masks[i], masks[j]
        if a is not None and b is not None and a.shape == b.shape and (a & b).any():
            pairs.append((i, j, int((a & b).sum())))
    touched = {i for pair in pairs for i in pair[:2]}
    assert found.overlapping_pairs == len(pairs)
    assert found.shared_pixels == sum(pair[2] for pair in pairs)
    assert (found.images, found.annotations) == (len(root["images"]), len(rows))
    groups: list[tuple[Any, list[int]]] = [(c["name"], []) for c in root["categories"]]
    lost = []
    for i, row in enumerate(rows):
        category = find(root["categories"], row["category_id"])
        (lost if category is None else dict(groups)[category["name"]]).append(i)
    groups += [(None, lost)] if lost else []
    assert [one.name for one in found.categories] == [name for name, _ in groups]
    groups.append((None, list(range(len(rows)))))
    for one, (_, here) in zip([*found.categories, found.total], groups, strict=True):
        sizes = [area(root, rows[i]) for i in here]
        assert one.annotations == len(here)
        assert one.images == len({repr(rows[i]["image_id"]) for i in here})
        assert one.crowds == sum(is_crowd(rows[i]) for i in here)
        assert one.small == sum(size is not None for size in sizes)  # all are
        assert (one.medium, one.large) == (0, 0)
        there = [masks[i] for i in here if masks[i] is not None]
        assert one.masks == len(there)
        expected = float(np.mean([m.sum() for m in there])) if there else None
        assert one.pixels == expected
        assert one.overlapping == len(touched & set(here))
        points = [len(rows[i]["segmentation"][0]) // 2 for i in here if rings(rows[i])]
        assert one.vertices == (float(np.mean(points)) if points else None)


def rings(row: dict[str, Any]) -> bool:
    return isinstance(row.get("segmentation"), list) and len(row["segmentation"]) > 0


def test_the_table(sample: Any) -> None:
    found = stats(sample)
    lines = str(found).splitlines()
    assert lines[0].split() == [
        *("category", "images", "annotations", "crowds", "small", "medium", "large"),
        *("masks", "vertices", "runs", "pixels", "overlapping"),
    ]
    assert len(lines) >= len(found.categories) + 5
    assert lines[len(found.categories) + 2].startswith("all ")
    total = found.total
    assert total.small + total.medium + total.large == total.annotations - sum(
        np.isnan(row.get("area", np.nan)) and not row.get("bbox") for row in document_rows(sample)
    )
    assert json.loads(json.dumps(found.as_dict()))["annotations"] == found.annotations


def document_rows(path: Any) -> list[dict[str, Any]]:
    return json.loads(path.read_text())["annotations"]

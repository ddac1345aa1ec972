"""What kwcoco makes of the same documents, as JSON values, where it is installed."""

from __future__ import annotations

from typing import Any

import pytest

from cocodec.reshaping import merge, subset
from support.reshaping_documents import document_of, json_of

kwcoco = pytest.importorskip("kwcoco")
TABLES = ("images", "annotations", "categories")


@pytest.fixture
def root(maker: Any) -> Any:
    """A document as kwcoco takes it: ids are integers, and no annotation is without an image."""
    root = maker.make_document(10, 4, 7)
    numbers = {row["id"]: 1 + number for number, row in enumerate(root["images"])}
    for row in root["images"]:
        row["id"] = numbers[row["id"]]
    rows = [row for row in root["annotations"] if row["image_id"] in numbers]
    for number, row in enumerate(rows):
        row |= {"id": number + 1, "image_id": numbers[row["image_id"]]}
    return {**root, "annotations": rows}


def test_subset(root: Any) -> None:
    chosen = [2, 3, 7]
    theirs = kwcoco.CocoDataset(root).subset(chosen).dataset
    ours = json_of(subset(document_of(root), images=chosen))
    for table in TABLES:
        assert list(map(dict, theirs[table])) == ours[table]


def test_union_of_parts(root: Any) -> None:
    """kwcoco numbers everything anew, and writes ./ before file names: the rest is the same."""
    halves = [subset(document_of(root), where_image=text) for text in ("id <= 5", "id > 5")]
    theirs = kwcoco.CocoDataset.union(*(kwcoco.CocoDataset(json_of(one)) for one in halves)).dataset
    ours = json_of(merge(halves).document)
    for table in TABLES:
        assert [told(row) for row in theirs[table]] == [told(row) for row in ours[table]]


def told(row: Any) -> dict[str, Any]:
    out = {key: row[key] for key in row if key not in ("id", "image_id", "category_id")}
    if "file_name" in out:
        out["file_name"] = out["file_name"].removeprefix("./")
    return out

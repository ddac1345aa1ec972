"""What `info` counts and notes."""

from __future__ import annotations

import json
from pathlib import Path

from cocodec.info import describe


def test_describe_counts_what_is_there(sample: Path) -> None:
    root = json.loads(sample.read_bytes())
    found = describe(sample)
    assert found.root == "document"
    assert found.size == sample.stat().st_size
    assert found.images == len(root["images"])
    assert found.categories == len(root["categories"])
    assert found.annotations == len(root["annotations"]) == sum(found.segmentations.values())
    assert found.crowds == sum(row["iscrowd"] for row in root["annotations"])
    assert found.without_image == 0
    sizes = {(image["height"], image["width"]) for image in root["images"]}
    assert found.image_sizes is not None
    assert found.image_sizes["distinct"] == len(sizes)
    assert found.image_sizes["largest"] == [612, 612]
    assert found.segmentations["rle list"] == sum(
        isinstance(row.get("segmentation"), dict)
        and isinstance(row["segmentation"]["counts"], list)
        for row in root["annotations"]
    )


def test_describe_names_every_kind() -> None:
    values = [
        ("null", None),
        ("empty", []),
        ("empty rings", [[]]),
        ("points", [[1, 2]]),
        ("polygons", [[1, 2, 3, 4, 5, 6]]),
        ("flat ring", [1, 2, 3, 4, 5, 6]),
        ("box", [1, 2, 3, 4]),
        ("rle string", {"size": [2, 3], "counts": "6"}),
        ("rle list", {"size": [2, 3], "counts": [6]}),
        ("bad", "x"),
        ("bad", {"size": [2, 3], "counts": [7]}),
    ]
    rows = [{"segmentation": value} for _, value in values]
    found = describe(json.dumps({"annotations": [{}, *rows]}).encode())
    expected = {kind: 1 for kind, _ in values}
    assert found.segmentations == {"missing": 1, **expected, "bad": 2}
    assert found.images is None
    assert found.without_image is None
    assert found.image_sizes is None
    assert str(found).splitlines()[1] == "images            -"


def test_describe_finds_rows_without_an_image() -> None:
    images = [
        {"id": 1, "height": 2, "width": 3},
        {"id": "1"},
        {"id": 2, "height": None, "width": 1},
    ]
    rows = [{"image_id": i} for i in (1, 1.0, "1", 2, 3, None, "2")] + [{}]
    found = describe(json.dumps({"images": images, "annotations": rows}).encode())
    assert found.without_image == 4
    assert found.image_sizes == {"distinct": 1, "smallest": [2, 3], "largest": [2, 3]}

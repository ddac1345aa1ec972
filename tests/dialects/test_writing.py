"""Writing in a tool's dialect: its shape, what it cannot say, and the way back."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocodec import (
    DialectError,
    DialectOptions,
    DialectReport,
    RleArray,
    convert_dialect,
    read,
    sniff,
)
from cocodec.dialects import WRITERS
from support.dialect_documents import (
    MAKERS,
    OTHER,
    RING,
    RLE,
    RLE_LIST,
    category,
    document,
    image,
    make,
    official,
    row,
    text,
)

OFFICIAL = {**document(), "info": {}, "licenses": []}
RING_OF_BOX = [1, 1, 11, 1, 11, 6, 1, 6]


def write(source: Any, to: str, **options: Any) -> tuple[bytes, DialectReport]:
    out = io.BytesIO()
    whole = source if isinstance(source, bytes) else text(source)
    return (report := convert_dialect(whole, out, to=to, **options)) and out.getvalue(), report


def written(source: Any, to: str, **options: Any) -> tuple[Any, DialectReport]:
    data, report = write(source, to, **options)
    return json.loads(data), report


def members(data: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        names = [name for name in file.namelist() if name.endswith(".json")]
        return {name: json.loads(file.read(name)) for name in names}


def masks_by_id(data: bytes) -> tuple[list[Any], RleArray]:
    """The union of the masks of each id, in the ids' order; old ids where they were changed."""
    found = read(data)
    masks = found.masks()
    old = {}
    kept = found.field("cocodec", {}).get("ids", {}) if found.layout == "single" else {}
    for change in kept.get("annotations", []):
        old[change["id"]] = change["was"]
    rows = np.flatnonzero(masks.has_mask)
    ids = [old.get(found.annotations[int(i)]["id"], found.annotations[int(i)]["id"]) for i in rows]
    unique, groups = np.unique(ids, return_inverse=True)
    return unique.tolist(), masks.masks[rows].union(groups=groups)


def without_id_0(data: bytes, target: str) -> bytes:
    """To CVAT 0 is no id, so that it would become another."""
    root = json.loads(data)
    ids = [one.get("id") for one in root["annotations"]]
    if target != "cvat" or 0 not in ids:
        return data
    for one in root["annotations"]:
        one["id"] += 1
    return json.dumps(root).encode()


def test_an_id_of_0_is_numbered_anew_for_cvat() -> None:
    data, report = write(document(row(0), row(1)), "cvat")
    (root,) = members(data).values()
    assert [one["id"] for one in root["annotations"]] == [2, 1]
    assert "annotation ids below 1 numbered anew, 0 is no group" in report.changes


# ---------------------------------------------------------------- the way back


@pytest.mark.parametrize("target", WRITERS)
@pytest.mark.parametrize("name", MAKERS)
def test_masks_come_back_from_every_dialect(name: str, target: str) -> None:
    start = without_id_0(write(make(name), "official", ids="drop")[0], target)
    there, report = write(start, target)
    back, _ = write(there, "official")
    before, after = masks_by_id(start), masks_by_id(back)
    # What has no mask, or no pixel, in the first place.
    if "rows without a" in str(report) or "masks without a pixel" in str(report):
        return
    assert after[0] == before[0]
    assert after[1] == before[1]


@pytest.mark.parametrize("target", WRITERS)
@pytest.mark.parametrize(
    "path",
    [
        "coco-val2014-100/instances_val2014_100.json",
        "panopticapi/sample_data/panoptic_coco_detection_format.json",
        "encord/utilities_coco_data_exporter__COCO_EXPORTER_EXPECTED_RES.json",
        "trainingdata-io/coco_export.json",
    ],
)
def test_masks_of_real_files_come_back(dialects: Path, path: str, target: str) -> None:
    start = without_id_0(write((dialects / path).read_bytes(), "official", ids="drop")[0], target)
    there, report = write(start, target)
    assert not report.refused
    back, _ = write(there, "official")
    before, after = masks_by_id(start), masks_by_id(back)
    assert after[0] == before[0]
    assert after[1] == before[1]


@pytest.mark.parametrize("target", ["cvat", "encord", "encord-list", "hasty", "trainingdata"])
def test_what_is_written_is_told_for_it(target: str) -> None:
    data, _ = write(document(row(), row(2, segmentation=RLE)), target)
    assert sniff(read(data)).name == target.removesuffix("-list")


@pytest.mark.parametrize("target", WRITERS)
def test_nothing_depends_on_anything_else(target: str) -> None:
    source = make("cvat")  # one, for an archive says when it was made
    first, _ = write(source, target)
    second, _ = write(source, target)
    assert first == second


# ---------------------------------------------------------------- cvat


def test_cvat_has_its_own_keys_in_its_own_order() -> None:
    rows = [
        row(1, score=0.5, attributes={"shade": "dark"}),
        row(2, segmentation=RLE, bbox=[1, 1, 10, 5]),
        row(3, segmentation=[]),
        row(4, iscrowd=1),
    ]
    data, report = write(document(*rows), "cvat")
    (name, root), *others = members(data).items()
    assert others == []
    assert name == "annotations/instances_default.json"
    assert list(root) == ["licenses", "info", "categories", "images", "annotations"]
    assert root["licenses"] == [{"name": "", "id": 0, "url": ""}]
    assert set(root["info"].values()) == {""}
    keys = ["id", "width", "height", "file_name", "license", "flickr_url", "coco_url"]
    assert list(root["images"][0]) == [*keys, "date_captured"]
    one, two, three, four = root["annotations"]
    keys = ["id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd"]
    assert list(one) == [*keys, "score", "attributes"]
    assert one["attributes"] == {"shade": "dark", "occluded": False}
    assert one["segmentation"] == [RING]
    assert isinstance(one["bbox"][0], float)
    assert (two["segmentation"]["counts"][0], two["iscrowd"]) == (21, 1)
    assert (three["segmentation"], three["iscrowd"]) == ([], 0)
    assert (four["iscrowd"], type(four["segmentation"])) == (1, dict)
    assert "iscrowd made 1, the mask is RLE" in report.changes


def test_cvat_archives_keep_subsets_and_tasks() -> None:
    data, _ = write(make("cvat"), "cvat")
    assert list(members(data)) == [
        "annotations/instances_train.json",
        "annotations/person_keypoints_train.json",
        "annotations/instances_val.json",
    ]
    caption = {"id": 1, "image_id": 1, "caption": "a cat"}
    label = {"id": 2, "image_id": 1, "category_id": 1}
    data, _ = write(document(caption, label), "cvat")
    found = members(data)
    assert list(found) == ["annotations/captions_default.json", "annotations/labels_default.json"]
    assert found["annotations/captions_default.json"]["categories"] == []
    data, _ = write({"images": image(), "categories": []}, "cvat")
    assert list(members(data)) == ["annotations/image_info_default.json"]


def test_cvat_archives_take_images(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"pixels")
    two = document(row(), images=[*image(), {**image()[0], "id": 2, "file_name": "b.jpg"}])
    data, report = write(two, "cvat", images=tmp_path)
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.read("images/default/a.jpg") == b"pixels"
        assert len(file.namelist()) == 3
    assert sum(found.count for what, found in report.lost.items() if "images" in what) == 1


def test_cvat_rounds_and_says_whose_pixels_change() -> None:
    fine = [[1.001, 1, 11.001, 1, 11.001, 6, 1.001, 6]]
    rough = [[0.4949, 0.5, 5.4949, 0.5, 5.4949, 4.5049, 0.4949, 4.5049]]
    data, report = write(document(row(1, segmentation=fine), row(2, segmentation=rough)), "cvat")
    root = members(data)["annotations/instances_default.json"]
    assert root["annotations"][0]["segmentation"] == [RING]
    assert report.changes["coordinates rounded to 2 decimals"].count == 2
    before = read(text(document(row(1, segmentation=fine), row(2, segmentation=rough))))
    after = read(data)
    differ = before.masks().masks.symmetric_difference(after.masks().masks).area()
    lost = report.lost.get("pixels at the edge, by rounding")
    assert (0 if lost is None else lost.count) == np.count_nonzero(differ)


def test_cvat_has_no_category_0() -> None:
    source = document(row(category_id=0), categories=[{"id": 0, "name": "a"}, *category()])
    root = members(write(source, "cvat")[0])["annotations/instances_default.json"]
    assert [one["id"] for one in root["categories"]] == [1, 2]
    assert root["annotations"][0]["category_id"] == 1


def test_cvat_flattens_what_encord_has_classified() -> None:
    root = members(write(make("encord"), "cvat")[0])["annotations/instances_default.json"]
    expected = {"seen": True, "track_id": 0, "manual_annotation": True, "occluded": False}
    assert root["annotations"][0]["attributes"] == expected


# ---------------------------------------------------------------- encord


def test_encord_has_its_own_keys_and_meanings() -> None:
    rows = [
        row(1, attributes={"shade": "dark", "track_id": 3}),
        row(2, segmentation=RLE_LIST),
        row(3, segmentation=[RING, OTHER]),
        row(4, segmentation=[], score=0.5),
        row(5, segmentation=[], keypoints=[3, 4, 2], num_keypoints=1),
    ]
    root, report = written(document(*rows), "encord")
    assert list(root) == ["info", "categories", "images", "annotations"]
    assert list(root["images"][0]) == ["coco_url", "id", "file_name", "height", "width"]
    one, two, three, four, five = root["annotations"]
    keys = ["area", "bbox", "category_id", "image_id", "iscrowd", "segmentation", "keypoints"]
    assert list(one) == [*keys, "num_keypoints", "id", "attributes"]
    assert one["keypoints"] is one["num_keypoints"] is None
    answers = {"classifications": {"shade": "dark"}, "manual_annotation": True}
    assert one["attributes"] == {"track_id": 3, **answers}
    for mask in (two, three):
        assert (mask["iscrowd"], type(mask["segmentation"]["counts"])) == (1, str)
    assert (four["segmentation"]["counts"], four["score"]) == (RLE["counts"], 0.5)
    assert isinstance(five["segmentation"]["counts"], str)  # as everything of a bitmask
    assert five["keypoints"] == [3, 4, 2]
    assert report.lost["category supercategory, in Encord it is a shape"].count == 1


def test_encord_keeps_what_it_wrote() -> None:
    start = json.loads(make("encord"))
    root, report = written(make("encord"), "encord")
    assert root["annotations"] == start["annotations"]
    assert not report.lost


def test_encord_lists_are_by_data_unit() -> None:
    names = ["videos/v/0.jpg", "videos/v/1.jpg", "images/a.jpg", "images/b.jpg"]
    images = [{**image()[0], "id": i, "file_name": name} for i, name in enumerate(names)]
    rows = [row(i, image_id=i) for i in range(4)]
    root, _ = written(document(*rows, images=images), "encord-list")
    assert [len(one["images"]) for one in root] == [2, 1, 1]
    assert [len(one["annotations"]) for one in root] == [2, 1, 1]


# ---------------------------------------------------------------- hasty and trainingdata


def test_hasty_is_compressed_strings_and_no_crowds() -> None:
    rows = [row(1), row(2, segmentation=RLE_LIST, iscrowd=1), row(3, segmentation=[])]
    root, report = written(document(*rows, row(4, attributes={"a": 1})), "hasty")
    for one in root["annotations"]:
        assert list(one) == [
            *("id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd")
        ]
        assert isinstance(one["segmentation"]["counts"], str)
        assert one["iscrowd"] == 0
    assert root["annotations"][0]["segmentation"] == RLE
    assert root["annotations"][2]["segmentation"] == RLE
    assert report.lost["iscrowd 1"].count == report.lost["annotation attributes"].count == 1


def test_trainingdata_is_flat_rings_and_names() -> None:
    donut = {"size": [20, 30], "counts": [21, 10, 10, 3, 4, 3, 10, 10, 529]}
    rows = [row(1), row(2, segmentation=[RING, OTHER]), row(3, segmentation=donut)]
    source = document(*rows, images=image(attributes={"clear": "no", "tags": ["a", "b"]}))
    root, report = written(source, "trainingdata")
    assert list(root) == [
        *("images", "categories", "licenses", "info", "attributes", "annotations")
    ]
    assert root["categories"] == []
    shapes = [one for one in root["annotations"] if "segmentation" in one]
    assert [one["id"] for one in shapes] == [1, 2, 2, 3]
    assert {one["category_id"] for one in shapes} == {"cat"}
    assert all(isinstance(one["segmentation"][0], (int, float)) for one in shapes)
    assert [(one["name"], one["value"]) for one in root["annotations"][4:]] == [
        *(("clear", "no"), ("tags", ["a", "b"]))
    ]
    assert RleArray.from_polygons([[shapes[3]["segmentation"]]], (20, 30)) == (
        RleArray.from_coco([donut])
    )
    assert "annotation area (a reader can compute it)" in report.lost


def test_nothing_is_dropped_silently() -> None:
    odd = {"extra_image": 1, "license": 3}
    source = document(
        row(weather="dry", iscrowd=1),
        images=image(**odd),
        categories=category(color=[1, 2, 3]),
        info={"mood": "good"},
        licenses=[{"id": 3, "name": "free"}],
        more=1,
    )
    for target in WRITERS:
        _, report = write(source, target)
        said = " ".join(report.lost)
        if target == "official":
            assert said == ""
            continue
        assert "category color" in said or target == "hasty", target
        assert "annotation weather" in said or target.startswith("encord"), target
        assert "image extra_image" in said or target == "hasty", target
        assert "root more" in said, target
    assert official(source)[0]["images"][0]["extra_image"] == 1


@pytest.mark.parametrize("to", ["cvat", "encord", "encord-list", "hasty", "trainingdata"])
def test_what_is_in_a_dialect_already_is_copied(to: str) -> None:
    once, _ = write(make("official"), to)
    source = to.removesuffix("-list")
    again, report = write(once, to, dialect=source)
    assert again == once
    assert report.notes == ["it is in this dialect already: copied as it is"]
    _, report = write(once, to, dialect=source, options=DialectOptions(reindex=True))
    assert report.notes != ["it is in this dialect already: copied as it is"]


def test_boxes_without_an_image_size_are_no_mask() -> None:
    source = document(row(segmentation=[]), images=[{"id": 1, "file_name": "a.jpg"}])
    with pytest.raises(DialectError, match=r"no height and width.*--images FOLDER"):
        written(source, "official")
    root, report = written(source, "official", on_error="skip")
    assert (root["images"], root["annotations"]) == ([], [])
    assert len(report.refused) == 1

"""What the pages of the four tools say, fact by fact: each test quotes the one that it holds.

The facts are those of CVAT's, Encord's, Hasty's and TrainingData.io's pages on COCO; further ones
are in `test_more_facts`.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocodec import DialectOptions, RleArray, convert_dialect, merge_groups, read
from cocodec.dialects.tools.encord import read_bitmasks
from support.dialect_documents import (
    BOX,
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
    zipped,
)


def data(source: Any, to: str, **options: Any) -> bytes:
    out = io.BytesIO()
    whole = source if isinstance(source, bytes) else text(source)
    convert_dialect(whole, out, to=to, options=DialectOptions(**options))
    return out.getvalue()


def written(source: Any, to: str, **options: Any) -> Any:
    return json.loads(data(source, to, **options))


def archive(source: Any, **options: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data(source, "cvat", **options))) as file:
        return {name: file.read(name) for name in file.namelist()}


def instances(source: Any, **options: Any) -> Any:
    return json.loads(archive(source, **options)["annotations/instances_default.json"])


# ---------------------------------------------------------------- CVAT


def test_cvat_files() -> None:
    """Zip `images/<subset>/...`, `annotations/instances_<subset>.json` ("default")."""
    assert set(archive(document(row()))) == {
        "annotations/instances_default.json",
        "images/default/",
    }


def test_cvat_root() -> None:
    """One object per subset; compact JSON, raw UTF-8; licenses, info, categories, images, ..."""
    found = archive(document(row(), categories=category(name="ü")))
    text_ = found["annotations/instances_default.json"]
    keys = ["licenses", "info", "categories", "images", "annotations"]
    assert list(json.loads(text_)) == keys
    assert "ü".encode() in text_
    assert b", " not in text_


def test_cvat_info_and_licenses() -> None:
    """Info all "" including year: ""; licenses [{name: "", id: 0, url: ""}]."""
    root = instances(document(row()))
    assert root["licenses"] == [{"name": "", "id": 0, "url": ""}]
    assert set(root["info"].values()) == {""}
    assert root["info"]["year"] == ""


def test_cvat_ids() -> None:
    """Images 1..N, annotations 1..N, categories 1..N by label order; category 0 is no label."""
    names = [{"id": 0, "name": "a"}, {"id": 1, "name": "b"}]
    root = instances(document(row(0, category_id=0), row(1), categories=names))
    assert [one["id"] for one in root["categories"]] == [1, 2]
    assert [one["category_id"] for one in root["annotations"]] == [1, 2]
    assert all(one["id"] > 0 for one in root["annotations"])


def test_cvat_images() -> None:
    """id, width, height, file_name, license: 0, flickr_url: "", coco_url: "", date_captured: 0."""
    (one,) = instances(document(row()))["images"]
    assert one == {
        **{"id": 1, "width": 30, "height": 20, "file_name": "a.jpg"},
        **{"license": 0, "flickr_url": "", "coco_url": "", "date_captured": 0},
    }
    assert list(one)[:4] == ["id", "width", "height", "file_name"]


def test_cvat_annotation_keys() -> None:
    """Id, image_id, category_id, segmentation, area, bbox, iscrowd, [score], [attributes]."""
    (one,) = instances(document(row(attributes={"score": 0.5, "a": 1})))["annotations"]
    keys = ["id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd"]
    assert list(one) == [*keys, "score", "attributes"]
    assert (one["score"], one["attributes"]) == (0.5, {"a": 1, "occluded": False})


def test_cvat_segmentations() -> None:
    """Box `[]`; polygons `[[float..]..]` 2 decimals; mask = uncompressed {counts: [..], size}."""
    ring = [1.111, 1.0, 11.0, 1.0, 11.0, 6.0]
    rows = [row(1, segmentation=[]), row(2, segmentation=[ring]), row(3, segmentation=RLE)]
    box, polygon, mask = instances(document(*rows))["annotations"]
    assert box["segmentation"] == []
    assert polygon["segmentation"] == [[1.11, *ring[1:]]]
    assert isinstance(mask["segmentation"]["counts"], list)
    assert mask["segmentation"]["size"] == [20, 30]


def test_cvat_iscrowd() -> None:
    """Iscrowd is 1 if and only if a mask is written."""
    rows = [row(1, segmentation=[]), row(2), row(3, segmentation=RLE), row(4, iscrowd=1)]
    found = instances(document(*rows))["annotations"]
    assert [one["iscrowd"] for one in found] == [0, 0, 1, 1]
    assert [isinstance(one["segmentation"], dict) for one in found] == [False, False, True, True]


@pytest.mark.parametrize(("said", "kind"), [(True, dict), (1, dict), (False, list), (0, list)])
def test_cvat_is_crowd_of_a_single_shape(said: Any, kind: type) -> None:
    """is_crowd: true/1 -> mask, false/0 -> polygons; a single ungrouped polygon becomes RLE too."""
    for shape in ([RING], RLE):
        source = document(row(segmentation=shape, attributes={"is_crowd": said}))
        (one,) = instances(source)["annotations"]
        assert isinstance(one["segmentation"], kind)
        assert read(text(document(one))).masks().masks.area().tolist() == [50]
        assert "is_crowd" not in one["attributes"]


def test_cvat_is_crowd_absent_keeps_the_shape() -> None:
    """is_crowd absent -> the input's type."""
    found = instances(document(row(1), row(2, segmentation=RLE_LIST)))["annotations"]
    assert [type(one["segmentation"]) for one in found] == [list, dict]


def test_cvat_a_box_alone_is_never_a_crowd() -> None:
    """Boxes are never rasterised: a box-only crowd is `segmentation: []`, iscrowd 0."""
    source = document(row(segmentation=[], iscrowd=1, attributes={"is_crowd": True}))
    (one,) = instances(source)["annotations"]
    assert (one["segmentation"], one["iscrowd"]) == ([], 0)


def test_cvat_attributes() -> None:
    """User attributes and occluded; boxes and rotation; tracks and track_id, keyframe."""
    own = {"color": "red", "rotation": 12.5, "track_id": 3, "keyframe": True, "occluded": True}
    (one,) = instances(document(row(segmentation=[], attributes=own)))["annotations"]
    assert one["attributes"] == own
    (one,) = official(make("cvat"))[0]["annotations"][:1]
    assert one["attributes"] == {"occluded": False, "shade": "dark"}


def test_cvat_categories() -> None:
    """Id, name, supercategory ("" = none) [+ keypoints, skeleton in person_keypoints]."""
    names = [{"id": 1, "name": "cat", "supercategory": None, "keypoints": ["a"], "skeleton": []}]
    points = {"keypoints": [2, 2, 2], "num_keypoints": 1}
    found = archive(document(row(1), row(2, **points), categories=names))
    whole = {name.split("/")[1]: json.loads(found[name]) for name in found if ".json" in name}
    plain = {"id": 1, "name": "cat", "supercategory": ""}
    assert whole["instances_default.json"]["categories"] == [plain]
    keyed = {**plain, "keypoints": ["a"], "skeleton": []}
    assert whole["person_keypoints_default.json"]["categories"] == [keyed]


def test_cvat_keypoints_rows() -> None:
    """Keypoints: rows only for skeletons."""
    points = {"keypoints": [2, 2, 2], "num_keypoints": 1}
    found = archive(document(row(1), row(2, **points)))
    rows = json.loads(found["annotations/person_keypoints_default.json"])["annotations"]
    assert [(one["id"], one["keypoints"]) for one in rows] == [(2, [2, 2, 2])]
    rows = json.loads(found["annotations/instances_default.json"])["annotations"]
    assert [one["id"] for one in rows] == [1]


def test_cvat_labels_captions_and_images() -> None:
    """labels {id, image_id, category_id}; captions: category_id 0; image_info: annotations []."""
    rows = [{"id": 1, "image_id": 1, "category_id": 1}, {"id": 2, "image_id": 1, "caption": "x"}]
    images = [*image(), {**image()[0], "id": 2, "file_name": "b.jpg", "subset": "test"}]
    found = archive(document(*rows, images=images))
    (label,) = json.loads(found["annotations/labels_default.json"])["annotations"]
    (caption,) = json.loads(found["annotations/captions_default.json"])["annotations"]
    assert [label[key] for key in ("id", "image_id", "category_id")] == [1, 1, 1]
    assert (caption["category_id"], caption["caption"]) == (0, "x")
    assert json.loads(found["annotations/image_info_test.json"])["annotations"] == []


def test_cvat_empty_tasks() -> None:
    """Empty tasks are not written unless asked."""
    assert not [name for name in archive(document(row())) if "captions" in name]
    assert "annotations/image_info_default.json" in archive(document(), tasks=("image_info",))


def test_cvat_panoptic_png() -> None:
    """PNG R = id & 255, G = id >> 8, B = id >> 16 (id 70000 -> 112, 17, 1), background 0."""
    pillow = pytest.importorskip("PIL.Image")
    found = archive(document(row(70000)), tasks=("panoptic",))
    picture = pillow.open(io.BytesIO(found["annotations/panoptic_default/a.png"]))
    assert picture.getpixel((5, 3)) == (112, 17, 1)
    assert picture.getpixel((20, 15)) == (0, 0, 0)
    (one,) = json.loads(found["annotations/panoptic_default.json"])["annotations"]
    assert one == {
        "image_id": 1,
        "file_name": "a.png",
        "segments_info": [{"id": 70000, "category_id": 1, "area": 50.0, "bbox": BOX, "iscrowd": 0}],
    }


def test_cvat_groups() -> None:
    """Group = equal non-zero `group` in one image; the largest leads; is_crowd -> one RLE mask."""
    first = row(1, attributes={"group": 3, "is_crowd": True, "color": "red"})
    second = row(2, segmentation=[OTHER], area=12.0, bbox=[15, 10, 3, 4], attributes={"group": 3})
    alone = row(3, attributes={"group": 0})
    merged = read(text(document(first, second, alone)))
    merge_groups(merged)
    rows = list(merged.annotations)
    assert [one["id"] for one in rows] == [1, 3]
    assert rows[0]["segmentation"] == {
        "size": [20, 30],
        "counts": "e05?00000000000000000i2OXM000V7",
    }
    assert (rows[0]["area"], rows[0]["bbox"], rows[0]["iscrowd"]) == (62, [1, 1, 17, 13], 1)
    assert rows[0]["attributes"]["color"] == "red"
    assert rows[1] == alone


def test_cvat_coordinates() -> None:
    """Coordinates rounded to 2 decimals; polygon numbers float (`1.0`), keypoints keep ints."""
    points = {"keypoints": [2, 2, 2, 5, 5, 0], "num_keypoints": 1}
    ring = [1, 1, 11.004, 1, 11.123456, 6, 1, 6]
    found = archive(document(row(segmentation=[ring], bbox=[1, 1, 10.123456, 5], **points)))
    body = found["annotations/person_keypoints_default.json"]
    assert b'"segmentation":[[1.0,1.0,11.0,1.0,11.12,6.0,1.0,6.0]]' in body
    assert b'"bbox":[1.0,1.0,10.12,5.0]' in body
    assert b'"keypoints":[2,2,2,5,5,0]' in body


def test_cvat_rows_have_what_its_reader_requires() -> None:
    """id, image_id, category_id, iscrowd must be ints, segmentation is required; no string ids."""
    bare = {"id": "x", "image_id": "a", "category_id": "cat", "bbox": BOX}
    source = document(bare, images=image(id="a"), categories=[])
    (one,) = instances(source)["annotations"]
    for key in ("id", "image_id", "category_id", "iscrowd"):
        assert type(one[key]) is int, key
    assert one["segmentation"] == []


@pytest.mark.parametrize("empty", [[], [[]], None])
def test_cvat_no_rings_are_a_box(empty: Any) -> None:
    """`[]`/`[[]]` -> box from bbox; null segmentation -> error."""
    (one,) = instances(document(row(segmentation=empty)))["annotations"]
    assert (one["segmentation"], one["bbox"], one["iscrowd"]) == ([], [1.0, 1.0, 10.0, 5.0], 0)


def test_cvat_rings_have_three_points() -> None:
    """Each ring -> polygon (odd or < 6 -> error; no 4-number); flat list -> error."""
    rings = [RING, [1, 1, 5, 1], [*RING, 3]]
    source = document(row(segmentation=rings), row(2, segmentation=RING))
    rows = instances(source)["annotations"]
    assert [one["segmentation"] for one in rows] == [[RING, RING], [RING]]


def test_cvat_every_row_names_a_category_and_an_image_that_are_listed() -> None:
    """Category 0 -> no label; undeclared category -> error; unknown image -> error."""
    source = document(row(category_id=0), row(2, category_id=7), row(3, image_id=9), categories=[])
    out = io.BytesIO()
    report = convert_dialect(text(source), out, to="cvat", on_error="skip")
    with zipfile.ZipFile(out) as file:
        root = json.loads(file.read("annotations/instances_default.json"))
    listed = {one["id"] for one in root["categories"]}
    assert 0 not in listed
    assert {one["category_id"] for one in root["annotations"]} == listed
    assert [why for _, why in report.refused] == ["image_id is 9, which no image has"]


def test_cvat_a_solitary_skeleton_has_no_segmentation() -> None:
    """Solitary -> segmentation [], area = w*h, bbox over v>0 points, the others keep theirs."""
    points = {"keypoints": [2, 3, 2, 9, 9, 0, 6, 5, 1], "num_keypoints": 2}
    one = {"id": 1, "image_id": 1, "category_id": 1, **points}
    found = archive(document(one))["annotations/person_keypoints_default.json"]
    (made,) = json.loads(found)["annotations"]
    assert (made["segmentation"], made["bbox"], made["area"]) == ([], [2.0, 3.0, 4.0, 2.0], 8.0)
    assert made["keypoints"] == points["keypoints"]


def test_cvat_area_is_of_pixels_where_it_is_asked_for() -> None:
    """Area = pixel count of the written segmentation on the image's canvas."""
    out_of_it = [-5, 0, 5, 0, 5, 10, -5, 10]
    root = instances(document(row(segmentation=[out_of_it])), area="pixels")
    assert root["annotations"][0]["area"] == 50.0


# ---------------------------------------------------------------- Encord


def test_encord_roots() -> None:
    """The SDK: one object for all rows; the platform: a list of objects, one per data unit."""
    images = [*image(), {**image()[0], "id": 2, "file_name": "b.jpg"}]
    source = document(row(1), row(2, image_id=2), images=images)
    assert len(written(source, "encord")["images"]) == 2
    assert [len(one["images"]) for one in written(source, "encord-list")] == [1, 1]


def test_encord_frames_of_one_video_are_one_unit() -> None:
    """file_name `images/<hash>.<ext>`, `videos/<hash>/<frame>.jpg`, `dicom/<hash>/...`."""
    names = ["videos/h/0.jpg", "videos/h/1.jpg", "dicom/d/i", "images/x.jpg"]
    images = [{**image()[0], "id": i, "file_name": name} for i, name in enumerate(names)]
    found = written(document(row(image_id=0), images=images), "encord-list")
    assert [[one["file_name"] for one in unit["images"]] for unit in found] == [
        names[:2],
        names[2:3],
        names[3:],
    ]


def test_encord_keys() -> None:
    """Keys info, categories, images, annotations (no `licenses`); info: others null."""
    root = written(document(row(), licenses=[{"id": 1, "name": "x"}]), "encord")
    assert list(root) == ["info", "categories", "images", "annotations"]
    assert set(root["info"].values()) == {None}


def test_encord_description_is_the_first_title() -> None:
    """info.description = the first title."""
    root = written(document(row(), images=image(image_title="my title")), "encord")
    assert root["info"]["description"] == "my title"


def test_encord_annotation_keys() -> None:
    """keypoints and num_keypoints are null when there are none; attributes are an object."""
    (one,) = written(document(row()), "encord")["annotations"]
    keys = ["area", "bbox", "category_id", "image_id", "iscrowd", "segmentation", "keypoints"]
    assert list(one) == [*keys, "num_keypoints", "id", "attributes"]
    assert one["keypoints"] is one["num_keypoints"] is None
    assert isinstance(one["attributes"], dict)


def test_encord_boxes() -> None:
    """Box -> 4-corner polygon."""
    (one,) = written(document(row(segmentation=[])), "encord")["annotations"]
    assert one["segmentation"] == [[1, 1, 11, 1, 11, 6, 1, 6]]


def test_encord_points_and_skeletons() -> None:
    """Point `[[x, y]]`; skeleton `[]`."""
    point = {"keypoints": [5.5, 6.5, 2.0], "num_keypoints": 1, "bbox": [5.5, 6.5, 0, 0]}
    pose = {"keypoints": [1, 1, 2, 3, 3, 2], "num_keypoints": 2}
    names = [*category(), {"id": 2, "name": "pose"}]
    rows = [row(1, segmentation=[], **point), row(2, segmentation=[], category_id=2, **pose)]
    found = written(document(*rows, categories=names), "encord")
    assert [one["segmentation"] for one in found["annotations"]] == [[[5.5, 6.5]], []]
    shapes = [one["supercategory"] for one in found["categories"]]
    assert shapes == ["point", "skeleton"]


def test_encord_iscrowd_says_rle() -> None:
    """iscrowd 1 iff RLE; bitmask and multi polygon -> {size, counts: str}."""
    names = [*category(), {"id": 2, "name": "dog"}]
    rows = [row(1), row(2, segmentation=[RING, OTHER], category_id=2)]
    first, second = written(document(*rows, categories=names), "encord")["annotations"]
    assert (first["iscrowd"], second["iscrowd"]) == (0, 1)
    assert isinstance(second["segmentation"]["counts"], str)


def test_encord_categories() -> None:
    """Supercategory = shape name, id, name; point: keypoints "keypoint" (string), skeleton []."""
    names = category(supercategory="point", keypoints="keypoint", skeleton=[])
    point = {"keypoints": [5.5, 6.5, 2.0], "num_keypoints": 1, "bbox": [5.5, 6.5, 0, 0]}
    root = written(document(row(segmentation=[[5.5, 6.5]], **point), categories=names), "encord")
    (one,) = root["categories"]
    assert list(one) == ["supercategory", "id", "name", "keypoints", "skeleton"]
    assert (one["supercategory"], one["keypoints"], one["skeleton"]) == ("point", "keypoint", [])


@pytest.mark.parametrize("listed", [False, True])
def test_encord_attributes_come_back(listed: bool) -> None:
    """attributes: track_id, encord_track_uuid, rotation, classifications, ...; the page: a list."""
    own = {
        **{"track_id": 0, "encord_track_uuid": "u", "rotation": 1.5},
        "classifications": {"seen": True, "kind": "a", "rest": None, "several": ["x", "y"]},
        **{"manual_annotation": False, "#relation": "aGVsbG8="},
    }
    start = json.loads(make("encord"))
    said = [{key: value} for key, value in own.items()] if listed else own
    start["annotations"][0]["attributes"] = said
    root, _ = official(start)
    assert root["annotations"][0]["attributes"] == own
    assert written(root, "encord")["annotations"][0]["attributes"] == own


def test_encord_label_rows_are_row_major() -> None:
    """Bitmask: Encord's RLE is row-major; decoded with size [w, h], transposed."""
    mask = np.zeros((4, 6), bool)
    mask[1, 2:5] = True
    turned = RleArray.encode(mask.T)
    counts = [turned.to_coco("str")[0]["counts"]]
    assert (read_bitmasks(counts, [(4, 6)]).decode(layout="NHW")[0] == mask).all()


def test_encord_polylines_are_rings_there_and_back() -> None:
    """Polyline -> forward + reversed ring, area 0: it has no pixel, and passes as it is."""
    line = [1.0, 1.0, 9.0, 4.0, 12.0, 8.0, 9.0, 4.0]
    start = json.loads(make("encord"))
    start["categories"][0]["supercategory"] = "polyline"
    start["annotations"] = [{**start["annotations"][0], "segmentation": [line], "area": 0.0}]
    root, _ = official(start)
    assert root["annotations"][0]["segmentation"] == [line]
    assert root["annotations"][0]["area"] == 0.0
    assert read(text(root)).masks().masks.area().tolist() == [0]
    back = written(root, "encord")
    assert back["annotations"][0]["segmentation"] == [line]
    assert back["categories"][0]["supercategory"] == "polyline"


def test_encord_num_keypoints_counts_all() -> None:
    """Skeleton: invisible 0, occluded 1, else 2; num_keypoints = all, v = 0 too; v is a float."""
    pose = {"keypoints": [1.0, 1.0, 2.0, 3.0, 3.0, 0.0], "num_keypoints": 2}
    start = json.loads(make("encord"))
    start["categories"][0]["supercategory"] = "skeleton"
    start["annotations"] = [{**start["annotations"][0], "segmentation": [], **pose}]
    root, _ = official(start)
    for one in (root["annotations"][0], written(root, "encord")["annotations"][0]):
        assert {key: one[key] for key in pose} == pose
        assert json.dumps(one["keypoints"]) == "[1.0, 1.0, 2.0, 3.0, 3.0, 0.0]"


def test_encord_rotation_is_not_applied() -> None:
    """Box/rotated box -> 4-corner polygon (rotation NOT applied), the angle in the attributes."""
    own = {"rotation": 30.0, "classifications": {}, "manual_annotation": True}
    root, _ = official(document(row(segmentation=[RING], attributes=own)))
    (one,) = written(root, "encord")["annotations"]
    assert (one["segmentation"], one["attributes"]["rotation"]) == ([RING], 30.0)


def test_encord_ids_count_from_0_but_of_categories() -> None:
    """All 0-based except category (1-based): ids of 0 pass, there and back."""
    root, _ = official(make("encord"))
    back = written(root, "encord")
    assert [one["id"] for one in root["annotations"]] == [0, 1, 2]
    assert [one["id"] for one in back["annotations"]] == [0, 1, 2]
    assert [one["id"] for one in back["images"]] == [0]
    assert [one["id"] for one in back["categories"]] == [1]


@pytest.mark.parametrize("key", ["image_title", "video_title"])
def test_encord_images_keep_titles_and_addresses(key: str) -> None:
    """coco_url, id, file_name, height, width + image_title or video_title (frames)."""
    own = {"coco_url": "gs://x/a.jpg", key: "A title"}
    root, _ = official(document(row(), images=image(**own)))
    (one,) = written(root, "encord")["images"]
    assert list(one) == ["coco_url", "id", key, "file_name", "height", "width"]
    assert {name: one[name] for name in own} == own


# ---------------------------------------------------------------- Hasty / CloudFactory


def test_hasty_golden_vector(dialects: Path) -> None:
    """Size [2211, 2097] -> area 6718, toBbox [504, 842, 117, 75], re-encoded byte for byte."""
    path = next((dialects / "hasty-cloudfactory").glob("*.json"))
    found = read(path).masks().masks
    assert found.sizes[0].tolist() == [2211, 2097]
    assert found.area()[0] == 6718
    assert found.bbox()[0].tolist() == [504, 842, 117, 75]
    root, _ = official(path.read_bytes())
    before = json.loads(path.read_bytes())
    rows = before if isinstance(before, list) else before.get("annotations", [before])
    said = rows[0]["segmentation"]["counts"]
    assert root["annotations"][0]["segmentation"]["counts"] == said
    assert found.to_coco("str")[0]["counts"] == said


def test_hasty_annotations() -> None:
    """id, image_id, category_id, segmentation, area, bbox, iscrowd; always a compressed string."""
    rows = [row(1), row(2, segmentation=RLE_LIST, iscrowd=1), row(3, segmentation=[])]
    found = written(document(*rows), "hasty")["annotations"]
    keys = ["id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd"]
    assert [list(one) for one in found] == [keys] * 3
    assert all(isinstance(one["segmentation"]["counts"], str) for one in found)
    assert [one["iscrowd"] for one in found] == [0, 0, 0]


def test_hasty_ids_and_iscrowd_of_the_page() -> None:
    """id "string" in the page, int 0 in the sample; iscrowd: the page says boolean."""
    start = document(row("string", segmentation=RLE, iscrowd=False), row(0, segmentation=RLE))
    root, _ = official(start, dialect="hasty")
    assert [one["iscrowd"] for one in root["annotations"]] == [0, 0]
    assert [one["id"] for one in root["annotations"]] == [1, 0]
    back = written(root, "hasty")["annotations"]
    assert [one["id"] for one in back] == ["string", 0]


def test_hasty_the_annotation_alone() -> None:
    """Only the annotation is documented: it is read without images and categories."""
    root, report = official([row(0, image_id=4, segmentation=RLE)], dialect="hasty")
    assert root["images"] == [{"id": 4, "file_name": "4.jpg", "height": 20, "width": 30}]
    assert "missing file_names of images made up from their ids" in report.changes


# ---------------------------------------------------------------- TrainingData.io


def test_trainingdata_real_file(dialects: Path) -> None:
    """Each flat list is one closed polygon in pixels; the union of the six is 9201 pixels."""
    path = dialects / "trainingdata-io" / "coco_export.json"
    masks = read(path).masks()
    drawn = masks.masks[np.flatnonzero(masks.has_mask)]
    assert len(drawn) == 6
    assert drawn.union().area().tolist() == [9201]
    root, _ = official(path.read_bytes())
    assert all(len(one["segmentation"]) == 1 for one in root["annotations"])


def test_trainingdata_roots_and_rows() -> None:
    """images, categories, licenses, info, attributes: []; rows without bbox and area."""
    root = written(document(row()), "trainingdata")
    keys = ["images", "categories", "licenses", "info", "attributes", "annotations"]
    assert list(root) == keys
    assert root["attributes"] == root["categories"] == []
    assert root["annotations"] == [
        {
            **{"segmentation": RING, "annotations": [], "image_id": 1},
            **{"iscrowd": 0, "id": 1, "category_id": "cat"},
        }
    ]


def test_trainingdata_images() -> None:
    """All 8 official keys, empty strings, license 0."""
    (one,) = written(document(row()), "trainingdata")["images"]
    assert one == {
        **{"coco_url": "", "date_captured": "", "file_name": "a.jpg", "flickr_url": ""},
        **{"id": 1, "license": 0, "height": 20, "width": 30},
    }


def test_trainingdata_ids() -> None:
    """Image id: a dicomweb URL; annotation id: a UUID, repeated; category_id: the class's name."""
    start = json.loads(make("trainingdata"))
    root, _ = official(make("trainingdata"))
    assert [one["id"] for one in root["annotations"]] == [1, 2, 3]
    assert [one["name"] for one in root["categories"]] == ["Car", "Bus"]
    back = written(root, "trainingdata")
    assert [one["id"] for one in back["images"]] == [one["id"] for one in start["images"]]
    for key in ("id", "category_id", "image_id"):
        assert [one.get(key) for one in back["annotations"]] == [
            one.get(key) for one in start["annotations"]
        ]


def test_trainingdata_answers() -> None:
    """Rows {value, name, image_id} are answers about the image ("c1", "r1", "o1", "")."""
    values = ["c1", "r1", "", None, 3, ["c1", "c2"], {"x": 1}]
    answers = [{"value": v, "name": f"q{i}", "image_id": 1} for i, v in enumerate(values)]
    root, _ = official(document(row(), *answers), dialect="trainingdata")
    assert root["images"][0]["attributes"] == {f"q{i}": v for i, v in enumerate(values)}
    back = written(root, "trainingdata")["annotations"]
    assert [one for one in back if "name" in one] == answers


# ---------------------------------------------------------------- there and back

REAL = {
    "cvat": ("dialects/cvat/instances_default.json", "reported/clients/cvat_alltasks.zip"),
    "encord": ("reported/clients/encord_one.json", "reported/clients/encord_attrlist.json"),
    "encord-list": ("reported/clients/encord_one.json",),
    "hasty": ("reported/clients/hasty_strids.json", "dialects/hasty-cloudfactory/annotation.json"),
    "trainingdata": (
        "reported/clients/td_three.json",
        "dialects/trainingdata-io/coco_export.json",
    ),
}


def content(source: bytes, *, placed: bool = True) -> Counter[str]:
    """What a file says, whatever the order: objects, their attributes and masks, and answers."""
    found = read(source)
    masks, rows = found.masks(on_error="skip"), found.image_rows().tolist()
    names = {}
    for part, one in zip(found.categories.part.tolist(), found.categories, strict=True):
        names[part, str(one["id"])] = one["name"]
    images, parts = list(found.images), found.annotations.part.tolist()
    out: Counter[str] = Counter()
    for i, one in enumerate(found.annotations):
        own = one.get("attributes")
        if isinstance(own, list):
            own = {key: value for item in own for key, value in item.items()}
        own = dict(own or {})
        score = own.pop("score", one.get("score"))  # which is the annotation's
        pixels = "" if not masks.has_mask[i] else str(masks.masks[i].to_coco("str")[0])
        name = names.get((parts[i], str(one.get("category_id"))), one.get("category_id"))
        said = [one.get(key) for key in ("id", "image_id", "caption", "value", "name")]
        keyed = one.get("keypoints") or None
        subset = str(found.parts[parts[i]].name).rpartition("_")[2].replace("None", "default.json")
        where = images[rows[i]].get("file_name") if rows[i] >= 0 and placed else None
        name = None if one.get("caption") else str(name)
        whole = [said, name, score, own, keyed, pixels, where, subset]
        out[json.dumps(whole, sort_keys=True)] += 1
    return out


@pytest.mark.parametrize(("to", "path"), [(to, path) for to, ps in REAL.items() for path in ps])
def test_files_come_back(dialects: Path, tmp_path: Path, to: str, path: str) -> None:
    """A -> official -> A: the same objects, ids, attributes, answers and subsets."""
    source = dialects.parent / path
    if not source.exists():
        pytest.skip(f"{path} is not at hand")
    before = source.read_bytes()
    convert_dialect(before, tmp_path / "a.json", to="official")
    out = io.BytesIO()
    middle = [tmp_path / "a.json", *sorted(tmp_path.glob("a.*.json"))]
    convert_dialect(middle, out, to=to)
    placed = len(read(before).images) > 0
    first, second = (content(one, placed=placed) for one in (before, out.getvalue()))
    assert first - second == second - first == Counter()


def test_what_does_not_come_back_is_listed() -> None:
    """What a dialect cannot say is in the report."""
    source = zipped(instances_a=document(row(attributes={"a": 1}), info={"note": "x"}))
    for to, lost in (
        ("hasty", {"annotation attributes"}),
        ("trainingdata", {"annotation attributes", "subsets: a", "category supercategory"}),
        ("encord", {"info note", "subsets: a"}),
        ("cvat", {"info note"}),
    ):
        report = convert_dialect(source, io.BytesIO(), to=to, on_error="fail", ids="drop")
        assert lost <= set(report.lost), (to, report.lost)

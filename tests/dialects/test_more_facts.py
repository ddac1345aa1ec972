"""Further facts of the tools' pages and importers: each test quotes the one that it holds.

The first of them are in `test_facts`.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from cocodec import (
    DialectError,
    DialectOptions,
    RleArray,
    convert_dialect,
    merge_groups,
    read,
)
from support.dialect_documents import (
    OTHER,
    RING,
    RLE,
    category,
    document,
    image,
    official,
    row,
    text,
    zipped,
)

POINTS = {"keypoints": [2, 2, 2, 5, 5, 0], "num_keypoints": 1}


def written(source: Any, to: str, **options: Any) -> Any:
    out = io.BytesIO()
    convert_dialect(text(source), out, to=to, options=DialectOptions(**options))
    return json.loads(out.getvalue())


def archive(source: Any, **options: Any) -> dict[str, Any]:
    out = io.BytesIO()
    whole = source if isinstance(source, bytes) else text(source)
    convert_dialect(whole, out, to="cvat", options=DialectOptions(**options))
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as file:
        names = [name for name in file.namelist() if name.endswith(".json")]
        return {name: json.loads(file.read(name)) for name in names}


# ---------------------------------------------------------------- CVAT


def test_cvat_sublabels_name_their_parent() -> None:
    """Categories: supercategory is the parent for sublabels."""
    listed = [{"id": 1, "name": "person"}, {"id": 2, "name": "hand", "supercategory": "person"}]
    found = archive(document(row(), row(2, category_id=2), categories=listed))
    categories = found["annotations/instances_default.json"]["categories"]
    assert [one["supercategory"] for one in categories] == ["", "person"]


def test_cvat_category_ids_may_have_gaps() -> None:
    """Category ids may have gaps (sublabels): they stay what they are."""
    listed = [{"id": 3, "name": "a"}, {"id": 7, "name": "b"}]
    found = archive(document(row(category_id=7), categories=listed))
    root = found["annotations/instances_default.json"]
    assert [one["id"] for one in root["categories"]] == [3, 7]
    assert root["annotations"][0]["category_id"] == 7


def test_cvat_a_shape_with_a_skeleton_is_one_row() -> None:
    """Keypoints: grouped -> instance row + keypoints; skeleton is 1-based."""
    listed = category(keypoints=["a", "b"], skeleton=[[1, 2]])
    found = archive(document(row(**POINTS), row(2), categories=listed))
    root = found["annotations/person_keypoints_default.json"]
    (one,) = root["annotations"]
    assert one["segmentation"] == [[float(n) for n in RING]]
    assert one["keypoints"] == POINTS["keypoints"]
    assert root["categories"][0]["skeleton"] == [[1, 2]]
    (other,) = found["annotations/instances_default.json"]["annotations"]
    assert other["id"] == 2


def test_cvat_panoptic_documents() -> None:
    """`annotations/panoptic_<subset>/<item>.png`; bbox/area of pixels; isthing 0, colors kept."""
    listed = category(color=[1, 2, 3])
    found = archive(document(row(), categories=listed), tasks=("panoptic",))
    root = found["annotations/panoptic_default.json"]
    (one,) = root["annotations"]
    assert one["file_name"] == "a.png"
    assert "id" not in one
    (segment,) = one["segments_info"]
    assert (segment["area"], segment["bbox"]) == (50, [1, 1, 10, 5])
    assert root["categories"][0]["isthing"] == 0
    assert root["categories"][0]["color"] == [1, 2, 3]


def test_cvat_files_without_sizes_and_infos_are_read() -> None:
    """Import: info/licenses optional; width/height optional."""
    bare = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [row(segmentation=RLE, iscrowd=1)],
    }
    root, report = official(zipped(instances_train=bare))
    assert (root["images"][0]["height"], root["images"][0]["width"]) == (20, 30)
    assert root["annotations"][0]["segmentation"] == RLE
    assert report.refused == []


def test_cvat_list_counts_are_checked() -> None:
    """List counts: the sum unchecked by datumaro; here one that is short is refused."""
    short = {"size": [20, 30], "counts": [22, 5]}
    with pytest.raises(DialectError, match="600"):
        archive(document(row(segmentation=short, iscrowd=1)))


@pytest.mark.parametrize("flag", [True, False])
def test_cvat_iscrowd_may_be_a_boolean(flag: bool) -> None:
    """Import: iscrowd must be an int (bool accepted)."""
    root, _ = official(zipped(instances_train=document(row(iscrowd=flag))))
    assert root["annotations"][0]["iscrowd"] == int(flag)
    assert type(root["annotations"][0]["iscrowd"]) is int


def test_cvat_inner_rings_stay_parts() -> None:
    """Polygon mode: an inner ring stays a part: holes are filled (area 100)."""
    outer, inner = [2, 2, 12, 2, 12, 12, 2, 12], [4, 4, 8, 4, 8, 8, 4, 8]
    found = archive(document(row(segmentation=[outer, inner], area=100.0)))
    (one,) = found["annotations/instances_default.json"]["annotations"]
    assert len(one["segmentation"]) == 2
    assert read(text(document(one))).masks().masks.area().tolist() == [100]


def test_cvat_labels_may_differ_inside_a_group() -> None:
    """Labels may differ inside a group: the leader gives the category, the score, the id."""
    small = row(1, segmentation=[OTHER], bbox=[15, 10, 3, 4], area=12.0, category_id=2)
    large = row(2, score=0.5)
    for one in (small, large):
        one["attributes"] = {"group": 4, "is_crowd": True}
    listed = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
    whole = read(text(document(small, large, categories=listed)))
    merge_groups(whole)
    (one,) = whole.annotations
    assert (one["id"], one["category_id"], one["score"]) == (2, 1, 0.5)


def test_cvat_masks_made_polygons_lose_no_pixel() -> None:
    """Masks -> contours: a 6x4 mask becomes area 15 there, a 5x2 mask vanishes; here none does."""
    boxes = [[2, 2, 6, 4], [10, 10, 5, 2]]
    masks = RleArray.from_boxes(boxes, (20, 30)).to_coco("list")
    rows = [
        row(i, segmentation=mask, bbox=box, area=float(box[2] * box[3]), iscrowd=1)
        for i, (mask, box) in enumerate(zip(masks, boxes, strict=True), 1)
    ]
    for one in rows:
        one["attributes"] = {"is_crowd": False}
    root = archive(document(*rows))["annotations/instances_default.json"]
    assert [one["iscrowd"] for one in root["annotations"]] == [0, 0]
    assert [type(one["segmentation"]) for one in root["annotations"]] == [list, list]
    back = read(text({**root, "info": {}})).masks().masks
    assert back.area().tolist() == [24, 10]
    assert back.to_coco("list") == masks


def test_cvat_a_box_alone_has_the_area_of_its_box() -> None:
    """No segmentation -> bbox w*h, unrounded."""
    alone = row(segmentation=[], bbox=[1.0, 1.0, 10.13, 5.17])
    del alone["area"]
    (one,) = archive(document(alone))["annotations/instances_default.json"]["annotations"]
    assert (one["area"], one["segmentation"]) == (10.13 * 5.17, [])


def test_cvat_rows_stay_in_their_order() -> None:
    """z_order is not exported and does not order rows."""
    rows = [row(i, attributes={"z_order": -i}) for i in (3, 1, 2)]
    root = archive(document(*rows))["annotations/instances_default.json"]
    assert [one["id"] for one in root["annotations"]] == [3, 1, 2]


def test_cvat_stuff_is_masks() -> None:
    """`coco_stuff` = mask: what has rings is RLE in that task."""
    found = archive(document(row(), row(2, segmentation=RLE)), tasks=("stuff",))
    rows = found["annotations/stuff_default.json"]["annotations"]
    assert all(isinstance(one["segmentation"]["counts"], list) for one in rows)
    assert [one["iscrowd"] for one in rows] == [1, 1]
    assert read(text(document(*rows))).masks().masks.area().tolist() == [50, 50]


# ---------------------------------------------------------------- Encord


def test_encord_relations_pass() -> None:
    """`#relation` (the page alone; not in the SDK) is an attribute like others."""
    said = {"track_id": 1, "#relation": {"next": [2]}, "classifications": {}}
    (one,) = written(document(row(attributes=said)), "encord")["annotations"]
    assert one["attributes"] == said


@pytest.mark.parametrize("first", [0, 1])
def test_encord_track_ids_pass(first: int) -> None:
    """track_id: the page says "starting from 1", the SDK starts at 0: both stay."""
    rows = [row(i, attributes={"track_id": first + i - 1, "classifications": {}}) for i in (1, 2)]
    found = written(document(*rows), "encord")["annotations"]
    assert [one["attributes"]["track_id"] for one in found] == [first, first + 1]


def test_encord_answers_are_text_flag_or_null() -> None:
    """classifications {name: str/bool/null}; unanswered null/false: all stay."""
    said = {"color": "red", "wet": False, "note": None}
    source = document(row(attributes={"classifications": said, "manual_annotation": True}))
    (one,) = written(source, "encord")["annotations"]
    assert one["attributes"] == {"classifications": said, "manual_annotation": True}


def test_encord_needs_a_mask_of_everything() -> None:
    """segmentation missing/null -> the polygon of the bbox, which is written out."""
    bare = row()
    del bare["segmentation"]
    for one in (bare, row(segmentation=None)):
        (found,) = written(document(one), "encord")["annotations"]
        assert found["segmentation"] == [[1.0, 1.0, 11.0, 1.0, 11.0, 6.0, 1.0, 6.0]]


def test_encord_coordinates_are_not_rounded() -> None:
    """Relative coordinates * the image's size, no rounding."""
    ring = [1.123456789, 1.0, 11.0, 1.987654321, 11.0, 6.0]
    (one,) = written(document(row(segmentation=[ring])), "encord")["annotations"]
    assert one["segmentation"] == [ring]


def test_encord_complex_polygons_are_rle() -> None:
    """Complex polygon -> RLE string; bbox = toBbox, area = pixels, iscrowd 1: where they miss."""
    bare = row(segmentation=[RING, OTHER])
    del bare["bbox"], bare["area"]
    (one,) = written(document(bare), "encord", area="pixels", bbox="mask")["annotations"]
    assert isinstance(one["segmentation"]["counts"], str)
    assert (one["area"], one["bbox"], one["iscrowd"]) == (62, [1, 1, 17, 13], 1)


def test_encord_has_no_licenses_and_sizes_are_needed() -> None:
    """Import needs images {id, width, height}, categories {id, name}; no licenses."""
    root = written(document(row(), images=image(), licenses=[{"id": 1, "name": "x"}]), "encord")
    assert "licenses" not in root
    assert {"id", "width", "height"} <= root["images"][0].keys()
    assert {"id", "name"} <= root["categories"][0].keys()


def test_encord_zips_of_documents_are_read() -> None:
    """The platform's download: a list of objects, one per data unit, zipped."""
    units = [
        {**document(row(i)), "images": image(id=1, file_name=f"images/{i}.jpg")} for i in (0, 1)
    ]
    root, report = official(zipped(**{"labels.json": text(units)}))
    assert [one["file_name"] for one in root["images"]] == ["images/0.jpg", "images/1.jpg"]
    images = [one["id"] for one in root["images"]]
    assert [one["image_id"] for one in root["annotations"]] == images
    assert len(set(images)) == 2
    assert report.refused == []


def test_encord_frames_of_one_series_are_one_unit() -> None:
    """DICOM/NIfTI: no title; `dicom/<hash>/<instanceUID>[/<frame>]`, `nifti/<hash>/<frame>`."""
    names = ["dicom/d/1.2", "dicom/d/1.3/0", "nifti/n/0", "nifti/n/1", "images/x.png"]
    images = [{**image()[0], "id": i, "file_name": name} for i, name in enumerate(names)]
    root, _ = official(document(row(image_id=0), images=images))
    assert [one["file_name"] for one in root["images"]] == names
    units = written(root, "encord-list")
    assert [[one["file_name"] for one in unit["images"]] for unit in units] == [
        names[:2],
        names[2:4],
        names[4:],
    ]
    keys = {key for unit in units for one in unit["images"] for key in one}
    assert not {"image_title", "video_title"} & keys
    assert {unit["info"]["description"] for unit in units} == {None}


def test_encord_frames_without_labels_stay() -> None:
    """Only labelled frames of videos/DICOM/NIfTI are exported; others that are there stay."""
    names = ["videos/h/0.jpg", "videos/h/7.jpg"]
    images = [{**image()[0], "id": i, "file_name": name} for i, name in enumerate(names)]
    root = written(document(row(image_id=1), images=images), "encord")
    assert [one["file_name"] for one in root["images"]] == names
    assert [one["image_id"] for one in root["annotations"]] == [1]


def test_encord_nulls_are_answers() -> None:
    """The SDK drops nulls of attributes; those of other tools are answers that were not given."""
    own = {"track_id": 3, "color": None, "wet": True}
    (one,) = written(document(row(attributes=own)), "encord")["annotations"]
    answers = {"color": None, "wet": True}
    assert one["attributes"] == {
        **{"track_id": 3, "classifications": answers, "manual_annotation": True}
    }


def test_encord_ids_are_integers() -> None:
    """Import: ints."""
    start = document(row("x", image_id="a", category_id="c"), images=image(id="a"), categories=[])
    root = written(start, "encord")
    (one,), (listed,) = root["annotations"], root["categories"]
    assert {type(one[key]) for key in ("id", "image_id", "category_id")} == {int}
    assert one["image_id"] == root["images"][0]["id"]
    assert (one["category_id"], listed["name"]) == (listed["id"], "c")


def test_encord_rows_keep_what_else_they_say() -> None:
    """Extras kept only on annotations (score via `confidence_field_name`)."""
    (one,) = written(document(row(score=0.25, quality="good")), "encord")["annotations"]
    assert (one["score"], one["quality"]) == (0.25, "good")


def test_encord_rows_of_unknown_images_are_refused() -> None:
    """Unknown image/category: warned and skipped there; here refused, or listed."""
    out = io.BytesIO()
    source = text(document(row(image_id=9), row(2, category_id=7)))
    report = convert_dialect(source, out, to="encord", on_error="skip")
    root = json.loads(out.getvalue())
    assert [why for _, why in report.refused] == ["image_id is 9, which no image has"]
    assert [one["id"] for one in root["annotations"]] == [2]
    assert root["annotations"][0]["category_id"] in [one["id"] for one in root["categories"]]


# ---------------------------------------------------------------- Hasty / CloudFactory


def test_hasty_references_are_integers() -> None:
    """image_id, category_id int; categories are 1-based."""
    start = document(row(image_id="a", category_id="c"), images=image(id="a"), categories=[])
    root = written(start, "hasty")
    (one,) = root["annotations"]
    assert (one["image_id"], one["category_id"]) == (1, 1)
    assert [listed["id"] for listed in root["categories"]] == [1]


def test_hasty_has_no_attributes() -> None:
    """No attributes: they are listed as not carried."""
    out = io.BytesIO()
    report = convert_dialect(text(document(row(attributes={"a": 1}))), out, to="hasty")
    assert "attributes" not in json.loads(out.getvalue())["annotations"][0]
    assert report.lost["annotation attributes"].count == 1


# ---------------------------------------------------------------- TrainingData.io


def test_trainingdata_infos_are_empty() -> None:
    """Info {} and licenses []: so they are written where a file says nothing."""
    root = written(document(row()), "trainingdata")
    assert (root["info"], root["licenses"]) == ({}, [])

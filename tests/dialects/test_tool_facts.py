"""What the tools' own pages say, sentence by sentence, and the way back through official."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cocodec import DialectError, convert_dialect, read
from support.clients import require_clients, run_client
from support.dialect_documents import OTHER, RLE, document, image, make, official, row, text


def written(source: Any, to: str, **options: Any) -> Any:
    out = io.BytesIO()
    whole = source if isinstance(source, bytes) else text(source)
    convert_dialect(whole, out, to=to, **options)
    return json.loads(out.getvalue())


def members(source: Any, **options: Any) -> dict[str, Any]:
    out = io.BytesIO()
    whole = source if isinstance(source, bytes) else text(source)
    convert_dialect(whole, out, to="cvat", **options)
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as file:
        return {n: file.read(n) for n in file.namelist()}


# ---------------------------------------------------------------- encord


def test_attributes_as_a_list_are_read_as_the_object() -> None:
    own = {"track_id": 3, "classifications": {"seen": True}, "manual_annotation": True}
    listed = [{key: value} for key, value in own.items()]
    whole = json.loads(make("encord"))
    for one in whole["annotations"]:
        one["attributes"] = [{key: value} for key, value in one["attributes"].items()]
    assert read(text(whole)).dialect.name == "encord"
    assert (
        written(document(row(attributes=listed)), "encord")["annotations"][0]["attributes"] == own
    )
    root, _ = official(document(row(attributes=[{"a": 1}, {"a": 2}])))
    assert root["annotations"][0]["attributes"] == [{"a": 1}, {"a": 2}]  # no object says this


CROSSED = [1.0, 1.0, 11.0, 6.0, 11.0, 1.0, 1.0, 6.0]
BOXES = ("rotatable_bounding_box", [list])


@pytest.mark.parametrize(
    ("declared", "rows", "shape", "kinds"),
    [
        ("animal", [row(), row(2, segmentation=RLE)], "bitmask", [dict, dict]),
        ("bitmask", [row(), row(2, segmentation=[OTHER])], "bitmask", [dict, dict]),
        ("polygon", [row(), row(2, segmentation=RLE)], "polygon", [list, dict]),
        ("bounding_box", [row(), row(2, segmentation=[])], "bounding_box", [list, list]),
        ("bounding_box", [row(bbox=[1, 1, 9, 5]), row(2)], "polygon", [list, list]),
        ("bounding_box", [row(segmentation=[CROSSED]), row(2)], "polygon", [list, list]),
        ("bounding_box", [row(), row(2, segmentation=RLE)], "bitmask", [dict, dict]),
        ("rotatable_bounding_box", [row(attributes={"rotation": 30.0})], *BOXES),
        ("bounding_box", [row(2, segmentation=[])], "bounding_box", [list]),
        ("animal", [row()], "polygon", [list]),
    ],
)
def test_a_category_has_one_shape(
    declared: str, rows: list[Any], shape: str, kinds: list[type]
) -> None:
    names = [{"id": 1, "name": "cat", "supercategory": declared}]
    root = written(document(*rows, categories=names), "encord")
    assert root["categories"][0]["supercategory"] == shape
    assert [type(one["segmentation"]) for one in root["annotations"]] == kinds
    assert [one["iscrowd"] for one in root["annotations"]] == [int(k is dict) for k in kinds]


def test_boxes_of_encord_stay_boxes_on_their_way_through_official() -> None:
    root = json.loads(make("encord"))
    root["categories"] = [{"id": 1, "name": "cat", "supercategory": "bounding_box"}]
    root["annotations"] = root["annotations"][:1]
    middle, report = official(root)
    assert report.notes == ["an annotation has the id 0: COCOeval counts a match with it as none"]
    back = written(middle, "encord")
    assert back["categories"] == root["categories"]
    assert back["annotations"] == root["annotations"]


_ENCORD = """
import json, sys
from encord.utilities.coco.datastructure import CocoRootModel
for root in json.load(open(sys.argv[1])):
    print(len(CocoRootModel.from_dict(root).annotations))
"""


def test_encords_own_model_takes_what_is_written(tmp_path: Path) -> None:
    require_clients("from encord.utilities.coco.datastructure import CocoRootModel")
    for name in ("encord", "official", "cvat", "hasty", "trainingdata"):
        path = tmp_path / f"{name}.json"
        convert_dialect(make(name), path, to="encord-list")
        run_client(_ENCORD, path)


# ---------------------------------------------------------------- cvat


def test_score_and_is_crowd_of_attributes_mean_the_annotations() -> None:
    crowd = row(1, attributes={"score": 0.5, "is_crowd": 1, "color": "red"})
    single = row(2, segmentation=RLE, attributes={"is_crowd": False})
    found = json.loads(members(document(crowd, single))["annotations/instances_default.json"])
    first, second = found["annotations"]
    assert first["score"] == 0.5
    assert first["iscrowd"] == 1
    assert isinstance(first["segmentation"]["counts"], list)
    assert first["attributes"] == {"color": "red", "occluded": False}
    assert second["iscrowd"] == 0
    assert isinstance(second["segmentation"], list)


@pytest.mark.parametrize("said, meant", [("0.75", 0.75), ("1", 1), ("high", None), ("", None)])
def test_a_score_that_cvat_passed_on_as_a_text_is_a_number(said: str, meant: Any) -> None:
    """CVAT after an import: every attribute is passed on as a text."""
    found = members(document(row(attributes={"score": said})))
    (one,) = json.loads(found["annotations/instances_default.json"])["annotations"]
    assert one.get("score") == meant
    assert one["attributes"].get("score") == (said if meant is None else None)


def test_is_crowd_2_is_refused_under_its_own_key() -> None:
    with pytest.raises(DialectError, match=r"attributes\.is_crowd is 2, expected true or"):
        members(document(row(attributes={"is_crowd": 2})))


def test_captions_and_labels_have_scores() -> None:
    caption = {"id": 1, "image_id": 1, "caption": "x", "attributes": {"score": 1.0}}
    label = {"id": 2, "image_id": 1, "category_id": 1, "score": 0.5}
    found = members(document(caption, label))
    assert json.loads(found["annotations/captions_default.json"])["annotations"][0]["score"] == 1.0
    assert json.loads(found["annotations/labels_default.json"])["annotations"][0]["score"] == 0.5


def test_subsets_come_back() -> None:
    root, _ = official(make("cvat"))
    assert root["cocodec"]["subsets"] == {"train": [1], "val": [2]}
    assert {name for name in members(root) if name.endswith(".json")} == {
        name for name in members(make("cvat")) if name.endswith(".json")
    }
    assert [image["subset"] for image in root["images"]] == ["train", "val"]
    out = io.BytesIO()
    report = convert_dialect(make("cvat"), out, to="encord")
    assert "subsets: train, val" in report.lost
    assert "image subset" not in report.lost
    hasty = written(make("cvat"), "hasty")
    assert [image["subset"] for image in hasty["images"]] == ["train", "val"]


def test_images_of_one_name_in_two_subsets_are_two(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"whose?")
    assert "images/train/a.jpg" not in members(make("cvat"), images=tmp_path, ids="drop")
    for subset in ("train", "val"):
        (tmp_path / subset).mkdir()
        (tmp_path / subset / "a.jpg").write_bytes(subset.encode())
    found = members(make("cvat"), images=tmp_path, ids="drop")
    assert (found["images/train/a.jpg"], found["images/val/a.jpg"]) == (b"train", b"val")


# ---------------------------------------------------------------- trainingdata


def test_an_answer_that_is_a_list_stays_one_row() -> None:
    answers = [
        {"value": ["c1", "c2"], "name": "Multi", "image_id": 1},
        {"value": "r", "name": "Multi", "image_id": 1},
        {"value": ["x"], "name": "One", "image_id": 1},
    ]
    root, _ = official(document(row(), *answers))
    assert root["images"][0]["attributes"] == {"Multi": [["c1", "c2"], "r"], "One": ["x"]}
    back = written(root, "trainingdata")
    assert [one for one in back["annotations"] if "value" in one] == answers


def test_answers_alone_are_known() -> None:
    answers = [{"value": "r", "name": "k", "image_id": 1}]
    root = {"images": image(), "categories": [], "attributes": [], "annotations": answers}
    assert read(text(root)).dialect.name == "trainingdata"


# ---------------------------------------------------------------- what is copied


@pytest.mark.parametrize("name", ["cvat", "encord", "hasty", "trainingdata"])
def test_what_keeps_the_rules_is_copied(name: str) -> None:
    out, made = io.BytesIO(), make(name)  # a zip has the time in it
    report = convert_dialect(made, out, to=name)
    assert report.notes == ["it is in this dialect already: copied as it is"]
    assert out.getvalue() == made


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("encord", {"segmentation": [1.0, 1.0, 11.0, 1.0, 11.0, 6.0, 1.0, 6.0]}),
        ("encord", {"id": "x"}),
        ("encord", {"attributes": [{"track_id": 0}]}),
        ("hasty", {"category_id": "x"}),
        ("trainingdata", {"segmentation": [[1.0, 1.0, 11.0, 1.0, 11.0, 6.0, 1.0, 6.0]]}),
    ],
)
def test_what_breaks_a_rule_is_written_anew(name: str, change: dict[str, Any]) -> None:
    root = json.loads(make(name))
    root["annotations"][0].update(change)
    out = io.BytesIO()
    report = convert_dialect(text(root), out, to=name, dialect=name)
    assert "it is in this dialect already: copied as it is" not in report.notes
    assert out.getvalue() != text(root)


_DATUMARO = """
import sys
from datumaro.components.dataset import Dataset
found = Dataset.import_from(sys.argv[1], "coco")
for item in found:
    for one in item.annotations:
        if type(one).__name__ != "Bbox":
            print(item.subset, type(one).__name__, one.attributes.get("score"))
"""


def test_datumaro_reads_score_and_is_crowd_back(tmp_path: Path) -> None:
    require_clients("import datumaro")
    source = document(row(attributes={"score": 0.5, "is_crowd": True}), row(2))
    convert_dialect(text(source), tmp_path / "out.zip", to="cvat")
    with zipfile.ZipFile(tmp_path / "out.zip") as file:
        assert "images/default/" in file.namelist()
        file.extractall(tmp_path / "out")
    printed = run_client(_DATUMARO, tmp_path / "out")
    lines = sorted(line for line in printed if line.startswith("default"))
    assert lines == ["default Polygon None", "default RleMask 0.5"]

"""Several tasks of one data set: counted once, and always what an official reader opens."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cocodec import DialectError, Document, convert_dialect, read
from support.clients import require_clients, run_client
from support.dialect_documents import (
    OTHER,
    document,
    image,
    official,
    panoptic,
    png,
    row,
    squares,
    text,
    zipped,
)

POINTS = {"keypoints": [2, 2, 2, 5, 5, 0], "num_keypoints": 1}


# ---------------------------------------------------------------- counted once


def test_a_person_in_two_tasks_is_one_object() -> None:
    people = document(row(5, **POINTS), row(6, segmentation=[OTHER], **POINTS))
    root, report = official(zipped(instances_a=document(row(5), row(8)), person_keypoints_a=people))
    assert [one["id"] for one in root["annotations"]] == [5, 8, 6]
    assert root["annotations"][0] == {**row(5), **POINTS}
    assert "annotations/person_keypoints_a.json (person_keypoints): 2 rows, 1 joined" in str(report)


@pytest.mark.parametrize(
    "other",
    [
        row(6),
        row(5, image_id=2),
        row(5, category_id=2),
        row(5, segmentation=[OTHER]),
    ],
)
def test_another_object_stays_another(other: dict[str, Any]) -> None:
    images = [*image(), {**image()[0], "id": 2, "file_name": "b.jpg"}]
    names = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    first = document(row(5), images=images, categories=names)
    second = document(other, images=images, categories=names)
    root, _ = official(zipped(instances_a=first, person_keypoints_a=second))
    assert len(root["annotations"]) == 2


def test_subsets_and_lists_are_not_put_together() -> None:
    root, _ = official(zipped(instances_a=document(row()), instances_b=document(row())))
    assert len(root["annotations"]) == 2
    root, _ = official([document(row()), document(row())])
    assert len(root["annotations"]) == 2


def test_what_a_part_repeats_stays_repeated() -> None:
    first, second = document(row(5), row(5)), document(row(5), row(5), row(5))
    root, _ = official(zipped(instances_a=first, person_keypoints_a=second))
    assert len(root["annotations"]) == 3


def test_what_tasks_say_differently_is_listed() -> None:
    first = document(row(5, attributes={"a": 1}, note="x"))
    second = document(row(5, attributes={"a": 2, "b": 3}, note="y"))
    root, report = official(zipped(instances_a=first, stuff_a=second))
    assert root["annotations"] == [row(5, attributes={"b": 3, "a": 1}, note="x")]
    assert set(report.lost) == {"attribute a of another task", "annotation note of another task"}


# ---------------------------------------------------------------- panoptic


def test_segments_become_objects_from_the_pngs_in_the_zip() -> None:
    source = zipped(
        instances_a=document(row(5)),
        panoptic_a=panoptic(7, 9),
        **{"annotations/panoptic_a/a.png": squares(7, 9)},
    )
    root, _ = official(source)
    assert [one["id"] for one in root["annotations"]] == [5, 1]  # the square is object 5
    assert root["annotations"][1]["area"] == 1  # as the segment says
    assert read(text(root)).masks().masks.area().tolist() == [50, 12]


def test_from_panoptic_reads_a_zip() -> None:
    for place in ("annotations/panoptic_a/a.png", "panoptic_a/a.png", "deep/er/a.png", "a.png"):
        source = zipped(panoptic_a=panoptic(7), **{place: squares()})
        assert Document.from_panoptic(source).masks().masks.area().tolist() == [50]


def test_a_png_that_is_missing_is_refused() -> None:
    source = zipped(instances_a=document(row(5)), panoptic_a=panoptic(7))
    with pytest.raises(DialectError, match=r"'a\.png' is looked for in the zip: no such member"):
        official(source)
    out = io.BytesIO()
    report = convert_dialect(source, out, to="official", on_error="skip")
    (refused,) = report.describe_refused().splitlines()
    assert refused.startswith("annotations/panoptic_a.json: row 0: the PNG 'a.png' is looked for")
    assert [one["id"] for one in json.loads(out.getvalue())["annotations"]] == [5]


def test_a_panoptic_file_stays_panoptic_and_is_called_so() -> None:
    root, report = official(panoptic(7))
    assert "segments_info" in root["annotations"][0]
    assert report.target == "official panoptic"


# ---------------------------------------------------------------- what is no object


def test_captions_and_labels_get_files_of_their_own(tmp_path: Path) -> None:
    captions = {"images": image(), "annotations": [{"id": 1, "image_id": 1, "caption": "x"}]}
    labels = document({"id": 1, "image_id": 1, "category_id": 1})
    source = zipped(instances_a=document(row()), captions_a=captions, labels_a=labels)
    convert_dialect(source, tmp_path / "out.json", to="official")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["out.captions.json", "out.json", "out.labels.json"]
    rows = json.loads((tmp_path / "out.json").read_bytes())["annotations"]
    assert rows == [row()]
    rows = json.loads((tmp_path / "out.captions.json").read_bytes())["annotations"]
    assert [one["caption"] for one in rows] == ["x"]
    assert convert_dialect(source, io.BytesIO(), to="official").lost.keys() == {
        "captions.json: a file beside objects takes a path as target",
        "labels.json: a file beside objects takes a path as target",
    }


@pytest.mark.parametrize("first", ["captions_a", "labels_a"])
def test_objects_keep_their_ids_whatever_lies_before_them(first: str) -> None:
    """Captions and labels are numbered by themselves in a zip: it is they who get other ids."""
    rows = {
        "captions_a": {"id": 1, "image_id": 1, "caption": "x"},
        "labels_a": {"id": 1, "image_id": 1, "category_id": 1},
    }
    source = zipped(**{first: document(rows[first]), "instances_a": document(row())})
    root, report = official(source)
    assert root["annotations"] == [row()]
    assert "row 0, id 1" in str(report.changes["annotation ids made unique integers (repeated)"])
    assert str(first) in str(report.changes["annotation ids made unique integers (repeated)"])


@pytest.mark.parametrize(
    ("info", "year"),
    [
        ({"year": ""}, 0),
        ({"year": "2026"}, 2026),
        ({"year": None, "date_created": "2021-05-06"}, 2021),
        ({"year": 2017}, 2017),
        ({"year": 2017.0}, 2017),
        ({"year": True}, 0),
    ],
)
def test_the_year_is_a_number(info: dict[str, Any], year: int) -> None:
    root, _ = official(document(row(), info=info))
    assert root["info"] == {**info, "year": year}
    assert type(root["info"]["year"]) is int


def test_images_are_given_names_and_sizes(tmp_path: Path) -> None:
    (tmp_path / "7.jpg").write_bytes(png([[0] * 30] * 20))
    rows = [{"image_id": 7, "category_id": 1, "bbox": [1, 1, 10, 5], "score": 0.5}]
    with pytest.raises(DialectError, match="--images FOLDER"):
        official(rows)
    out = io.BytesIO()
    convert_dialect(text(rows), out, to="official", images=tmp_path)
    root = json.loads(out.getvalue())
    assert root["images"] == [{"id": 7, "file_name": "7.jpg", "height": 20, "width": 30}]
    assert read(out.getvalue()).masks().masks.area().tolist() == [50]


def test_names_that_lead_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png([[0] * 30] * 20))
    (tmp_path / "images").mkdir()
    for name in ("../secret.png", str(tmp_path / "secret.png")):
        source = text(document(row(), images=image(file_name=name)))
        out = io.BytesIO()
        convert_dialect(source, out, to="cvat", images=tmp_path / "images")
        with zipfile.ZipFile(io.BytesIO(out.getvalue())) as file:
            assert [one for one in file.namelist() if "secret" in one] == []


def test_what_was_made_official_is_known_as_official() -> None:
    from support.dialect_documents import MAKERS, make

    for name in MAKERS:
        root, _ = official(make(name))
        assert read(text(root)).dialect.name == "official", name


def test_string_ids_come_back() -> None:
    from support.dialect_documents import make

    start = json.loads(make("trainingdata"))
    root, _ = official(make("trainingdata"))
    out = io.BytesIO()
    convert_dialect(text(root), out, to="trainingdata")
    back = json.loads(out.getvalue())
    assert [one["id"] for one in back["images"]] == ["dicom://1"]
    keys = ("id", "image_id", "category_id", "segmentation", "value", "name")
    assert [[one.get(key) for key in keys] for one in back["annotations"]] == [
        [one.get(key) for key in keys] for one in start["annotations"]
    ]


# ---------------------------------------------------------------- real clients

_OPEN = """
import sys
from pycocotools.coco import COCO
import numpy as np
coco = COCO(sys.argv[1])
for one in coco.loadAnns(coco.getAnnIds()):
    coco.annToMask(one)
from sahi.utils.coco import Coco
print(len(coco.anns), len(Coco.from_coco_dict_or_path(sys.argv[1]).images))
"""


@pytest.mark.parametrize(
    "name", ["annotations_val2017.zip", "cvat_alltasks.zip", "cvat_subsets.zip"]
)
def test_clients_open_it(dialects: Path, tmp_path: Path, name: str) -> None:
    source = dialects.parent / "reported" / "clients" / name
    if not source.exists():
        pytest.skip(f"{name} is not at hand")
    require_clients("import pycocotools, sahi")
    report = convert_dialect(source, tmp_path / "out.json", to="official")
    printed = run_client(_OPEN, tmp_path / "out.json")
    rows = json.loads((tmp_path / "out.json").read_bytes())["annotations"]
    assert printed[-1].split() == [str(len(rows)), str(report.images)]


def test_a_zips_own_folder_is_no_subset() -> None:
    def subsets(*names: str) -> Any:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as file:
            for name in names:
                file.writestr(name, text(document(row(), images=image(file_name=name))))
        return official(stream.getvalue())[0].get("cocodec", {}).get("subsets")

    assert subsets("mine/_annotations.coco.json") is None
    assert subsets("mine/a/labels.json", "mine/b/labels.json") == {"a": [1], "b": [2]}
    assert subsets("train/labels.json") == {"train": [1]}
    assert subsets("train/labels.json", "own/labels.json") == {"train": [1], "own": [2]}

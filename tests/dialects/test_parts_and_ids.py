"""Ids of any type, files of several parts, answers about images, videos."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocodec import DialectError, DialectOptions, DocumentError, convert_dialect, frame_masks, read
from cocodec.dialects.ids import Numbers
from cocodec.documents.references import identity
from reference.dialects import new_ids
from support.dialect_documents import (
    OTHER,
    RING,
    RLE,
    document,
    first,
    image,
    make,
    official,
    row,
    text,
)

# ---------------------------------------------------------------- ids

IDS = st.one_of(
    st.integers(-3, 8),
    st.integers(2**62, 2**70),
    st.sampled_from(["1", "a", None, True, False, 1.0, 2.5]),
)


@given(st.lists(IDS, max_size=12))
def test_new_ids_are_those_of_the_reference(ids: list[Any]) -> None:
    numbers = Numbers(ids)
    found = [numbers.give(value) for value in ids]
    assert found == new_ids(ids)
    assert len(set(found)) == len(found)
    assert all(type(number) is int for number in found)


def test_ids_are_told_apart_exactly() -> None:
    values = [1, "1", True, None, "True", 1.5, "a", 2**80, [1]]
    assert len({identity(value) for value in values}) == len(values)
    assert identity(1.0) == identity(1)
    assert identity("12", coerce=True) == 12
    assert identity("-1", coerce=True) == -1
    for odd in ("01", "1.0", " 1", "", "-", "1" * 5000, "\u0661"):
        assert identity(odd, coerce=True) == ("string", odd)


def test_old_ids_are_kept_in_the_file_or_beside_it(tmp_path: Path) -> None:
    source = document(row("x", image_id="i"), images=image(id="i"))
    root, _ = official(source)
    expected = {
        "images": [{"row": 0, "was": "i", "id": 1}],
        "annotations": [{"row": 0, "was": "x", "id": 1}],
    }
    assert root["cocodec"] == {"ids": expected}
    target = tmp_path / "out.json"
    convert_dialect(text(source), target, to="official", ids="sidecar")
    assert json.loads((tmp_path / "out.json.ids.json").read_bytes()) == expected
    assert "cocodec" not in json.loads(target.read_bytes())
    root, _ = official(source, ids="drop")
    assert "cocodec" not in root
    convert_dialect(text(source), target, to="hasty", ids="sidecar")
    assert json.loads((tmp_path / "out.json.ids.json").read_bytes()) == expected


def test_ids_of_an_earlier_conversion_are_kept() -> None:
    once, _ = official(document(row("x"), row("y")))
    again, _ = official(once)
    assert again["cocodec"] == once["cocodec"]
    once["annotations"].append(row("z"))
    again, _ = official(once)
    changed = [{"row": 2, "was": "z", "id": 3}]
    assert again["cocodec"] == {"ids": {"annotations": changed}, "before": once["cocodec"]}


def test_huge_ids_are_kept_where_torchvision_makes_no_tensor_of_them() -> None:
    """Of images and categories it does; of annotations nobody does."""
    source = document(
        row(2**70, image_id=2**64, category_id=2**255 + 1),
        row(2, image_id=-(2**63)),
        images=[*image(id=2**64), *image(id=-(2**63))],
        categories=[{"id": 2**255 + 1, "name": "dog"}, {"id": 1, "name": "cat"}],
    )
    root, report = official(source)
    assert [one["id"] for one in root["annotations"]] == [2**70, 2]
    assert [one["image_id"] for one in root["annotations"]] == [1, -(2**63)]
    assert [one["category_id"] for one in root["annotations"]] == [2, 1]
    assert [one["id"] for one in root["images"]] == [1, -(2**63)]
    assert [one["id"] for one in root["categories"]] == [2, 1]
    assert root["cocodec"]["ids"] == {
        "images": [{"was": 2**64, "id": 1}],
        "categories": [{"was": 2**255 + 1, "id": 2}],
    }
    assert set(report.changes) == {
        f"{noun} ids from 2^63 on numbered anew" for noun in ("image", "category")
    }


def test_strings_are_no_integers_unless_asked() -> None:
    source = document(row(image_id="1"))
    with pytest.raises(
        DialectError, match="image_id is '1', a text, and the images' ids are numbers"
    ):
        official(source)
    assert first(official(source, coerce_ids=True)[0])["image_id"] == 1


def test_everything_is_numbered_anew_on_request() -> None:
    source = document(row(70, image_id=9), row(80, image_id=9), images=image(id=9))
    root, _ = official(source, reindex=True)
    assert [one["id"] for one in root["annotations"]] == [1, 2]
    assert {one["image_id"] for one in root["annotations"]} == {1}


def test_repeated_image_ids_mean_the_last_as_everywhere() -> None:
    images = [*image(), {**image()[0], "file_name": "b.jpg", "height": 40}]
    source = document(row(), images=images)
    root, _ = official(source)
    assert [one["id"] for one in root["images"]] == [1, 2]
    assert first(root)["image_id"] == 2
    assert read(text(root)).masks().masks == read(text(source)).masks().masks


def test_categories_are_made_of_names() -> None:
    rows = [row(1, category_id="dog"), row(2, category_id="cat"), row(3, category_id=7)]
    bare = row(4)
    del bare["category_id"]
    root, report = official(document(*rows, bare))
    names = {one["id"]: one["name"] for one in root["categories"]}
    assert [names[one["category_id"]] for one in root["annotations"]] == [
        *("dog", "cat", "7", "object")
    ]
    assert root["annotations"][2]["category_id"] == 7
    assert report.changes["categories made that none lists"].count == 2


def test_results_become_a_document() -> None:
    rows = [{"image_id": 5, "category_id": 2, "segmentation": RLE, "score": 0.5}]
    root, _ = official(rows)
    assert root["images"] == [{"id": 5, "file_name": "5.jpg", "height": 20, "width": 30}]
    assert first(root)["score"] == 0.5
    assert (first(root)["area"], first(root)["bbox"]) == (50, [1.0, 1.0, 10.0, 5.0])


# ---------------------------------------------------------------- rows that are no objects


def test_answers_about_images_become_their_attributes() -> None:
    root, _ = official(make("trainingdata"))
    assert root["images"][0]["attributes"] == {"Image color": "r1"}
    assert len(root["annotations"]) == 3
    assert [one["name"] for one in root["categories"]] == ["Car", "Bus"]
    _, report = official(make("trainingdata"), image_rows="drop")
    assert report.lost["answers about images"].count == 1


def test_repeated_answers_make_a_list() -> None:
    answers = [{"value": v, "name": "k", "image_id": 1} for v in ("a", "b", "c")]
    root, _ = official(document(*answers))
    assert root["images"][0]["attributes"] == {"k": ["a", "b", "c"]}
    root, _ = official(document(answers[0], images=image(attributes=[1])))
    assert root["images"][0]["attributes"] == {"attributes": [1], "k": "a"}


def test_captions_labels_and_panoptic_rows_stay() -> None:
    caption = {"id": 1, "image_id": 1, "caption": "a cat"}
    root, _ = official({"images": image(), "annotations": [caption]})
    assert root["annotations"] == [caption]
    assert "categories" not in root
    label = {"id": 2, "image_id": 1, "category_id": 1}
    root, report = official(document(caption, label))
    assert root["annotations"] == [{**caption, "category_id": 0}, label]
    assert "captions given the category_id 0" in report.changes
    segment = {"id": 7, "category_id": "sky", "area": 1, "bbox": [0, 0, 1, 1], "iscrowd": 0}
    panoptic = {"image_id": 1, "file_name": "a.png", "segments_info": [segment]}
    root, report = official(document(panoptic))
    assert root["annotations"][0]["segments_info"] == [{**segment, "category_id": 2}]
    assert "panopticapi" in str(report)


# ---------------------------------------------------------------- parts


def test_a_list_of_documents_becomes_one() -> None:
    dog = [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}]
    parts = [
        document(row(1), row(2)),
        document(row(1, category_id=2), row(9), categories=dog, images=image(file_name="b.jpg")),
    ]
    root, _ = official(parts)
    assert [one["id"] for one in root["images"]] == [1, 2]
    assert [one["file_name"] for one in root["images"]] == ["a.jpg", "b.jpg"]
    assert [one["name"] for one in root["categories"]] == ["cat", "dog"]
    assert [(a["id"], a["image_id"], a["category_id"]) for a in root["annotations"]] == [
        *((1, 1, 1), (2, 1, 1), (3, 2, 1), (9, 2, 3))
    ]
    assert root["cocodec"]["ids"]["annotations"] == [
        {"part": "document 1", "row": 0, "was": 1, "id": 3}
    ]
    assert read(text(root)).masks().masks == read(text(parts)).masks().masks


def test_images_of_one_subset_are_one() -> None:
    root, report = official(make("cvat"))
    assert [one["file_name"] for one in root["images"]] == ["train/a.jpg", "val/a.jpg"]
    assert [one["image_id"] for one in root["annotations"]] == [1, 1, 1, 1, 2, 2, 2]
    assert report.changes["rows of one image in several parts put together"].count == 1
    assert len(root["categories"]) == 1


def test_parts_may_stay_apart(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    report = convert_dialect(make("cvat"), folder, to="official", split=True)
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["instances_train.json", "instances_val.json", "person_keypoints_train.json"]
    assert report.annotations == 7
    convert_dialect(text([document(row()), document(row())]), folder, to="official", split=True)
    assert {"0.json", "1.json"} <= {path.name for path in folder.iterdir()}


def test_parts_of_one_name_keep_their_folders(tmp_path: Path) -> None:
    both = ("train", "valid")
    members = {f"set/{name}/_annotations.coco.json": document(row()) for name in both}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, root in members.items():
            archive.writestr(name, text(root))
    convert_dialect(packed.getvalue(), tmp_path / "zip", to="official", split=True)
    names = {str(path.relative_to(tmp_path / "zip")) for path in (tmp_path / "zip").rglob("*.json")}
    files = {str(Path(name, "_annotations.coco.json")) for name in ("train", "valid")}
    assert names == files
    for name in files:
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(text(document(row())))
    sources = [tmp_path / name for name in sorted(files)]
    convert_dialect(sources, tmp_path / "files", to="official", split=True)
    found = (tmp_path / "files").rglob("*.json")
    assert {str(path.relative_to(tmp_path / "files")) for path in found} == files


def test_what_parts_say_differently_is_listed() -> None:
    _, report = official([document(row(), note="a"), document(row(), note="b", info={"x": 1})])
    assert report.lost["root note of another part"].count == 1
    other = [{"id": 4, "name": "cat", "supercategory": "pet", "color": 1}]
    root, report = official([document(row()), document(row(category_id=4), categories=other)])
    cat = {"id": 1, "name": "cat", "supercategory": "animal", "color": 1}
    assert root["categories"] == [cat]
    assert report.lost["category supercategory of another part"].count == 1


def test_an_edited_document_is_what_is_converted() -> None:
    source = read(text(document(row(), row(2))))
    source.set_column("category_id", ["new", "new"])
    out = io.BytesIO()
    report = source.write(out, dialect="official")
    assert report.target == "official"
    root = json.loads(out.getvalue())
    assert [one["name"] for one in root["categories"]] == ["cat", "new"]
    assert [one["category_id"] for one in root["annotations"]] == [2, 2]


# ---------------------------------------------------------------- videos


def test_masks_of_frames() -> None:
    found = frame_masks(read(make("youtube-vis")))
    assert found.rows.tolist() == [0, 0]
    assert found.frames.tolist() == [0, 2]
    expected = read(text(document(row(segmentation=RLE), row(2, segmentation=[OTHER]))))
    assert found.masks == expected.masks().masks


def test_videos_become_images() -> None:
    root, report = official(make("youtube-vis"))
    assert [one["file_name"] for one in root["images"]] == ["v/0.jpg", "v/1.jpg", "v/2.jpg"]
    assert [one["frame_id"] for one in root["images"]] == [0, 1, 2]
    shown = [(a["image_id"], a["instance_id"], a["area"]) for a in root["annotations"]]
    assert shown == [(1, 3, 50), (3, 3, 12)]
    assert report.changes["annotations of videos made one a frame"].count == 1
    assert read(text(root)).masks().masks == frame_masks(read(make("youtube-vis"))).masks


def test_a_video_that_is_not_listed_is_named() -> None:
    broken = json.loads(make("youtube-vis"))
    broken["annotations"][0]["video_id"] = 8
    for call in (lambda: frame_masks(read(text(broken))), lambda: official(broken)):
        with pytest.raises(DocumentError, match="row 0, id 3: video 8 is not listed"):
            call()
    broken["annotations"][0].update(video_id=7, segmentations=[{"size": [20, 30], "counts": "x"}])
    with pytest.raises(DocumentError, match="row 0"):
        frame_masks(read(text(broken)))


# ---------------------------------------------------------------- anything

JSON = st.recursive(
    st.sampled_from([None, True, 0, 1, -1, 2.5, 10**30, 1e300, "", "1", "x", "e05?0"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["size", "counts", "x"]), inner, max_size=3),
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        *("id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd"),
        *("keypoints", "attributes", "score", "value", "name", "caption", "segments_info"),
        *("segmentations", "video_id", "num_keypoints", "height", "width", "file_name"),
    ]
)
ROWS = st.dictionaries(KEYS, JSON, max_size=5)
TARGETS = st.sampled_from(["official", "cvat", "encord", "encord-list", "hasty", "trainingdata"])


@settings(max_examples=200)
@given(st.lists(ROWS, max_size=3), st.lists(ROWS, max_size=2), st.lists(ROWS, max_size=2), TARGETS)
def test_nothing_crashes(
    rows: list[Any], images: list[Any], categories: list[Any], target: str
) -> None:
    root = document(row(), *rows)
    root["images"] += images
    root["categories"] += categories
    root["videos"] = [{"id": 1, "height": 4, "width": 5, "length": 2}]
    out = io.BytesIO()
    try:
        report = convert_dialect(
            text(root), out, to=target, on_error="skip", options=DialectOptions(threads=1)
        )
    except DocumentError:
        return
    assert report.annotations + len(report.lost) + len(report.refused) > 0
    written = read(out.getvalue())
    assert written.masks(on_error="skip").refused == []
    assert np.all(written.image_rows() >= 0)


def test_rows_that_are_no_objects_are_refused() -> None:
    for table in ("images", "annotations", "categories"):
        with pytest.raises(DocumentError, match=f"{table}, row 1: is 5, expected an obj"):
            official({**document(), table: [*document(row())[table], 5]})


def test_a_zip_of_other_files_is_read() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("train/_annotations.coco.json", text(document(row(segmentation=[RING]))))
        file.writestr("valid/_annotations.coco.json", text(document(row())))
    root, _ = official(stream.getvalue())
    assert len(root["images"]) == 2

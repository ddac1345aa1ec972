"""The way there and back: ids, the parts of objects, subsets and tasks."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cocodec import DialectOptions, DocumentError, convert_dialect, read
from support.dialect_documents import (
    BOX,
    OTHER,
    RING,
    RLE,
    document,
    image,
    make,
    official,
    panoptic,
    png,
    row,
    squares,
    text,
    zipped,
)

KEYS = ("id", "image_id", "category_id", "segmentation", "value", "name")


def written(source: Any, to: str, **options: Any) -> Any:
    own = {k: options.pop(k) for k in ("ids",) if k in options}
    out = io.BytesIO()
    convert_dialect(
        source if isinstance(source, bytes) else text(source),
        out,
        to=to,
        options=DialectOptions(**options),
        **own,
    )
    return json.loads(out.getvalue())


def archive(source: Any, **options: Any) -> dict[str, Any]:
    """The members of a zip for CVAT; JSON is decoded."""
    out = io.BytesIO()
    whole = source if isinstance(source, (bytes, Path)) else text(source)
    convert_dialect(whole, out, to="cvat", options=DialectOptions(**options))
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as file:
        return {
            name: json.loads(file.read(name)) if name.endswith(".json") else file.read(name)
            for name in file.namelist()
        }


def ids(root: dict[str, Any], table: str = "annotations") -> list[Any]:
    return [one.get("id") for one in root[table]]


# ---------------------------------------------------------------- ids


def test_ids_that_are_no_strings_come_back_too() -> None:
    start = document(row(5), row(5, segmentation=RLE), row(7))
    for one in start["annotations"]:
        one["segmentation"] = RLE
    start["annotations"] = [dict(one) for one in start["annotations"]]
    root, _ = official(start, dialect="hasty")
    assert ids(root) == [5, 1, 7]
    assert ids(written(root, "hasty")) == [5, 5, 7]


def test_category_ids_that_are_texts_come_back() -> None:
    start = document(
        row("x", segmentation=RLE, category_id="c1"), categories=[{"id": "c1", "name": "cat"}]
    )
    root, _ = official(start, dialect="hasty")
    assert root["annotations"][0]["category_id"] == root["categories"][0]["id"] == 1
    back = written(root, "hasty")
    assert back["annotations"][0]["category_id"] == back["categories"][0]["id"] == "c1"
    assert ids(back) == ["x"]


def test_ids_come_back_over_two_conversions() -> None:
    start = document(row("x", segmentation=RLE), row("y", segmentation=RLE))
    root, _ = official(start, dialect="hasty")
    root["annotations"].insert(0, row("new", segmentation=RLE))
    again, _ = official(root)
    assert ids(again) == [3, 1, 2]
    assert ids(written(again, "hasty")) == ["new", "x", "y"]


def test_ids_that_a_tool_cannot_take_do_not_come_back() -> None:
    start = json.loads(make("encord"))
    start["annotations"][0]["id"] = "x7"
    root, _ = official(start)
    assert all(type(i) is int for i in ids(written(root, "encord")))


def test_ids_of_documents_of_a_list_come_back_into_a_list() -> None:
    two = [json.loads(make("encord")), json.loads(make("encord"))]
    two[1]["images"][0]["file_name"] = "b.jpg"
    root, _ = official(two)
    assert len(set(ids(root))) == 6
    back = written(root, "encord-list")
    assert [ids(one) for one in back] == [[0, 1, 2], [0, 1, 2]]
    assert [ids(one, "images") for one in back] == [[0], [0]]
    one = written(root, "encord")  # in one document they would be ambiguous
    assert len(set(ids(one))) == 6
    assert len(set(ids(one, "images"))) == 2


def test_ids_of_subsets_come_back_into_a_zip() -> None:
    root, _ = official(make("cvat"))
    assert len(set(ids(root))) == len(root["annotations"])
    back, start = archive(root), make("cvat")
    with zipfile.ZipFile(io.BytesIO(start)) as file:
        for name in file.namelist():
            if name.endswith(".json"):
                before = json.loads(file.read(name))
                assert sorted(ids(back[name])) == sorted(ids(before)), name
                assert ids(back[name], "images") == ids(before, "images"), name


def test_ids_come_back_from_the_file_beside(tmp_path: Path) -> None:
    first, middle, last = (tmp_path / name for name in ("a.json", "b.zip", "c.json"))
    first.write_bytes(make("trainingdata"))
    convert_dialect(first, middle, to="cvat", ids="sidecar")
    beside = json.loads((tmp_path / "b.zip.ids.json").read_bytes())
    assert beside["source"] == "trainingdata"
    report = convert_dialect(middle, last, to="trainingdata")
    assert f"old ids read from {middle}.ids.json" in report.notes
    before, after = json.loads(first.read_bytes()), json.loads(last.read_bytes())
    assert ids(after, "images") == ids(before, "images")
    shown = [[one.get(key) for key in KEYS] for one in before["annotations"] if "id" in one]
    assert [[one.get(k) for k in KEYS] for one in after["annotations"] if "id" in one] == shown


@pytest.mark.parametrize(("content", "says"), [(b"{", "no JSON: "), (b"[]", "no JSON object")])
def test_a_broken_file_beside_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(make("hasty"))
    (tmp_path / "a.json.ids.json").write_bytes(content)
    with pytest.raises(DocumentError, match=rf"a\.json\.ids\.json: .*{says}"):
        convert_dialect(path, io.BytesIO(), to="official")


# ---------------------------------------------------------------- parts of an object


def test_rows_of_one_id_are_united_and_separated_again() -> None:
    start = json.loads(make("trainingdata"))
    root, report = official(make("trainingdata"), unite_parts=True)
    first, second = root["annotations"]
    assert first["segmentation"] == [RING, OTHER]
    assert first["area"] == 62.0
    assert first["bbox"] == [1.0, 1.0, 17.0, 13.0]
    assert second["segmentation"] == [OTHER]
    assert report.changes["rows of one id, image and category united"].count == 2
    back = written(root, "trainingdata")
    assert [[one.get(key) for key in KEYS] for one in back["annotations"]] == [
        [one.get(key) for key in KEYS] for one in start["annotations"]
    ]


def test_what_differs_in_image_or_category_is_not_united() -> None:
    names = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    images = [*image(), {**image()[0], "id": 2, "file_name": "b.jpg"}]
    rows = [row(3), row(3, category_id=2), row(3, image_id=2), row(4)]
    root, _ = official(document(*rows, images=images, categories=names), unite_parts=True)
    assert len(root["annotations"]) == 4


def test_rings_and_run_lengths_unite_to_run_lengths() -> None:
    parts = [row(3, note="a"), row(3, segmentation=RLE, note="b"), row(3, segmentation=[OTHER])]
    root, report = official(document(*parts), unite_parts=True)
    (one,) = root["annotations"]
    assert isinstance(one["segmentation"], dict)
    assert read(text(root)).masks().masks.area().tolist() == [62]
    assert one["note"] == "a"
    assert list(report.lost) == ["annotation note of a part of an object"]


def test_rings_that_are_repaired_and_others_unite() -> None:
    parts = [row(3), row(3, segmentation=OTHER), row(3, segmentation=[["1", 1, 3, 1, 3, 3]])]
    root, _ = official(document(*parts), unite_parts=True)
    (one,) = root["annotations"]
    assert one["segmentation"] == [RING, OTHER, [1, 1, 3, 1, 3, 3]]


# ---------------------------------------------------------------- subsets


@pytest.mark.parametrize("key", ["subset", "split"])
def test_a_subset_that_an_image_says_survives(key: str) -> None:
    images = [
        image(**{key: "train"})[0],
        {**image()[0], "id": 2, "file_name": "b.jpg", key: "my val"},
        {**image()[0], "id": 3, "file_name": "c.jpg"},
    ]
    start = document(row(1), row(2, image_id=2), row(3, image_id=3), images=images)
    members = archive(start)
    assert sorted(name for name in members if name.endswith(".json")) == [
        "annotations/instances_default.json",
        "annotations/instances_my val.json",
        "annotations/instances_train.json",
    ]
    root, _ = official(start)
    assert root["cocodec"]["subsets"] == {"train": [1], "my val": [2], "default": [3]}
    assert [one.get(key, one.get("subset")) for one in root["images"]] == [
        "train",
        "my val",
        "default",
    ]
    del root["cocodec"]  # other tools drop what they do not know of the root
    assert archive(root).keys() == members.keys()


def test_subsets_of_two_official_files_both_hold(tmp_path: Path) -> None:
    paths = []
    for name, subset in (("a", "train"), ("b", "val")):
        root, _ = official(zipped(**{f"instances_{subset}": document(row())}))
        for one in root["images"]:
            del one["subset"]  # so that the root key has to say it
            one["file_name"] = f"{name}.jpg"
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_bytes(text(root))
    out = io.BytesIO()
    convert_dialect(paths, out, to="official")
    assert json.loads(out.getvalue())["cocodec"]["subsets"] == {"train": [1], "val": [2]}


@pytest.mark.parametrize("subset", ["../../up", "a/b", "a\\b", "..", "/etc", "a\0b"])
def test_no_subset_leads_out_of_the_archive(subset: str) -> None:
    members = archive(document(row(), images=image(subset=subset)))
    for name in members:
        assert ".." not in name.split("/")
        assert name.count("/") == (2 if name.startswith("images/") else 1)
        assert "\\" not in name
        assert "\0" not in name


def test_two_data_sets_in_one_zip_stay_two() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for folder in ("one", "two"):
            name = f"{folder}/annotations/instances_train.json"
            file.writestr(name, text(document(row())))
    root, _ = official(stream.getvalue())
    assert len(root["images"]) == 2
    assert len(root["annotations"]) == 2


def test_images_of_one_name_in_one_subset_share_no_picture(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"whose?")
    images = [*image(), {**image()[0], "id": 2}]
    out = io.BytesIO()
    source = text(document(row(), row(2, image_id=2), images=images))
    report = convert_dialect(source, out, to="cvat", images=tmp_path)
    assert "pictures of several images of one name in one subset" in report.lost
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as file:
        assert "images/default/a.jpg" not in file.namelist()


# ---------------------------------------------------------------- CVAT's seven tasks

ALL = ("instances", "person_keypoints", "stuff", "panoptic", "captions", "labels", "image_info")


def everything() -> dict[str, Any]:
    points = {"keypoints": [2, 2, 2, 5, 5, 0], "num_keypoints": 1}
    return document(
        row(1),
        row(2, segmentation=[OTHER], bbox=[15, 10, 3, 4], area=12.0, **points),
        row(3, segmentation=[], bbox=[20, 1, 3, 4]),
        {"id": 4, "image_id": 1, "caption": "x"},
        {"id": 5, "image_id": 1, "category_id": 1},
    )


def test_all_seven_tasks_can_be_written() -> None:
    pytest.importorskip("PIL.Image")
    members = archive(everything(), tasks=ALL)
    rows = {name: root["annotations"] for name, root in members.items() if name.endswith(".json")}
    assert {name: [one.get("id") for one in found] for name, found in rows.items()} == {
        "annotations/instances_default.json": [1, 2, 3],
        "annotations/person_keypoints_default.json": [2],
        "annotations/captions_default.json": [4],
        "annotations/labels_default.json": [5],
        "annotations/stuff_default.json": [1, 2],
        "annotations/panoptic_default.json": [None],
        "annotations/image_info_default.json": [],
    }
    assert "annotations/panoptic_default/a.png" in members
    assert "images/default/" in members
    stuff = rows["annotations/stuff_default.json"]
    assert all(isinstance(one["segmentation"]["counts"], list) for one in stuff)
    assert isinstance(rows["annotations/instances_default.json"][0]["segmentation"], list)
    (picture,) = rows["annotations/panoptic_default.json"]
    assert [(one["id"], one["area"]) for one in picture["segments_info"]] == [(1, 50.0), (2, 12.0)]


def test_only_the_tasks_asked_for_are_written_and_the_rest_is_listed() -> None:
    out = io.BytesIO()
    options = DialectOptions(tasks=("stuff",))
    report = convert_dialect(text(everything()), out, to="cvat", options=options)
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as file:
        assert file.namelist() == ["annotations/stuff_default.json", "images/default/"]
    assert report.annotations == 2
    assert set(report.lost) == {
        "keypoints, whose task is not asked for",
        "rows that could be instances, which is not asked for",
        "rows that could be captions, which is not asked for",
        "rows that could be labels, which is not asked for",
    }
    with pytest.raises(ValueError, match="tasks has 'nonsense', expected some of: instances"):
        DialectOptions(tasks=("nonsense",))


def test_rows_go_back_to_the_tasks_that_they_came_from() -> None:
    pytest.importorskip("PIL.Image")
    other = row(7, segmentation=[OTHER], bbox=[15, 10, 3, 4], area=12)
    source = zipped(
        instances_a=document(row(5)),
        stuff_a=document({**other, "iscrowd": 0}),
        panoptic_b=panoptic(7),
        **{"annotations/panoptic_b/a.png": squares()},
    )
    root, _ = official(source)
    assert root["cocodec"]["tasks"] == {"stuff": [7], "panoptic": [1]}
    members = archive(root)
    assert sorted(members) == [
        "annotations/instances_a.json",
        "annotations/panoptic_b.json",
        "annotations/panoptic_b/a.png",
        "annotations/stuff_a.json",
        "images/a/",
        "images/b/",
    ]


def test_segments_say_what_is_left_to_be_seen_of_them() -> None:
    pytest.importorskip("PIL.Image")
    over = [6.0, 1.0, 11.0, 1.0, 11.0, 6.0, 6.0, 6.0]
    rows = [row(1), row(2, segmentation=[over], bbox=[6, 1, 5, 5]), row(3, bbox=BOX)]
    for kept, expected in ((2, [(1, 25.0), (2, 25.0)]), (3, [(3, 50.0)])):
        members = archive(document(*rows[:kept]), tasks=("panoptic",))
        found = members["annotations/panoptic_default.json"]["annotations"][0]["segments_info"]
        assert [(one["id"], one["area"]) for one in found] == expected


# ---------------------------------------------------------------- what official readers open


def test_a_panoptic_file_with_its_folder_beside_becomes_objects(tmp_path: Path) -> None:
    pytest.importorskip("PIL.Image")
    path = tmp_path / "panoptic_val.json"
    path.write_bytes(text(panoptic(7)))
    out = io.BytesIO()
    assert convert_dialect(path, out, to="official").target == "official panoptic"
    (tmp_path / "panoptic_val").mkdir()
    report = convert_dialect(path, io.BytesIO(), to="official")
    assert report.target == "official panoptic"
    assert [note for note in report.notes if note.startswith("it stays panoptic: ")]
    (tmp_path / "panoptic_val" / "a.png").write_bytes(squares())
    out = io.BytesIO()
    assert convert_dialect(path, out, to="official").target == "official"
    assert read(out.getvalue()).masks().masks.area().tolist() == [50]


@pytest.mark.parametrize("side", [20.0, "20"])
def test_sides_become_integers(side: Any) -> None:
    root, _ = official(document(row(), images=image(height=side)))
    assert type(root["images"][0]["height"]) is int
    assert root["images"][0]["height"] == 20


def test_what_nothing_draws_is_a_mask_without_a_pixel() -> None:
    unseen = {"id": 1, "image_id": 1, "category_id": 1, "keypoints": [0, 0, 0], "num_keypoints": 0}
    root, report = official(document(unseen))
    (one,) = root["annotations"]
    assert one["segmentation"] == {"size": [20, 30], "counts": "hb0"}
    assert (one["bbox"], one["area"]) == ([0, 0, 0, 0], 0)
    assert "objects that nothing draws given a mask without a pixel" in report.changes


def test_boxes_with_an_angle_become_boxes() -> None:
    turned = [6.0, 3.5, 10.0, 5.0, 0.0]
    root, _ = official(document(row(segmentation=[], bbox=turned), row(2, bbox=turned)))
    first, second = root["annotations"]
    assert first["segmentation"] == [RING]
    assert first["bbox"] == second["bbox"] == [1, 1, 10, 5]
    assert first["rotated_bbox"] == turned
    root, _ = official(document(row(segmentation=[], bbox=[10, 10, 10.0, 5.0, 90.0])))
    assert root["annotations"][0]["bbox"] == pytest.approx([7.5, 5, 5, 10])


def test_images_of_one_name_in_two_subsets_are_told_apart_and_called_back() -> None:
    source = zipped(instances_train=document(row()), instances_val=document(row()))
    root, _ = official(source)
    assert [one["file_name"] for one in root["images"]] == ["train/a.jpg", "val/a.jpg"]
    members = archive(root)
    for subset in ("train", "val"):
        images = members[f"annotations/instances_{subset}.json"]["images"]
        assert [one["file_name"] for one in images] == ["a.jpg"]


@pytest.mark.parametrize("subsets", [("train", "val"), ("train", "val", "test")], ids=str)
def test_captions_of_images_of_one_name_come_back_to_their_subsets(
    subsets: tuple[str, ...], tmp_path: Path
) -> None:
    caption = {"id": 1, "image_id": 1, "caption": "x"}
    tasks: dict[str, Any] = {f"instances_{one}": document(row(1)) for one in subsets}
    tasks |= {f"captions_{one}": document({**caption, "caption": f"of {one}"}) for one in subsets}
    convert_dialect(zipped(**tasks), tmp_path / "a.json", to="official")
    convert_dialect(
        [tmp_path / "a.json", tmp_path / "a.captions.json"], tmp_path / "b.zip", to="cvat"
    )
    with zipfile.ZipFile(tmp_path / "b.zip") as file:
        for one in subsets:
            root = json.loads(file.read(f"annotations/captions_{one}.json"))
            assert [row["caption"] for row in root["annotations"]] == [f"of {one}"]


def test_sizes_are_read_from_the_pictures_of_the_subset(tmp_path: Path) -> None:
    pytest.importorskip("PIL.Image")
    bare = [{"id": 1, "file_name": "a.jpg"}]
    source = zipped(
        instances_train=document(row(), images=bare), instances_val=document(row(), images=bare)
    )
    for subset, height in (("train", 20), ("val", 21)):
        (tmp_path / subset).mkdir()
        (tmp_path / subset / "a.jpg").write_bytes(png([[0] * 30] * height))
    out = io.BytesIO()
    convert_dialect(source, out, to="official", images=tmp_path)
    assert [one["height"] for one in json.loads(out.getvalue())["images"]] == [20, 21]


def test_the_limit_of_unpacking_holds_for_several_inputs(tmp_path: Path) -> None:
    paths = [tmp_path / "a.zip", tmp_path / "b.zip"]
    for path in paths:
        path.write_bytes(zipped(instances_a=document(row())))
    with pytest.raises(DocumentError, match="unzip_limit"):
        convert_dialect(paths, io.BytesIO(), to="official", unzip_limit=10)
    convert_dialect(paths, io.BytesIO(), to="official", unzip_limit=10_000)


@pytest.mark.parametrize("number", [0, -3, 2**63, 2**70])
def test_no_id_comes_back_that_datumaro_does_not_take(number: int) -> None:
    given = document(
        row(number, image_id=number, category_id=number),
        row(7, image_id=number, category_id=5),
        images=image(id=number),
        categories=[{"id": number, "name": "a"}, {"id": 5, "name": "b"}],
        licenses=[{"name": "", "id": 0, "url": ""}],
    )
    source = zipped(instances_train=given)
    between = written(source, "official")
    assert between["cocodec"]["source"] == "cvat"
    (back,) = (root for name, root in archive(between).items() if name.endswith(".json"))
    for table in ("annotations", "categories"):
        assert all(0 < one < 2**63 for one in ids(back, table))
        assert len(set(ids(back, table))) == 2
    assert all(abs(one) < 2**63 for one in ids(back, "images"))
    names = {one["id"]: one["name"] for one in back["categories"]}
    assert [names[one["category_id"]] for one in back["annotations"]] == ["a", "b"]


# ---------------------------------------------------------------- documents of a list


def unit(name: str, categories: dict[int, str], rows: list[tuple[int, int]], images: int) -> Any:
    """A document of Encord's platform: ids count from 0 in each; `rows`: category and image."""
    return {
        "info": dict.fromkeys(
            ("description", "contributor", "date_created", "url", "version", "year")
        ),
        "categories": [
            {"supercategory": "polygon", "id": i, "name": n} for i, n in categories.items()
        ],
        "images": [
            {"coco_url": "", "id": i, "file_name": f"{name}/{i}.jpg", "height": 30, "width": 40}
            for i in range(images)
        ],
        "annotations": [
            {
                "area": 48.0,
                "bbox": [1.0, 1.0, 8.0, 6.0],
                "category_id": category,
                "image_id": number,
                "iscrowd": 0,
                "segmentation": [[1.0, 1.0, 9.0, 1.0, 9.0, 7.0, 1.0, 7.0]],
                "keypoints": None,
                "num_keypoints": None,
                "id": i,
                "attributes": {"track_id": i, "classifications": {}, "manual_annotation": True},
            }
            for i, (category, number) in enumerate(rows)
        ],
    }


def said(documents: Any) -> list[Any]:
    """What documents list and refer to, whatever the order of their images."""
    return [
        (
            [(one["id"], one["name"]) for one in root["categories"]],
            sorted((one["id"], one["file_name"]) for one in root["images"]),
            [(one["id"], one["image_id"], one["category_id"]) for one in root["annotations"]],
        )
        for root in documents
    ]


UNITS = [
    unit("a", {1: "cat", 2: "dog"}, [(1, 0), (2, 0)], 1),
    unit("b", {1: "dog", 2: "cat"}, [(1, 0), (2, 0)], 1),
    unit("c", {1: "bird", 5: "dog"}, [(1, 0), (5, 1), (1, 2)], 3),
    unit("d", {1: "cat", 2: "dog"}, [], 1),
    unit("e", {1: "cat", 2: "dog"}, [], 0),
]


def test_documents_come_back_with_their_own_numbers() -> None:
    between = written(UNITS, "official")
    assert len(between["categories"]) == 3
    assert said(written(between, "encord-list")) == said(UNITS)
    again = written(written(between, "official"), "official")
    assert said(written(again, "encord-list")) == said(UNITS)


def test_documents_come_back_by_a_file_beside(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_bytes(text(UNITS))
    between, back = tmp_path / "official.json", tmp_path / "back.json"
    convert_dialect(tmp_path / "list.json", between, to="official", ids="sidecar")
    root = json.loads(between.read_bytes())
    del root["cocodec"]
    between.write_bytes(text(root))
    convert_dialect(between, back, to="encord-list", dialect="official")
    assert said(json.loads(back.read_bytes())) == said(UNITS)


def test_what_is_new_has_a_place_in_the_documents() -> None:
    """A row of another category than its document listed, and an image that no document had."""
    between = written(UNITS, "official")
    names = {one["name"]: one["id"] for one in between["categories"]}
    between["annotations"][0]["category_id"] = names["bird"]
    between["images"].append({"id": 900, "file_name": "new.jpg", "height": 9, "width": 9})
    back = written(between, "encord-list")
    assert len(back) == len(UNITS) + 1
    listed = {one["id"]: one["name"] for one in back[0]["categories"]}
    assert [listed[one["category_id"]] for one in back[0]["annotations"]] == ["bird", "dog"]
    assert said(back[1:5]) == said(UNITS[1:])
    assert back[5]["images"][0]["file_name"] == "new.jpg"


def test_documents_that_are_alike_leave_nothing_to_be_kept() -> None:
    alike = [unit(name, {1: "cat", 2: "dog"}, [(2, 0)], 1) for name in "ab"]
    between = written(alike, "official")
    assert not {"documents", "numberings"} & between["cocodec"].keys()
    assert said(written(between, "encord-list")) == said(alike)


def test_lists_that_are_not_encord_s_keep_no_documents() -> None:
    """Nothing writes them as lists again."""
    listed = [
        document(row(), categories=[{"id": 1, "name": "cat"}]),
        document(row(), categories=[{"id": 1, "name": "dog"}]),
    ]
    assert not {"documents", "numberings"} & written(listed, "official")["cocodec"].keys()


@pytest.mark.parametrize(
    "mark",
    [
        {"documents": 1},
        {"documents": [{"images": [0], "categories": 7}]},
        {"documents": [{"images": 0, "categories": 0}], "numberings": [[{"was": 1, "id": 1}]]},
        {"documents": [{"images": [77], "categories": 0}], "numberings": [[{"id": 1}, 3, {}]]},
        {"documents": [{"images": [0, 0], "categories": 0}], "numberings": [{"was": []}]},
    ],
    ids=str,
)
def test_marks_of_documents_that_say_nothing(mark: Any) -> None:
    between = written([UNITS[0]], "official")
    between["cocodec"] = {"dialect": "official", "source": "encord", **mark}
    back = written(between, "encord-list")
    assert [one["id"] for root in back for one in root["images"]] == [0]
    assert sum(len(root["annotations"]) for root in back) == 2

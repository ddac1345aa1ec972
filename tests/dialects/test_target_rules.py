"""What a target's tool refuses is changed and said, or refused with a word on what to do."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cocodec import (
    DialectError,
    DialectOptions,
    DialectReport,
    Document,
    DocumentError,
    RleArray,
    convert_dialect,
    read,
)
from support.dialect_documents import (
    ODD,
    REFUSED,
    RLE,
    document,
    image,
    make,
    panoptic,
    png,
    row,
    squares,
    text,
    zipped,
)

SEEDS = ("official", "cvat", "encord", "hasty", "trainingdata")


def members(source: Any, **options: Any) -> tuple[dict[str, Any], DialectReport]:
    """The JSON of an archive for CVAT by name, and the names of the rest."""
    out = io.BytesIO()
    report = convert_dialect(
        source if isinstance(source, bytes) else text(source), out, to="cvat", **options
    )
    with zipfile.ZipFile(out) as file:
        return {
            name: json.loads(file.read(name)) if name.endswith(".json") else None
            for name in file.namelist()
        }, report


def instances(source: Any, **options: Any) -> tuple[Any, DialectReport]:
    found, report = members(source, **options)
    return found["annotations/instances_default.json"], report


def encord(source: Any) -> tuple[Any, DialectReport]:
    out = io.BytesIO()
    report = convert_dialect(text(source), out, to="encord")
    return json.loads(out.getvalue()), report


# ---------------------------------------------------------------- CVAT


def test_ids_that_are_no_integers_to_datumaro_are_numbered_anew() -> None:
    huge = document(
        row(2**63, image_id=2**64, category_id=2**70),
        row(-1, image_id=2**64, category_id=2**70),
        row(8, image_id=1, category_id=2**70),
        images=[*image(id=2**64), *image(file_name="b.jpg")],
        categories=[{"id": 2**70, "name": "cat"}],
    )
    root, report = instances(huge)
    assert [one["id"] for one in root["annotations"]] == [9, 10, 8]
    assert [one["image_id"] for one in root["annotations"]] == [2, 2, 1]
    assert [one["id"] for one in root["images"]] == [2, 1]
    assert [one["id"] for one in root["categories"]] == [1]
    assert {one["category_id"] for one in root["annotations"]} == {1}
    assert report.changes["annotation ids from 2^63 on numbered anew"].count == 1
    assert report.changes["annotation ids below 1 numbered anew, 0 is no group"].count == 1
    assert report.changes["image ids from 2^63 on numbered anew"].count == 1


def test_what_was_renumbered_for_cvat_is_kept_beside_it(tmp_path: Path) -> None:
    source = document(row(2**64, image_id=2**65), images=image(id=2**65))
    target = tmp_path / "a.zip"
    convert_dialect(text(source), target, to="cvat", ids="sidecar")
    kept = json.loads((tmp_path / "a.zip.ids.json").read_bytes())
    assert kept["images"] == [{"was": 2**65, "id": 1}]
    assert kept["annotations"] == [{"row": 0, "was": 2**64, "id": 1}]


def test_no_number_is_free_above_the_highest() -> None:
    root, _ = instances(document(row(2**63 - 1), row(1), row(0), row(2**63)))
    assert [one["id"] for one in root["annotations"]] == [2**63 - 1, 1, 2, 3]


def test_categories_of_one_name_are_called_apart() -> None:
    names = ("cat", "cat", "cat_2", "cat", "dog")
    listed = [{"id": i, "name": name} for i, name in enumerate(names, 1)]
    root, report = instances(document(row(), categories=listed))
    assert [one["name"] for one in root["categories"]] == ["cat", "cat_3", "cat_2", "cat_4", "dog"]
    found = report.changes["categories of one name called apart"]
    assert (found.count, str(found.first[0])) == (2, "categories row 1, id 2")


def test_images_of_one_name_are_called_apart_and_get_no_picture(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg", "b.png"):
        (tmp_path / name).write_bytes(name.encode())
    names = ("a.jpg", "a.jpg", "b.jpg", "b.png", "a_1.jpg")
    images = [one for i, name in enumerate(names, 1) for one in image(id=i, file_name=name)]
    found, report = members(document(row(), images=images), images=tmp_path)
    root = found["annotations/instances_default.json"]
    written = [one["file_name"] for one in root["images"]]
    assert written == ["a_1_.jpg", "a_2.jpg", "b.jpg", "b_4.png", "a_1.jpg"]
    assert [name for name in found if name.startswith("images/default/b")] == [
        "images/default/b.jpg",
        "images/default/b_4.png",
    ]
    assert not [name for name in found if name.startswith("images/default/a")]
    assert report.lost["pictures of several images of one name in one subset"].count == 2
    assert report.lost[f"images that are not in {tmp_path}"].count == 1


@pytest.mark.parametrize(
    "name, made",
    [
        ("/data/a.jpg", "data/a.jpg"),
        ("../../a.jpg", "a.jpg"),
        ("C:\\x\\a.jpg", "x/a.jpg"),
        ("x\\a.jpg", "x/a.jpg"),
        ("c:a.jpg", "a.jpg"),
        ("/..", "1.jpg"),
        (".", "1.jpg"),
        ("x/", "x"),
        ("x//./b.jpg", "x/b.jpg"),
        ("https://x.y/a.jpg", "https:/x.y/a.jpg"),
        ("x/a.b.jpg", "x/a.b.jpg"),
    ],
)
def test_file_names_stay_in_the_folder(name: str, made: str, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.jpg").write_bytes(b"picture")
    found, report = members(document(row(), images=image(file_name=name)), images=tmp_path)
    assert found["annotations/instances_default.json"]["images"][0]["file_name"] == made
    said = "file_names that lead elsewhere made names in a folder"
    assert (said in report.changes) == (name != made)
    assert ("images/default/x/a.jpg" in found) == (name == "x\\a.jpg")


def test_scores_are_numbers() -> None:
    scores = ("0.5", None, [0.5], "high", 1)
    root, report = instances(document(*(row(i, score=s) for i, s in enumerate(scores, 1))))
    found = [one.get("score") for one in root["annotations"]]
    assert found == [0.5, None, None, None, 1]
    assert report.changes["scores that are texts made numbers"].count == 1
    assert report.lost["scores that are no numbers"].count == 2


def test_captions_are_texts() -> None:
    said = ("x", 5, None, ["y"])
    rows = [{"id": i, "image_id": 1, "caption": one} for i, one in enumerate(said, 1)]
    found, report = members(document(row(9), *rows))
    captions = found["annotations/captions_default.json"]["annotations"]
    assert [one["caption"] for one in captions] == ["x", "5"]
    assert report.lost["captions that are no texts"].count == 2


def test_keypoints_are_hidden_covered_or_seen() -> None:
    points = [2, 2, 3, 5, 5, -1, 6, 6, 1.5, 7, 7, 2.0]
    found, report = members(document(row(keypoints=points, num_keypoints=3)))
    (one,) = found["annotations/person_keypoints_default.json"]["annotations"]
    assert one["keypoints"] == [2, 2, 2, 5, 5, 0, 6, 6, 1, 7, 7, 2]
    assert report.changes["visibilities of keypoints made 0, 1 or 2"].count == 1


def test_categories_have_a_name() -> None:
    listed = [{"id": 1, "name": ""}, {"id": 2, "name": ""}, {"id": 3, "name": "category 2"}]
    root, _ = instances(document(row(), categories=listed))
    names = [one["name"] for one in root["categories"]]
    assert names == ["category 1", "category 2", "category 2_2"]


def test_masks_of_another_size_are_refused_and_told_what_to_do() -> None:
    small = {"size": [10, 15], "counts": [0, 50, 100]}
    source = document(row(segmentation=small), row(2))
    with pytest.raises(DialectError, match=r"10 x 15, its image of 20 x 30.*--fit-sizes"):
        instances(source)
    root, _ = instances(source, on_error="skip")
    assert [one["id"] for one in root["annotations"]] == [2]
    root, _ = instances(source, options=DialectOptions(fit_sizes=True))
    assert root["annotations"][0]["segmentation"]["size"] == [20, 30]


def test_boxes_with_an_angle_keep_their_object() -> None:
    root, _ = instances(document(row(bbox=[6, 3.5, 10, 5, 0])))
    assert root["annotations"][0]["bbox"] == [1.0, 1.0, 10.0, 5.0]


def test_an_archive_of_nothing_has_a_document() -> None:
    found, _ = members({"images": [], "annotations": [], "categories": []})
    assert found["annotations/image_info_default.json"]["annotations"] == []


@pytest.mark.parametrize("what", ["id", "name", "image", "path", "size", "none"])
def test_archives_that_datumaro_refuses_are_written_anew(what: str) -> None:
    with zipfile.ZipFile(io.BytesIO(make("cvat"))) as file:
        root = json.loads(file.read("annotations/instances_train.json"))
    if what == "id":
        root["annotations"][0]["id"] = 0
    elif what == "name":
        root["categories"].append({**root["categories"][0], "id": 7})
    elif what == "image":
        root["images"].append({**root["images"][0], "id": 8, "file_name": "a.png"})
    elif what == "path":
        root["images"][0]["file_name"] = "..\\a.jpg"
    elif what == "size":
        root["annotations"][2]["segmentation"] = {"size": [20, 31], "counts": [40, 20, 560]}
    source = zipped(instances_train=root, **{"images/train/a.jpg": b""})
    _, report = members(source, on_error="skip")
    assert (report.notes == ["it is in this dialect already: copied as it is"]) == (what == "none")


def test_an_archive_without_a_folder_of_images_is_written_anew() -> None:
    """Datumaro refuses it; so does it where only another data set of the zip has one."""
    with zipfile.ZipFile(io.BytesIO(make("cvat"))) as file:
        own = {name: file.read(name) for name in file.namelist() if name.endswith(".json")}
    copied = ["it is in this dialect already: copied as it is"]
    for more, notes in (({}, None), ({"images/a.jpg": b""}, copied), ({"x/images/a": b""}, None)):
        found, report = members(zipped(**own, **more))
        assert (report.notes == copied) == (notes == copied)
        assert any(name.startswith("images/") for name in found)


@pytest.mark.parametrize("to", ["official", "encord", "encord-list", "hasty", "trainingdata"])
def test_images_of_one_name_in_two_subsets_share_no_picture(to: Any) -> None:
    parts = {
        f"annotations/instances_{subset}.json": text(
            document(row(k, image_id=k), images=[{**image()[0], "id": k}])
        )
        for k, subset in enumerate(("fit", "held out"), 1)
    }
    out = io.BytesIO()
    report = convert_dialect(zipped(**parts), out, to=to)
    names = [one["file_name"] for one in read(out.getvalue()).images]
    assert names == ["fit/a.jpg", "held out/a.jpg"]
    assert report.changes["file_names that two subsets have given the subset's folder"].count == 2


# ---------------------------------------------------------------- Encord


def test_encord_gets_four_numbers_and_a_shape_of_everything() -> None:
    unseen = {"id": 3, "image_id": 1, "category_id": 2, "keypoints": [0, 0, 0]}
    root, report = encord(
        document(
            row(bbox=[6, 3.5, 10, 5, 0]),
            row(2, segmentation=[], bbox=[6, 3, 4, 4, 45]),
            unseen,
            {"id": 4, "image_id": 1, "category_id": 3, "segmentation": []},
            row(5, category_id=3, segmentation=[[1, 1, 5, 1]]),
            categories=[{"id": i, "name": str(i)} for i in (1, 2, 3)],
        )
    )
    rows = root["annotations"]
    assert [len(one["bbox"]) for one in rows] == [4] * 5
    assert [one["bbox"] for one in rows[2:4]] == [[0.0] * 4] * 2
    assert rows[0]["bbox"] == [1.0, 1.0, 10.0, 5.0]
    assert rows[0]["rotated_bbox"] == [6, 3.5, 10, 5, 0]
    assert len(rows[1]["segmentation"][0]) == 8
    assert all(isinstance(one["area"], float) for one in rows)
    assert [type(one["segmentation"]) for one in rows] == [list, list, list, dict, dict]
    assert report.changes["objects that nothing draws given a mask without a pixel"].count == 2


EMPTY = {"size": [20, 30], "counts": [600]}


@pytest.mark.parametrize(
    "bare",
    [
        {"segmentation": [[1, 1, 5, 1]]},
        {"segmentation": EMPTY},
        {"bbox": None},
        {"segmentation": [[40.5, 1.5, 41.5, 1.5, 41.5, 5.5], [42.5, 1.5, 43.5, 1.5, 43.5, 5.5]]},
    ],
    ids=str,
)
def test_encord_polygons_without_a_pixel_are_rings(bare: dict[str, Any]) -> None:
    """Its importer traces RLE, and fails where there is nothing to trace."""
    listed = [{"id": 1, "name": "a", "supercategory": "polygon"}]
    empty = {**row(2), "segmentation": [], **bare}
    root, _ = encord(document(row(), empty, categories=listed))
    one, two = root["annotations"]
    assert root["categories"][0]["supercategory"] == "polygon"
    assert one["segmentation"] == [[1.0, 1.0, 11.0, 1.0, 11.0, 6.0, 1.0, 6.0]]
    assert len(two["segmentation"][0]) == 6
    assert two["iscrowd"] == 0
    assert read(text(root)).masks().masks.area().tolist() == [50, 0]


@pytest.mark.parametrize("other", [{}, {"segmentation": RLE}], ids=["polygon", "bitmask"])
@pytest.mark.parametrize(
    "points",
    [
        {"keypoints": [5.5, 6.5, 2], "num_keypoints": 1, "bbox": [5.5, 6.5, 0, 0]},
        {"keypoints": [2, 2, 2, 9, 5, 2], "num_keypoints": 2},
        {"keypoints": [0, 0, 0]},
    ],
    ids=["point", "skeleton", "unseen"],
)
def test_encord_draws_points_of_a_category_that_has_masks(
    points: dict[str, Any], other: dict[str, Any]
) -> None:
    """Its importer takes RLE alone for a bitmask, and rings of three points for a polygon."""
    bare = {"id": 2, "image_id": 1, "category_id": 1, "segmentation": [], **points}
    root, report = encord(document(row(**other), bare))
    (shape,) = (one["supercategory"] for one in root["categories"])
    was_drawn = [what for what in report.changes if "without a pixel" in what or "points" in what]
    drawn, pointed = root["annotations"]
    assert pointed["keypoints"] == points["keypoints"]
    if shape == "bitmask":
        assert isinstance(pointed["segmentation"]["counts"], str)
        assert pointed["iscrowd"] == 1
    elif len(points["keypoints"]) > 3:
        assert len(pointed["segmentation"][0]) == 8
    else:
        assert pointed["segmentation"] == [points["keypoints"][:2]]
    is_point = pointed["segmentation"] == [points["keypoints"][:2]]
    assert len(was_drawn) == (0 if is_point else 1)
    assert isinstance(drawn["segmentation"], dict if other else list)


@pytest.mark.parametrize("to", ["encord", "encord-list"])
@pytest.mark.parametrize("size", [{}, {"height": 0, "width": 30}, {"height": None, "width": 3}])
def test_encord_needs_sizes_whatever_is_in_the_images(to: Any, size: dict[str, Any]) -> None:
    bare = [{"id": 1, "file_name": "a.jpg", **size}]
    for rows in ((), (row(segmentation=[]),)):
        with pytest.raises(
            DialectError, match=r"images row 0, id 1: no height and width.*--images"
        ):
            convert_dialect(text(document(*rows, images=bare)), io.BytesIO(), to=to)


@pytest.mark.parametrize(
    "shape, value, copied",
    [
        ("polygon", [[1, 1, 9, 1, 9, 9]], True),
        ("polygon", RLE, True),
        ("bitmask", RLE, True),
        ("bitmask", [[1, 1, 9, 1, 9, 9]], False),
        ("polygon", [[1, 1, 9, 1]], False),
        ("polygon", [], False),
        ("bounding_box", [], True),
    ],
)
def test_encord_files_are_copied_only_if_its_importer_takes_them(
    shape: str, value: Any, copied: bool
) -> None:
    root = json.loads(make("encord"))
    root["categories"][0]["supercategory"] = shape
    root["annotations"] = [{**root["annotations"][0], "segmentation": value}]
    _, report = encord(root)
    assert (report.notes == ["it is in this dialect already: copied as it is"]) == copied


@pytest.mark.parametrize("to", ["encord", "encord-list"])
@pytest.mark.parametrize("sign", ["licenses", "supercategory"])
def test_official_files_with_habits_of_encord_are_no_encord_files(to: Any, sign: str) -> None:
    root = json.loads(make("encord"))
    if sign == "licenses":
        root["licenses"] = []
    else:
        root["categories"][0]["supercategory"] = "animal"
    out = io.BytesIO()
    report = convert_dialect(text([root] if to == "encord-list" else root), out, to=to)
    assert report.source == "encord"
    assert "it is in this dialect already: copied as it is" not in report.notes
    written = json.loads(out.getvalue())
    written = written[0] if to == "encord-list" else written
    assert "licenses" not in written
    assert all(one["supercategory"] != "animal" for one in written["categories"])


# ---------------------------------------------------------------- official


def test_files_without_objects_are_called_what_they_are(tmp_path: Path) -> None:
    caption = {"id": 1, "image_id": 1, "caption": "x"}
    label = {"id": 2, "image_id": 1, "category_id": 1}
    report = convert_dialect(text(document(caption, label)), tmp_path / "a.json", to="official")
    assert report.target == "official captions and labels"
    assert [note.partition(":")[0] for note in report.notes] == [
        "captions are no objects",
        "labels are no objects",
    ]
    root = json.loads((tmp_path / "a.json").read_bytes())
    assert [one["id"] for one in root["annotations"]] == [1, 2]


def test_parts_of_captions_do_not_excuse_objects_without_a_size(tmp_path: Path) -> None:
    bare = [{"id": 1, "file_name": "a.jpg"}]
    source = zipped(
        captions_a=document({"id": 1, "image_id": 1, "caption": "x"}, images=bare),
        instances_a=document(row(segmentation=[]), images=bare),
    )
    with pytest.raises(DialectError, match="no height and width"):
        convert_dialect(source, tmp_path / "out", to="official", split=True)


ANSWER = {"value": "yes", "name": "seen", "image_id": 1}


@pytest.mark.parametrize("rows", [[], [ANSWER]], ids=str)
def test_images_without_a_size_and_objects_are_refused(rows: list[Any], tmp_path: Path) -> None:
    """Sahi takes no such file, and nothing else is called what it is."""
    bare = [{"id": 1, "file_name": "a.jpg"}]
    source = text(document(*rows, images=bare))
    with pytest.raises(DialectError, match=r"no height and width.*--images FOLDER"):
        convert_dialect(source, tmp_path / "out.json", to="official")
    (tmp_path / "a.jpg").write_bytes(png([[0] * 30] * 20))
    convert_dialect(source, tmp_path / "out.json", to="official", images=tmp_path)
    (image,) = json.loads((tmp_path / "out.json").read_bytes())["images"]
    assert (image["height"], image["width"]) == (20, 30)


def test_official_files_that_keep_old_ids_are_known_as_ours() -> None:
    """Also those of versions that did not say so, whatever habits their rows have."""
    ids = {"annotations": [{"row": 0, "was": "x", "id": 1}]}
    hasty = document(row(segmentation=RLE))
    assert read(text(hasty)).dialect.name == "hasty"
    assert read(text({**hasty, "cocodec": {"ids": ids}})).dialect.name == "official"


# ---------------------------------------------------------------- what is written keeps the rules


@pytest.mark.parametrize("name", [*ODD, *REFUSED, *SEEDS])
@pytest.mark.parametrize("to", ["cvat", "encord", "encord-list", "hasty", "trainingdata"])
def test_what_is_written_is_copied_from_then_on(to: Any, name: str) -> None:
    """Whatever it was made of: the target's rules hold for all of it."""
    if (to, name) == ("encord-list", "nothing at all"):
        pytest.skip("a list of no documents is of no dialect")
    made = {**ODD, **REFUSED, **{seed: make(seed) for seed in SEEDS}}[name]
    source = made() if callable(made) else made
    once, twice = io.BytesIO(), io.BytesIO()
    convert_dialect(source if isinstance(source, bytes) else text(source), once, to=to)
    dialect: Any = to.removesuffix("-list")
    report = convert_dialect(once.getvalue(), twice, to=to, dialect=dialect)
    assert "it is in this dialect already: copied as it is" in report.notes
    assert once.getvalue() == twice.getvalue()


def test_panoptic_parts_of_a_zip_are_read_and_other_tasks_stay() -> None:
    pytest.importorskip("PIL.Image")
    source = zipped(
        instances_a=document(row(5)),
        panoptic_a=panoptic(7, 9),
        **{"annotations/panoptic_a/a.png": squares(7, 9)},
    )
    found = Document.from_panoptic(source)
    assert [one.get("segment_id") for one in found.annotations] == [None, 7, 9]
    assert found.annotations[0]["id"] == 5
    assert found.masks().has_mask.all()
    assert [found.parts[i].name for i in found.annotations.part] == [
        *["annotations/instances_a.json", "annotations/panoptic_a.json"],
        "annotations/panoptic_a.json",
    ]
    with pytest.raises(DocumentError, match="not panoptic"):
        Document.from_panoptic(zipped(instances_a=document(row(5))))


# ------------------------------------------------------------ masks of another size than their
# image: torchvision cannot stack them, CVAT and Encord take none

TARGETS = ("official", "cvat", "encord", "encord-list", "hasty", "trainingdata")
SMALL = {"size": [10, 15], "counts": [0, 50, 100]}


@pytest.mark.parametrize("spelling", ["list", "string"])
@pytest.mark.parametrize("to", TARGETS)
def test_no_target_has_a_mask_of_another_size_than_its_image(to: Any, spelling: str) -> None:
    small = SMALL if spelling == "list" else RleArray.from_coco([SMALL]).to_coco("str")[0]
    source = text(document(row(segmentation=small), row(2)))
    told = r"10 x 15, its image of 20 x 30: --fit-sizes cuts it"
    with pytest.raises(DialectError, match=told) as raised:
        convert_dialect(source, io.BytesIO(), to=to)
    assert [place.id for place, _ in raised.value.report.refused] == [1]
    out = io.BytesIO()
    report = convert_dialect(source, out, to=to, on_error="skip")
    assert (report.annotations, len(report.refused)) == (1, 1)
    out = io.BytesIO()
    convert_dialect(source, out, to=to, options=DialectOptions(fit_sizes=True))
    masks = read(out.getvalue()).masks()
    assert masks.masks.sizes.tolist() == [[20, 30]] * 2
    assert masks.masks.area().tolist()[0] == 50


def test_a_mask_of_another_size_is_wrong_in_its_tools_own_file_too() -> None:
    for to in ("encord", "hasty"):
        out = io.BytesIO()
        convert_dialect(text(document(row(segmentation=RLE))), out, to=to)
        root = json.loads(out.getvalue())
        root["annotations"][0]["segmentation"] = RleArray.from_coco([SMALL]).to_coco("str")[0]
        with pytest.raises(DialectError, match="its image of 20 x 30"):
            convert_dialect(text(root), io.BytesIO(), to=to)


def test_a_mask_whose_sides_are_swapped_is_not_only_to_be_cut() -> None:
    turned = {"size": [30, 20], "counts": [0, 600]}
    with pytest.raises(DialectError, match="check --fix may swap its sides, --fit-sizes cuts it"):
        convert_dialect(text(document(row(segmentation=turned))), io.BytesIO(), to="official")


def test_of_an_image_without_a_size_the_first_mask_says_it() -> None:
    whole = {"size": [20, 30], "counts": [0, 600]}
    unsized = document(row(segmentation=whole), row(2, segmentation=SMALL))
    unsized["images"] = [{"id": 1, "file_name": "1.jpg"}]
    with pytest.raises(DialectError, match="10 x 15, its image of 20 x 30"):
        convert_dialect(text(unsized), io.BytesIO(), to="official")


@pytest.mark.parametrize("to", TARGETS)
def test_boxes_in_images_without_a_size_are_not_lost_quietly(to: Any, tmp_path: Path) -> None:
    """Results of boxes only: the sizes are asked for where a mask or a ring is to be made."""
    pillow = pytest.importorskip("PIL.Image")
    results = text([{"image_id": 1, "category_id": 1, "bbox": [1, 1, 10, 5], "score": 0.5}])
    if to == "cvat":  # boxes are boxes there
        assert convert_dialect(results, io.BytesIO(), to=to).annotations == 1
    else:
        with pytest.raises(DialectError, match=r"no height and width.*--images FOLDER"):
            convert_dialect(results, io.BytesIO(), to=to)
    pillow.new("L", (30, 20)).save(tmp_path / "1.jpg")
    out = io.BytesIO()
    assert convert_dialect(results, out, to=to, images=tmp_path).annotations == 1

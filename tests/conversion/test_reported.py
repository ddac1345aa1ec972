"""What people's own files showed, each kind once more: the right result, or what to do."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec
from cocodec.conversion.dialect import DialectError, convert_dialect
from cocodec.conversion.mask_spelling import RefusedError
from cocodec.dialects import DialectOptions
from cocodec.inspection.info import describe
from cocodec.masks.rle_array import RleArray

RING = [[4, 5, 14, 5, 14, 13, 4, 13]]


def row(id: int = 1, **values: Any) -> dict[str, Any]:
    return {
        **{"id": id, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 80},
        **{"bbox": [4, 5, 10, 8], "segmentation": RING},
        **values,
    }


def document(*rows: Any, **root: Any) -> dict[str, Any]:
    images = [{"id": 1, "width": 40, "height": 30, "file_name": "a.jpg"}]
    categories = [{"id": 1, "name": "leaf"}]
    return {"images": images, "annotations": list(rows), "categories": categories, **root}


def text(root: Any) -> bytes:
    return json.dumps(root).encode()


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def official(root: Any, **options: Any) -> tuple[Any, Any]:
    out = io.BytesIO()
    report = convert_dialect(text(root), out, to="official", options=DialectOptions(**options))
    return json.loads(out.getvalue()), report


def spelled(root: Any, to: Any = "rle", **options: Any) -> tuple[Any, Any]:
    out = io.BytesIO()
    report = cocodec.convert(root if isinstance(root, bytes) else text(root), out, to=to, **options)
    return json.loads(out.getvalue()), report


# ------------------------------------------------------------ results that name files


def test_results_that_name_files_make_an_image_a_file() -> None:
    rle = {"size": [30, 40], "counts": [120, 80, 1000]}
    rows = [{"file_name": name, "category_id": 1, "segmentation": rle} for name in "abca"]
    made, report = official(rows)
    assert [image["file_name"] for image in made["images"]] == ["a", "b", "c"]
    ids = [image["id"] for image in made["images"]]
    assert [one["image_id"] for one in made["annotations"]] == [*ids, ids[0]]
    assert report.changes["images made from the file_names of rows"].count == 3


def test_results_that_name_nothing_are_refused() -> None:
    rle = {"size": [30, 40], "counts": [120, 80, 1000]}
    with pytest.raises(DialectError, match="row 0: it names no image: there is no image_id"):
        official([{"category_id": 1, "segmentation": rle}])


# ------------------------------------------------------------ keypoints


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([[5, 6, 1], [0, 0, 0]], [5, 6, 1, 0, 0, 0]),
        ([[5, 6], [0, 0], [7, 8]], [5, 6, 2, 0, 0, 0, 7, 8, 2]),
    ],
)
def test_keypoints_in_lists_of_their_own(points: Any, expected: list[int]) -> None:
    made, _ = official(document(row(keypoints=points, num_keypoints=9)))
    (one,) = made["annotations"]
    assert one["keypoints"] == expected
    assert one["num_keypoints"] == sum(v > 0 for v in expected[2::3])


@pytest.mark.parametrize("points", [[1, 2], "x", [[1, 2, 3, 4]], None])
def test_num_keypoints_never_stays_without_keypoints(points: Any) -> None:
    made, report = official(document(row(keypoints=points, num_keypoints=3)))
    (one,) = made["annotations"]
    assert "num_keypoints" not in one
    assert not one.get("keypoints")
    assert report.changes or report.lost


# ------------------------------------------------------------ tables keyed by id


KEYED = {
    "images": {"1": {"id": 1, "width": 40, "height": 30, "file_name": "a.jpg"}},
    "annotations": {"7": row(7), "8": row(8, segmentation=[[4, 5, 14, 5, 4, 13]], area=40)},
    "categories": [{"id": 1, "name": "leaf"}],
}


def test_tables_keyed_by_id_are_read_as_rows() -> None:
    doc = cocodec.read(text(KEYED))
    assert [one["id"] for one in doc.annotations] == [7, 8]
    listed = document(*KEYED["annotations"].values())  # type: ignore[attr-defined]
    assert doc.masks().masks == cocodec.read(text(listed)).masks().masks
    assert describe(text(KEYED)).annotations == 2
    made, _ = official(KEYED)
    assert [one["id"] for one in made["annotations"]] == [7, 8]
    out = io.BytesIO()
    doc.write(out)
    assert out.getvalue() == text(KEYED)


def test_masks_of_keyed_rows_are_spelled_and_all_else_stays() -> None:
    made, report = spelled(KEYED)
    assert (report.converted, report.refused) == (2, [])
    expected = json.loads(text(KEYED))
    for key, one in made["annotations"].items():
        expected["annotations"][key]["segmentation"] = one["segmentation"]
        assert one["segmentation"]["size"] == [30, 40]
    assert made == expected
    assert list(made["annotations"]) == ["7", "8"]


def test_edited_in_place_they_stay_keyed_and_as_rows_go_they_become_a_list() -> None:
    doc = cocodec.read(text(KEYED))
    doc.annotations.set_column("area", [1, 2])
    out = io.BytesIO()
    doc.write(out)
    areas = {k: one["area"] for k, one in json.loads(out.getvalue())["annotations"].items()}
    assert areas == {"7": 1, "8": 2}
    doc = cocodec.read(text(KEYED))
    doc.annotations.remove([0])
    out = io.BytesIO()
    doc.write(out)
    assert [one["id"] for one in json.loads(out.getvalue())["annotations"]] == [8]


@pytest.mark.parametrize("table", ["images", "annotations", "categories"])
@pytest.mark.parametrize("values", [{"1": "leaf"}, {"1": {"name": "leaf"}}, {"1": 5}])
def test_keyed_values_that_are_no_rows_are_refused(table: str, values: Any) -> None:
    wrong = {**KEYED, table: values}
    names = table == "categories" and values == {"1": "leaf"}
    expected = "an object of names, expected" if names else "an object, and what it has"
    for call in (cocodec.read, spelled, describe):
        with pytest.raises(cocodec.DocumentError, match=f"'{table}' is {expected}"):
            call(text(wrong))


# ------------------------------------------------------------ crowds


def test_crowds_are_set_where_masks_are_spelled() -> None:
    rle = {"size": [30, 40], "counts": [120, 80, 1000]}
    rows = [row(1, iscrowd=1, segmentation=rle), row(2, iscrowd=1), row(3, IsGroupOf=True)]
    rows.append(row(4, attributes={"IsGroupOf": 1}))
    for crowd, expected in (
        ("0", [0, 0, 0, 0]),
        ("rle", [1, 0, 0, 0]),
        ("attribute:IsGroupOf", [0, 0, 1, 1]),
        ("field", [1, 1, 0, 0]),
    ):
        made, _ = spelled(document(*rows), "polygons", crowd=crowd)
        assert [one["iscrowd"] for one in made["annotations"]] == expected
        made, _ = official(document(*rows), crowd=crowd)
        assert [one["iscrowd"] for one in made["annotations"]] == expected


def test_a_crowd_flag_that_says_nothing_is_named() -> None:
    with pytest.raises(cocodec.DocumentError, match="annotations, row 0: flag is 'maybe'"):
        spelled(document(row(flag="maybe")), crowd="attribute:flag")
    for call in (spelled, official):
        with pytest.raises(ValueError, match="'attribute:NAME'"):
            call(document(row()), crowd="attribute:")


def test_a_file_of_nothing_but_crowds_gets_a_hint() -> None:
    hint = "every mask (2) is a crowd"
    all_of_them = document(row(1, iscrowd=1), row(2, iscrowd=True))
    assert hint in "".join(spelled(all_of_them)[1].warnings)
    assert hint in "".join(official(all_of_them)[1].warnings)
    some = document(row(1, iscrowd=1), row(2))
    assert not spelled(some)[1].warnings
    assert not official(some)[1].warnings


# ------------------------------------------------------------ ids of two types


@pytest.mark.parametrize(("image", "named"), [(1, "1"), ("1", 1)])
def test_ids_of_another_type_say_what_helps(image: Any, named: Any) -> None:
    images = [{"id": image, "width": 40, "height": 30, "file_name": "a.jpg"}]
    wrong = document(*(row(i, image_id=named) for i in range(49)), images=images)
    with pytest.raises(RefusedError) as error:
        spelled(wrong)
    lines = str(error.value).splitlines()
    assert len(lines) == 2
    assert "--coerce-ids" in lines[1]
    assert "and 48 more rows like it" in lines[1]
    with pytest.raises(DialectError, match="--coerce-ids") as refused:
        official(wrong)
    assert str(refused.value).count("\n") == 1
    made, _ = official(wrong, coerce_ids=True)
    assert len(made["annotations"]) == 49


@pytest.mark.parametrize(("image", "named"), [(1, "1"), ("1", 1), ("1", 1.0)])
def test_ids_of_another_type_are_taken_for_one_where_masks_are_spelled(
    image: Any, named: Any
) -> None:
    images = [
        {"id": image, "width": 40, "height": 30, "file_name": "a.jpg"},
        {"id": 2, "width": 40, "height": 30, "file_name": "b.jpg"},
    ]
    rows = [row(1, image_id=named, category_id="1"), row(2, image_id=2), row(3, image_id=image)]
    made, report = spelled(document(*rows, images=images), "rle", coerce_ids=True)
    assert report.converted == 3
    assert [one["image_id"] for one in made["annotations"]] == [image, 2, image]
    assert [one["category_id"] for one in made["annotations"]] == [1, 1, 1]
    with pytest.raises(RefusedError, match="there is no image"):
        spelled(document(row(image_id="x"), images=images), coerce_ids=True)
    made, _ = official(document(*rows, images=images), coerce_ids=True)
    assert len(made["annotations"]) == 3


def test_a_dialect_takes_coerce_ids_as_a_keyword_too() -> None:
    made, report = spelled(document(row(image_id="1")), "official", coerce_ids=True)
    assert made["annotations"][0]["image_id"] == 1
    assert isinstance(report, cocodec.DialectReport)


def test_what_names_a_row_already_stays_as_it_is_spelled() -> None:
    source = text(document(row(1, image_id=1.0), row(2, image_id="1")))
    images = b'{"id": "1", "width": 40, "height": 30}, {"id": 1, "width": 40, "height": 30}'
    begin, end = source.index(b'{"id": 1, "width"'), source.index(b'], "annotations"')
    out = io.BytesIO()
    both = source[:begin] + images + source[end:]
    cocodec.convert(both, out, to="rle", coerce_ids=True)
    assert b'"image_id": 1.0' in out.getvalue()
    assert b'"image_id": "1"' in out.getvalue()


def test_an_id_that_no_image_has_gets_no_such_hint() -> None:
    for named in ("2", 2, "x", None):
        with pytest.raises(RefusedError) as error:
            spelled(document(row(image_id=named)))
        assert "coerce" not in str(error.value)


# ------------------------------------------------------------ categories, keypoints, texts


def test_a_category_that_is_listed_twice_is_one() -> None:
    leaf, stem = {"id": 1, "name": "leaf"}, {"id": 2, "name": "stem"}
    made, report = official(document(row(), categories=[leaf, stem, leaf, leaf]))
    assert [one["name"] for one in made["categories"]] == ["leaf", "stem"]
    assert "categories listed twice, row by row the same, made one: 2" in str(report)
    other = {"id": 1, "name": "fruit"}
    made, _ = official(document(row(), categories=[leaf, other]))
    assert [one["name"] for one in made["categories"]] == ["leaf", "fruit"]


@pytest.mark.parametrize("count", [0, 2])
def test_a_number_of_keypoints_does_not_stay_alone(count: int) -> None:
    made, report = official(document(row(num_keypoints=count)))
    assert "num_keypoints" not in made["annotations"][0]
    assert "num_keypoints without keypoints left out: 1" in str(report)


@pytest.mark.parametrize("value", [RING, {"size": [30, 40], "counts": "m38f0"}])
def test_json_printed_as_text_is_called_so(value: Any) -> None:
    with pytest.raises(RefusedError, match="this is JSON printed as text: write it as it is"):
        spelled(document(row(segmentation=json.dumps(value))))


# ------------------------------------------------------------ holes


def test_holes_as_rings_of_their_own_are_filled_and_that_is_said() -> None:
    mask = np.zeros((30, 40), np.uint8)
    mask[5:25, 5:25] = 1
    mask[10:18, 10:20] = 0
    rle = RleArray.encode(mask[None]).to_coco("list")[0]
    made, report = spelled(document(row(segmentation=rle)), "polygons", holes="separate")
    assert [tuple(one)[:3] for one in report.changed] == [(0, 80, 0)]
    assert "80 pixels gained" in str(report)
    (after,) = cocodec.read(text(made)).masks().masks.area().tolist()
    assert after == mask.sum() + 80
    assert spelled(document(row(segmentation=rle)), "polygons")[1].changed == []


# ------------------------------------------------------------ folders of parts


def test_parts_keep_their_folder_where_the_zip_has_the_pictures() -> None:
    members = {
        "train/_annotations.coco.json": text(document(row())),
        "train/a.jpg": b"jpg",
        "valid/_annotations.coco.json": text(document(row())),
        "valid/a.jpg": b"jpg",
        "test/_annotations.coco.json": text(document(row(), images=[
            {"id": 1, "width": 40, "height": 30, "file_name": "c.jpg"}])),
        "test/c.jpg": b"jpg",
    }  # fmt: skip
    out = io.BytesIO()
    convert_dialect(zipped(members), out, to="official")
    made = json.loads(out.getvalue())
    names = [image["file_name"] for image in made["images"]]
    assert names == ["train/a.jpg", "valid/a.jpg", "test/c.jpg"]
    assert made["categories"] == [{"id": 1, "name": "leaf", "supercategory": ""}]


def test_parts_keep_their_folder_where_names_would_be_equal(tmp_path: Path) -> None:
    for folder, name in (("one", "a.jpg"), ("two", "a.jpg"), ("three", "b.jpg")):
        (tmp_path / folder).mkdir()
        images = [{"id": 1, "width": 40, "height": 30, "file_name": name}]
        (tmp_path / folder / "x.json").write_bytes(text(document(row(), images=images)))
    paths = [tmp_path / folder / "x.json" for folder in ("one", "two", "three")]
    out = io.BytesIO()
    convert_dialect([str(path) for path in paths], out, to="official")
    made = json.loads(out.getvalue())
    names = [image["file_name"] for image in made["images"]]
    assert names == ["one/a.jpg", "two/a.jpg", "b.jpg"]


def test_subsets_that_stand_for_folders_go_on_the_way_back() -> None:
    members = {
        f"annotations/instances_{subset}.json": text(document(row())) for subset in ("a", "b")
    }
    out = io.BytesIO()
    convert_dialect(zipped(members), out, to="official")
    made = json.loads(out.getvalue())
    assert [image["file_name"] for image in made["images"]] == ["a/a.jpg", "b/a.jpg"]
    back = io.BytesIO()
    convert_dialect(out.getvalue(), back, to="cvat")
    again = cocodec.read(back.getvalue())
    assert [image["file_name"] for image in again.images] == ["a.jpg", "a.jpg"]


def test_names_that_nothing_tells_apart_are_noted() -> None:
    parts = [document(row()), document(row())]
    made, report = official(parts)
    assert len(made["images"]) == 2
    assert (
        report.notes.count("several images are called 'a.jpg': one file cannot be all of them") == 1
    )


# ------------------------------------------------------------ info of many files


def test_info_of_a_folder_is_one_table(cli: Any, tmp_path: Path) -> None:
    for i in range(30):
        (tmp_path / f"{i:02}.json").write_bytes(text(document(row())))
    done = cli("info", str(tmp_path))
    assert done.returncode == 0
    said = done.stdout.decode().splitlines()
    assert len(said) < 12
    assert said[0].split()[:3] == ["files", "30", "(30"]
    assert any(line.split() == ["annotations", "30"] for line in said)


def test_info_names_bad_rows_and_fails(cli: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(text(document(row(), row(2, segmentation=[[[RING[0]]]]))))
    (tmp_path / "good.json").write_bytes(text(document(row())))
    for name in (bad, tmp_path):
        done = cli("info", str(name))
        assert done.returncode == 1
        said = done.stdout.decode()
        assert "1 segmentation cannot be read: row 1, id 2: rings are nested one level" in said
    assert cli("info", str(tmp_path / "good.json")).returncode == 0


def test_join_of_ordinary_files_says_what_to_do(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(text(document(row())))
    for given in ([str(tmp_path)], [str(tmp_path / "a.json"), str(tmp_path / "a.json")]):
        done = cli("join", *given, str(tmp_path / "out.json"))
        assert done.returncode == 2
        assert b"cocodec merge IN ... OUT" in done.stderr


# ------------------------------------------------------------ members that cannot be read


def test_broken_members_are_named_and_left_out_on_request(tmp_path: Path, cli: Any) -> None:
    good = text(document(row()))
    members = {"a.json": good, "annotations/instances_x.json": good[:100], "c.json": good}
    path = tmp_path / "in.zip"
    path.write_bytes(zipped(members))
    for to in ("rle", "official"):
        with pytest.raises(cocodec.DocumentError, match=r"instances_x\.json: not valid JSON"):
            cocodec.convert(path, io.BytesIO(), to=to)
        done = cli("convert", path, tmp_path / "out", "--to", to, "--on-error", "skip")
        assert done.returncode == 0, done.stderr
        assert b"annotations/instances_x.json" in done.stderr
        assert b"cannot be read" in done.stderr
    for more in ({}, {"crowd": "0"}, {"runs": "rows"}):
        report = cocodec.convert(path, io.BytesIO(), on_error="skip", **more)
        assert list(report.broken) == ["annotations/instances_x.json"]
    done = cli("info", path)
    assert done.returncode == 1
    assert b"annotations/instances_x.json was left alone: not valid JSON" in done.stdout


def test_panoptic_documents_say_what_they_are() -> None:
    segment = {"id": 7, "category_id": 1, "area": 80, "bbox": [4, 5, 10, 8], "iscrowd": 0}
    rows = [{"image_id": 1, "file_name": "a.png", "segments_info": [segment]}]
    root = document(*rows)
    (line,) = spelled(root)[1].warnings
    assert line.startswith("1 row is panoptic: their masks lie in PNG files")
    assert any("panoptic" in note for note in describe(text(root)).notes)
    assert spelled(document({"id": 1, "image_id": 1}))[1].warnings == []


def test_sa_1b_has_all_its_rows_in_its_image() -> None:
    rle = {"size": [30, 40], "counts": [120, 80, 1000]}
    root = {
        "image": {"image_id": 11, "width": 40, "height": 30, "file_name": "a.jpg"},
        "annotations": [{"id": 1, "segmentation": rle, "bbox": [4, 0, 3, 30], "area": 80}],
    }
    assert describe(text(root)).without_image == 0


def test_an_rle_of_another_size_is_cut_to_its_image_on_request() -> None:
    mask = np.zeros((31, 40), np.uint8)
    mask[5:31, 4:14] = 1
    small = np.ones((10, 10), np.uint8)
    rows = [
        row(1, segmentation=RleArray.encode(mask[None]).to_coco("str")[0]),
        row(2, segmentation=RleArray.encode(small[None]).to_coco("list")[0]),
    ]
    doc = cocodec.read(document(*rows))
    cocodec.repair(doc, select=["rle-size-unlike"])
    masks = doc.masks().masks
    assert masks.sizes.tolist() == [[30, 40], [30, 40]]
    assert (masks.decode()[0] == mask[:30]).all()
    assert (masks.decode()[1][:10, :10] == 1).all()
    assert masks.area().tolist() == [250, 100]
    assert isinstance(doc.annotations[1]["segmentation"]["counts"], list)


# ------------------------------------------------------------ masks under other keys


def test_masks_under_other_keys() -> None:
    rle = {"size": [30, 40], "counts": [120, 80, 1000]}
    rows = [
        row(1, visible_mask=rle),
        {key: value for key, value in row(2, full=rle).items() if key != "segmentation"},
        row(3, visible_mask=None),
    ]
    made, report = official(document(*rows), mask_keys=("visible_mask", "full"))
    assert [one["segmentation"] for one in made["annotations"]] == [rle, rle, RING]
    assert not any({"visible_mask", "full"} & one.keys() for one in made["annotations"][:2])
    assert report.changes["masks taken from visible_mask"].count == 1
    assert report.changes["masks taken from full"].count == 1
    assert official(document(*rows))[0]["annotations"][0]["segmentation"] == RING


def test_mask_keys_on_the_command_line(cli: Any, tmp_path: Path) -> None:
    rle = {"size": [30, 40], "counts": [120, 80, 1000]}
    path, out = tmp_path / "a.json", tmp_path / "b.json"
    path.write_bytes(text(document(row(visible_mask=rle))))
    done = cli("convert", path, out, "--to", "official", "--mask-keys", "other,visible_mask")
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_bytes())["annotations"][0]["segmentation"] == rle
    done = cli("convert", path, out, "--to", "rle", "--mask-keys", "visible_mask")
    assert done.returncode == 2
    assert b"--mask-keys" in done.stderr


# ------------------------------------------------------------ what is no document at all


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (b"\x89PNG\r\n\x1a\n", "a PNG picture; convert --from label-map"),
        (b"\xff\xd8\xff\xe0\x00", "a JPEG picture"),
        (b"PAR1\x15\x04", "a Parquet file"),
    ],
)
def test_other_files_are_named(head: bytes, says: str) -> None:
    for call in (cocodec.read, describe, lambda data: cocodec.convert(data, io.BytesIO())):
        with pytest.raises(cocodec.DocumentError, match=f"the file is {says}"):
            call(head + b"\0" * 40)


def test_a_label_image_becomes_a_document_and_comes_back(cli: Any, tmp_path: Path) -> None:
    path, folder, again = tmp_path / "a.json", tmp_path / "maps", tmp_path / "b.json"
    path.write_bytes(text(document(row())))
    done = cli("convert", path, folder, "--to", "label-map")
    assert done.returncode == 0, done.stderr
    done = cli("convert", folder / "a.png", again, "--from", "label-map", "--to", "rle")
    assert done.returncode == 0, done.stderr
    assert cocodec.read(again).masks().masks == cocodec.read(path).masks().masks


# ------------------------------------------------------------ runs that go along the rows, or are
# of another size than their image: on request


def runs_of(pixels: Any) -> list[int]:
    """Counts, background first, of pixels in a line."""
    out, value = [0], 0
    for pixel in pixels:
        if pixel != value:
            out.append(0)
            value = pixel
        out[-1] += 1
    return out


def drawn(seed: int = 0, size: tuple[int, int] = (30, 40)) -> Any:
    return (np.random.default_rng(seed).random(size) < 0.3).astype(np.uint8)


def by_rows(pixels: Any, spelling: str) -> Any:
    """A mask as `mask.ravel()` has it, in which nobody asked for order="F"."""
    size, counts = list(pixels.shape), runs_of(pixels.ravel().tolist())
    if spelling == "list":
        return {"size": size, "counts": counts, "note": "kept"}
    text = RleArray.from_runs(counts, [0, len(counts)], size).to_coco("str")[0]["counts"]
    return text if spelling == "bare" else {"size": size, "counts": text}


@pytest.mark.parametrize("spelling", ["list", "string", "bare"])
@pytest.mark.parametrize("to", ["rle", "rle-list", "polygons", "official"])
def test_runs_along_the_rows_on_request(to: str, spelling: str) -> None:
    pixels = drawn()
    source = document(row(segmentation=by_rows(pixels, spelling)), row(2))
    made, report = spelled(source, to, runs="rows")
    wrong, _ = spelled(source, to)
    read = cocodec.read(text(made)).masks().masks
    assert (read[0].decode()[0] == pixels).all()
    assert (cocodec.read(text(wrong)).masks().masks[0].decode()[0] != pixels).any()
    assert read[1] == RleArray.from_polygons([RING], [30, 40])  # rings have no runs
    assert made["annotations"][0]["area"] == 80  # said of the mask that was meant
    if to == "official":
        assert report.changes["RLE read along the rows, not down the columns"].count == 1
        assert report.warnings == []
    else:
        assert report.by_rows == 1
        assert "; 1 read along the rows" in str(report)


def test_runs_along_the_rows_of_a_batch() -> None:
    pixels = [drawn(seed, size) for seed, size in enumerate([(3, 7), (9, 1), (1, 5), (30, 40)])]
    listed = [by_rows(one, spelling) for one in pixels for spelling in ("list", "string")]
    masks = RleArray.from_coco(listed, runs="rows")
    expected = [one for one in pixels for _ in range(2)]
    assert [(mask.decode()[0] == one).all() for mask, one in zip(masks, expected, strict=True)] == [
        True
    ] * 8
    with pytest.raises(ValueError, match="runs is 'row'; it must be"):
        RleArray.from_coco(listed, runs="row")  # type: ignore[arg-type]


@pytest.mark.parametrize("to", ["rle", "rle-list", "polygons", "official"])
@pytest.mark.parametrize("size", [(31, 40), (29, 40), (30, 41), (28, 45)])
def test_rle_of_another_size_is_cut_on_request(to: str, size: tuple[int, int]) -> None:
    pixels = drawn(1, size)
    whole = np.zeros((30, 40), np.uint8)
    height, width = min(30, size[0]), min(40, size[1])
    whole[:height, :width] = pixels[:height, :width]
    segmentation = RleArray.encode(pixels[None]).to_coco("list")[0]
    source = document(row(segmentation=segmentation), row(2))
    made, report = spelled(source, to, fit_sizes=True)
    assert (cocodec.read(text(made)).masks().masks[0].decode()[0] == whole).all()
    assert made["annotations"][1]["segmentation"] == RING or to.startswith("rle")
    if to == "official":
        assert report.changes["RLE cut to its image, or background added"].count == 1
        assert report.notes == []
        with pytest.raises(DialectError, match="--fit-sizes cuts it"):
            official(source)
    else:
        assert report.fitted == 1
        assert report.size_differs == 0


def test_rle_without_an_image_keeps_its_size() -> None:
    segmentation = RleArray.encode(drawn(1, (31, 40))[None]).to_coco("str")[0]
    source = document(row(segmentation=segmentation, image_id=7), row(2, segmentation=segmentation))
    made, report = spelled(source, fit_sizes=True)
    assert made["annotations"][0]["segmentation"] == segmentation
    assert made["annotations"][1]["segmentation"]["size"] == [30, 40]
    assert report.fitted == 1


# ------------------------------------------------------------ rows that name no image, or a
# category that is listed in another type


def test_rows_that_name_no_image_are_told_of() -> None:
    bare = {key: value for key, value in row().items() if key != "image_id"}
    made, report = official(document(bare, row(2)))
    assert [one["image_id"] for one in made["annotations"]] == [1, 1]
    change = report.changes["rows that name no image given the only one of their file"]
    assert (change.count, str(change.first[0])) == (1, "row 0, id 1")
    two = document(bare)
    two["images"].append({"id": 2, "width": 40, "height": 30, "file_name": "b.jpg"})
    with pytest.raises(DialectError, match="it names no image: there is no image_id"):
        official(two)


def test_rows_of_one_image_files_name_none_by_habit() -> None:
    rle = {"size": [30, 40], "counts": [120, 80, 1000]}
    image = {"image_id": 7, "width": 40, "height": 30, "file_name": "sa_7.jpg"}
    rows = [{"id": 1, "segmentation": rle, "bbox": [4, 0, 3, 30], "stability_score": 0.9}]
    made, report = official({"image": image, "annotations": rows})
    assert made["annotations"][0]["image_id"] == 7
    assert not any("name no image" in what for what in report.changes)


@pytest.mark.parametrize(("listed", "said"), [(1, "1"), ("1", 1)])
def test_categories_of_another_type_name_what_helps(listed: Any, said: Any) -> None:
    source = document(row(category_id=said))
    source["categories"] = [{"id": listed, "name": "leaf"}]
    made, report = official(source)
    assert len(made["categories"]) == 2
    (what,) = (what for what in report.changes if what.startswith("categories made"))
    assert what.endswith("like them are listed, --coerce-ids takes those)")
    made, report = official(source, coerce_ids=True)
    assert len(made["categories"]) == 1
    assert not any(what.startswith("categories made") for what in report.changes)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["leaf"], 'categories, row 0: is \'leaf\', expected an object: {"id": 1, "name": "leaf"}'),
        ({"1": "leaf"}, "'categories' is an object of names, expected a list of rows: "),
    ],
)
def test_categories_that_are_bare_names_say_what_to_write(
    names: Any, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "names.json"
    path.write_bytes(text({**document(row()), "categories": names}))
    with pytest.raises(cocodec.DocumentError) as caught:
        convert_dialect(path, io.BytesIO(), to="official")
    assert str(caught.value).startswith(f"{path}: {says}")

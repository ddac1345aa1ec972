"""check and repair on real files, on any document, with image files, and on the command line."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cocodec
from cocodec import RleArray
from cocodec.cli.check import EXAMPLES
from cocodec.errors import DocumentError
from cocodec.inspection.batches import outline_hash
from cocodec.inspection.rules import RULES, rules_as_markdown, rules_as_text, selected
from support.faults import FAULTS, both, put, rle, row, sound, spelled

# Real files that are no COCO of their tool's, or faulty ones that it tests itself with.
NOT_SOUND = {
    "label-studio/tests/custom/converter/data/test_export_coco/data.json",
    "encord/utilities_coco_data_test_datastructure__DATA_TEST_DATASTRUCTURE_COCO.json",
}


def written(document: cocodec.Document) -> bytes:
    out = BytesIO()
    document.write(out)
    return out.getvalue()


def test_sound_real_files_have_no_errors(dialects: Path) -> None:
    count = 0
    for path in sorted(dialects.rglob("*.json")):
        name = path.relative_to(dialects).as_posix()
        try:
            found = cocodec.check(path)
        except DocumentError:
            continue  # no COCO document
        count += 1
        assert bool(found.errors) is (name in NOT_SOUND), f"{name}\n{found}"
    assert count > 40


def test_repairs_of_real_files_leave_what_is_sound(dialects: Path) -> None:
    for path in sorted(dialects.rglob("*.json")):
        try:
            document = cocodec.read(path)
        except DocumentError:
            continue
        repaired = cocodec.repair(document)
        once = written(document)
        if not repaired.changes:
            assert once == path.read_bytes()
        again = cocodec.read(once)
        assert cocodec.repair(again).changes == []
        assert repaired.after.fixable == []


def test_a_habit_is_repaired_on_request(dialects: Path) -> None:
    document = cocodec.read(dialects / "trainingdata-io" / "coco_export.json")
    assert cocodec.repair(document).changes == []
    repaired = cocodec.repair(document, select=["segmentation-flat"])
    assert {change.code for change in repaired.changes} == {"segmentation-flat"}
    assert len(repaired.changes) == 6


# ------------------------------------------------------------ any document

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([10, 2**40, 10**30, -1, 1.0, 0.5, -2.5, 1e300, 1e15]),
    st.sampled_from(
        ["", "1", "0", "true", "false", "a", "cat", "b'04'", "MDQ=", "04", "~", "\\\\"]
    ),
)
numbers = st.one_of(st.integers(-2, 12), st.sampled_from([0.5, 2.5, 9.99, 1e3]))
rings = st.lists(st.lists(numbers, max_size=9), max_size=3)
runs = st.fixed_dictionaries(
    {},
    optional={
        "size": st.one_of(st.just([10, 12]), st.just([12, 10]), st.lists(scalars, max_size=3)),
        "counts": st.one_of(
            st.lists(st.integers(-1, 130), max_size=4),
            st.just([50, 20, 50]),
            st.text("0123Pab\\'`=", max_size=5),
            scalars,
        ),
    },
)
anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4), max_leaves=8)
segmentations = st.one_of(rings, runs, anything, st.lists(numbers, max_size=9))
ids = st.one_of(st.integers(0, 3), scalars)
points = st.one_of(st.lists(numbers, max_size=7), anything)
annotations = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "id": ids,
            "image_id": ids,
            "category_id": st.one_of(ids, st.just("cat")),
            "segmentation": segmentations,
            "bbox": st.one_of(st.lists(numbers, min_size=4, max_size=4), anything),
            "area": scalars,
            "iscrowd": scalars,
            "keypoints": points,
            "num_keypoints": scalars,
            "score": scalars,
            "caption": scalars,
            "segments_info": anything,
        },
    ),
    scalars,
)
images = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "id": ids,
            "file_name": scalars,
            "height": st.one_of(st.just(10), scalars),
            "width": st.one_of(st.just(12), scalars),
        },
    ),
    scalars,
)
categories = st.one_of(
    st.fixed_dictionaries(
        {}, optional={"id": ids, "name": scalars, "keypoints": anything, "skeleton": anything}
    ),
    scalars,
)
documents = st.one_of(
    st.fixed_dictionaries(
        {"annotations": st.lists(annotations, max_size=5)},
        optional={
            "images": st.lists(images, max_size=3),
            "categories": st.lists(categories, max_size=3),
            "info": anything,
        },
    ),
    st.lists(annotations, max_size=4),
    st.lists(st.fixed_dictionaries({"annotations": st.lists(annotations, max_size=3)}), max_size=3),
)
SELECTIONS = [(), tuple({rule.code for rule in RULES if rule.repair})]


@settings(max_examples=400, deadline=None)
@given(documents, st.sampled_from(SELECTIONS))
def test_any_document_is_judged_and_repaired_for_good(
    content: Any, select: tuple[str, ...]
) -> None:
    text = spelled(content)
    try:
        document = cocodec.read(text)
    except DocumentError:
        return
    found = cocodec.check(text)
    json.dumps(found.as_dict())
    assert str(found)
    repaired = cocodec.repair(document, select=select)
    assert repaired.after.fixable == []
    once = written(document)
    if not repaired.changes:
        assert once == text
    again = cocodec.read(once)
    assert cocodec.check(once, select=select).fixable == []
    assert cocodec.repair(again, select=select).changes == []
    assert written(again) == once


def test_the_hash_of_a_mask_is_that_of_its_pixels() -> None:
    rng = np.random.default_rng(1)
    masks = (rng.random((200, 7, 5)) < 0.4).astype(np.uint8)
    masks[::7] = 0
    masks[3::7] = 1
    plain = cocodec.RleArray.encode(masks)
    split = []  # runs with runs of nothing between them
    for one in plain.to_coco("list"):
        counts: list[int] = []
        for run in one["counts"]:
            half = int(rng.integers(0, run + 1))
            counts += [half, 0, run - half]
        split.append({**one, "counts": counts})
    hashes = outline_hash(plain)
    assert (outline_hash(cocodec.RleArray.from_coco(split)) == hashes).all()
    same = (masks[:, None] == masks[None]).all(axis=(2, 3))
    assert ((hashes[:, None] == hashes[None]) == same).all()


# ------------------------------------------------------------ parts, text, results


def test_rows_of_many_parts_are_named_by_their_part() -> None:
    one, two = sound(), sound()
    put(3, image_id=99)(two)
    found = cocodec.check(spelled([one, two]))
    (finding,) = found.errors
    assert finding.rows.tolist() == [8]
    assert (finding.examples[0].part, finding.examples[0].row) == ("document 1", 3)


def test_parts_that_share_an_image_are_told() -> None:
    found = cocodec.check(spelled([sound(), sound()]))
    assert found.codes == {"file-name-shared"}
    assert [one.value for one in found[0].examples] == ['"a.jpg"', '"b.jpg"']


def test_two_tasks_of_one_split_share_their_images() -> None:
    for names, codes in (
        (("annotations/instances_val2017.json", "annotations/captions_val2017.json"), set()),
        (
            ("annotations/instances_val.json", "annotations/instances_train.json"),
            {"file-name-shared"},
        ),
        (("val/_annotations.coco.json", "train/_annotations.coco.json"), {"file-name-shared"}),
    ):
        out = BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name in names:
                archive.writestr(name, spelled(sound()))
        assert cocodec.check(out.getvalue()).codes == codes, names


def test_habits_of_a_dialect_are_notes_and_are_repaired_on_request_only() -> None:
    document = sound()
    document["info"] = {"description": "exported from Roboflow.com"}
    both(put(0, id=0), put(1, "categories", name="cat"))(document)
    text = spelled(document)
    found = cocodec.check(text)
    assert found.dialect == "roboflow"
    assert {one.code: one.severity for one in found} == {
        "id-zero": "note",
        "category-name-duplicate": "note",
    }
    assert all("(a habit of roboflow)" in one.message for one in found)


@pytest.mark.parametrize(
    ("code", "meant_otherwise"),
    [("bbox-corners", [40, 10, 70, 30]), ("bbox-centre", [55, 20, 30, 20])],
)
def test_boxes_meant_otherwise_are_an_error_where_there_is_a_pattern(
    code: str, meant_otherwise: list[int]
) -> None:
    """One row that can be read another way may be so by chance, and so may a few among many."""

    def found(otherwise: int, unlike: int) -> Any:
        document = sound()
        blob = document["annotations"][1]
        images, rows = document["images"], document["annotations"]
        for number in range(otherwise + unlike):
            box = meant_otherwise if number < otherwise else [2, 3, 5, 7]
            images.append({**images[0], "id": 100 + number, "file_name": f"{number}.jpg"})
            rows.append({**blob, "id": 100 + number, "image_id": 100 + number, "bbox": box})
        (one,) = [one for one in cocodec.check(spelled(document)) if one.code == code]
        opened = cocodec.read(spelled(document))
        changed = cocodec.repair(opened).changes
        asked = cocodec.repair(cocodec.read(spelled(document)), select=[code]).changes
        assert len(asked) == otherwise
        assert len(changed) == (otherwise if one.is_fixable else 0)
        assert ("by chance" in one.message) is (one.severity == "warning")
        assert ("--select" in one.repair) is not one.is_fixable
        return one.severity

    assert found(1, 0) == found(2, 0) == "warning"
    assert found(3, 0) == found(3, 27) == "error"
    assert found(3, 28) == "warning"
    assert found(4, 28) == "error"


def test_the_text_is_looked_at() -> None:
    text = spelled(sound())
    assert cocodec.check(b"\xef\xbb\xbf" + text).codes == {"text-mark"}
    twice = text.replace(b'"id": 11,', b'"id": 11, "id": 11,')
    assert cocodec.check(twice).codes == {"key-repeated"}
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("annotations/instances.json", text)
        archive.writestr("settings.json", b'{"a": 1}')
    assert cocodec.check(out.getvalue()).codes == {"zip-left-alone"}


def test_a_zip_is_repaired_in_place_of_its_member(tmp_path: Path) -> None:
    bad = sound()
    put(0, segmentation=[5, 5, 25, 5, 25, 15, 5, 15])(bad)
    source = tmp_path / "in.zip"
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("annotations/instances.json", spelled(bad))
        archive.writestr("images/a.jpg", b"pixels")
    document = cocodec.read(source)
    assert len(cocodec.repair(document).changes) == 1
    document.write(tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.read("images/a.jpg") == b"pixels"
        assert json.loads(archive.read("annotations/instances.json")) == sound()


def test_runs_are_judged_without_a_bbox_too() -> None:
    rng = np.random.default_rng(5)
    pixels = np.zeros((60, 80), np.uint8)
    for _ in range(3):
        y, x = rng.integers(0, 30, 2)
        pixels[y : y + 25, x : x + 30] = 1
    counts = cocodec.RleArray.encode(pixels.T[None]).to_coco("list")[0]["counts"]
    document = sound()
    put(1, segmentation=rle(counts), bbox=[], area=int(pixels.sum()))(document)
    assert "rle-row-major" in cocodec.check(spelled(document)).codes
    good = cocodec.RleArray.encode(pixels[None]).to_coco("list")[0]["counts"]
    put(1, segmentation=rle(good))(document)
    assert "rle-row-major" not in cocodec.check(spelled(document)).codes


def test_an_unknown_rule_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="there is no rule 'box'; topics are annotation, area"):
        cocodec.check(spelled(sound()), select=["box"])


def test_rules_are_listed_for_people_and_for_the_documentation() -> None:
    text, table = rules_as_text(), rules_as_markdown()
    assert table.splitlines()[1] == "|---|---|---|---|---|"
    assert len(table.splitlines()) == len(RULES) + 2
    for rule in RULES:
        assert f"\n{rule.code} ({rule.severity_text}): {rule.says}\n" in f"\n{text}\n"
        assert f"| `{rule.code}` | {rule.severity_text} | {rule.says}" in table


def test_changes_name_the_row_of_the_file_that_was_read() -> None:
    bad = sound()
    bad["annotations"].insert(1, {**bad["annotations"][0], "id": 16})
    put(4, segmentation=None)(bad)
    document = cocodec.read(spelled(bad))
    changes = cocodec.repair(document, select=["annotation-duplicate", "segmentation-null"]).changes
    named = {
        (change.code, change.row, change.key, change.before, change.after) for change in changes
    }
    assert named == {
        ("annotation-duplicate", 1, None, None, None),
        ("segmentation-null", 4, "segmentation", "null", "[]"),
    }
    assert json.loads(written(document)) == sound()


# ------------------------------------------------------------ image files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    image_module = pytest.importorskip("PIL.Image", reason="Pillow writes the images")
    images = tmp_path / "images"
    images.mkdir()
    for name in ("a.jpg", "b.jpg"):
        image_module.new("RGB", (80, 60)).save(images / name)
    return images


def test_sizes_of_files_are_compared(folder: Path) -> None:
    assert list(cocodec.check(spelled(sound()), images=folder)) == []
    wrong = sound()
    put(1, "images", height=61)(wrong)
    found = cocodec.check(spelled(wrong), images=folder, select=["image"])
    assert [(one.code, one.rows.tolist(), one.is_fixable) for one in found] == [
        ("image-size-unlike", [1], False)
    ]
    assert found[0].examples[0].value == "61 x 80, the file is 60 x 80"


def test_sizes_are_filled_in_from_files(folder: Path) -> None:
    for spoil in (
        both(put(0, "images", height=None), put(1, "images", width=0)),
        both(put(0, "images", height=80, width=60), put(1, "images", height=0)),
    ):
        bad = sound()
        spoil(bad)
        document = cocodec.read(spelled(bad))
        assert cocodec.repair(document, images=folder, select=["image"]).changes
        assert json.loads(written(document)) == sound()


def test_missing_and_broken_files_are_told(folder: Path) -> None:
    (folder / "a.jpg").unlink()
    (folder / "b.jpg").write_bytes(b"no image")
    found = cocodec.check(spelled(sound()), images=folder)
    assert {(one.code, tuple(one.rows.tolist())) for one in found} == {
        ("image-file-missing", (0,)),
        ("image-file-unreadable", (1,)),
    }


def test_names_do_not_lead_out_of_the_folder(folder: Path) -> None:
    (folder.parent / "c.jpg").write_bytes((folder / "a.jpg").read_bytes())
    for name in ("../c.jpg", str(folder.parent / "c.jpg")):
        leading = sound()
        put(0, "images", file_name=name)(leading)
        found = cocodec.check(spelled(leading), images=folder)
        assert found.codes == {"file-name-outside", "image-file-missing"}


def test_a_turned_image_is_told(folder: Path) -> None:
    image_module = pytest.importorskip("PIL.Image")
    image = image_module.new("RGB", (80, 60))
    exif = image.getexif()
    exif[274] = 6
    image.save(folder / "a.jpg", exif=exif)
    (found,) = cocodec.check(spelled(sound()), images=folder)
    assert (found.code, found.rows.tolist(), found.examples[0].value) == (
        "image-turned",
        [0],
        "orientation 6",
    )
    assert "as it is stored" in found.message
    shown = sound()
    put(0, "images", height=80, width=60)(shown)
    found = next(
        one for one in cocodec.check(spelled(shown), images=folder) if one.code == "image-turned"
    )
    assert "as it is shown" in found.message
    assert not found.is_fixable


# ------------------------------------------------------------ the command line

Cli = Callable[..., Any]


def test_the_command_says_what_is_wrong_and_ends_with_1(cli: Cli, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(spelled(sound()))
    document = sound()
    put(3, image_id=99)(document)
    bad.write_bytes(spelled(document))
    done = cli("check", good)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == f"{good}: sound, 5 annotations checked\n"
    done = cli("check", bad)
    assert done.returncode == 1
    assert b"error image-id-unknown: image_id names no image that the document lists (1, 2): " in (
        done.stdout
    )
    assert b"(row 3, id 14: 99)" in done.stdout
    done = cli("check", bad, "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["errors"], found["findings"][0]["rows"]) == (1, 1, [3])
    assert cli("check", bad, "--ignore", "image-id-unknown").returncode == 0
    assert cli("check", "-", stdin=spelled(sound())).returncode == 0


def test_the_command_repairs(cli: Cli, tmp_path: Path) -> None:
    document = sound()
    both(put(0, segmentation=[5, 5, 25, 5, 25, 15, 5, 15]), put(1, iscrowd="0"))(document)
    bad, out = tmp_path / "bad.json", tmp_path / "out.json"
    bad.write_bytes(spelled(document))
    done = cli("check", bad, "--fix", out)
    assert done.returncode == 0, done
    lines = done.stdout.decode().splitlines()
    assert lines[0].startswith(f"{bad}: changed annotations, row 0, id 11: segmentation-flat: ")
    assert lines[1] == f'{bad}: changed annotations, row 1, id 12: crowd-text: iscrowd "0" -> 0'
    assert lines[2:] == [f"{bad}: 2 changes; after them:", f"{bad}: sound, 5 annotations checked"]
    assert json.loads(out.read_bytes()) == sound()
    assert cli("check", bad, "--fix", "-").stdout == out.read_bytes()
    done = cli("check", bad, "--fix", tmp_path / "missing" / "out.json")
    assert done.returncode == 2


def test_the_command_takes_many_files(cli: Cli, tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    (data / "deep").mkdir(parents=True)
    bad = sound()
    put(1, iscrowd="0")(bad)
    (data / "train.json").write_bytes(spelled(sound()))
    (data / "deep" / "val.json").write_bytes(spelled(bad))
    (data / "broken.json").write_bytes(b"{")
    done = cli("check", data, "--json")
    assert done.returncode == 1
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(one["file"]).name for one in found] == ["broken.json", "val.json", "train.json"]
    assert "error" in found[0]
    assert b"broken.json" in done.stderr
    codes = [{one["code"] for one in file.get("findings", [])} for file in found]
    assert codes == [set(), {"crowd-text"}, {"file-name-shared"}]
    (data / "broken.json").unlink()
    done = cli("check", data, "--fix", out, "--jobs", "1")
    assert done.returncode == 0, done
    assert json.loads((out / "deep" / "val.json").read_bytes()) == sound()
    assert (out / "train.json").read_bytes() == (data / "train.json").read_bytes()


def test_the_command_compares_results_and_images(cli: Cli, tmp_path: Path, folder: Path) -> None:
    truth, results = tmp_path / "gt.json", tmp_path / "dt.json"
    truth.write_bytes(spelled(sound()))
    results.write_bytes(
        spelled([{"image_id": "1", "category_id": 1, "bbox": [5, 5, 20, 10], "score": 0.5}])
    )
    done = cli("check", results, "--results", truth)
    assert done.returncode == 1
    assert b"image_id is a text, and the image's id a number" in done.stdout
    assert cli("check", truth, "--images", folder).returncode == 0
    (folder / "a.jpg").unlink()
    assert cli("check", truth, "--images", folder).returncode == 1


def test_a_folder_of_images_that_is_not_there(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(spelled(sound()))
    with pytest.raises(NotADirectoryError, match="no such folder of images"):
        cocodec.check(path, images=tmp_path / "none")
    for files in ([path], [path, path]):
        done = cli("check", *files, "--images", tmp_path / "none")
        assert done.returncode == 2
        sentence = f"{tmp_path / 'none'}: there is no such folder of images\n".encode()
        assert done.stderr == b"cocodec: " + sentence


def dense_ring(mask: Any) -> list[int]:
    """Every pixel on the border of a part in its order, as OpenCV lists it without thinning."""
    cv2 = pytest.importorskip("cv2")
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return max(contours, key=len).ravel().tolist()


def test_traced_contours_list_no_pixels() -> None:
    """Rings that go round: dense ones, of thin and of ragged masks, and rings one way only."""
    rng = np.random.default_rng(8)
    rings = []
    for k in range(60):
        mask = np.zeros((60, 80), np.uint8)
        mask[5:50, 5:70] = rng.random((45, 65)) < (0.5, 0.7, 0.95)[k % 3]
        mask[20 : 21 + k % 4, 5:70] = 1
        rings.append(dense_ring(mask))
        rings.append(RleArray.encode(mask).largest_component().to_polygons()[0][0])
    staircase = [one for k in range(20) for one in (2 * k, 2 * k, 2 * k + 1, 2 * k)]
    moon = [one for k in range(21) for one in (round(20 - abs(10 - k)), 2 * k)]
    rings += [staircase, moon]
    document = {
        "images": [{"id": 1, "file_name": "a.jpg", "height": 60, "width": 80}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [
            {"id": k, "image_id": 1, "category_id": 1, "segmentation": [ring], "iscrowd": 0}
            for k, ring in enumerate(rings, 1)
        ],
    }
    found = cocodec.check(json.dumps(document).encode(), select=["ring-of-pixels"])
    assert list(found) == []


def test_pixels_of_any_mask_are_no_ring() -> None:
    rng = np.random.default_rng(9)
    for k in range(40):
        mask = np.zeros((60, 80), np.uint8)
        mask[8:30, 9:50] = rng.random((22, 41)) < (0.8, 0.95, 1)[k % 3]
        mask[1, 3] = 1
        listed = np.argwhere(mask if k % 2 else mask.T)
        ring = listed[:, :: 1 if k % 4 < 2 else -1].ravel().tolist()
        document = {
            "images": [{"id": 1, "file_name": "a.jpg", "height": 60, "width": 80}],
            "categories": [{"id": 1, "name": "cat"}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [ring]}],
        }
        found = cocodec.check(json.dumps(document).encode(), select=["ring"])
        assert found.codes == {"ring-of-pixels"}


def test_codes_in_the_help_are_rules() -> None:
    """What the examples of `check --help` select and ignore exists."""
    named = re.findall(r"--(?:select|ignore) (\S+)", EXAMPLES)
    assert named
    selected(ignore=named)


def test_wrong_arguments_end_with_2(cli: Cli, tmp_path: Path) -> None:
    assert cli("check").returncode == 2
    assert cli("check", tmp_path / "none.json").returncode == 2
    done = cli("check", tmp_path / "none.json", "--select", "boxes")
    assert (done.returncode, b"there is no rule 'boxes'" in done.stderr) == (2, True)


def test_the_command_lists_the_rules(cli: Cli) -> None:
    done = cli("check", "--list", "--json", "--select", "bbox", "--ignore", "bbox-type")
    listed = {rule["code"]: rule for rule in json.loads(done.stdout)}
    assert set(listed) == {
        rule.code for rule in RULES if rule.code.startswith("bbox-") and rule.code != "bbox-type"
    }
    assert listed["bbox-missing"]["repair"]
    done = cli("check", "--list")
    assert (done.returncode, done.stdout.decode()) == (0, rules_as_text() + "\n")


def test_info_points_to_check(cli: Cli, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    document = sound()
    put(3, image_id=99)(document)
    bad.write_bytes(spelled(document))
    assert b"cocodec check says more" in cli("info", bad).stdout
    bad.write_bytes(spelled(sound()))
    assert b"cocodec check says more" not in cli("info", bad).stdout


def test_rows_beyond_a_batch_are_found() -> None:
    """More rows than a batch has: rows are counted over all of them."""
    document = sound()
    document["annotations"] = [row(i, [], [5, 5, 8, 8], 64) for i in range(1, 40_001)]
    for i, one in enumerate(document["annotations"]):
        one["bbox"] = [i % 60, i // 60 % 40, 8, 8]
        one["category_id"] = 1 if i < 2400 else 2
    put(39_999, bbox=[5, 5, -8, 8])(document)
    put(10, bbox=[5, 5, -8, 8])(document)
    (found,) = (f for f in cocodec.check(spelled(document)) if f.code == "bbox-negative")
    assert found.rows.tolist() == [10, 39_999]
    assert [one.id for one in found.examples] == ["11", "40000"]


def test_the_matrix_has_more_than_the_twenty_faults_of_the_benchmark() -> None:
    assert len(FAULTS) > 100


FAR = [
    '"N"',
    '["N", "N", "N", "N"]',
    '["N", 1, 2, 3, 4, 5]',
    '[["N", 1, 2, 3, 4, 5]]',
    '[[["N", 1, 2, 3, 4, 5]]]',
    '{"size": ["N", 20], "counts": ["N"]}',
]


@pytest.mark.parametrize("value", FAR)
def test_numbers_that_no_double_holds_are_judged(value: str) -> None:
    """Wherever one stands: the file can be read, so there is a judgement, and no exception."""
    places = [
        (table, i, key)
        for table in ("images", "categories", "annotations")
        for i in range(2)
        for key in [*sound()[table][i], "new"]
    ]
    for table, i, key in places:
        document = sound()
        document[table][i][key] = json.loads(value)
        text = json.dumps(document).replace('"N"', "1e400").encode()
        found = cocodec.check(text)
        assert found.checked == len(document["annotations"])
        repaired = cocodec.repair(cocodec.read(text))
        assert repaired.after.fixable == []
    for key in ("info", "cocodec", "licenses"):
        text = json.dumps({**sound(), key: [{"a": "N"}]}).replace('"N"', "1e400").encode()
        assert not cocodec.check(text).errors

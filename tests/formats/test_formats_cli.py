"""`cocodec convert` from and to formats: recognised, reported, whole or nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from tests.conftest import Cli

from cocodec import Document, read
from cocodec.dialects import WRITERS
from cocodec.documents.progress import watched
from cocodec.formats import FORMATS, voc, yolo
from support.format_documents import bag, document


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.json"
    document(crowd=True).write(path)
    return path


@pytest.mark.parametrize("rule", ["opencv", "coco"])
def test_to_yolo_and_back(cli: Cli, source: Path, rule: str, tmp_path: Path) -> None:
    done = cli("convert", source, tmp_path / "out", "--to", "yolo", "--rule", rule)
    assert done.returncode == 0
    assert b"is a crowd (written as any other): 1 (row 5 (id 105))" in done.stderr
    assert (b"--rule opencv paints" in done.stderr) == (rule == "opencv")
    done = cli("convert", tmp_path / "out", tmp_path / "back.json", "--to", "polygons")
    assert done.returncode == 0
    back = read(tmp_path / "back.json")
    assert all(isinstance(one, list) for one in back.annotations.column("segmentation").tolist())
    assert not bag(document()) - bag(back)


def test_cvat_is_recognised(cli: Cli, source: Path, tmp_path: Path) -> None:
    assert cli("convert", source, tmp_path / "a.xml", "--to", "cvat-xml", "-q").stderr == b""
    done = cli("convert", tmp_path / "a.xml", tmp_path / "b.json", "--to", "rle")
    assert done.returncode == 0
    found = json.loads((tmp_path / "b.json").read_bytes())["annotations"]
    masks = [one["segmentation"] for one in found if one["segmentation"]]  # but the box
    assert {type(one) for one in masks} == {dict}
    assert len(masks) == 20
    assert bag(read(tmp_path / "b.json")) == bag(document())


def test_strict_ends_with_1(cli: Cli, source: Path, tmp_path: Path) -> None:
    done = cli("convert", source, tmp_path / "a", "--to", "labelme", "--strict")
    assert done.returncode == 1
    assert b"crowd" in done.stderr
    document().write(source)
    assert cli("convert", source, tmp_path / "b", "--to", "labelme", "--strict").returncode == 0


def test_from_one_format_to_another(cli: Cli, source: Path, tmp_path: Path) -> None:
    assert cli("convert", source, tmp_path / "a", "--to", "labelme").returncode == 0
    done = cli("convert", tmp_path / "a", tmp_path / "b", "--from", "labelme", "--to", "yolo")
    assert done.returncode == 0
    assert (tmp_path / "b/data.yaml").exists()


def test_several_inputs_go_to_a_folder(cli: Cli, source: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    document().write(other)
    done = cli("convert", source, other, tmp_path / "out", "--to", "yolo")
    assert done.returncode == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["in", "other"]


def test_one_bad_input_does_not_stop_the_others(cli: Cli, source: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"images": [{"id": 1}], "annotations": [], "categories": []}')
    out = tmp_path / "out"
    done = cli("convert", bad, source, out, "--to", "yolo", "--jobs", "2")
    assert done.returncode == 1
    assert b"1 of 2 data sets done, 1 failed" in done.stderr
    assert b"bad.json: images, row 0" in done.stderr
    assert sorted(path.name for path in out.iterdir()) == ["in"]
    assert bag(yolo.read(out / "in")) == bag(yolo.read(_written(tmp_path)))


def _written(tmp_path: Path) -> Path:
    yolo.write(document(crowd=True), tmp_path / "alone")
    return tmp_path / "alone"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_folder_of_data_sets(cli: Cli, jobs: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        FORMATS["labelme"].load().write(document(), tmp_path / "sets" / name)
    out = tmp_path / "out"
    done = cli("convert", tmp_path / "sets", out, "--to", "cvat-xml", "--jobs", jobs)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == ["a.xml", "b.xml"]
    assert cli("convert", out, tmp_path / "back", "--to", "rle", "--jobs", jobs).returncode == 0
    for name in ("a", "b"):
        found = FORMATS["labelme"].load().read(tmp_path / "sets" / name)
        assert bag(read(tmp_path / f"back/{name}.json")) == bag(found)


def test_a_folder_keeps_what_stands_behind_a_dot(cli: Cli, tmp_path: Path) -> None:
    """v1.0 and v1.1 are two data sets; what files are called ends before their suffix."""
    for name in ("v1.0", "v1.1"):
        FORMATS["labelme"].load().write(document(), tmp_path / "sets" / name)
    document().write(tmp_path / "v1.2.json")
    out = tmp_path / "out"
    done = cli("convert", tmp_path / "sets/v1.0", f"{tmp_path}/sets/v1.1/", out, "--to", "rle")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == ["v1.0.json", "v1.1.json"]
    done = cli("convert", tmp_path / "v1.2.json", tmp_path / "sets/v1.1", out, "--to", "yolo")
    assert done.returncode == 0, done.stderr
    assert {"v1.1", "v1.2"} < {path.name for path in out.iterdir()}


def test_a_folder_of_coco_files(cli: Cli, source: Path, tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    source.rename(tmp_path / "many/one.json")
    done = cli("convert", tmp_path / "many", tmp_path / "out", "--to", "labelme")
    assert done.returncode == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["one"]


def test_two_inputs_of_one_name_are_refused(cli: Cli, source: Path, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    other = tmp_path / "deep/in.json"
    document().write(other)
    done = cli("convert", source, other, tmp_path / "out", "--to", "yolo")
    assert done.returncode == 2
    assert b"would both become" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_size_of_kaggle(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("ImageId,EncodedPixels\none.jpg,1 2 41 2\n")
    done = cli("convert", tmp_path / "a.csv", tmp_path / "no.json")
    assert done.returncode == 1
    assert b"--size HEIGHTxWIDTH" in done.stderr
    assert (
        cli("convert", tmp_path / "a.csv", tmp_path / "b.json", "--size", "40x60").returncode == 0
    )
    assert read(tmp_path / "b.json").masks().masks.bbox().tolist() == [[0, 0, 2, 2]]
    assert read(tmp_path / "b.json").images[0]["width"] == 60
    for size in ("40", "x60", "40x-1", "a x b"):
        done = cli("convert", tmp_path / "a.csv", tmp_path / "c.json", "--size", size)
        assert done.returncode == 2
        assert b"expected HEIGHTxWIDTH" in done.stderr


IMAGES_OF = {"yolo": "images/train", "voc": "JPEGImages", "labelme": ".", "roboflow": "train",
             "supervisely": "ds0/img"}  # fmt: skip


@pytest.mark.parametrize("name", IMAGES_OF)
@pytest.mark.parametrize("how", ["copy", "link"])
def test_images_are_put_beside_labels(
    cli: Cli, source: Path, name: str, how: str, tmp_path: Path
) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for row in document().images[:]:
        Image.new("L", (row["width"], row["height"])).save(pictures / row["file_name"], "PNG")
    wanted = ("--images", pictures, "--copy-images", how)
    done = cli("convert", source, tmp_path / "out", "--to", name, *wanted)
    assert done.returncode == 0, done.stderr
    placed = sorted((tmp_path / "out" / IMAGES_OF[name]).glob("*.jpg"))
    assert [path.name for path in placed] == ["img 0.jpg", "img 1.jpg", "img 2.jpg"]
    assert bag(FORMATS[name].load().read(tmp_path / "out"))
    for path in placed:
        assert path.read_bytes() == (pictures / path.name).read_bytes()
        assert path.is_symlink() == (how == "link")
    Image.new("L", (7, 8)).save(pictures / "img 1.jpg", "PNG")
    done = cli("convert", source, tmp_path / "two", "--to", name, *wanted)
    assert done.returncode == 1
    assert b"has 8 x 7 pixels (height x width), the document says 33 x 17" in done.stderr
    (pictures / "img 1.jpg").unlink()
    done = cli("convert", source, tmp_path / "two", "--to", name, *wanted)
    assert b"'img 1.jpg' is not in" in done.stderr
    assert not (tmp_path / "two").exists()


def test_copies_need_a_folder_and_a_format_with_a_place(
    cli: Cli, source: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = cli("convert", source, out, "--to", "yolo", "--copy-images")
    assert b"--copy-images needs the folder" in done.stderr
    done = cli("convert", source, out, "--to", "npz", "--copy-images", "--images", tmp_path)
    assert b"--copy-images means nothing" in done.stderr
    done = cli("convert", source, out, "--to", "yolo", "--images", tmp_path)
    assert b"to have them copied: --copy-images" in done.stderr
    assert done.returncode == 2
    assert not out.exists()


@pytest.mark.parametrize("name", FORMATS)
def test_readers_and_writers_say_how_far_they_are(name: str, tmp_path: Path) -> None:
    for row in document().images[:]:
        Image.new("L", (row["width"], row["height"])).save(tmp_path / row["file_name"], "PNG")
    target = tmp_path / {"cvat-xml": "a.xml", "kaggle": "a.csv", "npz": "a.npz"}.get(name, "out")
    options = {"images": tmp_path} if name in ("createml", "kaggle") else {}
    seen: list[tuple[int, int]] = []
    with watched(lambda done, total: seen.append((done, total))):
        FORMATS[name].load().write(document(), target)
        written = len(seen)
        FORMATS[name].load().read(target, **options)
    for told in (seen[:written], seen[written:]):
        assert told[0][0] == 0
        assert told[-1][0] == told[-1][1] > 0


def test_whoever_watches_is_told(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    with watched(lambda done, total: seen.append((done, total))):
        yolo.write(document(), tmp_path / "a")
        yolo.read(tmp_path / "a")
    # Some images at a time, writing and then reading.
    assert seen == [(0, 3), (3, 3)] * 2
    seen.clear()
    with watched(lambda done, total: seen.append((done, total))):
        voc.write(document(), tmp_path / "b")
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    yolo.read(tmp_path / "a")
    assert len(seen) == 4


def test_options_that_mean_nothing_are_refused(cli: Cli, source: Path, tmp_path: Path) -> None:
    done = cli("convert", source, tmp_path / "a", "--to", "labelme", "--rule", "coco")
    assert done.returncode == 2
    assert b"--rule means nothing for this conversion" in done.stderr
    assert not (tmp_path / "a").exists()


def test_bad_files_leave_nothing(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<annotations><image id='0'/></annotations>")
    done = cli("convert", tmp_path / "a.xml", tmp_path / "b.json")
    assert done.returncode == 1
    assert b"an <image> has no name" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.xml"]


def test_no_name_is_a_format_and_a_dialect_too() -> None:
    """One option, --to, takes both."""
    assert not set(FORMATS) & {*WRITERS, "rle", "rle-list", "polygons"}


@pytest.mark.parametrize("name", ["mots", "yolo"])
def test_info_says_which_format_it_is(cli: Cli, tmp_path: Path, name: str) -> None:
    source = tmp_path / ("a.txt" if name == "mots" else "data")
    if name == "mots":
        source.write_text("1 1001 1 30 40 m38f000000000000000000Wh0\n")
    else:
        (source / "labels").mkdir(parents=True)
        (source / "labels" / "a.txt").write_text("0 0.5 0.5 0.2 0.2\n")
        (source / "data.yaml").write_text("names: [leaf]\n")
    done = cli("info", source)
    assert done.returncode == 2
    assert f"{source} is {name}, and info reads COCO: cocodec convert" in done.stderr.decode()


@pytest.mark.parametrize("name", ["yolo", "label-studio", "createml", "sa1b", "cvat-xml", "voc"])
def test_images_without_objects_are_recognised(name: str, cli: Cli, tmp_path: Path) -> None:
    """A set that nobody has drawn in yet."""
    Image.new("L", (60, 40)).save(tmp_path / "one.png")
    image = {"id": 1, "file_name": "one.png", "height": 40, "width": 60}
    root = {"images": [image], "annotations": [], "categories": []}
    (tmp_path / "in.json").write_text(json.dumps(root))
    suffix = {"cvat-xml": ".xml", "label-studio": ".json", "createml": ".json"}.get(name, "")
    target = tmp_path / f"a{suffix}"
    assert cli("convert", tmp_path / "in.json", target, "--to", name).returncode == 0
    more = ["--images", tmp_path] if name == "createml" else []
    done = cli("convert", target, tmp_path / "back.json", *more)
    assert done.returncode == 0, done.stderr
    back = read(tmp_path / "back.json")
    assert len(back.annotations) == 0
    assert len(back.images) == (name != "label-studio")  # the report of writing says so


def test_an_empty_yolo_set_is_read_back(tmp_path: Path) -> None:
    yolo.write(Document.from_rows(images=[], annotations=[], categories=[]), tmp_path / "set")
    assert len(yolo.read(tmp_path / "set").images) == 0


def test_a_folder_of_nothing_known_asks_for_its_format(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "some").mkdir()
    (tmp_path / "some/a.dat").write_text("")
    done = cli("convert", tmp_path / "some", tmp_path / "out.json")
    assert b"no data set of a known format; if it is one, name it: --from NAME" in done.stderr

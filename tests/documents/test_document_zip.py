"""Documents in zips: opened together, edited apart, written with all that is around them."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cocodec import DocumentError, convert, read
from cocodec.inspection.info import describe

RING = [[1, 1, 5, 1, 5, 5, 1, 5]]
IMAGE = bytes(range(256)) * 5


def text(*ids: int, image: str = "a.jpg") -> bytes:
    images = [{"id": 1, "file_name": image, "height": 6, "width": 7}]
    rows = [{"id": i, "image_id": 1, "category_id": 1, "segmentation": RING} for i in ids]
    root = {"images": images, "annotations": rows, "categories": [{"id": 1, "name": "x"}]}
    return json.dumps(root, indent=2).encode()


MEMBERS = {
    "images/train/a.jpg": IMAGE,
    "annotations/instances_train.json": text(1, 2),
    "notes.txt": b"",
    "export.json": b"[" + text(3) + b" ,\n" + text(4, 5) + b"]\n",
    "images/val/b.jpg": IMAGE[::-1],
    "annotations/instances_val.json": text(6, image="b.jpg"),
}


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.comment = b"made by hand"
        for name, data in members.items():
            file.writestr(zipfile.ZipInfo(name, (2024, 1, 2, 3, 4, 6)), data, None)
    return out.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "set.zip"
    found.write_bytes(zipped(MEMBERS))
    return found


def test_all_documents_are_one(path: Path) -> None:
    document = read(path)
    assert (document.layout, document.root) == ("zip", "documents")
    assert [part.name for part in document.parts] == [
        "annotations/instances_train.json",
        "export.json",
        "export.json",
        "annotations/instances_val.json",
    ]
    assert document.annotations.column("id").tolist() == [1, 2, 3, 4, 5, 6]
    assert document.annotations.part.tolist() == [0, 0, 1, 2, 2, 3]
    # Every part has an image 1, and a row means that of its own part.
    assert document.image_rows().tolist() == [0, 0, 1, 2, 2, 3]
    assert document.masks().masks.area().tolist() == [16] * 6


def test_refused_rows_are_named_by_their_member(path: Path) -> None:
    document = read(path)
    document.annotations.set_column("segmentation", ["x"], [4])
    with pytest.raises(DocumentError, match=r"export\.json, document 1, row 1, id 5: "):
        document.masks()
    assert [row.row for row in document.masks(on_error="skip").refused] == [4]


def test_without_an_edit_the_zip_is_the_same(path: Path, tmp_path: Path) -> None:
    for source in (path, path.read_bytes()):
        out = tmp_path / "out.zip"
        read(source).write(out)
        assert out.read_bytes() == path.read_bytes()
    document = read(path)
    document.annotations[0] = document.annotations[0]
    document.write(path)
    assert unzipped(path.read_bytes()) == MEMBERS


def test_an_edit_changes_its_member_alone(path: Path) -> None:
    document = read(path)
    document.annotations.set_column("score", [0.5], [3])
    document.write(path)
    after = unzipped(path.read_bytes())
    assert list(after) == list(MEMBERS)
    changed = {name for name in MEMBERS if after[name] != MEMBERS[name]}
    assert changed == {"export.json"}
    first, second = json.loads(after["export.json"])
    assert first == json.loads(text(3))
    assert second["annotations"][0]["score"] == 0.5
    # In the member, too, nothing but the value is new.
    old = MEMBERS["export.json"]
    same = next(i for i in range(len(old)) if after["export.json"][i] != old[i])
    assert after["export.json"][:same] + old[same:] == old
    assert len(after["export.json"]) - len(old) < 40
    with zipfile.ZipFile(path) as file:
        assert file.comment == b"made by hand"
        assert {info.date_time for info in file.infolist()} == {(2024, 1, 2, 3, 4, 6)}


def test_edits_everywhere(path: Path, tmp_path: Path) -> None:
    document = read(path)
    document.remove([1])
    document.add_annotations([{"id": 9, "image_id": 1}], part=3)
    document.set_field("info", {"year": 2024}, part=1)
    out = tmp_path / "out.zip"
    document.write(out)
    again = read(out)
    assert again.annotations.column("id").tolist() == [1, 3, 4, 5, 6, 9]
    assert again.annotations.part.tolist() == [0, 1, 2, 2, 3, 3]
    assert [part.info for part in again.parts] == [{}, {"year": 2024}, {}, {}]
    after = unzipped(out.read_bytes())
    assert {name for name in MEMBERS if after[name] == MEMBERS[name]} == {
        "images/train/a.jpg",
        "images/val/b.jpg",
        "notes.txt",
    }


def test_a_zip_that_changed_meanwhile_is_not_written(path: Path, tmp_path: Path) -> None:
    document = read(path)
    path.write_bytes(zipped({"annotations/a.json": text(1)}))
    with pytest.raises(DocumentError, match="has changed since it was read"):
        document.write(tmp_path / "out.zip")
    assert [one.name for one in tmp_path.iterdir()] == ["set.zip"]


def test_the_limit_can_be_set(path: Path) -> None:
    with pytest.raises(DocumentError, match="of which 100 are allowed"):
        read(path, unzip_limit=100)


def test_a_real_dataset_in_a_zip(dialects: Path, tmp_path: Path) -> None:
    """Datumaro's layout is CVAT's: a file per task and subset, and folders of images."""
    folder = dialects / "datumaro" / "tests" / "assets" / "coco_dataset" / "coco"
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    members = {one.relative_to(folder).as_posix(): one.read_bytes() for one in files}
    path = tmp_path / "coco.zip"
    path.write_bytes(zipped(members))
    document = read(path)
    names = [name for name in members if name.endswith(".json")]
    assert [part.name for part in document.parts] == names
    alone = [read(folder / name) for name in names]
    assert [*document.annotations] == [row for one in alone for row in one.annotations]
    masks = document.masks(on_error="skip")
    assert (
        masks.has_mask.tolist()
        == np.concatenate([one.masks(on_error="skip").has_mask for one in alone]).tolist()
    )
    out = tmp_path / "out.zip"
    document.write(out)
    assert out.read_bytes() == path.read_bytes()
    convert(path, out, on_error="skip")
    after = unzipped(out.read_bytes())
    for name, data in members.items():
        if name in names:
            target = io.BytesIO()
            convert(data, target, on_error="skip")
            data = target.getvalue()
        assert after[name] == data
    assert [part.annotations for part in describe(path).parts] == [
        len(one.annotations) for one in alone
    ]

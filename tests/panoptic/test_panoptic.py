"""Document.from_panoptic and to_panoptic: real images, round trips, and what is refused."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cocodec
from cocodec import Document, DocumentError, RleArray, RleError
from reference import label_map as slow

Image = pytest.importorskip("PIL.Image")


def save(path: Path, labels: Any) -> None:
    labels = np.asarray(labels, np.uint32)
    channels = [labels >> shift & 255 for shift in (0, 8, 16)]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8)).save(path)


def labels_of(path: Path) -> np.ndarray:
    return slow.labels_of(np.asarray(Image.open(path)))


def text_of(document: Document) -> bytes:
    return b"".join(document.render_source())


# ---------------------------------------------------------------- real files


@pytest.fixture(scope="module")
def samples(dialects: Path) -> Path:
    return dialects / "panopticapi" / "sample_data"


def test_segments_become_the_annotations_of_the_reference(samples):
    """panopticapi's own conversion of the same images."""
    got = Document.from_panoptic(samples / "panoptic_examples.json")
    expected = cocodec.read(samples / "panoptic_coco_detection_format.json")
    assert len(got.annotations) == len(expected.annotations) == 50
    assert got.masks().masks == expected.masks().masks
    for key in ("image_id", "category_id", "area", "iscrowd", "bbox"):
        np.testing.assert_array_equal(
            got.annotations.column(key), expected.annotations.column(key), err_msg=key
        )
    assert got.annotations.column("id").tolist() == list(range(1, 51))
    source = (samples / "panoptic_examples.json").read_bytes()
    text = text_of(got)
    at = source.index(b'"annotations": [') + 16
    assert text.startswith(source[:at])
    assert [*got.categories] == json.loads(source)["categories"]


def test_there_and_back(samples, tmp_path):
    document = Document.from_panoptic(samples / "panoptic_examples.json")
    back = document.to_panoptic(tmp_path, overlap="error")
    source = cocodec.read(samples / "panoptic_examples.json")
    for got, expected in zip(back.annotations, source.annotations, strict=True):
        assert got == expected
        png = samples / "panoptic_examples" / expected["file_name"]
        np.testing.assert_array_equal(
            np.asarray(Image.open(tmp_path / got["file_name"])), np.asarray(Image.open(png))
        )
    assert [*back.categories] == [*source.categories]
    path = tmp_path / "again.json"
    back.write(path)
    again = Document.from_panoptic(path, tmp_path)
    assert text_of(again) == text_of(document)


def test_detection_format_becomes_panoptic(samples, tmp_path):
    """Annotation 0 cannot be a label: that image counts from 1 and keeps the ids."""
    document = cocodec.read(samples / "panoptic_coco_detection_format.json")
    panoptic = document.to_panoptic(tmp_path, overlap="error")
    first, second = panoptic.annotations
    assert [s["id"] for s in first["segments_info"]][:3] == [1, 2, 3]
    assert [s["annotation_id"] for s in first["segments_info"]][:3] == [0, 1, 2]
    assert "annotation_id" not in second["segments_info"][0]
    source = cocodec.read(samples / "panoptic_examples.json")
    for got, expected in zip(panoptic.annotations, source.annotations, strict=True):
        theirs = {
            (s["category_id"], s["area"], tuple(s["bbox"]), s["iscrowd"])
            for s in expected["segments_info"]
        }
        ours = {
            (s["category_id"], s["area"], tuple(s["bbox"]), s["iscrowd"])
            for s in got["segments_info"]
        }
        assert ours == theirs
        # the same segments under other numbers
        png = samples / "panoptic_examples" / expected["file_name"]
        pairs = np.stack([labels_of(tmp_path / got["file_name"]), labels_of(png)]).reshape(2, -1)
        n = len(np.unique(pairs, axis=1).T)
        assert n == len(np.unique(pairs[0])) == len(np.unique(pairs[1]))
    assert (panoptic.categories.column("isthing") == 1).all()


def test_datumaro(dialects):
    folder = dialects / "datumaro/tests/assets/coco_dataset/coco_panoptic/annotations"
    document = Document.from_panoptic(folder / "panoptic_val.json")
    image = labels_of(folder / "panoptic_val" / "b.png")
    expected = RleArray.encode(np.stack([image == 7, image == 20]))
    assert document.masks().masks == expected
    first, second = document.annotations
    assert (first["segment_id"], second["segment_id"]) == (7, 20)
    assert (first["area"], first["bbox"]) == (20.0, [0.0, 0.0, 1.0, 9.0])  # as they are stated
    with pytest.raises(DocumentError, match=r"a\.png: the image is 5 x 5 .* the document says 5 x"):
        Document.from_panoptic(folder / "panoptic_train.json")


# ---------------------------------------------------------------- made ones


def panoptic(segments: list[Any], **more: Any) -> dict[str, Any]:
    """One image of 3 x 4."""
    row = {"image_id": 1, "file_name": "a.png", "segments_info": segments, **more}
    image = {"id": 1, "height": 3, "width": 4, "file_name": "a.jpg"}
    return {"images": [image], "annotations": [row], "categories": [{"id": 1, "isthing": 0}]}


def load(root: Any, folder: Path) -> Document:
    return Document.from_panoptic(json.dumps(root).encode(), folder)


LABELS = [[0, 5, 5, 0], [0, 70000, 5, 0], [0, 0, 0, 0]]


def test_what_a_segment_does_not_say_is_added(tmp_path):
    save(tmp_path / "a.png", LABELS)
    root = panoptic([{"id": 70000}, {"id": 5, "category_id": "x", "area": 9.5, "tag": None}])
    first, second = load(root, tmp_path).annotations
    assert first == {
        "id": 1,
        "image_id": 1,
        "segmentation": RleArray.encode(np.equal(LABELS, 70000)).to_coco()[0],
        "area": 1,
        "bbox": [1, 1, 1, 1],
        "iscrowd": 0,
        "segment_id": 70000,
    }
    assert list(second) == [
        "id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd", "tag",
        "segment_id",
    ]  # fmt: skip
    assert (second["area"], second["category_id"], second["tag"]) == (9.5, "x", None)


@pytest.mark.parametrize(
    "segments, message",
    [
        ([{"id": 5}], r"row 0: segments_info lacks 70000, which pixels of .* have"),
        ([{"id": 5}, {"id": 70000}, {"id": 6}], r"row 0: no pixel of .* has the segment 6"),
        ([{"id": 5}, {"id": 70000}, {"id": 5}], "segments_info has twice 5"),
        ([{"id": "5"}], "segment 0 has the id '5', expected an integer from 1 to 16777215"),
        ([{"id": 0}], "segment 0 has the id 0"),
        ([{"id": True}], "segment 0 has the id True"),
        ([{"id": 5}, {}], "segment 1 has the id None"),
        ([7], "segment 0 has the id None"),
        (None, "annotations, row 0: no list of segments_info"),
    ],
    ids=str,
)
def test_pixels_and_segments_must_agree(tmp_path, segments, message):
    save(tmp_path / "a.png", LABELS)
    with pytest.raises(DocumentError, match=message):
        load(panoptic(segments), tmp_path)


@pytest.mark.parametrize(
    "name",
    ["../a.png", "b/../../a.png", "/a.png", "..\\a.png", "C:a.png", "\\\\host\\a.png", 5, ""],
)
def test_file_names_stay_in_the_folder(tmp_path, name):
    save(tmp_path / "a.png", LABELS)
    folder = tmp_path / "inner"
    folder.mkdir()
    with pytest.raises(DocumentError, match="annotations, row 0: the file name"):
        load(panoptic([], file_name=name), folder)
    document = cocodec.read(json.dumps(panoptic([])).encode())
    document.annotations.remove(None)
    document.images.set_column("file_name", [name])
    if isinstance(name, str) and name:
        with pytest.raises(DocumentError, match="images, row 0: the file name"):
            document.to_panoptic(folder / "inner")
        assert not list(folder.iterdir())


def test_images_that_are_none(tmp_path):
    root = panoptic([])
    with pytest.raises(FileNotFoundError):
        load(root, tmp_path)
    (tmp_path / "a.png").write_bytes(b"not a PNG")
    with pytest.raises(DocumentError, match=r"a\.png: no image that can be read"):
        load(root, tmp_path)
    save(tmp_path / "a.png", np.zeros((3, 4)))
    whole = (tmp_path / "a.png").read_bytes()
    save(tmp_path / "a.png", np.arange(12).reshape(3, 4) * 1_234_567)
    damaged = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(damaged[: len(damaged) // 2])
    with pytest.raises(DocumentError, match=r"a\.png: no image that can be read"):
        load(root, tmp_path)
    (tmp_path / "a.png").write_bytes(whole)
    assert len(load(root, tmp_path).annotations) == 0


def test_the_size_is_checked_before_pixels_are(tmp_path):
    """A file that claims more than it may is not decoded."""
    save(tmp_path / "a.png", np.zeros((4, 4)))
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[:60])  # the header says enough
    with pytest.raises(DocumentError, match=r"the image is 4 x 4 .* says 3 x 4"):
        load(panoptic([]), tmp_path)


def test_without_pillow(tmp_path, monkeypatch):
    save(tmp_path / "a.png", np.zeros((3, 4)))
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    for call in (
        lambda: load(panoptic([]), tmp_path),
        lambda: Document.from_rows().to_panoptic(tmp_path),
    ):
        with pytest.raises(ImportError, match=re.escape("pip install cocodec[draw]")):
            call()
    assert len(Document.from_rows().to_panoptic().annotations) == 0


def test_a_folder_beside_the_file(tmp_path):
    save(tmp_path / "panoptic_val" / "a.png", LABELS)
    path = tmp_path / "panoptic_val.json"
    path.write_text(json.dumps(panoptic([{"id": 5}, {"id": 70000}])))
    assert len(Document.from_panoptic(path).annotations) == 2
    with pytest.raises(ValueError, match="png_folder must be given"):
        Document.from_panoptic(path.read_bytes())


# ---------------------------------------------------------------- painting


def row(number: Any, mask: Any, image: Any = 1, **more: Any) -> dict[str, Any]:
    segmentation = RleArray.encode(np.asarray(mask, bool)).to_coco()[0]
    return {"id": number, "image_id": image, "category_id": 1, "segmentation": segmentation, **more}


IMAGES = [{"id": k, "height": 2, "width": 3, "file_name": f"{k}.jpg"} for k in (1, "b")]
TOP, ALL = [[1, 1, 1], [0, 0, 0]], [[1, 1, 1], [1, 1, 1]]


def test_overlaps(tmp_path):
    document = Document.from_rows(images=IMAGES, annotations=[row(3, TOP), row(4, ALL)])
    (first, empty) = document.to_panoptic(tmp_path).annotations
    assert [s["id"] for s in first["segments_info"]] == [4]  # 3 is painted over whole
    assert empty == {"image_id": "b", "file_name": "b.png", "segments_info": []}
    assert not labels_of(tmp_path / "b.png").any()
    first, _ = document.to_panoptic(tmp_path, overlap="first").annotations
    assert [(s["id"], s["area"], s["bbox"]) for s in first["segments_info"]] == [
        (3, 3, [0, 0, 3, 1]),
        (4, 3, [0, 1, 3, 1]),
    ]
    np.testing.assert_array_equal(labels_of(tmp_path / "1.png"), [[3, 3, 3], [4, 4, 4]])
    with pytest.raises(RleError, match="masks 0 and 1 both cover the pixel in row 0, column 0"):
        document.to_panoptic(overlap="error")


def test_what_else_a_row_says_is_kept():
    rows = [row("x", TOP, score=0.5, attributes={"a": 1}, iscrowd=True, area=77)]
    document = Document.from_rows(images=IMAGES, annotations=rows)
    (segment,) = document.to_panoptic().annotations[0]["segments_info"]
    assert segment == {
        "id": 1,
        "category_id": 1,
        "area": 3,
        "bbox": [0, 0, 3, 1],
        "iscrowd": 1,
        "annotation_id": "x",
        "score": 0.5,
        "attributes": {"a": 1},
    }


@pytest.mark.parametrize(
    "images, rows, message",
    [
        (IMAGES, [row(1, TOP, image=7)], "1 annotation cannot be painted: no such image: rows 0"),
        (IMAGES, [row(1, TOP), {"id": 2, "image_id": 1}], "no mask to paint: rows 1"),
        (IMAGES, [row(1, [[1]])], "annotations, row 0: the mask is [1, 1] (height, width), the"),
        ([{"id": 1}], [], "images, row 0: the size is not known"),
        (
            [*IMAGES, {**IMAGES[0], "id": 9, "file_name": "1.png"}],
            [],
            "images, row 2: the PNG is 1.png, as that of row 0 is",
        ),
    ],
)
def test_what_cannot_be_painted(images, rows, message, tmp_path):
    document = Document.from_rows(images=images, annotations=rows)
    with pytest.raises(DocumentError, match=re.escape(message)):
        document.to_panoptic(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_parts_keep_their_own(tmp_path):
    part = {"images": IMAGES[:1], "annotations": [row(1, TOP)]}
    other = {"images": IMAGES[1:], "annotations": [row(1, ALL, image="b")]}
    document = cocodec.read(json.dumps([part, other]).encode())
    got = document.to_panoptic(tmp_path)
    assert got.annotations.part.tolist() == [0, 1]
    path = tmp_path / "two.json"
    got.write(path)
    back = Document.from_panoptic(path, tmp_path)
    assert [r["id"] for r in back.annotations] == [1, 1]
    assert back.masks().masks == document.masks().masks


@settings(max_examples=25)
@given(st.lists(st.integers(0, 3), min_size=12, max_size=12), st.integers(1, 2**24 - 4))
def test_any_map_there_and_back(tmp_path_factory, pixels, first):
    folder = tmp_path_factory.mktemp("maps")
    labels = np.array(pixels).reshape(3, 4)
    labels[labels > 0] += first
    save(folder / "a.png", labels)
    segments = [{"id": int(n), "category_id": 1} for n in np.unique(labels) if n > 0]
    document = load(panoptic(segments), folder)
    back = document.to_panoptic(folder / "out", overlap="error")
    np.testing.assert_array_equal(labels_of(folder / "out" / "a.png"), labels)
    assert [s["id"] for s in back.annotations[0]["segments_info"]] == [s["id"] for s in segments]

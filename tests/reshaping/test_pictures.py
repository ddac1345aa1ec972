"""Image files that are moved with their document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec
from cocodec import DocumentError
from cocodec.reshaping import crop, flip, pad, resize, rotate90, subset, tile, untile

Image = pytest.importorskip("PIL.Image")


def pixels_at(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image)


@pytest.fixture
def place(tmp_path: Path) -> tuple[Path, np.ndarray, bytes]:
    """A folder with an image in a folder of it, its pixels, and its document."""
    pixels = np.random.default_rng(3).integers(0, 255, (7, 9, 3)).astype(np.uint8)
    (tmp_path / "in" / "sub").mkdir(parents=True)
    Image.fromarray(pixels).save(tmp_path / "in" / "sub" / "a.png")
    image = {"id": 1, "file_name": "sub/a.png", "height": 7, "width": 9}
    return tmp_path, pixels, json.dumps({"images": [image], "annotations": []}).encode()


@pytest.mark.parametrize(
    "call, change",
    [
        (lambda d, f: crop(d, [2, 1, 4, 20], image_folders=f), lambda p: p[1:, 2:6]),
        (lambda d, f: flip(d, image_folders=f), lambda p: p[:, ::-1]),
        (lambda d, f: flip(d, "vertical", image_folders=f), lambda p: p[::-1]),
        (lambda d, f: rotate90(d, 1, image_folders=f), np.rot90),
        (lambda d, f: rotate90(d, 2, image_folders=f), lambda p: np.rot90(p, 2)),
        (lambda d, f: rotate90(d, -1, image_folders=f), lambda p: np.rot90(p, -1)),
        (lambda d, f: rotate90(d, 4, image_folders=f), lambda p: p),
        (
            lambda d, f: pad(d, 1, 2, 3, 4, image_folders=f),
            lambda p: np.pad(p, ((2, 4), (1, 3), (0, 0))),
        ),
    ],
)
def test_pixels_move_as_the_document_does(place: Any, call: Any, change: Any) -> None:
    folder, pixels, document = place
    found = call(document, (folder / "in", folder / "out"))
    got = pixels_at(folder / "out" / "sub" / "a.png")
    np.testing.assert_array_equal(got, change(pixels))
    assert got.shape[:2] == (found.images[0]["height"], found.images[0]["width"])


def test_sizes_and_tiles(place: Any) -> None:
    folder, pixels, document = place
    resize(document, size=(3, 5), image_folders=(folder / "in", folder / "small"))
    assert pixels_at(folder / "small" / "sub" / "a.png").shape == (5, 3, 3)
    found = tile(document, (5, 5), image_folders=(folder / "in", folder / "tiles"))
    assert len(found.images) == 4
    for row in found.images:
        x, y = row["tile"]["x"], row["tile"]["y"]
        got = pixels_at(folder / "tiles" / row["file_name"])
        np.testing.assert_array_equal(got, pixels[y : y + 5, x : x + 5])


def test_nothing_is_left_of_what_fails(place: Any) -> None:
    folder, _, document = place
    out = folder / "out"
    root = json.loads(document)

    def changed(**values: Any) -> bytes:
        return json.dumps({**root, "images": [{**root["images"][0], **values}]}).encode()

    for wrong, message in (
        (changed(width=8), r"9 x 7 pixels \(width x height\), but the document says 8 x 7"),
        (changed(file_name="../a.png"), "images, row 0: "),
        (changed(file_name=None), "images, row 0: the file_name is None"),
        (json.dumps({**root, "images": root["images"] * 2}).encode(), "2 images would be written"),
    ):
        with pytest.raises(DocumentError, match=message):
            flip(wrong, image_folders=(folder / "in", out))
        assert not out.exists()
    with pytest.raises(FileNotFoundError):
        flip(changed(file_name="b.png"), image_folders=(folder / "in", out))
    (folder / "in" / "b.png").write_text("no image")
    with pytest.raises(DocumentError, match="no image that Pillow can read"):
        flip(changed(file_name="b.png"), image_folders=(folder / "in", out))
    assert sorted(path.name for path in folder.iterdir()) == ["in"]
    with pytest.raises(FileExistsError):
        flip(document, image_folders=(folder / "in", folder / "in"))


def test_exif_that_turns_the_file(place: Any) -> None:
    folder, pixels, document = place
    exif = Image.Exif()
    exif[0x112] = 6  # shown turned clockwise
    path = folder / "in" / "sub" / "a.png"
    Image.fromarray(np.rot90(pixels, 1).copy()).save(path, exif=exif)
    flip(document, image_folders=(folder / "in", folder / "out"))
    got = pixels_at(folder / "out" / "sub" / "a.png")
    np.testing.assert_array_equal(got, pixels[:, ::-1])


def test_tiles_are_put_together_again(place: Any) -> None:
    folder, pixels, document = place
    root = json.loads(document)
    Image.fromarray(pixels[:4, :4].copy()).save(folder / "in" / "small.png")
    small = {"id": 2, "file_name": "small.png", "height": 4, "width": 4}
    text = json.dumps({**root, "images": [*root["images"], small]}).encode()
    tiles = tile(text, (5, 5), overlap=1, image_folders=(folder / "in", folder / "tiles"))
    whole = untile(tiles, image_folders=(folder / "tiles", folder / "out"))
    assert whole.images[:] == cocodec.read(text).images[:]
    np.testing.assert_array_equal(pixels_at(folder / "out" / "sub" / "a.png"), pixels)
    kept, made = (folder / name / "small.png" for name in ("tiles", "out"))
    assert made.read_bytes() == kept.read_bytes()
    # What no tile covers is black.
    first = subset(tiles, images=[tiles.images[0]["file_name"]])
    untile(first, image_folders=(folder / "tiles", folder / "part"))
    got = pixels_at(folder / "part" / "sub" / "a.png")
    np.testing.assert_array_equal(got[:5, :5], pixels[:5, :5])
    assert not got[5:].any()
    assert not got[:, 5:].any()


def test_tiles_of_several_palettes_and_modes_are_put_together(place: Any) -> None:
    folder, pixels, document = place
    tiles = tile(document, (5, 7), image_folders=(folder / "in", folder / "tiles"))
    first = folder / "tiles" / tiles.images[0]["file_name"]
    Image.open(first).convert("L").save(first)
    untile(tiles, image_folders=(folder / "tiles", folder / "out"))
    got = pixels_at(folder / "out" / "sub" / "a.png")
    np.testing.assert_array_equal(got[:, 5:, :3], pixels[:, 5:])


def test_tiles_that_lie_are_refused(place: Any) -> None:
    folder, _, document = place
    tiles = tile(document, (5, 5), image_folders=(folder / "in", folder / "tiles"))
    for wrong, message in (
        ({"file_name": "../a.png"}, "images, row 0"),
        ({"file_name": None}, "has the file_name None, expected a path"),
        ({"width": 2**40}, r"the whole image would have 1099511627776 x 7 pixels \(width x"),
        ({"width": 0}, "the whole image would have 0 x 7 pixels"),
    ):
        lying = tile(document, (5, 5))
        row = lying.images[0]
        lying.images[0] = {**row, "tile": {**row["tile"], **wrong}}
        with pytest.raises(DocumentError, match=message):
            untile(lying, image_folders=(folder / "tiles", folder / "out"))
        assert not (folder / "out").exists()
    assert len(tiles.images) == 4

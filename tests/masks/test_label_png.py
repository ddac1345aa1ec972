"""Label maps as PNGs -> masks and back: every kind of pixel, filter and compression; bad files."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cocodec._core as _core
from cocodec import DocumentError, RleArray, RleError
from reference import png as reference
from support.bridge import same

# Bits, channels and the kind of colour of what can be read.
KINDS = [(1, 1, 0), (2, 1, 0), (4, 1, 0), (8, 1, 0), (16, 1, 0), (1, 1, 3), (2, 1, 3), (4, 1, 3)]
KINDS += [(8, 1, 3), (8, 2, 4), (16, 2, 4), (8, 3, 2), (8, 4, 6)]


def check(pixels, png):
    """The masks are those of the label map, and so are the pixels."""
    expected, ids = RleArray.from_label_map(reference.labels(pixels))
    got, found = RleArray.from_label_png(png)
    same(got, expected)
    np.testing.assert_array_equal(found, ids)
    stored = _core.png_pixels(png)
    np.testing.assert_array_equal(stored, pixels)
    assert stored.dtype == pixels.dtype


def some_pixels(random, bits, channels):
    """Noise of few or many values, or blocks of it."""
    h, w = random.integers(1, 40, 2)
    shape = (h, w) if channels == 1 else (h, w, channels)
    values = min(int(random.choice([2, 4, 70000])), 2**bits)
    pixels = random.integers(0, values, shape).astype(np.uint16 if bits == 16 else np.uint8)
    if random.random() < 0.6:
        down, across = random.integers(1, 40, 2)
        pixels = np.repeat(np.repeat(pixels, down, 0), across, 1)[:80, :300]
    return pixels


@pytest.mark.parametrize(("bits", "channels", "colour"), KINDS)
def test_random_maps(bits, channels, colour):
    random = np.random.default_rng(bits * 10 + colour)
    strategies = [zlib.Z_DEFAULT_STRATEGY, zlib.Z_RLE, zlib.Z_HUFFMAN_ONLY, zlib.Z_FIXED]
    for _ in range(25):
        pixels = some_pixels(random, bits, channels)
        png = reference.encode(
            pixels,
            bits,
            colour=colour,
            kinds=random.integers(0, 5, random.integers(1, 6)).tolist(),
            level=int(random.integers(0, 10)),
            strategy=int(random.choice(strategies)),
            piece=int(random.choice([1, 7, 10**6])),
        )
        check(pixels, png)


@given(
    st.integers(1, 7),
    st.integers(1, 7),
    st.lists(st.integers(0, 4), min_size=1, max_size=7),
    st.data(),
)
def test_any_small_map(h, w, kinds, data):
    cells = data.draw(st.lists(st.integers(0, 3), min_size=3 * h * w, max_size=3 * h * w))
    pixels = np.array(cells, np.uint8).reshape(h, w, 3)
    check(pixels, reference.encode(pixels, kinds=kinds))
    check(pixels[:, :, 0], reference.encode(pixels[:, :, 0], kinds=kinds))


def test_maps_that_are_longer_than_the_window():
    """What is inflated goes through a window of 160 KB: matches reach over its edge."""
    random = np.random.default_rng(3)
    pixels = np.repeat(random.integers(0, 256, (60, 50)).astype(np.uint8), 400, 1)
    pixels = np.concatenate([pixels, random.integers(0, 256, pixels.shape).astype(np.uint8)])
    for kinds in ([0], [1, 2, 4, 3]):
        for level in (0, 1, 9):
            check(pixels, reference.encode(pixels, kinds=kinds, level=level))
    wide = np.repeat(np.arange(7, dtype=np.uint8), 60000)[None]
    check(wide, reference.encode(wide, kinds=[1]))
    check(wide.T.copy(), reference.encode(wide.T.copy(), kinds=[2]))


def test_written_maps():
    random = np.random.default_rng(4)
    for bits, channels in ((8, 1), (16, 1), (8, 3)):
        for _ in range(20):
            pixels = some_pixels(random, bits, channels)
            png = _core.print_label_png(pixels)
            np.testing.assert_array_equal(reference.decode(png), pixels)
            check(pixels, png)
    many = np.arange(256, dtype=np.uint8).repeat(2).reshape(2, 256)
    check(many, _core.print_label_png(many))
    fibonacci = [1, 1]
    while len(fibonacci) < 24:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    steep = np.repeat(np.arange(24), fibonacci).astype(np.uint8)  # codes that grow too long
    random.shuffle(steep)
    check(steep[None], _core.print_label_png(steep[None]))


def test_as_pillow_has_them():
    image_of = pytest.importorskip("PIL.Image")
    random = np.random.default_rng(5)
    for bits, channels in ((8, 1), (16, 1), (8, 3)):
        pixels = some_pixels(random, bits, channels)
        out = io.BytesIO()
        image_of.fromarray(pixels).save(out, "PNG")
        check(pixels, out.getvalue())
        with image_of.open(io.BytesIO(_core.print_label_png(pixels))) as image:
            np.testing.assert_array_equal(np.asarray(image), pixels)


def test_masks_there_and_back(tmp_path):
    masks = RleArray.from_boxes([[0, 0, 4, 3], [5, 1, 2, 6], [8, 8, 1, 1]], (10, 12))
    for ids, bits, colour in (
        (None, 8, 0),
        ([1, 255, 7], 8, 0),
        ([1, 256, 7], 16, 0),
        ([1, 65536, 7], 8, 2),
        ([1, 2**24 - 1, 7], 8, 2),
    ):
        png = masks.to_label_png(ids)
        assert (png[24], png[25]) == (bits, colour)
        got, found = RleArray.from_label_png(png)
        order = np.argsort([1, 2, 3] if ids is None else ids)
        same(got, masks[order])
        assert found.tolist() == sorted([1, 2, 3] if ids is None else ids)
    assert masks.to_label_png(rgb=True)[25] == 2
    path = tmp_path / "map.png"
    path.write_bytes(masks.to_label_png([5, 6, 7], background=9))
    got, found = RleArray.from_label_png(path, background=9)
    same(got, masks)
    everything, found = RleArray.from_label_png(memoryview(path.read_bytes()), background=None)
    assert found.tolist() == [5, 6, 7, 9]
    same(everything.union(), RleArray.encode(np.ones((10, 12), bool)))


def test_refused_labels():
    masks = RleArray.from_boxes([[0, 0, 4, 3], [1, 1, 2, 6]], (10, 12))
    for ids in ([-1, 1], [1, 2**24]):
        with pytest.raises(RleError, match=r"labels of a PNG lie in 0\.\.16777215"):
            masks.to_label_png(ids)
    with pytest.raises(RleError):
        masks.to_label_png(overlap="error")
    with pytest.raises(RleError, match="one pixel at least"):
        RleArray().to_label_png(size=(0, 5))


def refused(png, words, error=DocumentError):
    for call in (RleArray.from_label_png, _core.png_pixels):
        with pytest.raises(error, match=words):
            call(png)


def test_refused_files():
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    png = reference.encode(pixels)
    refused(b"", "does not begin as a PNG")
    refused(b"GIF89a" + png, "does not begin as a PNG")
    refused(png[:20], "ends")
    refused(png[:-12], "ends before its last chunk")
    start, end = reference.header(4, 3, 8, 0), reference.chunk(b"IEND", b"")
    rows = reference.filtered(reference.packed_rows(pixels, 8), 1, [0])

    def made(content, head=start):
        return reference.SIGNATURE + head + reference.chunk(b"IDAT", content) + end

    refused(made(zlib.compress(rows)[:-8]), "end early|fewer rows")
    refused(made(zlib.compress(rows[:-5])), "fewer rows than its header says")
    refused(made(zlib.compress(rows + b"\0" * 5)), "more rows than its header says")
    refused(made(zlib.compress(b"\7" + rows[1:])), r"filter 7, expected 0\.\.4")
    refused(made(b""), "end early")
    refused(made(b"\x78\x02"), "no zlib stream")
    refused(made(b"\x78\x9c\x07"), "block of no known kind")
    refused(reference.SIGNATURE + start + end, "no pixels")
    refused(made(rows, reference.header(0, 3, 8, 0)), r"size is \[3, 0\]")
    refused(made(rows, reference.header(4, 3, 5, 0)), "a kind of image that there is not")
    refused(made(rows, reference.header(4, 3, 16, 3)), "a kind of image that there is not")
    refused(made(rows, reference.header(4, 3, 8, 0, 1)), "interlaced", RleError)
    broken = bytearray(png)
    broken[20] ^= 1
    refused(bytes(broken), "checksum")
    with pytest.raises(RleError, match="16 bits each"):
        RleArray.from_label_png(reference.encode(np.zeros((2, 2, 3), np.uint16), 16))
    with pytest.raises(RleError, match=r'more than 268435456 pixels .*the limit "pixels"'):
        RleArray.from_label_png(made(rows, reference.header(2**20, 2**20, 8, 0)))
    with pytest.raises(FileNotFoundError):
        RleArray.from_label_png("/nowhere/map.png")


def test_any_broken_stream():
    """Bits that are turned over give a refusal or other pixels, never more than the header says."""
    random = np.random.default_rng(6)
    pixels = np.repeat(random.integers(0, 9, (20, 8)).astype(np.uint8), 9, 1)
    rows = reference.filtered(reference.packed_rows(pixels, 8), 1, [2, 1, 4])
    for level in (0, 6):
        content = zlib.compress(rows, level)
        for _ in range(300):
            broken = bytearray(content)
            for _ in range(int(random.integers(1, 4))):
                broken[int(random.integers(2, len(broken)))] ^= 1 << int(random.integers(0, 8))
            png = reference.SIGNATURE + reference.header(72, 20, 8, 0)
            png += reference.chunk(b"IDAT", bytes(broken)) + reference.chunk(b"IEND", b"")
            try:
                masks, _ = RleArray.from_label_png(png, background=None)
            except DocumentError:
                continue
            assert masks.area().sum() == 72 * 20

"""Image headers: sizes and orientations of real files of every format, and of broken ones."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec.files.image_headers import ImageHeader, ImageHeaderError, read_image_size

FORMATS = ("PNG", "JPEG", "WebP", "GIF", "BMP", "TIFF")


def made(
    format: str, size: tuple[int, int] = (37, 21), orientation: int = 1, **options: Any
) -> bytes:
    """Write an image of (width, height) with Pillow."""
    image_module = pytest.importorskip("PIL.Image", reason="Pillow writes the images")
    image = image_module.new("RGB", size, (9, 80, 200))
    out = BytesIO()
    if orientation != 1:
        exif = image.getexif()
        exif[274] = orientation
        options["exif"] = exif
    image.save(out, format, **options)
    return out.getvalue()


@pytest.mark.parametrize("format", FORMATS)
def test_size_of_every_format(format: str) -> None:
    assert read_image_size(made(format)) == ImageHeader(21, 37, 1, format)


@pytest.mark.parametrize("size", [(1, 1), (16383, 1), (1, 16383), (300, 257)])
@pytest.mark.parametrize("format", FORMATS)
def test_sides_of_many_bytes(format: str, size: tuple[int, int]) -> None:
    width, height = size
    assert read_image_size(made(format, size))[:2] == (height, width)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WebP", "TIFF"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_orientation(format: str, orientation: int) -> None:
    found = read_image_size(made(format, orientation=orientation))
    assert found == ImageHeader(21, 37, orientation, format)
    assert found.shown_size == ((37, 21) if orientation >= 5 else (21, 37))


@pytest.mark.parametrize(
    ("format", "options"),
    [
        ("WebP", {"lossless": True}),
        ("JPEG", {"progressive": True}),
        ("TIFF", {"big_tiff": True}),
        ("TIFF", {"compression": "tiff_lzw"}),
    ],
)
def test_variants(format: str, options: dict[str, Any]) -> None:
    assert read_image_size(made(format, **options)) == ImageHeader(21, 37, 1, format)


def test_old_and_upturned_bitmaps() -> None:
    core = b"BM" + bytes(12) + struct.pack("<IHH", 12, 5, 7) + bytes(8)
    assert read_image_size(core) == ImageHeader(7, 5, 1, "BMP")
    upturned = b"BM" + bytes(12) + struct.pack("<Iii", 40, 5, -7)
    assert read_image_size(upturned) == ImageHeader(7, 5, 1, "BMP")


def test_big_endian_tiff() -> None:
    fields = [(256, 3, 1, 5 << 16), (257, 4, 1, 7), (274, 3, 1, 6 << 16)]
    head = b"MM\0*" + struct.pack(">IH", 8, 3)
    assert read_image_size(head + b"".join(struct.pack(">HHII", *one) for one in fields)) == (
        ImageHeader(7, 5, 6, "TIFF")
    )


def test_path_and_bytes_agree(tmp_path: Path) -> None:
    for format in FORMATS:
        file = tmp_path / f"image.{format}"
        file.write_bytes(made(format))
        assert read_image_size(file) == read_image_size(str(file)) == read_image_size(made(format))


def test_what_is_no_image_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(b'{"images": []}')
    with pytest.raises(ImageHeaderError, match=r"a\.jpg: starts with .*expected a PNG, JPEG"):
        read_image_size(file)
    with pytest.raises(ImageHeaderError, match="is empty"):
        read_image_size(b"")


@pytest.mark.parametrize("format", FORMATS)
def test_cut_files_are_refused_or_right(format: str) -> None:
    whole = made(format, orientation=6 if format in ("PNG", "JPEG", "WebP") else 1)
    for end in range(min(len(whole), 400)):
        try:
            found = read_image_size(whole[:end])
        except ImageHeaderError:
            continue
        assert found[:2] == (21, 37)


def test_zero_sides_are_refused() -> None:
    with pytest.raises(ImageHeaderError, match="says 0 x 0"):
        read_image_size(b"GIF89a" + bytes(7))


@given(
    st.sampled_from(
        [
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff",
            b"RIFF\0\0\0\0WEBPVP8X",
            b"GIF89a",
            b"BM",
            b"II*\0",
            b"MM\0\x2b",
        ]
    ),
    st.binary(max_size=80),
)
def test_any_bytes_are_refused_or_read(start: bytes, rest: bytes) -> None:
    try:
        found = read_image_size(start + rest)
    except ImageHeaderError:
        return
    assert found.height > 0
    assert found.width > 0
    assert 1 <= found.orientation <= 8

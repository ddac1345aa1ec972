"""Broken and hostile zips: our own error, before harm, that names the member."""

from __future__ import annotations

import io
import json
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import DocumentError
from cocodec.conversion import convert
from cocodec.documents.parts import read_raw
from cocodec.files.archive import open_archive, write_archive

NAME = "annotations/a.json"
TEXT = b'{"annotations": [{"id": 1}]}'


def made(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in members:
            file.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def patched(data: bytes, **fields: int) -> bytes:
    """The zip with other values in the directory's first record."""
    places = {"flags": (8, "H"), "method": (10, "H"), "crc": (16, "L"), "packed": (20, "L")}
    places |= {"unpacked": (24, "L"), "attributes": (38, "L"), "offset": (42, "L")}
    out, at = bytearray(data), data.index(b"PK\1\2")
    for name, value in fields.items():
        place, kind = places[name]
        struct.pack_into("<" + kind, out, at + place, value)
    return bytes(out)


def refusal(data: bytes, unzip_limit: int | None = None) -> str:
    with pytest.raises(DocumentError) as error:
        read_raw(data, unzip_limit=unzip_limit)
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../a.json", "leads out of its folder (..)"),
        ("images/../../a.jpg", "leads out of its folder (..)"),
        ("images/..", "leads out of its folder (..)"),
        ("/etc/a.json", "is an absolute path"),
        ("C:a.json", "is an absolute path"),
        ("c:/a.json", "is an absolute path"),
        ("images\\a.jpg", "has a backslash"),
        ("..\\a.json", "has a backslash"),
        ("//host/a.json", "is an absolute path"),
        ("a.json\0.jpg", "is empty or has a NUL"),
        ("", "is empty or has a NUL"),
    ],
)
def test_unsafe_names_are_refused(name: str, reason: str) -> None:
    stand_in = "x" * len(name)
    data = made([(NAME, TEXT), (stand_in, b"")]).replace(stand_in.encode(), name.encode())
    if not name:
        data = made([(NAME, TEXT), ("", b"")])
    assert refusal(data) == f"the zip has a member whose name {reason}: {name!r}"


@pytest.mark.parametrize("other", [NAME, f"./{NAME}", f"x/.././{NAME}", "annotations//a.json"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(other: str) -> None:
    said = refusal(made([(NAME, TEXT), (other, TEXT)]))
    assert "two members of this name" in said or "(..)" in said


def test_encrypted_members_and_links_are_refused() -> None:
    data = made([(NAME, TEXT)])
    for flags in (1, 1 << 6 | 1, 1 << 13):
        assert refusal(patched(data, flags=flags)) == f"{NAME}: this member of the zip is encrypted"
    link = patched(data, attributes=0o120777 << 16)
    assert refusal(link) == f"{NAME}: this member of the zip is a link, expected a file"


@pytest.mark.parametrize("end", range(4, len(made([(NAME, TEXT)]))))
def test_every_truncation_is_refused(end: int) -> None:
    assert "ends too early" in refusal(made([(NAME, TEXT)])[:end])


def test_what_the_directory_says_must_fit() -> None:
    data = made([(NAME, TEXT), ("b.json", TEXT)])
    second = data.index(b"PK\3\4", 4)
    cases = {
        "overlaps another one": patched(data, packed=second),
        "overlaps the directory": patched(made([(NAME, TEXT)]), packed=200),
        f"{NAME}: this member of the zip overlaps": patched(data, offset=second),
        "contradict each other": patched(data, method=0),
        "is packed by method 14": data.replace(b"\x08\0\0\0!\0", b"\x0e\0\0\0!\0"),
        "is damaged (its CRC-32": patched(data, crc=7),
        f"unpacks to more than the {len(TEXT) - 1} bytes": patched(data, unpacked=len(TEXT) - 1),
        f"but the zip claims {len(TEXT) + 1}": patched(data, unpacked=len(TEXT) + 1),
        "there is no directory at its end": data + b"x",
        "its directory lies at bytes": data + data,
        "name b'annotations/\\xe9.json' is no UTF-8": patched(
            data.replace(b"annotations/a", b"annotations/\xe9"), flags=1 << 11
        ),
    }
    for said, broken in cases.items():
        assert said in refusal(broken)
    end = data.rindex(b"PK\5\6")
    for place, value, said in [
        (10, 1, "several files"),
        (4, 1, "several files"),
        (16, 0, "its directory lies at bytes 0"),
        (12, 2**32 - 2, "its directory lies at bytes"),
    ]:
        broken = data[: end + place] + struct.pack("<L", value)[: 4 if place > 10 else 2]
        assert said in refusal(broken + data[len(broken) :])
    for count in (1, 3):
        broken = data[: end + 8] + struct.pack("<2H", count, count) + data[end + 12 :]
        assert "the zip is broken" in refusal(broken)


@given(st.data())
def test_any_damage_is_an_error_or_harmless(draw: st.DataObject) -> None:
    good = made([(NAME, TEXT), ("images/a.jpg", b"12345"), ("b.json", TEXT)])
    data = bytearray(good)
    for _ in range(draw.draw(st.integers(1, 3))):
        data[draw.draw(st.integers(4, len(data) - 1))] = draw.draw(st.integers(0, 255))
    try:
        archive = open_archive(bytes(data))
        texts = {m.name: archive.read(m, 1 << 20) for m in archive.members}
    except DocumentError:
        return
    # A name may be another one now, and bytes that nothing depends on may differ.
    assert list(texts.values()) == [TEXT, b"12345", TEXT]
    out = io.BytesIO()
    try:
        write_archive(archive, out, {archive.members[0].name: [b"{}"]})
    except DocumentError:
        return
    again = open_archive(out.getvalue())
    assert [again.read(m, 1 << 20) for m in again.members] == [b"{}", b"12345", TEXT]


# ---------------------------------------------------------------- bombs


def bomb(size: int) -> bytes:
    """JSON of `size` bytes and more, almost all of it white space."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file, file.open(NAME, "w") as stream:
        for _ in range(size >> 20):
            stream.write(b" " * (1 << 20))
        stream.write(TEXT)
    return out.getvalue()


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    data = bomb(300 << 20)
    assert len(data) < 1 << 20
    tracemalloc.start()
    said = refusal(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20
    assert said == (
        f"{NAME}: unpacks to 314,572,828 bytes, of which 268,435,456 are allowed; "
        "--unzip-limit (or unzip_limit=) allows more"
    )


def test_a_bomb_that_lies_is_refused_where_its_claim_ends() -> None:
    data = patched(bomb(64 << 20), unpacked=1000)
    tracemalloc.start()
    said = refusal(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20
    assert said == f"{NAME}: unpacks to more than the 1,000 bytes that the zip claims"


def test_ten_gigabytes_are_refused_by_their_claim() -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file,
        file.open(NAME, "w", force_zip64=True) as stream,
    ):
        stream.write(TEXT)
    data = out.getvalue()
    record = open_archive(data).members[0].record
    extra = struct.pack("<2HQ", 1, 8, 10 << 30)
    claim = bytearray(record + extra)
    struct.pack_into("<L", claim, 24, 0xFFFFFFFF)
    struct.pack_into("<H", claim, 30, len(extra))
    at = data.index(record)
    end = bytearray(data[at + len(record) :])
    struct.pack_into("<L", end, 12, len(claim))
    assert refusal(data[:at] + claim + end) == (
        f"{NAME}: unpacks to 10,737,418,240 bytes, of which 268,435,456 are allowed; "
        "--unzip-limit (or unzip_limit=) allows more"
    )
    # 10 GB allowed, and the claim turns out to be wrong.
    said = refusal(data[:at] + claim + end, unzip_limit=11 << 30)
    assert said == f"{NAME}: unpacks to 28 bytes, but the zip claims 10,737,418,240"


def test_the_limit_is_for_all_members_together() -> None:
    data = made([("a.json", TEXT), ("b.json", TEXT), ("images/c.jpg", bytes(10_000))])
    assert len(read_raw(data, unzip_limit=2 * len(TEXT)).parts) == 2
    assert refusal(data, unzip_limit=2 * len(TEXT) - 1) == (
        "b.json: unpacks to 28 bytes, of which 27 are allowed; "
        "--unzip-limit (or unzip_limit=) allows more"
    )


def test_a_rewrite_of_something_broken_writes_nothing(tmp_path: Path) -> None:
    document = {"images": [], "annotations": [{"segmentation": [[1, 1, 5, 1, 5, 5]]}]}
    data = made([(NAME, json.dumps(document).encode())])
    target = tmp_path / "out.zip"
    with pytest.raises(DocumentError, match=r"annotations/a\.json, row 0: no image size"):
        convert(data, target)
    with pytest.raises(DocumentError, match="damaged"):
        convert(patched(data, crc=zlib.crc32(b"")), target)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("old", "new"), [(b"images/xxxx.jpg", b"../../../ev.jpg"), (b"PK\3\4", b"PK\3\5")]
)
def test_headers_of_members_that_are_only_copied_are_checked(
    old: bytes, new: bytes, tmp_path: Path
) -> None:
    text = b'{"images": [], "annotations": [{"segmentation": null}]}'
    data = bytearray(made([(NAME, text), ("images/xxxx.jpg", b"pixels")]))
    name = data.index(b"images/xxxx.jpg")  # in front of the member; the directory's comes behind
    at = name if old.startswith(b"images") else name - 30
    data[at : at + len(new)] = new
    target = tmp_path / "out.zip"
    with pytest.raises(DocumentError, match=r"images/xxxx\.jpg: the zip is broken"):
        convert(bytes(data), target)
    with pytest.raises(DocumentError, match=r"images/xxxx\.jpg: the zip is broken"):
        write_archive(open_archive(bytes(data)), target, {})
    assert list(tmp_path.iterdir()) == []

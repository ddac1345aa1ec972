"""Zips: what is read is what zipfile reads, what is written differs only where it was to."""

from __future__ import annotations

import io
import json
import struct
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import DocumentError
from cocodec.documents.parts import read_raw
from cocodec.files.archive import Archive, is_zip, new_archive, open_archive, write_archive

DATE = (2024, 2, 29, 13, 14, 16)
IMAGE = bytes(range(256)) * 40
# All that a zip says about a member but where it lies and what is in it.
DESCRIPTION = ("filename", "date_time", "compress_type", "comment", "extra", "external_attr")
DESCRIPTION += ("internal_attr", "create_system", "create_version")


def entry(name: str, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, DATE)
    info.compress_type = method
    info.comment = f"about {name}".encode()
    info.external_attr = 0o100640 << 16
    info.extra = struct.pack("<2H4s", 0x7777, 4, b"more")
    return info


def made(members: dict[str, bytes], stored: tuple[str, ...] = (), comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.comment = comment
        for name, data in members.items():
            method = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            file.writestr(entry(name, method), data)
    return out.getvalue()


def streamed(members: dict[str, bytes]) -> bytes:
    """A zip as a program writes it that cannot go back: sizes come behind the members."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    out = Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        return {info.filename: file.read(info) for info in file.infolist()}


def described(data: bytes) -> list[tuple[object, ...]]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return [tuple(getattr(info, name) for name in DESCRIPTION) for info in file.infolist()]


def packed(data: bytes, name: str) -> bytes:
    """A member as it lies in the zip, header and all."""
    member = next(m for m in open_archive(data).members if m.name == name)
    return data[member.offset : member.end]


def unpacked(archive: Archive, limit: int = 1 << 30) -> dict[str, bytes]:
    return {member.name: archive.read(member, limit) for member in archive.members}


def rewritten(data: bytes, replaced: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    write_archive(open_archive(data), out, {k: iter([v[:3], v[3:]]) for k, v in replaced.items()})
    return out.getvalue()


SAMPLE = {
    "images/train/": b"",
    "images/train/a.jpg": IMAGE,
    "annotations/b.json": b'{"annotations": []}',
    "images/train/z.jpg": IMAGE[::-1],
    "annotations/a.json": b'{"annotations": [{}]}',
    "naïve/日本.txt": b"text",
    "empty.txt": b"",
}


def test_members_are_left_out() -> None:
    for data in (made(SAMPLE, ("images/train/a.jpg",), b"a comment"), streamed(SAMPLE)):
        for gone in ({"images/train/"}, {"empty.txt", "images/train/a.jpg"}, set(SAMPLE)):
            out = io.BytesIO()
            replaced = {} if "annotations/a.json" in gone else {"annotations/a.json": [b"[]"]}
            write_archive(open_archive(data), out, replaced, gone)
            expected = {name: text for name, text in contents(data).items() if name not in gone}
            expected |= dict.fromkeys(replaced, b"[]")
            assert contents(out.getvalue()) == expected
            kept = [one for one in described(data) if one[0] not in gone | set(replaced)]
            assert [one for one in described(out.getvalue()) if one[0] not in replaced] == kept
    with pytest.raises(KeyError, match="no member 'x'"):
        write_archive(open_archive(data), io.BytesIO(), {}, {"x"})


def test_reading_agrees_with_zipfile() -> None:
    for data in (made(SAMPLE, ("images/train/a.jpg",), b"a comment"), streamed(SAMPLE)):
        assert is_zip(data[:4])
        assert unpacked(open_archive(data)) == contents(data)


def test_real_zips_agree_with_zipfile() -> None:
    """Those of zipfile's own tests, where they are installed."""
    folder = Path(sysconfig.get_path("stdlib")) / "test"
    paths = [*folder.glob("zip*.zip"), *folder.glob("archivetestdata/zip*.zip")]
    if not paths:
        pytest.skip(f"Python's own tests are not installed at {folder}")
    for path in paths:
        try:
            archive = open_archive(str(path))
        except DocumentError as error:
            assert "backslash" in str(error)  # noqa: PT017 - not every one is refused
            continue
        assert unpacked(archive) == contents(path.read_bytes())


def test_nothing_replaced_is_a_copy() -> None:
    for data in (made(SAMPLE, (), b"PK\5\6 in a comment"), streamed(SAMPLE), made({})):
        assert rewritten(data, {}) == data


def test_only_what_was_replaced_changes() -> None:
    new = {"annotations/a.json": b'{"annotations": [1, 2]}' * 50, "empty.txt": b"not any more"}
    for data in (made(SAMPLE, ("empty.txt", "images/train/z.jpg"), b"hi"), streamed(SAMPLE)):
        after = rewritten(data, new)
        assert contents(after) == SAMPLE | new
        assert described(after) == described(data)
        for name in SAMPLE.keys() - new.keys():
            assert packed(after, name) == packed(data, name)
        with zipfile.ZipFile(io.BytesIO(after)) as file, zipfile.ZipFile(io.BytesIO(data)) as old:
            assert file.comment == old.comment
        # What was written is a zip for this package too, and replacing it back is a way back.
        assert unpacked(open_archive(after)) == SAMPLE | new
        assert contents(rewritten(after, SAMPLE)) == SAMPLE


def test_members_may_lie_in_another_order_than_the_directory_has() -> None:
    data = made({"b": b"second", "a": b"first"})
    archive = open_archive(data)
    start = archive.directory.start
    records = [member.record for member in archive.members]
    swapped = data[:start] + records[1] + records[0] + data[start + sum(map(len, records)) :]
    assert list(contents(swapped)) == ["a", "b"]
    after = rewritten(swapped, {"b": b"new"})
    assert list(contents(after).items()) == [("a", b"first"), ("b", b"new")]
    assert after.index(b"b", 30) < after.index(b"a", 35)  # they still lie as they did


def test_a_gap_between_members_is_kept() -> None:
    data = made({"a": b"1", "b": b"2"})
    archive = open_archive(data)
    at, start = archive.members[1].offset, archive.directory.start
    moved = [archive.members[0], archive.members[1].__class__(**_moved(archive.members[1], 5))]
    directory = archive.directory.moved(moved, start + 5)
    gap = data[:at] + b"\0gap\0" + data[at:start] + b"".join(directory.render())
    assert contents(gap) == {"a": b"1", "b": b"2"}
    assert rewritten(gap, {"b": b"new"}).startswith(gap[: at + 5])


def _moved(member: object, by: int) -> dict[str, object]:
    fields = {name: getattr(member, name) for name in member.__dataclass_fields__}  # type: ignore[attr-defined]
    return fields | {"offset": fields["offset"] + by}


def test_zip64_is_read_and_kept() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name in ("a.json", "b.json"):
            with file.open(zipfile.ZipInfo(name, DATE), "w", force_zip64=True) as stream:
                stream.write(b'{"annotations": []}')
    data = out.getvalue()
    assert contents(rewritten(data, {"a.json": b"{}"})) == {
        "a.json": b"{}",
        "b.json": b'{"annotations": []}',
    }
    large = as_zip64(data)
    assert unpacked(open_archive(large)) == contents(large) == contents(data)
    after = rewritten(large, {"b.json": b"[]"})
    assert contents(after)["b.json"] == b"[]"
    assert b"PK\6\6" in after  # a zip64 stays one


def as_zip64(data: bytes) -> bytes:
    """The same zip with every place and size in the fields for large ones."""
    archive = open_archive(data)
    start, text = archive.directory.start, b""
    for member in archive.members:
        fields = list(struct.unpack_from("<4s6H3L5H2L", member.record))
        extra = struct.pack("<2H3Q", 1, 24, member.unpacked, member.packed, member.offset)
        fields[8] = fields[9] = fields[16] = 0xFFFFFFFF
        fields[11] = len(extra)
        text += struct.pack("<4s6H3L5H2L", *fields) + member.raw_name + extra
    count, end = len(archive.members), start + len(text)
    text += struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(text), start)
    text += struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    text += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    return data[:start] + text


names = st.text("ab/.é", min_size=1, max_size=6).filter(
    lambda name: not name.startswith("/") and ".." not in name and "//" not in name
)


@given(
    st.dictionaries(names, st.binary(max_size=300), max_size=5),
    st.sets(st.integers(0, 4)),
    st.sets(st.integers(0, 4)),
    # zipfile takes this in a comment for the end of the file.
    st.binary(max_size=30).filter(lambda comment: b"PK" not in comment),
)
def test_any_zip_survives_any_replacement(
    members: dict[str, bytes], stored: set[int], changed: set[int], comment: bytes
) -> None:
    plain = {name.strip("/").replace("/.", "/x"): data for name, data in members.items()}
    plain = {f"{i}{name}": data for i, (name, data) in enumerate(plain.items())}
    order = list(plain)
    data = made(plain, tuple(order[i] for i in stored if i < len(order)), comment)
    new = {order[i]: comment * 20 for i in changed if i < len(order)}
    after = rewritten(data, new)
    assert contents(after) == unpacked(open_archive(after)) == plain | new
    assert described(after) == described(data)


def test_what_is_replaced_must_be_there(tmp_path: Path) -> None:
    archive = open_archive(made({"a.json": b"[]"}))
    with pytest.raises(KeyError, match=r"no member 'b\.json'"):
        write_archive(archive, tmp_path / "out.zip", {"b.json": [b"[]"]})
    assert list(tmp_path.iterdir()) == []


def test_in_place_and_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(made(SAMPLE))
    write_archive(open_archive(str(path)), path, {"empty.txt": [b"1"]})
    assert contents(path.read_bytes()) == SAMPLE | {"empty.txt": b"1"}
    before = path.read_bytes()

    def failing() -> Iterator[bytes]:
        yield b"half"
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        write_archive(open_archive(str(path)), path, {"annotations/a.json": failing()})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.zip"]


def test_a_file_that_changed_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(made(SAMPLE))
    archive = open_archive(str(path))
    path.write_bytes(made({"other": b"x"}))
    with pytest.raises(DocumentError, match="has changed since it was read"):
        write_archive(archive, tmp_path / "b.zip", {})


def test_new_archives_are_the_same_every_time(tmp_path: Path) -> None:
    image = tmp_path / "a.jpg"
    image.write_bytes(IMAGE)
    texts = []
    for _ in range(2):
        out = io.BytesIO()
        members = [("images/a.jpg", image), ("annotations/a.json", iter([b'{"a', b'": 1}']))]
        new_archive(out, members)  # type: ignore[arg-type]
        texts.append(out.getvalue())
    assert texts[0] == texts[1]
    assert contents(texts[0]) == {"images/a.jpg": IMAGE, "annotations/a.json": b'{"a": 1}'}
    with zipfile.ZipFile(io.BytesIO(texts[0])) as file:
        first, second = file.infolist()
    assert first.compress_type == zipfile.ZIP_STORED
    assert second.compress_type == zipfile.ZIP_DEFLATED
    assert first.date_time == (1980, 1, 1, 0, 0, 0)
    assert unpacked(open_archive(texts[0])) == contents(texts[0])
    dated = io.BytesIO()
    new_archive(dated, [("a.json", [b"[]"])], date=DATE)
    with zipfile.ZipFile(dated) as file:
        assert file.infolist()[0].date_time == DATE
    for bad in ([("../a", [b""])], [("a", [b""]), ("a", [b""])]):
        with pytest.raises(DocumentError):
            new_archive(tmp_path / "bad.zip", bad)
    assert not (tmp_path / "bad.zip").exists()


# ---------------------------------------------------------------- what is read of a zip

COCO = {"images": [{"id": 1, "height": 4, "width": 5}], "annotations": [{"id": 1, "image_id": 1}]}


def test_every_member_that_is_coco_is_a_part(tmp_path: Path) -> None:
    document = json.dumps(COCO).encode()
    data = made(
        {
            "images/train/a.json.jpg": IMAGE,
            "annotations/instances_train.json": document,
            "train/_annotations.coco.json": b"\xef\xbb\xbf" + document,
            "labels.json": b"[" + document + b",\n" + document + b"]",
            "anything.JSON": b'[{"image_id": 1, "bbox": [1, 2, 3, 4]}]',
            "__MACOSX/._labels.json": b"\0\5\x16\7",
            "package.json": b'{"name": "x"}',
            "broken.json": b'{"name": ',
            "word.json": b'"annotations"',
            "readme.txt": document,
        }
    )
    path = tmp_path / "a.bin"
    path.write_bytes(data)
    for source in (data, io.BytesIO(data), path, str(path)):
        file = read_raw(source)  # type: ignore[arg-type]
        assert file.layout == "zip"
        assert file.size == len(data)
        assert [(part.name, part.root) for part in file.parts] == [
            ("annotations/instances_train.json", "document"),
            ("train/_annotations.coco.json", "document"),
            ("labels.json", "document"),
            ("labels.json", "document"),
            ("anything.JSON", "results"),
        ]
        assert [len(part.table("annotations")) for part in file.parts] == [1] * 5
        assert file.members["labels.json"].layout == "list"
        assert file.parts[2].source is file.parts[3].source is file.members["labels.json"].source
        assert file.parts[1].source == b"\xef\xbb\xbf" + document
        assert file.left_alone == {
            "package.json": "the file holds an object with 'name'; expected 'annotations', or a "
            "list of them",
            "broken.json": "not valid JSON: it ends too early (byte 9, line 1, column 10)",
            "word.json": "holds no list and no object",
        }


def test_a_zip_without_documents_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"^the zip holds no COCO document; .*: unpack it$"):
        read_raw(made({}))
    with pytest.raises(DocumentError, match=r"no COCO document; a\.json: the file holds an object"):
        read_raw(made({"a.json": b"{}"}))


@pytest.mark.parametrize("name", ["annotations/x.json", "a/_annotations.coco.json", "result.json"])
def test_what_promises_annotations_must_hold_them(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(
        made({"good.json": json.dumps(COCO).encode(), name: b'{"annotations": [NaN]}'})
    )
    with pytest.raises(DocumentError, match=r"NaN is no JSON number \(byte 17, line 1") as error:
        read_raw(path)
    assert str(error.value).startswith(f"{path}: {name}: not valid JSON")


def test_what_is_something_else_is_left_alone_whatever_its_name() -> None:
    members = {
        "labels.json": b'{"classes": ["a", "b"]}',
        "annotations/one.json": b'{"shapes": []}',
        "result.json": b"[1, 2]",
        "annotations/two.json": b"17",
        "good.json": json.dumps(COCO).encode(),
    }
    file = read_raw(made(members))
    assert [part.name for part in file.parts] == ["good.json"]
    assert list(file.left_alone) == [name for name in members if name != "good.json"]
    # Among documents something else is a mistake.
    members["labels.json"] = b"[" + members["good.json"] + b', {"classes": []}]'
    with pytest.raises(DocumentError, match=r"labels\.json: document 1 \(line 1\): the file holds"):
        read_raw(made(members))

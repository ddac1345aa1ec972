"""Documents whose text stays in its file: all that is read, said and written is as from memory."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cocodec import Document, DocumentError, read
from cocodec.documents import in_place, places
from cocodec.documents.in_place import read_in_place
from cocodec.documents.parts import TABLES
from cocodec.files.file_text import FileText
from cocodec.reshaping import subset
from support.odd_files import odd_file
from support.reshaping_documents import bytes_of, document_of, roots, styles

WINDOWS = (16, 100, 700)
KEYS = ["id", "image_id", "category_id", "segmentation", "attributes"]


def narrow(monkeypatch: pytest.MonkeyPatch, window: int) -> None:
    """Let files be longer than what is read of them at once."""
    monkeypatch.setattr(in_place, "_WINDOW", window)
    monkeypatch.setattr(places, "_WINDOW", window)


def stays(document: Document) -> bool:
    """Whether its text is still in the file."""
    return isinstance(document._file.source, FileText)


def said(door: Callable[[], Document]) -> tuple[str, Any]:
    """What a document says, whole, or the error that it is."""
    try:
        document = door()
    except DocumentError as error:
        return str(error), (error.offset, error.code)
    tables = []
    for name in TABLES:
        table = getattr(document, name)
        kinds, found = table.find(KEYS)
        values = [[bytes(one.text(i)) for i in range(len(one))] for one in found]
        raw = [table.raw(i) for i in range(len(table))]
        rows = [bytes(one) for one in map(table.places().text, range(len(table)))]
        tables.append((raw, rows, kinds.tolist(), values, table.keys(), table.listed.tolist()))
        assert (table.kinds("id") == kinds[0]).all()
    parts = [(part.root, document.fields(part.number)) for part in document.parts]
    return repr(document), (document.layout, parts, tables, b"".join(document.render_source()))


def check(path: Path) -> bool:
    """Both ways say the same; whether the text stayed where it was."""
    assert said(lambda: read_in_place(path)) == said(lambda: read(path))
    try:
        document = read_in_place(path, columns=KEYS[1:3])
    except DocumentError:
        return False
    assert said(lambda: document) == said(lambda: read(path))
    return stays(document)


def test_thousands_of_odd_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stayed, path = 0, tmp_path / "odd.json"
    for seed in range(600):
        path.write_bytes(odd_file(random.Random(seed)))
        narrow(monkeypatch, WINDOWS[seed % len(WINDOWS)])
        stayed += check(path)
    assert stayed > 60


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(roots(), styles, st.sampled_from(WINDOWS))
def test_any_document(tmp_path: Path, root: dict[str, Any], style: Any, window: int) -> None:
    path = tmp_path / "any.json"
    path.write_bytes(bytes_of(document_of(root, style)))
    with pytest.MonkeyPatch.context() as patch:
        narrow(patch, window)
        assert check(path) or len(path.read_bytes()) <= window


def test_real_files(dialects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, 5000)
    found = [check(path) for path in sorted(dialects.rglob("*.json"))]
    assert sum(found) > 20


ROW = b'{"id":1,"image_id":7,"category_id":2,"note":"\xc3\xb6"}'
STAY = [
    b'{"annotations":[' + ROW + b'],"images":[],"categories":[]}',
    b'\xef\xbb\xbf {"images" : [ ] , "x": {"annotations": [1]}, "annotations":[' + ROW + b"]}\r\n",
    b'{"categories":null,"annotations":[' + ROW + b',\n 1 ,[2],null],"x":1,"x":2}',
    b"[" + ROW + b"," + ROW + b"]",
    b'{"image": {"id": 7}, "annotations": [' + ROW + b"]}",
    rb'{"annotations":[{"id":"\ud83d\ude00"},{"id":2}],"images":[{"id":1,"a":[[[[]]]]}]}',
]
GO = [
    b'[{"annotations":[' + ROW + b'],"images":[]}]',
    ROW + b"\n" + ROW,
    b'{"annotations":[' + ROW + b']}{"annotations":[]}',
    b'{"annotations":{"1":' + ROW + b'},"images":[],"categories":[]}',
    b'{"id": 1, "segmentation": [[1, 2, 3, 4, 5, 6]], "image_id": 3}',
]


@pytest.mark.parametrize("data", STAY)
def test_what_stays_in_its_file(data: bytes, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "in.json").write_bytes(data)
    for window in range(8, len(data)):
        narrow(monkeypatch, window)
        assert check(tmp_path / "in.json")
    narrow(monkeypatch, len(data))
    assert not check(tmp_path / "in.json")  # of what is looked at once, all is read


@pytest.mark.parametrize("data", GO)
def test_what_is_read_whole(data: bytes, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "in.json").write_bytes(data)
    for window in range(8, len(data)):
        narrow(monkeypatch, window)
        assert not check(tmp_path / "in.json")


WRONG = [
    b'{"annotations":[' + ROW + b',{"id":01}],"images":[]}',
    b'{"annotations":[' + ROW + b'],"images":[]} x',
    b'{"annotations":[' + ROW + b',{"id":"\xff"}],"images":[]}',
    b'{"annotations":[' + ROW + b'],"images":[],"annotations":[]}',
    b'{"annotations":[' + ROW + b'],"images":7}',
    b'{"annotations":[' + ROW + b",{",
    b'{"annotations":[' + ROW + b'],"images":[],}',
    b'{"annotations":[' + ROW + b",]}",
]


@pytest.mark.parametrize("data", WRONG)
def test_what_is_wrong_at_the_end(data: bytes, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "in.json").write_bytes(data)
    for window in range(8, len(data)):
        narrow(monkeypatch, window)
        with pytest.raises(DocumentError) as near:
            read(tmp_path / "in.json")
        with pytest.raises(DocumentError) as far:
            read_in_place(tmp_path / "in.json")
        assert str(far.value) == str(near.value)


def large(path: Path, rows: int, points: int = 5) -> Path:
    """A document with rows of many bytes."""
    ring = [0.5, 1, 7.25, 2, 3, 4] * points
    images = [{"id": i, "width": 9, "height": 9} for i in range(rows // 4 + 1)]
    annotations = [
        {"id": i, "image_id": i // 4, "segmentation": [ring], "category_id": i % 3, "area": i}
        for i in range(rows)
    ]
    categories = [{"id": i, "name": str(i)} for i in range(3)]
    root = {"annotations": annotations, "images": images, "categories": categories}
    path.write_text(json.dumps(root))
    return path


def test_columns_that_are_told_are_read_once(tmp_path: Path, monkeypatch: Any) -> None:
    narrow(monkeypatch, 300)
    path = large(tmp_path / "in.json", 40)
    document = read_in_place(path, columns=["category_id", "image_id"])
    monkeypatch.setattr(FileText, "_read", lambda *_: pytest.fail("was read again"))
    found = document.annotations.column("category_id", [5, 7])
    assert found.tolist() == [2, 1]
    assert document.annotations.column("image_id").tolist() == [i // 4 for i in range(40)]
    monkeypatch.undo()
    document.annotations.remove([0])
    assert document.annotations.column("category_id", [0]).tolist() == [1]


def test_rows_in_any_order_are_read_piece_by_piece(tmp_path: Path, monkeypatch: Any) -> None:
    path = large(tmp_path / "in.json", 200)
    rows = np.random.default_rng(1).permutation(200)[:150]
    near = read(path).annotations
    expected = near.column("area", rows), near[rows]
    narrow(monkeypatch, 2000)
    table = read_in_place(path).annotations
    lengths: list[int] = []

    def read_some(text: FileText, begin: int, end: int, whole: Any = FileText._read) -> Any:
        lengths.append(end - begin)
        return whole(text, begin, end)

    monkeypatch.setattr(FileText, "_read", read_some)
    assert (table.column("area", rows) == expected[0]).all()
    assert table[rows] == expected[1]
    assert max(lengths) <= 2000
    assert sum(lengths) < 3 * path.stat().st_size


def test_edits_are_made_where_they_are_written(tmp_path: Path, monkeypatch: Any) -> None:
    path = large(tmp_path / "in.json", 60)
    near = read(path)
    narrow(monkeypatch, 500)
    far = read_in_place(path)
    for document in (near, far):
        table = document.annotations
        table.set_column("area", np.arange(30), np.arange(5, 35))
        table.remove([7, 50])
        table.set_column("score", np.arange(58) / 8)
        document.annotations[3] = {**document.annotations[3], "x": 1}
        document.annotations.extend([{"id": 99}])
        document.set_field("info", {"a": 1})
        document.images.remove(range(len(document.images)))
    assert bytes_of(far) == bytes_of(near)
    assert stays(far)
    assert far.annotations.keys() == near.annotations.keys()


def append(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(b" ")


def cut(path: Path) -> None:
    os.truncate(path, 2000)


def overwrite(path: Path) -> None:
    """Other bytes, as many, at what claims to be the same time."""
    found = path.stat()
    path.write_bytes(path.read_bytes().replace(b"7.25", b"7.26"))
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


@pytest.mark.parametrize("change", [append, cut, overwrite])
def test_a_file_that_is_changed_meanwhile(
    change: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow(monkeypatch, 1000)
    path, out = large(tmp_path / "in.json", 100), tmp_path / "out.json"
    out.write_text("old")
    document = subset(read_in_place(path), categories=[1])
    change(path)
    with pytest.raises(DocumentError, match="was changed while it was read; do it once more"):
        document.write(out)
    assert out.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["in.json", "out.json"]


def test_another_file_in_its_place_is_not_read(tmp_path: Path, monkeypatch: Any) -> None:
    narrow(monkeypatch, 1000)
    path = large(tmp_path / "in.json", 100)
    document = subset(read_in_place(path), categories=[1])
    os.link(path, tmp_path / "kept.json")
    monkeypatch.setattr(FileText, "require_unchanged", lambda _: None)  # times of a link move
    expected = bytes_of(subset(path, categories=[1]))
    os.replace(large(tmp_path / "other.json", 50), path)
    assert bytes_of(document) == expected


def test_the_file_may_be_written_over(tmp_path: Path, monkeypatch: Any) -> None:
    path = large(tmp_path / "in.json", 100)
    expected = bytes_of(subset(path, categories=[1]))
    narrow(monkeypatch, 1000)
    subset(read_in_place(path), categories=[1]).write(path)
    assert path.read_bytes() == expected


PEAK = """
import re, sys
from cocodec.cli import main
assert main(sys.argv[1:]) == 0
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""


@pytest.mark.skipif("COCODEC_SANITIZED" in os.environ, reason="sanitizers take memory themselves")
@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory otherwise")
@pytest.mark.parametrize(
    "command",
    [
        ("subset", "--category", "1"),
        ("subset", "--where", "area > 5 and category.name != '2'", "--drop-empty-images"),
        ("split", "--fractions", "0.5", "0.5"),
        ("sample", "--fraction", "0.7"),
        ("strip", "area"),
        ("set", "area=7", "score=0.5"),
        ("remap", "--mapping"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_memory_does_not_grow_with_the_text(command: tuple[str, ...], tmp_path: Path) -> None:
    """Rows are long, so that what is kept of each is nothing beside it."""
    name, *rest = command
    if name == "remap":
        (tmp_path / "map.json").write_text('{"0": null, "1": 71}')
        rest.append(str(tmp_path / "map.json"))

    def peak(rows: int) -> int:
        path = large(tmp_path / "in.json", rows, points=4000)  # some 120 kB each
        values = [str(path), str(tmp_path / f"out{rows}"), *rest, "-q"]
        made = subprocess.run([sys.executable, "-c", PEAK, name, *values], capture_output=True)
        assert made.returncode == 0, made.stderr
        return int(made.stdout) * 1024

    few, many = peak(100), peak(400)
    assert many - few < 8 << 20  # of 36 MB more


def test_a_file_is_read_alike_where_there_is_no_pread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(bytes(range(256)) * 40)
    text = FileText(str(path))
    monkeypatch.delattr(os, "pread")
    with text.opened() as stream:
        assert stream.read() == path.read_bytes()
    assert text[5:9000] == path.read_bytes()[5:9000]
    assert text[-3:] == b"\xfd\xfe\xff"


def test_a_file_is_read_whole_where_it_could_not_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows a command whose output is its input has to have closed it."""
    narrow(monkeypatch, 16)
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"images": [], "categories": [], "annotations": []}))
    assert stays(read_in_place(path))
    monkeypatch.setattr(in_place, "_IS_REPLACEABLE", False)
    assert not stays(read_in_place(path))


@pytest.mark.parametrize("columns", [(), ("id", "category_id")])
def test_no_key_and_keys_that_are_an_iterator(
    columns: tuple[str, ...], tmp_path: Path, monkeypatch: Any
) -> None:
    path = large(tmp_path / "in.json", 40)
    near = read(path).annotations
    narrow(monkeypatch, 300)
    for table in (near, read_in_place(path, columns=columns).annotations):
        kinds, places = table.find([])
        assert (kinds.shape, places) == ((0, 40), [])
        assert [len(one) for one in table.find([], [3, 4])[0].T] == [0, 0]
        kinds, places = table.find(iter(["category_id", "id"]), [5, 7])  # type: ignore[arg-type]
        assert (kinds == near.find(["category_id", "id"], [5, 7])[0]).all()
        assert [bytes(one.text(1)) for one in places] == [b"1", b"7"]

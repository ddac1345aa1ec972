"""Rings that are copied as they are: the same answers as of rings that are decoded."""

from __future__ import annotations

import io
import json
import random
import sys
import tracemalloc
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest

from cocodec import DialectError, DialectOptions, convert_dialect, read
from cocodec.dialects import WRITERS
from cocodec.dialects.kept_rings import Texts, are_kept, is_kept
from cocodec.dialects.measures import ring_measures
from cocodec.dialects.rows import box_of, has_box
from cocodec.documents.table import Table

PLAIN = [
    "[[1,2,3,4,5,6]]",
    "[[1.5, 2.0, 3.25, 4.0, 5.0, 6.0]]",
    "[ [0.0001,999999.5,-0.0,-3.125,7,8] ,\n\t[1,1,2,2,3,1.0] ]",
    "[1,2,3,4,5,6]",
    "[0,0,12345.123456,0.12345678901234,1.0,2]",
]
OTHER = [
    "[]",
    "[[]]",
    "[[1,2,3,4]]",
    "[[1,2,3,4,5]]",
    "[[1,2,3,4,5,6,7]]",
    "[[1,2,3,4,5,6],[1,2]]",
    "[[1,2,3,4,5,6],null]",
    "[[1,2,3,4,5,1e2]]",
    "[[1,2,3,4,5,1.50]]",
    "[[1,2,3,4,5,-0]]",
    "[[1,2,3,4,5,0.00001]]",
    "[[1,2,3,4,5,1000001]]",
    "[[1,2,3,4,5,1.1234567890123456]]",
    '[[1,2,3,4,5,"6"]]',
    "[[1,2],[3,4],[5,6]]",
    "[[[1,2],[3,4],[5,6]]]",
    "[[1,2,3,4,5,true]]",
    "null",
    "7",
    '{"size":[3,4],"counts":"04"}',
]


def rows_of(values: list[str]) -> Any:
    rows = [f'{{"id": {i}, "segmentation": {v}, "z": "[["}}' for i, v in enumerate(values)]
    return read(f'{{"images": [], "annotations": [{", ".join(rows)}]}}'.encode()).annotations


@pytest.mark.parametrize("value", PLAIN + OTHER)
def test_only_rings_that_are_printed_as_they_stand_are_kept(value: str) -> None:
    """And what is kept says what the value says, number for number and byte for byte."""
    table, texts = rows_of([value, "[[9,9,8,8,7,9]]"]), Texts()
    row, last = texts.read(table, range(2))
    found = row["segmentation"]
    assert (is_kept(found) or are_kept(found)) == (value in PLAIN)
    assert are_kept(last["segmentation"])
    assert list(row) == ["id", "segmentation", "z"]
    assert texts.plain(found) == table[0]["segmentation"]
    assert repr(texts.plain(found)) == repr(table[0]["segmentation"])
    assert msgspec.json.encode(texts.printed(found)) == msgspec.json.encode(json.loads(value))


def test_random_numbers_are_kept_as_they_are_printed() -> None:
    """Ten thousand of them, of any length and size."""
    rng = random.Random(5)
    kept = 0
    for _ in range(300):
        numbers = [rng.choice(("", "-")) + _number(rng) for _ in range(8)]
        value = f"[[{rng.choice((',', ', ')).join(numbers)}]]"
        texts = Texts()
        (row,) = texts.read(rows_of([value]), range(1))
        kept += are_kept(row["segmentation"])
        printed = msgspec.json.encode(texts.printed(row["segmentation"]))
        assert printed == msgspec.json.encode(msgspec.json.decode(value))
    assert 30 < kept < 300


def _number(rng: random.Random) -> str:
    whole = str(rng.randrange(10 ** rng.randrange(1, 7)))
    if rng.random() < 0.3:
        return whole
    text = whole + "." + str(rng.randrange(10 ** rng.randrange(1, 8)))
    short = text.rstrip("0")
    return text if rng.random() < 0.02 else short + "0" * short.endswith(".")


def test_of_keys_that_come_twice_the_last_counts() -> None:
    text = b'{"images":[],"annotations":[{"segmentation":[[1,2,3,4,5,6]],"segmentation":[[7,8]]}]}'
    table = read(text).annotations
    assert Texts().read(table, range(1)) == [{"segmentation": [[7, 8]]}]


def test_edited_rows_lie_in_other_texts() -> None:
    table = rows_of(PLAIN[:2])
    table[0] = {"id": 5, "segmentation": [[4.5, 1.0, 2.0, 3.0, 4.0, 5.0]]}
    texts = Texts()
    rows = texts.read(table, range(2))
    assert [texts.plain(row["segmentation"]) for row in rows] == [
        [[4.5, 1.0, 2.0, 3.0, 4.0, 5.0]],
        json.loads(PLAIN[1]),
    ]


def test_measures_of_kept_rings_are_those_of_their_numbers() -> None:
    texts = Texts()
    kept = [row["segmentation"] for row in texts.read(rows_of(PLAIN[:3]), range(3))]
    plain = [texts.plain(value) for value in kept]
    mixed = [kept[0], plain[1], kept[2]]
    for some in (kept, mixed):
        for one, other in zip(ring_measures(some, texts), ring_measures(plain), strict=True):
            assert np.array_equal(one, other)


COUNTS = ["[1,2,9]", "[0, 12]", "[12]", "[12,0,0,4294967295,99999999999]"]
OTHER_COUNTS = [
    "[ 1,11]",
    "[1,2,9.0]",
    "[1,2,-0]",
    '["1",11]',
    "[true]",
    "[1e1,2]",
    '"04"',
    "null",
    "[[12]]",
]


@pytest.mark.parametrize("counts", COUNTS + OTHER_COUNTS)
def test_only_whole_counts_are_kept(counts: str) -> None:
    value = f'{{"counts": [3], "size": [3,4], "counts":{counts}, "z": 1}}'
    table, texts = rows_of([value, "[[9,9,8,8,7,9]]", value]), Texts()
    for row in (texts.read(table, range(3))[0], texts.read(table, range(3))[2]):
        found = row["segmentation"]
        assert is_kept(found["counts"]) == (counts in COUNTS)
        assert repr(texts.plain(found)) == repr(json.loads(value))
        assert msgspec.json.encode(texts.printed(found)) == msgspec.json.encode(json.loads(value))


def test_what_is_kept_is_never_printed_by_mistake() -> None:
    (row,) = Texts().read(rows_of(PLAIN[:1]), range(1))
    with pytest.raises(TypeError, match="Kept"):
        msgspec.json.encode(row)


def test_lists_that_were_made_are_kept_as_they_are_printed() -> None:
    made = [[1.5, 2, 0.1, 4], [7, 8, 9, 10, 11, 12], [3.0, -0.5]]
    texts = Texts()
    kept = texts.keep(made)
    assert [texts.numbers(ring) for ring in kept] == made
    assert [texts.text(ring) for ring in kept] == [msgspec.json.encode(ring) for ring in made]
    assert [p.ravel().tolist() for p in texts.points(kept)] == made
    assert not any(texts.has_decimals(ring, 2) for ring in kept)


@pytest.mark.parametrize("to", WRITERS)
def test_twice_the_rows_take_little_more(
    maker: ModuleType, to: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a conversion holds at once of each byte of the file, itself included."""
    for module in ("dialects.kept_rings", "dialects.plain_rows", "conversion.dialect"):
        monkeypatch.setattr(sys.modules[f"cocodec.{module}"], "_CHUNK", 64)
    for module in ("common_masks", "made_rows", "measures", "shapes", "tools.cvat"):
        monkeypatch.setattr(sys.modules[f"cocodec.dialects.{module}"], "_BATCH", 64)
    sizes, peaks = [], []
    for images in (100, 200):
        out = io.BytesIO()
        maker.write_document(out, images, 8, 4)
        source = out.getvalue()
        tracemalloc.start()
        convert_dialect(source, tmp_path / "out", to=to)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        sizes.append(len(source))
    assert 1 + (peaks[1] - peaks[0]) / (sizes[1] - sizes[0]) < 2.5


@pytest.fixture(scope="module")
def sample(maker: ModuleType) -> bytes:
    """A document of every kind of annotation."""
    out = io.BytesIO()
    maker.write_document(out, 12, 9, 4)
    return out.getvalue()


def written(source: bytes, to: str, options: DialectOptions) -> tuple[bytes, str]:
    out = io.BytesIO()
    try:
        report = convert_dialect(source, out, to=to, on_error="skip", options=options)
    except DialectError as error:
        report = error.report
    data = out.getvalue()
    if to == "cvat":
        with zipfile.ZipFile(out) as file:
            data = b"".join(name.encode() + file.read(name) for name in file.namelist())
    return data, str(report)


CHOICES: list[dict[str, Any]] = [
    {},
    {"digits": 1},
    {"area": "pixels", "bbox": "mask"},
    {"area": "shoelace", "bbox": "vertex"},
    {"rings": "holes"},
    {"rings": "separate"},
    {"indent": 1, "sort_keys": True},
    {"segmentation": "rle", "reindex": True},
]


@pytest.mark.parametrize("to", WRITERS)
@pytest.mark.parametrize("chosen", CHOICES, ids=str)
def test_every_dialect_is_the_same_with_all_rings_decoded(
    sample: bytes, to: str, chosen: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    if to in ("trainingdata",):
        chosen = {key: value for key, value in chosen.items() if key != "segmentation"}
    options = DialectOptions(**chosen)
    kept = written(sample, to, options)

    def decode_all(_: Texts, table: Table, rows: range) -> list[Any]:
        decoded: list[Any] = table[rows.start : rows.stop]
        return decoded

    monkeypatch.setattr(Texts, "read", decode_all)
    assert kept == written(sample, to, options)


def test_usual_rings_are_never_decoded(sample: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ring whose numbers nobody needs passes as bytes."""

    def refuse(*_: Any) -> list[float]:
        raise AssertionError("a ring was decoded")

    monkeypatch.setattr(Texts, "numbers", refuse)
    for to in ("official", "encord", "encord-list", "hasty", "trainingdata"):
        assert written(sample, to, DialectOptions())[0]


PLAIN_BOXES = ["[1,2,3,4]", "[ 473.07, 395.93,\n38.65, 28.67 ]", "[0.0,-3.5,0.25,123456.123456789]"]
OTHER_BOXES = [
    *("[1.50,2,3,4]", "[1e2,2,3,4]", "[-0,2,3,4]", "[0.00001,2,3,4]", "[1,2,3]", "[1,2,3,4,5]"),
    *("[1234567,2,3,4]", "[1.1234567891,2,3,4]", '["1",2,3,4]', "[true,2,3,4]", "[[1,2,3,4]]"),
    *("[]", "null", "7", '{"x":1}', "[1,2,3,null]"),
]


@pytest.mark.parametrize("value", PLAIN_BOXES + OTHER_BOXES)
@pytest.mark.parametrize(
    "keys", ["bbox segmentation", "segmentation bbox", "bbox bbox segmentation"]
)
def test_only_boxes_that_are_printed_as_they_stand_are_kept(value: str, keys: str) -> None:
    """On either side of the rings; of a key that comes twice the last value holds."""
    first, *said = keys.split()
    shown = {"bbox": value, "segmentation": "[[1,2,3,4,5,6]]"}
    parts = [f'"{first}": {shown[first] if first != said[0] else "[9,9,9,9]"}']
    parts += [f'"{key}": {shown[key]}' for key in said]
    table = read(
        f'{{"images": [], "annotations": [{{"id": 1, {", ".join(parts)}, "z": "]"}}]}}'.encode()
    ).annotations
    texts = Texts()
    (row,) = texts.read(table, range(1))
    plain = table[0]
    assert list(row) == list(plain)
    assert (type(row["bbox"]) is bytes) == (value in PLAIN_BOXES)
    if value in PLAIN_BOXES:
        assert row["bbox"] == msgspec.json.encode(json.loads(value))
        assert has_box(row)
        assert repr(box_of(row)) == repr(plain["bbox"])
    assert repr(row["bbox"]) == repr(plain["bbox"])
    assert texts.plain(row["segmentation"]) == plain["segmentation"]


@pytest.mark.parametrize("to", ["official", "encord", "hasty"])
@pytest.mark.parametrize(
    "options", [{}, {"bbox": "mask"}, {"area": "box"}, {"digits": 1}, {"indent": 1}], ids=str
)
def test_a_kept_box_means_what_its_numbers_mean(to: str, options: dict[str, Any]) -> None:
    """The same box, once spelled as nobody prints it and once as everybody does."""
    outs = []
    for box in ("[1.04e0, 1.26, 10.5, 5]", "[1.04,1.26,10.5,5]"):
        row = '{"id": 7, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 50.25,'
        row += f' "segmentation": [[1,1,11,1,11,6,1,6]], "bbox": {box}}}'
        source = '{"images": [{"id": 1, "width": 30, "height": 20, "file_name": "a.jpg"}],'
        source += f' "categories": [{{"id": 1, "name": "a"}}], "annotations": [{row}]}}'
        out = io.BytesIO()
        report = convert_dialect(source.encode(), out, to=to, options=DialectOptions(**options))
        outs.append((out.getvalue(), report.lines()))
    assert outs[0] == outs[1]

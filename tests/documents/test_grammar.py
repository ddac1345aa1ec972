"""One grammar of a file: whatever reads it accepts the same ones and sees the same records."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cocodec
from cocodec import DocumentError
from cocodec.bulk.shards import join, shard
from cocodec.conversion import mask_spelling
from cocodec.documents import stream
from cocodec.documents.parts import TABLES, RawFile, read_raw, split_text
from cocodec.documents.stream import OtherRootError, RecordStream, Stretch, read_images
from cocodec.evaluation.annotations import open_annotations
from cocodec.inspection.info import describe
from reference.grammar import Judged, Pairs, RefusedError, judge
from support.odd_files import odd_file

FILES = 3000
WINDOWS = (1, 13, 200, 1 << 20)


def expected(data: bytes) -> Judged | None:
    try:
        return judge(data)
    except RefusedError:
        return None


def value_of(text: bytes) -> Any:
    return json.loads(text, object_pairs_hook=Pairs)


def whole(data: bytes) -> Judged | None:
    """What the reader of whole files sees."""
    try:
        file = read_raw(data)
    except DocumentError:
        return None
    return Judged(file.layout, [rows_of(part) for part in file.parts])


def rows_of(part: Any) -> tuple[str, dict[str, list[Any]]]:
    tables = {
        name: [value_of(part.source[a:b]) for a, b in part.table(name).tolist()]
        for name in TABLES
        if name in part.tables
    }
    return part.root, tables


def stretches(data: bytes, window: int) -> list[Stretch]:
    root = None
    while True:
        try:
            return list(RecordStream(io.BytesIO(data), window=window, root=root))
        except OtherRootError as error:
            assert root is None
            root = error.root


def streamed(data: bytes, window: int) -> list[tuple[str, dict[str, list[Any]]]] | None:
    """The parts as the reader in stretches sees them; tables without a row have no stretch."""
    try:
        found = stretches(data, window)
        assert b"".join(s.source[slice(*s.range)] for s in found) == data
        parts = [
            rows_of(split_text(s.source, tuple(span)))
            for s in found
            if s.are_documents
            for span in s.spans.tolist()
        ]
    except DocumentError:
        return None
    if parts:
        return [(root, filled(tables)) for root, tables in parts]
    tables: dict[str, list[Any]] = {}
    for s in found:
        if s.table is not None:
            rows = tables.setdefault(s.table, [])
            assert s.first_row == len(rows)
            rows += [value_of(s.source[a:b]) for a, b in s.spans.tolist()]
    single = tables.pop("image", [])
    if single and not any(key == "images" for key in root_keys(data)):
        tables["images"] = single
    return [("", filled(tables))]


def root_keys(data: bytes) -> list[str]:
    return [key for key, _ in value_of(data.decode().removeprefix("\ufeff").encode())]


def filled(tables: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {name: tables[name] for name in TABLES if tables.get(name)}


def accepts(door: Callable[[], object]) -> bool:
    try:
        door()
    except DocumentError:
        return False
    return True


def check(data: bytes) -> Judged | None:
    truth = expected(data)
    assert whole(data) == truth
    for window in WINDOWS:
        found = streamed(data, window)
        if truth is None:
            assert found is None
        elif len(truth.parts) > 1 or truth.layout == "list":
            assert found == [(root, filled(tables)) for root, tables in truth.parts]
        else:
            assert found is not None
            assert found[0][1] == filled(truth.parts[0][1])
    return truth


def test_thousands_of_odd_files_are_judged_alike() -> None:
    kinds: dict[object, int] = {}
    for seed in range(FILES):
        truth = check(odd_file(random.Random(seed)))
        kind = truth and (truth.layout, *{root for root, _ in truth.parts})
        kinds[kind] = kinds.get(kind, 0) + 1
    assert kinds[None] > FILES / 5  # of everything there is enough
    assert kinds["single", "document"] > FILES / 10
    for kind in (("single", "results"), ("single", "annotation"), ("list", "document")):
        assert kinds[kind] > FILES / 100
    for kind in (("lines", "document"), ("lines", "results")):
        assert kinds[kind] > FILES / 200


@given(st.randoms(use_true_random=False))
def test_any_odd_file_is_judged_alike(rng: random.Random) -> None:
    check(odd_file(rng))


@pytest.mark.parametrize("window", [7, 1 << 20])
def test_all_doors_open_to_the_same_files(
    window: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = partial(RecordStream, window=window)
    for module in ("conversion.mask_spelling", "bulk.shards", "bulk.shard_files"):
        monkeypatch.setattr(f"cocodec.{module}.RecordStream", narrow)
    monkeypatch.setattr(mask_spelling, "read_images", partial(read_images, window=window))
    for seed in range(FILES, FILES + FILES // 6):
        data = odd_file(random.Random(seed))
        truth, out = expected(data), io.BytesIO()
        is_coco = truth is not None
        assert accepts(lambda data=data: cocodec.read(data)) == is_coco
        assert accepts(lambda data=data: describe(data)) == is_coco
        skip = partial(cocodec.convert, data, out, on_error="skip")
        assert accepts(skip) == is_coco, data
        is_one = truth is not None and len(truth.parts) == 1
        assert not accepts(lambda data=data: open_annotations(data)) or is_one
        check_shards(data, truth, tmp_path / str(seed))
        if truth is None:
            for to in ("official", "encord"):
                dialect = partial(cocodec.convert_dialect, data, io.BytesIO(), to=to)
                assert not accepts(dialect)
            continue
        converted = expected(out.getvalue())
        assert converted is not None
        assert without_masks(converted) == without_masks(truth)
        assert foreign(out.getvalue()) == foreign(data)


def without_masks(judged: Judged) -> Judged:
    """Tables but for the segmentations of annotations."""

    def bare(row: Any) -> Any:
        return [pair for pair in row if pair[0] != "segmentation"] if type(row) is Pairs else row

    parts = [
        (root, {**tables, "annotations": [bare(row) for row in tables.get("annotations", [])]})
        for root, tables in judged.parts
    ]
    return Judged(judged.layout, parts)


def foreign(data: bytes) -> list[Any]:
    """What no conversion may touch: the roots' other members."""
    file: RawFile = read_raw(data)
    return [
        part.source[slice(*span)]
        for part in file.parts
        for key, span in part.fields.items()
        if key != "annotations"
    ]


def check_shards(data: bytes, truth: Judged | None, folder: Path) -> None:
    """One document whose images, if there are any, are a list can be split, and joined again."""
    folder.mkdir()
    source = folder / "a.json"
    source.write_bytes(data)
    one = truth is not None and truth.layout == "single" and truth.parts[0][0] == "document"
    split = one and ("images" in root_keys(data) or "images" not in truth.parts[0][1])
    assert accepts(lambda: shard(source, folder / "out", images_per_shard=2)) == split, data
    if split:
        assert join(folder / "out", folder / "b.json")
        assert (folder / "b.json").read_bytes() == data


def test_the_name_of_a_foreign_key_is_no_signal() -> None:
    ring = [[1, 1, 5, 1, 5, 5]]
    row = {"id": 1, "image_id": 1, "segmentation": ring}
    strange = [["a", "b"], [1, 2], [{"annotations": [row], "images": []}], [row]]
    for key in ("documents", "results", "image", "table", "rows", "None", "lines"):
        for value in strange:
            root = {"images": [{"id": 1, "height": 6, "width": 7}], "annotations": [row]}
            for whole_ in ({key: value, **root}, {**root, key: value}):
                out = io.BytesIO()
                report = cocodec.convert(json.dumps(whole_).encode(), out)
                assert report.converted == 1
                assert json.loads(out.getvalue())[key] == value


@pytest.mark.parametrize("key", [*TABLES, "image"])
def test_a_table_that_comes_twice_is_refused_by_name(key: str, tmp_path: Path) -> None:
    value = "{}" if key == "image" else "[]"
    other = "annotations" if key == "images" else "images"
    text = f'{{"{other}": [], "{key}": {value},\n"{key}": {value}, "categories_": []}}'
    if key == "annotations":
        text = text.replace('"images": []', '"images": [1]')
    data, path = text.encode(), tmp_path / "a.json"
    path.write_bytes(data)
    at = text.rindex(f'"{key}":')
    message = rf"the key '{key}' comes twice \(byte {at}, line 2, column 1\)"
    doors: list[Callable[[], object]] = [
        lambda: cocodec.read(data),
        lambda: describe(data),
        lambda: cocodec.convert(data, io.BytesIO()),
        lambda: cocodec.convert_dialect(data, io.BytesIO(), to="official"),
        lambda: shard(path, tmp_path / "out", images_per_shard=1),
        lambda: open_annotations(data),
        lambda: cocodec.MaskDataset(path),
    ]
    for door in doors:
        with pytest.raises(DocumentError, match=message):
            door()
    with pytest.raises(DocumentError, match=message):
        list(stream.RecordStream(io.BytesIO(data), window=1))


def test_of_other_keys_the_last_counts() -> None:
    data = b'{"info": {"a": 1}, "annotations": [], "x": [1], "info": {"a": 2}, "x": [2]}'
    document = cocodec.read(data)
    assert document.info == {"a": 2}
    assert document.field("x") == [2]
    out = io.BytesIO()
    cocodec.convert(data, out)
    assert out.getvalue() == data

"""Where a thing is wrong is data, and joined into a message that has an end."""

from __future__ import annotations

import io
import json
import pickle
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cocodec import DocumentError, convert, read
from cocodec.documents.parts import read_raw
from cocodec.errors import CocodecError, located, shown

LONGEST = 4000


def error_of(source: object) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        read(source)  # type: ignore[arg-type]
    return caught.value


def test_a_place_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"annotations": []},\n{"annotations": 7}]')
    error = error_of(path)
    assert (error.file, error.part) == (str(path), ("document 1 (line 2)",))
    assert error.reason == "'annotations' is a number, expected a list"
    assert str(error) == f"{path}: document 1 (line 2): {error.reason}"
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.file, again.part) == (str(error), error.file, error.part)


def test_places_are_told_from_the_outside_in() -> None:
    with pytest.raises(DocumentError) as caught:  # noqa: SIM117
        with located(file="far"), located(file="near", part="a.json"), located(part="document 3"):
            raise DocumentError("is odd", table="images", row=4, id="x", key="height")
    error = caught.value
    assert (error.file, error.part) == ("near", ("a.json", "document 3"))
    text = "near: a.json: document 3: images, row 4, id 'x', key 'height': is odd"
    assert str(error) == text


def test_a_zip_names_its_member(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("annotations/one.json", '[{"images": []}, {"images": 7}]')
    error = error_of(path)
    assert error.file == str(path)
    assert error.part == ("annotations/one.json", "document 1 (line 1)")
    assert error.reason == "'images' is a number, expected a list"


@pytest.mark.parametrize(
    "data",
    [
        json.dumps({"k" * 3_000_000: 1}).encode(),
        json.dumps([{"k" * 3_000_000: 1}]).encode(),
        json.dumps(
            {"annotations": [{"id": "i" * 10**6, "segmentation": "s" * 10**6} for _ in range(3)]}
        ).encode(),
    ],
)
def test_messages_have_an_end(data: bytes) -> None:
    with pytest.raises(CocodecError) as caught:
        convert(data, io.BytesIO())
    assert len(str(caught.value)) <= LONGEST + 100


def test_a_message_that_is_cut_keeps_its_ends() -> None:
    text = str(CocodecError("begin" + "x" * 10**6 + "end"))
    assert text.startswith("beginxxx")
    assert text.endswith("xxxend")
    assert len(text) < LONGEST + 100
    assert shown("x" * 10**6) == repr("x" * 60) + "..."
    assert shown([1, "a"]) == "[1, 'a']"


def test_finding_the_rows_of_a_part_costs_nothing_that_grows() -> None:
    table = read(b'{"annotations": [' + b"1," * 200_000 + b"1]}").annotations
    tracemalloc.start()
    assert table.rows_of(0) == range(200_001)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000  # bytes: no copy of a column


def test_refused_rows_cost_what_they_are_many() -> None:
    def seconds(n: int) -> float:
        ring = [[1, 1, 11, 1, 11, 6, 1, 6]]
        rows = [{"id": i, "image_id": 2, "segmentation": ring} for i in range(n)]
        document = read(json.dumps({"images": [], "annotations": rows}).encode())
        start = time.process_time()
        found = document.masks(on_error="skip")
        assert len(found.refused) == n
        return time.process_time() - start

    small = min(seconds(10_000) for _ in range(3))
    assert seconds(80_000) < 24 * small  # 8 where it is linear, 64 where it is quadratic


def test_the_files_of_many_parts_are_read_in_linear_memory() -> None:
    data = b"[" + b",".join([b'{"annotations": [1]}'] * 2000) + b"]"
    assert len(read_raw(data).parts) == 2000
    assert np.array_equal(read(data).annotations.part, np.arange(2000))

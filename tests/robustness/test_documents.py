"""Broken documents: our own error or a right answer, never a crash, never a half-read file."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import DocumentError
from cocodec.conversion import RefusedError, convert
from cocodec.inspection.info import describe

SEED = (
    '{"images": [{"id": 1, "height": 6, "width": 7}, {"id": "é", "height": 5, "width": 5}],\n'
    '"annotations": [{"id": 7, "image_id": 1, "segmentation": [[1, 1, 3.5, 1, 3e0, 3], [2, 2]]},'
    '{"\\u0069d": "\\ud83d\\ude00", "image_id": "\\u00e9", "segmentation": [1, 1, 2, 2], "a": "]"},'
    '{"image_id": 1, "segmentation": {"size": [6, 7], "counts": [6, 4, 32]}, "iscrowd": true},'
    '{"segmentation": {"counts": "6\\/\\\\", "size": [4, 5]}}, {"segmentation": null}, {}]}'
).encode()
PARTS = [
    b"[",
    b"]",
    b"{",
    b"}",
    b'"',
    b"\\",
    b",",
    b":",
    b"\\ud800",
    b"\xff",
    b"-",
    b"1e999",
    b"\n",
]
PARTS += [b"NaN", b"null", b"[[", b'"segmentation":', b'"counts":', b'"size":[1,1]', b"99999999999"]


def survive(data: bytes) -> None:
    for to in ("rle", "rle-list"):
        out = io.BytesIO()
        try:
            convert(data, out, to=to, on_error="skip")  # type: ignore[arg-type]
        except DocumentError:
            assert out.getvalue() == b""
            continue
        # What the reader took for JSON is JSON, and so is what was made of it.
        before, after = (json.loads(text.decode("utf-8-sig")) for text in (data, out.getvalue()))
        assert type(after) is type(before)
        assert len(after) == len(before)
        again = io.BytesIO()
        convert(out.getvalue(), again, to=to, on_error="skip")  # type: ignore[arg-type]
        assert again.getvalue() == out.getvalue()


@pytest.mark.parametrize("end", range(len(SEED)))
def test_every_truncation_is_refused(end: int) -> None:
    for work in (describe, lambda data: convert(data, io.BytesIO())):
        with pytest.raises(DocumentError):
            work(SEED[:end])  # type: ignore[operator]


SEED_LINE = '{"images": [], "annotations": []}'
LISTED = b"[" + SEED + b",\n" + SEED + b"]"
LINES = SEED.replace(b"\n", b" ") + b"\n" + SEED.replace(b"\n", b" ")


@pytest.mark.parametrize("end", range(1, len(LISTED), 7))
def test_truncated_lists_are_refused(end: int) -> None:
    with pytest.raises(DocumentError, match=r"too early|not UTF-8|unicode escape|invalid"):
        convert(LISTED[:end], io.BytesIO())


@pytest.mark.parametrize("end", range(len(LINES) // 2 + 2, len(LINES), 7))
def test_truncated_lines_are_refused(end: int) -> None:
    with pytest.raises(DocumentError, match=r"\(byte \d+, line 2, column"):
        convert(LINES[:end], io.BytesIO())


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize(
    "place", ['"x": {}', '"info": [1, {}]', '"annotations": [{{"bbox": [{}]}}]']
)
def test_what_is_no_number_is_refused_with_its_place(word: str, place: str) -> None:
    root = '{"images": [], ' + place.format(word) + "}"
    for data, line in ((root, 1), (f'[{{"images": []}},\n{root}]', 2), (f"{SEED_LINE}\n{root}", 2)):
        at = data.rindex(word) + word.startswith("-")
        for work in (describe, lambda source: convert(source, io.BytesIO())):
            with pytest.raises(DocumentError) as error:
                work(data.encode())  # type: ignore[operator]
            assert str(error.value).startswith(
                f"not valid JSON: {word.lstrip('-')} is no JSON number (byte {at}, line {line}, "
            )


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from([SEED, SEED, LISTED])))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        gone = draw(st.sampled_from([0, 0, 1, 1, 5, 20]))
        data[at : at + gone] = draw(st.sampled_from([b"", *PARTS]))
    return bytes(data)


@given(mutated())
def test_mutations(data: bytes) -> None:
    survive(data)


@given(st.lists(st.sampled_from([*PARTS, b" ", b"1", b'"annotations":[{', b"}]"]), max_size=12))
def test_soup(parts: list[bytes]) -> None:
    survive(b"".join(parts))
    survive(b'{"annotations": [{"segmentation": ' + b"".join(parts) + b"}]}")


@pytest.mark.parametrize(
    "segmentation",
    [
        '{"size": [4294967295, 4294967295], "counts": [4294967295]}',
        '{"size": [4294967296, 1], "counts": [0]}',
        '{"size": [1e400, 1], "counts": [0]}',
        '{"size": [-0, 5], "counts": [1e999]}',
        '{"size": [2, 3], "counts": "' + "o" * 50 + '"}',
        '{"size": [2, 3], "counts": "\\u0000"}',
        '{"size": [2, 3], "counts": "ü"}',
        '{"size": [2, 3], "counts": []}',
        '{"size": [2, 3], "counts": {}}',
        '{"size": {}, "counts": [6]}',
        "[[1e15, 0, 1, 1, 2, 2]]",
        "[[1, 2, 3, 4, 5, null]]",
        "[[[[[[[[[[1]]]]]]]]]]",
        "[[], 5]",
        "[1, [2]]",
        '""',
        "0",
    ],
)
def test_wrong_segmentations_are_refused_by_row(segmentation: str) -> None:
    image = '{"id": 1, "height": 6, "width": 7}'
    row = f'{{"id": 5, "image_id": 1, "segmentation": {segmentation}}}'
    data = f'{{"images": [{image}], "annotations": [{{}}, {row}]}}'.encode()
    with pytest.raises(RefusedError, match="row 1, id 5: ") as error:
        convert(data, io.BytesIO())
    assert len(error.value.report.refused) == 1
    survive(data)


def test_absurd_images_cost_no_memory() -> None:
    image = '{"id": 1, "height": 4294967295, "width": 4294967295}'
    for ring in ("[[0, 0, 1e14, 0, 1e14, 1e14, 0, 1e14]]", "[[1, 1, 2, 1, 2, 2]]"):
        row = f'{{"image_id": 1, "segmentation": {ring}}}'
        with pytest.raises(RefusedError):
            convert(f'{{"images": [{image}], "annotations": [{row}]}}'.encode(), io.BytesIO())


def test_deep_nesting_inside_a_record_is_refused(tmp_path: Path) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    with pytest.raises(DocumentError, match="nested too deeply"):
        convert(b'{"annotations": [{"x": ' + deep + b"}]}", tmp_path / "out.json")
    assert list(tmp_path.iterdir()) == []

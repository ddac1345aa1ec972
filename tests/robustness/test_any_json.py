"""Any JSON through every command: exit code 0, 1 or 2 and a line to read, never a traceback."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cocodec.cli import main
from cocodec.formats import FORMATS

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.integers(-3, 40),
    st.floats(allow_nan=False),
    st.sampled_from(
        [1e308, -0.0, 1e-320, 2**53 + 1, "", "1", "a", "\x00", "é", "../../x", "cocodec"]
    ),
    st.text(max_size=8),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)
RINGS = st.lists(
    st.lists(st.one_of(st.integers(-5, 40), st.floats(-5, 40)), max_size=9), max_size=3
)
RLES = st.fixed_dictionaries(
    {},
    optional={
        "size": st.one_of(st.just([20, 30]), VALUES),
        "counts": st.one_of(
            st.just([600]), st.lists(st.integers(-1, 700), max_size=4), st.text(max_size=6), VALUES
        ),
    },
)
KEYS = {
    "id": st.one_of(st.integers(0, 3), VALUES),
    "image_id": st.one_of(st.integers(0, 3), VALUES),
    "category_id": st.one_of(st.integers(0, 3), VALUES),
    "segmentation": st.one_of(RINGS, RLES, VALUES),
    "bbox": st.one_of(st.lists(st.floats(-5, 40), min_size=4, max_size=4), VALUES),
    "area": st.one_of(st.floats(0, 500), VALUES),
    "iscrowd": st.one_of(st.integers(0, 1), VALUES),
    "score": st.one_of(st.floats(0, 1), VALUES),
    "keypoints": st.one_of(st.lists(st.integers(0, 30), min_size=51, max_size=51), VALUES),
    "attributes": VALUES,
    "group_id": VALUES,
}
ROWS = st.one_of(st.fixed_dictionaries({}, optional=KEYS), VALUES)
IMAGES = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "id": KEYS["id"],
            "height": st.one_of(st.just(20), VALUES),
            "width": st.one_of(st.just(30), VALUES),
            "file_name": st.one_of(st.just("a.jpg"), VALUES),
        },
    ),
    VALUES,
)
CATEGORIES = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "id": KEYS["id"],
            "name": st.one_of(st.sampled_from("ab"), VALUES),
            "supercategory": VALUES,
            "keypoints": VALUES,
        },
    ),
    VALUES,
)
DOCUMENTS = st.one_of(
    st.fixed_dictionaries(
        {
            "images": st.lists(IMAGES, max_size=3),
            "annotations": st.lists(ROWS, max_size=4),
            "categories": st.lists(CATEGORIES, max_size=3),
        },
        optional={"info": VALUES, "licenses": VALUES, "image": VALUES, "videos": VALUES},
    ),
    st.lists(ROWS, max_size=4),
    VALUES,
)
GOOD = {
    "images": [{"id": 1, "height": 20, "width": 30, "file_name": "a.jpg"}],
    "annotations": [
        {
            "id": 1,
            "image_id": 1,
            "category_id": 1,
            "iscrowd": 0,
            "area": 50,
            "bbox": [1, 1, 10, 5],
            "segmentation": [[1, 1, 11, 1, 11, 6, 1, 6]],
        }
    ],
    "categories": [{"id": 1, "name": "a"}],
}
COMMANDS = [
    "info IN",
    "info IN --json",
    "check IN",
    "check IN --json",
    "check IN --fix OUT",
    *(f"convert IN OUT --to {to}" for to in ("rle", "rle-list", "polygons")),
    *(
        f"convert IN OUT --dialect {to} {way}"
        for to in ("official", "cvat", "encord", "hasty", "trainingdata")
        for way in ("", "--on-error skip")
    ),
    "subset IN OUT --image a.jpg",
    "subset IN OUT --where area>1",
    "split IN FOLDER --fractions 0.5 0.5",
    "sample IN OUT --count 1",
    "stats IN",
    "merge IN GOOD OUT --on-conflict reindex",
    "diff IN GOOD",
    "strip IN OUT area",
    "set IN OUT area=1",
    "crop IN OUT --box 0 0 10 10",
    "pad IN OUT --left 3",
    "flip IN OUT",
    "rotate90 IN OUT",
    "resize IN OUT --scale 0.5",
    "tile IN OUT --size 10 10",
    "untile IN OUT",
    "merge-groups IN OUT",
    *(f"eval GOOD IN --type {kind}" for kind in ("bbox", "segm", "keypoints")),
    *(f"eval IN GOOD --type {kind}" for kind in ("bbox", "segm", "keypoints", "boundary")),
]


def clean(folder: Path) -> None:
    """Remove what an earlier command has written."""
    (folder / "out.json").unlink(missing_ok=True)
    shutil.rmtree(folder / "split", ignore_errors=True)


def run(command: str, folder: Path, longest: int = 100_000) -> int:
    """The exit code; what is no SystemExit goes on to the test."""
    names = {"IN": "in.json", "OUT": "out.json", "GOOD": "good.json"}
    names |= {"FOLDER": "split"}
    words = [str(folder / names[w]) if w in names else w for w in command.split()]
    out, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        try:
            code = main(words)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    assert code in (0, 1, 2), (code, said.getvalue())
    assert len(said.getvalue()) < longest, said.getvalue()[:200]
    return int(code or 0)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=40)
@example(document=[{"image_id": [], "segmentation": [None]}])
@example(document=[{"image_id": [], "bbox": [0.0, 0.0, 0.0, 0.0], "score": 0.0}])
@given(document=DOCUMENTS)
def test_any_json_through_every_command(document: Any, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("any")
    (folder / "in.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "good.json").write_text(json.dumps(GOOD), encoding="utf-8")
    for command in COMMANDS:
        clean(folder)
        run(command, folder)


PLACES = [
    *(("images", key) for key in ("id", "height", "width", "file_name", "extra")),
    *(("annotations", key) for key in GOOD["annotations"][0]),
    *(("categories", key) for key in ("id", "name", "supercategory")),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("table", "key"), PLACES)
def test_numbers_that_no_double_holds(table: str, key: str, tmp_path: Path):
    (tmp_path / "good.json").write_text(json.dumps(GOOD), encoding="utf-8")
    for value in ("N", ["N", "N", "N", "N"], [["N"] * 6], {"size": [20, 30], "counts": ["N"]}):
        document = json.loads(json.dumps(GOOD))
        document[table][0][key] = value
        text = json.dumps(document).replace('"N"', "1e400")
        (tmp_path / "in.json").write_text(text, encoding="utf-8")
        for command in COMMANDS:
            clean(tmp_path)
            run(command, tmp_path)


LONG = "x" * 100_000
FOLDERS = [
    "shard IN FOLDER --images-per-shard 1",
    "join IN OUT",
    "join FOLDER OUT",
    "remap IN OUT --mapping GOOD",
    "remap GOOD OUT --mapping IN",
    "remap IN OUT --names-to-ids",
    "draw IN FOLDER",
    "view IN --out OUT",
    *(f"convert IN FOLDER --to {name}" for name in FORMATS),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("table", "key"),
    [*PLACES, ("images", LONG), ("categories", LONG)],
    ids=lambda name: name[:20],
)
def test_messages_have_an_end(table: str, key: str, tmp_path: Path):
    (tmp_path / "good.json").write_text(json.dumps(GOOD), encoding="utf-8")
    for value in (LONG, {LONG: 1}):
        document = json.loads(json.dumps(GOOD))
        document[table][0][key] = value
        (tmp_path / "in.json").write_text(json.dumps(document), encoding="utf-8")
        for command in FOLDERS:
            if not command.startswith("join"):
                clean(tmp_path)
            run(command, tmp_path, longest=20_000)


def test_the_commands_work(tmp_path: Path):
    """Else nothing were tried: of a good document each is 0, or finds something."""
    for name in ("in.json", "good.json"):
        (tmp_path / name).write_text(json.dumps(GOOD), encoding="utf-8")
    wrong = []
    for command in COMMANDS:
        if "keypoints" in command or command == "untile IN OUT":
            continue
        clean(tmp_path)
        if run(command, tmp_path) not in (0, 1):
            wrong.append(command)
    assert wrong == []

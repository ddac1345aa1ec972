"""Real clients read what is written: the extra `clients`, or COCODEC_CLIENTS=PYTHON that has it."""

from __future__ import annotations

import importlib.util
import io
import json
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cocodec import DialectOptions, convert_dialect, read
from support.dialect_documents import (
    ODD,
    OTHER,
    REFUSED,
    RLE,
    document,
    make,
    row,
    text,
)


def _load() -> Any:
    path = Path(__file__).with_name("table.py")
    spec = importlib.util.spec_from_file_location("clients_table", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


table = _load()


@pytest.fixture(scope="module")
def clients() -> dict[str, str]:
    found: dict[str, str] = table.installed()
    if not set(found) - {"pycocotools"}:
        pytest.skip("no client is installed: pip install cocodec[clients], or COCODEC_CLIENTS")
    return found


def ask(clients: dict[str, str], client: str, *paths: Path) -> Any:
    if client not in clients:
        pytest.skip(f"{client} is not installed")
    return table.ask(client, *map(str, paths))


def test_the_table_in_the_docs_is_what_clients_do(clients: dict[str, str]) -> None:
    known = table.committed()
    for key, cells in table.rows(clients).items():
        assert known[key] == cells, key


def test_the_table_has_every_target_and_reader() -> None:
    wanted = {
        (to if masks is None else f"{to}, masks {masks}", client)
        for to, masks, readers in table.TARGETS
        for client in readers
    }
    found = table.committed()
    assert set(found) == wanted
    assert all("no:" not in one for cells in found.values() for one in cells)


def write_odd(to: str, folder: Path) -> dict[str, Path]:
    """All odd files, written in a dialect."""
    paths = {}
    for number, (name, made) in enumerate({**ODD, **REFUSED}.items()):
        source = made() if callable(made) else made
        paths[name] = folder / f"{number}.{'zip' if to == 'cvat' else 'json'}"
        convert_dialect(source if isinstance(source, bytes) else text(source), paths[name], to=to)
    return paths


def test_globox_tells_images_of_two_subsets_apart(clients: dict[str, str], tmp_path: Path) -> None:
    """It knows images by file_name, so that one name in two subsets is two names."""
    source, path = tmp_path / "two.zip", tmp_path / "official.json"
    with zipfile.ZipFile(source, "w") as file:
        for subset in ("train", "val"):
            file.writestr(f"annotations/instances_{subset}.json", text(document(row())))
    convert_dialect(source, path, to="official")
    (found,) = ask(clients, "globox", path)
    assert found["opens"], found
    assert found["objects"] == 2


@pytest.mark.parametrize("client", ["pycocotools", "torchvision", "sahi"])
def test_official_always_opens(clients: dict[str, str], client: str, tmp_path: Path) -> None:
    paths = write_odd("official", tmp_path)
    for (name, path), found in zip(
        paths.items(), ask(clients, client, *paths.values()), strict=True
    ):
        masks = table.expected(path)
        assert found["opens"], (name, found)
        assert found["objects"] == len(masks), name
        if client != "sahi":
            assert found["masks"] == sorted(masks), name


@pytest.mark.parametrize(
    "to, client",
    [
        *(("encord", "encord"), ("encord-list", "encord"), ("hasty", "pycocotools")),
        *(("cvat", "datumaro"),),
    ],
)
def test_every_dialect_opens_in_its_tool(
    clients: dict[str, str], to: str, client: str, tmp_path: Path
) -> None:
    """With as many objects as are written, and every mask that the tool makes of them equal."""
    paths = write_odd(to, tmp_path)
    given = [table._unpacked(path) if to == "cvat" else path for path in paths.values()]
    for (name, path), found in zip(paths.items(), ask(clients, client, *given), strict=True):
        masks = table.expected(path)
        assert found["opens"], (name, found)
        assert not Counter(found["masks"]) - Counter(masks), name
        # Datumaro puts the tasks of an archive together in a way of its own.
        if to != "cvat" or len(read(path).parts) == 1:
            assert found["objects"] == len(masks), name


def test_everything_written_for_encord_is_taken(clients: dict[str, str], tmp_path: Path) -> None:
    """By the SDK's model and by its importer, category by category; also of mixed shapes."""
    mixed = document(row(1), row(2, segmentation=RLE), row(3, segmentation=[]))
    listed = json.loads(make("encord"))
    for one in listed["annotations"]:
        one["attributes"] = [{key: value} for key, value in one["attributes"].items()]
    sources = [*map(make, table.SOURCES), text(mixed), text(listed)]
    paths = []
    for number, source in enumerate(sources):
        for to in ("encord", "encord-list"):
            paths.append(tmp_path / f"{number}.{to}.json")
            convert_dialect(source, paths[-1], to=to)
    for path, found in zip(paths, ask(clients, "encord", *paths), strict=True):
        assert found["opens"], (path, found)
        assert found["objects"] == len(read(path).annotations)


def test_datumaro_reads_all_seven_tasks(clients: dict[str, str], tmp_path: Path) -> None:
    pytest.importorskip("PIL.Image")
    points = {"keypoints": [2, 2, 2, 5, 5, 0], "num_keypoints": 1}
    source = document(
        row(1),
        row(2, segmentation=[OTHER], bbox=[15, 10, 3, 4], area=12.0, **points),
        {"id": 4, "image_id": 1, "caption": "x"},
        {"id": 5, "image_id": 1, "category_id": 1},
    )
    tasks = ("instances", "person_keypoints", "stuff", "panoptic", "captions", "labels")
    for task in tasks:
        out = io.BytesIO()
        options = DialectOptions(tasks=(task,))
        convert_dialect(text(source), out, to="cvat", options=options)
        with zipfile.ZipFile(io.BytesIO(out.getvalue())) as file:
            file.extractall(tmp_path / task)
    answers = ask(clients, "datumaro", *(tmp_path / task for task in tasks))
    found = dict(zip(tasks, answers, strict=True))
    assert all(one["opens"] for one in found.values()), found
    assert {task: one["objects"] for task, one in found.items()} == {
        **{"instances": 2, "person_keypoints": 1, "stuff": 2, "panoptic": 2},
        **{"captions": 1, "labels": 1},
    }

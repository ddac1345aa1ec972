"""Many files: which ones, what becomes of each, and what a second run leaves alone."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cocodec import bulk, convert
from cocodec.bulk.manifest import MANIFEST, Manifest
from cocodec.files.temporaries import beside
from cocodec.inspection.info import describe

Cli = Callable[..., Any]

GOOD = b'{"images": [{"id": 1, "height": 6, "width": 7}], "annotations": [%s]}'
RING = b'{"image_id": 1, "segmentation": [[1, 1, 5, 1, 5, 5]]}'
RESULT = b'{"image_id": 1, "segmentation": {"size": [6, 7], "counts": [42]}}'
REFUSED = b'{"id": 4, "image_id": 2, "segmentation": [[1, 1, 5, 1, 5, 5]]}'


@pytest.fixture
def folder(sample: Path, tmp_path: Path) -> Path:
    """Good and bad files, at several depths."""
    top = tmp_path / "in"
    (top / "deep" / "er").mkdir(parents=True)
    shutil.copy(sample, top / "sample.json")
    (top / "deep" / "one.json").write_bytes(GOOD % RING)
    (top / "deep" / "two.JSON").write_bytes(GOOD % b"")
    (top / "deep" / "er" / "lines.jsonl").write_bytes(RESULT + b"\n" + RESULT)
    with zipfile.ZipFile(top / "deep" / "er" / "all.zip", "w") as archive:
        archive.writestr("annotations/a.json", GOOD % RING)
    (top / "readme.txt").write_text("no COCO")
    (top / ".hidden.json").write_text("no COCO")
    return top


def tree(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def converted(source: Path, tmp_path: Path, **options: Any) -> bytes:
    target = tmp_path / "single"
    convert(source, target, **options)
    return target.read_bytes()


ALL = ["deep/er/all.zip", "deep/er/lines.jsonl", "deep/one.json", "deep/two.JSON", "sample.json"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_file_is_what_convert_makes(folder: Path, tmp_path: Path, jobs: int) -> None:
    heard: list[tuple[int, int]] = []
    report = bulk.convert(
        [folder], tmp_path / "out", jobs=jobs, progress=lambda *at: heard.append(at), to="rle-list"
    )
    assert report.failed == []
    found = tree(tmp_path / "out")
    assert sorted(found) == ALL
    for name in ALL:
        if not name.endswith(".zip"):
            assert found[name] == converted(folder / name, tmp_path, to="rle-list"), name
    total = sum((folder / name).stat().st_size for name in ALL)
    assert heard == sorted(heard)
    assert heard[-1] == (total, total)
    assert [os.path.relpath(r.source, folder) for r in report.results] == ALL
    assert str(report).startswith("5 of 5 files done, 0 failed; annotations: 4")


def test_a_bad_file_does_not_stop_the_others(folder: Path, tmp_path: Path) -> None:
    (folder / "b.json").write_bytes(b"[")
    (folder / "c.json").write_bytes(GOOD % (REFUSED + b"," + REFUSED))
    out = tmp_path / "out"
    (out / "deep").mkdir(parents=True)
    (out / "deep" / "one.json").mkdir()  # where a file is to go
    report = bulk.convert([folder], out, jobs=1)
    errors = {os.path.basename(r.source): (r.error, r.is_bad_data) for r in report.failed}
    assert errors == {
        "b.json": (
            f"{folder}/b.json: not valid JSON: it ends too early (byte 1, line 1, column 2)",
            True,
        ),
        "c.json": (
            f"{folder}/c.json: 2 annotations are refused: row 0, id 4: no image size for "
            "the rings: there is no image 2 ... and 1 more",
            True,
        ),
        "one.json": (f"{folder}/deep/one.json: {out}/deep/one.json: Is a directory", False),
    }
    assert sorted(tree(out)) == [name for name in ALL if name != "deep/one.json"]
    skipped = bulk.convert([folder / "c.json"], tmp_path / "skipped", on_error="skip")
    assert len(skipped.results[0].report.refused) == 2
    assert skipped.failed == []


def test_which_files(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def targets(*inputs: str | Path, out: str = "out") -> list[str]:
        found = bulk.find_files(inputs, out)
        assert all(task.size == os.path.getsize(task.source) for task in found)
        return [task.target.replace(os.sep, "/") for task in found]

    monkeypatch.chdir(tmp_path)
    assert targets("in") == [f"out/{name}" for name in ALL]
    assert targets("in/", folder) == [f"out/{name}" for name in ALL]  # the same ones
    assert targets("in/deep/*.json") == ["out/one.json"]
    assert targets("in/**/*.json") == ["out/deep/one.json", "out/sample.json"]
    assert targets("in/*/er/*") == ["out/deep/er/all.zip", "out/deep/er/lines.jsonl"]
    assert targets(folder / "readme.txt", "in/deep/er") == [
        "out/readme.txt",
        "out/all.zip",
        "out/lines.jsonl",
    ]
    assert [task.target for task in bulk.find_files(["in/sample.json"])] == [""]
    (tmp_path / "in" / "out").mkdir()
    (tmp_path / "in" / "out" / "sample.json").write_text("of a former run")
    assert targets("in", out="in/out") == [f"in/out/{name}" for name in ALL]
    (tmp_path / "in" / "a[1].json").write_text("named like a pattern")
    assert targets("in/a[1].json") == ["out/a[1].json"]
    for inputs, out, why in [
        (["in/sample.json", "in/out"], "out", "in/sample.json and in/out/sample.json would both"),
        (["in"], "in", "in is to be read and written"),
        (["in/sample.json", "in/readme.txt"], "in", "which is read"),
        (["in/*.png"], "out", "no such file"),
        (["in/absent.json"], "out", "absent.json"),
    ]:
        with pytest.raises(OSError, match=why):
            bulk.find_files(inputs, out)


def test_resume(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def done(**options: Any) -> set[str]:
        before = {name: (out / name).stat().st_mtime_ns for name in ALL if (out / name).exists()}
        report = bulk.convert([folder], out, jobs=1, **options)
        assert report.failed == []
        assert sorted(tree(out)) == ALL
        now = {name: (out / name).stat().st_mtime_ns for name in ALL}
        anew = {name for name in ALL if now[name] != before.get(name)}
        assert len(anew) == sum(not result.was_done for result in report.results)
        return anew

    assert done() == set(ALL)
    assert done(resume=True) == set()
    assert done(resume=True, threads=2) == set()  # which changes nothing
    assert done() == set(ALL)
    # A target that is gone, or has other bytes of the same length; a source of which that is true.
    (out / "deep" / "one.json").unlink()
    target = out / "deep" / "two.JSON"
    target.write_bytes(target.read_bytes()[:-1] + b"]")
    source = folder / "sample.json"
    source.write_bytes(source.read_bytes().replace(b'"id": 1,', b'"id": 7,', 1))
    assert done(resume=True) == {"deep/one.json", "deep/two.JSON", "sample.json"}
    assert done(resume=True, to="rle-list") == set(ALL)
    assert done(resume=True, to="rle-list") == set()


@pytest.mark.parametrize("cut", [1, 40, 10**6])
def test_a_torn_manifest(folder: Path, tmp_path: Path, cut: int) -> None:
    out = tmp_path / "out"
    bulk.convert([folder], out, jobs=1)
    path = out / MANIFEST
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) == len(ALL)
    path.write_bytes(b"".join(lines[:3]) + lines[3][: -1 - cut])
    again = bulk.convert([folder], out, jobs=1, resume=True)
    assert sum(result.was_done for result in again.results) == 3
    assert len(Manifest(str(out)).entries) == len(ALL)
    path.write_bytes(b"\xff\xfe no JSON \n\n[1]\n" + b"".join(lines))
    again = bulk.convert([folder], out, jobs=1, resume=True)
    assert all(result.was_done for result in again.results)


def test_leftovers_of_a_killed_run_go(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "deep").mkdir(parents=True)
    left = beside(out / "deep" / "one.json").name.replace(f".{os.getpid()}-", f".{gone()}-")
    (out / "deep" / left).write_text("{")
    (out / "deep" / ".mine.json.tmp").write_text("no file of ours")
    bulk.convert([folder], out, jobs=1)
    assert sorted(set(tree(out)) - set(ALL)) == ["deep/.mine.json.tmp"]


def gone() -> int:
    """The number of a process that there is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        return process.pid


def test_one_file_at_two_places(folder: Path, tmp_path: Path) -> None:
    report = bulk.convert([folder, folder / "deep"], tmp_path / "out", jobs=1)
    assert len({result.target for result in report.results}) == len(report.results) == 9
    assert report.failed == []


def test_options_are_looked_at_first(folder: Path, tmp_path: Path) -> None:
    for options in ({"to": "png"}, {"on_error": "hope"}, {"jobs": -1}):
        with pytest.raises(ValueError, match=r"expected|jobs"):
            bulk.convert([folder], tmp_path / "out", **options)
    with pytest.raises(TypeError):
        bulk.convert([folder], tmp_path / "out", tolerence=1)
    assert not (tmp_path / "out").exists()


def test_convert_file_is_the_whole_work(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "out.json"
    result = bulk.convert_file(folder / "sample.json", target, {"to": "rle"})
    assert result.error is None
    assert result.report.converted > 300
    assert target.read_bytes() == converted(folder / "sample.json", tmp_path, to="rle")
    assert result.target_is.size == target.stat().st_size
    assert pickle.loads(pickle.dumps(result)) == result
    assert bulk.convert_shard is bulk.convert_file  # its old name
    missing = bulk.convert_file(folder / "none.json", target)
    assert (missing.error, missing.is_bad_data) == (
        f"{folder}/none.json: No such file or directory",
        False,
    )


def test_any_executor(folder: Path, tmp_path: Path) -> None:
    class Lossy(ThreadPoolExecutor):
        """Loses a task, as a cluster may."""

        def submit(self, call: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            if args[1].source.endswith("two.JSON"):
                future: Future[Any] = Future()
                future.cancel()
                return future
            return super().submit(call, *args, **kwargs)

    with Lossy(3) as executor:
        report = bulk.convert([folder], tmp_path / "out", executor=executor)
    assert [r.error for r in report.failed] == [f"{folder}/deep/two.JSON: CancelledError"]
    assert sorted(tree(tmp_path / "out")) == [name for name in ALL if name != "deep/two.JSON"]
    with ThreadPoolExecutor(2) as pool:
        report = bulk.convert([folder], tmp_path / "out", executor=pool, resume=True)
    assert [r.was_done for r in report.results] == [name != "deep/two.JSON" for name in ALL]


def test_an_executor_that_breaks(folder: Path, tmp_path: Path) -> None:
    class Breaking(ThreadPoolExecutor):
        """Takes three tasks and no more."""

        def submit(self, call: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            if len(taken) == 3:
                raise BrokenExecutor
            taken.append(args)
            return super().submit(call, *args, **kwargs)

    taken: list[Any] = []
    with Breaking(1) as executor:
        report = bulk.convert([folder], tmp_path / "out", executor=executor)
    assert str(report).startswith("3 of 5 files done, 2 failed")
    assert [r.error.endswith("the executor takes no more tasks") for r in report.failed] == [
        True
    ] * 2


@pytest.mark.parametrize("jobs", [1, 2])
def test_describe(folder: Path, jobs: int) -> None:
    (folder / "shards.json").write_bytes(b'{"format": "cocodec shards 1"}')  # is no document
    (folder / "bad.json").write_bytes(b"[")
    report = bulk.describe([folder], jobs=jobs)
    assert [r.source for r in report.failed] == [str(folder / "bad.json")]
    good = [result for result in report.results if result.error is None]
    assert [result.info for result in good] == [describe(folder / name) for name in ALL]


def test_the_command(cli: Cli, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = cli("convert", folder, out, "--to", "rle", "--jobs", 2)
    assert (run.returncode, run.stdout) == (0, b"")
    assert run.stderr.startswith(b"cocodec: 5 of 5 files done, 0 failed; annotations: 4")
    run = cli("convert", folder, out, "--to", "rle", "--resume")
    assert run.stderr == b"cocodec: 5 of 5 files done, 0 failed, 5 of the done from a former run\n"
    (folder / "bad.json").write_bytes(GOOD % REFUSED)
    (folder / "worse.json").write_bytes(b"")
    run = cli("convert", folder / "*.json", out, "--to", "rle", "-q")
    assert run.returncode == 1
    assert run.stderr.count(b"\n") == 2
    run = cli("convert", folder / "bad.json", f"{out}/", "--to", "rle", "--on-error", "skip")
    assert (run.returncode, (out / "bad.json").read_bytes()) == (0, GOOD % REFUSED)
    assert b"bad.json: 1 annotation is refused:\n  row 0, id 4: " in run.stderr
    for arguments in (("a.json", "b.json", "--resume"), ("a", "b", tmp_path / "no" / "c")):
        assert cli("convert", *arguments, "--to", "rle").returncode == 2


def test_info_of_many(cli: Cli, folder: Path) -> None:
    (folder / "bad.json").write_bytes(b"[")
    run = cli("info", folder)
    assert run.returncode == 1
    cells = (line.split(None, 1) for line in run.stdout.decode().splitlines())
    table = {cell[0]: cell[1] for cell in cells if len(cell) == 2}
    assert table["files"].startswith(f"{len(ALL)} (")
    total = sum(describe(folder / name).annotations for name in ALL)
    assert table["annotations"] == f"{total:,}"
    assert b"bad.json: not valid JSON" in run.stderr
    run = cli("info", folder / "sample.json", folder / "deep", "--json")
    found = [json.loads(line) for line in run.stdout.splitlines()]
    assert [os.path.relpath(line.pop("file"), folder) for line in found] == [ALL[-1], *ALL[:-1]]
    assert found[0] == describe(folder / "sample.json").as_dict()

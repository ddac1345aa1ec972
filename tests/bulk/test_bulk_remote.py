"""Files at addresses, through fsspec."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cocodec import bulk, convert
from cocodec.bulk.manifest import MANIFEST
from cocodec.bulk.shards import join, shard
from cocodec.files import remote

fsspec: Any = pytest.importorskip("fsspec", reason="needs fsspec")


@pytest.fixture
def folder(sample: Path, tmp_path: Path) -> Path:
    top = tmp_path / "in"
    (top / "deep").mkdir(parents=True)
    shutil.copy(sample, top / "a.json")
    shutil.copy(sample, top / "deep" / "b.json")
    (top / "deep" / "c.json").write_bytes(b'{"annotations": [}')
    (top / ".hidden.json").write_bytes(b"")
    return top


@pytest.mark.parametrize("jobs", [1, 2])
def test_addresses_of_files_here(folder: Path, tmp_path: Path, jobs: int) -> None:
    out = tmp_path / "out"
    for resume in (False, True):
        report = bulk.convert(
            [f"file://{folder}"], f"file://{out}", jobs=jobs, resume=resume, to="rle"
        )
        source = f"file://{folder}/deep/c.json"
        assert [(r.source, r.is_bad_data) for r in report.failed] == [(source, True)]
        assert report.failed[0].error.startswith(f"{source}: not valid JSON: ")
        assert sum(r.was_done for r in report.results) == 2 * resume
    convert(folder / "a.json", tmp_path / "expected.json", to="rle")
    found = {p.relative_to(out).as_posix(): p for p in out.rglob("*") if p.is_file()}
    assert sorted(found) == [MANIFEST, "a.json", "deep/b.json"]
    expected = (tmp_path / "expected.json").read_bytes()
    assert found["a.json"].read_bytes() == found["deep/b.json"].read_bytes() == expected


def test_here_and_there(folder: Path, sample: Path, tmp_path: Path) -> None:
    """A store in memory, in this process: folders, patterns, resuming, and the way back."""
    system = fsspec.filesystem("memory")
    try:
        report = bulk.convert([folder / "**" / "[ab].json"], "memory://bucket/x", jobs=1, to="rle")
        assert report.failed == []
        assert sorted(system.find("/bucket")) == [
            f"/bucket/x/{MANIFEST}",
            "/bucket/x/a.json",
            "/bucket/x/deep/b.json",
        ]
        again = bulk.convert(
            [folder / "**" / "[ab].json"], "memory://bucket/x", jobs=1, resume=True, to="rle"
        )
        assert [r.was_done for r in again.results] == [True, True]
        tasks = bulk.find_files(["memory://bucket/x/*.json", "memory://bucket/x/deep"], "back")
        assert [task.target for task in tasks] == [
            os.path.join("back", "a.json"),
            os.path.join("back", "b.json"),
        ]
        back = bulk.convert(["memory://bucket/x"], tmp_path / "back", jobs=1, to="rle-list")
        assert [r.target for r in back.results] == [
            str(tmp_path / "back" / "a.json"),
            str(tmp_path / "back" / "deep" / "b.json"),
        ]
        convert(sample, tmp_path / "expected.json", to="rle-list")
        expected = (tmp_path / "expected.json").read_bytes()
        assert (tmp_path / "back" / "deep" / "b.json").read_bytes() == expected
        shard(sample, tmp_path / "shards", images_per_shard=20)
        assert bulk.convert([tmp_path / "shards"], "memory://bucket/y", jobs=1).failed == []
        assert bulk.convert(["memory://bucket/y"], tmp_path / "z", jobs=1).failed == []
        assert len(bulk.describe(["memory://bucket/y"], jobs=1).results) == 3
        assert join(tmp_path / "z", tmp_path / "joined.json") is False
        assert bulk.describe(["memory://bucket/x"], jobs=1).results[0].info.annotations == 480
    finally:
        system.rm("/bucket", recursive=True)


def test_what_cannot_be_sent_leaves_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    local = type(fsspec.filesystem("file"))

    def fail(self: Any, *args: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(local, "mv", fail)
    with pytest.raises(OSError, match="No space"):
        remote.write_bytes(f"file://{tmp_path}/a.json", b"{}")
    assert list(tmp_path.iterdir()) == []


def test_without_fsspec(tmp_path: Path) -> None:
    """Paths do not need it, and addresses say that they do."""
    code = (
        "import sys; sys.modules['fsspec'] = None\n"
        "from cocodec.cli import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "convert", "s3://bucket/a", "out/", "--to", "rle"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr == ("cocodec: s3://bucket/a needs fsspec: pip install 'cocodec[remote]'\n")

"""Files that appear whole or not at all: what killed processes leave, and what errors name."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

import cocodec.bulk.many_files as many_files
import cocodec.files.flushing as flushing
import cocodec.files.temporaries as temporaries
from cocodec import bulk, read
from cocodec.bulk.manifest import MANIFEST
from cocodec.cli import main
from cocodec.files.output import new_folder, open_whole, together
from cocodec.formats.folders import staged

posix = pytest.mark.skipif(os.name != "posix", reason="processes and locks of POSIX")
WRITE = """
import sys, time
from cocodec.files.output import new_folder, open_whole
with {how}(sys.argv[1]) as out:
    print(flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def unswept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporaries, "_swept", set())


def writing(how: str, target: Path) -> subprocess.Popen[bytes]:
    """A process that writes to a target, and is not going to end."""
    code = WRITE.format(how=how)
    process = subprocess.Popen([sys.executable, "-c", code, str(target)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"\n"
    return process


@pytest.mark.skipif(sys.platform != "linux", reason="only /proc tells it")
def test_a_process_that_nobody_has_asked_for_its_end_is_gone(tmp_path: Path) -> None:
    killed = writing("open_whole", tmp_path / "killed")
    killed.kill()
    try:
        os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)
        temporaries.sweep(os.fspath(tmp_path))
        assert os.listdir(tmp_path) == []
    finally:
        killed.communicate()


@posix
@pytest.mark.parametrize("how", ["open_whole", "new_folder"])
def test_what_a_killed_process_left_goes_and_what_a_living_one_writes_stays(
    how: str, tmp_path: Path
) -> None:
    killed, living = (writing(how, tmp_path / name) for name in ("killed", "living"))
    try:
        killed.kill()
        killed.communicate()
        assert len(os.listdir(tmp_path)) == 2
        (tmp_path / ".mine.0123456789ab.tmp").write_text("somebody else's")
        with open_whole(tmp_path / "new") as out:
            out.write(b"x")
        left = sorted(os.listdir(tmp_path))
        assert len(left) == 3
        assert left[0].startswith(".living.")
        assert left[1:] == [".mine.0123456789ab.tmp", "new"]
    finally:
        living.kill()
        living.communicate()


@posix
def test_what_is_locked_or_young_of_another_host_stays(tmp_path: Path) -> None:
    here, other = temporaries._host(), "elsewhere"
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    names = {
        "locked": f".a.{here}.{gone.pid}-00000000.tmp",
        "gone": f".b.{here}.{gone.pid}-00000000.tmp",
        "young": f".c.{other}.1-00000000.tmp",
        "old": f".d.{other}.1-00000000.tmp",
    }
    for name in names.values():
        (tmp_path / name).write_text("{")
    long_ago = time.time() - 7200
    os.utime(tmp_path / names["old"], (long_ago, long_ago))
    with temporaries.locked(tmp_path / names["locked"]):
        temporaries.sweep(os.fspath(tmp_path))
    assert sorted(os.listdir(tmp_path)) == [names["locked"], names["young"]]


def test_what_this_process_writes_is_its_own(tmp_path: Path) -> None:
    with open_whole(tmp_path / "a") as out:
        out.write(b"1")
        temporaries.sweep(os.fspath(tmp_path))
        with open_whole(tmp_path / "b") as other:
            other.write(b"2")
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_abandoned_files_and_folders_are_gone(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        stack.enter_context(open_whole(tmp_path / "a"))
        stack.enter_context(new_folder(tmp_path / "b"))
        assert len(os.listdir(tmp_path)) == 2
        temporaries.abandon()
        assert os.listdir(tmp_path) == []
        with pytest.raises(FileNotFoundError):
            stack.close()


@pytest.mark.parametrize("name", ["é" * 110, "深" * 80, "a" * 240])
def test_long_names(name: str, tmp_path: Path) -> None:
    with open_whole(tmp_path / name) as out:
        out.write(b"x")
    assert os.listdir(tmp_path) == [name]


# ---------------------------------------------------------------- what errors name


def full(*_: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


COMMANDS: list[Callable[[str, str], list[str]]] = [
    lambda source, out: ["convert", source, out, "--to", "rle"],
    lambda source, out: ["convert", source, out, "--to", "official"],
    lambda source, out: ["convert", source, out, "--to", "cvat"],
    lambda source, out: ["subset", source, out, "--category", "person"],
    lambda source, out: ["merge", source, out],
    lambda source, out: ["strip", source, out, "bbox"],
    lambda source, out: ["check", source, "--fix", out],
    lambda source, out: ["flip", source, out],
]


def run(command: Callable[[str, str], list[str]], sample: Path, out: Path) -> int:
    try:
        return main(command(str(sample), str(out)))
    except SystemExit as error:  # an option that this command spells otherwise
        pytest.fail(f"the command line is wrong: {error}")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("what", ["full", "no folder", "no permission"])
def test_errors_name_the_file_that_the_user_named(
    command: Callable[[str, str], list[str]],
    what: str,
    sample: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, reason = tmp_path / "out.json", "No space left on device"
    if what == "full":
        monkeypatch.setattr("cocodec.files.output.os.fsync", full)
    elif what == "no folder":
        out = tmp_path / "none" / "out.json"
        reason = f"No such file or directory; there is no folder {out.parent}, make it first"
    else:
        if os.geteuid() == 0:
            monkeypatch.setattr("cocodec.files.output.os.access", lambda *_: False)
            out.write_text("before")
        else:
            tmp_path.chmod(0o500)
        reason = "Permission denied"
    assert run(command, sample, out) == 2
    said = capsys.readouterr().err
    assert f"cocodec: {out}: {reason}" in said
    assert ".tmp" not in said
    tmp_path.chmod(0o700)
    assert os.listdir(tmp_path) == (["out.json"] if out.exists() else [])


@posix
def test_a_disk_that_is_full_in_the_middle(sample: Path, tmp_path: Path) -> None:
    """A limit on the size of files fails a write as a full disk does."""
    code = (
        "import resource, signal, sys, cocodec.cli\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        f"sys.exit(cocodec.cli.main(['convert', {str(sample)!r}, 'out.json', '--to', 'rle']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == b"cocodec: out.json: File too large\n"
    assert os.listdir(tmp_path) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 20000


def test_errors_in_a_new_folder_name_the_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as error, new_folder(tmp_path / "out") as folder:
        (folder / "none" / "a.json").write_text("")
    assert error.value.filename == str(tmp_path / "out" / "none" / "a.json")


def test_errors_of_reading_keep_their_names(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as error, open_whole(tmp_path / "out"):
        read(tmp_path / "in.json")
    assert error.value.filename == str(tmp_path / "in.json")
    with pytest.raises(BlockingIOError) as other, open_whole(tmp_path / "out"):
        raise BlockingIOError(errno.EAGAIN, "try again")
    assert other.value.filename is None


def test_many_files_name_theirs(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocodec.files.output.os.fsync", full)
    report = bulk.convert([sample], tmp_path / "out", jobs=1)
    (result,) = report.results
    target = tmp_path / "out" / "sample.json"
    assert result.error == f"{sample}: {target}: No space left on device"


# ---------------------------------------------------------------- what is flushed to the disk


class Flushes:
    """What is flushed and what takes its place, in order; `lost`: places that cannot be flushed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps: list[str] = []
        self.lost: set[str] = set()
        fsync, replace = os.fsync, os.replace

        def heard_fsync(descriptor: int) -> None:
            name = os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}"))
            if any(name.startswith(f".{lost}.") for lost in self.lost):
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            is_folder = os.path.isdir(f"/proc/self/fd/{descriptor}")
            self.steps.append("folder" if is_folder else "file")
            fsync(descriptor)

        def heard_replace(source: str, target: str) -> None:
            self.steps.append("move")
            replace(source, target)

        monkeypatch.setattr(os, "fsync", heard_fsync)
        monkeypatch.setattr(os, "replace", heard_replace)


@pytest.fixture
def flushes(monkeypatch: pytest.MonkeyPatch) -> Flushes:
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("tells files by /proc, which is not here")
    return Flushes(monkeypatch)


def write_some(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        with open_whole(folder / name) as out:
            out.write(name.encode())


def test_one_file_is_flushed_then_moved_then_its_folder(flushes: Flushes, tmp_path: Path) -> None:
    write_some(tmp_path, "a")
    assert flushes.steps == ["file", "move", "folder"]


def test_together_all_are_flushed_before_the_first_is_moved(
    flushes: Flushes, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(0o640)
    with together():
        write_some(tmp_path, "abc")
        assert (tmp_path / "a").read_text() == "old"
        assert flushes.steps == []
    assert flushes.steps == ["file"] * 3 + ["move"] * 3 + ["folder"]
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {n: n for n in "abc"}
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
    assert not temporaries._open


class Systems:
    """Which file systems are flushed as a whole, and with what result."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, result: int) -> None:
        self.steps: list[str] = []

        def heard(descriptor: int) -> int:
            self.steps.append(os.readlink(f"/proc/self/fd/{descriptor}"))
            return result

        monkeypatch.setattr(flushing, "_syncfs", lambda: heard)


@pytest.mark.parametrize("how", ["together", "new folder"])
def test_many_files_are_flushed_with_one_effort(
    how: str, flushes: Flushes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A flush for each of thousands of label files takes minutes."""
    systems = Systems(monkeypatch, 0)
    with together() if how == "together" else new_folder(tmp_path / "out") as made:
        write_some(tmp_path if made is None else made, [f"f{k:02}" for k in range(100)])
    assert len(systems.steps) == 1
    assert "file" not in flushes.steps


def test_what_is_lost_of_many_files_is_named(
    flushes: Flushes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The flush of everything tells that something was lost; then each file is asked."""
    systems = Systems(monkeypatch, -1)
    flushes.lost = {"f07"}
    with pytest.raises(OSError, match="f07") as error, together():
        write_some(tmp_path, [f"f{k:02}" for k in range(100)])
    assert error.value.errno == errno.EIO
    assert len(systems.steps) == 1
    assert len(list(tmp_path.iterdir())) == 99


def test_together_nothing_appears_after_an_error(tmp_path: Path) -> None:
    def fail() -> None:
        with together():
            write_some(tmp_path, "ab")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert os.listdir(tmp_path) == []
    assert not temporaries._open


def test_together_what_cannot_be_flushed_is_named_and_the_others_appear(
    flushes: Flushes, tmp_path: Path
) -> None:
    flushes.lost = {"b"}
    with pytest.raises(OSError, match="Input/output") as caught, together():
        write_some(tmp_path, "abc")
    assert caught.value.filename == os.fspath(tmp_path / "b")
    assert sorted(os.listdir(tmp_path)) == ["a", "c"]


@pytest.mark.parametrize("kind", ["new folder", "format"])
def test_a_new_folder_is_flushed_before_it_appears(
    kind: str, flushes: Flushes, tmp_path: Path
) -> None:
    with contextlib.ExitStack() as stack:
        if kind == "format":
            made = stack.enter_context(staged(tmp_path / "new"))
            folder = made.folder
            made.write("deep/d", "d")
        else:
            folder = stack.enter_context(new_folder(tmp_path / "new"))
            (folder / "deep").mkdir()
            (folder / "deep" / "d").write_text("d")
        write_some(folder, "abc")
        assert flushes.steps == ["move"] * 3  # into a folder that nobody knows yet
        flushes.steps.clear()
    assert flushes.steps == ["file"] * 4 + ["folder"] * 3
    assert sorted(os.listdir(tmp_path / "new")) == ["a", "b", "c", "deep"]
    assert os.listdir(tmp_path) == ["new"]


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("is_whole", [True, False])
def test_many_files_are_flushed_many_at_a_time(
    is_whole: bool,
    jobs: int,
    flushes: Flushes,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    systems = Systems(monkeypatch, 0 if is_whole else -1)
    monkeypatch.setattr(many_files, "_SECONDS", math.inf)  # however slow the machine is
    (tmp_path / "in").mkdir()
    for number in range(300):
        (tmp_path / "in" / f"{number}.json").write_bytes(b'{"annotations": []}')
    out = tmp_path / "out"
    report = bulk.convert([tmp_path / "in"], out, jobs=jobs, to="rle")
    assert report.failed == []
    assert sorted(os.listdir(out)) == sorted([MANIFEST, *(f"{n}.json" for n in range(300))])
    # A few at the end are asked for one by one.
    assert flushes.steps.count("file") < 64 if is_whole else flushes.steps.count("file") == 300
    assert 1 <= len(systems.steps) <= 30
    assert 2 <= flushes.steps.count("folder") <= 30
    assert flushes.steps[:3] == ["move" if is_whole else "file"] * 3
    again = bulk.convert([tmp_path / "in"], out, jobs=jobs, to="rle", resume=True)
    assert all(result.was_done for result in again.results)


def test_many_small_files_appear_before_a_large_one_is_begun(
    flushes: Flushes, tmp_path: Path
) -> None:
    names = ["0.json", "1.json", "2.json"]
    (tmp_path / "in").mkdir()
    for name in names:
        (tmp_path / "in" / name).write_bytes(b'{"annotations": []}')
    (tmp_path / "in" / names[2]).write_bytes(b'{"annotations": []}' + b" " * (1 << 20))
    report = bulk.convert([tmp_path / "in"], tmp_path / "out", jobs=1, to="rle")
    assert report.failed == []
    one = ["file", "move", "folder"]
    assert flushes.steps == ["file", "file", "move", "move", "folder", *one]


def test_of_many_files_one_that_cannot_be_flushed_is_named(
    flushes: Flushes, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    for name in "abc":
        (tmp_path / "in" / f"{name}.json").write_bytes(b'{"annotations": []}')
    flushes.lost = {"b.json"}
    report = bulk.convert([tmp_path / "in"], tmp_path / "out", jobs=1, to="rle")
    assert [os.path.basename(result.source) for result in report.failed] == ["b.json"]
    assert "Input/output error" in str(report.failed[0].error)
    assert sorted(os.listdir(tmp_path / "out")) == [MANIFEST, "a.json", "c.json"]


def test_what_helpers_have_handed_over_stays(tmp_path: Path) -> None:
    helped = temporaries.beside(tmp_path / "a")
    helped.write_text("{")
    temporaries.sweep(os.fspath(tmp_path))
    assert helped.exists()
    before = temporaries._began - 10  # of a process that had the same number
    os.utime(helped, (before, before))
    temporaries.sweep(os.fspath(tmp_path))
    assert not helped.exists()

"""Tasks in processes: their results, their death, and their end at an interrupt or a kill."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cocodec.bulk.manifest import MANIFEST
from cocodec.bulk.workers import count_jobs, current_meter, run
from cocodec.files.output import open_whole

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and pipes")
PATIENCE = 30.0  # seconds until a test gives up


@dataclass(frozen=True)
class Job:
    """What the processes are given; `name` says what they do with it."""

    name: str
    size: int = 10
    folder: str = ""


def obey(job: Job) -> str:
    if job.name == "die":
        os._exit(9)
    if job.name == "fail":
        raise ZeroDivisionError("as told")
    if job.name == "write":  # until somebody stops it
        with open_whole(Path(job.folder, "target")) as stream:
            for step in range(10**9):
                stream.write(b"x")
                current_meter()(step % 8, 10)
    if job.name == "hang":
        threading.Event().wait(PATIENCE)
    return job.name.upper()


def outcomes(tasks: list[Job], **how: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    run(obey, tasks, lambda job, result: found.update({job.name: repr(result)}), **how)
    return found


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_and_exceptions(jobs: int) -> None:
    heard: list[tuple[int, int]] = []
    names = ["a", "fail", "b", "c"]
    found = outcomes(
        [Job(name) for name in names], jobs=jobs, progress=lambda *at: heard.append(at)
    )
    assert found == {"a": "'A'", "b": "'B'", "c": "'C'", "fail": "ZeroDivisionError('as told')"}
    assert heard == sorted(heard)
    assert heard[-1] == (40, 40)


def test_one_that_kills_its_process_is_found(capfd: pytest.CaptureFixture[str]) -> None:
    heard: list[tuple[int, int]] = []
    names = ["a", "b", "die", *"cdefgh"]
    found = outcomes([Job(n) for n in names], jobs=2, progress=lambda *at: heard.append(at))
    assert found.pop("die") == "ChildProcessError('the process that worked on it died')"
    assert found == {name: repr(name.upper()) for name in "abcdefgh"}
    assert max(heard) == heard[-1] == (90, 90)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", ["write", "hang"])
def test_interrupt(tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str) -> None:
    """A task that looks up ends and cleans up; one that does not is killed. What is done counts."""
    found: list[str] = []
    began = 0.0

    def interrupt(done: int, total: int) -> None:
        nonlocal began
        if found == ["done"] and (name == "hang" or list(tmp_path.iterdir())):
            began = time.monotonic()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(
            obey,
            [Job("done", 99), Job(name, folder=str(tmp_path))],
            lambda job, result: found.append(job.name),
            jobs=2,
            progress=interrupt,
        )
    assert time.monotonic() - began < 5  # a second on a machine that has nothing else to do
    assert list(tmp_path.iterdir()) == []
    assert found == ["done"]
    assert capfd.readouterr().err == ""


def test_how_many() -> None:
    small, large = [Job("a", 1)] * 5, [Job("a", 1 << 40)] * 5
    assert [count_jobs(jobs, small) for jobs in (0, 1, 3, 9)] == [1, 1, 3, 5]
    assert 1 <= count_jobs(0, large) <= 5
    assert count_jobs(0, []) == 1
    with pytest.raises(ValueError, match="jobs"):
        count_jobs(-1, small)


# ---------------------------------------------------------------- the command, interrupted


def until(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.005)


def lines_of(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def start(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-W", "error", "-m", "cocodec", *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)


@pytest.fixture
def stuck(sample: Path, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts a run of five files that does three and waits for two, which come from pipes."""
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for i in range(3):
        shutil.copy(sample, folder / f"{i}.json")
    for i in (3, 4):
        os.mkfifo(folder / f"{i}.json")
    process = start("convert", folder, out, "--to", "rle", "--jobs", 2)

    def at_work() -> subprocess.Popen[bytes]:
        until(lambda: lines_of(out / MANIFEST) == 3)
        return process

    yield at_work
    process.kill()
    process.wait()
    assert process.stderr is not None
    process.stderr.close()


def finish(cli: Any, sample: Path, tmp_path: Path) -> None:
    """A second run does what is missing."""
    folder, out = tmp_path / "in", tmp_path / "out"
    for i in (3, 4):
        (folder / f"{i}.json").unlink()
        shutil.copy(sample, folder / f"{i}.json")
    second = cli("convert", folder, out, "--to", "rle", "--resume")
    assert second.stderr.startswith(
        b"cocodec: 5 of 5 files done, 0 failed, 3 of the done from a former run; annotations: 846 "
    )
    expected = cli("convert", sample, "-", "--to", "rle").stdout
    assert sorted(p.name for p in out.iterdir()) == [MANIFEST, *(f"{i}.json" for i in range(5))]
    assert all((out / f"{i}.json").read_bytes() == expected for i in range(5))


@posix
@pytest.mark.parametrize("how", ["ctrl-c", "int", "term"])
def test_an_interrupt_says_what_is_done(
    stuck: Callable[[], subprocess.Popen[bytes]], cli: Any, sample: Path, tmp_path: Path, how: str
) -> None:
    process = stuck()
    began = time.monotonic()
    if how == "ctrl-c":  # a terminal tells everybody
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT if how == "int" else signal.SIGTERM)
    _, said = process.communicate(timeout=PATIENCE)
    assert time.monotonic() - began < 5  # as above
    assert process.returncode == 130
    lines = said.decode().splitlines()
    assert lines[0].startswith("cocodec: 3 of 5 files done, 0 failed; annotations: 1269 converted")
    assert lines[1:] == ["cocodec: interrupted"]
    finish(cli, sample, tmp_path)


@posix
def test_workers_do_not_outlive_a_killed_run(
    stuck: Callable[[], subprocess.Popen[bytes]], cli: Any, sample: Path, tmp_path: Path
) -> None:
    process = stuck()
    process.kill()
    process.communicate(timeout=PATIENCE)  # comes to its end when they, too, have closed the pipe
    finish(cli, sample, tmp_path)


@posix
def test_a_run_killed_while_it_writes(cli: Any, sample: Path, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    text = sample.read_bytes()
    row = text[text.index(b"{", text.index(b'"annotations"')) : text.rindex(b"]")]
    (folder / "0.json").write_bytes(text[: text.rindex(b"]")] + (b"," + row) * 12 + b"]}")
    for i in range(1, 8):
        os.link(folder / "0.json", folder / f"{i}.json")
    process = start("convert", folder, out, "--to", "rle", "--jobs", 2)
    until(lambda: process.poll() is not None or any(out.glob(".*.tmp")))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    expected = cli("convert", folder / "0.json", "-", "--to", "rle").stdout
    assert all(path.read_bytes() == expected for path in out.glob("?.json"))
    assert cli("convert", folder, out, "--to", "rle", "--resume", "--jobs", 1).returncode == 0
    assert sorted(p.name for p in out.iterdir()) == [MANIFEST, *(f"{i}.json" for i in range(8))]
    assert all((out / f"{i}.json").read_bytes() == expected for i in range(8))


def test_a_script_that_workers_cannot_import_is_told(tmp_path: Path) -> None:
    """It starts processes in each of its processes, which Python refuses."""
    for i in range(4):
        (tmp_path / f"{i}.json").write_text('{"images": [], "annotations": []}')
    script = tmp_path / "script.py"
    script.write_text(
        "from cocodec import bulk\n"
        f"bulk.convert([{str(tmp_path / '*.json')!r}], {str(tmp_path / 'out')!r}, jobs=2)\n"
    )
    command = [sys.executable, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    # The last line but for what Python's own tracker may say of the processes that it refused.
    assert 'below if __name__ == "__main__": (or ask for jobs=1)' in done.stderr

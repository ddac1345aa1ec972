"""A Dask cluster: a real scheduler and two worker processes, one of which is killed on the way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cocodec import bulk, convert

pytest.importorskip("distributed", reason="needs distributed, the extra 'dask'")

# In a process of its own: it prints where it is, and ends when its standard input does. What the
# cluster itself warns of is not ours to judge.
SERVE = """
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True, memory_limit=0
    )
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
    cluster.close()
"""
FILES = 24


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    script = tmp_path_factory.mktemp("cluster") / "serve.py"
    script.write_text(SERVE)
    process = subprocess.Popen(
        [sys.executable, str(script)],
        cwd=script.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    guard = threading.Timer(60, process.kill)
    guard.start()
    try:
        line = process.stdout.readline().decode().strip()
        assert line.startswith("tcp://"), "the cluster did not start within a minute"
        guard.cancel()
        yield line
    finally:
        guard.cancel()
        process.stdin.close()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@pytest.fixture
def folder(sample: Path, tmp_path: Path) -> Path:
    top = tmp_path / "in"
    top.mkdir()
    for i in range(FILES):
        shutil.copy(sample, top / f"{i:02}.json")
    return top


def check(out: Path, sample: Path, tmp_path: Path) -> None:
    convert(sample, tmp_path / "expected.json", to="rle")
    expected = (tmp_path / "expected.json").read_bytes()
    found = sorted(path.name for path in out.iterdir() if not path.name.startswith("."))
    assert found == [f"{i:02}.json" for i in range(FILES)]
    assert all((out / name).read_bytes() == expected for name in found)


def test_the_command(cli: Any, address: str, folder: Path, sample: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = cli("convert", folder, out, "--to", "rle", "--cluster", address)
    assert run.returncode == 0, run.stderr
    assert run.stderr.startswith(f"cocodec: {FILES} of {FILES} files done, 0 failed".encode())
    check(out, sample, tmp_path)
    run = cli("info", out, "--json", "--cluster", address)
    assert run.stdout.count(b"\n") == FILES


def test_no_such_cluster(cli: Any, folder: Path, tmp_path: Path) -> None:
    run = cli("convert", folder, tmp_path / "out", "--to", "rle", "--cluster", "tcp:nowhere")
    assert run.returncode == 2
    assert b"no scheduler at tcp:nowhere" in run.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_a_worker_is_killed(
    address: str, folder: Path, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the Executor protocol alone; the last, because a worker is gone afterwards."""
    code = """
import os, signal, sys
from distributed import Client
from cocodec import bulk

def main(address, folder, out):
    with Client(address) as client:
        pids = sorted(client.run(os.getpid).values())
        killed = []

        def kill(done, total):
            if 0 < done < total and not killed:
                killed.append(pids[0])
                os.kill(pids[0], signal.SIGKILL)

        executor = client.get_executor(pure=False)
        report = bulk.convert([folder], out, executor=executor, progress=kill, to="rle")
        after = client.run(os.getpid, on_error="ignore").values()
    assert killed and killed[0] not in after, (killed, after)
    assert report.failed == [], report.failed
    print(report)

if __name__ == "__main__":
    main(*sys.argv[1:])
"""
    script = tmp_path / "kill.py"
    script.write_text(code)
    out = tmp_path / "out"
    run = subprocess.run(
        [sys.executable, str(script), address, str(folder), str(out)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(f"{FILES} of {FILES} files done, 0 failed")
    check(out, sample, tmp_path)
    again = bulk.convert([folder], out, jobs=1, resume=True, to="rle")
    assert all(result.was_done for result in again.results)

"""The command line: what it writes, says and returns, and what it leaves alone when it fails."""

from __future__ import annotations

import io
import json
import os
import pickle
import signal
import stat
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import cocodec.files.output
from cocodec.cli import main
from cocodec.conversion import RefusedError, convert
from support.json_places import blanked

Cli = Callable[..., "subprocess.CompletedProcess[bytes]"]

RING = [[1, 1, 5, 1, 5, 5, 1, 5]]
IMAGE = {"id": 1, "height": 6, "width": 7}
GOOD = {"id": 1, "image_id": 1, "segmentation": RING}
BAD = {"id": "a-3", "image_id": 99, "segmentation": RING}
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions, signals or devices")


def document(*rows: Any) -> bytes:
    return json.dumps({"images": [IMAGE], "annotations": rows}).encode()


def only(folder: Path, *names: str) -> bool:
    return sorted(path.name for path in folder.iterdir()) == sorted(names)


def test_the_sample_is_what_the_generator_makes(sample: Path, maker: ModuleType) -> None:
    made = io.BytesIO()
    maker.write_document(made, images=60, per_image=8, seed=1)
    assert made.getvalue() == sample.read_bytes()
    assert sample.stat().st_size <= 400_000


def test_the_main_job(cli: Cli, sample: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    run = cli("convert", sample, out, "--to", "rle")
    assert run.returncode == 0, run.stderr
    assert run.stdout == b""
    assert blanked(out.read_text("utf-8")) == blanked(sample.read_text("utf-8"))
    assert b"converted" in run.stderr
    # No progress bar: this is no terminal. The sample has masks far from their boxes.
    assert [line[:18] for line in run.stderr.splitlines()] == [
        b"cocodec: 423 conve",
        b"cocodec: warning: ",
        b"cocodec: warning: ",
    ]
    assert only(tmp_path, "out.json")
    found = json.loads(cli("info", out, "--json").stdout)
    assert found["annotations"] == 480
    assert not {"polygons", "flat ring", "box", "rle list"} & found["segmentations"].keys()


def test_closing_line(cli: Cli) -> None:
    rle = {"segmentation": {"size": [2, 3], "counts": "6"}, "image_id": 1}
    rows = [GOOD, rle, {}, {"segmentation": []}, {"segmentation": [[1, 2]]}]
    run = cli("convert", "-", "-", "--to", "rle", stdin=document(*rows))
    assert run.stderr.decode().strip() == (
        "cocodec: 1 converted, 1 unchanged, 2 skipped (no segmentation), 0 refused, "
        "1 left as they are (points only: cocodec check names them); 1 without a pixel; "
        "warning: 1 not of their image's size"
    )
    quiet = cli("convert", "-", "-", "--to", "rle", "-q", stdin=document(*rows))
    assert quiet.stderr == b""
    assert quiet.stdout == run.stdout


def test_pipes_and_files_agree(cli: Cli, sample: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    assert cli("convert", sample, out, "--to", "rle-list").returncode == 0
    piped = cli("convert", "-", "-", "--to", "rle-list", stdin=sample.read_bytes())
    assert piped.returncode == 0
    assert piped.stdout == out.read_bytes()


def test_in_place(cli: Cli, sample: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(sample.read_bytes())
    assert cli("convert", path, path, "--to", "rle").returncode == 0
    assert path.read_bytes() == cli("convert", sample, "-", "--to", "rle").stdout
    assert only(tmp_path, "a.json")


def test_bad_rows_are_named_and_nothing_is_written(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    out.write_text("before")
    for target in (out, "-"):
        run = cli("convert", "-", target, "--to", "rle", stdin=document(GOOD, BAD, GOOD))
        assert run.returncode == 1
        assert run.stdout == b""
        assert run.stderr.decode() == (
            "cocodec: 1 annotation is refused:\n"
            '  row 1, id "a-3": no image size for the rings: there is no image 99\n'
            "cocodec: nothing was written (--on-error skip leaves them as they are)\n"
        )
    assert out.read_text() == "before"
    assert only(tmp_path, "out.json")


def test_skip_leaves_bad_rows_and_names_them(cli: Cli) -> None:
    source = document(GOOD, *[BAD] * 30, GOOD)
    run = cli("convert", "-", "-", "--to", "rle", "--on-error", "skip", stdin=source)
    assert run.returncode == 0
    rows = json.loads(run.stdout)["annotations"]
    assert rows[1:-1] == [BAD] * 30
    assert rows[0] == rows[-1]
    assert rows[0]["segmentation"]["size"] == [6, 7]
    lines = run.stderr.decode().splitlines()
    assert lines[0] == "cocodec: 30 annotations are refused:"
    assert [line.endswith("(and 29 more rows like it)") for line in lines[1:2]] == [True]
    assert lines[-1].startswith("cocodec: 2 converted")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "usage"),
        (("convert", "a"), 2, "usage"),
        (("convert", "a", "b"), 2, "--to"),
        (("convert", "a", "b", "--to", "png"), 2, "invalid choice"),
        (("convert", "a", "b", "--to", "rle", "--threads", "-1"), 2, "--threads"),
        (("convert", "missing.json", "-", "--to", "rle"), 2, "missing.json: No such file"),
        (("convert", "-", "no/such/folder.json", "--to", "rle"), 2, "No such file"),
        (("convert", "-", ".", "--to", "rle"), 2, ".: "),
        (("info", "missing.json"), 2, "missing.json: No such file"),
        (("info", "missing/"), 2, "missing/: "),
        (("--version",), 0, ""),
        (("convert", "--help"), 0, ""),
    ],
)
def test_exit_codes(cli: Cli, arguments: tuple[str, ...], code: int, said: str) -> None:
    run = cli(*arguments, stdin=document(GOOD))
    assert run.returncode == code
    assert said in run.stderr.decode()
    assert b"Traceback" not in run.stderr


@pytest.mark.parametrize("command", [("info", "-"), ("convert", "-", "-", "--to", "rle")])
@pytest.mark.parametrize("data", [b"", b"[1, 2", b"\xff", b"17", b'{"annotations": 5}'])
def test_bad_documents_are_exit_code_1(cli: Cli, command: tuple[str, ...], data: bytes) -> None:
    run = cli(*command, stdin=data)
    assert run.returncode == 1
    assert run.stderr.startswith(b"cocodec: <stdin>: ")
    assert b"Traceback" not in run.stderr
    assert run.stdout == b""


def test_info(cli: Cli, sample: Path) -> None:
    table = cli("info", sample)
    assert table.returncode == 0
    assert "annotations       480" in table.stdout.decode().splitlines()
    found = json.loads(cli("info", "-", "--json", stdin=sample.read_bytes()).stdout)
    assert found["annotations"] == 480
    assert found["segmentations"]["missing"] == 6


@posix
def test_permissions_and_links_are_kept(cli: Cli, sample: Path, tmp_path: Path) -> None:
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    assert cli("convert", sample, link, "--to", "rle").returncode == 0
    assert link.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert target.stat().st_size > 1000
    fresh = tmp_path / "fresh.json"
    old_mask = os.umask(0o027)
    try:
        convert(sample, fresh)
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o640
    assert only(tmp_path, "target.json", "link.json", "fresh.json")


@posix
def test_devices_are_written_directly(cli: Cli, sample: Path) -> None:
    assert cli("convert", sample, "/dev/null", "--to", "rle").returncode == 0
    run = cli("convert", sample, "/dev/stdout", "--to", "rle")
    assert run.returncode == 0
    assert run.stdout == cli("convert", sample, "-", "--to", "rle").stdout
    assert Path("/dev/null").is_char_device()


@posix
def test_a_terminal_gets_a_progress_bar(sample: Path) -> None:
    import fcntl
    import termios

    screen, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    command = [sys.executable, "-m", "cocodec", "convert", str(sample), "/dev/null", "--to", "rle"]
    subprocess.run(command, stderr=terminal, timeout=60, check=True)
    os.close(terminal)
    said = os.read(screen, 1 << 16)
    os.close(screen)
    assert b"B/s" in said
    # Nothing of the bar is left on the closing line.
    assert b"cocodec: 423 converted" in said
    assert said.endswith(b"; ...)\r\n")
    assert b"\rcocodec: " in said


@posix
def test_a_reader_that_goes_away(sample: Path) -> None:
    command = [sys.executable, "-m", "cocodec", "convert", str(sample), "-", "--to", "rle-list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(30) == 2
    assert said == b"cocodec: the reader of the output went away\n"


@posix
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_kill_leaves_no_half_file(tmp_path: Path, how: signal.Signals) -> None:
    """Stopped while it writes: the old file is whole, the temporary is gone."""
    out = tmp_path / "out.json"
    out.write_text("before")
    code = (
        "import signal, time, sys, cocodec.cli\n"
        "import cocodec.conversion.mask_spelling as c\n"
        # A shell's background job starts with Ctrl-C ignored, and so would its children.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "write = c._write\n"
        "def slowly(stream, pieces):\n"
        "    write(stream, pieces); stream.flush(); print('writing', flush=True); time.sleep(20)\n"
        "c._write = slowly\n"
        f"sys.exit(cocodec.cli.main(['convert', '-', {str(out)!r}, '--to', 'rle']))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(document(GOOD))
        process.stdin.close()
        assert process.stdout.readline() == b"writing\n"
        assert len(list(tmp_path.iterdir())) == 2
        process.send_signal(how)
        assert process.wait(30) == 130
    assert out.read_text() == "before"
    assert only(tmp_path, "out.json")


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.json"
    out.write_text("before")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cocodec.files.output.os, "fsync", full)
    assert main(["convert", str(sample), str(out), "--to", "rle"]) == 2
    assert out.read_text() == "before"
    assert only(tmp_path, "out.json")


def test_the_api_behind_it(sample: Path) -> None:
    out, steps = io.BytesIO(), []
    report = convert(sample, out, progress=lambda done, total: steps.append((done, total)))
    assert steps[-1] == (sample.stat().st_size, sample.stat().st_size)
    assert not report.refused
    with pytest.raises(ValueError, match="expected one of: rle, rle-list, polygons"):
        convert(sample, out, to="png")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected 'fail' or 'skip'"):
        convert(sample, out, on_error="ignore")  # type: ignore[arg-type]
    with pytest.raises(RefusedError) as error:
        convert(document(BAD), out)
    assert error.value.report.refused[0].row == 0
    assert str(pickle.loads(pickle.dumps(error.value))) == str(error.value)


def test_a_big_document_streams(maker: ModuleType, tmp_path: Path) -> None:
    """Twenty megabytes, in several chunks and on several threads: the same as in one piece."""
    one = io.BytesIO()
    maker.write_document(one, images=60, per_image=8, seed=2)
    root = json.loads(one.getvalue())
    rows = [{**row, "note": i} for i in range(60) for row in root["annotations"]]
    root["annotations"] = rows
    source = json.dumps(root, ensure_ascii=False).encode()
    assert len(source) > 20_000_000
    outs, steps = [io.BytesIO(), io.BytesIO()], []
    for threads, out in zip((1, 4), outs, strict=True):
        convert(source, out, threads=threads, progress=lambda done, _: steps.append(done))
    assert outs[0].getvalue() == outs[1].getvalue()
    assert len(steps) >= 6
    small = io.BytesIO()
    convert(one.getvalue(), small)
    expected = [row.get("segmentation") for row in json.loads(small.getvalue())["annotations"]] * 60
    after = json.loads(outs[0].getvalue())["annotations"]
    assert [row.get("segmentation") for row in after] == expected
    assert [row["note"] for row in after] == [row["note"] for row in rows]

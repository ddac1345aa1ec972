"""Ctrl-C and SIGTERM, whenever they come: the command ends soon, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocodec.cli.interrupts import Hearing

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")

# A shell's background job starts with Ctrl-C ignored, and so would its children.
START = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv = ["cocodec", "convert", {source!r}, {target!r}, "--to", {to!r}]
"""
RUN = """
from cocodec.cli import main
sys.exit(main())
"""
# The module whose import is interrupted sends the signal to its own process.
WHILE_IMPORTING = """
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
"""
# As a long call of the core: it lets other threads run, and hears of no signal until it ends.
LONG_CALL = """
import hashlib
import cocodec.cli
import cocodec.documents.stream
import {module} as module
def stuck(*args, **kwargs):
    print("stuck", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"", b"", 200_000_000)
module.{name} = stuck
"""
SOON = 5.0  # seconds, on a machine that has other things to do


def finished(code: str, how: signal.Signals | None = None) -> tuple[int, str, float]:
    """Exit code, what was said, and seconds from the signal (or the start) to the end."""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        if how is not None:
            assert process.stdout is not None
            assert process.stdout.readline() == b"stuck\n"
            process.send_signal(how)
        begin = time.monotonic()
        said = process.communicate(timeout=60)[1].decode()
        return process.returncode, said, time.monotonic() - begin


@pytest.mark.parametrize(
    ("module", "to"),
    [
        ("cocodec.cli.commands", "rle"),
        ("argparse", "rle"),
        ("cocodec._core", "rle"),
        ("numpy", "rle"),
        ("msgspec", "rle"),
        ("cocodec.cli.convert", "rle"),
        ("cocodec.conversion.mask_spelling", "rle"),
        ("cocodec.dialects", "official"),
        ("cocodec.bulk.tasks", "rle"),
    ],
)
def test_during_imports(module: str, to: str, sample: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    start = START.format(source=str(sample), target=str(target), to=to)
    code, said, _ = finished(start + WHILE_IMPORTING.format(module=module) + RUN)
    assert (code, said) == (130, "cocodec: interrupted\n")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("module", "name", "to"),
    [
        ("cocodec.conversion.mask_spelling", "_write", "rle"),
        ("cocodec.conversion.dialect", "_render", "official"),
        ("cocodec.conversion.dialect", "canonical", "official"),
    ],
)
def test_in_a_long_call_of_the_core(
    module: str, name: str, to: str, how: signal.Signals, sample: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out.json"
    target.write_text("before")
    start = START.format(source=str(sample), target=str(target), to=to)
    stuck = LONG_CALL.format(module=module, name=name)
    code, said, seconds = finished(start + stuck + RUN, how)
    assert (code, said) == (130, "cocodec: interrupted\n")
    assert seconds < SOON
    assert target.read_text() == "before"
    assert os.listdir(tmp_path) == ["out.json"]


def test_no_handler_stays(sample: Path, tmp_path: Path) -> None:
    """Whoever calls `main` has the handlers that were there before."""
    from cocodec.cli import main

    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert main(["convert", str(sample), str(tmp_path / "o"), "--to", "rle", "--quiet"]) == 0
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before


def test_importing_the_commands_changes_nothing() -> None:
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import cocodec.cli\n"
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_little_is_imported_before_the_command_listens() -> None:
    """A signal before that ends with what Python says: no module of ours can change it."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "import cocodec; import signal\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert not {"typing", "re", "numpy", "argparse", "cocodec._core"} & set(said.decode().split())


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C raises. What a shell starts in the background ignores it, the tests too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_what_an_interrupt_broke_is_an_interrupt() -> None:
    def run() -> None:
        with Hearing():
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                raise RuntimeError("release unlocked lock") from None

    with pytest.raises(KeyboardInterrupt):
        run()


def test_other_faults_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="other"), Hearing():
        raise RuntimeError("other")

"""Calls of the extension that may crash: made in a process of their own, and judged.

A module of tests has `call_all(group)`, which prints the name of each function before it calls it
and returns how many calls were answered.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cocodec import CocodecError

__all__ = ["answered", "called_apart", "confine"]

SECONDS = 120  # of processor time, a hundred times what a group takes
BYTES = 8 << 30  # of address space: what is as large as an argument says is not allocated
# What may be raised: not SystemError, which Python has for extensions that break its rules, and not
# RuntimeError, which is what pybind11 makes of an error that nobody thought of. AttributeError
# comes of objects without the methods of DLPack.
RIGHT = (CocodecError, TypeError, ValueError, LookupError, OverflowError, BufferError, MemoryError)
RIGHT += (AttributeError,)

SCRIPT = """
import importlib, sys, warnings
sys.path.insert(0, sys.argv[1])
warnings.simplefilter("ignore")
from support.misuse import confine
tests = importlib.import_module(sys.argv[2])
confine()
print(tests.call_all(int(sys.argv[3])))
"""


def answered(function: Callable[..., object], *given: Any, **named: Any) -> bool:
    """Whether a call is answered; else its error must be a right one."""
    try:
        function(*given, **named)
    except RIGHT:
        return False
    return True


def confine() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    if "libasan" not in os.environ.get("LD_PRELOAD", ""):  # which takes what it wants
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))


def called_apart(module: str, group: int, folder: Path) -> tuple[list[str], int]:
    """Call a group of a module's functions: their names, and how many calls were answered."""
    tests = str(Path(__file__).parents[1])
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, tests, module, str(group)],
        capture_output=True,
        text=True,
        cwd=folder,
    )
    lines = ended.stdout.splitlines()
    assert ended.returncode == 0, f"{lines[-1:]}: {ended.stderr[-2000:]}"
    return lines[:-1], int(lines[-1])

"""The process that has the module under test: one child for each case.

``python -m cocodec.conformance.worker MODULE SECONDS MEGABYTES`` reads numbers of cases, one a
line, and writes outcomes, one line of JSON each. The module is imported once; each case then runs
in a fork, or, where there is none, in this process, which is started anew if it ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time
import warnings
from typing import Any

from cocodec.conformance.cases import Case, all_cases
from cocodec.conformance.judging import portable
from cocodec.conformance.surface import Surface, find_surface

__all__ = ["attempt", "main"]

_LONGEST = 300  # characters of an error


def attempt(case: Case, surface: Surface) -> dict[str, Any]:
    """Run a case here, whatever may come of it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = portable(case.call(surface))
    except Exception as error:
        return {"ended": "error", "text": f"{type(error).__name__}: {error}"[:_LONGEST]}
    except BaseException as error:  # what `except Exception` lets through ends a program
        return {"ended": "crash", "text": f"{type(error).__name__}: {error}"[:_LONGEST]}
    return {"ended": "answer", "value": value}


def _limited(megabytes: int) -> None:
    """No more memory than that beside what is there; no core files."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        with open("/proc/self/statm", encoding="ascii") as stream:
            held = int(stream.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + (megabytes << 20), resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _forked(case: Case, surface: Surface, seconds: float, megabytes: int) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            _limited(megabytes)
            text = json.dumps(attempt(case, surface)).encode()
            while text:
                text = text[os.write(writing, text) :]
        finally:
            os._exit(0)
    os.close(writing)
    text, ended = _read(reading, time.monotonic() + seconds)
    os.close(reading)
    if not ended:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not ended:
        return {"ended": "hang", "text": f"no end after {seconds:g} s"}
    try:
        found: dict[str, Any] = json.loads(text)
        return found
    except ValueError:
        return {"ended": "crash", "text": _described(status)}


def _read(stream: int, deadline: float) -> tuple[bytes, bool]:
    """All that is written, and whether it came to an end in time."""
    pieces: list[bytes] = []
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([stream], [], [], left)[0]:
            return b"".join(pieces), False
        piece = os.read(stream, 1 << 16)
        if not piece:
            return b"".join(pieces), True
        pieces.append(piece)


def _described(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"ended by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"ended with {os.waitstatus_to_exitcode(status)}"


def main(module: str, seconds: str, megabytes: str) -> None:
    """Answer until there is nothing more to read."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the module prints is no answer
    surface = find_surface(module)
    cases = all_cases()
    out.write(json.dumps({"ready": len(cases)}) + "\n")
    out.flush()
    for line in sys.stdin:
        case = cases[int(line)]
        if hasattr(os, "fork"):
            found = _forked(case, surface, float(seconds), int(megabytes))
        else:  # a case that ends the process is noticed by whoever asked for it
            found = attempt(case, surface)
        out.write(json.dumps(found) + "\n")
        out.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

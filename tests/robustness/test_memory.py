"""However often a function is called, the process holds no more than before, and no reference more.

Counted are bytes that malloc has given out, blocks of Python's own allocator and references to the
arguments. COCODEC_CALLS says how often each function is called with arguments that take a moment
(5), COCODEC_SMALL_CALLS with such as take none (200; the nightly run takes a million).
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from support.core_calls import CALLS, SETUP, SMALL_SETUP

# What the calls are given, and how often each is made.
SIZES = {
    "large": (SETUP, int(os.environ.get("COCODEC_CALLS", "5"))),
    "small": (SMALL_SETUP, int(os.environ.get("COCODEC_SMALL_CALLS", "200"))),
}
SCRIPT = """
import ctypes, gc, json, sys

class Info(ctypes.Structure):  # struct mallinfo2
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
        "fordblks", "keepcost")]

libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Info
given = [v for k, v in list(globals().items()) if not k.startswith("_")]

def held():
    gc.collect()
    info = libc.mallinfo2()
    # Python's arenas come and go with its blocks, which are counted by themselves.
    return (info.uordblks + info.hblkhd, sys.getallocatedblocks(),
            sum(sys.getrefcount(value) for value in given))

def growth(code, times):
    for _ in range(min(times, 200)):  # free lists and caches fill
        eval(code)
    before = held()
    for _ in range(times):
        eval(code)
    after = held()
    return [b - a for a, b in zip(before, after)]

calls, times = json.load(sys.stdin)
growth("None", times)
measured = growth("None", times)  # what the counting itself takes
compiled = {name: compile(code, name, "eval") for name, code in calls.items()}
print(json.dumps({
    name: [a - b for a, b in zip(growth(code, times), measured)] for name, code in compiled.items()
}))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mallinfo2 of glibc")
@pytest.mark.parametrize("sizes", SIZES)
def test_memory_and_references_are_flat(sizes: str) -> None:
    import ctypes
    import json

    if not hasattr(ctypes.CDLL(None), "mallinfo2"):
        pytest.skip("no mallinfo2")
    setup, times = SIZES[sizes]
    # Numbers that are slow on purpose are not for thousands of calls.
    calls = {name: code for name, code in CALLS.items() if "of somebody" not in name}
    ended = subprocess.run(
        [sys.executable, "-c", setup + SCRIPT],
        input=json.dumps([calls, times]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    grown = json.loads(ended.stdout.splitlines()[-1])  # some calls print
    assert grown.keys() == calls.keys()
    wrong = {
        name: (size, blocks, references)
        for name, (size, blocks, references) in grown.items()
        # Some free lists fill later; a leak goes on.
        if size >= 65536 + 16 * times or blocks >= 300 + times // 4 or references >= times
    }
    assert wrong == {}

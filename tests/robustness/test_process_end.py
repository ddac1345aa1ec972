"""A script that ends while a daemon thread is inside cocodec ends like any other: exit code 0.

Up to Python 3.13 the thread is ended as it asks for the GIL back; see cpp/bindings/gil.hpp.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.core_calls import CALLS, SETUP

BINDINGS = Path(__file__).resolve().parents[2] / "cpp" / "bindings"

SCRIPT = """
{setup}
def call():
    return {call}
call()  # it works, and the thread below is not ended by an error
def work():
    while True:
        call()
threads = [threading.Thread(target=work, daemon=True) for _ in range(2)]
for thread in threads: thread.start()
time.sleep(0.05)
assert all(thread.is_alive() for thread in threads)
"""


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python itself lets such threads sleep")
@pytest.mark.parametrize("name", CALLS)
def test_a_daemon_thread_in_the_core_does_not_abort(name):
    script = SCRIPT.format(setup=SETUP, call=CALLS[name])
    for _ in range(2):
        ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr


def test_bindings_release_the_gil_in_one_way():
    """Neither pybind11's guards nor Python's functions, but where the guard itself is."""
    others = re.compile(
        r"gil_scoped_(release|acquire)\b|call_guard|PyEval_(Save|Restore)Thread|"
        r"PyGILState_(Ensure|Release)|Py_(BEGIN|END)_ALLOW_THREADS"
    )
    found = [
        f"{path.name}: {name.group()}"
        for path in sorted(BINDINGS.rglob("*.?pp"))
        for name in others.finditer(path.read_text(encoding="utf-8"))
        if path.name != "gil.hpp"
    ]
    assert found == []

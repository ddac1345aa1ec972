"""What the extension declares to the interpreter: no lock needed, one interpreter a process."""

from __future__ import annotations

import subprocess
import sys
import sysconfig

import pytest

IN_ANOTHER = """
import cocodec
try:
    import _interpreters as interpreters
    run = interpreters.exec
except ImportError:
    import _xxsubinterpreters as interpreters
    run = interpreters.run_string
other = interpreters.create()
code = '''
try:
    import cocodec
except ImportError as error:
    assert "subinterpreter" in str(error) or "interpreter" in str(error), error
else:
    raise AssertionError("imported")
'''
assert run(other, code) is None
interpreters.destroy(other)
mask = cocodec.RleArray.encode([[True, False]])
assert mask.area().tolist() == [1]
print("good")
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="interpreters share one lock before 3.12")
def test_another_interpreter_is_refused_and_harms_nothing() -> None:
    run = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout.strip()) == (0, "good"), run.stderr


@pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python has the lock anyway"
)
def test_importing_leaves_the_lock_off() -> None:
    code = "import sys, cocodec; print(sys._is_gil_enabled())"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout.strip()) == (0, "False"), run.stderr

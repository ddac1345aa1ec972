"""A script that ends while a daemon thread is inside cocodec ends like any other: exit code 0.

Up to Python 3.13 the thread is ended as it asks for the GIL back; see cpp/bindings/gil.hpp.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import cocodec
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


PYTHON_THREADS = """
import atexit, sys
import numpy as np
from PIL import Image
import cocodec
from cocodec.drawing import draw_images

ring = [1, 1, 11, 1, 11, 6, 1, 6]
images = [{"id": k, "height": 20, "width": 30, "file_name": f"{k}.png"} for k in (1, 2)]
document = cocodec.Document.from_rows(
    images=images,
    categories=[{"id": 1, "name": "a"}],
    annotations=[
        {"id": k, "image_id": 1 + k % 2, "category_id": 1, "area": 50, "bbox": [1, 1, 10, 5],
         "iscrowd": 0, "segmentation": [ring]}
        for k in range(1, 9001)  # several batches
    ],
)
for image in images:
    Image.fromarray(np.zeros((20, 30), np.uint8)).save(image["file_name"])
document.to_panoptic("segments").write("panoptic.json")
CALLS = {
    "check": lambda: cocodec.check(document, threads=2),
    "draw": lambda: draw_images(document, "drawn", threads=2),
    "panoptic": lambda: cocodec.Document.from_panoptic("panoptic.json", "segments", threads=2),
    "pictures": lambda: document.flip(image_folders=(".", "flipped")),
}
cocodec.set_num_threads(2)
atexit.register(lambda: print("made", CALLS[sys.argv[1]]() is not None))
"""


@pytest.mark.parametrize("name", ["check", "draw", "panoptic", "pictures"])
def test_what_works_in_threads_works_while_the_process_ends(name, tmp_path):
    pytest.importorskip("PIL", reason="Pillow is not installed")
    command = [sys.executable, "-c", PYTHON_THREADS, name]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (ended.returncode, ended.stderr, ended.stdout) == (0, "", "made True\n")


def test_python_starts_threads_at_one_place():
    package = Path(cocodec.__file__).parent
    found = [
        path.relative_to(package).as_posix()
        for path in sorted(package.rglob("*.py"))
        if re.search(r"ThreadPoolExecutor|os\.cpu_count", path.read_text(encoding="utf-8"))
    ]
    assert found == ["threads.py"]


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

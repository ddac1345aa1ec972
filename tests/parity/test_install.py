"""Standing in for pycocotools: imports, pickles, workers, and when it is too late.

Each test runs processes of its own, because this one has imported the real package.
"""

from __future__ import annotations

import importlib.util
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.coco_pairs import DOCUMENT, ReferenceCOCO, filled, opened, same_index, write


def python(*arguments: object, folder: Path | None = None) -> str:
    """What a Python process prints; warnings are errors."""
    command = [sys.executable, "-W", "error", *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


IMPORTS = """
import importlib.metadata, importlib.util, sys
import cocodec.pycocotools as ours
assert ours.init_as_pycocotools is ours.install
assert importlib.util.find_spec("pycocotools").origin != ours.__file__
ours.install()
assert importlib.util.find_spec("pycocotools").origin is None
import pycocotools, pycocotools.mask as mask
from pycocotools import _mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval, Params
import cocodec.pycocotools.mask, cocodec.pycocotools.coco
assert pycocotools is ours and mask is cocodec.pycocotools.mask
assert COCO is cocodec.pycocotools.coco.COCO
assert mask.__spec__.name == "cocodec.pycocotools.mask"
for name in ("pycocotools", "pycocotools.coco", "pycocotools.cocoeval"):
    assert importlib.util.find_spec(name) is not None
assert importlib.util.find_spec("pycocotools.nothing") is None
assert importlib.metadata.version("pycocotools") == "2.0.11"
ours.install()
ours.uninstall()
assert not [name for name in sys.modules if name.startswith("pycocotools")]
import pycocotools
assert pycocotools is not ours
print("done")
"""


def test_imports_until_uninstall():
    assert python("-c", IMPORTS) == "done\n"


def test_a_context():
    code = """
import sys
from cocodec.pycocotools import install
with install():
    from pycocotools import mask
    with install():
        pass
    import pycocotools.coco
    assert mask.__name__ == pycocotools.coco.maskUtils.__name__ == "cocodec.pycocotools.mask"
from pycocotools import mask
assert mask.__name__ == "pycocotools.mask"
assert not any("cocodec.pycocotools" in type(one).__module__ for one in sys.meta_path)
print("done")
"""
    assert python("-c", code) == "done\n"


def test_too_late_is_refused_with_the_importers(tmp_path: Path):
    (tmp_path / "early.py").write_text("from pycocotools.coco import COCO as Renamed\n")
    (tmp_path / "also.py").write_text("import pycocotools.mask as m\n")
    code = """
import sys, early, also
from cocodec.pycocotools import install
try:
    install()
except ImportError as error:
    print(error.name, error, sep="|")
assert not any("cocodec.pycocotools" in type(one).__module__ for one in sys.meta_path)
"""
    (tmp_path / "late.py").write_text(code)
    name, message = python("late.py", folder=tmp_path).split("|")
    assert name == "pycocotools"
    assert message.startswith("pycocotools was imported already, by also, early: call ")


def test_pickles_that_name_the_reference(tmp_path: Path):
    theirs = filled(ReferenceCOCO, DOCUMENT)
    (tmp_path / "coco.pickle").write_bytes(pickle.dumps(theirs))
    code = """
import pickle, sys
from cocodec.pycocotools import install
install()
coco = pickle.loads(open("coco.pickle", "rb").read())
print(type(coco).__module__, coco.getAnnIds(imgIds=[1]), coco.annToMask(coco.anns[5]).sum())
"""
    expected = f"cocodec.pycocotools.coco {theirs.getAnnIds(imgIds=[1])}"
    (tmp_path / "load.py").write_text(code)
    assert python("load.py", folder=tmp_path).startswith(expected)
    mine, theirs = opened(write(tmp_path / "gt.json", DOCUMENT))
    assert b"cocodec.pycocotools.coco" in pickle.dumps(mine)
    same_index(pickle.loads(pickle.dumps(mine)), theirs)


SCRIPT = """
import json, multiprocessing, sys
from pycocotools.coco import COCO
import helper

def work(path):
    import pycocotools.mask
    return [COCO.__module__, pycocotools.mask.__name__, len(COCO(path).anns), helper.NAME]

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.map(work, [sys.argv[1]])
    said = {"argv": sys.argv[1:], "name": __name__, "found": found}
    print(json.dumps(said))
    sys.exit(0)
"""
INSTALLED = "import cocodec.pycocotools\ncocodec.pycocotools.install()\n"


@pytest.mark.parametrize("how", ["script", "module", "install"])
def test_unmodified_scripts_and_their_spawned_workers(tmp_path: Path, how: str):
    write(tmp_path / "gt.json", DOCUMENT)
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "helper.py").write_text("NAME = 'beside the script'\n")
    (folder / "main.py").write_text((INSTALLED if how == "install" else "") + SCRIPT)
    start: list[Any] = ["-m", "cocodec.pycocotools"]
    if how == "module":
        out = python(*start, "-m", "main", "../gt.json", "--x", folder=folder)
        arguments = ["../gt.json", "--x"]
    else:
        start = [] if how == "install" else start
        out = python(*start, "tools/main.py", "gt.json", "-m", folder=tmp_path)
        arguments = ["gt.json", "-m"]
    said = json.loads(out.splitlines()[-1])
    modules = ["cocodec.pycocotools.coco", "cocodec.pycocotools.mask"]
    assert said["found"] == [[*modules, 4, "beside the script"]]
    assert said["argv"] == arguments
    assert said["name"] == "__main__"


def test_usage():
    command = [sys.executable, "-m", "cocodec.pycocotools", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("usage: python -m cocodec.pycocotools ")


TORCHMETRICS = """
import json, sys
if sys.argv[1] == "ours":
    from cocodec.pycocotools import install
    install()
import torch
from torchmetrics.detection.mean_ap import MeanAveragePrecision
torch.manual_seed(0)
boxes = torch.rand(2, 12, 4) * 40
boxes[..., 2:] += boxes[..., :2] + 2
masks = torch.rand(2, 12, 32, 32) > 0.4
labels = torch.arange(12) % 3
found = []
for kind in ("bbox", "segm"):
    metric = MeanAveragePrecision(iou_type=kind, backend="pycocotools", class_metrics=True)
    key, values = ("boxes", boxes) if kind == "bbox" else ("masks", masks)
    moved = values + 1 if kind == "bbox" else values ^ (torch.rand(2, 12, 32, 32) > 0.9)
    for i in (0, 1):
        target = {key: values[i], "labels": labels, "iscrowd": (labels == 2).int()}
        metric.update([{key: moved[i], "labels": labels, "scores": torch.rand(12)}], [target])
    found.append({name: value.tolist() for name, value in metric.compute().items()})
module = sys.modules["pycocotools.cocoeval"].__name__
print(json.dumps([module.startswith("cocodec"), found]))
"""


def test_torchmetrics():
    for name in ("torch", "torchvision", "torchmetrics"):
        # Not imported here: it is big, and the processes below do.
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    plain = [sys.executable, "-W", "ignore", "-c", TORCHMETRICS]
    said = []
    for who in ("ours", "theirs"):
        done = subprocess.run([*plain, who], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        said.append(json.loads(done.stdout.splitlines()[-1]))
    assert [is_ours for is_ours, _ in said] == [True, False]
    assert said[0][1] == said[1][1]
    assert 0 < said[0][1][0]["map"] < 1

"""The conformance suite: the drop-in passes, the reference gave the answers, the judge is just."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocodec.conformance import VERDICTS, Ending, judge, run
from cocodec.conformance.cases import ANSWER, EITHER, ERROR, Case, all_cases
from cocodec.conformance.judging import portable
from cocodec.conformance.running import answers


def test_there_are_enough_cases():
    cases = all_cases()
    assert len({case.name for case in cases}) == len(cases)
    assert sum(case.kind == "robustness" for case in cases) >= 112
    assert sum(case.kind == "parity" for case in cases) >= 60


def test_answers_are_those_of_cases():
    wanted = {case.name for case in all_cases() if case.right == ANSWER and case.answer is None}
    known = {case.name for case in all_cases() if case.right != ERROR and case.answer is None}
    assert wanted <= set(answers()) <= known


def test_the_drop_in_passes():
    report = run("cocodec.pycocotools")
    wrong = [f"{case.verdict}: {case.name}: {case.found}" for case in report.cases]
    assert [line for line in wrong if not line.startswith("ok: ")] == []
    assert report.totals["ok"] == len(all_cases())


def test_the_reference_gave_the_answers():
    pytest.importorskip("pycocotools")
    report = run("pycocotools", seconds=3)
    ordinary = [case for case in report.cases if case.kind == "parity"]
    assert [case for case in ordinary if case.verdict != "ok"] == []
    # That it is tried in earnest shows in what it is known to do.
    assert report.totals["crash"] > 0
    assert report.totals["silent wrong"] > 20


BAD = """
import os, time
import numpy as np

class Mask:
    def encode(self, array): os.abort()
    def decode(self, rle): time.sleep(60)
    def area(self, rle): return np.array([1, 2, 3])
    def toBbox(self, rle): raise ValueError("no")
    def merge(self, rles, intersect=False): print("noise"); raise SystemExit(3)
    def iou(self, *args): os._exit(0)
    def frPyObjects(self, *args): return bytearray(1 << 45)

mask = Mask()
"""


def test_a_module_that_does_everything_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "badcoco.py").write_text(BAD, encoding="utf-8")
    paths = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    asked = {
        "mask: area": "crash",  # its masks come from encode
        "size None: area": "crash",
        "counts empty: decode": "hang",
        "counts empty: area": "silent wrong",
        "counts empty: toBbox": "ok",
        "counts empty: merge": "crash",
        "counts empty: iou": "crash",
        "mask: frPyObjects of a ring": "different",  # a MemoryError
        "COCO: loadAnns": "different",  # there is no COCO
    }
    report = _run_some("badcoco", asked)
    assert {case.name: case.verdict for case in report} == asked


def _run_some(module: str, names: dict[str, str]) -> list[Any]:
    from cocodec.conformance.running import Worker, _judged

    worker, right = Worker(module, 2.0, 1024), answers()
    numbered = [(n, case) for n, case in enumerate(all_cases()) if case.name in names]
    found = [_judged(case, worker.ask(n), right.get(case.name)) for n, case in numbered]
    worker.close()
    return found


def test_a_module_that_is_not_there():
    with pytest.raises(ImportError, match="no_such_module"):
        run("no_such_module")


@pytest.mark.parametrize(
    ("right", "ending", "verdict"),
    [
        (ANSWER, Ending("answer", 5), "ok"),
        (ANSWER, Ending("answer", 6), "silent wrong"),
        (ANSWER, Ending("answer", portable(np.array([5]))), "different"),
        (ANSWER, Ending("error", None, "no"), "different"),
        (ERROR, Ending("error", None, "no"), "ok"),
        (ERROR, Ending("answer", 5), "silent wrong"),
        (EITHER, Ending("error", None, "no"), "ok"),
        (EITHER, Ending("answer", 5), "ok"),
        (EITHER, Ending("answer", 4), "silent wrong"),
        (ERROR, Ending("crash"), "crash"),
        (ERROR, Ending("hang"), "hang"),
    ],
)
def test_the_judge(right: str, ending: Ending, verdict: str):
    case = Case("a", "parity", right, lambda on: None)
    assert judge(case, ending, 5) == verdict
    assert verdict in VERDICTS


def test_the_command():
    ended = subprocess.run(
        [sys.executable, "-m", "cocodec.conformance", "cocodec.pycocotools", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert set(found["totals"]) == set(VERDICTS)
    assert sum(found["totals"].values()) == len(found["cases"])
    missing = subprocess.run(
        [sys.executable, "-m", "cocodec.conformance", "no_such_module"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert missing.returncode == 2
    assert "Traceback" not in missing.stderr

"""Twenty documents with one seeded fault each: who says so? And how long a large one takes.

    python -m benchmarks.check [--python PYTHON ...] [--large FILE]

Each fault is one of the matrix of tests/support/faults.py, spelled into a file of its own beside
its sound twin. A tool flags a fault if what it says of the faulty file is another than what it says
of the sound one: that it finds something everywhere counts for nothing. Tools run in interpreters
that have them, one process a tool; what is in none is left out. Of Ultralytics, which has no check
of its own for COCO, what its conversion refuses or leaves out counts, and what its check of labels
says.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

# Code and number of the fault among those of that code: nine of documents, eleven of masks.
SEEDED = [
    ("id-duplicate", 0),
    ("image-id-unknown", 0),
    ("category-id-unknown", 0),
    ("image-size-missing", 0),
    ("category-name-duplicate", 0),
    ("bbox-negative", 0),
    ("bbox-outside", 0),
    ("keypoints-count", 0),
    ("crowd-text", 0),
    ("segmentation-flat", 0),
    ("ring-odd", 0),
    ("ring-short", 1),
    ("counts-short", 0),
    ("counts-characters", 0),
    ("rle-size-swapped", 0),
    ("rle-row-major", 0),
    ("mask-empty", 0),
    ("area-unlike", 0),
    ("bbox-unlike", 0),
    ("annotation-duplicate", 2),
]

# What to run of each tool: it prints, as JSON, what the tool complains about in FILE.
TOOLS = {
    "hotcoco": """
from hotcoco import COCO
found = COCO(FILE).healthcheck()
said = [one["code"] for kind in ("errors", "warnings") for one in found[kind]]
""",
    "kwcoco": """
import kwcoco
found = kwcoco.CocoDataset(FILE).validate(missing=False)
said = [str(one) for kind in ("errors", "warnings") for one in found[kind]]
""",
    "datumaro": """
from datumaro.components.dataset import Dataset
from datumaro.plugins.validators import SegmentationValidator
validator = SegmentationValidator(few_samples_thr=1, imbalance_ratio_thr=50, far_from_mean_thr=5,
                                  dominance_ratio_thr=0.8, topk_bins=0.1)
found = validator.validate(Dataset.import_from(FOLDER, "coco"))
said = [one["anomaly_type"] + str(one.get("item_id")) for one in found["validation_reports"]]
""",
    "ultralytics": """
import pathlib
from PIL import Image
from ultralytics.data.converter import convert_coco
from ultralytics.data.utils import verify_image_label
folder = pathlib.Path(FOLDER)
content = json.loads(pathlib.Path(FILE).read_text())
convert_coco(str(folder / "annotations"), str(folder / "yolo"), use_segments=True, cls91to80=False)
said = []
for one in content["images"]:
    name = pathlib.Path(one.get("file_name", "none.jpg"))
    Image.new("RGB", (80, 60)).save(folder / name)
    label = folder / "yolo" / "labels" / "default" / name.with_suffix(".txt")
    found = verify_image_label((folder / name, label, "", False, 99, 0, 0, False))
    if found[-1]:
        said.append(str(found[-1]).replace(str(folder), ""))
    if not found[6] and not label.exists():
        said.append(f"{name}: no label")
""",
    "labellint": """
from pathlib import Path
from labellint.core import run_scan
found = run_scan(Path(FILE))
said = [f"{kind} {len(one)}" for kind, one in found["findings"].items() if one]
""",
}
# Runs one of them over many documents: of each, what it said. Importing takes longest.
_RUN = """
import contextlib, io, json, sys
code, documents, out = json.load(sys.stdin), sys.argv[1:], []
for FOLDER in documents:
    FILE = FOLDER + "/annotations/instances_default.json"
    said = []
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(code)
    except BaseException as error:
        said = [f"refused: {type(error).__name__}"]
    out.append(sorted(said))
print(json.dumps(out))
"""


def main(argv: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--python", nargs="*", default=[sys.executable], help="interpreters that have other tools"
    )
    parser.add_argument("--large", type=Path, help="a large document, to be timed")
    arguments = parser.parse_args(argv)
    print(faults_table(arguments.python))
    if arguments.large is not None:
        print(large(arguments.large))
    return 0


def faults_table(pythons: list[str]) -> str:
    """Return who flags which fault, as Markdown."""
    from support.faults import FAULTS

    faults = [[one for one in FAULTS if one.code == code][number] for code, number in SEEDED]
    flagged = {"cocodec": [_cocodec_flags(fault) for fault in faults]}
    for tool in TOOLS:
        python = next((one for one in pythons if _installed(one, tool)), None)
        if python is not None:
            flagged[f"{tool} {_version(python, tool)}"] = _flags(python, tool, faults)
    lines = [" | ".join(["fault", *flagged]), " | ".join("---" for _ in ["", *flagged])]
    for i, fault in enumerate(faults):
        lines.append(
            " | ".join([fault.code, *("yes" if one[i] else "-" for one in flagged.values())])
        )
    counts = (f"{sum(one)} of {len(faults)}" for one in flagged.values())
    lines.append(" | ".join(["flagged", *counts]))
    return "\n".join(f"| {line} |" for line in lines)


def _cocodec_flags(fault: Any) -> bool:
    import cocodec

    good, bad = (json.dumps(document).encode() for document in fault.documents())
    assert not list(cocodec.check(good))
    found = cocodec.check(bad)
    rows = [row for one in found if one.code == fault.code for row in one.rows.tolist()]
    return fault.code in found.codes and (fault.row is None or fault.row in rows)


def _installed(python: str, module: str) -> bool:
    done = subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False)
    return done.returncode == 0


def _version(python: str, module: str) -> str:
    code = f"from importlib.metadata import version; print(version({module!r}))"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _flags(python: str, tool: str, faults: list[Any]) -> list[bool]:
    """Whether a tool says something of a faulty document that it does not say of the sound one."""
    with tempfile.TemporaryDirectory() as folder:
        places = []
        for number, fault in enumerate(faults):
            for kind, document in zip(("good", "bad"), fault.documents(), strict=True):
                place = Path(folder) / f"{number}-{kind}"
                _spell(document, place, tool, fault.code)
                places.append(str(place))
        done = subprocess.run(
            [python, "-W", "ignore", "-c", _RUN, *places],
            input=json.dumps(TOOLS[tool]),
            capture_output=True,
            text=True,
            timeout=600,
            check=True,
        )
        found = json.loads(done.stdout.splitlines()[-1].replace(folder, ""))
    said = [
        {line.replace(f"{i // 2}-{('good', 'bad')[i % 2]}", "") for line in lines}
        for i, lines in enumerate(found)
    ]
    return [bool(bad - good) for good, bad in zip(said[::2], said[1::2], strict=True)]


def _spell(document: Any, folder: Path, tool: str, code: str) -> None:
    """Write a document as tools look for it."""
    if tool == "labellint" and not code.startswith("keypoints"):
        document = _without_keypoints(document)  # which it refuses
    (folder / "annotations").mkdir(parents=True)
    (folder / "images" / "default").mkdir(parents=True)
    (folder / "annotations" / "instances_default.json").write_text(json.dumps(document))


def _without_keypoints(document: Any) -> Any:
    keys = {"keypoints", "skeleton", "num_keypoints"}
    out = dict(document)
    for table in ("categories", "annotations"):
        rows = [{k: v for k, v in row.items() if k not in keys} for row in document[table]]
        out[table] = rows
    return out


_TIMED = """
import json, resource, sys, time
import cocodec
begin, cpu = time.perf_counter(), time.process_time()
found = cocodec.check(sys.argv[1])
print(json.dumps([time.perf_counter() - begin, time.process_time() - cpu, found.checked,
                  resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))
"""


def large(file: Path) -> str:
    """Return how long a document takes, and how much memory."""
    begin = time.perf_counter()
    with open(file, "rb") as stream:  # into the cache
        while stream.read(1 << 24):
            pass
    reading = time.perf_counter() - begin
    done = subprocess.run(
        [sys.executable, "-c", _TIMED, str(file)], capture_output=True, text=True, check=True
    )
    seconds, cpu, rows, peak = json.loads(done.stdout)
    size = file.stat().st_size
    return (
        f"\n{rows:,} annotations, {size / 2**20:,.0f} MB: {seconds:.1f} s ({cpu:.1f} s of the CPU; "
        f"a mere read took {reading:.1f} s), {peak / size:.2f} times the file in memory"
    )


if __name__ == "__main__":
    raise SystemExit(main())

"""Every command that writes, killed, interrupted, out of room, its source cut: nothing is lost.

The target is what it was or what it is to be, the source stays, what is left beside it goes with
the next run. COCODEC_STRIKES says how often each command is struck (2; the long run takes 100).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cocodec.cli.commands import COMMANDS as NAMES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, signals, /dev/full")

STRIKES = int(os.environ.get("COCODEC_STRIKES", "2"))
SCRIPT = Path(__file__).resolve().parents[1] / "support" / "striking.py"

FORMATS = ("yolo", "voc", "labelme", "panoptic-png")
FILE_FORMATS = ("cvat-xml", "label-studio", "kaggle", "npz")
FILES = [
    *(f"convert in.json out.json --to {to}" for to in ("rle", "polygons", "official")),
    "convert in.json out.zip --to cvat",
    "convert in.json out.parquet",
    *(f"convert in.json out --to {name}" for name in FILE_FORMATS),
    "check in.json --fix out.json",
    "merge-groups in.json out.json",
    "join shards out.json",
    "subset in.json out.json --where area>10",
    "merge in.json other.json out.json --on-conflict reindex",
    "sample in.json out.json --count 5",
    "remap in.json out.json --mapping map.json",
    "strip in.json out.json bbox",
    "set in.json out.json area=mask",
    "crop in.json out.json --box 0 0 30 30",
    "pad in.json out.json --left 3",
    "flip in.json out.json",
    "rotate90 in.json out.json",
    "resize in.json out.json --scale 0.5",
    "tile in.json out.json --size 40 40",
    "untile tiles.json out.json",
    "view in.json --out out",
]
FOLDERS = [
    "convert in.json out --to official --split",
    "shard in.json out --images-per-shard 20",
    "split in.json out --fractions 0.5 0.5",
    "draw in.json out --max-side 40",
    *(f"convert in.json out --to {name}" for name in FORMATS),
]
WRITING = FILES + FOLDERS
# They write nothing but to the standard output.
READING = {"info", "eval", "diff", "stats", "completion"}


def document(images: int) -> dict[str, Any]:
    """Images with two rows each, large enough that there are moments to strike at."""
    rows = []
    for i in range(2 * images):
        x, y = i % 7, i % 5
        ring = [1.0 + x, 1.0 + y, 21.0 + x, 1.0 + y, 21.0 + x, 16.0 + y, 1.0 + x, 16.0 + y]
        rows.append(
            {
                "id": i + 1,
                "image_id": i // 2 + 1,
                "category_id": 1 + i % 2,
                "segmentation": [ring],
                "area": 300.0,
                "bbox": [1.0 + x, 1.0 + y, 20.0, 15.0],
                "iscrowd": 0,
            }
        )
    names = [
        {"id": i + 1, "width": 64, "height": 48, "file_name": f"{i}.jpg"} for i in range(images)
    ]
    categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    return {"images": names, "annotations": rows, "categories": categories}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what the commands read."""
    from cocodec.cli import main

    for name, images in (("in.json", 60), ("other.json", 3)):
        (tmp_path / name).write_text(json.dumps(document(images)), encoding="utf-8")
    (tmp_path / "map.json").write_text('{"cat": "lion"}', encoding="utf-8")
    source = str(tmp_path / "in.json")
    shards, tiles = str(tmp_path / "shards"), str(tmp_path / "tiles.json")
    assert main(["shard", source, shards, "--images-per-shard", "20", "-q"]) == 0
    assert main(["tile", source, tiles, "--size", "40", "40", "-q"]) == 0
    return tmp_path


# A file system that is full, in a name space of its own, so that it goes with the process.
WITH_A_FULL_DISK = (
    'mkdir "$0" && mount -t tmpfs -o size=64k none "$0" && '
    '{ head -c 1M /dev/zero >"$0/filler" 2>/dev/null; exec "$@"; }'
)


@pytest.fixture(scope="session")
def may_mount() -> bool:
    """Whether that can be had here."""
    mount = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs -o size=64k none /mnt"]
    try:
        return subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def judge(how: str, run: dict[str, Any]) -> None:
    """What may become of a run, and of its target."""
    code, said, target = run["code"], run["said"], run["target"]
    assert target in ("old", "new"), (how, run)
    assert "Traceback" not in said, (how, run)
    assert ".tmp" not in said, (how, run)
    if how == "kill":
        assert code in (-9, 0), (how, run)
        return
    assert run["left"] == [], (how, run)
    if how == "interrupt":
        assert code == 130 or (code, target) == (0, "new"), run
        # Nothing, where the signal came before the command listened: see striking.py.
        assert said in ("", "cocodec: interrupted\n"), run
        return
    assert target == ("old" if code or how in STREAMS else "new"), (how, run)
    if how == "shrink":
        assert code in (0, 1, 2), run
    else:
        assert code == (0 if how == "in the end" else 2), (how, run)
        assert REASONS[how] in said, (how, run)


STREAMS = ("device", "output", "pipe")
REASONS = {
    "limit": "File too large",
    "disk": "No space left on device",
    "device": "No space left on device",
    "output": "No space left on device",
    "pipe": "the reader of the output went away",
    "in the end": "",
}


def test_every_command_that_writes_is_here() -> None:
    assert {command.split()[0] for command in WRITING} | READING == set(NAMES)


@pytest.mark.parametrize("command", WRITING)
def test_nothing_is_lost(
    command: str, folder: Path, may_mount: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    disk = str(tmp_path_factory.mktemp("disk") / "full")
    before = ["unshare", "--mount", "sh", "-c", WITH_A_FULL_DISK, disk] if may_mount else []
    words = [str(STRIKES), str(folder), disk if may_mount else "-", *command.split(), "-q"]
    done = subprocess.run(
        [*before, sys.executable, str(SCRIPT), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    made: dict[str, list[dict[str, Any]]] = json.loads(done.stdout.splitlines()[-1])
    assert len(made["kill"]) == len(made["interrupt"]) == len(made["shrink"]) == STRIKES
    assert ("disk" in made) == may_mount
    for how, runs in made.items():
        for run in runs:
            judge(how, run)

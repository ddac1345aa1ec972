"""`python -m benchmarks.bulk`: many files against the script that one would write oneself.

    python -m benchmarks.bulk --files 40 --images 400

Makes copies of one document that make_document.py writes, converts them to run lengths with
pycocotools and json in a process pool, with cocodec by as many processes, and on a Dask cluster of
two workers on this machine, where distributed is installed. Each way runs in a process of its own;
its peak is that of its largest process. The masks of one file of each way are compared after its
timed run: all files are copies.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.make_document import write_document
from cocodec import bulk


def by_hand(target: Path, source: Path) -> None:
    """The obvious script: what json reads, what pycocotools makes of it, what json writes."""
    from pycocotools import mask

    with open(source, encoding="utf-8") as stream:
        document = json.load(stream)
    sizes = {image["id"]: (image["height"], image["width"]) for image in document["images"]}
    for row in document["annotations"]:
        value = row.get("segmentation")
        if not is_convertible(value):
            continue
        size = sizes[row["image_id"]]
        if isinstance(value, list):
            rings = value if isinstance(value[0], list) else [value]
            boxes = len(rings[0]) == 4  # which pycocotools wants as an array
            rle = mask.merge(mask.frPyObjects(np.array(rings) if boxes else rings, *size))
        elif isinstance(value["counts"], list):
            rle = mask.frPyObjects(value, *value["size"])
        else:
            rle = value
        counts = rle["counts"]
        text = counts.decode() if isinstance(counts, bytes) else counts
        row["segmentation"] = {"size": list(rle["size"]), "counts": text}
    with open(target / source.name, "w", encoding="utf-8") as stream:
        json.dump(document, stream)


def is_convertible(value: Any) -> bool:
    if isinstance(value, dict):
        return True
    if not isinstance(value, list) or not value:
        return False
    return not isinstance(value[0], list) or len(value[0]) >= 4


def run_by_hand(folder: Path, out: Path, jobs: int) -> None:
    out.mkdir()
    with ProcessPoolExecutor(jobs) as executor:
        list(executor.map(partial(by_hand, out), sorted(folder.iterdir())))


def run_cocodec(folder: Path, out: Path, jobs: int) -> None:
    assert bulk.convert([folder], out, jobs=jobs, to="rle", threads=1).failed == []


def run_dask(folder: Path, out: Path, jobs: int) -> None:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        client.wait_for_workers(jobs)
        executor = client.get_executor(pure=False)
        began = time.perf_counter()
        assert bulk.convert([folder], out, executor=executor, to="rle").failed == []
        print(f"without the start of the cluster {time.perf_counter() - began}", file=sys.stderr)


WAYS: dict[str, Callable[[Path, Path, int], None]] = {
    "pycocotools + json": run_by_hand,
    "cocodec": run_cocodec,
    "cocodec, Dask": run_dask,
}


def masks_of(path: Path) -> list[Any]:
    """The masks of a file, those that both ways convert."""
    document = json.loads(path.read_bytes())
    return [
        row["segmentation"]
        for row in document["annotations"]
        if isinstance(row.get("segmentation"), dict)
    ]


def measured(way: str, folder: Path, out: Path, jobs: int) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak in MB of a way, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bulk", "--way", way, str(folder), str(out)]
    began = time.perf_counter()
    run = subprocess.run(
        [*command, "--jobs", str(jobs)], capture_output=True, text=True, check=True
    )
    seconds = time.perf_counter() - began
    if "without the start" in run.stderr:
        seconds = float(run.stderr.strip().rpartition(" ")[2])
    used, peak = map(float, run.stdout.split())
    return seconds, used, peak


def one_way(way: str, folder: Path, out: Path, jobs: int) -> None:
    WAYS[way](folder, out, jobs)
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    used = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    print(used, max(usage.ru_maxrss for usage in usages) / 1024)


def compare(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        folder = top / "in"
        folder.mkdir()
        with open(folder / "000.json", "wb") as stream:
            write_document(stream, images=options.images, per_image=8, seed=1)
        for i in range(1, options.files):
            shutil.copy(folder / "000.json", folder / f"{i:03}.json")
        size = options.files * (folder / "000.json").stat().st_size
        rows = options.files * options.images * 8
        print(f"{options.files} files, {size / 1e6:.0f} MB, {rows:,} annotations\n")
        print("| | jobs | seconds | annotations/s | MB/s | processor time | peak of a process |")
        print("|---|---|---|---|---|---|---|")
        expected = None
        for way in options.ways:
            for jobs in (1, 2):
                out = top / "out"
                seconds, used, peak = measured(way, folder, out, jobs)
                found = masks_of(out / "000.json")
                expected = found if expected is None else expected
                assert found == expected, f"{way} makes other masks"
                shutil.rmtree(out)
                rates = f"{rows / seconds:,.0f} | {size / 1e6 / seconds:.1f}"
                print(
                    f"| {way} | {jobs} | {seconds:.2f} | {rates} | {used:.1f} s | {peak:.0f} MB |",
                    flush=True,
                )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--jobs", type=int, default=2, help=argparse.SUPPRESS)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--images", type=int, default=400, help="in each file")
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS)
    options = parser.parse_args()
    if options.way:
        one_way(options.way, *options.folders, options.jobs)
    else:
        os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
        compare(options)


if __name__ == "__main__":
    main()

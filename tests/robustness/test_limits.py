"""What little input asks for: a stated limit on what one call makes of it, through every door.

Each door is tried in a process that may not have the memory that the input wants, so that a limit
which is looked at too late is a MemoryError, or the end of the process.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec
import cocodec._core as core
import cocodec.reshaping
from cocodec import CocodecError, RleArray
from cocodec.cli import main
from cocodec.formats import FORMATS
from cocodec.pycocotools import mask as mask_utils
from cocodec.pycocotools.coco import COCO
from cocodec.pycocotools.cocoeval import COCOeval
from support.coco_pairs import quiet

resource = pytest.importorskip("resource")

ROOM = 4 << 30  # bytes beside what the libraries need; without a limit, 16 GB are asked for

SETUP = f"""
import json, resource, sys, tempfile, os
import numpy as np
import cocodec, cocodec._core as core
from cocodec import RleArray
import cocodec.evaluation, cocodec.conversion.mask_spelling, cocodec.inspection
from cocodec.pycocotools import mask as M
from cocodec.pycocotools.coco import COCO

wide = 10**8
ring = [0, 1, wide, 1, wide, 3, 0, 3]
images = [{{"id": 1, "height": 10, "width": wide}}]
rows = [{{"id": i, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 1.0,
          "bbox": [0, 1, wide, 2], "segmentation": [ring]}} for i in range(20)]
# One run, all of a wide image: where it is moved or outlined, there is one for each column.
full = RleArray.from_runs(np.array([0, 10 * wide], "u4"), np.array([0, 2]), np.array([[10, wide]]))
document = {{"images": images, "annotations": rows, "categories": [{{"id": 1, "name": "a"}}]}}
text = json.dumps(document).encode()
held = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + {ROOM}, -1))
"""

DOORS = {
    "document": "cocodec.read(text).masks(threads=1)",
    "from_polygons": "RleArray.from_polygons([[ring]] * 20, (10, wide), threads=1)",
    "from_polygons, all rings of one mask": "RleArray.from_polygons([[ring] * 20], (10, wide))",
    "from_boxes": "RleArray.from_boxes([[0, 1, wide, 2]] * 20, (10, wide))",
    "frPyObjects": "M.frPyObjects([ring] * 20, 10, wide)",
    "frPyObjects of boxes": "M.frPyObjects(np.array([[0, 1, wide, 2.0]] * 20), 10, wide)",
    "boundary": "core.boundary(full._runs, 1e-9)",
    "outline": "RleArray.concatenate([full] * 2).outline()",
    "pad": "RleArray.concatenate([full] * 2).pad(1, 1, 1, 1)",
    "encode": "RleArray.encode(np.zeros((2**31, 0, 4), 'u1'))",
    "encode of what has no height": "RleArray.encode(np.zeros((2**31, 4, 0), 'u1'))",
    "mask.encode": "M.encode(np.zeros((0, 4, 2**31), 'u1', order='F'))",
}


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SETUP + script],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("door", DOORS)
def test_little_input_does_not_take_all_memory(door):
    ended = run(f"""
try:
    {DOORS[door]}
except MemoryError as error:
    sys.exit("no memory: " + repr(error))
except Exception as error:
    print(error)
""")
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert "the limit" in ended.stdout, ended.stdout + ended.stderr[-2000:]
    assert "set_limits" in ended.stdout


def test_limits_can_be_set_and_are_kept_to():
    ring = [0, 1, 10**5, 1, 10**5, 3, 0, 3]
    before = core.get_limits()
    try:
        core.set_limits(columns=10**5)
        with pytest.raises(ValueError, match=r'mask 0.* 100000 .*"columns"'):
            RleArray.from_polygons([[ring]], (10, 10**5))
        # What failed is given back, and a mask's first columns are free.
        core.set_limits(columns=2 * 10**5)
        assert len(RleArray.from_polygons([[ring]], (10, 10**5))) == 1
        core.set_limits(columns=0)
        assert len(RleArray.from_polygons([[[0, 0, 9, 0, 9, 9]]] * 500, (1000, 1000))) == 500
    finally:
        core.set_limits(**before)
    assert core.get_limits() == before
    with pytest.raises(ValueError, match="masks is -1"):
        core.set_limits(masks=-1)


def test_the_limit_is_one_for_all_threads_and_blocks():
    ring = [0, 1, 10**4, 1, 10**4, 3, 0, 3]
    before = core.get_limits()
    each = 20000 - 8192
    try:
        for threads in (1, 2, 3):
            core.set_limits(columns=5000 * each)
            assert len(RleArray.from_polygons([[ring]] * 5000, (10, 10**4), threads=threads))
            core.set_limits(columns=5000 * each - 1)
            with pytest.raises(ValueError, match='"columns"'):
                RleArray.from_polygons([[ring]] * 5000, (10, 10**4), threads=threads)
    finally:
        core.set_limits(**before)


WIDE = 10**6
RING = [0, 1, WIDE, 1, WIDE, 3, 0, 3]
WHOLE = {"size": [10, WIDE], "counts": [0, 10 * WIDE]}


def document(segmentation: Any, **more: Any) -> bytes:
    row = {"image_id": 1, "category_id": 1, "iscrowd": 0, "area": 1.0, "bbox": [0, 1, WIDE, 2]}
    rows = [{"id": i, **row, "segmentation": segmentation, **more} for i in range(1, 5)]
    images = [{"id": 1, "height": 10, "width": WIDE, "file_name": "a.jpg"}]
    root = {"images": images, "annotations": rows, "categories": [{"id": 1, "name": "a"}]}
    return json.dumps(root).encode()


TEXT, RUNS = document([RING]), document(WHOLE)
SCORED = document([RING], score=0.5)
SCORED_RUNS = document(WHOLE, score=0.5)
FULL = RleArray.from_coco([WHOLE])
LINE = RleArray.from_coco([{"size": [WIDE, 10], "counts": [3 * WIDE, WIDE, 6 * WIDE]}])


def evaluated_by_the_drop_in(folder: Path) -> None:
    (folder / "in.json").write_bytes(TEXT)
    truth = quiet(lambda: COCO(str(folder / "in.json")))
    rows = [{**row, "score": 0.5} for row in truth.dataset["annotations"]]
    evaluation = COCOeval(truth, quiet(lambda: truth.loadRes(rows)), "segm")
    quiet(evaluation.evaluate)


def command(folder: Path, *words: str) -> None:
    """What a command says, as an error; CocodecError is none of it."""
    (folder / "in.json").write_bytes(TEXT)
    (folder / "dt.json").write_bytes(SCORED)
    main([str(folder / word) if "." in word else word for word in words])


# Each makes more than a million runs of a few hundred bytes.
WAYS: dict[str, Any] = {
    "masks": lambda folder: cocodec.read(TEXT).masks(),
    "from_polygons": lambda folder: RleArray.from_polygons([[RING]], (10, WIDE)),
    "from_geometries": lambda folder: RleArray.from_geometries(
        [{"type": "Polygon", "coordinates": [list(zip(*[iter(RING)] * 2, strict=True))]}],
        (10, WIDE),
    ),
    "as_rle": lambda folder: cocodec.as_rle([RING], 10, WIDE),
    "frPyObjects": lambda folder: mask_utils.frPyObjects([RING], 10, WIDE),
    "frPyObjects of boxes": lambda folder: mask_utils.frPyObjects([[0, 1, WIDE, 2]], 10, WIDE),
    "COCOeval": evaluated_by_the_drop_in,
    "evaluate": lambda folder: cocodec.evaluate(TEXT, SCORED),
    "evaluate boundaries": lambda folder: cocodec.evaluate(TEXT, SCORED, iou_type="boundary"),
    "convert": lambda folder: cocodec.convert(TEXT, io.BytesIO(), to="rle"),
    "convert to a dialect": lambda folder: cocodec.convert_dialect(
        TEXT, io.BytesIO(), to="official", masks="rle"
    ),
    "recompute": lambda folder: cocodec.read(TEXT).recompute(area="pixels", bbox="mask"),
    "crop": lambda folder: cocodec.reshaping.crop(TEXT, (0, 0, WIDE - 1, 9)),
    "flip": lambda folder: cocodec.reshaping.flip(TEXT, "horizontal"),
    "pad": lambda folder: cocodec.reshaping.pad(TEXT, left=1),
    "pad of runs": lambda folder: cocodec.reshaping.pad(RUNS, top=1),
    "resize": lambda folder: cocodec.reshaping.resize(TEXT, scale=0.5),
    "tile": lambda folder: cocodec.reshaping.tile(TEXT, (10, WIDE)),
    "merge_groups": lambda folder: cocodec.merge_groups(cocodec.read(document([RING], group_id=1))),
    "masks as Arrow": lambda folder: cocodec.read(TEXT).masks().masks.__arrow_c_array__(),
    "label map": lambda folder: cocodec.read(TEXT).masks().masks.to_label_map(),
    "boundary": lambda folder: FULL.boundary(1e-9),
    "outline": lambda folder: FULL.outline(),
    "RleArray.pad": lambda folder: FULL.pad(1, 1, 1, 1),
    "shift": lambda folder: FULL.shift(1, 1),
    "warp_affine": lambda folder: FULL.warp_affine([[1, 0, 0], [0, 1, 1]], (10, WIDE)),
    "RleArray.resize": lambda folder: FULL.pad(0, 1, 0, 0).resize((12, 3 * WIDE)),
    "uncrop": lambda folder: FULL.uncrop([0, 1], [12, WIDE]),
    "transpose": lambda folder: LINE.transpose(),
    "rotate90": lambda folder: LINE.rotate90(),
    "erode": lambda folder: FULL.erode(3, border="background"),
    "the command eval": lambda folder: command(folder, "eval", "in.json", "dt.json"),
    "the command convert": lambda folder: command(
        folder, "convert", "in.json", "out.json", "--to", "rle"
    ),
    "the command crop": lambda folder: command(
        folder, "crop", "in.json", "out.json", "--box", "0", "0", "99", "9"
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_keeps_to_the_limit(way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    before = core.get_limits()
    try:
        core.set_limits(columns=10**5)
        try:
            WAYS[way](tmp_path)
            said = "".join(capsys.readouterr())
        except CocodecError as error:
            said = str(error)
    finally:
        core.set_limits(**before)
    assert re.search(r'more (columns |runs )?than 100000 \(the limit "columns" of one', said), said
    assert any(place in said for place in ("row ", "mask ", "ring ")), said


def test_masks_of_many_runs_are_moved_without_a_limit():
    """What counts is what a mask gains."""
    noise = np.random.default_rng(1).random((40, 3000)) < 0.5
    masks = RleArray.encode(noise[None])
    before = core.get_limits()
    try:
        core.set_limits(columns=0)
        for moved, expected in [
            (masks.flip("horizontal"), noise[:, ::-1]),
            (masks.transpose(), noise.T),
            (masks.shift(1, 0), np.pad(noise, ((0, 0), (1, 0)))[:, :-1]),
            (masks.pad(1, 1, 1, 1), np.pad(noise, 1)),
        ]:
            assert np.array_equal(moved.decode()[0], expected)
    finally:
        core.set_limits(**before)


# What a file may ask for: pixels of a picture, bytes of a document, what a packed file unpacks to.

NOTE = "what is packed is smaller than what it unpacks to" * 5
DATA = json.dumps({"info": {"description": NOTE}, "images": [], "annotations": []}).encode()


def picture(tmp_path: Path, name: str = "a.png", mode: str = "L") -> Path:
    image = pytest.importorskip("PIL.Image")
    image.new(mode, (20, 30)).save(tmp_path / name)
    return tmp_path / name


def panoptic(folder: Path) -> object:
    picture(folder, mode="RGB")
    image = {"id": 1, "file_name": "a.jpg", "height": 30, "width": 20}
    rows = [{"image_id": 1, "file_name": "a.png", "segments_info": []}]
    root = {"images": [image], "annotations": rows, "categories": []}
    return cocodec.Document.from_panoptic(json.dumps(root).encode(), folder)


def supervisely(folder: Path) -> object:
    data = base64.b64encode(zlib.compress(picture(folder).read_bytes())).decode()
    one = {"classTitle": "a", "geometryType": "bitmap", "bitmap": {"data": data, "origin": [0, 0]}}
    (folder / "ds0" / "ann").mkdir(parents=True)
    root = {"size": {"height": 30, "width": 20}, "objects": [one]}
    (folder / "ds0" / "ann" / "a.jpg.json").write_text(json.dumps(root))
    return FORMATS["supervisely"].load().read(folder)


def tiled(folder: Path) -> object:
    from cocodec.reshaping.pictures import read_picture

    return read_picture(picture(folder), (20, 30))


def written(name: str) -> Callable[[Path], object]:
    def write(folder: Path) -> object:
        mask = RleArray.from_boxes([[0, 0, 3, 3]], (30, 20)).to_coco()[0]
        row = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": mask, "area": 9.0}
        made = cocodec.Document.from_rows(
            images=[{"id": 1, "file_name": "a.jpg", "height": 30, "width": 20}],
            annotations=[{**row, "bbox": [0, 0, 3, 3], "iscrowd": 0}],
            categories=[{"id": 1, "name": "a"}],
        )
        return FORMATS[name].load().write(made, folder / "out")

    return write


def of_file(read: Callable[[Any], object]) -> Callable[[Path], object]:
    def call(folder: Path) -> object:
        (folder / "a.json").write_bytes(DATA)
        return read(folder / "a.json")

    return call


class Pipe(io.RawIOBase):
    """What can be read once, and has no length."""

    def __init__(self) -> None:
        self.left = [DATA[:20], DATA[20:]]

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self.left.pop(0) if self.left else b""


def zipped(folder: Path) -> object:
    with zipfile.ZipFile(folder / "a.zip", "w") as file:
        file.writestr("a.json", DATA)
    return cocodec.read(folder / "a.zip")


def labels(folder: Path) -> object:
    (folder / "a.csv").write_bytes(b"ImageId,EncodedPixels\na,1 2\n".rjust(len(DATA)))
    return FORMATS["kaggle"].load().read(folder / "a.csv", size=(30, 20))


def read_open(path: Path) -> object:
    with path.open("rb") as stream:
        return cocodec.read(stream)


# The limit, how much is needed, and the ways on which it is asked for.
FILES: dict[str, tuple[str, int, Callable[[Path], object]]] = {
    "label PNG": ("pixels", 600, lambda folder: RleArray.from_label_png(picture(folder))),
    "PNG of a panoptic document": ("pixels", 600, panoptic),
    "PNG of a bitmap": ("pixels", 600, supervisely),
    "picture that is moved": ("pixels", 600, tiled),
    **{
        f"writing {name}": ("pixels", 600, written(name))
        for name in ("voc", "label-map", "instance-png", "binary-png", "panoptic-png", "openimages")
    },
    "file": ("document", len(DATA), of_file(cocodec.read)),
    "open file": ("document", len(DATA), of_file(read_open)),
    "bytes": ("document", len(DATA), lambda folder: cocodec.read(DATA)),
    "pipe": ("document", len(DATA), lambda folder: cocodec.read(Pipe())),  # type: ignore[arg-type]
    "gzip": ("document", len(DATA), lambda folder: cocodec.read(gzip.compress(DATA))),
    "zip": ("document", len(DATA), zipped),
    "file of labels": ("document", len(DATA), labels),
}


@pytest.mark.parametrize("way", FILES)
def test_a_file_keeps_to_the_limit_that_the_error_names(way: str, tmp_path: Path) -> None:
    name, needed, call = FILES[way]
    before = core.get_limits()
    folders = [tmp_path / word for word in ("less", "as much")]
    for folder in folders:
        folder.mkdir()
    try:
        core.set_limits(**{name: needed - 1})
        with pytest.raises(CocodecError) as refused:
            call(folders[0])
        said = str(refused.value)
        core.set_limits(**{name: needed})
        call(folders[1])
    finally:
        core.set_limits(**before)
    assert re.search(rf"more than {needed - 1}\b", said), said
    assert f'(the limit "{name}": raise it with' in said
    assert "set_limits or COCODEC_LIMITS)" in said


def archive(folder: Path, **options: Any) -> object:
    made = cocodec.Document.from_rows(images=[{"id": 1}])
    FORMATS["npz"].load().write(made, folder / "a.npz")
    return FORMATS["npz"].load().read(folder / "a.npz", **options)


PACKED: dict[str, Callable[..., object]] = {
    "gzip": lambda folder, **more: cocodec.read(gzip.compress(DATA), **more),
    "gzip, in a stream": lambda folder, **more: cocodec.convert(
        gzip.compress(DATA), io.BytesIO(), **more
    ),
    "npz": archive,
    "check": lambda folder, **more: cocodec.check(gzip.compress(DATA), **more),
    "a dialect": lambda folder, **more: cocodec.convert_dialect(
        gzip.compress(DATA), io.BytesIO(), to="official", **more
    ),
}


@pytest.mark.parametrize("way", PACKED)
def test_what_unpacks_to_too_much_names_the_option(way: str, tmp_path: Path) -> None:
    PACKED[way](tmp_path)
    PACKED[way](tmp_path, unzip_limit=1 << 20)
    with pytest.raises(CocodecError, match=r"--unzip-limit \(or unzip_limit=\) allows more"):
        PACKED[way](tmp_path, unzip_limit=10)


def test_the_command_line_has_the_option_for_archives(tmp_path: Path, capsys: Any) -> None:
    archive(tmp_path)
    words = ["convert", str(tmp_path / "a.npz"), str(tmp_path / "out.json"), "-q"]
    assert main([*words, "--unzip-limit", "10"]) == 1
    assert "--unzip-limit (or unzip_limit=) allows more" in capsys.readouterr().err
    assert main(words) == 0


def limited(text: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A process whose environment says what it may do."""
    return subprocess.run(
        [sys.executable, *words],
        env={**os.environ, "COCODEC_LIMITS": text},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_environment_sets_limits(tmp_path: Path) -> None:
    show = ("-c", "import cocodec; print(cocodec.get_limits())")
    assert eval(limited("pixels=5,document=6", *show).stdout) == {
        **core.get_limits(),
        "pixels": 5,
        "document": 6,
    }
    (tmp_path / "a.json").write_bytes(DATA)
    info = ("-m", "cocodec", "info", str(tmp_path / "a.json"))
    assert limited("", *info).returncode == 0
    small = limited("document=6", *info)
    assert (small.returncode, small.stderr.count("\n")) == (1, 1)
    assert 'more than 6 (the limit "document"' in small.stderr
    # Nobody goes on without the limits that were meant.
    for wrong in ("document", "document=-1", "nothing=1"):
        refused = limited(wrong, *info)
        assert refused.returncode != 0
        assert f'COCODEC_LIMITS is "{wrong}", expected NAME=NUMBER' in refused.stderr
        assert "Traceback" not in refused.stderr

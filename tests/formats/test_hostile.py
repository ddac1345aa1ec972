"""Formats are read as untrusted input: entities, bombs, lies about sizes, files cut off."""

from __future__ import annotations

import base64
import io
import json
import random
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cocodec import CocodecError, Document, DocumentError, RleArray
from cocodec.formats import FORMATS, yolo
from cocodec.formats.objects import side_of
from support.format_documents import document
from support.format_mutations import spoiled

NAMES = {"cvat-xml": "a.xml", "label-studio": "a.json", "via": "a.json", "mots": "a.txt",
         "npz": "a.npz", "kaggle": "a.csv", "createml": "a.json"}  # fmt: skip


def module(name: str) -> Any:
    return FORMATS[name].load()


BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><{root}><size>&b;</size></{root}>"""


@pytest.mark.parametrize(("name", "root"), [("cvat-xml", "annotations"), ("voc", "annotation")])
def test_entities_are_refused(name: str, root: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(BOMB.replace("{root}", root))
    with pytest.raises(DocumentError, match="document type"):
        module(name).read(path)
    secret = '<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><a>&x;</a>'
    path.write_text(secret)
    with pytest.raises(DocumentError, match="document type"):
        module(name).read(path)
    path.write_text(f"<{root}>" + "<a>" * 100_000)
    with pytest.raises(DocumentError, match="nested deeper"):
        module(name).read(path)


def cvat(tmp_path: Path, shape: str, size: str = 'width="60" height="40"') -> Path:
    path = tmp_path / "annotations.xml"
    path.write_text(f'<annotations><image id="0" name="a.jpg" {size}>{shape}</image></annotations>')
    return path


@pytest.mark.parametrize(
    "shape",
    [
        '<mask label="a" rle="5" left="0" top="0" width="2" height="2"/>',
        '<mask label="a" rle="0, 4" left="0" top="0" width="4000000000" height="4000000000"/>',
        '<mask label="a" rle="0, -4, 8" left="0" top="0" width="2" height="2"/>',
        '<mask label="a" rle="a" left="0" top="0" width="2" height="2"/>',
        '<mask label="a" rle="99999999999999999999999" left="0" top="0" width="2" height="2"/>',
        '<mask label="a" rle="4" left="nan" top="0" width="2" height="2"/>',
        '<polygon label="a" points="1,2;3"/>',
        '<polygon label="a" points="1,2;3,4"/>',
        '<polygon label="a" points="1,2;inf,4;5,6"/>',
        '<box label="a" xtl="1" ytl="2" xbr="x" ybr="4"/>',
        '<box label="a"/>',
    ],
)
def test_broken_shapes_of_cvat_are_named(shape: str, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"image 'a\.jpg'"):
        module("cvat-xml").read(cvat(tmp_path, shape))


@pytest.mark.parametrize("size", ['width="0" height="4"', 'width="4"', 'width="1e9" height="1e9"'])
def test_sizes_of_cvat_are_checked(size: str, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="expected a number of pixels"):
        module("cvat-xml").read(cvat(tmp_path, "", size))


def test_real_irregularities_of_cvat_are_read(tmp_path: Path) -> None:
    # A zero-length run in the middle, a rectangle that is not tight, one that leaves the image.
    shapes = '<mask label="a" rle="0, 2, 0, 2, 4, 0" left="1" top="1" width="4" height="2"/>'
    shapes += '<mask label="a" rle="0, 9" left="58" top="39" width="3" height="3"/>'
    shapes += '<mask label="a" rle="0, 9" left="-2" top="-2" width="3" height="3"/>'
    found = module("cvat-xml").read(cvat(tmp_path, shapes))
    assert found.masks().masks.area().tolist() == [4, 2, 1]
    assert found.masks().masks.bbox()[0].tolist() == [1, 1, 4, 1]


def png_bomb(side: int = 50_000) -> bytes:
    """A PNG that says it is huge: its header is enough to refuse it."""
    out = io.BytesIO()
    Image.new("1", (8, 8)).save(out, "PNG")
    data = bytearray(out.getvalue())
    data[16:24] = side.to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (base64.b64encode(png_bomb()).decode(), "pixels|exceeds|bomb"),
        (base64.b64encode(b"no image").decode(), "no image"),
        ("%%%", "base64"),
        (5, "base64"),
    ],
)
def test_masks_of_labelme_are_checked(data: Any, message: str, tmp_path: Path) -> None:
    shape = {"label": "a", "points": [[1, 1], [5, 5]], "shape_type": "mask", "mask": data}
    root = {"shapes": [shape], "imagePath": "a.jpg", "imageHeight": 9, "imageWidth": 9}
    path = tmp_path / "a.json"
    path.write_text(json.dumps(root))
    with pytest.raises(DocumentError, match=message):
        module("labelme").read(path)


@pytest.mark.parametrize(
    "shape",
    [{"label": 5}, {"label": "a"}, {"label": "a", "points": [[1]]}, 7,
     {"label": "a", "points": [[1, "x"], [2, 2], [3, 3]]},
     {"label": "a", "points": [[1, 1]], "shape_type": "rectangle"}],
)  # fmt: skip
def test_broken_shapes_of_labelme_are_named(shape: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    root = {"shapes": [shape], "imagePath": "a.jpg", "imageHeight": 9, "imageWidth": 9}
    path.write_text(json.dumps(root))
    with pytest.raises(DocumentError, match=r"a\.json, shape 0"):
        module("labelme").read(path)
    path.write_text('{"shapes": [{"label": "a", "points": [[NaN, 1]]}], "imagePath": "a"}')
    with pytest.raises(DocumentError, match="NaN"):
        module("labelme").read(path)


def test_bitmaps_of_supervisely_are_checked(tmp_path: Path) -> None:
    bomb = zlib.compress(b"\0" * ((1 << 28) + 10), 9)
    cases = [(bomb, "unpacks to more"), (b"xx", "no image"), (zlib.compress(png_bomb()), "pixel")]
    for data, message in cases:
        bitmap = {"data": base64.b64encode(data).decode(), "origin": [0, 0]}
        one = {"classTitle": "a", "geometryType": "bitmap", "bitmap": bitmap}
        path = tmp_path / "a.jpg.json"
        path.write_text(json.dumps({"size": {"height": 9, "width": 9}, "objects": [one]}))
        with pytest.raises(DocumentError, match=message):
            module("supervisely").read(path)


def test_a_jpeg_is_no_label_map(tmp_path: Path) -> None:
    Image.new("L", (8, 8)).save(tmp_path / "a.png", "JPEG")
    for name in ("label-map", "instance-png", "binary-png"):
        with pytest.raises(DocumentError, match="smears"):
            module(name).read(tmp_path)


@pytest.mark.parametrize(
    "row",
    ["1 2 3", "0 5", "5 -1", "1 99999999999999999999", "a b", "2399 3"],
)
def test_broken_rows_of_kaggle_are_named(row: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"ImageId,EncodedPixels\na.jpg,1 1\na.jpg,{row}\n")
    with pytest.raises(DocumentError, match=r"line 3"):
        module("kaggle").read(path, size=(40, 60))


def test_an_order_that_looks_wrong_is_noted(tmp_path: Path) -> None:
    from cocodec.formats import FormatReport

    module("kaggle").write(document(), tmp_path / "a.csv", order="rows")
    report = FormatReport("kaggle")
    first = (tmp_path / "a.csv").read_text().splitlines()[:2]
    (tmp_path / "b.csv").write_text("\n".join(first))
    module("kaggle").read(tmp_path / "b.csv", size=(40, 60), report=report)
    assert any("not counted in columns" in what for what in report.notes)
    report = FormatReport("kaggle")
    module("kaggle").read(tmp_path / "b.csv", size=(40, 60), order="rows", report=report)
    assert report.notes == {}


@pytest.mark.parametrize("values", [10**15, 10**10, 5])
def test_arrays_of_npz_that_lie_about_their_length(values: int, tmp_path: Path) -> None:
    array = io.BytesIO()
    header = {"descr": "<u4", "fortran_order": False, "shape": (values,)}
    np.lib.format.write_array_header_1_0(array, header)
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as file:
        for one in ("counts", "offsets", "sizes", "rows", "document"):
            file.writestr(f"{one}.npy", array.getvalue() + bytes(16))
    with pytest.raises(DocumentError, match=r"a\.npz: the array counts\.npy says it has"):
        module("npz").read(path)


@pytest.mark.parametrize("name", FORMATS)
def test_spoiled_files_are_errors_of_ours(name: str, tmp_path: Path) -> None:
    """Every kind of file of a data set cut off, with bytes turned round and values exchanged."""
    chance = random.Random(name)
    target = tmp_path / NAMES.get(name, "out")
    options = {"images": tmp_path} if name in ("createml", "kaggle") else {}
    if options:
        for row in document().images[:]:
            Image.new("L", (row["width"], row["height"])).save(tmp_path / row["file_name"], "PNG")
    module(name).write(document(), target)
    files = [target] if target.is_file() else [p for p in target.rglob("*") if p.is_file()]
    kinds: dict[tuple[Path, str], list[Path]] = {}
    for file in sorted(files):
        kinds.setdefault((file.parent, file.suffix), []).append(file)
    refused = 0
    for file in [one for kind in kinds.values() for one in kind[:2]]:
        whole = file.read_bytes()
        for _ in range(25):
            file.write_bytes(spoiled(file.name, whole, chance))
            try:
                back = module(name).read(target, **options)
            except (CocodecError, OSError):
                refused += 1
                continue
            assert len(back.image_rows()) == len(back.annotations)  # a document that holds together
        file.write_bytes(whole)
    assert refused > 0


LABELME = {"label": "a", "points": [[1, 1], [5, 5], [1, 5]]}
SIZE = {"imageHeight": 9, "imageWidth": 9, "imagePath": "a.jpg"}
COCO = {"images": [{"id": 1, "file_name": "a.jpg", "height": 9, "width": 9}], "annotations": [],
        "categories": [{"id": 1, "name": "a"}]}  # fmt: skip
ROW = {"id": 1, "image_id": 1, "category_id": 1}


@pytest.mark.parametrize(
    ("name", "file", "content", "message"),
    [
        ("labelme", "a.json", {"shapes": [LABELME | {"shape_type": ["a"]}], **SIZE}, "shape_type"),
        ("labelme", "a.json", {"shapes": [LABELME | {"points": [[1, 10**400]] * 3}], **SIZE},
         "shape 0: a coordinate"),
        ("labelme", "a.json", {"shapes": [], **SIZE, "imageHeight": 10**400}, "a.jpg"),
        ("labelme", "a.json", f'{{"shapes": [], "imageHeight": {"9" * 5000}}}', "no JSON"),
        ("roboflow", "train/_annotations.coco.json", COCO | {"images": [7]}, "expected an object"),
        ("roboflow", "train/_annotations.coco.json", COCO | {"annotations": ["x"]},
         "expected an object"),
        ("roboflow", "train/_annotations.coco.json", COCO | {"categories": [{"id": []}]}, "an id"),
        ("roboflow", "train/_annotations.coco.json",
         COCO | {"annotations": [ROW | {"category_id": {}}]}, "'category_id': is {}, expected"),
        ("yolo", "cocodec.json", COCO | {"images": ["x"]}, "expected an object"),
        ("yolo", "cocodec.json", COCO | {"images": [{"file_name": "a.jpg", "id": {}}]}, "an id"),
        ("yolo", "cocodec.json", COCO | {"images": [{"file_name": "a.jpg", "id": 1}]}, "height"),
        ("yolo", "cocodec.json", COCO | {"categories": [{"name": "a"}]}, "expected an id"),
        ("openimages", "a.csv", "MaskPath,LabelName\na.png,b\n", "no column ImageID"),
        ("openimages", "a.csv", "ImageID,XMin,XMax,YMin,YMax\na,0,1,0,1\n", "no column LabelName"),
    ],
)  # fmt: skip
def test_files_that_lie_are_named(
    name: str, file: str, content: Any, message: str, tmp_path: Path
) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    if name == "yolo":
        (tmp_path / "data.yaml").write_text("names: [a]\ntrain: labels\n")
        (tmp_path / "labels").mkdir()
        (tmp_path / "labels/a.txt").write_text("0 .5 .5 .5 .5\n")
    with pytest.raises(DocumentError, match=message) as caught:
        module(name).read(tmp_path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("field", ["height", "width"])
@pytest.mark.parametrize("value", ["1_0", "\u0663", True, 10**400, "1e400"])
def test_sides_are_numbers_and_nothing_that_python_takes_for_one(field: str, value: Any) -> None:
    with pytest.raises(DocumentError, match=f"{field} is .*, expected a number of pixels"):
        side_of(value, field)


@pytest.mark.parametrize(
    "name", ["voc", "label-map", "instance-png", "panoptic-png", "binary-png", "openimages",
             "labelme", "supervisely"]
)  # fmt: skip
def test_pictures_beyond_memory_are_refused_before_it_is_taken(name: str, tmp_path: Path) -> None:
    side = 30_000
    runs = RleArray.from_boxes([[0, 0, side, side]], [(side, side)])
    huge = Document.from_rows(
        images=[{"id": 1, "file_name": "a.jpg", "height": side, "width": side}],
        annotations=[{**ROW, "segmentation": runs.to_coco()[0], "bbox": [0, 0, 1, 1], "area": 1}],
        categories=[{"id": 1, "name": "a"}],
    )
    with pytest.raises(DocumentError, match=r'30000 x 30000 pixels .*the limit "pixels"'):
        module(name).write(huge, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_masks_are_not_scaled_to_an_image_that_lies(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_bomb())
    Image.new("L", (8, 8)).save(tmp_path / "m.png", "PNG")
    (tmp_path / "a.csv").write_text("MaskPath,ImageID,LabelName\nm.png,a,b\n")
    with pytest.raises(DocumentError, match="line 2: 50000 x 50000 pixels"):
        module("openimages").read(tmp_path)


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_not_there_is_an_error_of_ours(name: str, tmp_path: Path) -> None:
    with pytest.raises((DocumentError, OSError)):
        module(name).read(tmp_path / "nothing")
    with pytest.raises((DocumentError, OSError)):
        module(name).read(tmp_path)


@pytest.mark.parametrize("rule", ["coco", "opencv"])
def test_few_rows_of_a_giant_image_are_refused(rule: str, tmp_path: Path) -> None:
    """A thousand bytes and a number in a header made masks of 2^29 runs."""
    (tmp_path / "labels/train").mkdir(parents=True)
    (tmp_path / "data.yaml").write_text("path: .\ntrain: images/train\nnames: [a]\n")
    image = {"id": 1, "file_name": "a.jpg", "height": 1000, "width": 1 << 20, "split": "train"}
    side = {"images": [image], "annotations": [], "categories": [{"id": 1, "name": "a"}]}
    (tmp_path / "cocodec.json").write_text(json.dumps(side))
    label = tmp_path / "labels/train/a.txt"
    label.write_text("0 0.1 0.1 0.9 0.2 0.8 0.9\n")
    assert len(yolo.read(tmp_path, rule=rule).annotations) == 1
    label.write_text("0 0.1 0.1 0.9 0.2 0.8 0.9\n" * 50)
    with pytest.raises(DocumentError, match=r"a\.txt, line 1: its image has 1000 x 1048576 pixels"):
        yolo.read(tmp_path, rule=rule)
    image["height"] = 1 << 20
    (tmp_path / "cocodec.json").write_text(json.dumps(side))
    label.write_text("0 0.1 0.1 0.9 0.2 0.8 0.9\n")
    with pytest.raises(DocumentError, match=r"a\.txt, line 1: a run of \d+ pixels"):
        yolo.read(tmp_path, rule=rule)

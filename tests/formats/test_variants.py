"""Data sets as people really have them: other names, line ends, places, versions of a tool."""

from __future__ import annotations

import base64
import bz2
import json
import lzma
import os
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cocodec import Document, DocumentError, RleArray
from cocodec.cli import main
from cocodec.formats import FORMATS, detect_format
from support.format_documents import document
from support.format_files import PICTURE, labels, names, put, read

BOX, RING = "0 0.5 0.5 0.5 0.5\n", "1 .1 .1 .9 0.1 0.9 0.9\n"


# ------------------------------------------------------------ YOLO


def yolo(folder: Path, yaml: str = "train: images/train\nnames: [cat, dog]\n") -> Path:
    put(folder / "images/train/a.png", PICTURE)
    put(folder / "labels/train/a.txt", BOX + RING)
    put(folder / "data.yaml", yaml)
    return folder


@pytest.mark.parametrize(
    "yaml",
    [
        "train: images/train\nnames: {'0': cat, '1': dog}\n",
        "train: images/train\nnames: [cat, dog]\ndownload: |\n  import x\n\n  - {y:\n  \tz\n",
        "---\ntrain: images/train\r\nnames: [cat, dog]\n...\nbehind: [\n",
        "train: /content/set/images/train\nnames: [cat, dog]\n",
        "train: C:\\sets\\mine\\images\\train\nnames: [cat, dog]\n",
        "path: /home/me/set\ntrain: images/train\nnames: [cat, dog]\n",
        "train: list.txt\nnames: [cat, dog]\n",
        "train: windows.txt\nnames: [cat, dog]\n",
    ],
)
def test_yolo_configs(yaml: str, tmp_path: Path) -> None:
    folder = yolo(tmp_path, yaml)
    put(folder / "list.txt", "/home/me/set/images/train/a.png\n")
    put(folder / "windows.txt", "\ufeffD:\\set\\images\\train\\a.png\r\n")
    doc, _ = read(folder, "yolo")
    assert names(doc) == ["a.png"]
    assert labels(doc) == ["cat", "dog"]


def test_yolo_paths_elsewhere_stay_in_the_folder(tmp_path: Path) -> None:
    put(tmp_path / "outside/a.png", PICTURE)
    folder = yolo(tmp_path / "set", f"train: {tmp_path}/outside\nnames: [a, b]\n")
    with pytest.raises(DocumentError, match="leads out of the data set's folder, and no end of it"):
        read(folder, "yolo")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n \n"])
def test_yolo_line_ends(end: str, tmp_path: Path) -> None:
    folder = yolo(tmp_path)
    put(folder / "labels/train/a.txt", (BOX + RING).replace("\n", end))
    assert labels(read(folder, "yolo")[0]) == ["cat", "dog"]


@pytest.mark.parametrize(("spelled", "is_good"), [
    (".5", True), ("-.5", True), ("+.5", True), ("1.", True), ("1.e-1", False), (".", False),
    ("..5", False), ("+-.5", False), ("nan", False),
])  # fmt: skip
def test_yolo_numbers_without_a_zero(spelled: str, is_good: bool, tmp_path: Path) -> None:
    folder = yolo(tmp_path)
    put(folder / "labels/train/a.txt", f"0 0 0 1 0 1 {spelled}\n")
    if not is_good:
        with pytest.raises(DocumentError, match="is no number"):
            read(folder, "yolo")
        return
    (row,) = read(folder, "yolo")[0].annotations[:]
    assert row["segmentation"] == [[0, 0, 40, 0, 40, 30 * float(spelled)]]


def test_yolo_suffixes_and_images_without_labels(tmp_path: Path) -> None:
    folder = yolo(tmp_path)
    put(folder / "images/train/a.PNG", PICTURE)  # has the same labels
    put(folder / "images/train/B.PNG", PICTURE)
    put(folder / "labels/train/B.TXT", BOX)
    put(folder / "images/train/c.png", PICTURE)
    doc, report = read(folder, "yolo")
    assert sorted(names(doc)) == ["B.PNG", "a.PNG", "a.png", "c.png"]
    assert sorted(labels(doc)) == ["cat", "cat", "cat", "dog", "dog"]
    (place,) = report.notes["images without a label file, which have no objects"]
    assert place.endswith("c.txt")
    assert report.is_lossless


@pytest.mark.parametrize(("third", "is_pose"), [("2", True), ("0.25", False), ("1.5", False)])
def test_yolo_poses_that_nothing_announces(third: str, is_pose: bool, tmp_path: Path) -> None:
    folder = yolo(tmp_path)
    points = " ".join(f"0.{k + 10} 0.{k + 20} {third if k == 4 else k % 3}" for k in range(17))
    put(folder / "labels/train/a.txt", f"0 0.5 0.5 0.2 0.2 {points}\n{RING}")
    pose, ring = read(folder, "yolo")[0].annotations[:]
    assert ("keypoints" in pose) == is_pose
    assert ("score" in pose) != is_pose
    assert "keypoints" not in ring
    if is_pose:
        assert pose["bbox"] == [16, 12, 8, 6]
        assert pose["keypoints"][:6] == [4, 6, 0, 4.4, 6.3, 1]


@pytest.mark.parametrize("task", ["detect", "pose"])
def test_yolo_boxes_out_of_the_image_are_named(task: str, tmp_path: Path) -> None:
    boxes = [[-30, 0, 130, 30], [0, 0, 40, 30.2], [35, 0, 10, 10]]
    doc = Document.from_rows(
        images=[{"id": 1, "file_name": "a.png", "height": 30, "width": 40}],
        categories=[{"id": 1, "name": "cat"}],
        annotations=[{"id": k, "image_id": 1, "category_id": 1, "bbox": box, "area": 9,
                      "keypoints": [1, 1, 2]} for k, box in enumerate(boxes)],
    )  # fmt: skip
    report = FORMATS["yolo"].load().write(doc, tmp_path / "out", task=task)
    (note,) = [places for what, places in report.notes.items() if "far out of their image" in what]
    assert [place.split()[-1] for place in note] == ["0)"]


def test_a_list_of_classes_beside_pngs_is_no_yolo(tmp_path: Path) -> None:
    put(tmp_path / "a.png", PICTURE)
    put(tmp_path / "classes.txt", "background\ncat\n")
    assert detect_format(tmp_path) is None


# ------------------------------------------------------------ LabelMe, VOC, CVAT


SQUARE = [[1, 1], [10, 1], [10, 10], [1, 10]]


def labelme(folder: Path, shape: dict[str, Any], **more: Any) -> Path:
    root = {"shapes": [{"label": "cat", **shape}], "imagePath": "a.png", **more}
    put(folder / "A.JSON", root)
    return folder


def test_labelme_takes_the_size_of_the_image_inside(tmp_path: Path) -> None:
    data = base64.b64encode(PICTURE).decode()
    folder = labelme(tmp_path, {"points": SQUARE, "shape_type": None}, imageData=data)
    (image,) = read(folder, "labelme")[0].images[:]
    assert (image["height"], image["width"]) == (30, 40)


@pytest.mark.parametrize("kind", ["rectangle", "rotation"])
def test_labelme_boxes_of_four_corners(kind: str, tmp_path: Path) -> None:
    shape = {"points": SQUARE, "shape_type": kind, "direction": 0.5}
    labelme(tmp_path, shape, imageHeight=30, imageWidth=40)
    doc, _ = read(tmp_path, "labelme")
    (row,) = doc.annotations[:]
    assert row["segmentation"] == [[one for point in SQUARE for one in point]]
    FORMATS["labelme"].load().write(doc, tmp_path / "out")
    (back,) = json.loads((tmp_path / "out/a.json").read_text())["shapes"]
    assert (back["shape_type"], back["points"], back["direction"]) == (kind, SQUARE, 0.5)


VOC = """<annotation><filename>a.png</filename><object><name>cat</name>{}<bndbox><xmin>1</xmin>
<ymin>2</ymin><xmax>11</xmax><ymax>12</ymax></bndbox></object></annotation>"""


@pytest.mark.parametrize("where", [
    "Annotations/a.xml", "annotations/a.XML", "a.xml", "VOC2012/Annotations/a.xml",
    "VOCdevkit/VOC2007/Annotations/a.xml",
])  # fmt: skip
def test_voc_folders(where: str, tmp_path: Path) -> None:
    file = put(tmp_path / where, VOC.format(""))
    images = file.parent if where == "a.xml" else file.parent.parent / "JPEGImages"
    put(images / "a.png", PICTURE)
    (row,) = read(tmp_path, "voc")[0].annotations[:]
    assert row["bbox"] == [1, 2, 10, 10]


def test_voc_of_roboflow(tmp_path: Path) -> None:
    ring = "".join(f"<x{k}>{x}</x{k}><y{k}>{y}</y{k}>" for k, (x, y) in enumerate(SQUARE, 1))
    for split in ("train", "valid"):
        put(tmp_path / split / "a.xml", VOC.format(f"<polygon>{ring}</polygon>"))
        put(tmp_path / split / "a.png", PICTURE)
    doc, report = read(tmp_path, "voc")
    assert doc.images.column("split").tolist() == ["train", "valid"]
    assert doc.annotations[0]["segmentation"] == [[one for point in SQUARE for one in point]]
    assert report.is_lossless
    assert len(read(tmp_path, "voc", subset="valid")[0].images) == 1
    with pytest.raises(DocumentError, match="no folder 'test'"):
        read(tmp_path, "voc", subset="test")


@pytest.mark.parametrize("encoding", ["gbk", "GB2312", "Shift_JIS", "utf-8", "euc-jp"])
def test_voc_in_other_encodings(encoding: str, tmp_path: Path) -> None:
    text = VOC.format("").replace("cat", "\u732b" if encoding != "gbk" else "\u72d7")
    head = f'<?xml version="1.0" encoding="{encoding}"?>\n'
    try:
        data = (head + text).encode(encoding)
    except UnicodeEncodeError:  # the sign is of another country
        data = (head + text.replace("\u732b", "\u72d7")).encode(encoding)
    put(tmp_path / "a.xml", data)
    put(tmp_path / "a.png", PICTURE)
    assert labels(read(tmp_path, "voc")[0])[0] in "\u732b\u72d7"


def test_xml_that_is_not_in_its_encoding_is_refused(tmp_path: Path) -> None:
    head = b'<?xml version="1.0" encoding="gbk"?>'
    put(tmp_path / "a.xml", head + VOC.format("").replace("cat", "\u00e9").encode("latin-1"))
    with pytest.raises(DocumentError, match=r"a.xml: no XML: 'gbk' codec can't decode"):
        read(tmp_path, "voc")


def test_voc_boxes_of_rolabelimg(tmp_path: Path) -> None:
    box = "<robndbox><cx>20</cx><cy>10</cy><w>8</w><h>4</h><angle>{}</angle></robndbox>"
    texts = [f"<object><type>robndbox</type><name>cat</name>{box.format(angle)}</object>"
             for angle in (0, 1.5707963267948966)]  # fmt: skip
    put(tmp_path / "a.xml", f"<annotation><filename>a.png</filename>{''.join(texts)}</annotation>")
    put(tmp_path / "a.png", PICTURE)
    doc, report = read(tmp_path, "voc")
    assert [row["bbox"] for row in doc.annotations] == [
        pytest.approx([16, 8, 8, 4]), pytest.approx([18, 6, 4, 8]),
    ]  # fmt: skip
    assert doc.annotations[0]["area"] == 32
    assert report.is_lossless


def test_cvat_in_a_file_of_any_name(tmp_path: Path) -> None:
    put(tmp_path / "my task.xml", '<annotations><image id="0" name="a" width="4" height="3"/>'
        "</annotations>")  # fmt: skip
    assert names(read(tmp_path, "cvat-xml")[0]) == ["a"]


# ------------------------------------------------------------ Label Studio


REGION = {"x": 10, "y": 10, "width": 50, "height": 50, "rotation": 0, "rectanglelabels": ["cat"]}
RESULT = {"id": "r", "original_width": 40, "original_height": 30, "value": REGION,
          "type": "rectanglelabels"}  # fmt: skip


@pytest.mark.parametrize(("address", "name"), [
    ("/data/upload/1/ab-a%20b.jpg", "ab-a b.jpg"),
    ("/data/local-files/?d=x%5Cy/a.jpg", "a.jpg"),
    ("https://host/x/a.jpg?sig=1/2", "a.jpg"),
    ("s3://bucket/x/a.jpg", "a.jpg"),
    ("C:\\x\\a.jpg", "a.jpg"),
    ("x/a.jpg", "x/a.jpg"),
    ("../x/a.jpg", "a.jpg"),
    ("100%.jpg", "100%.jpg"),
    ("data:image/png;base64,AAAA", "7.png"),
])  # fmt: skip
def test_label_studio_addresses(address: str, name: str, tmp_path: Path) -> None:
    task = {"id": 7, "data": {"image": address}, "annotations": [{"result": [RESULT]}]}
    assert names(read(put(tmp_path / "x.json", [task]), "label-studio")[0]) == [name]


def test_label_studio_keeps_names(tmp_path: Path) -> None:
    rows = [{"id": k, "file_name": name, "height": 30, "width": 40}
            for k, name in enumerate(["a/x.jpg", "b/x.jpg", "50%20 (?d=1).jpg"])]  # fmt: skip
    objects = [{"id": k, "image_id": k, "category_id": 1, "bbox": [1, 1, 2, 2], "area": 4}
               for k in range(3)]  # fmt: skip
    doc = Document.from_rows(
        images=rows, annotations=objects, categories=[{"id": 1, "name": "cat"}]
    )
    FORMATS["label-studio"].load().write(doc, tmp_path / "x.json")
    assert names(read(tmp_path / "x.json", "label-studio")[0]) == [row["file_name"] for row in rows]


def test_label_studio_minimal(tmp_path: Path) -> None:
    one = {**REGION, "original_width": 40, "original_height": 30}
    task = {"image": "/data/upload/1/a.jpg", "id": 3, "label": [one], "annotator": 1,
            "created_at": "2026"}  # fmt: skip
    doc, _ = read(put(tmp_path / "x.json", [task]), "label-studio")
    assert names(doc) == ["a.jpg"]
    assert doc.annotations[0]["bbox"] == [4, 3, 20, 15]


def test_label_studio_says_what_it_leaves_out(tmp_path: Path, capsys: Any) -> None:
    data = {"image": "a.jpg"}
    both = {**RESULT, "value": {**REGION, "rectanglelabels": ["cat", "dog"]}}
    file = put(tmp_path / "x.json", [
        {"id": 1, "data": data, "predictions": [{"result": [RESULT], "score": 0.5}]},
        {"id": 2, "data": data, "annotations": [{"result": [both]}, {"result": [RESULT]}]},
        {"id": 3, "data": data, "annotations": [{"result": []}]},
    ])  # fmt: skip
    doc, report = read(file, "label-studio")
    assert len(doc.annotations) == 2
    assert len(report.losses["tasks without a region (nothing says their image's size)"]) == 2
    assert len(report.losses["labels of a region beside its first"]) == 1
    assert any("--predictions" in note for note in report.notes)
    assert any("several annotations" in note for note in report.notes)
    out = tmp_path / "out.json"
    assert main(["convert", str(file), str(out), "--predictions"]) == 0
    assert json.loads(out.read_bytes())["annotations"][0]["score"] == 0.5
    assert "1 image, 1 object" in capsys.readouterr().err


# ------------------------------------------------------------ Kaggle and the others


@pytest.mark.parametrize(("text", "images", "classes"), [
    ("imageid,encodedpixels\na,1 3\n", ["a"], ["object"]),
    ("Image_Label,EncodedPixels\na.jpg_Fish,1 3\na.jpg_Gravel,\n", ["a.jpg"], ["Fish"]),
    ("id,predicted\na,1 3\nb,nan\n", ["a", "b"], ["object"]),
    ('"ImageId","EncodedPixels"\n"a","1 3"\n', ["a"], ["object"]),
    (",ImageId,EncodedPixels\n0,a,1 3\n", ["a"], ["object"]),
    ("\ufeffImageId,ClassId,EncodedPixels\r\na,3,1 3\r\n", ["a"], ["3"]),
])  # fmt: skip
def test_kaggle_columns(text: str, images: list[str], classes: list[str], tmp_path: Path) -> None:
    doc, _ = read(put(tmp_path / "x.csv", text), "kaggle", size=(30, 40))
    assert names(doc) == images
    assert labels(doc) == classes


@pytest.mark.parametrize("head", [
    "id,annotation,width,height,cell_type", "ImageId,EncodedPixels,Width,Height,ClassId",
])  # fmt: skip
def test_kaggle_columns_of_sides(head: str, tmp_path: Path) -> None:
    doc, _ = read(put(tmp_path / "x.csv", f"{head}\na,1 3,40,30,shsy5y\n"), "kaggle")
    assert doc.masks().masks == RleArray.from_runs([0, 3, 1197], [0, 3], [(30, 40)])
    assert labels(doc) == ["shsy5y"]
    with pytest.raises(DocumentError, match=r"x.csv, line 2: the height is"):
        read(put(tmp_path / "x.csv", f"{head}\na,1 3,40,0,shsy5y\n"), "kaggle")


@pytest.mark.parametrize(("pixels", "said"), [("0 3", "counted from 1"), ("1 a", "no list"),
                                              ("1 2 3", "pairs")])  # fmt: skip
def test_kaggle_errors_name_the_file(pixels: str, said: str, tmp_path: Path) -> None:
    file = put(tmp_path / "x.csv", f"ImageId,EncodedPixels\na,{pixels}\n")
    with pytest.raises(DocumentError, match=rf"x.csv, line 2: .*{said}"):
        read(file, "kaggle", size=(30, 40))


def test_createml_of_any_name(tmp_path: Path) -> None:
    found = [{"label": "cat", "coordinates": {"x": 10, "y": 10, "width": 4, "height": 6}}]
    put(tmp_path / "a.png", PICTURE)
    text = json.dumps([{"imagefilename": "a.png", "annotation": found}])
    put(tmp_path / "annotations.json", b"\xef\xbb\xbf" + text.encode())
    assert read(tmp_path, "createml")[0].annotations[0]["bbox"] == [8, 7, 4, 6]


def test_createml_of_roboflow(tmp_path: Path) -> None:
    for split in ("train", "test"):
        put(tmp_path / split / "a.png", PICTURE)
        put(tmp_path / split / "_annotations.createml.json", [
            {"image": "a.png", "annotations": [
                {"label": "cat", "coordinates": {"x": 1, "y": 1, "width": 2, "height": 2}}]}
        ])  # fmt: skip
    doc, _ = read(tmp_path, "createml")
    assert doc.images.column("split").tolist() == ["train", "test"]
    assert len(doc.annotations) == 2


VIA = """filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,\
region_attributes
a.png,9,"{}",2,0,"{""name"":""rect"",""x"":1,""y"":2,""width"":3,""height"":4}","{""name"":""cat""}"
a.png,9,"{}",2,1,"{""name"":""circle"",""cx"":9,""cy"":9,""r"":3}","{""name"":""dog""}"
b.png,9,"{}",0,0,"{}","{}"
"""


def test_via_tables(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        put(tmp_path / name, PICTURE)
    doc, _ = read(put(tmp_path / "via.csv", VIA), "via")
    assert names(doc) == ["a.png", "b.png"]
    assert labels(doc) == ["cat", "dog"]
    with pytest.raises(DocumentError, match=r"line 2: region_attributes is .*, expected JSON"):
        read(put(tmp_path / "via.csv", VIA.replace('"{""name"":""cat""}"', "x")), "via")


def test_via_in_a_folder(tmp_path: Path) -> None:
    put(tmp_path / "a.png", PICTURE)
    put(tmp_path / "via_region_data.json",
        {"a.png9": {"filename": "a.png", "size": 9, "regions": []}})  # fmt: skip
    assert names(read(tmp_path, "via")[0]) == ["a.png"]


def in_folders() -> Document:
    """Two images of one name in different folders, and a third."""
    mask = RleArray.from_boxes([[4, 3, 6, 5]], (30, 40)).to_coco()[0]
    images = [("a/x.jpg", "train"), ("b/x.jpg", "val"), ("y.jpg", "train")]
    return Document.from_rows(
        images=[{"id": k, "file_name": name, "height": 30, "width": 40, "split": split}
                for k, (name, split) in enumerate(images)],
        categories=[{"id": 1, "name": "cat"}],
        annotations=[{"id": k, "image_id": k, "category_id": 1, "segmentation": mask,
                      "bbox": [4, 3, 6, 5], "area": 30, "iscrowd": 0} for k in range(3)],
    )  # fmt: skip


# Those of which the names of images say where they lie.
@pytest.mark.parametrize("name", [
    "cvat-xml", "kaggle", "label-studio", "labelme", "npz", "openimages", "panoptic-png",
    "roboflow", "sa1b", "via", "voc", "yolo",
])  # fmt: skip
def test_images_of_one_name_in_two_folders(name: str, tmp_path: Path) -> None:
    doc = in_folders()
    for image in names(doc):
        put(tmp_path / "pictures" / image, PICTURE)
    FORMATS[name].load().write(doc, tmp_path / "out.csv")
    options = {"kaggle": {"images": tmp_path / "pictures"}}
    options["openimages"] = options["kaggle"]
    back = FORMATS[name].load().read(tmp_path / "out.csv", **options.get(name, {}))
    assert sorted(names(back)) == sorted(names(doc))
    assert set(back.image_rows().tolist()) == {0, 1, 2}
    assert back.masks().masks.area().tolist() == [30, 30, 30]
    if name in ("voc", "yolo", "roboflow"):
        split = dict(zip(names(back), back.images.column("split"), strict=True))
        assert split == {"a/x.jpg": "train", "b/x.jpg": "val", "y.jpg": "train"}
    if name == "voc":
        part = FORMATS[name].load().read(tmp_path / "out.csv", subset="val")
        assert names(part) == ["b/x.jpg"]


@pytest.mark.parametrize("name", ["yolo", "labelme", "voc", "sa1b", "panoptic-png"])
def test_paths_of_windows(name: str, tmp_path: Path) -> None:
    doc = in_folders()
    doc.images.set_column("file_name", ["a\\x.jpg", "b\\x.jpg", "\u732b \xe9 %20.JPG"])
    FORMATS[name].load().write(doc, tmp_path / "out")
    back = FORMATS[name].load().read(tmp_path / "out")
    found = sorted(one.replace("\\", "/") for one in names(back))
    assert found == ["a/x.jpg", "b/x.jpg", "\u732b \xe9 %20.JPG"]
    assert back.masks().masks.area().tolist() == [30, 30, 30]
    if name == "yolo":
        assert sorted(back.images.column("id").tolist()) == [0, 1, 2]
        assert set(names(back)) == set(names(doc))


def test_names_that_a_format_cannot_tell_apart(tmp_path: Path) -> None:
    report = FORMATS["supervisely"].load().write(in_folders(), tmp_path / "sly")
    assert len(report.losses["folders of images (a data set has none)"]) == 2
    doc = in_folders()
    doc.images.set_column("file_name", ["x.jpg", "x.png", "y.jpg"])
    with pytest.raises(DocumentError, match="another image has the id 'x'"):
        FORMATS["openimages"].load().write(doc, tmp_path / "oi")


def test_supervisely_classes_by_number(tmp_path: Path) -> None:
    FORMATS["supervisely"].load().write(document(), tmp_path / "out")
    before = labels(read(tmp_path / "out", "supervisely")[0])
    assert detect_format(tmp_path / "out")[0].name == "supervisely"  # type: ignore[index]
    for file in (tmp_path / "out").glob("*/ann/*.json"):
        root = json.loads(file.read_text())
        for one in root["objects"]:
            del one["classTitle"]
        put(file, root)
    assert labels(read(tmp_path / "out", "supervisely")[0]) == before


def test_supervisely_data_sets_in_data_sets(tmp_path: Path) -> None:
    """Images of one name, in data sets that lie in others; an outer one that has none itself."""
    doc = document()
    doc.images.set_column("file_name", ["a.jpg"] * 3)
    doc.images.set_column("split", ["train/day", "train/night/rain", "val"])
    FORMATS["supervisely"].load().write(doc, tmp_path / "out")
    assert sorted(str(one.relative_to(tmp_path / "out").parent.as_posix())
                  for one in (tmp_path / "out").rglob("*.jpg.json")) == [
        "train/datasets/day/ann", "train/datasets/night/datasets/rain/ann", "val/ann",
    ]  # fmt: skip
    back, report = read(tmp_path / "out", "supervisely")
    assert report.is_lossless
    assert sorted(back.images.column("split")) == ["train/day", "train/night/rain", "val"]
    assert sorted(back.masks().masks.area().tolist()) == sorted(doc.masks().masks.area().tolist())
    (tmp_path / "out/val").rename(tmp_path / "val")
    inner, _ = read(tmp_path / "out", "supervisely")  # known by them alone
    assert sorted(inner.images.column("split")) == ["train/day", "train/night/rain"]
    only, _ = read(tmp_path / "out/train/datasets/day", "supervisely")
    assert "split" not in only.images[0]


def test_mots_in_a_folder(tmp_path: Path) -> None:
    FORMATS["mots"].load().write(document(), tmp_path / "mots.txt")
    folder = tmp_path / "instances_txt"
    put(folder / "0001.txt", (tmp_path / "mots.txt").read_bytes())
    assert len(read(folder, "mots")[0].annotations) > 0


@pytest.mark.parametrize("more", [[], ["--from", "yolo"]])
def test_archives_are_refused_in_words(more: list[str], tmp_path: Path, capsys: Any) -> None:
    archive = tmp_path / "set.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("data.yaml", "names: [a]")
    to = [] if more else ["--to", "rle"]
    assert main(["convert", str(archive), str(tmp_path / "o.json"), *to, *more]) == 1
    assert "unpack it" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "bzip2", "xz", "7z", "rar", "zstandard"])
@pytest.mark.parametrize("command", [["convert", "IN", "o.json", "--to", "rle"], ["info", "IN"],
                                     ["convert", "IN", "out", "--to", "yolo"]])  # fmt: skip
def test_other_archives_are_called_what_they_are(
    command: list[str], kind: str, tmp_path: Path, capsys: Any
) -> None:
    name = tmp_path / "set.archive"
    if kind.startswith("tar"):
        with tarfile.open(name, "w:gz" if kind == "tar.gz" else "w") as out:
            out.add(put(tmp_path / "data.yaml", "names: [a]"))
    else:
        heads = {"bzip2": bz2.compress(b"x"), "xz": lzma.compress(b"x"), "rar": b"Rar!\x1a\x07\0",
                 "7z": b"7z\xbc\xaf\x27\x1c\0\4", "zstandard": b"\x28\xb5\x2f\xfd\0"}  # fmt: skip
        put(name, heads[kind] + bytes(600))
    words = [str(name) if one == "IN" else one for one in command]
    words = [str(tmp_path / one) if one in ("o.json", "out") else one for one in words]
    assert main(words) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert f" {kind.removesuffix('.gz')} archive" in said
    assert "unpack it, and give what was in it" in said


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_are_of_no_format(tmp_path: Path) -> None:
    """They are read once, by whoever reads them: not to see what they are."""
    for name in ("a.json", "a.xml", "a.csv", "a.txt", "a.npz"):
        os.mkfifo(tmp_path / name)
        assert detect_format(tmp_path / name) is None


# ------------------------------------------------------------ VIA 3, and the one file of a folder


def via_project(*metadata: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A project of VIA 3 with one image."""
    return {
        "project": {"pid": "__VIA_PROJECT_ID__", "pname": "birds", "vid_list": ["1", "2"]},
        "config": {},
        "attribute": {
            "1": {"aname": "kind", "type": 4, "options": {"0": "cat", "1": "dog"}},
            "2": {"aname": "seen", "type": 2, "options": {"0": "day", "1": "night"}},
            "3": {"aname": "note", "type": 1, "options": {}},
        },
        "file": {
            "1": {"fid": "1", "fname": "a.png", "type": 2, "loc": 1, "src": ""},
            "2": {"fid": "2", "fname": "a.mp4", "type": 4, "loc": 1, "src": ""},
        },
        "view": {"1": {"fid_list": ["1"]}, "2": {"fid_list": ["2"]}},
        "metadata": {f"{k}_x": {"vid": "1", "flg": 0, "z": [], **one}
                     for k, one in enumerate(metadata)},
        **more,
    }  # fmt: skip


def test_via_3_projects(tmp_path: Path) -> None:
    put(tmp_path / "a.png", PICTURE)
    project = via_project(
        {"xy": [2, 1, 2, 3, 4], "av": {"1": "1", "2": "0,1", "3": "far"}},
        {"xy": [7, 0, 0, 4, 0, 4, 4], "av": {"1": "0"}},
        {"xy": [1, 5, 6], "av": {"1": "0"}},
        {"xy": [3, 10, 10, 4], "av": {"1": "0"}},
        {"xy": [4, 10, 10, 4, 2], "av": {"1": "0"}},
        {"xy": [8, 1, 5, 5, 2, 9, 6, 4, 8], "av": {"1": "0"}},
        {"xy": [9, 6, 10, 10, 6, 14, 10], "av": {"1": "0"}},
        {"xy": [6, 0, 0, 4, 0, 4, 4], "av": {"1": "0"}},
        {"xy": [], "av": {"3": "of the whole image"}},
        {"vid": "2", "z": [1.5], "xy": [2, 1, 2, 3, 4], "av": {}},
    )
    put(tmp_path / "via_project.json", project)
    assert detect_format(tmp_path)[0].name == "via"  # type: ignore[index]
    doc, report = read(tmp_path, "via")
    assert labels(doc) == ["dog"] + 6 * ["cat"]
    rows = list(doc.annotations)
    assert rows[0]["bbox"] == [1, 2, 3, 4]
    assert rows[0]["attributes"] == {
        "kind": "dog", "seen": {"day": True, "night": True}, "note": "far",
    }  # fmt: skip
    assert rows[1]["segmentation"] == [[0, 0, 4, 0, 4, 4]]
    assert rows[2]["keypoints"] == [5, 6, 2]
    assert rows[5]["bbox"] == [1, 2, 8, 6]
    assert rows[3]["segmentation"] == rows[6]["segmentation"]  # the circle through three points
    assert doc.images[0]["attributes"] == {"note": "of the whole image"}
    assert {kind: len(places) for kind, places in report.losses.items()} == {
        "regions that enclose nothing": 1, "metadata of what is no single image": 1,
    }  # fmt: skip
    module = FORMATS["via"].load()
    assert module.write(doc, tmp_path / "back.json").is_lossless
    assert module.read(tmp_path / "back.json").images[0] == doc.images[0]


@pytest.mark.parametrize("xy", [[2, 1, 2, 3], [7, 1], [0, 1, 1], [12], ["x"], [9, 1, 1], 5, [2.5]])
def test_broken_shapes_of_via_3_are_named(xy: Any, tmp_path: Path) -> None:
    put(tmp_path / "a.png", PICTURE)
    put(tmp_path / "p.json", via_project({"xy": xy, "av": {}}))
    with pytest.raises(DocumentError, match=r"p\.json, metadata '0_x': "):
        read(tmp_path / "p.json", "via")


@pytest.mark.parametrize("part", ["file", "view", "metadata", "attribute"])
def test_broken_parts_of_via_3_are_named(part: str, tmp_path: Path) -> None:
    put(tmp_path / "p.json", via_project(**{part: {"1": []}}))
    with pytest.raises(DocumentError, match=rf"'{part}' is no object of objects"):
        read(tmp_path / "p.json", "via")


def test_via_3_tables_say_what_to_do(tmp_path: Path) -> None:
    text = "# Exported using VGG Image Annotator (http://www.robots.ox.ac.uk/~vgg/software/via)\n"
    put(tmp_path / "a.csv", text)
    assert detect_format(tmp_path / "a.csv")[0].name == "via"  # type: ignore[index]
    with pytest.raises(DocumentError, match="give the project, which VIA saves as JSON"):
        read(tmp_path / "a.csv", "via")


@pytest.mark.parametrize(("name", "suffix", "usual", "missing"), [
    ("cvat-xml", ".xml", "annotations.xml", "annotations.xml"),
    ("createml", ".json", "_annotations.createml.json", "_annotations.createml.json"),
    ("via", ".json", "", ".json or .csv file"),
    ("label-studio", ".json", "", ".json file"),
    ("kaggle", ".csv", "", ".csv file"),
])  # fmt: skip
def test_the_one_file_of_a_folder(
    name: str, suffix: str, usual: str, missing: str, tmp_path: Path
) -> None:
    """Each format that is one file chooses it in the same way, and says the same words."""
    folder = tmp_path / "set"
    folder.mkdir()
    module = FORMATS[name].load()
    with pytest.raises(DocumentError, match=f"there is no {missing}$"):
        module.read(folder)
    put(folder / "picture.png", PICTURE)
    doc = Document.from_rows(
        images=[{"id": 1, "file_name": "picture.png", "height": 30, "width": 40}],
        annotations=[{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}],
        categories=[{"id": 1, "name": "cat"}],
    )
    module.write(doc, folder / f"one{suffix}")
    assert detect_format(folder)[0].name == name  # type: ignore[index]
    assert len(read(folder, name)[0].annotations) == 1
    put(folder / f"two{suffix}", (folder / f"one{suffix}").read_bytes())
    assert detect_format(folder) is None
    named = rf"there are 2 {suffix} files \(one{suffix}, two{suffix}\), expected one"
    with pytest.raises(DocumentError, match=named):
        module.read(folder)
    if usual:
        put(folder / usual, (folder / f"one{suffix}").read_bytes())
        assert detect_format(folder)[0].name == name  # type: ignore[index]
        assert len(read(folder, name)[0].annotations) == 1

"""What is known of formats, sentence by sentence: each test names the fact that it holds.

The files are small and made by hand; test_round_trips.py compares real ones with their twins.
"""

from __future__ import annotations

import base64
import io
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cocodec import Document, RleArray
from cocodec.files.png import print_png
from cocodec.formats import FORMATS
from support.format_files import PICTURE, labels, names, put, read

# ------------------------------------------------------------ YOLO


def rows_of_yolo(folder: Path, text: str, head: str = "", **options: Any) -> list[dict[str, Any]]:
    """The annotations of a label file of one image of 30 x 40 pixels (height x width)."""
    put(folder / "images/a.png", PICTURE)
    put(folder / "labels/a.txt", text)
    put(folder / "data.yaml", f"train: images\n{head}")
    return list(read(folder, "yolo", **options)[0].annotations)


def test_a_share_of_1_is_the_right_edge_of_the_last_pixel(tmp_path: Path) -> None:
    (row,) = rows_of_yolo(tmp_path, "0 .5 .5 1 1\n")
    assert row["bbox"] == [0, 0, 40, 30]
    assert row["area"] == 1200


def test_fields_are_separated_by_any_white_space(tmp_path: Path) -> None:
    (row,) = rows_of_yolo(tmp_path, "0\t.5   .5 \t.5\x0c.4  \n")
    assert row["bbox"] == [10, 9, 20, 12]


def test_an_exponent_is_a_number(tmp_path: Path) -> None:
    (row,) = rows_of_yolo(tmp_path, "0 5e-1 .5 1e0 1E+0")
    assert row["bbox"] == [0, 0, 40, 30]


def test_poses_and_rings_may_lie_in_one_file(tmp_path: Path) -> None:
    """56 fields are a pose of 17 points; an odd number of other fields is a ring."""
    pose = "0 .5 .5 .5 .5 " + " ".join(["0.5 0.5 2"] * 17)
    ring = "0 " + " ".join(["0.1"] * 35 + ["0.9"] * 35)
    assert (len(pose.split()), len(ring.split())) == (56, 71)
    first, second = rows_of_yolo(tmp_path, f"{pose}\n{ring}\n")
    assert first["num_keypoints"] == 17
    assert len(second["segmentation"][0]) == 70


def test_oriented_boxes_may_leave_the_image_a_little(tmp_path: Path) -> None:
    (row,) = rows_of_yolo(tmp_path, "0 -.009808 0 .5 0 .5 .5 0 .5\n", task="obb")
    assert row["segmentation"][0][0] == pytest.approx(-0.009808 * 40, abs=1e-4)


def test_equal_rows_are_two_objects(tmp_path: Path) -> None:
    """A trainer drops the second; the file has both."""
    assert len(rows_of_yolo(tmp_path, "0 .5 .5 .5 .5\n" * 2)) == 2


def test_the_last_folder_images_becomes_labels(tmp_path: Path) -> None:
    put(tmp_path / "images/images/a.png", PICTURE)
    put(tmp_path / "images/labels/a.txt", "0 .5 .5 .5 .5\n")
    put(tmp_path / "data.yaml", "train: images/images\nnames: [cat]\n")
    assert labels(read(tmp_path, "yolo")[0]) == ["cat"]


def test_darknet_keeps_labels_beside_images(tmp_path: Path) -> None:
    put(tmp_path / "obj.data", "classes = 2\ntrain = data/train.txt\nnames = data/obj.names\n")
    put(tmp_path / "obj.names", "cat\ndog\n")
    put(tmp_path / "train.txt", "data/obj_train_data/a.png\n")
    put(tmp_path / "obj_train_data/a.png", PICTURE)
    put(tmp_path / "obj_train_data/a.txt", "1 .5 .5 .5 .5\n")
    doc, _ = read(tmp_path, "yolo")
    assert (names(doc), labels(doc)) == (["a.png"], ["dog"])


def test_rows_of_run_lengths(tmp_path: Path) -> None:
    mask = RleArray.encode(np.eye(30, 40, dtype=np.uint8)).to_coco()[0]
    (row,) = rows_of_yolo(tmp_path, f"0 rle 30 40 {mask['counts']}\n")
    assert row["segmentation"] == mask


# ------------------------------------------------------------ LabelMe


def shapes_of(folder: Path, *shapes: dict[str, Any], **more: Any) -> Document:
    root = {"imagePath": "a.png", "imageHeight": 30, "imageWidth": 40, "shapes": list(shapes)}
    put(folder / "a.json", root | more)
    return read(folder / "a.json", "labelme")[0]


def patch(pixels: Any) -> str:
    return base64.b64encode(print_png(np.array(pixels, np.uint8))).decode()


def pixels_of(doc: Document, row: int = 0) -> list[list[int]]:
    """Rows and columns that are inside."""
    return np.argwhere(doc.masks().masks[row].decode(layout="HW")).tolist()


def test_an_object_of_labelme_is_a_label_with_a_group(tmp_path: Path) -> None:
    ring = {"points": [[1, 1], [5, 1], [5, 5]]}
    shapes = [ring | {"label": "cat", "group_id": 1}, ring | {"label": "dog", "group_id": 1},
              ring | {"label": "cat", "group_id": 1}, ring | {"label": "cat", "group_id": None},
              ring | {"label": "cat"}]  # fmt: skip
    doc = shapes_of(tmp_path, *shapes)
    assert sorted(len(row["segmentation"]) for row in doc.annotations) == [1, 1, 1, 2]
    assert sorted(labels(doc)) == ["cat", "cat", "cat", "dog"]


def test_corners_of_labelme_come_in_any_order(tmp_path: Path) -> None:
    corners = [[[1, 2], [11, 8]], [[11, 2], [1, 8]], [[11, 8], [1, 2]]]
    shapes = [{"label": "a", "shape_type": "rectangle", "points": one} for one in corners]
    doc = shapes_of(tmp_path, *shapes)
    assert [row["bbox"] for row in doc.annotations] == [[1, 2, 10, 6]] * 3


def test_a_circle_of_labelme_is_its_centre_and_a_point_of_its_rim(tmp_path: Path) -> None:
    circle = {"label": "a", "shape_type": "circle", "points": [[20, 15], [23, 19]]}
    (row,) = shapes_of(tmp_path, circle).annotations
    xy = np.array(row["segmentation"][0]).reshape(-1, 2)
    assert np.hypot(*(xy - [20, 15]).T) == pytest.approx(np.full(len(xy), 5))


@pytest.mark.parametrize(("points", "where"), [
    ([[2, 3], [3, 4]], (2, 3)),  # both ends are inside
    ([[2.4, 2.6], [3.4, 3.6]], (2, 3)),  # rounded
    ([[-1, 3], [0, 4]], (-1, 3)),  # cut off at the image
    ([[39, 29], [40, 30]], (39, 29)),
])  # fmt: skip
def test_a_mask_of_labelme_lies_at_its_first_point(
    points: list[list[float]], where: tuple[int, int], tmp_path: Path
) -> None:
    shape = {"label": "a", "shape_type": "mask", "points": points, "mask": patch([[1, 1], [0, 1]])}
    (x, y) = where
    inside = [[y, x], [y, x + 1], [y + 1, x + 1]]
    expected = [[r, c] for r, c in inside if 0 <= r < 30 and 0 <= c < 40]
    assert pixels_of(shapes_of(tmp_path, shape)) == expected


def test_a_mask_of_labelme_is_whatever_is_not_0(tmp_path: Path) -> None:
    shape = {"label": "a", "shape_type": "mask", "points": [[2, 3], [3, 3]]}
    shape["mask"] = patch([[255, 7]])
    assert pixels_of(shapes_of(tmp_path, shape)) == [[3, 2], [3, 3]]


def test_images_of_labelme_may_have_paths_of_windows(tmp_path: Path) -> None:
    assert names(shapes_of(tmp_path, imagePath="..\\x\\b.png")) == ["b.png"]


def test_keys_of_labelme_stand_in_its_order(tmp_path: Path) -> None:
    FORMATS["labelme"].load().write(shapes_of(tmp_path, version="5.1", mine=3), tmp_path / "out")
    root = json.loads((tmp_path / "out/a.json").read_text())
    assert list(root) == ["version", "flags", "shapes", "imagePath", "imageData", "imageHeight",
                          "imageWidth", "mine"]  # fmt: skip


# ------------------------------------------------------------ Pascal VOC


def voc(folder: Path, objects: str, **options: Any) -> list[dict[str, Any]]:
    size = "<size><width>40</width><height>30</height></size>"
    text = f"<annotation><filename>a.jpg</filename>{size}{objects}</annotation>"
    put(folder / "Annotations/a.xml", text)
    return list(read(folder, "voc", **options)[0].annotations)


def thing(box: str, more: str = "", name: str = "cat") -> str:
    return f"<object><name>{name}</name>{more}<bndbox>{box}</bndbox></object>"


CORNERS = "<xmin>2</xmin><ymin>3</ymin><xmax>12</xmax><ymax>9</ymax>"


def test_corners_of_voc_are_read_by_their_names(tmp_path: Path) -> None:
    other = "<xmax>12</xmax><xmin>2</xmin><ymax>9</ymax><ymin>3</ymin>"
    first, second = voc(tmp_path, thing(CORNERS) + thing(other))
    assert first["bbox"] == second["bbox"] == [2, 3, 10, 6]


def test_original_corners_of_voc_count_from_1_and_include_both(tmp_path: Path) -> None:
    whole = "<xmin>1</xmin><ymin>1</ymin><xmax>40</xmax><ymax>30</ymax>"
    (row,) = voc(tmp_path, thing(whole), corners="voc2012")
    assert row["bbox"] == [0, 0, 40, 30]


def test_corners_of_voc_may_be_fractions_and_0(tmp_path: Path) -> None:
    box = "<xmin>0</xmin><ymin>45.5e-1</ymin><xmax>12.25</xmax><ymax>9</ymax>"
    (row,) = voc(tmp_path, thing(box))
    assert row["bbox"] == [0, 4.55, 12.25, 4.45]


def test_flags_of_voc_may_be_missing(tmp_path: Path) -> None:
    more = "<pose>Left</pose><truncated>1</truncated><difficult>0</difficult>"
    with_all, bare = voc(tmp_path, thing(CORNERS, more) + thing(CORNERS))
    assert (with_all["truncated"], with_all["difficult"], with_all["pose"]) == (1, 0, "Left")
    assert not {"truncated", "difficult", "pose", "occluded"} & bare.keys()


def test_object_k_of_voc_has_the_pixels_of_value_k(tmp_path: Path) -> None:
    """255 is the border round them, which is of none."""
    pixels = np.zeros((30, 40), np.uint8)
    pixels[3:9, 2:12] = 255
    pixels[4:8, 3:11], pixels[20:25, 20:25] = 2, 1
    put(tmp_path / "SegmentationObject/a.png", print_png(pixels))
    first, second = voc(tmp_path, thing(CORNERS) + thing(CORNERS, name="dog"))
    assert (first["area"], second["area"]) == (25, 32)


# ------------------------------------------------------------ CVAT


def cvat(folder: Path, shapes: str) -> Document:
    image = f'<image id="7" name="a.png" width="40" height="30">{shapes}</image>'
    put(folder / "annotations.xml", f"<annotations>{image}</annotations>")
    return read(folder, "cvat-xml")[0]


def test_masks_of_cvat_run_along_the_rows_of_their_rectangle(tmp_path: Path) -> None:
    mask = '<mask label="a" rle="0, 2, 3, 1" left="5" top="6" width="3" height="2"/>'
    assert pixels_of(cvat(tmp_path, mask)) == [[6, 5], [6, 6], [7, 7]]


def test_masks_of_cvat_may_have_runs_of_no_length(tmp_path: Path) -> None:
    mask = '<mask label="a" rle="1, 1, 0, 1, 3" left="5" top="6" width="3" height="2"/>'
    assert pixels_of(cvat(tmp_path, mask)) == [[6, 6], [6, 7]]


def test_the_rectangle_of_a_mask_may_be_the_whole_image(tmp_path: Path) -> None:
    mask = '<mask label="a" rle="1199, 1" left="0" top="0" width="40" height="30"/>'
    assert pixels_of(cvat(tmp_path, mask)) == [[29, 39]]


def test_a_group_of_cvat_is_one_object(tmp_path: Path) -> None:
    ring = '<polygon label="{}" points="{},1;9,1;9,9" group_id="{}"/>'
    shapes = [ring.format("a", 1, 3), ring.format("a", 2, 3), ring.format("b", 3, 3),
              ring.format("a", 4, 0)]  # fmt: skip
    doc = cvat(tmp_path, "".join(shapes))
    assert sorted(len(row["segmentation"]) for row in doc.annotations) == [1, 1, 2]


def test_turned_boxes_of_cvat_turn_about_their_centre(tmp_path: Path) -> None:
    box = '<box label="a" xtl="10" ytl="10" xbr="20" ybr="14" rotation="90.00"/>'
    (row,) = cvat(tmp_path, box).annotations
    assert row["bbox"] == pytest.approx([13, 7, 4, 10])


def test_attributes_of_cvat_are_kept_and_is_crowd_is_one(tmp_path: Path) -> None:
    box = '<box label="a" xtl="1" ytl="2" xbr="4" ybr="6"><attribute name="{}">{}</attribute></box>'
    boxes = box.format("is_crowd", "true") + box.format("x", "1 2")
    first, second = cvat(tmp_path, boxes).annotations
    assert first["iscrowd"] == 1
    assert second["attributes"] == {"x": "1 2"}
    assert second["bbox"] == [1, 2, 3, 4]


def test_images_of_cvat_keep_their_numbers_in_any_order(tmp_path: Path) -> None:
    image = '<image id="{}" name="{}.png" width="4" height="3"/>'
    put(tmp_path / "annotations.xml",
        f"<annotations>{image.format(9, 9)}{image.format(4, 4)}</annotations>")  # fmt: skip
    assert list(read(tmp_path, "cvat-xml")[0].images.column("id")) == [9, 4]


# ------------------------------------------------------------ Label Studio


def label_studio(folder: Path, *results: dict[str, Any], **options: Any) -> Document:
    sides = {"original_width": 40, "original_height": 30}
    task = {"id": 1, "data": {"image": "/data/a.png"},
            "annotations": [{"result": [sides | one for one in results]}]}  # fmt: skip
    put(folder / "a.json", json.dumps([task]).replace("/data", "\\/data"))
    return read(folder / "a.json", "label-studio", **options)[0]


def brush(bits: str) -> dict[str, Any]:
    """A brush over 40 x 30 pixels, four equal channels each; its chunks as bits."""
    head = f"{4 * 1200:032b}" + f"{7:05b}" + "".join(f"{one - 1:04b}" for one in (3, 4, 8, 16))
    whole = head + bits
    whole += "0" * (-len(whole) % 8)
    stream = [int(whole[k : k + 8], 2) for k in range(0, len(whole), 8)]
    return {"format": "rle", "rle": stream, "brushlabels": ["a"]}


def run(length: int, value: int) -> str:
    """So many equal values."""
    return f"1{3:02b}{length - 1:016b}{value:08b}"


def test_one_region_may_come_in_two_results(tmp_path: Path) -> None:
    """With its geometry in both, and its class in one of them."""
    value = {"x": 10, "y": 10, "width": 50, "height": 50, "rotation": 0}
    doc = label_studio(
        tmp_path,
        {"id": "r", "type": "rectangle", "value": value},
        {"id": "r", "type": "labels", "value": value | {"labels": ["cat"]}},
    )
    assert (labels(doc), names(doc)) == (["cat"], ["a.png"])
    assert doc.annotations[0]["bbox"] == [4, 3, 20, 15]


def test_a_rectangle_turns_about_its_corner(tmp_path: Path) -> None:
    value = {"x": 50, "y": 50, "width": 10, "height": 10, "rotation": 90, "rectanglelabels": ["a"]}
    (row,) = label_studio(tmp_path, {"id": "r", "value": value}).annotations
    assert row["segmentation"][0] == pytest.approx([20, 15, 20, 19, 17, 19, 17, 15])


def test_a_brush_is_inside_where_its_alpha_is_not_0(tmp_path: Path) -> None:
    bits = run(8, 0) + run(4, 200) + run(4, 3) + run(4784, 0)
    assert pixels_of(label_studio(tmp_path, {"id": "r", "value": brush(bits)})) == [[0, 2], [0, 3]]
    doc = label_studio(tmp_path, {"id": "r", "value": brush(bits)}, threshold=128)
    assert pixels_of(doc) == [[0, 2]]


def test_a_brush_may_have_values_one_by_one(tmp_path: Path) -> None:
    literal = f"0{0:02b}{7:03b}" + f"{255:08b}" * 4 + f"{0:08b}" * 4
    bits = literal + run(4792, 0)
    assert pixels_of(label_studio(tmp_path, {"id": "r", "value": brush(bits)})) == [[0, 0]]


@pytest.mark.parametrize("padding", [[], [0]])
def test_a_brush_may_end_in_a_byte_of_zeros(padding: list[int], tmp_path: Path) -> None:
    value = brush(run(4, 255) + run(4796, 0))
    value["rle"] += padding
    assert pixels_of(label_studio(tmp_path, {"id": "r", "value": value})) == [[0, 0]]


# ------------------------------------------------------------ Supervisely


def supervisely(folder: Path, *objects: dict[str, Any]) -> Document:
    size = {"height": 30, "width": 40}
    put(folder / "ds/ann/a.png.json", {"size": size, "objects": list(objects)})
    return read(folder, "supervisely")[0]


def bitmap(png: bytes, *, packed: bool = True) -> dict[str, Any]:
    data = base64.b64encode(zlib.compress(png) if packed else png).decode()
    return {"classTitle": "a", "geometryType": "bitmap", "bitmap": {"data": data, "origin": [5, 2]}}


@pytest.mark.parametrize("packed", [True, False])
def test_the_origin_of_a_bitmap_is_column_and_row(packed: bool, tmp_path: Path) -> None:
    png = print_png(np.array([[1, 0], [1, 1]], np.uint8))
    doc = supervisely(tmp_path, bitmap(png, packed=packed))
    assert pixels_of(doc) == [[2, 5], [3, 5], [3, 6]]


def test_a_bitmap_of_four_channels_is_its_alpha(tmp_path: Path) -> None:
    pixels = np.full((1, 2, 4), 9, np.uint8)
    pixels[0, 0, 3] = 0
    png = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(png, "PNG")
    assert pixels_of(supervisely(tmp_path, bitmap(png.getvalue()))) == [[2, 6]]


def test_rectangles_of_supervisely_include_both_corners(tmp_path: Path) -> None:
    points = {"exterior": [[4, 5], [1, 2]], "interior": []}
    one = {"classTitle": "a", "geometryType": "rectangle", "points": points}
    assert supervisely(tmp_path, one).annotations[0]["bbox"] == [1, 2, 4, 4]


def test_holes_of_supervisely_are_holes(tmp_path: Path) -> None:
    points = {"exterior": [[0, 0], [9, 0], [9, 9], [0, 9]],
              "interior": [[[2, 2], [5, 2], [5, 5], [2, 5]]]}  # fmt: skip
    old = {"classTitle": "a", "shape": "polygon", "points": points}  # files of before
    assert supervisely(tmp_path, old).annotations[0]["area"] == 81 - 9


# ------------------------------------------------------------ Kaggle


def kaggle(folder: Path, text: str, **options: Any) -> Document:
    put(folder / "a.csv", text)
    return read(folder / "a.csv", "kaggle", size=(30, 40), **options)[0]


def test_kaggle_counts_from_1_down_the_columns(tmp_path: Path) -> None:
    doc = kaggle(tmp_path, "ImageId,EncodedPixels\na.jpg,1 2 31 1\n")
    assert pixels_of(doc) == [[0, 0], [0, 1], [1, 0]]
    doc = kaggle(tmp_path, "ImageId,EncodedPixels\na.jpg,1 2 41 1\n", order="rows")
    assert pixels_of(doc) == [[0, 0], [0, 1], [1, 0]]


@pytest.mark.parametrize("empty", ["", "-1", " -1"])
def test_an_image_without_an_object_has_an_empty_row(empty: str, tmp_path: Path) -> None:
    doc = kaggle(tmp_path, f"ImageId,EncodedPixels\na.jpg,{empty}\nb.jpg,1 1\nb.jpg,5 1\n")
    assert (names(doc), len(doc.annotations)) == (["a.jpg", "b.jpg"], 2)


def test_starts_that_do_not_rise_count_from_the_end_before(tmp_path: Path) -> None:
    doc = kaggle(tmp_path, "ImageId,EncodedPixels\na.jpg, 2 3 1 2\n")
    assert pixels_of(doc) == [[2, 0], [3, 0], [4, 0], [6, 0], [7, 0]]


# ------------------------------------------------------------ Open Images


BOXES = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf\n"


def openimages(folder: Path, boxes: str, masks: str = "") -> Document:
    put(folder / "a.png", PICTURE)
    put(folder / "boxes.csv", BOXES + boxes)
    put(folder / "class-descriptions.csv", "/m/1,Cat\n/m/2,Dog\n")
    if masks:
        head = "MaskPath,ImageID,LabelName,BoxID,BoxXMin,BoxXMax,BoxYMin,BoxYMax,PredictedIoU"
        put(folder / "masks.csv", f"{head},Clicks\n{masks}")
    return read(folder, "openimages")[0]


def test_corners_of_openimages_are_x_x_y_y(tmp_path: Path) -> None:
    """Flags are 0, 1, or -1 where nobody knows; a group is a crowd; names stand in a list."""
    doc = openimages(tmp_path, "a,x,/m/2,1,0.25,0.5,0.1,0.4,-1,0,1\n")
    (row,) = doc.annotations
    assert (row["bbox"], row["iscrowd"]) == ([10, 3, 10, 9], 1)
    assert row["attributes"] == {"IsTruncated": 0, "IsGroupOf": 1}
    assert labels(doc) == ["Dog"]


def test_openimages_may_have_commas_in_numbers(tmp_path: Path) -> None:
    (row,) = openimages(tmp_path, 'a,x,cat,1,"0,25","0,5","0,1","0,4",0,0,0\n').annotations
    assert row["bbox"] == [10, 3, 10, 9]


def test_masks_of_openimages_are_scaled_to_their_image(tmp_path: Path) -> None:
    """To the nearest pixel; a mask takes the place of the box of its row."""
    small = np.zeros((15, 20), np.uint8)
    small[2, 3] = 1
    put(tmp_path / "m.png", print_png(small))
    box = "0.25,0.5,0.1,0.4"
    doc = openimages(tmp_path, f"a,x,/m/1,1,{box},0,0,0\n", f"m.png,a,/m/1,b,{box},0,\n")
    assert len(doc.annotations) == 1
    assert pixels_of(doc) == [[4, 6], [4, 7], [5, 6], [5, 7]]


# ------------------------------------------------------------ PNGs, and others


def test_instances_of_cityscapes_are_class_1000_and_number(tmp_path: Path) -> None:
    """A value below 1000 is a class that nobody has split: a crowd."""
    pixels = np.zeros((4, 4), np.uint16)
    pixels[0], pixels[1], pixels[2] = 24000, 24003, 23
    put(tmp_path / "a_instanceIds.png", print_png(pixels))
    doc, _ = read(tmp_path, "instance-png")
    rows = {row.get("instance"): row["iscrowd"] for row in doc.annotations}
    assert rows == {None: 1, 0: 0, 3: 0}
    assert sorted(labels(doc)) == ["class_23", "class_24", "class_24"]


def test_instances_of_mapillary_are_class_256_and_number(tmp_path: Path) -> None:
    pixels = np.array([[256, 257, 512]], np.uint16)
    put(tmp_path / "a_instanceIds.png", print_png(pixels))
    doc, _ = read(tmp_path, "instance-png", divisor=256)
    assert labels(doc) == ["class_1", "class_1", "class_2"]


def test_a_map_of_nothing_is_valid(tmp_path: Path) -> None:
    put(tmp_path / "a.png", print_png(np.zeros((3, 4), np.uint8)))
    doc = FORMATS["label-map"].load().read(tmp_path)
    assert (len(doc.images), len(doc.annotations)) == (1, 0)


def test_parts_of_a_class_are_no_objects(tmp_path: Path) -> None:
    put(tmp_path / "a.png", print_png(np.array([[1, 0, 1]], np.uint8)))
    assert len(FORMATS["label-map"].load().read(tmp_path).annotations) == 1


def test_10000_of_mots_is_what_is_ignored(tmp_path: Path) -> None:
    put(tmp_path / "a.txt", "1 1001 1 3 4 048\n1 10000 10 3 4 048\n2 2001 2 3 4 048\n")
    doc, _ = read(tmp_path / "a.txt", "mots")
    assert [row["iscrowd"] for row in doc.annotations] == [0, 1, 0]
    assert labels(doc) == ["car", "ignore", "pedestrian"]
    assert len(doc.images) == 2


def test_boxes_of_createml_have_their_centre(tmp_path: Path) -> None:
    at = {"x": 20, "y": 15.5, "width": 10, "height": 5}
    entry = {"image": "a.png", "annotations": [{"label": "cat", "coordinates": at}]}
    put(tmp_path / "_annotations.createml.json", [entry])
    put(tmp_path / "a.png", PICTURE)
    assert read(tmp_path, "createml")[0].annotations[0]["bbox"] == [15, 13, 10, 5]


@pytest.mark.parametrize("wrap", [False, True])
def test_regions_of_via_may_be_an_object_in_a_project(wrap: bool, tmp_path: Path) -> None:
    rect = {"name": "rect", "x": 1, "y": 2, "width": 3, "height": 4}
    region = {"shape_attributes": rect, "region_attributes": {"kind": {"cat": True, "dog": False}}}
    entries = {"a.png1": {"filename": "a.png", "size": 1, "regions": {"0": region}}}
    put(tmp_path / "a.png", PICTURE)
    project = {"_via_settings": {}, "_via_img_metadata": entries}
    put(tmp_path / "a.json", project if wrap else entries)
    doc, _ = read(tmp_path / "a.json", "via")
    assert (labels(doc), doc.annotations[0]["bbox"]) == (["cat"], [1, 2, 3, 4])


def test_sa1b_has_neither_categories_nor_crowds(tmp_path: Path) -> None:
    mask = {"size": [3, 4], "counts": "048"}
    root = {
        "image": {"image_id": 5, "width": 4, "height": 3, "file_name": "sa_5.jpg"},
        "annotations": [{"id": 8, "segmentation": mask, "bbox": [0, 0, 2, 2], "area": 4,
                         "predicted_iou": 0.9, "stability_score": 0.95, "crop_box": [0, 0, 4, 3],
                         "point_coords": [[1, 1]]}],
    }  # fmt: skip
    put(tmp_path / "sa_5.json", root)
    doc, _ = read(tmp_path, "sa1b")
    row = doc.annotations[0]
    assert (labels(doc), row["iscrowd"], doc.images[0]["id"]) == (["object"], 0, 5)
    assert (row["predicted_iou"], row["point_coords"]) == (0.9, [[1, 1]])


def test_numbers_of_roboflow_may_be_texts(tmp_path: Path) -> None:
    """Its category 0 is the project, which no object has."""
    root = {
        "images": [{"id": 0, "file_name": "a.jpg", "height": 30, "width": 40}],
        "annotations": [{"id": 0, "image_id": 0, "category_id": 1, "segmentation": [],
                         "bbox": [1, 2, "3.0000", "4.5000"], "area": 13, "iscrowd": 0}],
        "categories": [{"id": 0, "name": "p", "supercategory": "none"},
                       {"id": 1, "name": "cat", "supercategory": "p"}],
    }  # fmt: skip
    put(tmp_path / "train/_annotations.coco.json", root)
    doc, _ = read(tmp_path, "roboflow")
    FORMATS["yolo"].load().write(doc, tmp_path / "yolo", task="detect")
    (text,) = (path.read_text() for path in (tmp_path / "yolo").rglob("a.txt"))
    number, _, _, width, height = map(float, text.split())
    assert (width * 40, height * 30) == pytest.approx((3, 4.5), abs=1e-4)
    assert doc.categories[int(number)]["name"] == "cat"

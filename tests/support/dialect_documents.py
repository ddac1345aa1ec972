"""Small documents, one in the habit of each dialect, written here and by no tool."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cocodec import DialectOptions, DialectReport, convert_dialect

Root = Any

SIZE = [20, 30]  # height, width
RING = [1.0, 1.0, 11.0, 1.0, 11.0, 6.0, 1.0, 6.0]  # 50 pixels
OTHER = [15.0, 10.0, 18.0, 10.0, 18.0, 14.0, 15.0, 14.0]  # 12 pixels
RLE = {"size": SIZE, "counts": "e05?00000000000000000k;"}  # RING
RLE_LIST = {"size": SIZE, "counts": [40, 20, 540]}
BOX = [1, 1, 10, 5]


def row(id: Any = 1, **values: Any) -> dict[str, Any]:
    """An annotation of `RING`, with other values where they are given."""
    own = {"segmentation": [RING], "area": 50.0, "bbox": BOX, "iscrowd": 0}
    return {"id": id, "image_id": 1, "category_id": 1, **own, **values}


def document(*annotations: Any, **root: Any) -> dict[str, Any]:
    """A document of one image, a category, and these annotations."""
    image = {"id": 1, "height": SIZE[0], "width": SIZE[1], "file_name": "a.jpg"}
    own = {"images": [image], "categories": [{"id": 1, "name": "cat", "supercategory": "animal"}]}
    return {**own, "annotations": list(annotations), **root}


def image(**values: Any) -> list[dict[str, Any]]:
    """The image of `document`, with more keys."""
    return [{"id": 1, "height": SIZE[0], "width": SIZE[1], "file_name": "a.jpg", **values}]


def category(**values: Any) -> list[dict[str, Any]]:
    """The category of `document`, with more keys."""
    return [{"id": 1, "name": "cat", "supercategory": "animal", **values}]


def official() -> Root:
    info = {"url": "http://cocodataset.org", "year": 2017, "version": "1.0"}
    crowd = row(908400255165, segmentation=RLE_LIST, iscrowd=1, bbox=[1, 1, 9, 4])
    return {"info": info, "licenses": [], **document(row(), crowd)}


def cvat_root() -> Root:
    extra = {"license": 0, "flickr_url": "", "coco_url": "", "date_captured": 0}
    info = dict.fromkeys(("contributor", "date_created", "description", "url", "version"), "")
    attributes = {"occluded": False, "shade": "dark"}
    rows = [
        row(1, attributes=attributes),
        row(2, segmentation=[], attributes={**attributes, "rotation": 12.5}),
        row(3, segmentation=RLE_LIST, iscrowd=1, score=0.5, attributes=attributes),
    ]
    body = document(*rows, images=image(**extra))
    return {
        "licenses": [{"name": "", "id": 0, "url": ""}],
        "info": {**info, "year": ""},
        "categories": body["categories"],
        "images": body["images"],
        "annotations": body["annotations"],
    }


def cvat() -> bytes:
    keypoints = {**cvat_root()}
    keypoints["annotations"] = [row(4, keypoints=[1, 1, 2, 5, 5, 0], num_keypoints=1)]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("images/train/a.jpg", b"no image")
        file.writestr("annotations/instances_train.json", json.dumps(cvat_root()))
        file.writestr("annotations/person_keypoints_train.json", json.dumps(keypoints))
        file.writestr("annotations/instances_val.json", json.dumps(cvat_root()))
    return stream.getvalue()


def encord() -> Root:
    info = dict.fromkeys(("contributor", "date_created", "url", "version", "year"))
    nothing = {"keypoints": None, "num_keypoints": None}

    def own(track: int) -> dict[str, Any]:
        return {"track_id": track, "classifications": {"seen": True}, "manual_annotation": True}

    point = {"keypoints": [5.5, 6.5, 2.0], "num_keypoints": 1, "bbox": [5.5, 6.5, 0.0, 0.0]}
    rows = [
        row(0, **nothing, attributes=own(0)),
        row(1, segmentation=RLE, iscrowd=1, **nothing, attributes=own(1)),
        row(2, segmentation=[[5.5, 6.5]], area=0.0, **point, attributes=own(2)),
    ]
    for one in rows:
        one["image_id"] = 0
    images = [{**image(image_title="a.jpg", coco_url="")[0], "id": 0}]
    body = document(*rows, images=images, categories=category(supercategory="polygon"))
    return {"info": {"description": "a.jpg", **info}, **body}


def trainingdata() -> Root:
    flat = {"annotations": [], "image_id": "dicom://1", "iscrowd": 0}
    rows = [
        {"segmentation": RING, **flat, "id": "a-b", "category_id": "Car"},
        {"segmentation": OTHER, **flat, "id": "a-b", "category_id": "Car"},
        {"segmentation": OTHER, **flat, "id": "c", "category_id": "Bus"},
        {"value": "r1", "name": "Image color", "image_id": "dicom://1"},
    ]
    images = [{**image()[0], "id": "dicom://1"}]
    root = {"images": images, "categories": [], "licenses": [], "info": {}}
    return {**root, "attributes": [], "annotations": rows}


def hasty() -> Root:
    return document(row(0, segmentation=RLE, area=50))


def youtube_vis() -> Root:
    video = {"id": 7, "height": 20, "width": 30, "length": 3}
    video["file_names"] = ["v/0.jpg", "v/1.jpg", "v/2.jpg"]
    lists = {
        "segmentations": [RLE, None, [OTHER]],
        "bboxes": [BOX, None, [15, 10, 3, 4]],
        "areas": [50, None, 12],
    }
    one = {"id": 3, "video_id": 7, "category_id": 1, "iscrowd": 0, **lists}
    return {"videos": [video], "categories": category(), "annotations": [one]}


def labelme() -> Root:
    names = [{"id": 0, "name": "_background_", "supercategory": None}, *category()]
    rows = [row(0), row(1, segmentation=[[1.0, 1.0, 11.0, 6.0]])]
    return document(*rows, categories=names, type="instances")


def sa_1b() -> Root:
    one = {"id": 5, "segmentation": RLE, "bbox": BOX, "area": 50, "stability_score": 0.9}
    return {"image": {"image_id": 9, **image()[0], "id": 9}, "annotations": [one]}


def via() -> Root:
    info = {"description": "VIA project exported using VGG Image Annotator"}
    return document(row(), row(2, segmentation=[[]], area=[], bbox=[]), info=info)


MAKERS: dict[str, Callable[[], Root]] = {
    "official": official,
    "cvat": cvat,
    "encord": encord,
    "hasty": hasty,
    "trainingdata": trainingdata,
    "label-studio": lambda: document(
        row(0, ignore=0, segmentation=[]), info={"contributor": "Label Studio"}
    ),
    "label-studio-brush": lambda: document(
        row(annotator=""), categories=category(color="#fff", metadata={})
    ),
    "roboflow": lambda: document(
        row(0, bbox=[1, 1, 10.0, 5]),
        images=image(file_name="a_jpg.rf.0a1b.jpg"),
        categories=[{"id": 0, "name": "set", "supercategory": "none"}, *category()],
        info={"year": "2021", "version": "1"},
    ),
    "supervision": lambda: document(
        row(segmentation=RLE_LIST, iscrowd=1),
        images=image(date_captured="06/08/2024,12:30:00"),
        info={},
    ),
    "v7": lambda: document(
        row(extra={"instance_id": None}, segmentation=RLE_LIST, iscrowd=1, area=0),
        images=image(darwin_url="", tag_ids=[]),
        tag_categories=[],
    ),
    "supervisely": lambda: document(
        row(segmentation=RLE_LIST), images=image(sly_id=4, license="None", url="None")
    ),
    "superannotate": lambda: document(
        row(area=50),
        categories=category(isthing=1, color=[1, 2, 3]),
        info={"url": "https://superannotate.ai"},
    ),
    "labelbox": lambda: document(
        row(category_id=2**255 + 1), categories=category(id=2**255 + 1, name="dog")
    ),
    "kili": lambda: document(
        row(segmentation=[RING, [3.0, 2.0, 9.0, 2.0, 9.0, 5.0, 3.0, 5.0]]),
        images=image(date_captured=None, license=0),
        info={"year": "2024", "description": "My set - Exported from Kili Python Client"},
    ),
    "segments-ai": lambda: document(
        row(segmentation=RLE), categories=category(has_instances=True, color=[1, 2, 3])
    ),
    "coco-annotator": lambda: document(
        row(iscrowd=False, isbbox=False, color="#fff", metadata={}),
        row(2, iscrowd="false", isbbox="false"),
    ),
    "labelme": labelme,
    "via": via,
    "makesense": lambda: document(row(0), info={"description": "my-project"}),
    "fiftyone": lambda: document(
        {k: v for k, v in row().items() if k != "iscrowd"},
        images=image(license=None, coco_url=None),
        licenses=[],
    ),
    "sa-1b": sa_1b,
    "detectron2": lambda: document(
        row(segmentation=RLE),
        info={"description": "Automatically generated COCO json file for Detectron2."},
        licenses=None,
    ),
    "lvis": lambda: document(
        {k: v for k, v in row(segmentation=[[*RING, *RING[:2]]]).items() if k != "iscrowd"},
        images=image(neg_category_ids=[3], not_exhaustive_category_ids=[]),
        categories=category(synset="cat.n.01", frequency="f"),
    ),
    "youtube-vis": youtube_vis,
    "tao": lambda: document(
        row(iscrowd=False, track_id=1, video_id=1), videos=[{"id": 1}], tracks=[{"id": 1}]
    ),
    "mmdet-vis": lambda: document(
        row(instance_id=1, video_id=1),
        images=image(video_id=1, frame_id=0),
        videos=[{"id": 1, "name": "v"}],
    ),
    "densepose": lambda: document(row(dp_masks=[[]], dp_I=[1.0], dp_x=[2.0])),
    "coco-wholebody": lambda: document(row(foot_kpts=[0] * 18, foot_valid=False)),
    "posetrack": lambda: document(
        row(iscrowd=False), images=image(vid_id="000001", frame_id=10094730000)
    ),
    "sahi": lambda: document(
        {
            "iscrowd": 0,
            "image_id": 1,
            "bbox": BOX,
            "segmentation": [],
            "category_id": 1,
            "id": 1,
            "area": 600,
        }
    ),
}


def text(root: Any) -> bytes:
    """A root as a file."""
    return root if isinstance(root, bytes) else json.dumps(root).encode()


def make(name: str) -> bytes:
    """The small document of a dialect, as a file."""
    return text(MAKERS[name]())


def official(source: Any, **options: Any) -> tuple[dict[str, Any], DialectReport]:
    """Convert, and read the result as plain objects."""
    own = {k: options.pop(k) for k in ("ids", "on_error", "dialect") if k in options}
    out = io.BytesIO()
    whole = source if isinstance(source, bytes) else text(source)
    report = convert_dialect(whole, out, to="official", options=DialectOptions(**options), **own)
    return json.loads(out.getvalue()), report


def first(root: dict[str, Any]) -> dict[str, Any]:
    return dict(root["annotations"][0])


def zipped(**members: Any) -> bytes:
    """A zip of ``annotations/NAME.json``; bytes are members of their own name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name, root in members.items():
            if isinstance(root, bytes):
                file.writestr(name, root)
            else:
                file.writestr(f"annotations/{name}.json", json.dumps(root))
    return stream.getvalue()


def png(labels: list[list[int]]) -> bytes:
    pillow = pytest.importorskip("PIL.Image")
    out = io.BytesIO()
    values = np.array(labels, np.uint32)
    channels = np.stack([values & 255, values >> 8 & 255, values >> 16], axis=-1)
    pillow.fromarray(channels.astype(np.uint8)).save(out, format="PNG")
    return out.getvalue()


def panoptic(*segments: int) -> dict[str, Any]:
    infos = [
        {"id": number, "category_id": 1, "area": 1, "bbox": [0, 0, 1, 1], "iscrowd": 0}
        for number in segments
    ]
    return document({"image_id": 1, "file_name": "a.png", "segments_info": infos})


def squares(first: int = 7, second: int = 0) -> bytes:
    """`RING` as one segment, `OTHER` as another."""
    labels = np.zeros((20, 30), int)
    labels[1:6, 1:11] = first
    labels[10:14, 15:18] = second
    return png(labels.tolist())


# What tools, hands and repairs leave in files, beside the dialects' own habits.
POINTS = {"keypoints": [2, 2, 2, 5, 5, 0], "num_keypoints": 1}
ODD: dict[str, Any] = {
    "a point among masks": document(
        row(), row(2, segmentation=RLE), row(3, segmentation=[], keypoints=[2, 2, 2])
    ),
    "a skeleton among polygons": document(
        row(), row(2, segmentation=[], keypoints=[2, 2, 2, 5, 5, 2], num_keypoints=2)
    ),
    "a polygon without a pixel": document(
        row(), row(2, segmentation=[[1, 1, 5, 1]]), categories=category(supercategory="polygon")
    ),
    "ids that are texts": {
        **document(row("7", image_id="1", category_id="c")),
        "images": image(id="1"),
        "categories": [{"id": "c", "name": "cat"}],
    },
    "no ids": document({k: v for k, v in row().items() if k != "id"}),
    "repeated ids": document(row(1), row(1), row(1)),
    "no iscrowd, bbox and area": document(
        {k: v for k, v in row().items() if k not in ("iscrowd", "bbox", "area")}
    ),
    "null segmentation": document(row(segmentation=None), row(2, segmentation=[[]])),
    "keypoints alone": document({"id": 1, "image_id": 1, "category_id": 1, **POINTS}),
    "keypoints unseen": document(
        {"id": 1, "image_id": 1, "category_id": 1, "keypoints": [0, 0, 0]}
    ),
    "a ring of two points": document(row(segmentation=[[1, 1, 5, 1]])),
    "no categories": {k: v for k, v in document(row()).items() if k != "categories"},
    "categories by name": document(row(category_id="cat")),
    "images without a name": document(row(), images=image(file_name=None)),
    "sides that are floats": document(row(), images=image(height=20.0, width=30.0)),
    "a box with an angle": document(row(bbox=[6, 3.5, 10, 5, 0])),
    "texts for numbers": document(row(area="50", bbox=["1", "1", "10", "5"])),
    "null info and licenses": document(row(), info=None, licenses=None),
    "results": [{"image_id": 4, "category_id": 2, "segmentation": RLE, "score": 0.5}],
    "a list of documents": [document(row()), document(row(), images=image(file_name="b.jpg"))],
    "two subsets": zipped(instances_train=document(row()), instances_val=document(row())),
    "persons in two tasks": zipped(
        instances_a=document(row(5)), person_keypoints_a=document(row(5, **POINTS))
    ),
    "captions and labels beside objects": document(
        row(), {"id": 2, "image_id": 1, "caption": "x"}, {"id": 3, "image_id": 1, "category_id": 1}
    ),
    "panoptic beside objects": lambda: zipped(
        instances_a=document(row(5)),
        panoptic_a=panoptic(7, 9),
        **{"annotations/panoptic_a/a.png": squares(7, 9)},
    ),
}


# What a target's own tool refuses, so that it must not be written as it is.
REFUSED: dict[str, Any] = {
    "ids beyond 64 bits": document(row(2**64), row(2**70)),
    "categories and images beyond 64 bits": document(
        row(image_id=2**64, category_id=2**65),
        images=image(id=2**64),
        categories=[{"id": 2**65, "name": "cat"}],
    ),
    "ids below 1": document(row(0), row(-5, image_id=-1), images=[*image(), *image(id=-1)]),
    "two categories of one name": document(
        row(), row(2, category_id=2), categories=[{"id": i, "name": "cat"} for i in (1, 2)]
    ),
    "two images of one name": document(
        row(), row(2, image_id=2), images=[*image(), *image(id=2, file_name="a.png")]
    ),
    "absolute file_name": document(row(), images=image(file_name="/data/a.jpg")),
    "file_name that leads out": document(row(), images=image(file_name="../a.jpg")),
    "path of Windows": document(row(), images=image(file_name="C:\\x\\a.jpg")),
    "a box with an angle alone": document(row(segmentation=[], bbox=[10, 8, 6, 4, 30])),
    "a box in a category of polygons": document(row(), row(2, segmentation=[])),
    "a name that is a folder": document(row(), images=image(file_name="x/.")),
    "scores that are no numbers": document(
        *(row(i, score=score) for i, score in enumerate(("0.5", None, [0.5], "high"), 1))
    ),
    "keypoints that are seen otherwise": document(
        row(keypoints=[2, 2, 3, 5, 5, -1, 6, 6, 1.5], num_keypoints=2)
    ),
    "a category without a name": document(row(), categories=[{"id": 1, "name": ""}]),
    "captions that are no texts": document(
        row(), *({"id": i, "image_id": 1, "caption": said} for i, said in ((2, None), (3, 5)))
    ),
    "nothing at all": {"images": [], "annotations": [], "categories": []},
    "no objects": document(),
}

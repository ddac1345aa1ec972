"""Dialects that are read as COCO with their habits known: a table, no code.

A tool stands here if nothing but its habits tells it from the official format. One that needs code
has a file of its own.
"""

from __future__ import annotations

import re

from cocodec.dialects.dialect import Clue, Dialect, keys, order, root_keys, value
from cocodec.dialects.evidence import Evidence

__all__ = ["HABITS"]

_US_DATE = re.compile(r"\d\d/\d\d/\d{4},\d\d:\d\d:\d\d")


def _info_says(word: str) -> Clue:
    """Some value of `info` has the word in it: the tool names itself, nothing tells more."""

    def seen(found: Evidence) -> bool:
        return any(word in text.lower() for text in found.info.values() if isinstance(text, str))

    return Clue(f"info names {word!r}", seen, 8)


def _is_null(item: object) -> bool:
    return item is None


def _is_text(item: object) -> bool:
    return isinstance(item, str)


def _is_flag(item: object) -> bool:
    return isinstance(item, bool) or item in ("true", "false")


def _first_category(key: str, wanted: str) -> Clue:
    def seen(found: Evidence) -> bool:
        rows = found.rows("categories")
        return bool(rows) and rows[0].get("id") == 0 and rows[0].get(key) == wanted

    return Clue(f"category 0 has the {key} {wanted!r}", seen, 3)


def _huge_ids(found: Evidence) -> bool:
    ids = [row.get("id") for row in found.rows("categories")]
    return any(isinstance(i, int) and i >= 1 << 64 for i in ids)


def _has_marked_file(found: Evidence) -> bool:
    return any(".rf." in str(row.get("file_name")) for row in found.rows("images"))


def _only_description(found: Evidence) -> bool:
    return tuple(found.info) == ("description",) and "licenses" not in found.root_keys


HABITS: tuple[Dialect, ...] = (
    Dialect(
        "label-studio",
        "Label Studio",
        "label-studio-sdk, label_studio_sdk/converter/converter.py",
        "annotator, ignore",
        (
            "ids from 0",
            "boxes with segmentation []",
            "keypoint rows without segmentation and area",
            "image sizes may be null",
            "no licenses",
        ),
        (_info_says("label studio"), keys("annotations", "ignore", weight=2)),
    ),
    Dialect(
        "label-studio-brush",
        "Label Studio (brush to COCO)",
        "label-studio-sdk, converter/exports/brush_to_coco.py",
        "annotator, image path, category color and metadata",
        ("every contour is an annotation of its own",),
        (keys("annotations", "annotator"), keys("categories", "color", "metadata")),
    ),
    Dialect(
        "roboflow",
        "Roboflow",
        "_annotations.coco.json of an export",
        "image extra",
        (
            "ids from 0; category 0 is the data set itself",
            "boxes with segmentation []",
            "year and version as strings",
            "whole and broken numbers mixed in one bbox",
        ),
        (
            _info_says("roboflow"),
            Clue("file names with .rf.", _has_marked_file, 4),
            _first_category("supercategory", "none"),
            value("info", "year", _is_text, "year as a string", weight=1),
        ),
    ),
    Dialect(
        "supervision",
        "supervision",
        "roboflow/supervision, dataset/formats/coco.py",
        "",
        ("iscrowd 1 means holes or several pieces", "categories from 0", "info is empty"),
        (
            value(
                "images",
                "date_captured",
                lambda item: isinstance(item, str) and _US_DATE.fullmatch(item) is not None,
                "dates as month/day/year,time",
                weight=4,
            ),
        ),
    ),
    Dialect(
        "v7",
        "V7 Darwin",
        "v7labs/darwin-py, exporter/formats/coco.py",
        "extra with instance_id, attributes and text; tag_ids, tag_categories",
        (
            "iscrowd 1 means several paths; its area is 0, its bbox a pixel wider",
            "ids are checksums up to 2**32 - 1",
        ),
        (
            keys("images", "darwin_url", weight=4),
            root_keys("tag_categories", weight=3),
            keys("annotations", "extra"),
        ),
    ),
    Dialect(
        "supervisely",
        "Supervisely",
        "supervisely/supervisely, convert/image/coco",
        "sly_id",
        ("RLE with iscrowd 0", "bbox a pixel short", "license 'None'"),
        (
            keys("images", "sly_id", weight=4),
            value("images", "license", lambda item: item == "None", "license 'None'", weight=4),
        ),
        rings="holes",
    ),
    Dialect(
        "superannotate",
        "SuperAnnotate",
        "superannotate-python-sdk, lib/app/input_converters",
        "category isthing and color",
        ("areas are whole numbers", "annotations that share an id are one group"),
        (_info_says("superannotate"), keys("categories", "isthing", "color", weight=1)),
        usual=frozenset({"repeated ids"}),
    ),
    Dialect(
        "labelbox",
        "Labelbox",
        "labelbox-python, data/serialization/coco",
        "",
        ("category ids of up to 256 bits", "no info and licenses", "polygons with holes filled"),
        (Clue("category ids beyond 64 bits", _huge_ids, 4),),
    ),
    Dialect(
        "kili",
        "Kili",
        "kili-python-sdk, services/export/format/coco",
        "",
        (
            "the second ring and all after it are holes",
            "image.license 0 without licenses",
            "date_captured null",
        ),
        (_info_says("kili"), value("images", "date_captured", _is_null, "date_captured null")),
        rings="holes",
    ),
    Dialect(
        "segments-ai",
        "Segments.ai",
        "segments-ai python SDK, export.py",
        "points; category color, has_instances, attributes",
        ("RLE with iscrowd 0", "rows with points and no segmentation", "no licenses"),
        (
            keys("categories", "has_instances", weight=6),
            keys("annotations", "points", weight=2),
        ),
    ),
    Dialect(
        "coco-annotator",
        "COCO Annotator",
        "jsbroks/coco-annotator, backend/webserver/util/coco_util.py",
        "isbbox, color, metadata, creator; category keypoint_colors",
        ("iscrowd as true and false, copies as 'true' and 'false'", "no info and licenses"),
        (
            keys("annotations", "isbbox", weight=4),
            keys("images", "dataset_id"),
            keys("categories", "keypoint_colors"),
            value("annotations", "iscrowd", _is_flag, "iscrowd is no number", weight=1),
        ),
    ),
    Dialect(
        "labelme",
        "LabelMe",
        "wkentaro/labelme, examples/instance_segmentation/labelme2coco.py",
        "",
        ("a rectangle may be a ring [x1, y1, x2, y2]", "ids from 0", "nulls in images"),
        (
            Clue(
                "category '_background_'",
                lambda found: any(
                    row.get("name") == "_background_" for row in found.rows("categories")
                ),
                4,
            ),
        ),
        corners=True,
    ),
    Dialect(
        "via",
        "VGG Image Annotator",
        "ox-vgg/via, via-2.x.y/via.js",
        "",
        (
            "points with segmentation [[]], area [] and bbox []",
            "old: image ids 0, image_id '0', and flat rings",
        ),
        (
            _info_says("vgg image annotator"),
            _info_says("/~vgg/"),
            Clue(
                "images counted by numbers and referred to by strings",
                lambda found: (
                    all(isinstance(row.get("id"), int) for row in found.rows("images"))
                    and bool(found.rows("annotations"))
                    and all(
                        str(row.get("image_id")).isdecimal()
                        and isinstance(row.get("image_id"), str)
                        for row in found.rows("annotations")
                    )
                ),
                4,
            ),
        ),
    ),
    Dialect(
        "makesense",
        "makesense.ai",
        "SkalskiP/make-sense, src/logic/export/polygon/COCOExporter.ts",
        "",
        ("annotation ids from 0", "info with a description only", "no licenses"),
        (Clue("info is a description only, no licenses", _only_description, 4),),
    ),
    Dialect(
        "fiftyone",
        "FiftyOne",
        "voxel51/fiftyone, fiftyone/utils/coco.py",
        "attributes at the annotation's top level",
        ("license and coco_url null", "no iscrowd where none is set"),
        (
            value("images", "license", _is_null, "image license null"),
            value("images", "coco_url", _is_null, "coco_url null"),
        ),
    ),
    Dialect(
        "sa-1b",
        "SA-1B (Segment Anything)",
        "facebookresearch/segment-anything, README",
        "predicted_iou, stability_score, crop_box, point_coords",
        ("one image per file, under 'image'", "no image_id, category_id and iscrowd"),
        (root_keys("image", weight=3), keys("annotations", "stability_score", weight=3)),
    ),
    Dialect(
        "detectron2",
        "detectron2",
        "facebookresearch/detectron2, detectron2/data/datasets/coco.py",
        "boxes of five numbers (with an angle) are left alone",
        ("licenses null", "RLE with iscrowd 0", "no annotations where there are none"),
        (
            _info_says("detectron2"),
            value(
                "annotations", "bbox", lambda b: isinstance(b, list) and len(b) == 5, "5 numbers"
            ),
        ),
    ),
    Dialect(
        "lvis",
        "LVIS",
        "lvis-dataset/lvis-api",
        "neg_category_ids, not_exhaustive_category_ids, synset, frequency",
        ("no iscrowd", "rings repeat their first point", "images may have no file_name"),
        (
            keys("images", "neg_category_ids", "not_exhaustive_category_ids", weight=4),
            keys("categories", "synset", "frequency", weight=3),
        ),
    ),
    Dialect(
        "youtube-vis",
        "YouTube-VIS",
        "youtube-vos.org, data format of the video instance segmentation track",
        "one mask a frame from segmentations, bboxes and areas",
        ("null where an object is not seen", "videos instead of images"),
        (root_keys("videos"), keys("annotations", "segmentations", weight=3)),
    ),
    Dialect(
        "tao",
        "TAO",
        "TAO-Dataset/tao, annotation format",
        "videos, tracks, track_id",
        ("iscrowd as true and false", "several images a video"),
        (root_keys("videos", "tracks", weight=3), keys("annotations", "track_id", "video_id")),
    ),
    Dialect(
        "mmdet-vis",
        "mmdetection, video instances",
        "open-mmlab/mmtracking, tools/convert_datasets",
        "video_id, frame_id, instance_id",
        ("one image a frame",),
        (
            keys("images", "video_id", "frame_id"),
            keys("annotations", "instance_id", "video_id"),
            root_keys("videos", weight=1),
        ),
    ),
    Dialect(
        "densepose",
        "DensePose",
        "facebookresearch/DensePose, data sets",
        "dp_masks and dp_* points",
        ("the masks of dp_masks are 256 x 256 of the box, not of the image",),
        (keys("annotations", "dp_masks", weight=4), keys("annotations", "dp_I", weight=4)),
    ),
    Dialect(
        "coco-wholebody",
        "COCO-WholeBody",
        "jin-s13/COCO-WholeBody, data_format.md",
        "foot_kpts, face_kpts, lefthand_kpts, righthand_kpts and their boxes",
        ("many keypoint lists a person",),
        (keys("annotations", "foot_kpts", weight=4),),
    ),
    Dialect(
        "posetrack",
        "PoseTrack",
        "posetrack.net, annotation format",
        "vid_id, ignore_regions_x, ignore_regions_y",
        ("vid_id is a string", "iscrowd as true and false", "frame ids of 11 digits"),
        (
            keys("images", "vid_id", "frame_id", weight=4),
            keys("images", "ignore_regions_x", weight=4),
        ),
    ),
    Dialect(
        "sahi",
        "SAHI",
        "obss/sahi, sahi/utils/coco.py",
        "category_name of results",
        ("area may be that of the image", "no info and licenses", "boxes with segmentation []"),
        (
            order(
                "annotations",
                *("iscrowd", "image_id", "bbox", "segmentation", "category_id", "id", "area"),
                weight=4,
                says="annotation keys in SAHI's order",
            ),
            keys("annotations", "category_name", "score", weight=4),
        ),
    ),
)

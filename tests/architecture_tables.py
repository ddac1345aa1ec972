"""The tables that test_architecture.py checks: who stands on which floor, and who is exempt."""

from __future__ import annotations

import re

# Each exemption needs its reason. (path below the root, function) -> reason.
LONG_FUNCTIONS: dict[tuple[str, str], str] = {}
MANY_PARAMETERS: dict[tuple[str, str], str] = {
    ("cpp/src/iou.cpp", "iou"): "boxes: two bare arrays with their lengths, the flags, the result",
}
LONG_FILES: dict[str, str] = {}
# `void bind_<topic>(py::module_&)` is a registration table: one entry after the other, no logic.
REGISTRATION = re.compile(r"bind_\w+")

# C++: floors by file name without the suffix, so that a header and its .cpp stand together.
CPP_FLOORS: dict[str, float] = {
    "error": 0,
    "buffer": 0,
    "isa": 1.1,
    "kernels": 1.1,
    "rle": 1.2,
    "dense": 1.2,
    "counts": 1.2,
    "polygon": 1.2,
    "ring_edges": 1.2,
    "ring_chains": 1.2,
    "ring_column": 1.2,
    "ring_sweep": 1.2,
    "ring_writer": 1.2,
    "ring_pipeline": 1.2,
    "corner_sweep": 1.2,
    "outline": 1.2,
    "stair_merger": 1.2,
    "outline_thinner": 1.2,
    "polygon_text": 1.3,
    "tracer": 1.2,
    "trace_loss": 1.2,
    "setops": 1.2,
    "iou": 1.2,
    "threads": 1.2,  # joins what threads built into one RleArray
    "above": 1.2,
    "dense_rows": 1.2,
    "run_writer": 1.2,
    "fitting_run": 1.2,
    "run_merge": 1.2,  # what setops and polygons share
    "fold": 1.2,
    "boundary": 1.2,
    "panoptic": 1.2,
    "grid": 1.2,
    "label_scan": 1.2,
    "label_map": 1.2,
    "utf8": 1.3,
    "json_number": 1.3,
    "json_scan": 1.3,
    "duplicate_keys": 1.3,
    "image_sizes": 1.3,
    "records": 1.3,
    "record_values": 1.3,
    "record_ids": 1.3,
    "record_edits": 1.3,
    "json_stream": 1.3,
    "number_lists": 1.3,
    "segmentation": 1.3,
    "segmentation_rows": 1.3,
    "segmentation_convert": 1.3,
    "segmentation_print": 1.3,
    "counts_text": 1.3,
    "evaluation": 1.3,
    "evaluation_cells": 1.3,
    "evaluation_similarity": 1.3,
    "evaluation_keypoints": 1.3,
    "evaluation_match": 1.3,
    "evaluation_accumulate": 1.3,
    "c_views": 1.3,
    "cocodec": 1.3,  # the C interface
    "bindings": 2,
}

# Modules of the same floor do not import each other, except inside one package of BESIDE.
PYTHON_FLOORS: dict[str, float] = {
    "errors": 0,
    "output": 1,  # files that appear whole or not at all
    "_core": 2,
    "embedding": 2.5,
    "arrays": 2.5,  # what callers pass -> what _core takes
    "polygons": 3,  # what rles gives
    "arrow_columns": 3,
    "label_maps": 3,  # what RleArray inherits
    "rles": 3.1,
    "spellings": 3.2,
    "zip_directory": 2.3,
    "zip_member": 2.4,
    "archive": 2.5,  # zips, below raw, which looks into them
    "json_text": 2.5,
    "sources": 2.4,
    "raw": 2.6,
    "streaming": 2.7,
    "values": 2.6,  # JSON values, told apart and printed
    "columns": 2.7,
    "edits": 2.8,
    "record_list": 3.1,
    "tables": 3.15,
    "masks": 3.16,
    "rendering": 3.16,
    "mask_edits": 3.16,
    "mask_tables": 3.17,
    "label_png": 2.5,  # PNG files, where Pillow is
    "panoptic": 3.18,  # what documents inherit
    "document": 3.2,
    "dialects": 3.3,
    "formats": 3.3,
    "evaluation": 3.5,
    "panoptic_quality": 4,
    "conversion": 4,
    "dataset": 4,
    "dialect_conversion": 4,
    "notes": 4,
    "info": 4.1,
    "rle_column": 3.3,  # masks as a column of pyarrow
    "column_cells": 3.2,
    "column_records": 3.4,
    "columns_outline": 3.5,
    "document_columns": 3.5,
    "columns_file": 3.6,
    "arrow": 4,  # the names of what needs pyarrow
    "remote": 1.1,  # files by path or address
    "manifest": 1.2,
    "file_list": 1.3,
    "workers": 1,
    "shard_records": 2.8,
    "shards": 2.9,
    "bulk": 4.2,
    "cli_bulk": 4.6,
    "cli_columns": 4.9,
    "cli_eval": 4.9,
    "check": 4,
    "group_keys": 3.5,
    "group_shapes": 3.5,
    "groups": 4,
    "": 4.5,  # the package itself: names only
    "cli_dialects": 4.9,  # the part of the command line that writes dialects
    "cli": 5,
    "pycocotools": 5,
    "__main__": 6,
}
BESIDE = {"pycocotools", "formats", "dialects", "evaluation"}

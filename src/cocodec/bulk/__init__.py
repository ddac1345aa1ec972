"""Many files: converted or described by as many processes as there are, split and joined."""

from __future__ import annotations

from cocodec.bulk.many_files import (
    BulkInterrupt,
    BulkReport,
    Described,
    FileResult,
    convert,
    convert_file,
    describe,
)
from cocodec.bulk.tasks import Task, find_files, is_many
from cocodec.bulk.workers import run

convert_shard = convert_file  # its old name, from when it was of shards alone

__all__ = [
    "BulkInterrupt",
    "BulkReport",
    "Described",
    "FileResult",
    "Task",
    "convert",
    "convert_file",
    "convert_shard",
    "describe",
    "find_files",
    "is_many",
    "run",
]

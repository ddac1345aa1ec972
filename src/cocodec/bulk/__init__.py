"""Many files: converted or described by as many processes as there are, split and joined."""

from __future__ import annotations

from cocodec.bulk.many_files import (
    BulkInterrupt,
    BulkReport,
    Described,
    ShardResult,
    convert,
    convert_shard,
    describe,
)
from cocodec.bulk.tasks import Task, find_files, is_many
from cocodec.bulk.workers import run

__all__ = [
    "BulkInterrupt",
    "BulkReport",
    "Described",
    "ShardResult",
    "Task",
    "convert",
    "convert_shard",
    "describe",
    "find_files",
    "is_many",
    "run",
]

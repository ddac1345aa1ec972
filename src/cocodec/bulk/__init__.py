"""Many files: converted or described by as many processes as there are, split and joined.

Names are imported when they are asked for: who looks whether a path means many files needs neither
processes nor what converts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cocodec.bulk.many_files import (
        BulkInterrupt,
        BulkReport,
        Described,
        FileResult,
        convert,
        convert_file,
        describe,
    )
    from cocodec.bulk.many_files import convert_file as convert_shard
    from cocodec.bulk.tasks import Task, find_files, is_many
    from cocodec.bulk.workers import run

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

_HOMES = {"Task": "tasks", "find_files": "tasks", "is_many": "tasks", "run": "workers"}
_OLD_NAMES = {"convert_shard": "convert_file"}  # from when it was of shards alone


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    from importlib import import_module

    if name in __all__:
        home = import_module(f"cocodec.bulk.{_HOMES.get(name, 'many_files')}")
        return getattr(home, _OLD_NAMES.get(name, name))
    raise AttributeError(f"module 'cocodec.bulk' has no attribute {name!r}")

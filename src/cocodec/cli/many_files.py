"""`convert` and `info` over many files: processes here, or a cluster's workers."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cocodec import bulk
from cocodec.cli.terminal import BAD_DATA, FAILED, OK, Progress, Say
from cocodec.conversion.mask_spelling import ConvertReport
from cocodec.dialects import DialectReport
from cocodec.files.remote import is_address
from cocodec.inspection.summary import summarise

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = ["ClusterError", "convert", "describe", "executor_at", "is_many"]


_WARNED = 20  # lines of warnings about many files


class ClusterError(OSError):
    """The scheduler cannot be used."""


def is_many(inputs: list[str], output: str = "") -> bool:
    """Whether a command line means many files; `output` shows it by being a folder.

    Addresses are for many files only.
    """
    if inputs == ["-"]:
        return False
    if is_address(output) or is_address(inputs[0]):
        return True
    return bulk.is_many(inputs) or output.endswith(("/", os.sep)) or os.path.isdir(output)


def convert(
    arguments: argparse.Namespace,
    say: Say,
    progress: Progress,
    options: dict[str, Any] | None = None,
    *,
    more: Mapping[str, Any] | None = None,
) -> int:
    """Convert many files; return the exit code. `options`: other than those of masks, or `more`."""
    if options is None:
        names = ("to", "tolerance", "holes", "on_error", "unzip_limit")
        options = {name: getattr(arguments, name) for name in names}
    with executor_at(arguments.cluster) as executor, _reporting(arguments, say) as end:
        report = bulk.convert(
            arguments.input,
            arguments.output,
            executor=executor,
            jobs=arguments.jobs,
            resume=arguments.resume,
            progress=progress,
            **options,
            **(more or {}),
            **_threads(arguments),
        )
        for result in report.results:
            for line in _missing(result.report, quiet=arguments.quiet):
                say(f"{result.source}: {line}")
        code = end(report)
        if not arguments.quiet:
            _warn(report.results, say)
        return max(code, BAD_DATA) if any(map(_lacks_rows, report.results)) else code


def _missing(report: ConvertReport | DialectReport | None, *, quiet: bool) -> list[str]:
    """What a file lacks; what dialects cannot say is summed up at the end, unless `quiet`."""
    if report is None:
        return []
    lines = [report.describe_refused()] if report.refused else []
    if quiet and isinstance(report, DialectReport):
        lines += [f"not carried: {what}: {found}" for what, found in report.lost.items()]
    return lines


def _lacks_rows(result: bulk.FileResult) -> bool:
    """Whether rows were left out: where masks are spelled only, refused ones stay as they are."""
    return isinstance(result.report, DialectReport) and bool(result.report.refused)


def _warn(results: Sequence[bulk.FileResult], say: Say) -> None:
    """Say what is likely wrong in the sources, of a few of them line by line."""
    found = [
        f"warning: {result.source}: {line}"
        for result in results
        if result.report is not None
        for line in result.report.warnings
    ]
    for line in found[:_WARNED]:
        say(line)
    if len(found) > _WARNED:
        say(f"warning: ... and {len(found) - _WARNED:,} more; cocodec info names them")


def describe(arguments: argparse.Namespace, say: Say, progress: Progress) -> tuple[int, list[str]]:
    """Describe many files; return the exit code, and the lines to print."""
    with executor_at(arguments.cluster) as executor, _reporting(arguments, say) as end:
        report = bulk.describe(
            arguments.input,
            executor=executor,
            jobs=arguments.jobs,
            progress=progress,
            unzip_limit=arguments.unzip_limit,
            **_threads(arguments),
        )
        described = [(one.source, one.info) for one in report.results if one.info is not None]
        if arguments.json:
            lines = [json.dumps({"file": name, **info.as_dict()}) for name, info in described]
        else:
            lines = [str(summarise(described))]
        bad = any(info.bad for _, info in described)
        return max(end(report), BAD_DATA if bad else OK), lines


def _threads(arguments: argparse.Namespace) -> dict[str, int]:
    return {"threads": arguments.threads} if arguments.threads else {}


@contextlib.contextmanager
def _reporting(
    arguments: argparse.Namespace, say: Say
) -> Iterator[Callable[[bulk.BulkReport[Any]], int]]:
    """Name the failed files and sum up, at the end and at an interrupt."""

    def end(report: bulk.BulkReport[Any]) -> int:
        for result in report.failed:
            say(result.error)
        if not getattr(arguments, "quiet", False):
            for line in str(report).split("\n"):
                say(line)
        if not report.failed:
            return OK
        return BAD_DATA if all(result.is_bad_data for result in report.failed) else FAILED

    try:
        yield end
    except bulk.BulkInterrupt as interrupt:
        end(interrupt.report)
        raise


@contextlib.contextmanager
def executor_at(address: str | None) -> Iterator[Executor | None]:
    """Give the workers of a scheduler; None without an address."""
    if address is None:
        yield None
        return
    try:
        distributed: Any = import_module("distributed")
    except ModuleNotFoundError:
        raise ClusterError("--cluster needs Dask: pip install 'cocodec[dask]'") from None
    try:
        client = distributed.Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise ClusterError(f"no scheduler at {address}: {error}") from None
    with client:
        yield client.get_executor(pure=False, retries=2)

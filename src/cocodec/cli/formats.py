"""The way of `convert` from and to formats that are not COCO."""

from __future__ import annotations

import argparse
import inspect
import os
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cocodec import bulk
from cocodec.cli import dialects
from cocodec.cli.terminal import (
    BAD_DATA,
    FAILED,
    OK,
    UsageError,
    complain,
    input_of,
    output_of,
    progress_bar,
    say,
    say_all,
)
from cocodec.conversion.first_changes import FirstChanges
from cocodec.dialects import DIALECTS, WRITERS, DialectReport
from cocodec.documents.document import Document, read
from cocodec.documents.progress import watched
from cocodec.errors import CocodecError, DocumentError
from cocodec.formats.folders import files_below
from cocodec.formats.registry import FORMATS, Format, detect_format
from cocodec.formats.report import FormatReport

__all__ = ["FORMATS", "add_arguments", "is_format", "run"]

_OPTIONS = ("task", "rule", "rows", "subset", "images", "order", "corners", "size",
            "predictions")  # fmt: skip
# Formats that are one file, and its suffix, for outputs of many inputs; others are folders.
_SUFFIXES = {"cvat-xml": ".xml", "label-studio": ".json", "createml": ".json", "kaggle": ".csv",
             "npz": ".npz", "mots": ".txt", "via": ".json"}  # fmt: skip


# Formats that have a place for the image files.
_WITH_IMAGES = ("yolo", "voc", "labelme", "supervisely", "roboflow")

# Options of one format: its name, the option, its choices, and what it says.
_OF_ONE = (
    ("yolo", "rule", ("opencv", "coco"), "whose filling of a ring gives the mask: a trainer's "
     "(default), or COCO's"),
    ("yolo", "rows", ("polygons", "rle"), "rings (default), or rows of run lengths"),
    ("yolo", "task", ("segment", "detect", "pose", "obb"), "what a row is (default segment)"),
    ("kaggle", "order", ("columns", "rows"), "the order of pixels (default columns)"),
    ("voc", "corners", ("as-tools", "voc2012"), "corners copied as tools do (default), or from 1 "
     "and both ends inside, as the original files have them"),
)  # fmt: skip


def add_arguments(command: argparse.ArgumentParser, topic: str | None = None) -> None:
    """Add what conversions from and to formats take; with a `topic`, what that format takes."""
    names = ", ".join(FORMATS) if topic is None else topic
    group = command.add_argument_group(
        "formats that are not COCO" if topic is None else f"--to {topic}",
        ("They are: " if topic is None else "Also of --from ")
        + f"{names}. --from names the format of IN, if its name and content do not tell; "
        "--images the folder of its images, for their sizes, or for --copy-images. Several inputs, "
        "or a folder of data sets, become as many data sets in the folder OUT.",
    )
    group.add_argument("--subset", metavar="NAME", help="the split to read, or to write")
    group.add_argument(
        "--strict",
        action="store_true",
        help="exit code 1 if the format could not carry everything",
    )
    if topic is not None:
        group.add_argument("--from", metavar="NAME", help="the format or dialect of IN")
        group.add_argument("--images", metavar="FOLDER", help="the images, for their sizes")
    if topic in (None, *_WITH_IMAGES):
        group.add_argument(
            "--copy-images",
            choices=("copy", "link"),
            nargs="?",
            const="copy",
            help=f"{', '.join(_WITH_IMAGES)}: put the image files of --images DIR where the format "
            "has them: copies (default), or links",
        )
    for one in (*dict.fromkeys(entry[0] for entry in _OF_ONE), "label-studio"):
        if topic in (None, one):
            own = command.add_argument_group(f"--to {one}, or IN is {one}")
            for name, option, choices, text in _OF_ONE:
                if name == one:
                    own.add_argument(f"--{option}", choices=choices, help=text)
            if one == "label-studio":
                own.add_argument(
                    "--predictions",
                    action="store_const",
                    const=True,
                    help="read predictions, with their scores, not annotations",
                )
            if one == "kaggle":
                own.add_argument(
                    "--size",
                    type=_size,
                    metavar="HxW",
                    help="height and width of all images, which the file does not say: 768x768",
                )


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.lower().partition("x")
    if not (height.isascii() and height.isdigit() and width.isascii() and width.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no size; expected HEIGHTxWIDTH, as 768x1024")
    return int(height), int(width)


def is_format(arguments: argparse.Namespace) -> bool:
    """Whether the command line asks for a format, or its input is one."""
    if arguments.to in FORMATS or _comes_from_format(arguments):
        return True
    if arguments.input[0] == "-":
        return False
    found = [detect_format(name) is not None for name in arguments.input]
    if any(found) and not all(found):
        other = arguments.input[found.index(False)]
        raise UsageError(f"{other} is of no known format and others are; say --from NAME")
    return all(found) or (len(found) == 1 and bool(_data_sets(arguments.input[0])))


def _comes_from_format(arguments: argparse.Namespace) -> bool:
    """Whether `--from` names a format; of what tools write as COCO too, the input says which."""
    name, inputs = arguments.source_dialect, arguments.input
    if name not in FORMATS:
        return False
    if name not in DIALECTS or arguments.to not in WRITERS:
        return True
    return inputs != ["-"] and any(detect_format(one) is not None for one in inputs)


def run(arguments: argparse.Namespace) -> int:
    """Convert every input; many of them to folders or files of their names below OUT."""
    for option in ("resume", "cluster"):
        if getattr(arguments, option):
            raise UsageError(f"--{option} is for files of COCO, not for formats")
    if arguments.to not in WRITERS:
        dialects.refuse_options(arguments)
    elif arguments.split:
        raise UsageError("--split is for files of COCO of several parts, not for formats")
    if arguments.copy_images is not None and arguments.images is None:
        raise UsageError("--copy-images needs the folder of the images: --images DIR")
    many = _many(arguments)
    if many is not None:
        return _run_many(many, arguments)
    with progress_bar(quiet=arguments.quiet, unit="images") as progress, watched(progress):
        reports = _convert(arguments.input[0], arguments.output, arguments)
    return _say(reports, arguments)


Report = FormatReport | DialectReport


def _say(reports: Sequence[Report], arguments: argparse.Namespace, name: str = "") -> int:
    codes = [OK]
    for report in reports:
        if isinstance(report, DialectReport):
            lines = dialects.lines_of(report, quiet=arguments.quiet)
            codes.append(dialects.code_of(report))
            is_lossless = not report.lost
        else:
            lines = [] if arguments.quiet else report.lines()
            is_lossless = report.is_lossless
        say_all([f"{name}{line}" for line in lines], OK)
        codes.append(BAD_DATA if arguments.strict and not is_lossless else OK)
    return max(codes)


# ------------------------------------------------------------ many


@dataclass(frozen=True)
class _Job:
    """A data set to convert; `size` in bytes, or 1."""

    source: str
    target: str
    size: int


def _data_sets(folder: str) -> list[str]:
    """The data sets that lie in a folder that is none itself."""
    if not os.path.isdir(folder):
        return []
    found = sorted(entry.path for entry in os.scandir(folder) if not entry.name.startswith("."))
    return [path for path in found if detect_format(path) is not None]


def _many(arguments: argparse.Namespace) -> list[_Job] | None:
    """What becomes what, where there is more than one input; None where there is one."""
    inputs: list[str] = arguments.input
    if len(inputs) == 1:
        (only,) = inputs
        is_set = arguments.source_dialect in FORMATS or os.path.isfile(only) or only == "-"
        if is_set or detect_format(only) is not None:
            return None
        inputs = _data_sets(only)
        if not inputs:  # files of COCO, below a folder or of a pattern
            inputs = [task.source for task in bulk.find_files([only])]
    suffix = _SUFFIXES.get(arguments.to, "") if arguments.to in FORMATS else ".json"
    jobs: dict[str, _Job] = {}
    for name in inputs:
        path = Path(name)
        own = path.name if path.is_dir() else path.stem
        target = os.path.join(arguments.output, own + suffix)
        if target in jobs:
            raise UsageError(f"{jobs[target].source} and {name} would both become {target}")
        if os.path.realpath(target) == os.path.realpath(name):
            raise UsageError(f"{name} would be written over itself")
        jobs[target] = _Job(name, target, _bytes(name))
    return list(jobs.values())


def _bytes(path: str) -> int:
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(file.stat().st_size for file in files_below(Path(path), (".txt", ".json", ".xml")))


def _run_many(jobs: list[_Job], arguments: argparse.Namespace) -> int:
    """Each appears whole or not at all; one that fails is named and does not stop the others."""
    Path(arguments.output).mkdir(parents=True, exist_ok=True)
    # Without what only the parser needs: a process gets it by pickle.
    plain = argparse.Namespace(
        **{key: value for key, value in vars(arguments).items() if not callable(value)}
    )
    found: dict[str, list[Report] | BaseException] = {}

    def take(job: _Job, result: list[Report] | BaseException) -> None:
        found[job.target] = result
        if isinstance(result, BaseException) and not isinstance(result, _EXPECTED):
            raise result

    with progress_bar(quiet=arguments.quiet) as progress:
        bulk.run(partial(_do, arguments=plain), jobs, take, jobs=arguments.jobs, progress=progress)
    codes = [OK]
    for job in jobs:
        result = found[job.target]
        if isinstance(result, BaseException):
            bad = isinstance(result, CocodecError)
            codes.append(complain(f"{job.source}: {result}", BAD_DATA if bad else FAILED))
        else:
            codes.append(_say(result, arguments, f"{job.source}: "))
    failed = sum(isinstance(one, BaseException) for one in found.values())
    if not arguments.quiet or failed:
        say(f"{len(jobs) - failed} of {len(jobs)} data sets done, {failed} failed")
    return max(codes)


_EXPECTED = (CocodecError, OSError)


def _do(job: _Job, arguments: argparse.Namespace) -> list[Report] | BaseException:
    try:
        return _convert(job.source, job.target, arguments)
    except _EXPECTED as error:
        return error


# ------------------------------------------------------------ one


def _convert(name: str, output: str, arguments: argparse.Namespace) -> list[Report]:
    source = _source(name, arguments)
    if source is not None:
        _refuse_archive(name, source)
    target = FORMATS.get(arguments.to)
    used: set[str] = set()
    reports: list[Report] = []
    reading = {} if source is None else _options(source.load().read, arguments, used)
    writing = {} if target is None else _writing(target.load().write, arguments, used)
    _refuse_unused(arguments, used)
    if source is None:
        document = read(input_of(name), unzip_limit=arguments.unzip_limit)
    else:
        report = FormatReport(source.name)
        document = source.load().read(name, report=report, **reading)
        reports.append(report)
    if arguments.to not in WRITERS:  # these make them themselves
        FirstChanges(**dialects.first_changes(arguments)).make(document, arguments.threads)
    if target is not None:
        reports.append(target.load().write(document, output, **writing))
        return reports
    report_of_dialect = _write_coco(document, output, arguments)
    return reports if report_of_dialect is None else [*reports, report_of_dialect]


def _refuse_archive(name: str, source: Format) -> None:
    """A zip or tar of a data set is not unpacked here: say what to do."""
    if source.name == "npz" or not os.path.isfile(name):
        return
    if zipfile.is_zipfile(name) or tarfile.is_tarfile(name):
        raise DocumentError(
            f"{name}: is an archive; {source.name} is read from files and folders: unpack it, and "
            "give what was in it"
        )


def _writing(
    function: Callable[..., Any], arguments: argparse.Namespace, used: set[str]
) -> dict[str, Any]:
    """The options of a writer: images are for it only where they are to be copied."""
    before = "images" in used
    found = _options(function, arguments, used)
    if arguments.copy_images is None:
        if found.pop("images", None) is not None and not before:
            used.discard("images")
    elif "images" not in found:
        raise UsageError("--copy-images means nothing for this conversion")
    else:
        found["link"] = arguments.copy_images == "link"
    return found


def _source(name: str, arguments: argparse.Namespace) -> Format | None:
    if arguments.source_dialect in FORMATS:
        return FORMATS[arguments.source_dialect]
    if name == "-":
        return None
    found = detect_format(name)
    return None if found is None else found[0]


def _options(
    function: Callable[..., Any], arguments: argparse.Namespace, used: set[str]
) -> dict[str, Any]:
    """The options of the command line that a reader or writer takes."""
    taken = inspect.signature(function).parameters
    found = {}
    for option in (*_OPTIONS, "threads", "unzip_limit"):
        value = getattr(arguments, option, None)
        if value is not None and option in taken:
            found[option] = value
            used.add(option)
    return found


def _refuse_unused(arguments: argparse.Namespace, used: set[str]) -> None:
    for option in _OPTIONS:
        if getattr(arguments, option, None) is not None and option not in used:
            more = " (to have them copied: --copy-images)" if option == "images" else ""
            raise UsageError(f"--{option} means nothing for this conversion{more}")


def _write_coco(
    document: Document, output: str, arguments: argparse.Namespace
) -> DialectReport | None:
    """Write a document; report what became of it where a dialect is asked for."""
    if arguments.to is None:
        document.write(output_of(output))
        return None
    from cocodec.conversion.mask_spelling import convert

    more: dict[str, Any] = {}
    if arguments.to in WRITERS:
        more = {"options": dialects.options_of(arguments), "masks": arguments.masks}
        if arguments.ids is not None:
            more["ids"] = arguments.ids
    report = convert(
        b"".join(document.render_source()),
        output_of(output),
        to=arguments.to,
        tolerance=arguments.tolerance,
        holes=arguments.holes,
        on_error=arguments.on_error,
        threads=arguments.threads,
        **more,
    )
    return report if isinstance(report, DialectReport) else None

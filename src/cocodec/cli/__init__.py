"""The command line: one function per command, no logic.

Exit codes: 0 ok, 1 the data is bad, 2 the command could not be carried out (wrong arguments, a file
that cannot be read or written, no memory), 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from tqdm import tqdm  # type: ignore[import-untyped]

from cocodec._core import __version__
from cocodec.cli import bulk as cli_bulk
from cocodec.cli.check import add_check, run_check
from cocodec.cli.columns import add_columns_arguments, convert_to_columns, is_columns
from cocodec.cli.dialects import add_dialect_arguments, run_dialect
from cocodec.cli.evaluate import add_eval, run_eval
from cocodec.conversion.mask_spelling import RefusedError, convert
from cocodec.documents.document import read
from cocodec.errors import CocodecError
from cocodec.groups.merge import merge_groups
from cocodec.inspection.info import describe

__all__ = ["main"]

OK, BAD_DATA, FAILED, INTERRUPTED = 0, 1, 2, 130


def main(argv: list[str] | None = None) -> int:
    """Run the command that `argv` (or the process's own arguments) spells; return its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader went away. What Python still holds back must not be tried again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _complain("the reader of the output went away", FAILED)
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)
    except CocodecError as error:
        return _complain(str(error), BAD_DATA)
    except ModuleNotFoundError as error:  # of an extra
        return _complain(str(error), FAILED)
    except MemoryError:
        return _complain("not enough memory", FAILED)
    except OSError as error:
        name = "" if error.filename is None else f"{error.filename}: "
        return _complain(f"{name}{error.strerror or error}", FAILED)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cocodec",
        description="The COCO mask codec.",
        epilog="Exit codes: 0 ok, 1 bad data, 2 could not be carried out.",
    )
    parser.add_argument("--version", action="version", version=f"cocodec {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_convert(commands)
    _add_merge_groups(commands)
    _add_info(commands)
    command = add_check(commands)
    _add_common(command)
    cli_bulk.add_bulk(command, _count)
    command.set_defaults(run=_check)
    command = add_eval(commands, _count)
    _add_threads(command)
    command.set_defaults(run=_eval)
    for name, command in cli_bulk.add_shards(commands, _positive).items():
        command.set_defaults(run=_shard if name == "shard" else _join)
    return parser


def _add_convert(commands: Any) -> None:
    command = commands.add_parser(
        "convert",
        help="write a document with its masks spelled another way",
        description="Write a COCO document, a list of them or of results, or a zip of such files, "
        "with every mask as run lengths or as polygons. Everything else stays as it is, byte for "
        "byte. OUT appears whole or not at all. Of several files, a folder or a pattern, OUT is a "
        "folder, in which they lie as they did. Where IN or OUT is a *.parquet or *.arrow file, or "
        "a folder of them, the document becomes columns, or is made of them, as it was.",
    )
    command.add_argument(
        "input", metavar="IN", nargs="+", help="what to read; - is the standard input"
    )
    command.add_argument("output", metavar="OUT", help="what to write; - is the standard output")
    command.add_argument(
        "--to",
        choices=("rle", "rle-list", "polygons"),
        help="compressed strings, lists of counts, or rings; needed unless IN or OUT is columns",
    )
    add_columns_arguments(command, _count)
    command.add_argument(
        "--tolerance",
        type=_pixels,
        default=0.0,
        metavar="T",
        help="polygons: fewer points, off by up to T pixels (default 0: the same mask, bit for "
        "bit); what is lost is printed",
    )
    command.add_argument(
        "--holes",
        default="bridge",
        choices=("bridge", "separate", "drop", "error"),
        help="polygons: holes are joined to the ring around them (default), rings of their own "
        "(which COCO's rule fills), filled, or refused",
    )
    add_dialect_arguments(command)
    command.add_argument(
        "--on-error",
        default="fail",
        choices=("fail", "skip"),
        help="what a wrong annotation means: no output and exit code 1 (default), or that it is "
        "named and stays as it is (exit code 0)",
    )
    command.add_argument("-q", "--quiet", action="store_true", help="no progress, no closing line")
    _add_common(command)
    cli_bulk.add_bulk(command, _count)
    command.add_argument(
        "--resume",
        action="store_true",
        help="many files: leave those that a former run has finished",
    )
    command.set_defaults(run=_convert)


def _add_merge_groups(commands: Any) -> None:
    command = commands.add_parser(
        "merge-groups",
        help="make one annotation of each group of annotations",
        description="Write a COCO document with the annotations of each group united in the row of "
        "the largest. Everything else stays as it is, byte for byte. OUT appears whole or not at "
        "all.",
    )
    command.add_argument("input", metavar="IN", help="file to read; - is the standard input")
    command.add_argument("output", metavar="OUT", help="file to write; - is the standard output")
    for name, choices, text in (
        ("by", ("group", "id", "crowd"), "attributes.group (default), equal ids, or all crowds"),
        ("leader", ("largest", "first"), "whose row stays (default largest)"),
        ("mode", ("guess", "mask", "polygons"), "what is written (default: as is_crowd says)"),
        ("boxes", ("exclude", "rasterize"), "whether boxes are part of masks (default exclude)"),
        ("bbox", ("members", "mask"), "of all members together (default), or of the mask"),
        ("singles", ("keep", "apply"), "whether rows of no group are written alike"),
        ("to", ("rle", "rle-list"), "masks as compressed strings (default) or lists of counts"),
    ):
        command.add_argument(f"--{name}", choices=choices, help=text)
    command.add_argument(
        "--cvat-strict",
        action="store_true",
        help="as CVAT does where its manual says otherwise: is_crowd 1 is no yes, rows of no group "
        "are written too, masks as lists",
    )
    command.add_argument(
        "--on-error",
        default="fail",
        choices=("fail", "skip"),
        help="what a group means that cannot be merged: no output and exit code 1 (default), or "
        "that it is named and stays as it is (exit code 0)",
    )
    command.add_argument("-q", "--quiet", action="store_true", help="no closing line")
    _add_common(command)
    command.set_defaults(run=_merge_groups)


def _add_info(commands: Any) -> None:
    command = commands.add_parser(
        "info",
        help="count what is in a document",
        description="Count the images, categories and annotations of a COCO document by kind.",
    )
    command.add_argument(
        "input", metavar="FILE", nargs="+", help="file to read; - is the standard input"
    )
    command.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    _add_common(command)
    cli_bulk.add_bulk(command, _count)
    command.set_defaults(run=_info)


def _add_threads(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--threads",
        type=_count,
        default=0,
        metavar="N",
        help="0 (default) is automatic, 1 none",
    )


def _add_common(command: argparse.ArgumentParser) -> None:
    _add_threads(command)
    command.add_argument(
        "--unzip-limit",
        type=_count,
        metavar="BYTES",
        help="how much the JSON in a zip may unpack to (default: 200 times what is packed, within "
        "256 MiB and 4 GiB)",
    )


def _convert_dialect(arguments: argparse.Namespace) -> int:
    if len(arguments.input) > 1 or os.path.isdir(arguments.input[0]):
        return _complain("--dialect takes one file; its parts become one data set", FAILED)
    with _polite_kill():
        code, lines = run_dialect(arguments, *_ends(arguments))
    return _say_all(lines, code)


def _say_all(lines: list[str], code: int) -> int:
    for line in lines:
        _complain(line, code)
    return code


def _ends(arguments: argparse.Namespace) -> tuple[str | BinaryIO, str | BinaryIO]:
    return _input(arguments.input[0]), _output(arguments.output)


def _convert(arguments: argparse.Namespace) -> int:
    if is_columns(arguments):
        lines = convert_to_columns(arguments, *_ends(arguments))
        return _say_all(lines, OK) if not arguments.quiet else OK
    if arguments.dialect is not None:
        return _convert_dialect(arguments)
    if arguments.to is None:
        return _complain("say how: --to rle, rle-list or polygons, or --dialect NAME", FAILED)
    if cli_bulk.is_many(arguments.input, arguments.output):
        with _progress(arguments.quiet) as progress:
            return cli_bulk.convert_many(arguments, _say, progress)
    if arguments.resume or arguments.cluster:
        return _complain("--resume and --cluster are for many files and a folder", FAILED)
    try:
        with _progress(arguments.quiet) as progress:
            report = convert(
                _input(arguments.input[0]),
                _output(arguments.output),
                to=arguments.to,
                tolerance=arguments.tolerance,
                holes=arguments.holes,
                on_error=arguments.on_error,
                threads=arguments.threads,
                progress=progress,
                unzip_limit=arguments.unzip_limit,
            )
    except RefusedError as error:
        _complain(error.report.describe_refused(), BAD_DATA)
        return _complain("nothing was written (--on-error skip leaves them as they are)", BAD_DATA)
    if report.refused:
        _complain(report.describe_refused(), OK)
    if not arguments.quiet:
        _complain(str(report), OK)
    return OK


def _merge_groups(arguments: argparse.Namespace) -> int:
    names = ("by", "leader", "mode", "boxes", "bbox", "singles", "to")
    given = {name: getattr(arguments, name) for name in names if getattr(arguments, name)}
    with _polite_kill():
        document = read(_input(arguments.input), unzip_limit=arguments.unzip_limit)
        report = merge_groups(
            document,
            cvat_strict=arguments.cvat_strict,
            on_error="raise" if arguments.on_error == "fail" else "skip",
            threads=arguments.threads,
            **given,
        )
        document.write(_output(arguments.output))
    if report.refused:
        _complain(report.describe_refused(), OK)
    if not arguments.quiet:
        _complain(str(report), OK)
    return OK


@contextlib.contextmanager
def _polite_kill() -> Iterator[None]:
    """Let SIGTERM clean up as Ctrl-C does. Only the main thread can say so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _eval(arguments: argparse.Namespace) -> int:
    for line in run_eval(arguments, _input(arguments.gt), _input(arguments.dt)):
        print(line)
    return OK


def _info(arguments: argparse.Namespace) -> int:
    if cli_bulk.is_many(arguments.input):
        with _progress(quiet=False) as progress:
            code, lines = cli_bulk.info_many(arguments, _say, progress)
        print("".join(f"{line}\n" for line in lines), end="")
        return code
    if arguments.cluster:
        return _complain("--cluster is for many files", FAILED)
    found = describe(
        _input(arguments.input[0]), threads=arguments.threads, unzip_limit=arguments.unzip_limit
    )
    print(json.dumps(found.as_dict()) if arguments.json else found)
    return OK


def _check(arguments: argparse.Namespace) -> int:
    many = bool(arguments.input) and cli_bulk.is_many(arguments.input, arguments.fix or "")
    source = _input(arguments.input[0]) if arguments.input and not many else None
    target = None if arguments.fix is None else _output(arguments.fix)
    with cli_bulk.executor_at(arguments.cluster) as executor, _progress(arguments.quiet) as bar:
        code, lines, complaints = run_check(
            arguments, source, target, progress=bar, executor=executor
        )
    print("".join(f"{line}\n" for line in lines), end="", file=_lines_to(arguments.fix))
    return _say_all(complaints, code)


def _lines_to(output: str | None) -> Any:
    """Where lines go: to the standard error if a document goes to the standard output."""
    return sys.stderr if output == "-" else sys.stdout


def _shard(arguments: argparse.Namespace) -> int:
    with _progress(arguments.quiet) as progress:
        return cli_bulk.split_shards(arguments, _hush if arguments.quiet else _say, progress)


def _join(arguments: argparse.Namespace) -> int:
    with _progress(arguments.quiet) as progress:
        return cli_bulk.join_shards(arguments, _hush if arguments.quiet else _say, progress)


@contextlib.contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Show a bar over bytes, where somebody looks at it, and clean up however the command ends."""
    hidden = quiet or not sys.stderr.isatty()
    with _polite_kill(), tqdm(unit="B", unit_scale=True, leave=False, disable=hidden) as bar:
        yield _advance(bar)


def _input(name: str) -> str | BinaryIO:
    return sys.stdin.buffer if name == "-" else name


def _output(name: str) -> str | BinaryIO:
    return sys.stdout.buffer if name == "-" else name


def _advance(bar: Any) -> Callable[[int, int], None]:
    def advance(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    return advance


def _pixels(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError
    return value


def _positive(text: str) -> int:
    value = _count(text)
    if value == 0:
        raise ValueError
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError
    return value


def _complain(message: str, code: int) -> int:
    print(f"cocodec: {message}", file=sys.stderr)
    return code


def _say(message: str) -> None:
    tqdm.write(f"cocodec: {message}", file=sys.stderr)  # not into the bar


def _hush(message: str) -> None:
    """Keep quiet."""

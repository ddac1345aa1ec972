"""Which commands there are, and how one is found and ended.

A command is a module with `DESCRIPTION`, `EXAMPLES`, `add_arguments(parser)` and
`run(arguments) -> exit code`. Only the one that is asked for is imported, so that
``cocodec --version`` need not wait for all of them.

Exit codes: 0 ok, 1 the data is bad, 2 the command could not be carried out (wrong arguments, a file
that cannot be read or written, no memory), 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import cocodec._core as _core
from cocodec.cli.interrupts import Hearing
from cocodec.cli.terminal import BAD_DATA, FAILED, INTERRUPTED, OK, UsageError, complain
from cocodec.errors import CocodecError

__all__ = ["COMMANDS", "main", "parser_of"]

# Name -> the module below `cocodec.cli`, and what the command does, in a line.
COMMANDS: dict[str, tuple[str, str]] = {
    "info": ("info", "count what is in a document, and say what is odd about it"),
    "check": ("check", "say whether a document is sound, and repair it"),
    "convert": ("convert", "write masks, dialects, formats and columns another way"),
    "merge-groups": ("merge_groups", "make one annotation of each group of annotations"),
    "eval": ("evaluate", "measure results against ground truth"),
    "shard": ("shard", "split a document into many"),
    "join": ("join", "put shards together again"),
    "subset": ("subset", "take a part of a document"),
    "merge": ("merge", "put documents together"),
    "split": ("split", "deal the images of a document out to several"),
    "sample": ("sample", "take some images by chance, with their annotations"),
    "remap": ("remap", "rename, renumber, unite and leave out categories"),
    "strip": ("strip", "take keys out of rows"),
    "set": ("set", "write values into rows"),
    "diff": ("diff", "compare two documents by what they say"),
    "stats": ("stats", "count what is in a document, category by category"),
    "draw": ("draw", "draw images with their annotations"),
    "view": ("view", "write a page to look at a document"),
    "crop": ("crop", "cut the same box out of every image"),
    "pad": ("pad", "add pixels around every image"),
    "flip": ("flip", "mirror every image"),
    "rotate90": ("rotate90", "turn every image"),
    "resize": ("resize", "scale every image"),
    "tile": ("tile", "cut every image into tiles"),
    "untile": ("untile", "put tiles together again"),
    "completion": ("completion", "print what makes a shell complete these commands"),
}


def main(argv: list[str] | None = None) -> int:
    """Run the command that `argv` (or the process's own arguments) spells; return its exit code."""
    words = sys.argv[1:] if argv is None else argv
    if words and words[0] == "help":  # cocodec help COMMAND
        words = [*words[1:2], "--help"]
    if not words or words[0] not in COMMANDS:
        overview = _overview()
        if words:
            overview.parse_args(words)  # --help, --version or a wrong word: it says so and exits
        overview.print_help(sys.stderr)
        return FAILED
    module = _module(words[0])
    arguments = parser_of(words[0], words[1:]).parse_args(words[1:])
    try:
        with Hearing():
            code: int = module.run(arguments)
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        return complain("the reader of the output went away", FAILED)
    except KeyboardInterrupt:
        return complain("interrupted", INTERRUPTED)
    except UsageError as error:
        return complain(str(error), FAILED)
    except CocodecError as error:
        return complain(str(error), BAD_DATA)
    except ModuleNotFoundError as error:  # of an extra
        return complain(str(error), FAILED)
    except MemoryError:
        return complain("not enough memory", FAILED)
    except OSError as error:
        _drop_output()
        name = "" if error.filename is None else f"{error.filename}: "
        return complain(f"{name}{error.strerror or error}", FAILED)
    return code


def _drop_output() -> None:
    """Let go of what an output does not take: at exit Python would try again, and say so itself."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def parser_of(name: str, words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return what reads the arguments of one command.

    A command with many options may have a `help_topic` of its words, of which alone it then helps.
    """
    module = _module(name)
    examples = "\n".join(f"  {line}" for line in module.EXAMPLES.strip().splitlines())
    parser = argparse.ArgumentParser(
        prog=f"cocodec {name}",
        description=module.DESCRIPTION,
        epilog=f"examples:\n{examples}",
        formatter_class=_Help,
    )
    topic = module.help_topic(words) if hasattr(module, "help_topic") else None
    if topic is None:
        module.add_arguments(parser)
    else:
        parser.usage = f"cocodec {name} IN [IN ...] OUT --to {topic} [OPTION ...]"
        parser.formatter_class = _WideHelp
        parser.description = module.describe_topic(topic)
        parser.epilog = None
        module.add_arguments(parser, topic)
    return parser


def _module(name: str) -> Any:
    return import_module(f"cocodec.cli.{COMMANDS[name][0]}")


class _Help(argparse.HelpFormatter):
    """Help whose description is filled, and whose examples stay the lines that they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith("examples:"):
            return text
        return super()._fill_text(text, width, indent)


class _WideHelp(_Help):
    """Help of which most options take one line, so that one topic is one screen."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=44)


def _overview() -> argparse.ArgumentParser:
    """Return what reads a command line that names no command: it ends the process."""
    width = max(map(len, COMMANDS)) + 2
    lines = "\n".join(f"  {name:<{width}}{text}" for name, (_, text) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="cocodec",
        usage="cocodec [-h] [--version] COMMAND ...",
        description="The COCO mask codec.",
        epilog=f"commands:\n{lines}\n\n'cocodec COMMAND --help' says what each takes. "
        f"Exit codes: {OK} ok, {BAD_DATA} bad data, {FAILED} could not be carried out.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version)
    parser.add_argument("command", metavar="COMMAND", type=_known, help="see below")
    return parser


class _Version(argparse.Action):
    """`--version`: the version, and the instruction set whose kernels this process uses."""

    def __init__(self, option_strings: list[str], dest: str, **options: Any) -> None:
        text = "print the version and the instruction set in use, and exit"
        super().__init__(option_strings, dest, nargs=0, help=text)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        try:
            print(f"cocodec {_core.__version__} ({_core.isa()})")
        except CocodecError as error:  # COCODEC_ISA names one that is not to be had here
            parser.exit(FAILED, f"cocodec: {error}\n")
        parser.exit()


def _known(word: str) -> str:
    """Refuse a word that is no command, and name the command that was probably meant."""
    from difflib import get_close_matches

    near = get_close_matches(word, COMMANDS, n=1)
    if near:
        raise argparse.ArgumentTypeError(f"there is no {word!r}; did you mean {near[0]!r}?")
    raise argparse.ArgumentTypeError(
        f"there is no {word!r}; the commands are {', '.join(COMMANDS)}"
    )

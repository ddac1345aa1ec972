"""The command `completion`: a script for a shell, made from the commands' own parsers."""

from __future__ import annotations

import argparse
from typing import Any

from cocodec.cli.terminal import OK

DESCRIPTION = (
    "Print a script that makes a shell complete commands, options and their values. "
    "File names stay what the shell offers by itself."
)
EXAMPLES = """
source <(cocodec completion bash)
cocodec completion zsh > ~/.zfunc/_cocodec
cocodec completion fish > ~/.config/fish/completions/cocodec.fish
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `completion` takes."""
    parser.add_argument("shell", choices=tuple(_SHELLS), help="the shell to write for")


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    print(_SHELLS[arguments.shell](), end="")
    return OK


def _words() -> dict[str, dict[str, tuple[str, ...]]]:
    """Return, for each command, its options and the values that each takes."""
    # Here, not above: `commands` imports this module when it needs it.
    from cocodec.cli.commands import COMMANDS, parser_of

    return {name: _options(parser_of(name)) for name in COMMANDS}


def _options(parser: argparse.ArgumentParser) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for action in parser._actions:
        values: Any = action.choices or ()
        for option in action.option_strings:
            found[option] = tuple(map(str, values))
        if not action.option_strings and values:  # an argument with a fixed choice
            found[""] = tuple(map(str, values))
    return found


def _bash() -> str:
    known = _words()
    options, values = [], []
    for name, words in known.items():
        listed = " ".join([*filter(None, words), *words.get("", ())])
        options.append(f'    {name}) words="{listed}" ;;')
        for option, choices in words.items():
            if option and choices:
                values.append(f'    "{name} {option}") words="{" ".join(choices)}" ;;')
    return "\n".join([
        "# cocodec completion bash",
        "_cocodec() {",
        '  local here=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=""',
        "  COMPREPLY=()",
        "  if [ \"$COMP_CWORD\" -eq 1 ]; then",
        f'    COMPREPLY=($(compgen -W "{" ".join(known)} help --help --version" -- "$here"))',
        "    return",
        "  fi",
        '  case "${COMP_WORDS[1]} $before" in',
        *values,
        "  esac",
        '  if [ -z "$words" ]; then case "${COMP_WORDS[1]}" in',
        *options,
        f'    help) words="{" ".join(known)}" ;;',
        "  esac; fi",
        '  COMPREPLY=($(compgen -W "$words" -- "$here"))',
        "}",
        "complete -o default -F _cocodec cocodec",
        "",
    ])  # fmt: skip


def _zsh() -> str:
    """Zsh reads what bash reads; one list of words for both keeps them the same."""
    return (
        "#compdef cocodec\n"
        "autoload -U +X bashcompinit && bashcompinit\n"
        f"{_bash()}"
    )  # fmt: skip


def _fish() -> str:
    from cocodec.cli.commands import COMMANDS

    lines = ["# cocodec completion fish"]
    for name, (_, text) in COMMANDS.items():
        lines.append(f"complete -c cocodec -n __fish_use_subcommand -a {name} -d {_quoted(text)}")
    for name, words in _words().items():
        seen = f"complete -c cocodec -n '__fish_seen_subcommand_from {name}'"
        for option, choices in words.items():
            flag = f" -l {option[2:]}" if option.startswith("--") else f" -s {option[1:]}"
            listed = f" -a {_quoted(' '.join(choices))}" if choices else ""
            takes = " -x" if choices and option else ""
            lines.append(f"{seen}{flag if option else ''}{takes}{listed}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_SHELLS = {"bash": _bash, "zsh": _zsh, "fish": _fish}

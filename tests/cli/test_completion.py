"""Shell completion says what the parsers say; a wrong command gets the right one named."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import cocodec._core as _core
from cocodec.cli.commands import COMMANDS, main, parser_of


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


def completed(code: str, *words: str) -> list[str]:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash")
    listed = " ".join(f"'{word}'" for word in ("cocodec", *words))
    ask = f"{code}\nCOMP_WORDS=({listed}) COMP_CWORD={len(words)}\n_cocodec\n"
    ask += 'printf "%s\\n" "${COMPREPLY[@]}"'
    run = subprocess.run([bash, "-uc", ask], capture_output=True, text=True, check=True)
    assert run.stderr == ""
    return run.stdout.split()


def test_bash_completes_commands(capsys: pytest.CaptureFixture[str]) -> None:
    code = script("bash", capsys)
    assert completed(code, "") == [*COMMANDS, "help", "--help", "--version"]
    assert completed(code, "merge") == ["merge-groups", "merge"]
    assert completed(code, "help", "unt") == ["untile"]


@pytest.mark.parametrize("name", COMMANDS)
def test_bash_completes_every_option(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    known = [option for action in parser_of(name)._actions for option in action.option_strings]
    assert set(known) <= set(completed(script("bash", capsys), name, "-"))


def test_bash_completes_values(capsys: pytest.CaptureFixture[str]) -> None:
    code = script("bash", capsys)
    assert completed(code, "eval", "gt.json", "dt.json", "--type", "se") == ["segm"]
    assert completed(code, "completion", "") == ["-h", "--help", "bash", "zsh", "fish"]


def test_fish_names_every_command_and_option(capsys: pytest.CaptureFixture[str]) -> None:
    lines = script("fish", capsys).splitlines()
    for name in COMMANDS:
        own = [line for line in lines if f"from {name}'" in line]
        longs = [o for a in parser_of(name)._actions for o in a.option_strings if o[:2] == "--"]
        assert all(any(f" -l {option[2:]}" in line for line in own) for option in longs)
        assert any(f"-a {name} " in line for line in lines)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_takes_it(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"no {shell}")
    (tmp_path / "script").write_text(script(shell, capsys), encoding="utf-8")
    subprocess.run([path, "-n", str(tmp_path / "script")], check=True)


@pytest.mark.parametrize(
    ("word", "says"),
    [("convret", "did you mean 'convert'?"), ("xyz", "the commands are info, check, convert")],
)
def test_a_wrong_command(word: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([word])
    assert stopped.value.code == 2
    assert says in capsys.readouterr().err


def test_version_names_the_instruction_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"cocodec {_core.__version__} ({_core.isa()})\n"


def test_help_of_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["help", "tile"])
    assert capsys.readouterr().out == parser_of("tile").format_help()

"""Running somebody's script with cocodec in the place of pycocotools, in its workers too."""

from __future__ import annotations

import io
import json
import os
import runpy
import sys
from multiprocessing import spawn
from types import ModuleType
from typing import Any, NamedTuple

from cocodec.pycocotools.standin.installation import install

__all__ = ["Program", "run", "run_again"]

_VARIABLE = "COCODEC_PYCOCOTOOLS_PROGRAM"  # tells spawned workers what their parent runs


class Program(NamedTuple):
    """What to run.

    Attributes
    ----------
    name : str
        Path of a script, or name of a module.
    is_module : bool
        Which of the two.
    lvis : bool
        Whether to stand in for ``lvis`` too.
    """

    name: str
    is_module: bool = False
    lvis: bool = False


def run(program: Program, arguments: list[str]) -> None:
    """Run a program as ``python`` would, with its arguments."""
    os.environ[_VARIABLE] = json.dumps(program)
    _prepare(program)
    sys.argv = [program.name, *arguments]
    if program.is_module:
        runpy.run_module(program.name, run_name="__main__", alter_sys=True)
        return
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.path.dirname(os.path.abspath(program.name))
    with io.open_code(os.path.abspath(program.name)) as stream:
        code = compile(stream.read(), program.name, "exec")
    module = ModuleType("__main__")
    module.__dict__.update(__file__=program.name, __builtins__=__builtins__)
    sys.modules["__main__"] = module
    exec(code, module.__dict__)


def run_again() -> dict[str, Any]:
    """In a spawned worker: run the program's definitions, as Python does there, and return them."""
    program = Program(*json.loads(os.environ[_VARIABLE]))
    _prepare(program)
    run_it = runpy.run_module if program.is_module else runpy.run_path
    return run_it(program.name, run_name="__mp_main__")


def _prepare(program: Program) -> None:
    install(lvis=program.lvis)
    describe = spawn.get_preparation_data

    def describe_as_ours(name: str) -> dict[str, Any]:
        data = describe(name)
        data.pop("init_main_from_path", None)
        return {**data, "init_main_from_name": "cocodec.pycocotools.standin.spawned"}

    # Workers start with the parent's main module, which must not meet the real pycocotools.
    spawn.get_preparation_data = describe_as_ours

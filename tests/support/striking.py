"""Run one command many times, and let something happen to each run.

A script of its own, so that what is forked has one thread and all modules:

    python striking.py TIMES FOLDER SMALL WORD...

runs ``cocodec WORD...`` in FOLDER, first to its end, then in forked processes.

TIMES each, at a random moment: `kill` (SIGKILL), `interrupt` (SIGINT), `shrink` (the file `in.json`
is cut). Once each: `limit` (files may not grow), `disk` (the target lies in SMALL, a file system
that is full, unless that is "-"), and for targets that may be a stream `device` (/dev/full),
`output` (the standard output is /dev/full), `pipe` (nobody reads the standard output).

The target is the word that begins with "out": a file holds something before each run, a folder is
not there. Prints JSON, for each of these the runs: how it ended, what it said, what the target was
then, `old`, `new` or what was amiss; and what lay beside the target, then and after one run more.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

OLD = b"what was there before"
Strike = Callable[[int], object]


def state(path: Path) -> str:
    """A digest of a file, or of all that a folder holds; of nothing, a word."""
    if not path.exists():
        return "nothing"
    made = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        made.update(str(file.relative_to(path)).encode() + b"\0")
        made.update(file.read_bytes() if file.is_file() else b"folder")
    return made.hexdigest()


def command(words: list[str], output: int, said: int, ready: int) -> None:
    """In the forked process: what `cocodec` does, and a byte to `ready` when it begins."""
    import cocodec.files.temporaries as temporaries
    from cocodec.cli import main

    temporaries._swept.clear()  # a process of its own has swept nothing yet
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(output, 1)
    os.dup2(said, 2)
    os.write(ready, b"\0")
    code = 70
    try:
        code = main(words)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 2
    except KeyboardInterrupt:  # before the command listened: see cocodec.cli.interrupts
        code = 130
    except BaseException:
        import traceback

        traceback.print_exc()
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    os._exit(code)


class Runs:
    """Runs of a command in a folder."""

    def __init__(self, folder: Path, words: list[str]) -> None:
        self.folder, self.words = folder, words
        self.target = folder / next(word for word in words if word.startswith("out"))
        self.source = folder / "in.json"
        self.whole = self.source.read_bytes()
        self.longest = 0.0
        code, said = self.run(words)
        assert code == 0, said
        self.new, self.is_folder = state(self.target), self.target.is_dir()
        names = sorted(os.listdir(folder))
        self.names = [name for name in names if name != self.target.name]
        self.reset()
        begin = time.monotonic()  # in a process that has all modules, as the others have
        self.warm()
        self.longest = 1.1 * (time.monotonic() - begin)

    def warm(self) -> None:
        from cocodec.cli import main

        assert main(self.words) == 0

    def reset(self) -> None:
        """Make the target what it was before a run."""
        if self.is_folder:
            shutil.rmtree(self.target, ignore_errors=True)
        else:
            self.target.write_bytes(OLD)
        self.source.write_bytes(self.whole)

    def run(
        self,
        words: list[str],
        strike: Strike = lambda child: None,
        delay: float = 0,
        output: int | None = None,
    ) -> tuple[int, str]:
        """Fork, strike after a while, wait. Exit code (of a signal: below 0), and what was said."""
        with open(os.memfd_create("said"), "w+b", buffering=0) as said:
            hears, ready = os.pipe()
            child = os.fork()
            if child == 0:
                command(words, said.fileno() if output is None else output, said.fileno(), ready)
            os.close(ready)
            os.read(hears, 1)
            os.close(hears)
            time.sleep(delay)
            strike(child)
            status = os.waitpid(child, 0)[1]
            said.seek(0)
            return os.waitstatus_to_exitcode(status), said.read().decode(errors="replace")

    def judged(self, code: int, said: str) -> dict[str, Any]:
        """How a run ended, and what has become of the target and of the folder."""
        if self.is_folder:
            known = {"nothing": "old", self.new: "new"}
        else:
            known = {hashlib.sha256(b".\0" + OLD).hexdigest(): "old", self.new: "new"}
        left = sorted(set(os.listdir(self.folder)) - {self.target.name, *self.names})
        target = known.get(state(self.target), "amiss")
        return {"code": code, "said": said, "target": target, "left": left}

    def struck(self, times: int, strike: Strike) -> Iterator[dict[str, Any]]:
        """Runs to which something happens at a random moment."""
        for _ in range(times):
            self.reset()
            yield self.judged(*self.run(self.words, strike, self.longest * random.random()))

    def limited(self) -> dict[str, Any]:
        """A run that may not write more than 100 bytes to a file."""
        self.reset()
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
        try:
            return self.judged(*self.run(self.words))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)

    def elsewhere(self, place: str, output: int | None = None) -> dict[str, Any]:
        """A run whose target is another; its own stays what it was."""
        self.reset()
        words = [place if word == self.target.name else word for word in self.words]
        return self.judged(*self.run(words, output=output))


def streams(runs: Runs) -> dict[str, list[dict[str, Any]]]:
    """Targets that are streams, and take nothing."""
    full = os.open("/dev/full", os.O_WRONLY)
    reads, writes = os.pipe()
    os.close(reads)
    return {
        "device": [runs.elsewhere("/dev/full")],
        "output": [runs.elsewhere("-", full)],
        "pipe": [runs.elsewhere("-", writes)],
    }


def main(times: int, folder: Path, small: str, words: list[str]) -> dict[str, Any]:
    """See the module."""
    random.seed(" ".join(words))
    os.chdir(folder)
    runs = Runs(folder, words)
    cut = lambda child: os.truncate(runs.source, random.randrange(len(runs.whole)))  # noqa: E731
    made = {
        "interrupt": list(runs.struck(times, lambda child: os.kill(child, signal.SIGINT))),
        "shrink": list(runs.struck(times, cut)),
        "limit": [runs.limited()],
    }
    if small != "-":
        made["disk"] = [runs.elsewhere(str(Path(small) / runs.target.name))]
        assert os.listdir(small) == ["filler"]
    if runs.target.name == "out.json":
        made |= streams(runs)
    made["kill"] = list(runs.struck(times, lambda child: os.kill(child, signal.SIGKILL)))
    # What killed processes have left goes with the next run.
    runs.reset()
    made["in the end"] = [runs.judged(*runs.run(words))]
    return made


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:])))

"""Ctrl-C and SIGTERM: the command ends within a second, whatever it is doing.

While modules are still being imported the process ends at once: nothing has been begun. (While
Python itself starts, before the first module of this package, nobody can listen: it ends then, too,
with whatever Python says.) Later
KeyboardInterrupt is raised, and cleans up. It is raised between two instructions of Python, so not
inside a long call of the core: a thread that hears of the signal meanwhile waits a moment, removes
what is being written, and ends the process.
"""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False  # of typing, which is not imported so early
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

__all__ = ["Hearing", "end_at_once"]

_MESSAGE = b"cocodec: interrupted\n"
_CODE = 130
_GRACE = 0.5  # seconds until Python hears of a signal, unless it is in a long call
_PATIENCE = 2.0  # seconds for cleaning up


def end_at_once() -> None:
    """Let Ctrl-C end the process without a traceback; only where it is the command's own."""
    name = os.path.basename(sys.argv[0] if sys.argv else "")
    if name not in ("cocodec", "cocodec.exe", "cocodec-script.py", "__main__.py", "-m"):
        return
    try:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _end)
    except ValueError:  # no main thread
        pass


def _end(*_: object) -> None:
    os.write(2, _MESSAGE)
    os._exit(_CODE)


class Hearing:
    """While the block runs, SIGINT and SIGTERM raise KeyboardInterrupt, or end the process."""

    def __enter__(self) -> Hearing:
        import threading

        self._handlers: dict[signal.Signals, Any] = {}
        if threading.current_thread() is not threading.main_thread():
            return self
        self._is_heard, self._is_over = threading.Event(), threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            before = signal.getsignal(number)
            usual = before in (signal.default_int_handler, signal.SIG_DFL, _end)
            if usual:  # not where it is ignored, as in a shell's background
                self._handlers[number] = before
                signal.signal(number, self._interrupt)
        if self._handlers and os.name == "posix":
            self._pipe = os.pipe()
            for end in self._pipe:
                os.set_blocking(end, end == self._pipe[0])
            self._wakeup = signal.set_wakeup_fd(self._pipe[1], warn_on_full_buffer=False)
            self._thread = threading.Thread(target=self._watch, daemon=True)
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, _: object) -> None:
        if not self._handlers:
            return
        self._stop()
        # KeyboardInterrupt may end a lock's own code half way, which then says something else.
        if self._is_heard.is_set() and kind and issubclass(kind, Exception):
            raise KeyboardInterrupt

    def _stop(self) -> None:
        self._is_over.set()
        if os.name == "posix":
            signal.set_wakeup_fd(self._wakeup)
            os.write(self._pipe[1], b"\0")
            self._thread.join()
            for end in self._pipe:
                os.close(end)
        for number, before in self._handlers.items():
            signal.signal(number, before)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._is_heard.set()
        raise KeyboardInterrupt

    def _watch(self) -> None:
        while not self._is_over.is_set():
            (number,) = os.read(self._pipe[0], 1)
            if number not in self._handlers:
                continue
            if self._is_heard.wait(_GRACE) and self._is_over.wait(_PATIENCE):
                return
            if not self._is_over.is_set():
                from cocodec.files.temporaries import abandon

                abandon()
                _end()

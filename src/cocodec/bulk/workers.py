"""Tasks in processes: handed out, their progress summed up, stopped, and survived."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from contextvars import ContextVar
from itertools import islice
from multiprocessing.connection import wait
from queue import Empty, SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

import cocodec._core as _core
from cocodec.errors import shown
from cocodec.signatures import names_arguments

__all__ = ["Meter", "Sized", "count_jobs", "current_meter", "run"]

# With less to do than this a process does not pay: it takes about half a second to start.
_WORTH_A_PROCESS = 24 << 20
_POLL = 0.1  # seconds between two looks at the workers' progress
_PATIENCE = 0.6  # seconds that stopped workers have to clean up, before they are killed
_NEVER_BEGAN = (
    "no process could start: they import the script, which has to do its work below "
    'if __name__ == "__main__": (or ask for jobs=1)'
)
_AT_ONCE = 10_000  # tasks that a foreign executor is given at a time


class Sized(Protocol):
    """A task."""

    @property
    def size(self) -> int:
        """How much there is to do, in bytes."""


T = TypeVar("T", bound=Sized)
R = TypeVar("R")


class Meter:
    """How far a task is; call it with what is done and what there is in all, in any unit."""

    def __init__(
        self, size: int, advance: Callable[[int], None], is_stopped: Callable[[], bool]
    ) -> None:
        self._size = size
        self._advance = advance
        self._is_stopped = is_stopped
        self._at = 0

    def __call__(self, done: int, total: int) -> None:
        """Pass the progress on; KeyboardInterrupt if the task is to stop."""
        self._move(self._size * done // total if total > 0 else 0)
        if self._is_stopped():
            raise KeyboardInterrupt

    def finish(self) -> None:
        """Pass on that nothing is left, whatever the reason."""
        self._move(self._size)

    def _move(self, at: int) -> None:
        if at > self._at:
            self._advance(at - self._at)
            self._at = at


_Link = tuple[Callable[[int], None], Callable[[], bool]]
_UNHEARD: _Link = (lambda size: None, lambda: False)
# Where a process's meters lead; and the meter of the task that it works on.
_LINK: ContextVar[_Link] = ContextVar("link", default=_UNHEARD)
_METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


def current_meter() -> Meter:
    """Return the meter of the task that is being worked on."""
    return _METER.get() or Meter(0, *_UNHEARD)


def count_jobs(jobs: int, tasks: Sequence[Sized]) -> int:
    """Return how many processes to use. `jobs`: 0 is one a core, fewer if there is little to do."""
    if jobs < 0:
        raise ValueError(f"jobs is {jobs}, expected 0 or more")
    if jobs == 0:
        cores = _core.usable_processors()
        jobs = min(cores, 1 + sum(task.size for task in tasks) // _WORTH_A_PROCESS)
    return max(1, min(jobs, len(tasks)))


@names_arguments
def run(
    function: Callable[[T], R],
    tasks: Sequence[T],
    on_result: Callable[[T, R | BaseException], None],
    *,
    executor: Executor | None = None,
    jobs: int = 0,
    progress: Callable[[int, int], None] | None = None,
    on_turn: Callable[[int], None] = lambda size: None,
) -> None:
    """Call a function with each task, in this process, in others, or wherever an executor does.

    A task whose process dies is tried again, alone. An interrupt stops the others within a second.

    Parameters
    ----------
    function : callable
        Takes a task; must be picklable where other processes are to run it.
    tasks : sequence
        Large ones are taken first.
    on_result : callable
        Called in this process with each task and its result, or the exception instead of one, as
        they come.
    executor : Executor, optional
        Runs the tasks; of it only `submit` is used.
    jobs : int
        Without an executor, how many processes to use, see `count_jobs`; 1 is this one alone.
    progress : callable, optional
        Called now and then with the bytes done and the bytes in all.
    on_turn : callable
        Called in this process now and then between results, with the size of the task that it does
        next; 0 if others do the tasks.

    Examples
    --------
    >>> from cocodec.bulk import Task, run
    >>> found, tasks = [], [Task('a', 'b', 0)]
    >>> run(lambda task: task.source, tasks, lambda _, got: found.append(got), jobs=1)
    >>> found
    ['a']
    """
    for task in tasks:
        if not hasattr(task, "size"):
            raise TypeError(f"tasks hold {shown(task)}, expected objects with a size")
    ordered = sorted(tasks, key=lambda task: task.size, reverse=True)
    work = _Work(function, on_result, progress, sum(task.size for task in tasks), on_turn=on_turn)
    if executor is not None:
        lost, rest = work.drive(executor, ordered, _AT_ONCE)
        for task in (*lost, *rest):
            on_result(task, BrokenExecutor("the executor takes no more tasks"))
    elif count_jobs(jobs, tasks) == 1:
        work.alone(tasks)
    else:
        work.pooled(ordered, count_jobs(jobs, tasks))


class _Work(Generic[T, R]):
    """A run: what is called, who hears of it, and how far it is."""

    def __init__(
        self,
        function: Callable[[T], R],
        on_result: Callable[[T, R | BaseException], None],
        progress: Callable[[int, int], None] | None,
        total: int,
        *,
        on_turn: Callable[[int], None],
    ) -> None:
        self._on_turn = on_turn
        self._function = function
        self._on_result = on_result
        self._progress = progress
        self._total = total
        self._done = 0  # bytes of tasks of which nothing more is to come
        self._before = 0  # of these, what was done before the pool at hand was made
        self._token = secrets.token_hex(8)  # what makes a call unlike that of another run

    def alone(self, tasks: Sequence[T]) -> None:
        """Run everything here."""
        before = _LINK.set((self._advance, lambda: False))
        try:
            for task in tasks:
                self._on_turn(task.size)
                try:
                    result: R | BaseException = _call(self._function, task, self._token)
                except Exception as error:
                    result = error
                self._on_result(task, result)
        finally:
            _LINK.reset(before)

    def pooled(self, tasks: Sequence[T], jobs: int) -> None:
        """Run everything in processes of our own."""
        rest, suspects = list(tasks), list[T]()
        while rest:
            with _Pool(jobs) as pool:
                lost, rest = self.drive(pool.executor, rest, 2 * jobs, pool)
            if lost and not pool.has_begun():
                raise ChildProcessError(_NEVER_BEGAN)  # as would all that are tried again
            suspects += lost
        for task in suspects:
            # Alone, so that it is plain which of them it was.
            with _Pool(1) as pool:
                lost, rest = self.drive(pool.executor, [task], 1, pool)
            if lost or rest:
                self._on_result(task, ChildProcessError("the process that worked on it died"))
                self._advance(task.size)

    def drive(
        self, executor: Executor, tasks: Sequence[T], at_once: int, pool: _Pool | None = None
    ) -> tuple[list[T], list[T]]:
        """Run tasks on an executor; return those that its end has hit, and those never begun."""
        self._before = self._done
        waiting, pending = iter(tasks), dict[Future[R], T]()
        finished: SimpleQueue[Future[R]] = SimpleQueue()
        lost: list[T] = []

        def submit(some: Iterable[T]) -> None:
            for task in some:
                try:
                    with _deaf():
                        future = executor.submit(_call, self._function, task, self._token)
                except BrokenExecutor:
                    lost.append(task)
                    return
                pending[future] = task
                future.add_done_callback(finished.put)

        try:
            submit(islice(waiting, at_once))
            while pending:
                self._tell(pool)
                self._on_turn(0)
                try:
                    future = finished.get(timeout=_POLL)
                except Empty:
                    continue
                task = pending[future]
                result = _result_of(future)
                if pool is not None and isinstance(result, BrokenExecutor):
                    lost.append(task)
                else:
                    self._on_result(task, result)
                    self._done += task.size
                del pending[future]
                if not lost:
                    submit(islice(waiting, 1))
        except BaseException:
            self._abandon(pending, pool)
            raise
        self._tell(None)
        return lost, list(waiting)

    def _abandon(self, pending: dict[Future[R], T], pool: _Pool | None) -> None:
        """Stop everything; what has finished meanwhile still counts."""
        for future in pending:
            future.cancel()
        if pool is not None:
            pool.stop()
        for future, task in pending.items():
            if future.done():
                result = _result_of(future)
                if not isinstance(result, BaseException):
                    self._on_result(task, result)

    def _advance(self, size: int) -> None:
        self._done += size
        self._tell(None)

    def _tell(self, pool: _Pool | None) -> None:
        if self._progress is not None:
            done = self._done
            if pool is not None:
                done = max(done, self._before + pool.done())
            self._progress(min(done, self._total), self._total)


def _result_of(future: Future[R]) -> R | BaseException:
    try:
        error = future.exception()
    except CancelledError as cancelled:
        return cancelled
    return future.result() if error is None else error


def _call(function: Callable[[T], R], task: T, token: str) -> R:
    """Do a task, wherever this runs. `token`: lest a scheduler hand out an older run's result."""
    meter = Meter(task.size, *_LINK.get())
    before = _METER.set(meter)
    try:
        meter(0, 1)
        return function(task)
    finally:
        _METER.reset(before)
        meter.finish()


class _Pool:
    """Processes of our own, with a count of what they have done and a way to stop them.

    They are spawned, not forked: the same everywhere, and no thread of this process is in the way.
    """

    def __init__(self, jobs: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._counter: Any = context.Value("q", 0)
        self._stop: Any = context.Value("b", 0, lock=False)
        self._begun: Any = context.Value("b", 0, lock=False)
        self._others = {child.pid for child in multiprocessing.active_children()}
        self.executor = ProcessPoolExecutor(
            jobs,
            mp_context=context,
            initializer=_start,
            initargs=(self._counter, self._stop, self._begun),
        )

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self.executor.shutdown(wait=kind is None, cancel_futures=True)

    def has_begun(self) -> bool:
        """Whether one of the processes came so far that it could take tasks."""
        return bool(self._begun.value)

    def done(self) -> int:
        """Bytes that the processes have done; never waits for one of them."""
        return int(self._counter.get_obj().value)

    def stop(self) -> None:
        """Let every task end where it is; kill what does not."""
        self._stop.value = 1
        self.executor.shutdown(wait=False, cancel_futures=True)
        alive = [c for c in multiprocessing.active_children() if c.pid not in self._others]
        deadline = time.monotonic() + _PATIENCE
        while alive and (left := deadline - time.monotonic()) > 0:
            ended = wait([child.sentinel for child in alive], timeout=left)
            alive = [child for child in alive if child.sentinel not in ended]
        for child in alive:
            child.kill()
        if alive:
            wait([child.sentinel for child in alive], timeout=_PATIENCE)


def _start(counter: Any, stop: Any, begun: Any) -> None:
    """Prepare a worker process."""
    begun.value = 1

    def advance(size: int) -> None:
        with counter.get_lock():
            counter.value += size

    _LINK.set((advance, lambda: bool(stop.value)))
    threading.Thread(target=_end_with_parent, args=(stop,), daemon=True).start()


def _end_with_parent(stop: Any) -> None:
    """End this process when its parent is gone, which it would not notice while it waits."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        stop.value = 1
        time.sleep(_PATIENCE)  # time to clean up
        os._exit(1)


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Let processes that start now never hear Ctrl-C: this one does, and stops them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

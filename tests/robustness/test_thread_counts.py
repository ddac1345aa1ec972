"""How many threads a call takes by itself: as many as the process may use."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys

import pytest

import cocodec._core as core

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


def printed(script: str, **environment: str) -> str:
    """What a process of its own prints."""
    ended = subprocess.run(
        [sys.executable, "-c", "import os, cocodec._core as core\n" + script],
        capture_output=True,
        text=True,
        env={k: v for k, v in os.environ.items() if k != "COCODEC_NUM_THREADS"} | environment,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity here")
def test_affinity_is_followed():
    script = "os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); print({})"
    assert printed(script.format("core.get_num_threads(), core.usable_processors()")) == "1 1"


def test_never_more_than_the_affinity():
    most = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert 1 <= int(printed("print(core.get_num_threads())")) <= most


def test_the_environment_is_a_limit():
    all_of_them = printed("print(core.usable_processors())")
    assert printed("print(core.get_num_threads())", COCODEC_NUM_THREADS="1") == "1"
    assert printed("print(core.get_num_threads())", COCODEC_NUM_THREADS="4096") == all_of_them
    assert printed("print(core.get_num_threads())", COCODEC_NUM_THREADS="") == all_of_them


@pytest.mark.parametrize("value", ["0", "-2", "many", "2.5"])
def test_a_bad_environment_is_named(value):
    script = """
try:
    core.get_num_threads()
except ValueError as error:
    print(error)
"""
    found = printed(script, COCODEC_NUM_THREADS=value)
    assert "COCODEC_NUM_THREADS" in found
    assert f'"{value}"' in found
    assert "above 0" in found


def test_set_num_threads_limits_and_lets_go():
    script = """
most = core.get_num_threads()
core.set_num_threads(1); a = core.get_num_threads()
core.set_num_threads(4096); b = core.get_num_threads()
core.set_num_threads(0); c = core.get_num_threads()
print(a, b == most, c == most)
"""
    assert printed(script) == "1 True True"
    with pytest.raises(ValueError, match="-1, expected 0"):
        core.set_num_threads(-1)


@needs_fork
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_takes_one_unless_it_asks():
    script = """
core.set_num_threads(4096)
for ask in (False, True):
    child = os.fork()
    if child == 0:
        if ask:
            core.set_num_threads(4096)
        os._exit(core.get_num_threads())
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(core.usable_processors())
"""
    silent, asked, most = printed(script).split()
    assert silent == "1"
    assert asked == most


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_workers_of_multiprocessing_take_one_unless_they_ask(method):
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.apply(core.get_num_threads) == 1
        pool.apply(core.set_num_threads, (4096,))
        assert pool.apply(core.get_num_threads) == core.usable_processors()


@needs_fork
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_workers_of_a_data_loader_take_one():
    data = pytest.importorskip("torch.utils.data")

    class Threads(data.Dataset):
        def __len__(self) -> int:
            return 2

        def __getitem__(self, index: int) -> int:
            return core.get_num_threads()

    assert [int(n) for n in data.DataLoader(Threads(), num_workers=1, batch_size=None)] == [1, 1]

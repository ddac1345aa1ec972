"""Dense masks from other libraries: DLPack, buffers, `__array_interface__`; torch where it is."""

from __future__ import annotations

import array
import gc
import weakref

import numpy as np
import pytest

from cocodec import RleArray
from reference import scores as reference

MASKS = np.random.default_rng(2).random((4, 13, 17)) < 0.4


class Producer:
    """A tensor of some library: numpy's memory, and nothing but the protocol."""

    def __init__(self, memory: np.ndarray, version: tuple[int, int] = (1, 0)) -> None:
        self.memory = memory
        self.version = version

    def __dlpack_device__(self):
        return self.memory.__dlpack_device__()

    def __dlpack__(self, **options):
        if self.version < (1, 0):
            if options:
                raise TypeError("unexpected keyword argument 'max_version'")
            return self.memory.__dlpack__()
        return self.memory.__dlpack__(**options)


class OnDevice:
    """A tensor that must not even be asked for its memory."""

    def __init__(self, device: int) -> None:
        self.device = device

    def __dlpack_device__(self):
        return (self.device, 0)

    def __dlpack__(self, **options):
        raise AssertionError("the memory was asked for")


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int8])
@pytest.mark.parametrize("version", [(0, 8), (1, 0)])
def test_any_producer(dtype, version):
    expected = RleArray.encode(MASKS)
    stack = MASKS.astype(dtype)
    for memory in (stack, np.asfortranarray(stack), np.repeat(stack, 2, 2)[:, :, ::2]):
        assert RleArray.encode(Producer(memory, version)) == expected
    assert RleArray.encode(Producer(stack[::-1, ::-1, ::-1], version)) == RleArray.encode(
        MASKS[::-1, ::-1, ::-1]
    )
    assert RleArray.encode(Producer(stack[1], version)) == expected[1]
    columns = stack.transpose(1, 2, 0).copy()
    assert RleArray.encode(Producer(columns, version), layout="HWN") == expected
    assert len(RleArray.encode(Producer(stack[:0], version))) == 0


def test_scores_of_a_producer():
    for dtype in (np.float16, np.float32, np.float64):
        scores = np.random.default_rng(3).normal(size=(3, 7, 9)).astype(dtype)
        got = RleArray.encode(Producer(scores), threshold=0.25)
        assert got == RleArray.encode(scores > 0.25)


def test_the_memory_is_given_back():
    class Own(np.ndarray):
        pass

    memory = MASKS.astype(np.uint8).view(Own)
    alive = weakref.ref(memory)
    for version in ((0, 8), (1, 0)):
        RleArray.encode(Producer(memory, version))
        with pytest.raises(ValueError, match="dimensions"):
            RleArray.encode(Producer(memory, version), layout="HW")
    del memory
    gc.collect()
    assert alive() is None


def test_a_read_only_producer():
    memory = MASKS.copy()
    memory.setflags(write=False)
    try:
        memory.__dlpack__(max_version=(1, 0))
    except (BufferError, TypeError):
        pytest.skip("this numpy exports no read-only arrays")
    assert RleArray.encode(Producer(memory)) == RleArray.encode(MASKS)


@pytest.mark.parametrize("device", [2, 4, 7, 8, 10, 14])
def test_devices_are_refused_with_the_way_out(device):
    with pytest.raises(TypeError, match=r"\.cpu\(\)"):
        RleArray.encode(OnDevice(device))
    with pytest.raises(TypeError, match=r"\.cpu\(\)"):
        RleArray.encode(OnDevice(device), threshold=0)


def test_a_cuda_array_without_dlpack():
    class Numba:
        __cuda_array_interface__ = {"shape": (2, 2)}  # noqa: RUF012

    with pytest.raises(TypeError, match=r"\.cpu\(\)"):
        RleArray.encode(Numba())


@pytest.mark.parametrize("dtype", [np.int64, np.uint16, np.complex64])
def test_other_dtypes_name_the_cast(dtype):
    with pytest.raises(TypeError, match="cast"):
        RleArray.encode(Producer(np.zeros((2, 3), dtype)))


def test_what_is_no_tensor():
    class Liar(Producer):
        def __dlpack__(self, **options):
            return object()

    with pytest.raises((TypeError, ValueError)):
        RleArray.encode(Liar(MASKS))
    capsule = MASKS.__dlpack__()

    class Twice(Producer):
        def __dlpack__(self, **options):
            return capsule

    assert RleArray.encode(Twice(MASKS)) == RleArray.encode(MASKS)
    with pytest.raises((TypeError, ValueError)):
        RleArray.encode(Twice(MASKS))


def test_buffers_and_array_interface():
    expected = RleArray.encode(MASKS)
    stack = MASKS.astype(np.uint8)
    assert RleArray.encode(memoryview(stack)) == expected
    room = bytearray(stack.tobytes())
    assert RleArray.encode(memoryview(room).cast("B", stack.shape)) == expected
    one = array.array("B", stack[0, 0].tolist())
    assert RleArray.encode(memoryview(one).cast("B", (1, 17))) == RleArray.encode(stack[0, :1])

    class Interface:
        __array_interface__ = stack.__array_interface__

    assert RleArray.encode(Interface()) == expected
    memory = stack.copy()
    memory.setflags(write=False)
    assert RleArray.encode(memory) == expected


# ---------------------------------------------------------------- torch


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


def test_torch_masks(torch):
    expected = RleArray.encode(MASKS)
    for dtype in (torch.bool, torch.uint8, torch.int8):
        tensor = torch.from_numpy(MASKS).to(dtype)
        assert RleArray.encode(tensor) == expected
        across = tensor.transpose(1, 2).contiguous().transpose(1, 2)
        assert not across.is_contiguous()
        assert RleArray.encode(across) == expected
        assert RleArray.encode(tensor[1:3]) == expected[1:3]
        assert RleArray.encode(tensor[:, ::2, 1::3]) == RleArray.encode(MASKS[:, ::2, 1::3])
        assert RleArray.encode(tensor.permute(1, 2, 0), layout="HWN") == expected
        assert RleArray.encode(tensor[0]) == expected[0]
    spread = torch.from_numpy(MASKS[:1]).expand(5, -1, -1)
    assert RleArray.encode(spread) == RleArray.encode(np.repeat(MASKS[:1], 5, 0))


def test_torch_takes_what_comes_out(torch):
    rles = RleArray.encode(MASKS)
    for dtype in (np.uint8, np.bool_):
        dense = rles.decode(dtype=dtype)
        tensor = torch.from_numpy(dense)
        assert tensor.data_ptr() == dense.ctypes.data
        assert torch.equal(tensor, torch.from_numpy(MASKS).to(tensor.dtype))
    room = torch.full(MASKS.shape, 7, dtype=torch.uint8)
    rles.decode(room.numpy())
    assert torch.equal(room, torch.from_numpy(MASKS).to(torch.uint8))


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64"])
def test_torch_logits(torch, name):
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn((3, 40, 70), generator=generator).to(getattr(torch, name))
    for threshold in (0.0, 0.5, -1.25):
        expected = RleArray.encode(logits > threshold)
        assert RleArray.encode(logits, threshold=threshold) == expected
        across = logits.transpose(1, 2).contiguous().transpose(1, 2)
        assert RleArray.encode(across, threshold=threshold) == expected


def test_every_bfloat16(torch):
    bits = torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16)
    scores = bits.view(torch.bfloat16).reshape(256, 256)
    order = bits.numpy().view(np.uint16).reshape(256, 256)
    values = np.array(reference.numbers("bfloat16"))[order]
    for threshold in (0.0, 0.1, 1 / 3, -2.7, 1e-40, 3.4e38, -1e39, float("inf"), -float("inf")):
        limit = reference.rounded(threshold, "bfloat16")
        got = RleArray.encode(scores, threshold=threshold).decode(layout="HW", dtype=bool)
        np.testing.assert_array_equal(got, values > limit)
        if abs(threshold) < 1e38:
            np.testing.assert_array_equal(got, (scores > limit).numpy())


def test_torch_tensors_that_cannot_be_read(torch):
    with pytest.raises(TypeError, match="threshold"):
        RleArray.encode(torch.zeros((2, 3), dtype=torch.bfloat16))
    with pytest.raises((BufferError, RuntimeError), match="detach"):
        RleArray.encode(torch.zeros((2, 3), requires_grad=True), threshold=0)
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        RleArray.encode(torch.zeros((2, 3), dtype=torch.bool, device="meta"))

"""Memory is shared with NumPy and through DLPack as PyTorch shares it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as mini
from minitorch.torch.utils.dlpack import from_dlpack, to_dlpack

torch: Any = pytest.importorskip("torch")

BASE = np.arange(24.0)
VIEWS: dict[str, Callable[[Any], Any]] = {
    "whole": lambda a: a,
    "matrix": lambda a: a.reshape(4, 6),
    "transposed": lambda a: a.reshape(4, 6).T,
    "rows": lambda a: a.reshape(4, 6)[::2],
    "columns": lambda a: a.reshape(4, 6)[:, 1:4],
    "steps": lambda a: a[1::5],
    "a number": lambda a: a[3:4].reshape(()),
    "nothing": lambda a: a[:0].reshape(0, 3),
}
DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_arrays_are_shared_both_ways(view: Callable[[Any], Any]) -> None:
    array = view(BASE.copy())
    ours, theirs = mini.from_numpy(array), torch.from_numpy(array)
    assert ours.tolist() == theirs.tolist()
    assert ours.stride() == theirs.stride()
    back = ours.numpy()
    assert np.shares_memory(back, array) or not array.size
    assert back.strides == theirs.numpy().strides
    if array.size:
        first = (0,) * array.ndim
        array[first] = 100
        assert ours.tolist() == theirs.tolist()
        ours.add_(1)
        assert array[first] == back[first] == 101


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_dlpack_is_shared_both_ways(view: Callable[[Any], Any]) -> None:
    array = view(BASE.copy())
    theirs = torch.from_numpy(array)
    ours = mini.from_dlpack(theirs)
    assert ours.tolist() == theirs.tolist()
    again = torch.from_dlpack(ours)
    if array.size:
        assert again.data_ptr() == theirs.data_ptr() == ours.data_ptr()
        ours.add_(1)
        assert again.tolist() == theirs.tolist() == array.tolist()
    assert torch.utils.dlpack.from_dlpack(to_dlpack(ours)).tolist() == array.tolist()
    assert from_dlpack(torch.utils.dlpack.to_dlpack(theirs)).tolist() == array.tolist()
    assert np.from_dlpack(ours).tolist() == array.tolist()
    assert mini.from_dlpack(array).tolist() == array.tolist()


@pytest.mark.parametrize("name", DTYPES)
def test_every_dtype(name: str) -> None:
    array = np.array([0, 1, 2]).astype(name)
    assert mini.from_numpy(array).dtype is getattr(mini, name)
    assert mini.tensor(array).dtype is getattr(mini, name)
    assert mini.from_numpy(array).numpy().dtype == array.dtype
    assert mini.from_dlpack(torch.from_numpy(array)).tolist() == array.tolist()


def test_tensor_copies_and_as_tensor_does_not() -> None:
    array = np.zeros(3)
    copied, shared = mini.tensor(array), mini.as_tensor(array)
    array[0] = 1
    assert copied.tolist() == [0.0, 0.0, 0.0]
    assert shared.tolist() == [1.0, 0.0, 0.0]
    assert mini.as_tensor(shared) is shared
    assert mini.as_tensor(array, dtype=mini.float32).dtype is mini.float32
    assert mini.as_tensor([1, 2]).tolist() == [1, 2]
    assert mini.asarray(array).data_ptr() == array.ctypes.data
    assert mini.asarray(array, copy=True).data_ptr() != array.ctypes.data
    with pytest.raises(ValueError, match="can't alias"):
        mini.asarray([1, 2], copy=False)
    assert mini.asarray(mini.ones(2), requires_grad=True).requires_grad


def test_what_was_recorded_is_not_changed_from_outside() -> None:
    x = mini.zeros(3)
    y = x + 1
    x.numpy()[0] = 5
    assert y.tolist() == [1.0, 1.0, 1.0]
    z = x + 1
    x.numpy()[1] = 7
    assert z.tolist() == [6.0, 1.0, 1.0]


def test_numpy_asks_for_arrays() -> None:
    x = mini.tensor([1.0, 2.0])
    assert np.shares_memory(np.asarray(x), x.numpy())
    assert not np.shares_memory(np.array(x), x.numpy())
    assert np.asarray(x, dtype="int32").dtype == np.int32
    assert np.stack([x, x]).tolist() == [[1.0, 2.0], [1.0, 2.0]]
    np.testing.assert_allclose(x, [1.0, 2.0])
    with pytest.raises(ValueError, match="Unable to avoid copy"):
        np.asarray(x, dtype="int32", copy=False)


def test_functions_of_numpy_give_tensors() -> None:
    x = mini.tensor([0.0, 1.0])
    assert isinstance(np.exp(x), mini.Tensor)
    assert np.exp(x).tolist() == pytest.approx(torch.ones(2).cumsum(0).sub(1).exp().tolist())
    assert np.greater(x, 0).dtype is mini.uint8
    assert (np.float32(2) * x).tolist() == (x * np.float32(2)).tolist() == [0.0, 2.0]


MISTAKES: dict[str, Callable[[Any], Any]] = {
    "numpy of a tensor that tracks gradients": lambda m: m.ones(2, requires_grad=True).numpy(),
    "an array of one": lambda m: np.asarray(m.ones(2, requires_grad=True)),
    "numpy of bfloat16": lambda m: m.ones(2, dtype=m.bfloat16).numpy(),
    "a list": lambda m: m.from_numpy([1]),
    "negative strides": lambda m: m.from_numpy(np.ones(3)[::-1]),
    "the other order of bytes": lambda m: m.from_numpy(np.array([1], dtype=">i4")),
    "strides between numbers": lambda m: m.from_numpy(
        np.zeros(3, dtype=[("a", "f4"), ("b", "i2")])["a"]
    ),
    "dlpack of gradients": lambda m: m.ones(2, requires_grad=True).__dlpack__(),
    "an offset past the end": lambda m: m.frombuffer(bytearray(4), dtype=m.int8, offset=4),
    "too many numbers": lambda m: m.frombuffer(bytearray(4), dtype=m.int8, count=5),
    "half a number": lambda m: m.frombuffer(bytearray(3), dtype=m.int16),
}


@pytest.mark.parametrize("call", MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes_are_told_as_pytorch_tells_them(call: Callable[[Any], Any]) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011 -- whichever PyTorch raises
        call(torch)
    with pytest.raises(theirs.type) as ours:
        call(mini)
    assert str(ours.value) == str(theirs.value).strip()


@pytest.mark.parametrize("kind", ["O", "U1", "uint16", "complex128"])
def test_dtypes_that_are_not_stored_are_told(kind: str) -> None:
    array = np.ones(2).astype(kind)
    for make in (mini.from_numpy, mini.tensor):
        with pytest.raises(TypeError, match=r"can't convert np\.ndarray of type numpy\."):
            make(array)


def test_force_gives_an_array_in_any_case() -> None:
    assert mini.ones(2, requires_grad=True).numpy(force=True).tolist() == [1.0, 1.0]


def test_arrays_that_may_not_be_written_to() -> None:
    array = np.frombuffer(b"abc", dtype="uint8")
    with pytest.warns(UserWarning, match="not writable"):
        assert mini.from_numpy(array).tolist() == [97, 98, 99]
    with pytest.warns(UserWarning, match="not writable"):
        assert mini.from_numpy(np.broadcast_to(np.ones(1), (3,))).tolist() == [1.0] * 3


def test_bytes_are_shared() -> None:
    data = bytearray(b"abcdef")
    x = mini.frombuffer(data, dtype=mini.uint8, count=3, offset=1)
    data[1] = 0
    assert x.tolist() == [0, 99, 100]
    assert (x.data_ptr(), x.untyped_storage().nbytes()) == (x.numpy().ctypes.data, 3)


def test_memory_lives_as_long_as_someone_looks_at_it() -> None:
    def made() -> Any:
        return mini.from_dlpack(torch.arange(1000.0))

    kept = made().numpy()[::2]
    _ = [np.zeros(1000) for _ in range(10)]
    assert kept.tolist() == list(range(0, 1000, 2))

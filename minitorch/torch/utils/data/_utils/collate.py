"""Collating: from a list of samples to a batch, field by field.

Idea: samples of tensors are stacked, numbers become a tensor, and what contains others (tuple,
    dict, list, named tuple) is gone through, so that a batch has the structure of a sample.
Not here: which samples (fetch.py).
Read next: fetch.py
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

from minitorch.torch.creation import as_tensor, tensor
from minitorch.torch.dtypes import dtype
from minitorch.torch.joining import stack
from minitorch.torch.tensor import Tensor

__all__ = ["collate", "default_collate", "default_collate_fn_map", "default_convert"]

WRONG = (
    "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"
)

CollateMap = dict[Any, Callable[..., Any]]


def _kind(value: Any) -> str:
    """One of "tensor", "array", "scalar", or "" for others; by name: NumPy need not be there."""
    if isinstance(value, Tensor):
        return "tensor"
    kind = type(value)
    if kind.__module__ != "numpy" or kind.__name__ in ("str_", "bytes_", "string_"):
        return ""
    return "array" if kind.__name__ in ("ndarray", "memmap") else "scalar"


def _of_numbers(array: Any) -> bool:
    return array.dtype.kind not in "SUaO"  # text and objects


def _rebuilt(value: Any, convert: Callable[[Any], Any]) -> Any:
    """A dict or a sequence of the type of `value`, each item as `convert` gives it for its key.

    A plain dict or list where the type cannot be built so.
    """
    many = isinstance(value, Mapping)
    held: Any = value
    keys: list[Any] = list(held) if many else list(range(len(held)))
    items = [convert(key) for key in keys]
    try:
        if isinstance(value, MutableMapping | MutableSequence):
            clone: Any = copy.copy(held)  # keeps what a subclass holds besides its items
            for key, item in zip(keys, items, strict=True):
                clone[key] = item
            return clone
        return type(held)(dict(zip(keys, items, strict=True)) if many else items)
    except TypeError:
        return dict(zip(keys, items, strict=True)) if many else items


def default_convert(data: Any) -> Any:
    """A sample with its NumPy arrays and numbers as tensors; what else there is stays as it is.

    >>> default_convert({"a": "text", "b": [0, 1]})
    {'a': 'text', 'b': [0, 1]}
    """
    kind = _kind(data)
    if kind:
        if kind == "tensor" or (kind == "array" and not _of_numbers(data)):
            return data
        return as_tensor(data)
    if isinstance(data, tuple):
        items = [default_convert(item) for item in data]  # type: ignore[misc]  # its items are of any type
        return type(data)(*items) if hasattr(data, "_fields") else items  # type: ignore[misc]  # named
    nests = isinstance(data, Mapping | Sequence) and not isinstance(data, str | bytes)
    return _rebuilt(data, lambda key: default_convert(data[key])) if nests else data


def collate(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """A batch of the samples, by a function for each type of value in a map.

    Args:
        batch: the samples, alike in structure.
        collate_fn_map: what makes a batch of values of a type, or of any of a tuple of types:
            `fn(values, collate_fn_map=...)`.

    Raises:
        TypeError: values of a type that is not in the map and contains no others.
        RuntimeError: lists of different lengths.

    >>> collate([1, 2], collate_fn_map={int: lambda values, collate_fn_map: max(values)})
    2
    """
    first = batch[0]
    known = collate_fn_map or {}
    fn = known.get(type(first))
    if fn is None:
        fn = next((known[kind] for kind in known if isinstance(first, kind)), None)
    if fn is not None:
        return fn(batch, collate_fn_map=collate_fn_map)
    if isinstance(first, Mapping):
        return _rebuilt(
            first,
            lambda key: collate([it[key] for it in batch], collate_fn_map=collate_fn_map),
        )
    if not isinstance(first, Sequence):
        raise TypeError(WRONG.format(type(first)))
    sample: Any = first
    named = isinstance(sample, tuple) and hasattr(sample, "_fields")
    if not named and any(len(it) != len(sample) for it in batch):
        raise RuntimeError("each element in list of batch should be of equal size")
    columns = list(zip(*batch, strict=False))
    if isinstance(sample, tuple):
        items = [collate(column, collate_fn_map=collate_fn_map) for column in columns]
        return type(sample)(*items) if named else items  # type: ignore[misc]  # a named tuple
    return _rebuilt(sample, lambda k: collate(columns[k], collate_fn_map=collate_fn_map))


def collate_tensor_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """The tensors, stacked."""
    return stack(list(batch), 0)


def _collate_arrays(batch: Any, collate_fn_map: CollateMap | None) -> Any:
    if not _of_numbers(batch[0]):
        raise TypeError(WRONG.format(batch[0].dtype))
    return collate([as_tensor(it) for it in batch], collate_fn_map=collate_fn_map)


def collate_float_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """Python's floats as a float64 tensor."""
    return tensor(list(batch), dtype=dtype.named["float64"])


def collate_int_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """Python's whole numbers as an int64 tensor, bools as a bool one."""
    return tensor(list(batch))


def collate_str_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """Texts as they are."""
    return batch


default_collate_fn_map: CollateMap = {
    Tensor: collate_tensor_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}


class _Numpy(type):
    """The type of a class whose instances are NumPy's arrays, or its numbers, without NumPy."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return _kind(instance) == cls.__name__.strip("_")


class _array(metaclass=_Numpy):
    """Any NumPy array."""


class _scalar(metaclass=_Numpy):
    """Any of NumPy's numbers."""


def _array_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    return _collate_arrays(batch, collate_fn_map)


def _scalar_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    return stack([as_tensor(it) for it in batch], 0)


default_collate_fn_map = {_array: _array_fn, _scalar: _scalar_fn, **default_collate_fn_map}


def default_collate(batch: Any) -> Any:
    """A batch of samples: tensors stacked, numbers as a tensor, what contains others gone through.

    Raises:
        TypeError: values of a type that has no batch.
        RuntimeError: tensors of different shapes; lists of different lengths.

    >>> default_collate([(0, {"x": 0.5}), (1, {"x": 1.5})])
    [tensor([0, 1]), {'x': tensor([0.5000, 1.5000], dtype=torch.float64)}]
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)

"""safetensors files of tensors, both ways; the functions of `safetensors.torch`.

Idea: eight bytes of length, a JSON header of names, dtypes, shapes and places, then the bytes of
    all tensors without a gap. The library of that name is not used: its arrays are NumPy's, which
    has no bfloat16, and it writes strided memory in the wrong order.
Not here: checkpoints of `torch.save` (../serialization/).
Read next: ../serialization/loading.py
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

from minitorch.errors import ArchiveError, DtypeError
from minitorch.tensor_data import TensorData
from minitorch.torch.dtypes import dtype, stored_dtype
from minitorch.torch.storage import bytes_of
from minitorch.torch.tensor import Tensor, wrap

__all__ = ["load", "load_file", "load_model", "safe_open", "save", "save_file", "save_model"]

# The dtypes as the format calls them.
CODES = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "I16": "int16",
    "I32": "int32",
    "I64": "int64",
    "F16": "float16",
    "BF16": "bfloat16",
    "F32": "float32",
    "F64": "float64",
}


NAMES = {kind: code for code, kind in CODES.items()}
CHUNK = 1 << 20
MAX_HEADER = 100_000_000  # as the format says
METADATA = "__metadata__"


def save(tensors: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> bytes:
    """Named tensors as the bytes of a safetensors file; each is written contiguous, by itself.

    Raises:
        DtypeError: something in it is no tensor.
        ArchiveError: two of them share memory, which the format cannot say.

    >>> import minitorch.torch as torch
    >>> load(save({"w": torch.ones(2)}))
    {'w': tensor([1., 1.])}
    """
    file = io.BytesIO()
    _write(file, tensors, metadata)
    return file.getvalue()


def _write(file: BinaryIO, tensors: Mapping[str, Any], metadata: Mapping[str, str] | None) -> None:
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise DtypeError(f"safetensors: {name!r} is a {type(tensor).__name__}, no tensor.")
    _refuse_shared(tensors)
    # Wide numbers first, so that all of them are aligned.
    order = sorted(tensors, key=lambda name: (-tensors[name].dtype.itemsize, name))
    header: dict[str, Any] = {METADATA: dict(metadata)} if metadata else {}
    place = 0
    for name in order:
        tensor = tensors[name]
        end = place + tensor._tensor.size * tensor.dtype.itemsize
        shape, code = list(tensor.shape), NAMES[tensor.dtype.name]
        header[name] = {"dtype": code, "shape": shape, "data_offsets": [place, end]}
        place = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little"))
    file.write(text)
    for name in order:
        file.write(_bytes(tensors[name]))


def _bytes(tensor: Tensor) -> memoryview[Any]:
    data = tensor._tensor.contiguous()
    width = data.dtype.itemsize
    return bytes_of(data.cell)[data.offset * width : (data.offset + data.size) * width]


def _refuse_shared(tensors: Mapping[str, Any]) -> None:
    owners: dict[int, str] = {}
    for name, tensor in tensors.items():
        if tensor._tensor.size == 0:
            continue
        other = owners.setdefault(id(tensor._tensor.cell), name)
        if other != name:
            raise ArchiveError(
                f"Some tensors share memory, this will lead to duplicate memory on disk and "
                f"potential differences when loading them again: {{{other!r}, {name!r}}}. Clone "
                "one of them, or use save_model."
            )


def save_file(
    tensors: Mapping[str, Any],
    filename: str | os.PathLike[str],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write named tensors to a file."""
    with Path(filename).open("wb") as file:
        _write(file, tensors, metadata)


def load(data: bytes) -> dict[str, Tensor]:
    """The named tensors in the bytes of a safetensors file.

    Raises:
        ArchiveError: the bytes are damaged.
        DtypeError: a tensor has a dtype that is not stored here.
    """
    return _File(io.BytesIO(data)).all()


def load_file(filename: str | os.PathLike[str], device: Any = "cpu") -> dict[str, Tensor]:
    """The named tensors of a file.

    Raises:
        ArchiveError: the file is damaged.
        DtypeError: a tensor has a dtype that is not stored here.
    """
    with Path(filename).open("rb") as file:
        return _File(file).all()


class _File:
    """A file whose header has been read and believed: every place in it was checked."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, MAX_HEADER):
            raise ArchiveError(
                f"the file is no safetensors file, or damaged: its header is said to have {length} "
                f"bytes, the file has {size}."
            )
        try:
            header = json.loads(file.read(length), object_pairs_hook=_unique)
            self.metadata: dict[str, str] | None = header.pop(METADATA, None)
            self.places = {name: _Place(**entry) for name, entry in header.items()}
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise ArchiveError(f"the header of the safetensors file is damaged: {error}") from error
        self.start = 8 + length
        end = 0
        for place in sorted(self.places.values(), key=lambda it: it.begin):
            if place.begin != end:
                raise ArchiveError("the tensors of the safetensors file overlap, or leave a gap.")
            end = place.end
        if self.start + end != size:
            raise ArchiveError(
                f"the tensors of the safetensors file need {self.start + end} bytes, it has {size}."
            )

    def all(self) -> dict[str, Tensor]:
        """Every tensor, in the order of the header."""
        return {name: self.tensor(name) for name in self.places}

    def tensor(self, name: str) -> Tensor:
        """One of the tensors."""
        place = self.places[name]
        kind = CODES.get(place.code)
        if kind is None:
            raise DtypeError(f"safetensors: {name!r} is of dtype {place.code}, not stored here.")
        wanted = dtype.named[kind]
        if prod(place.shape) * wanted.itemsize != place.end - place.begin:
            raise ArchiveError(f"safetensors: {name!r} has other bytes than its shape needs.")
        data = TensorData.empty(place.shape, stored_dtype(wanted))
        self.file.seek(self.start + place.begin)
        room = bytes_of(data.cell)
        for k in range(0, len(room), CHUNK):
            room[k : k + CHUNK] = self.file.read(min(CHUNK, len(room) - k))
        return wrap(data)


class _Place:
    """One entry of a header."""

    def __init__(self, dtype: Any, shape: Any, data_offsets: Any) -> None:
        self.code = str(dtype)
        self.begin, self.end = data_offsets
        self.shape = tuple(shape)
        numbers = (*self.shape, self.begin, self.end)
        if any(type(n) is not int or n < 0 for n in numbers) or self.begin > self.end:
            raise ValueError("a size or a place is no number from 0 on")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def save_model(
    model: Any,
    filename: str,
    metadata: Mapping[str, str] | None = None,
    force_contiguous: bool = True,
) -> None:
    """Write the state of a module; of names for the same memory, the first."""
    kept: dict[str, Any] = {}
    same: dict[str, str] = dict(metadata or {})
    owners: dict[int, str] = {}
    for name, tensor in model.state_dict().items():
        owner = owners.setdefault(id(tensor._tensor.cell), name)
        if owner == name:
            kept[name] = tensor
        else:
            same[name] = owner
    save_file(kept, filename, same)


def load_model(
    model: Any, filename: str | os.PathLike[str], strict: bool = True, device: Any = "cpu"
) -> tuple[list[str], list[str]]:
    """Load the state of a module; returns (missing, unexpected) names.

    Names that share memory with a name that is there are not missing.
    """
    found = load_file(filename)
    own = model.state_dict()
    cells = {id(own[name]._tensor.cell) for name in found if name in own}
    missing = [
        name for name in own if name not in found and id(own[name]._tensor.cell) not in cells
    ]
    unexpected = [name for name in found if name not in own]
    model.load_state_dict(found, strict=False)
    if strict and (missing or unexpected):
        raise ArchiveError(
            f"Error(s) in loading state_dict for {type(model).__name__}: missing {missing}, "
            f"unexpected {unexpected}"
        )
    return missing, unexpected


class safe_open:
    """A safetensors file to take single tensors from.

    >>> import tempfile
    >>> import minitorch.torch as torch
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     save_file({"w": torch.ones(2)}, file.name)
    ...     with safe_open(file.name, framework="pt") as opened:
    ...         list(opened.keys()), opened.get_tensor("w")
    (['w'], tensor([1., 1.]))
    """

    def __init__(self, filename: Any, framework: str = "pt", device: Any = "cpu") -> None:
        self._file = Path(filename).open("rb")  # noqa: SIM115 -- closed by __exit__
        try:
            self._read = _File(self._file)
        except BaseException:
            self._file.close()
            raise

    def keys(self) -> Iterator[str]:
        """The names."""
        return iter(self._read.places)

    def metadata(self) -> dict[str, str] | None:
        """What was written beside the tensors."""
        return self._read.metadata

    def get_tensor(self, name: str) -> Tensor:
        """One of the tensors.

        Raises:
            ArchiveError: there is none of this name.
        """
        if name not in self._read.places:
            raise ArchiveError(f"File does not contain tensor {name}")
        return self._read.tensor(name)

    def __enter__(self) -> safe_open:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

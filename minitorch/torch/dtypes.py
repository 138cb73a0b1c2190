"""dtype, Size, device: the small values that describe a tensor, and type promotion.

Idea: a dtype of this face names one of the engine's. A result's dtype is that of the operands with
    dims; tensors without dims, and after them numbers, count only where they are of a higher kind
    (bool < integer < float < complex).
Not here: storage (../tensor_data.py).
Read next: tensor.py
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any, ClassVar

from minitorch.errors import DeviceError, DtypeError
from minitorch.tensor_data import DTYPES, dtype_of, promote

__all__ = [
    "DTYPE_NAMES",
    "FORMAT_NAMES",
    "Size",
    "can_cast",
    "check_device",
    "device",
    "dtype",
    "finfo",
    "get_default_dtype",
    "iinfo",
    "layout",
    "memory_format",
    "promote_types",
    "result_dtype",
    "set_default_dtype",
    "to_dtype",
]

BOOL, INT, FLOAT, COMPLEX = range(4)  # kinds, ascending


class dtype:
    """The kind of number of a tensor, such as `torch.float32`.

    >>> dtype.named["float32"], dtype.named["int8"].itemsize
    (torch.float32, 1)
    """

    named: ClassVar[dict[str, dtype]] = {}

    def __init__(self, name: str, kind: int, itemsize: int, signed: bool = True) -> None:
        self.name = name
        self.kind = kind
        self.itemsize = itemsize
        self.is_floating_point = kind == FLOAT
        self.is_complex = kind == COMPLEX
        self.is_signed = signed
        stored = [it for it in DTYPES if it.name == name]
        self.stored: Any = stored[0] if stored else None  # the engine's
        dtype.named[name] = self

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> Any:
        return _by_name, (self.name,)

    def to_complex(self) -> dtype:
        """The complex dtype of this width."""
        return dtype.named["complex128" if self.name == "float64" else "complex64"]

    def to_real(self) -> dtype:
        """The float dtype of the parts of a complex one; else itself."""
        names = {"complex64": "float32", "complex128": "float64"}
        return dtype.named[names.get(self.name, self.name)]


def _by_name(name: str) -> dtype:
    return dtype.named[name]


for _name, _kind, _size, _signed in (
    ("bool", BOOL, 1, False),
    ("uint8", INT, 1, False),
    ("int8", INT, 1, True),
    ("int16", INT, 2, True),
    ("int32", INT, 4, True),
    ("int64", INT, 8, True),
    ("float16", FLOAT, 2, True),
    ("bfloat16", FLOAT, 2, True),
    ("float32", FLOAT, 4, True),
    ("float64", FLOAT, 8, True),
    ("complex64", COMPLEX, 8, True),
    ("complex128", COMPLEX, 16, True),
):
    dtype(_name, _kind, _size, _signed)

# Other names of the same dtypes, as they stand beside them in `torch`.
DTYPE_NAMES: dict[str, dtype] = {
    **dtype.named,
    "half": dtype.named["float16"],
    "float": dtype.named["float32"],
    "double": dtype.named["float64"],
    "short": dtype.named["int16"],
    "int": dtype.named["int32"],
    "long": dtype.named["int64"],
    "cfloat": dtype.named["complex64"],
    "cdouble": dtype.named["complex128"],
}
_FACES = {it.stored: it for it in dtype.named.values() if it.stored is not None}
_default = dtype.named["float32"]


def to_dtype(stored: Any) -> dtype:
    """The dtype of this face for one of the engine's.

    >>> from minitorch.tensor_data import dtype_of
    >>> to_dtype(dtype_of("int64"))
    torch.int64
    """
    return _FACES[stored]


def stored_dtype(wanted: Any) -> Any:
    """The engine's dtype for one of this face, or for Python's `float`, `int`, `bool`.

    Raises:
        DtypeError: complex numbers are not stored here; no dtype was given.
    """
    if wanted in (float, int, bool):
        wanted = {float: _default, int: dtype.named["int64"], bool: dtype.named["bool"]}[wanted]
    if not isinstance(wanted, dtype):
        raise DtypeError(f"expected a torch.dtype, got {wanted!r}.")
    if wanted.stored is None:
        raise DtypeError(f"{wanted} tensors are not supported; use two real tensors.")
    return wanted.stored


_KINDS = {
    "bool": "Bool",
    "uint8": "Byte",
    "int8": "Char",
    "int16": "Short",
    "int32": "Int",
    "int64": "Long",
    "float16": "Half",
    "bfloat16": "BFloat16",
    "float32": "Float",
    "float64": "Double",
    "complex64": "ComplexFloat",
    "complex128": "ComplexDouble",
}


def kind_of(kind: dtype) -> str:
    """The word for a dtype in PyTorch's messages and names of types: Float, Long ...

    >>> kind_of(dtype.named["int64"])
    'Long'
    """
    return _KINDS[kind.name]


def get_default_dtype() -> dtype:
    """The dtype of float tensors that name none.

    >>> get_default_dtype()
    torch.float32
    """
    return _default


def set_default_dtype(d: dtype) -> None:
    """Set the dtype of float tensors that name none."""
    global _default
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise DtypeError("only floating-point types are supported as the default type")
    _default = d


def _kind_of_number(value: Any) -> dtype:
    if isinstance(value, bool):
        return dtype.named["bool"]
    if isinstance(value, int):
        return dtype.named["int64"]
    return dtype.named["complex64"] if isinstance(value, complex) else _default


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that holds both.

    >>> promote_types(dtype.named["int64"], dtype.named["float16"])
    torch.float16
    """
    if type1 is type2:
        return type1
    if type1.is_complex or type2.is_complex:
        wide = "complex128" if {type1.name, type2.name} & {"complex128", "float64"} else "complex64"
        return dtype.named[wide]
    return _FACES[promote(type1.stored, type2.stored)]


def result_dtype(operands: Iterable[Any]) -> dtype:
    """The dtype that an op of these tensors and numbers computes in."""
    ranks: list[dtype | None] = [None, None, None]  # with dims, without dims, numbers
    for it in operands:
        data = getattr(it, "_tensor", None)
        if data is None:
            rank, found = 2, _kind_of_number(it)
        else:
            rank, found = (0 if data.shape else 1), _FACES[data.dtype]
        known = ranks[rank]
        ranks[rank] = found if known is None else promote_types(known, found)
    return _over(ranks[0], _over(ranks[1], ranks[2])) or _default


def _over(high: dtype | None, low: dtype | None) -> dtype | None:
    """The dtype of operands of a higher rank beside those of a lower one."""
    if high is None or low is None:
        return low if high is None else high
    return promote_types(high, low) if low.kind > high.kind else high


def can_cast(from_: dtype, to: dtype) -> bool:
    """True where numbers of one dtype may be written into the other by an op in place.

    >>> can_cast(dtype.named["float32"], dtype.named["int64"])
    False
    """
    return from_.kind <= to.kind and not (from_.is_signed and to.name == "uint8")


class Size(tuple[int, ...]):
    """The sizes of a tensor's dims.

    >>> Size((2, 3)), Size((2, 3)).numel()
    (torch.Size([2, 3]), 6)
    """

    __slots__ = ()

    def numel(self) -> int:
        """The number of cells."""
        return prod(self)

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return Size(found) if isinstance(key, slice) else found

    def __add__(self, other: Any) -> Size:
        return Size(tuple(self) + tuple(other))

    def __radd__(self, other: Any) -> Size:
        return Size(tuple(other) + tuple(self))

    def __mul__(self, count: Any) -> Size:
        return Size(tuple(self) * count)

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __reduce__(self) -> Any:
        return Size, (tuple(self),)


class device:
    """Where a tensor lives: a type such as "cpu", and an index where there are several.

    >>> device("cuda:1"), str(device("cpu"))
    (device(type='cuda', index=1), 'cpu')
    """

    KNOWN = ("cpu", "cuda", "mps", "xpu", "meta", "mkldnn", "hip", "xla", "vulkan")

    def __init__(self, type: Any = "cpu", index: Any = None) -> None:
        self.type: str
        self.index: int | None
        if isinstance(type, device):
            type, index = type.type, type.index
        if isinstance(type, int):
            type, index = "cuda", type
        if not isinstance(type, str):
            raise DtypeError(f"device(): argument 'type' must be str, not {type.__class__}")
        name, _, number = type.partition(":")
        if name not in self.KNOWN or (number and not number.isdigit()):
            raise RuntimeError(
                f"Expected one of {', '.join(self.KNOWN)} device type at start of device string: "
                f"{type}"
            )
        self.type = name
        self.index = int(number) if number else index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type={self.type!r}{index})"

    def __reduce__(self) -> Any:
        return device, (str(self),)

    def __enter__(self) -> device:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def check_device(place: Any) -> None:
    """Raise for a device that is not there.

    Raises:
        DeviceError: it is not the CPU.

    >>> check_device("cpu")
    """
    kind = (place if isinstance(place, device) else device(place)).type
    if kind == "cuda":
        raise DeviceError("Torch not compiled with CUDA enabled")
    if kind not in ("cpu", "meta"):
        raise DeviceError(f"device type {kind} is not available; only the CPU is.")


class layout:
    """How a tensor's cells are kept; only `torch.strided` is stored here."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


class memory_format:
    """The order of dims in memory that a program asks for; strides say what it is."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


# Layouts and formats, as they stand in `torch`.
FORMAT_NAMES: dict[str, Any] = {
    name: kind(name)
    for kind, names in (
        (layout, ("strided", "sparse_coo", "sparse_csr")),
        (
            memory_format,
            ("preserve_format", "contiguous_format", "channels_last", "channels_last_3d"),
        ),
    )
    for name in names
}

_MANTISSA = {"float16": (10, 5), "bfloat16": (7, 8), "float32": (23, 8), "float64": (52, 11)}


class finfo:
    """The limits of a float dtype: bits, eps, max, min, tiny, smallest_normal, resolution.

    >>> finfo(dtype.named["float32"]).eps
    1.1920928955078125e-07
    """

    def __init__(self, type: dtype | None = None) -> None:
        type = _default if type is None else type
        if type.to_real().name not in _MANTISSA:
            raise DtypeError(f"torch.finfo() requires a floating point input type, not {type}")
        mantissa, exponent = _MANTISSA[type.to_real().name]
        top = 2 ** (exponent - 1)
        self.dtype = type.name
        self.bits = 1 + mantissa + exponent
        self.eps = 2.0**-mantissa
        self.max = (2.0 - self.eps) * 2.0 ** (top - 1)
        self.min = -self.max
        self.tiny = self.smallest_normal = 2.0 ** (2 - top)
        self.resolution = 10.0 ** -int(mantissa * 0.30103)

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, "
            f"eps={self.eps:g}, smallest_normal={self.tiny:g}, tiny={self.tiny:g}, "
            f"dtype={self.dtype})"
        )


class iinfo:
    """The limits of an integer dtype: bits, max, min.

    >>> iinfo(dtype.named["int8"]).max
    127
    """

    def __init__(self, type: dtype) -> None:
        if type.kind != INT:
            raise DtypeError(f"torch.iinfo() requires an integer input type, not {type}")
        self.dtype = type.name
        self.bits = 8 * type.itemsize
        self.max = 2 ** (self.bits - type.is_signed) - 1
        self.min = -(2 ** (self.bits - 1)) if type.is_signed else 0

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


def sizes_in(sizes: tuple[Any, ...], given: dict[str, Any], name: str) -> tuple[int, ...]:
    """The sizes that an op was given one by one, as one sequence, or by name."""
    return size_of(sizes if name not in given else (given[name],))


def size_of(sizes: Sequence[Any]) -> tuple[int, ...]:
    """Sizes given one by one, or as one sequence, as a tuple of ints."""
    if len(sizes) == 1 and not isinstance(sizes[0], int) and hasattr(sizes[0], "__iter__"):
        sizes = sizes[0]
    for n in sizes:
        if n.__class__ is not int:
            return tuple([int(n) for n in sizes])
    return tuple(sizes)


assert dtype_of("float32") == _default.stored

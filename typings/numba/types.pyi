"""Numba's types, as written in explicit signatures."""

from collections.abc import Sequence

from numba.core.typing import Signature

class Type:
    name: str
    bitwidth: int
    def __call__(self, *args: Type) -> Signature: ...
    def __getitem__(self, index: slice | tuple[slice, ...]) -> Array: ...

class Array(Type):
    dtype: Type
    ndim: int
    layout: str
    def __init__(
        self, dtype: Type, ndim: int, layout: str, readonly: bool = ..., aligned: bool = ...
    ) -> None: ...

class UniTuple(Type):
    dtype: Type
    count: int
    def __init__(self, dtype: Type, count: int) -> None: ...

class Tuple(Type):
    def __init__(self, types: Sequence[Type]) -> None: ...

class FunctionType(Type):
    def __init__(self, signature: Signature) -> None: ...

boolean: Type
int8: Type
int16: Type
int32: Type
int64: Type
uint8: Type
uint16: Type
uint32: Type
uint64: Type
intp: Type
uintp: Type
float32: Type
float64: Type
void: Type
none: Type

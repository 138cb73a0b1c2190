"""The part of Numba that minitorch uses."""

from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar, overload

from numba import types as types
from numba.core import config as config
from numba.core.dispatcher import Dispatcher
from numba.core.typing import Signature

_P = ParamSpec("_P")
_R = TypeVar("_R")

__version__: str

# A signature is a string such as "float64(float64)" or an object made by calling a type.
_Signature = str | tuple[types.Type, ...] | Signature

class _Decorator:
    def __call__(self, function: Callable[_P, _R], /) -> Dispatcher[_P, _R]: ...

# Options: parallel, cache, fastmath, error_model, inline, boundscheck, nogil; often a shared dict.
@overload
def njit(
    signature_or_function: Callable[_P, _R],
    /,
    **options: Any,
) -> Dispatcher[_P, _R]: ...
@overload
def njit(
    signature_or_function: _Signature | list[_Signature] | None = ...,
    /,
    **options: Any,
) -> _Decorator: ...

class prange:
    @overload
    def __init__(self, stop: int, /) -> None: ...
    @overload
    def __init__(self, start: int, stop: int, step: int = ..., /) -> None: ...
    def __iter__(self) -> Iterator[int]: ...

def get_num_threads() -> int: ...
def set_num_threads(n: int, /) -> None: ...
def get_thread_id() -> int: ...
def threading_layer() -> str: ...
def typeof(value: object, /) -> types.Type: ...
def literally(value: _R, /) -> _R: ...
def literal_unroll(container: _R, /) -> _R: ...

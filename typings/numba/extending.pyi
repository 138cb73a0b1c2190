"""Numba's hooks for functions that only compiled code sees."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, overload

_P = ParamSpec("_P")
_R = TypeVar("_R")
_F = TypeVar("_F", bound=Callable[..., Any])

@overload
def register_jitable(function: Callable[_P, _R], /) -> Callable[_P, _R]: ...
@overload
def register_jitable(
    **options: Any,
) -> Callable[[_F], _F]: ...
def intrinsic(function: Callable[..., Any], /) -> Callable[..., Any]: ...

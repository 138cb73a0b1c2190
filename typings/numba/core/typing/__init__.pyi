"""Signatures: what `float64(float64)` is."""

from numba.types import Type

class Signature:
    args: tuple[Type, ...]
    return_type: Type

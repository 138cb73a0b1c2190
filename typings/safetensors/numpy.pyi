"""Safetensors for NumPy.

Trap: 0.8.0 writes wrong values for strided views; give it contiguous copies.
"""

from os import PathLike
from typing import Any

from numpy.typing import NDArray

def save(tensor_dict: dict[str, NDArray[Any]], metadata: dict[str, str] | None = ...) -> bytes: ...
def save_file(
    tensor_dict: dict[str, NDArray[Any]],
    filename: str | PathLike[str],
    metadata: dict[str, str] | None = ...,
) -> None: ...
def load(data: bytes) -> dict[str, NDArray[Any]]: ...
def load_file(filename: str | PathLike[str]) -> dict[str, NDArray[Any]]: ...

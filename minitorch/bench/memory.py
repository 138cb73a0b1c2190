"""Bytes of array buffers, counted one by one: those of NumPy, and those that kernels make inside.

Idea: NumPy lets its allocator be replaced (NEP 49), and compiled code finds Numba's by name; both
    are replaced by functions that count and hand on.
        peak = the most bytes that were there at once during a call
    Only a process that measures memory does this; its calls are slow and are not timed.
Not here: what PyTorch's own allocator tells (with_torch.py), Python's objects.
Read next: with_minitorch.py
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from numba.core.registry import cpu_target
from numba.core.runtime.nrt import rtsys

__all__ = ["Count", "counting", "peak_bytes"]

NUMPY_SET_HANDLER = 304  # its place in NumPy's table of functions, which never changes
HELPERS: dict[str, int] = import_module("numba.core.runtime._nrt_python").c_helpers

Pointer, Size = ctypes.c_void_p, ctypes.c_size_t
Malloc = ctypes.CFUNCTYPE(Pointer, Pointer, Size)
Calloc = ctypes.CFUNCTYPE(Pointer, Pointer, Size, Size)
Realloc = ctypes.CFUNCTYPE(Pointer, Pointer, Pointer, Size)
Free = ctypes.CFUNCTYPE(None, Pointer, Pointer, Size)
Make = ctypes.CFUNCTYPE(Pointer, Size, ctypes.c_uint32)
Drop = ctypes.CFUNCTYPE(None, Pointer)


class Handler(ctypes.Structure):
    """NumPy's PyDataMem_Handler."""

    _fields_ = (
        ("name", ctypes.c_char * 127),
        ("version", ctypes.c_uint8),
        ("context", Pointer),
        ("malloc", Malloc),
        ("calloc", Calloc),
        ("realloc", Realloc),
        ("free", Free),
    )


class Count:
    """How many bytes there are, and how many there were at most.

    >>> count = Count()
    >>> count.made(1, 100), count.made(2, 50), count.gone(1)
    (1, 2, None)
    >>> count.now, count.peak
    (50, 150)
    """

    def __init__(self) -> None:
        self.sizes: dict[int, int] = {}
        self.now = self.peak = 0
        self.unseen: set[int] = set()  # buffers of kernels: when Python frees one, nobody tells
        self.kept: list[Any] = []  # what C calls must stay

    def made(self, address: int | None, size: int) -> int | None:
        """Note a buffer; returns its address."""
        if address is not None:
            self.gone(address)  # where it went unseen
            self.sizes[address] = size
            self.now += size
            self.peak = max(self.peak, self.now)
        return address

    def start(self) -> int:
        """Begin a call; returns the bytes there are, without those that may have gone unseen."""
        for address in self.unseen:
            self.gone(address)
        self.unseen.clear()
        self.peak = self.now
        return self.now

    def gone(self, address: int | None) -> None:
        """Note that a buffer is no more."""
        self.now -= self.sizes.pop(address or 0, 0)


def count_numpy(count: Count) -> None:
    """Replace NumPy's allocator, for arrays made from now on."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype = libc.calloc.restype = libc.realloc.restype = Pointer
    libc.malloc.argtypes, libc.calloc.argtypes = (Size,), (Size, Size)
    libc.realloc.argtypes, libc.free.argtypes = (Pointer, Size), (Pointer,)

    def malloc(_: Any, size: int) -> int | None:
        return count.made(libc.malloc(size), size)

    def calloc(_: Any, number: int, width: int) -> int | None:
        return count.made(libc.calloc(number, width), number * width)

    def realloc(_: Any, address: int | None, size: int) -> int | None:
        count.gone(address)
        return count.made(libc.realloc(address, size), size)

    def free(_: Any, address: int | None, size: int) -> None:
        count.gone(address)
        libc.free(address)

    functions = Malloc(malloc), Calloc(calloc), Realloc(realloc), Free(free)
    handler = Handler(b"minitorch counts", 1, None, *functions)
    count.kept.append(handler)
    api = ctypes.pythonapi
    api.PyCapsule_GetPointer.restype = Pointer
    api.PyCapsule_GetPointer.argtypes = (ctypes.py_object, ctypes.c_char_p)
    api.PyCapsule_New.restype = ctypes.py_object
    api.PyCapsule_New.argtypes = (Pointer, ctypes.c_char_p, Pointer)
    core = "numpy._core" if hasattr(np, "_core") else "numpy.core"  # before NumPy 2
    capsule = import_module(f"{core}._multiarray_umath")._ARRAY_API
    table = api.PyCapsule_GetPointer(capsule, None)
    address = ctypes.cast(table, ctypes.POINTER(Pointer))[NUMPY_SET_HANDLER]
    set_handler = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(address or 0)
    name = ctypes.c_char_p(b"mem_handler")
    count.kept.append(name)
    set_handler(api.PyCapsule_New(ctypes.addressof(handler), name, None))


def count_numba(count: Count) -> None:
    """Replace the functions by which compiled code makes arrays, for kernels loaded from now on."""
    drop = Drop(HELPERS["MemInfo_call_dtor"])

    def making(original: Any) -> Any:
        def make(size: int, align: int) -> int | None:
            address = count.made(original(size, align), size)
            count.unseen.add(address or 0)
            return address

        return Make(make)

    def dropping(address: int | None) -> None:
        count.gone(address)
        drop(address)

    replaced: dict[str, Any] = {
        name: making(Make(HELPERS[name]))
        for name in ("MemInfo_alloc_aligned", "MemInfo_alloc_safe_aligned")
    }
    replaced["MemInfo_call_dtor"] = Drop(dropping)
    for name, function in replaced.items():
        HELPERS[name] = ctypes.cast(function, Pointer).value or 0
        count.kept.append(function)
    runtime: Any = rtsys
    runtime.initialize(cpu_target.target_context)  # gives these addresses to the linker


@cache
def counting() -> Count:
    """The count of this process, which begins when it is first asked for and never ends."""
    count = Count()
    count_numba(count)
    count_numpy(count)
    return count


def peak_bytes(make: Callable[[], Callable[[], Any]]) -> tuple[int, int]:
    """Bytes of arrays at the peak of the call that `make` makes, with what it works on.

    Returns all that came to be since `make` began, and those of it that the call itself made.
    """
    count = counting()
    none = count.start()
    call = make()
    call()
    call()  # a first call may make what later ones find
    before = count.start()
    call()
    return count.peak - none, count.peak - before

"""What a step computes: its launches, in order, with the memory they read and write.

Idea: an array is a piece of a block of memory; a block is an argument's, one that the state of
    the program lies in (parameters, optimiser), one of the user's arrays, or *room* that the step
    made for itself. Two steps are alike where they launch the same functions on the same pieces
    of the same blocks.
Not here: what is an argument or state (inputs.py), running it again (replay.py).
Read next: inputs.py
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from minitorch.launches import Live, LiveFloat, LiveInt
from minitorch.tensor_data import Ints, Storage, TensorData
from minitorch.tiers import compiled_form

__all__ = [
    "Block",
    "Call",
    "Layout",
    "Piece",
    "Recorder",
    "Slot",
    "difference",
    "leaves_of",
    "owner_of",
]

ARGUMENT, STATE, ARRAY, ROOM = "argument", "state", "array", "room"


@dataclass(frozen=True)
class Piece:
    """An array as a part of a block: `start` and `strides` count bytes."""

    block: int
    start: int
    shape: Ints
    strides: Ints
    dtype: np.dtype[Any]


@dataclass(frozen=True)
class Slot:
    """A live number, by its place in the script."""

    number: int


@dataclass(frozen=True)
class Layout:
    """Sizes, strides or a table of shifts, given to a kernel as an array; also an empty array."""

    shape: Ints
    dtype: np.dtype[Any]
    numbers: Ints

    def array(self) -> Storage:
        """The array that a kernel is given."""
        return np.array(self.numbers, self.dtype).reshape(self.shape)


@dataclass(frozen=True)
class Call:
    """A launch. `result` is what it returned, where that is a number to be checked."""

    fn: Callable[..., Any]
    args: tuple[Any, ...]
    writes: tuple[int, ...]
    result: int | None


def leaves_of(args: tuple[Any, ...]) -> Iterator[Any]:
    """The arguments, tuples taken apart."""
    for it in args:
        if isinstance(it, tuple):
            yield from leaves_of(cast(Any, it))
        else:
            yield it


@dataclass
class Block:
    """A stretch of memory; `number` counts the arguments, or the places of the state."""

    kind: str
    number: int
    array: Storage
    address: int
    nbytes: int


def owner_of(array: Storage) -> Storage:
    """The array that owns the memory."""
    owner = cast(Any, array)
    while isinstance(owner.base, np.ndarray):
        owner = cast(Any, owner.base)
    return owner


def address_of(array: Storage) -> int:
    """Where the first number lies."""
    return array.__array_interface__["data"][0]


class Recorder:
    """The watcher of one step."""

    def __init__(self, known: Iterable[tuple[str, int, Storage]]) -> None:
        self.thread = threading.get_ident()
        self.reason: str | None = None  # why the step cannot be followed
        self.calls: list[Call] = []
        self.script: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        self.values: list[Any] = []  # of the script
        self.blocks: list[Block] = []
        self._of_owner: dict[int, list[int]] = {}
        self._layouts: dict[int, Storage] = {}
        for kind, number, array in known:
            self._add(kind, number, array, address_of(array), array.nbytes)

    def _add(self, kind: str, number: int, array: Storage, address: int, nbytes: int) -> int:
        self.blocks.append(Block(kind, number, array, address, nbytes))
        self._of_owner.setdefault(id(owner_of(array)), []).append(len(self.blocks) - 1)
        return len(self.blocks) - 1

    def active(self) -> bool:
        """Whether this thread's launches are still noted."""
        return self.reason is None and threading.get_ident() == self.thread

    # What launches.py calls.

    def launched(self, fn: Callable[..., Any], writes: tuple[int, ...]) -> Callable[..., Any]:
        """A function that notes the call, and calls fn."""
        if not self.active():
            return fn
        fn = compiled_form(fn)  # a step that is replayed is launched often
        return lambda *args: self._call(fn, writes, args)

    def layout(self, array: Storage) -> None:
        """Remember that this array holds sizes or strides."""
        self._layouts[id(array)] = array

    def live(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """The number, marked as one that changes."""
        value = fn(*args)
        if not self.active():
            return value
        kind = LiveFloat if isinstance(value, float) else LiveInt if type(value) is int else None
        self.script.append((fn, args))
        self.values.append(value)
        if kind is None:
            return value
        number = kind(value)
        number.slot, number.maker = len(self.script) - 1, self
        return number

    def note(self, reason: str) -> None:
        """End the recording."""
        if self.active():
            self.reason = reason

    # Calls.

    def _call(self, fn: Callable[..., Any], writes: tuple[int, ...], args: tuple[Any, ...]) -> Any:
        plain = [_plain(it) if isinstance(it, Live) else it for it in args]
        noted = tuple([self._noted(it, k in writes) for k, it in enumerate(args)])
        result = fn(*plain)
        found = issubclass(cast(Any, type(result)), int | np.integer)
        self.calls.append(Call(fn, noted, writes, int(result) if found else None))
        return result

    def _noted(self, it: Any, written: bool) -> Any:
        if isinstance(it, Live):
            return Slot(it.slot) if it.maker is self else _plain(it)
        kind = cast(Any, type(it))
        if kind is tuple:
            if any(isinstance(each, Live) for each in it):
                self.note("a number that changes from step to step is part of a tuple")
            return tuple([self._noted(each, written) for each in it])
        if not issubclass(kind, np.ndarray):
            return it
        if it.size == 0 or (id(it) in self._layouts and not written):
            return Layout(it.shape, it.dtype, tuple(it.reshape(-1).tolist()))
        piece = self.piece(it, written)
        lies_in = self.blocks[piece.block].kind
        if written and lies_in in (ARGUMENT, ARRAY):
            self.note(f"it writes into an {lies_in}")
        return piece

    def piece(self, array: Storage, written: bool = False) -> Piece:
        """The array as a piece of a block; a new block where it was never seen."""
        address, itemsize = address_of(array), array.itemsize
        reach = [(n - 1) * step for n, step in zip(array.shape, array.strides, strict=True)]
        end = address + sum(reach) + itemsize if array.size else address
        owner, found = owner_of(array), None
        for number in self._of_owner.get(id(owner), ()):
            block = self.blocks[number]
            if block.address <= address and end <= block.address + block.nbytes:
                found = number
                break
        if found is None:
            if not written:
                self.note("it reads numbers that come from outside: not from an argument, a "
                          "parameter, or what capture sees of the program's state")  # fmt: skip
            found = self._add(ROOM, -1, owner, address_of(owner), owner.nbytes)
        start = address - self.blocks[found].address
        return Piece(found, start, array.shape, array.strides, array.dtype)

    def piece_of(self, data: TensorData) -> Piece:
        """The memory of a tensor, as a piece."""
        return self.piece(data.array())


def _plain(it: Any) -> Any:
    """A live number as an ordinary one."""
    if isinstance(it, LiveFloat):
        return float.__float__(it)
    return int.__int__(it) if isinstance(it, LiveInt) else it


def difference(a: Recorder, b: Recorder) -> str | None:
    """Why two recordings are not of the same step, or None where they are."""
    if len(a.calls) != len(b.calls):
        return f"it launched {len(a.calls)} kernels, then {len(b.calls)}"
    if [fn for fn, _ in a.script] != [fn for fn, _ in b.script]:
        return "it counted steps or drew random numbers in another order"
    for one, two in zip(a.calls, b.calls, strict=True):
        name = getattr(one.fn, "__name__", str(one.fn))
        if one.fn is not two.fn or len(one.args) != len(two.args) or one.writes != two.writes:
            return f"it launched {name}, then {getattr(two.fn, '__name__', two.fn)} instead"
        if one.result != two.result:
            return f"{name} returned {one.result}, then {two.result}"
        for x, y in zip(one.args, two.args, strict=True):
            if type(x) is not type(y) or (x is not y and repr(x) != repr(y)):
                return f"{name} got {x!r}, then {y!r}"
    blocks = [[(it.kind, it.number, it.nbytes) for it in each.blocks] for each in (a, b)]
    return None if blocks[0] == blocks[1] else "its arrays changed their sizes"

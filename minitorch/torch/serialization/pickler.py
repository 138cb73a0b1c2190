"""Writes a pickle, protocol 2, with names that PyTorch knows.

Idea: an object is a number, a string, a container, something with a name, or what its `__reduce__`
    says: a function and its arguments. A `Names` says what an object of ours is called there, and
    how it is reduced.
Not here: the names (names.py); the archive around it (saving.py).
Read next: names.py
"""

from __future__ import annotations

import copyreg
import functools
import struct
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from types import BuiltinFunctionType, FunctionType
from typing import Any, Protocol

from minitorch.errors import PicklingError

__all__ = ["Namer", "Pickler"]

BATCH = 1000  # items that stand on the stack of whoever reads it, at most


class Namer(Protocol):
    """What knows objects that are not Python's own."""

    def storage(self, thing: Any) -> tuple[Any, ...] | None:
        """The persistent id of a storage, or None for all else."""
        ...

    def reduced(self, thing: Any) -> Any:
        """A function and its arguments, a `Named`, or NotImplemented to ask Python."""
        ...

    def name(self, thing: Any) -> tuple[str, str]:
        """The module and the name under which a class or a function is found."""
        ...


class Pickler:
    r"""Pickles one object.

    >>> from minitorch.torch.serialization.names import PlainNames
    >>> Pickler(PlainNames()).dump([1, "a"])
    b'\x80\x02]q\x00(K\x01X\x01\x00\x00\x00aq\x01e.'
    """

    def __init__(self, namer: Namer) -> None:
        self.namer = namer
        self.out = bytearray(b"\x80\x02")
        self.memo: dict[int, tuple[int, Any]] = {}  # by id; the object is held, so that ids stay

    def dump(self, thing: Any) -> bytes:
        """The bytes of the pickle.

        Raises:
            PicklingError: something in it cannot be found under its name, or has no `__reduce__`.
        """
        self.save(thing)
        self.out += b"."
        return bytes(self.out)

    def save(self, thing: Any) -> None:
        """Write what pushes the thing."""
        identity = self.namer.storage(thing)
        if identity is not None:
            self.save(identity)
            self.out += b"Q"
            return
        known = self.memo.get(id(thing))
        if known is not None:
            self._index(b"h", b"j", known[0])
            return
        write = WRITERS.get(type(thing))
        if write is not None:
            write(self, thing)
            return
        reduced = self.namer.reduced(thing)
        if reduced is not NotImplemented:
            self._reduced(thing, reduced)
        elif isinstance(thing, type | FunctionType | BuiltinFunctionType):
            self.named(thing, *self.namer.name(thing))
        else:
            self._reduced(thing, _ask_python(thing))

    def remember(self, thing: Any) -> None:
        """Note the thing on top of the stack, so that it is written once."""
        index = len(self.memo)
        self.memo[id(thing)] = (index, thing)
        self._index(b"q", b"r", index)

    def _index(self, short: bytes, long: bytes, index: int) -> None:
        self.out += short + bytes((index,)) if index < 256 else long + index.to_bytes(4, "little")

    def named(self, thing: Any, module: str, name: str) -> None:
        """Write a module and a name that stand for the thing."""
        self.out += f"c{module}\n{name}\n".encode()
        self.remember(thing)

    def _reduced(self, thing: Any, reduced: Any) -> None:
        if isinstance(reduced, str):
            module, _ = self.namer.name(thing)
            self.named(thing, module, reduced)
            return
        if not isinstance(reduced, tuple) or not 2 <= len(reduced) <= 6:
            raise PicklingError(f"__reduce__ of a {type(thing).__name__} gave no tuple of 2 to 6.")
        function, arguments, state, items, pairs, setter = (*reduced, *(None,) * 4)[:6]
        self._call(function, arguments)
        if id(thing) in self.memo:  # it is in its own arguments
            self.out += b"0"
            self._index(b"h", b"j", self.memo[id(thing)][0])
        else:
            self.remember(thing)
        if items is not None:
            self.batches(items, b"a", b"e")
        if pairs is not None:
            self.batches(pairs, b"s", b"u", pairs=True)
        if state is not None and setter is not None:
            self.save(setter)
            self.save((thing, state))
            self.out += b"R0"
        elif state is not None:
            self.save(state)
            self.out += b"b"

    def _call(self, function: Any, arguments: Any) -> None:
        name = getattr(function, "__name__", "")
        if name == "__newobj_ex__":
            cls, given, keywords = arguments
            function = functools.partial(cls.__new__, cls, *given, **keywords)
            arguments = ()
        if name == "__newobj__":
            self.save(arguments[0])
            self.save(arguments[1:])
            self.out += b"\x81"
        else:
            self.save(function)
            self.save(arguments)
            self.out += b"R"

    def batches(self, items: Iterable[Any], one: bytes, many: bytes, pairs: bool = False) -> None:
        """Write items, or pairs of keys and values, that go into the container on the stack."""
        rest: Iterator[Any] = iter(items)
        while batch := list(islice(rest, BATCH)):
            self.out += b"(" if len(batch) > 1 else b""
            for item in batch:
                if pairs:
                    self.save(item[0])
                    self.save(item[1])
                else:
                    self.save(item)
            self.out += many if len(batch) > 1 else one


def _ask_python(thing: Any) -> Any:
    reduce = copyreg.dispatch_table.get(type(thing))
    try:
        return reduce(thing) if reduce is not None else thing.__reduce_ex__(2)
    except (TypeError, AttributeError) as error:
        raise PicklingError(f"can't pickle {type(thing).__name__} objects: {error}") from error


def _integer(pickler: Pickler, n: int) -> None:
    if 0 <= n < 1 << 8:
        pickler.out += b"K" + bytes((n,))
    elif 0 <= n < 1 << 16:
        pickler.out += b"M" + n.to_bytes(2, "little")
    elif -(1 << 31) <= n < 1 << 31:
        pickler.out += b"J" + n.to_bytes(4, "little", signed=True)
    else:
        data = n.to_bytes(n.bit_length() // 8 + 1, "little", signed=True)
        wide = len(data) > 255
        pickler.out += b"\x8b" if wide else b"\x8a"
        pickler.out += len(data).to_bytes(4 if wide else 1, "little") + data


def _text(pickler: Pickler, text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    if len(data) >= 1 << 32:
        raise PicklingError(f"a string of {len(data)} bytes is too long for a pickle.")
    pickler.out += b"X" + len(data).to_bytes(4, "little") + data
    pickler.remember(text)


def _tuple(pickler: Pickler, items: tuple[Any, ...]) -> None:
    short = {0: b")", 1: b"\x85", 2: b"\x86", 3: b"\x87"}.get(len(items))
    pickler.out += b"" if short is not None else b"("
    for item in items:
        pickler.save(item)
    if items and id(items) in pickler.memo:  # it is in itself: drop what was pushed
        pickler.out += b"0" * len(items) if short is not None else b"1"
        pickler.save(items)
        return
    pickler.out += short if short is not None else b"t"
    if items:
        pickler.remember(items)


def _list(pickler: Pickler, items: list[Any]) -> None:
    pickler.out += b"]"
    pickler.remember(items)
    pickler.batches(items, b"a", b"e")


def _dict(pickler: Pickler, items: dict[Any, Any]) -> None:
    pickler.out += b"}"
    pickler.remember(items)
    pickler.batches(items.items(), b"s", b"u", pairs=True)


def _bytes(pickler: Pickler, data: bytes) -> None:
    pickler.out += b"c_codecs\nencode\n"
    pickler.save((data.decode("latin-1"), "latin1"))
    pickler.out += b"R"
    pickler.remember(data)


def _as_call(name: str, arguments: Callable[[Any], tuple[Any, ...]]) -> Callable[..., None]:
    """How to write what one of Python's own types makes of other things."""

    def write(pickler: Pickler, thing: Any) -> None:
        pickler.out += f"cbuiltins\n{name}\n".encode()
        pickler.save(arguments(thing))
        pickler.out += b"R"
        pickler.remember(thing)

    return write


def _constant(code: bytes) -> Callable[..., None]:
    def write(pickler: Pickler, _: Any) -> None:
        pickler.out += code

    return write


def _truth(pickler: Pickler, value: bool) -> None:
    pickler.out += b"\x88" if value else b"\x89"


def _float(pickler: Pickler, value: float) -> None:
    pickler.out += b"G" + struct.pack(">d", value)


WRITERS: dict[type, Callable[[Pickler, Any], None]] = {
    type(None): _constant(b"N"),
    bool: _truth,
    int: _integer,
    float: _float,
    str: _text,
    bytes: _bytes,
    tuple: _tuple,
    list: _list,
    dict: _dict,
    set: _as_call("set", lambda items: (list(items),)),
    frozenset: _as_call("frozenset", lambda items: (list(items),)),
    bytearray: _as_call("bytearray", lambda data: (bytes(data),)),
    complex: _as_call("complex", lambda z: (z.real, z.imag)),
}

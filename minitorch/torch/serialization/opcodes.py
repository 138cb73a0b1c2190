"""The ops of a pickle, protocols 0 to 5, and the loop that runs them.

Idea: `OPS` maps a byte to a function of the machine; `unpickle` reads a byte and calls it, until
    the op STOP. Five ops ask the policy: GLOBAL finds, REDUCE calls, NEWOBJ makes, BUILD gives a
    state, and what a persistent id stands for is asked of the machine's `storage`.
Not here: what the policy answers (policies.py).
Read next: policies.py
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from minitorch.errors import UnpicklingError
from minitorch.torch.serialization.machine import Machine, damaged

__all__ = ["OPS", "unpickle"]

Step = Callable[[Machine], None]
OPS: dict[int, Step] = {}
STOP = ord(".")


def unpickle(machine: Machine) -> Any:
    """What the pickle describes that the machine's stream is at; its last byte is the last read.

    Raises:
        UnpicklingError: the pickle is damaged, or asks for what the policy refuses.
    """
    read = machine.stream.read
    while (code := read(1)[0]) != STOP:
        step = OPS.get(code)
        if step is None:
            raise UnpicklingError(f"Unsupported operand {code}: no op of plain data has it.")
        step(machine)
    return machine.pop()


def op(*codes: str) -> Callable[[Step], Step]:
    """Register what opcodes do."""

    def register(step: Step) -> Step:
        OPS.update((ord(code), step) for code in codes)
        return step

    return register


# What is there: constants, numbers, strings, empty containers.


def pushes(code: str, make: Callable[[Machine], Any]) -> None:
    """Register an opcode that pushes a thing and does no more."""
    OPS[ord(code)] = lambda machine: machine.push(make(machine))


def sized(code: str, width: int, convert: Callable[[Machine, bytes], Any]) -> None:
    """Register an opcode that reads a length of so many bytes, and then the bytes."""
    pushes(code, lambda machine: convert(machine, machine.stream.read(machine.number(width))))


def line(code: str, convert: Callable[[Machine, bytes], Any]) -> None:
    """Register an opcode that reads a line of text."""

    def read(machine: Machine) -> Any:
        try:
            return convert(machine, machine.stream.line())
        except ValueError:
            damaged("a line of text is not what its op says")

    pushes(code, read)


def as_text(_: Machine, data: bytes) -> str:
    """Bytes of UTF-8 as text."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        damaged(f"a string is not UTF-8 ({error.reason})")


def as_integer(_: Machine, data: bytes) -> int:
    """Bytes as an integer in two's complement, the lowest byte first."""
    return int.from_bytes(data, "little", signed=True)


def decimal(_: Machine, data: bytes) -> int | bool:
    """Digits as an integer; 00 and 01 are the truth values."""
    return data == b"01" if data in (b"00", b"01") else int(data)


def quoted(machine: Machine, data: bytes) -> Any:
    """A byte string between quotation marks, as Python 2 wrote it."""
    if len(data) < 2 or data[:1] != data[-1:] or data[:1] not in (b"'", b'"'):
        raise ValueError
    return machine.old_string(data[1:-1].decode("unicode-escape").encode("latin-1"))


pushes("N", lambda _: None)
pushes("\x88", lambda _: True)
pushes("\x89", lambda _: False)
pushes(")", lambda _: ())
pushes("]", lambda _: [])
pushes("}", lambda _: {})
pushes("\x8f", lambda _: set())
pushes("J", lambda machine: machine.number(4, signed=True))
pushes("K", lambda machine: machine.number(1))
pushes("M", lambda machine: machine.number(2))
pushes("G", lambda machine: struct.unpack(">d", machine.stream.read(8))[0])
sized("\x8a", 1, as_integer)
sized("\x8b", 4, as_integer)
sized("X", 4, as_text)
sized("\x8c", 1, as_text)
sized("\x8d", 8, as_text)
sized("B", 4, lambda _, data: data)
sized("C", 1, lambda _, data: data)
sized("\x8e", 8, lambda _, data: data)
sized("\x96", 8, lambda _, data: bytearray(data))
sized("T", 4, Machine.old_string)
sized("U", 1, Machine.old_string)
line("I", decimal)
line("L", lambda _, data: int(data.rstrip(b"L")))
line("F", lambda _, data: float(data))
line("V", lambda _, data: data.decode("raw-unicode-escape"))
line("S", quoted)


@op("\x80")
def protocol(machine: Machine) -> None:
    """Pass over the number of the protocol: every op is done, whichever protocol it is of."""
    machine.stream.read(1)


@op("\x95")
def frame(machine: Machine) -> None:
    """Pass over the number of bytes that come next."""
    machine.stream.read(8)


# Groups, and what is made of them.


@op("(")
def mark(machine: Machine) -> None:
    """Begin a group."""
    machine.marked.append(machine.stack)
    machine.stack = []


@op("0")
def drop(machine: Machine) -> None:
    """Forget the last thing, or a mark that nothing follows."""
    if machine.stack:
        machine.stack.pop()
    else:
        machine.pop_mark()


@op("1")
def drop_group(machine: Machine) -> None:
    """Forget a group."""
    machine.pop_mark()


@op("t")
def new_tuple(machine: Machine) -> None:
    """Push a tuple of the group."""
    items = tuple(machine.pop_mark())
    machine.push(items)


@op("l")
def new_list(machine: Machine) -> None:
    """Push a list of the group."""
    items = machine.pop_mark()
    machine.push(items)


@op("d")
def new_dict(machine: Machine) -> None:
    """Push a dict of the group's keys and values."""
    items = machine.pop_mark()
    machine.push({})
    machine.fill(items)


@op("\x91")
def new_frozenset(machine: Machine) -> None:
    """Push a frozenset of the group."""
    items = machine.pop_mark()
    machine.policy.check_container(frozenset[Any](), frozenset)
    machine.push(frozenset(items))


def tuple_of(count: int) -> Step:
    """Push a tuple of the last so many things."""

    def step(machine: Machine) -> None:
        items = [machine.pop() for _ in range(count)]
        machine.push(tuple(reversed(items)))

    return step


OPS[0x85], OPS[0x86], OPS[0x87] = tuple_of(1), tuple_of(2), tuple_of(3)

OPS[ord("a")] = lambda machine: machine.extend([machine.pop()])
OPS[ord("e")] = lambda machine: machine.extend(machine.pop_mark())
OPS[ord("u")] = lambda machine: machine.fill(machine.pop_mark())
OPS[0x90] = lambda machine: machine.add(machine.pop_mark())


@op("s")
def set_item(machine: Machine) -> None:
    """Put a value under a key into the dict below them."""
    value, key = machine.pop(), machine.pop()
    machine.fill([key, value])


# The memo.

OPS[ord("q")] = lambda machine: machine.remember(machine.number(1))
OPS[ord("r")] = lambda machine: machine.remember(machine.number(4))
OPS[0x94] = lambda machine: machine.remember(len(machine.memo))
OPS[ord("h")] = lambda machine: machine.recall(machine.number(1))
OPS[ord("j")] = lambda machine: machine.recall(machine.number(4))


def index(machine: Machine) -> int:
    """A line of digits."""
    digits = machine.stream.line()
    if not digits.isdigit() or len(digits) > 18:
        damaged("an index is not a number")
    return int(digits)


OPS[ord("p")] = lambda machine: machine.remember(index(machine))
OPS[ord("g")] = lambda machine: machine.recall(index(machine))


# What can run code: the policy is asked.


@op("c")
def find_by_lines(machine: Machine) -> None:
    """Push what two lines name, a module and what is in it."""
    module, name = (as_text(machine, machine.stream.line()) for _ in range(2))
    machine.find(module, name)


@op("\x93")
def find_by_strings(machine: Machine) -> None:
    """Push what the two strings on the stack name."""
    name, module = machine.pop(), machine.pop()
    if not (isinstance(name, str) and isinstance(module, str)):
        damaged("a name is not a string")
    machine.find(module, name)


def arguments_of(machine: Machine) -> tuple[Any, ...]:
    """The tuple on the stack."""
    arguments = machine.pop()
    if not isinstance(arguments, tuple):
        damaged(f"arguments are a {type(arguments).__name__}, no tuple")
    return arguments


@op("R")
def call(machine: Machine) -> None:
    """Push the result of a call."""
    arguments = arguments_of(machine)
    machine.push(machine.policy.call(machine.pop(), arguments))


@op("\x81")
def new(machine: Machine) -> None:
    """Push a new instance."""
    arguments = arguments_of(machine)
    machine.push(machine.policy.new(machine.pop(), arguments, {}))


@op("\x92")
def new_with_keywords(machine: Machine) -> None:
    """Push a new instance; some of its arguments have names."""
    keywords, arguments = machine.pop(), arguments_of(machine)
    if not isinstance(keywords, dict):
        damaged(f"named arguments are a {type(keywords).__name__}, no dict")
    machine.push(machine.policy.new(machine.pop(), arguments, keywords))


@op("b")
def build(machine: Machine) -> None:
    """Give the instance on the stack a state."""
    state = machine.pop()
    machine.policy.build(machine.top(), state)


OPS[ord("Q")] = lambda machine: machine.push(machine.storage(machine.pop()))

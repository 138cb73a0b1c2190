"""The stack machine that a pickle is a program for, without its ops.

Idea: a pickle is a list of ops over a stack, a memo and marks. No length is believed before the
    bytes are there, so what a file can make us allocate is bounded by its own size; whatever could
    run code is a question put to a `Policy`.
Not here: the ops (opcodes.py); what may be found and called (policies.py).
Read next: opcodes.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, NoReturn, Protocol

from minitorch.errors import UnpicklingError

__all__ = ["Machine", "Policy", "Stream", "damaged"]

MAX_LINE = 65_536  # names and numbers that are written as lines of text
MISSING = object()

# What Python 2 called these modules and names.
MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
NAMES = {
    ("builtins", "unicode"): ("builtins", "str"),
    ("builtins", "long"): ("builtins", "int"),
    ("builtins", "xrange"): ("builtins", "range"),
}


class Policy(Protocol):
    """What decides about the ops of a pickle that can run code."""

    def find(self, module: str, name: str) -> Any:
        """The object that a pickle names."""
        ...

    def call(self, function: Any, arguments: Any) -> Any:
        """function(*arguments)."""
        ...

    def new(self, cls: Any, arguments: Any, keywords: Any) -> Any:
        """cls.__new__(cls, *arguments, **keywords)."""
        ...

    def build(self, instance: Any, state: Any) -> None:
        """Give an instance its state."""
        ...

    def check_key(self, key: Any) -> None:
        """Refuse what cannot be hashed in bounded time."""
        ...

    def check_container(self, thing: Any, kind: type) -> None:
        """Refuse what items may not be put into."""
        ...


class Stream:
    """Bytes of known number, read in order; a length beyond the end is refused, not allocated.

    >>> import io
    >>> Stream(io.BytesIO(b"abc"), 3).read(2)
    b'ab'
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file = file
        self.left = size

    def read(self, count: int) -> bytes:
        """The next bytes.

        Raises:
            UnpicklingError: there are not so many.
        """
        data = self.file.read(count) if 0 <= count <= self.left else b""
        if len(data) != count:
            self._short(count)
        self.left -= count
        return data

    def line(self) -> bytes:
        """The next line, without its end."""
        data = self.file.readline(min(self.left, MAX_LINE))
        if not data.endswith(b"\n"):
            self._short(len(data) + 1)
        self.left -= len(data)
        return data[:-1]

    def _short(self, wanted: int) -> NoReturn:
        raise UnpicklingError(
            f"pickle data was truncated: {wanted} bytes were to be read where {self.left} are "
            "left. The file is damaged, or was not written to its end."
        )


class Machine:
    """The state of a running pickle.

    Args:
        stream: where its ops are read from.
        policy: what answers the ops that can run code.
        storage: what a persistent id stands for.
        encoding: of byte strings that Python 2 wrote; "bytes" leaves them as they are.
    """

    def __init__(
        self, stream: Stream, policy: Policy, storage: Callable[[Any], Any], encoding: str = "utf-8"
    ) -> None:
        self.stream = stream
        self.policy = policy
        self.storage = storage
        self.encoding = encoding
        self.stack: list[Any] = []
        self.marked: list[list[Any]] = []
        self.memo: dict[int, Any] = {}

    def push(self, thing: Any) -> None:
        """Put a thing on the stack."""
        self.stack.append(thing)

    def pop(self) -> Any:
        """The last thing, taken off the stack."""
        if not self.stack:
            damaged("an op takes a thing from an empty stack")
        return self.stack.pop()

    def top(self) -> Any:
        """The last thing, left on the stack."""
        if not self.stack:
            damaged("an op looks at an empty stack")
        return self.stack[-1]

    def pop_mark(self) -> list[Any]:
        """All things since the last mark."""
        if not self.marked:
            damaged("an op looks for a mark, and there is none")
        items, self.stack = self.stack, self.marked.pop()
        return items

    def number(self, width: int, signed: bool = False) -> int:
        """The next bytes as an integer, the lowest byte first."""
        return int.from_bytes(self.stream.read(width), "little", signed=signed)

    def old_string(self, data: bytes) -> Any:
        """A byte string of Python 2, decoded as was asked for."""
        if self.encoding == "bytes":
            return data
        try:
            return data.decode(self.encoding)
        except UnicodeDecodeError as error:
            raise UnpicklingError(
                f"a byte string is not {self.encoding} ({error.reason}); load with "
                "encoding='latin1' or encoding='bytes'."
            ) from None

    def remember(self, index: int) -> None:
        """Note the last thing under an index."""
        self.memo[index] = self.top()

    def recall(self, index: int) -> None:
        """Push what was noted under an index."""
        thing = self.memo.get(index, MISSING)
        if thing is MISSING:
            damaged(f"it refers to thing {index}, which it did not note")
        self.stack.append(thing)

    def find(self, module: str, name: str) -> None:
        """Push what a name stands for."""
        module = MODULES.get(module, module)
        module, name = NAMES.get((module, name), (module, name))
        self.stack.append(self.policy.find(module, name))

    def fill(self, items: list[Any]) -> None:
        """Put keys and values, in turn, into the dict on the stack."""
        target = self.top()
        self.policy.check_container(target, dict)
        if len(items) % 2:
            damaged("a key has no value")
        for k in range(0, len(items), 2):
            self.policy.check_key(items[k])
            target[items[k]] = items[k + 1]

    def extend(self, items: list[Any]) -> None:
        """Put things at the end of the list on the stack."""
        target = self.top()
        self.policy.check_container(target, list)
        if hasattr(target, "extend"):
            target.extend(items)
        else:  # a class of its own that a pickle appends to, one by one
            for item in items:
                target.append(item)

    def add(self, items: list[Any]) -> None:
        """Put things into the set on the stack."""
        target = self.top()
        self.policy.check_container(target, set)
        for item in items:
            self.policy.check_key(item)
            target.add(item)


def damaged(what: str) -> NoReturn:
    """Refuse a pickle that no pickler wrote."""
    raise UnpicklingError(f"the pickle is damaged: {what}.")

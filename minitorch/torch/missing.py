"""What is said where a name of PyTorch's is not here.

Idea: a module's own `__getattr__` is called for names that are not there, and says which are near.
    `getattr` and `hasattr` want an AttributeError; `from torch import x` swallows that and says
    something poorer, so an import is met with an ImportError.
Not here: which names there are (../../docs).
Read next: face.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import lru_cache, wraps
from importlib import import_module
from importlib.util import find_spec
from opcode import opmap
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from minitorch.errors import MissingNameError, NotSupportedError

__all__ = [
    "absent",
    "getattr_of",
    "mark_missing",
    "members",
    "names_of",
    "nearest",
    "public_name",
    "rooms",
    "vars_of",
]

OURS = "minitorch.torch"
IMPORT_FROM = opmap["IMPORT_FROM"]
HERE = Path(__file__).parent
OTHER_ROOMS = frozenset(
    f"torch.{name}"
    for name in (
        *("accelerator", "amp", "backends", "compiler", "cpu", "cuda", "distributed", "hub", "jit"),
        *("mps", "multiprocessing", "onnx", "profiler", "random", "serialization", "testing"),
        *("utils", "version", "xpu", "nn.parallel", "nn.modules", "nn.parameter", "nn.attention"),
        *("utils.tensorboard", "utils.checkpoint", "utils.dlpack", "backends.cudnn", "cuda.amp"),
    )
)
FEWEST = 0.6  # how alike two names are at least, from 0 to 1


def public_name(module: str) -> str:
    """A module as a program names it.

    >>> public_name("minitorch.torch.nn")
    'torch.nn'
    """
    for ours, theirs in ((f"{OURS}.vision", "torchvision"), (OURS, "torch")):
        if module == ours or module.startswith(ours + "."):
            return theirs + module.removeprefix(ours)
    return module


@lru_cache(maxsize=1024)
def _nearest(name: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(get_close_matches(name, names, 3, FEWEST))


def nearest(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """The names that are most like a name, at most three.

    >>> nearest("conv2", ["conv1d", "conv2d", "relu"])
    ('conv2d', 'conv1d')
    """
    return _nearest(name, tuple(sorted(it for it in names if not it.startswith("_"))))


def members(module: Any) -> list[str]:
    """The names in a module that are PyTorch's: not the files that ours is made of."""
    title = public_name(module.__name__)
    return [
        name
        for name, thing in vars(module).items()
        if not isinstance(thing, ModuleType) or f"{title}.{name}" in _all_rooms()
    ]


def rooms() -> list[str]:
    """The modules and classes of PyTorch whose names are in names.txt.

    >>> rooms()[:2]
    ['torch', 'torch.Tensor']
    """
    text = (HERE / "names.txt").read_text(encoding="utf-8")
    return [line[:-1] for line in text.splitlines() if line[-1:] == ":"]


@lru_cache(maxsize=1)
def _all_rooms() -> frozenset[str]:
    return frozenset(rooms()) | OTHER_ROOMS


def _text(module: str, name: str) -> str:
    title = public_name(module)
    near = nearest(name, members(sys.modules[module]))
    hint = f" The nearest {'is' if len(near) == 1 else 'are'} " if near else ""
    hint += ", ".join(f"{title}.{it}" for it in near) + ("." if near else "")
    return (
        f"module '{title}' has no attribute '{name}': minitorch does not have it.{hint} "
        "docs/torch-support.md lists what there is."
    )


def _is_import(depth: int) -> bool:
    """Whether the frame that asks is at an instruction `from ... import name`."""
    frame = sys._getframe(depth + 1)
    place = frame.f_lasti
    return 0 <= place < len(frame.f_code.co_code) and frame.f_code.co_code[place] == IMPORT_FROM


def getattr_of(module: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module, which raises for each name that is not there.

    Raises:
        NotSupportedError: when called, for a name that was looked up.
        MissingNameError: when called, for a name that was imported.
    """

    def lookup(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        if hasattr(sys.modules[module], "__path__") and find_spec(f"{module}.{name}"):
            return import_module(f"{module}.{name}")  # a module that is loaded when it is used
        if _is_import(1):
            raise MissingNameError(_text(module, name), name=f"{public_name(module)}.{name}")
        raise NotSupportedError(_text(module, name))

    return lookup


class _Member:
    """Stands in a class for a member that PyTorch's has and ours has not; reading it raises."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner, self.name = owner, name

    def __get__(self, instance: Any, owner: type) -> NoReturn:
        there = [it for it in dir(self.owner) if not isinstance(vars_of(self.owner, it), _Member)]
        near = nearest(self.name, there)
        hint = f" The nearest: {', '.join(near)}." if near else ""
        raise NotSupportedError(
            f"'{self.owner.__name__}' object has no attribute '{self.name}': minitorch does not "
            f"have it.{hint} docs/torch-support.md lists what there is."
        )


def vars_of(cls: type, name: str) -> Any:
    """What a class, or one it derives from, holds under a name, as it stands there."""
    return next((vars(it)[name] for it in cls.__mro__ if name in vars(it)), None)


def names_of(room: str) -> list[str]:
    """The public names of a room of PyTorch's, from names.txt.

    >>> "relu" in names_of("torch.nn.functional")
    True
    """
    text = (HERE / "names.txt").read_text(encoding="utf-8")
    return text.partition(f"\n{room}:\n")[2].partition("\n\n")[0].split()


def mark_missing(cls: type, room: str) -> None:
    """Let what a class lacks of PyTorch's raise an error that names what is near.

    A `__getattr__` of the class would do the same, and make all that is there slower to reach.
    """
    for name in names_of(room):
        if not hasattr(cls, name):
            member = _Member()
            member.__set_name__(cls, name)
            setattr(cls, name, member)


def absent(title: str, instead: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say of a function that it is there by name only: it raises, and tells what to do instead.

    >>> @absent("torch.hub.load", "Use torch.load.")
    ... def load(*args): ...
    >>> load("x")
    Traceback (most recent call last):
    minitorch.errors.NotSupportedError: torch.hub.load is not supported. Use torch.load.
    """

    def place(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def refuse(*_: Any, **__: Any) -> NoReturn:
            raise NotSupportedError(f"{title} is not supported. {instead}")

        refuse.absent = instead  # type: ignore[attr-defined]  # support/ counts it as absent
        return refuse

    return place

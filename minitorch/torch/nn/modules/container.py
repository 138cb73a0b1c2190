"""Containers of modules: Sequential, ModuleList, ModuleDict.

Idea: a container keeps its modules in the table of children, under "0", "1" ... or their keys;
    so its state dict, its repr and every walk are those of any module.
Not here: containers of parameters (parameter_containers.py).
Read next: parameter_containers.py
"""

from __future__ import annotations

import operator
import warnings
from collections import OrderedDict
from collections.abc import ItemsView, Iterable, Iterator, KeysView, ValuesView
from itertools import chain
from typing import Any, Self

from minitorch.errors import ConfigError, IndexingError, KindError
from minitorch.torch.nn.modules.module import Module
from minitorch.torch.nn.modules.parameter_containers import (
    ParameterDict,
    ParameterList,
    pairs,
)

__all__ = [
    "Container",
    "ModuleDict",
    "ModuleList",
    "ParameterDict",
    "ParameterList",
    "Sequential",
]


class Container(Module):
    """A module with the children that it is given by name; deprecated in favour of `Module`."""

    def __init__(self, **kwargs: Any) -> None:
        warnings.warn(
            "`nn.Container` is deprecated. All of its functionality is now implemented in "
            "`nn.Module`. Subclass that instead.",
            FutureWarning,
            stacklevel=2,
        )
        super().__init__()
        for name, module in kwargs.items():
            self.add_module(name, module)


class Numbered(Module):
    """Children in a row, found by their position."""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def _key(self, idx: Any) -> str:
        """The name of the child at a position, which may be negative."""
        position = operator.index(idx)
        if not -len(self) <= position < len(self):
            raise IndexingError(f"index {position} is out of range")
        return list(self._modules)[position]

    def __setitem__(self, idx: int, module: Any) -> None:
        setattr(self, self._key(idx), module)

    def __delitem__(self, idx: int | slice) -> None:
        names = list(self._modules)[idx] if isinstance(idx, slice) else [self._key(idx)]
        for name in names:
            delattr(self, name)
        self._renumber(list(self._modules.values()))

    def _renumber(self, modules: list[Any]) -> None:
        self._modules = OrderedDict((str(i), module) for i, module in enumerate(modules))

    def append(self, module: Any) -> Self:
        """Add a module at the end; returns itself."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Any]) -> Self:
        """Add modules at the end; returns itself.

        Raises:
            KindError: not an iterable.
        """
        if not isinstance(modules, Iterable):
            raise KindError(
                f"{type(self).__name__}.extend should be called with an iterable, but got "
                f"{type(modules).__name__}"
            )
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Any) -> Self:
        """Add a module before the one at a position; returns itself.

        Raises:
            IndexingError: there is no such position.
        """
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}")
        if not -len(self) <= index <= len(self):
            raise IndexingError(f"Index out of range: {index}")
        modules = list(self._modules.values())
        modules.insert(index, module)
        self._renumber(modules)
        return self

    def pop(self, key: Any) -> Any:
        """Take out and return the module at a position, or the container of a slice."""
        taken = self[key]
        del self[key]
        return taken

    def __getitem__(self, idx: Any) -> Any:
        return self._modules[self._key(idx)]


class Sequential(Numbered):
    """One module after the other: the output of each is the input of the next.

    >>> import minitorch.torch as torch
    >>> net = Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    >>> net[0]
    Linear(in_features=2, out_features=3, bias=True)
    >>> list(net.state_dict())
    ['0.weight', '0.bias']
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        named = len(args) == 1 and isinstance(args[0], OrderedDict)
        for name, module in args[0].items() if named else enumerate(args):
            self.add_module(str(name), module)

    def __getitem__(self, idx: Any) -> Any:
        if isinstance(idx, slice):
            return type(self)(OrderedDict(list(self._modules.items())[idx]))
        return super().__getitem__(idx)

    def forward(self, input: Any) -> Any:
        """What the last module makes of what the ones before it made of the input."""
        for module in self:
            input = module(input)
        return input

    def __add__(self, other: Any) -> Sequential:
        return Sequential(*self, *self._checked(other))

    def __iadd__(self, other: Any) -> Self:
        return self.extend(self._checked(other))

    def _checked(self, other: Any) -> Any:
        if not isinstance(other, Sequential):
            raise ConfigError(
                "add operator supports only objects of Sequential class, but "
                f"{type(other)} is given."
            )
        return other

    def __mul__(self, other: int) -> Sequential:
        return Sequential(*(list(self) * self._times(other)))

    def __rmul__(self, other: int) -> Sequential:
        return self * other

    def __imul__(self, other: int) -> Self:
        return self.extend(list(self) * (self._times(other) - 1))

    def _times(self, other: Any) -> int:
        if not isinstance(other, int):
            raise KindError(f"unsupported operand type(s) for *: {type(self)} and {type(other)}")
        if other <= 0:
            raise ConfigError(f"Non-positive multiplication factor {other} for {type(self)}")
        return other


class ModuleList(Numbered):
    """Modules in a list; it is not called.

    >>> import minitorch.torch as torch
    >>> ModuleList(torch.nn.Linear(2, 2) for _ in range(3))
    ModuleList(
      (0-2): 3 x Linear(in_features=2, out_features=2, bias=True)
    )
    """

    def __init__(self, modules: Iterable[Any] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self += modules

    def __getitem__(self, idx: Any) -> Any:
        if isinstance(idx, slice):
            return type(self)(list(self._modules.values())[idx])
        return super().__getitem__(idx)

    def __iadd__(self, modules: Iterable[Any]) -> Self:
        return self.extend(modules)

    def __add__(self, other: Iterable[Any]) -> ModuleList:
        return ModuleList(chain(self, other))

    def __repr__(self) -> str:
        lines: list[str] = []
        shown = [repr(module) for module in self]
        start = 0
        for end in range(1, len(shown) + 1):
            if end == len(shown) or shown[end] != shown[start]:
                block = shown[start].replace("\n", "\n  ")
                count = end - start
                head = f"({start})" if count == 1 else f"({start}-{end - 1}): {count} x"
                lines.append(f"\n  {head}{':' if count == 1 else ''} {block}")
                start = end
        return f"{self._get_name()}({''.join(lines)}\n)" if lines else f"{self._get_name()}()"


class ModuleDict(Module):
    """Modules by key; it is not called.

    >>> import minitorch.torch as torch
    >>> choices = ModuleDict({"relu": torch.nn.ReLU(), "tanh": torch.nn.Tanh()})
    >>> choices["tanh"]
    Tanh()
    """

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Any) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Take out everything."""
        self._modules.clear()

    def pop(self, key: str) -> Any:
        """Take out and return the module of a key."""
        return self._modules.pop(key)

    def keys(self) -> KeysView[str]:
        """The keys, in order of insertion."""
        return self._modules.keys()

    def values(self) -> ValuesView[Any]:
        """The modules, in order of insertion."""
        return self._modules.values()

    def items(self) -> ItemsView[str, Any]:
        """(key, module), in order of insertion."""
        return self._modules.items()

    def update(self, modules: Any) -> None:
        """Put in the modules of a mapping, or of pairs."""
        for key, module in pairs("ModuleDict", modules):
            self[key] = module

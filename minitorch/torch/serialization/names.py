"""What things of PyTorch are called in a checkpoint, and what they are here.

Idea: one table, read in both directions. A name that is not in it is found under the same path in
    `minitorch.torch` (a layer, an optimiser), or is a program's own.
Not here: which of these a file may ask for (policies.py).
Read next: rebuild.py
"""

from __future__ import annotations

import importlib
import sys
from collections import Counter, OrderedDict
from typing import Any

from minitorch.errors import NotSupportedError, PicklingError
from minitorch.torch.dtypes import Size, device, dtype
from minitorch.torch.face import FUNCTIONS
from minitorch.torch.nn.parameter import Parameter
from minitorch.torch.pickling import attributes_of
from minitorch.torch.serialization import rebuild
from minitorch.torch.storage import STORAGES, TypedStorage, UntypedStorage, storage_of
from minitorch.torch.tensor import Tensor

__all__ = ["KNOWN", "PlainNames", "TorchNames", "import_name", "public_module"]

OURS = "minitorch.torch"
# Layers stand in other files there than here.
HOMES = {
    "adaptive_pooling": "pooling",
    "attention": "activation",
    "margin_loss": "loss",
    "parameter_containers": "container",
    "rnn_cells": "rnn",
    "shrink_activation": "activation",
    "transformer_layers": "transformer",
}
LAZY = {"BatchNorm": "batchnorm", "InstanceNorm": "instancenorm", "Conv": "conv", "": "linear"}


def _known() -> dict[str, Any]:
    found: dict[str, Any] = {
        "collections.OrderedDict": OrderedDict,
        "collections.Counter": Counter,
        "torch.Size": Size,
        "torch.device": device,
        "torch.Tensor": Tensor,
        "torch.nn.parameter.Parameter": Parameter,
        "torch.storage.UntypedStorage": UntypedStorage,
        "torch.storage.TypedStorage": TypedStorage,
        "torch.UntypedStorage": UntypedStorage,
        "builtins.set": set,
        "builtins.bytearray": bytearray,
        "builtins.complex": complex,
        "builtins.bytes": bytes,
    }
    found |= {f"torch.{name}": it for name, it in dtype.named.items()}
    for where in ("torch", "torch.cuda", "torch.storage"):
        found |= {f"{where}.{name}": it for name, it in STORAGES.items()}
    return found | rebuild.FUNCTIONS


KNOWN = _known()
_CALLED: dict[int, str] = {}
for _name, _thing in KNOWN.items():
    _CALLED.setdefault(id(_thing), _name)


class PlainNames:
    """Names of what Python and a program define; nothing of PyTorch's."""

    def storage(self, thing: Any) -> tuple[Any, ...] | None:
        """None: nothing is a storage."""
        return None

    def reduced(self, thing: Any) -> Any:
        """NotImplemented: Python is asked."""
        return NotImplemented

    def name(self, thing: Any) -> tuple[str, str]:
        """Where a class or a function is found.

        Raises:
            PicklingError: it is not found where it says it is: a lambda, a class in a function.
        """
        called = _CALLED.get(id(thing))
        if called is not None:
            module, _, name = called.rpartition(".")
            return module, name
        name = getattr(thing, "__qualname__", None) or thing.__name__
        module = getattr(thing, "__module__", None) or "builtins"
        # Layers say that they are PyTorch's; they are found among ours.
        found: Any = sys.modules.get(_ours(module)) or sys.modules.get(module)
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is not thing:
            raise PicklingError(
                f"Can't pickle {thing!r}: it's not found as {module}.{name}. Define it at the top "
                "of a module, or save a state_dict instead."
            )
        return public_module(module, name), name


class TorchNames(PlainNames):
    """Names and reductions of tensors and what goes with them.

    Every storage that is met is kept in `cells`, with the key that stands for it.

    Args:
        legacy: write ids as files before PyTorch 1.6 have them, which end with None.
    """

    def __init__(self, legacy: bool = False) -> None:
        self.end: tuple[None, ...] = (None,) if legacy else ()
        self.cells: dict[int, tuple[str, TypedStorage | UntypedStorage]] = {}

    def storage(self, thing: Any) -> tuple[Any, ...] | None:
        """The persistent id of a storage.

        Raises:
            PicklingError: the same memory was met with another dtype.
        """
        if isinstance(thing, UntypedStorage):
            kind, name = UntypedStorage, dtype.named["uint8"]
        elif isinstance(thing, TypedStorage):
            name = thing.dtype
            kind = next(it for it in STORAGES.values() if it.dtype is name)
        else:
            return None
        cell = thing._cell
        key, first = self.cells.setdefault(id(cell), (str(len(self.cells)), thing))
        if isinstance(first, TypedStorage) and first.dtype is not name:
            raise PicklingError(
                "Cannot save multiple tensors or storages that view the same data as different "
                f"types: {first.dtype} and {name}"
            )
        return "storage", kind, key, "cpu", thing.size(), *self.end

    def reduced(self, thing: Any) -> Any:
        """How a tensor, a parameter or a dtype is made again."""
        if isinstance(thing, dtype):
            return thing.name
        if isinstance(thing, Parameter):
            state = attributes_of(thing)
            plain = _rebuilt(thing, requires_grad=False)
            hooks: OrderedDict[str, Any] = OrderedDict()
            given = (_Call(rebuild.tensor_v2, plain), thing.requires_grad, hooks)
            if state:
                return rebuild.parameter_with_state, (*given, state)
            return rebuild.parameter, given
        if isinstance(thing, Tensor):
            plain, state = _rebuilt(thing, thing.requires_grad), attributes_of(thing)
            if type(thing) is Tensor and not state:
                return rebuild.tensor_v2, plain
            return rebuild.from_type, (rebuild.tensor_v2, type(thing), plain, state)
        if isinstance(thing, _Call):
            return thing.function, thing.arguments
        return NotImplemented

    def name(self, thing: Any) -> tuple[str, str]:
        """Where a dtype, a class or a function is found."""
        return ("torch", thing.name) if isinstance(thing, dtype) else super().name(thing)


class _Call:
    """Stands for what a function makes."""

    def __init__(self, function: Any, arguments: tuple[Any, ...]) -> None:
        self.function, self.arguments = function, arguments


def _rebuilt(tensor: Tensor, requires_grad: bool) -> tuple[Any, ...]:
    data = tensor._tensor
    hooks: OrderedDict[str, Any] = OrderedDict()
    return storage_of(tensor), data.offset, data.shape, data.strides, requires_grad, hooks


def _ours(module: str) -> str:
    """The module as it is called here."""
    theirs = module == "torch" or module.startswith("torch.")
    return OURS + module.removeprefix("torch") if theirs else module


def public_module(module: str, name: str) -> str:
    """The module as PyTorch calls it."""
    if not (module + ".").startswith(OURS + "."):
        return module
    home, _, file = module.rpartition(".")
    if home == f"{OURS}.nn.functional":
        return "torch.nn.functional"
    if name in FUNCTIONS and home == OURS:
        return "torch"
    if home == f"{OURS}.nn.modules":
        file = HOMES.get(file, file)
        if file == "lazy_layers":
            file = next(it for key, it in LAZY.items() if key in name)
        module = f"{home}.{file}"
    if name == "AdamW":
        module = f"{OURS}.optim.adamw"
    return "torch" + module.removeprefix(OURS)


def import_name(module: str, name: str) -> Any:
    """What a name stands for, after importing its module; PyTorch's names stand for ours.

    Raises:
        NotSupportedError: PyTorch has it, and it is not here.
    """
    known = KNOWN.get(f"{module}.{name}")
    if known is not None:
        return known
    found: Any = None
    try:
        found = importlib.import_module(_ours(module))
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        if _ours(module) == module:
            raise
        raise NotSupportedError(
            f"{module}.{name} is asked for by the file, and is not here. Save a state_dict instead."
        ) from error
    return found

"""Walks over a tree of modules: its names, and what is done to every node.

Idea: `named_modules` lists the tree, each module once, parents first; parameters and buffers are
    what the tables of these modules hold, each once.
Not here: moving to another dtype or device (casting.py).
Read next: casting.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Self

from minitorch.errors import ConfigError
from minitorch.torch.nn.modules.registry import Registry
from minitorch.torch.nn.parameter import Parameter
from minitorch.torch.tensor import Tensor

__all__ = ["Walks"]


class Walks(Registry):
    """What is asked of, or done to, a whole tree."""

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """(dotted name, module) of the tree, this module first with the name ""."""
        seen = memo if memo is not None else set[Any]()
        yield from self._tree(prefix, seen if remove_duplicate else None)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Any]:
        """The modules of the tree, this one first."""
        return (module for _, module in self.named_modules(remove_duplicate=remove_duplicate))

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """(name, module) of the direct children, each once."""
        seen = set[Any]()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Any]:
        """The direct children, each once."""
        return (module for _, module in self.named_children())

    def _named_members(
        self,
        get_members_fn: Callable[[Any], Any],
        prefix: str = "",
        recurse: bool = True,
        remove_duplicate: bool = True,
    ) -> Iterator[tuple[str, Any]]:
        """(dotted name, member) of what the function finds in each module; None is left out."""
        seen = set[int]()
        nodes = self.named_modules(None, prefix, remove_duplicate) if recurse else [(prefix, self)]
        for path, module in nodes:
            for name, member in get_members_fn(module):
                if member is None or id(member) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(member))
                yield f"{path}.{name}" if path else name, member

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """(dotted name, parameter) in order of registration, a shared one once."""
        return self._named_members(
            lambda module: module._parameters.items(), prefix, recurse, remove_duplicate
        )

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters in order of registration, a shared one once."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """(dotted name, buffer) in order of registration, a shared one once."""
        return self._named_members(
            lambda module: module._buffers.items(), prefix, recurse, remove_duplicate
        )

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers in order of registration, a shared one once."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def apply(self, fn: Callable[[Any], Any]) -> Self:
        """Call a function with every module of the tree, children first; returns itself."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Self:
        """Set the tree to training mode, or to evaluation mode; returns itself.

        Raises:
            ConfigError: not a bool.
        """
        if not isinstance(mode, bool):
            raise ConfigError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """Set the tree to evaluation mode; returns itself."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Let autograd follow the parameters, or not; returns itself."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of the parameters, or make them zeros in place."""
        for parameter in self.parameters():
            if parameter.grad is None:
                continue
            if set_to_none:
                parameter.grad = None
            elif parameter.grad.grad_fn is not None:
                parameter.grad.detach_().zero_()
            else:
                parameter.grad.requires_grad_(False).zero_()

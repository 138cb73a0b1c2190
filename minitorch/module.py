"""Module and Parameter: a tree of names.

Idea: assigning a Module or a Parameter to an attribute puts it into the tree; every walk
    (train, eval, named_parameters) is a walk over that tree, children in order of assignment.
    `Tree` is what both faces share; `Module` is the course's.
Not here: layers (train/models.py), what a parameter's value is, torch.nn.Module (torch/nn/).
Read next: autodiff.py
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from minitorch.errors import ModuleError

__all__ = ["Module", "Parameter", "Tree"]


class Parameter:
    """A value that an optimiser may replace; it can hold any object.

    A value with `requires_grad_` is asked to track gradients and given the parameter's name.

    >>> p = Parameter(5.0, name="weight")
    >>> p.update(6.0)
    >>> p
    6.0
    """

    def __init__(self, x: Any = None, name: str | None = None) -> None:
        self.value = x
        self.name = name
        self._track()

    def update(self, x: Any) -> None:
        """Replace the value."""
        self.value = x
        self._track()

    def _track(self) -> None:
        if hasattr(self.value, "requires_grad_"):
            self.value.requires_grad_(True)
            if self.name:
                self.value.name = self.name

    def __repr__(self) -> str:
        return repr(self.value)

    def __str__(self) -> str:
        return str(self.value)


class Tree:
    """A node in a tree: modules and parameters are kept by name, in order of assignment.

    It keeps, finds, prints and calls; what assigning does and which walks there are is the
    business of each face's `Module`.
    """

    _modules: dict[str, Any]
    _parameters: dict[str, Any]
    training: bool
    _tables: tuple[str, ...] = ("_parameters", "_modules")  # where a name is looked for, in order

    def __init__(self) -> None:
        object.__setattr__(self, "_modules", {})
        object.__setattr__(self, "_parameters", {})
        object.__setattr__(self, "training", True)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; a subclass writes it.

        Raises:
            ModuleError: the subclass has not.
        """
        raise ModuleError(
            f"{type(self).__name__} was called but has no forward. "
            "Define `def forward(self, x): ...` in the class."
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What `forward` computes."""
        return self.forward(*args, **kwargs)

    def _tree(self, prefix: str = "", seen: set[Any] | None = None) -> Iterator[tuple[str, Any]]:
        """(dotted name, node) of this node and all below, parents first; given a set, each once."""
        if seen is not None:
            if self in seen:
                return
            seen.add(self)
        yield prefix, self
        for name, child in self._modules.items():
            if child is not None:
                yield from child._tree(f"{prefix}.{name}" if prefix else name, seen)

    def __delattr__(self, name: str) -> None:
        for place in self._places():
            if name in place:
                del place[name]
                return
        object.__delattr__(self, name)

    def _places(self) -> list[dict[str, Any]]:
        """Where a name may be kept: parameters, modules, plain attributes."""
        tables = (self.__dict__.get(table) for table in self._tables)
        return [*(table for table in tables if table is not None), self.__dict__]

    def __getattr__(self, name: str) -> Any:
        # Only reached when the usual look-up fails, so the tree comes second.
        attributes = self.__dict__
        for table in self._tables:
            kept = attributes.get(table)
            if kept is not None and name in kept:
                return kept[name]
        raise self._absent(name)

    def _absent(self, name: str) -> ModuleError:
        """What is raised when there is no attribute of this name."""
        names = ", ".join(
            [*self.__dict__.get("_parameters", {}), *self.__dict__.get("_modules", {})]
        )
        return ModuleError(
            f"{type(self).__name__} has no attribute {name!r}; its parameters and modules are: "
            f"{names or 'none'}."
        )

    def __dir__(self) -> list[str]:
        return [
            *super().__dir__(),
            *(name for table in self._tables for name in getattr(self, table)),
        ]

    def extra_repr(self) -> str:
        """The settings that `repr` shows; a subclass may write it."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        settings = self.extra_repr().splitlines()
        children = [f"({name}): {_indented(child)}" for name, child in self._modules.items()]
        if len(settings) == 1 and not children:
            return f"{self._get_name()}({settings[0]})"
        body = "".join(f"\n  {line}" for line in settings + children)
        return f"{self._get_name()}({body}\n)" if body else f"{self._get_name()}()"


def _indented(child: Any) -> str:
    """A child as its parent prints it: all lines but the first two spaces further right."""
    first, *lines = repr(child).split("\n")
    return "\n".join([first, *(f"  {line}" if line.strip() else "" for line in lines)])


class Module(Tree):
    """A node in a tree of modules, with parameters as leaves.

    >>> class Linear(Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.weight = Parameter(2.0)
    ...     def forward(self, x):
    ...         return self.weight.value * x
    >>> class Network(Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.layer = Linear()
    ...     def forward(self, x):
    ...         return self.layer(x)
    >>> net = Network()
    >>> net(3.0), net.named_parameters()
    (6.0, [('layer.weight', 2.0)])
    >>> net
    Network(
      (layer): Linear()
    )
    """

    _modules: dict[str, Module]
    _parameters: dict[str, Parameter]

    def modules(self) -> list[Module]:
        """The direct children."""
        return list(self._modules.values())

    @property
    def mode(self) -> str:
        """`"train"` or `"eval"`."""
        return "train" if self.training else "eval"

    def train(self) -> None:
        """Set this module and all below it to training mode."""
        for _, module in self._tree():
            module.training = True

    def eval(self) -> None:
        """Set this module and all below it to evaluation mode."""
        for _, module in self._tree():
            module.training = False

    def named_parameters(self) -> list[tuple[str, Parameter]]:
        """All parameters of the tree with their dotted names, parents before children."""
        named = list(self._parameters.items())
        for child_name, child in self._modules.items():
            named += [(f"{child_name}.{name}", p) for name, p in child.named_parameters()]
        return named

    def parameters(self) -> list[Parameter]:
        """All parameters of the tree; one that stands in two places is listed once."""
        return list(dict.fromkeys(p for _, p in self.named_parameters()))

    def add_parameter(self, k: str, v: Any) -> Parameter:
        """Store the value v as the parameter k, and return the new `Parameter`."""
        parameter = Parameter(v, k)
        setattr(self, k, parameter)
        return parameter

    def __setattr__(self, name: str, value: Any) -> None:
        tree: dict[str, Any] | None = None
        if isinstance(value, Parameter | Module):
            table = "_parameters" if isinstance(value, Parameter) else "_modules"
            tree = self.__dict__.get(table)
            if tree is None:
                raise ModuleError(
                    f"{type(self).__name__}.{name} was assigned before the tree exists. "
                    "Call super().__init__() first in __init__."
                )
        for place in self._places():
            if place is not tree:
                place.pop(name, None)
        if tree is None:
            object.__setattr__(self, name, value)
        else:
            tree[name] = value  # an old name keeps its place in the order

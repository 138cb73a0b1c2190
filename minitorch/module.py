"""Module and Parameter: a tree of names.

Idea: assigning a Module or a Parameter to an attribute puts it into the tree; every walk
    (train, eval, named_parameters) is a walk over that tree, children in order of assignment.
Not here: layers (train/models.py), what a parameter's value is.
Read next: autodiff.py
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from minitorch.errors import ModuleError

__all__ = ["Module", "Parameter"]


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


class Module:
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
    training: bool

    def __init__(self) -> None:
        object.__setattr__(self, "_modules", {})
        object.__setattr__(self, "_parameters", {})
        self.training = True

    def modules(self) -> list[Module]:
        """The direct children."""
        return list(self._modules.values())

    @property
    def mode(self) -> str:
        """`"train"` or `"eval"`."""
        return "train" if self.training else "eval"

    def train(self) -> None:
        """Set this module and all below it to training mode."""
        for module in self._tree():
            module.training = True

    def eval(self) -> None:
        """Set this module and all below it to evaluation mode."""
        for module in self._tree():
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

    def _tree(self) -> Iterator[Module]:
        yield self
        for child in self._modules.values():
            yield from child._tree()

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

    def __delattr__(self, name: str) -> None:
        for place in self._places():
            if place.pop(name, None) is not None:
                return
        object.__delattr__(self, name)

    def _places(self) -> list[dict[str, Any]]:
        """Where a name may be kept: parameters, modules, plain attributes."""
        trees = (self.__dict__.get("_parameters"), self.__dict__.get("_modules"))
        return [*(tree for tree in trees if tree is not None), self.__dict__]

    def __getattr__(self, name: str) -> Any:
        # Only reached when the usual look-up fails, so the tree comes second.
        for table in ("_parameters", "_modules"):
            if name in self.__dict__.get(table, {}):
                return self.__dict__[table][name]
        names = ", ".join(
            [*self.__dict__.get("_parameters", {}), *self.__dict__.get("_modules", {})]
        )
        raise ModuleError(
            f"{type(self).__name__} has no attribute {name!r}; its parameters and modules are: "
            f"{names or 'none'}."
        )

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._parameters, *self._modules]

    def __repr__(self) -> str:
        children = [f"({name}): {child!r}" for name, child in self._modules.items()]
        if not children:
            return f"{type(self).__name__}()"
        body = "\n".join(children).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {body}\n)"

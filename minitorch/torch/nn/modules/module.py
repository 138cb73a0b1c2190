"""torch.nn.Module: a tree of parameters, buffers and modules, that is called.

Idea: one node is four things, a file each: what it keeps (registry.py), walks over it (walks.py,
    casting.py), its state (state.py) and who listens (hooks.py).
Not here: layers (linear.py, conv.py ...), the course's Module (minitorch/module.py).
Read next: registry.py
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from minitorch.module import Tree
from minitorch.torch.nn.modules.hooks import (
    Hooked,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
)
from minitorch.torch.nn.modules.state import IncompatibleKeys, Stateful

__all__ = [
    "Module",
    "_IncompatibleKeys",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
]

_IncompatibleKeys = IncompatibleKeys


class Module(Hooked, Stateful):
    """A network, or a part of one: parameters, buffers and modules by name, and `forward`.

    >>> import minitorch.torch as torch
    >>> class Net(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.layer = torch.nn.Linear(2, 1)
    ...     def forward(self, x):
    ...         return self.layer(x).relu()
    >>> net = Net()
    >>> net(torch.ones(3, 2)).shape
    torch.Size([3, 1])
    >>> list(net.state_dict())
    ['layer.weight', 'layer.bias']
    >>> net
    Net(
      (layer): Linear(in_features=2, out_features=1, bias=True)
    )
    """

    dump_patches: bool = False
    call_super_init: bool = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init and kwargs:
            name = next(iter(kwargs))
            raise TypeError(
                f"{type(self).__name__}.__init__() got an unexpected keyword argument '{name}'"
            )
        if not self.call_super_init and args:
            raise TypeError(
                f"{type(self).__name__}.__init__() takes 1 positional argument but "
                f"{len(args) + 1} were given"
            )
        super().__init__()
        if self.call_super_init:
            super(Tree, self).__init__(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; a subclass writes it.

        Raises:
            NotImplementedError: the subclass has not.
        """
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state.pop("_compiled_call_impl", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        # A module that an older library pickled may lack tables.
        for table in (*self._hook_tables, *self._state_tables):
            self.__dict__.setdefault(table, OrderedDict())
        self.__dict__.setdefault("_non_persistent_buffers_set", set())
        self.__dict__.setdefault("_is_full_backward_hook", None)

"""How a module keeps what is assigned to it: parameters, buffers and modules, by name.

Idea: assigning a Parameter, a Module, or anything to the name of a buffer goes into the table of
    its kind; a name that has a place in a table keeps it, and takes only its own kind or None.
Not here: walks over the tree (walks.py), saving it (state.py).
Read next: walks.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import ConfigError, KindError, ModuleError, RegistrationError
from minitorch.module import Tree
from minitorch.torch.nn.modules.utils import typename
from minitorch.torch.nn.parameter import Buffer, Parameter
from minitorch.torch.tensor import Tensor

__all__ = ["Registry"]


class Registry(Tree):
    """A node whose attributes are kept in tables by kind; `torch.nn.Module` is the whole."""

    _buffers: dict[str, Any]
    _non_persistent_buffers_set: set[str]
    _tables = ("_parameters", "_buffers", "_modules")

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "_buffers", {})
        object.__setattr__(self, "_non_persistent_buffers_set", set())

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Keep a tensor that is no parameter: it moves with the module and is saved.

        Raises:
            RegistrationError: the name holds a ".", is empty, or is that of another attribute.
            KindError: neither a tensor nor None.
        """
        self._check_name("buffer", "_buffers", name)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise KindError(
                f"cannot assign '{typename(tensor)}' object to buffer '{name}' "
                "(torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Keep a parameter under a name; None keeps the place of one that is switched off.

        Raises:
            RegistrationError: the name holds a ".", is empty, or is that of another attribute.
            KindError: neither a `Parameter` nor None.
            ConfigError: a tensor with a history.
        """
        self._check_name("parameter", "_parameters", name)
        if param is not None and not isinstance(param, Parameter):
            raise KindError(
                f"cannot assign '{typename(param)}' object to parameter '{name}' "
                "(torch.nn.Parameter or None required)"
            )
        if param is not None and param.grad_fn is not None:
            raise ConfigError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be "
                f"created explicitly. To express '{name}' as a function of another Tensor, compute "
                "the value in the forward() method."
            )
        self._parameters[name] = param

    def add_module(self, name: str, module: Any) -> None:
        """Keep a child under a name.

        Raises:
            RegistrationError: the name holds a ".", is empty, or is that of another attribute.
            KindError: neither a `Module` nor None.
        """
        if module is not None and not isinstance(module, Registry):
            raise KindError(f"{typename(module)} is not a Module subclass")
        self._check_name("module", "_modules", name)
        self._modules[name] = module

    def register_module(self, name: str, module: Any) -> None:
        """Keep a child under a name, as `add_module` does."""
        self.add_module(name, module)

    def _check_name(self, kind: str, table: str, name: Any) -> None:
        """Refuse what cannot be the name of a parameter, a buffer or a module."""
        if table not in self.__dict__:
            raise ModuleError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise KindError(f"{kind} name should be a string. Got {typename(name)}")
        if "." in name:
            given = f", got: {name}" if kind == "module" else ""
            raise RegistrationError(f'{kind} name can\'t contain "."{given}')
        if name == "":
            raise RegistrationError(f'{kind} name can\'t be empty string ""')
        if name not in self.__dict__[table] and hasattr(self, name):
            raise RegistrationError(f"attribute '{name}' already exists")

    def __setattr__(self, name: str, value: Any) -> None:
        tables = self.__dict__
        if isinstance(value, Parameter):
            if "_parameters" not in tables:
                raise ModuleError("cannot assign parameters before Module.__init__() call")
            self._forget(name, "_parameters")
            self.register_parameter(name, value)
        elif name in tables.get("_parameters", ()):
            self._check_kept(name, value, "as parameter", "torch.nn.Parameter or None expected")
            self.register_parameter(name, value)
        elif isinstance(value, Registry):
            if "_modules" not in tables:
                raise ModuleError("cannot assign module before Module.__init__() call")
            self._forget(name, "_modules")
            tables["_modules"][name] = value
        elif name in tables.get("_modules", ()):
            self._check_kept(name, value, "as child module", "torch.nn.Module or None expected")
            tables["_modules"][name] = value
        elif name in tables.get("_buffers", ()) or isinstance(value, Buffer):
            self._set_buffer(name, value)
        else:
            object.__setattr__(self, name, value)

    def _set_buffer(self, name: str, value: Any) -> None:
        if value is not None and not isinstance(value, Tensor):
            self._check_kept(
                name, value, "as buffer", "torch.nn.Buffer, torch.Tensor or None expected"
            )
        if isinstance(value, Buffer):
            self.register_buffer(name, value, value.persistent)
        else:
            self.register_buffer(name, value, name not in self._non_persistent_buffers_set)

    def _check_kept(self, name: str, value: Any, what: str, expected: str) -> None:
        if value is not None:
            raise KindError(f"cannot assign '{typename(value)}' {what} '{name}' ({expected})")

    def _forget(self, name: str, but: str) -> None:
        """Free a name that another table, or a plain attribute, has."""
        for table in self._tables:
            if table != but:
                self.__dict__[table].pop(name, None)
        self.__dict__.pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def __delattr__(self, name: str) -> None:
        self._non_persistent_buffers_set.discard(name)
        super().__delattr__(name)

    def _absent(self, name: str) -> ModuleError:
        return ModuleError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __dir__(self) -> list[str]:
        return sorted(name for name in set(super().__dir__()) if not name[0].isdigit())

    def get_submodule(self, target: str) -> Any:
        """The module at a dotted path; the module itself at "".

        Raises:
            ModuleError: there is none.
        """
        module: Any = self
        for name in target.split(".") if target else ():
            module = module._member(name)
            if not isinstance(module, Registry):
                raise ModuleError(f"`{name}` is not an nn.Module")
        return module

    def set_submodule(self, target: str, module: Any, strict: bool = False) -> None:
        """Put a module at a dotted path, in place of the one that is there.

        Raises:
            ConfigError: no path, or not a module.
            ModuleError: the path leads through what is no module, or strictly, to nothing.
        """
        if target == "":
            raise ConfigError("Cannot set the submodule without a target name!")
        if not isinstance(module, Registry):
            raise ConfigError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict or hasattr(parent, name):
            parent.get_submodule(name)
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a dotted path.

        Raises:
            ModuleError: there is none.
        """
        path, _, name = target.rpartition(".")
        found = self.get_submodule(path)._member(name)
        if not isinstance(found, Parameter):
            raise ModuleError(f"`{name}` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a dotted path.

        Raises:
            ModuleError: there is none.
        """
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        found = module._member(name)
        if name not in module._buffers:
            raise ModuleError(f"`{name}` is not a buffer")
        return found

    def _member(self, name: str) -> Any:
        if not hasattr(self, name):
            raise ModuleError(f"{self._get_name()} has no attribute `{name}`")
        return getattr(self, name)

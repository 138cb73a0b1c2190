"""Parametrisations: a parameter as a function of others.

Idea: the module gets a class of its own, in which the name of the parameter is a property: reading
    it calls the parametrisation on the original values; assigning calls its `right_inverse`.
Not here: parametrisations (parametrizations.py).
Read next: parametrizations.py
"""

from __future__ import annotations

import copy
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

from minitorch.errors import ConfigError, MismatchError
from minitorch.modes import no_grad
from minitorch.torch.nn.modules.container import ModuleDict, ModuleList
from minitorch.torch.nn.modules.module import Module
from minitorch.torch.nn.parameter import Parameter
from minitorch.torch.tensor import Tensor

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "type_before_parametrizations",
]

_cache: dict[tuple[int, str], Any] = {}
_caching = 0


@contextmanager
def cached() -> Generator[None]:
    """A context in which each parametrisation is computed once, however often it is read."""
    global _caching
    _caching += 1
    try:
        yield
    finally:
        _caching -= 1
        if not _caching:
            _cache.clear()


def _register(module: Any, name: str, tensor: Any) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


def _inverse(parametrizations: Any, value: Any, must: bool) -> Any:
    """The original values that give a value; itself where nothing says which."""
    for module in reversed(list(parametrizations)):
        if not hasattr(module, "right_inverse"):
            if must:
                raise MismatchError(
                    f"parametrization {type(module).__name__} does not implement right_inverse."
                )
            continue
        try:
            value = module.right_inverse(value)
        except NotImplementedError:
            if must:
                raise
    return value


class ParametrizationList(ModuleList):
    """The parametrisations of one parameter, the first one applied first, and the original values.

    The values are `original`, or `original0`, `original1` ... where there are several.
    """

    def __init__(self, modules: Sequence[Any], original: Any, unsafe: bool = False) -> None:
        if not modules:
            raise ConfigError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, dtype = original.shape, original.dtype
        with no_grad():
            new = _inverse(self, original, must=False)
        if not isinstance(new, Tensor | Sequence):
            raise ConfigError(
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                f"Got {type(new).__name__}"
            )
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if isinstance(new, Tensor) else len(new)
        if isinstance(new, Tensor):
            _check_same("When `right_inverse` outputs one tensor, it", new.dtype, dtype)
            original.data = new.data
            _register(self, "original", original)
        else:
            for number, part in enumerate(new):
                made: Any = part
                if isinstance(original, Parameter):
                    made = Parameter(part, original.requires_grad)
                _register(self, f"original{number}", made)
        if not unsafe:
            _check_result(self(), shape, dtype)

    def right_inverse(self, value: Any) -> None:
        """Let the original values be those that give a value.

        Raises:
            MismatchError: a parametrisation has no `right_inverse`.
            ConfigError: it returns what does not fit.
        """
        with no_grad():
            value = _inverse(self, value, must=True)
            held = self._originals()
            given = [value] if self.is_tensor else list(value)
            if len(given) != len(held):
                raise ConfigError(
                    "'right_inverse' must return a sequence of tensors of length "
                    f"{self.ntensors}. Got a sequence of length {len(given)}."
                )
            for tensor, new in zip(held, given, strict=True):
                _check_same("A tensor that `right_inverse` returns", new.dtype, tensor.dtype)
                tensor.data = new.data

    def _originals(self) -> list[Any]:
        if self.is_tensor:
            return [self.original]
        return [getattr(self, f"original{number}") for number in range(self.ntensors)]

    def forward(self) -> Any:
        """The parameter of now."""
        first, *rest = self
        x = first(*self._originals())
        for module in rest:
            x = module(x)
        return x


def _check_same(what: str, new: Any, old: Any) -> None:
    if new != old:
        raise ConfigError(f"{what} may not change the dtype: from {old} to {new}")


def _check_result(new: Any, shape: Any, dtype: Any) -> None:
    if not isinstance(new, Tensor):
        raise ConfigError(f"A parametrization must return a tensor. Got {type(new).__name__}.")
    for what, now, before in (("dtype", new.dtype, dtype), ("shape", new.shape, shape)):
        if now != before:
            raise ConfigError(
                f"Registering a parametrization may not change the {what} of the tensor, unless "
                f"`unsafe` flag is enabled.\nunparametrized {what}: {before}\n"
                f"parametrized {what}: {now}"
            )


def _deepcopy(self: Any, memo: dict[int, Any]) -> Any:
    replica = object.__new__(type(self))
    memo[id(self)] = replica
    replica.__dict__.update(copy.deepcopy(self.__dict__, memo))
    return replica


def _getstate(self: Any) -> Any:
    raise MismatchError(
        "Serialization of parametrized modules is only supported through state_dict()."
    )


def _give_own_class(module: Any) -> None:
    """Let a module have a class of its own, which can be given properties."""
    plain = type(module)
    members = {"__getstate__": _getstate, "__deepcopy__": _deepcopy}
    module.__class__ = type(f"Parametrized{plain.__name__}", (plain,), members)


def _give_property(module: Any, name: str) -> None:
    def get(self: Any) -> Any:
        parametrization = self.parametrizations[name]
        if not _caching:
            return parametrization()
        key = (id(self), name)
        if key not in _cache:
            _cache[key] = parametrization()
        return _cache[key]

    def set_original(self: Any, value: Any) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(type(module), name, property(get, set_original))


def register_parametrization(
    module: Any, tensor_name: str, parametrization: Any, *, unsafe: bool = False
) -> Any:
    """Let a parameter or buffer be a function of its values from now on; returns the module.

    Raises:
        ConfigError: no such parameter or buffer, or, unless `unsafe`, another dtype or shape.

    >>> import minitorch.torch as torch
    >>> class Symmetric(torch.nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).t()
    >>> layer = register_parametrization(torch.nn.Linear(3, 3), "weight", Symmetric())
    >>> torch.equal(layer.weight, layer.weight.t())
    True
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            now = getattr(module, tensor_name)
            _check_result(parametrization(now), now.shape, now.dtype)
        held = module.parametrizations[tensor_name]
        held.append(parametrization)
        held.unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        original = getattr(module, tensor_name)
        held = ParametrizationList([parametrization], original, unsafe=unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _give_own_class(module)
            module.parametrizations = ModuleDict()
        _give_property(module, tensor_name)
        module.parametrizations[tensor_name] = held
    else:
        raise ConfigError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element "
            f"with name '{tensor_name}'"
        )
    return module


def is_parametrized(module: Any, tensor_name: str | None = None) -> bool:
    """True where a module has a parametrisation, of that name if one is given."""
    held = getattr(module, "parametrizations", None)
    if not isinstance(held, ModuleDict):
        return False
    return len(held) > 0 if tensor_name is None else tensor_name in held


def remove_parametrizations(module: Any, tensor_name: str, leave_parametrized: bool = True) -> Any:
    """Make a parameter plain again, with the value of now or the original one.

    Raises:
        ConfigError: it is not parametrised, or its original values are several tensors.
    """
    if not is_parametrized(module, tensor_name):
        raise ConfigError(f"Module {module} does not have a parametrization on {tensor_name}")
    held = module.parametrizations[tensor_name]
    with no_grad():
        now = getattr(module, tensor_name)
    if held.is_tensor:
        plain = held.original
        if leave_parametrized:
            plain.data = now.data
    elif leave_parametrized:
        trained = any(tensor.requires_grad for tensor in held._originals())
        plain = Parameter(now) if trained else now
    else:
        raise ConfigError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is "
            "parametrized in terms of a sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, plain)
    if not is_parametrized(module):
        del module.parametrizations
        module.__class__ = type_before_parametrizations(module, True)
    return module


def type_before_parametrizations(module: Module, stripped: bool = False) -> type:
    """The class that a module had before it was given one of its own."""
    if stripped or is_parametrized(module):
        return type(module).__bases__[0]
    return type(module)

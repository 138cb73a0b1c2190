"""Weight normalisation: a weight as a length and a direction.

Idea: w = g v / |v|, where |v| is taken over all dims but one. This older form keeps g and v as
    parameters of the module, and computes w before each call.
Not here: the newer form (parametrizations.py).
Read next: parametrizations.py
"""

from __future__ import annotations

import warnings
from typing import Any

from minitorch.errors import ConfigError, HookError
from minitorch.torch.nn.parameter import Parameter, is_lazy

__all__ = ["WeightNorm", "norm_except_dim", "remove_weight_norm", "weighed", "weight_norm"]


def norm_except_dim(v: Any, pow: int = 2, dim: int = 0) -> Any:
    """The p-norm over all dims but one, which are kept with size 1; -1 for the norm of all.

    >>> import minitorch.torch as torch
    >>> norm_except_dim(torch.tensor([[3.0, 4.0]]), 2, 0)
    tensor([[5.]])
    """
    if dim == -1:
        return v.norm(pow)
    others = [other for other in range(v.dim()) if other != dim % v.dim()]
    return v.norm(pow, others, keepdim=True) if others else v.abs()


def weighed(v: Any, g: Any, dim: int = 0) -> Any:
    """g v / |v|, the norm over all dims but one."""
    return v * (g / norm_except_dim(v, 2, dim))


class WeightNorm:
    """What computes the weight of one module before each call."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Any) -> Any:
        """The weight of now."""
        g, v = getattr(module, f"{self.name}_g"), getattr(module, f"{self.name}_v")
        return weighed(v, g, self.dim)

    @staticmethod
    def apply(module: Any, name: str, dim: int | None) -> WeightNorm:
        """Split the weight of a module, and compute it before each call from then on.

        Raises:
            HookError: that is done already.
            ConfigError: the weight has no shape yet.
        """
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, WeightNorm) and hook.name == name:
                raise HookError(
                    f"Cannot register two weight_norm hooks on the same parameter {name}"
                )
        weight = getattr(module, name)
        if is_lazy(weight):
            raise ConfigError(
                "The module passed to `WeightNorm` can't have uninitialized parameters. Make sure "
                "to run the dummy forward before applying weight normalization"
            )
        fn = WeightNorm(name, dim)
        del module._parameters[name]
        module.register_parameter(
            f"{name}_g", Parameter(norm_except_dim(weight, 2, fn.dim).detach())
        )
        module.register_parameter(f"{name}_v", Parameter(weight.data))
        setattr(module, name, fn.compute_weight(module))
        module.register_forward_pre_hook(fn)
        return fn

    def remove(self, module: Any) -> None:
        """Make the weight of now a parameter again."""
        weight = self.compute_weight(module)
        delattr(module, self.name)
        del module._parameters[f"{self.name}_g"], module._parameters[f"{self.name}_v"]
        setattr(module, self.name, Parameter(weight.detach()))

    def __call__(self, module: Any, inputs: Any) -> None:
        """Compute the weight before a call."""
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Let a module compute its weight from a length and a direction; returns the module.

    Salimans and Kingma, "Weight normalization", 2016.

    >>> import warnings
    >>> import minitorch.torch as torch
    >>> with warnings.catch_warnings(action="ignore"):
    ...     layer = weight_norm(torch.nn.Linear(20, 40))
    >>> layer.weight_g.shape, layer.weight_v.shape
    (torch.Size([40, 1]), torch.Size([40, 20]))
    """
    warnings.warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of "
        "`torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
        stacklevel=2,
    )
    WeightNorm.apply(module, name, dim)
    return module


def remove_weight_norm(module: Any, name: str = "weight") -> Any:
    """Make the weight a parameter again; returns the module.

    Raises:
        ConfigError: it was not split.
    """
    for number, hook in module._forward_pre_hooks.items():
        if isinstance(hook, WeightNorm) and hook.name == name:
            hook.remove(module)
            del module._forward_pre_hooks[number]
            return module
    raise ConfigError(f"weight_norm of '{name}' not found in {module}")

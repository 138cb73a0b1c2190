"""Spectral normalisation: a weight divided by its largest singular value.

Idea: the largest singular value of W is u' W v, with u and v kept from call to call and improved by
    a step of the power method in each: v = W' u / |..|, u = W v / |..|.
    This older form keeps W as weight_orig, and computes the weight before each call.
Not here: the newer form (parametrizations.py).
Read next: parametrizations.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import ConfigError, HookError
from minitorch.modes import no_grad
from minitorch.torch.nn import functional as F
from minitorch.torch.nn.modules.conv import _ConvTransposeNd
from minitorch.torch.nn.parameter import Parameter, is_lazy

__all__ = ["SpectralNorm", "output_dim", "remove_spectral_norm", "spectral_norm"]


def output_dim(module: Any) -> int:
    """The dim of a weight that counts the outputs of its module."""
    return 1 if isinstance(module, _ConvTransposeNd) else 0


class SpectralNorm:
    """What computes the weight of one module before each call."""

    _version = 1

    def __init__(
        self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        if n_power_iterations <= 0:
            raise ConfigError(
                "Expected n_power_iterations to be positive, but got "
                f"n_power_iterations={n_power_iterations}"
            )
        self.name = name
        self.n_power_iterations = n_power_iterations
        self.dim = dim
        self.eps = eps

    def reshape_weight_to_matrix(self, weight: Any) -> Any:
        """A weight with one dim first and the others as columns."""
        return weight.movedim(self.dim, 0).flatten(1)

    def compute_weight(self, module: Any, do_power_iteration: bool) -> Any:
        """The weight of now, after a step of the power method if that is asked for."""
        weight = getattr(module, f"{self.name}_orig")
        u, v = getattr(module, f"{self.name}_u"), getattr(module, f"{self.name}_v")
        matrix = self.reshape_weight_to_matrix(weight)
        if do_power_iteration:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    v.copy_(F.normalize(matrix.t() @ u, dim=0, eps=self.eps))
                    u.copy_(F.normalize(matrix @ v, dim=0, eps=self.eps))
                # What backward keeps must not change with the next step.
                u, v = u.clone(), v.clone()
        return weight / (u @ (matrix @ v))

    @staticmethod
    def apply(
        module: Any, name: str, n_power_iterations: int, dim: int, eps: float
    ) -> SpectralNorm:
        """Keep the weight of a module as weight_orig, and compute it before each call.

        Raises:
            HookError: that is done already.
            ConfigError: the weight is None, or has no shape yet.
        """
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, SpectralNorm) and hook.name == name:
                raise HookError(
                    f"Cannot register two spectral_norm hooks on the same parameter {name}"
                )
        fn = SpectralNorm(name, n_power_iterations, dim, eps)
        weight = module._parameters[name]
        if weight is None:
            raise ConfigError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
        if is_lazy(weight):
            raise ConfigError(
                "The module passed to `SpectralNorm` can't have uninitialized parameters. Make "
                "sure to run the dummy forward before applying spectral normalization"
            )
        with no_grad():
            height, width = fn.reshape_weight_to_matrix(weight).shape
            u = F.normalize(weight.new_empty(height).normal_(0, 1), dim=0, eps=eps)
            v = F.normalize(weight.new_empty(width).normal_(0, 1), dim=0, eps=eps)
        delattr(module, name)
        module.register_parameter(f"{name}_orig", weight)
        setattr(module, name, weight.data)
        module.register_buffer(f"{name}_u", u)
        module.register_buffer(f"{name}_v", v)
        module.register_forward_pre_hook(fn)
        module._register_state_dict_hook(fn.note_version)
        return fn

    def note_version(
        self, module: Any, state_dict: Any, prefix: str, local_metadata: dict[str, Any]
    ) -> None:
        """Write into the metadata of a state dict how it was made."""
        versions = local_metadata.setdefault("spectral_norm", {})
        versions[f"{self.name}.version"] = self._version

    def remove(self, module: Any) -> None:
        """Make the weight of now a parameter again."""
        with no_grad():
            weight = self.compute_weight(module, do_power_iteration=False)
        for suffix in ("", "_u", "_v", "_orig"):
            delattr(module, self.name + suffix)
        module.register_parameter(self.name, Parameter(weight.detach()))

    def __call__(self, module: Any, inputs: Any) -> None:
        """Compute the weight before a call."""
        weight = self.compute_weight(module, do_power_iteration=module.training)
        setattr(module, self.name, weight)


def spectral_norm(
    module: Any,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Any:
    """Let a module divide its weight by its largest singular value; returns the module.

    Miyato et al., "Spectral normalization for generative adversarial networks", 2018.

    >>> import minitorch.torch as torch
    >>> layer = spectral_norm(torch.nn.Linear(20, 40))
    >>> layer.weight_u.shape
    torch.Size([40])
    """
    chosen = output_dim(module) if dim is None else dim
    SpectralNorm.apply(module, name, n_power_iterations, chosen, eps)
    return module


def remove_spectral_norm(module: Any, name: str = "weight") -> Any:
    """Make the weight a parameter again; returns the module.

    Raises:
        ConfigError: it was not normalised.
    """
    for number, hook in module._forward_pre_hooks.items():
        if isinstance(hook, SpectralNorm) and hook.name == name:
            hook.remove(module)
            del module._forward_pre_hooks[number]
            for key, noted in list(module._state_dict_hooks.items()):
                if getattr(noted, "__self__", None) is hook:
                    del module._state_dict_hooks[key]
            return module
    raise ConfigError(f"spectral_norm of '{name}' not found in {module}")

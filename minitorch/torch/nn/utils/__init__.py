"""Tools for modules: clipping gradients, packing sequences, normalising weights.

Idea: each works on parameters, or on what a module keeps, from outside.
Not here: layers (nn/modules/).
Read next: clip_grad.py
"""

from __future__ import annotations

from minitorch.torch.missing import getattr_of
from minitorch.torch.nn.utils import parametrizations, parametrize, rnn, stateless
from minitorch.torch.nn.utils.clip_grad import (
    clip_grad_norm,
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
)
from minitorch.torch.nn.utils.convert_parameters import parameters_to_vector, vector_to_parameters
from minitorch.torch.nn.utils.init import skip_init
from minitorch.torch.nn.utils.spectral_norm import remove_spectral_norm, spectral_norm
from minitorch.torch.nn.utils.weight_norm import remove_weight_norm, weight_norm

__all__ = [
    "clip_grad_norm",
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "get_total_norm",
    "parameters_to_vector",
    "parametrizations",
    "parametrize",
    "remove_spectral_norm",
    "remove_weight_norm",
    "rnn",
    "skip_init",
    "spectral_norm",
    "stateless",
    "vector_to_parameters",
    "weight_norm",
]

__getattr__ = getattr_of(__name__)

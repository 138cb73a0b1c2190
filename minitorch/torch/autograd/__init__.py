"""torch.autograd: gradients on request, functions of one's own, and checks.

Idea: all of it is the engine's one walk back through the graph (../../autodiff.py), started from
    several outputs, stopped at what is asked for, or watched.
Not here: the graph.
Read next: function.py
"""

from __future__ import annotations

from minitorch.torch.autograd import forward_ad, functional, graph, profiler
from minitorch.torch.autograd.anomaly import detect_anomaly, set_detect_anomaly
from minitorch.torch.autograd.function import Function, FunctionCtx
from minitorch.torch.autograd.gradcheck import gradcheck, gradgradcheck
from minitorch.torch.autograd.gradients import Variable, backward, grad
from minitorch.torch.autograd.modes import (
    enable_grad,
    inference_mode,
    no_grad,
    set_grad_enabled,
)
from minitorch.torch.missing import getattr_of

__all__ = [
    "Function",
    "FunctionCtx",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "forward_ad",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "no_grad",
    "profiler",
    "set_detect_anomaly",
    "set_grad_enabled",
]

__getattr__ = getattr_of(__name__)

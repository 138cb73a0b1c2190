"""Finding the op in which a number stopped being finite.

Idea: the step that failed is run once more, with the generator set back so that dropout draws the
    same, while `observe` shows every op; the first with finite arguments and a result that is not
    finite is the culprit. A healthy step pays nothing for this but one look at its gradients.
Not here: when to look (loop.py).
Read next: ../autodiff.py
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from minitorch.autodiff import Event, observe
from minitorch.module import Module
from minitorch.scalar import Scalar
from minitorch.tensor import Tensor

__all__ = ["bad_gradients", "bad_parameters", "culprit", "is_finite"]


def is_finite(value: Any) -> bool:
    """Tell whether a number, a Scalar or all of a tensor is neither infinite nor NaN.

    >>> is_finite(Scalar(1.0)), is_finite(float("nan")), is_finite("a shape or the like")
    (True, False, True)
    """
    if isinstance(value, Scalar):
        return math.isfinite(value.data)
    if isinstance(value, Tensor):
        return bool(np.isfinite(value._tensor.array()).all())
    if isinstance(value, tuple | list):
        return all(map(is_finite, value))  # pyright: ignore[reportUnknownArgumentType]  # of anything
    return not isinstance(value, float) or math.isfinite(value)


def bad_gradients(network: Module) -> list[str]:
    """Return the names of the parameters whose gradient is not finite."""
    named = network.named_parameters()
    return [name for name, parameter in named if not is_finite(parameter.value.derivative)]


def bad_parameters(network: Module) -> list[str]:
    """Return the names of the parameters that are not finite themselves."""
    named = network.named_parameters()
    return [name for name, parameter in named if not is_finite(parameter.value)]


def culprit(step: Callable[[], object]) -> str:
    """Run `step` and name the first op that turned finite numbers into others.

    >>> culprit(lambda: Scalar(1e3).exp())
    'the forward of Exp'
    >>> culprit(lambda: Scalar(2.0).exp())
    'no op that could be found'
    """
    found: list[str] = []

    def watch(event: Event) -> None:
        if found or event.function is None:
            return
        if event.kind == "forward" and not is_finite(event.output) and _all(event.inputs):
            found.append(f"the forward of {event.function.__name__}")
        if event.kind == "backward" and not _all(event.derivatives) and is_finite(event.derivative):
            found.append(f"the backward of {event.function.__name__}")

    with observe(watch):
        step()
    return found[0] if found else "no op that could be found"


def _all(values: Iterable[Any]) -> bool:
    return all(map(is_finite, values))

"""What the optimizers of PyTorch do beyond the course's SGD and Adam: a step, or a part of one.

Idea: the next value of a parameter, or of what is kept for it, from its gradient; rates and the
    like are arguments, so that a kernel of it serves every rate.
Not here: the course's updates (../operators.py), which optimizer uses which (../torch/optim/).
Read next: ../rows/updates.py
"""

from __future__ import annotations

from minitorch.operators import inv, sgd_step, sqrt

__all__ = ["adadelta_step", "moving_max", "ratio_step", "rprop_gradient", "rprop_size", "sign_step"]


def moving_max(norm: float, g: float, beta: float, eps: float) -> float:
    """The larger of beta * norm and |g| + eps: the infinity norm of Adamax.

    >>> moving_max(4.0, -1.0, 0.5, 0.0), moving_max(4.0, -3.0, 0.5, 0.0)
    (2.0, 3.0)
    """
    size = abs(g) + eps
    return beta * norm if beta * norm > size else size


def ratio_step(x: float, g: float, scale: float, lr: float) -> float:
    """A step down the gradient in units of a scale: x - lr * g / scale.

    >>> ratio_step(1.0, 2.0, 4.0, 0.5)
    0.75
    """
    return sgd_step(x, g * inv(scale), lr)


def adadelta_step(delta: float, square: float, g: float, eps: float) -> float:
    """The change of Adadelta: g * sqrt(delta + eps) / sqrt(square + eps) (Zeiler 2012).

    delta and square are moving averages of the squares of past changes and of past gradients.

    >>> adadelta_step(4.0, 16.0, 3.0, 0.0)
    1.5
    """
    return sqrt(delta + eps) * inv(sqrt(square + eps)) * g


def rprop_size(
    size: float,
    g: float,
    before: float,
    shrink: float,
    grow: float,
    least: float,
    most: float,
) -> float:
    """A step size that grows while the gradient keeps its sign and shrinks when it turns.

    Riedmiller and Braun, "Rprop", 1993; `before` is the gradient before g.

    >>> rprop_size(1.0, -2.0, 3.0, 0.5, 1.25, 0.0, 9.0)
    0.5
    """
    turned = g * before
    size = size * (grow if turned > 0.0 else shrink if turned < 0.0 else 1.0)
    return least if size < least else most if size > most else size


def rprop_gradient(g: float, before: float) -> float:
    """g, or zero where its sign is not that of the gradient before.

    >>> rprop_gradient(2.0, 3.0), rprop_gradient(2.0, -3.0)
    (2.0, 0.0)
    """
    return 0.0 if g * before < 0.0 else g


def sign_step(x: float, g: float, size: float) -> float:
    """A step of this size down the gradient, whatever the gradient's size.

    >>> sign_step(1.0, 8.0, 0.25), sign_step(1.0, -8.0, 0.25), sign_step(1.0, 0.0, 0.25)
    (0.75, 1.25, 1.0)
    """
    return sgd_step(x, 1.0 if g > 0.0 else -1.0 if g < 0.0 else 0.0, size)

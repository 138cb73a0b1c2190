"""jacobian, hessian and their products with vectors, of functions of tensors.

Idea: a row of the Jacobian is one pass back from one output; v J one pass with v; J v is the
    derivative in u of u J, which is linear in u: a pass back through a pass back.
Not here: the pass (gradients.py).
Read next: gradcheck.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.autodiff import enable_grad
from minitorch.errors import GradientError
from minitorch.tensor_functions import zeros_like
from minitorch.torch.autograd.gradients import grad
from minitorch.torch.joining import stack
from minitorch.torch.missing import getattr_of
from minitorch.torch.tensor import Tensor

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def _leaves(inputs: Any, create_graph: bool) -> tuple[bool, tuple[Any, ...]]:
    several = isinstance(inputs, tuple)
    given = inputs if several else (inputs,)
    return several, tuple(
        [
            x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_()
            for x in given
        ]
    )


def _called(function: Callable[..., Any], leaves: tuple[Any, ...]) -> tuple[bool, tuple[Any, ...]]:
    with enable_grad():
        out = function(*leaves)
    several = isinstance(out, tuple)
    outs = out if several else (out,)
    if not all(isinstance(it, Tensor) for it in outs):
        raise GradientError("The function must return a Tensor or a tuple of Tensors.")
    return several, outs


def _grads(out: Any, leaves: Any, seed: Any, create_graph: bool, strict: bool) -> list[Any]:
    if out.history is None:
        found: Any = (None,) * len(leaves)
    else:
        found = grad(out, leaves, seed, True, create_graph, allow_unused=True)
    if strict and any(d is None for d in found):
        raise GradientError("Output of the user-provided function is independent of an input.")
    return [zeros_like(x.detach()) if d is None else d for x, d in zip(leaves, found, strict=True)]


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The derivative of each output cell in each input cell: shapes of output + input.

    >>> import minitorch.torch as torch
    >>> torch.autograd.functional.jacobian(lambda x: x * x, torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    several_in, leaves = _leaves(inputs, create_graph)
    several_out, outs = _called(func, leaves)
    rows: list[Any] = []
    for out in outs:
        flat = out.reshape(-1)
        per_cell = [
            _grads(flat[k], leaves, None, create_graph, strict) for k in range(flat.shape[0])
        ]
        blocks = tuple(
            [
                stack([cell[i] for cell in per_cell], 0).reshape(*out.shape, *x.shape)
                if per_cell
                else zeros_like(x.detach(), (*out.shape, *x.shape))
                for i, x in enumerate(leaves)
            ]
        )
        rows.append(blocks if several_in else blocks[0])
    return tuple(rows) if several_out else rows[0]


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a function that returns one number.

    >>> import minitorch.torch as torch
    >>> torch.autograd.functional.hessian(lambda x: (x * x).sum(), torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 2.]])
    """
    several = isinstance(inputs, tuple)

    def first(*leaves: Any) -> Any:
        _, outs = _called(func, leaves)
        if outs[0]._tensor.size != 1:
            raise GradientError("The Tensor returned by the function should contain one element.")
        found = tuple(_grads(outs[0].reshape(()), leaves, None, True, strict))
        return found if several else found[0]

    return jacobian(first, inputs, create_graph, strict)


def _vector(v: Any, like: tuple[Any, ...]) -> tuple[Any, ...]:
    if v is None:
        if len(like) != 1 or like[0]._tensor.size != 1:
            raise GradientError("The vector v can only be None if there is one number.")
        return (like[0].detach() * 0 + 1,)
    return v if isinstance(v, tuple) else (v,)


def vjp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The outputs, and v times the Jacobian."""
    several_in, leaves = _leaves(inputs, create_graph)
    several_out, outs = _called(func, leaves)
    seeds = _vector(v, outs)
    total: list[Any] = [zeros_like(x.detach()) for x in leaves]
    for out, seed in zip(outs, seeds, strict=True):
        found = _grads(out, leaves, seed, create_graph, strict)
        total = [a + b for a, b in zip(total, found, strict=True)]
    shown = outs if create_graph else tuple([it.detach() for it in outs])
    return (shown if several_out else shown[0]), (tuple(total) if several_in else total[0])


def jvp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The outputs, and the Jacobian times v."""
    _, leaves = _leaves(inputs, create_graph)
    several_out, outs = _called(func, leaves)
    directions = _vector(v, leaves)
    results: list[Any] = []
    for out in outs:
        probe = zeros_like(out.detach()).requires_grad_()
        with enable_grad():
            pulled = _grads(out, leaves, probe, True, strict)
            inner = [(d * w).sum() for d, w in zip(pulled, directions, strict=True)]
            total = inner[0]
            for it in inner[1:]:
                total = total + it
        results += _grads(total, (probe,), None, create_graph, False)
    shown = outs if create_graph else tuple([it.detach() for it in outs])
    return (shown if several_out else shown[0]), (tuple(results) if several_out else results[0])


def vhp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The output, and v times the Hessian of a function that returns one number."""
    several, leaves = _leaves(inputs, create_graph)
    _, outs = _called(func, leaves)
    directions = _vector(v, leaves)
    first = _grads(outs[0], leaves, None, True, strict)
    with enable_grad():
        total = (first[0] * directions[0]).sum()
        for d, w in zip(first[1:], directions[1:], strict=True):
            total = total + (d * w).sum()
    found = tuple(_grads(total, leaves, None, create_graph, False))
    return (outs[0] if create_graph else outs[0].detach()), found if several else found[0]


hvp = vhp  # the Hessian is symmetric

__getattr__ = getattr_of(__name__)

"""gradcheck: derivatives against central differences.

Idea: (f(x + h) - f(x - h)) / 2h, cell by cell, in float64.
Not here: derivative_check, the same for Scalars (../../scalar.py).
Read next: functional.py
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from minitorch.autodiff import no_grad
from minitorch.errors import GradientError
from minitorch.torch.autograd.gradients import grad
from minitorch.torch.tensor import Tensor

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(GradientError):
    """A derivative that differences do not confirm."""


def _tracked(inputs: Sequence[Any]) -> list[Tensor]:
    return [x for x in inputs if isinstance(x, Tensor) and x.requires_grad]


def _outputs(out: Any) -> list[Any]:
    several = list(out) if isinstance(out, tuple | list) else [out]
    return [it for it in several if isinstance(it, Tensor) and it.dtype.is_floating_point]


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    **accepted: Any,
) -> bool:
    """True where the derivatives of func at the inputs agree with central differences.

    Raises:
        GradcheckError: they do not, and raise_exception is true.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradcheck(lambda x: x * x, (x,))
    True
    """
    given = inputs if isinstance(inputs, tuple | list) else (inputs,)
    leaves = _tracked(given)
    if not leaves:
        raise GradcheckError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them "
            "have requires_grad=True."
        )
    for number, _ in enumerate(_outputs(func(*given))):
        for place, x in enumerate(leaves):
            problem = _difference(func, given, number, x, eps, atol, rtol)
            if problem:
                if raise_exception:
                    raise GradcheckError(
                        f"Jacobian mismatch for output {number} with respect to input {place},\n"
                        f"{problem}"
                    )
                return False
    return True


def _difference(
    func: Any, given: Any, number: int, x: Any, eps: float, atol: float, rtol: float
) -> str:
    """What differs between the derivatives of one output in one input, or nothing."""
    out = _outputs(func(*given))[number].reshape(-1)
    exact: list[list[float]] = []
    for k in range(out.shape[0]):
        found = (None,)
        if out.requires_grad:
            found = grad(out[k], x, retain_graph=True, allow_unused=True)
        zeros = [0.0] * x.numel()
        exact.append(zeros if found[0] is None else found[0].reshape(-1).tolist())
    for i in range(x.numel()):
        sides: list[list[float]] = []
        for step in (eps, -eps):
            with no_grad():
                flat = x.detach().reshape(-1).tolist()
                kept = x.detach().clone()
                flat[i] += step
                moved = kept.new_tensor(flat).reshape(x.shape)
                x.copy_(moved)
                sides.append(_outputs(func(*given))[number].reshape(-1).tolist())
                x.copy_(kept)
        for k, (up, down) in enumerate(zip(*sides, strict=True)):
            numeric = (up - down) / (2 * eps)
            if not abs(numeric - exact[k][i]) <= atol + rtol * abs(numeric):
                return f"numerical:{numeric}\nanalytical:{exact[k][i]} at cell {k}, {i}"
    return ""


def gradgradcheck(
    func: Callable[..., Any], inputs: Any, grad_outputs: Any = None, **settings: Any
) -> bool:
    """`gradcheck` of the gradients of func: the second derivatives."""
    given = inputs if isinstance(inputs, tuple | list) else (inputs,)
    count = len(given)
    outs = _outputs(func(*given))
    if grad_outputs is None:
        seeds = [(out.detach() * 0 + 1).requires_grad_() for out in outs]
    else:
        seeds = list(grad_outputs) if isinstance(grad_outputs, tuple | list) else [grad_outputs]

    def first(*args: Any) -> Any:
        made = _outputs(func(*args[:count]))
        leaves = _tracked(args[:count])
        return grad(made, leaves, args[count:], create_graph=True, allow_unused=True)

    settings.pop("gen_non_contig_grad_outputs", None)
    return gradcheck(first, (*given, *seeds), **settings)

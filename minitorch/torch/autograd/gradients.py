"""grad and backward of several outputs; Variable, the old name of a tensor with gradients.

Idea: both walk back from all outputs at once; `grad` hands out what reaches the inputs, `backward`
    adds it to the leaves.
Not here: the walk (../../autodiff.py).
Read next: function.py
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from minitorch.autodiff import gradients
from minitorch.errors import GradientError
from minitorch.tensor_functions import zeros_like
from minitorch.torch.tensor import Tensor

__all__ = ["Variable", "backward", "grad"]


def _listed(given: Any) -> list[Any]:
    return [given] if isinstance(given, Tensor) else list(cast("Sequence[Any]", given))


def _seeds(outputs: list[Any], given: Any) -> list[Any]:
    seeds = [None] * len(outputs) if given is None else _listed(given)
    if len(seeds) != len(outputs):
        raise GradientError(
            f"got {len(outputs)} tensors and {len(seeds)} gradients: give one for each"
        )
    for k, output in enumerate(outputs):
        if output.history is None:
            raise GradientError(
                f"element {k} of tensors does not require grad and does not have a grad_fn"
            )
    return [output._seed(seed) for output, seed in zip(outputs, seeds, strict=True)]


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of the sum of the outputs, each times its grad_output, of the inputs.

    Raises:
        GradientError: an input tracks no gradients, or, unless allow_unused, was not used.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> (first,) = torch.autograd.grad(x**3, x, create_graph=True)
    >>> torch.autograd.grad(first, x)
    (tensor(18.),)
    """
    wanted, made = _listed(inputs), _listed(outputs)
    for it in wanted:
        if it.history is None:
            raise GradientError("One of the differentiated Tensors does not require grad")
    keep = create_graph if retain_graph is None else retain_graph
    found = gradients(made, _seeds(made, grad_outputs), wanted, keep, create_graph)
    if materialize_grads:
        found = [zeros_like(x) if d is None else d for x, d in zip(wanted, found, strict=True)]
    elif not allow_unused and any(d is None for d in found):
        raise GradientError(
            "One of the differentiated Tensors appears to not have been used in the graph. Set "
            "allow_unused=True if this is the desired behavior."
        )
    return tuple(found)


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add the gradients of the sum of the tensors to the leaves, or to `inputs` only."""
    made = _listed(tensors)
    seeds = _seeds(made, grad_tensors)
    keep = create_graph if retain_graph is None else retain_graph
    wanted = _leaves(made) if inputs is None else _listed(inputs)
    for leaf, d in zip(wanted, gradients(made, seeds, wanted, keep, create_graph), strict=True):
        if d is not None:
            Tensor.accumulate_derivative(leaf, d)


def _leaves(outputs: list[Any]) -> list[Any]:
    found: dict[int, Any] = {}
    seen: set[int] = set()
    stack = list(outputs)
    while stack:
        it = stack.pop()
        if getattr(it, "history", None) is None or id(it) in seen:
            continue
        seen.add(id(it))
        if it.history.last_fn is None:
            found[id(it)] = it
        stack.extend(it.history.inputs or ())
    return list(found.values())


class _IsTensor(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=_IsTensor):
    """The old name of a tensor in a graph: Variable(x, requires_grad=True) is x, tracked.

    >>> import minitorch.torch as torch
    >>> isinstance(torch.autograd.Variable(torch.ones(2)), torch.Tensor)
    True
    """

    def __new__(cls, data: Any, requires_grad: bool = False, volatile: bool = False) -> Any:
        """The tensor, as a leaf of its own."""
        out = data.detach()
        return out.requires_grad_() if requires_grad else data if data.requires_grad else out

"""Function: an op with a derivative of one's own.

Idea: `forward` is run without a graph and recorded as one node with as many results as it returns;
    `backward` gets a gradient for each and returns one for each argument of forward.
Not here: the node (../../several.py).
Read next: gradcheck.py
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

from minitorch.autodiff import Context
from minitorch.errors import GradientError
from minitorch.several import SeveralFunction
from minitorch.torch.tensor import Tensor
from minitorch.torch.views import shadow_of

__all__ = ["Function", "FunctionCtx", "once_differentiable"]


class FunctionCtx(Context):
    """What `forward` leaves for `backward`; attributes of one's own are kept too."""

    fills: bool = True
    constants: tuple[Any, ...] = ()
    dirty: tuple[Any, ...] = ()

    def mark_non_differentiable(self, *args: Any) -> None:
        """No gradient flows through these results."""
        self.constants = args

    def mark_dirty(self, *args: Any) -> None:
        """These arguments were written to, and are results."""
        self.dirty = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether a gradient that does not flow is given to backward as zeros, or as None."""
        self.fills = value

    def save_for_forward(self, *tensors: Any) -> None:
        """Accepted; there is no forward mode."""

    def save_for_backward(self, *values: Any) -> None:
        """Keep tensors for backward."""
        self._saved = values


class Function:
    """A function with static methods `forward(ctx, ...)` and `backward(ctx, *gradients)`.

    Or `forward(...)` without ctx, and `setup_context(ctx, inputs, output)`.

    >>> import minitorch.torch as torch
    >>> class Double(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return x * 2
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         return g * 2
    >>> x = torch.ones(2, requires_grad=True)
    >>> Double.apply(x).sum().backward()
    >>> x.grad
    tensor([2., 2.])
    """

    generate_vmap_rule: ClassVar[bool] = False
    setup_context: ClassVar[Any] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise GradientError(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all "
            "static, so you should invoke them on the class itself. Use Function.apply(...)."
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """What the function computes; a subclass writes it."""
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function."
        )

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """A gradient for each argument of forward; a subclass writes it."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to use it with backward mode AD."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward on the arguments, and record it where one of them tracks gradients."""
        written: list[tuple[Any, Any]] = [
            (it, shadow_of(it)) for it in args if isinstance(it, Tensor) and it.history is not None
        ]
        results = _node_of(cls).apply(*args)
        one, several = results[-1], results[:-1]
        for x, old in written:
            for it in several:
                if it is not x and isinstance(it, Tensor) and it._tensor.cell is x._tensor.cell:
                    _take_over(x, it, old)
        several = tuple([_same_object(it, args) for it in several])
        return several[0] if one else several


def _take_over(x: Tensor, result: Tensor, old: Tensor) -> None:
    """An argument that was marked dirty gets the history of the result that it is."""
    history = result.history
    if history is not None and result._tensor is x._tensor and x in _dirty_of(history):
        history.before = old
        x.history = history


def _dirty_of(history: Any) -> tuple[Any, ...]:
    node = history.inputs[0].history
    return tuple(node.ctx.dirty) if isinstance(node.ctx, FunctionCtx) else ()


def _same_object(result: Any, args: tuple[Any, ...]) -> Any:
    for it in args:
        if (
            isinstance(it, Tensor)
            and isinstance(result, Tensor)
            and it._tensor is result._tensor
            and it.history is result.history
        ):
            return it
    return result


@cache
def _node_of(fn: type[Function]) -> type[SeveralFunction]:
    """The engine's function that runs a user's."""

    def forward(ctx: FunctionCtx, *args: Any) -> tuple[Any, ...]:
        if fn.setup_context is None:
            out = fn.forward(ctx, *args)
        else:
            out = fn.forward(*args)
            fn.setup_context(ctx, args, out)
        return (*out, False) if isinstance(out, tuple) else (out, True)

    def backward(ctx: FunctionCtx, *gradients: Any) -> Any:
        return fn.backward(ctx, *gradients[:-1])

    def constants(cls: Any, ctx: FunctionCtx) -> set[int]:
        return {id(it) for it in ctx.constants}

    members = {
        "forward": staticmethod(forward),
        "backward": staticmethod(backward),
        "context": classmethod(lambda cls, silent: FunctionCtx(silent)),
        "constants": classmethod(constants),
    }
    return type(fn.__name__ + "Backward", (SeveralFunction,), members)


def once_differentiable(fn: Any) -> Any:
    """A backward that cannot be differentiated itself; accepted as it is."""
    return fn

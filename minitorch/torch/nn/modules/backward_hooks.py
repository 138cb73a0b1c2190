"""Backward hooks of a module: identities around its forward, that listen to the derivatives.

Idea: inputs and outputs pass through an identity with several operands. Backward reaches that of
    the outputs first (their derivatives are kept), that of the inputs last: then both are known.
Not here: where they are registered (hooks.py).
Read next: hooks.py
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from minitorch.errors import HookError
from minitorch.modes import is_grad_enabled
from minitorch.torch.autograd.function import Function
from minitorch.torch.tensor import Tensor

__all__ = ["BackwardHooks"]

Gradients = tuple[Any, ...]


class Identity(Function):
    """Every operand as it is; a listener gets the derivatives, and may change them."""

    @staticmethod
    def forward(ctx: Any, listener: Callable[[Gradients], Gradients], *operands: Any) -> Any:
        """Views of the operands."""
        ctx.listener = listener
        ctx.set_materialize_grads(False)
        return tuple(operand.view_as(operand) for operand in operands)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """What the listener makes of the derivatives."""
        return None, *ctx.listener(gradients)


class BackwardHooks:
    """One call of a module with backward hooks."""

    def __init__(
        self,
        module: Any,
        before: Sequence[Callable[..., Any]],
        after: Sequence[Callable[..., Any]],
    ) -> None:
        self.module, self.before, self.after = module, before, after
        self.of_outputs: Gradients | None = None
        self.inputs: list[int] | None = None  # places of the arguments that are marked
        self.outputs: list[int] = []
        self.arity = 0
        self.output_arity = 0

    def mark_inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, tensors passed through an identity if one of them needs a derivative."""
        places = [place for place, arg in enumerate(args) if isinstance(arg, Tensor)]
        self.arity = len(args)
        if not is_grad_enabled() or not any(args[place].requires_grad for place in places):
            return args
        self.inputs = places
        marked = Identity.apply(self._inputs_known, *(args[place] for place in places))
        by_place = dict(zip(places, marked, strict=True))
        return tuple(by_place.get(place, arg) for place, arg in enumerate(args))

    def mark_outputs(self, result: Any) -> Any:
        """The output, its tensors passed through an identity."""
        outputs = result if isinstance(result, tuple) else (result,)
        places = [place for place, output in enumerate(outputs) if isinstance(output, Tensor)]
        self.output_arity = len(outputs)
        if not is_grad_enabled() or not any(outputs[place].requires_grad for place in places):
            return result
        self.outputs = places
        marked = Identity.apply(self._outputs_known, *(outputs[place] for place in places))
        by_place = dict(zip(places, marked, strict=True))
        out = tuple(by_place.get(place, output) for place, output in enumerate(outputs))
        if not isinstance(result, tuple):
            return out[0]
        return type(result)(*out) if hasattr(result, "_fields") else out

    def _outputs_known(self, gradients: Gradients) -> Gradients:
        given = _spread(gradients, self.outputs, self.output_arity)
        for hook in self.before:
            given = _replaced(given, hook(self.module, given), "pre hook", "grad_output")
        self.of_outputs = given
        if self.inputs is None:  # no derivative of an input will ever be known
            warnings.warn(
                "Full backward hook is firing when gradients are computed with respect to module "
                "outputs since no inputs require gradients.",
                stacklevel=2,
            )
            nothing = (None,) * self.arity
            for hook in self.after:
                changed = hook(self.module, nothing, given)
                if changed is not None and changed != nothing:
                    raise HookError(
                        "Backward hook for Modules where no input requires gradient should always "
                        "return None or None for all gradients."
                    )
        return tuple(given[place] for place in self.outputs)

    def _inputs_known(self, gradients: Gradients) -> Gradients:
        assert self.inputs is not None
        if self.of_outputs is None:
            raise HookError(
                "Module backward hook for grad_input is called before the grad_output one. This "
                "happens because the gradient in your nn.Module flows to the Module's input "
                "without passing through the Module's output. Make sure that the output depends "
                "on the input and that the loss is computed based on the output."
            )
        given = _spread(gradients, self.inputs, self.arity)
        for hook in self.after:
            changed = hook(self.module, given, self.of_outputs)
            given = _replaced(given, changed, "hook", "grad_input")
        self.of_outputs = None
        return tuple(given[place] for place in self.inputs)


def _spread(gradients: Gradients, places: list[int], arity: int) -> Gradients:
    """The derivatives at the places of their tensors, None elsewhere."""
    by_place = dict(zip(places, gradients, strict=True))
    return tuple(by_place.get(place) for place in range(arity))


def _replaced(given: Gradients, changed: Any, what: str, of: str) -> Gradients:
    """What a hook returned, if anything; as many as it was given."""
    if changed is None:
        return given
    changed = changed if isinstance(changed, tuple) else (changed,)
    if len(changed) != len(given):
        raise HookError(
            f"Backward {what} returned an invalid number of {of}, got {len(changed)}, but expected "
            f"{len(given)}"
        )
    return changed

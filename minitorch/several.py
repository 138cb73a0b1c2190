"""Functions with several results: one node of the graph, and one that picks each result from it.

Idea: the results are a *bundle*. Its derivative holds one derivative for each result, and adds
    like a number; result k came from the bundle by `Pick`, whose derivative is that one part.
    So backpropagation need not know that there are functions with several results.
Not here: functions with one (tensor_functions.py).
Read next: tensor.py
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from minitorch.autodiff import (
    Context,
    FunctionBase,
    History,
    SavedResult,
    Variable,
    is_constant,
    is_grad_enabled,
)
from minitorch.modes import SILENT, Event, current, stamp
from minitorch.tensor_data import TensorData, is_float
from minitorch.tensor_functions import Function, zeros_like

__all__ = ["Bundle", "Parts", "Pick", "SeveralFunction"]


class Parts:
    """The derivative of a bundle: one for each result, None where nothing flows.

    >>> (Parts((1.0, None)) + Parts((2.0, 3.0))).parts
    (3.0, 3.0)
    """

    def __init__(self, parts: tuple[Any, ...]) -> None:
        self.parts = parts

    def __add__(self, other: Parts) -> Parts:
        pairs = zip(self.parts, other.parts, strict=True)
        return Parts(tuple([b if a is None else a if b is None else a + b for a, b in pairs]))


class Bundle(Variable):
    """The results of a function together, as they stand in the graph; it holds no numbers."""


class Pick(FunctionBase):
    """One result of a bundle."""

    @classmethod
    def of(cls, bundle: Bundle, place: int, count: int, result: Any) -> Any:
        """The result, with the history that it was picked from the bundle."""
        ctx = Context()
        ctx.save_for_backward(place, count)
        node = History(cls, ctx, (bundle,))
        node.stamp = stamp()
        result.history = node
        return result

    @staticmethod
    def forward(ctx: Context, bundle: Any, place: int) -> Any:
        """Never called: the result is there before the bundle."""
        raise NotImplementedError

    @staticmethod
    def backward(ctx: Context, grad_output: Any) -> Any:
        """The derivative, as that of the bundle."""
        place, count = ctx.saved_tensors
        return Parts(tuple([grad_output if k == place else None for k in range(count)]))

    @classmethod
    def chain_rule(
        cls, ctx: Context | None, inputs: Sequence[Any], d_output: Any
    ) -> list[tuple[Any, Any]]:
        """The pair (bundle, its derivative)."""
        assert ctx is not None
        return [(inputs[0], cls.backward(ctx, d_output))]


class _SavedPart(SavedResult):
    """A result saved by the function that made it: kept without its history, so without a cycle."""

    def __init__(self, result: Any, bundle: Bundle, place: int, count: int) -> None:
        self.detached = result.detach()
        self.history = weakref.ref(result.history)
        self.bundle = weakref.ref(bundle)  # alive while any result is, whose gradient flows
        self.place, self.count = place, count

    def value(self, node: Any) -> Any:
        """The result, in its place in the graph where the pass is recorded."""
        variable = self.detached.detach()
        if not is_grad_enabled():
            return variable
        history, bundle = self.history(), self.bundle()
        if history is not None:
            variable.history = history
        elif bundle is not None:  # nobody kept this result; it is picked again
            Pick.of(bundle, self.place, self.count, variable)
        return variable


class SeveralFunction(Function):
    """A Function whose `forward` returns a tuple, and whose `backward` takes a gradient for each.

    A gradient that does not flow is given as zeros; the results that hold whole numbers have none.

    >>> from minitorch import tensor
    >>> class Both(SeveralFunction):
    ...     @staticmethod
    ...     def forward(ctx, a):
    ...         return a * 2.0, a * 3.0
    ...     @staticmethod
    ...     def backward(ctx, first, second):
    ...         return first * 2.0 + second * 3.0
    >>> x = tensor([1.0], requires_grad=True)
    >>> two, three = Both.apply(x)
    >>> (two + three).backward()
    >>> x.grad
    tensor([5.00])
    """

    @classmethod
    def apply(cls, *vals: Any) -> tuple[Any, ...]:
        """Run `forward`; where an argument tracks gradients, record one node for all results."""
        mode = current.get()
        tracked = mode.recording and any(
            isinstance(v, Variable) and v.history is not None for v in vals
        )
        began = perf_counter() if mode.observers else 0.0
        ctx = cls.context(not tracked)
        token = current.set(SILENT)  # what forward is made of is not recorded
        try:
            results = tuple(cls.forward(ctx, *vals))
        finally:
            current.reset(token)
        if tracked:
            results = cls.record_several(ctx, vals, results)
        for observer in mode.observers:
            observer(Event("forward", cls, vals, results, began=began))
        return results

    @classmethod
    def context(cls, silent: bool) -> Context:
        """What `forward` and `backward` share."""
        return Context(silent)

    @classmethod
    def record_several(
        cls, ctx: Context, vals: tuple[Any, ...], results: tuple[Any, ...]
    ) -> tuple[Any, ...]:
        """The results, each with its history; they come from one node."""
        bundle = Bundle(History(cls, ctx, vals))
        ctx.inputs = vals
        assert bundle.history is not None
        bundle.history.stamp = ctx.stamp = stamp()
        constant = cls.constants(ctx)
        recorded: list[Any] = []
        for k, result in enumerate(results):
            made: Any = result
            if (
                not isinstance(result, Variable)
                or id(result) in constant
                or not is_float(made._tensor.dtype)
            ):
                recorded.append(result)
                continue
            if made.history is not None or any(v is result for v in vals):
                made = made.detach()
            recorded.append(Pick.of(bundle, k, len(results), made))
        ctx.rooms = [_room(it) for it in recorded]
        places = {id(made): k for k, made in enumerate(results)}
        if any(id(v) in places for v in ctx._saved):
            ctx._result = cls
            ctx._saved = tuple(
                [
                    _SavedPart(recorded[places[id(v)]], bundle, places[id(v)], len(results))
                    if id(v) in places and recorded[places[id(v)]].history is not None
                    else v
                    for v in ctx._saved
                ]
            )
        return tuple(recorded)

    @classmethod
    def constants(cls, ctx: Context) -> set[int]:
        """The ids of results through which no gradient flows."""
        return set()

    @classmethod
    def pull_back(cls, ctx: Any, d_output: Any) -> Any:
        """What `backward` gives for the derivatives of all results."""
        parts = d_output.parts
        if ctx.fills:
            rooms = ctx.rooms
            parts = [
                zeros_like(*room) if d is None and room else d
                for d, room in zip(parts, rooms, strict=True)
            ]
        return cls.backward(ctx, *parts)

    @classmethod
    def chain_rule(
        cls, ctx: Context | None, inputs: Sequence[Any], d_output: Any
    ) -> list[tuple[Any, Any]]:
        """Pairs (input, derivative) for the inputs that are not constant."""
        pairs = zip(inputs, cls.derivatives(ctx, inputs, d_output), strict=True)
        return [(value, d) for value, d in pairs if d is not None and not is_constant(value)]


def _room(result: Any) -> Any:
    """What zeros in place of a result's gradient are made from: its kind, and its shape."""
    if not isinstance(result, Variable):
        return None
    tensor: Any = result
    return tensor._new(TensorData.empty((0,), tensor._tensor.dtype)), tensor._tensor.shape

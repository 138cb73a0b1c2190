"""Autodiff for anything that can be a Variable: the graph, and the walk back through it.

Idea: `Function.apply` runs `forward` and leaves a History (function, context, inputs) on the
    result; `backpropagate` visits the histories from the last to the first and adds up
    d(out)/d(input) = d(out)/d(result) * d(result)/d(input).
Not here: what is differentiated; it asks a variable only for `history`,
    `accumulate_derivative`, `unique_id`, and a Function for `backward`.
Read next: rules.py
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from time import perf_counter
from typing import Any, ClassVar, cast

from minitorch.errors import GradientError
from minitorch.modes import (
    RECORDING,
    SILENT,
    Event,
    current,
    enable_grad,
    is_grad_enabled,
    no_grad,
    observe,
    stamp,
)

__all__ = [
    "Context",
    "Event",
    "FunctionBase",
    "History",
    "SavedResult",
    "ScalarHistory",
    "Variable",
    "backpropagate",
    "enable_grad",
    "gradients",
    "is_constant",
    "is_grad_enabled",
    "no_grad",
    "observe",
    "seen_by",
    "topological_sort",
    "unwrap_tuple",
    "with_history",
    "wrap_tuple",
]


def wrap_tuple(x: Any) -> tuple[Any, ...]:
    """x as a tuple: itself if it is one, else (x,).

    >>> wrap_tuple(3), wrap_tuple((1, 2))
    ((3,), (1, 2))
    """
    if isinstance(x, tuple):
        return cast("tuple[Any, ...]", x)
    return (x,)


def unwrap_tuple(x: tuple[Any, ...]) -> Any:
    """The only element of a 1-tuple, else the tuple.

    >>> unwrap_tuple((3,)), unwrap_tuple((1, 2))
    (3, (1, 2))
    """
    return x[0] if len(x) == 1 else x


class Context:
    """What a Function keeps from `forward` for `backward`.

    A Function may save its result too: it is kept without its history, so that no cycle arises, and
    gets the history back when read.

    >>> ctx = Context()
    >>> ctx.save_for_backward(2.0)
    >>> ctx.saved_values, ctx.saved_tensors
    (2.0, (2.0,))
    """

    no_grad: bool = False
    stamp: int = 0  # when the function was recorded
    fills: bool = True  # ... and whether gradients that do not flow are zeros, else None
    rooms: Any = None  # of a function with several results: the shapes of their gradients
    rule: Any = None  # the row of the op table that forward lifted, if it did
    inputs: tuple[Any, ...] = ()  # the arguments that `apply` was called with
    _saved: tuple[Any, ...] = ()
    _result: Any = None  # something, where results are among what is saved
    _node: weakref.ref[History] | None = None

    def __init__(self, no_grad: bool = False, saved_values: tuple[Any, ...] = ()) -> None:
        self.no_grad = no_grad
        if saved_values:
            self._saved = tuple(saved_values)

    def save_for_backward(self, *values: Any) -> None:
        """Keep the values; does nothing where no gradient will be asked for."""
        if not self.no_grad:
            self._saved = values

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was saved, always as a tuple."""
        if self._result is None:
            return self._saved
        node = self._recorded()
        return tuple([v.value(node) if isinstance(v, SavedResult) else v for v in self._saved])

    @property
    def saved_values(self) -> Any:
        """What was saved: a tuple, or the value itself where it is only one.

        Raises:
            GradientError: nothing was saved.
        """
        if self.no_grad or not self._saved:
            raise GradientError(
                "saved_values was read, but nothing was saved. "
                "Call ctx.save_for_backward(...) in forward, on inputs that track gradients."
            )
        return unwrap_tuple(self.saved_tensors)

    @property
    def needs_input_grad(self) -> tuple[bool, ...]:
        """Whether the derivative of each argument of `apply` is wanted."""
        return tuple(not is_constant(v) for v in self.inputs)

    def _recorded(self) -> History | None:
        """The history that it belongs to."""
        return self._node and self._node()

    def _attach(self, node: History, result: Any) -> None:
        if node is not self:
            self._node = weakref.ref(node)
        self._result = kept = _SavedResult(result)
        self._saved = tuple([kept if v is result else v for v in self._saved])


class Unrecorded(Context):
    """The context of a call that leaves no history."""

    no_grad = True


class SavedResult:
    """What stands for a result among what its own function saved."""

    def value(self, node: History | None) -> Any:
        """The result, in its place in the graph."""
        raise NotImplementedError


class _SavedResult(SavedResult):
    """A result saved by the Function that made it."""

    def __init__(self, result: Any) -> None:
        self.detached = result.detach()

    def value(self, node: History | None) -> Any:
        if node is None or not is_grad_enabled():
            return self.detached
        variable = self.detached.detach()
        variable.history = node
        return variable


class History(Context):
    """How a variable came about: the function, its context and its inputs. Empty for a leaf.

    What `apply` records is its own context.

    >>> from minitorch import Scalar
    >>> (Scalar(2.0) * Scalar(3.0)).history
    History(Mul)
    """

    last_fn: type[FunctionBase] | None = None
    inputs: Any = None  # a tuple; None for a leaf
    freed: bool = False
    before: Any = None  # the variable as it was, where this history replaced an earlier one
    hooks: list[Callable[[Any], Any]] | None = None  # called with the derivative, once it is known
    id: str | None = None  # what the variable is called that came about so
    _ctx: Context | None = None

    def __init__(
        self,
        last_fn: type[FunctionBase] | None = None,
        ctx: Context | None = None,
        inputs: Iterable[Any] | None = None,
    ) -> None:
        self.last_fn = last_fn
        self._ctx = ctx
        self.inputs = None if inputs is None else tuple(inputs)

    @property
    def ctx(self) -> Context | None:
        """What the function kept for `backward`; None for a leaf, and once it was freed."""
        if self._ctx is None and self.last_fn is not None and not self.freed:
            return self
        return self._ctx

    def _recorded(self) -> History | None:
        return self

    def is_leaf(self) -> bool:
        """True where no function made the variable."""
        return self.last_fn is None

    def backprop_step(self, d_output: Any) -> list[tuple[Any, Any]]:
        """The chain rule at this node: pairs (input, derivative) for inputs that are not constant.

        Raises:
            GradientError: an earlier backward pass freed this node.
        """
        fn = self.last_fn
        if self.freed or fn is None:
            self.check()
            raise GradientError("backprop_step of a leaf: no function made it.")
        return fn.chain_rule(self.ctx, self.inputs or (), d_output)

    def check(self) -> None:
        """Raise a GradientError if an earlier backward pass freed this node."""
        if self.freed:
            raise GradientError(
                "Trying to backward through the graph a second time (the first pass freed it). "
                "Call the first one with retain_graph=True, or run the forward pass again."
            )

    def free(self) -> None:
        """Let go of context and inputs; the graph cannot be walked again."""
        self.inputs = self._saved = ()
        self._ctx, self.freed = None, True

    def __repr__(self) -> str:
        return f"History({self.last_fn.__name__ if self.last_fn else ''})"


def seen_by(reader: History, variable: Any) -> Any:
    """The variable as it was when the reader was recorded: a write in place changes its history.

    >>> from minitorch import Scalar
    >>> x = Scalar(2.0)
    >>> seen_by((x * x).history, x) is x
    True
    """
    history = variable.history
    while history is not None and history.before is not None and history.stamp >= reader.stamp:
        variable = history.before
        history = variable.history
    return variable


ScalarHistory = History  # one class for both kinds; the later editions use two names


class Variable:
    """A value in a graph. A history of None makes it a constant, an empty one a leaf.

    >>> Variable(None).is_constant(), Variable(History()).is_leaf()
    (True, True)
    """

    _ids: ClassVar[Iterator[int]] = itertools.count(1)
    history: History | None = None
    _derivative: Any = None
    _name: str | None = None
    _id: str | None = None

    def __init__(self, history: History | None = None, name: str | None = None) -> None:
        self.history = history
        if name:
            self._name = name

    @property
    def unique_id(self) -> str:
        """What no other variable is called."""
        if self._id is None:
            history = self.history
            if history is None or history.last_fn is None:
                self._id = f"Variable{next(Variable._ids)}"
            else:  # a result that its function saved is the same variable
                history.id = self._id = history.id or f"Variable{next(Variable._ids)}"
        return self._id

    @unique_id.setter
    def unique_id(self, value: str) -> None:
        self._id = value

    @property
    def name(self) -> str:
        """What it is called in graphs: its unique_id, unless it was given a name."""
        return self._name or self.unique_id

    @name.setter
    def name(self, value: str) -> None:
        self._name = value

    @property
    def derivative(self) -> Any:
        """What `backward` accumulated here; None before."""
        return self._derivative

    @derivative.setter
    def derivative(self, value: Any) -> None:
        self._derivative = value

    grad = derivative

    def requires_grad_(self, val: bool = True) -> None:
        """Make this a fresh leaf that tracks gradients, or, with False, a constant."""
        self.history = History() if val else None

    def is_leaf(self) -> bool:
        """True where the variable tracks gradients and no function made it."""
        return self.history is not None and self.history.is_leaf()

    def is_constant(self) -> bool:
        """True where the variable tracks no gradients."""
        return self.history is None

    @property
    def parents(self) -> Sequence[Any]:
        """The inputs of the function that made this variable."""
        return (self.history and self.history.inputs) or ()

    def __copy__(self) -> Any:
        return self._duplicate(dict(self.__dict__))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        rest = {k: v for k, v in self.__dict__.items() if k != "history"}
        memo[id(self)] = other = self._duplicate(deepcopy(rest, memo))
        return other

    def __getstate__(self) -> dict[str, Any]:
        self._check_leaf()
        return {k: v for k, v in self.__dict__.items() if k != "history"} | {
            "leaf": self.history is not None
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        leaf = state.pop("leaf")
        self.__dict__.update(state)
        self._renew(History() if leaf else None)

    def _duplicate(self, members: dict[str, Any]) -> Any:
        """A variable of its own, with these members: a leaf if this one is, with another id."""
        self._check_leaf()
        other = object.__new__(type(self))
        other.__dict__.update(members)
        other._renew(self.history and History())
        return other

    def _renew(self, history: History | None) -> None:
        """Become a variable of its own after the members of another were taken over."""
        self._id, self.history = None, history

    def _check_leaf(self) -> None:
        """Raise a GradientError for what a function made: it is part of a graph."""
        if self.history is not None and not self.history.is_leaf():
            raise GradientError(
                f"copy of {self.name}, which a function made: only leaves and constants can be "
                "copied. Copy x.detach()."
            )

    def accumulate_derivative(self, x: Any) -> None:
        """Add x to the derivative; only a leaf has one."""
        assert self.is_leaf(), "only leaves have derivatives"
        self._derivative = x if self._derivative is None else self._derivative + x

    def zero_derivative_(self) -> None:
        """Forget the derivative."""
        self._derivative = None

    zero_grad_ = zero_derivative_

    def expand(self, x: Any) -> Any:
        """Bring a derivative into the shape of this variable; numbers have none."""
        return x

    def fit(self, x: Any) -> Any:
        """`expand`, unless the name means something else on this face."""
        return self.expand(x)

    def chain_rule(self, d_output: Any) -> list[tuple[Any, Any]]:
        """One pair (input, derivative) per input of the function that made this, constants too."""
        history = self.history
        assert history is not None, "a constant has no chain rule"
        assert history.last_fn is not None, "a leaf has no chain rule"
        inputs = history.inputs or ()
        return list(
            zip(inputs, history.last_fn.derivatives(history.ctx, inputs, d_output), strict=True)
        )


def is_constant(val: Any) -> bool:
    """True for a plain value, and for a Variable that tracks no gradients.

    >>> is_constant(3.0)
    True
    """
    return not isinstance(val, Variable) or val.history is None


class FunctionBase:
    """A differentiable function: static `forward(ctx, *args)` and `backward(ctx, d_output)`.

    A subclass for a kind of Variable says how an argument reaches `forward` (`data`) and how the
    result becomes a Variable (`variable`).
    """

    takes_variables: ClassVar[bool] = False  # `forward` gets the arguments as they are
    composes: ClassVar[bool] = True  # `forward` may apply other Functions
    forward: ClassVar[Callable[..., Any]]  # the value of the function
    backward: ClassVar[Callable[..., Any]]  # d_output times the derivative of each argument

    @staticmethod
    def data(value: Any) -> Any:
        """What `forward` is given for this argument."""
        return value

    @classmethod
    def variable(cls, result: Any, inputs: tuple[Any, ...]) -> Any:
        """The Variable, still without history, that holds a value which `forward` returned."""
        return result

    @classmethod
    def check(cls, value: Any, derivative: Any, position: int) -> Any:
        """The derivative for this argument, in its shape."""
        return value.fit(derivative) if isinstance(value, Variable) else derivative

    @classmethod
    def apply(cls, *vals: Any) -> Any:
        """Run `forward`; where an argument tracks gradients, remember what `backward` needs."""
        mode = current.get()
        tracked = False
        if mode.recording:
            for value in vals:
                if isinstance(value, Variable) and value.history is not None:
                    tracked = True
                    break
        began = perf_counter() if mode.observers else 0.0
        raw = vals if cls.takes_variables else tuple(map(cls.data, vals))
        if not tracked:
            result = cls.forward(_new_context(Unrecorded), *raw)
            if not isinstance(result, Variable):
                result = cls.variable(result, vals)
        else:
            ctx = _new_history(History)
            ctx.last_fn = cls
            ctx.inputs = vals
            if cls.composes:
                token = current.set(SILENT)  # what forward is made of is not recorded again
                try:
                    result = cls.forward(ctx, *raw)
                finally:
                    current.reset(token)
            else:
                result = cls.forward(ctx, *raw)
            if not isinstance(result, Variable):
                result = cls.variable(result, vals)
            result = cls.record(ctx, vals, result)
        for observer in mode.observers:
            observer(Event("forward", cls, vals, result, began=began))
        return result

    @classmethod
    def record(cls, ctx: Context, vals: tuple[Any, ...], result: Any) -> Any:
        """The result, with the History of how it came about."""
        return with_history(cls, ctx, vals, result)

    @classmethod
    def pull_back(cls, ctx: Any, d_output: Any) -> Any:
        """What `backward` gives for the derivative of the result."""
        return cls.backward(ctx, d_output)

    @classmethod
    def derivatives(cls, ctx: Context | None, inputs: Sequence[Any], d_output: Any) -> list[Any]:
        """One derivative per input, in the input's shape.

        Raises:
            GradientError: `backward` returned the wrong number of gradients, or wrong shapes.
        """
        grads = wrap_tuple(cls.pull_back(ctx, d_output))
        if len(grads) != len(inputs):
            variables = [isinstance(v, Variable) for v in inputs]
            if len(grads) != sum(variables):
                raise GradientError(
                    f"{cls.__name__}.backward returned {len(grads)} gradient(s) for "
                    f"{len(inputs)} argument(s) of forward. Return one for each, in their order."
                )
            given = iter(grads)  # gradients only for the arguments that are variables
            grads = tuple(next(given) if is_var else None for is_var in variables)
        checked: list[Any] = []
        for value, grad in zip(inputs, grads, strict=True):
            checked.append(None if grad is None else cls.check(value, grad, len(checked)))
        return checked

    @classmethod
    def chain_rule(
        cls, ctx: Context | None, inputs: Sequence[Any], d_output: Any
    ) -> list[tuple[Any, Any]]:
        """Pairs (input, derivative) for the inputs that are not constant."""
        return [
            (value, d)
            for value, d in zip(inputs, cls.derivatives(ctx, inputs, d_output), strict=True)
            if d is not None and isinstance(value, Variable) and value.history is not None
        ]


def with_history(
    function: type[FunctionBase], ctx: Context, vals: tuple[Any, ...], result: Any
) -> Any:
    """The result of a function of `vals`, in its place in the graph."""
    if result.history is not None or _is_among(vals, result):
        result = result.detach()  # forward handed back one of its arguments
    if isinstance(ctx, History):
        node = ctx
    else:
        node = History(function, ctx, vals)
        ctx.inputs = vals
    node.stamp = ctx.stamp = stamp()
    result.history = node
    if ctx._saved and _is_among(ctx._saved, result):
        ctx._attach(node, result)
    return result


def _is_among(values: tuple[Any, ...], result: Any) -> bool:
    for value in values:  # noqa: SIM110  # several times as fast as any()
        if value is result:
            return True
    return False


_new_context = _new_history = object.__new__


def _key(variable: Any) -> Any:
    """What tells a variable of the graph from the others: two may share the history of one."""
    history = variable.history
    return variable.unique_id if history.last_fn is None else history


def topological_sort(variable: Any) -> list[Any]:
    """All variables the given one depends on and that track gradients, itself first.

    Each comes before the inputs of the function that made it. Iterative, in linear time: shared
    variables are visited once, and the depth of the graph is not limited by Python's stack.

    >>> from minitorch import Scalar
    >>> x = Scalar(2.0, name="x")
    >>> [v.name for v in topological_sort(x * x)][1:]
    ['x']
    """
    return _sorted([variable])


def _sorted(variables: Iterable[Any]) -> list[Any]:
    order: list[Any] = []
    visited: set[Any] = set()
    stack: list[Any] = [v for v in variables if not is_constant(v)]
    while stack:
        node = stack.pop()
        if node is None:  # the inputs of the variable below it are done
            order.append(stack.pop())
            continue
        history = node.history
        is_leaf = history.last_fn is None
        key = node.unique_id if is_leaf else history  # as _key
        if key in visited:
            continue
        visited.add(key)
        if is_leaf:
            order.append(node)
            continue
        stack.append(node)
        stack.append(None)
        for v in history.inputs or ():
            if isinstance(v, Variable) and v.history is not None:
                if v.history.before is not None:
                    v = seen_by(history, v)
                    if v.history is None:
                        continue
                stack.append(v)
    order.reverse()
    return order


def backpropagate(
    variable: Any, deriv: Any, retain_graph: bool = False, create_graph: bool = False
) -> None:
    """Add d(variable)/d(leaf) * deriv to the derivative of every leaf it depends on.

    Args:
        variable: the last of the graph.
        deriv: its derivative; a number for a Scalar, a Tensor of its shape for a Tensor.
        retain_graph: keep the graph for another backward pass; else it is freed on the way.
        create_graph: record this pass too, so that the derivatives can be differentiated.

    Raises:
        GradientError: a part of the graph was freed by an earlier pass.

    >>> from minitorch import Scalar
    >>> x = Scalar(2.0)
    >>> backpropagate(x * x, 1.0)
    >>> x.derivative
    4.0
    """
    if not is_constant(variable):
        seeds = {_key(variable): deriv}
        _walk(topological_sort(variable), seeds, retain_graph, create_graph, None)


def gradients(
    outputs: Sequence[Any],
    derivatives: Sequence[Any],
    inputs: Sequence[Any],
    retain_graph: bool = False,
    create_graph: bool = False,
) -> list[Any]:
    """The derivative of the outputs, times `derivatives`, of each input; None where none flows.

    No leaf's derivative is changed.

    >>> from minitorch import Scalar
    >>> x = Scalar(3.0)
    >>> y = x * x
    >>> gradients([y * x], [1.0], [x, y])
    [27.0, 3.0]
    """
    pending: dict[Any, Any] = {}
    for output, derivative in zip(outputs, derivatives, strict=True):
        before = pending.get(_key(output))
        pending[_key(output)] = derivative if before is None else before + derivative
    found: dict[Any, Any] = {_key(variable): None for variable in inputs}
    order, leading = _towards(found, _sorted(outputs))
    _walk(order, pending, retain_graph, create_graph, found, leading)
    return [found[_key(variable)] for variable in inputs]


def _towards(wanted: Mapping[Any, Any], order: list[Any]) -> tuple[list[Any], set[Any]]:
    """What of the order is wanted or leads to what is, and the keys of what leads there.

    The rest of the graph is neither computed nor freed.
    """
    leading: set[Any] = set()
    kept: list[Any] = []
    for node in reversed(order):  # inputs first
        history = node.history
        for v in history.inputs or ():
            if isinstance(v, Variable) and v.history is not None:
                v = seen_by(history, v) if v.history.before is not None else v
                key = None if v.history is None else _key(v)
                if key is not None and (key in leading or key in wanted):
                    leading.add(_key(node))
                    break
        if _key(node) in leading or _key(node) in wanted:
            kept.append(node)
    kept.reverse()
    return kept, leading


def _walk(
    order: list[Any],
    pending: dict[Any, Any],
    retain_graph: bool,
    create_graph: bool,
    found: dict[Any, Any] | None,
    leading: Collection[Any] = (),
) -> None:
    """Back through the graph, first things first; into `found` instead of the leaves if given.

    Then only what is `leading` to something else is gone through.
    """
    order.reverse()
    remaining = order  # popped from the end, and freed as it goes
    for node in remaining:
        if node.history.freed and (found is None or _key(node) in leading):
            node.history.check()  # before any leaf is changed
    mode = current.get()
    observers = mode.observers
    if observers:
        mode = replace(mode, recording=create_graph)
    else:
        mode = RECORDING if create_graph else SILENT
    token = current.set(mode)
    try:
        while remaining:
            node = remaining.pop()
            history = node.history
            is_leaf = history.last_fn is None
            key = node.unique_id if is_leaf else history  # as _key
            derivative = pending.pop(key, None)
            if derivative is None:
                continue
            if history.hooks is not None:
                for hook in tuple(history.hooks):
                    changed = hook(derivative)
                    derivative = derivative if changed is None else changed
            if found is not None:
                if key in found:
                    found[key] = derivative
                if is_leaf or key not in leading:
                    continue
            began = perf_counter() if observers else 0.0
            if is_leaf:
                node.accumulate_derivative(derivative)
                for observer in observers:
                    observer(Event("accumulate", None, (), node, derivative, began=began))
                continue
            output = node if observers else None
            node = None  # its numbers may go, if backward does not read them
            ctx = history if history._ctx is None else history._ctx
            pairs = history.last_fn.chain_rule(ctx, history.inputs or (), derivative)
            for observer in observers:
                values = tuple(d for _, d in pairs)
                inputs = tuple(v for v, _ in pairs)
                function = history.last_fn
                told = Event("backward", function, inputs, output, derivative, values, began)
                observer(told)
            for value, d in pairs:
                source = value.history
                if source.before is not None:
                    value = seen_by(history, value)
                    source = value.history
                    if source is None:
                        continue
                key = value.unique_id if source.last_fn is None else source
                before = pending.get(key)
                pending[key] = d if before is None else before + d
            if not (retain_graph or create_graph):
                history.free()
            value = source = key = ctx = d = pairs = derivative = (
                None  # nothing of this turn outlives it
            )
    finally:
        current.reset(token)

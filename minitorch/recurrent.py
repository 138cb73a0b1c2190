"""A recurrent layer over all its steps, as one node of the graph.

Idea: forwards, a step is a product of the state and one loop; backwards, one loop and a product.
    The derivative of the weight is not a sum over the steps, but one product at the end, of all
    their derivatives with all their states.
        s = h W',   h, c = step(x[t] + s, h, c);        dW = sum over t of ds[t]' h[t - 1]
Not here: the loops (recurrent_loops.py), the products of the inputs, layers and directions
    (torch/nn/modules/rnn.py).
Read next: recurrent_loops.py
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from minitorch import recurrent_loops, rules
from minitorch.arranging import Cat, Split
from minitorch.autodiff import Context, gradients, is_constant, is_grad_enabled
from minitorch.config import config
from minitorch.fast_ops import FastOps, _dot
from minitorch.gates import GruGates, LstmGates
from minitorch.kernels import Kernel
from minitorch.launches import launched
from minitorch.several import SeveralFunction
from minitorch.tensor_data import Cell, TensorData, copied, fill
from minitorch.tensor_functions import MatMul, Permute, Sum, View, row_function
from minitorch.tensor_ops import new_like

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = ["MODES", "Recurrent", "next_state", "recurrent"]

Array = Any
State = tuple[Any, ...]  # (h,), or (h, c) of an LSTM; each (B, H)
ReLU, Tanh = row_function(rules.relu), row_function(rules.tanh)


class Mode(NamedTuple):
    """A kind of recurrent network."""

    gates: int  # x and s hold so many numbers for each of h
    keeps: int  # and the way back reads so many more
    step: Kernel
    back: Kernel


def _mode(name: str, gates: int, keeps: int) -> Mode:
    loops = (getattr(recurrent_loops, f"{name}_step{end}") for end in ("", "_back"))
    return Mode(
        gates, keeps, *(Kernel(loop, steps=lambda args: 20 * args[0].size) for loop in loops)
    )


MODES = {
    "RNN_TANH": _mode("tanh", 1, 0),
    "RNN_RELU": _mode("relu", 1, 0),
    "LSTM": _mode("lstm", 4, 4),
    "GRU": _mode("gru", 3, 4),
}


def recurrent(
    mode: str, x: Tensor, state: State, weight: Tensor, bias: Any = None, reverse: bool = False
) -> tuple[Any, State]:
    """The states after every step, (T, B, H), and the last one.

    Args:
        mode: one of MODES.
        x: what the inputs contribute, (T, B, gates * H).
        state: the first one.
        weight: of the state, (gates * H, H).
        bias: of the state, (gates * H,); only a GRU has one, to others it is part of x.
        reverse: from the last step to the first.

    >>> from minitorch import tensor
    >>> x, h, weight = tensor([[[0.0]], [[0.0]]]), tensor([[1.0]]), tensor([[0.0]])
    >>> recurrent("RNN_RELU", x, (h,), weight)[0].shape
    (2, 1, 1)
    """
    if not _fits(mode, x, state, weight, bias):
        return unrolled(mode, x, state, weight, bias, reverse)
    h, *cells = state
    c = cells[0] if cells else None
    outputs, *cells = Recurrent.apply(mode, reverse, x, h, c, weight, bias)
    last = _row(outputs, 0 if reverse else outputs._tensor.shape[0] - 1)
    return outputs, (last, *cells)


def _fits(mode: str, x: Any, state: State, weight: Any, bias: Any) -> bool:
    """True for floats of one kind on the compiled backend, and an h that is not projected."""
    size = state[0]._tensor.shape[-1]
    if not issubclass(x.backend.ops, FastOps) or not config.shortcuts:
        return False
    if weight._tensor.shape != (MODES[mode].gates * size, size):
        return False
    dtype = x._tensor.dtype
    given = [x, *state, weight, *([] if bias is None else [bias])]
    return dtype.name in ("float32", "float64") and all(
        it._tensor.dtype == dtype and it._tensor.size for it in given
    )


def _row(x: Any, place: int) -> Any:
    """(T, B, H) to (B, H): one step."""
    size = x._tensor.shape[0]
    return Split.apply(x, 0, True, *([1] * size))[place]


def next_state(mode: str, x: Tensor, state: State, weight: Tensor, bias: Any = None) -> State:
    """The state after one step: x is (B, gates * H)."""
    if MODES[mode].gates == 1:  # nodes of the graph are as quick
        return _step(mode, x, state, weight, bias)
    if not _fits(mode, x, state, weight, bias):
        return _step(mode, x, state, weight, bias)
    h, *cells = state
    c = cells[0] if cells else None
    x = View.apply(x, 1, *x._tensor.shape)
    outputs, *cells = Recurrent.apply(mode, False, x, h, c, weight, bias)
    return View.apply(outputs, *outputs._tensor.shape[1:]), *cells


def _step(mode: str, x: Tensor, state: State, weight: Tensor, bias: Any) -> State:
    """The state after one step, as nodes of the graph."""
    s = MatMul.apply(state[0], Permute.apply(weight, 1, 0))
    if mode == "GRU":
        return (GruGates.apply(x, s if bias is None else s + bias, state[0]),)
    if mode == "LSTM":
        return LstmGates.apply(x + s, state[1])
    return ((Tanh if mode == "RNN_TANH" else ReLU).apply(x + s),)


def unrolled(
    mode: str, x: Tensor, state: State, weight: Tensor, bias: Any, reverse: bool
) -> tuple[Any, State]:
    """`recurrent`, step by step."""
    inputs = Split.apply(x, 0, True, *([1] * x._tensor.shape[0]))
    outputs: list[Any] = []
    for step in reversed(inputs) if reverse else inputs:
        state = _step(mode, step, state, weight, bias)
        outputs.append(state[0])
    return Cat.apply(0, True, *(outputs[::-1] if reverse else outputs)), state


class Recurrent(SeveralFunction):
    """`recurrent` as one node; of an LSTM, the last c is a second result."""

    @staticmethod
    def forward(
        ctx: Context,
        mode: str,
        reverse: bool,
        x: Tensor,
        h: Tensor,
        c: Any,
        weight: Tensor,
        bias: Any,
    ) -> tuple[Any, ...]:
        """The states of all steps, and the last c."""
        kind = MODES[mode]
        steps, batch, size = *x._tensor.shape[:2], h._tensor.shape[1]
        dtype = x._tensor.dtype
        inputs = _rows(x)
        outputs = np.empty((steps, batch * size), dtype)
        cells = np.empty((steps, batch * size if c is not None else 0), dtype)
        kept = np.empty((steps, kind.keeps * batch * size), dtype)
        product = np.empty((batch, kind.gates * size), dtype)
        across = weight._tensor.contiguous().array().T
        offset = product[0] if bias is None else _flat(bias)  # which only a GRU reads
        if bias is None and mode == "GRU":
            offset = np.empty(kind.gates * size, dtype)
            launched(fill)(offset, 0)
        state = _state(h, c, cells)
        step = launched(kind.step(dtype, batch * size), 0, 1, 2)
        for t in _order(steps, reverse):
            launched(_dot)(product, state[0].reshape(batch, size), across)
            step(
                outputs[t], cells[t], kept[t], inputs[t], product.reshape(-1), offset, *state, size
            )
            state = outputs[t], cells[t]
        shape = (steps, batch, size)
        out = _made(x, outputs, shape)
        ctx.save_for_backward(mode, reverse, x, h, c, weight, bias, out, cells, kept)
        if c is None:
            return (out,)
        return out, _made(x, copied(state[1]), (batch, size))

    @staticmethod
    def backward(ctx: Context, *grads: Tensor) -> tuple[Any, ...]:
        """The derivatives of x, h, c, the weight and the bias."""
        mode, reverse, x, h, c, weight, bias, out, cells, kept = ctx.saved_tensors
        if is_grad_enabled():
            return None, None, *_through_graph(grads, mode, reverse, x, h, c, weight, bias)
        kind = MODES[mode]
        steps, batch, size = out._tensor.shape
        dtype = x._tensor.dtype
        g, outputs, first = _rows(grads[0]), _rows(out), _state(h, c, cells)
        d_x = np.empty((steps, batch * kind.gates * size), dtype)
        d_s = np.empty_like(d_x) if mode == "GRU" else d_x
        direct, product = np.empty(batch * size, dtype), np.empty((batch, size), dtype)
        launched(fill)(direct, 0)
        launched(fill)(product, 0)
        d_c = copied(_flat(grads[1])) if c is not None else cells[0]
        along = weight._tensor.contiguous().array()
        back = launched(kind.back(dtype, batch * size), 0, 1, 2, 3)
        before = 1 if reverse else -1
        for t in _order(steps, not reverse):
            at = t + before
            state = (outputs[at], cells[at]) if 0 <= at < steps else first
            back(
                *(d_x[t], d_s[t], direct, d_c, g[t], product.reshape(-1), kept[t]),
                *(outputs[t], state[0], cells[t], state[1], size),
            )
            launched(_dot)(product, d_s[t].reshape(batch, kind.gates * size), along)
        whole = (steps, batch, kind.gates * size)
        of_x = _made(x, d_x, whole)
        of_s = _made(x, d_s, whole) if mode == "GRU" else of_x
        of_h = _made(x, direct, (batch, size)) + _made(x, product, (batch, size))
        of_c = _made(x, d_c, (batch, size)) if c is not None else None
        return None, None, of_x, of_h, of_c, *_of_weight(of_s, h, out, weight, bias, reverse)


def _of_weight(
    of_s: Any, h: Any, out: Any, weight: Any, bias: Any, reverse: bool
) -> tuple[Any, Any]:
    """The derivatives of the weight and of the bias, over all steps at once."""
    steps, batch, size = out._tensor.shape
    width = of_s._tensor.shape[2]
    start = View.apply(h, 1, batch, size)
    if steps == 1:
        states = start
    else:
        parts = Split.apply(out, 0, False, *((1, steps - 1) if reverse else (steps - 1, 1)))
        states = Cat.apply(0, False, *((parts[1], start) if reverse else (start, parts[0])))
    flat = View.apply(of_s, steps * batch, width)
    of_weight = None
    if not is_constant(weight):
        of_weight = MatMul.apply(Permute.apply(flat, 1, 0), View.apply(states, steps * batch, size))
    of_bias = None if bias is None else View.apply(Sum.apply(flat, 0), width)
    return of_weight, of_bias


def _through_graph(
    grads: tuple[Any, ...], mode: str, reverse: bool, x: Any, h: Any, c: Any, weight: Any, bias: Any
) -> list[Any]:
    """The derivatives, with a graph of their own: those of `unrolled`."""
    wanted = [it for it in (x, h, c, weight, bias) if it is not None and not is_constant(it)]
    state = (h,) if c is None else (h, c)
    outputs, last = unrolled(mode, x, state, weight, bias, reverse)
    results = [outputs, *last[1:]]
    found = iter(gradients(results, grads, wanted, True, True))
    return [
        None if it is None or is_constant(it) else next(found) for it in (x, h, c, weight, bias)
    ]


def _made(like: Any, array: Array, shape: tuple[int, ...]) -> Any:
    """A tensor whose storage is the array."""
    return new_like(like, TensorData.of_cell(Cell(array.reshape(-1)), shape))


def _order(steps: int, reverse: bool) -> range:
    return range(steps - 1, -1, -1) if reverse else range(steps)


def _rows(x: Any) -> Array:
    """The numbers of (T, ...), one row for each step."""
    data = x._tensor.contiguous()
    return data.array().reshape(data.shape[0], -1)


def _state(h: Any, c: Any, cells: Array) -> tuple[Array, Array]:
    """The numbers of h and of c, for which stands an empty array where there is none."""
    return _flat(h), cells[0] if c is None else _flat(c)


def _flat(x: Any) -> Array:
    return x._tensor.contiguous().array().reshape(-1)

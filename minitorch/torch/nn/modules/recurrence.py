"""Recurrent networks, step by step: what one step computes, and how steps follow each other.

Idea: what the inputs of all steps contribute is one product, computed before the loop; a step adds
    what the state contributes:
        state = step(inputs[t], state)
Not here: layers, directions and weights (rnn.py, rnn_cells.py).
Read next: rnn.py
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from minitorch.gates import GruGates, LstmGates
from minitorch.torch.face import op
from minitorch.torch.joining import cat, stack
from minitorch.torch.nn import functional as F

__all__ = ["STEPS", "Weights", "project", "run", "run_packed"]

State = tuple[Any, ...]  # (h,) or (h, c), each (B, H)


class Weights(NamedTuple):
    """The weights of one layer in one direction; biases and projection may be None."""

    ih: Any  # (gates * H, input)
    hh: Any  # (gates * H, H)
    bias_ih: Any = None
    bias_hh: Any = None
    hr: Any = None  # (P, H)


@op(function=False, method=False)
def lstm_gates(gates: Any, c: Any) -> Any:
    """(h, c) after a step, from its gates (B, 4 H) and the c before."""
    return LstmGates.apply(gates, c)


@op(function=False, method=False)
def gru_gates(x: Any, of_state: Any, h: Any) -> Any:
    """h after a step, from what input and state contribute, (B, 3 H) each, and the h before."""
    return GruGates.apply(x, of_state, h)


def tanh_step(x: Any, state: State, weights: Weights) -> State:
    """h = tanh(x + W h)."""
    return ((x + F.linear(state[0], weights.hh)).tanh(),)


def relu_step(x: Any, state: State, weights: Weights) -> State:
    """h = max(0, x + W h)."""
    return ((x + F.linear(state[0], weights.hh)).relu(),)


def lstm_step(x: Any, state: State, weights: Weights) -> State:
    """c = f c + i g, h = o tanh(c), where (i, f, g, o) are gates of x + W h.

    Hochreiter and Schmidhuber 1997; the projection of h, Sak et al. 2014.
    """
    h, c = state
    h, c = lstm_gates(x + F.linear(h, weights.hh), c)
    return (h if weights.hr is None else F.linear(h, weights.hr)), c


def gru_step(x: Any, state: State, weights: Weights) -> State:
    """h = n + z (h - n), where n = tanh(x_n + r (W h)_n), and (r, z) are gates of x + W h.

    Cho et al. 2014.
    """
    (h,) = state
    return (gru_gates(x, F.linear(h, weights.hh, weights.bias_hh), h),)


STEPS: dict[str, Callable[[Any, State, Weights], State]] = {
    "RNN_TANH": tanh_step,
    "RNN_RELU": relu_step,
    "LSTM": lstm_step,
    "GRU": gru_step,
}


def project(mode: str, input: Any, weights: Weights) -> Any:
    """What the inputs contribute to the gates of all steps: (.., gates * H).

    The bias of the state is added here too, except for a GRU, which scales it by a gate.
    """
    bias = weights.bias_ih
    if bias is not None and mode != "GRU":
        bias = bias + weights.bias_hh
    return F.linear(input, weights.ih, bias)


def run(mode: str, input: Any, state: State, weights: Weights, reverse: bool) -> tuple[Any, State]:
    """One layer in one direction: (T, B, input) to (T, B, H), and the last state."""
    step = STEPS[mode]
    inputs = project(mode, input, weights).unbind(0)
    outputs: list[Any] = []
    for x in reversed(inputs) if reverse else inputs:
        state = step(x, state, weights)
        outputs.append(state[0])
    return stack(outputs[::-1] if reverse else outputs), state


def run_packed(
    mode: str,
    data: Any,
    batch_sizes: Sequence[int],
    state: State,
    weights: Weights,
    reverse: bool,
) -> tuple[Any, State]:
    """One layer in one direction over packed sequences, the longest first.

    At step t only the first `batch_sizes[t]` sequences go on: forwards, the states of those that
    end are put aside; backwards, sequences join with their first states.
    """
    step = STEPS[mode]
    inputs = project(mode, data, weights).split(list(batch_sizes))
    outputs: list[Any] = []
    if reverse:
        first = state
        state = tuple(part[: batch_sizes[-1]] for part in first)
        for x, size in zip(reversed(inputs), reversed(batch_sizes), strict=True):
            running = state[0].shape[0]
            if size > running:
                joining = (part[running:size] for part in first)
                state = tuple(cat(both) for both in zip(state, joining, strict=True))
            state = step(x, state, weights)
            outputs.append(state[0])
        return cat(outputs[::-1]), state
    ended: list[State] = []
    for x, size in zip(inputs, batch_sizes, strict=True):
        if size < state[0].shape[0]:
            ended.append(tuple(part[size:] for part in state))
            state = tuple(part[:size] for part in state)
        state = step(x, state, weights)
        outputs.append(state[0])
    ended.append(state)
    return cat(outputs), tuple(cat(parts) for parts in zip(*reversed(ended), strict=True))

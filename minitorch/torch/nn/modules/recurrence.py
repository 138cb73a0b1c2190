"""One layer of a recurrent network in one direction, over padded or packed sequences.

Idea: what the inputs of all steps contribute is one product, computed before the loop; a step adds
    what the state contributes:
        state = step(inputs[t], state)
Not here: a step, and the loop over padded ones (minitorch/recurrent.py); layers, directions and
    weights (rnn.py, rnn_cells.py).
Read next: rnn.py
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from minitorch.recurrent import next_state, recurrent
from minitorch.torch.face import op
from minitorch.torch.joining import cat, stack
from minitorch.torch.nn import functional as F

__all__ = ["Weights", "project", "run", "run_packed", "step"]

State = tuple[Any, ...]  # (h,) or (h, c), each (B, H)


class Weights(NamedTuple):
    """The weights of one layer in one direction; biases and projection may be None."""

    ih: Any  # (gates * H, input)
    hh: Any  # (gates * H, H)
    bias_ih: Any = None
    bias_hh: Any = None
    hr: Any = None  # (P, H)


@op(function=False, method=False)
def _next_state(mode: str, x: Any, state: State, weight: Any, bias: Any) -> Any:
    return next_state(mode, x, state, weight, bias)


@op(function=False, method=False)
def _all_states(
    mode: str, x: Any, state: State, weight: Any, bias: Any, reverse: bool
) -> tuple[Any, State]:
    return recurrent(mode, x, state, weight, bias, reverse)


def step(mode: str, x: Any, state: State, weights: Weights) -> State:
    """The state after one step, given what the input contributes: (B, gates * H).

    The h of an LSTM may be projected (Sak et al. 2014).
    """
    bias = weights.bias_hh if mode == "GRU" else None
    h, *rest = _next_state(mode, x, state, weights.hh, bias)
    return (h if weights.hr is None else F.linear(h, weights.hr)), *rest


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
    inputs = project(mode, input, weights)
    if weights.hr is None:
        bias = weights.bias_hh if mode == "GRU" else None
        return _all_states(mode, inputs, state, weights.hh, bias, reverse)
    outputs: list[Any] = []
    steps = inputs.unbind(0)
    for x in reversed(steps) if reverse else steps:
        state = step(mode, x, state, weights)
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
            state = step(mode, x, state, weights)
            outputs.append(state[0])
        return cat(outputs[::-1]), state
    ended: list[State] = []
    for x, size in zip(inputs, batch_sizes, strict=True):
        if size < state[0].shape[0]:
            ended.append(tuple(part[size:] for part in state))
            state = tuple(part[:size] for part in state)
        state = step(mode, x, state, weights)
        outputs.append(state[0])
    ended.append(state)
    return cat(outputs), tuple(cat(parts) for parts in zip(*reversed(ended), strict=True))

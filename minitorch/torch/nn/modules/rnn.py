"""Recurrent layers: RNN, LSTM, GRU.

Idea: layer upon layer, in one direction or two; each runs over the steps, and its outputs are the
    inputs of the next. Weights are named after layer and direction: weight_ih_l0_reverse.
Not here: one step (recurrence.py), packing (nn/utils/rnn.py), cells (rnn_cells.py).
Read next: recurrence.py
"""

from __future__ import annotations

import math
import warnings
from itertools import product
from typing import Any

from minitorch.errors import ConfigError, KindError, MismatchError, ShapeError
from minitorch.torch.creation import zeros
from minitorch.torch.joining import cat, stack
from minitorch.torch.nn import init
from minitorch.torch.nn.functional.dropout import dropout
from minitorch.torch.nn.modules.module import Module
from minitorch.torch.nn.modules.recurrence import Weights, run, run_packed
from minitorch.torch.nn.modules.rnn_cells import GRUCell, LSTMCell, RNNCell, RNNCellBase
from minitorch.torch.nn.modules.utils import declare_parameter
from minitorch.torch.nn.utils.rnn import PackedSequence

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell", "RNNCellBase"]

GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "LSTM": 4, "GRU": 3}


class RNNBase(Module):
    """What recurrent layers have: weights per layer and direction, and the walk over them."""

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        _check_settings(input_size, hidden_size, num_layers, bias, batch_first, dropout, proj_size)
        if mode not in GATES:
            raise ConfigError(f"Unrecognized RNN mode: {mode}")
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._all_weights = [self._names(*place) for place in self._places_of_layers()]
        self._declare(device, dtype)
        self.reset_parameters()

    @property
    def _output_size(self) -> int:
        return self.proj_size or self.hidden_size

    def _places_of_layers(self) -> list[tuple[int, bool]]:
        """(layer, backwards) in the order of the hidden states."""
        directions = (False, True) if self.bidirectional else (False,)
        return list(product(range(self.num_layers), directions))

    def _names(self, layer: int, reverse: bool) -> list[str]:
        kinds = ["weight_ih", "weight_hh"]
        kinds += ["bias_ih", "bias_hh"] if self.bias else []
        kinds += ["weight_hr"] if self.proj_size else []
        return [f"{kind}_l{layer}{'_reverse' if reverse else ''}" for kind in kinds]

    def _declare(self, device: Any, dtype: Any) -> None:
        gates = GATES[self.mode] * self.hidden_size
        inner = self._output_size * (2 if self.bidirectional else 1)
        for (layer, _), names in zip(self._places_of_layers(), self._all_weights, strict=True):
            shapes = {
                "weight_ih": (gates, inner if layer else self.input_size),
                "weight_hh": (gates, self._output_size),
                "bias_ih": (gates,),
                "bias_hh": (gates,),
                "weight_hr": (self.proj_size, self.hidden_size),
            }
            for name in names:
                shape = shapes[name.partition("_l")[0]]
                declare_parameter(self, name, shape, True, device, dtype)

    def reset_parameters(self) -> None:
        """Draw all weights between -1 / sqrt(hidden_size) and 1 / sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    @property
    def all_weights(self) -> list[list[Any]]:
        """The weights of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    @property
    def _flat_weights(self) -> list[Any]:
        return [weight for weights in self.all_weights for weight in weights]

    @property
    def _flat_weights_names(self) -> list[str]:
        return [name for names in self._all_weights for name in names]

    def flatten_parameters(self) -> None:
        """Nothing: the weights need not lie together in memory."""

    def _weights(self, place: int) -> Weights:
        names = self._all_weights[place]
        held = {name.partition("_l")[0]: getattr(self, name) for name in names}
        biases = (held.get("bias_ih"), held.get("bias_hh"))
        return Weights(held["weight_ih"], held["weight_hh"], *biases, held.get("weight_hr"))

    def _run(
        self, input: Any, batch_sizes: list[int] | None, states: tuple[Any, ...]
    ) -> tuple[Any, tuple[Any, ...]]:
        """All layers and directions: the last outputs, and the last states stacked."""
        directions = 2 if self.bidirectional else 1
        last: list[tuple[Any, ...]] = []
        for layer in range(self.num_layers):
            if layer and self.dropout and self.training:
                input = dropout(input, self.dropout, True)
            outputs: list[Any] = []
            for place in range(layer * directions, (layer + 1) * directions):
                state = tuple(part[place] for part in states)
                weights, reverse = self._weights(place), place % directions == 1
                if batch_sizes is None:
                    output, state = run(self.mode, input, state, weights, reverse)
                else:
                    output, state = run_packed(
                        self.mode, input, batch_sizes, state, weights, reverse
                    )
                outputs.append(output)
                last.append(state)
            input = outputs[0] if directions == 1 else cat(outputs, -1)
        return input, tuple(stack(parts) for parts in zip(*last, strict=True))

    def _state_sizes(self) -> tuple[int, ...]:
        """The size of each part of the state."""
        return (self._output_size,)

    def _forward(self, input: Any, hx: tuple[Any, ...] | None) -> tuple[Any, tuple[Any, ...]]:
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        if input.dim() not in (2, 3):
            raise ShapeError(
                f"{self._get_name()}: Expected input to be 2D or 3D, got {input.dim()}D instead"
            )
        batched = input.dim() == 3
        if hx is not None:
            self._check_dims(batched, hx)
            hx = hx if batched else tuple(part.unsqueeze(1) for part in hx)
        if not batched:
            input = input.unsqueeze(1)  # (T, 1, input)
        elif self.batch_first:
            input = input.transpose(0, 1)  # (T, B, input)
        self._check_input(input, 3)
        states = self._states(input, input.shape[1], hx)
        output, states = self._run(input, None, states)
        if not batched:
            return output.squeeze(1), tuple(part.squeeze(1) for part in states)
        return (output.transpose(0, 1) if self.batch_first else output), states

    def _forward_packed(
        self, packed: PackedSequence, hx: tuple[Any, ...] | None
    ) -> tuple[PackedSequence, tuple[Any, ...]]:
        input, sizes, order, back = packed
        self._check_input(input, 2)
        batch_sizes = sizes.tolist()
        if hx is not None and order is not None:
            hx = tuple(part.index_select(1, order) for part in hx)
        states = self._states(input, batch_sizes[0], hx)
        output, states = self._run(input, batch_sizes, states)
        if back is not None:
            states = tuple(part.index_select(1, back) for part in states)
        return PackedSequence(output, sizes, order, back), states

    def _states(self, input: Any, batch: int, hx: tuple[Any, ...] | None) -> tuple[Any, ...]:
        """The first states, by default zeros; each (layers * directions, B, H)."""
        places = len(self._all_weights)
        shapes = [(places, batch, size) for size in self._state_sizes()]
        if hx is None:
            return tuple(zeros(shape, dtype=input.dtype, device=input.device) for shape in shapes)
        for number, (part, shape) in enumerate(zip(hx, shapes, strict=True)):
            if tuple(part.shape) != shape:
                which = f"hidden[{number}]" if len(shapes) > 1 else "hidden"
                raise MismatchError(f"Expected {which} size {shape}, got {list(part.shape)}")
        return hx

    def _check_input(self, input: Any, dims: int) -> None:
        own = self._flat_weights[0].dtype
        if input.dtype != own:
            raise ShapeError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({own}). Convert "
                f"input: input.to({own}), or convert model: model.to({input.dtype})"
            )
        if input.dim() != dims:
            raise MismatchError(f"input must have {dims} dimensions, got {input.dim()}")
        if input.shape[-1] != self.input_size:
            raise MismatchError(
                "input.size(-1) must be equal to input_size. Expected "
                f"{self.input_size}, got {input.shape[-1]}"
            )

    def _check_dims(self, batched: bool, hx: tuple[Any, ...]) -> None:
        wanted = 3 if batched else 2
        if any(part.dim() != wanted for part in hx):
            kind = "batched 3-D" if batched else "unbatched 2-D"
            given = ", ".join(f"{part.dim()}-D" for part in hx)
            which, end = ("hx", "tensor") if len(hx) == 1 else ("hx and cx", "tensors")
            given = given if len(hx) == 1 else f"({given})"
            raise MismatchError(
                f"For {kind} input, {which} should also be {wanted}-D but got {given} {end}"
            )

    def extra_repr(self) -> str:
        parts = [f"{self.input_size}, {self.hidden_size}"]
        parts += [f"proj_size={self.proj_size}"] if self.proj_size != 0 else []
        parts += [f"num_layers={self.num_layers}"] if self.num_layers != 1 else []
        parts += [f"bias={self.bias}"] if self.bias is not True else []
        parts += [f"batch_first={self.batch_first}"] if self.batch_first is not False else []
        parts += [f"dropout={self.dropout}"] if self.dropout != 0 else []
        parts += [f"bidirectional={self.bidirectional}"] if self.bidirectional is not False else []
        return ", ".join(parts)


def _check_settings(
    input_size: Any,
    hidden_size: Any,
    num_layers: int,
    bias: Any,
    batch_first: Any,
    dropout: Any,
    proj_size: int,
) -> None:
    if isinstance(dropout, bool) or not isinstance(dropout, int | float) or not 0 <= dropout <= 1:
        raise ConfigError(
            "dropout should be a number in range [0, 1] representing the probability of an element "
            "being zeroed"
        )
    if dropout > 0 and num_layers == 1:
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout "
            f"expects num_layers greater than 1, but got dropout={dropout} and "
            f"num_layers={num_layers}",
            stacklevel=4,
        )
    for name, value, kind in (
        ("bias", bias, bool),
        ("batch_first", batch_first, bool),
        ("input_size", input_size, int),
        ("hidden_size", hidden_size, int),
    ):
        if not isinstance(value, kind):
            raise KindError(
                f"{name} should be of type {kind.__name__}, got: {type(value).__name__}"
            )
    for name, value in (
        ("input_size", input_size),
        ("hidden_size", hidden_size),
        ("num_layers", num_layers),
    ):
        if value <= 0:
            raise ConfigError(f"{name} must be greater than zero")
    if proj_size < 0:
        raise ConfigError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ConfigError("proj_size has to be smaller than hidden_size")


def _refuse_projection(kwargs: dict[str, Any]) -> None:
    if "proj_size" in kwargs:
        raise ConfigError("proj_size argument is only supported for LSTM, not RNN or GRU")


class RNN(RNNBase):
    """h = tanh(W x + b + U h + c) at each step: (T, B, input) to (T, B, H), and the last h.

    Elman 1990. With `batch_first`, (B, T, ...); without a batch, (T, ...).

    >>> import minitorch.torch as torch
    >>> output, last = RNN(10, 20, num_layers=2)(torch.zeros(5, 3, 10))
    >>> output.shape, last.shape
    (torch.Size([5, 3, 20]), torch.Size([2, 3, 20]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse_projection(kwargs)
        nonlinearity = args[3] if len(args) > 3 else kwargs.pop("nonlinearity", "tanh")
        if nonlinearity not in ("tanh", "relu"):
            raise ConfigError(
                f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'."
            )
        super().__init__(f"RNN_{nonlinearity.upper()}", *args[:3], *args[4:], **kwargs)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        output, (last,) = self._forward(input, None if hx is None else (hx,))
        return output, last


class LSTM(RNNBase):
    """A recurrent layer with a cell c that gates write and read.

    (T, B, input) to (T, B, H), and the last (h, c).

    >>> import minitorch.torch as torch
    >>> output, (h, c) = LSTM(10, 20, batch_first=True, bidirectional=True)(torch.zeros(3, 5, 10))
    >>> output.shape, h.shape
    (torch.Size([3, 5, 40]), torch.Size([2, 3, 20]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def _state_sizes(self) -> tuple[int, ...]:
        return self._output_size, self.hidden_size

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, tuple[Any, Any]]:
        output, (h, c) = self._forward(input, None if hx is None else tuple(hx))
        return output, (h, c)


class GRU(RNNBase):
    """A recurrent layer whose gates mix the old state with a new one.

    (T, B, input) to (T, B, H), and the last h.

    >>> import minitorch.torch as torch
    >>> output, last = GRU(10, 20)(torch.zeros(5, 3, 10), torch.zeros(1, 3, 20))
    >>> output.shape, last.shape
    (torch.Size([5, 3, 20]), torch.Size([1, 3, 20]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse_projection(kwargs)
        super().__init__("GRU", *args, **kwargs)

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        output, (last,) = self._forward(input, None if hx is None else (hx,))
        return output, last

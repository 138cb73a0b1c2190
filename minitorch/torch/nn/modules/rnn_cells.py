"""One step of a recurrent network as a layer: RNNCell, LSTMCell, GRUCell.

Idea: a step of recurrence.py, with weights of its own.
Not here: many steps (rnn.py).
Read next: recurrence.py
"""

from __future__ import annotations

import math
from typing import Any

from minitorch.errors import MismatchError, ShapeError
from minitorch.torch.creation import zeros
from minitorch.torch.nn import init
from minitorch.torch.nn.modules.module import Module
from minitorch.torch.nn.modules.recurrence import Weights, project, step
from minitorch.torch.nn.modules.utils import declare_parameter

__all__ = ["GRUCell", "LSTMCell", "RNNCell", "RNNCellBase"]


class RNNCellBase(Module):
    """What cells have: the weights of one step."""

    weight_ih: Any
    weight_hh: Any
    bias_ih: Any
    bias_hh: Any

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        gates = num_chunks * hidden_size
        declare_parameter(self, "weight_ih", (gates, input_size), True, device, dtype)
        declare_parameter(self, "weight_hh", (gates, hidden_size), True, device, dtype)
        declare_parameter(self, "bias_ih", gates, bias, device, dtype)
        declare_parameter(self, "bias_hh", gates, bias, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights between -1 / sqrt(hidden_size) and 1 / sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        parts = [f"{self.input_size}, {self.hidden_size}"]
        parts += [f"bias={self.bias}"] if self.bias is not True else []
        nonlinearity = self.__dict__.get("nonlinearity", "tanh")
        parts += [f"nonlinearity={nonlinearity}"] if nonlinearity != "tanh" else []
        return ", ".join(parts)

    def _step(self, mode: str, input: Any, state: tuple[Any, ...] | None) -> tuple[Any, ...]:
        """The next state; with or without a batch, as the input has one."""
        self._check(input, state)
        batched = input.dim() == 2
        if not batched:
            input = input.unsqueeze(0)
        if state is None:
            start = zeros(
                (input.shape[0], self.hidden_size), dtype=input.dtype, device=input.device
            )
            state = (start, start) if mode == "LSTM" else (start,)
        elif not batched:
            state = tuple(part.unsqueeze(0) for part in state)
        self._check_sizes(input, state)
        weights = Weights(self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        state = step(mode, project(mode, input, weights), state, weights)
        return state if batched else tuple(part.squeeze(0) for part in state)

    def _check(self, input: Any, state: tuple[Any, ...] | None) -> None:
        name = self._get_name()
        if input.dim() not in (1, 2):
            raise ShapeError(f"{name}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        for number, part in enumerate(state or ()):
            if part.dim() not in (1, 2):
                which = "hidden" if len(state or ()) == 1 else f"hx[{number}]"
                raise ShapeError(
                    f"{name}: Expected {which} to be 1D or 2D, got {part.dim()}D instead"
                )

    def _check_sizes(self, input: Any, state: tuple[Any, ...]) -> None:
        if input.shape[1] != self.input_size:
            raise MismatchError(
                f"input has inconsistent input_size: got {input.shape[1]} expected "
                f"{self.input_size}"
            )
        for number, part in enumerate(state):
            if part.shape[0] != input.shape[0]:
                raise MismatchError(
                    f"Input batch size {input.shape[0]} doesn't match hidden{number} batch size "
                    f"{part.shape[0]}"
                )
            if part.shape[1] != self.hidden_size:
                raise MismatchError(
                    f"hidden{number} has inconsistent hidden_size: got {part.shape[1]}, expected "
                    f"{self.hidden_size}"
                )


class RNNCell(RNNCellBase):
    """tanh(W x + b + U h + c), or its rectifier: (B, input) and (B, H) to (B, H).

    >>> import minitorch.torch as torch
    >>> RNNCell(10, 20)(torch.zeros(3, 10)).shape
    torch.Size([3, 20])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Any = None) -> Any:
        if self.nonlinearity not in ("tanh", "relu"):
            raise MismatchError(f"Unknown nonlinearity: {self.nonlinearity}")
        mode = f"RNN_{self.nonlinearity.upper()}"
        return self._step(mode, input, None if hx is None else (hx,))[0]


class LSTMCell(RNNCellBase):
    """One step of an LSTM: (B, input) and (h, c) to (h, c).

    >>> import minitorch.torch as torch
    >>> h, c = LSTMCell(10, 20)(torch.zeros(3, 10))
    >>> h.shape, c.shape
    (torch.Size([3, 20]), torch.Size([3, 20]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        h, c = self._step("LSTM", input, None if hx is None else tuple(hx))
        return h, c


class GRUCell(RNNCellBase):
    """One step of a GRU: (B, input) and (B, H) to (B, H).

    >>> import minitorch.torch as torch
    >>> GRUCell(10, 20)(torch.zeros(3, 10)).shape
    torch.Size([3, 20])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        return self._step("GRU", input, None if hx is None else (hx,))[0]

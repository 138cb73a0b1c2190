"""Gates of recurrent networks: what a step of an LSTM or a GRU does once its products are known.

Idea: one node of the graph per step, whose numbers are computed at once. Left pending, a state that
    is made of the state before it would be an expression as long as the sequence.
        LSTM: (i, f, g, o) = gates,  c' = f c + i g,  h' = o tanh(c')
        GRU:  r, z, n = gates of x + s, where s_n is scaled by r,  h' = n + z (h - n)
Not here: the products, and the loop over steps (torch/nn/modules/recurrence.py).
Read next: several.py
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minitorch import rules
from minitorch.arranging import Cat, Split
from minitorch.autodiff import Context
from minitorch.several import SeveralFunction
from minitorch.tensor_functions import Function, composed, row_function

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = ["GruGates", "LstmGates"]

Sigmoid = row_function(rules.sigmoid)
Tanh = row_function(rules.tanh)


def _now(x: Any) -> Any:
    """The tensor, whose numbers are computed."""
    _ = x._tensor.cell.array
    return x


def _parts(x: Any, count: int) -> tuple[Any, ...]:
    """(B, count * H) as `count` views (B, H)."""
    size = x._tensor.shape[1] // count
    return Split.apply(x, 1, False, *([size] * count))


class LstmGates(SeveralFunction):
    """(h', c') of one step, from gates (B, 4 H) before their functions, and c (B, H).

    Hochreiter and Schmidhuber, "Long short-term memory", 1997; the gate f, Gers et al. 2000.

    >>> from minitorch import tensor
    >>> h, c = LstmGates.apply(tensor([[0.0, 0.0, 0.0, 0.0]]), tensor([[2.0]]))
    >>> c
    tensor([[1.00]])
    """

    @staticmethod
    def forward(ctx: Context, gates: Tensor, c: Tensor) -> tuple[Any, ...]:
        """h' and c'."""
        i, f, g, o = _parts(gates, 4)
        new = _now(composed(_lstm_c, i, f, g, c))
        ctx.save_for_backward(gates, c, new)
        return _now(composed(_lstm_h, o, new)), new

    @staticmethod
    def backward(ctx: Context, grad_h: Tensor, grad_c: Tensor) -> tuple[Any, ...]:
        """The derivatives of the gates, joined, and of c."""
        gates, c, new = ctx.saved_tensors
        i, f, g, o = _parts(gates, 4)
        of_new = _now(composed(_of_new, grad_c, grad_h, o, new))
        of_gates = (
            composed(_of_input, of_new, i, g),
            composed(_through_sigmoid, of_new, f, c),
            composed(_of_candidate, of_new, i, g),
            composed(_of_output, grad_h, o, new),
        )
        return Cat.apply(1, False, *of_gates), _now(composed(_lstm_kept, of_new, f))


def _lstm_c(i: Any, f: Any, g: Any, c: Any) -> Any:
    return Sigmoid.apply(f) * c + Sigmoid.apply(i) * Tanh.apply(g)


def _lstm_h(o: Any, new: Any) -> Any:
    return Sigmoid.apply(o) * Tanh.apply(new)


def _of_new(grad_c: Any, grad_h: Any, o: Any, new: Any) -> Any:
    """What reaches c' by itself, and through h'."""
    t = Tanh.apply(new)
    return grad_c + grad_h * Sigmoid.apply(o) * (1.0 - t * t)


def _through_sigmoid(d: Any, x: Any, factor: Any) -> Any:
    """The derivative of x, where d is that of sigmoid(x) * factor."""
    s = Sigmoid.apply(x)
    return d * factor * s * (1.0 - s)


def _of_input(d: Any, i: Any, g: Any) -> Any:
    return _through_sigmoid(d, i, Tanh.apply(g))


def _of_candidate(d: Any, i: Any, g: Any) -> Any:
    t = Tanh.apply(g)
    return d * Sigmoid.apply(i) * (1.0 - t * t)


def _of_output(grad_h: Any, o: Any, new: Any) -> Any:
    return _through_sigmoid(grad_h, o, Tanh.apply(new))


def _lstm_kept(d: Any, f: Any) -> Any:
    return d * Sigmoid.apply(f)


class GruGates(Function):
    """h' of one step, from what input and state contribute (B, 3 H each), and h (B, H).

    Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014, with the
    product of the state scaled after the multiplication.

    >>> from minitorch import tensor
    >>> GruGates.apply(tensor([[0.0, 0.0, 0.0]]), tensor([[0.0, 0.0, 0.0]]), tensor([[2.0]]))
    tensor([[1.00]])
    """

    @staticmethod
    def forward(ctx: Context, x: Tensor, s: Tensor, h: Tensor) -> Tensor:
        """h'."""
        ctx.save_for_backward(x, s, h)
        return _now(composed(_gru_h, *_parts(x, 3), *_parts(s, 3), h))

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """The derivatives of what input and state contribute, joined, and of h."""
        x, s, h = ctx.saved_tensors
        (x_r, x_z, x_n), (s_r, s_z, s_n) = _parts(x, 3), _parts(s, 3)
        new = (x_r, x_n, s_r, s_n)
        of_n = _now(composed(_of_n, grad_output, x_z, s_z, *new))
        of_r = _now(composed(_of_r, of_n, x_r, s_r, s_n))
        of_z = _now(composed(_of_z, grad_output, x_z, s_z, h, *new))
        of_s_n = composed(_gru_kept, of_n, x_r, s_r)
        return (
            Cat.apply(1, False, of_r, of_z, of_n),
            Cat.apply(1, False, of_r, of_z, of_s_n),
            _now(composed(_gru_kept, grad_output, x_z, s_z)),
        )


def _gru_n(x_r: Any, x_n: Any, s_r: Any, s_n: Any) -> Any:
    """The new state, before it is mixed with the old."""
    return Tanh.apply(x_n + Sigmoid.apply(x_r + s_r) * s_n)


def _gru_h(x_r: Any, x_z: Any, x_n: Any, s_r: Any, s_z: Any, s_n: Any, h: Any) -> Any:
    n = _gru_n(x_r, x_n, s_r, s_n)
    return n + Sigmoid.apply(x_z + s_z) * (h - n)


def _of_n(d: Any, x_z: Any, s_z: Any, *new: Any) -> Any:
    """The derivative of n before its tanh."""
    n = _gru_n(*new)
    return d * (1.0 - Sigmoid.apply(x_z + s_z)) * (1.0 - n * n)


def _of_r(of_n: Any, x_r: Any, s_r: Any, s_n: Any) -> Any:
    return _through_sigmoid(of_n, x_r + s_r, s_n)


def _of_z(d: Any, x_z: Any, s_z: Any, h: Any, *new: Any) -> Any:
    return _through_sigmoid(d, x_z + s_z, h - _gru_n(*new))


def _gru_kept(d: Any, x: Any, s: Any) -> Any:
    """What of a derivative passes a gate."""
    return d * Sigmoid.apply(x + s)

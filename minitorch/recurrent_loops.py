"""The steps of recurrent networks as loops over numbers, forwards and backwards.

Idea: a step is elementwise once its products are known, so one loop does all of it: it reads what
    input and state contribute, and writes the new state, and what the way back will need.
Not here: the products, and the loop over steps (recurrent.py); the same as nodes of a graph
    (gates.py). They are compiled by recurrent.py as they stand.
Read next: recurrent.py
"""

from __future__ import annotations

from minitorch.operators import relu, relu_back, sigmoid, tanh
from minitorch.tensor_data import Storage

__all__ = [
    "gru_step",
    "gru_step_back",
    "lstm_step",
    "lstm_step_back",
    "relu_step",
    "relu_step_back",
    "tanh_step",
    "tanh_step_back",
]

# A step is given, all contiguous, with `size` numbers a row:
#   h_new, c_new   written: the state after it; c is that of an LSTM only
#   kept           written: what the way back reads, 4 * size a row
#   x, s           what input and state contribute, gates * size a row
#   bias           of s, gates * size, read by a GRU only
#   h, c           the state before
#
# On the way back:
#   d_x, d_s       written: the derivatives of x and s, which are one but for a GRU
#   direct         read: of h_new, from the step after, but for its product; written: of h, likewise
#   d_c            read: of c_new; written: of c
#   g, product     of h_new, from the outputs, and by the product of the step after


def tanh_step(
    h_new: Storage,
    c_new: Storage,
    kept: Storage,
    x: Storage,
    s: Storage,
    bias: Storage,
    h: Storage,
    c: Storage,
    size: int,
) -> None:
    """h = tanh(x + s)."""
    for k in range(len(h_new)):
        h_new[k] = tanh(x[k] + s[k])


def tanh_step_back(
    d_x: Storage,
    d_s: Storage,
    direct: Storage,
    d_c: Storage,
    g: Storage,
    product: Storage,
    kept: Storage,
    h_new: Storage,
    h: Storage,
    c_new: Storage,
    c: Storage,
    size: int,
) -> None:
    """The derivative of x is that of h times 1 - h^2."""
    for k in range(len(h_new)):
        d = g[k] + direct[k] + product[k]
        d_x[k] = d - d * h_new[k] * h_new[k]
        direct[k] = 0


def relu_step(
    h_new: Storage,
    c_new: Storage,
    kept: Storage,
    x: Storage,
    s: Storage,
    bias: Storage,
    h: Storage,
    c: Storage,
    size: int,
) -> None:
    """h = max(x + s, 0)."""
    for k in range(len(h_new)):
        h_new[k] = relu(x[k] + s[k])


def relu_step_back(
    d_x: Storage,
    d_s: Storage,
    direct: Storage,
    d_c: Storage,
    g: Storage,
    product: Storage,
    kept: Storage,
    h_new: Storage,
    h: Storage,
    c_new: Storage,
    c: Storage,
    size: int,
) -> None:
    """The derivative of x is that of h where h is positive."""
    for k in range(len(h_new)):
        d_x[k] = relu_back(h_new[k], g[k] + direct[k] + product[k])
        direct[k] = 0


def lstm_step(
    h_new: Storage,
    c_new: Storage,
    kept: Storage,
    x: Storage,
    s: Storage,
    bias: Storage,
    h: Storage,
    c: Storage,
    size: int,
) -> None:
    """c = f c + i n, h = o tanh(c), where i, f, n, o are gates of x + s."""
    for row in range(len(h_new) // size):
        at, gate = row * size, 4 * row * size
        for k in range(size):
            i = sigmoid(x[gate + k] + s[gate + k])
            f = sigmoid(x[gate + size + k] + s[gate + size + k])
            n = tanh(x[gate + 2 * size + k] + s[gate + 2 * size + k])
            o = sigmoid(x[gate + 3 * size + k] + s[gate + 3 * size + k])
            cell = f * c[at + k] + i * n
            c_new[at + k] = cell
            h_new[at + k] = o * tanh(cell)
            kept[gate + k] = i
            kept[gate + size + k] = f
            kept[gate + 2 * size + k] = n
            kept[gate + 3 * size + k] = o


def lstm_step_back(
    d_x: Storage,
    d_s: Storage,
    direct: Storage,
    d_c: Storage,
    g: Storage,
    product: Storage,
    kept: Storage,
    h_new: Storage,
    h: Storage,
    c_new: Storage,
    c: Storage,
    size: int,
) -> None:
    """The derivatives of the four gates, and of c."""
    for row in range(len(h_new) // size):
        at, gate = row * size, 4 * row * size
        for k in range(size):
            i, f = kept[gate + k], kept[gate + size + k]
            n, o = kept[gate + 2 * size + k], kept[gate + 3 * size + k]
            d = g[at + k] + direct[at + k] + product[at + k]
            t = tanh(c_new[at + k])
            of_t = d * o
            of_cell = d_c[at + k] + of_t - of_t * t * t
            of_n = of_cell * i
            d_x[gate + k] = of_cell * n * (i - i * i)
            d_x[gate + size + k] = of_cell * c[at + k] * (f - f * f)
            d_x[gate + 2 * size + k] = of_n - of_n * n * n
            d_x[gate + 3 * size + k] = d * t * (o - o * o)
            d_c[at + k] = of_cell * f
            direct[at + k] = 0


def gru_step(
    h_new: Storage,
    c_new: Storage,
    kept: Storage,
    x: Storage,
    s: Storage,
    bias: Storage,
    h: Storage,
    c: Storage,
    size: int,
) -> None:
    """h = n + z (h - n), where r, z are gates of x + s, and n = tanh(x_n + r s_n)."""
    for row in range(len(h_new) // size):
        at, gate, own = row * size, 3 * row * size, 4 * row * size
        for k in range(size):
            r = sigmoid(x[gate + k] + (s[gate + k] + bias[k]))
            z = sigmoid(x[gate + size + k] + (s[gate + size + k] + bias[size + k]))
            s_n = s[gate + 2 * size + k] + bias[2 * size + k]
            n = tanh(x[gate + 2 * size + k] + r * s_n)
            h_new[at + k] = n + z * (h[at + k] - n)
            kept[own + k] = r
            kept[own + size + k] = z
            kept[own + 2 * size + k] = n
            kept[own + 3 * size + k] = s_n


def gru_step_back(
    d_x: Storage,
    d_s: Storage,
    direct: Storage,
    d_c: Storage,
    g: Storage,
    product: Storage,
    kept: Storage,
    h_new: Storage,
    h: Storage,
    c_new: Storage,
    c: Storage,
    size: int,
) -> None:
    """The derivatives of the three gates, for input and state, and what h gets without them."""
    for row in range(len(h_new) // size):
        at, gate, own = row * size, 3 * row * size, 4 * row * size
        for k in range(size):
            r, z = kept[own + k], kept[own + size + k]
            n, s_n = kept[own + 2 * size + k], kept[own + 3 * size + k]
            d = g[at + k] + direct[at + k] + product[at + k]
            of_new = d - d * z
            of_n = of_new - of_new * n * n
            of_r = of_n * s_n * (r - r * r)
            of_z = d * (h[at + k] - n) * (z - z * z)
            d_x[gate + k] = of_r
            d_x[gate + size + k] = of_z
            d_x[gate + 2 * size + k] = of_n
            d_s[gate + k] = of_r
            d_s[gate + size + k] = of_z
            d_s[gate + 2 * size + k] = of_n * r
            direct[at + k] = d * z

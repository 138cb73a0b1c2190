"""The ops of the cases in JAX, compiled by `jax.jit`.

Idea: pure functions of arrays; a step of training takes parameters and state, and returns the next
    ones. Each call waits until its results are there.
Not here: the same in minitorch (with_minitorch.py).
Read next: with_torch.py
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from minitorch.bench.draws import Array

__all__ = ["TITLE"]

Call = Callable[[], Any]

TITLE = f"JAX {jax.__version__}"

jnp.zeros(1).block_until_ready()  # fails here where XLA has no device


def compiled(function: Callable[..., Any], *arrays: Array) -> Call:
    """The call of a compiled function, all of whose results are waited for."""
    inputs, fast = [jnp.asarray(array) for array in arrays], jax.jit(function)
    return lambda: jax.block_until_ready(fast(*inputs))


def both_ways(forward: Callable[..., Any], gradient: Array, *leaves: Array) -> Call:
    """Forward, and the gradients of all arguments from a gradient of the result."""

    def function(g: Any, *leaves: Any) -> Any:
        out, backward = jax.vjp(forward, *leaves)
        return out, *backward(g)

    return compiled(function, gradient, *leaves)


def affine_gelu(form: str) -> Callable[..., Any]:
    return lambda x, w, b: jax.nn.gelu(x * w + b, approximate=form == "tanh")


def gelu(x: Array, w: Array, b: Array, form: str) -> Call:
    return compiled(affine_gelu(form), x, w, b)


def gelu_both_ways(x: Array, w: Array, b: Array, gradient: Array, form: str) -> Call:
    return both_ways(affine_gelu(form), gradient, x, w, b)


def tiny(a: Array, b: Array, gradient: Array) -> Call:
    def ten(x: Any, w: Any) -> Any:
        y = (jax.nn.sigmoid(jax.nn.relu(x * w + w) * w) + x) * w
        return -jnp.exp(y + w)

    def function(x: Any, w: Any, g: Any) -> Any:
        out, backward = jax.vjp(lambda x: ten(x, w), x)
        return out, *backward(g)

    return compiled(function, a, b, gradient)


def softmax(a: Array) -> Call:
    return compiled(jax.nn.softmax, a)


def logsoftmax(a: Array) -> Call:
    return compiled(jax.nn.log_softmax, a)


def norm(x: Any, w: Any, b: Any) -> Any:
    centred = x - x.mean(1, keepdims=True)
    return centred * lax.rsqrt((centred * centred).mean(1, keepdims=True) + 1e-5) * w + b


def layernorm(x: Array, w: Array, b: Array) -> Call:
    return compiled(norm, x, w, b)


def layernorm_both_ways(x: Array, w: Array, b: Array, gradient: Array) -> Call:
    return both_ways(norm, gradient, x, w, b)


def nll(logs: Any, targets: Any) -> Any:
    return -jnp.take_along_axis(logs, targets[:, None], 1).mean()


def cross_entropy(a: Array, targets: Array) -> Call:
    classes = jnp.asarray(targets)
    return compiled(jax.value_and_grad(lambda x: nll(jax.nn.log_softmax(x), classes)), a)


def matmul(a: Array, b: Array) -> Call:
    return compiled(jnp.matmul, a, b)


def convolved(x: Any, weight: Any, padding: Any) -> Any:
    return lax.conv_general_dilated(x, weight, (1,) * (x.ndim - 2), padding)


def convolution(image: Array, weight: Array, gradient: Array) -> Call:
    return both_ways(partial(convolved, padding="SAME"), gradient, image, weight)


def sgd_update(parameters: Any, grads: Any, state: Any) -> Any:
    return [x - 0.01 * g for x, g in zip(parameters, grads, strict=True)], state


def adam_update(parameters: Any, grads: Any, state: Any) -> Any:
    count, means, squares = state
    count = count + 1
    means = [0.9 * m + 0.1 * g for m, g in zip(means, grads, strict=True)]
    squares = [0.999 * s + 0.001 * g * g for s, g in zip(squares, grads, strict=True)]
    rate, correction = 0.001 / (1.0 - 0.9**count), 1.0 - 0.999**count
    moved = [
        x - rate * m / (jnp.sqrt(s / correction) + 1e-8)
        for x, m, s in zip(parameters, means, squares, strict=True)
    ]
    return moved, (count, means, squares)


def adam_state(parameters: list[Any]) -> Any:
    return (
        jnp.zeros(()),
        [jnp.zeros_like(x) for x in parameters],
        list(map(jnp.zeros_like, parameters)),
    )


def adam(start: Array, gradient: Array, fused: bool) -> Call:
    parameters, grads = [jnp.asarray(start)], [jnp.asarray(gradient)]
    update, state = jax.jit(adam_update), adam_state(parameters)

    def call() -> Any:
        nonlocal parameters, state
        parameters, state = jax.block_until_ready(update(parameters, grads, state))
        return parameters[0]

    return call


def training(
    network: Callable[..., Any], x: Array, targets: Array, values: tuple[Array, ...], optimiser: str
) -> Call:
    """One step of training; `network` takes parameters, inputs and a key, and gives logs."""
    inputs, classes = jnp.asarray(x), jnp.asarray(targets)
    parameters = [jnp.asarray(value) for value in values]
    update = sgd_update if optimiser == "sgd" else adam_update
    state = () if optimiser == "sgd" else adam_state(parameters)

    @jax.jit
    def step(parameters: Any, state: Any, key: Any, inputs: Any, classes: Any) -> Any:
        key, now = jax.random.split(key)
        loss, grads = jax.value_and_grad(lambda p: nll(network(p, inputs, now), classes))(
            parameters
        )
        return loss, *update(parameters, grads, state), key

    key = jax.random.key(0)

    def call() -> Any:
        nonlocal parameters, state, key
        loss, parameters, state, key = step(parameters, state, key, inputs, classes)
        jax.block_until_ready((parameters, state))
        return float(loss), *parameters

    return call


def dropout(x: Any, rate: float, key: Any, exact: bool) -> Any:
    if exact:
        return x
    return jnp.where(jax.random.bernoulli(key, 1.0 - rate, x.shape), x / (1.0 - rate), 0.0)


def mlp(x: Array, targets: Array, *values: Array, optimiser: str) -> Call:
    def network(parameters: Any, x: Any, key: Any) -> Any:
        w1, b1, w2, b2 = parameters
        return jax.nn.log_softmax(jax.nn.relu(x @ w1 + b1) @ w2 + b2)

    return training(network, x, targets, values, optimiser)


def lenet(x: Array, targets: Array, *values: Array, optimiser: str, exact: bool) -> Call:
    # The course's convolution lies right of and below its cell, not around it.
    padding = ((0, 2), (0, 2)) if exact else "SAME"

    def network(parameters: Any, x: Any, key: Any) -> Any:
        conv1, bias1, conv2, bias2, linear1, bias3, linear2, bias4 = parameters
        x = jax.nn.relu(convolved(x, conv1, padding) + bias1)
        x = jax.nn.relu(convolved(x, conv2, padding) + bias2)
        x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, 4, 4), (1, 1, 4, 4), "VALID")
        x = jax.nn.relu(x.reshape(len(x), -1) @ linear1 + bias3)
        x = dropout(x, 0.25, key, exact)
        return jax.nn.log_softmax(x @ linear2 + bias4)

    return training(network, x, targets, values, optimiser)


def kim(ids: Array, targets: Array, *values: Array, exact: bool) -> Call:
    def network(parameters: Any, ids: Any, key: Any) -> Any:
        vectors, *ngrams, linear, bias = parameters
        first, second = jax.random.split(key)
        x = vectors[ids] * (ids != 0)[:, :, None]
        x = dropout(x, 0.3, first, exact).transpose(0, 2, 1)
        features: Any = 0.0
        for weight, shift in zip(ngrams[::2], ngrams[1::2], strict=True):
            padding = ((0, weight.shape[2] - 1),) if exact else "SAME"
            features = features + jax.nn.relu(convolved(x, weight, padding) + shift).max(2)
        return jax.nn.log_softmax(dropout(features, 0.5, second, exact) @ linear + bias)

    return training(network, ids, targets, values, "adam")

"""Tensors filled from a distribution in place, and draws by probabilities: bernoulli, multinomial.

Idea: a uniform number u becomes one of another distribution by the inverse of its distribution
    function: -log(1 - u) / lambda, tan(pi (u - 1/2)), u < p; a category, by a race of exponential
    numbers over its probabilities.
Not here: uniform and normal numbers (drawing.py).
Read next: drawing.py
"""

from __future__ import annotations

from math import log, pi
from typing import Any

from minitorch import random
from minitorch.errors import MissingKernelError
from minitorch.ordering import search, sorted_positions
from minitorch.torch.creation import finished
from minitorch.torch.drawing import (
    DrawError,
    drawn_into,
    standard_normal,
    uniform,
    whole,
)
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.dtypes import kind_of
from minitorch.torch.face import converted, op
from minitorch.torch.tensor import Tensor
from minitorch.torch.views import Overwrite

__all__ = ["bernoulli", "multinomial", "poisson", "randperm"]

INT, SINGLE, DOUBLE = Dtype.named["int64"], Dtype.named["float32"], Dtype.named["float64"]
LEAST = 2.0**-25  # half of the least step of a float32 below 1


def _needs_float(x: Tensor, name: str) -> None:
    if not x.dtype.is_floating_point:
        raise MissingKernelError(f"\"{name}\" not implemented for '{kind_of(x.dtype)}'")


@op(function=False)
def uniform_(input: Any, *limits: Any, generator: Any = None, **given: Any) -> Any:
    """Fill with numbers drawn uniformly from [from, to), by default [0, 1).

    Raises:
        RuntimeError: from is above to.
    """
    _needs_float(input, "check_uniform_bounds")
    low = given.get("from", limits[0] if limits else 0.0)
    high = given.get("to", limits[1] if len(limits) > 1 else 1.0)
    if low > high:
        raise DrawError(
            f"uniform_ expects to return a [from, to) range, but found from={low} > to={high}"
        )
    drawn = uniform(input._tensor.shape, input.dtype, generator)
    return drawn_into(input, drawn if (low, high) == (0, 1) else drawn * (high - low) + low)


@op(function=False)
def normal_(input: Any, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with numbers drawn from a normal distribution.

    Raises:
        RuntimeError: a standard deviation below 0.
    """
    if std < 0:
        raise DrawError(f"normal expects std >= 0.0, but found std {std}")
    _needs_float(input, "normal_kernel_cpu")
    drawn = standard_normal(input._tensor.shape, input.dtype, generator)
    return drawn_into(input, drawn if (mean, std) == (0, 1) else drawn * std + mean)


# How many bits of whole numbers a dtype holds where it is not all but the sign.
_BITS: dict[str, int] = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53, "bool": 1}
_BITS["uint8"] = 8


@op(function=False)
def random_(input: Any, *limits: Any, generator: Any = None, **given: Any) -> Any:
    """Fill with whole numbers from `from` to `to` - 1; by default all that the dtype holds.

    Raises:
        RuntimeError: from is not below to.
    """
    kind = input.dtype
    rest = list(limits)
    high = given["to"] if "to" in given else rest.pop() if rest else None
    low = given["from"] if "from" in given else rest.pop(0) if rest else 0
    if high is None:
        bits: Any = _BITS.get(kind.name, 8 * kind.itemsize - 1)
        high = 2**bits + (1 if kind.is_floating_point else 0)
    low, high = int(low), int(high)
    if low >= high:
        raise DrawError(
            f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}"
        )
    return drawn_into(input, whole(input._tensor.shape, low, high, kind, generator))


def _exponential(shape: Any, dtype: Any, generator: Any) -> Any:
    """Numbers from the exponential distribution of rate 1, none of them 0."""
    return -(1.0 - uniform(shape, dtype, generator)).log() + LEAST


@op(function=False)
def exponential_(input: Any, lambd: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with numbers drawn from the exponential distribution of this rate.

    Raises:
        RuntimeError: a rate that is not above 0.
    """
    if lambd <= 0.0:
        raise DrawError(f"exponential_ expects lambda > 0.0, but found lambda={lambd}")
    _needs_float(input, "exponential_cpu")
    return drawn_into(
        input, _exponential(input._tensor.shape, input.dtype, generator) * (1 / lambd)
    )


@op(function=False)
def cauchy_(input: Any, median: float = 0.0, sigma: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with numbers drawn from the Cauchy distribution.

    Raises:
        RuntimeError: a sigma that is not above 0.
    """
    if sigma <= 0.0:
        raise DrawError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma}")
    _needs_float(input, "cauchy_cpu")
    angle = (uniform(input._tensor.shape, input.dtype, generator) - 0.5) * pi
    return drawn_into(input, angle.sin() / angle.cos() * sigma + median)


@op(function=False)
def log_normal_(input: Any, mean: float = 1.0, std: float = 2.0, *, generator: Any = None) -> Any:
    """Fill with numbers whose logarithm is drawn from a normal distribution.

    Raises:
        RuntimeError: a standard deviation that is not above 0.
    """
    if std <= 0.0:
        raise DrawError(f"log_normal_ expects std > 0.0, but found std={std}")
    _needs_float(input, "log_normal_cpu")
    drawn = standard_normal(input._tensor.shape, input.dtype, generator)
    return drawn_into(input, (drawn * std + mean).exp())


@op(function=False)
def geometric_(input: Any, p: float, *, generator: Any = None) -> Any:
    """Fill with the number of trials up to the first success, of probability p.

    Raises:
        RuntimeError: p is not between 0 and 1.
    """
    if not 0.0 < p < 1.0:
        raise DrawError(f"geometric_ expects p to be in (0, 1), but got p={p}")
    kind = input.dtype if input.dtype.is_floating_point else SINGLE
    trials = _exponential(input._tensor.shape, kind, generator) * (-1.0 / log(1.0 - p))
    # Rounded up: as many as whole numbers fit below, and one.
    return drawn_into(input, converted(converted(trials, INT), input.dtype) + 1)


def _chances(p: Any, name: str) -> None:
    low, high = (p, p) if not isinstance(p, Tensor) else _ends(p)
    if not 0 <= low <= high <= 1:
        raise DrawError(f"{name} expects p to be in [0, 1], but got p={p}")


def _ends(x: Any) -> tuple[Any, Any]:
    if not x._tensor.size:
        return 0, 0
    order = sorted_positions(x.detach().reshape(-1), 0).tolist()
    numbers = x.detach().reshape(-1)
    return numbers[order[0]].item(), numbers[order[-1]].item()


@op(function=False)
def bernoulli_(input: Any, p: Any = 0.5, *, generator: Any = None) -> Any:
    """Fill with ones with probability p, which may be a tensor that broadcasts, and zeros.

    Raises:
        RuntimeError: p is not in [0, 1].
    """
    _chances(p, "bernoulli_")
    kind = p.dtype if isinstance(p, Tensor) else SINGLE
    hits = uniform(input._tensor.shape, kind, generator) < p
    return drawn_into(input, converted(hits, input.dtype))


@op()
def bernoulli(input: Any, p: Any = None, *, generator: Any = None) -> Any:
    """Ones with the probabilities that the input holds, or p, and zeros.

    Raises:
        RuntimeError: a probability that is not in [0, 1].
    """
    chances: Any = input.detach() if p is None else p
    if p is None:
        _needs_float(input, "bernoulli_tensor_cpu_self_")
    _chances(chances, "bernoulli")
    kind = input.dtype if input.dtype.is_floating_point else SINGLE
    drawn = uniform(input._tensor.shape, kind, generator) < chances
    return Overwrite.apply(input, converted(drawn, input.dtype))


@op(method=False)
def poisson(input: Any, generator: Any = None) -> Any:
    """Numbers of events, where the input says how many are expected.

    Raises:
        RuntimeError: fewer than none are.
    """
    _needs_float(input, "poisson_cpu")
    if _ends(input)[0] < 0:
        raise DrawError("invalid Poisson rate, expected rate to be non-negative")
    shape = input._tensor.shape
    operands = [
        converted(input.detach(), DOUBLE),
        uniform(shape, DOUBLE, generator),
        standard_normal(shape, DOUBLE, generator),
    ]
    return converted(input.backend.launch(random.poisson, 3)(*operands), input.dtype)


@op()
def multinomial(
    input: Any, num_samples: int, replacement: bool = False, *, generator: Any = None
) -> Any:
    """Positions drawn with probabilities in proportion to the numbers of each row.

    Raises:
        RuntimeError: no probabilities, or more draws than categories.
    """
    _check_rows(input, num_samples, replacement)
    weights: Any = converted(input.detach(), DOUBLE)
    if replacement and num_samples > 1:
        return _with_replacement(weights, num_samples, generator)
    race = _exponential(weights._tensor.shape, DOUBLE, generator) / weights
    order = sorted_positions(race, input.dims - 1)
    return order.narrow(-1, 0, num_samples).clone()


def _check_rows(x: Tensor, count: int, replacement: bool) -> None:
    if x.dims not in (1, 2):
        raise DrawError("prob_dist must be 1 or 2 dim")
    if not x.dtype.is_floating_point:
        raise DrawError(
            f"multinomial only supports floating-point dtypes for input, got: {kind_of(x.dtype)}"
        )
    if count <= 0:
        raise DrawError("cannot sample n_sample <= 0 samples")
    size = x._tensor.shape[-1]
    if not replacement and count > size:
        raise DrawError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    low, high = _ends(x)
    if not low >= 0 or high != high or high == float("inf"):
        raise DrawError("probability tensor contains either `inf`, `nan` or element < 0")
    if _ends(x.detach().sum(-1).reshape(-1))[0] <= 0:
        raise DrawError("invalid multinomial distribution (sum of probabilities <= 0)")


def _with_replacement(weights: Any, count: int, generator: Any) -> Any:
    """Where uniform numbers fall between the running sums of the weights."""
    edges = weights.cumsum(-1)
    shape = (*weights._tensor.shape[:-1], count)
    total = edges.narrow(-1, weights._tensor.shape[-1] - 1, 1)
    drawn = uniform(shape, DOUBLE, generator) * total
    return search(edges, drawn, right=True)


@op(method=False)
def randperm(
    n: int,
    *,
    generator: Any = None,
    dtype: Any = INT,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """0 .. n - 1 in random order.

    Raises:
        RuntimeError: n is below 0.
    """
    if n < 0:
        raise DrawError(f"n must be non-negative, got {n}")
    order: Any = sorted_positions(uniform((n,), DOUBLE, generator), 0)
    return finished(converted(order, dtype or INT), requires_grad)

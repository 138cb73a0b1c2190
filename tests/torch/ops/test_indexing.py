"""The indexing language: random keys, read and written under both libraries.

Idea: a key is a row of parts (ints, slices, None, Ellipsis, masks, index tensors, lists, ranges,
    arrays) drawn from a seed; what is read, the gradients, what is written, and what views see are
    compared, as is which keys are refused.
Not here: ops that take an index by name (test_selecting.py).
Read next: test_selecting.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .both import check, check_gradients, numbers, theirs

Parts = list[tuple[str, Any]]
SHAPES = [(4,), (3, 4), (2, 3, 4), (2, 1, 3, 2), (5, 0), ()]


def random_slice(rng: np.random.Generator, size: int) -> slice:
    def end() -> int | None:
        return None if rng.random() < 0.4 else int(rng.integers(-size - 1, size + 2))

    return slice(end(), end(), int(rng.integers(1, 3)))


def basic_part(rng: np.random.Generator, size: int) -> tuple[str, Any]:
    if size and rng.random() < 0.4:
        return "int", int(rng.integers(-size, size))
    return "slice", random_slice(rng, size)


def advanced_part(rng: np.random.Generator, size: int, shape: tuple[int, ...]) -> tuple[str, Any]:
    kind = ("tensor", "list", "array", "mask")[int(rng.integers(0, 4))]
    if kind == "mask" or not size:
        return "mask", rng.random(size) < 0.5
    where = rng.integers(-size, size, shape)
    return kind, where.tolist() if kind == "list" else where


def random_key(seed: int, shape: tuple[int, ...], advanced: bool) -> Parts:
    """Parts for a key of a tensor of this shape; most of them are allowed."""
    rng = np.random.default_rng(seed)
    parts: Parts = []
    for size in shape[: int(rng.integers(0, len(shape) + 1))]:
        if rng.random() < 0.2:
            parts.append(("none", None))
        if advanced and rng.random() < 0.5:
            parts.append(advanced_part(rng, size, ((2,), (2, 1), (1, 3))[int(rng.integers(0, 3))]))
        else:
            parts.append(basic_part(rng, size))
    if rng.random() < 0.3:
        parts.insert(int(rng.integers(0, len(parts) + 1)), ("ellipsis", ...))
    return parts


def as_key(parts: Parts, library: Any) -> Any:
    kinds = ("tensor", "mask")
    key = tuple(library.tensor(it) if kind in kinds else it for kind, it in parts)
    return key[0] if len(key) == 1 else key


def outcome(fn: Callable[[], Any]) -> Any:
    """What a function returns, or which error it raises."""
    try:
        return fn()
    except (IndexError, RuntimeError, TypeError, ValueError) as problem:
        return problem


def agree(mine: Any, known: Any) -> bool:
    """True where both are results; two errors must be of one kind."""
    if isinstance(known, Exception):
        assert isinstance(mine, type(known)), (mine, known)
        return False
    assert not isinstance(mine, Exception), mine
    return True


@pytest.mark.parametrize("advanced", [False, True])
@pytest.mark.parametrize("seed", range(120))
def test_reading(seed: int, advanced: bool) -> None:
    shape = SHAPES[seed % len(SHAPES)]
    parts = random_key(seed, shape, advanced)
    values = numbers(*shape, seed=seed)

    def read(library: Any) -> Any:
        return library.tensor(values)[as_key(parts, library)]

    if agree(outcome(lambda: read(ours)), outcome(lambda: read(theirs))):
        check_gradients(lambda t, x: x[as_key(parts, t)] * 1.5, values)
        check_gradients(lambda t, x: (x * x)[as_key(parts, t)] ** 2, values)


@pytest.mark.parametrize("advanced", [False, True])
@pytest.mark.parametrize("seed", range(120))
def test_writing(seed: int, advanced: bool) -> None:
    shape = SHAPES[seed % len(SHAPES)]
    parts = random_key(seed, shape, advanced)
    values = numbers(*shape, seed=seed)
    region = outcome(lambda: theirs.tensor(values)[as_key(parts, theirs)])
    if isinstance(region, Exception):
        return
    rng = np.random.default_rng(seed)
    kept = tuple(region.shape)[int(rng.integers(0, region.dim() + 1)) :]
    source = numbers(*[n if rng.random() < 0.7 else 1 for n in kept], seed=seed + 1)

    def write(library: Any, x: Any, y: Any) -> Any:
        z = x * 2
        z[as_key(parts, library)] = y * 3
        return z * z

    def fill(library: Any, x: Any) -> Any:
        z = x * 2
        z[as_key(parts, library)] = 1.5
        return z * z

    check(write, values, source)
    check(fill, values)
    if not repeats(parts):
        check_gradients(write, values, source)
    check_gradients(fill, values)


def repeats(parts: Parts) -> bool:
    """True where an index may name one cell twice: which is written last is not said."""
    return any(kind in ("tensor", "list", "array") for kind, _ in parts)


@pytest.mark.parametrize("seed", range(80))
def test_views_are_written_through(seed: int) -> None:
    shape = SHAPES[seed % 4]
    first, second = random_key(seed, shape, False), random_key(seed + 1000, shape, False)

    def program(library: Any, x: Any, y: Any) -> Any:
        z = x * 2
        view, other = z[as_key(first, library)], z[as_key(second, library)]
        view.mul_(3)
        other[...] = other * 2 + y
        view.add_(1)
        return view * view, other * z.sum(), z

    check_gradients(program, numbers(*shape, seed=seed), numbers(seed=seed + 1))


@pytest.mark.parametrize("seed", range(40))
def test_repeats_accumulate(seed: int) -> None:
    rng = np.random.default_rng(seed)
    where = rng.integers(-3, 3, (5,))
    other = rng.integers(-4, 4, (5,))

    def program(library: Any, x: Any, y: Any) -> Any:
        i, j = library.tensor(where), library.tensor(other)
        return x[i, j] * y, x.index_put((i, j), y, accumulate=True), x[:, j] * 2

    check_gradients(program, numbers(3, 4, seed=seed), numbers(5, seed=seed + 1))


BAD: list[tuple[Callable[[Any, Any], Any], str]] = [
    (lambda t, x: x[5], "index 5 is out of bounds for dimension 0 with size 3"),
    (lambda t, x: x[:, 9], "index 9 is out of bounds for dimension 1 with size 4"),
    (lambda t, x: x[0, 0, 0], "too many indices for tensor of dimension 2"),
    (lambda t, x: x[t.tensor([7])], "index 7 is out of bounds for dimension 0 with size 3"),
    (
        lambda t, x: x[t.tensor([True, False])],
        "The shape of the mask [2] at index 0 does not match",
    ),
    (lambda t, x: x[t.tensor([0, 1]), t.tensor([0, 1, 2])], "could not be broadcast together"),
    (lambda t, x: x[::-1], "step must be greater than zero"),
    (lambda t, x: x[0.5], "valid indices (got float)"),
    (lambda t, x: x[t.tensor([0.5])], "must be long, int, byte or bool tensors"),
    (lambda t, x: t.tensor(1.0)[0], "invalid index of a 0-dim tensor"),
    (lambda t, x: x.__setitem__(0, [1.0]), "can't assign a list to a torch.FloatTensor"),
    (lambda t, x: x.__setitem__(0, t.ones(3)), "must match the existing size (3)"),
    (lambda t, x: x.__setitem__((0, 0), t.ones(2)), "must be greater or equal to the number of"),
    (lambda t, x: x.__setitem__(t.tensor([0, 1]), t.ones(3)), "cannot be broadcast to indexing"),
    (lambda t, x: x.__setitem__(t.tensor([0]), t.ones(4).double()), "destination dtypes match"),
    (lambda t, x: x.requires_grad_().__setitem__(0, 1.0), "a leaf Variable that requires grad"),
    (lambda t, x: x.requires_grad_()[0].__setitem__(0, 1.0), "a view of a leaf Variable"),
]


@pytest.mark.parametrize(("mistake", "text"), BAD, ids=[text for _, text in BAD])
def test_mistakes_are_told_as_pytorch_tells_them(mistake: Any, text: str) -> None:
    problems = [
        outcome(lambda t=t: mistake(t, t.arange(12.0).reshape(3, 4)))  # type: ignore[misc]  # t is bound
        for t in (ours, theirs)
    ]
    mine, known = problems
    assert isinstance(known, Exception)
    assert isinstance(mine, type(known))
    assert text in str(known)
    assert text in str(mine)


@pytest.mark.filterwarnings("ignore:Using a non-tuple sequence")
def test_lists_of_parts_are_keys() -> None:
    for key in ([0, 1], [slice(0, 2), 1], [[0, 1], [1, 2]], [None, 0], [], range(2), (0, 1)):
        check(lambda t, x, key=key: x[key], numbers(3, 4))  # type: ignore[misc]  # key is bound


def test_a_write_touches_only_what_is_named() -> None:
    x = ours.zeros(1000, 1000)
    storage = x.untyped_storage().data_ptr()
    x[3, 4] = 1.0
    x[:, 5] = ours.ones(1000)
    x[ours.tensor([1, 2])] = 2.0
    x[x > 1.5] = 3.0
    x.index_add_(0, ours.tensor([7]), ours.ones(1, 1000))
    assert x.untyped_storage().data_ptr() == storage
    assert float(x.sum()) == 1.0 + 1000 - 2 + 2 * 3000 + 1000


def test_what_was_saved_and_written_to_is_noticed() -> None:
    x = ours.ones(3, requires_grad=True)
    y = x * 2
    z = y * y
    y[0] = 5.0
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()

"""Checkpointing: give up what a part of a model keeps for backward, and compute it again there.

Idea: the part is run once to see which tensors its results depend on. Its graph is then replaced by
    one node from those tensors to the results, whose backward runs the part again, from the same
    random state, and goes back through the graph of that run.
Not here: checkpoints of `torch.save` (../serialization/).
Read next: ../autograd/function.py
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from minitorch.autodiff import enable_grad, is_grad_enabled
from minitorch.errors import ConfigError, GradientError
from minitorch.modes import stamp
from minitorch.torch.autograd.function import Function
from minitorch.torch.autograd.gradients import grad
from minitorch.torch.random import fork_rng, get_rng_state, set_rng_state
from minitorch.torch.tensor import Tensor
from minitorch.torch.utils._pytree import tree_flatten, tree_unflatten

__all__ = [
    "CheckpointError",
    "checkpoint",
    "checkpoint_sequential",
    "noop_context_fn",
    "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop",
]

Contexts = tuple[AbstractContextManager[Any], AbstractContextManager[Any]]


class CheckpointError(GradientError):
    """The second run of a part gave something else than the first."""


def noop_context_fn() -> Contexts:
    """Contexts of both runs that do nothing.

    >>> len(noop_context_fn())
    2
    """
    return nullcontext(), nullcontext()


@contextmanager
def set_checkpoint_early_stop(enable: bool) -> Generator[None]:
    """Accepted: the second run always goes to the end."""
    yield


@contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Generator[None]:
    """Accepted."""
    yield


@dataclass
class _Part:
    """A part of a model: how it is run, and what its results depend on."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    again: AbstractContextManager[Any]  # around the second run
    random: Any  # state of the generator before the first run, or None
    leaves: list[Any] = field(default_factory=list[Any])
    places: list[int] = field(default_factory=list[int])  # of the results among all that comes out
    results: tuple[Any, ...] = ()

    def run_again(self) -> list[Any]:
        """The results once more, with a graph.

        Raises:
            CheckpointError: they are others.
        """
        with ExitStack() as stack:
            if self.random is not None:
                stack.enter_context(fork_rng())
                set_rng_state(self.random)
            stack.enter_context(self.again)
            stack.enter_context(enable_grad())
            out, _ = tree_flatten(self.function(*self.args, **self.kwargs))
        if len(out) <= max(self.places):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the "
                f"original forward and recomputation: the function gave {len(out)} values."
            )
        return [out[k] for k in self.places]


class _Recomputed(Function):
    """The results of a part; its gradients come from running it again."""

    @staticmethod
    def forward(ctx: Any, part: _Part, *leaves: Any) -> tuple[Any, ...]:
        """The results of the first run."""
        ctx.part = part
        results, part.results = part.results, ()
        return results

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Any, ...]:
        """The gradients of what the part depends on."""
        part: _Part = ctx.part
        create = is_grad_enabled()
        out = part.run_again()
        for before, after in zip(grad_outputs, out, strict=True):
            if before.shape != after.shape:
                raise CheckpointError(
                    "torch.utils.checkpoint: Recomputed values for the following tensors have "
                    "different metadata than during the forward pass: shapes "
                    f"{tuple(before.shape)} and {tuple(after.shape)}."
                )
        found = grad(out, part.leaves, grad_outputs, create_graph=create, allow_unused=True)
        return None, *found


def _frontier(results: Sequence[Any], since: int) -> list[Any]:
    """What the results depend on that was there before the part was run: leaves and others."""
    found: dict[int, Any] = {}
    seen: set[int] = set()
    waiting = list(results)
    while waiting:
        value = waiting.pop()
        history = value.history
        if history.last_fn is None or history.stamp <= since:
            found.setdefault(id(value), value)
        elif id(history) not in seen:
            seen.add(id(history))
            inputs = history.inputs or ()
            waiting += [it for it in inputs if getattr(it, "history", None) is not None]
    return list(found.values())


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], Contexts] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """function(*args, **kwargs), without keeping what backward needs; it is run again there.

    Args:
        function: a part of a model; it must give the same each time.
        args: what it is called with.
        use_reentrant: whether some argument has to track gradients for any to flow.
        context_fn: gives two contexts, one for each run.
        determinism_check: accepted; the shapes of the results are compared.
        debug: accepted.
        early_stop: accepted.
        preserve_rng_state: draw the same random numbers in the second run.
        kwargs: what it is called with, by name; not with use_reentrant.

    Raises:
        ValueError: arguments that use_reentrant excludes.
        CheckpointError: in backward, where the second run gives something else.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> checkpoint(lambda x: x * x, x, use_reentrant=False).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """
    use_reentrant = _chosen("checkpoint", use_reentrant)
    if use_reentrant:
        if kwargs:
            raise ConfigError("Unexpected keyword arguments: " + ",".join(kwargs))
        if context_fn is not noop_context_fn or debug:
            raise ConfigError(
                "Passing `context_fn` or `debug` is only supported when use_reentrant=False."
            )
    first, again = context_fn()
    state = get_rng_state() if preserve_rng_state else None
    since = stamp()
    with first:
        out = function(*args, **kwargs)
    if not is_grad_enabled():
        return out
    given = tree_flatten((args, kwargs))[0]
    if use_reentrant and not any(_tracks(it) for it in given):
        warnings.warn(
            "None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2
        )
        return _replaced(out, lambda it: it.detach() if _tracks(it) else it)
    return _without_graph(out, _Part(function, args, kwargs, again, state), since)


def _chosen(name: str, use_reentrant: bool | None) -> bool:
    """Whether the older way was chosen, as it is, with a warning, where nothing was."""
    if use_reentrant is None:
        warnings.warn(
            f"torch.utils.{name}: the use_reentrant parameter should be passed explicitly. "
            "use_reentrant=False is recommended, but if you need to preserve the current default "
            "behavior, you can pass use_reentrant=True.",
            stacklevel=3,
        )
        return True
    return use_reentrant


def _tracks(value: Any) -> bool:
    return isinstance(value, Tensor) and value.history is not None


def _replaced(tree: Any, change: Callable[[Any], Any]) -> Any:
    values, structure = tree_flatten(tree)
    return tree_unflatten([change(it) for it in values], structure)


def _without_graph(out: Any, part: _Part, since: int) -> Any:
    """What came out, with one node in the place of the graph of the part."""
    values, structure = tree_flatten(out)
    part.places = [
        k
        for k, it in enumerate(values)
        if _tracks(it) and it.history.last_fn is not None and it.history.stamp > since
    ]
    if not part.places:
        return out
    results = [values[k] for k in part.places]
    part.leaves = _frontier(results, since)
    part.results = tuple(it.detach() for it in results)
    new: Any = _Recomputed.apply(part, *part.leaves)
    for k, it in zip(part.places, new, strict=True):
        values[k] = it
    return tree_unflatten(values, structure)


def checkpoint_sequential(
    functions: Any,
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    **kwargs: Any,
) -> Any:
    """The functions, or modules, one after the other, in so many parts that are checkpointed.

    The last part keeps what backward needs: it comes first there.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> steps = [lambda x: x * 2, lambda x: x * x, lambda x: x + 1]
    >>> checkpoint_sequential(steps, 2, x, use_reentrant=False).backward()
    >>> x.grad
    tensor([8.])
    """
    use_reentrant = _chosen("checkpoint.checkpoint_sequential", use_reentrant)
    children: Callable[[], Any] | None = getattr(functions, "children", None)
    steps: list[Any] = list(functions if children is None else children())
    size = len(steps) // segments
    done = 0
    for _ in range(segments - 1):
        part = _chain(steps[done : done + size])
        input = checkpoint(part, input, use_reentrant=use_reentrant, **kwargs)
        done += size
    return _chain(steps[done:])(input)


def _chain(steps: list[Any]) -> Callable[[Any], Any]:
    def run(input: Any) -> Any:
        for step in steps:
            input = step(input)
        return input

    return run

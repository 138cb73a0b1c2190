"""L-BFGS: Newton's method with a guess of the curvature from the last changes of the gradient.

Idea: all parameters are one vector. Pairs of (change of gradient y, change of x s) of the last
    steps stand for the inverse Hessian; two passes over them turn the gradient into a direction.
Not here: how far to go (line_search.py).
Read next: line_search.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch import rules
from minitorch.autodiff import enable_grad, no_grad
from minitorch.errors import ConfigError
from minitorch.torch.joining import cat
from minitorch.torch.optim.line_search import Point, strong_wolfe
from minitorch.torch.optim.optimizer import Optimizer
from minitorch.torch.optim.updates import check_rate, lifted, zeros_for
from minitorch.torch.views import overwrite, write

__all__ = ["LBFGS"]

CURVED = 1e-10  # a pair with less of a product y . s tells nothing of the curvature
State = dict[str, Any]


class LBFGS(Optimizer):
    """L-BFGS (Liu and Nocedal 1989); `step` needs a closure that computes loss and gradients.

    Args:
        params: tensors or named ones, in one group.
        lr: the length of a step, or with a line search the first one tried.
        max_iter: directions per `step`.
        max_eval: losses per `step`; 1.25 times max_iter by default.
        tolerance_grad: it ends where no entry of the gradient is larger.
        tolerance_change: it ends where loss or parameters change by less.
        history_size: how many pairs are kept.
        line_search_fn: "strong_wolfe", or None for steps of length lr.

    Raises:
        ValueError: several groups; a negative rate.
        RuntimeError: an unknown line search, at the step.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = LBFGS([x], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((x - 3.0) * (x - 3.0)).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure)
    tensor(4., grad_fn=<SumBackward0>)
    >>> x.data
    tensor([3.])
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_rate(lr)
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ConfigError("LBFGS doesn't support per-parameter options (parameter groups)")

    @property
    def _params(self) -> list[Any]:
        return self.param_groups[0]["params"]

    def _gradient(self) -> Any:
        """The gradients of all parameters as one vector."""
        parts = [zeros_for(p) if p.grad is None else p.grad for p in self._params]
        return cat([part.reshape(-1) for part in parts], 0).clone()

    def _go(self, step: float, direction: Any) -> None:
        """x' = x + step * direction, in place."""
        start = 0
        for p in self._params:
            size = p._tensor.size
            part = direction[start : start + size].view(p.shape)
            write(p, lifted(rules.sgd_step, p, part, -step))
            start += size

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]  # it must be given
        """Go along up to max_iter directions; returns the loss before.

        Args:
            closure: clears the gradients, computes the loss, calls `backward`, returns the loss.
        """
        group = self.param_groups[0]
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise RuntimeError("only 'strong_wolfe' is supported")
        with no_grad():
            return _Step(self, self.state[self._params[0]], group, closure).run()


class _Step:
    """One call of `step`: what it counts and where it is."""

    def __init__(
        self, owner: LBFGS, state: State, group: dict[str, Any], closure: Callable[[], Any]
    ) -> None:
        self.owner, self.state, self.group, self.closure = owner, state, group, closure
        self.lr = float(group["lr"])
        self.evaluations = 0
        for name in ("func_evals", "n_iter"):
            state.setdefault(name, 0)

    def _loss(self) -> Any:
        """The loss, with its gradients."""
        self.evaluations += 1
        self.state["func_evals"] += 1
        with enable_grad():
            return self.closure()

    def run(self) -> Any:
        """All iterations; the loss before the first."""
        group, state, owner = self.group, self.state, self.owner
        before = self._loss()
        here = Point(0.0, float(before), owner._gradient(), 0.0)
        if _largest(here.gradient) <= group["tolerance_grad"]:
            return before
        most = group["max_iter"]
        for k in range(1, most + 1):
            state["n_iter"] += 1
            direction = self._direction(here.gradient)
            last = here
            state["prev_flat_grad"], state["prev_loss"] = here.gradient, here.loss
            state["d"], state["t"] = direction, self._length(here.gradient)
            slope = _dot(here.gradient, direction)
            if slope > -group["tolerance_change"]:
                break
            here = self._moved(Point(0.0, here.loss, here.gradient, slope), direction, k == most)
            if k == most or self._is_done(here, last, direction):
                break
        return before

    def _length(self, gradient: Any) -> float:
        """The length of the first step, or of one without a line search."""
        if self.state["n_iter"] > 1:
            return self.lr
        total = float(gradient.abs().sum())
        return min(1.0, 1.0 / total) * self.lr

    def _moved(self, start: Point, direction: Any, last: bool) -> Point:
        """Go along the direction; the point arrived at."""
        owner, step = self.owner, self.state["t"]
        if self.group["line_search_fn"] is None:
            owner._go(step, direction)
            if last:  # nobody looks at the loss any more
                return start
            loss = float(self._loss())
            return Point(step, loss, owner._gradient(), 0.0)
        places = [p.clone() for p in owner._params]

        def evaluate(step: float) -> Point:
            owner._go(step, direction)
            loss = float(self._loss())
            gradient = owner._gradient()
            for p, place in zip(owner._params, places, strict=True):
                overwrite(p, place)
            return Point(step, loss, gradient, _dot(gradient, direction))

        scale = _largest(direction)
        tries = self.group["max_eval"] - self.evaluations
        tolerance = 1e-9  # of the search itself, whatever tolerance_change is
        found, _ = strong_wolfe(evaluate, start, step, scale, tolerance, tries)
        self.state["t"] = found.step
        owner._go(found.step, direction)
        return found

    def _is_done(self, here: Point, last: Point, direction: Any) -> bool:
        group = self.group
        return (
            self.evaluations >= group["max_eval"]
            or _largest(here.gradient) <= group["tolerance_grad"]
            or _largest(direction) * abs(self.state["t"]) <= group["tolerance_change"]
            or abs(here.loss - last.loss) < group["tolerance_change"]
        )

    def _direction(self, gradient: Any) -> Any:
        """Minus the gradient, times the inverse Hessian that the pairs stand for."""
        state = self.state
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            return -gradient
        self._remember(gradient)
        pairs = list(zip(state["old_dirs"], state["old_stps"], state["ro"], strict=True))
        out = -gradient
        shares: list[float] = []
        for y, s, inverse in reversed(pairs):
            share = _dot(s, out) * float(inverse)
            shares.append(share)
            out = lifted(rules.sgd_step, out, y, share)
        out = out * float(state["H_diag"])
        for (y, s, inverse), share in zip(pairs, reversed(shares), strict=True):
            back = _dot(y, out) * float(inverse)
            out = lifted(rules.sgd_step, out, s, back - share)
        return out

    def _remember(self, gradient: Any) -> None:
        """Add the pair of the last step, if it tells of a curvature."""
        state = self.state
        y = gradient - state["prev_flat_grad"]
        s = state["d"] * float(state["t"])
        product = _dot(y, s)
        if product <= CURVED:
            return
        for name, value in (("old_dirs", y), ("old_stps", s), ("ro", 1.0 / product)):
            if len(state[name]) == self.group["history_size"]:
                state[name].pop(0)
            state[name].append(value)
        state["H_diag"] = product / _dot(y, y)


def _dot(a: Any, b: Any) -> float:
    return float((a * b).sum())


def _largest(a: Any) -> float:
    return float(a.abs().max())

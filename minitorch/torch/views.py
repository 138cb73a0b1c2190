"""Views and writing in place: numbers that several tensors show, and a graph that follows.

Idea: a view shares its base's storage cell, so what is written to one is seen by all. The graph is
    rebased: the written tensor gets the history of what was written; a base, the history
    "its old self with that part written over"; each of its views, a look at the new base.
    Who read a tensor before still finds the one it read: `History.before`.
Not here: which ops are views (shaping.py, indexing.py); strides (../strided.py).
Read next: face.py
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from minitorch.autodiff import Context, is_grad_enabled
from minitorch.errors import GradientError, MinitorchError
from minitorch.strided import AsStrided, Layout, WriteStrided, layout_of
from minitorch.tensor_data import Cell, Ints, TensorData, assign, copied
from minitorch.tensor_functions import Cast, Expand, Function, zeros_like
from minitorch.torch.dtypes import can_cast, kind_of
from minitorch.torch.tensor import Tensor

__all__ = [
    "Overwrite",
    "as_view",
    "look",
    "overwrite",
    "patch",
    "relaid",
    "shadow_of",
    "shown",
    "write",
]


class WriteError(MinitorchError, RuntimeError):
    """A result that cannot be written into a tensor."""


def as_view(base: Tensor, out: Tensor) -> Tensor:
    """Note that `out` shows the numbers of `base`."""
    root = base if base._base is None or _is_tracked_leaf(base) else base._base
    out._base = root
    views = root._views
    if views is None:
        root._views = views = []
    elif len(views) >= 64 and len(views) & (len(views) - 1) == 0:  # at 64, 128, 256 ...
        root._views = views = [it for it in views if it() is not None]
    views.append(weakref.ref(out))
    return out


def look(base: Tensor, layout: Layout) -> Tensor:
    """The view of the base's storage that a layout describes."""
    return shown(base, layout, AsStrided, layout)


def shown(base: Tensor, layout: tuple[Ints, Ints, int], function: Any, *args: Any) -> Tensor:
    """The view of a layout: `function.apply(base, *args)`, where that is to be recorded."""
    if base.history is not None and is_grad_enabled():
        return as_view(base, function.apply(base, *args))
    return as_view(base, base._new(base._tensor._viewed(*layout)))


def relaid(view: Callable[..., Any]) -> Callable[..., Any]:
    """The op in place for one that shows a tensor's numbers: the tensor becomes that view."""

    def call(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        check_leaf(self)
        old = shadow_of(self)
        shown = view(old, *args, **kwargs)
        self._tensor = self._tensor._viewed(*layout_of(shown._tensor))
        self._tensor.cell.count_write()
        if shown.history is not None:
            shown.history.before = old
            self.history = shown.history
        return self

    return call


class Overwrite(Function):
    """The second operand in the shape and dtype of the first, whose numbers are forgotten."""

    @staticmethod
    def forward(ctx: Context, old: Tensor, new: Tensor) -> Tensor:
        """The new numbers."""
        if new._tensor.dtype != old._tensor.dtype:
            new = Cast.apply(new, old._tensor.dtype)
        return Expand.apply(new, old._tensor.shape)

    @staticmethod
    def backward(ctx: Context, grad_output: Any) -> tuple[Any, ...]:
        """Zeros for the old numbers; all for the new."""
        needs_old, _ = ctx.needs_input_grad
        return zeros_like(grad_output) if needs_old else None, grad_output


def overwrite(x: Tensor, source: Tensor) -> Tensor:
    """Write the numbers of another tensor into x, which broadcast and are converted."""
    if x._tensor.cell is source._tensor.cell and layout_of(x._tensor) == layout_of(source._tensor):
        return x
    if not _tracked(x, source):
        _check(x, source, cast=True)
        _store(x, source, give=False)
        return x
    _check(x, source, cast=True)
    old = shadow_of(x)
    return write(x, Overwrite.apply(old, source), old, give=False)


def _tracked(*tensors: Tensor) -> bool:
    return is_grad_enabled() and any(t.history is not None for t in tensors)


def shadow_of(x: Tensor) -> Tensor:
    """x as it is now: its numbers and its place in the graph, whatever is written to x later."""
    out = x._new(x._tensor._viewed(x._tensor.shape, x._tensor.strides, x._tensor.offset))
    out._tensor.cell = x._tensor.cell.fork()
    out.history = x.history
    if x.history is not None and x.is_leaf:
        out.unique_id = x.unique_id
    return out


def check_leaf(x: Tensor) -> None:
    """Raise for a leaf that tracks gradients, or a view of one.

    Raises:
        GradientError: as said.
    """
    root = x if x._base is None else x._base
    if is_grad_enabled() and (_is_tracked_leaf(x) or _is_tracked_leaf(root)):
        what = "a leaf Variable" if root is x else "a view of a leaf Variable"
        raise GradientError(f"{what} that requires grad is being used in an in-place operation.")


def _is_tracked_leaf(x: Tensor) -> bool:
    return x.history is not None and x.is_leaf


def patch(
    x: Tensor,
    source: Tensor,
    put: Callable[[TensorData, TensorData], None],
    written: Callable[[Tensor, Tensor], Any],
) -> Tensor:
    """Change a part of x's numbers in place, and let the graph say so; returns x.

    Args:
        x: what is written to.
        source: the new numbers.
        put: writes numbers into data.
        written: called with x as it was and a tensor that is to get the history of the change.

    Raises:
        GradientError: x is a leaf that tracks gradients.
    """
    check_leaf(x)
    old = shadow_of(x) if _tracked(x, source) else None
    data, numbers, cell = x._tensor, source._tensor, x._tensor.cell
    if numbers.cell is cell:
        numbers = TensorData.of(copied(numbers.array()))
    counted = cell.version, cell.written, Cell.last_write
    cell.before_write()
    put(data, numbers)
    if x._uncounted:
        cell.version, cell.written, Cell.last_write = counted
    if old is not None:
        holder = x._new(data)
        written(old, holder)
        assert holder.history is not None
        cell.written = Cell.last_write = holder.history.stamp
        _rebase(x, holder, old)
    return x


def _check(x: Tensor, result: Tensor, cast: bool) -> None:
    check_leaf(x)
    if not cast and not can_cast(result.dtype, x.dtype):
        given, wanted = kind_of(result.dtype), kind_of(x.dtype)
        raise WriteError(f"result type {given} can't be cast to the desired output type {wanted}")
    shape, own = result._tensor.shape, x._tensor.shape
    if shape != own:
        padded = (1,) * (len(own) - len(shape)) + tuple(shape)
        if (
            not cast
            or len(shape) > len(own)
            or any(n not in (1, m) for n, m in zip(padded, own, strict=True))
        ):
            raise WriteError(
                f"output with shape {list(own)} doesn't match the broadcast shape {list(shape)}"
            )


def write(x: Tensor, result: Tensor, old: Tensor | None = None, give: bool = True) -> Tensor:
    """Write a result into x, and let the graph say so; returns x.

    Args:
        x: what is written to.
        result: the new numbers.
        old: `shadow_of(x)`, from which the result was computed, if the graph is recorded.
        give: nobody else holds the result's storage, which may become that of x.

    Raises:
        GradientError: x is a leaf that tracks gradients.
        WriteError: the result has another shape, or a dtype that x cannot hold.
    """
    _check(x, result, cast=False)
    tracked = old is not None and _tracked(old, result)
    if tracked and result.history is None:
        assert old is not None
        result = Overwrite.apply(old, result)
        give = False
    if tracked and result._tensor.dtype != x._tensor.dtype:
        result = Cast.apply(result, x._tensor.dtype)
    history = result.history
    _store(x, result, give)
    if tracked:
        assert old is not None
        assert history is not None
        _rebase(x, result, old)
    return x


def _keep_saved(result: Tensor, cell: Cell) -> None:
    """Copy the numbers that the new node saved of what is about to be written over."""
    if result.history is None or result.history.ctx is None:
        return
    for value in result.history.ctx._saved:
        if isinstance(value, Tensor):
            kept = value._tensor.cell
            if kept is not cell and kept.array is cell.array:
                kept.array = copied(kept.array)
                kept.node = None


def _store(x: Tensor, result: Tensor, give: bool) -> None:
    data, new = x._tensor, result._tensor
    cell = data.cell
    counted = cell.version, cell.written, Cell.last_write
    if (
        give
        and data.shape == new.shape
        and data.dtype == new.dtype
        and not cell.exposed
        and not new.cell.exposed
        and new.cell is not cell
        and _is_whole(data)
        and _is_whole(new)
    ):
        cell.take(new.cell)
        new.cell = cell
    else:
        _keep_saved(result, cell)
        assign(data, new)
    if x._uncounted:
        cell.version, cell.written, Cell.last_write = counted
    elif result.history is not None:
        cell.written = Cell.last_write = result.history.stamp


def _is_whole(data: TensorData) -> bool:
    """True for a contiguous tensor that shows all of its storage."""
    return data.offset == 0 and data.is_contiguous() and data.cell.size == data.size


def _rebase(x: Tensor, result: Tensor, old: Tensor) -> None:
    root = x._base
    history = result.history
    assert history is not None
    if root is None:
        history.before = old
        x.history = history
        _look_again(x)
        return
    before: Any = shadow_of(root)
    whole, part = layout_of(root._tensor), layout_of(x._tensor)
    holder = root._new(root._tensor)
    new: Any = result
    WriteStrided.written(before, new, whole, part, holder)
    assert holder.history is not None
    holder.history.before = before
    root.history = holder.history
    _look_again(root)


def _look_again(root: Tensor) -> None:
    """Give each view of the root the history of a look at what the root is now."""
    for reference in root._views or ():
        view = reference()
        if view is None or view._tensor.cell is not root._tensor.cell:
            continue
        before = shadow_of(view)
        ctx = Context()
        ctx.save_for_backward(layout_of(root._tensor), layout_of(view._tensor))
        holder = view._new(view._tensor)
        AsStrided.record(ctx, (root, layout_of(view._tensor)), holder)
        assert holder.history is not None
        holder.history.before = before
        view.history = holder.history

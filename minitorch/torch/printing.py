"""How a tensor prints: as PyTorch's, to the letter.

Idea: all numbers of a tensor get one form (whole, fixed or scientific) and one width, found from
    those that are shown; rows are nested in brackets and broken at 80 columns; more than 1000
    numbers are summed up by the first and last three of each dim. What they do not tell follows.
Not here: the numbers themselves (interop.py).
Read next: interop.py
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from math import ceil, inf, isfinite
from typing import Any

from minitorch.launches import note
from minitorch.tensor_data import is_float
from minitorch.torch.dtypes import get_default_dtype
from minitorch.torch.tensor import Tensor

__all__ = ["get_printoptions", "printoptions", "set_printoptions", "tensor_text"]

PROFILES: dict[str, dict[str, float]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": inf, "edgeitems": 3, "linewidth": 80},
}


@dataclass
class Options:
    """How tensors are printed."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


options = Options()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed; what is None stays, but for `sci_mode`, which is then found out.

    Args:
        precision: digits after the point.
        threshold: more numbers than these are summed up.
        edgeitems: how many at each end of a dim a summary shows.
        linewidth: columns.
        profile: "default", "short" or "full".
        sci_mode: force or forbid the scientific form.

    >>> import minitorch.torch as torch
    >>> with printoptions(precision=2):
    ...     print(torch.tensor([1.12345]))
    tensor([1.12])
    """
    given = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    chosen = {
        **PROFILES.get(profile or "", {}),
        **{k: v for k, v in given.items() if v is not None},
    }
    for name, value in chosen.items():
        setattr(options, name, value)
    options.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """What `set_printoptions` would be given to set what is set.

    >>> get_printoptions()["precision"]
    4
    """
    return asdict(options)


@contextmanager
def printoptions(**kwargs: Any) -> Generator[None]:
    """Print otherwise inside a `with`; takes what `set_printoptions` takes.

    >>> with printoptions(precision=1):
    ...     get_printoptions()["precision"]
    1
    """
    before = get_printoptions()
    set_printoptions(**kwargs)
    try:
        yield
    finally:
        set_printoptions(**before)


class Form:
    """How each number of a tensor is written, found from the numbers that are shown."""

    def __init__(self, shown: Sequence[Any], floating: bool) -> None:
        self.floating = floating
        self.whole = True
        self.scientific = False
        self.width = 1
        if not floating:
            self.width = max([len(str(value)) for value in shown], default=1)
            return
        finite = [value for value in shown if isfinite(value) and value != 0]
        if not finite:
            return
        smallest, largest = min(map(abs, finite)), max(map(abs, finite))
        self.whole = all(value == ceil(value) for value in finite)
        self.scientific = (
            largest / smallest > 1000.0 or largest > 1.0e8 or smallest < 1.0e-4
            if options.sci_mode is None
            else options.sci_mode
        )
        point = 1 if self.whole and not self.scientific else 0
        self.width = max(1, *[len(self._bare(value)) + point for value in finite])

    def _bare(self, value: float) -> str:
        if self.scientific:
            return f"{value:.{options.precision}e}"
        return f"{value:.0f}" if self.whole else f"{value:.{options.precision}f}"

    def write(self, value: Any) -> str:
        """The number, as wide as all others."""
        if not self.floating:
            return str(value).rjust(self.width)
        point = "." if self.whole and not self.scientific and isfinite(value) else ""
        return (self._bare(value) + point).rjust(self.width)


def _edges(size: int, summed_up: bool) -> list[int | None]:
    """The indices of a dim that are shown; None stands for what is left out."""
    edge = options.edgeitems
    if not summed_up or size <= 2 * edge:
        return list(range(size))
    return [*range(edge), None, *range(size - edge, size)]


def _shown(array: Any, summed_up: bool) -> Iterator[Any]:
    """The numbers that are printed, in order."""
    if array.ndim == 0:
        yield array.item()
    elif array.ndim == 1 and not (summed_up and array.size > 2 * options.edgeitems):
        yield from array.tolist()
    else:
        for k in _edges(len(array), summed_up):
            if k is not None:
                yield from _shown(array[k : k + 1].reshape(array.shape[1:]), summed_up)


def _nested(
    array: Any, indent: int, summed_up: bool, write: Callable[[Any], str], width: int
) -> str:
    if array.ndim == 0:
        return write(array.item())
    if array.ndim == 1:
        return _row(array, indent, summed_up, write, width)
    if summed_up and len(array) > 2 * options.edgeitems and not options.edgeitems:
        return "[...]"
    parts = [
        "..." if k is None else _nested(array[k], indent + 1, summed_up, write, width)
        for k in _edges(len(array), summed_up)
    ]
    between = "," + "\n" * (array.ndim - 1) + " " * (indent + 1)
    return "[" + between.join(parts) + "]"


def _row(array: Any, indent: int, summed_up: bool, write: Callable[[Any], str], width: int) -> str:
    edge = options.edgeitems
    if summed_up and not edge:
        words = ["..."]
    elif summed_up and array.size > 2 * edge:
        words = [write(value) for value in array[:edge].tolist()]
        words += [" ...", *[write(value) for value in array[-edge:].tolist()]]
    else:
        words = [write(value) for value in array.tolist()]
    per_line = max(1, (options.linewidth - indent) // (width + 2))
    lines = [", ".join(words[k : k + per_line]) for k in range(0, len(words), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _numbers(tensor: Tensor, indent: int) -> str:
    array = tensor._tensor.array()
    floating = is_float(tensor._tensor.dtype)
    if floating and array.dtype.name != "float64":
        summed_up = array.size > options.threshold
        array = array if summed_up else array.astype("float64")
    summed_up = array.size > options.threshold
    form = Form([float(v) if floating else v for v in _shown(array, summed_up)], floating)

    def write(value: Any) -> str:
        return form.write(float(value) if floating else value)

    return _nested(array, indent, summed_up, write, form.width)


def _facts(tensor: Tensor) -> list[str]:
    """What is said after the numbers."""
    kind = tensor.dtype
    default = get_default_dtype()
    facts: list[str] = []
    if tensor._tensor.size == 0:
        if tensor.ndim != 1:
            facts.append(f"size={tuple(tensor.shape)}")
        if kind is not default:
            facts.append(f"dtype={kind}")
    else:
        if not options.edgeitems:
            facts.append(f"size={tuple(tensor.shape)}")
        if kind is not default and kind.name not in ("int64", "bool"):
            facts.append(f"dtype={kind}")
    node = tensor.grad_fn
    if node is not None:
        facts.append(f"grad_fn=<{node.name()}>")
    elif tensor.requires_grad:
        facts.append("requires_grad=True")
    return facts


def tensor_text(tensor: Any) -> str:
    """A tensor as text.

    >>> import minitorch.torch as torch
    >>> print(tensor_text(torch.tensor([1.5, 2.0], requires_grad=True)))
    tensor([1.5000, 2.0000], requires_grad=True)
    """
    note("a tensor was printed")
    ours = type(tensor).__module__.startswith("minitorch.torch.")
    prefix = "tensor(" if ours else f"{type(tensor).__name__}("
    indent = len(prefix)
    text = prefix + ("[]" if tensor._tensor.size == 0 else _numbers(tensor, indent))
    last = len(text) - text.rfind("\n") + 1
    for fact in _facts(tensor):
        if last + len(fact) + 2 > options.linewidth:
            text += ",\n" + " " * indent + fact
            last = indent + len(fact)
        else:
            text += ", " + fact
            last += len(fact) + 2
    return text + ")"


def _format(self: Any, spec: str) -> str:
    """A tensor without dims as its number; others by their text alone."""
    if self.ndim == 0 and type(self) is Tensor:
        return format(self.item(), spec)
    return object.__format__(self, spec)


_tensor_class: Any = Tensor
_tensor_class.__repr__ = tensor_text
_tensor_class.__str__ = tensor_text
_tensor_class.__format__ = _format

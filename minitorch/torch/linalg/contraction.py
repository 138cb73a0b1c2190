"""Products named by letters: einsum, and tensordot.

Idea: two operands at a time. Letters of both that the result or a later operand needs are batch
    dims, letters of both that nobody needs are summed, the rest are rows and columns: one batched
    matrix product.
Not here: the matrix product (products.py).
Read next: products.py
"""

from __future__ import annotations

from math import prod
from typing import Any

from minitorch.torch.face import check_dim, op
from minitorch.torch.linalg.checks import MatrixError
from minitorch.torch.linalg.products import matmul

__all__ = ["einsum", "tensordot"]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
Labels = list[Any]  # letters, and ints for the dims of an ellipsis, the last one -1


def _from_sublists(arguments: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """The equation and the operands of the form einsum(x, [0, 1], y, [1, 2], [0, 2])."""
    parts = list(arguments)
    result = parts.pop() if len(parts) % 2 else None

    def word(labels: Any) -> str:
        out = ""
        for it in labels:
            if it is Ellipsis:
                out += "..."
            elif not 0 <= it < len(LETTERS):
                raise MatrixError(
                    f"einsum(): not in the range [0, 52), the subscript {it} of a sublist"
                )
            else:
                out += LETTERS[it]
        return out

    equation = ",".join(word(it) for it in parts[1::2])
    return equation + ("" if result is None else "->" + word(result)), parts[0::2]


def _labels(term: str, dims: int, place: int) -> Labels:
    """The labels of an operand's dims, or of the result's.

    Raises:
        MatrixError: a subscript that is none, or that does not fit the dims.
    """
    before, dots, after = term.partition("...")
    letters = before + after
    for it in letters:
        if it not in LETTERS:
            raise MatrixError(
                f"einsum(): invalid subscript given at index {place} in the equation string, "
                "subscripts must be in [a-zA-Z]"
            )
    missing = dims - len(letters)
    if missing < 0 or (missing and not dots):
        raise MatrixError(
            f"einsum(): the number of subscripts in the equation ({len(letters)}) does not match "
            f"the number of dimensions ({dims}) for operand {place}"
            + (" and no ellipsis was given" if not dots else "")
        )
    return [*before, *range(-missing, 0), *after]


def _diagonals(x: Any, labels: Labels) -> tuple[Any, Labels]:
    """x without repeated labels: their common diagonal."""
    seen: Labels = []
    for it in list(labels):
        if labels.count(it) > 1 and it not in seen:
            seen.append(it)
            while labels.count(it) > 1:
                first = labels.index(it)
                second = labels.index(it, first + 1)
                if x.shape[first] != x.shape[second]:
                    raise MatrixError(
                        f"einsum(): subscript {it} is repeated for operand but the sizes don't "
                        f"match, {x.shape[second]} != {x.shape[first]}"
                    )
                x = x.diagonal(0, first, second)
                labels = [n for k, n in enumerate(labels) if k not in (first, second)] + [it]
    return x, labels


def _summed(x: Any, labels: Labels, needed: set[Any]) -> tuple[Any, Labels]:
    """x summed over the labels that nobody needs."""
    dims = [k for k, it in enumerate(labels) if it not in needed]
    if dims:
        x = x.sum(tuple(dims))
    return x, [it for it in labels if it in needed]


def _without_ones(x: Any, labels: Labels, sizes: dict[Any, int]) -> tuple[Any, Labels]:
    """x without dims of size 1 that broadcast to a larger size elsewhere."""
    dims = [k for k, it in enumerate(labels) if x.shape[k] == 1 and sizes[it] != 1]
    if dims:
        x = x.squeeze(tuple(dims))
    return x, [it for k, it in enumerate(labels) if k not in dims]


def _pair(a: Any, left: Labels, b: Any, right: Labels, needed: set[Any]) -> tuple[Any, Labels]:
    """The product of two operands, summed over the labels of both that nobody needs."""
    both = [it for it in left if it in right]
    batch = [it for it in both if it in needed]
    inner = [it for it in both if it not in needed]
    rows = [it for it in left if it not in both]
    columns = [it for it in right if it not in both]
    size = {
        it: n for x, names in ((a, left), (b, right)) for it, n in zip(names, x.shape, strict=True)
    }

    def arranged(x: Any, names: Labels, *groups: Labels) -> Any:
        order = [names.index(it) for group in groups for it in group]
        return x.permute(order).reshape([prod(size[it] for it in group) for group in groups])

    if not inner:  # nothing is summed: elementwise
        everything = batch + rows + columns
        wide = [
            x.permute([names.index(it) for it in everything if it in names]).reshape(
                [size[it] if it in names else 1 for it in everything]
            )
            for x, names in ((a, left), (b, right))
        ]
        return wide[0] * wide[1], everything
    product = matmul(
        arranged(a, left, batch, rows, inner), arranged(b, right, batch, inner, columns)
    )
    return product.reshape([size[it] for it in batch + rows + columns]), batch + rows + columns


@op(method=False)
def einsum(*arguments: Any) -> Any:
    """Sums of products, by Einstein's convention: einsum("ij,jk->ik", a, b) is a @ b.

    Letters that the result lacks are summed over; without "->" the result has the letters that
    occur once, in order; "..." stands for dims that broadcast. Also einsum(a, [0, 1], b, [1, 2]).

    Raises:
        MatrixError: an equation that makes no sense, or does not fit the operands.

    >>> import minitorch.torch as torch
    >>> torch.einsum("ij,j->i", torch.ones(2, 3), torch.ones(3))
    tensor([3., 3.])
    """
    if arguments and isinstance(arguments[0], str):
        equation, operands = arguments[0], list(arguments[1:])
        if len(operands) == 1 and isinstance(operands[0], tuple | list):
            operands = list(operands[0])
    else:
        equation, operands = _from_sublists(arguments)
    if not operands:
        raise MatrixError("einsum(): must provide at least one operand")
    terms, result, sizes = _parsed(equation.replace(" ", ""), operands)
    found: list[tuple[Any, Labels]] = []
    for x, labels in zip(operands, terms, strict=True):
        found.append(_without_ones(*_diagonals(x, labels), sizes))
    out, names = found[0]
    for k, (x, labels) in enumerate(found[1:], 1):
        later = set(result).union(*(set(it) for _, it in found[k + 1 :]))
        out, names = _summed(out, names, later | set(labels))
        x, labels = _summed(x, labels, later | set(names))
        out, names = _pair(out, names, x, labels, later)
    return _finished(out, names, result, sizes)


def _finished(out: Any, names: Labels, result: Labels, sizes: dict[Any, int]) -> Any:
    """The sum over what the result lacks, its dims in order."""
    out, names = _summed(out, names, set(result))
    for it in [it for it in result if it not in names]:  # all operands had size 1
        out, names = out.unsqueeze(-1), [*names, it]
    out = out.permute([names.index(it) for it in result])
    return out.expand([sizes[it] for it in result]) if result else out


def _parsed(equation: str, operands: list[Any]) -> tuple[list[Labels], Labels, dict[Any, int]]:
    """The labels of the operands and of the result, and the size of each label.

    Raises:
        MatrixError: the equation makes no sense, or sizes differ.
    """
    left, arrow, right = equation.partition("->")
    words = left.split(",")
    if len(words) > len(operands):
        raise MatrixError("einsum(): fewer operands were provided than specified in the equation")
    if len(words) < len(operands):
        raise MatrixError("einsum(): more operands were provided than specified in the equation")
    terms = [
        _labels(word, x.dims, k) for k, (word, x) in enumerate(zip(words, operands, strict=True))
    ]
    sizes: dict[Any, int] = {}
    for k, (labels, x) in enumerate(zip(terms, operands, strict=True)):
        for it, n in zip(labels, x.shape, strict=True):
            if sizes.get(it, 1) == 1:
                sizes[it] = n
            elif n not in (1, sizes[it]):
                raise MatrixError(
                    f"einsum(): subscript {it} has size {n} for operand {k} which does not "
                    f"broadcast with previously seen size {sizes[it]}"
                )
    dots: Labels = sorted(it for it in sizes if isinstance(it, int))
    if not arrow:
        letters = [it for word in words for it in word if it in LETTERS]
        once = sorted(it for it in set(letters) if letters.count(it) == 1)
        return terms, [*dots, *once], sizes
    before, found, after = right.partition("...")
    result: Labels = [*before, *(dots if found else []), *after]
    for it in result:
        if it not in sizes:
            raise MatrixError(
                f"einsum(): output subscript {it} does not appear in the equation for any input "
                "operand"
            )
        if result.count(it) > 1:
            raise MatrixError(
                f"einsum(): output subscript {it} appears more than once in the output"
            )
    return terms, result, sizes


@op(method=False)
def tensordot(a: Any, b: Any, dims: Any = 2, out: Any = None) -> Any:
    """The sums of products over the last dims of a and the first of b, or over dims of both.

    Raises:
        MatrixError: sizes that do not fit.
    """
    if hasattr(dims, "tolist"):
        dims = dims.tolist()
    if isinstance(dims, int):
        if dims < 0:
            raise MatrixError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.dims, b.dims):
            raise MatrixError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        over = [list(range(a.dims - dims, a.dims)), list(range(dims))]
    else:
        over = [list(it) if isinstance(it, tuple | list) else [int(it)] for it in dims]
    if len(over[0]) != len(over[1]):
        raise MatrixError(
            f"both dimension lists should have same length, got {over[0]} and {over[1]}"
        )
    left = [check_dim(k, a.dims) for k in over[0]]
    right = [check_dim(k, b.dims) for k in over[1]]
    for i, j in zip(left, right, strict=True):
        if a.shape[i] != b.shape[j] and 1 not in (a.shape[i], b.shape[j]):
            raise MatrixError(
                f"contracted dimensions need to match, but first has size {a.shape[i]} in dim {i} "
                f"and second has size {b.shape[j]} in dim {j}"
            )
        if a.shape[i] != b.shape[j]:
            a, b = (a.sum(i, True), b) if b.shape[j] == 1 else (a, b.sum(j, True))
    rows = [k for k in range(a.dims) if k not in left]
    columns = [k for k in range(b.dims) if k not in right]
    count = prod(a.shape[k] for k in left)
    x = a.permute(rows + left).reshape(prod(a.shape[k] for k in rows), count)
    y = b.permute(right + columns).reshape(count, prod(b.shape[k] for k in columns))
    shape = [*(a.shape[k] for k in rows), *(b.shape[k] for k in columns)]
    return matmul(x, y).reshape(shape)

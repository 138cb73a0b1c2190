"""From an expression to numbers: plan it once, compile its kernel once, launch it each time.

Idea: two expressions with the same key (ops, layouts, sizes, who is held) have the same plan; two
    plans whose loops read alike have the same kernel. So a step that was seen before costs a walk
    over its nodes, a look into a dict and a call.
Not here: loops (nest.py), text (emit.py), where kernels are kept (kernels.py).
Read next: ops.py
"""

from __future__ import annotations

import ctypes
import hashlib
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from minitorch.errors import BackendError
from minitorch.fuse.emit import Kernel, emit
from minitorch.fuse.nest import Access, Cut, Nest, plan_loops
from minitorch.fuse.nodes import AT_ONCE, LIMIT, Node
from minitorch.fuse.recipes import EXPAND, expand
from minitorch.fuse.trace import Part, Trace, describe, trace
from minitorch.kernels import (
    PARALLEL_FROM,
    fold_function,
    has_parallel_layer,
    identity_of,
    load_kernel,
    number_function,
)
from minitorch.launches import launched
from minitorch.tensor_data import Storage, fill
from minitorch.tiers import Ready, Tier

__all__ = ["Plan", "realise", "source_of"]

PLANS = 4096  # so many are remembered
_lock = threading.RLock()  # one thread at a time computes; what others wait for may be among it
_plans: dict[tuple[Any, ...], Plan | int] = {}
_kernels: dict[tuple[Any, ...], Tier] = {}


@dataclass(frozen=True)
class Plan:
    """What to call, and with what: places are those of nodes in the trace."""

    kernel: Ready
    arrays: tuple[tuple[int, int], ...]  # (place of the leaf, offset)
    fresh: tuple[tuple[int, int, Any], ...]  # (place, size, dtype) of outputs that need memory
    taken: tuple[tuple[int, int], ...]  # (place of the output, place of the leaf it overwrites)
    numbers: tuple[int, ...]
    parameters: tuple[tuple[int, Any], ...]  # (place, which of its parameters), or (-1, the value)
    writes: tuple[int, ...]  # positions of the arrays that the kernel writes to
    unread: tuple[tuple[int, int], ...]  # (place, by how many fewer nodes it will be read)

    def run(self, nodes: list[Node]) -> None:
        """Compute the outputs."""
        made: list[Any] = []
        for _, size, dtype in self.fresh:
            made.append(np.empty(size, dtype))
        given = made.copy()
        for place, offset in self.arrays:
            array: Any = nodes[place].array
            given.append(array[offset:] if offset else array)
        given += self.numbers
        for place, which in self.parameters:
            given.append(nodes[place].parameters[which] if place >= 0 else which)
        launched(self.kernel.run, *self.writes)(*given)
        for place, leaf in self.taken:
            array = nodes[leaf].array
            assert array is not None
            nodes[place].become(array)
        for k, (place, _, _) in enumerate(self.fresh):
            nodes[place].become(made[k])
        for place, count in self.unread:
            nodes[place].readers -= count


def _keep_freed_memory() -> None:
    """Let malloc keep what is freed: arrays of a step are made again in the next.

    Else glibc gives large arrays back at once, and each new one is filled with zeros page by page,
    which takes longer than most kernels.
    """
    tune = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if tune is not None:
        mmap_threshold, trim_threshold = -3, -1  # names of malloc.h
        tune(mmap_threshold, 1 << 25)
        tune(trim_threshold, 1 << 29)


_keep_freed_memory()


def realise(root: Node) -> Storage:
    """Compute a node, and what else its kernel is to write."""
    with _lock:
        while root.array is None:
            traced = trace(root)
            plan = _plans.get(traced.key)
            if plan is None:
                if len(_plans) >= PLANS:
                    _plans.clear()
                _plans[traced.key] = make_plan(traced)  # which may write out recipes: trace again
            elif plan is EXPAND:
                expand(traced)
            elif isinstance(plan, int):
                realise(traced.nodes[plan])
            else:
                plan.run(traced.nodes)
        array = root.array
        assert array is not None
        return array


def settle(node: Node) -> None:
    """Compute what reads foreign memory, or has grown too large to stay an expression."""
    if node.weight < AT_ONCE:  # shared nodes were counted more than once
        nodes = trace(node).nodes
        waiting = sum(1 for it in nodes if it.operands)
        node.weight = waiting + sum(it.weight for it in nodes if it.array is not None)
    if node.weight > LIMIT:
        realise(node)


Node.builder = staticmethod(realise)
Node.settler = staticmethod(settle)


def make_plan(traced: Trace) -> Plan | int:
    """The plan of an expression, or the place of a node that is to be computed first."""
    parts = traced.parts()
    root, size = parts[-1], prod(parts[-1].shape)
    if root.op.kind == "number":
        return _filled(parts, ((len(parts) - 1, 0),))
    if size == 0 or (root.op.kind == "reduce" and 0 in (root.domain or ())):
        return _filled(parts, ((-1, root.op.start),))
    if any(part.op.kind == "compose" for part in parts):
        return _plan_of_recipes(traced)
    empty = [
        k for k, it in enumerate(parts) if not it.leaf and 0 in (*it.shape, *(it.domain or ()))
    ]
    if empty:
        return empty[0]
    try:
        nest = plan_loops(traced)
    except Cut as cut:
        if cut.place != len(parts) - 1:
            return cut.place
        # The root itself is in the way: compute one of its operands first.
        pending = [k for k in parts[-1].refs if not parts[k].leaf]
        if not pending:
            raise BackendError(f"no kernel computes {parts[-1].op}; please report it.") from cut
        return pending[-1]
    written = {value.place for value, _ in nest.outputs}
    gone = _gone(parts, written)
    work = prod(nest.sizes[k] for k in range(len(nest.sizes)) if k not in nest.picks)
    parallel = work >= PARALLEL_FROM and has_parallel_layer() and bool(nest.outer)
    kernel = emit(nest, _spare(traced, nest, gone | written), parallel, describe(traced))
    parallel = parallel and "prange" in kernel.text  # no loop is left around lone columns
    fresh: list[tuple[int, int, Any]] = []
    taken: list[tuple[int, int]] = []
    for place, access in kernel.outputs:
        if access < 0:
            fresh.append((place, prod(parts[place].shape), parts[place].op.dtype))
        else:
            taken.append((place, kernel.arrays[access].place))
    return Plan(
        compiled(kernel, parallel),
        tuple((access.place, access.offset) for access in kernel.arrays),
        tuple(fresh),
        tuple(taken),
        kernel.numbers,
        kernel.parameters,
        (*range(len(fresh)), *(len(fresh) + k for _, k in kernel.outputs if k >= 0)),
        _unread(parts, gone, written),
    )


_FILL = Ready(fill)


def _filled(parts: list[Part], value: tuple[tuple[int, Any], ...]) -> Plan:
    """The plan of a root that is one number everywhere, or has no cells."""
    root = len(parts) - 1
    fresh = ((root, prod(parts[root].shape), parts[root].op.dtype),)
    unread = _unread(parts, _gone(parts, {root}), {root})
    return Plan(_FILL, (), fresh, (), (), value, (0,), unread)


def _plan_of_recipes(traced: Trace) -> Plan | int:
    """The plan of the expression with its recipes written out, in terms of it as it is.

    EXPAND where there is none: then they are written out each time.
    """
    root = traced.nodes[-1]
    expand(traced)
    if root.array is not None:
        return EXPAND
    whole = trace(root)
    plan = _plans[whole.key] = make_plan(whole)
    if plan == EXPAND:
        return EXPAND
    places = {node: k for k, node in enumerate(traced.nodes)}
    here = [places.get(node, -1) for node in whole.nodes]
    if isinstance(plan, int):
        return here[plan] if here[plan] >= 0 else _recipe_around(traced, whole.nodes[plan])
    arrays = tuple((here[place], offset) for place, offset in plan.arrays)
    fresh = tuple((here[place], size, dtype) for place, size, dtype in plan.fresh)
    taken = tuple((here[place], here[leaf]) for place, leaf in plan.taken)
    if any(place < 0 for place, *_ in (*arrays, *fresh, *taken)):
        return EXPAND
    parts = traced.parts()
    given = tuple(
        (here[place], which)
        if here[place] >= 0 and parts[here[place]].op.kind != "compose"
        else (-1, whole.nodes[place].parameters[which])
        for place, which in plan.parameters
    )
    written = {place for place, *_ in (*fresh, *taken)}
    unread = _unread(parts, _gone(parts, written), written)
    return Plan(plan.kernel, arrays, fresh, taken, plan.numbers, given, plan.writes, unread)


def _recipe_around(traced: Trace, wanted: Node) -> int:
    """The place of the recipe that a node was written out of, which is to be computed first.

    EXPAND where that is the root: then its ops are computed one after the other.
    """
    outer = set(traced.nodes)
    for place, part in enumerate(traced.parts()):
        below = list(traced.nodes[place].operands) if part.op.kind == "compose" else []
        while below:
            node = below.pop()
            if node is wanted:
                return place if place < len(traced.nodes) - 1 else EXPAND
            if node not in outer:
                below += node.operands
    return EXPAND


def _readers(parts: list[Part]) -> list[list[int]]:
    readers: list[list[int]] = [list[int]() for _ in parts]
    for k, part in enumerate(parts):
        for child in part.refs:
            readers[child].append(k)
    return readers


def _gone(parts: list[Part], written: set[int]) -> set[int]:
    """Pending nodes that nobody can ask for once the outputs are there."""
    readers = _readers(parts)
    gone: set[int] = set()
    for k in range(len(parts) - 1, -1, -1):
        part = parts[k]
        unheld = not part.leaf and k not in written and not part.held and part.closed
        if unheld and all(r in gone or r in written for r in readers[k]):
            gone.add(k)
    return gone


def _unread(parts: list[Part], gone: set[int], written: set[int]) -> tuple[tuple[int, int], ...]:
    """How many readers each node loses that is not gone itself, once the outputs are there."""
    lost = Counter(child for k in gone | written for child in parts[k].refs if child not in gone)
    return tuple(sorted(lost.items()))


def _spare(traced: Trace, nest: Nest, over: set[int]) -> dict[int, int]:
    """Outputs that may overwrite a leaf: nobody holds it, nobody else reads it, sizes agree."""
    parts = traced.parts()
    readers = _readers(parts)
    walked: dict[int, list[Access]] = {}
    for value in nest.values:
        if value.access:
            walked.setdefault(value.access.place, []).append(value.access)
    free = [
        k
        for k, part in enumerate(parts)
        if part.op.kind == "leaf"
        and not part.held
        and part.closed
        and len(walked.get(k, ())) == 1
        and walked[k][0].offset == 0
        and all(r in over for r in readers[k])
    ]
    spare: dict[int, int] = {}
    rows = set(nest.group.loops) if nest.group else set[int]()
    for value, access in nest.outputs:
        if rows and not rows.intersection(loop for loop, _ in access.steps):
            continue  # it is written while later walks may still read the leaf
        size = prod(parts[value.place].shape)
        first = parts[value.place].refs[0]  # what an update updates: then it stays in its array
        for leaf in sorted(free, key=lambda it: it != first):
            source = walked[leaf][0]
            same = source.steps == access.steps and parts[leaf].op.dtype == value.op.dtype
            if same and _bytes_of(traced.nodes[leaf]) == size * value.op.dtype.itemsize:
                spare[value.place] = leaf
                free.remove(leaf)
                break
    return spare


def _bytes_of(leaf: Node) -> int:
    return 0 if leaf.array is None else leaf.array.nbytes


# Compiling.


def source_of(kernel: Kernel, parallel: bool) -> tuple[str, dict[str, Any] | None]:
    """The text of a module that defines the kernel; the functions that no module names, if any."""
    lines = [
        "from __future__ import annotations",
        "import numpy as np",
        "from numba import njit, prange",
    ]
    digest = hashlib.sha256()
    local: dict[str, Any] | None = None
    imports: list[str] = []
    for name, fn, dtype, adds in kernel.functions:
        plain = getattr(fn, "py_func", fn)
        home, attribute = getattr(plain, "__module__", ""), getattr(plain, "__qualname__", "")
        identity = identity_of(plain)
        known = getattr(sys.modules.get(home), attribute, None) is plain
        maker = "fold_function" if adds else "number_function"
        if known and identity is not None:
            digest.update(identity.encode())
            imports.append(home)
            lines.append(f"{name} = {maker}({home}.{attribute}, {dtype!r})")
        else:
            local = {} if local is None else local
            make = fold_function if adds else number_function
            local[name] = make(plain, dtype)
    lines[3:3] = [
        *(f"import {home}" for home in sorted(set(imports))),
        "from minitorch.kernels import fold_function, number_function",
        "unsigned, int64, float32, float64, inf, BLOCKS = "
        "np.uint64, np.int64, np.float32, np.float64, np.inf, 64",
    ]
    decorator = f'@njit(parallel={parallel}, error_model="numpy")'
    lines.append(f"# callees {digest.hexdigest()[:16]}")
    text = kernel.text.replace("{decorator}", decorator)
    return "\n".join([*lines, text]), local


def _steps(kernel: Kernel) -> Callable[[tuple[Any, ...]], int]:
    """What estimates how many operators a launch calls: those of the text, for each cell."""
    lines = kernel.text.count("\n")

    def steps(args: tuple[Any, ...]) -> int:
        return lines * prod([args[k] for k in kernel.extents])

    return steps


def compiled(kernel: Kernel, parallel: bool) -> Tier:
    """The kernel, interpreted or compiled; the same text is compiled once."""
    source, local = source_of(kernel, parallel)
    key = (source, tuple(local.values()) if local else ())
    if key not in _kernels:
        _kernels[key] = load_kernel(source, "kernel", kernel.about, _steps(kernel), local)
    return _kernels[key]

"""torch.utils._pytree: nested containers taken apart into their leaves, and put together again.

Idea: lists, tuples, named tuples, dicts and deques have children; everything else is a leaf. A
    `TreeSpec` remembers the containers.
Not here: trees of modules (../../module.py).
Read next: ../../module.py
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from minitorch.errors import ShapeError
from minitorch.torch.missing import getattr_of

__all__ = [
    "TreeSpec",
    "tree_all",
    "tree_any",
    "tree_flatten",
    "tree_leaves",
    "tree_map",
    "tree_map_",
    "tree_map_only",
    "tree_structure",
    "tree_unflatten",
]


@dataclass(frozen=True)
class TreeSpec:
    """The containers of a tree: the kind of one, what it needs besides its children, and theirs.

    >>> tree_structure([1, (2, 3)]).num_leaves
    3
    """

    type: Any = None  # None for a leaf
    context: Any = None
    children_specs: list[TreeSpec] = field(default_factory=list["TreeSpec"])

    @property
    def num_leaves(self) -> int:
        """How many leaves there are."""
        return 1 if self.is_leaf() else sum(it.num_leaves for it in self.children_specs)

    def is_leaf(self) -> bool:
        """True for what is no container."""
        return self.type is None


def _children(tree: Any) -> tuple[Any, Any, list[Any]] | None:
    """Kind, context and children of a container; None for a leaf."""
    kind = cast("Any", type(tree))
    if kind in (dict, OrderedDict):
        return kind, list(tree), list(tree.values())
    if kind is defaultdict:
        return kind, (tree.default_factory, list(tree)), list(tree.values())
    if kind in (list, tuple):
        return kind, None, list(tree)
    if kind is deque:
        return kind, tree.maxlen, list(tree)
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return kind, kind, list(tree)
    return None


def tree_flatten(
    tree: Any, is_leaf: Callable[[Any], bool] | None = None
) -> tuple[list[Any], TreeSpec]:
    """The leaves of a tree in order, and what puts them together again.

    >>> tree_flatten({"a": 1, "b": [2, (3,)]})[0]
    [1, 2, 3]
    """
    found = None if is_leaf is not None and is_leaf(tree) else _children(tree)
    if found is None:
        return [tree], TreeSpec()
    kind, context, children = found
    leaves: list[Any] = []
    specs: list[TreeSpec] = []
    for child in children:
        below, spec = tree_flatten(child, is_leaf)
        leaves += below
        specs.append(spec)
    return leaves, TreeSpec(kind, context, specs)


def tree_unflatten(leaves: Any, treespec: TreeSpec) -> Any:
    """The tree of these leaves.

    Raises:
        ShapeError: there are more or fewer leaves than places.

    >>> leaves, spec = tree_flatten({"a": 1, "b": [2]})
    >>> tree_unflatten([5, 6], spec)
    {'a': 5, 'b': [6]}
    """
    given = list(leaves)
    if len(given) != treespec.num_leaves:
        raise ShapeError(
            f"tree_unflatten(leaves, treespec): `leaves` has length {len(given)} but the spec "
            f"refers to a pytree that holds {treespec.num_leaves} items"
        )
    rest = iter(given)

    def built(spec: TreeSpec) -> Any:
        if spec.is_leaf():
            return next(rest)
        children = [built(it) for it in spec.children_specs]
        if spec.type in (dict, OrderedDict):
            return spec.type(zip(spec.context, children, strict=True))
        if spec.type is defaultdict:
            factory, keys = spec.context
            return defaultdict(factory, zip(keys, children, strict=True))
        if spec.type is deque:
            return deque(children, spec.context)
        return spec.type(*children) if spec.context is spec.type else spec.type(children)

    return built(treespec)


def tree_leaves(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[Any]:
    """The leaves of a tree, in order."""
    return tree_flatten(tree, is_leaf)[0]


def tree_structure(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> TreeSpec:
    """The containers of a tree."""
    return tree_flatten(tree, is_leaf)[1]


def tree_map(
    func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: Callable[[Any], bool] | None = None
) -> Any:
    """The tree with each leaf after the function; of several trees alike, it gets one leaf of each.

    >>> tree_map(lambda x, y: x + y, [1, (2,)], [10, (20,)])
    [11, (22,)]
    """
    leaves, spec = tree_flatten(tree, is_leaf)
    others = [tree_leaves(it, is_leaf) for it in rests]
    return tree_unflatten([func(*its) for its in zip(leaves, *others, strict=True)], spec)


def tree_map_(func: Callable[..., Any], tree: Any, *rests: Any) -> Any:
    """Call the function with each leaf; returns the tree itself."""
    tree_map(func, tree, *rests)
    return tree


def tree_map_only(kind: Any, func: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with each leaf of a kind after the function.

    >>> tree_map_only(int, str, [1, 2.0])
    ['1', 2.0]
    """
    return tree_map(lambda leaf: func(leaf) if isinstance(leaf, kind) else leaf, tree)


def tree_all(pred: Callable[[Any], bool], tree: Any) -> bool:
    """True where the condition holds for every leaf."""
    return all(map(pred, tree_leaves(tree)))


def tree_any(pred: Callable[[Any], bool], tree: Any) -> bool:
    """True where the condition holds for a leaf."""
    return any(map(pred, tree_leaves(tree)))


__getattr__ = getattr_of(__name__)

"""Tensors pickled by Python itself: sent to another process, or kept by a program's own pickle.

Idea: a tensor is its storage cell, its layout, and whether it tracks gradients. Tensors of one
    pickle that share a cell share it afterwards. The graph, and who looks at whom, stay behind.
Not here: checkpoints (serialization/), copies (tensor.py).
Read next: serialization/pickler.py
"""

from __future__ import annotations

from typing import Any

from minitorch.tensor_data import Cell, TensorData
from minitorch.torch.tensor import Tensor, wrap

__all__ = ["OWN", "attributes_of", "rebuilt", "reduced"]

# What a tensor holds of its own, besides what a program has set on it.
OWN = {"backend", "history", "retains_grad", "requires_grad", "data", "grad", "persistent"}


def attributes_of(tensor: Any) -> dict[str, Any]:
    """What a program has set on a tensor."""
    return {k: v for k, v in vars(tensor).items() if k[0] != "_" and k not in OWN}


def rebuilt(
    kind: type[Any],
    cell: Cell,
    layout: tuple[Any, Any, int],
    requires_grad: bool,
    attributes: dict[str, Any],
) -> Any:
    """The tensor that was pickled.

    >>> import pickle
    >>> import minitorch.torch as torch
    >>> pickle.loads(pickle.dumps(torch.ones(2, requires_grad=True)))
    tensor([1., 1.], requires_grad=True)
    """
    made = wrap(TensorData(cell, *layout))
    made.__class__ = kind
    vars(made).update(attributes)
    return made.requires_grad_() if requires_grad else made


def reduced(self: Any, protocol: Any = 2) -> Any:
    """What Python's pickle asks a tensor for."""
    data = self._tensor
    layout = data.shape, data.strides, data.offset
    given = type(self), data.cell, layout, self.requires_grad, attributes_of(self)
    return rebuilt, given


_tensor_class: Any = Tensor
_tensor_class.__reduce_ex__ = reduced

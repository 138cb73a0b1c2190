"""Parameter and Buffer: tensors that a module keeps.

Idea: a parameter shows the numbers of the tensor that it is made of, and follows gradients;
    assigned to a module, it is registered (modules/registry.py).
Not here: initial values (init.py).
Read next: modules/registry.py
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from minitorch.autodiff import Variable
from minitorch.errors import LazyError
from minitorch.torch.creation import empty
from minitorch.torch.tensor import Tensor

__all__ = [
    "Buffer",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "UninitializedTensorMixin",
    "is_lazy",
]


class Parameter(Tensor):
    """A tensor that is trained: assigned to a module, it is one of its parameters.

    >>> import minitorch.torch as torch
    >>> weight = Parameter(torch.zeros(2))
    >>> weight.requires_grad, isinstance(weight, torch.Tensor)
    (True, True)
    """

    def __init__(self, data: Any = None, requires_grad: bool = True) -> None:
        Variable.__init__(self)
        given = empty(0) if data is None else data.detach()
        self._tensor, self.backend = given._tensor, given.backend
        self.requires_grad_(requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        other = type(self)(self.data.clone(), self.requires_grad)
        memo[id(self)] = other
        return other

    def __reduce_ex__(self, protocol: Any) -> Any:
        return rebuild_parameter, (self.data, self.requires_grad, OrderedDict[str, Any]())

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"


def rebuild_parameter(data: Any, requires_grad: bool, hooks: Any) -> Parameter:
    """A parameter out of what was pickled of it."""
    del hooks  # written for the reader's sake, always empty
    return Parameter(data, requires_grad)


class _BufferKind(type):
    """Lets a plain tensor be an instance of `Buffer`, which is how it is marked."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return getattr(instance, "_is_buffer", False)


class Buffer(Tensor, metaclass=_BufferKind):
    """A tensor that, assigned to a module, is one of its buffers.

    >>> import minitorch.torch as torch
    >>> module = torch.nn.Module()
    >>> module.mean = Buffer(torch.zeros(2))
    >>> list(module.state_dict())
    ['mean']
    """

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        """A plain tensor, marked."""
        made: Any = empty(0) if data is None else data.detach()
        made.persistent = persistent
        made._is_buffer = True
        return made


class UninitializedTensorMixin:
    """What tensors without a shape have: they get one later, and then are of their plain class."""

    cls_to_become: type[Any]

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Give it a shape; what it holds is to be filled."""
        own: Any = self
        kind = own.data.dtype if dtype is None else dtype
        place = own.data.device if device is None else device
        own.data = empty(shape, device=place, dtype=kind)
        own.__class__ = self.cls_to_become

    @property
    def shape(self) -> Any:
        """There is none yet.

        Raises:
            LazyError: always.
        """
        raise LazyError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually "
            "happens in `load_state_dict` when trying to load an uninitialized parameter into an "
            "initialized one. Call `forward` to initialize the parameters before accessing their "
            "attributes."
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A parameter that gets its shape later.

    >>> weight = UninitializedParameter()
    >>> weight
    <UninitializedParameter>
    >>> weight.materialize((2, 3))
    >>> weight.shape
    torch.Size([2, 3])
    """

    cls_to_become = Parameter

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> None:
        Parameter.__init__(self, empty(0, device=device, dtype=dtype), requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        held: Any = self.data
        other = type(self)(self.requires_grad, held.device, held.dtype)
        memo[id(self)] = other
        return other

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (self.requires_grad,)


class UninitializedBuffer(UninitializedTensorMixin, Tensor):
    """A buffer that gets its shape later."""

    cls_to_become = Tensor

    def __init__(
        self,
        requires_grad: bool = False,
        device: Any = None,
        dtype: Any = None,
        persistent: bool = True,
    ) -> None:
        Variable.__init__(self)
        made = empty(0, device=device, dtype=dtype)
        self._tensor, self.backend = made._tensor, made.backend
        self.requires_grad_(requires_grad)
        self.persistent = persistent
        self._is_buffer = True


def is_lazy(param: Any) -> bool:
    """True for what has no shape yet.

    >>> is_lazy(UninitializedParameter()), is_lazy(Parameter())
    (True, False)
    """
    return isinstance(param, UninitializedTensorMixin)

"""Tensor: the torch face. The engine's TensorData, a History and a backend, with PyTorch's manners.

Idea: the same data and the same graph as the course's Tensor; what differs is what PyTorch's users
    expect: attributes for methods, promotion, views that are written through, methods in place.
    The ops come in from the files that define them: `face.op` gives each its place here.
Not here: the ops (pointwise.py, reductions.py, shaping.py ...), writing in place (views.py).
Read next: face.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from minitorch.autodiff import History, Variable, backpropagate, gradients, is_grad_enabled
from minitorch.config import config
from minitorch.errors import DtypeError, GradientError, ShapeError
from minitorch.several import Pick
from minitorch.tensor import BACKENDS
from minitorch.tensor_data import Cell, Number, TensorData, is_float
from minitorch.tensor_functions import sum_to
from minitorch.tensor_ops import TensorBackend
from minitorch.torch import dtypes
from minitorch.torch.dtypes import Size, device, dtype, to_dtype

__all__ = ["Tensor", "wrap"]

CPU = device("cpu")
BACKEND = BACKENDS[config.torch_backend]
_new_tensor = object.__new__


def wrap(data: TensorData, backend: TensorBackend = BACKEND) -> Tensor:
    """A constant around the data."""
    out = _new_tensor(Tensor)
    out._tensor = data
    out.backend = backend
    return out


class Tensor(Variable):
    """An array of numbers of any rank, in a graph where it or what it came from asks for gradients.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    _tensor: TensorData
    backend: TensorBackend
    _base: Tensor | None = None  # whose numbers this one shows, and which shows nobody's
    _views: list[Any] | None = None  # weak references to what shows this one's
    _uncounted: bool = False  # what is written to it counts as no new version
    __array_priority__ = 1000  # an array on the left leaves the operation to the tensor

    if TYPE_CHECKING:  # the ops are attached by face.py

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        made = self._legacy(*args, **kwargs)
        self._tensor, self.backend = made._tensor, made.backend

    _legacy: ClassVar[Callable[..., Tensor]]  # creation.py sets it: Tensor(2, 3), Tensor([1.0])

    # What the engine asks of a face.

    def _new(self, tensor_data: TensorData) -> Tensor:
        out = _new_tensor(Tensor)
        out._tensor = tensor_data
        out.backend = self.backend
        return out

    @property
    def default_dtype(self) -> Any:  # type: ignore[override]  # it can be set while a program runs
        """The engine's dtype of floats that name none."""
        return dtypes.get_default_dtype().stored

    @property
    def dims(self) -> int:
        """The number of dims."""
        return len(self._tensor.shape)

    def _ensure_tensor(self, b: Any) -> Any:
        """A number as a tensor without dims."""
        if isinstance(b, Tensor):
            return b
        if not isinstance(b, bool | int | float) and not hasattr(b, "__float__"):
            raise DtypeError(f"expected a Tensor or a number, got {type(b).__name__}")
        own = self._tensor.dtype
        kind = self.default_dtype if isinstance(b, float) and not is_float(own) else own
        return self._number(b, kind)

    def _number(self, b: Any, kind: Any) -> Tensor:
        """A number of one of the engine's dtypes, without dims and memory."""
        return self._new(TensorData.of_cell(Cell.later(Number(b, kind), kind), ()))

    def fit(self, x: Any) -> Any:
        """A derivative summed over the dims that broadcasting this tensor added."""
        return sum_to(x, self._tensor.shape)

    def accumulate_derivative(self, x: Any) -> None:
        """Add x to `grad`; numbers that others hold are not changed."""
        before = self._derivative
        self._derivative = x.detach() if before is None and not x.requires_grad else x
        if before is not None:
            self._derivative = before + x

    # What describes it.

    @property
    def shape(self) -> Size:
        """The sizes of the dims."""
        return Size(self._tensor.shape)

    @property
    def dtype(self) -> dtype:
        """The kind of number."""
        return to_dtype(self._tensor.dtype)

    @property
    def device(self) -> device:
        """Where it lives."""
        return CPU

    @property
    def layout(self) -> Any:
        """Always `torch.strided`."""
        return STRIDED

    @property
    def ndim(self) -> int:
        """The number of dims."""
        return len(self._tensor.shape)

    @property
    def is_leaf(self) -> bool:  # type: ignore[override]  # PyTorch's is an attribute
        """True where no recorded function made it."""
        return self.history is None or self.history.last_fn is None

    @property
    def requires_grad(self) -> bool:
        """True where gradients are tracked."""
        return self.history is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:  # type: ignore[override]  # returns itself
        """Start or stop tracking gradients of a leaf; returns itself.

        Raises:
            GradientError: not a leaf.
            DtypeError: whole numbers have no gradients.
        """
        if requires_grad and not is_float(self._tensor.dtype):
            raise GradientError(
                "only Tensors of floating point and complex dtype can require gradients"
            )
        if not self.is_leaf:
            if not requires_grad:
                raise GradientError(
                    "you can only change requires_grad flags of leaf variables. If you want to use "
                    "a computed variable in a subgraph that doesn't require differentiation use "
                    "var_no_grad = var.detach()."
                )
        elif requires_grad != self.requires_grad:
            self.history = History() if requires_grad else None
        return self

    @property
    def grad(self) -> Any:
        """What `backward` accumulated here; None before."""
        return self._derivative

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise DtypeError(
                    "assigned grad expected to be a Tensor or None but got grad of type "
                    f"{type(value)}"
                )
            if value._tensor.shape != self._tensor.shape:
                raise GradientError(
                    f"assigned grad has data of a different size: {list(value.shape)} for a tensor "
                    f"of size {list(self.shape)}"
                )
            if value._tensor.dtype != self._tensor.dtype:
                raise GradientError(
                    f"assigned grad has data of a different type: {value.dtype}, not {self.dtype}"
                )
        self._derivative = value

    @grad.deleter
    def grad(self) -> None:
        self._derivative = None

    @property
    def grad_fn(self) -> Any:
        """What made it, as a node of the graph; None for a leaf."""
        history = self.history
        if history is None or history.last_fn is None:
            return None
        return Node(history)

    @property
    def data(self) -> Tensor:
        """The same numbers outside the graph; what is written to them is seen here, uncounted."""
        out = self._new(self._tensor)
        out._uncounted = True
        return out

    @data.setter
    def data(self, value: Tensor) -> None:
        self._tensor = value._tensor

    @property
    def _version(self) -> int:
        return self._tensor.cell.version

    def detach(self) -> Tensor:
        """The same numbers outside the graph."""
        out = self._new(self._tensor)
        out._base = self._base
        return out

    # Gradients.

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add the gradient of this tensor to that of every leaf, or of `inputs`.

        Args:
            gradient: of what follows, of this shape; 1 for a tensor with one number.
            retain_graph: allow another pass through the same graph; by default as create_graph.
            create_graph: record this pass, so that the gradients can be differentiated.
            inputs: only these get their gradients.

        Raises:
            GradientError: nothing to differentiate; several numbers and no gradient; a freed graph.
        """
        if self.history is None:
            raise GradientError(
                "element 0 of tensors does not require grad and does not have a grad_fn"
            )
        gradient = self._seed(gradient)
        keep = create_graph if retain_graph is None else retain_graph
        if inputs is None:
            backpropagate(self, gradient, keep, create_graph)
            return
        wanted = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        found = gradients([self], [gradient], wanted, keep, create_graph)
        for it, d in zip(wanted, found, strict=True):
            if d is not None:
                Tensor.accumulate_derivative(it, d)

    def _seed(self, gradient: Any) -> Tensor:
        """The derivative to begin with.

        Raises:
            GradientError: none was given for several numbers.
            ShapeError: it has another shape.
        """
        if gradient is None:
            if self._tensor.size != 1:
                raise GradientError("grad can be implicitly created only for scalar outputs")
            return self._new(
                TensorData(
                    Cell.later(Number(1.0, self._tensor.dtype), self._tensor.dtype),
                    self._tensor.shape,
                    (0,) * len(self._tensor.shape),
                )
            )
        if gradient._tensor.shape != self._tensor.shape:
            raise GradientError(
                f"Mismatch in shape: grad_output[0] has a shape of {gradient.shape} and output[0] "
                f"has a shape of {self.shape}."
            )
        return gradient

    def register_hook(self, hook: Callable[[Any], Any]) -> Any:
        """Call the hook with the gradient of this tensor; what it returns replaces the gradient.

        Raises:
            GradientError: the tensor has no gradient.
        """
        if self.history is None:
            raise GradientError("cannot register a hook on a tensor that doesn't require gradient")
        return Handle.on(self.history, hook)

    def retain_grad(self) -> None:
        """Keep the gradient of a tensor that is no leaf in `grad`."""
        if self.history is None:
            raise GradientError("can't retain_grad on Tensor that has requires_grad=False")
        if not self.is_leaf and not self.__dict__.get("retains_grad"):
            self.retains_grad = True

            def keep(gradient: Any) -> None:
                Tensor.accumulate_derivative(self, gradient)

            Handle.on(self.history, keep)

    # Python's own protocols.

    def __hash__(self) -> int:
        return id(self)

    def __len__(self) -> int:
        if not self._tensor.shape:
            raise TypeError("len() of a 0-d tensor")
        return self._tensor.shape[0]

    def __bool__(self) -> bool:
        if self._tensor.size != 1:
            what = "no values" if self._tensor.size == 0 else "more than one value"
            raise GradientError(f"Boolean value of Tensor with {what} is ambiguous")
        return bool(self.item())

    def item(self) -> Any:
        """The only number.

        Raises:
            ShapeError: there is not exactly one.
        """
        if self._tensor.size != 1:
            raise _SizeError(
                f"a Tensor with {self._tensor.size} elements cannot be converted to Scalar"
            )
        return self._tensor.get((0,) * len(self._tensor.shape))

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if is_float(self._tensor.dtype) or self._tensor.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if not self.is_leaf:
            raise GradientError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                "protocol at the moment. Call .detach() first."
            )
        return super().__deepcopy__(memo)

    def __dir__(self) -> list[str]:
        return sorted(set(super().__dir__()))


class _SizeError(ShapeError, RuntimeError):
    """What PyTorch raises as a RuntimeError."""


class Handle:
    """What undoes the registration of a hook: `handle.remove()`."""

    def __init__(self, hooks: list[Any], hook: Any) -> None:
        self.hooks, self.hook = hooks, hook

    @classmethod
    def on(cls, history: History, hook: Any) -> Handle:
        """Register a hook at a node of the graph."""
        if history.hooks is None:
            history.hooks = []
        history.hooks.append(hook)
        return cls(history.hooks, hook)

    def remove(self) -> None:
        """Forget the hook."""
        if self.hook in self.hooks:
            self.hooks.remove(self.hook)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


class Node:
    """A function of the graph as PyTorch shows it: its name, and the nodes it takes from."""

    def __init__(self, history: History) -> None:
        self.history = history

    def name(self) -> str:
        """The name, such as AddBackward0."""
        history = self.history
        if history.last_fn is Pick and history.inputs:
            history = history.inputs[0].history
        label = history.__dict__.get("label") or getattr(history.last_fn, "__name__", "")
        return f"{label}Backward0" if not label.endswith("Backward") else label

    @property
    def next_functions(self) -> tuple[Any, ...]:
        """The nodes that the derivatives go to."""
        inputs = [v for v in self.history.inputs or () if isinstance(v, Tensor)]
        return tuple((v.grad_fn, 0) for v in inputs)

    def register_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call the hook with (no inputs, gradients of the outputs) when the node is reached."""

        def called(gradient: Any) -> Any:
            return hook((), (gradient,))

        return Handle.on(self.history, called)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and other.history is self.history

    def __hash__(self) -> int:
        return id(self.history)

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self.history):#x}>"


STRIDED = dtypes.FORMAT_NAMES["strided"]


def recording(*tensors: Any) -> bool:
    """True where an op of these would be recorded."""
    return is_grad_enabled() and any(
        isinstance(t, Tensor) and t.history is not None for t in tensors
    )

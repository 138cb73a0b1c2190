"""The course face of Tensor: names, constructors, leaves, backends, Functions of a user's own.

Idea: every fact that the editions of the course rely on is one test; where editions differ, both
    spellings work.
Not here: numbers and gradients of the ops (test_module2_forward.py, test_module2_gradients.py).
Read next: test_module3_fast.py
"""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import (
    BACKENDS,
    FastOps,
    Function,
    SimpleBackend,
    SimpleOps,
    Tensor,
    TensorBackend,
    TensorData,
    TensorFunctions,
    TensorOps,
    make_tensor_backend,
    tensor,
    tensor_functions,
)
from tests.course.tensors import values

SimpleTensorBackend = make_tensor_backend(TensorOps)
FastTensorBackend = make_tensor_backend(FastOps)


# The door.


def test_names_that_hide_submodules() -> None:
    assert callable(minitorch.tensor)
    assert isinstance(minitorch.tensor([1.0]), Tensor)
    assert minitorch.tensor_data.IndexingError is minitorch.IndexingError
    assert minitorch.max is not minitorch.operators.max
    assert minitorch.prod is minitorch.operators.prod
    for name in ("tensor_data", "operators", "fast_ops"):
        assert getattr(minitorch, name).__name__ == f"minitorch.{name}"
    import numba

    assert callable(numba.cuda.is_available)  # the course's tests ask after `import numba` alone


def test_the_aliases_of_the_types() -> None:
    for name in ("Storage", "OutIndex", "Index", "Shape", "Strides", "UserIndex", "UserShape",
                 "UserStrides", "Tensor", "TensorData", "TensorBackend"):  # fmt: skip
        assert hasattr(minitorch, name), name
    assert minitorch.MAX_DIMS == minitorch.tensor_data.MAX_DIMS == 32


# Constructors.


def test_constructors() -> None:
    assert values(minitorch.zeros((2, 3))).tolist() == [[0.0] * 3] * 2
    drawn = minitorch.rand((4, 5))
    assert drawn.shape == (4, 5)
    assert ((values(drawn) >= 0.0) & (values(drawn) < 1.0)).all()
    assert values(tensor([[1, 2], [3, 4]])).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert values(tensor(5)).tolist() == 5.0
    assert tensor([[[1], [2]], [[3], [4]]]).shape == (2, 2, 1)
    assert tensor([1, 2]).dtype == np.float64
    assert tensor(((1, 2), (3, 4))).shape == (2, 2)
    assert tensor(np.array([[1, 2, 3]])).shape == (1, 3)
    made = Tensor.make([1.0, 2.0, 3.0, 4.0], (2, 2), backend=BACKENDS["fast"])
    assert (made.shape, made.backend) == ((2, 2), BACKENDS["fast"])
    assert minitorch._tensor([1.0, 2.0], (2, 1)).shape == (2, 1)
    assert values(minitorch.full((2,), 3.0)).tolist() == [3.0, 3.0]
    assert values(minitorch.arange(3, 2)).tolist() == [2, 3, 4]
    transposed = Tensor.make([1.0, 2.0, 3.0, 4.0], (2, 2), (1, 2))
    assert values(transposed).tolist() == [[1.0, 3.0], [2.0, 4.0]]


@pytest.mark.parametrize(
    "make",
    [
        lambda **kw: minitorch.zeros((2,), **kw),
        lambda **kw: minitorch.rand((2,), **kw),
        lambda **kw: tensor([1.0, 2.0], **kw),
        lambda **kw: minitorch._tensor([1.0, 2.0], (2,), **kw),
    ],
    ids=["zeros", "rand", "tensor", "_tensor"],
)
def test_constructors_take_backend_and_requires_grad(make: Any) -> None:
    assert make().backend is minitorch.DEFAULT_BACKEND
    assert make(backend=FastTensorBackend).backend is FastTensorBackend
    assert make().is_constant()
    assert make(requires_grad=False).is_constant()
    assert make(requires_grad=True).is_leaf()


def test_a_ragged_list() -> None:
    with pytest.raises(minitorch.ShapeError) as caught:
        tensor([[1.0, 2.0], [3.0]])
    assert str(caught.value) == (
        "tensor(...) of a ragged list: parts of shapes [(1,), (2,)] side by side; all lists of a "
        "level must have the same length."
    )


def test_a_tensor_wants_tensor_data() -> None:
    with pytest.raises(
        minitorch.DtypeError, match=r"Tensor\(list\) wants a TensorData; use minito"
    ):
        Tensor([1.0])  # type: ignore[arg-type]


# Names of a tensor.


def test_attributes() -> None:
    t = tensor([[1.0, 2.0, 3.0]])
    assert (t.shape, t.size, t.dims) == ((1, 3), 3, 2)
    assert isinstance(t._tensor, TensorData)
    assert t._tensor.sample() in set(t._tensor.indices())
    assert t.f is t.backend
    assert t.unique_id != tensor([1.0]).unique_id
    t.name = "weights"
    assert t.name == "weights"
    named = Tensor(TensorData([1.0], (1,)), None, "x", FastTensorBackend)
    assert (named.name, named.backend) == ("x", FastTensorBackend)
    storage, shape, strides = t.tuple()
    assert (storage.tolist(), shape.tolist(), strides.tolist()) == ([1, 2, 3], [1, 3], [3, 1])
    assert values(t.zeros()).tolist() == [[0.0, 0.0, 0.0]]
    assert t.zeros((2,)).shape == (2,)
    assert t._new(TensorData([1.0], (1,))).backend is t.backend
    assert t._ensure_tensor(2).shape == (1,)
    assert t._ensure_tensor(t) is t
    assert isinstance(t.to_numpy(), np.ndarray)
    assert len({t, t}) == 1


def test_indexing_gives_and_takes_numbers() -> None:
    t = tensor([[1.0, 2.0], [3.0, 4.0]])
    assert t[1, 0] == 3.0
    assert type(t[0, 1]) is float
    t[0, 1] = 9
    assert t[0, 1] == 9.0
    t[0, 0] = tensor([7.0])
    assert t[0, 0] == 7.0
    assert tensor([1.0, 2.0])[1] == 2.0
    assert tensor(4.0)[()] == 4.0
    assert tensor([[5.0]]).item() == 5.0
    before = t._tensor.cell.version
    t[1, 1] = 0.0
    assert t._tensor.cell.version == before + 1


def test_printing() -> None:
    product = tensor([[1, 2], [1, 2]], backend=FastTensorBackend) @ tensor([[1, 2], [1, 2]])
    assert str(product) == "[[3.00 6.00]\n [3.00 6.00]]"
    assert repr(product) == "tensor([[3.00 6.00]\n        [3.00 6.00]])"


# Leaves and constants.


def test_requires_grad_makes_leaves_and_constants() -> None:
    t = tensor([1.0])
    assert t.is_constant()
    assert minitorch.is_constant(t)
    assert not t.requires_grad()
    t.requires_grad_(True)
    assert t.is_leaf()
    assert t.requires_grad()
    assert not minitorch.is_constant(t)
    t.requires_grad_(False)
    assert t.is_constant()


def test_requires_grad_on_a_result_makes_a_fresh_leaf() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    y = x * 2.0
    assert not y.is_leaf()
    y.requires_grad_(True)
    assert y.is_leaf()
    (y * 3.0).sum().backward()
    assert values(y.grad).tolist() == [3.0, 3.0]
    assert x.grad is None


def test_derivative_and_grad_are_one_settable_slot() -> None:
    x = tensor([1.0], requires_grad=True)
    (x * 2.0).backward()
    assert x.derivative is x.grad
    assert x.derivative[0] == 2.0
    x.grad = None
    assert x.derivative is None
    x.derivative = tensor([5.0])
    assert x.grad[0] == 5.0


def test_detach_and_get_data_leave_the_graph() -> None:
    x = tensor([1.0], requires_grad=True)
    for free in (x.detach(), x.get_data(), (x * 2.0).detach()):
        assert free.is_constant()
    assert x.detach()._tensor is x._tensor


def test_expand_brings_a_derivative_back_into_shape() -> None:
    """What broadcasting repeated is summed; what a derivative lacks is repeated."""
    leaf = tensor([1.0, 2.0])
    assert values(leaf.expand(tensor([[1.0, 2.0], [3.0, 4.0]]))).tolist() == [4.0, 6.0]
    assert values(leaf.expand(tensor([5.0]))).tolist() == [5.0, 5.0]
    column = tensor([[1.0], [2.0]])
    assert values(column.expand(tensor([[1.0, 2.0], [3.0, 4.0]]))).tolist() == [[3.0], [7.0]]
    same = tensor([3.0, 4.0])
    assert leaf.expand(same) is same


def test_accumulate_derivative_adds() -> None:
    x = tensor([1.0], requires_grad=True)
    x.accumulate_derivative(tensor([2.0]))
    x.accumulate_derivative(tensor([3.0]))
    assert x.grad is not None
    assert x.grad[0] == 5.0


def test_parents_and_chain_rule_of_a_variable() -> None:
    x, c = tensor([2.0], requires_grad=True), tensor([3.0])
    y = x * c
    assert list(y.parents) == [x, c]
    assert list(x.parents) == []
    (first, dx), (second, dc) = y.chain_rule(tensor([1.0]))
    assert (first, second) == (x, c)
    assert dx.item() == 3.0
    assert dc is None or dc.item() == 2.0


def test_results_track_gradients_only_if_an_input_does() -> None:
    assert (tensor([1.0]) + 1.0).is_constant()
    x = tensor([1.0], requires_grad=True)
    y = x + 1.0
    assert y.history is not None
    assert y.history.last_fn is tensor_functions.Add
    with minitorch.no_grad():
        assert (x + 1.0).is_constant()


# Backends.


def test_default_backends_are_one_object() -> None:
    assert TensorFunctions is SimpleBackend is BACKENDS["simple"]
    assert tensor_functions.SimpleBackend is SimpleBackend


def test_backend_classes_of_all_editions() -> None:
    assert issubclass(SimpleOps, TensorOps)
    assert issubclass(FastOps, TensorOps)
    assert SimpleOps.cuda is FastOps.cuda is False
    for backend in (SimpleTensorBackend, TensorBackend(SimpleOps), make_tensor_backend(SimpleOps)):
        assert backend.cuda is False
        assert backend.neg_map(tensor([1.0]))[0] == -1.0
        assert backend._id_map(tensor([1.0]))[0] == 1.0
        assert backend._add_reduce(tensor([1.0, 2.0]), 0)[0] == 3.0
    assert make_tensor_backend(SimpleOps, is_cuda=True).cuda is True


@pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)
def test_the_operations_of_a_backend_by_name(backend: TensorBackend) -> None:
    a = tensor([[1.0, 2.0]], backend=backend)
    for name in ("neg", "sigmoid", "relu", "log", "exp", "id", "inv"):
        lifted = getattr(backend, f"{name}_map")
        assert lifted(a)[0, 1] == pytest.approx(getattr(minitorch.operators, name)(2.0))
        out = a.zeros()
        assert lifted(a, out) is out
    assert backend.id_cmap(a)[0, 1] == 2.0
    for name in ("add", "mul", "lt", "eq", "is_close", "relu_back", "log_back", "inv_back"):
        found = getattr(backend, f"{name}_zip")(a, a)[0, 1]
        assert found == pytest.approx(getattr(minitorch.operators, name)(2.0, 2.0))
    assert values(backend.add_reduce(a, 1)).tolist() == [[3.0]]
    assert values(backend.mul_reduce(a, 1)).tolist() == [[2.0]]
    assert values(backend.matrix_multiply(a, a.permute(1, 0))).tolist() == [[5.0]]
    assert backend.cuda is False


@pytest.mark.parametrize(
    "name",
    ["Neg", "Inv", "Add", "Mul", "Sigmoid", "ReLU", "Log", "Exp", "Sum", "All", "LT", "EQ",
     "IsClose", "Permute", "View", "Copy", "MatMul"],
)  # fmt: skip
def test_functions_on_the_backend_and_in_their_module(name: str) -> None:
    function = getattr(tensor_functions, name)
    assert getattr(SimpleBackend, name) is function
    assert getattr(FastTensorBackend, name) is function
    assert issubclass(function, Function)


def test_apply_takes_raw_values_or_tensors() -> None:
    t = tensor([[1.0, 2.0], [3.0, 4.0]])
    one = tensor([1.0])
    assert values(SimpleBackend.Sum.apply(t, 1)).tolist() == [[3.0], [7.0]]
    assert values(tensor_functions.Sum.apply(t, one)).tolist() == [[3.0], [7.0]]
    assert values(tensor_functions.All.apply(t, one)).tolist() == [[1.0], [1.0]]
    assert tensor_functions.Permute.apply(t, tensor([1.0, 0.0]))[0, 1] == 3.0
    assert tensor_functions.View.apply(t, tensor([4.0])).shape == (4,)
    assert SimpleBackend.Add.apply(t, t)[0, 0] == 2.0


def test_sum_with_a_tensor_for_its_dim_can_be_differentiated() -> None:
    t = tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    (tensor_functions.Sum.apply(t, tensor([0.0])) * tensor([1.0, 5.0])).sum().backward()
    assert values(t.grad).tolist() == [[1.0, 5.0], [1.0, 5.0]]


class OwnOps:
    """A learner's class of the 2021 edition: four operations, no cmap, no cuda."""

    @staticmethod
    def map(fn: Any) -> Any:
        def apply(a: Any, out: Any = None) -> Any:
            result = [fn(x) for x in a.to_numpy().reshape(-1).tolist()]
            if out is None:
                return Tensor.make(result, a.shape, backend=a.backend)
            for index in out._tensor.indices():
                out._tensor.set(index, fn(a.to_numpy()[index[len(index) - a.dims :]]))
            return out

        return apply

    @staticmethod
    def zip(fn: Any) -> Any:
        def apply(a: Any, b: Any) -> Any:
            left, right = np.broadcast_arrays(a.to_numpy(), b.to_numpy())
            pairs = zip(left.reshape(-1).tolist(), right.reshape(-1).tolist(), strict=True)
            return Tensor.make([fn(x, y) for x, y in pairs], left.shape, backend=a.backend)

        return apply

    @staticmethod
    def reduce(fn: Any, start: float = 0.0) -> Any:
        def apply(a: Any, dim: int) -> Any:
            array = np.moveaxis(a.to_numpy(), dim, -1)
            folded = []
            for row in array.reshape(-1, array.shape[-1]).tolist():
                total = start
                for x in row:
                    total = fn(total, x)
                folded.append(total)
            shape = tuple(1 if k == dim else n for k, n in enumerate(a.shape))
            return Tensor.make(folded, shape, backend=a.backend)

        return apply

    @staticmethod
    def matrix_multiply(a: Any, b: Any) -> Any:
        product = a.to_numpy() @ b.to_numpy()
        return Tensor.make(product.reshape(-1), product.shape, backend=a.backend)


def test_a_class_with_four_operations_is_a_backend() -> None:
    own = make_tensor_backend(OwnOps)
    x = tensor([[1.0, -2.0], [3.0, 4.0]], backend=own, requires_grad=True)
    y = ((x @ x).sigmoid() * x.relu() + minitorch.softmax(x, 1)).sum() + minitorch.max(x, 0).mean()
    assert y.backend is own
    y.backward()
    z = tensor(x.to_numpy(), requires_grad=True)
    w = ((z @ z).sigmoid() * z.relu() + minitorch.softmax(z, 1)).sum() + minitorch.max(z, 0).mean()
    w.backward()
    assert y.item() == pytest.approx(w.item())
    np.testing.assert_allclose(values(x.grad), values(z.grad))


def test_the_backend_survives_every_operation() -> None:
    x = tensor([[1.0, 2.0], [3.0, 4.0]], backend=FastTensorBackend, requires_grad=True)
    results = [
        x + 1, 1 - x, x * x, x / x, -x, x < 2, x == x, x @ x, x.sum(), x.mean(0), x.all(),
        x.permute(1, 0), x.view(4), x.contiguous(), x.log(), x.exp(), x.relu(), x.sigmoid(),
        x.zeros(), x.detach(), x.expand_to((2, 2, 2)), minitorch.softmax(x, 0),
        minitorch.argmax(x, 0), minitorch.dropout(x, 0.5), x.type("float32"),
    ]  # fmt: skip
    for k, result in enumerate(results):
        assert result.backend is FastTensorBackend, k
    loss = (x * x).sum()
    loss.backward()
    assert x.grad.backend is FastTensorBackend


def test_the_right_operand_moves_to_the_backend_of_the_left() -> None:
    fast = tensor([1.0, 2.0], backend=FastTensorBackend)
    simple = tensor([1.0, 5.0])
    assert values(fast + simple).tolist() == [2.0, 7.0]
    assert (fast + simple).backend is FastTensorBackend
    assert values(fast == tensor([1.0, 5.0])).tolist() == [1.0, 0.0]
    assert (tensor([1.0], backend=SimpleBackend) * fast).backend is SimpleBackend
    moved = tensor([1.0])
    moved._type_(FastTensorBackend)
    assert moved.backend is FastTensorBackend


# Functions of a user's own.


class Scaled(Function):
    """x * k for a raw number k; one gradient, for the tensor."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, k: float) -> Tensor:
        ctx.save_for_backward(k)
        return x * k

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Tensor:
        k = ctx.saved_values
        return grad_output * k


class Product(Function):
    """x * y with both saved, and a gradient for each."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> Tensor:
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, Tensor]:
        x, y = ctx.saved_values
        return grad_output * y, grad_output * x


def test_a_function_of_ones_own() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    Scaled.apply(x, 3.0).sum().backward()
    assert values(x.grad).tolist() == [3.0, 3.0]
    y = tensor([5.0], requires_grad=True)
    x.zero_grad_()
    Product.apply(x, y).sum().backward()
    assert values(x.grad).tolist() == [5.0, 5.0]
    assert values(y.grad).tolist() == [3.0]  # summed over what was broadcast


def test_the_result_of_a_function_may_be_its_argument() -> None:
    class Identity(Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return x

        @staticmethod
        def backward(ctx: Any, grad_output: Tensor) -> Tensor:
            return grad_output

    x = tensor([1.0, 2.0], requires_grad=True)
    y = Identity.apply(x)
    assert x.is_leaf()
    (y * 2.0).sum().backward()
    assert values(x.grad).tolist() == [2.0, 2.0]


# Copies.


@pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)
@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))], ids=["copy", "pickle"]
)
def test_a_copy_has_numbers_of_its_own_and_keeps_the_rest(duplicate: Any, backend: Any) -> None:
    x = tensor([[1.0, 2.0], [3.0, 4.0]], backend=backend, requires_grad=True)
    other = duplicate(x)
    assert other.is_leaf()
    assert other.backend is backend
    assert other.unique_id != x.unique_id
    other[0, 0] = 9.0
    assert (x[0, 0], other[0, 0]) == (1.0, 9.0)
    (other * other).sum().backward()
    assert x.grad is None
    turned = duplicate(x.detach().permute(1, 0))
    assert values(turned).tolist() == [[1.0, 3.0], [2.0, 4.0]]
    assert turned.is_constant()
    assert duplicate(x.detach().type("float32")).dtype == np.float32


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))], ids=["copy", "pickle"]
)
def test_views_copied_together_go_on_sharing(duplicate: Any) -> None:
    x = tensor([[1.0, 2.0], [3.0, 4.0]])
    whole, turned = duplicate((x, x.permute(1, 0)))
    assert whole._tensor.cell is turned._tensor.cell
    whole[0, 1] = 7.0
    assert turned[1, 0] == 7.0
    assert x[0, 1] == 2.0


def test_a_result_in_a_graph_has_no_copy() -> None:
    x = tensor([1.0], requires_grad=True)
    for duplicate in (copy.deepcopy, pickle.dumps):
        with pytest.raises(minitorch.GradientError, match="detach"):
            duplicate(x * 2.0)


def test_writing_into_out_counts_as_a_write() -> None:
    for backend in BACKENDS.values():
        a, out = tensor([1.0], backend=backend), tensor([0.0], backend=backend)
        before = out._tensor.cell.version
        backend.neg_map(a, out)
        assert out._tensor.cell.version == before + 1

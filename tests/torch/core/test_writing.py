"""Views and writing in place: values, gradients and errors are PyTorch's.

Idea: a short program is run under both libraries, and what it gives is compared.
Not here: the indexing language, each op in place.
Read next: ../../../minitorch/torch/views.py
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

import minitorch.torch as ours

theirs: Any = pytest.importorskip("torch", reason="PyTorch is not installed")

Program = Callable[[Any], list[Any]]


def through_a_view(torch: Any) -> list[Any]:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    base = torch.zeros(2, 3)
    base.transpose(0, 1).add_((x * x).view(3, 1))
    (base * base).sum().backward()
    return [base, x.grad]


def through_a_view_of_a_view(torch: Any) -> list[Any]:
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    base = torch.ones(2, 2, 2) * x.sum()
    view = base.permute(2, 0, 1).unsqueeze(0)
    view.mul_(x.view(2, 1))
    out = (base * view.sum()).sum()
    out.backward()
    return [base, view, x.grad]


def read_before_and_after(torch: Any) -> list[Any]:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a = x * 3.0
    before = a + 1.0
    a.mul_(x)
    (before * 2.0 + a).sum().backward()
    return [a, before, x.grad]


def of_constants_that_become_tracked(torch: Any) -> list[Any]:
    w = torch.tensor([1.0, -1.0], requires_grad=True)
    a = torch.zeros(2)
    view = a.view(2, 1)
    b = a + 1.0
    a.add_(w * 2.0)
    (view.squeeze(1) * w + b).sum().backward()
    return [a, view, w.grad, torch.tensor(float(view.requires_grad))]


def without_a_graph(torch: Any) -> list[Any]:
    w = torch.tensor([1.0, -1.0], requires_grad=True)
    with torch.no_grad():
        w.mul_(2.0)
        w.view(2, 1).add_(1.0)
    w.data.sub_(0.5)
    (w * w).sum().backward()
    return [w, w.grad]


def into_another_dtype(torch: Any) -> list[Any]:
    a = torch.tensor([1, 2, 3])
    a.mul_(2).add_(True)
    b = torch.zeros(3)
    b.add_(a)
    return [a, b]


def twice_differentiated(torch: Any) -> list[Any]:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    base = torch.ones(2, 2) * x
    base.transpose(0, 1).mul_(x * x)
    (first,) = torch.autograd.grad((base * base).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad((first * first).sum(), x)
    return [first, second]


def a_hook_on_the_way(torch: Any) -> list[Any]:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2.0
    y.register_hook(lambda g: g * 10.0)
    y.retain_grad()
    handle = x.register_hook(lambda g: g + 1.0)
    (y * y).sum().backward()
    handle.remove()
    (x * 1.0).sum().backward()
    return [x.grad, y.grad]


PROGRAMS: list[Program] = [
    through_a_view,
    through_a_view_of_a_view,
    read_before_and_after,
    of_constants_that_become_tracked,
    without_a_graph,
    into_another_dtype,
    twice_differentiated,
    a_hook_on_the_way,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda it: it.__name__)
def test_a_program_gives_what_pytorch_gives(program: Program) -> None:
    for mine, expected in zip(program(ours), program(theirs), strict=True):
        assert mine.reshape(-1).tolist() == pytest.approx(expected.reshape(-1).tolist())
        assert tuple(mine.shape) == tuple(expected.shape)
        assert str(mine.dtype) == str(expected.dtype)


def leaf_in_place(torch: Any) -> None:
    torch.ones(2, requires_grad=True).add_(1.0)


def view_of_a_leaf_in_place(torch: Any) -> None:
    torch.ones(2, requires_grad=True).view(2, 1).add_(1.0)


def saved_value_changed(torch: Any) -> None:
    x = torch.ones(3, requires_grad=True) * 1.0
    y = x * x
    x.add_(1.0)
    y.sum().backward()


def saved_result_changed(torch: Any) -> None:
    x = torch.ones(3, requires_grad=True)
    y = (x * 1.0).exp()
    y.add_(1.0)
    y.sum().backward()


def wrong_shape(torch: Any) -> None:
    torch.ones(3).add_(torch.ones(2, 3))


def float_into_int(torch: Any) -> None:
    torch.ones(3, dtype=torch.int64).add_(0.5)


def second_backward(torch: Any) -> None:
    x = torch.ones(3, requires_grad=True)
    y = (x * x).sum()
    y.backward()
    y.backward()


def no_gradient_to_begin_with(torch: Any) -> None:
    (torch.ones(3, requires_grad=True) * 2.0).backward()


def nothing_to_differentiate(torch: Any) -> None:
    torch.ones(3).sum().backward()


def unused_input(torch: Any) -> None:
    x, y = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    torch.autograd.grad(x.sum(), y)


def truth_of_many(torch: Any) -> None:
    bool(torch.ones(3))


def integers_with_gradients(torch: Any) -> None:
    torch.ones(3, dtype=torch.int64).requires_grad_()


MISTAKES: dict[Callable[[Any], None], str] = {
    leaf_in_place: "a leaf Variable that requires grad is being used in an in-place operation",
    view_of_a_leaf_in_place: "a view of a leaf Variable that requires grad is being used in an",
    saved_value_changed: "one of the variables needed for gradient computation has been modified",
    saved_result_changed: "one of the variables needed for gradient computation has been modified",
    wrong_shape: r"output with shape \[3\] doesn't match the broadcast shape \[2, 3\]",
    float_into_int: "result type Float can't be cast to the desired output type Long",
    second_backward: "Trying to backward through the graph a second time",
    no_gradient_to_begin_with: "grad can be implicitly created only for scalar outputs",
    nothing_to_differentiate: "does not require grad and does not have a grad_fn",
    unused_input: "appears to not have been used in the graph",
    truth_of_many: "Boolean value of Tensor with more than one value is ambiguous",
    integers_with_gradients: "only Tensors of floating point",
}


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda it: it.__name__)
def test_a_mistake_raises_what_pytorch_raises(mistake: Callable[[Any], None]) -> None:
    for torch in (theirs, ours):
        with pytest.raises(RuntimeError, match=MISTAKES[mistake]):
            mistake(torch)


def random_program(torch: Any, seed: int) -> list[Any]:
    """A few tensors that show each other's numbers, read and written to in turn."""
    rng = random.Random(seed)
    x = torch.tensor([[1.0, 2.0, 0.5], [0.25, -1.0, 3.0]], dtype=torch.float64, requires_grad=True)
    tensors = [x * 1.0, torch.ones(2, 3, dtype=torch.float64)]
    total = (tensors[0] * 1.0).sum()
    for _ in range(12):
        a, b = rng.choice(tensors), rng.choice(tensors)
        kind = rng.randrange(7)
        if kind == 0:
            tensors.append(a.transpose(0, 1))
        elif kind == 1:
            tensors.append(a + 1.0)
        elif kind == 2:
            tensors.append(a.unsqueeze(0).transpose(1, 2).squeeze(0))
        elif kind == 3 and a.shape == b.shape:
            a.add_(b * 0.5)
        elif kind == 4:
            a.mul_(0.5)
        elif kind == 5 and a.shape == b.shape:
            a.sub_(b + x.sum() * 0.1)
        else:
            total = total + a.sum() * 0.3
    for it in tensors:
        total = total + (it + 0.5).sum()
    total.backward()
    return [total, x.grad, *tensors]


@pytest.mark.parametrize("seed", range(40))
def test_random_programs_give_what_pytorch_gives(seed: int) -> None:
    for mine, expected in zip(
        random_program(ours, seed), random_program(theirs, seed), strict=True
    ):
        assert mine.reshape(-1).tolist() == pytest.approx(expected.reshape(-1).tolist())

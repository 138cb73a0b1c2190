"""Hooks of modules against PyTorch's: the same calls, in the same order, with the same effect."""

from __future__ import annotations

from typing import Any

import pytest

import minitorch.torch as ours

from .both import torch

Library = Any
LIBRARIES = [pytest.param(torch, id="theirs"), pytest.param(ours, id="ours")]


class Recorder:
    """Notes what hooks are called with."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def __call__(self, name: str, result: Any = None) -> Any:
        def hook(*args: Any) -> Any:
            self.heard.append(f"{name} {len(args)}")
            return result

        return hook


@pytest.mark.parametrize("t", LIBRARIES)
def test_order_of_forward_hooks(t: Library) -> None:
    note = Recorder()
    layer = t.nn.Identity()
    layer.register_forward_pre_hook(note("pre"))
    layer.register_forward_pre_hook(note("pre first"), prepend=True)
    layer.register_forward_pre_hook(note("pre with kwargs"), with_kwargs=True)
    layer.register_forward_hook(note("post"))
    removed = layer.register_forward_hook(note("removed"))
    layer.register_forward_hook(note("post with kwargs"), with_kwargs=True)
    layer.register_forward_hook(note("post first"), prepend=True)
    removed.remove()
    layer(t.zeros(1))
    assert note.heard == [
        "pre first 2",
        "pre 2",
        "pre with kwargs 3",
        "post first 3",
        "post 3",
        "post with kwargs 4",
    ]


@pytest.mark.parametrize("t", LIBRARIES)
def test_forward_hooks_change_what_goes_in_and_out(t: Library) -> None:
    layer = t.nn.Identity()
    layer.register_forward_pre_hook(lambda m, args: args[0] * 2)
    layer.register_forward_hook(lambda m, args, output: output + args[0])
    assert layer(t.ones(1)).tolist() == [4.0]

    class Scaled(t.nn.Module):
        def forward(self, x: Any, by: float = 1.0) -> Any:
            return x * by

    scaled = Scaled()
    scaled.register_forward_pre_hook(
        lambda m, args, kwargs: (args, {"by": kwargs["by"] * 10}), with_kwargs=True
    )
    assert scaled(t.ones(1), by=2.0).tolist() == [20.0]
    scaled.register_forward_pre_hook(lambda m, args, kwargs: 3, with_kwargs=True)
    with pytest.raises(RuntimeError, match="forward pre-hook must return None or a tuple of"):
        scaled(t.ones(1), by=2.0)


@pytest.mark.parametrize("t", LIBRARIES)
def test_hooks_that_are_always_called(t: Library) -> None:
    note = Recorder()

    class Broken(t.nn.Module):
        def forward(self, x: Any) -> Any:
            raise ValueError("broken")

    layer = Broken()
    layer.register_forward_hook(note("ever"), always_call=True)
    layer.register_forward_hook(note("never"))
    with pytest.raises(ValueError, match="broken"):
        layer(t.zeros(1))
    assert note.heard == ["ever 3"]


@pytest.mark.parametrize("t", LIBRARIES)
def test_global_hooks(t: Library) -> None:
    note = Recorder()
    module = t.nn.modules.module
    handles = [
        module.register_module_forward_pre_hook(note("pre")),
        module.register_module_forward_hook(note("post")),
        module.register_module_full_backward_hook(note("back")),
    ]
    try:
        t.nn.Sequential(t.nn.Tanh())(t.ones(1, requires_grad=True)).sum().backward()
    finally:
        for handle in handles:
            handle.remove()
    t.nn.Tanh()(t.ones(1))
    assert note.heard == ["pre 2", "pre 2", "post 3", "post 3", "back 3", "back 3"]


@pytest.mark.parametrize("t", LIBRARIES)
def test_backward_hooks_see_and_replace_derivatives(t: Library) -> None:
    seen: list[Any] = []
    layer = t.nn.Linear(2, 1, bias=False)
    with t.no_grad():
        layer.weight.copy_(t.tensor([[2.0, 3.0]]))

    def hook(module: Any, grad_input: Any, grad_output: Any) -> Any:
        seen.append((grad_input[0].tolist(), grad_output[0].tolist()))
        return (grad_input[0] * 10,)

    layer.register_full_backward_pre_hook(lambda module, grad_output: (grad_output[0] * 2,))
    layer.register_full_backward_hook(hook)
    x = t.ones(1, 2, requires_grad=True)
    layer(x).sum().backward()
    assert seen == [([[4.0, 6.0]], [[2.0]])]
    assert x.grad.tolist() == [[40.0, 60.0]]
    assert layer.weight.grad.tolist() == [[2.0, 2.0]]


@pytest.mark.filterwarnings("ignore:Full backward hook is firing")
@pytest.mark.parametrize("t", LIBRARIES)
def test_backward_hooks_without_a_derivative_of_an_input(t: Library) -> None:
    seen: list[Any] = []
    layer = t.nn.Linear(2, 1)
    layer.register_full_backward_hook(
        lambda module, before, after: seen.append((before, after[0].tolist()))
    )
    layer(t.ones(1, 2)).sum().backward()
    assert seen == [((None,), [[1.0]])]


@pytest.mark.parametrize("t", LIBRARIES)
def test_backward_hooks_with_several_inputs_and_outputs(t: Library) -> None:
    seen: list[Any] = []

    class Two(t.nn.Module):
        def forward(self, x: Any, factor: float, y: Any) -> Any:
            return x * factor, y + x

    layer = Two()
    layer.register_full_backward_hook(
        lambda module, before, after: seen.append(
            ([g if g is None else g.tolist() for g in before], [g.tolist() for g in after])
        )
    )
    x, y = t.ones(1, requires_grad=True), t.ones(1, requires_grad=True)
    a, b = layer(x, 3.0, y)
    (a + 2 * b).sum().backward()
    assert seen == [([[5.0], None, [2.0]], [[1.0], [2.0]])]


@pytest.mark.parametrize("t", LIBRARIES)
def test_two_kinds_of_backward_hooks_do_not_mix(t: Library) -> None:
    layer = t.nn.Tanh()
    layer.register_full_backward_hook(lambda *args: None)
    with pytest.raises(RuntimeError, match="Cannot use both regular backward hooks and full"):
        layer.register_backward_hook(lambda *args: None)


@pytest.mark.parametrize("t", LIBRARIES)
def test_backward_hooks_return_as_many_as_there_are(t: Library) -> None:
    layer = t.nn.Tanh()
    layer.register_full_backward_hook(lambda module, before, after: (before[0], None))
    out = layer(t.ones(1, requires_grad=True))
    with pytest.raises(RuntimeError, match="invalid number of grad_input, got 2, but expected 1"):
        out.sum().backward()


@pytest.mark.parametrize("t", LIBRARIES)
def test_backward_hooks_want_tensors(t: Library) -> None:
    class Named(t.nn.Module):
        def forward(self, x: Any) -> Any:
            return {"out": x}

    layer = Named()
    layer.register_full_backward_hook(lambda *args: None)
    with pytest.warns(UserWarning, match="module output should be a Tensor or a tuple of Tensors"):
        layer(t.ones(1, requires_grad=True))

"""Questions about devices are answered truthfully, and work on them is refused as PyTorch does."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

import minitorch.torch as mini
from minitorch.errors import MinitorchError, NotSupportedError

torch: Any = pytest.importorskip("torch")

if torch.cuda.is_available() or torch.backends.mps.is_available():
    pytest.skip("here PyTorch has a card, and answers otherwise", allow_module_level=True)

SAME: dict[str, Callable[[Any], Any]] = {
    "cuda": lambda t: (t.cuda.is_available(), t.cuda.device_count(), t.cuda.is_initialized()),
    "cuda, more": lambda t: (t.cuda.is_bf16_supported(), t.cuda.get_arch_list()),
    "seeds of cuda": lambda t: (t.cuda.manual_seed(0), t.cuda.manual_seed_all(0)),
    "memory of cuda": lambda t: (t.cuda.memory_allocated(), t.cuda.max_memory_allocated()),
    "more of its memory": lambda t: (t.cuda.memory_reserved(), t.cuda.max_memory_reserved()),
    "caches": lambda t: t.cuda.empty_cache(),
    "cudnn": lambda t: (t.backends.cudnn.is_available(), t.backends.cudnn.version()),
    "switches": lambda t: (t.backends.cudnn.benchmark, t.backends.cudnn.deterministic),
    "more switches": lambda t: (t.backends.cudnn.enabled, t.backends.cuda.matmul.allow_tf32),
    "mps": lambda t: (t.backends.mps.is_available(), t.backends.mps.is_built()),
    "accelerator": lambda t: (t.accelerator.is_available(), t.accelerator.device_count()),
    "which accelerator": lambda t: t.accelerator.current_accelerator(),
    "cpu": lambda t: (t.cpu.is_available(), t.cpu.device_count(), t.cpu.current_device()),
    "other devices": lambda t: (t.mps.is_available(), t.xpu.is_available(), t.xpu.device_count()),
    "version": lambda t: (t.version.cuda, t.version.hip, t.__version__ > "2.0"),
    "tensors": lambda t: [getattr(t.ones(1), f"is_{it}") for it in ("cuda", "cpu", "mps", "meta")],
    "more of tensors": lambda t: (t.ones(1).is_pinned(), t.ones(1).get_device()),
    "compiling": lambda t: (t.compiler.is_compiling(), t.jit.is_scripting(), t.jit.is_tracing()),
    "autocast": lambda t: (t.is_autocast_enabled(), str(t.get_autocast_dtype("cpu"))),
    "distributed": lambda t: t.distributed.is_initialized(),
}


@pytest.mark.parametrize("ask", SAME.values(), ids=SAME.keys())
def test_answers_are_those_of_pytorch(ask: Callable[[Any], Any]) -> None:
    assert ask(mini) == ask(torch)


REFUSED: dict[str, Callable[[Any], Any]] = {
    "synchronize": lambda t: t.cuda.synchronize(),
    "current_device": lambda t: t.cuda.current_device(),
    "get_device_name": lambda t: t.cuda.get_device_name(0),
    "get_device_properties": lambda t: t.cuda.get_device_properties(0),
    "get_device_capability": lambda t: t.cuda.get_device_capability(),
    "Stream": lambda t: t.cuda.Stream(),
    "Event": lambda t: t.cuda.Event(enable_timing=True),
    "a tensor to a card": lambda t: t.ones(1).to("cuda"),
    "a tensor on a card": lambda t: t.ones(1, device="cuda"),
    "a module to a card": lambda t: t.nn.Linear(1, 1).cuda(),
    "accelerator": lambda t: t.accelerator.synchronize(),
    "accelerator's index": lambda t: t.accelerator.current_device_index(),
    "xpu": lambda t: t.xpu.synchronize(),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED.keys())
def test_work_on_a_card_is_refused_as_pytorch_refuses_it(call: Callable[[Any], Any]) -> None:
    with pytest.raises((RuntimeError, AssertionError)) as theirs:
        call(torch)
    with pytest.raises(theirs.type) as ours:
        call(mini)
    assert isinstance(ours.value, MinitorchError)
    if "dummy" not in str(theirs.value):
        assert str(ours.value) == str(theirs.value)


def test_switches_take_what_they_are_given() -> None:
    mini.backends.cudnn.benchmark = True
    assert mini.backends.cudnn.benchmark
    mini.backends.cudnn.benchmark = False
    with mini.backends.cudnn.flags(enabled=False, deterministic=True):
        assert (mini.backends.cudnn.enabled, mini.backends.cudnn.deterministic) == (False, True)
    assert (mini.backends.cudnn.enabled, mini.backends.cudnn.deterministic) == (True, False)
    with pytest.raises(ValueError, match="flags"), mini.backends.cudnn.flags(speed=3):
        pass
    mini.backends.cuda.matmul.allow_tf32 = True
    mini.backends.cuda.matmul.allow_tf32 = False


def test_no_tensor_is_on_a_card() -> None:
    assert not isinstance(mini.ones(1), mini.cuda.FloatTensor)
    with pytest.raises((TypeError, AssertionError), match="CUDA"):
        mini.cuda.FloatTensor([1.0])


# Mixed precision.


def test_autocast_leaves_numbers_as_they_are() -> None:
    x = mini.ones(2, 2)
    with mini.autocast("cpu", dtype=mini.bfloat16):
        assert mini.is_autocast_enabled("cpu")
        assert mini.get_autocast_dtype("cpu") is mini.bfloat16
        assert (x @ x).dtype is mini.float32
        with mini.autocast("cpu", enabled=False):
            assert not mini.is_autocast_enabled("cpu")
    assert not mini.is_autocast_enabled("cpu")

    @mini.amp.autocast("cpu")
    def inside() -> bool:
        return mini.is_autocast_enabled("cpu")

    assert inside()


def test_autocast_for_a_card_warns() -> None:
    with pytest.warns(UserWarning, match="CUDA is not available"), mini.autocast("cuda"):
        assert not mini.is_autocast_enabled()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with mini.autocast("cuda", enabled=False):
            pass
    with pytest.raises(RuntimeError, match="device type"):
        mini.autocast("toaster")


def test_a_scaler_passes_everything_through() -> None:
    model = mini.nn.Linear(2, 1)
    optimizer = mini.optim.SGD(model.parameters(), lr=0.1)
    with pytest.warns(UserWarning, match="GradScaler is enabled, but CUDA is not available"):
        scaler = mini.cuda.amp.GradScaler()
    scaler.scale(model(mini.ones(1, 2)).sum()).backward()
    scaler.unscale_(optimizer)
    before = model.weight.detach().clone()
    scaler.step(optimizer)
    scaler.update()
    assert (before - model.weight).tolist()[0] == pytest.approx([0.1, 0.1])
    assert (scaler.get_scale(), scaler.state_dict(), scaler.is_enabled()) == (1.0, {}, False)


# Compiling.


def test_a_compiled_module_is_the_module() -> None:
    model = mini.nn.Sequential(mini.nn.Linear(2, 2), mini.nn.Dropout(0.5))
    compiled = mini.compile(model, mode="reduce-overhead")
    assert list(compiled.state_dict()) == ["_orig_mod.0.weight", "_orig_mod.0.bias"]
    compiled.eval()
    assert not model.training
    x = mini.ones(1, 2)
    assert compiled(x).tolist() == model(x).tolist()
    assert len(list(compiled.parameters())) == 2
    assert compiled.get_submodule("_orig_mod.0") is model[0]
    model.load_state_dict(compiled._orig_mod.state_dict())


def test_a_compiled_function_is_the_function() -> None:
    @mini.compile
    def double(x: Any) -> Any:
        """Twice x."""
        return 2 * x

    @mini.compile(fullgraph=True)
    def triple(x: Any) -> Any:
        return 3 * x

    assert double(mini.ones(1)).item() == 2
    assert double.__doc__ == "Twice x."
    assert triple(2) == 6
    for wrong in ({"mode": "fast"}, {"backend": "mine"}, {"mode": "default", "options": {}}):
        with pytest.raises((ValueError, RuntimeError)):
            mini.compile(double, **wrong)


def test_scripts_are_the_modules_and_files_of_them_are_refused(tmp_path: Any) -> None:
    model = mini.nn.Linear(1, 1)
    assert mini.jit.script(model) is mini.jit.trace(model, mini.ones(1)) is model
    for call in (lambda: mini.jit.save(model, tmp_path / "x"), lambda: mini.jit.load("x")):
        with pytest.raises(NotSupportedError, match="state_dict"):
            call()
    with pytest.raises(NotSupportedError, match=r"torch\.hub\.load is not supported"):
        mini.hub.load("a/b", "c")


def test_versions_are_compared_by_their_numbers() -> None:
    version = mini.__version__
    for other in ("1.9", "2.0.1", (2, 1), "2.13"):
        assert version >= other
        assert torch.__version__ >= other
    assert version < "3"
    assert version == "2.13.0"
    assert version != "2.12.0"
    assert str(version).split(".")[:2] == ["2", "13"]
    assert isinstance(version, str)


def alike(function: Any, *samples: Any) -> Any:
    """Call a function and its compiled self ten times without gradients; returns the recorder."""
    compiled = mini.compile(function)
    with mini.no_grad():
        for _ in range(10):
            given = [make() for make in samples]
            got, wanted = compiled(*given), function(*given)
            assert mini.allclose(got, wanted, atol=1e-6)
    return compiled.captured if hasattr(compiled, "captured") else compiled._call.captured


def test_without_gradients_a_module_is_replayed() -> None:
    model = mini.nn.Sequential(mini.nn.Linear(4, 3), mini.nn.ReLU(), mini.nn.Softmax(dim=-1))
    found = alike(model, lambda: mini.randn(2, 4))
    assert (found.why, found.replays) == (None, 6)
    model[0].weight.data.mul_(2)  # a replay reads the weights as they are
    assert alike(model, lambda: mini.randn(2, 4)).replays == 6


def test_with_gradients_it_runs_as_ever() -> None:
    model = mini.nn.Linear(2, 1)
    compiled = mini.compile(model)
    for _ in range(6):
        model.zero_grad()
        compiled(mini.ones(1, 2)).backward()
    assert model.weight.grad.tolist() == [[1.0, 1.0]]
    assert compiled._call.captured.recordings == 0


def branching(x: Any) -> Any:
    return x + 1 if x.sum() > 0 else x - 1


def test_what_cannot_be_replayed_runs_as_ever() -> None:
    assert "number" in alike(branching, lambda: mini.randn(3)).why
    assert "view" in alike(lambda x: x[0], lambda: mini.randn(2, 2)).why
    assert "view" in alike(lambda x: x.detach(), lambda: mini.randn(2)).why
    x = mini.zeros(2)
    compiled = mini.compile(lambda it: it.add_(1))
    with mini.no_grad():
        for _ in range(10):
            compiled(x)
    assert x.tolist() == [10.0, 10.0]
    norm = mini.nn.BatchNorm1d(3)
    compiled = mini.compile(norm)
    with mini.no_grad():
        for _ in range(10):
            compiled(mini.randn(4, 3))
    assert norm.num_batches_tracked.item() == 10


def test_random_numbers_go_on_in_a_replay() -> None:
    compiled = mini.compile(lambda x: x + mini.rand(3))
    with mini.no_grad():
        mini.manual_seed(1)
        replayed = [compiled(mini.zeros(3)).tolist() for _ in range(10)]
        mini.manual_seed(1)
        assert replayed == [mini.rand(3).tolist() for _ in range(10)]
    assert compiled.captured.replays

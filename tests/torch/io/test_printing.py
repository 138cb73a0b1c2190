"""Tensors print as PyTorch's do, letter by letter."""

from __future__ import annotations

import random
from collections.abc import Generator
from typing import Any

import pytest

import minitorch.torch as mini
from minitorch.torch import printing

torch: Any = pytest.importorskip("torch")

DTYPES = ["float32", "float32", "float64", "float16", "bfloat16"]
DTYPES += ["int64", "int32", "int16", "int8", "uint8", "bool"]
OPTIONS: list[dict[str, Any]] = [
    *[{"profile": "default"}] * 6,
    {"profile": "short"},
    {"profile": "full"},
    {"precision": 6},
    {"sci_mode": True},
    {"sci_mode": False},
    {"linewidth": 120},
    {"edgeitems": 0, "threshold": 20},
    {"edgeitems": 1, "threshold": 5},
]


@pytest.fixture(autouse=True)
def _options() -> Generator[None]:
    yield
    torch.set_printoptions(profile="default")
    printing.set_printoptions(profile="default")


def here(tensor: Any) -> Any:
    """The same numbers as a tensor of ours."""
    wide = tensor.float() if tensor.dtype is torch.bfloat16 else tensor
    made = mini.tensor(wide.detach().numpy())
    return made.to(mini.bfloat16) if wide is not tensor else made


def random_tensor(draw: random.Random) -> Any:
    dims = draw.choice([0, 1, 1, 2, 2, 3, 4])
    sizes = [0, 1, 2, 3, 5, 6, 7, 8, 30 if dims < 3 else 4]
    sizes = [1, 7, 40, 12] if draw.random() < 0.15 else sizes
    shape = [draw.choice(sizes) for _ in range(dims)]
    dtype = getattr(torch, draw.choice(DTYPES))
    x = torch.randn(shape, dtype=torch.float64) * draw.choice([1, 1, 1e-3, 1e-6, 1e3, 1e6, 1e9, 10])
    chosen = torch.rand(shape) < 0.3
    kind = draw.randrange(10)
    if kind < 2:
        x = x.round()
    elif kind == 2:
        x = x * torch.tensor(10.0) ** torch.randint(-4, 4, shape)
    elif kind < 5:
        x[chosen] = draw.choice([float("nan"), float("inf"), -float("inf")])
    elif kind < 7:
        x[chosen] = 0
    if dtype.is_floating_point:
        return x.to(dtype)
    if dtype is torch.bool:
        return x > 0
    low = 0 if dtype is torch.uint8 else -100
    return torch.nan_to_num(x, 0, 0, 0).clamp(low, 120).to(dtype)


@pytest.mark.parametrize("seed", range(8))
def test_random_tensors(seed: int) -> None:
    draw = random.Random(seed)
    torch.manual_seed(seed)
    for _ in range(40):
        tensor = random_tensor(draw)
        chosen = draw.choice(OPTIONS)
        for package in (torch, printing):
            package.set_printoptions(profile="default")
            package.set_printoptions(**chosen)
        assert str(here(tensor)) == str(tensor)
        assert repr(here(tensor)) == repr(tensor)


@pytest.mark.parametrize(
    "values",
    [
        *([], [[]], [[], []], 0.0, -0.0, 1, True, 1e-9, 1e9, 123456.789, [0.0, 0.0], [1e-4, 1.0]),
        *([1e8, 1.0], [1e8 + 64, 1.0], [0.001, 1.0], [0.0011, 1.0], [float("nan")], [1.0, 1e4]),
        *([1.5, float("nan"), float("inf"), -float("inf")], [1.0, float("nan")], [999.5, 1.0]),
    ],
)  # fmt: skip
def test_edges(values: Any) -> None:
    for dtype in ("float32", "float64"):
        tensor = torch.tensor(values, dtype=getattr(torch, dtype))
        assert str(mini.tensor(values, dtype=getattr(mini, dtype))) == str(tensor)


def test_line_width_counts_what_follows() -> None:
    for count in range(1, 40):
        tensor = torch.arange(count).float().requires_grad_()
        assert str(here(tensor).requires_grad_()) == str(tensor)
        whole = torch.arange(count).to(torch.int16)
        assert str(here(whole)) == str(whole)


def test_a_view_prints_what_it_shows() -> None:
    tensor = torch.arange(24.0).reshape(2, 3, 4)
    ours = here(tensor)
    assert str(ours.transpose(0, 2)) == str(tensor.transpose(0, 2))
    assert str(ours[1, :, ::2]) == str(tensor[1, :, ::2])
    assert str(ours[0, 0].expand(2, 4)) == str(tensor[0, 0].expand(2, 4))


def test_what_made_it_is_named() -> None:
    x = mini.tensor([1.0, 2.0], requires_grad=True)
    assert str(x) == "tensor([1., 2.], requires_grad=True)"
    assert str(x + 1) == "tensor([2., 3.], grad_fn=<AddBackward0>)"
    assert str((x * x).sum()) == "tensor(5., grad_fn=<SumBackward0>)"


def test_the_default_dtype_is_not_said() -> None:
    try:
        mini.set_default_dtype(mini.float64)
        assert str(mini.tensor([1.0], dtype=mini.float64)) == "tensor([1.])"
        assert str(mini.tensor([1.0], dtype=mini.float32)) == "tensor([1.], dtype=torch.float32)"
    finally:
        mini.set_default_dtype(mini.float32)


def test_a_class_of_the_program_prints_its_name() -> None:
    class Image(mini.Tensor):
        pass

    class ImageOfTorch(torch.Tensor):
        pass

    ours = Image(torch.ones(3).tolist())
    assert str(ours) == str(torch.ones(3).as_subclass(ImageOfTorch)).replace("OfTorch", "").replace(
        "tensor(", "Image("
    )


def test_formats() -> None:
    for value in (1.23456, 7, True):
        ours, tensor = mini.tensor(value), torch.tensor(value)
        for spec in ("", ".2f", "8.3f", "03d", ">10"):
            if "d" in spec and isinstance(value, float):
                continue
            assert f"{ours:{spec}}" == f"{tensor:{spec}}"
    assert f"{mini.ones(2)}" == f"{torch.ones(2)}" == "tensor([1., 1.])"
    with pytest.raises(TypeError, match="unsupported format string"):
        f"{mini.ones(2):.2f}"


def test_options_come_back() -> None:
    with printing.printoptions(precision=2, sci_mode=True):
        assert str(mini.tensor([1.5])) == "tensor([1.50e+00])"
        assert printing.get_printoptions()["precision"] == 2
    assert printing.get_printoptions() == torch._tensor_str.get_printoptions()

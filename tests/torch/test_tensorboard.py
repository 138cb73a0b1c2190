"""What a SummaryWriter wrote is read back from its event files."""

from __future__ import annotations

import importlib
import inspect
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minitorch.torch as torch
from minitorch.errors import MissingPartError, NotSupportedError
from minitorch.torch.utils.graph_nodes import graph_nodes
from minitorch.torch.utils.tensorboard import SummaryWriter

pytest.importorskip("tensorboardX")


def events(folder: Path) -> Iterator[Any]:
    """The events of all files of a folder: length, checksum, bytes, checksum."""
    proto: Any = importlib.import_module("tensorboardX.proto.event_pb2")
    for path in sorted(folder.rglob("events.out.tfevents*")):
        data = path.read_bytes()
        place = 0
        while place < len(data):
            (length,) = struct.unpack_from("<Q", data, place)
            event = proto.Event()
            event.ParseFromString(data[place + 12 : place + 12 + length])
            place += length + 16
            yield event


def values(folder: Path) -> dict[str, list[Any]]:
    """The values of all summaries by tag."""
    found: dict[str, list[Any]] = {}
    for event in events(folder):
        for value in event.summary.value:
            found.setdefault(value.tag, []).append((event.step, value))
    return found


def test_numbers(tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path)) as writer:
        assert writer.get_logdir() == writer.log_dir == str(tmp_path)
        for step in range(3):
            loss = torch.tensor(1.0 / (step + 1), requires_grad=True)
            writer.add_scalar("loss", loss, step)
        writer.add_scalar("rate", 0.5, global_step=7, double_precision=True)
        writer.add_scalars("both", {"a": torch.tensor(1.0), "b": 2.0}, 3)
        writer.flush()
    found = values(tmp_path)
    losses = [(step, round(value.simple_value, 4)) for step, value in found["loss"]]
    assert losses == [(0, 1.0), (1, 0.5), (2, 0.3333)]
    assert found["rate"][0][0] == 7
    assert sorted(value.simple_value for _, value in found["both"]) == [1.0, 2.0]


def test_histograms(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_histogram("x", torch.arange(10).float().requires_grad_(), 1)
        writer.add_histogram("half", torch.ones(4, dtype=torch.bfloat16), 1, bins="auto")
        writer.add_histogram_raw(
            "raw",
            min=torch.tensor(0.0),
            max=1.0,
            num=2,
            sum=1.0,
            sum_squares=1.0,
            bucket_limits=[0.5, 1.0],
            bucket_counts=torch.tensor([1, 1]),
        )
    found = {tag: pairs[0][1].histo for tag, pairs in values(tmp_path).items()}
    assert (found["x"].min, found["x"].max, found["x"].num) == (0.0, 9.0, 10.0)
    assert found["half"].sum == 4.0
    assert list(found["raw"].bucket) == [1.0, 1.0]


def test_pictures_and_texts(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    with SummaryWriter(tmp_path) as writer:
        writer.add_image("one", torch.rand(3, 4, 5), 0)
        writer.add_image("grey", torch.rand(4, 5), 0, dataformats="HW")
        writer.add_images("many", torch.rand(2, 3, 4, 5), 0)
        writer.add_image_with_boxes(
            "boxes", torch.rand(3, 8, 8), torch.tensor([[1.0, 1.0, 4.0, 4.0]]), 0
        )
        writer.add_text("note", "it works", 3)
    found = values(tmp_path)
    assert (found["one"][0][1].image.height, found["one"][0][1].image.width) == (4, 5)
    assert found["grey"][0][1].image.encoded_image_string.startswith(b"\x89PNG")
    assert found["many"][0][1].image.width == 10
    assert "boxes" in found
    ((step, note),) = (pairs[0] for tag, pairs in found.items() if tag.startswith("note"))
    assert step == 3
    assert note.tensor.string_val[0] == b"it works"


def test_figures(tmp_path: Path) -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    figure = pyplot.figure()
    with SummaryWriter(tmp_path) as writer:
        writer.add_figure("figure", figure, 1)
    assert "figure" in values(tmp_path)


def test_settings(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_hparams(
            {"lr": torch.tensor(0.5), "kind": "adam"}, {"loss": torch.tensor(2.0)}, run_name="run"
        )
    found = values(tmp_path)
    assert found["loss"][0][1].simple_value == 2.0
    assert any(tag.startswith("_hparams_") for tag in found)


def test_curves_points_and_surfaces(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_pr_curve("curve", torch.tensor([1, 0, 1]), torch.tensor([0.9, 0.2, 0.4]), 0)
        writer.add_mesh("mesh", torch.rand(1, 4, 3))
        writer.add_embedding(torch.rand(4, 3), metadata=["a", "b", "c", "d"], global_step=0)
        writer.add_custom_scalars({"all": {"loss": ["Multiline", ["loss"]]}})
        writer.add_custom_scalars_multilinechart(["a", "b"])
        writer.add_custom_scalars_marginchart(["a", "b", "c"])
    found = values(tmp_path)
    assert "curve" in found
    assert any(tag.startswith("mesh") for tag in found)
    (table,) = tmp_path.rglob("tensors.tsv")
    assert np.loadtxt(table).shape == (4, 3)
    assert [path.read_text().split() for path in tmp_path.rglob("metadata.tsv")] == [
        ["a", "b", "c", "d"]
    ]


def test_graph(tmp_path: Path) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    with SummaryWriter(tmp_path) as writer:
        writer.add_graph(model)
        writer.add_graph(model, torch.ones(1, 2))
    graphs: Any = importlib.import_module("tensorboardX.proto.graph_pb2")
    (data,) = (event.graph_def for event in events(tmp_path) if event.graph_def)
    graph = graphs.GraphDef()
    graph.ParseFromString(data)
    names = [node.name for node in graph.node]
    assert {"0/weight", "0/bias"} <= set(names)
    assert len(set(names)) == len(names)
    for node in graph.node:
        assert set(node.input) <= set(names)


def test_nodes_of_a_deep_graph() -> None:
    x = torch.tensor([1.0], requires_grad=True)
    y = x
    for _ in range(3000):
        y = y + x
    nodes = graph_nodes({"y": [y], "z": (y * 2,), "none": 3})
    assert len(nodes) == 3002
    seen: set[str] = set()
    for node in nodes:
        assert set(node.inputs) <= seen
        seen.add(node.name)


def test_what_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        SummaryWriter(tmp_path) as writer,
        pytest.raises(NotSupportedError, match="use add_histogram"),
    ):
        writer.add_tensor("x", torch.ones(2))
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(MissingPartError, match=r"pip install 'minitorch\[tensorboard\]'"):
        SummaryWriter(tmp_path)


def test_arguments_are_pytorchs() -> None:
    pytest.importorskip("tensorboard")
    real: Any = importlib.import_module("torch.utils.tensorboard").SummaryWriter
    for name, method in inspect.getmembers(real, inspect.isfunction):
        if name.startswith("add_") and name != "add_onnx_graph":
            own = inspect.signature(getattr(SummaryWriter, name)).parameters
            assert list(own) == list(inspect.signature(method).parameters), name

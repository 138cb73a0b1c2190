"""Images and sentences from files to pictures and predictions, on tiny sets in the real formats."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from minitorch.errors import CheckpointError, DataError
from minitorch.random import default_generator
from minitorch.train import RunFolder, new_path, newest_path, predict, start

GOOD, BAD = ("a joy to watch", "funny and warm"), ("a dull mess", "no joy at all")


def write_idx(path: Path, array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    header = struct.pack(f">I{array.ndim}I", 0x800 + array.ndim, *array.shape)
    path.write_bytes(header + array.tobytes())


@pytest.fixture
def mnist(tmp_path: Path) -> Path:
    """Zeros are frames, ones are bars: 40 to train on, 20 to test on."""
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    source = np.random.default_rng(0)
    for part, count in (("train", 40), ("t10k", 20)):
        labels = np.arange(count, dtype=np.uint8) % 2
        images = source.integers(0, 60, (count, 28, 28), dtype=np.uint8)
        images[labels == 0, 6:22, 6:22] = 250
        images[labels == 0, 9:19, 9:19] = 0
        images[labels == 1, 4:24, 12:16] = 250
        write_idx(folder / f"{part}-images-idx3-ubyte", images)
        write_idx(folder / f"{part}-labels-idx1-ubyte", labels)
    return folder.parent


@pytest.fixture
def sst2(tmp_path: Path) -> Path:
    """Four sentences, over and over."""
    folder = tmp_path / "data" / "sst2"
    folder.mkdir(parents=True)
    lines = [*(f"{text}\t1" for text in GOOD), *(f"{text}\t0" for text in BAD)]
    for name, times in (("train", 10), ("dev", 2)):
        text = "\n".join(["sentence\tlabel", *lines * times]) + "\n"
        (folder / f"{name}.tsv").write_text(text, encoding="utf-8")
    return folder.parent


@pytest.mark.jit
@pytest.mark.parametrize("model", ["lenet", "lenet5"])
def test_images(model: str, mnist: Path, tmp_path: Path) -> None:
    options = {"model": model, "data": str(mnist), "batch": 10, "epochs": 15, "hidden": 16}
    outcome = start("mnist", options, tmp_path / "run")
    assert outcome.evaluation is not None
    assert outcome.evaluation.accuracy == 1.0
    assert outcome.evaluation.probabilities.shape == (20, 10)
    assert [path.name for path in outcome.pictures] == [
        "curves.png",
        "confusion.png",
        "mistakes.png",
    ]
    before = default_generator.state()
    for given, truth in (("t10k:3", "1"), ("test:4", "0"), ("train:39", "1")):
        found = predict(tmp_path / "run", given)
        assert (found.answer, found.truth) == (truth, truth)
        assert sum(found.probabilities) == pytest.approx(1.0, rel=1e-5)
    assert default_generator.state() == before, "asking changes nothing"
    with pytest.raises(DataError, match=r"There is no example t10k:20: mnist-test has 20"):
        predict(tmp_path / "run", "t10k:20")


@pytest.mark.jit
def test_sentences(sst2: Path, tmp_path: Path) -> None:
    options = {"data": str(sst2), "batch": 8, "epochs": 12, "hidden": 8, "embedding": 8}
    outcome = start(
        "sentiment", {**options, "optimiser": "adam", "learning_rate": 0.01}, tmp_path / "run"
    )
    assert outcome.evaluation is not None
    assert outcome.evaluation.accuracy == 1.0
    assert [path.name for path in outcome.pictures] == [
        "curves.png",
        "confusion.png",
        "mistakes.png",
    ]
    for sentence in GOOD:
        assert predict(tmp_path / "run", sentence).answer == "positive"
    for sentence in BAD:
        assert predict(tmp_path / "run", sentence.upper() + "  ").answer == "negative"
    assert predict(tmp_path / "run", "xyzzy").truth is None, "words not seen are no mistake"
    assert predict(tmp_path / "run", "dev:2").truth == "negative"
    for empty in ("", "   "):
        with pytest.raises(DataError, match="has no word; expected some text"):
            predict(tmp_path / "run", empty)
    damage_vocabulary(tmp_path / "run")


def damage_vocabulary(run: Path) -> None:
    path = RunFolder(run).vocabulary
    words = json.loads(path.read_text())
    path.write_text(json.dumps(words[:-1]))
    with pytest.raises(CheckpointError, match=r"different: embedding\.weights"):
        predict(run, GOOD[0])
    for text in ("", "3"):
        path.write_text(text)
        with pytest.raises(CheckpointError, match=r"vocabulary\.json cannot be read"):
            predict(run, GOOD[0])


def test_run_folders_are_numbered(tmp_path: Path) -> None:
    assert new_path("xor", tmp_path / "runs") == tmp_path / "runs" / "xor-1"
    for name in ("xor-2", "xor-10", "xor-x", "digits-99"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    assert new_path("xor", tmp_path / "runs").name == "xor-11"
    assert newest_path("xor", tmp_path / "runs").name == "xor-10"
    with pytest.raises(CheckpointError, match=r"no run of mnist in .*--out"):
        newest_path("mnist", tmp_path / "runs")


def test_damaged_metrics_are_told(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.append({"epoch": 1})
    assert folder.read_metrics() == [{"epoch": 1}]
    folder.metrics.write_text('{"epoch": 1}\n{"ep')
    with pytest.raises(CheckpointError, match="holds a line that is not JSON"):
        folder.read_metrics()

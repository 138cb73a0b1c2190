from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch import checkpoint
from minitorch.errors import CheckpointError, OutputError

BASE = np.arange(24.0).reshape(4, 6)

STRIDED: dict[str, np.ndarray[Any, Any]] = {
    "transposed": BASE.T,
    "sliced": BASE[1::2, ::3],
    "reversed": BASE[::-1, ::-1],
    "expanded": np.broadcast_to(np.array([1.5, 2.5]), (3, 2)),
    "permuted": np.arange(24, dtype=np.int64).reshape(2, 3, 4).transpose(2, 0, 1),
    "fortran": np.asfortranarray(BASE.astype(np.float32)),
    "scalar": np.array(3.25),
    "empty": np.zeros((0, 3)),
    "flags": np.array([True, False, True])[::2],
}


@pytest.mark.parametrize("name", STRIDED)
def test_a_view_comes_back_as_it_looked(name: str, tmp_path: Path) -> None:
    checkpoint.save(tmp_path, {name: STRIDED[name]}, {}, step=1)
    found = checkpoint.load(tmp_path).tensors[name]
    assert found.shape == STRIDED[name].shape
    assert found.dtype == STRIDED[name].dtype
    np.testing.assert_array_equal(found, STRIDED[name])


def test_every_bit_comes_back(tmp_path: Path) -> None:
    bits = np.random.default_rng(0).integers(0, 2**32, 5000, dtype=np.uint32)
    values = bits.view(np.float32)  # NaN payloads, denormals and both zeros among them
    checkpoint.save(tmp_path, {"values": values}, {}, step=1)
    found = checkpoint.load(tmp_path).tensors["values"]
    np.testing.assert_array_equal(found.view(np.uint32), bits)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=5))
def test_floats_of_the_state_come_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, values: list[float]
) -> None:
    folder = tmp_path_factory.mktemp("state")
    checkpoint.save(folder, {}, {"values": values}, step=0)
    assert checkpoint.load(folder).state == {"values": values}


def test_only_the_newest_is_kept(tmp_path: Path) -> None:
    for step in (1, 2, 10):
        checkpoint.save(tmp_path, {"step": np.array(step)}, {"step": step}, step)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-10"]
    found = checkpoint.load(tmp_path)
    assert (found.step, found.state, int(found.tensors["step"])) == (10, {"step": 10}, 10)


def test_the_same_step_can_be_saved_again(tmp_path: Path) -> None:
    for value in (1.0, 2.0):
        checkpoint.save(tmp_path, {"value": np.array(value)}, {}, step=3)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-3"]
    assert checkpoint.load(tmp_path).tensors["value"] == 2.0


def system_calls(monkeypatch: pytest.MonkeyPatch, on_call: Callable[[], None]) -> None:
    """Call `on_call` before every write, sync and rename that a save does."""

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            on_call()
            return real(*arguments, **options)

        return call

    monkeypatch.setattr(os, "fsync", watched(os.fsync))
    monkeypatch.setattr(Path, "rename", watched(Path.rename))
    monkeypatch.setattr(Path, "open", watched(Path.open))
    monkeypatch.setattr(Path, "mkdir", watched(Path.mkdir))
    monkeypatch.setattr(shutil, "rmtree", watched(shutil.rmtree))


class Killed(BaseException):
    """Stands for a process that ends between two system calls."""


@pytest.mark.parametrize("again", [False, True], ids=["next step", "same step"])
def test_a_save_cut_at_any_call_leaves_a_whole_checkpoint(tmp_path: Path, again: bool) -> None:
    step = 1 if again else 2
    cuts = 0
    while True:
        folder = tmp_path / str(cuts)
        checkpoint.save(folder, {"value": np.array(1.0)}, {}, step=1)
        left = cuts

        def count() -> None:
            nonlocal left
            if left == 0:
                raise Killed
            left -= 1

        with pytest.MonkeyPatch.context() as patch:
            system_calls(patch, count)
            try:
                checkpoint.save(folder, {"value": np.array(2.0)}, {}, step)
                finished = True
            except Killed:
                finished = False
        found = checkpoint.load(folder)
        assert found.tensors["value"] in (1.0, 2.0)
        if finished:
            assert found.tensors["value"] == 2.0
            break
        checkpoint.save(folder, {"value": np.array(3.0)}, {}, step + 1)
        assert [path.name for path in folder.iterdir()] == [f"checkpoint-{step + 1}"]
        cuts += 1
    assert cuts >= 8


def test_an_empty_or_missing_folder_is_an_error(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(CheckpointError, match="holds no complete checkpoint; expected"):
            checkpoint.load(folder)
    (tmp_path / "checkpoint-5").mkdir()
    with pytest.raises(CheckpointError, match="Give the folder of a run that saved"):
        checkpoint.load(tmp_path)


def test_a_checkpoint_without_its_state_is_passed_over(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, {"value": np.array(1.0)}, {}, step=1)
    (tmp_path / "checkpoint-9").mkdir()
    (tmp_path / "checkpoint-9" / checkpoint.TENSORS).write_bytes(b"half")
    assert checkpoint.load(tmp_path).step == 1


@pytest.mark.parametrize("damage", ["flip", "truncate", "swap"])
def test_damaged_arrays_are_found_out(tmp_path: Path, damage: str) -> None:
    path = checkpoint.save(tmp_path, {"value": np.arange(9.0)}, {}, step=1) / checkpoint.TENSORS
    payload = bytearray(path.read_bytes())
    if damage == "flip":
        payload[-3] ^= 1
    elif damage == "truncate":
        del payload[-8:]
    else:
        other = checkpoint.save(tmp_path / "other", {"value": np.ones(9)}, {}, step=1)
        payload = bytearray((other / checkpoint.TENSORS).read_bytes())
    path.write_bytes(payload)
    with pytest.raises(
        CheckpointError, match=r"is damaged: its SHA-256 is .* Remove .*checkpoint-1"
    ):
        checkpoint.load(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"format": 1}', '{"format": 1, "step": null, "sha256": "", "state": 1}'],
)
def test_a_damaged_state_is_found_out(tmp_path: Path, text: str) -> None:
    path = checkpoint.save(tmp_path, {}, {}, step=1) / checkpoint.STATE
    path.write_text(text)
    with pytest.raises(
        CheckpointError, match=r"state\.json cannot be read .* Remove .*checkpoint-1"
    ):
        checkpoint.load(tmp_path)


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    path = checkpoint.save(tmp_path, {}, {}, step=1) / checkpoint.STATE
    header = json.loads(path.read_text())
    path.write_text(json.dumps(header | {"format": 2}))
    with pytest.raises(CheckpointError, match="has format 2; this version of minitorch reads"):
        checkpoint.load(tmp_path)


def test_a_file_with_the_right_hash_that_is_no_safetensors_file(tmp_path: Path) -> None:
    path = checkpoint.save(tmp_path, {}, {}, step=1)
    payload = b"\x80\x04 a pickle, perhaps"
    (path / checkpoint.TENSORS).write_bytes(payload)
    header = json.loads((path / checkpoint.STATE).read_text())
    header["sha256"] = checkpoint.hashlib.sha256(payload).hexdigest()
    (path / checkpoint.STATE).write_text(json.dumps(header))
    with pytest.raises(CheckpointError, match="is not a safetensors file"):
        checkpoint.load(tmp_path)


def test_a_checkpoint_of_another_model_names_what_differs() -> None:
    expected = {"a": np.zeros((2, 3)), "b": np.zeros(2), "c": np.zeros(1)}
    found = {"a": np.zeros((3, 2)), "c": np.zeros(1, np.float32), "d": np.zeros(1)}
    with pytest.raises(CheckpointError) as caught:
        checkpoint.match(expected, found, "runs/x")
    assert str(caught.value).splitlines() == [
        "runs/x is the checkpoint of another model:",
        "  missing: b",
        "  unexpected: d",
        "  different: a is float64[3, 2], expected float64[2, 3], "
        "c is float32[1], expected float64[1]",
        "Load it into the model, and with the options, that it was saved from.",
    ]


def test_a_long_list_of_names_is_cut() -> None:
    with pytest.raises(CheckpointError, match="layer11 and 8 more"):
        checkpoint.match({f"layer{index:02}": np.zeros(1) for index in range(20)}, {}, "x")


def test_a_path_below_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    folder = tmp_path / "file" / "run"
    with pytest.raises(OutputError, match=r"cannot be written .*Choose another folder"):
        checkpoint.check_space(folder, 10)
    with pytest.raises(OutputError, match="cannot be written"):
        checkpoint.save(folder, {}, {}, step=1)


def test_too_little_room_is_seen_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"MB free; the run needs about .* MB\. Free some"):
        checkpoint.check_space(tmp_path, needed=10**18)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_keeps_the_checkpoint_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint.save(tmp_path, {"value": np.array(1.0)}, {}, step=1)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(
            OutputError, match=r"is on a full disk; .* before is untouched"
        ) as caught:
            checkpoint.save(tmp_path, {"value": np.array(2.0)}, {}, step=2)
    assert caught.value.errno == errno.ENOSPC
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-1"]
    assert checkpoint.load(tmp_path).tensors["value"] == 1.0


def test_nan_in_the_state_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        checkpoint.save(tmp_path, {}, {"loss": float("nan")}, step=1)
    assert list(tmp_path.iterdir()) == []

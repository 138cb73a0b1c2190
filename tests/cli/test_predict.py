from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from minitorch.data import load_digits
from minitorch.errors import DataError, MissingPartError
from minitorch.train.pictures import centre, read_image

from .conftest import Command


def pixels_of(index: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The grey levels 0 .. 255 of a test digit, ink light."""
    _, test = load_digits()
    values = (test.inputs[index, 0] * 0.3761 + 0.3053) * 255
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


@pytest.mark.jit
def test_an_example_by_its_number(command: Command, digits_run: Path) -> None:
    _, test = load_digits()
    right = 0
    for index in range(10):
        answer = command("predict", digits_run, f"test:{index}")
        assert answer.status == 0
        truth = test.classes[test.targets[index]]
        assert f"it is {truth}: " in answer.out
        right += f"{truth} (" in answer.out.splitlines()[0] and ": right" in answer.out
        assert len(answer.out.splitlines()) == 3
    assert right >= 7


@pytest.mark.jit
@pytest.mark.parametrize("form", ["as it is", "dark on light", "transparent", "large"])
def test_a_picture_is_taken_for_what_it_is(
    form: str, command: Command, digits_run: Path, tmp_path: Path
) -> None:
    by_number = command("predict", digits_run, "test:3").out.splitlines()[0]
    pixels = pixels_of(3)
    if form == "dark on light":
        picture = Image.fromarray(255 - pixels)
    elif form == "transparent":
        black = np.zeros((8, 8, 4), np.uint8)
        black[..., 3] = pixels
        picture = Image.fromarray(black)
    elif form == "large":
        picture = Image.fromarray(pixels).resize((80, 80), Image.Resampling.NEAREST)
    else:
        picture = Image.fromarray(pixels)
    picture.save(tmp_path / "digit.png")
    answer = command("predict", digits_run, tmp_path / "digit.png")
    assert answer.status == 0
    assert answer.out.split()[0] == by_number.split()[0]


@pytest.mark.jit
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("missing.png", "missing.png does not exist or is no file; expected a picture"),
        ("test:9999", "There is no example test:9999: digits has "),
        ("test:-1", "does not exist"),
    ],
)
def test_an_input_that_is_not_there(
    given: str, message: str, command: Command, digits_run: Path
) -> None:
    answer = command("predict", digits_run, given)
    assert answer.status == 2
    assert message in answer.err


@pytest.mark.jit
def test_a_file_that_is_no_picture(command: Command, digits_run: Path, tmp_path: Path) -> None:
    path = tmp_path / "digit.png"
    for content in (b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40):
        path.write_bytes(content)
        answer = command("predict", digits_run, path)
        assert answer.status == 2
        assert "cannot be read as a picture" in answer.err
    Image.new("L", (30, 30), 128).save(path)
    assert "is blank; expected a digit" in command("predict", digits_run, path).err


def test_a_picture_that_would_not_fit_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (12_000, 12_000)).save(path)
    with pytest.raises(DataError, match="cannot be read as a picture"):
        read_image(path, side=28, ink=20)


def test_without_pillow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "digit.png"
    path.write_bytes(b"")
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    with pytest.raises(MissingPartError, match=r"pip install 'minitorch\[images\]'"):
        read_image(path, side=28, ink=20)


def test_the_centre_of_mass_lies_in_the_middle() -> None:
    ink = np.zeros((3, 5))
    ink[1, 4] = 1.0
    placed = centre(ink, side=9)
    assert placed[4, 4] == 1.0
    assert placed.sum() == 1.0
    assert centre(ink, side=5)[2, 4] == 1.0, "ink never leaves the picture"


def test_a_run_that_is_not_there(command: Command, tmp_path: Path) -> None:
    answer = command("predict", tmp_path, "test:1")
    assert answer.status == 2
    assert "config.json does not exist; expected the folder of a run" in answer.err


def test_points(command: Command, tmp_path: Path) -> None:
    options = (
        "--model",
        "scalar",
        "--limit",
        "30",
        "--hidden",
        "4",
        "--epochs",
        "20",
        "--seed",
        "1",
    )
    assert command("train", "simple", *options, "--out", tmp_path).status == 0
    assert command("predict", tmp_path, "0.05,0.5").out.startswith("1 (")
    assert command("predict", tmp_path, "(0.95 0.5)").out.startswith("0 (")
    assert "; it is " in command("predict", tmp_path, "train:29").out
    for wrong in ("hello", "1", "1,2,3", "nan,0"):
        answer = command("predict", tmp_path, wrong)
        assert answer.status == 2
        assert "is not a point; expected" in answer.err

"""The page of what is here tells the truth, and is as new as the code."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

import minitorch.torch as torch
from minitorch.torch import support
from minitorch.torch.missing import names_of, nearest


@pytest.fixture(scope="module")
def found() -> list[support.Entry]:
    return support.entries()


def test_the_page_is_not_stale(found: list[support.Entry]) -> None:
    written = support.PAGE.read_text(encoding="utf-8")
    assert written == support.page(found), "run: python -m minitorch.torch.support"


def test_every_name_of_the_inventory_stands_once(found: list[support.Entry]) -> None:
    assert len(found) == len({entry.name for entry in found})
    assert {entry.tier for entry in found} == {1, 2, 3}
    order = [(entry.tier, -entry.programs) for entry in found]
    assert order == sorted(order)
    assert set(Counter(entry.state for entry in found)) <= {"supported", "partial", "absent"}


def test_what_is_partial_is_there_and_in_the_inventory(found: list[support.Entry]) -> None:
    names = {entry.name: entry for entry in found}
    for name, missing in support.PARTIAL.items():
        assert missing
        if name in names:
            assert names[name].state == "partial", name


def test_what_is_said_to_be_there_is_there(found: list[support.Entry]) -> None:
    for entry in found:
        if entry.state == "supported" and entry.name.startswith("torch."):
            thing: Any = torch
            for part in entry.name.split(".")[1:]:
                thing = getattr(thing, part)


def test_names_near() -> None:
    assert nearest("conv2", ["conv1d", "conv2d", "relu"])[0] == "conv2d"
    assert nearest("zzz", ["conv1d"]) == ()
    assert nearest("hidden", ["_hidden"]) == ()


def test_rooms_of_pytorch() -> None:
    assert {"relu", "softmax"} <= set(names_of("torch.nn.functional"))
    assert "backward" in names_of("torch.Tensor")
    assert names_of("torch.nowhere") == []

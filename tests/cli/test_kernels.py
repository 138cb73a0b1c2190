"""`minitorch kernels` on folders made up for the purpose, and on one that a program has filled."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from minitorch import kernel_store
from minitorch.cli import kernels
from minitorch.kernel_store import LAST_RUN, stamp

from .conftest import Command

DAY = 86400
ZIP, MAP, OLD = (
    f"{name}_{digit * 24}" for name, digit in (("zip", "a"), ("map", "b"), ("old", "c"))
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder that this process takes for its folder of kernels."""
    monkeypatch.setattr(kernel_store, "config", replace(kernel_store.config, cache=str(tmp_path)))
    kernel_store.cache_folder.cache_clear()
    made = kernel_store.cache_folder()
    assert made is not None
    yield made
    kernel_store.cache_folder.cache_clear()


def keep(
    folder: Path, title: str, about: str, days: float, made_by: str = "", more: str = ""
) -> None:
    text = f"# {about}\n{made_by or stamp()}\n@njit({more})\ndef f():\n    return [1]\n"
    source = folder / f"{title}.py"
    source.write_text(text)
    (folder / f"{title}.float32.0123456789ab.nbc").write_bytes(b"0" * 1000)
    os.utime(source, (time.time() - days * DAY,) * 2)


@pytest.fixture
def filled(folder: Path) -> Path:
    """Three kernels, the last by another version, with leftovers and the user's own files."""
    keep(folder, ZIP, "tensor_zip of [x], float32", 1.5, more="parallel=True")
    (folder / f"{ZIP}.float64.0123456789ab.nbc").write_bytes(b"0" * 998_000)
    keep(folder, MAP, "tensor_map of neg", 0.5)
    keep(folder, OLD, "of before", 10, made_by="# By minitorch 0.0")
    return folder


LEFT = [
    f"{'lost'}_{'d' * 24}.float32.0123456789ab.nbc",
    "__pycache__/x_" + "e" * 24 + "-9.py311.nbi",
]
WRITING = [f"{ZIP}.py.k3j4h5g6.tmp", "tmpk3j4h5g6.tmp"]
OWN = ["notes.py", "notes.tmp", "map.nbc", "map_1234.py", LAST_RUN]


@pytest.fixture
def littered(filled: Path) -> Path:
    (filled / "__pycache__").mkdir()
    for name in LEFT + WRITING + OWN:
        (filled / name).write_text("x")
    return filled


def titles(folder: Path) -> list[str]:
    return [entry.title for entry in kernels.entries(folder)]


def test_list_without_kernels(folder: Path, command: Command) -> None:
    for arguments in (["kernels"], ["kernels", "list"]):
        answer = command(*arguments)
        assert answer.status == 0
        assert answer.out == (
            f"No kernels are kept in {folder} yet; programs leave those that were compiled.\n"
        )


def test_list(filled: Path, command: Command) -> None:
    answer = command("kernels")
    head, first, second, third, *rest = answer.out.splitlines()
    assert head.split() == ["kernel", "what", "it", "is", "dtype", "form", "size", "last", "used"]
    assert first.startswith("map_bbbbbbbb  tensor_map of neg ")
    assert " float32 " in first
    assert " serial " in first
    assert second.startswith("zip_aaaaaaaa  tensor_zip of [x], float32  ")
    for part in (" float32 float64 ", " parallel ", " 999 kB "):
        assert part in second
    assert time.strftime(" %m-%d ", time.localtime(time.time() - 1.5 * DAY)) in second
    assert third.startswith("old_cccccccc  of before ")
    assert rest == [
        f"3 kernels, 1.0 MB, in {filled}",
        "1 of them by other versions; `minitorch kernels prune` removes those.",
    ]


@pytest.mark.parametrize("width", [80, 120])
def test_a_long_expression_is_cut_in_the_list(
    width: int, filled: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(filled, "long_" + "d" * 24, " ".join(["add(mul(x0, x1), x2)"] * 20), 0)
    monkeypatch.setattr(kernels, "_console", lambda: Console(width=width))
    lines = command("kernels").out.splitlines()
    assert lines[1].startswith("long_dddddddd  add(mul(x0,")
    assert "…  float32" in lines[1]
    assert max(map(len, lines[:5])) <= width
    assert time.strftime(" %m-%d ") in lines[1]


def test_show(filled: Path, command: Command) -> None:
    text = (filled / f"{MAP}.py").read_text()
    for name in (MAP, "map_bbbbbbbb", "map", "m"):
        assert command("kernels", "show", name).out == text
    # A prefix of several shows them all, the last used first.
    keep(filled, "map_" + "f" * 24, "another", 3)
    assert command("kernels", "show", "map").out.splitlines()[0] == "# tensor_map of neg"
    assert "# another" in command("kernels", "show", "map").out


def test_show_on_a_terminal_has_colours(
    filled: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        kernels, "Console", lambda: Console(force_terminal=True, color_system="256", width=80)
    )
    shown = command("kernels", "show", "map").out
    assert "\x1b[" in shown
    assert "tensor_map" in shown


def test_show_of_an_unknown_name(filled: Path, command: Command) -> None:
    for given, hint in (
        ("mpa", "Did you mean map_bbbbbbbb?"),
        ("map_bbbbbbbc", "Did you mean map_bbbbbbbb?"),
        ("qqq", "Expected the beginning of a name that `minitorch kernels` lists, such as map_"),
    ):
        answer = command("kernels", "show", given)
        assert answer.status == 2
        assert answer.out == ""
        assert f"{given!r} is not a kernel that is kept in {filled}. {hint}" in answer.err


def test_show_where_there_are_none(folder: Path, command: Command) -> None:
    assert "There are none yet" in command("kernels", "show", "map").err


def test_without_a_folder(monkeypatch: pytest.MonkeyPatch, command: Command) -> None:
    monkeypatch.setattr(kernels, "cache_folder", lambda: None)
    for arguments in ([], ["list"], ["--last"], ["show", "x"], ["prune"]):
        answer = command("kernels", *arguments)
        assert answer.status == 2
        assert "Point MINITORCH_CACHE at such a folder" in answer.err


def test_prune_removes_other_versions_and_leftovers(littered: Path, command: Command) -> None:
    """What may be another process's work, and what is the user's, stays."""
    answer = command("kernels", "prune", "--dry-run")
    assert answer.out.splitlines() == [
        "old_cccccccc  of before",
        *sorted(LEFT),
        f"Would remove 1 kernel and 2 leftover files, 1 kB; 2 kernels stay in {littered}.",
    ]
    assert titles(littered) == [MAP, ZIP, OLD]
    answer = command("kernels", "prune")
    assert answer.out == (
        f"Removed 1 kernel and 2 leftover files, 1 kB; 2 kernels stay in {littered}.\n"
    )
    assert titles(littered) == [MAP, ZIP]
    assert not (littered / "__pycache__").exists()
    assert all((littered / name).exists() for name in WRITING + OWN)
    assert len(list(littered.iterdir())) == len(WRITING + OWN) + 5
    for name in WRITING:  # left by a process that was killed
        os.utime(littered / name, (time.time() - 7200,) * 2)
    assert command("kernels", "prune").out.startswith("Removed 0 kernels and 2 leftover files, ")
    assert command("kernels", "prune").out.startswith("Removed 0 kernels and 0 leftover files, ")


@pytest.mark.parametrize(
    ("option", "staying"),
    [(["--older-than", 1], [MAP]), (["--older-than", 2], [MAP, ZIP]), (["--all"], [])],
)
def test_prune_by_age_and_all(
    option: list[Any], staying: list[str], littered: Path, command: Command
) -> None:
    assert command("kernels", "prune", *option).status == 0
    assert titles(littered) == staying
    assert all((littered / name).exists() for name in OWN)
    assert (littered / WRITING[0]).exists() == bool(staying)


def test_prune_of_a_negative_age(filled: Path, command: Command) -> None:
    assert command("kernels", "prune", "--older-than", "-1").status == 2
    assert len(titles(filled)) == 3


def test_prune_of_a_folder_that_cannot_be_changed(
    filled: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(kernels.Path, "unlink", refused)
    answer = command("kernels", "prune")
    assert answer.status == 2
    assert f"{filled} cannot be changed (Read-only file system)" in answer.err


def leave_list(folder: Path, **changes: Any) -> None:
    run = {
        "command": "minitorch train digits",
        "compiled": 1,
        "kernels": [ZIP, "gone_" + "d" * 24, "lambda_" + "e" * 24, MAP],
        "in_memory": {"lambda_" + "e" * 24: "# in memory\n"},
    }
    (folder / LAST_RUN).write_text(json.dumps(run | changes))


def test_last(filled: Path, command: Command) -> None:
    leave_list(filled)
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime())
    texts = [(filled / f"{title}.py").read_text() for title in (ZIP, MAP)]
    shown = command("kernels", "--last").out
    head, _, rest = shown.partition("\n")
    assert head.startswith(f"# minitorch train digits, {when[:10]} ")
    assert head.endswith(": 4 kernels used, 1 compiled")
    assert rest == "\n\n" + "\n\n".join(
        [texts[0], "# gone_dddddddd is no longer kept.\n", "# in memory\n", texts[1]]
    )


def test_last_without_a_list_or_with_a_damaged_one(filled: Path, command: Command) -> None:
    answer = command("kernels", "--last")
    assert (answer.status, answer.out) == (
        0, f"No run has left a list of its kernels in {filled} yet.\n",
    )  # fmt: skip
    for text in ("", "{", "[]", "{}", '{"kernels": 1}', "\xff"):
        (filled / LAST_RUN).write_text(text, encoding="latin-1")
        answer = command("kernels", "--last")
        assert answer.status == 0
        assert "is damaged; the next run mends it" in answer.out


@pytest.mark.jit
def test_what_a_program_leaves(folder: Path, command: Command) -> None:
    """The store and this command agree on names, and on where the first lines are."""
    source = "from numba import njit\n\n\n@njit\ndef twice(x):\n    return x[0] * 2\n"
    import numpy as np

    twice = kernel_store.load(source, "twice", "x[0] * 2")
    twice(np.array([1.0, 2.0]))
    twice(np.array([1, 2]))
    (entry,) = kernels.entries(folder)
    assert (entry.about, entry.form, entry.dtypes) == ("x[0] * 2", "serial", "float64 int64")
    assert entry.is_current
    assert entry.title == kernel_store.used()[-1]
    assert kernels.leftovers(folder, before=time.time() + 10) == []
    shown = command("kernels", "show", "twice").out
    assert shown == f"# x[0] * 2\n{stamp()}\n{source}"

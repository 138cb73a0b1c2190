"""What of PyTorch is here, found by looking: `python -m minitorch.torch.support` writes the page.

Idea: inventory.txt lists what programs use, most used first; each name is looked for in this
    package, and what is there only to refuse says so itself (missing.absent). What works in part
    is listed by hand, with what is missing of it. The page is written from that, and a test reads
    it.
Not here: what is said where a name is missing (missing.py).
Read next: missing.py
"""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import minitorch.torch as torch
from minitorch.torch.missing import members, names_of, nearest, rooms

__all__ = ["PARTIAL", "Entry", "entries", "main", "page"]

HERE = Path(__file__).parent
PAGE = HERE.parent.parent / "docs" / "torch-support.md"
SUPPORTED, PART, ABSENT = "supported", "partial", "absent"
ROOMS = {
    "torch": "torch",
    "nn": "torch.nn",
    "F": "torch.nn.functional",
    "optim": "torch.optim",
    "lr_scheduler": "torch.optim.lr_scheduler",
}

# What works in part, and what is missing of it.
PARTIAL: dict[str, str] = {
    ".cuda": "there is no card: raises as PyTorch does without one",
    ".pin_memory": "accepted, does nothing",
    "torch.autocast": "accepted; ops go on in the dtype of their operands",
    "torch.amp.autocast": "accepted; ops go on in the dtype of their operands",
    "torch.cuda.amp.autocast": "accepted; there is no card",
    "torch.cuda.amp.GradScaler": "accepted, passes everything through",
    "torch.amp.GradScaler": "accepted, passes everything through",
    "torch.compile": "replayed without gradients; with them it runs as ever",
    "torch.jit.script": "returns what it is given",
    "torch.jit.trace": "returns what it is given",
    "torch.cuda.FloatTensor": "there is no card: making one raises as PyTorch does",
    "torch.cuda.HalfTensor": "there is no card: making one raises as PyTorch does",
    "torch.cuda.LongTensor": "there is no card: making one raises as PyTorch does",
    "torch.cuda.Event": "there is no card: making one raises as PyTorch does",
    "torch.cuda.set_device": "there is no card: raises as PyTorch does",
    "torch.cuda.current_device": "there is no card: raises as PyTorch does",
    "torch.cuda.get_device_name": "there is no card: raises as PyTorch does",
    "torch.cuda.get_device_capability": "there is no card: raises as PyTorch does",
    "torch.cuda.get_device_properties": "there is no card: raises as PyTorch does",
    "torch.cuda.synchronize": "there is no card: raises as PyTorch does",
    "torch.accelerator.set_device_index": "there is none: raises as PyTorch does",
    "torch.multiprocessing.Pipe": "tensors are copied to the other process",
}

# Operators and indices: a row of the inventory, and the methods that make it work.
OPERATORS: dict[str, tuple[str, ...]] = {
    "x += y (in-place operators)": ("__iadd__",),
    "x -= y (in-place operators)": ("__isub__",),
    "x *= y (in-place operators)": ("__imul__",),
    "x /= y (in-place operators)": ("__itruediv__",),
    "x ?= y (in-place operators)": ("__ipow__", "__iand__", "__ior__", "__ifloordiv__"),
    "a @ b": ("__matmul__", "__rmatmul__"),
    "~mask": ("__invert__",),
    "x[slice] del": (),  # of a list of tensors
}
# What a tensor refuses, as PyTorch's does.
REFUSED = {
    "x[slice with negative step]": "of lists and arrays; a tensor refuses it, as PyTorch's does",
    "x[:, ::-1/step] step slices": "positive steps; a tensor refuses others, as PyTorch's does",
    "x[:, ::-1/step] step slices =": "positive steps; a tensor refuses others, as PyTorch's does",
}


@dataclass(frozen=True)
class Entry:
    """A name of the inventory, and whether it is here."""

    tier: int
    kind: str
    programs: int
    repositories: int
    name: str
    state: str
    note: str = ""


def _rows() -> Iterable[tuple[int, str, int, int, str]]:
    for line in (HERE / "inventory.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            tier, kind, programs, repositories, name = line.split("\t")
            yield int(tier), kind, int(programs), int(repositories), name


def _module(path: str) -> Any:
    """A module of ours, by PyTorch's name; None where there is none."""
    name = "minitorch." + path
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name + ".").startswith(error.name + "."):
            raise
        return None


def _find(path: str) -> tuple[Any, str]:
    """What stands under a name of PyTorch's, or None and what is near.

    Modules along the way are imported.
    """
    found: Any = torch
    place = "torch"
    for part in path.split(".")[1:]:
        inner = getattr(found, part, None)
        if inner is None and hasattr(found, "__path__"):
            inner = _module(f"{place}.{part}")
        if inner is None and not hasattr(found, part):
            known = members(found) if isinstance(found, ModuleType) else dir(found)
            return None, ", ".join(f"{place}.{it}" for it in nearest(part, known))
        found, place = inner, f"{place}.{part}"
    return (found if found is not None else place), ""


def _owners(kind: str) -> list[Any]:
    if kind.startswith("Module"):
        return [it for it in (_find("torch.nn.Module")[0], _find("torch.optim.Optimizer")[0]) if it]
    return [torch.Tensor]


def _look(kind: str, name: str) -> tuple[str, str]:
    """Whether a name is here, and a note."""
    if kind in ("operator", "indexing"):
        wanted = OPERATORS.get(name)
        if wanted is None:
            wanted = ("__setitem__",) if name.endswith("=") else ("__getitem__",)
        return (
            (SUPPORTED if all(hasattr(torch.Tensor, it) for it in wanted) else ABSENT),
            REFUSED.get(name, ""),
        )
    near = ""
    if name.startswith("."):
        owners, word = _owners(kind), name.rpartition(".")[2]
        found = next((getattr(it, word) for it in owners if hasattr(it, word)), None)
        if found is None:
            there = [it for owner in owners for it in dir(owner) if hasattr(owner, it)]
            near = ", ".join(f".{it}" for it in nearest(word, there))
    else:
        room, _, rest = name.partition(".")
        found, near = _find(f"{ROOMS[room]}.{rest}" if rest else ROOMS[room])
    if found is None:
        return ABSENT, f"near: {near}" if near else ""
    refusal = getattr(found, "absent", None)
    if isinstance(refusal, str):
        return ABSENT, refusal
    return (PART, PARTIAL[name]) if name in PARTIAL else (SUPPORTED, "")


def entries() -> list[Entry]:
    """Every name of the inventory, as it stands here now.

    >>> entries()[0].name, entries()[0].state
    ('.backward', 'supported')
    """
    return [Entry(*row, *_look(row[1], row[4])) for row in _rows()]


INTRODUCTION = """\
# PyTorch's names, and which of them are here

Written by `python -m minitorch.torch.support`, which looks each name up in the package. The names
are those that 206 programs of 38 public repositories use, most used first; *programs* says how many
use it. A name that is not here raises an error that names the nearest there is. Complex numbers,
sparse and quantized tensors, and devices other than the CPU are not stored.
"""


ROOMS_TEXT = """\
Of all public names of PyTorch 2.13, used by many or by none:
"""


def _count(found: list[Entry]) -> list[str]:
    lines = ["| | names | supported | partial | absent |", "|---|---|---|---|---|"]
    groups: list[tuple[str, Callable[[Entry], bool]]] = [
        (f"tier {tier}", lambda it, tier=tier: it.tier == tier) for tier in (1, 2, 3)
    ]
    for title, belongs in [*groups, ("all", lambda _: True)]:
        states = Counter(it.state for it in found if belongs(it))
        numbers = [sum(states.values()), *(states[it] for it in (SUPPORTED, PART, ABSENT))]
        lines.append(f"| {title} | {' | '.join(map(str, numbers))} |")
    return lines


def _rooms() -> list[str]:
    """How many of all public names of PyTorch are here, room by room."""
    lines = ["| | names | here |", "|---|---|---|"]
    for room in rooms():
        names = names_of(room)
        owner = _find(room)[0]
        there = [it for it in names if owner is not None and hasattr(owner, it)]
        lines.append(f"| `{room}` | {len(names)} | {len(there)} |")
    return lines


def page(found: list[Entry]) -> str:
    """The page as Markdown."""
    lines = [INTRODUCTION, *_count(found), "", ROOMS_TEXT, *_rooms(), ""]
    for title, state in (("Absent", ABSENT), ("Partial", PART)):
        lines += [f"## {title}", "", "| name | tier | programs | note |", "|---|---|---|---|"]
        lines += [
            f"| `{it.name}` | {it.tier} | {it.programs} | {it.note} |"
            for it in found
            if it.state == state
        ]
        lines.append("")
    lines += ["## Supported", ""]
    for tier in (1, 2, 3):
        names = [f"`{it.name}`" for it in found if it.state == SUPPORTED and it.tier == tier]
        lines += [f"Tier {tier}: {', '.join(names)}.", ""]
    return "\n".join(lines)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(entries()), encoding="utf-8")
    sys.stderr.write(f"written: {PAGE}\n")


if __name__ == "__main__":
    main()

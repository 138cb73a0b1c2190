"""`minitorch kernels`: what compiled kernels are kept, their source, and what may go.

Idea: a kept kernel is a source file, whose first two lines say what it is and what made it, and a
    file of machine code per signature beside it. All that is shown is read off those.
Not here: how kernels come there (kernel_store.py).
Read next: ../kernel_store.py
"""

from __future__ import annotations

import difflib
import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table

from minitorch.errors import ConfigError, OutputError
from minitorch.kernel_store import LAST_RUN, cache_folder, stamp

__all__ = ["Entry", "app", "entries", "leftovers"]

# The store's own names; a folder may hold files of the user's, which are left alone.
SOURCE = re.compile(r"\w+_[0-9a-f]{24}\.py")
OTHER = re.compile(r"(\w+_[0-9a-f]{24})[.-].+|tmp\w{8}\.tmp")
AN_HOUR, A_DAY = 3600.0, 86400.0  # seconds; a file that is being written is younger than an hour

app = typer.Typer(help="List, show and prune the compiled kernels.")


@dataclass(frozen=True)
class Entry:
    """A kernel that is kept: its source, and the machine code beside it."""

    source: Path
    binaries: tuple[Path, ...]

    @property
    def title(self) -> str:
        """What `show` takes, or the beginning of it."""
        return self.source.stem

    @cached_property
    def text(self) -> str:
        """The source; empty where it has just gone."""
        try:
            return self.source.read_text("utf-8", errors="replace")
        except OSError:
            return ""

    @property
    def about(self) -> str:
        """What it computes, as its first line says."""
        return self.text.partition("\n")[0].removeprefix("# ")

    @property
    def is_current(self) -> bool:
        """False where another version of minitorch, Numba, NumPy or Python made it."""
        return self.text.split("\n", 2)[1:2] == [stamp()]

    @property
    def dtypes(self) -> str:
        """Those of what it writes, of all signatures that were compiled."""
        return " ".join(sorted({file.name.split(".")[1] for file in self.binaries}))

    @property
    def form(self) -> str:
        """Serial, or parallel."""
        return "parallel" if "parallel=True" in self.text else "serial"

    @cached_property
    def size(self) -> int:
        """The bytes of all its files."""
        return total([self.source, *self.binaries])

    @cached_property
    def last_used(self) -> float:
        """When a process last asked for it."""
        try:
            return self.source.stat().st_mtime
        except OSError:
            return 0.0


def entries(folder: Path) -> list[Entry]:
    """The kernels in a folder, the one used last first.

    >>> entries(Path("no-such-folder"))
    []
    """
    sources = [file for file in _files(folder) if SOURCE.fullmatch(file.name)]
    binaries: dict[str, list[Path]] = {}
    for file in _files(folder):
        if file.suffix == ".nbc":
            binaries.setdefault(file.name.partition(".")[0], []).append(file)
    found = [Entry(source, tuple(binaries.get(source.stem, ()))) for source in sources]
    return sorted(found, key=lambda entry: (-entry.last_used, entry.title))


def leftovers(folder: Path, before: float) -> list[Path]:
    """Files that belong to no kernel; temporary ones only where last changed before a time."""
    kept = {entry.title for entry in entries(folder)}
    found: list[Path] = []
    for file in [*_files(folder), *_files(folder / "__pycache__")]:
        named = OTHER.fullmatch(file.name)
        if named is None or SOURCE.fullmatch(file.name):
            continue
        if ".tmp" in file.name:
            if _changed(file) < before:
                found.append(file)
        elif file.suffix != ".nbc" or file.parent != folder or named[1] not in kept:
            found.append(file)
    return sorted(found)


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (file for file in folder.iterdir() if file.is_file())


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:  # it has gone, as temporary files do
        return time.time()


def total(files: Sequence[Path]) -> int:
    """The bytes in all of these files that are still there."""
    size = 0
    for file in files:
        if file.exists():
            size += file.stat().st_size
    return size


# The commands.


@app.callback(invoke_without_command=True)
def kernels_command(
    context: typer.Context,
    last: Annotated[
        bool, typer.Option("--last", help="Show the sources of the kernels the last run used.")
    ] = False,
) -> None:
    """List the compiled kernels, show their source, or prune them."""
    if context.invoked_subcommand is None:
        show_last() if last else list_command()


@app.command("list")
def list_command() -> None:
    """List the kernels that are kept, the one used last first."""
    folder = _folder()
    found = entries(folder)
    if not found:
        _say(f"No kernels are kept in {folder} yet; programs leave those that were compiled.")
        return
    _console().print(_table(found, _console().width))
    _say(f"{_count(found, 'kernel')}, {_bytes(sum(e.size for e in found))}, in {folder}")
    old = sum(not entry.is_current for entry in found)
    if old:
        _say(f"{old} of them by other versions; `minitorch kernels prune` removes those.")


def _table(found: list[Entry], width: int) -> Table:
    """A row per kernel; of a long expression, what the width leaves room for."""
    rows = [("kernel", "what it is", "dtype", "form", "size", "last used")]
    for entry in found:
        used = time.strftime("%m-%d %H:%M", time.localtime(entry.last_used))
        rows.append(
            (_short(entry.title), entry.about, entry.dtypes, entry.form, _bytes(entry.size), used)
        )
    others = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = max(width - sum(others) + others[1] - 2 * len(others), 12)
    table = Table(box=None, pad_edge=False, show_header=False)
    for name in rows[0]:
        table.add_column(no_wrap=True, justify="right" if name == "size" else "left")
    for title, about, *rest in rows:
        about = about if len(about) <= room else about[: room - 1] + "…"
        table.add_row(*map(escape, (title, about, *rest)))
    return table


@app.command("show")
def show_command(
    name: Annotated[str, typer.Argument(help="The beginning of a kernel's name, as listed.")],
) -> None:
    """Show the source of a kernel, or of all whose names begin so."""
    folder = _folder()
    found = entries(folder)
    chosen = [entry for entry in found if entry.title.startswith(name)]
    if not chosen:
        raise ConfigError(
            f"{name!r} is not a kernel that is kept in {folder}. {_hint(name, found)}"
        )
    _show([entry.text for entry in chosen])


def _hint(name: str, found: list[Entry]) -> str:
    if not found:
        return "There are none yet; programs leave those that were compiled."
    titles = {_short(entry.title): None for entry in found}
    words = {title.rpartition("_")[0]: title for title in reversed(titles)}
    near = difflib.get_close_matches(name, titles, n=3)
    near += [words[word] for word in difflib.get_close_matches(name, words, n=3)]
    if near:
        return f"Did you mean {' or '.join(dict.fromkeys(near))}?"
    first = next(iter(titles))
    return f"Expected the beginning of a name that `minitorch kernels` lists, such as {first}."


@app.command("prune")
def prune_command(
    older_than: Annotated[
        float | None,
        typer.Option(min=0, metavar="DAYS", help="Also kernels that were not used for so long."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All kernels.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be removed.")
    ] = False,
) -> None:
    """Remove kernels by other versions, and files that an interrupted process left behind."""
    folder, now = _folder(), time.time()
    found = entries(folder)
    oldest = -1.0 if older_than is None else now - older_than * A_DAY
    going = [e for e in found if everything or not e.is_current or e.last_used <= oldest]
    rest = leftovers(folder, before=now + 1 if everything else now - AN_HOUR)
    files = [file for entry in going for file in (entry.source, *entry.binaries)] + rest
    size = _bytes(total(files))
    if dry_run:
        for entry in going:
            _say(f"{_short(entry.title)}  {entry.about}")
        for file in rest:
            _say(str(file.relative_to(folder)))
    else:
        _remove(files, folder)
    verb = "Would remove" if dry_run else "Removed"
    what = f"{_count(going, 'kernel')} and {_count(rest, 'leftover file')}, {size}"
    _say(f"{verb} {what}; {_count(found[len(going) :], 'kernel')} stay in {folder}.")


def _remove(files: list[Path], folder: Path) -> None:
    """Delete files; those that have gone meanwhile are no reason to stop."""
    try:
        for file in files:
            file.unlink(missing_ok=True)
        old = folder / "__pycache__"
        if old.is_dir() and not any(old.iterdir()):
            old.rmdir()
    except OSError as problem:
        raise OutputError(
            problem.errno,
            f"{folder} cannot be changed ({problem.strerror}); expected a folder that you may "
            "write to. Is it on a disk that is mounted read-only?",
        ) from problem


def show_last() -> None:
    """Show the sources of the kernels that the last run used, in the order of their first use."""
    folder = _folder()
    try:
        run: dict[str, Any] = json.loads((folder / LAST_RUN).read_text("utf-8"))
        titles, in_memory = [*map(str, run["kernels"])], dict(run["in_memory"])
        command, compiled = str(run["command"]), int(run["compiled"])
    except FileNotFoundError:
        _say(f"No run has left a list of its kernels in {folder} yet.")
        return
    except (OSError, ValueError, KeyError, TypeError):
        _say(f"The list of the last run, {folder / LAST_RUN}, is damaged; the next run mends it.")
        return
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(_changed(folder / LAST_RUN)))
    kept = {entry.title: entry.text for entry in entries(folder)}
    texts = {title: in_memory.get(title) or kept.get(title) for title in titles}
    used = f"{_count(titles, 'kernel')} used, {compiled} compiled"
    _show(
        [
            f"# {command}, {when}: {used}\n",
            *(text or f"# {_short(title)} is no longer kept.\n" for title, text in texts.items()),
        ]
    )


def _folder() -> Path:
    folder = cache_folder()
    if folder is None:
        raise ConfigError(
            "There is no folder for kernels, so each process compiles its own; expected one that "
            "only you can write to. Point MINITORCH_CACHE at such a folder."
        )
    return folder


def _show(texts: list[str]) -> None:
    console, whole = _console(), "\n\n".join(text.rstrip("\n") + "\n" for text in texts)
    if console.is_terminal:
        console.print(Syntax(whole, "python", background_color="default"))
    else:
        console.file.write(whole)


def _short(title: str) -> str:
    """The name and enough of the hash to tell kernels apart."""
    name, _, digest = title.rpartition("_")
    return f"{name}_{digest[:8]}"


def _count(things: Sequence[object], word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


def _bytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=240)  # a pipe has no width


def _say(text: str) -> None:
    _console().print(text, soft_wrap=True, markup=False, highlight=False)

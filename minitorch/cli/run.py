"""`minitorch run program.py`: a program written for PyTorch, unchanged, on this library.

Idea: what Python does for `python program.py`, after installing the import hook: the same
    `sys.argv`, `__main__`, `sys.path`, exit status and traceback, in which only the program's own
    lines stand.
Not here: the hook (../torch/imports.py).
Read next: ../torch/imports.py
"""

from __future__ import annotations

import importlib
import os
import runpy
import sys
import sysconfig
from collections.abc import Callable, Sequence
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Annotated, cast

import typer

from minitorch.torch.imports import install, serve_children

__all__ = ["run_command", "run_module", "run_script", "trimmed"]

PACKAGE = str(Path(__file__).resolve().parent.parent) + os.sep
INTERRUPTED = 130  # the exit status of a process that Ctrl-C stopped, as a shell sees it
MACHINERY = ("<frozen importlib", "<frozen runpy")
STANDARD = sysconfig.get_path("stdlib") + os.sep
SITE = sysconfig.get_path("purelib") + os.sep
# What the library itself calls; its lines are hidden only where the library called them.
CALLED = tuple(os.path.join(SITE, name) + os.sep for name in ("numpy", "numba", "llvmlite"))


def run_command(
    script: Annotated[str, typer.Argument(metavar="PROGRAM", help="A Python file.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[ARGUMENTS]...", help="The program's own.")
    ] = None,
    module: Annotated[
        bool, typer.Option("-m", help="PROGRAM is the name of a module, as for python -m.")
    ] = False,
    full_traceback: Annotated[
        bool, typer.Option("--full-traceback", help="Show the library's lines in tracebacks too.")
    ] = False,
) -> None:
    """Run a program written for PyTorch: its `import torch` finds this library."""
    start = run_module if module else run_script
    raise typer.Exit(start(script, arguments or [], full_traceback))


def run_script(script: str, arguments: Sequence[str], full_traceback: bool = False) -> int:
    """Run a file as Python would; returns the exit status."""
    path = Path(script)
    try:
        source = path.read_bytes()
    except OSError as error:
        reason = f"[Errno {error.errno}] {error.strerror}"
        sys.stderr.write(f"minitorch run: can't open file {os.path.abspath(script)!r}: {reason}\n")
        return 2
    _prepare([script, *arguments], os.path.dirname(os.path.realpath(script)))
    main = ModuleType("__main__")
    place = os.path.abspath(script)
    loader = SourceFileLoader("__main__", place)
    vars(main).update(__file__=place, __builtins__=__builtins__, __cached__=None, __loader__=loader)
    sys.modules["__main__"] = main

    def start() -> None:
        exec(compile(source, place, "exec", dont_inherit=True), vars(main))

    return _status(start, place, full_traceback)


def run_module(name: str, arguments: Sequence[str], full_traceback: bool = False) -> int:
    """Run a module as `python -m` would; returns the exit status."""
    _prepare([name, *arguments], os.getcwd())

    def start() -> None:
        runpy.run_module(name, run_name="__main__", alter_sys=True)

    return _status(start, "", full_traceback)


def _prepare(argv: list[str], folder: str) -> None:
    install()
    serve_children(os.environ)
    importlib.import_module("torch")  # ours: what it needs is found before the program's folder
    sys.argv[:] = argv
    if not sys.flags.safe_path:
        sys.path[0] = folder  # instead of the folder of the command `minitorch`


def _status(start: Callable[[], None], place: str, full_traceback: bool) -> int:
    try:
        start()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        sys.stderr.write(f"{end.code}\n")
        return 1
    except BaseException as error:
        if not full_traceback:
            trimmed(error, place)
        sys.excepthook(type(error), error, error.__traceback__)
        return INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1
    finally:
        sys.stdout.flush()
    return 0


def trimmed(error: BaseException, place: str) -> BaseException:
    """The error, without the lines of this library in its traceback and in those of its causes."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        it = waiting.pop()
        if it is None or id(it) in seen:
            continue
        seen.add(id(it))
        it.__traceback__ = _own_lines(it.__traceback__, place)
        waiting += [it.__cause__, it.__context__]
        if isinstance(it, BaseExceptionGroup):
            waiting += cast("BaseExceptionGroup[BaseException]", it).exceptions
    return error


def _own_lines(trace: TracebackType | None, place: str) -> TracebackType | None:
    frames: list[TracebackType] = []
    inside = False  # of what the library called
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        called = name.startswith(CALLED) or (name.startswith(STANDARD) and SITE not in name)
        ours = name.startswith((PACKAGE, *MACHINERY))
        inside = name != place and (ours or (inside and called))
        if not inside:
            frames.append(trace)
        trace = trace.tb_next
    rest: TracebackType | None = None
    for it in reversed(frames):
        rest = TracebackType(rest, it.tb_frame, it.tb_lasti, it.tb_lineno)
    return rest

"""Where compiled kernels stay: readable source and machine code, in a folder of the user's own.

Idea: a kernel is a module's text. Its title holds a hash over that text and over the versions of
    all that turns it into machine code, so a title never means two things. What is kept under it
    is used; where it is damaged, missing or unwritable the kernel is compiled again.
Not here: how the text comes about (kernels.py), what `minitorch kernels` prints (cli/kernels.py).
Read next: kernels.py
"""

from __future__ import annotations

import atexit
import hashlib
import json
import linecache
import logging
import os
import platform
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from multiprocessing.process import parent_process
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import numpy as np
import platformdirs
from numba.core import event
from numba.core.caching import IndexDataCacheFile
from numba.core.compiler import CompileResult
from numba.core.compiler_lock import global_compiler_lock
from numba.core.serialize import dumps

from minitorch.config import config
from minitorch.launches import ABOUT

__all__ = [
    "building",
    "cache_folder",
    "compiled_count",
    "is_kept",
    "load",
    "on_compile",
    "stamp",
    "used",
    "watch",
]

logger = logging.getLogger("minitorch.kernels")
logger.addHandler(logging.NullHandler())

LAST_RUN = "last-run.json"
# What turns a function of numbers into a kernel: a clone changes without a new version.
MAKERS = ("kernels.py", "rules.py", "fast_math.py")

on_compile: list[Callable[[str, float | None], None]] = []
"""Called with what a kernel is, and None as its compilation starts, the seconds as it ends.

In the thread that compiles, which waits meanwhile; only for compilations, not for kept kernels.
"""

building = threading.RLock()  # kernels are built one at a time, whoever meets them first
_functions: dict[str, Any] = {}  # by title
_used: dict[str, str] = {}  # the text of each title this process used, in order
_in_memory: set[str] = set()  # titles of `_used` that have no file
_told: set[str] = set()


def load(source: str, name: str, about: str, namespace: dict[str, Any] | None = None) -> Any:
    r"""The function `name` that a module's text defines, compiled by it or, the second time, kept.

    Args:
        source: the text, which holds all that changes the result, or a hash over it. It says
            `@njit` but not `cache=True`: the store keeps what is compiled.
        name: the function in it that is wanted.
        about: one line that says what it computes; the first line of what is kept, and of listings.
        namespace: names that the text uses and no other process could import; then nothing is kept.

    >>> twice = load("def twice(x):\n    return 2 * x\n", "twice", "2 * x", namespace={})
    >>> twice(4)
    8
    """
    assert "cache=True" not in source, "the store keeps what is compiled, Numba must not"
    about = " ".join(about.split())
    text = f"# {about}\n{stamp()}\n{source}"
    title = f"{name.strip('_')}_{hashlib.sha256(text.encode()).hexdigest()[:24]}"
    with building:
        if namespace is None and title in _functions:
            return _functions[title]
        folder = cache_folder() if namespace is None and not numba.config.DISABLE_JIT else None
        file = f"<minitorch {title}>" if folder is None else str(folder / f"{title}.py")
        loop = _define(text, name, title, file, namespace)
        watch(loop, about)
        if folder is not None:
            loop._cache = _Kept(folder, title, text)
        _note(title, text)
        if namespace is None:
            _functions[title] = loop
    return loop


def is_kept(loop: Any, args: tuple[Any, ...]) -> bool:
    r"""Whether there is machine code of a function for these arguments, so that none is compiled.

    >>> is_kept(load("def same(x):\n    return x\n", "same", "x", namespace={}), (1,))
    False
    """
    kept = getattr(loop, "_cache", None)
    if not isinstance(kept, _Kept) or not kept.source.exists():
        return False
    signature = tuple(loop.typeof_pyval(it) for it in args)
    return (kept.folder / kept.file_name(signature, loop.targetctx.codegen())).exists()


def _define(text: str, name: str, title: str, file: str, namespace: dict[str, Any] | None) -> Any:
    """Execute the text as a module; tracebacks show its lines."""
    module = ModuleType(f"minitorch_kernels.{title}")
    module.__dict__.update(namespace or {}, __file__=file)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    if namespace is None:
        sys.modules[module.__name__] = module  # what is kept names its module, and looks it up
    # Never what is in the file: others may have changed that.
    exec(compile(text, file, "exec", dont_inherit=True), module.__dict__)
    return getattr(module, name)


@cache
def stamp() -> str:
    """The second line of what is kept: all versions that change the result.

    The processor is not among them; machine code is kept under its name and features.

    >>> stamp().startswith("# By minitorch ")
    True
    """
    made = hashlib.sha256()
    for maker in MAKERS:
        file = Path(__file__).with_name(maker)
        made.update(file.read_bytes() if file.exists() else b"")
    switches = numba.config
    made.update(repr((switches.OPT, switches.BOUNDSCHECK, switches.DEBUGINFO_DEFAULT)).encode())
    try:
        own = version("minitorch")
    except PackageNotFoundError:  # a folder on the path
        own = "of no version"
    python = f"{sys.implementation.name} {platform.python_version()}{sys.abiflags}"
    return (
        f"# By minitorch {own} ({made.hexdigest()[:8]}), numba {numba.__version__}, "
        f"numpy {np.__version__}, {python}; safe to delete."
    )


def _before_fork() -> None:
    building.acquire()
    global_compiler_lock.acquire()


def _after_fork() -> None:
    global_compiler_lock.release()
    building.release()


# A fork waits for the kernel that another thread is compiling: its child would wait for ever.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork
    )


# The folder.


@cache
def cache_folder() -> Path | None:
    """The folder of generated kernels: private to the user, or None where there can be none.

    A folder that belongs to someone else, or that others may write to, is refused: what lies in it
    will be run. One that nobody may write to is read.
    """
    base = Path(config.cache) if config.cache else platformdirs.user_cache_path("minitorch")
    folder = base.expanduser().absolute() / "kernels"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = folder.stat()
        foreign = hasattr(os, "getuid") and status.st_uid != os.getuid()
        if foreign or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(f"{folder} can be written by others")
    except OSError as problem:
        _tell("kernels are compiled anew in each process", problem)
        return None
    return folder


def _keep(file: Path, text: str) -> bool:
    """Write the file of a text, or mend it if need be; False where it cannot be."""
    try:
        if file.exists() and file.read_bytes() == text.encode():
            _touch(file)
        else:
            write(file, text.encode())
    except OSError as problem:
        _tell("kernels are compiled anew in each process", problem)
        return False
    return True


def _touch(file: Path) -> None:
    """Mark a source as used now: `minitorch kernels` shows it, and prunes by it."""
    with suppress(OSError):  # read-only: then nothing can be pruned either
        os.utime(file)


def write(file: Path, data: bytes) -> None:
    """Write a file so that no other process ever sees half of it.

    Raises:
        OSError: it could not be written; what was there before still is.
    """
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _tell(what: str, problem: object) -> None:
    """Warn, once in a process: one cause makes every kernel fail alike."""
    if what not in _told:
        _told.add(what)
        logger.warning("%s: %s", what, problem)


class _Kept:
    """The machine code of one kernel, as Numba's cache of it: a sealed file per signature.

    Numba's own has an index, which processes that compile two signatures at once overwrite for each
    other, so that one may be given the code of the other; and it believes what it reads.
    """

    def __init__(self, folder: Path, title: str, text: str) -> None:
        self.cache_path = str(folder)
        self.folder = folder
        self.title = title
        self.text = text
        self.source = folder / f"{title}.py"
        self.has_source = False
        self._files = IndexDataCacheFile(str(folder), title, None)

    def load_overload(self, signature: Any, context: Any) -> Any:
        """What was compiled for a signature on this processor, or None.

        It is asked for when the function is first called; now its source is written.
        """
        context.refresh()
        if not self.has_source:
            self.has_source = _keep(self.source, self.text)
        if not self.has_source:
            return None
        _in_memory.discard(self.title)
        key = self._key(signature, context.codegen())
        name = self.file_name(signature, context.codegen())
        try:
            sealed = (self.folder / name).read_bytes()
        except OSError:
            return None
        try:
            if sealed[-len(key) :] != _seal(key, sealed[: -len(key)]):
                raise ValueError(f"{name} is not what was written")
            return CompileResult._rebuild(context, *self._files._load_data(name))
        except Exception as problem:  # whatever unpickling may raise
            _tell("a kept kernel is damaged and compiled anew", problem)
            return None

    def save_overload(self, signature: Any, result: Any) -> None:
        """Keep what was compiled for a signature, where that is possible."""
        if not self.has_source or result.lifted or result.library.has_dynamic_globals:
            return  # it holds addresses of this process
        key = self._key(signature, result.codegen)
        data = dumps(result._reduce())
        try:
            name = self.file_name(signature, result.codegen)
            write(self.folder / name, data + _seal(key, data))
        except OSError as problem:
            _tell("kernels are compiled anew in each process", problem)

    def flush(self) -> None:
        """Nothing: what is compiled again replaces what was."""

    def file_name(self, signature: Any, codegen: Any) -> str:
        """The title, the dtype of the first array, and what tells the signatures apart."""
        types = getattr(signature, "args", signature)
        dtypes = [str(kind.dtype) for kind in types if hasattr(kind, "dtype")]
        key = self._key(signature, codegen).hex()[:12]
        return f"{self.title}.{dtypes[0] if dtypes else 'numbers'}.{key}.nbc"

    def _key(self, signature: Any, codegen: Any) -> bytes:
        whole = (self.title, signature, codegen.magic_tuple())
        return hashlib.sha256(repr(whole).encode()).digest()


def _seal(key: bytes, data: bytes) -> bytes:
    return hashlib.sha256(key + data).digest()


# What this process did.

_compiled = 0


def watch(loop: Any, about: str) -> None:
    """Let the compilations of a function be counted, and told to `on_compile`."""
    if hasattr(loop, "overloads"):
        ABOUT[loop] = about


def compiled_count() -> int:
    """How many times this process compiled a kernel, and did not find it kept.

    >>> compiled_count() >= 0
    True
    """
    return _compiled


def used() -> list[str]:
    r"""The titles of the kernels this process used so far, in order.

    >>> kernel = load("def thrice(x):\n    return 3 * x\n", "thrice", "3 * x", namespace={})
    >>> used()[-1].partition("_")[0]
    'thrice'
    """
    return list(_used)


class _Compilations(event.Listener):
    """Hears of everything that Numba compiles; kernels are those that are watched."""

    def __init__(self) -> None:
        self.started = 0.0

    def on_start(self, event: event.Event) -> None:
        about = ABOUT.get(event.data["dispatcher"])
        if about is not None:
            self.started = time.perf_counter()
            for observer in tuple(on_compile):
                observer(about, None)

    def on_end(self, event: event.Event) -> None:
        global _compiled
        about = ABOUT.get(event.data["dispatcher"])
        if about is not None:
            _compiled += tuple(event.data["args"]) in event.data["dispatcher"].overloads
            for observer in tuple(on_compile):
                observer(about, time.perf_counter() - self.started)


event.register("numba:compile", _Compilations())


def _note(title: str, text: str) -> None:
    if not _used:
        atexit.register(_write_last_run, os.getpid())
    _used[title] = text
    _in_memory.add(title)  # until it is compiled, and kept


def _write_last_run(process: int) -> None:
    """Leave the list for `minitorch kernels --last`: the run that ended last is the last run.

    Forked processes and workers of `multiprocessing` are part of the run that made them, and leave
    none; a program started by another one ends first, so the list of the outer one stands.
    """
    folder = cache_folder()
    if folder is None or os.getpid() != process or parent_process() is not None:
        return
    run = {
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200],
        "compiled": _compiled,
        "kernels": list(_used),
        "in_memory": {title: _used[title] for title in _used if title in _in_memory},
    }
    try:
        write(folder / LAST_RUN, json.dumps(run, indent=1).encode())
    except OSError as problem:
        logger.debug("the list of this run's kernels is not kept: %s", problem)

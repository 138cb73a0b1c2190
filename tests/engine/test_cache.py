"""Kernels on disk: compiled once per machine, and never trusted beyond what they are.

Idea: a first process fills an empty cache, something happens to it, a second process must give
    the right numbers; and where nothing happened, it compiles nothing.
Not here: kernels within one process (test_kernels.py).
Read next: test_processes.py
"""

from __future__ import annotations

import itertools
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from minitorch import FastOps, kernel_store, operators, tensor
from tests.engine.process import finish, kernel_files, run, start

pytestmark = pytest.mark.jit

# Two kernels: a template around an operator, forward and back, and a loop by itself.
PROGRAM = """
import minitorch
x = minitorch.tensor([[1.0, 2.0], [3.0, 4.0]], minitorch.FastBackend, requires_grad=True)
(x * x).backward(x)
position = minitorch.argmax_position(x, 1)
print(x.grad.to_numpy().tolist(), position.to_numpy().tolist(), compiled())
"""
RESULT = "[[2.0, 8.0], [18.0, 32.0]] [[1], [1]]"


@pytest.fixture(scope="module")
def cache_of_a_process(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that one process has filled; tests damage copies."""
    folder = tmp_path_factory.mktemp("filled")
    result, _, count = run(PROGRAM, MINITORCH_CACHE=str(folder)).rpartition(" ")
    assert result == RESULT
    assert int(count) > 0
    return folder


@pytest.fixture
def filled(cache_of_a_process: Path, cache_dir: Path) -> Path:
    """A copy of that cache, as this test's own."""
    shutil.copytree(cache_of_a_process, cache_dir, dirs_exist_ok=True)
    return cache_dir


def check_again(cache: Path) -> int:
    """Run the program a second time; the number of functions compiled."""
    result, _, count = run(PROGRAM).rpartition(" ")
    assert result == RESULT
    assert not list((cache / "kernels").glob("*.tmp"))
    return int(count)


def test_a_second_process_compiles_and_writes_nothing(filled: Path) -> None:
    before = kernel_files(filled)
    assert any(name.endswith(".py") for name in before)
    assert any(name.endswith(".nbc") for name in before)
    assert check_again(filled) == 0
    after = kernel_files(filled)
    assert [name for name in before if not name.endswith(".json")] == [
        name for name in after if not name.endswith(".json")
    ]
    compiled = [name for name in before if name.endswith(".nbc")]
    assert [after[name] for name in compiled] == [before[name] for name in compiled]
    assert stat.S_IMODE((filled / "kernels").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("suffix", "damages"),
    [("py", "truncated emptied garbled"), ("nbc", "truncated emptied garbled changed swapped")],
)
def test_damaged_files_are_replaced(filled: Path, suffix: str, damages: str) -> None:
    damaged = [filled / name for name in kernel_files(filled) if name.endswith(f".{suffix}")]
    assert len(damaged) >= 2
    texts = {path: path.read_bytes() for path in damaged}
    for (path, text), damage in zip(texts.items(), itertools.cycle(damages.split())):
        other = next(data for data in texts.values() if data != text)
        middle = len(text) // 2
        changed = {
            "truncated": text[:middle],
            "emptied": b"",
            "garbled": text[:20] + bytes(reversed(text[20:])),
            "changed": text[:middle] + bytes([text[middle] ^ 1]) + text[middle + 1 :],
            "swapped": other,  # whole, but it is the code of something else
        }
        path.write_bytes(changed[damage])
    broken = {path: path.read_bytes() for path in damaged}
    check_again(filled)
    if suffix == "py":
        assert {path: path.read_bytes() for path in damaged} == texts
        return
    assert all(path.read_bytes() != broken[path] for path in damaged)
    assert check_again(filled) == 0


def test_code_put_into_a_kernels_file_does_not_run(filled: Path, tmp_path: Path) -> None:
    mark = tmp_path / "was here"
    for name in kernel_files(filled):
        if name.endswith(".py"):
            path = filled / name
            path.write_text(f"open({str(mark)!r}, 'w')\n" + path.read_text("utf-8"), "utf-8")
    check_again(filled)
    assert not mark.exists()


@pytest.mark.slow
def test_six_processes_at_once_on_an_empty_cache(cache_dir: Path) -> None:
    program = """
    import minitorch
    x = minitorch.tensor([1.0, 2.0], minitorch.FastBackend)
    print((x * x).to_numpy().tolist(), compiled())
    """
    processes = [start(program) for _ in range(6)]
    for process in processes:
        assert finish(process).startswith("[1.0, 4.0] ")
    assert run(program) == "[1.0, 4.0] 0"
    assert not list((cache_dir / "kernels").glob("*.tmp"))


# Folders that must not be used.


@pytest.fixture
def folder_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], Path | None]]:
    """Asks this process for its folder of kernels, as if MINITORCH_CACHE had been set."""

    def ask(base: Path) -> Path | None:
        monkeypatch.setattr(kernel_store, "config", replace(kernel_store.config, cache=str(base)))
        monkeypatch.setattr(kernel_store, "_told", set())
        kernel_store.cache_folder.cache_clear()
        return kernel_store.cache_folder()

    yield ask
    kernel_store.cache_folder.cache_clear()


def test_the_folder_is_made_for_the_user_alone(folder_in: Any, cache_dir: Path) -> None:
    folder = folder_in(cache_dir / "not" / "yet" / "there")
    assert folder == cache_dir / "not" / "yet" / "there" / "kernels"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o720, 0o702])
def test_a_folder_that_others_may_write_to_is_refused(
    mode: int, folder_in: Any, cache_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = cache_dir / "kernels"
    folder.mkdir()
    folder.chmod(mode)
    assert folder_in(cache_dir) is None
    assert caplog.messages == [
        f"kernels are compiled anew in each process: {folder} can be written by others"
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_someone_else_is_refused(folder_in: Any, cache_dir: Path) -> None:
    folder = cache_dir / "kernels"
    folder.mkdir(mode=0o700)
    os.chown(folder, 12345, 12345)
    assert folder_in(cache_dir) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_is_no_obstacle(folder_in: Any, cache_dir: Path) -> None:
    (cache_dir / "kernels").mkdir(mode=0o500)
    assert folder_in(cache_dir) is None


def test_without_a_folder_kernels_work_and_the_user_is_told_once(tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.write_text("")
    program = """
    import logging
    warnings = []

    class Note(logging.Handler):
        def emit(self, record):
            warnings.append(record.getMessage())

    logging.getLogger("minitorch").addHandler(Note())
    import minitorch
    x = minitorch.tensor([1.0, 2.0], minitorch.FastBackend)
    print((x * x).to_numpy().tolist(), (-x).to_numpy().tolist(), len(warnings), *warnings)
    """
    out = run(program, MINITORCH_CACHE=str(file))
    assert out.startswith("[1.0, 4.0] [-1.0, -2.0] 1 kernels are compiled anew in each process:")
    assert "Not a directory" in out
    assert file.read_text() == ""


def test_a_disk_that_is_full_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, with a writer that fails."""

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kernels, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(kernels.tempfile, "mkstemp", full)
    out = FastOps.map(operators.neg)(tensor([1.0, 2.0]))
    assert out.to_numpy().tolist() == [-1.0, -2.0]
    assert list(tmp_path.iterdir()) == []


# What is in the key of a kernel.

# Each function doubles, and after the edit multiplies by 5; only the last changes its own text.
EDITED = {
    "by_far_helper.py": "from near import h\ndef f(x):\n    return h(x)\n",
    "near.py": "from helper import g\ndef h(x):\n    return g(x)\n",
    "by_number.py": "import numpy as np\nK = np.float32({k})\ndef f(x):\n    return K * x\n",
    "by_array.py": "import numpy as np\nK = np.array([{k}])\ndef f(x):\n    return K[0] * x\n",
    "by_complex.py": "K = {k} + 0j\ndef f(x):\n    return K.real * x\n",
    "by_type.py": """from numba import float64, int64
T = float64 if {k} == 2.0 else int64
def f(x):
    return (5.0 - 6.0 * T(0.5)) * x
""",
    "by_nesting.py": """K = (({k}, 1.0), 0.0) if {k} == 2.0 else (({k},), 1.0, 0.0)
def f(x):
    return K[0][0] * x if len(K) == 2 else 5.0 * x
""",
    "by_alias.py": """def a(x):
    return 2.0 * x
def b(x):
    return 5.0 * x
c = a if {k} == 2.0 else b
def f(x):
    return a(x) + b(x) + c(x) - 7.0 * x
""",
    "by_comprehension.py": "K = {k}\ndef f(x):\n    return sum([K for _ in range(1)]) * x\n",
    "by_tuple.py": "K = ({k}, 1.0)\ndef f(x):\n    return K[0] * x\n",
    "by_helper.py": "from helper import g\ndef f(x):\n    return g(x)\n",
    "helper.py": "K = {k}\ndef g(x):\n    return K * x\n",
    "by_compiled_helper.py": "import compiled\ndef f(x):\n    return compiled.g(x)\n",
    "compiled.py": "from numba import njit\n@njit\ndef g(x):\n    return {k} * x\n",
    "by_default.py": "def f(x, k={k}):\n    return k * x\n",
    "by_text.py": "def f(x):\n    return {k} * x\n",
}


def test_what_changes_the_result_gives_another_kernel(cache_dir: Path, tmp_path: Path) -> None:
    names = [name[:-3] for name in EDITED if name.startswith("by_")]
    program = f"""
    import sys
    sys.path.insert(0, {str(tmp_path)!r})
    import importlib
    import minitorch
    for name in {names}:
        lifted = minitorch.FastOps.map(importlib.import_module(name).f)
        print(name, lifted(minitorch.tensor([1.0, 2.0])).to_numpy().tolist())
    print(compiled() > 0)
    """
    for factor in (2.0, 5.0):
        for name, text in EDITED.items():
            (tmp_path / name).write_text(text.format(k=factor))
        # Without files of bytecode, as two edits within a second look alike to Python.
        lines = run(program, PYTHONDONTWRITEBYTECODE="1").splitlines()
        assert lines == [*(f"{name} [{factor}, {2 * factor}]" for name in names), "True"]


def test_a_function_that_no_other_process_can_find_works_too(cache_dir: Path) -> None:
    program = """
    import minitorch
    k = 3.0
    functions = [lambda x: 2.0 * x, (lambda k: lambda x: k * x)(5.0)]
    for f in functions:
        print(minitorch.FastOps.map(f)(minitorch.tensor([1.0, 2.0])).to_numpy().tolist())
    """
    assert run(program).splitlines() == ["[2.0, 4.0]", "[5.0, 10.0]"]
    assert not list((cache_dir / "kernels").glob("*.py"))


def test_a_file_edited_after_import_is_not_what_is_compiled(
    cache_dir: Path, tmp_path: Path
) -> None:
    """A learner edits a template while a notebook that has loaded it is open."""
    text = """
def template(fn):
    def loop(out, a):
        for i in range(len(a)):
            out[i] = fn(a[i]) * {factor}
    return loop
"""
    file = tmp_path / "own_loop.py"
    file.write_text(text.format(factor="2.0"))
    edits = [text.format(factor="5.0"), "# One line more." + text.format(factor="2.0")]
    program = f"""
    import sys
    sys.path.insert(0, {str(tmp_path)!r})
    import numpy as np
    import own_loop
    from minitorch import operators
    from minitorch.kernels import Kernel
    kernels = [Kernel(own_loop.template, fn) for fn in (operators.neg, operators.id)]
    for kernel, edited in zip(kernels, {edits}):
        open({str(file)!r}, "w").write(edited)
        out = np.zeros(2)
        kernel(out.dtype, 1)(out, np.array([1.0, 3.0]))
        print(out.tolist())
    """
    assert run(program).splitlines() == ["[-2.0, -6.0]", "[2.0, 6.0]"]

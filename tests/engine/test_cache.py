"""Kernels on disk: compiled once per machine, and never trusted beyond what they are.

Idea: a first process fills an empty cache, something happens to it, a second process must give
    the right numbers; and where nothing happened, it compiles nothing.
Not here: kernels within one process (test_kernels.py).
Read next: test_processes.py
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from minitorch import FastOps, kernel_store, kernels, operators, tensor
from tests.engine.process import ROOT, finish, kernel_files, run, start

pytestmark = [pytest.mark.jit, pytest.mark.usefixtures("compiled_at_once")]

# Two kernels: a template around an operator, forward and back, and a loop by itself.
PROGRAM = """
import minitorch
x = minitorch.tensor([[1.0, 2.0], [3.0, 4.0]], minitorch.FastBackend, requires_grad=True)
(x * x).backward(x)
position = minitorch.argmax_position(x, 1)
print(x.grad.to_numpy().tolist(), position.to_numpy().tolist(), compiled())
"""
RESULT = "[[2.0, 8.0], [18.0, 32.0]] [[1], [1]]"
# Two kernels, for tests that compile them anew.
SMALL = """
import minitorch
x = minitorch.tensor([[1.0, 2.0], [3.0, 4.0]], minitorch.FastBackend)
print((-x).to_numpy().tolist(), minitorch.argmax_position(x, 1).to_numpy().tolist(), compiled())
"""
SMALL_RESULT = "[[-1.0, -2.0], [-3.0, -4.0]] [[1], [1]] "


# A program that prints what it was warned of; around one of those above.
WARNED = """
import logging
warnings = []

class Note(logging.Handler):
    def emit(self, record):
        warnings.append(record.getMessage())

logging.getLogger("minitorch").addHandler(Note())
"""
TELL = """
print(len(warnings), *warnings)
"""


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
    result, warned = run(WARNED + PROGRAM + TELL).splitlines()
    assert result.startswith(RESULT)
    if suffix == "py":  # it is only there to be read
        assert (result, warned) == (f"{RESULT} 0", "0")
        assert {path: path.read_bytes() for path in damaged} == texts
        return
    assert warned.startswith("1 a kept kernel is damaged and compiled anew: ")
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


# Root may write to every folder, until it gives that up.
NO_PRIVILEGE = """
import ctypes, os
if os.geteuid() == 0:
    libc = ctypes.CDLL(None)
    head, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(head, sets) == 0
    sets[0] &= ~0b110  # to override who may read and write
    assert libc.capset(head, sets) == 0
"""
ANEW = "1 kernels are compiled anew in each process: "
linux_or_user = pytest.mark.skipif(
    os.geteuid() == 0 and sys.platform != "linux", reason="root may write everywhere"
)


def files_and_contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@linux_or_user
def test_a_read_only_folder_that_is_empty(cache_dir: Path) -> None:
    """The folder cannot take the kernels, nor the list of them: told once for all."""
    (cache_dir / "kernels").mkdir(mode=0o500)
    result, warned = run(NO_PRIVILEGE + WARNED + SMALL + TELL).splitlines()
    assert result.startswith(SMALL_RESULT)
    assert warned.startswith(ANEW)
    assert "Permission denied" in warned
    assert files_and_contents(cache_dir / "kernels") == {}


@linux_or_user
def test_a_read_only_folder_is_read(filled: Path) -> None:
    folder = filled / "kernels"
    before = files_and_contents(folder)
    folder.chmod(0o500)
    for file in folder.iterdir():
        file.chmod(0o400)
    assert run(NO_PRIVILEGE + WARNED + PROGRAM + TELL).splitlines() == [f"{RESULT} 0", "0"]
    # What is not in it is compiled, and not kept.
    result, warned = run(NO_PRIVILEGE + WARNED + SMALL + TELL).splitlines()
    assert result.startswith(SMALL_RESULT)
    assert warned.startswith(ANEW)
    assert files_and_contents(folder) == before
    folder.chmod(0o700)


def test_without_a_folder_kernels_work_and_the_user_is_told_once(tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.write_text("")
    result, warned = run(WARNED + SMALL + TELL, MINITORCH_CACHE=str(file)).splitlines()
    assert result.startswith(SMALL_RESULT)
    assert warned.startswith(ANEW)
    assert "Not a directory" in warned
    assert file.read_text() == ""


@pytest.mark.parametrize(
    ("space", "kept"),
    [(500, set[str]()), (20_000, {".py", ".json"})],
    ids=["for nothing", "for sources only"],
)
def test_a_disk_with_too_little_space(space: int, kept: set[str], cache_dir: Path) -> None:
    """As a limit to the size of each file: a write ends in the middle, with an error."""
    full = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({space}, {space}))
"""
    result, warned = run(full + WARNED + SMALL + TELL).splitlines()
    assert result.startswith(SMALL_RESULT)
    assert warned.startswith(ANEW)
    assert "File too large" in warned
    files = files_and_contents(cache_dir / "kernels")
    assert {Path(name).suffix for name in files} == kept
    if kept:  # then they are as good as any
        assert run(SMALL) != f"{SMALL_RESULT}0"
        assert run(SMALL) == f"{SMALL_RESULT}0"


def test_a_disk_that_is_full_is_no_obstacle(
    folder_in: Any, cache_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    """In this process, with a writer that fails."""

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    folder = folder_in(cache_dir)
    monkeypatch.setattr(kernel_store, "write", full)
    monkeypatch.setattr(kernel_store, "_functions", {})
    out = FastOps.map(operators.neg)(tensor([1.0, 2.0]))
    assert out.to_numpy().tolist() == [-1.0, -2.0]
    assert list(folder.iterdir()) == []
    kernel_store._write_last_run(os.getpid())  # pyright: ignore[reportPrivateUsage]
    assert caplog.messages == [
        "kernels are compiled anew in each process: [Errno 28] No space left on device"
    ]


def test_a_write_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "x.py"
    kernel_store.write(file, b"before")

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(kernel_store.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        kernel_store.write(file, b"after")
    assert files_and_contents(tmp_path) == {"x.py": b"before"}


@pytest.mark.slow
def test_processes_that_compile_different_signatures_at_once(cache_dir: Path) -> None:
    """Each finds its own code later, under whatever order they wrote in."""
    program = """
    import numpy as np
    from minitorch import kernel_store
    source = "from numba import njit\\n@njit\\ndef first(x):\\n    return x[0]\\n"
    first = kernel_store.load(source, "first", "x[0]")
    print([str(first(np.array([3], dtype))) for dtype in {dtypes}], kernel_store.compiled_count())
    """
    dtypes = ["int64", "float32", "float64", "int8", "complex64", "bool"]
    results = ["3", "3.0", "3.0", "3", "(3+0j)", "True"]
    processes = [start(program.format(dtypes=[dtype])) for dtype in dtypes]
    assert [finish(process) for process in processes] == [f"['{r}'] 1" for r in results]
    assert run(program.format(dtypes=dtypes)) == f"{results} 0"
    assert len(list((cache_dir / "kernels").glob("*.nbc"))) == len(dtypes)


# The list of the kernels of the last run.


def last_run(cache: Path) -> dict[str, Any]:
    return json.loads((cache / "kernels" / kernel_store.LAST_RUN).read_text())


def test_a_run_leaves_the_list_of_its_kernels(filled: Path) -> None:
    assert check_again(filled) == 0
    run_ = last_run(filled)
    sources = {file.stem for file in (filled / "kernels").glob("*.py")}
    assert run_["compiled"] == 0
    assert set(run_["kernels"]) == sources
    assert len(run_["kernels"]) == len(sources)
    assert [title.rpartition("_")[0] for title in run_["kernels"][:1]] == ["zip"]


def test_who_runs_no_kernels_leaves_no_list(filled: Path) -> None:
    run("import minitorch\nminitorch.tensor([1.0]) * 2.0")
    before = last_run(filled)
    run("import minitorch.cli.main as main\nmain.run(['doctor'])")
    assert last_run(filled) == before


@pytest.mark.parametrize("how", ["fork", "spawn", "os.fork"])
def test_the_list_is_the_parents(how: str, cache_dir: Path, tmp_path: Path) -> None:
    """A child that ends late, with kernels of its own, does not replace what its parent left."""
    program = f"""
import os, sys, time
import multiprocessing
from minitorch import kernel_store

def work(name):
    text = f"from numba import njit\\n@njit\\ndef {{name}}(x):\\n    return x + 1\\n"
    return kernel_store.load(text, name, "x + 1")(1)

def late():
    time.sleep(0.5)
    assert work("child") == 2

if __name__ == "__main__":
    work("parent")
    if {how!r} == "os.fork":
        child = os.fork()
        if not child:
            late()
            sys.exit()
        assert os.waitpid(child, 0)[1] == 0
    else:
        child = multiprocessing.get_context({how!r}).Process(target=late)
        child.start()
        child.join()
        assert child.exitcode == 0
    assert not os.path.exists({str(cache_dir / "kernels" / kernel_store.LAST_RUN)!r})
"""
    (tmp_path / "program.py").write_text(program)
    subprocess.run(
        [sys.executable, tmp_path / "program.py"],
        check=True,
        timeout=120,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    found = last_run(cache_dir)
    assert found["command"].startswith("program.py")
    assert [title.rpartition("_")[0] for title in found["kernels"]] == ["parent"]
    assert len(list((cache_dir / "kernels").glob("*.py"))) == 2


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


PLAIN_LOOP = """
def template(fn):
    def loop(out, a):
        for i in range(len(a)):
            out[i] = fn(a[i]) * {factor}
    return loop
"""


def test_what_changes_the_result_gives_another_kernel(cache_dir: Path, tmp_path: Path) -> None:
    names = [name[:-3] for name in EDITED if name.startswith("by_")]
    program = f"""
    import sys
    sys.path.insert(0, {str(tmp_path)!r})
    import importlib
    import minitorch
    import numpy as np
    import plain_loop
    for name in {names}:
        kernel = minitorch.kernels.Kernel(plain_loop.template, importlib.import_module(name).f)
        out = np.zeros(2)
        kernel(out.dtype, 1)(out, np.array([1.0, 2.0]))
        print(name, out.tolist())
    print(compiled() > 0)
    """
    (tmp_path / "plain_loop.py").write_text(PLAIN_LOOP.format(factor="1.0"))
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
    text = PLAIN_LOOP
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


def test_a_constant_replaced_in_a_process_is_not_kept_under_a_false_name(
    cache_dir: Path, tmp_path: Path
) -> None:
    """Nor is what was made of it before used again."""
    (tmp_path / "by_constant.py").write_text("K = 2.0\ndef f(x):\n    return K * x\n")
    program = f"""
    import sys
    sys.path.insert(0, {str(tmp_path)!r})
    import by_constant
    import minitorch
    def result():
        return minitorch.FastOps.map(by_constant.f)(minitorch.tensor([1.0])).item()
    before = result()
    by_constant.K = 5.0
    print(before, result())
    """
    assert run(program) == "2.0 5.0"
    (tmp_path / "by_constant.py").write_text("K = 5.0\ndef f(x):\n    return K * x\n")
    assert run(program, PYTHONDONTWRITEBYTECODE="1") == "5.0 5.0"


def test_options_of_a_compiled_helper_are_in_the_key() -> None:
    from numba import njit

    def identity(helper: Any) -> list[Any]:
        return list(kernels._identity(helper, {}))  # pyright: ignore[reportPrivateUsage]

    plain = identity(njit(operators.mul))
    assert plain == identity(njit(operators.mul))
    assert plain != identity(njit(operators.add))
    assert plain != identity(njit(fastmath=True)(operators.mul))
    fast = {"nnan", "contract"}
    assert identity(njit(fastmath=fast)(operators.mul)) != identity(
        njit(fastmath={"nnan"})(operators.mul)
    )


# Templates that cannot stand in a module by themselves.
TEMPLATES = {
    "scaled": """
def template(fn):
    scale = 3.0
    def loop(out, a):
        for i in range(len(a)):
            out[i] = fn(a[i]) * scale
    return loop
""",
    "defaulted": """
K = 3.0
def template(fn):
    def loop(out, a, scale=K):
        for i in range(len(a)):
            out[i] = fn(a[i]) * scale
    return loop
""",
    "by_module": """
import beside
def template(fn):
    def loop(out, a):
        for i in range(len(a)):
            out[i] = fn(a[i]) * beside.K
    return loop
""",
}


def test_templates_that_lean_on_more_than_their_text(cache_dir: Path, tmp_path: Path) -> None:
    for name, text in TEMPLATES.items():
        (tmp_path / f"{name}.py").write_text(text)
    program = f"""
    import importlib, sys
    sys.path.insert(0, {str(tmp_path)!r})
    import numpy as np
    from minitorch import operators
    from minitorch.kernels import Kernel
    for name in {[*TEMPLATES]}:
        out = np.zeros(2)
        kernel = Kernel(importlib.import_module(name).template, operators.neg)
        kernel(out.dtype, 1)(out, np.array([1.0, 2.0]))
        print(name, out.tolist())
    """
    for factor in (3.0, 4.0):
        (tmp_path / "beside.py").write_text(f"K = {factor}\n")
        assert run(program, PYTHONDONTWRITEBYTECODE="1").splitlines() == [
            "scaled [-3.0, -6.0]",
            "defaulted [-3.0, -6.0]",
            f"by_module [{-factor}, {-2 * factor}]",
        ]

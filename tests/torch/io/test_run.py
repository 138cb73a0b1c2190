"""`minitorch run`: a program is run as Python would, and its torch is ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def run(
    folder: Path, program: str, *arguments: str, before: tuple[str, ...] = (), where: str = "app.py"
) -> subprocess.CompletedProcess[str]:
    """Run a program from another folder than its own."""
    path = folder / "programs" / where
    path.parent.mkdir(exist_ok=True)
    path.write_text(program)
    command = [sys.executable, "-m", "minitorch", "run", *before, f"programs/{where}", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_DISABLE_JIT": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_every_name_of_torch_is_ours(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        "import torch, torch.nn as nn\n"
        "import torch.nn.functional as F\n"
        "from torch.utils.dlpack import from_dlpack\n"
        "import torchvision.transforms as T\n"
        "from safetensors.torch import save_file\n"
        "import minitorch.torch\n"
        "assert torch is minitorch.torch and nn is minitorch.torch.nn\n"
        "assert torch.nn.functional is F and torch.__spec__.name == 'minitorch.torch'\n"
        "print(torch.__name__, nn.Linear(2, 1), F.relu(torch.tensor([-1.0, 1.0])))\n"
        "print(T.ToTensor().__class__.__module__, save_file.__module__)\n",
    )
    assert done.stderr == ""
    assert done.stdout == (
        "minitorch.torch Linear(in_features=2, out_features=1, bias=True) tensor([0., 1.])\n"
        "minitorch.torch.vision.transforms.fixed minitorch.torch.utils.safetensors\n"
    )


def test_a_program_finds_what_python_would_give_it(tmp_path: Path) -> None:
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "helper.py").write_text("import torch\nvalue = torch.ones(1)\n")
    done = run(
        tmp_path,
        "import os, sys, pickle, helper, __main__\n"
        "class Thing: pass\n"
        "assert pickle.loads(pickle.dumps(Thing())).__class__ is Thing is __main__.Thing\n"
        "print(__name__, sys.argv, os.path.basename(__file__), os.path.basename(sys.path[0]))\n"
        "here = os.path.basename(os.getcwd())\n"
        "print(here != 'programs', helper.value, os.path.isabs(__file__))\n",
        "--lr", "0.1", "--help", "--", "-x",
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout == (
        "__main__ ['programs/app.py', '--lr', '0.1', '--help', '--', '-x'] app.py programs\n"
        "True tensor([1.]) True\n"
    )


@pytest.mark.parametrize(
    ("program", "status", "written"),
    [
        ("", 0, ""),
        ("import sys; sys.exit()", 0, ""),
        ("import sys; sys.exit(7)", 7, ""),
        ("raise SystemExit('no data')", 1, "no data\n"),
        ("import os; os._exit(3)", 3, ""),
    ],
)
def test_exit_status(program: str, status: int, written: str, tmp_path: Path) -> None:
    done = run(tmp_path, program)
    assert (done.returncode, done.stderr) == (status, written)


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "minitorch", "run", "absent.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert done.returncode == 2
    assert "can't open file" in done.stderr
    assert "No such file or directory" in done.stderr


PROGRAM = """\
import torch

class Net(torch.nn.Module):
    def forward(self, x):
        return x.view(3)

def main():
    Net()(torch.ones(2))

main()
"""


def test_tracebacks_show_the_programs_lines_only(tmp_path: Path) -> None:
    done = run(tmp_path, PROGRAM)
    assert done.returncode == 1
    places = [line.strip() for line in done.stderr.splitlines() if line.startswith("  File")]
    path = str(tmp_path / "programs" / "app.py")
    assert places == [
        f'File "{path}", line 10, in <module>',
        f'File "{path}", line 8, in main',
        f'File "{path}", line 5, in forward',
    ]
    assert "shape '[3]' is invalid for input of size 2" in done.stderr.splitlines()[-1]


def test_the_librarys_lines_are_shown_where_asked_for(tmp_path: Path) -> None:
    done = run(tmp_path, PROGRAM, before=("--full-traceback",))
    assert "shaping.py" in done.stderr


def test_causes_are_trimmed_too(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        "import torch\n"
        "try:\n"
        "    torch.ones(2).view(3)\n"
        "except RuntimeError as error:\n"
        "    raise ValueError('wrong') from error\n",
    )
    assert done.stderr.count("  File") == 2
    assert "direct cause" in done.stderr
    assert done.stderr.splitlines()[-1] == "ValueError: wrong"


def test_a_mistake_in_the_text_is_shown_as_python_shows_it(tmp_path: Path) -> None:
    done = run(tmp_path, "x = (\n")
    assert done.returncode == 1
    assert "SyntaxError: '(' was never closed" in done.stderr
    assert done.stderr.count("  File") == 1


def test_a_hook_of_the_program_is_asked(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        "import sys\nsys.excepthook = lambda kind, *_: print('met', kind.__name__)\n1 / 0\n",
    )
    assert (done.stdout, done.returncode) == ("met ZeroDivisionError\n", 1)


def test_logging_is_left_to_the_program(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        "import logging\n"
        "assert not logging.getLogger().handlers\n"
        "logging.basicConfig(level=logging.INFO, format='%(message)s')\n"
        "logging.info('hello')\n",
    )
    assert done.stderr == "hello\n"


MISSING = {
    "torch.relux": ("AttributeError", "The nearest are torch.relu"),
    "torch.nn.Linera": ("AttributeError", "The nearest"),
    "torch.nn.functional.log_softmx": ("AttributeError", "torch.nn.functional.log_softmax"),
    "torch.optim.Adma": ("AttributeError", "torch.optim.Adam"),
}


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_name_is_told_with_what_is_near(name: str, tmp_path: Path) -> None:
    kind, near = MISSING[name]
    module, _, word = name.rpartition(".")
    done = run(
        tmp_path,
        f"import {module}\n"
        "from minitorch.errors import MinitorchError\n"
        "try:\n"
        f"    {name}\n"
        f"except {kind} as error:\n"
        "    assert isinstance(error, MinitorchError)\n"
        "    print(error)\n"
        f"assert not hasattr({module}, '{word}')\n"
        "try:\n"
        f"    from {module} import {word}\n"
        "except ImportError as error:\n"
        "    assert isinstance(error, MinitorchError), type(error)\n"
        "    print(error)\n",
    )
    assert done.stderr == ""
    for line in done.stdout.splitlines():
        assert line.startswith(f"module '{module}' has no attribute '{word}'")
        assert near in line
    assert len(done.stdout.splitlines()) == 2


def test_a_missing_module_is_told(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        "try:\n    import torch.serialisation\nexcept ModuleNotFoundError as error:\n"
        "    print(error.name, error)\n",
    )
    assert done.stdout.startswith("torch.serialisation No module named 'torch.serialisation'")
    assert "torch.serialization" in done.stdout


def test_child_processes_are_answered_too(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        "import subprocess, sys, torch.multiprocessing as mp\n"
        "import torch.nn as nn\n"
        "def work(k, queue):\n"
        "    queue.put((k, nn.Linear(1, 1).__class__.__module__))\n"
        "if __name__ == '__main__':\n"
        "    code = 'import torch.nn; print(torch.nn.__name__)'\n"
        "    command = [sys.executable, '-c', code]\n"
        "    print(subprocess.check_output(command, cwd='/', text=True).strip())\n"
        "    queue = mp.get_context('spawn').Queue()\n"
        "    mp.spawn(work, (queue,), nprocs=1)\n"
        "    print(queue.get())\n",
    )
    assert done.stderr == ""
    assert done.stdout == "minitorch.torch.nn\n(0, 'minitorch.torch.nn.modules.linear')\n"


def test_a_module_is_run_as_python_would(tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "__init__.py").write_text("")
    (tmp_path / "job" / "train.py").write_text(
        "import sys, torch\nprint(__name__, __package__, sys.argv[1:], torch.ones(1))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "minitorch", "run", "-m", "job.train", "--n", "3"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout == "__main__ job ['--n', '3'] tensor([1.])\n"


def test_processes_share_the_memory_that_is_to_be_shared(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        "import torch, torch.multiprocessing as mp\n"
        "def work(k, model, x, y):\n"
        "    with torch.no_grad():\n"
        "        model.weight.sub_(k + 1.0)\n"
        "        x.add_(1); y.add_(1)\n"
        "if __name__ == '__main__':\n"
        "    model = torch.nn.Linear(1, 1, bias=False)\n"
        "    torch.nn.init.zeros_(model.weight)\n"
        "    assert model.share_memory() is model and model.weight.is_shared()\n"
        "    x, y = torch.zeros(2), torch.zeros(2).share_memory_()\n"
        "    view = y[1:]\n"
        "    for method in ('spawn', 'fork'):\n"
        "        mp.start_processes(work, (model, x, y), nprocs=1, start_method=method)\n"
        "    print(model.weight.item(), x.tolist(), y.tolist(), view.tolist())\n",
    )
    assert done.stderr == ""
    assert done.stdout == "-2.0 [0.0, 0.0] [2.0, 2.0] [2.0]\n"

"""The import hook that answers `import torch` by this package, and torchvision by a small one.

Idea: the first finder on `sys.meta_path` answers `torch.nn` by the module `minitorch.torch.nn`,
    the very same object under both names, whatever else is installed. Processes that the program
    starts find a stand-in on PYTHONPATH, which installs the hook there.
Not here: running a program (../cli/run.py).
Read next: missing.py
"""

from __future__ import annotations

import importlib
import os
import site
import sys
from collections.abc import MutableMapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from minitorch.errors import MissingNameError
from minitorch.torch.missing import nearest

__all__ = ["ANSWERS", "install", "serve_children"]

# Who is asked for, and who answers.
ANSWERS = {
    "torch": "minitorch.torch",
    "torchvision": "minitorch.torch.vision",
    "safetensors.torch": "minitorch.torch.utils.safetensors",
}
STAND_INS = Path(__file__).parent / "stand_ins"
KEPT = ("__spec__", "__loader__", "__name__", "__package__", "__path__", "__file__")


def _target(name: str) -> str | None:
    for asked, answer in ANSWERS.items():
        if name == asked or name.startswith(asked + "."):
            return answer + name.removeprefix(asked)
    return None


class Answering(MetaPathFinder, Loader):
    """Finds modules of PyTorch's, and loads ours."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A spec for what is asked of us, None for all else."""
        return None if _target(fullname) is None else ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Our module; importing it is all there is to do.

        Raises:
            MissingNameError: there is none.
        """
        target = _target(spec.name)
        assert target is not None
        module = self._import(spec.name, target)
        self.kept[spec.name] = {k: vars(module)[k] for k in KEPT if k in vars(module)}
        return module

    def _import(self, asked: str, target: str) -> ModuleType:
        try:
            return importlib.import_module(target)
        except ModuleNotFoundError as error:
            if error.name is None or not (target + ".").startswith(error.name + "."):
                raise
        parent, _, leaf = target.rpartition(".")
        found = getattr(sys.modules.get(parent), leaf, None)  # a module by another path
        if isinstance(found, ModuleType):
            return found
        known = [name.rpartition(".")[2] for name in sys.modules if name.startswith(parent + ".")]
        near = [f"{asked.rpartition('.')[0]}.{it}" for it in nearest(leaf, known)]
        hint = f" The nearest: {', '.join(near)}." if near else ""
        raise MissingNameError(
            f"No module named {asked!r}: minitorch does not have it.{hint} docs/torch-support.md "
            "lists what there is.",
            name=asked,
        )

    def exec_module(self, module: ModuleType) -> None:
        """Undo what the import system wrote over: the module keeps its own name and place."""
        spec = module.__spec__
        if spec is not None and spec.name in self.kept:
            vars(module).update(self.kept.pop(spec.name))


def install() -> None:
    """Answer imports of PyTorch from now on; once is enough."""
    if not any(isinstance(finder, Answering) for finder in sys.meta_path):
        sys.meta_path.insert(0, Answering())


def serve_children(environ: MutableMapping[str, str]) -> None:
    """Let Python processes that are started from here answer so too."""
    package = Path(__file__).resolve().parent.parent.parent
    places = [str(STAND_INS)]
    if str(package) not in map(os.path.realpath, site.getsitepackages()):
        places.append(str(package))
    before = [
        it for it in environ.get("PYTHONPATH", "").split(os.pathsep) if it not in ("", *places)
    ]
    environ["PYTHONPATH"] = os.pathsep.join([*places, *before])
    # A process that multiprocessing spawns is given this one's path.
    sys.path[1:1] = [it for it in places if it not in sys.path]

"""torch.onnx: exporting a program, which is not done here.

Idea: an exported file holds the ops of a traced program; nothing is traced here.
Not here: files of weights (serialization/).
Read next: serialization/__init__.py
"""

from __future__ import annotations

from typing import Any

from minitorch.torch.missing import absent, getattr_of

__all__ = ["export", "is_in_onnx_export"]


@absent("torch.onnx.export", "Save the module's state_dict, and export it with PyTorch.")
def export(model: Any, *_: Any, **__: Any) -> Any:
    """Refused: nothing is traced here."""


def is_in_onnx_export() -> bool:
    """False.

    >>> is_in_onnx_export()
    False
    """
    return False


__getattr__ = getattr_of(__name__)

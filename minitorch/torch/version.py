"""torch.version: the release of PyTorch whose manners these are.

Idea: programs compare the version to know what they may call, so it is PyTorch's; the part after
    the plus sign says who answers.
Not here: the version of this library (`minitorch --version`).
Read next: config.py
"""

from __future__ import annotations

from typing import Any

from minitorch.torch.missing import getattr_of

__all__ = ["TorchVersion", "cuda", "debug", "git_version", "hip", "xpu"]

cuda: str | None = None
hip: str | None = None
xpu: str | None = None
debug = False
git_version = "minitorch"


def _numbers(version: Any) -> tuple[int, ...]:
    if isinstance(version, tuple | list):
        parts: list[str] = [str(it) for it in version]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] -- of any parts
    else:
        parts = str(version).partition("+")[0].split(".")
    found: list[int] = []
    for part in parts:
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        found.append(int(digits))
    while found and found[-1] == 0:
        found.pop()
    return tuple(found)


class TorchVersion(str):
    """A version, compared by its numbers with strings and tuples.

    >>> TorchVersion("2.13.0") > "2.9", TorchVersion("2.13.0") >= (2, 13)
    (True, True)
    """

    __slots__ = ()

    def __lt__(self, other: Any) -> bool:
        return _numbers(self) < _numbers(other)

    def __le__(self, other: Any) -> bool:
        return _numbers(self) <= _numbers(other)

    def __gt__(self, other: Any) -> bool:
        return _numbers(self) > _numbers(other)

    def __ge__(self, other: Any) -> bool:
        return _numbers(self) >= _numbers(other)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TorchVersion) or (isinstance(other, str) and "+" in other):
            return str.__eq__(self, other)
        return _numbers(self) == _numbers(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return str.__hash__(self)


__version__ = TorchVersion("2.13.0+minitorch")
__getattr__ = getattr_of(__name__)

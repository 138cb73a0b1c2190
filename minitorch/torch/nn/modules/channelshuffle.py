"""ChannelShuffle: channels of several groups, dealt out in turn.

Idea: (g, C / g) channels are read as (C / g, g).
Not here: the function (nn/functional/).
Read next: flatten.py
"""

from __future__ import annotations

from typing import Any

from minitorch.torch.nn import functional as F
from minitorch.torch.nn.modules.module import Module
from minitorch.torch.nn.modules.utils import settings

__all__ = ["ChannelShuffle"]


class ChannelShuffle(Module):
    """The channels of (N, C, ...) in another order: the first of each group, the second ...

    Zhang et al., "ShuffleNet", 2017.

    >>> import minitorch.torch as torch
    >>> ChannelShuffle(2)(torch.arange(4.0).view(1, 4, 1, 1)).flatten()
    tensor([0., 2., 1., 3.])
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Any) -> Any:
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return settings(self, "groups")

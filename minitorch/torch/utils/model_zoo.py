"""torch.utils.model_zoo: the older name of weights from the network.

Idea: see ../hub.py.
Not here: files that are there (../serialization/).
Read next: ../hub.py
"""

from __future__ import annotations

from minitorch.torch.hub import load_state_dict_from_url as load_url
from minitorch.torch.missing import getattr_of

__all__ = ["load_url"]

__getattr__ = getattr_of(__name__)

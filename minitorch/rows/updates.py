"""Rows of the optimizers' updates: lifted like the rest, never differentiated.

Idea: a step is a function of a parameter, its gradient and what is kept for it.
Not here: the formulas (../formulas/updates.py), the course's updates (../rules.py).
Read next: ../torch/optim/updates.py
"""

from __future__ import annotations

from minitorch.formulas import updates as home
from minitorch.rules import FLOATS, Rule

__all__ = ["adadelta_step", "moving_max", "ratio_step", "rprop_gradient", "rprop_size", "sign_step"]

moving_max = Rule("moving_max", parameters=2, accepts=FLOATS, home=home)
ratio_step = Rule("ratio_step", parameters=1, accepts=FLOATS, home=home)
adadelta_step = Rule("adadelta_step", parameters=1, accepts=FLOATS, home=home)
rprop_size = Rule("rprop_size", parameters=4, accepts=FLOATS, home=home)
rprop_gradient = Rule("rprop_gradient", accepts=FLOATS, home=home)
sign_step = Rule("sign_step", accepts=FLOATS, home=home)

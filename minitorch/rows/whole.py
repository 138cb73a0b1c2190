"""Rows of whole numbers, which have no derivatives.

Idea: they take integers, and bits also truth values; floats have rows of their own.
Not here: the formulas (../formulas/whole.py).
Read next: error_function.py
"""

from __future__ import annotations

from minitorch.formulas import whole as home
from minitorch.rules import WHOLE, Rule

__all__ = [
    "bitwise_and",
    "bitwise_not",
    "bitwise_or",
    "bitwise_xor",
    "gcd",
    "lcm",
    "shift_left",
    "shift_right",
    "whole_floor_divide",
    "whole_fmod",
    "whole_power",
    "whole_remainder",
    "whole_trunc_divide",
]

BITS = ("bool", *WHOLE)

bitwise_and = Rule("bitwise_and", accepts=BITS, home=home)
bitwise_or = Rule("bitwise_or", accepts=BITS, home=home)
bitwise_xor = Rule("bitwise_xor", accepts=BITS, home=home)
bitwise_not = Rule("bitwise_not", accepts=WHOLE, home=home)
shift_left = Rule("shift_left", parameters=1, accepts=WHOLE, home=home)
shift_right = Rule("shift_right", parameters=1, accepts=WHOLE, home=home)
gcd = Rule("gcd", accepts=WHOLE, home=home)
lcm = Rule("lcm", accepts=WHOLE, home=home)
whole_floor_divide = Rule("whole_floor_divide", accepts=WHOLE, home=home)
whole_trunc_divide = Rule("whole_trunc_divide", accepts=WHOLE, home=home)
whole_remainder = Rule("whole_remainder", accepts=WHOLE, home=home)
whole_fmod = Rule("whole_fmod", accepts=WHOLE, home=home)
whole_power = Rule("whole_power", accepts=WHOLE, home=home)

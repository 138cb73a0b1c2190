"""Capture: a training step recorded once, then replayed without Python in between.

Idea: Python decides what to launch, and for the next batch of the same shape decides the same. So
    its decisions are noted, with what they depend on, and taken again while that is unchanged.
Not here: composing ops into kernels (fuse/).
Read next: step.py
"""

from minitorch.capture.step import Compiled, compile

__all__ = ["Compiled", "compile"]

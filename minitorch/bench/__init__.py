"""How fast minitorch is, always as a ratio against a peer measured beside it.

Idea: `minitorch bench` runs each case on minitorch and on each peer that is installed (PyTorch,
    eager and compiled, JAX, NumPy, tinygrad) in turn, in fresh processes and at one thread, and
    shows medians and quartiles of the ratios, beside what they must reach.
Not here: correctness (tests/), accuracies after training (docs/results.md).
Read next: cases.py
"""

__all__: list[str] = []

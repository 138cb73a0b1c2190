"""How fast minitorch is, always as a ratio against a peer measured beside it.

Idea: `python -m benchmarks` runs each case on minitorch, PyTorch and NumPy in turn, in fresh
    processes and at one thread, and shows medians and quartiles of the ratios.
Not here: correctness (tests/), accuracies after training (docs/results.md).
Read next: cases.py
"""

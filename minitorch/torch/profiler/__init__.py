"""torch.profiler: a table and a trace of what a program spends its time on.

Idea: `with profile() as profiler: ...`, then `profiler.key_averages().table()`.
Not here: which line made a NaN (../autograd/anomaly.py).
Read next: profile.py
"""

from minitorch.torch.missing import getattr_of
from minitorch.torch.profiler.profile import (
    ProfilerAction,
    ProfilerActivity,
    profile,
    schedule,
    supported_activities,
    tensorboard_trace_handler,
)
from minitorch.torch.profiler.spans import record_function

__all__ = [
    "ProfilerAction",
    "ProfilerActivity",
    "profile",
    "record_function",
    "schedule",
    "supported_activities",
    "tensorboard_trace_handler",
]

__getattr__ = getattr_of(__name__)

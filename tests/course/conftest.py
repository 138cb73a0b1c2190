"""What the course's tests share: a profile with few examples, for runs that ask only red or green.

Idea: `--hypothesis-profile=brief` is what tests/lab runs the marked tests with, once per task.
Not here: numbers and variables to draw (numbers.py, tensors.py).
Read next: tests/course/numbers.py
"""

from __future__ import annotations

import hypothesis

hypothesis.settings.register_profile(
    "brief",
    parent=hypothesis.settings.get_profile("work"),
    max_examples=5,
    derandomize=True,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],  # a failure need not be small
    database=None,
)

"""Ops whose doings can be seen: for tests of the harness."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Call = Callable[[], Any]

TITLE = f"{os.environ.get('FAKE_NAME', 'fake')} on {os.environ.get('OMP_NUM_THREADS')} thread"


def note(path: str) -> Call:
    """The op notes who takes a turn, in which process."""
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(f"{os.environ['FAKE_NAME']} {os.getpid()}\n")
    return lambda: None


def sleep(seconds: float) -> Call:
    return lambda: time.sleep(seconds)


def chatter() -> Call:
    return lambda: print("this is no answer")


def broken() -> Call:
    raise ArithmeticError("seven is not a number here")


def broken_here(name: str) -> Call:
    if os.environ["FAKE_NAME"] == name:
        raise ArithmeticError("not on this side")
    return lambda: None


def leave() -> Call:
    os._exit(3)


def peak_bytes(make: Callable[[], Call]) -> tuple[int, int]:
    make()()
    return 1234, 234

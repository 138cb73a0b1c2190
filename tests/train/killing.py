"""Kill a training run at random moments, resume it until it is done, compare with an unbroken one.

Run as a process of its own, because it forks: a child trains in `folder`, SIGKILL ends it after a
random time, the next child resumes. Prints as JSON how many were killed and whether the last
checkpoint is that of the unbroken run, bit for bit.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from minitorch import checkpoint
from minitorch.train import start


def train(what: str, options: dict[str, Any], folder: Path) -> None:
    start(what, options, folder, resume=(folder / "config.json").exists())


def train_in_child(what: str, options: dict[str, Any], folder: Path, seconds: float) -> bool:
    """Train in a forked child and kill it after so many seconds; True where it finished before."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            train(what, options, folder)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    if os.WEXITSTATUS(status) != 0:
        raise SystemExit("a resumed run failed; its traceback is above")
    return True


def contents(folder: Path) -> tuple[Any, ...]:
    """All that must be equal: step, every bit of the arrays, state and metrics but for times."""
    saved = checkpoint.load(folder)
    arrays = {name: (str(a.dtype), a.shape, a.tobytes()) for name, a in saved.tensors.items()}
    state = dict(saved.state)
    state["place"] = {key: value for key, value in state["place"].items() if key != "seconds"}
    del state["metrics_length"]  # the times in the lines have more digits or fewer
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        del line["seconds"], line["examples_per_second"]
    return saved.step, arrays, state, lines


def main(folder: Path, what: str, options: dict[str, Any], kills: int, longest: float) -> None:
    os.environ["MPLBACKEND"] = "agg"
    draw = random.Random(0)
    train(what, options, folder / "unbroken")
    expected = contents(folder / "unbroken")
    killed, finished, equal = 0, 0, True
    while killed < kills:
        run = folder / f"run-{finished}"
        while not train_in_child(what, options, run, draw.uniform(0.0, longest)):
            killed += 1
            if killed >= kills:
                train(what, options, run)
                break
        finished += 1
        equal = equal and contents(run) == expected
    print(json.dumps({"killed": killed, "finished": finished, "equal": equal, "step": expected[0]}))


if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    main(Path(arguments.pop("folder")), **arguments)

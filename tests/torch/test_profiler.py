"""The profiler: spans, ops and kernels with times that add up, a table, a trace, a schedule."""

from __future__ import annotations

import gzip
import inspect
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import minitorch.torch as ours
from minitorch import launches
from minitorch.errors import OutputError
from minitorch.torch.profiler import (
    ProfilerAction,
    profile,
    record_function,
    schedule,
    supported_activities,
    tensorboard_trace_handler,
)
from minitorch.torch.profiler.recording import KERNEL, OP, SPAN


def work() -> None:
    x = ours.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    with record_function("forward"):
        loss = (x * x).sum()
    with record_function("backward"):
        loss.backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[2.0, 4.0], [6.0, 8.0]]


def test_what_is_recorded() -> None:
    with profile(record_shapes=True) as profiler:
        work()
    events = profiler.events()
    kinds = {event.kind for event in events}
    assert kinds == {SPAN, OP, KERNEL}
    names = {event.name for event in events}
    assert {"forward", "backward", "Mul", "MulBackward", "AccumulateGrad"} <= names
    (product,) = (event for event in events if event.name == "Mul")
    assert product.shapes == ((2, 2), (2, 2))
    assert all(event.began <= event.ended for event in events)
    assert [event.began for event in events] == sorted(event.began for event in events)
    (forward,) = (event for event in events if event.name == "forward")
    assert forward.began <= product.began
    assert product.ended <= forward.ended
    assert launches.watcher is None


def test_nothing_is_recorded_outside() -> None:
    profiler = profile()
    work()
    with profiler:
        pass
    work()
    assert profiler.events() == []


def test_self_times_add_up() -> None:
    with profile() as profiler, record_function("all"):
        work()
        time.sleep(0.01)
    rows = {row.key: row for row in profiler.key_averages()}
    whole = rows["all"]
    assert whole.count == 1
    assert whole.cpu_time_total >= 10_000.0
    assert whole.self_cpu_time_total < whole.cpu_time_total
    assert profiler.key_averages().self_cpu_time_total == pytest.approx(
        whole.cpu_time_total, rel=1e-6
    )
    total = profiler.key_averages().total_average()
    assert total.count == len(profiler.events())


def test_table() -> None:
    with profile(record_shapes=True) as profiler:
        for _ in range(3):
            work()
    averages = profiler.key_averages()
    text = averages.table(sort_by="cpu_time_total", row_limit=4, header="the whole")
    lines = text.splitlines()
    assert lines[0] == "the whole"
    assert lines[2].split("  ")[-2].strip() == "# of Calls"
    assert len(lines) == 1 + 3 + 4 + 1 + 1
    assert lines[-1].startswith("Self CPU time total: ")
    assert len({len(line) for line in lines[1:-1]}) == 1
    keyed = averages.table(sort_by="key", row_limit=-1)
    rows = [line.split("  ")[0].strip() for line in keyed.splitlines()]
    assert "forward" in keyed
    assert rows
    shaped = profiler.key_averages(group_by_input_shape=True)
    assert "[[2, 2], [2, 2]]" in shaped.table()
    assert "Input Shapes" in shaped.table()
    (row,) = (row for row in shaped if row.key == "Mul")
    assert row.input_shapes == [[2, 2], [2, 2]]
    assert row.count == 3
    assert row.cpu_time == pytest.approx(row.cpu_time_total / 3)
    assert "key=Mul" in repr(row)
    assert str(averages) == averages.table()
    with pytest.raises(ValueError, match="sort_by='speed'"):
        averages.table(sort_by="speed")


@pytest.mark.parametrize("end", ["trace.json", "trace.json.gz"])
def test_trace(end: str, tmp_path: Path) -> None:
    with profile() as profiler:
        work()
    profiler.add_metadata("model", "small")
    path = tmp_path / end
    profiler.export_chrome_trace(str(path))
    data = path.read_bytes()
    trace = json.loads(gzip.decompress(data) if end.endswith("gz") else data)
    assert trace["model"] == "small"
    spans = [event for event in trace["traceEvents"] if event["ph"] == "X"]
    assert len(spans) == len(profiler.events())
    for event in spans:
        assert event.keys() >= {"name", "cat", "pid", "tid", "ts", "dur"}
        assert event["dur"] >= 0
    named = {event["name"] for event in trace["traceEvents"] if event["ph"] == "M"}
    assert named == {"process_name", "thread_name"}
    profiler.export_stacks(str(tmp_path / "stacks"))
    assert "forward " in (tmp_path / "stacks").read_text()


@pytest.mark.filterwarnings("ignore:Profiler won.t be using warmup")
def test_a_schedule_is_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    for option in (
        {"wait": 1, "warmup": 1, "active": 3, "repeat": 2},
        {"wait": 0, "warmup": 0, "active": 1},
        {"wait": 2, "warmup": 1, "active": 1, "skip_first": 3},
        {"wait": 2, "warmup": 1, "active": 2, "skip_first": 1, "skip_first_wait": 1},
    ):
        own, theirs = schedule(**option), torch.profiler.schedule(**option)
        assert [own(k).name for k in range(20)] == [theirs(k).name for k in range(20)], option
    with pytest.raises(AssertionError, match="Invalid profiler schedule arguments"):
        schedule(wait=-1, warmup=0, active=1)


def test_steps() -> None:
    told: list[tuple[int, set[str]]] = []

    def ready(profiler: profile) -> None:
        told.append((profiler.step_num, {event.name for event in profiler.events()}))

    plan = schedule(wait=1, warmup=1, active=2, repeat=2)
    with profile(schedule=plan, on_trace_ready=ready) as profiler:
        for _ in range(9):
            work()
            profiler.step()
    assert [step for step, _ in told] == [4, 8]
    spans = [{name for name in names if "Step" in name} for _, names in told]
    assert spans == [
        {"ProfilerStep#2", "ProfilerStep#3"},
        {"ProfilerStep#6", "ProfilerStep#7"},
    ]
    assert profiler.current_action is ProfilerAction.NONE


def test_a_block_is_handed_over_at_its_end(tmp_path: Path) -> None:
    handler = tensorboard_trace_handler(str(tmp_path / "log"), worker_name="me")
    with profile(on_trace_ready=handler):
        work()
    (path,) = (tmp_path / "log").iterdir()
    assert path.name.startswith("me.")
    assert path.name.endswith(".pt.trace.json")
    assert json.loads(path.read_text())["traceEvents"]
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(OutputError, match="Can't create directory"),
        profile(on_trace_ready=tensorboard_trace_handler(str(tmp_path / "file" / "log"))),
    ):
        work()


def test_spans_of_other_threads() -> None:
    def run() -> None:
        with record_function("theirs"):
            time.sleep(0.001)

    with profile() as profiler:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    (event,) = profiler.events()
    assert event.name == "theirs"
    assert event.thread != threading.get_ident()


def test_a_span_that_began_before_or_is_open_at_the_end() -> None:
    before = record_function("before")
    before.__enter__()
    profiler = profile()
    profiler.start()
    before.__exit__()
    after = record_function("open")
    after.__enter__()
    profiler.stop()
    after.__exit__()
    assert [event.name for event in profiler.events()] == ["open"]


def test_a_function_as_a_span() -> None:
    @record_function("double")
    def double(x: int) -> int:
        return 2 * x

    with profile() as profiler:
        assert double(4) == 8
    assert [event.name for event in profiler.events()] == ["double"]


def test_steps_of_an_optimizer_and_its_gradients_are_named() -> None:
    x = ours.tensor([1.0], requires_grad=True)
    optimizer = ours.optim.SGD([x], lr=0.1)
    with profile() as profiler:
        x.grad = ours.tensor([1.0])
        optimizer.step()
        optimizer.zero_grad()
    spans = [event.name for event in profiler.events() if event.kind == SPAN]
    assert spans == ["Optimizer.step#SGD.step", "Optimizer.zero_grad#SGD.zero_grad"]


def test_the_older_name() -> None:
    from minitorch.torch.autograd import profiler as older

    with older.profile(record_shapes=True) as profiler, older.record_function("mine"):
        pass
    assert "mine" in profiler.table(sort_by="self_cpu_time_total")
    assert profiler.self_cpu_time_total > 0
    with older.profile(enabled=False) as profiler:
        work()
    assert profiler.events() == []


def test_arguments_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")

    def names(fn: Any) -> set[str]:
        return set(inspect.signature(fn).parameters)

    assert names(torch.profiler.profile.__init__) <= names(profile.__init__)
    assert names(torch.profiler.schedule) == names(schedule)
    assert {it.name for it in supported_activities()} == {"CPU"}
    assert {it.name for it in torch.profiler.ProfilerActivity.__members__.values()} <= {
        it.name for it in ours.profiler.ProfilerActivity
    }

"""The loader beside PyTorch's: batches, workers, samplers, datasets, mistakes."""

from __future__ import annotations

import os
import random
import time
from collections import namedtuple
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch.torch.utils import data as own_data

torch = pytest.importorskip("torch")
from torch.utils import data as torch_data  # noqa: E402  # only where PyTorch is installed

SIDES = ((ours, own_data), (torch, torch_data))
both_sides = pytest.mark.parametrize(("side", "data"), SIDES, ids=["ours", "torch"])


def plain(value: Any) -> Any:
    """A batch as types, dtypes and numbers."""
    if hasattr(value, "detach"):
        return "tensor", str(value.dtype), value.tolist()
    if isinstance(value, dict):
        return type(value).__name__, {k: plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value).__name__, [plain(it) for it in value]
    if isinstance(value, np.ndarray):
        return "array", str(value.dtype), value.tolist()
    return type(value).__name__, value


def both(call: Any) -> tuple[Any, Any]:
    """What a call of (torch, torch.utils.data) gives on each side."""
    return tuple(call(side, data) for side, data in SIDES)  # type: ignore[return-value]  # two


Pair = namedtuple("Pair", ["x", "y"])

SAMPLES: dict[str, Any] = {
    "numbers": lambda t: [0, 1, 2],
    "floats": lambda t: [0.5, 1.5],
    "bools": lambda t: [True, False],
    "text": lambda t: ["a", "b"],
    "bytes": lambda t: [b"a", b"b"],
    "tensors": lambda t: [t.tensor([1, 2]), t.tensor([3, 4])],
    "scalars": lambda t: [t.tensor(1.0), t.tensor(2.0)],
    "arrays": lambda t: [np.array([1.0, 2.0], np.float32), np.array([3.0, 4.0], np.float32)],
    "numpy numbers": lambda t: [np.float32(1.0), np.float32(2.0)],
    "numpy ints": lambda t: [np.int64(1), np.int64(2)],
    "tuples": lambda t: [(1, "a"), (2, "b")],
    "lists": lambda t: [[1, 2.0], [3, 4.0]],
    "named tuples": lambda t: [Pair(1, t.tensor([1.0])), Pair(2, t.tensor([2.0]))],
    "dicts": lambda t: [{"x": 1, "y": [1, 2]}, {"x": 2, "y": [3, 4]}],
    "nested": lambda t: [({"x": (1, 2)}, ["a"]), ({"x": (3, 4)}, ["b"])],
}


@pytest.mark.parametrize("name", SAMPLES)
def test_collate_and_convert(name: str) -> None:
    own, theirs = both(lambda t, d: plain(d.default_collate(SAMPLES[name](t))))
    assert own == theirs
    own, theirs = both(lambda t, d: plain([d.default_convert(it) for it in SAMPLES[name](t)]))
    assert own == theirs


WRONG_BATCHES: dict[str, Any] = {
    "objects": [object(), object()],
    "none": [None, None],
    "lengths": [[1, 2], [3]],
    "text arrays": [np.array(["a"]), np.array(["b"])],
}


@pytest.mark.parametrize("name", WRONG_BATCHES)
def test_what_has_no_batch(name: str) -> None:
    caught: list[BaseException] = []
    for _, data in SIDES:
        with pytest.raises((TypeError, RuntimeError)) as told:
            data.default_collate(WRONG_BATCHES[name])
        caught.append(told.value)
    assert isinstance(caught[0], type(caught[1]))
    assert str(caught[0]) == str(caught[1])


def test_collating_a_type_of_ones_own() -> None:
    class Own:
        pass

    for _, data in SIDES:
        table = {Own: lambda batch, *, collate_fn_map: len(batch)}
        collate = data._utils.collate.collate
        assert collate([Own(), Own()], collate_fn_map=table) == 2
        known = data._utils.collate.default_collate_fn_map
        known[Own] = table[Own]
        assert plain(data.default_collate([(Own(), 1)])) == (
            "list",
            [("int", 1), ("tensor", "torch.int64", [1])],
        )
        del known[Own]


def squares(data: Any, count: int = 10) -> Any:
    class Squares(data.Dataset):
        def __getitem__(self, index: int) -> Any:
            if index >= count:
                raise IndexError(index)
            return index, float(index * index)

        def __len__(self) -> int:
            return count

    return Squares()


def countdown(data: Any, count: int = 7) -> Any:
    class Countdown(data.IterableDataset):
        def __iter__(self) -> Iterator[int]:
            info = data.get_worker_info()
            first, step = (0, 1) if info is None else (info.id, info.num_workers)
            return iter(range(count - first, 0, -step))

        def __len__(self) -> int:
            return count

    return Countdown()


MAPS: dict[str, dict[str, Any]] = {
    "one by one": {},
    "batches": {"batch_size": 3},
    "whole batches": {"batch_size": 3, "drop_last": True},
    "single samples": {"batch_size": None},
    "a sampler": {"batch_size": 4, "sampler": [3, 1, 4, 1, 5]},
    "a batch sampler": {"batch_sampler": [[1, 2], [3], [9, 8, 7]]},
    "a collate function": {"batch_size": 4, "collate_fn": lambda batch: len(batch)},
}


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("name", MAPS)
def test_batches_of_a_map(name: str, workers: int) -> None:
    def call(side: Any, data: Any) -> Any:
        loader = data.DataLoader(squares(data), num_workers=workers, **MAPS[name])
        return len(loader), [plain(it) for it in loader], [plain(it) for it in loader]

    own, theirs = both(call)
    assert own == theirs


@pytest.mark.parametrize("workers", [0, 1, 2])
@pytest.mark.parametrize(
    "option", [{}, {"batch_size": 3}, {"batch_size": 3, "drop_last": True}, {"batch_size": None}]
)
def test_batches_of_an_iterable(option: dict[str, Any], workers: int) -> None:
    def call(side: Any, data: Any) -> Any:
        loader = data.DataLoader(countdown(data), num_workers=workers, **option)
        first = [plain(it) for it in loader]
        return first, len(loader), first == [plain(it) for it in loader]

    own, theirs = both(call)
    assert own == theirs


@both_sides
def test_rows_of_tensors(side: Any, data: Any) -> None:
    x = side.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    rows = data.TensorDataset(x, side.tensor([0, 1, 2]))
    some = data.Subset(data.Subset(rows, [2, 0]), [1, 0])
    (batch,) = data.DataLoader(some, batch_size=2)
    assert plain(batch) == (
        "list",
        [
            ("tensor", "torch.float32", [[1.0, 2.0], [5.0, 6.0]]),
            ("tensor", "torch.int64", [0, 2]),
        ],
    )
    with pytest.raises(AssertionError, match="Size mismatch between tensors"):
        data.TensorDataset(x, side.tensor([1]))


@both_sides
def test_shuffled(side: Any, data: Any) -> None:
    rows = data.TensorDataset(side.arange(100))
    loader = data.DataLoader(rows, batch_size=30, shuffle=True)
    passes = [[int(it) for (batch,) in loader for it in batch] for _ in range(2)]
    assert passes[0] != passes[1]
    assert [sorted(it) for it in passes] == [list(range(100))] * 2
    found: list[list[int]] = []
    for _ in range(2):
        generator = side.Generator().manual_seed(7)
        loader = data.DataLoader(rows, batch_size=30, shuffle=True, generator=generator)
        found.append([int(it) for (batch,) in loader for it in batch])
    assert found[0] == found[1]
    side.manual_seed(3)
    first = list(data.RandomSampler(rows))
    side.manual_seed(3)
    assert list(data.RandomSampler(rows)) == first


@both_sides
def test_samplers(side: Any, data: Any) -> None:
    assert list(data.SequentialSampler("abc")) == [0, 1, 2]
    assert sorted(data.SubsetRandomSampler([5, 7, 9])) == [5, 7, 9]
    drawn = list(data.RandomSampler("abc", replacement=True, num_samples=70))
    assert len(drawn) == 70
    assert set(drawn) == {0, 1, 2}
    more = list(data.RandomSampler("abc", num_samples=8))
    assert sorted(more[:3]) == sorted(more[3:6]) == [0, 1, 2]
    assert len(more) == 8
    weighted = list(data.WeightedRandomSampler([0.0, 3.0, 1.0], 200))
    assert 110 < weighted.count(1) < 185
    assert weighted.count(0) == 0
    assert sorted(data.WeightedRandomSampler([1.0, 1.0], 2, replacement=False)) == [0, 1]
    batches = data.BatchSampler(data.SequentialSampler("abcde"), 2, True)
    assert (list(batches), len(batches)) == ([[0, 1], [2, 3]], 2)


@pytest.mark.parametrize("option", [{}, {"drop_last": True}])
@pytest.mark.parametrize("count", [10, 11, 2])
def test_the_part_of_a_process(option: dict[str, Any], count: int) -> None:
    def call(side: Any, data: Any) -> Any:
        parts = [
            data.DistributedSampler(range(count), 3, rank, shuffle=False, **option)
            for rank in range(3)
        ]
        return [(list(it), len(it)) for it in parts]

    own, theirs = both(call)
    assert own == theirs
    sampler = own_data.DistributedSampler(range(50), 2, 0)
    first = list(sampler)
    assert list(sampler) == first
    sampler.set_epoch(1)
    assert list(sampler) != first
    other = own_data.DistributedSampler(range(50), 2, 1)
    assert sorted([*first, *other]) == list(range(50))


def test_compositions_of_datasets() -> None:
    def call(side: Any, data: Any) -> Any:
        a, b = squares(data, 3), squares(data, 2)
        both_of = a + b
        stacked = data.StackDataset(a, data.Subset(a, [2, 1, 0]))
        named = data.StackDataset(x=a, y=[1, 2, 3])
        chained = countdown(data, 2) + countdown(data, 3)
        return (
            [both_of[k] for k in (0, 2, 3, 4, -1, -5)],
            len(both_of),
            both_of.cumulative_sizes,
            [stacked[k] for k in range(3)],
            stacked.__getitems__([2, 0]),
            named.__getitems__([1]),
            list(chained),
            len(chained),
        )

    own, theirs = both(call)
    assert own == theirs


@both_sides
def test_splits(side: Any, data: Any) -> None:
    parts = data.random_split(range(10), [7, 3])
    assert sorted([*parts[0].indices, *parts[1].indices]) == list(range(10))
    assert [len(it) for it in data.random_split(range(10), [0.34, 0.33, 0.33])] == [4, 3, 3]
    again = [
        data.random_split(range(50), [25, 25], generator=side.Generator().manual_seed(1))[0].indices
        for _ in range(2)
    ]
    assert again[0] == again[1]
    with pytest.warns(UserWarning, match="Length of split at index 1 is 0"):
        data.random_split(range(1), [0.9, 0.1])


def bad(call: Any) -> Any:
    return call


MISTAKES: dict[str, Any] = {
    "workers": lambda t, d: d.DataLoader([1], num_workers=-1),
    "timeout": lambda t, d: d.DataLoader([1], timeout=-1),
    "timeout without workers": lambda t, d: iter(d.DataLoader([1], timeout=1)) and None,
    "prefetch": lambda t, d: d.DataLoader([1], prefetch_factor=2),
    "negative prefetch": lambda t, d: d.DataLoader([1], num_workers=1, prefetch_factor=-2),
    "persistent": lambda t, d: d.DataLoader([1], persistent_workers=True),
    "iterable shuffled": lambda t, d: d.DataLoader(countdown(d), shuffle=True),
    "iterable with a sampler": lambda t, d: d.DataLoader(countdown(d), sampler=[1]),
    "iterable with batches": lambda t, d: d.DataLoader(countdown(d), batch_sampler=[[1]]),
    "sampler and shuffle": lambda t, d: d.DataLoader([1], sampler=[0], shuffle=True),
    "batches and size": lambda t, d: d.DataLoader([1], batch_sampler=[[0]], batch_size=2),
    "single and drop": lambda t, d: d.DataLoader([1], batch_size=None, drop_last=True),
    "context": lambda t, d: d.DataLoader([1], multiprocessing_context="fork"),
    "unknown context": lambda t, d: d.DataLoader(
        [1], num_workers=1, multiprocessing_context="spoon"
    ),
    "no context": lambda t, d: d.DataLoader([1], num_workers=1, multiprocessing_context=3),
    "set later": lambda t, d: setattr(d.DataLoader([1]), "batch_size", 3),
    "empty": lambda t, d: d.DataLoader([], shuffle=True),
    "batch size": lambda t, d: d.BatchSampler([1], 0, False),
    "drop_last": lambda t, d: d.BatchSampler([1], 1, 0),
    "replacement": lambda t, d: d.RandomSampler([1], replacement=1),
    "number": lambda t, d: d.RandomSampler([1], num_samples=0),
    "weights": lambda t, d: d.WeightedRandomSampler([[1.0]], 1),
    "weighted number": lambda t, d: d.WeightedRandomSampler([1.0], True),
    "weighted replacement": lambda t, d: d.WeightedRandomSampler([1.0], 1, 1),
    "rank": lambda t, d: d.DistributedSampler([1], 2, 2),
    "nothing together": lambda t, d: d.ConcatDataset([]),
    "iterables together": lambda t, d: d.ConcatDataset([countdown(d)]),
    "maps in a chain": lambda t, d: list(d.ChainDataset([squares(d)])),
    "far index": lambda t, d: d.ConcatDataset([squares(d, 2)])[-3],
    "lengths": lambda t, d: d.random_split(range(3), [1, 1]),
    "fractions": lambda t, d: d.random_split(range(3), [1.5, -0.5]),
    "no datasets": lambda t, d: d.StackDataset(),
    "two forms": lambda t, d: d.StackDataset([1], x=[1]),
    "sizes": lambda t, d: d.StackDataset([1], [1, 2]),
    "named sizes": lambda t, d: d.StackDataset(x=[1], y=[1, 2]),
    "no item": lambda t, d: d.Dataset()[0],
    "half a subset": lambda t, d: half_a_subset(d),
}


def half_a_subset(data: Any) -> Any:
    class Half(data.Subset):
        def __getitem__(self, index: int) -> int:
            return index

    return Half([1], [0])


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name: str) -> None:
    caught: list[BaseException] = []
    for side, data in SIDES:
        with pytest.raises(Exception) as told:  # noqa: PT011  # its kind is compared below
            MISTAKES[name](side, data)
        caught.append(told.value)
    own, theirs = caught
    assert isinstance(own, type(theirs))
    if name != "timeout without workers":  # that names a class of PyTorch's own
        assert str(own).split() == str(theirs).replace("or``", "or ``").split()


# Workers.


class Broken:
    """Samples whose second fails, in a way that is chosen."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __getitem__(self, index: int) -> int:
        if index == 1:
            raise self.error
        return index

    def __len__(self) -> int:
        return 3


class Picky(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(one, two)


@pytest.mark.parametrize(
    "error", [ValueError("wrong"), KeyError("missing"), Picky(1, 2), StopIteration()]
)
def test_a_failure_of_a_worker_is_raised_here(error: BaseException) -> None:
    for _, data in SIDES:
        passing = iter(data.DataLoader(Broken(error), num_workers=1))
        assert next(passing).tolist() == [0]
        kind = RuntimeError if isinstance(error, Picky) else type(error)
        with pytest.raises(kind) as told:
            next(passing)
        text = str(told.value)
        assert f"Caught {type(error).__name__} in DataLoader worker process 0." in text
        assert "Original Traceback (most recent call last):" in text
        assert "in __getitem__" in text
        assert next(passing).tolist() == [2]


class Told:
    """Samples that say who made them."""

    def __init__(self, data: Any) -> None:
        self.data = data
        self.touched = 0

    def __getitem__(self, index: int) -> Any:
        self.touched += 1
        info = self.data.get_worker_info()
        return (
            *(index, os.getpid(), info.id, info.num_workers, info.seed, self.touched),
            *(random.random(), float(np.random.random()), int(info.dataset is self)),
        )

    def __len__(self) -> int:
        return 8


@both_sides
def test_what_a_worker_knows(side: Any, data: Any) -> None:
    rows = Told(data)
    loader = data.DataLoader(rows, num_workers=2, collate_fn=lambda batch: batch[0])
    found = list(loader)
    assert [it[0] for it in found] == list(range(8))
    assert len({it[1] for it in found} | {os.getpid()}) == 3
    assert [it[2] for it in found] == [0, 1] * 4
    assert {it[3] for it in found} == {2}
    seeds = {it[2]: it[4] for it in found}
    assert seeds[1] - seeds[0] == 1
    assert [it[5] for it in found] == [1, 1, 2, 2, 3, 3, 4, 4]
    assert rows.touched == 0  # the workers have copies
    assert len({it[6] for it in found}) == len({it[7] for it in found}) == 8
    assert {it[8] for it in found} == {1}
    assert data.get_worker_info() is None


@both_sides
def test_preparing_a_worker(side: Any, data: Any) -> None:
    rows = Told(data)

    def prepare(worker: int) -> None:
        data.get_worker_info().dataset.touched = 100 * worker

    loader = data.DataLoader(
        rows, num_workers=2, worker_init_fn=prepare, collate_fn=lambda batch: batch[0][5]
    )
    assert list(loader)[:4] == [1, 101, 2, 102]

    def fail(worker: int) -> None:
        raise ValueError("cannot begin")

    with pytest.raises(ValueError, match="cannot begin"):
        next(iter(data.DataLoader(rows, num_workers=1, worker_init_fn=fail)))


@both_sides
def test_workers_that_stay(side: Any, data: Any) -> None:
    rows = Told(data)
    loader = data.DataLoader(
        rows, num_workers=2, persistent_workers=True, collate_fn=lambda batch: batch[0]
    )
    passes = [list(loader) for _ in range(2)]
    assert [[it[0] for it in found] for found in passes] == [list(range(8))] * 2
    assert {it[1] for it in passes[0]} == {it[1] for it in passes[1]}
    assert passes[1][-1][5] == 8
    next(iter(loader))  # a pass that is left
    assert [it[0] for it in loader] == list(range(8))
    chain = data.DataLoader(countdown(data), num_workers=2, persistent_workers=True)
    first = [int(it) for it in chain]
    assert sorted(first) == list(range(1, 8))
    assert [int(it) for it in chain] == first


class Slow:
    def __getitem__(self, index: int) -> int:
        time.sleep(0.3 if index == 0 else 0.0)
        return index

    def __len__(self) -> int:
        return 6


@both_sides
def test_batches_as_they_come(side: Any, data: Any) -> None:
    loader = data.DataLoader(Slow(), num_workers=2, in_order=False)
    found = [int(it) for it in loader]
    assert sorted(found) == list(range(6))
    assert found[0] != 0
    assert [int(it) for it in data.DataLoader(Slow(), num_workers=2)] == list(range(6))


class Stuck:
    def __getitem__(self, index: int) -> int:
        time.sleep(20)
        return index

    def __len__(self) -> int:
        return 1


def test_a_worker_that_takes_too_long() -> None:
    with pytest.raises(RuntimeError, match=r"DataLoader timed out after 0\.2 seconds"):
        next(iter(own_data.DataLoader(Stuck(), num_workers=1, timeout=0.2)))


class Dying:
    def __getitem__(self, index: int) -> int:
        os._exit(3)

    def __len__(self) -> int:
        return 1


@both_sides
def test_a_worker_that_dies(side: Any, data: Any) -> None:
    with pytest.raises(RuntimeError, match=r"DataLoader worker \(pid\(s\) \d+\) exited unexpec"):
        next(iter(data.DataLoader(Dying(), num_workers=1)))


def test_what_cannot_be_sent() -> None:
    loader = own_data.DataLoader([1], num_workers=1, collate_fn=lambda batch: lambda: batch)
    with pytest.raises(Exception, match="in DataLoader worker process 0"):
        next(iter(loader))


def test_spawned_workers() -> None:
    loader = own_data.DataLoader(range(4), num_workers=1, multiprocessing_context="spawn")
    assert [int(it) for it in loader] == list(range(4))


def test_no_worker_is_left_behind() -> None:
    passing = iter(own_data.DataLoader(squares(own_data), num_workers=2))
    next(passing)
    workers = [it.process for it in passing._workers]
    del passing
    assert not any(it.is_alive() for it in workers)


@both_sides
def test_more_workers_than_processors(side: Any, data: Any) -> None:
    with pytest.warns(UserWarning, match="This DataLoader will create 5000 worker processes"):
        data.DataLoader([1], num_workers=5000)


@both_sides
def test_a_length_that_was_too_short(side: Any, data: Any) -> None:
    class Longer(data.IterableDataset):
        def __iter__(self) -> Iterator[int]:
            return iter(range(3))

        def __len__(self) -> int:
            return 2

    loader = data.DataLoader(Longer(), batch_size=None)
    assert len(loader) == 2
    with pytest.warns(UserWarning, match="Length of IterableDataset .* was reported to be 2"):
        list(loader)


def test_batches_are_spans_of_a_profile() -> None:
    with ours.profiler.profile() as profiler:
        list(own_data.DataLoader(range(3)))
    names = [event.name for event in profiler.events() if "DataLoader" in event.name]
    assert len(names) == 4  # the last finds nothing more
    assert {name.split("#")[0] for name in names} == {"enumerate(DataLoader)"}


class Threads:
    def __getitem__(self, index: int) -> int:
        return ours.get_num_threads()

    def __len__(self) -> int:
        return 2


def test_a_worker_has_one_thread() -> None:
    before = ours.get_num_threads()
    assert [int(it) for it in own_data.DataLoader(Threads(), num_workers=2)] == [1, 1]
    assert ours.get_num_threads() == before

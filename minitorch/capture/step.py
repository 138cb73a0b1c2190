"""minitorch.compile: a step that is recorded, checked, and from then on replayed.

Idea: the first call warms the kernels up, the next two are recorded and must be alike, the next
    one is done twice, eagerly and by a replay on copies, and both must agree. From then on a call
    whose guards hold is a replay; any other is recorded anew, or runs as if it were not compiled.
Not here: what is guarded (inputs.py), what is recorded (record.py).
Read next: record.py
"""

from __future__ import annotations

import functools
import gc
import logging
import random
import sys
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import numpy as np

from minitorch import launches, modes
from minitorch.capture.arrays import holds_arrays, watched
from minitorch.capture.inputs import Inputs, describe, is_tensor
from minitorch.capture.record import (
    ROOM,
    STATE,
    Piece,
    Recorder,
    Slot,
    address_of,
    difference,
    leaves_of,
)
from minitorch.capture.replay import Diverged, Program
from minitorch.capture.results import Results
from minitorch.fuse import FusedOps
from minitorch.random import default_generator

__all__ = ["Compiled", "compile"]

KEPT = 8  # programs of a step: shapes of batches, training and evaluation ...
ATTEMPTS = 6  # recordings that fail before a step with these guards is left alone
TRIED = 64  # kinds of call after which a step whose guards never hold is left alone

logger = logging.getLogger("minitorch.capture")
_recording = threading.Lock()


@dataclass
class Candidate:
    """What is known of calls with the same guards."""

    recorder: Recorder | None = None
    program: Program | None = None
    failures: int = 0


class Compiled:
    """A function that is recorded and replayed; see `compile`.

    `recordings` and `replays` count calls, `why` says why a step runs eagerly, or is None; a
    `silent` one does not log it.

    >>> from minitorch import FusedBackend, tensor
    >>> double = Compiled(lambda x: x * 2.0)
    >>> for _ in range(6):
    ...     y = double(tensor([1.0, 2.0], backend=FusedBackend))
    >>> double.recordings, double.replays, y
    (3, 2, tensor([2.00 4.00]))
    """

    def __init__(self, fn: Callable[..., Any], silent: bool = False) -> None:
        self.fn = fn
        self.silent = silent
        self.recordings = 0
        self.replays = 0
        self.why: str | None = None
        functools.update_wrapper(self, fn, updated=())
        self._lock = threading.Lock()
        self._programs: dict[Any, list[Program]] = {}
        self._candidates: dict[Any, Candidate] = {}
        self._warm: set[Any] = set()
        self._said: set[str] = set()
        self._refused: dict[Any, list[Inputs]] = {}  # what is left alone
        self._given_up = False

    def __repr__(self) -> str:
        return f"compile({getattr(self.fn, '__qualname__', self.fn)})"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Do the step."""
        # Inside another recording, beside another thread, or called by itself: as it is.
        if launches.watcher is not None or not self._lock.acquire(blocking=False):
            return self.fn(*args, **kwargs)
        try:
            return self._step(args, kwargs)
        finally:
            self._lock.release()

    def _step(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        mode = modes.current.get()
        leaves: list[Any] = []
        roots: list[Any] = []
        signature = (
            describe(args, leaves, roots),
            describe(kwargs, leaves, roots) if kwargs else None,
            mode.recording,
        )
        programs = self._programs.get(signature, ())
        for program in programs:
            if not mode.observers and program.inputs.hold():
                try:
                    result = program.replay(leaves)
                except Diverged as problem:
                    if problem.args:
                        self._say(str(problem))
                    return self.fn(*args, **kwargs)
                self.replays += 1
                return result
        reason = self._unfit(leaves, mode, (args, *kwargs.values()))
        if reason is None and signature in self._warm and not self._given_up:
            return self._learn(args, kwargs, signature, leaves, roots)
        if reason is not None:
            self._say(reason)
        else:
            self._warm.add(signature)
        return self.fn(*args, **kwargs)

    def _unfit(self, leaves: list[Any], mode: Any, args: Any) -> str | None:
        """Why this call cannot even be recorded."""
        if holds_arrays(args):
            return "an array is in a list or dict among its arguments"
        if mode.observers:
            return "somebody observes autodiff"
        for leaf in leaves:
            if is_tensor(leaf):
                if leaf.history is not None:
                    return "an argument tracks gradients"
                if leaf.backend.ops is not FusedOps:
                    return f"an argument is on the backend {leaf.backend}"
            elif not leaf.flags.c_contiguous:
                return "an array among the arguments is not contiguous"
        return None

    def _say(self, reason: str) -> None:
        self.why = reason
        if reason not in self._said and not self.silent:
            self._said.add(reason)
            logger.warning("%r runs eagerly: %s", self, reason)

    # Learning.

    def _learn(
        self, args: Any, kwargs: Any, signature: Any, leaves: list[Any], roots: list[Any]
    ) -> Any:
        """Do the step eagerly, and come nearer to replaying it."""
        refused = self._refused.get(signature, ())
        if any(it.hold() for it in refused) or not _recording.acquire(blocking=False):
            return self.fn(*args, **kwargs)
        try:
            named = [(f"argument {k}", it) for k, it in enumerate(roots)]
            inputs = Inputs([("the step", self.fn), ("the generator", default_generator), *named])
            key = (signature, inputs.fingerprint())
            candidate = self._candidates.setdefault(key, Candidate())
            program, rehearsed = candidate.program, None
            if program is not None:
                program.attach(inputs)
                try:
                    rehearsed = program.rehearse(leaves)
                except Diverged:  # an index is out of range: the step itself will say so
                    return self.fn(*args, **kwargs)
            value, recorder, results = self._record(args, kwargs, inputs, leaves)
        finally:
            _recording.release()
        reason = recorder.reason
        if reason is None and candidate.recorder is not None:
            reason = difference(candidate.recorder, recorder)
        if reason is None and _checks_late(recorder):
            reason = "an index is checked after parameters were updated"
        if reason is None and rehearsed is not None:
            reason = _disagreement(rehearsed, results)
        if reason is not None:
            # The first steps may differ: what is met again is composed, and compiled, another way.
            candidate.recorder = recorder if recorder.reason is None else None
            candidate.program = None
            candidate.failures += 1
            if recorder.reason is not None or candidate.failures >= ATTEMPTS:
                self._say(reason)
            if candidate.failures >= ATTEMPTS:
                self._refused.setdefault(signature, []).append(inputs)
        elif program is not None:
            self._keep(signature, program)
            del self._candidates[key]
        else:
            if candidate.recorder is not None:
                candidate.program = Program(recorder, inputs, results)
            candidate.recorder = recorder
        if len(self._candidates) > TRIED:
            self._candidates.clear()
            self._given_up = True
            self._say("what it is guarded by changes too often")
        return value

    def _keep(self, signature: Any, program: Program) -> None:
        self.why = None
        programs = self._programs.setdefault(signature, [])
        programs.insert(0, program)
        while sum(map(len, self._programs.values())) > KEPT:
            oldest = next(iter(self._programs))
            self._programs[oldest].pop()
            if not self._programs[oldest]:
                del self._programs[oldest]

    def _record(
        self, args: Any, kwargs: Any, inputs: Inputs, leaves: list[Any]
    ) -> tuple[Any, Recorder, Results]:
        """Do the step eagerly, and note what it does."""
        recorder = _recorder(inputs, leaves)
        self.recordings += 1
        results = Results(recorder, inputs, leaves)
        before = [_weakly(place.get()) for place in inputs.places]
        drawn = _other_randomness()
        launches.watcher = recorder
        try:
            named = {name: watched(it) for name, it in kwargs.items()}
            value = self.fn(*watched(args), **named)
            if recorder.reason is None:
                for tensor in _tensors((value, [place.get() for place in inputs.places])):
                    _ = tensor._tensor.cell.array
            if recorder.reason is None:
                results.collect(before, value)
        finally:
            launches.watcher = None
        if drawn != _other_randomness():
            recorder.note("it draws random numbers that are not minitorch's")
        self._look_for_effects(recorder, inputs, results)
        for block in recorder.blocks:
            if block.kind == ROOM:
                block.array = _NOTHING
        return value, recorder, results

    def _look_for_effects(self, recorder: Recorder, inputs: Inputs, results: Results) -> None:
        """End the recording where the step did something that a replay would leave out."""
        if recorder.reason is not None:
            return
        changed = inputs.changed_guard()
        if changed is not None:
            recorder.reason = f"it changes {changed}"
        for fn, _ in recorder.script:
            owner: Any = getattr(fn, "__self__", None)
            if not inputs.knows(owner):
                recorder.reason = f"it uses a {type(owner).__name__} that capture cannot see"
        args = [it for call in recorder.calls for it in leaves_of(call.args)]
        seen = {it.number for it in args if isinstance(it, Slot)}
        for k, value in enumerate(recorder.values):
            if value is not None and k not in seen:
                recorder.reason = "a number that changes from step to step was not launched"
        left = {it.piece.block for it in results.list}
        if any(_is_held(it) for n, it in enumerate(recorder.blocks) if n not in left):
            gc.collect()
            if any(_is_held(it) for n, it in enumerate(recorder.blocks) if n not in left):
                recorder.reason = "a tensor made in the step is kept where capture cannot see it"


_NOTHING = np.empty(0)


def _other_randomness() -> Any:
    """What tells whether Python's, or NumPy's, global generator was drawn from."""
    state: Any = np.random.get_state(legacy=False)
    return random.getstate(), state["state"]["pos"], state["state"]["key"].tobytes()


def _checks_late(recorder: Recorder) -> bool:
    """Whether a kernel that may stop the step comes after one that writes to the state."""
    written = False
    for call in recorder.calls:
        if written and call.result is not None:
            return True
        for k in call.writes:
            it = call.args[k]
            written |= isinstance(it, Piece) and recorder.blocks[it.block].kind == STATE
    return False


def _is_held(block: Any) -> bool:
    """Whether somebody else keeps the memory of a room."""
    return block.kind == ROOM and sys.getrefcount(block.array) > 2


def _weakly(value: Any) -> Any:
    """The tensor, held weakly, and how often its numbers were written to."""
    return (weakref.ref(value), value._tensor.cell.version) if is_tensor(value) else None


def _tensors(value: Any) -> list[Any]:
    if is_tensor(value):
        return [value]
    kind = cast(Any, type(value))
    if issubclass(kind, list | tuple | dict):
        entries = value.values() if issubclass(kind, dict) else value
        return [tensor for it in entries for tensor in _tensors(it)]
    return []


def _recorder(inputs: Inputs, leaves: list[Any]) -> Recorder:
    """A recorder that knows the memory of arguments, state and the user's arrays."""
    known = [
        ("argument", k, it._tensor.cell.array if is_tensor(it) else it)
        for k, it in enumerate(leaves)
    ]
    reason = None
    for k, place in enumerate(inputs.places):
        tensor = place.get()
        if is_tensor(tensor):
            known.append(("state", k, tensor._tensor.cell.array))
            if tensor.backend.ops is not FusedOps:
                reason = f"{place.path} is on the backend {tensor.backend}"
    apart = sorted((address_of(it), address_of(it) + it.nbytes) for _, _, it in known if it.nbytes)
    if any(one[1] > two[0] for one, two in pairwise(apart)):
        reason = "two of its inputs share memory"
    known += [("array", k, it) for k, it in enumerate(inputs.arrays) if it.flags.c_contiguous]
    recorder = Recorder(known)
    recorder.reason = reason
    return recorder


def _disagreement(rehearsed: list[Any], results: Results) -> str | None:
    """Where the replay gave other numbers than the step itself."""
    if len(rehearsed) != len(results.tensors):
        return "it left other tensors behind than before"
    for ours, tensor in zip(rehearsed, results.tensors, strict=True):
        theirs = tensor._tensor.array()
        if ours.tobytes() != theirs.tobytes() and not np.allclose(
            ours, theirs, rtol=1e-4, atol=1e-7, equal_nan=True
        ):
            return "its replay gave other numbers; please report it"
    return None


def compile(fn: Callable[..., Any]) -> Compiled:
    """The function, recorded and from then on replayed: the same kernels, and no Python in between.

    Meant for a training step on the fused backend: a function of tensors, arrays and numbers that
    calls a network, its loss, `backward` and an optimiser. The first calls are done as ever; once
    two recordings are alike, and a replay on copies gave the numbers of the step itself, calls are
    replays. Each leaves parameters, optimiser, generator and gradients as the step would have.

    Guarded, so that a change leads to another recording: shapes, dtypes and other arguments; what
    the code of the function names (closure, globals, defaults, `self`) and the attributes, lists
    and dicts below, as numbers or as objects; hyperparameters; training mode; the seed. A
    learning rate, the count of steps and the place in the random stream may change without one.

    Not captured, but done as ever, with the reason in `why`: reading a number of a tensor in
    Python, NumPy on an argument or on what is no argument, a tensor kept aside, a number that the
    step itself changes, a returned tensor with its graph, other backends, observers.

    Not seen: effects of Python on other things than these (printing, files), random numbers of a
    generator of NumPy's that a function keeps, and what is read by a way the walk does not take
    (deeper than four attributes, `np.asarray` of an argument, global state of libraries).

    >>> import minitorch
    >>> from minitorch import FusedBackend, Parameter, SGD, tensor
    >>> w = Parameter(tensor([1.0, 2.0], backend=FusedBackend))
    >>> optimiser = SGD([w], lr=0.1)
    >>> def step(x):
    ...     optimiser.zero_grad()
    ...     loss = (w.value * x).sum()
    ...     loss.backward()
    ...     optimiser.step()
    ...     return loss
    >>> compiled = minitorch.compile(step)
    >>> for _ in range(10):
    ...     loss = compiled(tensor([1.0, 0.0], backend=FusedBackend))
    >>> compiled.replays, w.value
    (6, tensor([0.00 2.00]))
    """
    return Compiled(fn)

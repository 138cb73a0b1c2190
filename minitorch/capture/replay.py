"""A recorded step as a program: memory assigned, arguments laid out, run in one loop.

Idea: the room that a step makes is laid into one arena, so that what is not needed at the same time
    shares bytes. Arguments and state are bound to the arrays that hold them now; only where one
    was replaced are views made anew. Then a replay is `for fn, args in calls: fn(*args)`.
Not here: whether it may run (step.py).
Read next: step.py
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from math import prod
from typing import Any, cast

import numpy as np

from minitorch.capture.inputs import Inputs, is_tensor
from minitorch.capture.record import (
    ARGUMENT,
    ARRAY,
    ROOM,
    STATE,
    Block,
    Call,
    Layout,
    Piece,
    Recorder,
    Slot,
    leaves_of,
    owner_of,
)
from minitorch.capture.results import Result, Results
from minitorch.tensor_data import Cell, Storage, TensorData, copied, copy

__all__ = ["Diverged", "Program"]

ALIGNED = 64  # bytes
NOTHING = np.empty(0)


class Diverged(Exception):
    """A replay met what the recorded step did not: an index out of range, or shared memory."""


class Program:
    """The calls of a recording, with memory of their own."""

    def __init__(self, recorder: Recorder, inputs: Inputs, results: Results) -> None:
        self.results, self.returned = results.list, results.returned
        self.at, self.cleared = results.at, results.cleared
        self.blocks = [
            Block(it.kind, it.number, it.array if it.kind == ARRAY else NOTHING, 0, it.nbytes)
            for it in recorder.blocks
        ]
        self.script, self.slots = shared_script(recorder)
        self.homes = {it.home: n for n, it in enumerate(self.results) if self.fits_home(it, inputs)}
        self.overwritten = {self.state_block(place) for place in self.homes}
        self.calls = [*recorder.calls, *self.ways_home()]
        self.arena = self.lay_out()
        self.nbytes = self.arena.nbytes
        self.bound: list[Any] = [None] * len(self.blocks)
        self.ready: list[tuple[Callable[..., Any], Any]] = [(it.fn, None) for it in self.calls]
        self.touching: list[list[int]] = [[] for _ in self.blocks]
        for k, call in enumerate(self.calls):
            for block in {it.block for it in leaves_of(call.args) if isinstance(it, Piece)}:
                self.touching[block].append(k)
        self.changing = [
            (k, [(n, self.slots[a.number]) for n, a in enumerate(call.args) if isinstance(a, Slot)])
            for k, call in enumerate(self.calls)
            if any(isinstance(a, Slot) for a in call.args)
        ]
        owners = {id(fn.__self__): fn.__self__ for fn, _ in self.script}
        self.owners = list(owners.values())
        self.states: dict[int, Storage] = {}  # by place, what the tensors of a replay lie in
        self.attach(inputs)
        rooms = [n for n, block in enumerate(self.blocks) if block.kind == ROOM]
        self.bind([(n, self.room(n)) for n in rooms])

    def attach(self, inputs: Inputs) -> None:
        """Take the places and guards of this walk; it found the same as that of the recording."""
        self.inputs = inputs
        places, standing = inputs.places, inputs.standing
        self.home_list = [
            (places[it], n, self.results[n], standing[it]) for it, n in self.homes.items()
        ]
        self.others = [(n, it) for n, it in enumerate(self.results) if n not in self.homes.values()]
        self.moves = [(places[it], n) for it, n in self.at.items() if it not in self.homes]

    # Building.

    def fits_home(self, result: Result, inputs: Inputs) -> bool:
        """Whether a result can be left in the array of the tensor that it replaces."""
        if result.home < 0 or inputs.standing[result.home] is None:
            return False
        block = self.state_block(result.home)
        size = prod(result.shape) * result.piece.dtype.itemsize
        before = inputs.standing[result.home]
        assert before is not None
        return block >= 0 and self.blocks[block].nbytes == size and before[1] == result.piece.dtype

    def state_block(self, place: int) -> int:
        """The block of a place, or -1."""
        for n, block in enumerate(self.blocks):
            if block.kind == STATE and block.number == place:
                return n
        return -1

    def ways_home(self) -> list[Call]:
        """Copies of results into the arrays where they are left."""
        ways: list[Call] = []
        first: list[Call] = []
        overwritten = set[int]()
        for place, n in self.homes.items():
            piece, block = self.results[n].piece, self.state_block(place)
            target = whole(block, self.results[n])
            if piece != target:
                overwritten.add(block)
                ways.append(Call(copy, (target, piece), (0,), None))
        # What a copy overwrites is put aside first, where it is still wanted.
        for k, way in enumerate(ways):
            if way.args[1].block in overwritten:
                aside = self.put_aside(way.args[1], first)
                ways[k] = Call(copy, (way.args[0], aside), (0,), None)
        for n, result in enumerate(self.results):
            if n in self.homes.values():
                result.piece = whole(self.state_block(result.home), result)
            elif result.piece.block in overwritten:
                result.piece = self.put_aside(result.piece, first)
        return [*first, *ways]

    def put_aside(self, piece: Piece, calls: list[Call]) -> Piece:
        """A copy of a piece in room of its own."""
        size = prod(piece.shape) * piece.dtype.itemsize
        self.blocks.append(Block(ROOM, -1, NOTHING, 0, size))
        strides, step = list[int](), piece.dtype.itemsize
        for length in reversed(piece.shape):
            strides.insert(0, step)
            step *= length
        aside = Piece(len(self.blocks) - 1, 0, piece.shape, tuple(strides), piece.dtype)
        calls.append(Call(copy, (aside, piece), (0,), None))
        return aside

    def lay_out(self) -> Storage:
        """Assign each room its bytes in the arena: first fit among those alive at the same time."""
        lives: dict[int, list[int]] = {}
        for k, call in enumerate(self.calls):
            for it in leaves_of(call.args):
                if isinstance(it, Piece) and self.blocks[it.block].kind == ROOM:
                    lives.setdefault(it.block, [k, k])[1] = k
        for result in self.results:
            if self.blocks[result.piece.block].kind == ROOM:
                lives.setdefault(result.piece.block, [0, 0])[1] = len(self.calls)
        laid: list[int] = []
        total = 0
        for n in sorted(lives, key=lambda n: -self.blocks[n].nbytes):
            block, at = self.blocks[n], 0
            for other in sorted(laid, key=lambda m: self.blocks[m].address):
                it = self.blocks[other]
                apart = lives[n][1] < lives[other][0] or lives[other][1] < lives[n][0]
                if not apart and at < it.address + it.nbytes and it.address < at + block.nbytes:
                    at = -(-(it.address + it.nbytes) // ALIGNED) * ALIGNED
            block.address = at
            laid.append(n)
            total = max(total, at + block.nbytes)
        return aligned_bytes(total)

    def room(self, number: int) -> Storage:
        """The bytes of a room."""
        block = self.blocks[number]
        return self.arena[block.address : block.address + block.nbytes]

    # Binding.

    def view(self, piece: Piece) -> Storage:
        """A piece as an array over what its block is bound to."""
        array = self.bound[piece.block]
        return np.ndarray(piece.shape, piece.dtype, array, piece.start, piece.strides)

    def argument(self, it: Any) -> Any:
        """An argument of a kernel."""
        if isinstance(it, Piece):
            return self.view(it) if self.bound[it.block] is not None else None
        if isinstance(it, tuple):
            return tuple([self.argument(each) for each in cast(Any, it)])
        return it.array() if isinstance(it, Layout) else it

    def bind(self, arrays: Iterable[tuple[int, Storage]]) -> None:
        """Let blocks lie in these arrays; makes the arguments of the calls that touch them."""
        touched = set[int]()
        for number, array in arrays:
            if self.bound[number] is not array:
                self.bound[number] = array
                touched.update(self.touching[number])
        for k in touched:
            call = self.calls[k]
            self.ready[k] = (self.guarded(call), tuple([self.argument(it) for it in call.args]))

    def guarded(self, call: Call) -> Callable[..., Any]:
        """The function, which raises where it finds something else than when it was recorded."""
        expected = call.result
        if expected is None:
            return call.fn

        def run(*args: Any) -> None:
            if call.fn(*args) != expected:
                raise Diverged

        return run

    def arrays(
        self, leaves: Sequence[Any], states: dict[int, Storage]
    ) -> list[tuple[int, Storage]]:
        """What the blocks that are no room lie in; `states` by place, where not as it stands."""
        out: list[tuple[int, Storage]] = []
        for n, block in enumerate(self.blocks):
            if block.kind == STATE:
                array = states.get(block.number)
                if array is None:
                    array = self.inputs.places[block.number].get()._tensor.cell.array
                out.append((n, array))
            elif block.kind == ARGUMENT:
                leaf = leaves[block.number]
                out.append((n, leaf._tensor.cell.array if is_tensor(leaf) else leaf))
            elif block.kind == ARRAY:
                out.append((n, block.array))
        return out

    def apart(self, arrays: list[tuple[int, Storage]]) -> list[tuple[int, Storage]]:
        """The same, if no array that is overwritten shares memory with another one."""
        if any(self.bound[n] is not array for n, array in arrays):
            owners = {id(owner_of(array)) for n, array in arrays if n not in self.overwritten}
            written = {id(owner_of(array)) for n, array in arrays if n in self.overwritten}
            if len(written) < len(self.overwritten) or not written.isdisjoint(owners):
                raise Diverged("what it updates shares memory with another of its inputs")
        return arrays

    # Running.

    def run(self) -> None:
        """The script, then all calls."""
        values = [fn(*args) for fn, args in self.script]
        ready = self.ready
        for k, places in self.changing:
            fn, args = ready[k]
            args = list(args)
            for n, slot in places:
                args[n] = values[slot]
            ready[k] = (fn, args)
        with np.errstate(all="ignore"):
            for fn, args in ready:
                fn(*args)

    def counts(self) -> list[Any]:
        """How far the optimisers and generators of the script have come."""
        return [it.__dict__.copy() for it in self.owners]

    def count_from(self, counts: list[Any]) -> None:
        """Set them back."""
        for it, members in zip(self.owners, counts, strict=True):
            it.__dict__.update(members)

    def rehearse(self, leaves: Sequence[Any]) -> list[Storage]:
        """Run on copies of the state, room filled with garbage; returns what the results hold."""
        before = self.counts()
        states = {
            it.number: self.inputs.places[it.number].get()._tensor.cell.array.copy()
            for it in self.blocks
            if it.kind == STATE
        }
        self.arena.fill(255)
        self.bind(self.arrays(leaves, states))
        try:
            self.run()
        finally:
            self.count_from(before)
        return [self.view(it.piece).copy() for it in self.results]

    def replay(self, leaves: Sequence[Any]) -> Any:
        """Do the step.

        Raises:
            Diverged: an index was out of range; nothing has changed.
        """
        before = self.counts()
        tensors = self.replace()
        try:
            self.bind(self.apart(self.arrays(leaves, self.states)))
            self.run()
        except Diverged:
            self.count_from(before)
            raise
        return self.finish(tensors, leaves)

    def replace(self) -> dict[int, Any]:
        """New tensors around the arrays that are about to be overwritten, or around copies.

        A copy is made where somebody else may still read the old numbers: through the old cell,
        through an expression that reads it, or through foreign memory.
        """
        made: dict[int, Any] = {}
        self.states.clear()
        for place, n, result, stamp in self.home_list:
            tensor: Any = place.container[place.key] if place.parent is None else place.get()
            old, derivative = tensor._tensor.cell, tensor._derivative
            array, node, exposed = old.array, old.node, old.exposed
            seen = weakref.ref(old)
            cell = Cell(array)
            data = TensorData.of_cell(cell, result.shape)
            data.stamp = stamp  # its layout is known to fit
            made[n] = tensor = result.tensor(data)
            if derivative is not None:
                tensor._derivative = derivative  # read by the replay, if it is state
            if place.parent is None:
                place.container[place.key] = tensor
            else:
                place.set(tensor)
            old = derivative = None
            if exposed or (node is not None and node.readers > 0) or seen() is not None:
                array = cell.array = copied(array)
            self.states[result.home] = array
        return made

    def finish(self, made: dict[int, Any], leaves: Sequence[Any]) -> Any:
        """Put the results where they belong, and return what the step returns."""
        for n, result in self.others:
            made[n] = result.tensor(TensorData.of(copied(self.view(result.piece))))
        for n, tensor in made.items():
            derivative = self.results[n].derivative
            if derivative >= 0 or tensor._derivative is not None:
                tensor._derivative = made[derivative] if derivative >= 0 else None
        for place, n in self.moves:
            place.set(made[n])
        for place in self.cleared:
            self.inputs.places[place].set(None)
        return self.rebuilt(self.returned, made, leaves)

    def rebuilt(self, shape: Any, tensors: dict[int, Any], leaves: Sequence[Any]) -> Any:
        """The returned value, from its description."""
        kind, what = cast("tuple[Any, Any]", shape)
        if kind == "result":
            return tensors[what]
        if kind == "argument":
            return leaves[what]
        if kind == "place":
            return self.inputs.places[int(what)].get()
        if kind == "plain":
            return what
        if kind is dict:
            return {k: self.rebuilt(it, tensors, leaves) for k, it in what.items()}
        return kind([self.rebuilt(it, tensors, leaves) for it in what])


def whole(block: int, result: Result) -> Piece:
    """A contiguous tensor as the whole of a block."""
    strides, step = list[int](), result.piece.dtype.itemsize
    for length in reversed(result.shape):
        strides.insert(0, step)
        step *= length
    return Piece(block, 0, result.shape, tuple(strides), result.piece.dtype)


def aligned_bytes(size: int) -> Storage:
    """So many bytes from an aligned address on."""
    raw = np.empty(size + ALIGNED, np.uint8)
    start = -raw.__array_interface__["data"][0] % ALIGNED
    return raw[start : start + size]


def shared_script(recorder: Recorder) -> tuple[list[Any], list[int]]:
    """The script with each live number asked for once, and where each slot finds its value."""
    script: list[Any] = []
    slots: list[int] = []
    known: dict[Any, int] = {}
    for (fn, args), value in zip(recorder.script, recorder.values, strict=True):
        key = (fn, args)
        if value is None or fn.__name__ == "_reserve":
            known.clear()  # what counts changes what is asked for after it
            script.append((fn, args))
            slots.append(len(script) - 1)
            continue
        if key not in known:
            script.append((fn, args))
            known[key] = len(script) - 1
        slots.append(known[key])
    return script, slots

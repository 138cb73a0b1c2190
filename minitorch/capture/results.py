"""What a step leaves behind: tensors it returns, and tensors it puts into the places of the state.

Idea: a tensor is its numbers, a piece of some block, and a few members around them; a replay makes
    the same tensor again around the numbers that it computed.
Not here: where such numbers are kept (replay.py).
Read next: replay.py
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from minitorch.autodiff import History
from minitorch.capture.inputs import Inputs, Place, is_tensor
from minitorch.capture.record import ROOM, Piece, Recorder
from minitorch.tensor_data import TensorData

__all__ = ["Result", "Results"]


@dataclass
class Result:
    """A tensor that a step leaves behind: where its numbers lie, and all else it consists of."""

    kind: type
    members: dict[str, Any]
    shape: tuple[int, ...]
    history: tuple[bool, Any]  # is a leaf, or the function that made it
    piece: Piece
    home: int  # the place of the state in whose array it is left, or -1
    derivative: int = -1  # its number among the results

    def tensor(self, data: TensorData) -> Any:
        """The tensor around these numbers."""
        out = cast(Any, object.__new__(self.kind))
        out.__dict__.update(self.members)
        out._tensor = data
        leaf, last_fn = self.history
        if leaf:
            out.history = History()
        elif last_fn is not None:
            out.history = History(last_fn)
            out.history.free()
        return out


def standing_at(noted: Any) -> Any:
    """The tensor that was noted weakly, if it still is; see `Compiled._record`."""
    return None if noted is None else noted[0]()


class Results:
    """What a step returns, and what it puts into the places of the state."""

    def __init__(self, recorder: Recorder, inputs: Inputs, leaves: Sequence[Any]) -> None:
        self.recorder, self.inputs, self.leaves = recorder, inputs, leaves
        self.list: list[Result] = []
        self.tensors: list[Any] = []  # of the recording
        self.at: dict[int, int] = {}  # of a place, the number of the result that it gets
        self.cleared: list[int] = []  # places that lose their tensor
        self.returned: Any = None

    def note(self, reason: str) -> None:
        """Say why it cannot be followed."""
        self.recorder.note(reason)

    def collect(self, before: Sequence[Any], value: Any) -> None:
        """Look at the places and at the returned value; `before` knows weakly what stood there."""
        places = self.inputs.places
        for k, place in enumerate(places):
            now, was = place.get(), standing_at(before[k])
            if now is was:
                if before[k] is not None and now._tensor.cell.version != before[k][1]:
                    self.note(f"it writes into {place.path}")
                continue
            if is_tensor(now):
                if place.parent is None or not self.is_new(place.parent, before):
                    self.at[k] = self.add(now, k)
            elif place.parent is None:
                self.note(f"it takes {place.path} away")
            elif not self.is_new(place.parent, before):
                self.cleared.append(k)
        self.kept = {
            id(it.get()): k
            for k, it in enumerate(places)
            if k not in self.at and it.get() is not None
        }
        self.returned = self.shape_of(value)

    def is_new(self, place: Place, before: Sequence[Any]) -> bool:
        """Whether another tensor stands at the place than before."""
        return standing_at(before[self.inputs.places.index(place)]) is not place.get()

    def add(self, tensor: Any, home: int = -1) -> int:
        """The number of a tensor among the results."""
        for number, it in enumerate(self.tensors):
            if it is tensor:
                return number
        history = tensor.history
        if history is not None and history.last_fn is not None and not history.freed:
            self.note("it leaves a tensor with its graph behind; call backward or detach inside")
        piece = self.recorder.piece_of(tensor._tensor)
        if hasattr(tensor, "_base") and self.is_shared(piece):  # writes would have to be seen
            self.note("it leaves a view behind of its inputs, or of another of its results")
        rest = {"_tensor", "history", "_derivative", "_id", "_base", "_views"}
        result = Result(
            cast(Any, type(tensor)),
            {k: v for k, v in tensor.__dict__.items() if k not in rest},
            tuple(tensor._tensor.shape),
            (history is not None and history.last_fn is None, history and history.last_fn),
            piece,
            home,
        )
        number = len(self.list)
        self.list.append(result)
        self.tensors.append(tensor)
        if is_tensor(tensor.derivative):
            result.derivative = self.add(tensor.derivative)
        return number

    def is_shared(self, piece: Piece) -> bool:
        """Whether the memory of a result is that of an input, or of a result before it."""
        kind = self.recorder.blocks[piece.block].kind
        return kind != ROOM or any(it.piece.block == piece.block for it in self.list)

    def shape_of(self, value: Any) -> Any:
        """The returned value as a description that `Program.rebuilt` reads."""
        if is_tensor(value):
            for k, leaf in enumerate(self.leaves):
                if leaf is value:
                    return ("argument", k)
            if id(value) in self.kept:
                return ("place", self.kept[id(value)])
            return ("result", self.add(value))
        kind = cast(Any, type(value))
        if kind is list or kind is tuple:
            return (kind, [self.shape_of(it) for it in value])
        if kind is dict:
            return (kind, {k: self.shape_of(it) for k, it in value.items()})
        if value is None or isinstance(value, bool | int | float | str):
            return ("plain", value)
        self.note(f"it returns a {kind.__name__}")
        return ("plain", None)

"""Moving a module: to another dtype or device, in place.

Idea: `_apply(fn)` replaces what every parameter, gradient and buffer holds by fn of it; the
    parameters stay the same objects, so that an optimiser keeps them.
Not here: reading a saved state (state.py).
Read next: state.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from minitorch.errors import KindError
from minitorch.modes import no_grad
from minitorch.torch.creation import empty
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.nn.modules.walks import Walks
from minitorch.torch.tensor import Tensor

__all__ = ["Casting"]


class Casting(Walks):
    """What changes the dtype or the device of a whole tree."""

    def _apply(self, fn: Callable[[Any], Any], recurse: bool = True) -> Self:
        """Replace what parameters, their gradients and buffers hold by fn of it."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for parameter in self._parameters.values():
            if parameter is None:
                continue
            with no_grad():
                gradient = parameter.grad
                parameter.data = fn(parameter.data)
                if gradient is not None:
                    # Asked first: a gradient of the old dtype does not fit the parameter any more.
                    parameter.grad = None
                    parameter.grad = fn(gradient).requires_grad_(gradient.requires_grad)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Move to a device, a floating dtype, both, or those of a tensor; returns itself.

        Integer and bool parameters and buffers keep their dtype.

        Raises:
            KindError: a dtype that is not floating.
        """
        wanted_device, wanted_dtype = _wanted(*args, **kwargs)
        if wanted_dtype is not None and not (
            wanted_dtype.is_floating_point or wanted_dtype.is_complex
        ):
            raise KindError(
                "nn.Module.to only accepts floating point or complex dtypes, but got desired "
                f"dtype={wanted_dtype}"
            )

        def move(t: Any) -> Any:
            casts = wanted_dtype is not None and (t.is_floating_point() or t.is_complex())
            place = t.device if wanted_device is None else wanted_device
            return t.to(device=place, dtype=wanted_dtype if casts else t.dtype)

        return self._apply(move)

    def to_empty(self, *, device: Any, recurse: bool = True) -> Self:
        """Move to a device without copying any value; returns itself."""
        return self._apply(lambda t: empty(t.shape, dtype=t.dtype, device=device), recurse=recurse)

    def type(self, dst_type: Any) -> Self:
        """Cast everything, whole numbers too, to a dtype; returns itself."""
        return self._apply(lambda t: t.type(dst_type))

    def _cast_floating(self, cast: Callable[[Any], Any]) -> Self:
        return self._apply(lambda t: cast(t) if t.is_floating_point() else t)

    def float(self) -> Self:
        """Cast floating parameters and buffers to float32; returns itself."""
        return self._cast_floating(lambda t: t.float())

    def double(self) -> Self:
        """Cast floating parameters and buffers to float64; returns itself."""
        return self._cast_floating(lambda t: t.double())

    def half(self) -> Self:
        """Cast floating parameters and buffers to float16; returns itself."""
        return self._cast_floating(lambda t: t.half())

    def bfloat16(self) -> Self:
        """Cast floating parameters and buffers to bfloat16; returns itself."""
        return self._cast_floating(lambda t: t.bfloat16())

    def cpu(self) -> Self:
        """Move to the CPU; returns itself."""
        return self._apply(lambda t: t.cpu())

    def cuda(self, device: Any = None) -> Self:
        """Move to a GPU; returns itself."""
        return self._apply(lambda t: t.cuda(device))

    def share_memory(self) -> Self:
        """Let other processes share the memory of parameters and buffers; returns itself."""
        return self._apply(lambda t: t.share_memory_())


def _wanted(
    *args: Any,
    device: Any = None,
    dtype: Any = None,
    non_blocking: bool = False,
    memory_format: Any = None,
) -> tuple[Any, Any]:
    """The device and the dtype that arguments of `to` name, None for what they leave as it is."""
    del non_blocking, memory_format  # nothing to wait for; one order of cells
    for given in args:
        if isinstance(given, Tensor):
            device, dtype = given.device, given.dtype
        elif isinstance(given, Dtype):
            dtype = given
        elif given is not None and not isinstance(given, bool):
            device = given
    return device, dtype

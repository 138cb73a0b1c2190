"""Every exception that a user of minitorch can meet.

Idea: an error is a class of this file that is *also* the built-in kind a caller would catch,
    and its text says what was given, what is expected and what to try.
Not here: the checks themselves; they stand where the mistake is seen.
Read next: operators.py
"""

from __future__ import annotations

import pickle  # its two errors are what callers of torch.load and torch.save catch

__all__ = [
    "ArchiveError",
    "BackendError",
    "CheckpointError",
    "ConfigError",
    "DataError",
    "DeviceError",
    "DivisionError",
    "DtypeError",
    "EmptyFileError",
    "GradientError",
    "HalfPrecisionError",
    "HookError",
    "IndexingError",
    "KindError",
    "LazyError",
    "LinAlgError",
    "MinitorchError",
    "MismatchError",
    "MissingKernelError",
    "MissingNameError",
    "MissingPartError",
    "ModuleError",
    "NonFiniteError",
    "NonFiniteNormError",
    "NotSupportedError",
    "OutputError",
    "PicklingError",
    "RegistrationError",
    "ShapeError",
    "StateDictError",
    "UnpicklingError",
    "ViewError",
]


class MinitorchError(Exception):
    """Base of every error that minitorch raises on purpose."""


class IndexingError(MinitorchError, RuntimeError, IndexError):
    """An index, or a pair of shapes to broadcast, that does not fit."""


class ShapeError(MinitorchError, ValueError):
    """Shapes, ranks or sizes that an op cannot take."""


class ViewError(MinitorchError, RuntimeError):
    """A view that the strides of a tensor do not allow."""


class DtypeError(MinitorchError, TypeError):
    """A dtype that an op does not accept, or that does not exist here."""


class LinAlgError(MinitorchError, RuntimeError):
    """A matrix that a factorisation cannot take: singular, or not positive-definite."""


class HalfPrecisionError(DtypeError):
    """Arithmetic on float16 or bfloat16, which are stored only; compute in float32."""


class DivisionError(MinitorchError, RuntimeError):
    """Whole numbers divided by zero."""


class GradientError(MinitorchError, RuntimeError):
    """A backward pass that cannot be done, or a Function whose gradients do not fit."""


class BackendError(MinitorchError, ValueError):
    """An unknown backend, or one that lacks what was asked of it."""


class ModuleError(MinitorchError, AttributeError):
    """A module without a `forward`, or a name that it does not have."""


class KindError(MinitorchError, TypeError):
    """A value of a kind that an argument, an attribute or a key cannot be."""


class MismatchError(MinitorchError, RuntimeError):
    """Arguments of a layer that do not fit the layer or each other."""


class RegistrationError(MinitorchError, KeyError):
    """A name under which a module cannot keep a parameter, a buffer or a module."""


class LazyError(MinitorchError, RuntimeError):
    """A parameter that gets its shape from the first input, asked for it before."""


class HookError(MinitorchError, RuntimeError):
    """Hooks of a module that do not go together, or that return what cannot be used."""


class StateDictError(MinitorchError, RuntimeError):
    """A state dict that does not fit the module that reads it."""


class ConfigError(MinitorchError, ValueError):
    """A setting or a `MINITORCH_*` variable with a value that is not allowed."""


class DataError(MinitorchError, ValueError):
    """A data set that is unknown, missing, damaged or not what its name says."""


class MissingKernelError(MinitorchError, NotImplementedError):
    """An op that does not take a dtype, or that cannot be differentiated."""


class MissingPartError(MinitorchError, ImportError):
    """An optional part that is not installed; the text names the extra that brings it."""


class CheckpointError(MinitorchError, ValueError):
    """A checkpoint that is damaged or belongs to another model."""


class ArchiveError(MinitorchError, RuntimeError):
    """A file of `torch.save` that is truncated, damaged or hostile."""


class EmptyFileError(MinitorchError, EOFError):
    """A file to load from that has nothing in it."""


class UnpicklingError(MinitorchError, pickle.UnpicklingError):
    """A pickle that is damaged, or that asks for what loading may not do."""


class PicklingError(MinitorchError, pickle.PicklingError):
    """An object that cannot be written so that it could be read again."""


class NotSupportedError(MinitorchError, NotImplementedError, AttributeError):
    """A name of PyTorch's that is not there, or is there to say so; the text tells what is near."""


class MissingNameError(MinitorchError, ModuleNotFoundError):
    """The same, met in an import; the text names what is near."""


class DeviceError(MinitorchError, RuntimeError, AssertionError):
    """A device that this machine, or this library, does not have."""


class OutputError(MinitorchError, OSError):
    """A place that cannot be written, or a disk that is full."""


class NonFiniteError(MinitorchError, ArithmeticError):
    """A loss that became NaN or infinite; says at which step and in which op."""


class NonFiniteNormError(NonFiniteError, RuntimeError):
    """Gradients whose norm is NaN or infinite, and so cannot be clipped."""

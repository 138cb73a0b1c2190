"""Storages as a checkpoint names them, and where they go when they are loaded.

Idea: a persistent id says of a storage its dtype, the key of its record, the device it was on,
    and how many numbers it has. `map_location` says what becomes of the device.
Not here: reading the numbers (loading.py, legacy.py).
Read next: loading.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from minitorch.errors import DeviceError, UnpicklingError
from minitorch.torch.dtypes import device, dtype
from minitorch.torch.storage import TypedStorage, UntypedStorage

__all__ = ["Restore", "default_restore_location", "read_identity", "restore_by", "swap"]

Restore = Callable[[TypedStorage, str], TypedStorage]


def swap(array: Any) -> None:
    """Turn the bytes of each number around."""
    whole = array if array.dtype.kind != "V" else array.view("uint16")
    whole.byteswap(inplace=True)


def read_identity(identity: Any, length: int) -> tuple[dtype, str, str, int]:
    """dtype, key, location and number of numbers of a persistent id.

    Raises:
        UnpicklingError: it is not the id of a storage.
    """
    if not isinstance(identity, tuple) or len(cast("tuple[Any, ...]", identity)) != length:
        raise UnpicklingError("persistent_load id must be a tuple that describes a storage.")
    label, kind, key, location, count = cast("tuple[Any, ...]", identity)[:5]
    key, location, label = (
        it.decode("latin-1") if isinstance(it, bytes) else it for it in (key, location, label)
    )
    if label != "storage":
        raise UnpicklingError("Only persistent_load of storage is allowed.")
    if not (isinstance(kind, type) and issubclass(kind, TypedStorage | UntypedStorage)):
        raise UnpicklingError("the type of a storage is not one of torch's.")
    if not (isinstance(key, str) and isinstance(location, str)):
        raise UnpicklingError("a storage has a key and a location, both strings.")
    if type(count) is not int or not 0 <= count < 1 << 60:
        raise UnpicklingError("the size of a storage is no number from 0 on.")
    found = kind.dtype if issubclass(kind, TypedStorage) else dtype.named["uint8"]
    return found, key, location, count


def restore_by(map_location: Any) -> Restore:
    """What to do with a storage of a location, for each kind of map_location."""
    if map_location is None:
        return default_restore_location
    if isinstance(map_location, dict):
        table = cast("dict[Any, Any]", map_location)
        return lambda storage, place: default_restore_location(
            storage, str(table.get(place, place))
        )
    if isinstance(map_location, str | bytes | device):
        name = map_location.decode() if isinstance(map_location, bytes) else str(map_location)
        return lambda storage, _: default_restore_location(storage, name)
    if not callable(map_location):
        raise DeviceError(
            "map_location: expected a device, its name, a dict of names, or a function, got "
            f"{type(map_location).__name__}"
        )

    def restore(storage: TypedStorage, place: str) -> TypedStorage:
        moved: Any = map_location(storage, place)
        if moved is None:
            return default_restore_location(storage, place)
        if isinstance(moved, UntypedStorage):
            return TypedStorage(wrap_storage=moved, dtype=storage.dtype)
        return moved

    return restore


def default_restore_location(storage: TypedStorage, location: str) -> TypedStorage:
    """The storage, if it is one of the CPU.

    Raises:
        DeviceError: its location is a device that is not here.
    """
    name = location.partition(":")[0]
    if name == "cpu":
        return storage
    if name in ("cuda", "mps", "xpu", "hpu", "meta"):
        raise DeviceError(
            f"Attempting to deserialize object on a {name.upper()} device but "
            f"torch.{name}.is_available() is False. If you are running on a CPU-only machine, "
            "please use torch.load with map_location=torch.device('cpu') to map your storages to "
            "the CPU."
        )
    raise DeviceError(
        f"don't know how to restore data location of torch.storage.UntypedStorage (tagged with "
        f"{location[:40]})"
    )

"""The state of a module as a flat dict, and back.

Idea: `state_dict` walks the tree and writes each parameter and persistent buffer under its dotted
    name; `load_state_dict` walks the same way, copies in place what fits, and lists what does not.
Not here: files (torch/serialization.py).
Read next: module.py
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from minitorch.errors import HookError, KindError, StateDictError
from minitorch.modes import no_grad
from minitorch.torch.handles import RemovableHandle
from minitorch.torch.nn.modules.casting import Casting
from minitorch.torch.nn.parameter import Parameter, is_lazy
from minitorch.torch.tensor import Tensor

__all__ = ["IncompatibleKeys", "StateDict", "Stateful"]

EXTRA_STATE = "_extra_state"


class IncompatibleKeys(NamedTuple):
    """What a state dict lacks, and what it has too much.

    >>> IncompatibleKeys([], [])
    <All keys matched successfully>
    """

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return (
            f"_IncompatibleKeys(missing_keys={self.missing_keys!r}, "
            f"unexpected_keys={self.unexpected_keys!r})"
        )


class StateDict(OrderedDict[str, Any]):
    """An ordered dict that also tells the version of each module, as `_metadata`."""

    _metadata: OrderedDict[str, Any]

    def __reduce__(self) -> Any:  # in a file it is what PyTorch writes: a dict with an attribute
        return OrderedDict, (), vars(self) or None, None, iter(self.items())


class Stateful(Casting):
    """A node whose tree can be saved and loaded."""

    _version: int = 1
    _state_dict_hooks: OrderedDict[int, Callable[..., Any]]
    _state_dict_pre_hooks: OrderedDict[int, Callable[..., Any]]
    _load_state_dict_pre_hooks: OrderedDict[int, Callable[..., Any]]
    _load_state_dict_post_hooks: OrderedDict[int, Callable[..., Any]]
    _state_tables = (
        "_state_dict_hooks",
        "_state_dict_pre_hooks",
        "_load_state_dict_pre_hooks",
        "_load_state_dict_post_hooks",
    )

    def __init__(self) -> None:
        super().__init__()
        for table in self._state_tables:
            object.__setattr__(self, table, OrderedDict())

    def get_extra_state(self) -> Any:
        """What else belongs to the state; a subclass that has such writes it."""
        raise NotImplementedError

    def set_extra_state(self, state: Any) -> None:
        """Take back what `get_extra_state` gave; a subclass that has such writes it."""
        raise NotImplementedError

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before the state is written."""
        return _add(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` after the state is written."""
        hook._from_public_api = True  # pyright: ignore[reportFunctionMemberAccess]  # read below
        return _add(self._state_dict_hooks, hook)

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        return _add(self._state_dict_hooks, hook)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call a hook with the module and what `_load_from_state_dict` is given, before it."""
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], with_module: bool = False
    ) -> RemovableHandle:
        return _add(self._load_state_dict_pre_hooks, partial(hook, self) if with_module else hook)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` after loading; it may change the lists."""
        return _add(self._load_state_dict_post_hooks, hook)

    def state_dict(
        self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False
    ) -> Any:
        """Dotted name to tensor, of all parameters and persistent buffers.

        The tensors are detached and share the module's memory; with `keep_vars`, the parameters
        themselves.
        """
        given = dict(zip(("destination", "prefix", "keep_vars"), args, strict=False))
        destination = given.get("destination", destination)
        prefix, keep_vars = given.get("prefix", prefix), given.get("keep_vars", keep_vars)
        if destination is None:
            destination = StateDict()
            destination._metadata = OrderedDict()
        metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = metadata
        for hook in self._state_dict_pre_hooks.values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(
                    destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars
                )
        for hook in self._state_dict_hooks.values():
            changed = hook(self, destination, prefix, metadata)
            if changed is not None and getattr(hook, "_from_public_api", False):
                raise HookError("state_dict post-hook must return None")
            destination = destination if changed is None else changed
        return destination

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Write what this node itself holds."""
        for name, tensor in self._own_state().items():
            kept = keep_vars or is_lazy(tensor)
            destination[prefix + name] = tensor if kept else tensor.detach()
        if type(self).get_extra_state is not Stateful.get_extra_state:
            destination[prefix + EXTRA_STATE] = self.get_extra_state()

    def _own_state(self) -> dict[str, Any]:
        persistent = (
            (name, buffer)
            for name, buffer in self._buffers.items()
            if name not in self._non_persistent_buffers_set
        )
        everything = chain(self._parameters.items(), persistent)
        return {name: tensor for name, tensor in everything if tensor is not None}

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy a state into parameters and buffers; returns the missing and unexpected keys.

        With `assign`, the tensors of the state themselves take the places of the old ones.

        Raises:
            KindError: not a mapping.
            StateDictError: a tensor of another shape; strictly, also missing or unexpected keys.
        """
        if not isinstance(state_dict, Mapping):
            raise KindError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        keys = IncompatibleKeys([], [])
        problems: list[str] = []
        metadata = getattr(state_dict, "_metadata", None)
        state = StateDict(state_dict)
        if metadata is not None:
            state._metadata = metadata
        self._load_tree(state, "", metadata or {}, assign, keys, problems)
        if strict and keys.unexpected_keys:
            problems.insert(
                0, f"Unexpected key(s) in state_dict: {_quoted(keys.unexpected_keys)}. "
            )
        if strict and keys.missing_keys:
            problems.insert(0, f"Missing key(s) in state_dict: {_quoted(keys.missing_keys)}. ")
        if problems:
            listed = "\n\t".join(problems)
            raise StateDictError(
                f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{listed}"
            )
        return keys

    def _load_tree(
        self,
        state: dict[str, Any],
        prefix: str,
        metadata: Mapping[str, Any],
        assign: bool,
        keys: IncompatibleKeys,
        problems: list[str],
    ) -> None:
        local = metadata.get(prefix[:-1], {})
        if assign:
            local = {**local, "assign_to_params_buffers": True}
        self._load_from_state_dict(
            state, prefix, local, True, keys.missing_keys, keys.unexpected_keys, problems
        )
        for name, child in self._modules.items():
            if child is not None:
                path = f"{prefix}{name}."
                part = {key: value for key, value in state.items() if key.startswith(path)}
                child._load_tree(part, path, metadata, assign, keys, problems)
        for hook in self._load_state_dict_post_hooks.values():
            if hook(self, keys) is not None:
                raise AssertionError(
                    "Hooks registered with ``register_load_state_dict_post_hook`` are not expected "
                    "to return new values, if incompatible_keys need to be modified, it should be "
                    "done inplace."
                )

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: Mapping[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Read what this node itself holds; a subclass that reads older states extends it."""
        lists = (missing_keys, unexpected_keys, error_msgs)
        for hook in self._load_state_dict_pre_hooks.values():
            hook(state_dict, prefix, local_metadata, strict, *lists)
        own = self._own_state()
        assign = local_metadata.get("assign_to_params_buffers", False)
        for name, tensor in own.items():
            key = prefix + name
            if key in state_dict:
                problem = self._load_one(name, key, tensor, state_dict[key], assign)
                error_msgs.extend([problem] if problem else [])
            elif strict:
                missing_keys.append(key)
        self._load_extra_state(state_dict, prefix + EXTRA_STATE, strict, *lists[:2])
        if not strict:
            return
        for key in state_dict:
            if key.startswith(prefix) and key != prefix + EXTRA_STATE:
                name, dot, _ = key[len(prefix) :].partition(".")
                if name not in (self._modules if dot else own):
                    unexpected_keys.append(key)

    def _load_one(self, name: str, key: str, tensor: Any, given: Any, assign: bool) -> str | None:
        """Copy or put one tensor in its place; returns what does not fit."""
        if not isinstance(given, Tensor):
            return (
                f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like '
                f"object from checkpoint but received {type(given)}"
            )
        if not is_lazy(tensor):
            if tensor.dim() == 0 and tuple(given.shape) == (1,):
                given = given.reshape(())  # how PyTorch 0.3 wrote numbers
            if given.shape != tensor.shape:
                return (
                    f"size mismatch for {key}: copying a param with shape {given.shape} from "
                    f"checkpoint, the shape in current model is {tensor.shape}."
                )
        try:
            with no_grad():
                if not assign:
                    tensor.copy_(given)
                    return None
                if isinstance(tensor, Parameter):
                    if not isinstance(given, Parameter):
                        given = Parameter(given, requires_grad=tensor.requires_grad)
                    given.requires_grad_(tensor.requires_grad)
                setattr(self, name, given)
                return None
        except Exception as error:
            return (
                f'While copying the parameter named "{key}", whose dimensions in the model are '
                f"{tensor.size()} and whose dimensions in the checkpoint are {given.size()}, an "
                f"exception occurred : {error.args}."
            )

    def _load_extra_state(
        self,
        state_dict: Mapping[str, Any],
        key: str,
        strict: bool,
        missing: list[str],
        unexpected: list[str],
    ) -> None:
        if type(self).set_extra_state is not Stateful.set_extra_state:
            if key in state_dict:
                self.set_extra_state(state_dict[key])
            elif strict:
                missing.append(key)
        elif strict and key in state_dict:
            unexpected.append(key)


def _quoted(keys: list[str]) -> str:
    return ", ".join(f'"{key}"' for key in keys)


def _add(hooks: OrderedDict[int, Callable[..., Any]], hook: Callable[..., Any]) -> RemovableHandle:
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle

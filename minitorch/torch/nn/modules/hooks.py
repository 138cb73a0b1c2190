"""Hooks of a module: what is called before and after `forward`, and in the backward pass.

Idea: a module without hooks is called straight; with hooks, `__call__` is
    pre-hooks -> (mark inputs) -> forward -> hooks -> (mark outputs),
    where marks are identities whose backward calls the backward hooks.
Not here: hooks of tensors, hooks of saving and loading (state.py).
Read next: state.py
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from minitorch.errors import HookError
from minitorch.module import Tree
from minitorch.torch.handles import RemovableHandle
from minitorch.torch.nn.modules.backward_hooks import BackwardHooks
from minitorch.torch.tensor import Tensor

__all__ = [
    "Hooked",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
]

Hooks = OrderedDict[int, Callable[..., Any]]
Flags = OrderedDict[int, bool]

_global_forward_pre_hooks: Hooks = OrderedDict()
_global_forward_hooks: Hooks = OrderedDict()
_global_forward_hooks_with_kwargs: Flags = OrderedDict()
_global_forward_hooks_always_called: Flags = OrderedDict()
_global_backward_pre_hooks: Hooks = OrderedDict()
_global_backward_hooks: Hooks = OrderedDict()


def _register(
    hooks: Hooks, hook: Callable[..., Any], prepend: bool = False, *flags: tuple[Flags, bool]
) -> RemovableHandle:
    """Add a hook to a table, and its number to the flags that hold; returns what removes it."""
    handle = RemovableHandle(hooks, extra_dict=[table for table, _ in flags])
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    for table, holds in flags:
        if holds:
            table[handle.id] = True
    return handle


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, args)` before the forward of every module."""
    return _register(_global_forward_pre_hooks, hook)


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call `hook(module, args, output)` after the forward of every module."""
    return _register(
        _global_forward_hooks,
        hook,
        False,
        (_global_forward_hooks_with_kwargs, with_kwargs),
        (_global_forward_hooks_always_called, always_call),
    )


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_output)` before the backward of every module."""
    return _register(_global_backward_pre_hooks, hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` after the backward of every module."""
    return _register(_global_backward_hooks, hook)


class Hooked(Tree):
    """A node that can be listened to."""

    _forward_pre_hooks: Hooks
    _forward_pre_hooks_with_kwargs: Flags
    _forward_hooks: Hooks
    _forward_hooks_with_kwargs: Flags
    _forward_hooks_always_called: Flags
    _backward_pre_hooks: Hooks
    _backward_hooks: Hooks
    _is_full_backward_hook: bool | None
    _compiled_call_impl: Callable[..., Any] | None = None
    _hook_tables = (
        "_forward_pre_hooks",
        "_forward_pre_hooks_with_kwargs",
        "_forward_hooks",
        "_forward_hooks_with_kwargs",
        "_forward_hooks_always_called",
        "_backward_pre_hooks",
        "_backward_hooks",
    )

    def __init__(self) -> None:
        super().__init__()
        for table in self._hook_tables:
            object.__setattr__(self, table, OrderedDict())
        object.__setattr__(self, "_is_full_backward_hook", None)

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before `forward`; what it returns replaces the arguments.

        With `with_kwargs`, `hook(module, args, kwargs)`, which returns None or both.
        """
        flags = (self._forward_pre_hooks_with_kwargs, with_kwargs)
        return _register(self._forward_pre_hooks, hook, prepend, flags)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after `forward`; what it returns replaces the output.

        With `with_kwargs`, `hook(module, args, kwargs, output)`; with `always_call`, also when
        `forward` or another hook raised.
        """
        return _register(
            self._forward_hooks,
            hook,
            prepend,
            (self._forward_hooks_with_kwargs, with_kwargs),
            (self._forward_hooks_always_called, always_call),
        )

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, grad_output)` when the derivatives of the outputs are known."""
        return _register(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when those of the inputs are known too.

        What it returns replaces the derivatives of the inputs.

        Raises:
            HookError: the module has a hook of the older kind.
        """
        if self._is_full_backward_hook is False:
            raise HookError(
                "Cannot use both regular backward hooks and full backward hooks on a single "
                "Module. Please use only one of them."
            )
        self._is_full_backward_hook = True
        return _register(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """The older name, for a hook that is called as the full ones are.

        Raises:
            HookError: the module has a full hook.
        """
        if self._is_full_backward_hook is True:
            raise HookError(
                "Cannot use both regular backward hooks and full backward hooks on a single "
                "Module. Please use only one of them."
            )
        self._is_full_backward_hook = False
        return _register(self._backward_hooks, hook)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._compiled_call_impl is not None:
            return self._compiled_call_impl(*args, **kwargs)
        return self._call_impl(*args, **kwargs)

    def _call_impl(self, *args: Any, **kwargs: Any) -> Any:
        if not (
            self._forward_hooks
            or self._forward_pre_hooks
            or self._backward_hooks
            or self._backward_pre_hooks
            or _global_forward_hooks
            or _global_forward_pre_hooks
            or _global_backward_hooks
            or _global_backward_pre_hooks
        ):
            return self.forward(*args, **kwargs)
        called = set[int]()
        try:
            return self._call_with_hooks(args, kwargs, called)
        except Exception:
            self._call_the_rest(args, kwargs, called)
            raise

    def _call_with_hooks(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], called: set[int]
    ) -> Any:
        for number, hook in (*_global_forward_pre_hooks.items(), *self._forward_pre_hooks.items()):
            args, kwargs = self._before(number, hook, args, kwargs)
        backward = None
        before = (*_global_backward_pre_hooks.values(), *self._backward_pre_hooks.values())
        after = (*_global_backward_hooks.values(), *self._backward_hooks.values())
        if before or after:
            backward = BackwardHooks(self, before, after)
            args = backward.mark_inputs(args)
        result = self.forward(*args, **kwargs)
        for number, hook in (*_global_forward_hooks.items(), *self._forward_hooks.items()):
            called.add(number)
            given = (args, kwargs) if self._wants_kwargs(number) else (args,)
            changed = hook(self, *given, result)
            result = result if changed is None else changed
        if backward is None:
            return result
        if not isinstance(result, Tensor | tuple):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of "
                f"Tensors but received {type(result)}",
                stacklevel=4,
            )
        return backward.mark_outputs(result)

    def _wants_kwargs(self, number: int) -> bool:
        return (
            number in self._forward_hooks_with_kwargs or number in _global_forward_hooks_with_kwargs
        )

    def _before(
        self, number: int, hook: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments after a pre-hook."""
        if number not in self._forward_pre_hooks_with_kwargs:
            changed = hook(self, args)
            if changed is None:
                return args, kwargs
            return (changed if isinstance(changed, tuple) else (changed,)), kwargs
        both = hook(self, args, kwargs)
        if both is None:
            return args, kwargs
        if not isinstance(both, tuple) or len(both) != 2:
            raise HookError(
                "forward pre-hook must return None or a tuple of (new_args, new_kwargs), "
                f"but got {both}."
            )
        return both

    def _call_the_rest(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], called: set[int]
    ) -> None:
        """Call the hooks that are called whatever happens, after something has raised."""
        flags = {**_global_forward_hooks_always_called, **self._forward_hooks_always_called}
        for number, hook in (*_global_forward_hooks.items(), *self._forward_hooks.items()):
            if number in called or number not in flags:
                continue
            given = (args, kwargs) if self._wants_kwargs(number) else (args,)
            try:
                hook(self, *given, None)
            except Exception as error:
                warnings.warn(
                    "module forward hook with ``always_call=True`` raised an exception that was "
                    f"silenced as another error was raised in forward: {error}",
                    stacklevel=4,
                )

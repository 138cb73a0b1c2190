"""Optimizer: parameters in groups, options per group, state per parameter.

Idea: `param_groups` is a list of dicts, "params" and the options that hold for them; `state` has a
    dict per parameter. `state_dict` names parameters by number, in PyTorch's form, so that a
    checkpoint of one library is one of the other.
Not here: the updates (updates.py, sgd.py, adam.py ...), rates (lr_scheduler/).
Read next: updates.py
"""

from __future__ import annotations

import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from functools import wraps
from itertools import chain
from typing import Any, cast

from minitorch.torch.creation import tensor
from minitorch.torch.dtypes import dtype, get_default_dtype
from minitorch.torch.profiler.spans import record_function
from minitorch.torch.tensor import Tensor
from minitorch.torch.utils.hooks import RemovableHandle, register
from minitorch.torch.views import overwrite

__all__ = [
    "Optimizer",
    "register_optimizer_step_post_hook",
    "register_optimizer_step_pre_hook",
    "required",
]

Hook = Callable[..., Any]
_pre_hooks: OrderedDict[int, Hook] = OrderedDict()
_post_hooks: OrderedDict[int, Hook] = OrderedDict()
FLOAT32 = dtype.named["float32"]

# What groups of older checkpoints lack, and numbers of the state that are tensors now.
LATER_OPTIONS: dict[str, Any] = {
    "amsgrad": False,
    "capturable": False,
    "centered": False,
    "decoupled_weight_decay": False,
    "differentiable": False,
    "foreach": None,
    "fused": None,
    "maximize": False,
    "momentum": 0,
    "nesterov": False,
}
COUNTED = ("step", "mu_product", "eta", "mu")


class _Required:
    """The default of an option that each group has to give."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()


def register_optimizer_step_pre_hook(hook: Hook) -> RemovableHandle:
    """Call hook(optimizer, args, kwargs) before each step of any optimizer.

    >>> register_optimizer_step_pre_hook(lambda optimizer, args, kwargs: None).remove()
    """
    return register(_pre_hooks, hook)


def register_optimizer_step_post_hook(hook: Hook) -> RemovableHandle:
    """Call hook(optimizer, args, kwargs) after each step of any optimizer.

    >>> register_optimizer_step_post_hook(lambda optimizer, args, kwargs: None).remove()
    """
    return register(_post_hooks, hook)


def _hooked(step: Callable[..., Any]) -> Callable[..., Any]:
    """A step between its hooks; one that another step calls has none of its own."""

    @wraps(step)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        held = self.__dict__
        if held.get("_stepping"):
            return step(self, *args, **kwargs)
        held["_stepping"] = True
        try:
            with record_function(f"Optimizer.step#{type(self).__name__}.step"):
                given: tuple[Any, ...] = args
                for hook in (*_pre_hooks.values(), *held["_optimizer_step_pre_hooks"].values()):
                    changed = hook(self, (self, *given), kwargs)
                    if changed is not None:
                        given, kwargs = _replaced(step, changed)
                result = step(self, *given, **kwargs)
                for hook in (*held["_optimizer_step_post_hooks"].values(), *_post_hooks.values()):
                    hook(self, (self, *given), kwargs)
                return result
        finally:
            held["_stepping"] = False

    call.hooked = True  # type: ignore[attr-defined]  # a mark, as PyTorch's
    return call


def _replaced(step: Any, changed: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a step as a hook wants them.

    Raises:
        RuntimeError: the hook returned something else.
    """
    if not isinstance(changed, tuple) or len(cast("tuple[Any, ...]", changed)) != 2:
        raise RuntimeError(
            f"{step} must return None or a tuple of (new_args, new_kwargs), but got {changed}."
        )
    args, kwargs = cast("tuple[Any, Any]", changed)
    return tuple(args[1:]), kwargs


class Optimizer:
    """What all optimizers share; a subclass gives the defaults and writes `step`.

    Args:
        params: tensors; or (name, tensor) pairs; or dicts, each a group with "params" and options.
        defaults: the options of groups that do not give their own.

    Raises:
        TypeError: params is a tensor, or something in it is none.
        ValueError: no parameter; one that is no leaf; one that is given twice.

    >>> import minitorch.torch as torch
    >>> class Descent(Optimizer):
    ...     def step(self):
    ...         for group in self.param_groups:
    ...             for p in group["params"]:
    ...                 p.data.sub_(group["rate"] * p.grad)
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = Descent([x], dict(rate=0.5))
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([0.])
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = _hooked(cls.step)  # type: ignore[method-assign]  # the hooks go around it

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self._make_hooks()
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {_typename(params)}"
            )
        self.state: defaultdict[Any, Any] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def _make_hooks(self) -> None:
        for name in ("step", "state_dict", "load_state_dict"):
            for when in ("pre", "post"):
                self.__dict__.setdefault(f"_optimizer_{name}_{when}_hooks", OrderedDict())

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("defaults", "state", "param_groups")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._make_hooks()
        self.defaults.setdefault("differentiable", False)
        for group in self.param_groups:
            for name, value in LATER_OPTIONS.items():
                if name in self.defaults:
                    group.setdefault(name, value)
            for p in group["params"]:
                held: dict[str, Any] = self.state.get(p) or {}
                for name in COUNTED:
                    if name in held and not isinstance(held[name], Tensor):
                        held[name] = tensor(float(held[name]), dtype=count_dtype(group))

    def __repr__(self) -> str:
        lines: list[str] = []
        for k, group in enumerate(self.param_groups):
            lines += ["", f"Parameter Group {k}"]
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return f"{type(self).__name__} (" + "\n".join(lines) + "\n)"

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the parameters; a subclass writes it."""
        raise NotImplementedError

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zero."""
        with record_function(f"Optimizer.zero_grad#{type(self).__name__}.zero_grad"):
            for group in self.param_groups:
                for p in group["params"]:
                    if set_to_none:
                        p.grad = None
                    elif p.grad is not None:
                        if p.grad.grad_fn is not None:
                            p.grad = p.grad.detach()
                        p.grad.requires_grad_(False)
                        overwrite(p.grad, p.grad._ensure_tensor(0.0))

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Optimize more parameters, with options of their own.

        Raises:
            TypeError: no dict, parameters in a set, or something that is no tensor.
            ValueError: a tensor that is no leaf; one that is in another group; some with names and
                some without; an option without a value.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        group = param_group
        _name_apart(group)
        for p in group["params"]:
            self._check_parameter(p)
        for name, default in self.defaults.items():
            if default is required and name not in group:
                raise ValueError(
                    "parameter group didn't specify a value of required optimization parameter "
                    + name
                )
            group.setdefault(name, default)
        own = set(group["params"])
        if len(own) != len(group["params"]):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this "
                "will cause an error; see github.com/pytorch/pytorch/issues/40967 for more "
                "information",
                stacklevel=3,
            )
        for other in self.param_groups:
            if ("param_names" in group) != ("param_names" in other):
                how = "with names" if "param_names" in group else "without names"
                raise ValueError(
                    "all optimizer param groups should be with/without names. cannot add param "
                    f"group {how} to the optimizer"
                )
            if not own.isdisjoint(other["params"]):
                raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(group)

    def _check_parameter(self, p: Any) -> None:
        if not isinstance(p, Tensor):
            raise TypeError(
                f"optimizer can only optimize Tensors, but one of the params is {_typename(p)}"
            )
        kept = p.is_leaf or p.__dict__.get("retains_grad")
        if not kept and not self.defaults.get("differentiable"):
            raise ValueError("can't optimize a non-leaf Tensor")

    # Checkpoints.

    def state_dict(self) -> dict[str, Any]:
        """{"state": {number: state}, "param_groups": groups with numbers as "params"}.

        The tensors are those of the optimizer, not copies.
        """
        held = self.__dict__
        for hook in held["_optimizer_state_dict_pre_hooks"].values():
            hook(self)
        numbers: dict[int, int] = {}
        groups: list[dict[str, Any]] = []
        for k, p in enumerate(chain.from_iterable(g["params"] for g in self.param_groups)):
            numbers.setdefault(id(p), k)
        for group in self.param_groups:
            packed = {key: value for key, value in group.items() if key != "params"}
            packed["params"] = [numbers[id(p)] for p in group["params"]]
            groups.append(packed)
        state = {numbers[id(p)] if isinstance(p, Tensor) else p: s for p, s in self.state.items()}
        packed: dict[str, Any] = {"state": state, "param_groups": groups}
        for hook in held["_optimizer_state_dict_post_hooks"].values():
            changed = hook(self, packed)
            packed = packed if changed is None else changed
        return packed

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave; tensors are converted to the dtypes of parameters.

        Raises:
            ValueError: groups of other numbers of parameters.
        """
        saved = dict(state_dict)
        held = self.__dict__
        for hook in held["_optimizer_load_state_dict_pre_hooks"].values():
            changed = hook(self, saved)
            saved = saved if changed is None else changed
        groups: list[dict[str, Any]] = deepcopy(saved["param_groups"])
        if len(groups) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        parameters: dict[Any, Any] = {}
        owners: dict[Any, dict[str, Any]] = {}
        for own, group in zip(self.param_groups, groups, strict=True):
            if len(own["params"]) != len(group["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of "
                    "optimizer's group"
                )
            parameters.update(zip(group["params"], own["params"], strict=True))
            owners.update(dict.fromkeys(group["params"], group))
            group["params"] = own["params"]
            if "param_names" in own:
                group.setdefault("param_names", own["param_names"])
        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, value in saved["state"].items():
            if key in parameters:
                state[parameters[key]] = _fitted(value, parameters[key], owners[key])
            else:
                state[key] = value
        self.__setstate__({"state": state, "param_groups": groups})
        for hook in held["_optimizer_load_state_dict_post_hooks"].values():
            hook(self)

    # Hooks.

    def register_step_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) before each step; it may return other arguments."""
        return register(self.__dict__["_optimizer_step_pre_hooks"], hook)

    def register_step_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) after each step."""
        return register(self.__dict__["_optimizer_step_post_hooks"], hook)

    def register_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call hook(optimizer) before `state_dict`."""
        return register(self.__dict__["_optimizer_state_dict_pre_hooks"], hook, first=prepend)

    def register_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call hook(optimizer, state_dict) after `state_dict`; it may return another one."""
        return register(self.__dict__["_optimizer_state_dict_post_hooks"], hook, first=prepend)

    def register_load_state_dict_pre_hook(
        self, hook: Hook, prepend: bool = False
    ) -> RemovableHandle:
        """Call hook(optimizer, state_dict) before a state is loaded; it may return another one."""
        return register(self.__dict__["_optimizer_load_state_dict_pre_hooks"], hook, first=prepend)

    def register_load_state_dict_post_hook(
        self, hook: Hook, prepend: bool = False
    ) -> RemovableHandle:
        """Call hook(optimizer) after a state was loaded."""
        return register(self.__dict__["_optimizer_load_state_dict_post_hooks"], hook, first=prepend)


def count_dtype(group: dict[str, Any]) -> dtype:
    """The dtype of the counts in a group's state, such as "step"."""
    wide = get_default_dtype().name == "float64" and not group.get("fused")
    return dtype.named["float64" if wide else "float32"]


def _typename(value: Any) -> str:
    if isinstance(value, Tensor):
        return value.type()
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _name_apart(group: dict[str, Any]) -> None:
    """Take the parameters of a group apart into tensors and, where they have some, names."""
    given = group["params"]
    if isinstance(given, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering of "
            "tensors in sets will change between runs. Please use a list instead."
        )
    items: list[Any] = [given] if isinstance(given, Tensor) else list(given)
    named: list[Any] = [it for it in items if isinstance(it, tuple)]
    if named:
        if len(named) != len(items):
            raise ValueError(
                "all optimizer params should be with/without names. Some param names are missing"
            )
        group["param_names"] = [name for name, _ in named]
        items = [p for _, p in named]
    group["params"] = items


def _fitted(value: Any, p: Tensor, group: dict[str, Any], key: Any = None) -> Any:
    """A value of a saved state as the state of p: floats in its dtype, counts as they are."""
    if isinstance(value, Tensor):
        if key == "step":
            return value.to(FLOAT32) if group.get("capturable") or group.get("fused") else value
        return value.to(p.dtype) if p.dtype.is_floating_point else value
    if isinstance(value, dict):
        items = cast("dict[Any, Any]", value).items()
        return {k: _fitted(it, p, group, k) for k, it in items}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        kind: Any = type(cast("Any", value))
        return kind([_fitted(it, p, group) for it in cast("Iterable[Any]", value)])
    return value

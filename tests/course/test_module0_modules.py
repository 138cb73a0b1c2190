"""Task 0.4: modules and parameters, a tree of names."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch
from minitorch import Module, Parameter, Scalar
from minitorch.errors import ModuleError

from .numbers import moderate


class Leaf(Module):
    def __init__(self, value: Any = 1.0) -> None:
        super().__init__()
        self.weight = Parameter(value)

    def forward(self, x: float) -> float:
        return self.weight.value * x


class Tree(Module):
    def __init__(self) -> None:
        super().__init__()
        self.left = Leaf(2.0)
        self.bias = Parameter(5.0)
        self.right = Leaf(3.0)
        self.not_a_parameter = 10

    def forward(self, x: float, scale: float = 1.0) -> float:
        return (self.left(x) + self.right(x) + self.bias.value) * scale


class Forest(Module):
    def __init__(self) -> None:
        super().__init__()
        self.tree = Tree()
        self.leaf = Leaf(7.0)


@pytest.mark.task0_4
def test_training_is_the_start_and_reaches_all_descendants() -> None:
    forest = Forest()
    everyone = [forest, forest.tree, forest.leaf, forest.tree.left, forest.tree.right]
    assert all(module.training for module in everyone)
    forest.eval()
    assert not any(module.training for module in everyone)
    forest.train()
    assert all(module.training for module in everyone)


@pytest.mark.task0_4
def test_a_branch_can_be_switched_alone() -> None:
    forest = Forest()
    forest.tree.eval()
    assert not forest.tree.left.training
    assert forest.training
    assert forest.leaf.training


@pytest.mark.task0_4
def test_mode_is_the_word_for_it() -> None:
    """Programs of the course ask a module for `mode`, which nobody sets."""
    leaf = Leaf()
    assert leaf.mode == "train"
    leaf.eval()
    assert leaf.mode == "eval"


@pytest.mark.task0_4
def test_named_parameters_are_pairs_with_dotted_names() -> None:
    named = Forest().named_parameters()
    values = {name: parameter.value for name, parameter in named}
    assert values == {
        "tree.bias": 5.0,
        "tree.left.weight": 2.0,
        "tree.right.weight": 3.0,
        "leaf.weight": 7.0,
    }
    assert dict(named).keys() == values.keys(), "dict accepts it"
    assert isinstance(named, list)


@pytest.mark.task0_4
def test_parameters_are_those_of_the_tree() -> None:
    forest = Forest()
    parameters = forest.parameters()
    assert len(parameters) == 4
    assert sorted(parameter.value for parameter in parameters) == [2.0, 3.0, 5.0, 7.0]
    assert all(isinstance(parameter, Parameter) for parameter in parameters)
    assert parameters[0] is forest.tree.bias, "the parameters themselves, no copies"


@pytest.mark.task0_4
def test_a_shared_parameter_has_two_names_and_steps_once() -> None:
    tree = Tree()
    tree.right.weight = tree.left.weight
    assert len(tree.named_parameters()) == 3
    assert len(tree.parameters()) == 2


@pytest.mark.task0_4
def test_a_module_without_parameters_has_none() -> None:
    assert Module().parameters() == []
    assert Module().named_parameters() == []


@pytest.mark.task0_4
@given(st.lists(st.sampled_from(["left", "right", "up"]), max_size=5), moderate)
def test_names_are_paths(path: list[str], value: float) -> None:
    """A parameter at the end of any path is reached by its dotted name, and by nothing else."""
    root = module = Module()
    for name in path:
        child = Module()
        setattr(module, name, child)
        module = child
    module.add_parameter("weight", value)
    ((name, parameter),) = root.named_parameters()
    assert name == ".".join([*path, "weight"])
    assert parameter.value == value
    root.eval()
    assert module.mode == "eval"


@pytest.mark.task0_4
def test_replacing_and_deleting_parameters() -> None:
    tree = Tree()
    tree.bias = Parameter(6.0)
    assert dict(tree.named_parameters())["bias"].value == 6.0
    tree.bias = None  # no parameter any more
    assert tree.bias is None
    assert "bias" not in dict(tree.named_parameters())
    del tree.left
    assert [name for name, _ in tree.named_parameters()] == ["right.weight"]
    tree.right = Parameter(1.0)  # a module's place is taken by a parameter
    assert tree.modules() == []
    assert [name for name, _ in tree.named_parameters()] == ["right"]


@pytest.mark.task0_4
def test_a_copy_is_a_tree_of_its_own() -> None:
    tree = Tree()
    other = copy.deepcopy(tree)
    other.left.weight.update(100.0)
    other.eval()
    assert tree.left.weight.value == 2.0
    assert tree.training
    assert len(other.parameters()) == 3


# What is given: attributes, calling, printing, parameters.


def test_modules_are_the_direct_children() -> None:
    forest = Forest()
    assert forest.modules() == [forest.tree, forest.leaf]
    assert list(forest._modules) == ["tree", "leaf"]
    assert list(forest.tree._parameters) == ["bias"]


def test_calling_is_forward() -> None:
    tree = Tree()
    assert tree(1.0) == 10.0
    assert tree(1.0, scale=2.0) == 20.0
    assert tree.not_a_parameter == 10


def test_calling_without_forward_says_what_to_write() -> None:
    with pytest.raises(ModuleError, match=r"Forest was called but has no forward\. Define `def fo"):
        Forest()(1.0)


def test_missing_attribute_says_what_there_is() -> None:
    forest = Forest()
    assert not hasattr(forest, "three")
    assert getattr(forest, "three", 3) == 3
    with pytest.raises(
        AttributeError, match=r"Forest has no attribute 'three'; its .* are: tree, leaf"
    ):
        _ = forest.three
    with pytest.raises(ModuleError, match=r"Module has no attribute 'x'; .* are: none"):
        _ = Module().x


def test_tree_before_init_says_what_to_call() -> None:
    class Early(Module):
        def __init__(self) -> None:
            self.weight = Parameter(1.0)
            super().__init__()

    with pytest.raises(ModuleError, match=r"Early\.weight was assigned .* Call super\(\)"):
        Early()


def test_deleting_what_is_not_there_is_refused() -> None:
    with pytest.raises(AttributeError):
        del Tree().nothing


def test_tree_is_printed_indented() -> None:
    expected = (
        "Forest(\n"
        "  (tree): Tree(\n"
        "    (left): Leaf()\n"
        "    (right): Leaf()\n"
        "  )\n"
        "  (leaf): Leaf()\n"
        ")"
    )
    assert repr(Forest()) == str(Forest()) == expected
    assert repr(Leaf()) == "Leaf()"


def test_names_of_the_tree_are_listed_by_dir() -> None:
    assert {"left", "bias", "forward"} <= set(dir(Tree()))


def test_add_parameter_returns_it() -> None:
    module = Module()
    parameter = module.add_parameter("weight", 4.0)
    assert isinstance(parameter, Parameter)
    assert module.weight is parameter
    assert parameter.value == 4.0
    assert parameter.name == "weight"


def test_add_parameter_stores_none_as_none() -> None:
    assert Module().add_parameter("later", None).value is None


@pytest.mark.parametrize("value", [0, 1.5, None, "text", [1, 2]])
def test_parameter_holds_anything(value: Any) -> None:
    parameter = Parameter(value)
    assert parameter.value == value
    assert repr(parameter) == repr(value)
    assert str(parameter) == str(value)
    parameter.update("other")
    assert parameter.value == "other"


def test_parameter_needs_no_value() -> None:
    assert Parameter().value is None
    assert Parameter().name is None


class Tracked:
    """A value that has nothing but `requires_grad_`."""

    def __init__(self) -> None:
        self.asked: list[bool] = []

    def requires_grad_(self, wanted: bool) -> None:
        self.asked.append(wanted)


def test_parameter_asks_its_value_to_track_and_names_it() -> None:
    first, second, nameless = Tracked(), Tracked(), Tracked()
    parameter = Parameter(first, name="weight")
    parameter.update(second)
    Parameter(nameless)
    assert first.asked == second.asked == nameless.asked == [True]
    assert first.name == second.name == "weight"  # type: ignore[attr-defined]
    assert not hasattr(nameless, "name")


def test_parameter_of_a_scalar_is_a_leaf_with_its_name() -> None:
    scalar = Scalar(2.0, back=None)
    parameter = minitorch.Parameter(scalar, "weight")
    assert parameter.value.is_leaf()
    assert parameter.value.name == "weight"
    assert repr(parameter) == "Scalar(2.0)"

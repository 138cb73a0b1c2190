"""Checkpoints both ways: what PyTorch wrote is read here, what is written here PyTorch reads."""

from __future__ import annotations

import io
import pickle
import warnings
import zipfile
from collections import Counter, OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import minitorch.torch as mini
from minitorch.errors import ArchiveError, PicklingError, UnpicklingError
from minitorch.torch.serialization import (
    add_safe_globals,
    clear_safe_globals,
    get_safe_globals,
    load,
    safe_globals,
    save,
)

torch: Any = pytest.importorskip("torch")

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64"]
DTYPES += ["float16", "bfloat16", "float32", "float64"]


def ours(thing: Any, **given: Any) -> Any:
    """A thing written by PyTorch and read here."""
    file = io.BytesIO()
    torch.save(thing, file, **given)
    file.seek(0)
    return load(file)


def theirs(thing: Any, **given: Any) -> Any:
    """A thing written here and read by PyTorch."""
    file = io.BytesIO()
    save(thing, file, **given)
    file.seek(0)
    return torch.load(file, weights_only=True)


def same(a: Any, b: Any) -> bool:
    """Whether two things of PyTorch's are alike: kinds, dtypes, shapes, strides, numbers."""
    if isinstance(a, torch.Tensor):
        kinds = (type(it) for it in (a, b))
        facts = [(it.dtype, it.shape, it.stride(), it.requires_grad) for it in (a, b)]
        return len(set(kinds)) == 1 and facts[0] == facts[1] and bool(torch.equal(a, b))
    if isinstance(a, dict):
        return type(a) is type(b) and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def trained() -> dict[str, Any]:
    """A model and its optimiser after a step."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.5, 0.9), amsgrad=True)
    model(torch.ones(2, 3)).sum().backward()
    optimizer.step()
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3)
    return {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": {k: v for k, v in scheduler.state_dict().items() if k[0] != "_"},
        "epoch": 3,
        "best": 0.25,
    }


THINGS: dict[str, Callable[[], Any]] = {
    "a checkpoint": trained,
    "a tensor": lambda: torch.arange(6.0).reshape(2, 3),
    "a number": lambda: torch.tensor(3.5),
    "nothing": lambda: torch.zeros(0, 3),
    "a transposed view": lambda: torch.arange(6).reshape(2, 3).t(),
    "a slice": lambda: torch.arange(20).reshape(4, 5)[1:3, ::2],
    "an expanded view": lambda: torch.arange(3.0).expand(4, 3),
    "a tensor that tracks gradients": lambda: torch.ones(2, requires_grad=True),
    "a parameter": lambda: torch.nn.Parameter(torch.ones(2, 2).t()),
    "a frozen parameter": lambda: torch.nn.Parameter(torch.ones(2), requires_grad=False),
    "numbers": lambda: [0, 255, 256, 65535, 65536, -1, -(2**31), 2**31, 2**63, 2**900, 1.5, -0.0],
    "infinity": lambda: [float("inf"), -float("inf")],
    "constants": lambda: [None, True, False, "", "a", "é \U0001f600"],
    "tuples": lambda: [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
    "bytes": lambda: [b"", b"ab\xff", bytearray(b"\x00q")],
    "a complex number": lambda: 1 - 2j,
    "a set": lambda: {1, "a", (2, 3)},
    "an OrderedDict": lambda: OrderedDict([("b", 1), ("a", torch.ones(1))]),
    "a Counter": lambda: Counter("abca"),
    "dtypes": lambda: [getattr(torch, name) for name in DTYPES],
    "a device": lambda: torch.device("cpu"),
    "a size": lambda: torch.Size([1, 2]),
    "many items": lambda: [list(range(2500)), {k: str(k) for k in range(2500)}],
    "nested": lambda: {"a": [({"b": [torch.ones(1), {"c": None}]},)]},
}


@pytest.mark.parametrize("make", THINGS.values(), ids=THINGS.keys())
@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_there_and_back(make: Callable[[], Any], zipped: bool) -> None:
    thing = make()
    form = {"_use_new_zipfile_serialization": zipped}
    there = ours(thing, **form)
    back = theirs(there, **form)
    if thing == [b"", b"ab\xff", bytearray(b"\x00q")]:
        assert there == thing  # PyTorch's own weights_only does not read b"" as PyTorch writes it
    assert same(thing, back)


@pytest.mark.parametrize("name", DTYPES)
def test_every_dtype(name: str) -> None:
    numbers = torch.tensor([0, 1, 2, 100]).to(getattr(torch, name))
    there = ours(numbers)
    assert str(there.dtype) == f"torch.{name}"
    assert there.tolist() == numbers.tolist()
    assert same(numbers, theirs(there))


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol_of_pickle(protocol: int) -> None:
    thing = {"a": [1, 2.5, "text", b"bytes", None, True, 2**70], "t": torch.arange(3), (1, 2): ()}
    there = ours(thing, pickle_protocol=protocol)
    assert there.pop("t").tolist() == [0, 1, 2]
    assert there == {k: v for k, v in thing.items() if k != "t"}


def test_metadata_of_a_state_dict_stays() -> None:
    state = torch.nn.BatchNorm1d(2).state_dict()
    there = ours(state)
    assert there._metadata == state._metadata
    assert theirs(there)._metadata == state._metadata


def test_tensors_that_share_storage_share_it_again() -> None:
    base = torch.arange(6.0)
    there = ours({"all": base, "rows": base.view(2, 3), "last": base[4:]})
    there["last"].mul_(10)
    assert there["all"].tolist() == [0.0, 1.0, 2.0, 3.0, 40.0, 50.0]
    assert there["rows"].tolist()[1] == [3.0, 40.0, 50.0]
    back = theirs(there)
    back["all"].zero_()
    assert back["rows"].sum() == back["last"].sum() == 0


def test_one_list_twice_is_one_list() -> None:
    part = [torch.ones(1)]
    there = ours([part, part])
    assert there[0] is there[1]
    assert there[0][0] is there[1][0]
    ring: list[Any] = [1]
    ring.append(ring)
    file = io.BytesIO()
    save(ring, file)
    file.seek(0)
    found = load(file)
    assert found[1] is found


def test_paths_and_files(tmp_path: Path) -> None:
    path = tmp_path / "weights é.pt"
    save(mini.ones(3), path)
    for place in (path, str(path)):
        assert load(place).tolist() == [1.0] * 3
        assert torch.load(place).tolist() == [1.0] * 3
    with path.open("rb") as file:
        assert load(file).tolist() == [1.0] * 3
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "absent.pt")
    with pytest.raises(AttributeError, match="seekable"):
        load(object())
    with pytest.raises(AttributeError, match="no callable attribute 'write'"):
        save(1, object())


def test_a_failed_save_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    save(mini.ones(3), path)
    with pytest.raises(PicklingError, match="Can't pickle"):
        save({"w": mini.zeros(3), "f": lambda: None}, path)
    assert load(path).tolist() == [1.0] * 3


def test_mapped_files(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    torch.save({"a": torch.arange(5), "b": torch.ones(3, dtype=torch.bfloat16)}, path)
    there = load(path, mmap=True)
    assert there["a"].tolist() == [0, 1, 2, 3, 4]
    assert there["b"].tolist() == [1.0] * 3
    there["a"].mul_(2)
    assert load(path)["a"].tolist() == [0, 1, 2, 3, 4]
    save(there, path.with_name("ours.pt"))
    assert torch.load(path.with_name("ours.pt"), mmap=True)["a"].tolist() == [0, 2, 4, 6, 8]
    with pytest.raises(ArchiveError, match="f must be a file path"):
        load(io.BytesIO(b"x"), mmap=True)
    torch.save(1, path, _use_new_zipfile_serialization=False)
    with pytest.raises(ArchiveError, match="mmap can only be used"):
        load(path, mmap=True)


@pytest.mark.parametrize(
    "place",
    ["cpu", mini.device("cpu"), {"cpu": "cpu"}, lambda storage, _: storage, lambda *_: None, None],
    ids=["name", "device", "dict", "function", "function of none", "none"],
)
def test_where_storages_go(place: Any) -> None:
    file = io.BytesIO()
    torch.save([torch.ones(2), torch.zeros(1)], file)
    file.seek(0)
    assert [it.tolist() for it in load(file, map_location=place)] == [[1.0, 1.0], [0.0]]


def test_a_function_of_places_is_asked_once_for_each_storage() -> None:
    base = torch.ones(4)
    file = io.BytesIO()
    torch.save([base, base[1:], torch.zeros(1)], file)
    file.seek(0)
    asked: list[tuple[int, str]] = []

    def note(storage: Any, name: str) -> Any:
        asked.append((storage.size(), name))
        return storage

    load(file, map_location=note)
    assert asked == [(4, "cpu"), (1, "cpu")]


def test_big_endian_files() -> None:
    file = io.BytesIO()
    torch.save(torch.tensor([1, 2]), file)
    data = file.getvalue()
    number = (1).to_bytes(8, "little") + (2).to_bytes(8, "little")

    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("/byteorder"):
                content = b"big"
            elif content == number:
                content = (1).to_bytes(8, "big") + (2).to_bytes(8, "big")
            new.writestr(name, content)
    changed.seek(0)
    assert load(changed).tolist() == [1, 2]


# What is not plain data.


class Settings:
    """A class of a program."""

    def __init__(self, width: int) -> None:
        self.width = width


def written(thing: Any) -> io.BytesIO:
    file = io.BytesIO()
    save(thing, file)
    file.seek(0)
    return file


def test_a_class_of_the_program_has_to_be_listed() -> None:
    with pytest.raises(UnpicklingError, match=r"GLOBAL .*Settings was not an allowed global"):
        load(written({"s": Settings(3)}))
    with safe_globals([Settings]):
        assert load(written({"s": Settings(3)}))["s"].width == 3
    assert get_safe_globals() == []
    add_safe_globals([Settings])
    try:
        assert load(written(Settings(4))).width == 4
    finally:
        clear_safe_globals()
    with safe_globals([(Settings, f"{__name__}.Settings")]):
        assert load(written(Settings(5))).width == 5
    with torch.serialization.safe_globals([Settings]):
        assert torch.load(written(Settings(6))).width == 6


def test_everything_is_read_with_a_warning_where_asked_for() -> None:
    with pytest.warns(UserWarning, match="weights_only=False runs code"):
        assert load(written(Settings(3)), weights_only=False).width == 3
    with pytest.warns(UserWarning, match="weights_only=False"):
        assert load(written(len), weights_only=False) is len


def test_numpy_numbers_as_pytorch_allows_them() -> None:
    numpy = pytest.importorskip("numpy")
    number = numpy.float64(1.5)
    file = io.BytesIO()
    torch.save(number, file)
    file.seek(0)
    with pytest.raises(UnpicklingError, match=r"numpy.*scalar"):
        load(file)
    listed = [numpy._core.multiarray.scalar, numpy.dtype, type(numpy.dtype("float64"))]
    file.seek(0)
    with torch.serialization.safe_globals(listed):
        assert torch.load(file) == number
    file.seek(0)
    with safe_globals(listed):
        assert load(file) == number


def test_arguments_that_are_accepted() -> None:
    file = io.BytesIO()

    save([1], file, pickle, 4)
    file.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load(file, "cpu", weights_only=True, encoding="ASCII") == [1]


# Whole modules, and copies by Python itself.


def networks(package: Any) -> list[Any]:
    """Modules of many kinds, the same on both sides."""
    nn = package.nn
    return [
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(inplace=True), nn.Flatten()),
        nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Softmax(dim=1), nn.GELU()),
        nn.TransformerEncoderLayer(8, 2, 16),
        nn.MultiheadAttention(8, 2),
        nn.ModuleDict(
            {"a": nn.Embedding(3, 2, padding_idx=0), "b": nn.ModuleList([nn.RMSNorm(3)])}
        ),
        nn.GRUCell(2, 3),
        nn.ParameterList([nn.Parameter(package.ones(2))]),
        nn.CrossEntropyLoss(weight=package.ones(3)),
        nn.TripletMarginLoss(),
    ]


KINDS = range(len(networks(mini)))


def numbers_of(module: Any) -> dict[str, Any]:
    state = module.state_dict()
    return {k: v.tolist() for k, v in state.items() if "Uninitialized" not in type(v).__name__}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore")
def test_whole_modules_both_ways(kind: int) -> None:
    theirs, ours = networks(torch)[kind], networks(mini)[kind]
    file = io.BytesIO()
    torch.save(theirs, file)
    file.seek(0)
    found = load(file, weights_only=False)
    assert (type(found), repr(found)) == (type(ours), repr(theirs))
    assert numbers_of(found) == numbers_of(theirs)
    file = io.BytesIO()
    save(ours, file)
    file.seek(0)
    back = torch.load(file, weights_only=False)
    assert (type(back), repr(back)) == (type(theirs), repr(ours))
    assert numbers_of(back) == numbers_of(ours)


def test_attributes_of_tensors_stay() -> None:
    x = mini.ones(2)
    x.note = "mine"
    p = mini.nn.Parameter(mini.ones(1))
    p.group = 3
    found = load(written([x, p]))
    assert (found[0].note, found[1].group) == ("mine", 3)
    again = pickle.loads(pickle.dumps([x, p]))
    assert (again[0].note, again[1].tolist()) == ("mine", [1.0])
    theirs = torch.load(written([x]))
    assert theirs[0].note == "mine"


def test_python_pickles_tensors_that_share() -> None:
    base = mini.arange(6.0)
    found = pickle.loads(pickle.dumps([base, base.view(2, 3).t(), base[4:].requires_grad_()]))
    found[0].mul_(2)
    assert found[1].tolist() == [[0.0, 6.0], [2.0, 8.0], [4.0, 10.0]]
    assert (found[2].requires_grad, found[1].requires_grad) == (True, False)
    assert base.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]

"""Files that are damaged or mean harm end in a typed error, quickly, and without much memory."""

from __future__ import annotations

import io
import os
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

import minitorch.torch as torch
from minitorch.errors import (
    ArchiveError,
    DeviceError,
    DtypeError,
    EmptyFileError,
    MinitorchError,
    NotSupportedError,
    UnpicklingError,
)
from minitorch.torch.serialization import load, save

from .files import archive, number, numbers, pickle, storage, tensor, text

ONE = {"data/0": struct.pack("<6f", *range(6))}
MEGABYTE = 1 << 20


@pytest.fixture(autouse=True)
def _little_memory() -> Generator[None]:
    """No test here may need more than some megabytes."""
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 * MEGABYTE, peak


def load_pickle(ops: bytes, **records: bytes) -> Any:
    return load(archive(pickle(ops), {**ONE, **records}))


def test_the_files_of_these_tests_are_good_where_nothing_is_changed() -> None:
    found = load_pickle(tensor(6, (2, 3), (3, 1)))
    assert found.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]


CALLS = {
    "os.system": b"cposix\nsystem\n" + text("touch harmed") + b"\x85R",
    "os.system, by another name": b"cos\nsystem\n" + text("touch harmed") + b"\x85R",
    "os.path": b"cos.path\nexists\n" + text("x") + b"\x85R",
    "eval": b"cbuiltins\neval\n" + text("open('harmed', 'w')") + b"\x85R",
    "exec of Python 2": b"c__builtin__\nexec\n" + text("open('harmed', 'w')") + b"\x85R",
    "getattr": b"cbuiltins\ngetattr\n" + text("x") + text("y") + b"\x86R",
    "import": b"cbuiltins\n__import__\n" + text("os") + b"\x85R",
    "a name on the stack": text("posix") + text("system") + b"\x93" + text("touch x") + b"\x85R",
    "subprocess": b"csubprocess\nPopen\n" + text("true") + b"\x85\x81",
    "runpy": b"crunpy\n_run_code\n" + text("1") + b"\x85R",
    "numpy": b"cnumpy\nfromfile\n" + text("/dev/zero") + b"\x85R",
    "our own module": b"cminitorch.cli.main\nrun\n" + text("--help") + b"\x85R",
    "a function of torch": b"ctorch\nload\n" + text("x") + b"\x85R",
    "a dotted name": text("torch") + text("Tensor.register_hook") + b"\x93",
    "a dtype is called": b"ctorch\nfloat32\n)R",
    "a storage is called": b"ctorch\nFloatStorage\n" + number(1 << 40) + b"\x85R",
    "a string is called": text("x") + b")R",
    "a list is called": b"])R",
    "a method of a result": b"ccollections\nOrderedDict\n)Rcbuiltins\ngetattr\n",
    "an instance": b"(ios\nsystem\n",
    "an extension": b"\x82\x01",
    "a persistent id in text": b"Pposix\n",
}


@pytest.mark.parametrize("ops", CALLS.values(), ids=CALLS.keys())
def test_nothing_is_called(ops: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnpicklingError):
        load_pickle(ops)
    assert not os.listdir(tmp_path)


def test_what_is_refused_is_named_and_the_way_out_too() -> None:
    with pytest.raises(UnpicklingError, match=r"GLOBAL my\.Thing was not an allowed global") as it:
        load_pickle(b"cmy\nThing\n)R")
    assert "add_safe_globals([my.Thing])" in str(it.value)
    assert "Weights only load failed" in str(it.value)
    with pytest.raises(UnpicklingError, match="whose module posix is blocked"):
        load_pickle(CALLS["os.system"])


VIEWS = {
    "past the end": tensor(6, (7,), (1,)),
    "offset past the end": tensor(6, (2,), (1,), offset=5),
    "a long stride": tensor(6, (2, 2), (6, 1)),
    "a huge size": tensor(6, (1 << 62,), (1,)),
    "a huge stride": tensor(6, (2,), (1 << 62,)),
    "a product beyond 64 bits": tensor(6, (1 << 40, 1 << 40), (0, 0)),
    "a negative offset": tensor(6, (2,), (1,), offset=-1),
    "a negative stride": tensor(6, (2,), (-1,), offset=5),
    "a negative size": tensor(6, (-1,), (1,)),
    "fewer strides": tensor(6, (2, 3), (1,)),
    "too many dims": tensor(6, (1,) * 2000, (1,) * 2000),
    "a size that is no number": tensor(6, (2,), (1,)).replace(
        numbers((2,)), b"(" + text("2") + b"t"
    ),
    "no storage": tensor(6, (2,), (1,), of=text("storage")),
    "no tuple": tensor(6, (2,), (1,)).replace(numbers((2,)), number(2)),
}


@pytest.mark.parametrize("ops", VIEWS.values(), ids=VIEWS.keys())
def test_views_stay_inside_their_storage(ops: bytes) -> None:
    with pytest.raises(UnpicklingError):
        load_pickle(ops)


STORAGES = {
    "more numbers than its record": tensor(7, (2,), (1,)),
    "a huge number of numbers": tensor(1 << 50, (2,), (1,)),
    "a record that is not there": tensor(6, (2,), (1,), of=storage(6, key="1")),
    "a path": tensor(6, (2,), (1,), of=storage(6, key="../../etc/passwd")),
    "an absolute path": tensor(6, (2,), (1,), of=storage(6, key="/etc/passwd")),
    "a negative number of numbers": tensor(6, (2,), (1,), of=storage(-6)),
    "an unknown dtype": tensor(6, (2,), (1,), of=storage(6, kind="HugeStorage")),
    "another kind the second time": tensor(6, (2,), (1,))
    + tensor(6, (2,), (1,), of=storage(3, kind="DoubleStorage"))
    + b"\x86",
}


@pytest.mark.parametrize("ops", STORAGES.values(), ids=STORAGES.keys())
def test_storages_are_what_their_records_are(ops: bytes) -> None:
    with pytest.raises((UnpicklingError, ArchiveError)):
        load_pickle(ops)


def test_devices_that_are_not_here() -> None:
    ops = tensor(6, (2,), (1,), of=storage(6, place="cuda:0"))
    with pytest.raises(
        DeviceError, match=r"CUDA device but torch\.cuda\.is_available\(\) is False"
    ):
        load_pickle(ops)
    file = archive(pickle(ops), ONE)
    assert load(file, map_location="cpu").tolist() == [0.0, 1.0]
    file = archive(pickle(tensor(6, (2,), (1,), of=storage(6, place="nowhere"))), ONE)
    with pytest.raises(DeviceError, match="tagged with nowhere"):
        load(file)


def test_complex_numbers_are_told() -> None:
    with pytest.raises(DtypeError, match="complex64"):
        load_pickle(tensor(3, (2,), (1,), of=storage(3, kind="ComplexFloatStorage")))


@pytest.mark.parametrize(
    "name",
    ["_rebuild_sparse_tensor", "_rebuild_qtensor", "_rebuild_meta_tensor_no_storage"],
)
def test_tensors_of_other_layouts_are_told(name: str) -> None:
    with pytest.raises(NotSupportedError, match="not stored here"):
        load_pickle(f"ctorch._utils\n{name}\n)R".encode())


LENGTHS = {
    "a string of 4 GB": b"X\xff\xff\xff\xff",
    "a string of exabytes": b"\x8d" + b"\xff" * 7 + b"\x0f",
    "bytes of exabytes": b"\x8e" + b"\xff" * 7 + b"\x0f",
    "a bytearray of exabytes": b"\x96" + b"\xff" * 7 + b"\x0f",
    "an integer of 2 GB": b"\x8b\xff\xff\xff\x7f",
    "a negative length": b"\x8b\xff\xff\xff\xff",
    "a line without an end": b"c" + b"a" * 200_000,
    "an integer in decimal without an end": b"I" + b"1" * 60_000 + b"\n",
    "a memo index of a thousand digits": b"Np" + b"1" * 1000 + b"\n",
    "zeros by a number": b"cbuiltins\nbytearray\n" + number(1 << 40) + b"\x85R",
    "a list of a string of numbers": b"cbuiltins\nset\n" + number(1 << 40) + b"\x85R",
}


@pytest.mark.parametrize("ops", LENGTHS.values(), ids=LENGTHS.keys())
def test_no_length_is_believed(ops: bytes) -> None:
    with pytest.raises(UnpicklingError):
        load_pickle(ops)


def copies() -> bytes:
    """A list of 5,000 copied 20,000 times: 100 million items from 150 kB."""
    many = b"](" + b"K\x01" * 5_000 + b"eq\x00"
    return many + (b"cbuiltins\nset\nq\x01" + b"h\x01h\x00\x85R0" * 20_000)


def deep_key() -> bytes:
    """A tuple in a tuple, 100,000 times, as a key: hashing it would overflow C's stack."""
    return b"})" + b"\x85" * 100_000 + b"Ns"


def wide_key() -> bytes:
    """Tuples of the tuple before, twice, 200 times, as a key: hashing it would take for ever."""
    return b"}" + b"K\x01\x85q\x00" + b"h\x00h\x00\x86q\x00" * 200 + b"h\x00Ns"


AMPLIFIED: dict[str, Callable[[], bytes]] = {
    "copies": copies,
    "a deep key": deep_key,
    "a wide key": wide_key,
    "a wide key of a set": lambda: b"\x8f(" + wide_key()[1:-4] + b"h\x00\x90",
    "a list as a key": lambda: b"}]Ns",
    "a list in a tuple as a key": lambda: b"}]\x85Ns",
    "an odd number of keys and values": lambda: b"}(NNNu",
    "a frozenset": lambda: b"(N\x91",
}


@pytest.mark.parametrize("ops", AMPLIFIED.values(), ids=AMPLIFIED.keys())
def test_small_files_do_no_large_work(ops: Callable[[], bytes]) -> None:
    with pytest.raises(UnpicklingError):
        load_pickle(ops())


@pytest.mark.parametrize(
    "ops",
    [
        *(b"R", b"t", b"e", b"u", b"s", b"a", b"b", b"Q", b"\x81", b"0", b"1", b"\x85", b"h\x07"),
        *(b"NR", b"Nb", b"N)R", b"NQ", b"(Q", b"]NNs", b"NNa", b"}Na", b"q\x00", b"d", b"l"),
        b"\x93",
        *(b"NN\x93", b"\x90", b"\xff", b"I1x\n", b"FNaNx\n", b"S'a\n", b"X\x01\x00\x00\x00\xff"),
        *(b"c\xff\n\xff\n", b"ccollections\nOrderedDict\n)RNb", b"ccollections\nCounter\n]\x85R"),
        *(b"ctorch\nSize\n" + b"]N\x86R", b"ctorch\ndevice\n" + text("toaster") + b"\x85R", b""),
        b"ccollections\nOrderedDict\n)R}" + text("items") + b"Nsb",
        b"ctorch._utils\n_rebuild_parameter\nN\x88N\x87R",
        b"ctorch._tensor\n_rebuild_from_type_v2\n(cbuiltins\nset\nctorch\nTensor\n)}tR",
    ],
)  # fmt: skip
def test_pickles_that_no_pickler_wrote(ops: bytes) -> None:
    with pytest.raises(UnpicklingError):
        load_pickle(ops)


def test_attributes_of_tensors_hide_nothing() -> None:
    arguments = tensor(6, (2,), (1,)).removeprefix(b"ctorch._utils\n_rebuild_tensor_v2\n")[:-1]
    start = b"ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\n"
    found = load_pickle(
        start + b"ctorch\nTensor\n" + arguments + b"}" + text("note") + text("mine") + b"stR"
    )
    assert found.note == "mine"
    for name in ("_tensor", "backend", "backward", "history", "__class__"):
        with pytest.raises(UnpicklingError, match="may not be set"):
            load_pickle(start + b"ctorch\nTensor\n" + arguments + b"}" + text(name) + b"NstR")


# Archives.


def good() -> bytes:
    file = io.BytesIO()
    save({"a": torch.arange(100), "b": [torch.ones(3, 4)]}, file)
    return file.getvalue()


def test_every_truncation_is_told() -> None:
    whole = good()
    for length in range(0, len(whole), 7):
        with pytest.raises((ArchiveError, UnpicklingError, EmptyFileError)):
            load(io.BytesIO(whole[:length]))


def test_every_changed_byte_is_survived() -> None:
    """Either it is told, or it was in what nobody reads."""
    whole = good()
    told = 0
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 0xFF
        try:
            load(io.BytesIO(bytes(changed)))
        except MinitorchError:
            told += 1
    assert told > len(whole) // 3


def test_changed_numbers_are_told_by_their_sum() -> None:
    whole = bytearray(good())
    place = whole.index(struct.pack("<4q", 10, 11, 12, 13))
    whole[place] ^= 1
    with pytest.raises(ArchiveError, match="CRC"):
        load(io.BytesIO(bytes(whole)))


def test_nothing_and_nonsense() -> None:
    with pytest.raises(EOFError, match="Ran out of input"):
        load(io.BytesIO(b""))
    with pytest.raises(UnpicklingError, match="Weights only load failed"):
        load(io.BytesIO(b"hello, world, I am a text file\n"))
    with pytest.raises(RuntimeError, match="Invalid magic number"):
        load(io.BytesIO(b"\x80\x02K\x01."))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        out.writestr("readme", b"")
    file.seek(0)
    with pytest.raises(ArchiveError, match=r"no record data\.pkl"):
        load(file)


def test_bombs_are_not_unpacked() -> None:
    zeros = bytes(20 * MEGABYTE)
    packed = archive(pickle(tensor(6, (2,), (1,))), {"data/0": zeros}, zipfile.ZIP_DEFLATED)
    assert len(packed.getvalue()) < MEGABYTE
    with pytest.raises(ArchiveError, match="compressed"):
        load(packed)


def test_records_do_not_overlap() -> None:
    """Many records that are one and the same place, as in a bomb that is not compressed."""
    data = archive(pickle(b"N"), {f"data/{k}": bytes(10_000) for k in range(3)}).getvalue()
    start = data.index(b"archive/data/0") - 30
    directory = bytearray(data)
    for k in range(3):
        entry = data.index(f"archive/data/{k}".encode(), data.index(b"PK\x01\x02")) - 46
        directory[entry + 42 : entry + 46] = struct.pack("<I", start)
        directory[entry + 20 : entry + 28] = struct.pack("<II", 30_000, 30_000)
    with pytest.raises(ArchiveError, match="overlap"):
        load(io.BytesIO(bytes(directory)))


def test_a_name_stands_once() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        out.writestr("archive/data.pkl", pickle(b"N"))
        with pytest.warns(UserWarning, match="Duplicate"):
            out.writestr("archive/data.pkl", pickle(b"K\x01"))
    with pytest.raises(ArchiveError, match="one name"):
        load(io.BytesIO(file.getvalue()))


def test_scripts_are_told() -> None:
    file = archive(pickle(b"N"), {"constants.pkl": b""})
    with pytest.raises(NotSupportedError, match="TorchScript"):
        load(file)


def test_legacy_files_are_bounded() -> None:
    file = io.BytesIO()
    save(torch.ones(5), file, _use_new_zipfile_serialization=False)
    whole = file.getvalue()
    assert load(io.BytesIO(whole)).tolist() == [1.0] * 5
    for length in range(1, len(whole)):
        with pytest.raises((ArchiveError, UnpicklingError)):
            load(io.BytesIO(whole[:length]))
    key = whole.index(b"K\x05N")  # the number of numbers, in the id of the storage
    huge = whole[:key] + number(1 << 40) + whole[key + 2 :]
    with pytest.raises(UnpicklingError, match="the whole file is"):
        load(io.BytesIO(huge))
    other = whole[:-28] + struct.pack("<q", 4) + whole[-20:]
    with pytest.raises(ArchiveError, match="wrong byte size"):
        load(io.BytesIO(other))

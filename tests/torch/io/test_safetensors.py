"""safetensors files: the library reads what is written here, and we what it writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import minitorch.torch as mini
from minitorch.errors import ArchiveError, DtypeError
from minitorch.torch.serialization import load as load_any
from minitorch.torch.utils import safetensors as ours

torch: Any = pytest.importorskip("torch")
theirs: Any = pytest.importorskip("safetensors.torch")

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64"]
DTYPES += ["float16", "bfloat16", "float32", "float64"]


def tensors(package: Any) -> dict[str, Any]:
    """Tensors of all dtypes, and views."""
    base = package.arange(12).reshape(3, 4)
    found = {name: base.to(getattr(package, name)) for name in DTYPES}
    whole = {name: it.clone() for name, it in found.items()}
    return {**whole, "empty": package.zeros(0, 2), "number": package.tensor(2.5)}


def check(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert found.keys() == wanted.keys()
    for name in found:
        assert found[name].tolist() == wanted[name].tolist(), name
        assert str(found[name].dtype) == str(wanted[name].dtype)
        assert tuple(found[name].shape) == tuple(wanted[name].shape)


def test_the_library_reads_ours(tmp_path: Path) -> None:
    ours.save_file(tensors(mini), tmp_path / "a.safetensors", {"note": "é"})
    check(theirs.load_file(tmp_path / "a.safetensors"), tensors(torch))
    check(theirs.load(ours.save(tensors(mini))), tensors(torch))
    with theirs.safe_open(tmp_path / "a.safetensors", "pt") as file:
        assert file.metadata() == {"note": "é"}


def test_we_read_the_librarys(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    theirs.save_file(tensors(torch), path, {"format": "pt"})
    check(ours.load_file(path), tensors(mini))
    check(load_any(path), tensors(mini))
    check(ours.load(path.read_bytes()), tensors(mini))
    with ours.safe_open(path, framework="pt", device="cpu") as file:
        assert file.metadata() == {"format": "pt"}
        assert sorted(file.keys()) == sorted(tensors(mini))
        assert file.get_tensor("int16").tolist() == tensors(mini)["int16"].tolist()
        with pytest.raises(ArchiveError, match="does not contain tensor x"):
            file.get_tensor("x")


@pytest.mark.parametrize("view", ["t", "slice", "expand"])
def test_views_are_written_as_they_show(view: str, tmp_path: Path) -> None:
    """The library itself once wrote strided memory in the wrong order."""
    base = mini.arange(12.0).reshape(3, 4)
    shown = {"t": base.t(), "slice": base[1:, ::2], "expand": base[0].expand(5, 4)}[view]
    ours.save_file({"x": shown}, tmp_path / "x.safetensors")
    assert theirs.load_file(tmp_path / "x.safetensors")["x"].tolist() == shown.tolist()
    assert ours.load_file(tmp_path / "x.safetensors")["x"].tolist() == shown.tolist()


def test_shared_memory_is_refused() -> None:
    base = mini.zeros(4)
    with pytest.raises(RuntimeError, match="Some tensors share memory"):
        ours.save({"a": base, "b": base[1:]})
    with pytest.raises(DtypeError, match="'a' is a list"):
        ours.save({"a": [1.0]})


def file_of(header: Any, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def entry(kind: str, shape: list[Any], begin: Any, end: Any) -> dict[str, Any]:
    return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}


DAMAGED = {
    "nothing": b"",
    "a header of exabytes": (1 << 62).to_bytes(8, "little") + b"{}",
    "no JSON": file_of(b"hello"),
    "a list": file_of([]),
    "deep JSON": file_of(b"[" * 100_000),
    "no places": file_of({"a": {"dtype": "F32"}}),
    "other keys": file_of({"a": {"dtype": "F32", "shape": [], "data_offsets": [0, 4], "x": 1}}),
    "past the end": file_of({"a": entry("F32", [2], 0, 8)}, bytes(4)),
    "bytes that are nobody's": file_of({"a": entry("F32", [1], 0, 4)}, bytes(8)),
    "a gap": file_of({"a": entry("F32", [1], 4, 8)}, bytes(8)),
    "an overlap": file_of({"a": entry("F32", [1], 0, 4), "b": entry("F32", [1], 0, 4)}, bytes(4)),
    "a huge shape": file_of({"a": entry("F32", [1 << 40, 1 << 40], 0, 4)}, bytes(4)),
    "a negative size": file_of({"a": entry("F32", [-1, -1], 0, 4)}, bytes(4)),
    "a size that is a float": file_of({"a": entry("F32", [1.0], 0, 4)}, bytes(4)),
    "a name twice": file_of(b'{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{}}'),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_files_are_told(data: bytes) -> None:
    with pytest.raises(ArchiveError):
        ours.load(data)


def test_dtypes_that_are_not_stored_are_told() -> None:
    with pytest.raises(DtypeError, match="F8_E4M3"):
        ours.load(file_of({"a": entry("F8_E4M3", [1], 0, 1)}, bytes(1)))

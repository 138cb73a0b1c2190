"""IDX files, whole and damaged, packed and raw."""

from __future__ import annotations

import contextlib
import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from minitorch.data.files import read_bytes
from minitorch.data.idx import read_idx
from minitorch.errors import DataError

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def idx_bytes(array: npt.NDArray[Any]) -> bytes:
    code = CODES[array.dtype.str[1:]]
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return (
        bytes([0, 0, code, array.ndim])
        + sizes
        + array.astype(array.dtype.newbyteorder(">")).tobytes()
    )


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def error_of(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_idx(path)
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize("packed", [False, True])
@given(
    array=npst.arrays(
        st.sampled_from(sorted(CODES)).map(np.dtype),
        npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    )
)
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, packed: bool, array: npt.NDArray[Any]
) -> None:
    content = idx_bytes(array)
    path = tmp_path_factory.mktemp("idx") / "array"
    read = read_idx(write(path, gzip.compress(content) if packed else content))
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)


def test_result_can_be_written(tmp_path: Path) -> None:
    array = read_idx(write(tmp_path / "a", idx_bytes(np.arange(6, dtype=np.uint8))))
    array[0] = 9
    assert array.tolist() == [9, 1, 2, 3, 4, 5]


@given(data=st.data())
def test_damage_is_a_data_error_or_does_not_show(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever one does to the bytes, nothing but DataError comes out."""
    array = np.arange(24, dtype=np.int32).reshape(2, 3, 4)
    content = bytearray(idx_bytes(array))
    if data.draw(st.booleans(), label="packed"):
        content = bytearray(gzip.compress(content))
    for _ in range(data.draw(st.integers(1, 4), label="changes")):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)), label="cut")
    path = write(tmp_path_factory.mktemp("idx") / "array", bytes(content[:cut]))
    with contextlib.suppress(DataError):
        assert read_idx(path).dtype.str[1:] in CODES


def test_truncated(tmp_path: Path) -> None:
    content = idx_bytes(np.zeros((5, 28, 28), dtype=np.uint8))
    text = error_of(write(tmp_path / "train-images-idx3-ubyte", content[:1000]))
    assert text == (
        "this IDX file is truncated: expected 3,936 bytes (16 of header and 5 x 28 x 28 elements "
        "of 1 byte), found 1,000. Delete it and get it again, or point --data at an undamaged copy."
    )


def test_truncated_gzip(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (50, 28, 28), dtype=np.uint8)
    text = error_of(write(tmp_path / "a.gz", gzip.compress(idx_bytes(noise))[:20_000]))
    assert "truncated: expected 39,216 bytes (16 of header and 50 x 28 x 28 elements" in text
    assert "found 19,9" in text
    assert "(the gzip stream breaks off)" in text


def test_gzip_without_its_check_sum(tmp_path: Path) -> None:
    """All the data is there, but nothing vouches for it."""
    content = gzip.compress(idx_bytes(np.zeros(10, dtype=np.uint8)))
    assert "found 18 (the gzip stream breaks off)" in error_of(write(tmp_path / "a", content[:-8]))


def test_gzip_with_a_wrong_check_sum(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(idx_bytes(np.zeros(10, dtype=np.uint8))))
    content[-8] ^= 1
    text = error_of(write(tmp_path / "a", bytes(content)))
    assert "the gzip stream is damaged: CRC check failed" in text


def test_oversized(tmp_path: Path) -> None:
    content = idx_bytes(np.zeros(10, dtype=np.float64)) + b"tail"
    assert error_of(write(tmp_path / "a", content)).startswith(
        "this IDX file is too long: expected 88 bytes (8 of header and 10 elements of 8 bytes), "
        "found 92. "
    )


def test_header_that_promises_more_than_memory_has(tmp_path: Path) -> None:
    content = bytes([0, 0, 8, 3]) + b"\xff" * 12 + b"abc"
    assert "expected 79,228,162,458,924,105,385,300,197,391 bytes" in error_of(
        write(tmp_path / "a", content)
    )


@pytest.mark.parametrize("content", [b"", b"\0", b"\0\0\x08"])
def test_hardly_any_bytes(tmp_path: Path, content: bytes) -> None:
    assert error_of(write(tmp_path / "a", content)).startswith(
        "expected an IDX file, which starts with 4 bytes of magic number, "
        f"found {len(content)} bytes. "
    )


def test_truncated_header(tmp_path: Path) -> None:
    assert error_of(write(tmp_path / "a", b"\0\0\x08\x03\0\0\0\x05\0")).startswith(
        "the IDX header is truncated: expected 16 bytes for 3 dims, found 9. "
    )


@pytest.mark.parametrize(
    "content",
    [b"<html><body>", b"\0\1\x08\x01\0\0\0\x01a", b"\0\0\x0a\x01\0\0\0\x01a", b"\x89PNG\r\n\x1a\n"],
)
def test_not_idx(tmp_path: Path, content: bytes) -> None:
    assert error_of(write(tmp_path / "a", content)).startswith(
        "not an IDX file: expected a magic number of the form 0x0000TTDD (TT an element type of "
        f"08, 09, 0b, 0c, 0d, 0e; DD the number of dims), found 0x{content[:4].hex()}. "
    )


def test_missing_file(tmp_path: Path) -> None:
    assert error_of(tmp_path / "nowhere") == (
        "cannot be read (No such file or directory). "
        "Check that it is a file and that you may read it."
    )


def test_folder(tmp_path: Path) -> None:
    assert error_of(tmp_path).startswith("cannot be read (Is a directory). ")


def test_no_more_than_the_limit_is_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "bomb", gzip.compress(bytes(20_000_000)))
    content = read_bytes(path, limit=1_000_000)
    assert len(content.data) < 2_000_000
    assert content.fault == "there is more, but no more than 1,000,000 bytes are read"

"""SST-2: the real files, and rows that are not what they should be."""

from __future__ import annotations

import contextlib
import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from minitorch.data import Sst2, load_sst2, read_tsv
from minitorch.errors import DataError


@pytest.fixture(scope="module")
def sst2(real_data: Path) -> Sst2:
    return load_sst2(real_data)


def write(folder: Path, content: bytes) -> Path:
    path = folder / "train.tsv"
    path.write_bytes(content)
    return path


def error_of(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_tsv(path)
    return str(caught.value)


def test_real_files_have_the_published_counts(sst2: Sst2) -> None:
    assert (sst2.train.name, sst2.dev.name) == ("sst2-train", "sst2-dev")
    assert np.bincount(sst2.train.targets).tolist() == [29_780, 37_569]
    assert np.bincount(sst2.dev.targets).tolist() == [428, 444]
    assert sst2.train.classes == sst2.dev.classes == ("negative", "positive")
    assert len(sst2.vocabulary) == 14_816 + 2


def test_inputs_are_padded_ids(sst2: Sst2) -> None:
    for part in (sst2.train, sst2.dev):
        assert part.inputs.dtype == np.int64
        assert part.inputs.shape == (len(part), 52)
        assert part.inputs.min() == 0
        assert part.inputs.max() < len(sst2.vocabulary)
        words = part.inputs > 0
        assert words[:, 0].all(), "a sentence without words"
        assert (words[:, :-1] >= words[:, 1:]).all(), "padding between words"
    assert (sst2.train.inputs != 1).all(), "an unknown word in the training set"


def test_ids_spell_the_sentences(sst2: Sst2, real_data: Path) -> None:
    sentences, _ = read_tsv(real_data / "sst2" / "train.tsv")
    tokens = sst2.vocabulary.tokens
    for number in (0, 1, 30_000, 67_348):
        words = [tokens[word] for word in sst2.train.inputs[number] if word]
        assert words == sentences[number].split()


def test_encoding_a_sentence_by_hand_gives_the_row(sst2: Sst2, real_data: Path) -> None:
    sentences, _ = read_tsv(real_data / "sst2" / "dev.tsv")
    for number in range(0, len(sentences), 50):
        encoded = sst2.vocabulary.encode(sentences[number], 52)
        assert encoded.tolist() == sst2.dev.inputs[number].tolist()


def test_treebank_text_is_left_as_it_is(sst2: Sst2, real_data: Path) -> None:
    """What is cut further are a few abbreviations that the training set does not know."""
    for name, allowed in (("train", 0), ("dev", 5), ("test", 15)):
        sentences, _ = read_tsv(real_data / "sst2" / f"{name}.tsv")
        cut = [text for text in sentences if sst2.vocabulary.tokenise(text) != text.split()]
        assert len(cut) <= allowed, cut


def test_rare_words_can_be_left_unknown(real_data: Path) -> None:
    rare = load_sst2(real_data, minimum_count=3)
    assert len(rare.vocabulary) < 14_000
    assert (rare.train.inputs == 1).any()


@pytest.mark.parametrize("folder", ["sst2", "SST-2", "."])
def test_folder_of_the_files_or_the_one_above(real_data: Path, tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    shutil.copy(real_data / "sst2" / "dev.tsv", tmp_path / folder / "dev.tsv")
    shutil.copy(real_data / "sst2" / "dev.tsv", tmp_path / folder / "train.tsv")
    loaded = load_sst2(str(tmp_path))
    assert len(loaded.train) == len(loaded.dev) == 872


def test_rows(tmp_path: Path) -> None:
    path = write(tmp_path, b'sentence\tlabel\na "good" film \t1\nna\xc3\xafve\t0')
    sentences, labels = read_tsv(str(path))
    assert sentences == ['a "good" film', "na\u00efve"]
    assert labels.dtype == np.int64
    assert labels.tolist() == [1, 0]


def test_carriage_returns_and_gzip(tmp_path: Path) -> None:
    path = write(tmp_path, gzip.compress(b"sentence\tlabel\r\ngood\t1\r\n"))
    assert read_tsv(path)[0] == ["good"]


def test_only_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    path = write(tmp_path, "sentence\tlabel\na\u2028b\u0085c\t1\n".encode())
    assert read_tsv(path)[0] == ["a\u2028b\u0085c"]


@pytest.mark.parametrize(
    ("rows", "line", "expected", "found"),
    [
        (b"fine\t1\nno tab\n", 3, "a sentence, one tab and a label", "0 tabs in 'no tab'"),
        (b"a\tb\t1\n", 2, "a sentence, one tab and a label", "2 tabs in 'a\\tb\\t1'"),
        (b"fine\t1\n\nfine\t1\n", 3, "a sentence, one tab and a label", "0 tabs in ''"),
        (b"fine\t1\nodd\t2\n", 3, "a label of 0 or 1", "'2'"),
        (b"fine\t1\nodd\t-1\n", 3, "a label of 0 or 1", "'-1'"),
        (b"fine\t1\nodd\t\n", 3, "a label of 0 or 1", "''"),
        (b"fine\t1\nodd\t1.0\n", 3, "a label of 0 or 1", "'1.0'"),
        (b"fine\t1\nodd\tpositive\n", 3, "a label of 0 or 1", "'positive'"),
        (b"fine\t1\nodd\t\xd9\xa1\n", 3, "a label of 0 or 1", "'\u0661'"),
        (b"fine\t1\n \t1\n", 3, "a sentence before the tab", "nothing"),
        (b"", 2, "a sentence, a tab and a label", "the end of the file"),
        (b"fine\t1\ncaf\xe9\t1\n", 3, "text in UTF-8", "the byte 0xe9 (invalid continuation byte)"),
        (b"fine\t1\nfine\t0\n\xff\t1\n", 4, "text in UTF-8", "the byte 0xff (invalid start byte)"),
    ],
)
def test_malformed_row(tmp_path: Path, rows: bytes, line: int, expected: str, found: str) -> None:
    path = write(tmp_path, b"sentence\tlabel\n" + rows)
    assert error_of(path) == (
        f"{path}, line {line}: expected {expected}, found {found}. "
        "Mend the line, or get the file again."
    )


@pytest.mark.parametrize(
    "header", [b"", b"index\tsentence", b"sentence,label", b"\xef\xbb\xbfsentence\tlabel", b"a\t1"]
)
def test_another_header(tmp_path: Path, header: bytes) -> None:
    path = write(tmp_path, header + b"\nfine\t1\n")
    assert error_of(path).startswith(
        f"{path}, line 1: expected the header 'sentence\\tlabel', found {header.decode()!r}. "
    )


def test_long_line_is_not_repeated_whole(tmp_path: Path) -> None:
    path = write(tmp_path, b"sentence\tlabel\n" + b"x" * 100_000 + b"\n")
    assert len(error_of(path)) < 400


def test_truncated_gzip(tmp_path: Path) -> None:
    path = write(tmp_path, gzip.compress(b"sentence\tlabel\nfine\t1\n")[:-4])
    assert error_of(path) == (
        f"{path}: cannot be read to its end: the gzip stream breaks off. Get the file again."
    )


def test_missing_file(tmp_path: Path) -> None:
    assert "cannot be read (No such file or directory)" in error_of(tmp_path / "nowhere.tsv")


@given(content=st.binary(max_size=60))
@example(content=b"\x1f\x8b")
def test_any_bytes_are_rows_or_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = write(tmp_path_factory.mktemp("tsv"), b"sentence\tlabel\n" + content)
    with contextlib.suppress(DataError):
        sentences, labels = read_tsv(path)
        assert len(sentences) == len(labels) == content.removesuffix(b"\n").count(b"\n") + 1


def test_without_download_nothing_is_fetched(cache: Path) -> None:
    with pytest.raises(DataError, match=r"sst2 was not found: no train\.tsv, dev\.tsv in"):
        load_sst2(download=False)
    assert not cache.exists()

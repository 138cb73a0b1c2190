"""SST-2: 67,349 phrases of film reviews, each negative or positive.

Idea: a line is sentence<TAB>label; the words become ids by a vocabulary of the training set, padded
    to the longest sentence. (Socher et al. 2013; this cut of it is GLUE's, Wang et al. 2019.)
Not here: words to ids (vocabulary.py); where the files are found (locate.py).
Read next: vocabulary.py
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from minitorch.data.dataset import Dataset
from minitorch.data.download import RemoteFile
from minitorch.data.files import read_bytes
from minitorch.data.locate import Source, find_files
from minitorch.data.vocabulary import Vocabulary
from minitorch.errors import DataError

__all__ = ["Sst2", "load_sst2", "read_tsv"]

CLASSES = ("negative", "positive")
LABELS = {str(number): number for number in range(len(CLASSES))}
HEADER = "sentence\tlabel"
GLUE = "https://dl.fbaipublicfiles.com/glue/data/SST-2.zip"
COPY = (
    "https://raw.githubusercontent.com/eyalbd2/Reproducing-AutoPrompt/"
    "6288fb5bec9c572f2492875ae0111df5b6daed11/glue_data/SST-2"
)

SOURCE = Source(
    name="sst2",
    folders=("sst2", "SST-2", ""),
    files=(
        RemoteFile(
            "train.tsv",
            "48eac26399f8456935f81dd9e3a745c1430adb6c62e233ccfe22db4a0d15d1d1",
            3_806_081,
            (f"{GLUE}#SST-2/train.tsv", f"{COPY}/train_full.tsv"),
        ),
        RemoteFile(
            "dev.tsv",
            "54a9c12c77e402fc14d6a66a506f24d999f596b0176eb777c972cccc2f9cc4b0",
            94_931,
            (f"{GLUE}#SST-2/dev.tsv", f"{COPY}/dev.tsv"),
        ),
    ),
)


@dataclass(frozen=True)
class Sst2:
    """The two labelled parts of SST-2, and the words that their ids stand for.

    >>> words = Vocabulary(("<pad>", "<unk>", "joy"))
    >>> part = Dataset("one", words.encode_all([["joy"]], length=2), np.array([1]), CLASSES)
    >>> Sst2(part, part, words).dev.inputs
    array([[2, 0]])
    """

    train: Dataset
    dev: Dataset
    vocabulary: Vocabulary


def load_sst2(
    root: str | Path | None = None, *, download: bool = True, minimum_count: int = 1
) -> Sst2:
    r"""Return SST-2 with inputs (N, length) int64 of padded ids and targets (N,) int64.

    Looks in `root` (the folder of the files or the one above), then MINITORCH_DATA, then the user
    cache; then downloads. The vocabulary has the words that the training set has at least
    `minimum_count` times.

    Raises:
        DataError: files that are missing or damaged, with the line that is wrong.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("train.tsv", "dev.tsv"):
    ...         _ = (Path(folder) / name).write_text("sentence\tlabel\na joy\t1\nno joy\t0\n")
    ...     data = load_sst2(folder)
    >>> data.vocabulary.tokens, data.train.inputs.tolist()
    (('<pad>', '<unk>', 'joy', 'a', 'no'), [[3, 2], [4, 2]])
    """
    paths = find_files(SOURCE, Path(root) if root else None, download_missing=download)
    parts = [read_tsv(path) for path in paths]
    vocabulary = Vocabulary.build(parts[0][0], minimum_count)
    tokens = [[vocabulary.tokenise(sentence) for sentence in sentences] for sentences, _ in parts]
    length = max(len(sentence) for part in tokens for sentence in part)
    train, dev = (
        Dataset(name, vocabulary.encode_all(part, length), targets, CLASSES)
        for name, part, (_, targets) in zip(("sst2-train", "sst2-dev"), tokens, parts, strict=True)
    )
    return Sst2(train, dev, vocabulary)


def read_tsv(path: str | Path) -> tuple[list[str], npt.NDArray[np.int64]]:
    r"""Read sentences and labels from a file in the layout of GLUE's SST-2.

    UTF-8, a header `sentence<TAB>label`, then a sentence and 0 or 1 per line. No quoting:
    a quotation mark is a character like any other.

    Raises:
        DataError: naming file and line: bytes that are not UTF-8, another header, a line without
            a tab or with several, an empty sentence, a label other than 0 and 1; no lines at all.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "dev.tsv"
    ...     _ = path.write_text("sentence\tlabel\na joy \t1\nno joy \t0\n", encoding="utf-8")
    ...     read_tsv(path)
    (['a joy', 'no joy'], array([1, 0]))
    """
    path = Path(path)
    # by "\n" only: splitlines() would also cut at characters that may stand in a sentence
    header, *lines = _decode(path).split("\n")
    if header.removesuffix("\r") != HEADER:
        raise _wrong_line(path, 1, f"the header {HEADER!r}", repr(header[:80]))
    if lines and lines[-1] == "":
        lines.pop()
    if not lines:
        raise _wrong_line(path, 2, "a sentence, a tab and a label", "the end of the file")
    rows = [_parse(path, number, line) for number, line in enumerate(lines, start=2)]
    return [sentence for sentence, _ in rows], np.array([label for _, label in rows], np.int64)


def _decode(path: Path) -> str:
    data, fault, _ = read_bytes(path)
    if fault:
        raise DataError(f"{path}: cannot be read to its end: {fault}. Get the file again.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{data[error.start]:02x} ({error.reason})"
        raise _wrong_line(path, line, "text in UTF-8", found) from error


def _parse(path: Path, number: int, line: str) -> tuple[str, int]:
    fields = line.removesuffix("\r").split("\t")
    if len(fields) != 2:
        found = f"{len(fields) - 1} tabs in {line[:80]!r}"
        raise _wrong_line(path, number, "a sentence, one tab and a label", found)
    sentence, label = fields[0].strip(), LABELS.get(fields[1])
    if label is None:
        raise _wrong_line(path, number, f"a label of {' or '.join(LABELS)}", repr(fields[1][:80]))
    if not sentence:
        raise _wrong_line(path, number, "a sentence before the tab", "nothing")
    return sentence, label


def _wrong_line(path: Path, number: int, expected: str, found: str) -> DataError:
    return DataError(
        f"{path}, line {number}: expected {expected}, found {found}. "
        "Mend the line, or get the file again."
    )

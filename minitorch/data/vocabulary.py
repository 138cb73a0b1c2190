"""Words to numbers: cutting a sentence into tokens, numbering them, padding to one length.

Idea: id 0 is padding and id 1 any word not seen in training; the rest are numbered from the most
    frequent down. A chunk between spaces that is a known word stays whole ("mr.", "n't"), so text
    that is tokenised already is left alone; any other is cut as the Penn Treebank does
    ("don't" -> "do", "n't"), so that a sentence typed by hand meets the same words.
Not here: reading files (sst2.py); the embedding (nn.py).
Read next: sst2.py
"""

from __future__ import annotations

import re
import reprlib
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import numpy.typing as npt

from minitorch.errors import DataError

__all__ = ["PAD", "UNKNOWN", "Vocabulary", "tokenise"]

PAD = "<pad>"
UNKNOWN = "<unk>"
SPECIAL = (PAD, UNKNOWN)
TYPOGRAPHIC = str.maketrans(
    {
        "\N{LEFT SINGLE QUOTATION MARK}": "`",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": "``",
        "\N{RIGHT DOUBLE QUOTATION MARK}": "''",
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{EM DASH}": "--",
    }
)
OPENING_QUOTE = re.compile(r'(?:^|(?<=[(]))"')
TREEBANK = re.compile(
    r"""  \w+?(?=n't\b) | n't\b              # do n't
        | '(?:s|re|ve|ll|d|m)\b            # it 's, they 're
        | \d+(?:[.,]\d+)+                  # 1.8, 10,000
        | (?:[^\W\d_]\.){2,}               # u.s., j.r.r.
        | \w+(?:[-/&]\w+)*                 # words, well-made, and/or
        | \.{2,} | -{2,} | `` | ''         # ..., --, quotes
        | \S                               # any other sign is a token
    """,
    re.VERBOSE,
)


def tokenise(sentence: str, known: Container[str] = ()) -> list[str]:
    r"""Cut a sentence into lower-case tokens; chunks between spaces that are `known` stay whole.

    >>> tokenise('"I don\'t like it," Mr. Smith said.', known={"mr."})
    ['``', 'i', 'do', "n't", 'like', 'it', ',', "''", 'mr.', 'smith', 'said', '.']
    """
    tokens: list[str] = []
    for chunk in sentence.lower().split():
        if chunk in known:
            tokens.append(chunk)
        else:
            plain = chunk.translate(TYPOGRAPHIC)
            quoted = OPENING_QUOTE.sub("``", plain).replace('"', "''")
            tokens += TREEBANK.findall(quoted)
    return tokens


@dataclass(frozen=True)
class Vocabulary:
    """The known tokens; the id of a token is its place.

    Args:
        tokens: distinct, the first two `<pad>` and `<unk>`.

    Raises:
        DataError: tokens twice, or without the two special ones in front.

    >>> words = Vocabulary(("<pad>", "<unk>", "a", "film", "good"))
    >>> words.encode("A good, good film", length=6)
    array([2, 4, 1, 4, 3, 0])
    """

    tokens: tuple[str, ...]
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.tokens[:2] != SPECIAL or len(set(self.tokens)) != len(self.tokens):
            raise DataError(
                f"got a vocabulary of {len(self.tokens)} tokens that starts {self.tokens[:2]}; "
                f"expected distinct tokens, the first two {SPECIAL}. "
                "Build it with Vocabulary.build, or take it from the checkpoint unchanged."
            )
        # the special ones are not words: "<pad>" typed in a sentence is not padding
        ids = {token: number for number, token in enumerate(self.tokens) if number >= len(SPECIAL)}
        object.__setattr__(self, "_ids", ids)

    @classmethod
    def build(cls, sentences: Iterable[str], minimum_count: int = 1) -> Vocabulary:
        """Collect the tokens that tokenised sentences have at least `minimum_count` times.

        >>> Vocabulary.build(["a good film", "a bad film", "a film"], minimum_count=2).tokens
        ('<pad>', '<unk>', 'a', 'film')
        """
        counts = Counter(token for sentence in sentences for token in sentence.lower().split())
        frequent = [token for token in counts if counts[token] >= minimum_count]
        # ties by spelling: the numbers must not depend on the order of the sentences
        frequent.sort(key=lambda token: (-counts[token], token))
        return cls((*SPECIAL, *(token for token in frequent if token not in SPECIAL)))

    @classmethod
    def from_list(cls, tokens: object) -> Vocabulary:
        """Return the vocabulary that `to_list` wrote, for instance to a checkpoint.

        Raises:
            DataError: not a list of distinct strings with the special ones in front.
        """
        entries = cast("list[object]", tokens) if isinstance(tokens, list) else [None]
        if not all(isinstance(entry, str) for entry in entries):
            given = reprlib.repr(cast("object", tokens))
            raise DataError(
                f"got {given} for a vocabulary; expected a list of strings. "
                "Use what Vocabulary.to_list returned."
            )
        return cls(tuple(cast("list[str]", entries)))

    def to_list(self) -> list[str]:
        """Return the tokens as JSON can hold them.

        >>> words = Vocabulary(("<pad>", "<unk>", "film"))
        >>> Vocabulary.from_list(words.to_list()) == words
        True
        """
        return list(self.tokens)

    def __len__(self) -> int:
        return len(self.tokens)

    def tokenise(self, sentence: str) -> list[str]:
        """Cut a sentence into tokens, leaving the known ones whole."""
        return tokenise(sentence, self._ids)

    def encode(self, sentence: str, length: int) -> npt.NDArray[np.int64]:
        """Return the ids of a sentence, (length,) int64: cut off or padded at the end.

        Raises:
            DataError: a length below 1.
        """
        return self.encode_all([self.tokenise(sentence)], length)[0]

    def encode_all(self, sentences: Sequence[Sequence[str]], length: int) -> npt.NDArray[np.int64]:
        """Return the ids of N lists of tokens, (N, length) int64.

        >>> words = Vocabulary(("<pad>", "<unk>", "film", "good"))
        >>> words.encode_all([["good", "film"], [], ["film", "buff", "good"]], length=2)
        array([[3, 2],
               [0, 0],
               [2, 1]])
        """
        if length < 1:
            raise DataError(
                f"got a length of {length}; expected at least 1 token. Choose a longer one."
            )
        ids, unknown = self._ids, SPECIAL.index(UNKNOWN)
        counts = np.array([min(len(tokens), length) for tokens in sentences], dtype=np.int64)
        flat = [ids.get(token, unknown) for tokens in sentences for token in tokens[:length]]
        padded = np.zeros((len(sentences), length), dtype=np.int64)
        padded[np.arange(length) < counts[:, np.newaxis]] = flat
        return padded

"""Tokens, their numbers, and padding."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch.data import PAD, UNKNOWN, Vocabulary, tokenise
from minitorch.errors import DataError

WORDS = st.text(st.characters(categories=["Ll", "Nd"]), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("sentence", "tokens"),
    [
        ("A great film.", "a great film ."),
        ("It's not that I don't care", "it 's not that i do n't care"),
        ("They're sure we'll say I'd've", "they 're sure we 'll say i 'd 've"),
        ("CAN'T", "ca n't"),
        ('He said "no way"!', "he said `` no way '' !"),
        ('("quoted")', "( `` quoted '' )"),
        ("well-made, and/or 3/4", "well-made , and/or 3/4"),
        ("wait... -- what", "wait ... -- what"),
        ("over 10,000 for $1.50", "over 10,000 for $ 1.50"),
        ("the u.s. and e.t.", "the u.s. and e.t."),
        ("\u201cIt\u2019s fine\u201d \u2014 really\u2026", "`` it 's fine '' -- really ..."),
        ("clich\u00e9-ridden \u4e2d", "clich\u00e9-ridden \u4e2d"),
        ("  \t\n ", ""),
        ("it 's already cut , is n't it ?", "it 's already cut , is n't it ?"),
    ],
)
def test_treebank_tokens(sentence: str, tokens: str) -> None:
    assert tokenise(sentence) == tokens.split()


def test_known_chunks_stay_whole() -> None:
    assert tokenise("Mr. Bean no.") == ["mr", ".", "bean", "no", "."]
    assert tokenise("Mr. Bean no.", known={"mr."}) == ["mr.", "bean", "no", "."]


@given(st.text())
def test_tokens_keep_every_letter_and_hold_no_space(sentence: str) -> None:
    tokens = tokenise(sentence)
    assert all(token and not any(letter.isspace() for letter in token) for token in tokens)
    kept = [letter for letter in "".join(tokens) if letter.isalnum()]
    assert kept == [letter for letter in sentence.lower() if letter.isalnum()]


@given(st.text())
def test_tokenising_tokens_changes_nothing(sentence: str) -> None:
    tokens = tokenise(sentence)
    assert tokenise(" ".join(tokens), known=set(tokens)) == tokens


def test_built_by_frequency_then_spelling() -> None:
    words = Vocabulary.build(["b a c", "c b", "c d"])
    assert words.tokens == (PAD, UNKNOWN, "c", "b", "a", "d")
    assert Vocabulary.build(["c d", "c b", "b a c"]) == words


def test_special_tokens_are_not_words() -> None:
    words = Vocabulary.build(["<pad> <unk> film", "<pad>"])
    assert words.tokens == (PAD, UNKNOWN, "film")
    assert 0 not in words.encode("<pad> film", length=4)


def test_minimum_count() -> None:
    words = Vocabulary.build(["a a a b b c"], minimum_count=2)
    assert words.tokens[2:] == ("a", "b")
    assert words.encode("a c b", length=3).tolist() == [2, 1, 3]


@given(st.lists(st.lists(WORDS, max_size=6), max_size=6), st.integers(1, 5))
def test_encoding_is_row_by_row_lookup(sentences: list[list[str]], length: int) -> None:
    words = Vocabulary.build(" ".join(tokens) for tokens in sentences[::2])
    ids = words.encode_all(sentences, length)
    assert ids.dtype == np.int64
    assert ids.shape == (len(sentences), length)
    for row, tokens in zip(ids.tolist(), sentences, strict=True):
        known = [words.tokens.index(t) if t in words.tokens[2:] else 1 for t in tokens[:length]]
        assert row == known + [0] * (length - len(known))


@given(st.lists(WORDS))
def test_round_trip_through_json(tokens: list[str]) -> None:
    words = Vocabulary.build(tokens)
    again = Vocabulary.from_list(json.loads(json.dumps(words.to_list())))
    assert again == words
    assert again.encode(" ".join(tokens), 5).tolist() == words.encode(" ".join(tokens), 5).tolist()


@pytest.mark.parametrize("length", [0, -3])
def test_length_below_one(length: int) -> None:
    with pytest.raises(DataError) as caught:
        Vocabulary((PAD, UNKNOWN)).encode("a", length)
    assert str(caught.value) == (
        f"got a length of {length}; expected at least 1 token. Choose a longer one."
    )


@pytest.mark.parametrize(
    "tokens", [(), ("a", "b"), (UNKNOWN, PAD), (PAD, UNKNOWN, "a", "a"), (PAD, UNKNOWN, PAD)]
)
def test_vocabulary_that_is_none(tokens: tuple[str, ...]) -> None:
    with pytest.raises(DataError) as caught:
        Vocabulary(tokens)
    assert str(caught.value) == (
        f"got a vocabulary of {len(tokens)} tokens that starts {tokens[:2]}; expected distinct "
        "tokens, the first two ('<pad>', '<unk>'). Build it with Vocabulary.build, or take it "
        "from the checkpoint unchanged."
    )


@pytest.mark.parametrize("given", [None, "abc", {"a": 1}, [PAD, UNKNOWN, 3], [None]])
def test_list_that_holds_other_things(given: object) -> None:
    with pytest.raises(DataError) as caught:
        Vocabulary.from_list(given)
    assert str(caught.value) == (
        f"got {given!r} for a vocabulary; expected a list of strings. "
        "Use what Vocabulary.to_list returned."
    )

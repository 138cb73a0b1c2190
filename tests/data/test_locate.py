"""Where the files of a data set are looked for, and in which order."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from minitorch.config import Config
from minitorch.data import locate
from minitorch.data.download import RemoteFile
from minitorch.data.locate import Source, cache_folder, find_files
from minitorch.errors import DataError

FILES = tuple(RemoteFile(name, "00", 1, ()) for name in ("left.gz", "right.tsv"))
SOURCE = Source("pair", ("pair", "PAIR/raw", ""), FILES)


def fill(folder: Path, *names: str) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text("x")
    return [folder / name for name in names]


def set_places(monkeypatch: pytest.MonkeyPatch, data: Path | None, cache: Path) -> None:
    monkeypatch.setattr(
        locate, "config", Config(data=str(data) if data else None, cache=str(cache))
    )


def test_named_folder_comes_first_then_the_variable_then_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, data, cache = tmp_path / "root", tmp_path / "data", tmp_path / "cache"
    set_places(monkeypatch, data, cache)
    in_cache = fill(cache / "data" / "pair", "left.gz", "right.tsv")
    data.mkdir()
    root.mkdir()
    assert find_files(SOURCE, root) == in_cache
    in_data = fill(data / "pair", "left.gz", "right.tsv")
    assert find_files(SOURCE, root) == in_data
    assert find_files(SOURCE, None) == in_data
    in_root = fill(root / "pair", "left.gz", "right.tsv")
    assert find_files(SOURCE, root) == in_root


@pytest.mark.parametrize("folder", ["pair", "PAIR/raw", "."])
@pytest.mark.parametrize(
    "names", [("left.gz", "right.tsv"), ("left", "right.tsv"), ("left", "right.tsv.gz")]
)
def test_folder_itself_or_the_one_above_packed_or_not(
    tmp_path: Path, cache: Path, folder: str, names: tuple[str, ...]
) -> None:
    files = fill(tmp_path / folder, *names)
    assert find_files(SOURCE, tmp_path) == files


def test_own_folder_wins_over_the_one_above(tmp_path: Path, cache: Path) -> None:
    fill(tmp_path, "left.gz", "right.tsv")
    files = fill(tmp_path / "pair", "left.gz", "right.tsv")
    assert find_files(SOURCE, tmp_path) == files


def test_fuller_folder_wins(tmp_path: Path, cache: Path) -> None:
    fill(tmp_path / "pair", "left.gz")
    files = fill(tmp_path, "left.gz", "right.tsv")
    assert find_files(SOURCE, tmp_path) == files


def test_raw_file_wins_over_its_packed_twin(tmp_path: Path, cache: Path) -> None:
    raw, _, other = fill(tmp_path, "left", "left.gz", "right.tsv")
    assert find_files(SOURCE, tmp_path) == [raw, other]


def test_home_is_expanded(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    files = fill(tmp_path / "sets" / "pair", "left.gz", "right.tsv")
    assert find_files(SOURCE, Path("~/sets")) == files


def test_half_a_set_is_not_completed_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_places(monkeypatch, None, tmp_path / "cache")
    fill(tmp_path / "cache" / "data" / "pair", "left.gz", "right.tsv")
    fill(tmp_path / "root", "right.tsv")
    with pytest.raises(DataError) as caught:
        find_files(SOURCE, tmp_path / "root")
    assert str(caught.value) == (
        f"{tmp_path / 'root'} (from --data) has right.tsv of pair, but not left.gz; expected all "
        "files of a data set in one folder. Add what is missing, or name another folder."
    )


@pytest.mark.parametrize(("by_variable", "origin"), [(False, "--data"), (True, "MINITORCH_DATA")])
def test_named_folder_must_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_variable: bool, origin: str
) -> None:
    lost = tmp_path / "lost"
    set_places(monkeypatch, lost if by_variable else None, tmp_path / "cache")
    with pytest.raises(DataError) as caught:
        find_files(SOURCE, None if by_variable else lost)
    assert str(caught.value) == (
        f"{origin} names {lost}, which does not exist; expected a folder with data sets. "
        "Check its spelling, or leave it out to use the user cache."
    )


def test_named_folder_must_not_be_a_file(tmp_path: Path, cache: Path) -> None:
    (path,) = fill(tmp_path, "left.gz")
    with pytest.raises(DataError, match="which is a file; expected a folder"):
        find_files(SOURCE, path)


def test_nothing_found_and_no_download_lists_every_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, data, cache = tmp_path / "root", tmp_path / "data", tmp_path / "cache"
    set_places(monkeypatch, data, cache)
    root.mkdir()
    data.mkdir()
    with pytest.raises(DataError) as caught:
        find_files(SOURCE, root, download_missing=False)
    assert str(caught.value) == (
        f"pair was not found: no left.gz, right.tsv in {root} (from --data), {data} (from "
        f"MINITORCH_DATA), {cache / 'data'}; expected them there, with or without .gz. Point "
        "--data or MINITORCH_DATA at their folder, or allow the download."
    )


def test_cache_is_the_users_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate, "config", Config())
    assert cache_folder() == platformdirs.user_cache_path("minitorch") / "data"
    monkeypatch.setattr(locate, "config", Config(cache="~/other"))
    assert cache_folder() == Path.home() / "other" / "data"

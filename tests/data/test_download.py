"""Downloads, from a server on this machine that misbehaves in every way we know."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import logging
import os
import socket
import tempfile
import zipfile
from pathlib import Path

import pytest

from minitorch.data import download as download_module
from minitorch.data.download import RemoteFile, download
from minitorch.data.locate import Source, find_files
from minitorch.errors import DataError, OutputError

from .conftest import Server

PLAIN = bytes(range(256)) * 400
PACKED = gzip.compress(PLAIN)


def remote(*mirrors: str, name: str = "numbers.gz") -> RemoteFile:
    return RemoteFile(name, hashlib.sha256(PLAIN).hexdigest(), len(PLAIN), mirrors)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def zip_of(member: str, content: bytes) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
    return body.getvalue()


def test_good_file_arrives_whole_under_its_name(server: Server, tmp_path: Path) -> None:
    path = download(remote(server.offer("/numbers.gz", PACKED)), tmp_path / "deep" / "folder")
    assert path == tmp_path / "deep" / "folder" / "numbers.gz"
    assert path.read_bytes() == PACKED
    assert names_in(tmp_path / "deep" / "folder") == ["numbers.gz"]


def test_hash_is_of_the_decompressed_bytes(server: Server, tmp_path: Path) -> None:
    """Another time stamp and another level make another .gz of the same data."""
    other = gzip.compress(PLAIN, compresslevel=1, mtime=12345)
    assert other != PACKED
    assert download(remote(server.offer("/a", other)), tmp_path).read_bytes() == other


def test_body_unpacked_on_the_way_loses_the_gz_of_its_name(server: Server, tmp_path: Path) -> None:
    path = download(remote(server.offer("/a", PLAIN)), tmp_path)
    assert path.name == "numbers"
    assert path.read_bytes() == PLAIN


def test_body_packed_on_the_way_is_unpacked(server: Server, tmp_path: Path) -> None:
    address = server.offer("/a", PACKED, headers={"Content-Encoding": "gzip"})
    assert download(remote(address), tmp_path).read_bytes() == PLAIN


def failure(server: Server, folder: Path, path: str) -> str:
    """Return the text of the error when the only mirror is `path`; nothing may be left behind."""
    with pytest.raises(DataError) as caught:
        download(remote(server.address + path), folder)
    assert names_in(folder) == []
    text = str(caught.value)
    assert text.startswith(
        "numbers.gz could not be downloaded; expected 102,400 bytes with SHA-256 "
        f"{hashlib.sha256(PLAIN).hexdigest()} (decompressed), but every mirror failed:\n"
        f"  {server.address}{path}: "
    )
    assert text.endswith(
        f"Check the network and try again, or put the file into {folder} yourself."
    )
    return text


def test_truncated_body(server: Server, tmp_path: Path) -> None:
    server.offer("/a", PACKED[:-100], length=len(PACKED))
    text = failure(server, tmp_path, "/a")
    # urllib3 counts since its version 2; before, the break shows in the bytes
    assert "100 more expected" in text or "the gzip stream breaks off" in text


def test_truncated_body_that_claims_to_be_whole(server: Server, tmp_path: Path) -> None:
    server.offer("/a", PACKED[:-100])
    text = failure(server, tmp_path, "/a")
    assert "of 102,400 bytes the gzip stream breaks off" in text


def test_wrong_hash(server: Server, tmp_path: Path) -> None:
    wrong = PLAIN[:-1] + b"!"
    server.offer("/a", gzip.compress(wrong))
    expected = f"got 102,400 bytes with SHA-256 {hashlib.sha256(wrong).hexdigest()}"
    assert expected in failure(server, tmp_path, "/a")


def test_error_page_with_status_200(server: Server, tmp_path: Path) -> None:
    server.offer("/a", b"<html>Please log in</html>")
    assert "got 26 bytes with SHA-256" in failure(server, tmp_path, "/a")


def test_more_bytes_than_the_file_has(server: Server, tmp_path: Path) -> None:
    """A small body that unpacks to gigabytes is given up at the size of the file."""
    server.offer("/a", gzip.compress(bytes(50_000_000)))
    text = failure(server, tmp_path, "/a")
    assert "there is more, but no more than 102,400 bytes are read" in text


@pytest.mark.parametrize(("status", "reason"), [(403, "Forbidden"), (500, "Server Error")])
def test_refusal(server: Server, tmp_path: Path, status: int, reason: str) -> None:
    server.offer("/a", b"no", status=status)
    text = failure(server, tmp_path, "/a")
    assert f"{status} " in text
    assert reason in text


def test_nobody_listens(tmp_path: Path, server: Server) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/a"
        with pytest.raises(DataError, match="Connection refused"):
            download(remote(address), tmp_path)
    assert names_in(tmp_path) == []


def test_silence_runs_into_the_timeout(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_module, "TIMEOUT", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(DataError, match=r"timed out.*timeout=0\.2"):
            download(remote(f"http://127.0.0.1:{silent.getsockname()[1]}/a"), tmp_path)
    assert names_in(tmp_path) == []


def test_first_mirror_bad_then_second_good(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bad = server.offer("/bad", PACKED[:50])
    good = server.offer("/good", PACKED)
    with caplog.at_level(logging.INFO, logger="minitorch.data"):
        assert download(remote(bad, good), tmp_path).read_bytes() == PACKED
    assert server.asked == ["/bad", "/good"]
    assert names_in(tmp_path) == ["numbers.gz"]
    assert "the gzip stream breaks off" in caplog.text


def test_mirrors_after_a_good_one_are_not_asked(server: Server, tmp_path: Path) -> None:
    download(remote(server.offer("/one", PACKED), server.offer("/two", PACKED)), tmp_path)
    assert server.asked == ["/one"]


def test_every_failed_mirror_is_listed(server: Server, tmp_path: Path) -> None:
    forbidden = server.offer("/forbidden", status=403)
    wrong = server.offer("/wrong", b"wrong")
    with pytest.raises(DataError) as caught:
        download(remote(forbidden, wrong), tmp_path)
    lines = str(caught.value).splitlines()
    assert lines[1].startswith(f"  {forbidden}: 403")
    assert lines[2].startswith(f"  {wrong}: got 5 bytes with SHA-256 ")


def test_temporary_files_lie_beside_their_destination(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rename is one step only within a file system."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "elsewhere"))
    assert download(remote(server.offer("/a", PACKED)), tmp_path).read_bytes() == PACKED


def test_nothing_has_the_name_before_the_rename(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bytes, bool]] = []

    def interrupted(body: Path, target: Path) -> Path:
        seen.append((body.read_bytes(), target.exists()))
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        download(remote(server.offer("/a", PACKED)), tmp_path)
    assert seen == [(PACKED, False)]
    assert names_in(tmp_path) == []


def test_failed_download_leaves_an_older_file_alone(server: Server, tmp_path: Path) -> None:
    (tmp_path / "numbers.gz").write_bytes(PACKED)
    with pytest.raises(DataError):
        download(remote(server.offer("/a", b"wrong")), tmp_path)
    assert (tmp_path / "numbers.gz").read_bytes() == PACKED


def test_member_of_a_zip(server: Server, tmp_path: Path) -> None:
    address = server.offer("/a.zip", zip_of("SET/numbers.tsv", PLAIN))
    path = download(remote(f"{address}#SET/numbers.tsv", name="numbers.tsv"), tmp_path)
    assert path == tmp_path / "numbers.tsv"
    assert path.read_bytes() == PLAIN
    assert server.asked == ["/a.zip"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (zip_of("other", PLAIN), "There is no item named 'wanted' in the archive"),
        (zip_of("wanted", PLAIN)[:-30], "File is not a zip file"),
        (b"<html>", "File is not a zip file"),
        (zip_of("wanted", PLAIN * 9), "after 102,401 of 102,400 bytes there is more"),
        (zip_of("wanted", PLAIN[::-1]), "got 102,400 bytes with SHA-256"),
    ],
)
def test_unsound_zip(server: Server, tmp_path: Path, body: bytes, reason: str) -> None:
    address = server.offer("/a.zip", body)
    with pytest.raises(DataError) as caught:
        download(remote(f"{address}#wanted"), tmp_path)
    assert reason in str(caught.value)
    assert names_in(tmp_path) == []


def test_folder_that_cannot_be_made(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError) as caught:
        download(remote(server.offer("/a", PACKED)), tmp_path / "file" / "folder")
    text = str(caught.value)
    assert text.startswith(f"cannot write numbers.gz to {tmp_path / 'file' / 'folder'} (Not a dir")
    assert "expected a writable folder with 102,400 bytes free" in text
    assert text.endswith("Make room, or set MINITORCH_CACHE to another folder.")


def test_folder_whose_name_is_a_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="File exists"):
        download(remote(server.offer("/a", PACKED)), tmp_path / "file")


def test_full_disk_is_no_fault_of_the_mirror(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        download(remote(server.offer("/a", PACKED), server.offer("/b", PACKED)), tmp_path)
    assert server.asked == ["/a"]
    assert names_in(tmp_path) == []


def test_second_call_does_not_download(server: Server, cache: Path) -> None:
    source = Source("numbers", ("numbers", ""), (remote(server.offer("/a", PACKED)),))
    first = find_files(source, None)
    second = find_files(source, None)
    assert first == second == [cache / "numbers" / "numbers.gz"]
    assert server.asked == ["/a"]


def test_only_what_the_cache_lacks_is_downloaded(server: Server, cache: Path) -> None:
    files = (
        remote(server.offer("/one", PACKED), name="one.gz"),
        remote(server.offer("/two", PACKED), name="two.gz"),
    )
    (cache / "numbers").mkdir(parents=True)
    (cache / "numbers" / "one").write_bytes(PLAIN)
    found = find_files(Source("numbers", ("numbers", ""), files), None)
    assert [path.name for path in found] == ["one", "two.gz"]
    assert server.asked == ["/two"]

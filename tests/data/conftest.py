"""What the tests of the loaders share: the real files, private places to look in, a local server.

Idea: a test that needs the real files asks for `real_data`; without them it is skipped on a
    desk and fails in CI, where they are promised.
Not here: the files themselves; they are in no repository.
Read next: test_locate.py
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from minitorch.config import Config
from minitorch.data import locate


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with mnist/ and sst2/, named by MINITORCH_DATA."""
    named = os.environ.get("MINITORCH_DATA")
    if named and (Path(named) / "mnist").is_dir() and (Path(named) / "sst2").is_dir():
        return Path(named)
    reason = (
        f"needs the real files: MINITORCH_DATA is {named!r}, expected a folder of mnist/, sst2/"
    )
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of downloads, private and not made yet; MINITORCH_DATA is as if unset."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(locate, "config", Config(cache=str(folder)))
    return folder / "data"


@dataclass
class Reply:
    """What the server answers: `length` is the Content-Length it promises."""

    body: bytes = b""
    status: int = 200
    length: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Server:
    """A web server on this machine; `asked` lists the paths of the requests it had."""

    address: str
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def offer(self, path: str, body: bytes = b"", **reply: Any) -> str:
        """Serve a `Reply` at `path` from now on, and return the full address."""
        self.replies[path] = Reply(body, **reply)
        return self.address + path


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            offered.asked.append(self.path)
            reply = offered.replies.get(self.path, Reply(b"no such file", status=404))
            self.send_response(reply.status)
            length = len(reply.body) if reply.length is None else reply.length
            self.send_header("Content-Length", str(length))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        offered = Server(f"http://127.0.0.1:{http.server_port}")
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield offered
        http.shutdown()
        thread.join()

"""Whatever comes: an answer or a close each time, never a 500, never an error in the log, and the memory stays flat.

A served application in a process of its own. ``scripts/test --long tests/e2e/fuzz`` sends a million inputs and more,
most of them without a socket in between (test_inside).
"""

from __future__ import annotations

import os
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import hypothesis
import msgspec
import pytest
from hypothesis import strategies as st

from tests.e2e.fuzz.inputs import request, spoilt

PATIENCE = 5.0
"""Seconds within which every input is answered, or its connection closed."""
INPUTS_A_SEED = 50
ROOT = Path(__file__).parents[3]


class Target:
    """The process under fire."""

    def __init__(self, process: subprocess.Popen[str], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.log = log

    @property
    def memory(self) -> int:
        """Bytes of memory that the process has."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.settimeout(PATIENCE)
        return connection

    def send(self, data: bytes, cut: int = 0, *, end: bool = True) -> bytes:
        """Send bytes, in two pieces where they are cut, and read what comes until the end.

        With ``end`` our side is closed behind them, which takes leave of a GET that still waits.
        """
        with self.connect() as connection:
            try:
                if cut:
                    connection.sendall(data[:cut])
                    time.sleep(0.0005)
                connection.sendall(data[cut:])
                if end:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # closed on us, as it may
            parts: list[bytes] = []
            try:
                while part := connection.recv(65536):
                    parts.append(part)
            except ConnectionResetError:
                pass
            except TimeoutError:
                pytest.fail(f"No answer and no close within {PATIENCE} s of {data!r}, cut at {cut}")
            return b"".join(parts)

    def check(self, data: bytes, answer: bytes) -> None:
        if answer and not answer.startswith(b"HTTP/1.1 "):
            pytest.fail(f"{answer[:200]!r} is no answer, to {data!r}")
        if re.search(rb"HTTP/1\.1 50[0234]", answer):
            pytest.fail(f"{answer[:200]!r} is the answer to {data!r}")
        if self.process.poll() is not None:
            pytest.fail(f"The server ended with {self.process.returncode}; the last it got was {data!r}")


@contextmanager
def served(directory: Path) -> Generator[Target]:
    log = directory / "log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.fuzz.application"],
            stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=ROOT,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([".", "src", os.environ.get("PYTHONPATH", "")])},
        )  # fmt: skip
    assert process.stdout is not None
    try:
        port = process.stdout.readline().strip()
        assert port, log.read_text()
        yield Target(process, int(port), log)
    finally:
        process.terminate()
        rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert rest.strip() == "0", "tasks were left behind"
    assert "Traceback" not in log.read_text(), log.read_text()[:5000]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Generator[Target]:
    with served(tmp_path_factory.mktemp("fuzz")) as running:
        yield running


# ---- bytes


@hypothesis.settings(max_examples=60)  # the long run has a million of them
@hypothesis.given(seed=st.integers(0, 2**32))
def test_spoilt_requests(target: Target, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(INPUTS_A_SEED):
        data = spoilt(chance)
        target.check(data, target.send(data, chance.randrange(len(data) + 1) if chance.random() < 0.2 else 0))


# ---- values

texts: st.SearchStrategy[str] = st.one_of(
    st.text(max_size=30),
    st.integers().map(str),
    st.floats().map(str),
    st.decimals().map(str),
    st.datetimes().map(str),
    st.timedeltas().map(str),
    st.uuids().map(str),
    st.sampled_from(["true", "no", "red", "", "1_0", "+1", "٣", "1e400", "9" * 5000, "\0", "P1Y", "sNaN", "24:00"]),
)
names: st.SearchStrategy[str] = st.sampled_from(
    [
        "q",
        "n",
        "price",
        "ratio",
        "when",
        "day",
        "takes",
        "color",
        "tags",
        "key",
        "yes",
        "page",
        "size",
        "since",
        "name",
        "verbose",
        "file",
        "more",
        "note",
        "x",
    ]
)
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(names, texts), inner, max_size=5)),
    max_leaves=12,
)
fields = st.sampled_from(
    [
        "name",
        "price",
        "tags",
        "owners",
        "when",
        "at",
        "takes",
        "color",
        "size",
        "ratio",
        "key",
        "raw",
        "seen",
        "pair",
        "by_name",
        "parts",
        "rest",
    ]
)
items = st.dictionaries(fields, plain, max_size=8).map(lambda given: {"name": "a", "price": "1", **given})


def pairs_of(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name)}={quote(value, errors='replace')}" for name, value in pairs)


def as_json(data: object) -> bytes:
    try:
        return msgspec.json.encode(data)
    except UnicodeEncodeError:
        return b'{"name":"\\ud800"}'


def as_msgpack(data: object) -> bytes:
    try:
        return msgspec.msgpack.encode(data)
    except UnicodeEncodeError:
        return b"\x81\xa1a\xa1\xff"


@hypothesis.given(
    path=st.sampled_from(["/items/1", "/items/-0", "/filters", "/headers", "/bytes", "/text/a/2026-01-01"])
    | texts.map(quote),
    query=st.lists(st.tuples(names, texts), max_size=6).map(pairs_of),
    header=st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=40),
    name=st.sampled_from(
        ["X-Token", "X-Many", "Cookie", "Range", "If-Match", "If-Range", "Accept", "Origin", "Forwarded"]
    ),
)
def test_values_in_the_head(target: Target, path: str, query: str, header: str, name: str) -> None:
    target_of = quote(path, safe="/%-.~") if path.startswith("/") else f"/text/{path}"
    line = f"GET {target_of}?{query}".encode()
    if len(line) < 8000:
        more = b"%b: %b\r\nConnection: close\r\n" % (name.encode(), header.encode("latin-1"))
        data = request(line, more=more)
        answer = target.send(data, end=False)
        target.check(data, answer)
        assert answer.startswith(b"HTTP/1.1 "), data


@hypothesis.given(
    path=st.sampled_from([b"POST /items", b"PUT /items", b"POST /any", b"POST /form", b"POST /upload"]),
    content=st.one_of(
        st.tuples(st.just("application/json"), st.one_of(items, plain).map(as_json)),
        st.tuples(st.just("application/msgpack"), st.one_of(items, plain).map(as_msgpack)),
        st.tuples(
            st.just("application/x-www-form-urlencoded"),
            st.lists(st.tuples(names, texts), max_size=6).map(lambda pairs: pairs_of(pairs).encode()),
        ),
        st.tuples(
            st.sampled_from(["text/plain", "multipart/form-data; boundary=x", "a/b;c=d"]), st.binary(max_size=100)
        ),
    ),
    accept=st.sampled_from([b"*/*", b"text/html", b"application/msgpack"]),
)
def test_values_in_the_body(target: Target, path: bytes, content: tuple[str, bytes], accept: bytes) -> None:
    more = b"Content-Type: %b\r\nAccept: %b\r\nConnection: close\r\n" % (content[0].encode(), accept)
    data = request(path, content[1], more)
    answer = target.send(data, end=False)
    target.check(data, answer)
    assert answer.startswith(b"HTTP/1.1 "), data


def test_the_memory_stays_flat(target: Target) -> None:
    chance = random.Random(1)
    for _ in range(2000):
        target.send(spoilt(chance))
    before = target.memory
    for _ in range(4000):
        target.send(spoilt(chance))
    assert target.memory - before < 8 * 1024 * 1024


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_many_inputs_over_sockets(tmp_path: Path, part: int) -> None:
    seed = random.randrange(2**32)
    print(f"part {part}: seed {seed}")  # noqa: T201 - shown where it fails
    with served(tmp_path) as target:
        chance, before = random.Random(seed), 0
        for number in range(20_000):
            data = spoilt(chance)
            target.check(data, target.send(data))
            if number == 5_000:
                before = target.memory
        assert target.memory - before < 16 * 1024 * 1024

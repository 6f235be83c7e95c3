"""Whatever comes: an answer or a close each time, never a 500, never an error in the log, and the memory stays flat.

A served application in a process of its own. ``--long`` sends it a million inputs.
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

KEY = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
JSON = (
    b'{"name":"oak","price":"1.5","tags":["a"],"owners":[{"name":"b"}],"when":"2026-01-01T00:00:00Z","rest":{"a":[1]}}'
)
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n'
    b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\nn\r\n--x--\r\n'
)


def request(line: bytes, content: bytes = b"", more: bytes = b"") -> bytes:
    length = b"Content-Length: %d\r\n" % len(content) if content else b""
    return b"%b HTTP/1.1\r\nHost: localhost\r\n%b%b\r\n%b" % (line, more, length, content)


def chunked(line: bytes, *parts: bytes) -> bytes:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return request(line, more=b"Transfer-Encoding: chunked\r\n") + chunks + b"0\r\n\r\n"


SEEDS = [
    request(b"GET /"),
    request(b"GET /items/7?q=a&n=1&price=1.5&ratio=0.5&color=red&tags=1&yes=true&page=2"),
    request(b"GET /items/-1?when=2026-01-01T00:00:00Z&day=2026-01-01&takes=P1D&key=12345678123456781234567812345678"),
    request(b"GET /text/a%20b/2026-01-01/12345678-1234-5678-1234-567812345678/1.5/a/b%2Fc"),
    request(b"GET /headers", more=b"X-Token: 1\r\nX-Many: a, b\r\nCookie: theme=dark; count=3\r\n"),
    request(b"GET /filters?q=a&page=2&tags=1&tags=2&since=2026-01-01"),
    request(b"GET /files/test_fuzz.py", more=b"Range: bytes=0-10,20-30\r\n"),
    request(b"GET /bytes?name=%C3%A9", more=b'Range: bytes=-5\r\nIf-Range: "v1"\r\nIf-None-Match: "v2", W/"v3"\r\n'),
    request(b"HEAD /bytes", more=b"If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT\r\n"),
    request(b"OPTIONS *"),
    request(b"POST /items?verbose=1", JSON, b"Content-Type: application/json\r\nAccept: application/msgpack\r\n"),
    request(b"PUT /items", JSON, b"Content-Type: application/json\r\n"),
    request(
        b"POST /items",
        msgspec.msgpack.encode({"name": "oak", "price": "1.5", "pair": [1, "a"], "rest": {"a": {"b": 1}}}),
        b"Content-Type: application/msgpack\r\n",
    ),
    request(
        b"POST /any",
        msgspec.msgpack.encode({"a": [1.5, None, b"x", {"b": True}]}),
        b"Content-Type: application/msgpack\r\n",
    ),
    request(b"POST /form", b"q=a&page=1&tags=1&tags=2", b"Content-Type: application/x-www-form-urlencoded\r\n"),
    request(b"POST /upload", MULTIPART, b"Content-Type: multipart/form-data; boundary=x\r\n"),
    request(b"POST /ignore", b"ignored", b"Expect: 100-continue\r\n"),
    request(b"POST /count", b"abc", b"Connection: upgrade\r\nUpgrade: h2c\r\n"),
    chunked(b"POST /count", b"hello", b"\r\n\r\n", b"0\r\n\r\n"),
    chunked(b"POST /ignore", b"hello" * 10),
    request(b"GET http://localhost/items/1", more=b"Connection: close\r\n"),
    b"GET / HTTP/1.0\r\n\r\n",
    request(b"GET /echo", more=b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + KEY)
    + b"\x81\x82\0\0\0\0hi\x88\x80\0\0\0\0",
    request(
        b"GET /echo",
        more=b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate\r\n" + KEY,
    )
    + b"\xc1\x83\0\0\0\0\xcaH\xcd\x01\x81\0\0\0\0a\x80\x81\0\0\0\0b",
]
TOKENS = [
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b"\0",
    b" ",
    b"\t",
    b":",
    b";",
    b",",
    b"=",
    b"&",
    b"?",
    b"#",
    b"/",
    b"//",
    b"/../",
    b"%",
    b"%00",
    b"%2e%2e",
    b"%2f",
    b"%ff",
    b"%c3%a9",
    b"\xff",
    b"\x80",
    b'"',
    b"'",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b"null",
    b"true",
    b"-1",
    b"0",
    b"9" * 25,
    b"1e999",
    b"NaN",
    b"-Infinity",
    b"\\ud800",
    b"\\u0000",
    b"2026-02-30",
    b"9999-12-31T23:59:60Z",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Length: 3\r\n",
    b"Host: evil\r\n",
    b"Connection: close\r\n",
    b"Upgrade: websocket\r\n",
    b"Content-Type: text/plain\r\n",
    b"boundary=",
    b"--x\r\n",
    b"--x--\r\n",
    b"filename*=utf-8''%ff",
    b"HTTP/1.1",
    b"HTTP/9.9",
    b"\xdf\xff\xff\xff\xff",
    b"\xdd\xff\xff\xff\xff",
    b"\xc9\xff\xff\xff\xff\x01",
    b"\xd4\x01\x00",
    b"\x91" * 50,
    b"[" * 200,
    b'{"parts":[' * 50,
    b"A" * 300,
    b"a: b\r\n" * 120,
    b"0;a=b\r\n",
    b"FFFFFFFFFFFFFFFF\r\n",
]


def mutated(chance: random.Random) -> bytes:
    """Return one or some good requests, most of them spoilt."""
    data = bytearray(b"".join(chance.choices(SEEDS, k=chance.choice([1, 1, 1, 2, 3]))))
    for _ in range(chance.choice([0, 1, 1, 2, 3, 8])):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[at : at + chance.randrange(1, 12)]
            case 2:
                data[at:at] = chance.choice(TOKENS)
            case 3:
                data[at : at + chance.randrange(1, 6)] = chance.choice(TOKENS)
            case _:
                start = chance.randrange(len(data) + 1)
                data[at:at] = data[start : start + chance.randrange(1, 60)]
    return bytes(data)


@hypothesis.settings(max_examples=60)  # the long run has a million of them
@hypothesis.given(seed=st.integers(0, 2**32))
def test_spoilt_requests(target: Target, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(INPUTS_A_SEED):
        data = mutated(chance)
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
        target.send(mutated(chance))
    before = target.memory
    for _ in range(4000):
        target.send(mutated(chance))
    assert target.memory - before < 8 * 1024 * 1024


@pytest.mark.long
def test_a_million_inputs(tmp_path: Path) -> None:
    with served(tmp_path) as target:
        chance, before = random.Random(), 0
        for number in range(1_000_000):
            data = mutated(chance)
            target.check(data, target.send(data))
            if number == 50_000:
                before = target.memory
        assert target.memory - before < 16 * 1024 * 1024

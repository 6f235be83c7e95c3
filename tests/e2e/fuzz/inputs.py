"""What is sent: good requests, spoilt ones, and good ones with values that nobody expects."""

from __future__ import annotations

import random
from urllib.parse import quote

import msgspec

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


def spoilt(chance: random.Random) -> bytes:
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


# ---- values

NAMES = [
    "q", "n", "price", "ratio", "when", "day", "takes", "color", "tags", "key", "yes", "page", "size", "since", "name",
    "verbose", "file", "more", "note", "x", "owners", "at", "raw", "seen", "pair", "by_name", "parts", "rest",
]  # fmt: skip
TEXTS = [
    "true", "no", "red", "", "1_0", "+1", "\u0663", "1e400", "9" * 5000, "\0", "P1Y", "sNaN", "24:00", "2026-01-01",
    "-0", "2026-01-01T00:00:00Z", "12345678-1234-5678-1234-567812345678", "0x10", "1.5", "\U0001f332", "a" * 300,
    "NaN", "[]",
]  # fmt: skip
PATHS = ["/items/{}", "/filters", "/headers", "/bytes", "/text/{}/{}/{}/{}/{}", "/files/{}", "/"]
FIELDS = [
    "X-Token",
    "X-Many",
    "Cookie",
    "Range",
    "If-Match",
    "If-Range",
    "Accept",
    "Origin",
    "Forwarded",
    "If-None-Match",
]
BODIES = ["POST /items", "PUT /items", "POST /any", "POST /form", "POST /upload", "POST /count", "POST /ignore"]


def text(chance: random.Random) -> str:
    if chance.random() < 0.7:
        return chance.choice(TEXTS)
    return "".join(
        chr(chance.choice((chance.randrange(128), chance.randrange(0xD800)))) for _ in range(chance.randrange(12))
    )


def plain(chance: random.Random, depth: int = 0) -> object:
    kind = chance.randrange(9 if depth < 4 else 6)
    if kind == 0:
        return chance.choice((None, True, False))
    if kind == 1:
        return chance.choice((chance.randrange(-(2**63), 2**64), chance.randrange(-3, 4)))
    if kind == 2:
        return chance.choice((chance.uniform(-1e9, 1e9), 5e-324, 1e308, float("inf")))
    if kind < 6:
        return text(chance)
    count = chance.randrange(4)
    if kind == 6:
        return [plain(chance, depth + 1) for _ in range(count)]
    return {chance.choice((chance.choice(NAMES), text(chance))): plain(chance, depth + 1) for _ in range(count)}


def pairs(chance: random.Random) -> str:
    return "&".join(f"{chance.choice(NAMES)}={quote(text(chance)[:500])}" for _ in range(chance.randrange(7)))


def valued(chance: random.Random) -> bytes:
    """Return a request that is well-formed, with values that may not be."""
    if chance.random() < 0.4:
        path = chance.choice(PATHS)
        path = path.format(*(quote(text(chance)[:200], safe="") for _ in range(path.count("{"))))
        value = text(chance)[:200].encode("ascii", "replace").translate(None, bytes(range(32)))
        head = b"%b: %b\r\n" % (chance.choice(FIELDS).encode(), value)
        return request(f"GET {path}?{pairs(chance)}".encode(), more=head)
    data = plain(chance)
    if chance.random() < 0.7:
        data = {
            "name": "a",
            "price": "1",
            **{chance.choice(NAMES): plain(chance, 1) for _ in range(chance.randrange(6))},
        }
    kind, content = chance.choice(
        [
            (b"application/json", msgspec.json.encode(data)),
            (b"application/msgpack", msgspec.msgpack.encode(data)),
            (b"application/x-www-form-urlencoded", pairs(chance).encode()),
            (b"multipart/form-data; boundary=x", MULTIPART.replace(b"hello", text(chance).encode())),
        ]
    )
    accept = chance.choice((b"*/*", b"text/html", b"application/msgpack"))
    return request(chance.choice(BODIES).encode(), content, b"Content-Type: %b\r\nAccept: %b\r\n" % (kind, accept))

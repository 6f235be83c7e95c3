from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any

import pytest
from backports import zstd

from rooftree.app.middleware import Compression, CompressionOptions, codecs
from rooftree.base import SettingsError
from rooftree.http import Event, EventStream, File, Request, Response, Stream
from tests.unit.http.making import content_of, make_request

brotli: Any = import_module("brotli")
TEXT = b"the same words again and again, " * 200
BIG = os.urandom(1000).hex().encode() * 300


def unpack(name: str | None, content: bytes) -> bytes:
    match name:
        case "zstd":
            return zstd.ZstdDecompressor().decompress(content)
        case "br":
            made: bytes = brotli.decompress(content)
            return made
        case "gzip":
            return gzip.decompress(content)
        case _:
            return content


async def ask(response: Response, accept: str | None = "gzip", method: str = "GET", **options: Any) -> Response:
    async def handler(_: Request) -> Response:
        return response

    headers = [] if accept is None else [(b"accept-encoding", accept.encode())]
    request = make_request(method, headers=headers)
    return await Compression(CompressionOptions(**options))(request, handler)


def text(body: Any = TEXT, status: int = 200, media_type: str | None = "text/plain", **headers: str) -> Response:
    return Response(body, status, media_type, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br;q=0.5", "gzip"),
        ("*", "zstd"),
        ("gzip;q=0", None),
    ],
)
@pytest.mark.parametrize("body", [TEXT, TEXT.decode(), BIG])
async def test_the_client_chooses(accept: str | None, name: str | None, body: bytes | str) -> None:
    answer = await ask(text(body), accept)
    assert answer.headers.get("content-encoding") == name
    assert answer.headers["vary"] == "Accept-Encoding"
    content = await content_of(answer)
    whole = body.encode() if isinstance(body, str) else body
    assert unpack(name, content) == whole
    assert (len(content) < len(whole)) is (name is not None)


@pytest.mark.parametrize("name", ["zstd", "br", "gzip"])
async def test_streams_can_be_read_part_by_part(name: str) -> None:
    sent: list[bytes] = [b"first ", b"", b"second ", os.urandom(150_000).hex().encode()]

    async def parts() -> AsyncIterator[bytes]:
        for part in sent:
            yield part

    answer = await ask(text(parts()), name)
    assert answer.headers["content-encoding"] == name
    assert answer.length is None
    decoder: Any = {
        "zstd": zstd.ZstdDecompressor,
        "br": brotli.Decompressor,
        "gzip": lambda: zlib.decompressobj(31),
    }[name]()

    def decode(part: bytes) -> bytes:
        if name != "br":
            unpacked: bytes = decoder.decompress(part)
            return unpacked
        pieces = [decoder.process(part)]
        while pieces[-1]:  # brotli's gives so much at a time
            pieces.append(decoder.process(b""))
        return b"".join(pieces)

    assert not isinstance(answer.body, bytes | str)
    seen = [decode(part) async for part in answer.body]
    assert seen == [b"first ", b"second ", sent[3], b""]
    with pytest.raises(StopAsyncIteration):
        await anext(aiter(answer.body))


async def test_events_are_compressed_one_by_one() -> None:
    async def events() -> AsyncIterator[Event[str]]:
        yield Event(data="a")

    answer = await ask(EventStream(events()), "gzip")
    assert (answer.media_type, answer.headers["content-encoding"]) == ("text/event-stream", "gzip")
    assert gzip.decompress(await content_of(answer)) == b":\n\ndata: a\n\n"


async def test_a_stream_is_ended() -> None:
    ended: list[str] = []

    async def parts() -> AsyncIterator[bytes]:
        try:
            yield b"a"
            yield b"b"
        finally:
            ended.append("ended")

    answer = await ask(text(parts()))
    assert not isinstance(answer.body, bytes | str)
    await anext(aiter(answer.body))
    await answer.aclose()
    assert ended == ["ended"]

    class Plain:
        def __aiter__(self) -> AsyncIterator[bytes]:
            return parts()

    answer = await ask(text(Plain()))
    await answer.aclose()


@pytest.mark.parametrize(
    "response",
    [
        text(b"short"),
        text("short"),
        text(media_type="image/png"),
        text(media_type="application/zip"),
        text(media_type="application/octet-stream"),
        text(b"", 204, None),
        text(status=206, content_range="bytes 0-1/9"),
        text(content_range="bytes 0-1/9"),
        text(content_encoding="br"),
        text(cache_control="public, No-Transform"),
        text(media_type=None),
        text(status=101),
    ],
)
async def test_what_is_left_as_it_is(response: Response) -> None:
    body = response.body
    answer = await ask(response, "gzip")
    assert answer.body is body
    assert "vary" not in answer.headers
    assert answer.headers.get("content-encoding") in {None, "br"}


@pytest.mark.parametrize(
    "media_type",
    [
        "text/html; charset=utf-8",
        "Application/JSON",
        "application/problem+json",
        "application/vnd.api+json",
        "image/svg+xml",
        "application/x-own",
    ],
)
async def test_types_that_are_worth_it(media_type: str) -> None:
    answer = await ask(text(media_type=media_type, x_a="1"), media_types=["application/x-own"])
    assert answer.headers["content-encoding"] == "gzip"


async def test_an_entity_tag_becomes_weak() -> None:
    answer = await ask(text(etag='"v1"', accept_ranges="bytes"))
    assert answer.headers["etag"] == 'W/"v1"'
    assert "accept-ranges" not in answer.headers
    assert (await ask(text(etag='"v1"'), None)).headers["etag"] == '"v1"'


async def test_an_answer_that_the_client_has_varies_too() -> None:
    answer = await ask(text(b"", 304, None, etag='"v1"'))
    assert (answer.headers["vary"], answer.headers["etag"]) == ("Accept-Encoding", '"v1"')


async def test_head_has_the_headers_of_get() -> None:
    got, head = await ask(text()), await ask(text(), method="HEAD")
    assert got.headers.pairs == head.headers.pairs
    assert got.body == head.body  # the server leaves it out and keeps its length
    stream = Stream([TEXT], "text/plain", length=len(TEXT))
    source = stream.body
    answer = await ask(stream, method="HEAD")
    assert (answer.headers["content-encoding"], answer.length, answer.body) == ("gzip", None, source)


async def test_a_file_is_compressed_unless_a_part_is_asked_for() -> None:
    async def answer_to(headers: list[tuple[bytes, bytes]]) -> Response:
        request = make_request(headers=[(b"accept-encoding", b"gzip"), *headers])
        made = await File(TEXT, media_type="text/plain", etag="v1").respond(request)

        async def handler(_: Request) -> Response:
            return made

        return await Compression()(request, handler)

    whole = await answer_to([])
    assert gzip.decompress(await content_of(whole)) == TEXT
    part = await answer_to([(b"range", b"bytes=0-1999")])
    assert (part.status, await content_of(part), "content-encoding" in part.headers) == (206, TEXT[:2000], False)


async def test_a_stream_of_known_size_may_be_too_small() -> None:
    stream = Stream([b"x"], "text/plain", length=1)
    assert "content-encoding" not in (await ask(stream)).headers


async def test_the_order_of_offers() -> None:
    answer = await ask(text(), "gzip, br, zstd", encodings=["br", "gzip"])
    assert answer.headers["content-encoding"] == "br"


def test_an_encoding_that_does_not_exist() -> None:
    wrong: Any = ["deflate"]
    with pytest.raises(SettingsError) as caught:
        Compression(CompressionOptions(encodings=wrong))
    assert str(caught.value) == (
        "[S341] 'deflate' is no encoding that answers can be compressed with. Choose from 'zstd', 'br', 'gzip'."
    )


async def test_an_encoding_whose_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def only_standard(name: str) -> Any:
        if name in {"brotli", "brotlicffi", "backports.zstd", "compression.zstd"}:
            raise ImportError(name)
        return import_module(name)

    monkeypatch.setattr(codecs, "import_module", only_standard)
    with pytest.raises(SettingsError) as caught:
        Compression(CompressionOptions(encodings=["zstd", "gzip"]))
    assert str(caught.value) == (
        "[S342] The encoding 'zstd' needs a package that is not installed. Run: pip install 'rooftree[compress]'"
    )
    assert list(codecs.available_codecs()) == ["gzip"]
    assert (await ask(text(), "gzip, br, zstd")).headers["content-encoding"] == "gzip"

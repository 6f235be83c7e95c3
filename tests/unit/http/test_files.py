from __future__ import annotations

import asyncio
import gc
import io
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.base import HTTPError, NotFound
from rooftree.http import File, Response, content_disposition, http_date, safe_join
from rooftree.http.sources import BytesSource, DiskSource, FileBody
from tests.unit.http.making import content_of, make_request

BIG = bytes(range(256)) * 4096  # 1 MiB: read on a thread, in pieces


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.txt"
    path.write_bytes(b"0123456789")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    return path


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "big.bin"
    path.write_bytes(BIG)
    return path


async def get(file: File, method: str = "GET", **headers: str) -> Response:
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return await file.respond(make_request(method, headers=raw))


def descriptors() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count is all that is wanted


async def test_a_small_file(small: Path) -> None:
    answer = await get(File(small))
    assert (answer.status, answer.media_type, answer.body) == (200, "text/plain; charset=utf-8", b"0123456789")
    assert dict(answer.headers.pairs) == {
        b"accept-ranges": b"bytes",
        b"etag": b'"de0b6b3a7640000-a"',
        b"last-modified": http_date(1_000_000_000).encode(),
    }


@pytest.mark.both_loops
async def test_a_large_file_is_read_in_pieces(big: Path) -> None:
    before = descriptors()
    answer = await get(File(str(big)))
    assert (answer.status, answer.length) == (200, len(BIG))
    assert isinstance(answer.body, FileBody)
    parts = [part async for part in answer.body]
    assert b"".join(parts) == BIG
    assert max(map(len, parts)) <= 256 * 1024
    await answer.aclose()
    assert descriptors() == before


async def test_a_body_that_is_never_sent_leaves_nothing_open(big: Path) -> None:
    before = descriptors()
    answer = await get(File(big))
    del answer
    assert descriptors() == before
    half = await get(File(big))
    assert not isinstance(half.body, bytes | str)
    await anext(aiter(half.body))
    await half.aclose()
    await half.aclose()
    assert descriptors() == before


async def test_head_reads_nothing(small: Path, big: Path) -> None:
    before = descriptors()
    for path, size in ((small, 10), (big, len(BIG))):
        answer = await get(File(path), "HEAD", range="bytes=0-1")
        assert (answer.status, answer.length, await content_of(answer)) == (200, size, b"")
    assert descriptors() == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_a_file_may_be_answered_many_times(small: Path, method: str) -> None:
    file = File(small, headers={"x-a": "1"})
    file.set_cookie("a", "1")
    assert (await get(file, range="bytes=0-1")).status == 206
    answer = await get(file, method)
    assert answer.status == 200
    assert answer.headers["x-a"] == "1"
    assert "set-cookie" in answer.headers
    assert file.own_headers is not None
    assert [name for name, _ in file.own_headers] == [b"x-a", b"set-cookie"]


@pytest.mark.parametrize(
    ("header", "status", "body", "content_range"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=0-", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=5-3", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
    ],
)
async def test_one_range(small: Path, header: str, status: int, body: bytes, content_range: str | None) -> None:
    for source in (small, b"0123456789", io.BytesIO(b"0123456789")):
        answer = await get(File(source), range=header)
        assert (answer.status, await content_of(answer)) == (status, body)
        assert answer.headers.get("content-range") == content_range


async def test_a_range_of_a_large_file(big: Path) -> None:
    answer = await get(File(big), range="bytes=1000-700000")
    assert (answer.status, answer.length) == (206, 699_001)
    assert await content_of(answer) == BIG[1000:700_001]


@pytest.mark.parametrize("wide", [False, True])
async def test_several_ranges(small: Path, big: Path, wide: bool) -> None:
    spans = [(0, 300_000), (400_000, 400_010)] if wide else [(0, 2), (5, 8)]
    whole = BIG if wide else b"0123456789"
    header = "bytes=" + ", ".join(f"{first}-{last - 1}" for first, last in spans)
    answer = await get(File(big if wide else small), range=header)
    assert answer.status == 206
    assert "content-range" not in answer.headers
    found = re.fullmatch(r"multipart/byteranges; boundary=([0-9a-f]{24})", answer.media_type or "")
    assert found
    body = await content_of(answer)
    assert answer.length in {None, len(body)}
    _, *parts, end = body.split(b"\r\n--" + found[1].encode())
    assert end == b"--\r\n"
    kind = "application/octet-stream" if wide else "text/plain; charset=utf-8"
    for part, (first, last) in zip(parts, spans, strict=True):
        head, _, content = part.partition(b"\r\n\r\n")
        assert head.decode() == f"\r\ncontent-type: {kind}\r\ncontent-range: bytes {first}-{last - 1}/{len(whole)}"
        assert content == whole[first:last]


async def test_a_range_beyond_the_end(small: Path) -> None:
    before = descriptors()
    with pytest.raises(HTTPError) as caught:
        await get(File(small), range="bytes=10-")
    assert (caught.value.status, caught.value.headers) == (416, {"content-range": "bytes */10"})
    assert caught.value.detail == "There are 10 bytes; the range lies beyond them."
    assert descriptors() == before


async def test_conditions(small: Path) -> None:
    etag = (await get(File(small))).headers["etag"]
    assert (await get(File(small), if_none_match=etag)).status == 304
    assert (await get(File(small), "HEAD", if_none_match=etag)).status == 304
    assert (await get(File(small), if_modified_since=http_date(1_000_000_000))).status == 304
    assert (await get(File(small), if_none_match='"x"', range="bytes=0-1")).status == 206
    assert (await get(File(small), if_none_match=etag, range="bytes=0-1")).status == 304
    with pytest.raises(HTTPError) as caught:
        await get(File(small), if_match='"x"')
    assert caught.value.status == 412
    assert (await get(File(small), range="bytes=0-1", if_range=etag)).status == 206
    assert (await get(File(small), range="bytes=0-1", if_range='"x"')).status == 200
    assert (await get(File(small), range="bytes=0-1", if_range=http_date(1_000_000_000))).status == 206


async def test_validators_of_ones_own(small: Path) -> None:
    answer = await get(File(small, etag="v1", last_modified=datetime(2030, 1, 1, tzinfo=UTC)))
    assert (answer.headers["etag"], answer.headers["last-modified"]) == ('"v1"', "Tue, 01 Jan 2030 00:00:00 GMT")
    answer = await get(File(b"x", etag='W/"v1"', last_modified=5.5), if_none_match='"v1"')
    assert answer.status == 304
    assert "etag" not in (await get(File(b"x"))).headers


async def test_an_answer_that_is_no_success_is_sent_whole(small: Path) -> None:
    file = File(small)
    file.status = 404
    answer = await get(file, range="bytes=0-1", if_none_match="*")
    assert (answer.status, answer.body) == (404, b"0123456789")


async def test_what_is_no_file_is_not_found(tmp_path: Path, small: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    missing = [tmp_path, tmp_path / "pipe", tmp_path / "loop", tmp_path / "none", small / "x", tmp_path / ("a" * 300)]
    before = descriptors()
    for path in [*map(str, missing), "/dev/null", "a\0b", ""]:
        with pytest.raises(NotFound):
            await get(File(path))
    assert descriptors() == before


async def test_other_failures_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(OSError, match="Input/output error"):
        await get(File("x"))


async def test_a_file_that_becomes_shorter_breaks_off(big: Path) -> None:
    answer = await get(File(big))
    assert isinstance(answer.body, FileBody)
    await anext(answer.body)
    os.truncate(big, 300_000)
    await anext(answer.body)
    with pytest.raises(OSError, match=r"The file became shorter while it was sent\."):
        await anext(answer.body)
    await answer.aclose()


async def test_file_objects(big: Path) -> None:
    with big.open("rb") as source:
        answer = await get(File(source, filename="x.bin"))
        assert answer.length == len(BIG)
        assert await content_of(answer) == BIG
        assert source.closed
    memory = io.BytesIO(b"0123456789")
    assert (await get(File(memory), "HEAD")).length == 10
    assert memory.closed


async def test_a_file_object_that_cannot_seek() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"from a pipe")
    os.close(writer)
    source: IO[bytes] = open(reader, "rb")  # noqa: SIM115, ASYNC230 - closed by the answer
    answer = await get(File(source, media_type="text/plain"), range="bytes=0-1")
    assert (answer.status, answer.media_type, answer.length) == (200, "text/plain", None)
    assert "accept-ranges" not in answer.headers
    assert await content_of(answer) == b"from a pipe"
    assert source.closed


async def test_content_in_memory_is_sent_as_it_is() -> None:
    answer = await get(File(BIG, filename="x.bin"))
    assert answer.body == BIG
    answer = await get(File(b""))
    assert answer.body == b""
    with pytest.raises(HTTPError):
        await get(File(b""), range="bytes=0-")


@pytest.mark.parametrize(
    ("disposition", "filename", "value"),
    [
        (None, None, None),
        ("inline", None, 'inline; filename="small.txt"'),
        ("attachment", None, 'attachment; filename="small.txt"'),
        (None, "report.pdf", 'attachment; filename="report.pdf"'),
        ("inline", "report.pdf", 'inline; filename="report.pdf"'),
        (None, "größe €.pdf", "attachment; filename=\"gr__e _.pdf\"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%E2%82%AC.pdf"),
        (None, 'a"b\\c.txt', "attachment; filename=\"a_b_c.txt\"; filename*=UTF-8''a%22b_c.txt"),
        (None, "100%.txt", "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
        (None, "a\r\nb", "attachment; filename=\"a__b\"; filename*=UTF-8''a%0D%0Ab"),
        (None, "", "attachment"),
    ],
)
async def test_names(
    small: Path, disposition: Literal["inline", "attachment"] | None, filename: str | None, value: str | None
) -> None:
    answer = await get(File(small, filename=filename, disposition=disposition))
    assert answer.headers.get("content-disposition") == value


@given(st.text())
def test_no_name_breaks_out(name: str) -> None:
    value = content_disposition("attachment", name)
    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') in {0, 2}


@pytest.mark.parametrize("name", ["a.txt", "a/b.txt", "a/..b", "...", "ü/x y.txt", ".hidden"])
def test_names_within_a_root(name: str) -> None:
    assert safe_join("/srv/files", name) == f"/srv/files/{name}"
    assert safe_join(Path("/srv/files"), name) == f"/srv/files/{name}"


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x",
        "a/../../x",
        "a/./b",
        "/etc/passwd",
        "//etc/passwd",
        "a//b",
        "a/",
        "..\\x",
        "a\\b",
        "C:/x",
        "a.txt::$DATA",
        "a\0.txt",
        "a\n",
        "\u202ea",
    ],
)
def test_names_that_lead_elsewhere(name: str) -> None:
    with pytest.raises(NotFound):
        safe_join("/srv/files", name)


@given(st.text("./\\ab:\0%"))
def test_a_joined_name_lies_within(name: str) -> None:
    try:
        path = safe_join("/srv/files", name)
    except NotFound:
        return
    assert os.path.normpath(path).startswith("/srv/files/")  # noqa: PTH201, RUF100
    assert os.path.normpath(path) == path


async def test_reading_leaves_the_loop_free(big: Path) -> None:
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    answer = await get(File(big))
    await content_of(answer)
    turning.cancel()
    assert turns > 3


async def test_empty_spans_have_nothing_but_their_heads() -> None:
    body = FileBody(BytesSource(b"abc"), [(b"<", (0, 0)), (b">", (1, 1))], b"!")
    assert [part async for part in body] == [b"<>!"]
    assert [part async for part in body] == []


def test_a_source_is_closed_once(small: Path) -> None:
    source = DiskSource(str(small))
    assert source.read(2, 3) == b"234"
    source.close()
    source.close()

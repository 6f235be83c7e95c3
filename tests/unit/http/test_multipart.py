from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Iterable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.base import ClientDisconnected, PayloadTooLarge, RequestInvalid
from rooftree.http import FormData, FormLimits, Request
from rooftree.http.multipart import boundary_of
from tests.unit.http.making import Arriving, make_request

BOUNDARY = b"----WebKitFormBoundaryXyZ"
Parts = Iterable[tuple[bytes, bytes]]


def field(name: bytes, content: bytes = b"") -> tuple[bytes, bytes]:
    return b'Content-Disposition: form-data; name="' + name + b'"', content


def file(name: bytes, filename: bytes, content: bytes = b"", kind: bytes = b"image/png") -> tuple[bytes, bytes]:
    head = b'Content-Disposition: form-data; name="%b"; filename="%b"\r\nContent-Type: %b' % (name, filename, kind)
    return head, content


def encode(parts: Parts, boundary: bytes = BOUNDARY) -> bytes:
    made = [b"--" + boundary + b"\r\n" + head + b"\r\n\r\n" + content + b"\r\n" for head, content in parts]
    return b"".join([*made, b"--", boundary, b"--\r\n"])


def request_of(
    body: bytes | Iterable[bytes], *, kind: bytes = b"multipart/form-data; boundary=" + BOUNDARY, **options: Any
) -> Request:
    headers = [(b"content-type", kind)]
    if isinstance(body, bytes):
        return make_request("POST", headers=headers, content=body, **options)
    return make_request("POST", headers=headers, arriving=Arriving(body), **options)


async def refused(body: bytes, limits: FormLimits | None = None, status: int = 400) -> str:
    """Read the form whole and in pieces of one byte; return the text of the one error."""
    messages: set[str] = set()
    for source in (body, [body[i : i + 1] for i in range(len(body))]):
        with pytest.raises(RequestInvalid) as caught:
            await request_of(source).form(limits or FormLimits())
        assert caught.value.status == status
        (error,) = caught.value.errors
        assert error.where == "form"
        messages.add(".".join([*map(str, error.path), error.code]) + ": " + error.message)
    assert len({message.partition(" at ")[0] for message in messages}) == 1
    return messages.pop()


async def test_fields_and_files() -> None:
    parts = [
        field(b"title", "Grüße".encode()),
        field(b"tags", b"a"),
        field(b"tags", b"b"),
        field(b"empty"),
        file(b"photo", b"cat.png", b"\x89PNG\r\n--not a boundary\r\n"),
        file(b"more", b"1.txt", b"1", b"Text/Plain; charset=utf-8"),
        file(b"more", b"2.txt", b"2", b"text/plain"),
    ]
    request = request_of(encode(parts))
    form = await request.form()
    assert form.fields == {"title": ["Grüße"], "tags": ["a", "b"], "empty": [""]}
    assert form.get("tags") == "a"
    assert form.get("missing") is None
    assert form.get("missing", "x") == "x"
    photo = form.file("photo")
    assert photo is not None
    assert (photo.filename, photo.content_type, photo.size) == ("cat.png", "image/png", 24)
    assert await photo.read() == b"\x89PNG\r\n--not a boundary\r\n"
    assert [(upload.filename, upload.content_type) for upload in form.files["more"]] == [
        ("1.txt", "text/plain"),
        ("2.txt", "text/plain"),
    ]
    assert form.file("missing") is None
    assert repr(form).startswith("FormData(fields=['title', 'tags', 'empty'], files={'photo': [<Upload 'cat.png'")
    await request.aclose()
    assert photo.file.closed
    assert form.files["more"][1].file.closed


@pytest.mark.parametrize("size", [1, 2, 3, 7, 29, 64, 1000])
async def test_pieces_of_any_size(size: int) -> None:
    content = b"\r\n--" + BOUNDARY[:-1] + b"\r\n" + os.urandom(200) + b"\r\n-"
    body = encode([field(b"a", b"1"), file(b"f", b"x.bin", content), field(b"b", b"")])
    form = await request_of([body[i : i + size] for i in range(0, len(body), size)]).form()
    assert form.fields == {"a": ["1"], "b": [""]}
    upload = form.file("f")
    assert upload is not None
    assert await upload.read() == content


async def test_an_empty_form() -> None:
    form = await request_of(b"--" + BOUNDARY + b"--\r\n").form()
    assert (form.fields, form.files) == ({}, {})


async def test_what_httpx_sends_is_read() -> None:
    sent = httpx.Request(
        "POST", "http://example.org", data={"a b": ["1", "ü"]}, files={"f": ('n"m\r\n.txt', b"content", "text/plain")}
    )
    form = await request_of(sent.read(), kind=sent.headers["content-type"].encode()).form()
    assert form.fields == {"a b": ["1", "ü"]}
    upload = form.file("f")
    assert upload is not None
    assert (upload.raw_filename, upload.filename) == ('n"m\r\n.txt', "n_m__.txt")


async def test_a_file_input_that_was_left_empty_is_no_file() -> None:
    form = await request_of(encode([file(b"f", b"")])).form()
    assert (form.fields, form.files) == ({}, {})
    form = await request_of(encode([file(b"f", b"a.txt", b"1"), file(b"f", b"")])).form()
    assert [upload.filename for upload in form.files["f"]] == ["a.txt"]
    form = await request_of(encode([file(b"f", b"", b"content")])).form()
    assert [upload.size for upload in form.files["f"]] == [7]


@pytest.mark.parametrize(
    ("parameters", "filename"),
    [
        (b'filename="a.txt"', "a.txt"),
        (b"filename=a.txt", "a.txt"),
        (b'FileName = "a.txt"', "a.txt"),
        ('filename="ü.txt"'.encode(), "ü.txt"),
        (b'filename="a%22b.txt"', 'a"b.txt'),
        (b'filename="a\\"b.txt"', 'a"b.txt'),
        (b'filename="C:\\dir\\a.txt"', "C:\\dir\\a.txt"),
        (b'filename="a%41.txt"', "a%41.txt"),  # only what browsers encode is decoded
        (b'filename="a;b.txt"', "a;b.txt"),
        (b"filename*=UTF-8''%e2%82%ac.txt", "€.txt"),
        (b"filename*=iso-8859-1'de'%fc.txt", "ü.txt"),
        (b"filename=\"safe.png\"; filename*=UTF-8''evil.php", "safe.png"),  # as whatever checked it on the way read it
    ],
)
async def test_names_of_files(parameters: bytes, filename: str) -> None:
    body = encode([(b'Content-Disposition: form-data; name="f"; ' + parameters, b"x")])
    upload = (await request_of(body).form()).file("f")
    assert upload is not None
    assert upload.raw_filename == filename


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (b"X-A: 1", "multipart: Expected Content-Disposition: form-data with a name in each part"),
        (
            b'Content-Disposition: attachment; name="a"',
            "multipart: Expected Content-Disposition: form-data with a name in each part",
        ),
        (
            b"Content-Disposition: form-data",
            "multipart: Expected Content-Disposition: form-data with a name in each part",
        ),
        (
            b'Content-Disposition: form-data; name="a"; name="b"',
            "multipart: Expected a Content-Disposition that can be read: name is there twice",
        ),
        (
            b'Content-Disposition: form-data; name="a',
            "multipart: Expected a Content-Disposition that can be read: no parameter at 9",
        ),
        (
            b'Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="b"',
            "multipart: Expected one header 'content-disposition' in a part, got two",
        ),
        (
            b'Content-Disposition: form-data; name="a\0"',
            "multipart: Expected no control character in the header 'content-disposition' of a part",
        ),
        (b'Content-Disposition: form-data; name="a%0D%0A"', "multipart: Expected a name without control characters"),
        (
            b'Content-Disposition: form-data; name="\xff"',
            "utf8: Expected UTF-8 text in the header 'content-disposition' of a part",
        ),
        (  # could be read in two ways
            b'Content-Disposition: form-data; name="a\\"; filename="b"',
            "multipart: Expected a Content-Disposition that can be read: no parameter at 32",
        ),
        (
            b"Content-Disposition: form-data; name=a; filename*=UTF-8''%ff",
            "multipart: Expected filename* to be percent-encoded UTF-8 or ISO-8859-1",
        ),
        (
            b"Content-Disposition: form-data; name=a; filename*=utf-7''x",
            "multipart: Expected filename* to be percent-encoded UTF-8 or ISO-8859-1",
        ),
        (
            b"Content-Disposition: form-data; name=a\r\nContent-Type: multipart/mixed; boundary=x",
            "a.multipart: Expected no multipart body within a part",
        ),
        (
            b"Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64",
            "a.multipart: Expected no Content-Transfer-Encoding, got 'base64'",
        ),
    ],
)
async def test_parts_that_are_refused(head: bytes, message: str) -> None:
    assert await refused(encode([(head, b"x")])) == message


async def test_harmless_headers_of_parts() -> None:
    head = b"Content-Disposition: form-data; name=a ;\r\nContent-Transfer-Encoding: 8BIT\r\nX-A:  b\t"
    form = await request_of(encode([(head, b"x")])).form()
    assert form.fields == {"a": ["x"]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--",
        b"--" + BOUNDARY,
        b"--" + BOUNDARY + b"\r\n",
        encode([field(b"a", b"1")])[:-6],
        encode([field(b"a", b"1")])[:60],
        b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"x" * 1000,
    ],
)
async def test_a_body_that_ends_too_early(body: bytes) -> None:
    assert await refused(body) == "multipart: Expected the closing boundary, got the end of the body"


@pytest.mark.parametrize(
    "body",
    [
        b"rubbish",
        b"--other\r\n\r\n",
        b"--" + BOUNDARY + b"\n",
        b"--" + BOUNDARY + b"\r\nno colon\r\n\r\n",
        b"--" + BOUNDARY + b"\r\n: x\r\n\r\n",
        b"--" + BOUNDARY + b"\r\nA b: x\r\n\r\n",
        b"--" + BOUNDARY + b"\r\nA: x\rb\r\n\r\n",
    ],
)
async def test_a_body_that_breaks_the_format(body: bytes) -> None:
    assert (await refused(body)).startswith("multipart: Expected multipart/form-data: ")


@pytest.mark.parametrize(
    "kind",
    [
        b"multipart/form-data",
        b"multipart/form-data; boundary=",
        b'multipart/form-data; boundary=""',
        b"multipart/form-data; boundary=" + b"x" * 71,
        b'multipart/form-data; boundary="ends with a blank "',
        b'multipart/form-data; boundary="a\x01b"',
        b'multipart/form-data; boundary="\xfc"',
        b"multipart/form-data; boundary=a; boundary=b",
        b"multipart/form-data; boundary=a b",
        b"multipart/form-data; boundary=a, multipart/form-data; boundary=b",
    ],
)
async def test_a_boundary_that_cannot_be_used(kind: bytes) -> None:
    with pytest.raises(RequestInvalid) as caught:
        await request_of(b"--a--\r\n", kind=kind).form()
    assert caught.value.status == 400
    assert caught.value.errors[0].message == "Expected a boundary of 1 to 70 characters in Content-Type"


def test_boundaries() -> None:
    assert boundary_of("multipart/form-data; charset=x; Boundary=abc") == b"abc"
    assert boundary_of('multipart/form-data; boundary="a b:c"') == b"a b:c"
    with pytest.raises(RequestInvalid):
        boundary_of('multipart/form-data; boundary="€"')


async def test_limits() -> None:
    limits = FormLimits(max_parts=3, max_files=1, max_headers=2, max_header_size=100, max_field_size=5, max_file_size=5)
    parts = [field(b"a", b"12345"), file(b"f", b"x", b"12345"), field(b"b")]
    assert (await request_of(encode(parts)).form(limits)).fields == {"a": ["12345"], "b": [""]}
    assert await refused(encode([*parts, field(b"c")]), limits) == "too_many: Expected at most 3 parts"
    assert await refused(encode([parts[1], parts[1]]), limits) == "too_many: Expected at most 1 files"
    assert await refused(encode([field(b"a", b"123456")]), limits, 413) == "a.too_large: Expected at most 5 bytes"
    assert await refused(encode([file(b"f", b"x", b"123456")]), limits, 413) == "f.too_large: Expected at most 5 bytes"
    many = (field(b"a")[0] + b"\r\nX-A: 1\r\nX-B: 1", b"")
    assert "Maximum header count exceeded" in await refused(encode([many]), limits)
    assert "Maximum header size exceeded" in await refused(encode([field(b"a" * 100)]), limits)


async def test_the_whole_body_is_bounded() -> None:
    body = encode([file(b"f", b"x", b"y" * 100_000)])
    for source in (body, [body[i : i + 1000] for i in range(0, len(body), 1000)]):
        with pytest.raises(PayloadTooLarge):
            await request_of(source, max_body=50_000).form()


async def test_text_that_is_no_text() -> None:
    assert await refused(encode([field(b"a", b"\xff")])) == "a.utf8: Expected UTF-8 text"


async def test_files_share_their_memory() -> None:
    body = encode([file(b"f", b"1", b"x" * 600), file(b"f", b"2", b"y" * 600), file(b"f", b"3", b"z" * 300)])
    request = request_of(body)
    form = await request.form(FormLimits(memory=1000))
    assert [upload.in_memory for upload in form.files["f"]] == [True, False, True]
    assert [await upload.read(2) for upload in form.files["f"]] == [b"xx", b"yy", b"zz"]
    await request.aclose()


def open_files() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count is all that is wanted


async def test_nothing_stays_open_after_a_failure() -> None:
    before = open_files()
    limits = FormLimits(memory=0)
    body = encode([file(b"f", b"1", b"x" * 1000), field(b"a", b"\xff")])
    with pytest.raises(RequestInvalid):
        await request_of(body).form(limits)
    cut = make_request(
        "POST",
        headers=[(b"content-type", b"multipart/form-data; boundary=" + BOUNDARY)],
        arriving=Arriving([body[:500]], cut=True),
    )
    with pytest.raises(ClientDisconnected):
        await cut.form(limits)
    assert open_files() == before


async def test_nothing_stays_open_when_the_request_is_cancelled() -> None:
    before = open_files()
    body = encode([file(b"f", b"1", b"x" * 5000)])

    class Slow:
        def __init__(self) -> None:
            self.parts = iter([body[:3000]])

        async def receive(self) -> bytes:
            if part := next(self.parts, b""):
                return part
            await asyncio.sleep(60)
            return b""

    request = request_of([])
    request.source = Slow()
    reading = asyncio.create_task(request.form(FormLimits(memory=0)))
    await asyncio.sleep(0.05)
    assert open_files() == before + 1
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert open_files() == before


async def test_part_by_part() -> None:
    body = encode(
        [field(b"a", b"1"), file(b"f", b"x.bin", b"y" * 1000), file(b"g", b"z.bin", b"skipped"), field(b"b", b"2")]
    )
    seen: list[tuple[str, str | None, str, bytes]] = []
    async for part in request_of([body[i : i + 100] for i in range(0, len(body), 100)]).multipart():
        content = b"" if part.name == "g" else b"".join([chunk async for chunk in part])
        seen.append((part.name, part.filename, part.content_type, content))
        if part.name == "f":
            assert repr(part) == "<Part 'f' 'x.bin'>"
            assert part.headers["content-disposition"] == 'form-data; name="f"; filename="x.bin"'
    assert seen == [
        ("a", None, "text/plain", b"1"),
        ("f", "x.bin", "image/png", b"y" * 1000),
        ("g", "z.bin", "image/png", b""),
        ("b", None, "text/plain", b"2"),
    ]


async def test_a_part_that_is_over_gives_nothing() -> None:
    parts = [part async for part in request_of(encode([field(b"a", b"1"), field(b"b", b"2")])).multipart()]
    assert [repr(part) for part in parts] == ["<Part 'a'>", "<Part 'b'>"]
    assert [await part.read(10) for part in parts] == [b"", b""]


async def test_what_stands_after_the_end_is_passed_over() -> None:
    form = await request_of(encode([field(b"a", b"1")]) + b"epilogue\r\n--" + BOUNDARY + b"\r\n").form()
    assert form.fields == {"a": ["1"]}


def test_a_form_made_by_hand() -> None:
    form = FormData({"a": ["1"]})
    form.close()
    assert form.files == {}


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\\"), max_size=30)


@given(
    st.lists(st.tuples(texts, st.none() | texts.filter(bool), st.binary(max_size=100)), max_size=8),
    st.integers(1, 100),
)
def test_what_was_encoded_comes_back(fields: list[tuple[str, str | None, bytes]], size: int) -> None:
    parts: list[tuple[bytes, bytes]] = []
    for name, filename, content in fields:
        head = f'Content-Disposition: form-data; name="{_as_browsers_do(name)}"'
        if filename is not None:
            head += f'; filename="{_as_browsers_do(filename)}"'
        parts.append((head.encode(), content))
    body = encode(parts, b"X" * 40)

    async def read() -> list[tuple[str, str | None, bytes]]:
        request = request_of(
            [body[i : i + size] for i in range(0, len(body), size)], kind=b"multipart/form-data; boundary=" + b"X" * 40
        )
        return [(part.name, part.filename, await part.read(1000)) async for part in request.multipart()]

    expected = [(_seen(name), None if f is None else _seen(f), content) for name, f, content in fields]
    assert asyncio.run(read()) == expected


def _as_browsers_do(name: str) -> str:
    return name.replace('"', "%22")


def _seen(name: str) -> str:
    # browsers leave percent signs alone, so a few names can be read in two ways
    for escape, character in (("%22", '"'), ("%0D", "\r"), ("%0d", "\r"), ("%0A", "\n"), ("%0a", "\n")):
        name = name.replace(escape, character)
    return name


pieces = st.sampled_from(
    [
        b"--" + BOUNDARY,
        b"--",
        b"\r\n",
        b"\r",
        b"\n",
        b"Content-Disposition: form-data; ",
        b"name=a",
        b'; filename="x"',
        b": ",
    ]
)


@given(st.binary(max_size=300) | st.lists(pieces, max_size=30).map(b"".join), st.integers(1, 50))
def test_rubbish_is_read_or_refused(rubbish: bytes, size: int) -> None:
    body = b"--" + BOUNDARY + b"\r\n" + rubbish

    async def read() -> None:
        request = request_of([body[i : i + size] for i in range(0, len(body), size)])
        try:
            await request.form()
        except RequestInvalid as error:
            assert error.status in {400, 413}  # noqa: PT017 - whether it is refused or not is open
        await request.aclose()

    asyncio.run(read())

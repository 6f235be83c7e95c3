from __future__ import annotations

import asyncio
import io
import struct
import tracemalloc
import zipfile
import zlib
from typing import Any

import pytest
from PIL import Image

from rooftree import App, Settings, Upload
from rooftree.security import UploadRefused, check_image, check_upload, sniff
from rooftree.testing import Client


def picture(kind: str = "PNG", size: tuple[int, int] = (4, 3), **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "red").save(file, kind, **options)
    return file.getvalue()


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("a.txt", "text")
    return file.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header claims a size that its content does not have."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


async def upload_of(content: bytes, name: str = "file.png", claimed: str = "image/png") -> Upload:
    upload = Upload(name, claimed)
    await upload.write(content)
    await upload.rewind()
    return upload


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (picture(), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("GIF"), "image/gif"),
        (picture("WEBP"), "image/webp"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf"),
        (archive(), "application/zip"),
        (b"<!DOCTYPE html><p>", "text/html"),
        (b"\xef\xbb\xbf \n<ScRiPt>alert(1)</script>", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "image/svg+xml"),
        (b"<?xml version='1.0'?><svg>", "image/svg+xml"),
        (b"<!-- x --><html>", "text/html"),
        (b"<img src=x onerror=alert(1)>", "text/html"),
        (b"\n<x:svg xmlns:x='http://www.w3.org/2000/svg'><x:script>", "text/html"),
        (b"</p><script>", "text/html"),
        (b"<3 and 1 < 2", "text/plain"),
        (b"just words, nothing else", "text/plain"),
        (b"\x00\x01\x02\x03\x00\xff\xfe\x00\x11", "application/octet-stream"),
        (b"", "text/plain"),
    ],
)
def test_a_file_is_what_it_holds(content: bytes, found: str) -> None:
    assert sniff(content[:8192]) == found


async def test_what_a_file_claims_counts_for_nothing() -> None:
    assert await check_upload(await upload_of(picture()), ["image/png"]) == "image/png"
    assert await check_upload(await upload_of(picture("JPEG")), ["image/*"]) == "image/jpeg"
    for content in (b"<script>alert(1)</script>", b"<svg onload=alert(1)>", b"MZ\x90\x00" * 40, b""):
        with pytest.raises(UploadRefused):
            await check_upload(await upload_of(content), ["image/*"])
    with pytest.raises(UploadRefused) as caught:
        await check_upload(await upload_of(b"<p>", "a.png"), ["image/png", "image/*"])
    assert caught.value.status == 422
    assert [(error.where, error.path, error.code, error.message) for error in caught.value.errors] == [
        ("form", ("a.png",), "file_type", "Expected a file of image/*, image/png, got text/html")
    ]
    assert await check_upload(await upload_of(b"<svg>"), ["image/svg+xml"]) == "image/svg+xml"


async def test_a_file_has_a_largest_size() -> None:
    upload = await upload_of(b"x" * 101)
    with pytest.raises(UploadRefused, match="1 value") as caught:
        await check_upload(upload, ["text/plain"], max_size=100)
    assert caught.value.errors[0].message == "Expected at most 100 bytes, got 101"
    assert await check_upload(upload, ["text/plain"], max_size=101) == "text/plain"
    assert await upload.read() == b"x" * 101  # from its start


async def test_an_image_is_measured_by_its_header() -> None:
    for kind in ("PNG", "JPEG", "WEBP"):
        info = await check_image(await upload_of(picture(kind, (7, 5))))
        assert (info.type, info.width, info.height, info.frames) == (f"image/{kind.lower()}", 7, 5, 1)
    frames = [Image.new("RGB", (2, 2), color) for color in ("red", "green", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    assert (await check_image(await upload_of(file.getvalue()))).frames == 3


@pytest.mark.parametrize(("kind", "found"), [("MPO", "image/jpeg"), ("AVIF", "image/avif"), ("WEBP", "image/webp")])
async def test_pictures_with_others_behind_them_are_taken(kind: str, found: str) -> None:
    # MPO is what many cameras and telephones write into a .jpg
    info = await check_image(await upload_of(picture(kind, save_all=True, append_images=[Image.new("RGB", (4, 3))])))
    assert (info.type, info.width, info.height, info.frames) == (found, 4, 3, 2)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (bomb(60_000, 60_000), "file_pixels"),
        (bomb(2**31 - 1, 2**31 - 1), "file_pixels"),
        (bomb(0, 5), "file_image"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "file_image"),
        (picture("BMP"), "file_type"),
        (picture("TIFF"), "file_type"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "file_type"),
    ],
)
async def test_what_is_no_image_or_unpacks_to_gigabytes_is_refused(content: bytes, rule: str) -> None:
    with pytest.raises(UploadRefused) as caught:
        await check_image(await upload_of(content))
    assert caught.value.errors[0].code == rule


async def test_an_animation_of_many_pictures_is_refused() -> None:
    frames = [Image.new("RGB", (8, 8), (number * 8, 255 - number * 8, number)) for number in range(30)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(UploadRefused) as caught:
        await check_image(await upload_of(file.getvalue()), max_frames=20)
    assert caught.value.errors[0].message.startswith("Expected at most 20 frames, got ")


def full_of_texts() -> bytes:
    """A PNG of 65 kB whose texts unpack to 62 MB."""
    content = picture()
    packed = zlib.compress(b"\0" * (1024 * 1024 - 10), 9)
    texts = b""
    for number in range(62):
        chunk = b"zTXt" + b"name%d\0\0" % number + packed
        texts += struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return content[:33] + texts + content[33:]


async def test_texts_that_unpack_to_much_do_so_for_few_images_at_once() -> None:
    content = full_of_texts()
    assert len(content) < 70_000
    uploads = [await upload_of(content) for _ in range(8)]
    tracemalloc.start()
    try:
        found = await asyncio.gather(*map(check_image, uploads))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert {(info.width, info.height) for info in found} == {(4, 3)}
    assert peak < 200_000_000  # one takes more than 62


async def test_a_route_answers_with_the_reason() -> None:
    app = App(Settings(mode="test"))

    @app.post("/photo")
    async def photo(photo: Upload) -> dict[str, int]:
        info = await check_image(photo)
        return {"width": info.width}

    async with Client(app) as client:
        good = await client.post("/photo", files={"photo": ("a.png", picture(), "image/png")})
        assert good.json() == {"width": 4}
        bad = await client.post("/photo", files={"photo": ("../../a.png", b"<script>", "image/png")})
        assert bad.status_code == 422
        assert "got text/html" in bad.text

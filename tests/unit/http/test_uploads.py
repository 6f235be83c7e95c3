from __future__ import annotations

import asyncio
import gc
import io
import os
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.http import Upload, safe_filename
from rooftree.http.uploads import SpoolBudget


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("größe 1.pdf", "größe 1.pdf"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\x\\a.txt", "a.txt"),
        ("..", ""),
        ("/", ""),
        ("...", ""),
        ("", ""),
        (" . a . ", "a"),
        (".htaccess", "htaccess"),
        ("a\0.png", "a_.png"),
        ("a\r\nb", "a__b"),
        ('a<b>:"|?*.txt', "a_b______.txt"),
        ("photo\u202egpj.exe", "photo_gpj.exe"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("console", "console"),
        ("a" * 300, "a" * 200),
        ("a" * 300 + ".jpeg", "a" * 195 + ".jpeg"),
        ("ü" * 300 + ".txt", "ü" * 98 + ".txt"),
        ("a." + "b" * 300, "a." + "b" * 198),
        ("\ud800.txt", "_.txt"),
    ],
)
def test_safe_names(raw: str, safe: str) -> None:
    assert safe_filename(raw) == safe
    assert Upload(raw).filename == safe
    assert Upload(raw).raw_filename == raw


@given(st.text() | st.text("./\\ :conNUL\0\u202e", max_size=300))
def test_a_safe_name_is_one_plain_name(raw: str) -> None:
    name = safe_filename(raw)
    assert not set(name) & set('/\\\0:<>"|?*')
    assert name not in {".", ".."}
    assert len(name.encode()) <= 205
    assert safe_filename(name) == name
    assert name == name.strip(". ")


async def test_a_small_one_stays_in_memory() -> None:
    upload = Upload("a.txt", "text/plain", {"x": "y"}, SpoolBudget(10))
    await upload.write(b"01234")
    await upload.write(b"56789")
    await upload.rewind()
    assert (upload.in_memory, upload.size, upload.content_type, upload.headers) == (True, 10, "text/plain", {"x": "y"})
    assert await upload.read(3) == b"012"
    assert await upload.read() == b"3456789"
    assert await upload.read() == b""
    await upload.seek(8)
    assert await upload.read() == b"89"
    assert repr(upload) == "<Upload 'a.txt' text/plain 10 bytes>"
    upload.close()


@pytest.mark.both_loops
async def test_a_large_one_goes_to_a_file() -> None:
    upload = Upload("a.bin", budget=SpoolBudget(10))
    content = os.urandom(700_000)
    for start in range(0, len(content), 5000):
        await upload.write(content[start : start + 5000])
    await upload.rewind()
    assert not upload.in_memory
    assert upload.size == len(content)
    assert await upload.read(10) == content[:10]
    await upload.seek(0)
    assert b"".join([chunk async for chunk in upload]) == content
    upload.close()
    upload.close()


async def test_the_memory_is_shared() -> None:
    budget = SpoolBudget(10)
    first, second = Upload("a", budget=budget), Upload("b", budget=budget)
    await first.write(b"01234567")
    await second.write(b"01")
    await second.write(b"2")
    assert (first.in_memory, second.in_memory) == (True, False)
    await second.rewind()
    assert await second.read() == b"012"
    unbounded = Upload("c")
    await unbounded.write(b"x" * 100_000)
    assert unbounded.in_memory


@pytest.mark.parametrize("budget", [None, SpoolBudget(0)])
async def test_saving(tmp_path: Path, budget: SpoolBudget | None) -> None:
    upload = Upload("a.txt", budget=budget)
    await upload.write(b"content")
    await upload.rewind()
    await upload.save(tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_bytes() == b"content"
    with pytest.raises(FileExistsError):
        await upload.save(tmp_path / "a.txt")
    (tmp_path / "a.txt").write_bytes(b"something longer")
    await upload.save(str(tmp_path / "a.txt"), overwrite=True)
    assert (tmp_path / "a.txt").read_bytes() == b"content"
    with pytest.raises(IsADirectoryError):
        await upload.save(tmp_path, overwrite=True)


async def test_a_failed_save_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = Upload("a.txt")
    await upload.write(b"content")

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(upload, "file", Broken())
    with pytest.raises(OSError, match="Input/output error"):
        await upload.save(tmp_path / "a.txt")
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - not in an async function


async def test_one_that_is_forgotten_is_closed() -> None:
    upload = Upload("a", budget=SpoolBudget(0))
    await upload.write(b"x")
    descriptor = upload.file.fileno()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del upload
        gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


async def test_being_cancelled_while_a_disk_writes_harms_nothing() -> None:
    upload = Upload("a", budget=SpoolBudget(0))
    writing = asyncio.create_task(upload.write(b"x" * 10_000_000))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    upload.close()

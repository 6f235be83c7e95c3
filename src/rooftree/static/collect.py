"""Collecting static files for production: hashed names, packed as small as they go, and a list of them."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from rooftree.base import UsageError
from rooftree.static.assets import Assets
from rooftree.static.manifest import MANIFEST, SUFFIXES, Entry, Manifest
from rooftree.static.names import hashed_name

__all__ = ["Report", "collect"]

WORTH_IT: Final = 0.95
"""A packed form that is not smaller than this share of the file is left out."""
SMALLEST: Final = 256
LARGEST: Final = 32 * 1024 * 1024
_PACKED_ALREADY: Final = (
    ".7z", ".avif", ".br", ".bz2", ".gif", ".gz", ".jpeg", ".jpg", ".mp3", ".mp4", ".ogg", ".png", ".webm", ".webp",
    ".woff", ".woff2", ".xz", ".zip", ".zst",
)  # fmt: skip


class Report(msgspec.Struct, frozen=True):
    """What was collected.

    Attributes:
        folder: Where it is.
        files: How many files.
        written: How many of them had changed.
        size: Bytes of them.
        packed: Bytes of their smallest forms.
        removed: Files of earlier runs that were taken away.
    """

    folder: Path
    files: int
    written: int
    size: int
    packed: int
    removed: int


def collect(assets: Assets, folder: Path) -> Report:
    """Write every static file of an application into a folder, which then belongs to this command alone.

    Files of the run before stay until the next one, so that pages which still name them find them.

    Raises:
        UsageError: A103 where the folder holds something else.
    """
    before = _manifest_of(folder)
    folder.mkdir(parents=True, exist_ok=True)
    packers = _packers()
    entries: dict[str, Entry] = {}
    written = size = packed = 0
    for name in assets.names():
        asset = assets.find(name)
        if asset is None:
            continue
        content = asset.source if isinstance(asset.source, bytes) else Path(asset.source).read_bytes()
        target = folder / hashed_name(name, asset.digest)
        old = before.files.get(name)
        if old is not None and folder / old.file == target and target.is_file():
            entries[name] = old
        else:
            entries[name] = Entry(hashed_name(name, asset.digest), tuple(_write(target, content, packers)))
            written += 1
        size += len(content)
        packed += min(each.stat().st_size for each in _forms(target, entries[name]))
    kept = {folder / MANIFEST} | {
        path for entry in (*entries.values(), *before.files.values()) for path in _forms(folder / entry.file, entry)
    }
    removed = _clean(folder, kept)
    _replace(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(Manifest(entries)), indent=1))
    return Report(folder, len(entries), written, size, packed, removed)


def _manifest_of(folder: Path) -> Manifest:
    path = folder / MANIFEST
    if path.is_file():
        try:
            return msgspec.json.decode(path.read_bytes(), type=Manifest)
        except msgspec.MsgspecError:
            return Manifest({})  # from a version before: everything is written again
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(
            "A103",
            f"{folder} holds files that 'rooftree static collect' did not write.",
            "Name an empty folder, or one that does not exist: --to FOLDER.",
        )
    return Manifest({})


def _write(target: Path, content: bytes, packers: dict[str, Callable[[bytes], bytes]]) -> Iterator[str]:
    target.parent.mkdir(parents=True, exist_ok=True)
    _replace(target, content)
    if not SMALLEST <= len(content) <= LARGEST or target.name.lower().endswith(_PACKED_ALREADY):
        return
    for coding, pack in packers.items():
        small = pack(content)
        if len(small) < len(content) * WORTH_IT:
            _replace(target.with_name(target.name + SUFFIXES[coding]), small)
            yield coding


def _replace(path: Path, content: bytes) -> None:
    """Write a file at one stroke: a server that runs sees the old one or the new one."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    beside.write_bytes(content)
    beside.replace(path)


def _forms(path: Path, entry: Entry) -> list[Path]:
    return [path, *(path.with_name(path.name + SUFFIXES[coding]) for coding in entry.packed)]


def _clean(folder: Path, kept: set[Path]) -> int:
    removed = 0
    for parent, folders, files in os.walk(folder, topdown=False):
        for file in files:
            path = Path(parent) / file
            if path not in kept:
                path.unlink()
                removed += 1
        for each in folders:
            if not any((Path(parent) / each).iterdir()):
                shutil.rmtree(Path(parent) / each)
    return removed


def _packers() -> dict[str, Callable[[bytes], bytes]]:
    """Return the codings that can be made here, the smallest first; gzip is always among them."""
    found: dict[str, Callable[[bytes], bytes]] = {}
    brotli: Any = _module("brotli", "brotlicffi")
    zstd: Any = _module("compression.zstd", "backports.zstd")
    if brotli is not None:
        found["br"] = lambda content: brotli.compress(content, quality=11)
    if zstd is not None:
        found["zstd"] = lambda content: zstd.compress(content, level=19)
    found["gzip"] = lambda content: gzip.compress(content, 9, mtime=0)
    return found


def _module(*names: str) -> Any:
    from importlib import import_module

    for name in names:
        try:
            return import_module(name)
        except ImportError:
            continue
    return None

"""What ``rooftree static collect`` leaves for the server: files under hashed names, packed, and a list of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from rooftree.base import UsageError
from rooftree.http import media_type_of
from rooftree.static.asset import Asset
from rooftree.static.names import split_hashed

__all__ = ["MANIFEST", "SUFFIXES", "Collected", "Entry", "Manifest"]

MANIFEST: Final = "manifest.json"
SUFFIXES: Final = {"zstd": ".zst", "br": ".br", "gzip": ".gz"}


class Entry(msgspec.Struct, frozen=True):
    """One file: its hashed name, and the codings that it lies beside itself in."""

    file: str
    packed: tuple[str, ...] = ()


class Manifest(msgspec.Struct, frozen=True):
    """Every file by its name."""

    files: dict[str, Entry]
    version: int = 1


class Collected:
    """The folder of collected files.

    Args:
        folder: Where they are.
        manifest: The list of them.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._manifest = manifest

    @classmethod
    def load(cls, folder: Path) -> Collected:
        """Read the list in a folder; without one there is nothing in it.

        Raises:
            UsageError: A102 for a list that cannot be read.
        """
        path = folder / MANIFEST
        if not path.is_file():
            return cls(folder, Manifest({}))
        try:
            return cls(folder, msgspec.json.decode(path.read_bytes(), type=Manifest))
        except (OSError, msgspec.MsgspecError) as error:
            raise UsageError("A102", f"{path} cannot be read: {error}.", "Run: rooftree static collect") from error

    def asset(self, name: str, small: int) -> Asset | None:
        """Return a file, with its content where it is no larger than ``small`` bytes."""
        entry = self._manifest.files.get(name)
        parts = None if entry is None else split_hashed(entry.file)
        if entry is None or parts is None:
            return None
        path = self._folder / entry.file
        packed = {coding: _content(path.with_name(path.name + SUFFIXES[coding]), small) for coding in entry.packed}
        return Asset(
            name=name, digest=parts[1], media_type=media_type_of(name), source=_content(path, small), packed=packed
        )


def _content(path: Path, small: int) -> bytes | str:
    try:
        return path.read_bytes() if path.stat().st_size <= small else str(path)
    except OSError as error:
        raise UsageError(
            "A102", f"The collected file {path} cannot be read: {error}.", "Run: rooftree static collect"
        ) from error

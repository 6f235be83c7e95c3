"""The static files of an application: found, named by their content, kept in memory where they are small."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from rooftree.base import NotFound, UsageError
from rooftree.http import Request, Response, media_type_of, safe_join
from rooftree.static.asset import Asset, send
from rooftree.static.css import MAX_REWRITTEN, rewrite
from rooftree.static.manifest import SUFFIXES, Collected
from rooftree.static.names import digest_of, hashed_name, may_be_served, split_hashed

__all__ = ["Assets"]

SMALL: Final = 128 * 1024
"""Bytes up to which a file is kept in memory."""
KEPT: Final = 64 * 1024 * 1024
"""Bytes of files that are kept in memory in all."""
HASHED: Final = 16 * 1024 * 1024
"""Bytes above which a file is known by its time and size: to read it all would take too long."""


_log = logging.getLogger("rooftree.static")


class Assets:
    """The files of one or more folders below one prefix. Of one name, the file of the first folder is served.

    Args:
        prefix: Where they are served: ``"/static"``, or a whole URL where something else serves what was collected.
        folders: Where they are, the application's own first.
        collected: The folder that ``rooftree static collect`` writes; used where it is there, but while developing.
        development: Whether files change while they are served. If not, what was read once is not looked at again.
        rewrites: Let the references of style sheets follow the hashed names.

    Attributes:
        modules: Names for modules of JavaScript, with the names of their files.
        collected_folder: The folder that ``rooftree static collect`` writes.
    """

    def __init__(
        self,
        prefix: str,
        folders: list[Path] | None = None,
        *,
        collected: Path | None = None,
        development: Callable[[], bool] = lambda: False,
        rewrites: bool = True,
    ) -> None:
        self.prefix: Final = prefix.rstrip("/")
        self.modules: Final[dict[str, str]] = {}
        self._folders = list(folders or ())
        self.collected_folder: Final = collected or Path("collected")
        self._development = development
        self._rewrites = rewrites
        self._known: dict[str, Asset] = {}
        self._hot: dict[str, tuple[Asset, bool]] = {}
        self._urls: dict[str, tuple[str, str]] = {}
        self._kept = 0
        self._collected: Collected | None = None
        self._map: dict[str, str] | None = None
        self._warned: set[str] = set()

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders, what wins first."""
        return tuple(self._folders)

    def add(self, folder: Path, *, first: bool = False) -> None:
        """Serve the files of another folder too, where those before it have none of the name; or ``first``."""
        if folder not in self._folders:
            self._folders.insert(0 if first else len(self._folders), folder)

    # ---- names

    def url(self, name: str) -> str:
        """Return the URL of a file, with its digest in it.

        Args:
            name: Its name within its folder: ``"site.css"``.

        Raises:
            UsageError: A101 where there is none, while developing; elsewhere a log line says so, and the plain name is
                returned.
        """
        asset = self.find(name)
        if asset is not None:
            known = self._urls.get(name)
            if known is None or known[0] != asset.digest:
                known = self._urls[name] = asset.digest, f"{self.prefix}/{quote(hashed_name(asset.name, asset.digest))}"
            return known[1]
        if self._development():
            raise self._missing(name)
        if name not in self._warned and len(self._warned) < 1000:
            self._warned.add(name)
            _log.warning("There is no static file %r.", name)
        return f"{self.prefix}/{quote(name)}"

    def _missing(self, name: str) -> UsageError:
        from difflib import get_close_matches

        where = ", ".join(map(str, self._folders)) or "no folder"
        near = get_close_matches(name, list(self.names()), 1, 0.5)
        remedy = f"Did you mean {near[0]!r}?" if near else "Put the file there, or mend its name."
        return UsageError("A101", f"There is no static file {name!r} in {where}.", remedy)

    def names(self) -> Iterator[str]:
        """Give the name of every file that is served, each once."""
        seen: set[str] = set()
        for folder in self._folders:
            for parent, folders, files in os.walk(folder):
                folders[:] = sorted(each for each in folders if may_be_served(each))
                inside = Path(parent).relative_to(folder)
                for file in sorted(files):
                    name = (inside / file).as_posix()
                    if name not in seen and may_be_served(name):
                        seen.add(name)
                        yield name

    def import_map(self) -> Mapping[str, str]:
        """Return where browsers find the modules of JavaScript: every ``.js`` and ``.mjs`` file, and ``modules``.

        So ``import "./cart.js"`` within a module, and ``import "htmx"`` for what was given a name, lead to the hashed
        files; no file is changed for it.
        """
        if self._map is None or self._development():
            scripts = [name for name in self.names() if name.endswith((".js", ".mjs"))]
            found = {f"{self.prefix}/{quote(name)}": self.url(name) for name in scripts}
            found |= {bare: self.url(name) for bare, name in self.modules.items()}
            self._map = found
        return self._map

    # ---- files

    def find(self, name: str) -> Asset | None:
        """Return the file of a name, ``None`` where there is none, or where it is not to be served."""
        return self._find(name, ())

    def _find(self, name: str, within: tuple[str, ...]) -> Asset | None:
        frozen = not self._development()
        known = self._known.get(name)
        if known is not None and (frozen or self._is_fresh(known, within)):
            return known
        asset = self._gathered(name) if frozen else None
        if asset is None:
            found = self._locate(name)
            asset = self._read(name, *found, within) if found is not None else None
        if known is not None:
            self._kept -= known.kept
            del self._known[name]
        # inside of a circle of style sheets, one is not what it is outside
        if asset is not None and not (within and asset.links):
            self._known[name] = asset
            self._kept += asset.kept
        return asset

    def _is_fresh(self, asset: Asset, within: tuple[str, ...]) -> bool:
        found = self._locate(asset.name)
        if found is None or (found[1].st_mtime_ns, found[1].st_size) != asset.stamp:
            return False
        return all(self._digest(link, (*within, asset.name)) == digest for link, digest in asset.links)

    def _digest(self, name: str, within: tuple[str, ...]) -> str:
        asset = None if name in within else self._find(name, within)
        return asset.digest if asset is not None else ""

    def _locate(self, name: str) -> tuple[str, os.stat_result] | None:
        """Return where a file is: within its folder, whatever links there are, and a file."""
        if not may_be_served(name):
            return None
        for folder in self._folders:
            try:
                real = os.path.realpath(safe_join(folder, name))
                status = os.stat(real)  # noqa: PTH116 - a Path costs more than the rest
            except (NotFound, OSError, ValueError):
                continue
            if real.startswith(os.path.realpath(folder) + os.sep) and stat.S_ISREG(status.st_mode):
                return real, status
        return None

    def _read(self, name: str, path: str, status: os.stat_result, within: tuple[str, ...]) -> Asset | None:
        media_type, stamp = media_type_of(name), (status.st_mtime_ns, status.st_size)
        if status.st_size > HASHED:
            digest = digest_of(repr(stamp).encode())
            return Asset(name=name, digest=digest, media_type=media_type, source=path, stamp=stamp)
        try:
            content = Path(path).read_bytes()
        except OSError:
            return None
        links: dict[str, str] = {}
        changed = False
        if self._rewrites and name.endswith(".css") and len(content) <= MAX_REWRITTEN:
            linked = self._linked(content, name, links, within)
            changed, content = linked != content, linked
        keep = changed or (len(content) <= SMALL and self._kept + len(content) <= KEPT)
        return Asset(
            name=name,
            digest=digest_of(content),
            media_type=media_type,
            source=content if keep else path,
            packed={} if changed else _packed_beside(path, status),
            stamp=stamp,
            links=tuple(links.items()),
        )

    def _linked(self, content: bytes, name: str, links: dict[str, str], within: tuple[str, ...]) -> bytes:
        def hashed(target: str) -> str | None:
            digest = self._digest(target, (*within, name))
            links[target] = digest
            return hashed_name(target, digest) if digest else None

        try:
            return rewrite(content.decode(), name, hashed).encode()
        except UnicodeDecodeError:
            return content

    def _gathered(self, name: str) -> Asset | None:
        if self._collected is None:
            self._collected = Collected.load(self.collected_folder)
        return self._collected.asset(name, SMALL if self._kept < KEPT else 0)

    # ---- answers

    async def respond(self, request: Request, name: str) -> Response:
        """Return the file of a name, plain or with its digest.

        A digest of another content than the one that is here gets that, with the advice to ask again: while a site is
        replaced, old pages and new ones are read.

        Raises:
            NotFound: There is no such file.
        """
        found = self._hot.get(name)
        if found is None or self._development():
            found = self._resolve(name)
            if found is None:
                raise NotFound
            if len(self._hot) < 10_000:
                self._hot[name] = found
        return await send(request, found[0], immutable=found[1])

    def _resolve(self, name: str) -> tuple[Asset, bool] | None:
        asset = self.find(name)
        if asset is not None:
            return asset, False
        parts = split_hashed(name)
        asset = self.find(parts[0]) if parts is not None else None
        return None if asset is None or parts is None else (asset, asset.digest == parts[1])


def _packed_beside(path: str, status: os.stat_result) -> dict[str, bytes | str]:
    """Return the packed forms that a build tool has put beside a file."""
    found: dict[str, bytes | str] = {}
    for coding, suffix in SUFFIXES.items():
        try:
            if os.stat(path + suffix).st_mtime_ns >= status.st_mtime_ns:  # noqa: PTH116 - as above
                found[coding] = path + suffix
        except OSError:
            continue
    return found

"""Compiled templates, kept on disk: a worker that starts compiles nothing that was compiled before.

What is kept is code that will be run, so it is only read from a folder that nobody else can write to, and only what
this user wrote there. A file's name is the digest of everything that its code depends on: the source, Python, Jinja2,
this room's own code, the filters there are. So nothing stale is ever found.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import marshal
import os
import re
import stat
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any, Final

import jinja2
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.filters import FILTERS
from jinja2.tests import TESTS

__all__ = ["CompiledTemplates", "default_folder"]

log = logging.getLogger("rooftree.templates")

MOST_FILES: Final = 4000
_EXTENDS: Final = re.compile(r"\{%[-+]?\s*extends\s+([\"'])(.*?)\1")
DIGEST: Final = hashlib.sha256().digest_size


def default_folder() -> Path | None:
    """Return the folder in the user's cache, where there is such a place (XDG Base Directory, ``XDG_CACHE_HOME``)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # noqa: PTH117 - a string of the environment
        try:
            base = str(Path.home() / ".cache")
        except RuntimeError:  # a user without a home
            return None
    return Path(base) / "rooftree" / "templates"


class CompiledTemplates(BytecodeCache):
    """Keeps the code of templates in a folder of this user's own.

    A folder that others can write to, or that cannot be made, is not used: a line in the log says so.
    """

    def __init__(self, folder: Path) -> None:
        self.folder: Final = folder
        self._usable: bool | None = None

    def get_bucket(self, environment: jinja2.Environment, name: str, filename: str | None, source: str) -> Bucket:
        """Return what is known of the code of this source."""
        key = _digest(environment, name, filename, source)
        bucket = Bucket(environment, key, key)
        self.load_bytecode(bucket)
        return bucket

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a bucket its code, where it was kept and nobody else can have written it."""
        with self._opened() as folder:
            if folder is not None:
                bucket.code = _read(folder, bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a bucket; it appears whole or not at all."""
        assert bucket.code is not None  # noqa: S101 - Jinja2 dumps what it compiled
        content = marshal.dumps(bucket.code)
        with self._opened() as folder:
            if folder is None:
                return
            part = f"{bucket.key}.{os.getpid()}.part"
            try:
                with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder), "wb") as file:
                    file.write(hashlib.sha256(content).digest() + content)
                os.rename(part, bucket.key, src_dir_fd=folder, dst_dir_fd=folder)
            except OSError as error:
                log.warning("A compiled template cannot be kept in %s: %s", self.folder, error)
                with suppress(OSError):
                    os.unlink(part, dir_fd=folder)

    def clear(self) -> None:
        """Throw everything away that is kept."""
        with self._opened() as folder:
            if folder is not None:
                for name in os.listdir(folder):  # noqa: PTH208 - of an open folder
                    with suppress(OSError):
                        os.unlink(name, dir_fd=folder)

    @contextmanager
    def _opened(self) -> Generator[int | None]:
        """Open the folder; ``None`` where it is not to be trusted."""
        if self._usable is False:
            yield None
            return
        folder: int | None = None
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            if not _is_own(os.fstat(folder)):
                raise PermissionError("others can write to it")
            if self._usable is None:
                self._usable = True
                _tidy(folder)
        except OSError as error:
            log.warning("Compiled templates are not kept in %s: %s", self.folder, error)
            self._usable = False
        try:
            yield folder if self._usable else None
        finally:
            if folder is not None:
                os.close(folder)


def _is_own(status: os.stat_result) -> bool:
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _read(folder: int, key: str) -> CodeType | None:
    try:
        with open(os.open(key, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or not _is_own(status):
                return None
            content = file.read()
    except OSError:
        return None
    digest, content = content[:DIGEST], content[DIGEST:]
    if hashlib.sha256(content).digest() != digest:  # cut off, or a disk's fault: marshal would crash on it
        return None
    code = marshal.loads(content)  # noqa: S302 - written by this user, seen above
    return code if isinstance(code, CodeType) else None


def _tidy(folder: int) -> None:
    """Throw the oldest away where there are too many."""
    names = os.listdir(folder)
    if len(names) <= MOST_FILES:
        return
    aged = sorted((os.stat(name, dir_fd=folder).st_mtime, name) for name in names)
    for _, name in aged[: len(names) - MOST_FILES // 2]:
        with suppress(OSError):
            os.unlink(name, dir_fd=folder)


def _digest(environment: jinja2.Environment, name: str, filename: str | None, source: str) -> str:
    parts: list[Any] = [
        _makers(),
        name,
        filename,
        environment.is_async,
        environment.autoescape,
        sorted(environment.extensions),
    ]
    parts += _sources(environment, name, source)
    parts += [_passing(environment.filters, FILTERS), _passing(environment.tests, TESTS)]
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _sources(environment: jinja2.Environment, name: str, source: str) -> list[str]:
    """Return a source, and those that it extends: where their blocks stand is what its expressions are guarded by."""
    sources = [source]
    seen = {name}
    while environment.loader is not None:
        extended = _EXTENDS.search(sources[-1])
        if extended is None or extended[2] in seen:
            break
        seen.add(extended[2])
        try:
            sources.append(environment.loader.get_source(environment, extended[2])[0])
        except jinja2.TemplateNotFound:  # the rendering says so
            break
    return sources


def _passing(functions: Mapping[str, Any], stock: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """Return what code depends on: what each is handed, and whether it is Jinja2's own, which is called once."""
    return sorted(
        (name, str(getattr(function, "jinja_pass_arg", "")), function is stock.get(name))
        for name, function in functions.items()
    )


@lru_cache(1)
def _makers() -> str:
    """Return the digest of what makes code of templates: this room's own code, Jinja2, Python."""
    digest = hashlib.sha256(f"{jinja2.__version__} {sys.version} {importlib.util.MAGIC_NUMBER!r}".encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()

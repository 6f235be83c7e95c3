"""Swagger UI: its files from an installed package, which is found and never imported."""

from __future__ import annotations

import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from rooftree.base import NotFound
from rooftree.http import Request, Response, media_type_of
from rooftree.static import OWN_PREFIX, Asset, digest_of, send

__all__ = ["FILES", "INSTALL", "SwaggerUI", "swagger_ui"]

PACKAGE: Final = "mkdocs_swagger_ui_tag"
"""Of the packages that carry Swagger UI the one that is kept up with it and needs no other framework."""
INSTALL: Final = "pip install 'rooftree[docs]'"
SCRIPT: Final = "swagger-ui-bundle.js"
STYLE: Final = "swagger-ui.css"
FILES: Final = (SCRIPT, STYLE)
FOLDERS: Final = ("", "javascripts", "stylesheets")


class SwaggerUI:
    """The two files that the page loads, read and packed once.

    Attributes:
        script: The URL of the script.
        style: The URL of the style sheet.
    """

    def __init__(self, folder: Path) -> None:
        self._assets = {name: _asset(path) for name in FILES if (path := _find(folder, name)) is not None}

    @property
    def complete(self) -> bool:
        """Whether both files are there."""
        return len(self._assets) == len(FILES)

    def url(self, name: str) -> str:
        """Return the URL of a file, with its digest in it."""
        stem, _, suffix = name.rpartition(".")
        return f"{OWN_PREFIX}/{stem}.{self._assets[name].digest}.{suffix}"

    async def respond(self, request: Request, name: str) -> Response:
        """Return a file by its name, with or without its digest.

        Raises:
            NotFound: It is none of these.
        """
        for known, asset in self._assets.items():
            if name == known or name == self.url(known).rpartition("/")[2]:
                return await send(request, asset, immutable=name != known)
        raise NotFound


@cache
def swagger_ui(folder: str = "") -> SwaggerUI | None:
    """Return Swagger UI; `None` where it is not there.

    Args:
        folder: Where its files are; those of the installed package without it.
    """
    where = Path(folder) if folder else _installed()
    found = SwaggerUI(where) if where is not None else None
    return found if found is not None and found.complete else None


def _installed() -> Path | None:
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "swagger-ui"


def _find(folder: Path, name: str) -> Path | None:
    return next((path for inner in FOLDERS if (path := folder / inner / name).is_file()), None)


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(
        name=path.name,
        digest=digest_of(content),
        media_type=media_type_of(path.name),
        source=content,
        packed={"gzip": gzip.compress(content, 6, mtime=0)},
    )

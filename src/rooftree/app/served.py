"""What an application serves beside its routes: static files, front ends, files of visitors, pages, its description."""

from __future__ import annotations

import copy
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rooftree.base import RouteError, Settings, UsageError
from rooftree.http import Request, Response
from rooftree.routing import Group, caller, show

if TYPE_CHECKING:
    from pathlib import Path

    from rooftree.app.languages import Languages
    from rooftree.auth import Accounts
    from rooftree.openapi import Description
    from rooftree.static import Assets
    from rooftree.templates import Templates

__all__ = ["Fallback", "Served"]

Fallback = Callable[[Request], Awaitable[Response | None]]
"""Is asked for what no route takes, before the answer is 404."""


class Served(Group):
    """The part of an application that serves files and pages; what declares routes does it as any other.

    Attributes:
        folder: The path of the folder that relative paths start from.
        settings: The application's.
        fallbacks: What is asked, in order, for a path that no route takes.
        languages: Those that it speaks; ``None`` where it was told of none.
        accounts_in_use: Its users; ``None`` where it has none.
        assets_in_use: Its static files; ``None`` where it serves none.
        upload_folders: Where files of visitors are; made at start-up where they are missing.
    """

    folder: str
    settings: Settings
    fallbacks: list[Fallback]
    languages: Languages | None
    accounts_in_use: Accounts[Any] | None
    assets_in_use: Assets | None
    upload_folders: list[Path]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.fallbacks = []
        self.languages = None
        self.accounts_in_use = None
        self.upload_folders = []
        self.assets_in_use = None
        self._templates: Templates | None = None
        self._description: Description | None = None

    @property
    def root(self) -> Path:
        """The folder that relative paths start from."""
        from pathlib import Path

        return Path(self.folder)

    @property
    def assets(self) -> Assets:
        """The static files.

        Raises:
            UsageError: A105 where none are served.
        """
        if self.assets_in_use is None:
            raise UsageError("A105", "The application serves no static files.", "Declare them: app.static()")
        return self.assets_in_use

    def static(
        self,
        prefix: str = "/static",
        folder: str | os.PathLike[str] = "static",
        *,
        url: str = "",
        modules: Mapping[str, str] | None = None,
        collected: str | os.PathLike[str] = "collected",
    ) -> None:
        """Serve a folder of static files.

        In templates ``{{ static("site.css") }}`` is the URL of one, with a digest of its content.

        Called again, as plug-ins do, it adds a folder; what lies below the application's own goes first.

        Args:
            prefix: Where they are served.
            folder: Where they are.
            url: The start of their URLs, where a content delivery network serves what was collected.
            modules: Names for modules of JavaScript: ``{"htmx": "vendor/htmx.js"}``, for ``import "htmx"``.
            collected: The folder that ``rooftree static collect`` writes, read in production.

        Raises:
            UsageError: A104 for a second prefix.
            RouteError: R101 for one that does not start with ``/``.
        """
        from rooftree.static import Assets

        if not prefix.startswith("/"):
            raise RouteError(
                "R101",
                f"app.static() was given the prefix '{prefix}', which does not start with '/'.",
                f"Write app.static('/{prefix}'), or app.static(folder='{prefix}') where it is the folder.",
                at=show(caller()),
            )
        assets = self.assets_in_use
        if assets is None:
            assets = self.assets_in_use = Assets(
                url or prefix, collected=self.root / collected, development=self._develops
            )

            async def asset(request: Request, name: str) -> Response:
                return await assets.respond(request, name)

            self._static_prefix = prefix
            self.get(f"{prefix}/{{name:path}}", hidden=True, localized=False, name="static")(asset)
        elif prefix != self._static_prefix:
            raise UsageError(
                "A104",
                f"Static files are served at {self._static_prefix!r} and were declared at {prefix!r} too.",
                "Declare every folder with the same prefix.",
            )
        path = self.root / folder
        assets.add(path, first=path.is_relative_to(self.root))
        assets.modules.update(modules or {})

    def frontend(
        self,
        folder: str | os.PathLike[str] = "dist",
        *,
        prefix: str = "",
        outside: Sequence[str] = ("/api",),
        immutable: Sequence[str] = ("assets",),
    ) -> None:
        """Serve a built single-page application: its files, and its ``index.html`` for every other navigation.

        Routes go before it. What a script asks for and nobody has stays a 404.

        Args:
            folder: What the build tool has written.
            prefix: Where it is served; the whole site without it.
            outside: Prefixes that are never its own: a page under one is a 404 too.
            immutable: Its folders whose names are made of their content.
        """
        from rooftree.static import Frontend

        served = Frontend(self.root / folder, prefix, outside=outside, immutable=immutable, development=self._develops)
        self.fallbacks.append(served.respond)

    def uploads(self, prefix: str = "/media", folder: str | os.PathLike[str] = "media") -> None:
        """Serve files that visitors have sent, so that nothing in them acts in the name of this site.

        Pictures are shown, everything else is saved to disk; see ``rooftree.static.serve_upload``, which a handler
        of your own calls where not everybody may see everything.

        Args:
            prefix: Where they are served.
            folder: Where they are; made at start-up where it is missing.
        """
        from rooftree.static import serve_upload

        path = self.root / folder
        self.upload_folders.append(path)

        async def uploaded(request: Request, name: str) -> Response:
            return await serve_upload(request, path, name)

        self.get(f"{prefix}/{{name:path}}", hidden=True, localized=False, name="uploads")(uploaded)

    @property
    def templates(self) -> Templates:
        """The application's templates; Jinja2 is loaded when they are first asked for.

        Raises:
            TemplateError: P101 where Jinja2 is not installed.
        """
        if self._templates is None:
            from rooftree.app.pages import make_templates

            self._templates = make_templates(self.root, self.settings)
        return self._templates

    @property
    def has_templates(self) -> bool:
        """Whether it has templates: a folder of them, or a reason to have asked for them."""
        return self._templates is not None or (self.root / self.settings.templates.folder).is_dir()

    @property
    def description(self) -> Description:
        """The description of its API; made on first use."""
        if self._description is None:
            from rooftree.app.describing import describe_app

            self._description = describe_app(self)
        return self._description

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document of its API: what is served at ``/openapi.json``.

        Raises:
            StartupError: Something that was declared cannot work.
        """
        return copy.deepcopy(self.description.document)

    def _develops(self) -> bool:
        return self.settings.mode == "development"

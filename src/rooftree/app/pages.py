"""What templates see without being given it: each name is a plain function of the room that it is about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rooftree.base import Settings
from rooftree.http import Request

if TYPE_CHECKING:
    from rooftree.templates import Templates

__all__ = ["make_templates"]


def make_templates(root: Path, settings: Settings) -> Templates:
    """Return the templates of an application, with everything that its pages can name.

    Args:
        root: The folder of the application.
        settings: Its settings.
    """
    from rooftree.templates import Templates

    templates = Templates(root, settings.templates, development=settings.mode != "production")
    for room in ("forms",):
        folder = Path(__file__).parents[1] / room / "templates"
        if folder.is_dir():
            templates.add_folder(folder, framework=True)
    templates.add_name("request", _request)
    templates.add_name("url", _url)
    return templates


def _request(request: Request) -> Request:
    return request


def _url(request: Request) -> Callable[..., str]:
    reverse: Callable[..., str] = request.app.built.reverser.url_for
    prefix = request.root_path
    if not prefix:
        return reverse

    def url(target: Any, /, **params: Any) -> str:
        return f"{prefix}{reverse(target, **params)}"

    return url

"""What templates see without being given it: each name is a plain function of the room that it is about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rooftree.app.checks import Finding
from rooftree.base import Html, HTTPError, Settings
from rooftree.http import Request

if TYPE_CHECKING:
    from rooftree.i18n import Locale
    from rooftree.routing import Reverser
    from rooftree.templates import Templates

__all__ = ["make_templates", "template_findings"]


def make_templates(root: Path, settings: Settings) -> Templates:
    """Return the templates of an application, with everything that its pages can name.

    Args:
        root: The folder of the application.
        settings: Its settings.
    """
    from rooftree.security import csrf_field, nonce
    from rooftree.sessions import flashes, open_session
    from rooftree.templates import Templates

    templates = Templates(root, settings.templates, development=settings.mode != "production")
    for room in ("forms", "auth"):
        folder = Path(__file__).parents[1] / room / "templates"
        if folder.is_dir():
            templates.add_folder(folder, framework=True)
    templates.add_name("request", _request)
    templates.add_name("url", _Url)
    templates.add_name("static", _static)
    templates.add_name("importmap", _import_map)
    templates.add_name("look", _look)
    templates.add_name("icon", _icon)
    templates.add_name("session", open_session)
    templates.add_name("flashes", flashes)
    templates.add_name("csrf", csrf_field)
    templates.add_name("nonce", nonce)
    templates.add_name("form_script", _form_script)
    templates.add_name("locale", _locale)
    templates.add_name("user", _user)
    templates.add_name("languages", _languages)
    templates.add_name("alternates", _alternates)
    return templates


def template_findings(templates: Templates) -> list[Finding]:
    """Return what is wrong with templates, as far as their source tells."""
    return [
        Finding("C120", "error", f"{error.fact} At {error.at}." if error.at else error.fact, error.remedy)
        for error in templates.check()
    ]


def _request(request: Request) -> Request:
    return request


class _Url:
    """The ``url`` of one rendering. Compiled templates take the way to a route that they name from ``ways``."""

    __slots__ = ("_prefix", "_reverser", "ways")

    def __init__(self, request: Request) -> None:
        self._reverser: Reverser = request.app.built.reverser
        self._prefix = request.root_path
        self.ways = self._reverser.ways(self._prefix)

    def __call__(self, target: str | Callable[..., Any], /, **params: Any) -> str:
        return self._prefix + self._reverser.url_for(target, **params)


def _static(request: Request) -> Callable[[str], str]:
    url_of: Callable[[str], str] = request.app.assets.url
    prefix = request.root_path

    def static(name: str) -> str:
        url = url_of(name)
        return f"{prefix}{url}" if url.startswith("/") else url

    return static


def _import_map(request: Request) -> Callable[[], Html]:
    from rooftree.i18n import current_locale
    from rooftree.security import nonce
    from rooftree.static import import_map_tag

    def importmap() -> Html:
        locale, languages = current_locale(), request.app.languages
        texts = {} if locale is None or languages is None else {"messages": languages.script_url(locale.tag)}
        return Html(import_map_tag(request.app.assets, nonce(request), root=request.root_path, more=texts))

    return importmap


def _look(request: Request) -> str:
    from rooftree.static import look_url

    return request.root_path + look_url()


def _icon(request: Request) -> str:
    from rooftree.static import icon_url

    return request.root_path + icon_url()


def _form_script(request: Request) -> str:
    from rooftree.static import form_script_url

    return request.root_path + form_script_url()


def _locale(_request: Request) -> Locale:
    from rooftree.i18n import ENGLISH, current_locale

    return current_locale() or ENGLISH


async def _user(request: Request) -> Any:
    """Return who has signed in; on the page of an error nobody, where who asks is refused, which that page may say."""
    accounts = request.app.accounts_in_use
    try:
        return None if accounts is None else await accounts.user(request)
    except HTTPError:
        from rooftree.app.errorpage import TELLING

        if TELLING not in request.state:
            raise
        return None


def _languages(request: Request) -> list[Locale]:
    languages = request.app.languages
    return [] if languages is None else list(languages.locales)


def _alternates(request: Request) -> Html:
    languages = request.app.languages
    return Html() if languages is None else Html(languages.alternate_links(request))

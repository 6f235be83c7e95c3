"""The languages of an application: which one a visitor gets, and addresses that keep it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from rooftree.base import Html, NotFound, UsageError, current_call
from rooftree.http import Redirect, Request, Response, accepted_language, is_local
from rooftree.i18n import Catalogs, Locale, script_of
from rooftree.routing import CallNext, Match, Miss, Reverser, RouteInfo

__all__ = ["Languages", "Source"]

E = TypeVar("E")
Source = Literal["session", "cookie", "header"]
Prefixes = Literal["none", "others", "all"]
Matcher = Callable[[str, bytes, bytes], "Match[E] | Miss[E]"]

YEAR: Final = 365 * 24 * 3600
MAX_ZONES: Final = 512
MAX_HEADERS: Final = 256
"""How many values of ``Accept-Language`` are looked up once: browsers send few; the server bounds their length."""
SCRIPT: Final = "/_rooftree/messages"
_HEAD: Final = re.compile("/([^/?#]*)")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+){0,2}")


class Languages:
    """The languages that an application speaks; the first of them where nothing says which.

    >>> app.use(Languages("en", "de", "ar"))

    Args:
        tags: The languages: ``"en"``, ``"de"``, ``"pt-BR"``.
        prefix: Whether addresses begin with the language: those of ``"others"`` than the first (``/de/products``), of
            ``"all"``, or ``"none"``. With ``"all"``, a browser that opens a page without one is sent on to its own.
        order: What says which language a visitor gets where the address does not. The session (its values ``language``
            and ``timezone``) is read for every request where it is named, and then keeps what is chosen.
        outside: Prefixes of paths that are sent on nowhere: of APIs. Files, descriptions and mounted applications are
            left alone by themselves, as are routes with ``localized=False`` and addresses that no route takes.
        cookie: The name of the cookie that keeps what a visitor has chosen; ``<name>-zone`` keeps the time zone.
        switch: The path of a route that takes a visitor's choice: a form sends ``language``, ``timezone``, ``next``.
        timezone: The IANA name of the zone that moments are shown in.
        regions: The region whose dates, numbers and money a language is written with, where its tag names none:
            ``{"en": "GB"}`` keeps ``/en`` in addresses and writes 28 Nov 2026 where American English has Nov 28, 2026.
        folder: Where the catalogs of the application are.

    Raises:
        UsageError: L101 for what is no tag, L107 without a tag or with one twice, L103 for no time zone, L104 for a
            region that nothing is known of, L108 for a region of a language that is not among the tags.

    Attributes:
        tags: The languages, the first of them where nothing says which.
        catalogs: Their texts; a plug-in adds its own folder with ``app.languages.catalogs.add(folder)``.
        folder: Where the catalogs of the application are.
    """

    def __init__(
        self,
        *tags: str,
        prefix: Prefixes = "none",
        order: Sequence[Source] = ("cookie", "header"),
        outside: Sequence[str] = ("/api",),
        cookie: str = "language",
        switch: str = "/language",
        timezone: str = "UTC",
        regions: Mapping[str, str] | None = None,
        folder: str | Path = "locales",
    ) -> None:
        names = [Locale(tag).tag for tag in tags]
        if not names or len(set(names)) != len(names):
            raise UsageError(
                "L107", f"Languages({', '.join(map(repr, tags))}) names none, or one twice.", "Name each language once."
            )
        Locale(names[0]).at(timezone)
        self.tags: Final = tuple(names)
        self.catalogs: Catalogs = Catalogs(timezone=timezone, regions=_known_regions(self.tags, regions or {}))
        self.folder: Final = folder
        self._prefix: Prefixes = prefix
        self._order = tuple(order)
        self._outside = tuple(each.rstrip("/").encode() for each in (*outside, "/_rooftree"))
        self._cookie = cookie
        self._zone_cookie = f"{cookie}-zone"
        self._switch = switch
        self._accepted = lru_cache(MAX_HEADERS)(partial(_accepted, self.tags))
        self._zones: dict[tuple[str, str], Locale] = {}
        self._prefixed: Final = frozenset({"none": (), "others": names[1:], "all": names}[prefix])
        self._by_prefix = {tag.encode(): tag for tag in self._prefixed}

    def install(self, app: Any) -> None:
        """Read the catalogs of the application, and stand around everything that it answers."""
        self.catalogs.add(app.root / self.folder, first=True)
        app.languages = self
        app.middleware.insert(0, self)
        if self._switch:
            app.post(self._switch, hidden=True, name="language")(self._take_choice)

    @property
    def locales(self) -> list[Locale]:
        """Every language, for menus."""
        return [self.catalogs.locale(tag) for tag in self.tags]

    # ---- the language of a request

    async def __call__(self, request: Request, call_next: CallNext) -> Response:
        """Answer a request in the visitor's language."""
        kept = await _kept_in_session(request) if "session" in self._order else {}
        locale, asked = self._choose(request, kept)
        call = current_call.get()
        current_call.set(call.replace(locale=locale))  # each request runs in a context of its own
        if self._prefix == "all" and self._is_page_without_prefix(request):
            return self._sent_on(request, locale, asked)
        response = await call_next(request)
        media_type = response.media_type or ""
        if media_type.startswith(("text/html", "application/problem+json")):
            if response.own_headers is None or "content-language" not in response.headers:
                response.headers["content-language"] = locale.tag
            for name in asked:
                response.headers.vary(name)
        return response

    def _choose(self, request: Request, kept: Mapping[str, str]) -> tuple[Locale, list[str]]:
        """Return the language, and the headers that were asked for it.

        Args:
            request: The request.
            kept: What the session holds: ``language`` and ``timezone``.
        """
        tag, asked = self._prefix_of(request.raw_path), list[str]()
        if tag is None and self._prefix == "others":
            tag = self.tags[0]
        for source in self._order:
            if tag is not None:
                break
            if source == "session":
                tag = kept["language"] if kept.get("language") in self.tags else None
            elif source == "cookie":
                asked.append("Cookie")
                given = request.cookies.get(self._cookie)
                tag = given if given in self.tags else None
            else:
                asked.append("Accept-Language")
                tag = self._accepted(request.headers.get("accept-language"))
        locale = self.catalogs.locale(tag or self.tags[0])
        zone = kept.get("timezone")
        if zone is None and (zone := request.cookies.get(self._zone_cookie)) is not None:
            asked.append("Cookie")
        return (locale if zone is None else self._at(locale, zone)), asked

    def _at(self, locale: Locale, zone: str) -> Locale:
        known = self._zones.get((locale.tag, zone))
        if known is None:
            if len(zone) > 64 or not _ZONE.fullmatch(zone):
                return locale
            try:
                known = locale.at(zone)
            except UsageError:
                return locale
            if len(self._zones) < MAX_ZONES:
                self._zones[locale.tag, zone] = known
        return known

    def remember(self, response: Response, tag: str, timezone: str | None = None) -> None:
        """Let a visitor's browser keep what they have chosen, for a year.

        Raises:
            UsageError: L108 for a language that the application does not speak, L103 for no time zone.
        """
        if tag not in self.tags:
            raise _unspoken(tag, self.tags)
        response.set_cookie(self._cookie, tag, max_age=YEAR)
        if timezone is not None:
            response.set_cookie(self._zone_cookie, Locale(tag).at(timezone).timezone, max_age=YEAR)

    async def _take_choice(self, request: Request) -> Response:
        form = await request.form()
        tag, zone, target = (str(form.get(name) or "") for name in ("language", "timezone", "next"))
        target = target if target.startswith("/") and is_local(target) else "/"
        response = Redirect(self.address(target, tag) if tag in self.tags else target)
        zone = zone if zone and self._at(self.catalogs.locale(self.tags[0]), zone).timezone == zone else ""
        if "session" in self._order:
            await _keep_in_session(request, {"language": tag if tag in self.tags else "", "timezone": zone})
            return response
        if tag in self.tags:
            self.remember(response, tag)
        if zone:
            response.set_cookie(self._zone_cookie, zone, max_age=YEAR)
        return response

    # ---- addresses

    def reversing(self, routes: Sequence[RouteInfo]) -> Reverser:
        """Return what makes URLs of routes: with the language that is in force."""
        return _Prefixing(routes, self) if self._by_prefix else Reverser(routes)

    def matching(self, match: Matcher[E]) -> Matcher[E]:
        """Return the matcher that sees paths without their language."""
        if not self._by_prefix:
            return match
        prefixes = self._by_prefix

        def matching(method: str, raw_path: bytes, raw_host: bytes) -> Match[E] | Miss[E]:
            head = raw_path[1:].partition(b"/")[0]
            if head not in prefixes:
                return match(method, raw_path, raw_host)
            found = match(method, raw_path[len(head) + 1 :] or b"/", raw_host)
            if isinstance(found, Miss) and found.location is not None:
                return Miss(found.methods, f"/{head.decode()}{found.location}")
            return found

        return matching

    def _prefix_of(self, raw_path: bytes) -> str | None:
        return self._by_prefix.get(raw_path[1:].partition(b"/")[0]) if self._by_prefix else None

    def _is_page_without_prefix(self, request: Request) -> bool:
        path = request.raw_path
        endpoint = request.found[0]
        return (
            endpoint is not None
            and endpoint.info.kind == "http"
            and endpoint.info.options.get("localized", True)
            and request.method in {"GET", "HEAD"}
            and self._prefix_of(path) is None
            and not any(path == each or path.startswith(each + b"/") for each in self._outside)
            and "text/html" in request.headers.get("accept", "")
        )

    def _sent_on(self, request: Request, locale: Locale, asked: Sequence[str]) -> Response:
        query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
        path = request.raw_path.decode("latin-1")
        # path begins with one slash and the tag goes before it: it leads to this site, whatever else it holds
        location = f"{request.prefix}{request.root_path}/{locale.tag}{path}{query}"
        response = Response(b"", 302, None, {"location": location})
        for name in asked:
            response.headers.vary(name)
        return response

    def prefix_of(self, tag: str) -> str:
        """Return what addresses in a language begin with: ``"/de"``, ``""``."""
        return f"/{tag}" if tag in self._prefixed else ""

    def address(self, path: str, tag: str) -> str:
        """Return a path of this site in another language: with its prefix in place of the one that it has."""
        return self.prefix_of(tag) + self._bare(path)

    def _bare(self, path: str) -> str:
        """Return a path without its language; never with two slashes, which would begin another site's address."""
        head = _HEAD.match(path)
        if head is None or head[1].encode() not in self._by_prefix:
            return path
        return "/" + path[head.end() :].lstrip("/")

    def alternates(self, request: Request) -> Iterator[tuple[str, str]]:
        """Give the tag and the whole URL of this page in every language, and ``x-default`` for everybody else."""
        if not self._by_prefix:
            return
        origin = f"{request.scheme}://{request.host}{request.prefix}{request.root_path}"
        bare = self._bare(request.raw_path.decode("latin-1"))
        for tag in self.tags:
            yield tag, f"{origin}{self.prefix_of(tag)}{bare}"
        yield "x-default", origin + bare

    def alternate_links(self, request: Request) -> Html:
        """Return ``<link rel="alternate" hreflang>`` for the head of a page: how search engines find the others."""
        form = '<link rel="alternate" hreflang="%s" href="%s">'
        return Html("\n".join([form % (tag, Html.escape(url)) for tag, url in self.alternates(request)]))

    # ---- scripts

    def script_url(self, tag: str) -> str:
        """Return the address of a module with the texts that scripts ask for, in one language; browsers keep it."""
        from rooftree.static import digest_of

        return f"{SCRIPT}.{tag}.{digest_of(self.script(tag).encode())}.js"

    def script(self, tag: str) -> str:
        """Return that module, which exports ``gettext``, ``ngettext``, ``pgettext`` and ``npgettext``."""
        return script_of(self.catalogs.script_catalog(tag), tag)

    async def answer_script(self, request: Request, name: str) -> Response:
        """Return the module that a URL of ``script_url`` names.

        Raises:
            NotFound: It names no language that is spoken here.
        """
        from rooftree.static import Asset, digest_of, send

        parts = name.split(".")
        if len(parts) != 4 or parts[0] != "messages" or parts[1] not in self.tags or parts[3] != "js":
            raise NotFound
        content = self.script(parts[1]).encode()
        asset = Asset(name=name, digest=digest_of(content), media_type="text/javascript; charset=utf-8", source=content)
        return await send(request, asset, immutable=parts[2] == asset.digest)


class _Prefixing(Reverser):
    """Makes URLs that keep the language of the work at hand; ``_language`` names another."""

    __slots__ = ("_languages",)

    def __init__(self, routes: Sequence[RouteInfo], languages: Languages) -> None:
        super().__init__(routes)
        self._languages = languages

    def language(self, params: dict[str, Any]) -> str:
        """Return the language that values name, and take it out of them; else that of the work at hand."""
        return params.pop("_language", None) or self._current()

    def head(self, route: RouteInfo, language: str) -> str:
        """Return the prefix of a language, where its addresses have one and the route has a language."""
        return self._languages.prefix_of(language) if route.options.get("localized", True) else ""

    def _current(self) -> str:
        call = current_call.get(None)
        return call.locale.tag if call is not None and call.locale is not None else self._languages.tags[0]


def _known_regions(tags: Sequence[str], regions: Mapping[str, str]) -> dict[str, str]:
    """Return the regions of languages by their normalized tags, each one that dates and numbers can be written with."""
    found = {Locale(tag).tag: region for tag, region in regions.items()}
    for tag, region in found.items():
        if tag not in tags:
            raise _unspoken(tag, tags)
        _ = Locale(tag, region=region).babel
    return found


def _unspoken(tag: str, tags: Sequence[str]) -> UsageError:
    return UsageError("L108", f"The application does not speak {tag!r}.", f"It speaks: {', '.join(tags)}.")


def _accepted(tags: Sequence[str], header: str | None) -> str | None:
    return accepted_language(header, tags)


async def _kept_in_session(request: Request) -> dict[str, str]:
    from rooftree.sessions import open_session

    session = await open_session(request)
    found = {name: session.get(name, str) for name in ("language", "timezone")}
    return {name: value for name, value in found.items() if value}


async def _keep_in_session(request: Request, values: Mapping[str, str]) -> None:
    from rooftree.sessions import open_session

    session = await open_session(request)
    for name, value in values.items():
        if value:
            session[name] = value

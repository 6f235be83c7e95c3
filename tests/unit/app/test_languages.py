"""The language that a visitor gets, addresses that keep it, and what it changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pytest

from rooftree import (
    App,
    Gt,
    HTTPError,
    Languages,
    Len,
    Locale,
    Redirect,
    RouteError,
    Schema,
    Secret,
    Settings,
    Stream,
    UsageError,
    _,
    redirect,
)
from rooftree.base import current_call
from rooftree.i18n import format_date
from rooftree.testing import Client, SyncClient
from tests.unit.http.making import make_request
from tests.unit.i18n.test_text import write

HTML = {"accept": "text/html"}


class Item(Schema):
    name: Annotated[str, Len(3, 10)]
    price: Annotated[int, Gt(0)]


def app_with(tmp_path: Path, *tags: str, **options: Any) -> App:
    write(tmp_path / "locales", "de", 'msgid "Hello"\nmsgstr "Hallo"\n\nmsgid "Gone."\nmsgstr "Weg."\n')
    write(tmp_path / "locales", "de", 'msgid "Delete?"\nmsgstr "Löschen?"\n', "script")
    app = App(Settings(access_log=False, mode="test", secret_key=Secret("k" * 40)), root=tmp_path)
    app.use(Languages(*(tags or ("en", "de", "ar")), **options))

    @app.get("/", media_type="text/html")
    async def index(locale: Locale) -> str:
        return f"{_('Hello')} {locale.tag} {locale.timezone} {app.url_for(other, q=1)}"

    @app.get("/other")
    async def other() -> str:
        return str(_("Hello"))

    @app.get("/gone")
    async def gone() -> None:
        raise HTTPError(410, _("Gone."))

    @app.post("/items")
    async def create(item: Item) -> None: ...

    @app.get("/stream")
    async def stream() -> Stream:
        async def parts() -> AsyncIterator[str]:
            yield str(_("Hello"))

        return Stream(parts())

    return app


@pytest.mark.parametrize(
    ("headers", "tag"),
    [
        ({}, "en"),
        ({"accept-language": "de"}, "de"),
        ({"accept-language": "de-CH, en;q=0.5"}, "de"),
        ({"accept-language": "fr, ar;q=0.1"}, "ar"),
        ({"accept-language": "fr"}, "en"),
        ({"accept-language": "de", "cookie": "language=ar"}, "ar"),
        ({"accept-language": "de", "cookie": "language=fr"}, "de"),
        ({"accept-language": "\x7f;;;=,,q=" * 100, "cookie": "language=../../etc"}, "en"),
    ],
)
async def test_the_cookie_goes_before_what_the_browser_prefers(
    tmp_path: Path, headers: dict[str, str], tag: str
) -> None:
    async with Client(app_with(tmp_path)) as client:
        answer = await client.get("/", headers=headers)
        assert answer.text.split()[1] == tag
        assert answer.headers["content-language"] == tag
        assert answer.headers["vary"].startswith("Cookie")
        assert ("Accept-Language" in answer.headers["vary"]) is (headers.get("cookie") != "language=ar")


async def test_texts_are_translated_in_answers_streams_and_errors(tmp_path: Path) -> None:
    async with Client(app_with(tmp_path), headers={"accept-language": "de"}) as client:
        assert (await client.get("/other")).text == "Hallo"
        assert (await client.get("/stream")).text == "Hallo"
        problem = await client.get("/gone")
        assert (problem.json()["detail"], problem.json()["title"]) == ("Weg.", "Gone")
        assert (await client.get("/other", headers={"accept-language": "en"})).text == "Hello"
    assert current_call.get(None) is None or current_call.get().locale is None


async def test_what_is_wrong_is_said_in_the_language_and_its_codes_stay(tmp_path: Path) -> None:
    async with Client(app_with(tmp_path)) as client:
        body = {"name": "ab", "price": "x"}
        english = (await client.post("/items", json=body)).json()
        german = (await client.post("/items", json=body, headers={"accept-language": "de"})).json()
        arabic = (await client.post("/items", json=body, headers={"accept-language": "ar"})).json()
    assert [error["detail"] for error in english["errors"]] == [
        "Expected `str` of length >= 3",
        "Expected `int`, got `str`",
    ]
    assert [error["detail"] for error in german["errors"]] == [
        "Geben Sie mindestens 3 Zeichen ein.",
        "Geben Sie eine ganze Zahl ein.",
    ]
    assert german["detail"] == "2 Werte können nicht verwendet werden."
    assert arabic["errors"][0]["detail"] == "أدخل 3 أحرف على الأقل."
    assert arabic["detail"] == "لا يمكن استخدام قيمتين."
    for name in ("code", "pointer"):
        assert [error[name] for error in german["errors"]] == [error[name] for error in english["errors"]]


async def test_error_pages_speak_the_language_and_its_direction(tmp_path: Path) -> None:
    async with Client(app_with(tmp_path)) as client:
        german = await client.get("/nothing", headers={**HTML, "accept-language": "de"})
        assert '<html lang="de" dir="ltr">' in german.text
        assert "<h1>Hier ist nichts</h1>" in german.text
        arabic = await client.get("/nothing", headers={**HTML, "accept-language": "ar"})
        assert '<html lang="ar" dir="rtl">' in arabic.text
        assert "<h1>لا شيء هنا</h1>" in arabic.text


async def test_addresses_of_other_languages_begin_with_them(tmp_path: Path) -> None:
    async with Client(app_with(tmp_path, prefix="others")) as client:
        assert (await client.get("/")).text == "Hello en UTC /other?q=1"
        assert (await client.get("/", headers={"accept-language": "de"})).text.startswith("Hello en")
        german = await client.get("/de/")
        assert german.text == "Hallo de UTC /de/other?q=1"
        assert "vary" not in german.headers
        assert (await client.get("/de")).text.startswith("Hallo de")
        assert (await client.get("/de/other")).text == "Hallo"
        assert (await client.get("/en/other")).status_code == 404
        assert (await client.get("/fr/other")).status_code == 404
        assert (await client.get("/de/de/other")).status_code == 404
        slash = await client.get("/de/other/")
        assert (slash.status_code, slash.headers["location"]) == (308, "/de/other")


async def test_a_page_without_a_language_leads_to_the_visitors(tmp_path: Path) -> None:
    async with Client(app_with(tmp_path, prefix="all")) as client:
        sent = await client.get("/other?a=1", headers={**HTML, "accept-language": "de"})
        assert (sent.status_code, sent.headers["location"]) == (302, "/de/other?a=1")
        assert sent.headers["vary"] == "Cookie, Accept-Language"
        assert (await client.get("/other", headers={"accept-language": "de"})).text == "Hallo"  # a script's request
        assert (await client.get("/api/x", headers=HTML)).status_code == 404
        assert (await client.get("/en/", headers=HTML)).text == "Hello en UTC /en/other?q=1"
        double = await client.get("//evil.example/", headers={**HTML, "accept-language": "de"})
        assert "location" not in double.headers or double.headers["location"].startswith("/de/")


async def test_addresses_of_programs_have_no_language(tmp_path: Path) -> None:
    for name in ("static/site.css", "photos/a.png", "dist/index.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n")
    app = app_with(tmp_path, prefix="all", outside=("/other",))
    app.static()
    app.uploads("/photos", "photos")
    app.frontend("dist", prefix="/shop")

    @app.get("/robots.txt", localized=False)
    async def robots() -> str:
        return "User-agent: *"

    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"old"})

    app.mount("/old", mounted)
    async with Client(app) as client:
        for path in (
            "/static/site.css", "/photos/a.png", "/docs", "/openapi.json", "/robots.txt", "/shop/cart", "/other",
            "/old/page",
        ):  # fmt: skip
            answer = await client.get(path, headers=HTML)
            assert answer.status_code == 200, (path, answer.text)
        for path in ("/nothing", "/static/nothing.css", "/photos/nothing.png"):
            assert (await client.get(path, headers=HTML)).status_code == 404
        assert (await client.get("/gone", headers=HTML)).headers["location"] == "/en/gone"
    assert app.url_for(robots) == app.url_for(robots, _language="de") == "/robots.txt"
    assert app.url_for("uploads", name="a.png") == "/photos/a.png"
    assert app.built.reverser.absolute_url("https://a.example", robots) == "https://a.example/robots.txt"
    assert app.url_for("other") == "/en/other"


async def test_url_for_another_language(tmp_path: Path) -> None:
    app = app_with(tmp_path, prefix="all")
    assert app.url_for("other", _language="ar", q=2) == "/ar/other?q=2"
    assert app.url_for("other") == "/en/other"
    assert (
        app.built.reverser.absolute_url("https://example.org", "other", _language="de")
        == "https://example.org/de/other"
    )
    ways = app.built.reverser.ways("/at")
    assert ways["other", "q", "_language"](2, "ar") == ways["other", "q", "_language"](2, "ar") == "/at/ar/other?q=2"
    assert ways["other", "q", "_language"](2, None) == ways["other", "q"](2) == "/at/en/other?q=2"


def test_the_path_of_a_route_is_not_taken_for_a_language(tmp_path: Path) -> None:
    app = app_with(tmp_path, prefix="all")
    app.get("/de/about", name="about")(lambda: "about")
    assert app.url_for("about", _language="en") == "/en/de/about"
    assert app.url_for("about", _language="de") == "/de/de/about"


def test_alternates_name_every_language(tmp_path: Path) -> None:
    app = app_with(tmp_path, prefix="others")
    made = make_request(path=b"/de/other%3Cx%3E")
    made.app = app
    shown = str(app.languages.alternate_links(made)) if app.languages else ""
    assert 'hreflang="x-default" href="http://' in shown
    assert shown.count("<link") == 4
    assert 'hreflang="ar" href="http://example.org/ar/other%3Cx%3E"' in shown


async def test_a_choice_is_kept(tmp_path: Path) -> None:
    async with Client(app_with(tmp_path)) as client:
        chosen = await client.post("/language", data={"language": "ar", "timezone": "Asia/Riyadh", "next": "/other"})
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/other")
        page = await client.get("/", headers={"accept-language": "de"})
        assert page.text.split()[1:3] == ["ar", "Asia/Riyadh"]
        for target in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
            away = await client.post("/language", data={"language": "de", "next": target})
            assert away.headers["location"] == "/"
        nonsense = await client.post("/language", data={"language": "xx", "timezone": "../../etc/passwd"})
        assert "set-cookie" not in nonsense.headers


async def test_a_choice_changes_the_language_of_the_address(tmp_path: Path) -> None:
    async with Client(app_with(tmp_path, prefix="others")) as client:
        chosen = await client.post("/language", data={"language": "ar", "next": "/de/other?q=1"})
        assert chosen.headers["location"] == "/ar/other?q=1"


@pytest.mark.parametrize(
    ("target", "leads"),
    [
        ("/de//evil.example", "/evil.example"),  # without its language it would be another site's address
        ("/de/%2f/evil.example", "/%2f/evil.example"),
        ("/de?q=/x", "/?q=/x"),
        ("/de#x", "/#x"),
        ("/de", "/"),
        ("/DE//x", "/DE//x"),
        ("other", "/"),  # relative to the address of the switch, which is no page
        ("?q=1", "/"),
    ],
)
async def test_a_choice_leads_to_a_page_of_this_site(tmp_path: Path, target: str, leads: str) -> None:
    async with Client(app_with(tmp_path, prefix="others")) as client:
        for tag, prefix in (("en", ""), ("ar", "/ar")):
            chosen = await client.post("/language", data={"language": tag, "next": target})
            assert (chosen.status_code, chosen.headers["location"]) == (303, prefix + leads)


async def test_the_session_keeps_a_choice_where_it_is_asked(tmp_path: Path) -> None:
    async with Client(app_with(tmp_path, order=("session", "header"))) as client:
        assert (await client.get("/", headers={"accept-language": "de"})).text.split()[1] == "de"
        chosen = await client.post("/language", data={"language": "ar", "timezone": "Asia/Riyadh"})
        assert [name for name in client.cookies if name == "language"] == []
        assert "session" in chosen.headers["set-cookie"]
        page = await client.get("/", headers={"accept-language": "de"})
        assert page.text.split()[1:3] == ["ar", "Asia/Riyadh"]


async def test_a_page_that_depends_on_the_time_zone_says_so(tmp_path: Path) -> None:
    async with Client(app_with(tmp_path, prefix="others")) as client:
        page = await client.get("/de/", headers={"cookie": "language-zone=Asia/Tokyo"})
        assert page.text.split()[2] == "Asia/Tokyo"
        assert page.headers["vary"] == "Cookie"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "A" * 200, "UTC\x00", "Europe/Berlin/x/y"])
async def test_a_time_zone_that_is_none_changes_nothing(tmp_path: Path, zone: str) -> None:
    async with Client(app_with(tmp_path)) as client:
        answer = await client.get("/", headers={"cookie": f"language-zone={zone}"})
        assert (answer.status_code, answer.text.split()[2]) == (200, "UTC")


async def test_scripts_get_their_texts(tmp_path: Path) -> None:
    app = app_with(tmp_path)
    assert app.languages is not None
    url = app.languages.script_url("de")
    async with Client(app) as client:
        answer = await client.get(url)
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert "immutable" in answer.headers["cache-control"]
        assert '{"Delete?":["Löschen?"]}' in answer.text
        assert "Hallo" not in answer.text
        for name in ("messages.fr.x.js", "messages.js", "messages.de.js", "messages...js"):
            assert (await client.get(f"/_rooftree/{name}")).status_code == 404


def test_mistakes_are_named() -> None:
    for tags in ((), ("de", "DE")):
        with pytest.raises(UsageError, match="names none, or one twice") as caught:
            Languages(*tags)
        assert caught.value.code == "L107"
    from rooftree import Response

    with pytest.raises(UsageError, match=r"does not speak 'fr'\. It speaks: en, de\.") as caught:
        Languages("en", "de").remember(Response(), "fr")
    assert caught.value.code == "L108"


def test_a_redirect_to_a_route_keeps_the_language_of_the_address(tmp_path: Path) -> None:
    app = App(Settings(access_log=False), root=tmp_path)
    app.use(Languages("en", "de", prefix="others"))

    @app.get("/items/{id}")
    async def item(id: int) -> str:
        return str(id)

    @app.post("/items")
    async def make(name: str | None = None) -> Redirect:
        return redirect(item if name is None else name, id=7, new=True)

    with SyncClient(app) as client:
        assert client.post("/items").headers["location"] == "/items/7?new=true"
        assert client.post("/de/items?name=item").headers["location"] == "/de/items/7?new=true"
        with pytest.raises(RouteError, match="No route is called 'itme'"):
            client.post("/items?name=itme")


async def test_a_language_without_a_region_follows_the_conventions_of_one(tmp_path: Path) -> None:
    app = app_with(tmp_path, "en", "de", regions={"en": "GB"})

    @app.get("/day")
    async def day() -> str:
        return format_date(date(2026, 11, 28))

    async with Client(app) as client:
        assert (await client.get("/day")).text == "28 Nov 2026"
        assert (await client.get("/day", headers={"accept-language": "de"})).text == "28.11.2026"
        chosen = await client.post("/language", data={"timezone": "Asia/Riyadh"})
        assert chosen.status_code == 303
        assert (await client.get("/day")).text == "28 Nov 2026"


@pytest.mark.parametrize(
    ("regions", "code"), [({"fr": "CA"}, "L108"), ({"en": "XX"}, "L104"), ({"en": "Great Britain"}, "L101")]
)
def test_a_region_that_nothing_is_known_of_is_told_at_start_up(regions: dict[str, str], code: str) -> None:
    with pytest.raises(UsageError) as caught:
        Languages("en", "de", regions=regions)
    assert caught.value.code == code

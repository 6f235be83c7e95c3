"""The look, languages and import maps before a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rooftree import App, Html, Languages, Page, Secret, Settings, render
from rooftree.static import icon_url, look_url
from tests.docs.test_examples import load

pytestmark = pytest.mark.service("chromium")

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def gallery(serve: Callable[[App], str]) -> str:
    return serve(load("docs/examples/look/app").app)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/ar/"])
@pytest.mark.parametrize("narrow", [False, True], ids=["desktop", "phone"])
def test_every_piece_is_accessible_and_fits(gallery: str, visitors: Any, path: str, dark: bool, narrow: bool) -> None:
    visitor = visitors(dark=dark)
    if narrow:
        visitor.page.set_viewport_size(PHONE)
    visitor.page.goto(gallery + path)
    visitor.audit()
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert visitor.page.evaluate("getComputedStyle(document.body).direction") == ("rtl" if path == "/ar/" else "ltr")
    ground = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(23, 22, 20)" if dark else "rgb(250, 248, 244)")


def test_a_form_keeps_its_distance_to_what_follows(visitor: Any, serve: Callable[[App], str]) -> None:
    app = App(Settings(mode="test"))

    @app.get("/")
    async def page() -> Html:
        return Html(
            f"<!doctype html><link rel=stylesheet href={look_url()}><link rel=icon href={icon_url()}>"
            "<main><form><label>Search <input></label></form><table><tr><td>Oak</table></main>"
        )

    visitor.page.goto(serve(app))
    gap = visitor.page.evaluate(
        "document.querySelector('table').getBoundingClientRect().top"
        " - document.querySelector('form').getBoundingClientRect().bottom"
    )
    assert gap >= 16


WORD = "Donaudampfschifffahrtsgesellschaftskapitaensmuetzenabzeichen" * 3
LONG = f"""<!doctype html><html lang="en" dir="{{}}"><meta name="viewport" content="width=device-width">
<title>Long</title><link rel="stylesheet" href="{look_url()}"><link rel="icon" href="{icon_url()}">
<header><nav aria-label="Main"><a class="brand" href="/">{WORD}</a> <a href="/">{WORD}</a></nav></header>
<main><h1>{WORD}</h1><div class="messages"><p class="message error" role="status">{WORD}</p></div><p>{WORD} <a href="/">
{WORD}</a> <code>{WORD}</code> <span class="badge">{WORD}</span></p><ul><li>{WORD}</ul><dl><dt>{WORD}<dd>{WORD}</dl>
<blockquote>{WORD}</blockquote><div class="cards"><div class="card"><h2>{WORD}</h2>{WORD}</div></div>
<div class="scroll" tabindex="0" role="region" aria-label="Rows"><table><tr><th>{WORD}<td>{WORD}</table></div>
<pre tabindex="0">{WORD}</pre><details open><summary>{WORD}</summary>{WORD}</details>
<div class="actions"><a class="button" href="/">{WORD}</a><button>{WORD}</button></div>
<form><div class="field"><label for="a">{WORD}</label><select id="a"><option>{WORD}</select><p class="help">{WORD}</p>
<p class="error-text">{WORD}</p></div><fieldset><legend>{WORD}</legend><label><input type="checkbox"> {WORD}</label>
</fieldset></form></main>"""


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("width", [320, 1280])
def test_long_words_stay_on_the_page(visitor: Any, serve: Callable[[App], str], direction: str, width: int) -> None:
    app = App(Settings(mode="test"))

    @app.get("/")
    async def page() -> Html:
        return Html(LONG.replace("{}", direction))

    visitor.page.set_viewport_size({"width": width, "height": 800})
    visitor.page.goto(serve(app))
    visitor.audit()
    past = visitor.page.evaluate(
        """[...document.querySelectorAll('body *:not(.scroll *):not(option)')].filter(each => {
          const box = each.getBoundingClientRect();
          return box.width && (box.right > innerWidth + 1 || box.left < -1);
        }).map(each => `${each.localName} ${each.className}`)"""
    )
    assert not past, ", ".join(past)
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("path", ["/", "/ar/"])
def test_a_dialog_and_other_ways_of_showing_are_accessible(gallery: str, visitor: Any, path: str) -> None:
    visitor.page.goto(gallery + path)
    visitor.page.locator("button[commandfor=ask]").click()
    assert visitor.page.locator("dialog").evaluate("each => each.matches(':modal')")
    visitor.audit()
    visitor.page.keyboard.press("Escape")
    visitor.page.mouse.move(1, 1)
    page = visitor.page
    for media in ("print", "screen"):
        page.emulate_media(media=media, contrast="more", reduced_motion="reduce")
        page.wait_for_function("document.getAnimations().length === 0")
        visitor.audit()
    page.emulate_media(forced_colors="active")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_visitor_switches_the_language(gallery: str, visitor: Any) -> None:
    visitor.page.goto(gallery)
    visitor.page.get_by_role("link", name="العربية").click()
    visitor.page.wait_for_url("**/ar/")
    assert visitor.page.get_by_role("heading", level=1).text_content() == "ساحة الأخشاب"
    visitor.page.get_by_role("link", name="English").click()
    assert visitor.page.get_by_role("heading", level=1).text_content() == "Timber yard"


@pytest.mark.parametrize("path", ["/nothing", "/ar/nothing"])
def test_error_pages_are_accessible(gallery: str, visitors: Any, path: str) -> None:
    visitor = visitors(phone=True, dark=True)
    visitor.page.goto(gallery + path)
    visitor.audit()
    assert visitor.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(23, 22, 20)"
    visitor.problems[:] = [each for each in visitor.problems if "404" not in each]


def test_modules_and_texts_reach_scripts_under_the_policy(
    tmp_path: Path, serve: Callable[[App], str], visitor: Any
) -> None:
    files = {
        "static/main.js": 'import { twice } from "./parts/twice.js"; import { name } from "names";\n'
        'import { ngettext } from "messages"; document.title = [twice(2), name, ngettext("%(count)s box", '
        '"%(count)s boxes", 2)].join();',
        "static/parts/twice.js": "export const twice = (n) => 2 * n;",
        "static/names.js": 'export const name = "ridge";',
        "templates/index.html": '<!DOCTYPE html><html lang="en"><title>-</title>'
        '<link rel="icon" href="{{ icon }}">{{ importmap() }}'
        '<script type="module" src="{{ static("main.js") }}"></script>',
        "locales/de/LC_MESSAGES/script.po": 'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
        '\nmsgid "%(count)s box"\nmsgid_plural "%(count)s boxes"\nmsgstr[0] "%(count)s Kiste"\n'
        'msgstr[1] "%(count)s Kisten"\n',
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    app = App(Settings(access_log=False), root=tmp_path)
    app.use(Languages("en", "de", prefix="others"))
    app.static(modules={"names": "names.js"})

    @app.get("/")
    async def index() -> Page:
        return render("index.html")

    visitor.page.goto(serve(app) + "/de/")
    visitor.page.wait_for_function("document.title !== '-'")
    assert visitor.page.title() == "4,ridge,2 Kisten"


@pytest.mark.parametrize(
    ("javascript", "prefix", "source"),
    [
        (True, "none", "cookie"),
        (False, "none", "session"),
        (False, "others", "cookie"),
        (True, "others", "session"),
        (True, "all", "session"),
        (False, "all", "cookie"),
    ],
)
def test_a_form_keeps_the_choice_of_a_language(
    tmp_path: Path, serve: Callable[[App], str], visitors: Any, *, javascript: bool, prefix: Any, source: Any
) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/index.html").write_text(
        '<!DOCTYPE html><html lang="{{ locale.tag }}" dir="{{ locale.direction }}"><title>-</title>'
        '<link rel="icon" href="{{ icon }}"><main><h1>{{ locale.name }}</h1><form method="post"'
        ' action="{{ url("language") }}">{{ csrf }}<input type="hidden" name="next" value="{{ request.path }}">'
        '<button name="language" value="ar">ar</button></form><a href="{{ url("index") }}">again</a></main>'
    )
    app = App(Settings(access_log=False, mode="test", secret_key=Secret("k" * 40)), root=tmp_path)
    app.use(Languages("en", "de", "ar", prefix=prefix, order=(source, "header")))

    @app.get("/yard")
    async def index() -> Page:
        return render("index.html")

    url = serve(app)
    page = visitors(javascript=javascript, locale="de-DE").page
    page.goto(url + ("/de/yard" if prefix == "others" else "/yard"))
    assert page.url == url + ("/yard" if prefix == "none" else "/de/yard")
    assert page.get_by_role("heading").text_content() == "Deutsch"
    page.get_by_role("button").click()
    page.wait_for_selector("html[dir=rtl]")
    assert page.get_by_role("heading").text_content() == "العربية"
    page.get_by_role("link").click()
    page.wait_for_url(url + ("/yard" if prefix == "none" else "/ar/yard"))
    page.goto(url + "/yard")
    shown = {"none": "العربية", "others": "English", "all": "العربية"}[prefix]  # an address without one is English's
    assert page.get_by_role("heading").text_content() == shown

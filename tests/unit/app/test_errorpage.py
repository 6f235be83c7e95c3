from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest

from rooftree import App, Failure, Gt, HTTPError, Schema, Settings
from rooftree.testing import Client

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Item(Schema):
    names: list[str]


def make_app(mode: str) -> App:
    app = App(Settings.load(env={"ROOFTREE_MODE": mode}))

    @app.get("/products")
    async def products(size: Annotated[int, Gt(0)] = 1) -> int:
        return size

    @app.get("/products/{id}")
    async def product(id: int) -> int:
        if id == 2:
            raise HTTPError(404, "Only <one> is left.")
        raise ValueError("concealed")

    @app.post("/items")
    async def create(item: Item) -> None: ...

    @app.get("/odd")
    async def odd() -> None:
        raise HTTPError(499, "")

    return app


async def test_a_browser_gets_a_page_and_a_program_a_problem_document() -> None:
    async with Client(make_app("production")) as client:
        page = await client.get("/nowhere", headers=BROWSER)
        assert page.status_code == 404
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "<h1>Nothing is here</h1>" in page.text
        for accept in ("*/*", "application/json", "application/json,text/html", ""):
            problem = await client.get("/nowhere", headers={"accept": accept})
            assert problem.headers["content-type"] == "application/problem+json"


async def test_every_error_of_the_values_is_in_the_page() -> None:
    async with Client(make_app("production")) as client:
        page = await client.get("/products?size=<b>", headers=BROWSER)
        assert page.status_code == 422
        assert '<th scope="row">query <code>size</code></th>' in page.text
        assert "Expected <code>int</code>" in page.text
        posted = await client.post("/items", json={"names": [7]}, headers=BROWSER)
        assert "<code>names.0</code>" in posted.text


async def test_a_detail_is_shown_as_text() -> None:
    async with Client(make_app("production")) as client:
        assert "Only &lt;one&gt; is left." in (await client.get("/products/2", headers=BROWSER)).text


async def test_an_error_page_has_a_reference_and_nothing_of_the_inside() -> None:
    async with Client(make_app("production"), raise_errors=False) as client:
        page = await client.get("/products/1", headers=BROWSER)
        assert page.status_code == 500
        assert f"Reference <code>{page.headers['x-request-id']}</code>" in page.text
        assert "concealed" not in page.text
        problem = await client.get("/products/1")
        assert problem.json() == {
            "type": "about:blank",
            "title": "Internal Server Error",
            "status": 500,
            "detail": "Something went wrong on our side. It has been logged.",
            "request_id": problem.headers["x-request-id"],
        }


async def test_a_status_without_words_of_its_own() -> None:
    async with Client(make_app("production")) as client:
        page = await client.get("/odd", headers=BROWSER)
        assert "<h1>That did not work</h1>" in page.text


async def test_development_names_paths_that_may_have_been_meant() -> None:
    async with Client(make_app("development")) as client:
        page = await client.get("/prodcts", headers=BROWSER)
        assert 'Did you mean <a href="/products"><code>/products</code></a>' in page.text
        assert "<code>/products/{id}</code>?" in page.text
        assert "Did you mean" not in (await client.get("/xyz", headers=BROWSER)).text
        assert "Did you mean" not in (await client.get("/products/2", headers=BROWSER)).text
    async with Client(make_app("production")) as client:
        assert "Did you mean" not in (await client.get("/prodcts", headers=BROWSER)).text


async def test_development_shows_the_error_to_browsers_and_programs() -> None:
    async with Client(make_app("development"), raise_errors=False) as client:
        page = await client.get("/products/1", headers=BROWSER)
        assert page.status_code == 500
        assert "raise ValueError" in page.text
        problem = await client.get("/products/1")
        assert problem.json()["detail"] == "ValueError: concealed"


@pytest.mark.parametrize("path", ["/nowhere", "/products?size=0", "/products/1"])
async def test_pages_need_nothing_that_a_strict_policy_forbids(path: str) -> None:
    async with Client(make_app("production"), raise_errors=False) as client:
        page = (await client.get(path, headers=BROWSER)).text
        assert page.count("<style nonce=") == 1
        for forbidden in (
            "<script",
            " style=",
            " onclick",
            "javascript:",
            '<link rel="stylesheet',
            "<img",
            "@import",
            "url(",
        ):
            assert forbidden not in page


# ---- an application's own page


def own(tmp_path: Path, template: str, mode: str = "production") -> App:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "error.html").write_text(template, encoding="utf-8")
    app = App(Settings.load(env={"ROOFTREE_MODE": mode}), root=tmp_path)

    @app.get("/things")
    async def things(size: Annotated[int, Gt(0)] = 1) -> int:
        return size // (size - 2)

    @app.get("/refused/{status}")
    async def refused(status: int) -> None:
        raise HTTPError(status, "Only <one> is left.", headers={"retry-after": "7"})

    return app


WORDS = (
    "<h1>Own: {{ error.kicker }}, {{ error.heading }}</h1>{{ error.text }}"
    "{% for fault in error.faults %}|{{ fault.where }} {{ fault.name }}: {{ fault.text }}{% endfor %}"
)


async def test_a_template_of_the_application_is_its_error_page(tmp_path: Path) -> None:
    async with Client(own(tmp_path, WORDS)) as client:
        page = await client.get("/nowhere", headers=BROWSER)
        assert page.status_code == 404
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.text.startswith("<h1>Own: Error 404, Nothing is here</h1>The address may have")
        faulty = await client.get("/things?size=<b>", headers=BROWSER)
        assert faulty.status_code == 422
        assert faulty.text.endswith("|query size: Expected `int`, got `str`")
        said = await client.get("/refused/409", headers=BROWSER)
        assert (said.status_code, said.headers["retry-after"]) == (409, "7")
        assert said.text.endswith("Only &lt;one&gt; is left.")
        assert (await client.post("/things", headers=BROWSER)).headers["allow"] == "GET, HEAD, OPTIONS"
        assert (await client.get("/nowhere")).headers["content-type"] == "application/problem+json"


async def test_what_is_wrong_on_our_side_or_refused_to_save_work_stands_alone(tmp_path: Path) -> None:
    async with Client(own(tmp_path, WORDS), raise_errors=False) as client:
        for path in ("/things?size=2", "/refused/503", "/refused/413", "/refused/429"):
            page = await client.get(path, headers=BROWSER)
            assert page.status_code >= 413
            assert "Own:" not in page.text
            assert '<p class="status">' in page.text


async def test_an_error_page_that_fails_is_reported_and_the_visitor_told_all_the_same(tmp_path: Path) -> None:
    app = own(tmp_path, "{{ error.heading.nothing.more }}")
    reported: list[str] = []

    @app.failed.connect
    async def note(failure: Failure) -> None:
        reported.append(f"{failure.request.path} {type(failure.error).__name__}")

    async with Client(app, raise_errors=False) as client:
        page = await client.get("/nowhere", headers=BROWSER)
    assert page.status_code == 404
    assert "<h1>Nothing is here</h1>" in page.text
    assert reported == ["/nowhere TemplateError"]


async def test_development_shows_what_is_wrong_with_an_error_page(tmp_path: Path) -> None:
    async with Client(own(tmp_path, "{{ error.heading.nothing.more }}", "development"), raise_errors=False) as client:
        page = await client.get("/nowhere", headers=BROWSER)
    assert page.status_code == 500
    assert "error.html" in page.text

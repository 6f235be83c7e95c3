"""Answers that wait for the request are worked out wherever they come from."""

from __future__ import annotations

from pathlib import Path

from rooftree import App, CallNext, File, Page, Redirect, Request, Response, Session, SessionOptions, Settings, render
from rooftree.testing import Client

SETTINGS = Settings(mode="production", hosts=("*",))


async def test_a_redirect_of_a_middleware() -> None:
    async def gate(request: Request, call_next: CallNext) -> Response:
        if request.path == "/private":
            answer = Redirect("/sign-in")
            answer.set_cookie("from", request.path)
            return answer
        return await call_next(request)

    app = App(SETTINGS, middleware=[gate])

    @app.get("/private")
    async def private() -> str:
        return "secret"

    async with Client(app) as client:
        answer = await client.get("/private")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        assert answer.headers["set-cookie"].startswith("from=/private; ")


async def test_a_file_of_a_middleware() -> None:
    async def closed(request: Request, call_next: CallNext) -> Response:
        return File(b"Back in a minute.", media_type="text/plain", etag="v1")

    app = App(SETTINGS, middleware=[closed])
    async with Client(app) as client:
        assert (await client.get("/", headers={"range": "bytes=0-3"})).text == "Back"
        assert (await client.get("/", headers={"if-none-match": '"v1"'})).status_code == 304


async def test_a_redirect_that_leaves_the_site_is_refused_wherever_it_comes_from() -> None:
    async def away(request: Request, call_next: CallNext) -> Response:
        return Redirect("https://evil.example/")

    async with Client(App(SETTINGS, middleware=[away])) as client:
        answer = await client.get("/")
        assert answer.status_code == 400
        assert answer.json()["detail"] == "The address to go on to does not belong to this site."


async def test_a_file_of_an_error_handler() -> None:
    app = App(SETTINGS)

    @app.get("/")
    async def index() -> str:
        raise LookupError

    @app.error(LookupError)
    async def lost(request: Request, error: LookupError) -> Response:
        return File(b"lost", media_type="text/plain", etag="v1")

    async with Client(app) as client:
        answer = await client.get("/")
        assert (answer.text, answer.headers["etag"]) == ("lost", '"v1"')


async def test_cookies_travel_without_tls_outside_of_production() -> None:
    async with Client(App(Settings(mode="test"), middleware=[_set]), base_url="http://localhost") as client:
        assert (await client.get("/")).headers["set-cookie"] == "a=1; Path=/; HttpOnly; SameSite=Lax"
    async with Client(App(Settings(mode="test"), middleware=[_set]), base_url="https://localhost") as client:
        assert (await client.get("/")).headers["set-cookie"].endswith("; Secure")
    async with Client(App(SETTINGS, middleware=[_set]), base_url="http://localhost") as client:
        assert (await client.get("/")).headers["set-cookie"].endswith("; Secure")


async def _set(request: Request, call_next: CallNext) -> Response:
    answer = Response(b"")
    answer.set_cookie("a", "1")
    return answer


async def test_a_page_is_rendered_once_however_many_layers_stand_around_it(tmp_path: Path) -> None:
    """Messages are shown by one rendering and then forgotten: a second one would show none."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text("{% for each in flashes %}{{ each.text }}{% endfor %}{{ count }}")

    async def through(request: Request, call_next: CallNext) -> Response:
        return await call_next(request)

    app = App(
        Settings(mode="test", session=SessionOptions(store="memory")), middleware=[through, through], root=tmp_path
    )
    made: list[str] = []

    @app.templates.name
    def count(request: Request) -> int:
        made.append(request.path)
        return len(made)

    @app.get("/")
    async def index(session: Session) -> Page:
        session.flash("Saved.")
        return render("page.html")

    async with Client(app) as client:
        assert (await client.get("/")).text == "Saved.1"
        assert (await client.get("/")).text == "Saved.2"


async def test_a_page_that_is_kept_is_rendered_for_each_request(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text("{{ request.path }}")
    app = App(Settings(mode="test"), root=tmp_path)
    kept = render("page.html")

    @app.get("/{name}")
    async def index(name: str) -> Page:
        return kept

    async with Client(app) as client:
        assert [(await client.get(path)).text for path in ("/a", "/b")] == ["/a", "/b"]

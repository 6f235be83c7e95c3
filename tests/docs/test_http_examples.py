"""The examples of requests, responses, files, uploads, streams and middleware do what their pages say."""

from __future__ import annotations

from pathlib import Path

from rooftree.testing import Client, SyncClient
from tests.docs.test_examples import load


def test_requests() -> None:
    with SyncClient(load("docs/examples/requests/app").app) as client:
        who = client.get("/who?tag=a&tag=b%20c", headers={"cookie": "theme=dark", "user-agent": "test"}).json()
        assert who["tags"] == ["a", "b c"]
        assert (who["theme"], who["agent"]) == ("dark", "test")
        assert who["url"].endswith("/who?tag=a&tag=b%20c")
        assert client.post("/lines", content=b"a\nb\n" * 1000).json() == {"lines": 2000}
        assert client.post("/contact", data={"name": "Jürgen"}).text == "Thank you, Jürgen."
        assert client.post("/contact", json={}).status_code == 415


def test_responses() -> None:
    with SyncClient(load("docs/examples/responses/app").app) as client:
        report = client.get("/report.csv")
        assert report.text == "name,price\noak,9.90\n"
        assert (report.headers["content-language"], report.headers["vary"]) == ("en", "Accept-Language")
        theme = client.post("/theme/dark")
        assert (theme.status_code, theme.headers["location"]) == (303, "/")
        assert theme.headers["set-cookie"].startswith("theme=dark; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax")
        assert client.post("/sign-out").headers["set-cookie"].startswith("__Host-session=; Max-Age=0;")
        assert client.post("/sign-in?next=/orders").headers["location"] == "/orders"
        assert client.post("/sign-in?next=//evil.example").headers["location"] == "/"
        article = client.get("/articles/1")
        assert (article.text, article.headers["etag"]) == ("Oak", '"1-1700000000"')
        again = client.get("/articles/1", headers={"if-none-match": article.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        problem = client.post("/orders")
        assert problem.headers["content-type"] == "application/problem+json"
        assert problem.json()["type"] == "https://example.org/problems/sold-out"


def test_files() -> None:
    with SyncClient(load("docs/examples/files/app").app) as client:
        guide = client.get("/guide")
        assert guide.headers["content-type"] == "text/plain; charset=utf-8"
        assert client.get("/guide", headers={"if-none-match": guide.headers["etag"]}).status_code == 304
        part = client.get("/guide", headers={"range": "bytes=2-11"})
        assert (part.status_code, part.text, part.headers["content-range"]) == (206, "ridge beam", "bytes 2-11/35")
        assert client.head("/guide").headers["content-length"] == "35"
        assert client.get("/guide/download").headers["content-disposition"] == (
            "attachment; filename=\"F_hrer.txt\"; filename*=UTF-8''F%C3%BChrer.txt"
        )
        assert client.get("/library/more/notes.txt").text == "More of it.\n"
        assert client.get("/library/more").status_code == 404
        assert client.get("/library/%2e%2e/app.py").status_code == 404
        assert client.get("/export.csv").headers["etag"] == '"v1"'


def test_uploads() -> None:
    module = load("docs/examples/uploads/app")
    with SyncClient(module.app) as client:
        added = client.post("/photos", files={"photo": ("../oak.jpg", b"\xff\xd8", "image/jpeg")})
        assert (added.status_code, added.json()) == (201, {"name": "oak.jpg", "size": 2, "type": "image/jpeg"})
        saved: Path
        (saved,) = module.PHOTOS.iterdir()
        assert saved.read_bytes() == b"\xff\xd8"
        photos = [("photos", ("a.jpg", b"1")), ("photos", ("b.jpg", b"2"))]
        album = client.post("/album", data={"title": "Trees"}, files=photos)
        assert album.json() == {"title": "Trees", "photos": ["a.jpg", "b.jpg"]}
        many = client.post("/album", data={"title": "Trees"}, files=[("photos", (f"{n}.jpg", b"1")) for n in range(21)])
        assert many.status_code == 400
        assert many.json()["errors"][0]["detail"] == "Expected at most 20 files"
        assert client.post("/import", files={"rows": ("rows.csv", b"a\nb\n" * 100_000)}).json() == {"rows": 200_000}


async def test_streams() -> None:
    async with Client(load("docs/examples/streams/app").app) as client:
        count = await client.get("/count.csv")
        assert count.text.startswith("number,square\n0,0\n1,1\n2,4\n")
        assert len((await client.get("/archive")).content) == 3000
        assert (await client.get("/ticks")).text == (
            ":\n\nevent: tick\nid: 0\ndata: 0\n\nevent: tick\nid: 1\ndata: 1\n\nevent: tick\nid: 2\ndata: 4\n\n"
        )
        later = await client.get("/ticks", headers={"last-event-id": "6"})
        assert "id: 7\ndata: 49\n" in later.text
        assert (await client.get("/news")).text == ':\n\ndata: {"title":"Oak is sold out"}\n\n'
        assert (await client.post("/total", content=b"x" * 100_000)).json() == {"bytes": 100_000}


def test_middleware() -> None:
    module = load("docs/examples/middleware/app")
    with SyncClient(module.app, base_url="http://example.org") as client:
        items = client.get("/api/items", headers={"accept-encoding": "gzip", "origin": "https://app.example.org"})
        assert items.json()[0]["name"] == "oak"
        assert items.headers["content-encoding"] == "gzip"
        assert int(items.headers["content-length"]) < len(items.content)
        assert items.headers["access-control-allow-origin"] == "https://app.example.org"
        assert items.headers["server-timing"].startswith("app;dur=")
        preflight = client.options(
            "/api/items",
            headers={
                "origin": "https://app.example.org",
                "access-control-request-method": "GET",
                "access-control-request-headers": "x-token",
            },
        )
        assert preflight.status_code == 204
        assert "x-token" in preflight.headers["access-control-allow-headers"]
        assert client.get("http://evil.example/api/items").status_code == 400
        module.maintenance.on = True
        assert client.get("/api/items").status_code == 503

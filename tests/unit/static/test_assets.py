"""Static files of an application: found, named, cached by browsers, kept inside of their folder."""

from __future__ import annotations

import gzip
import logging
import os
from pathlib import Path

import pytest

from rooftree import App, Settings, UsageError
from rooftree.static import Assets, import_map_tag
from rooftree.testing import Client

CSS = "body { background: url(img/roof.svg) }"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {"site.css": CSS, "img/roof.svg": "<svg/>", "js/cart.mjs": "export {}", ".env": "KEY=1"}.items():
        path = tmp_path / "static" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def app_in(root: Path, mode: str = "production") -> App:
    app = App(Settings(mode=mode, access_log=False), root=root)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    app.static()
    return app


async def test_a_hashed_name_is_kept_for_good_and_a_plain_one_asked_for_again(root: Path) -> None:
    app = app_in(root)
    async with Client(app) as client:
        url = app.assets.url("img/roof.svg")
        assert url.startswith("/static/img/roof.")
        assert url.endswith(".svg")
        assert len(url) == len("/static/img/roof..svg") + 12
        answer = await client.get(url)
        assert (answer.status_code, answer.text) == (200, "<svg/>")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == "image/svg+xml"
        plain = await client.get("/static/img/roof.svg")
        assert (plain.status_code, plain.headers["cache-control"]) == (200, "no-cache")
        assert plain.headers["etag"] == answer.headers["etag"]
        again = await client.get(url, headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.text) == (304, "")
        part = await client.get(url, headers={"range": "bytes=1-3"})
        assert (part.status_code, part.text, part.headers["content-range"]) == (206, "svg", "bytes 1-3/6")
        old = await client.get("/static/img/roof.000000000000.svg")
        assert (old.status_code, old.headers["cache-control"]) == (200, "no-cache")
        head = await client.request("HEAD", url)
        assert (head.status_code, head.text, head.headers["content-length"]) == (200, "", "6")


async def test_what_is_not_there_is_not_found(root: Path) -> None:
    async with Client(app_in(root)) as client:
        for path in ("missing.css", "img", "img/", ".env", "a.000000000000.css", "site.css/x", "x" * 5000):
            assert (await client.get(f"/static/{path}")).status_code == 404, path
        assert (await client.post("/static/site.css")).status_code == 405


async def test_links_lead_no_further_than_the_folder(root: Path) -> None:
    (root / "secret").mkdir()
    (root / "secret/key.txt").write_text("key")
    (root / "static/out").symlink_to(root / "secret")
    (root / "static/key.txt").symlink_to(root / "secret/key.txt")
    (root / "static/inside.svg").symlink_to(root / "static/img/roof.svg")
    os.mkfifo(root / "static/pipe")
    async with Client(app_in(root)) as client:
        for path in ("out/key.txt", "key.txt", "pipe"):
            assert (await client.get(f"/static/{path}")).status_code == 404, path
        assert (await client.get("/static/inside.svg")).text == "<svg/>"


async def test_a_style_sheet_points_at_hashed_names(root: Path) -> None:
    app = app_in(root, "development")
    picture = app.assets.url("img/roof.svg").rpartition("/")[2]
    first = app.assets.url("site.css")
    async with Client(app) as client:
        assert (await client.get(first)).text == f"body {{ background: url(img/{picture}) }}"
        (root / "static/img/roof.svg").write_text("<svg>new</svg>")
        second = app.assets.url("site.css")
        assert second != first
        assert app.assets.url("img/roof.svg").rpartition("/")[2] in (await client.get(second)).text


def test_style_sheets_that_import_each_other_end(root: Path) -> None:
    (root / "static/a.css").write_text('@import "b.css";')
    (root / "static/b.css").write_text('@import "a.css"; @import "b.css";')
    assets = Assets("/static", [root / "static"], development=lambda: True)
    urls = [assets.url("a.css"), assets.url("b.css"), assets.url("a.css"), assets.url("b.css")]
    assert urls[:2] == urls[2:]


def test_a_changed_file_has_another_name_while_developing(root: Path) -> None:
    developing, serving = app_in(root, "development").assets, app_in(root).assets
    names = developing.url("site.css"), serving.url("site.css")
    (root / "static/site.css").write_text("body {}")
    assert developing.url("site.css") != names[0]
    assert serving.url("site.css") == names[1]


def test_a_missing_file_is_an_error_while_developing(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(
        UsageError, match=r"There is no static file 'sit\.css' in .*static\. Did you mean 'site\.css'\?"
    ) as caught:
        app_in(root, "development").assets.url("sit.css")
    assert caught.value.code == "A101"
    serving = app_in(root).assets
    with caplog.at_level(logging.WARNING, "rooftree.static"):
        assert [serving.url("sit.css"), serving.url("sit.css")] == ["/static/sit.css"] * 2
    assert [record.getMessage() for record in caplog.records] == ["There is no static file 'sit.css'."]


def test_no_static_files_are_served_unasked(root: Path) -> None:
    with pytest.raises(UsageError, match=r"serves no static files\. Declare them: app\.static\(\)") as caught:
        _ = App(Settings(), root=root).assets
    assert caught.value.code == "A105"
    with pytest.raises(UsageError, match="served at '/static' and were declared at '/files' too") as caught:
        app_in(root).static("/files")
    assert caught.value.code == "A104"


async def test_the_applications_own_folder_goes_first(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("plugin")
    (other / "site.css").write_text("plugin")
    (other / "only.css").write_text("plugin")
    app = App(Settings(access_log=False), root=root)
    app.static(folder=other)
    app.static()
    async with Client(app) as client:
        assert (await client.get("/static/only.css")).text == "plugin"
        assert "roof" in (await client.get("/static/site.css")).text


def test_the_import_map_leads_modules_to_hashed_names(root: Path) -> None:
    app = app_in(root)
    app.static(modules={"cart": "js/cart.mjs", "</script><b>": "js/cart.mjs"})
    url = app.assets.url("js/cart.mjs")
    assert dict(app.assets.import_map()) == {"/static/js/cart.mjs": url, "cart": url, "</script><b>": url}
    tag = import_map_tag(app.assets, 'n"')
    assert tag.startswith('<script type="importmap" nonce="n&quot;">{"imports":{')
    assert tag.count("<") == 2


async def test_packed_forms_that_lie_beside_are_sent(root: Path) -> None:
    content = b"x" * 2000
    (root / "static/big.js").write_bytes(content)
    (root / "static/big.js.gz").write_bytes(gzip.compress(content))
    async with Client(app_in(root)) as client:
        packed = await client.get("/static/big.js", headers={"accept-encoding": "gzip"})
        assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "accept-encoding")
        assert packed.content == content
        plain = await client.get("/static/big.js", headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.headers["vary"] == "accept-encoding"
        assert plain.headers["etag"] != packed.headers["etag"]
        part = await client.get("/static/big.js", headers={"accept-encoding": "gzip", "range": "bytes=0-1"})
        assert (part.status_code, part.content, "content-encoding" in part.headers) == (206, b"xx", False)


async def test_memory_is_bounded(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooftree.static.assets.KEPT", 3000)
    monkeypatch.setattr("rooftree.static.assets.SMALL", 2000)
    for number in range(5):
        (root / f"static/{number}.bin").write_bytes(bytes(1000))
    (root / "static/large.bin").write_bytes(bytes(2001))
    assets = Assets("/static", [root / "static"])
    found = [assets.find(f"{name}.bin") for name in (*range(5), "large")]
    assert [isinstance(asset.source, bytes) for asset in found if asset] == [True, True, True, False, False, False]
    async with Client(app_in(root)) as client:
        assert len((await client.get("/static/large.bin")).content) == 2001


async def test_the_look_is_served_by_itself() -> None:
    from rooftree.static import look_url

    app = App(Settings(access_log=False))
    app.mount("/", app_of_others)
    async with Client(app) as client:
        answer = await client.get(look_url())
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
        assert "immutable" in answer.headers["cache-control"]
        assert (await client.get("/_rooftree/other.css")).status_code == 404
        assert app.built.endpoints
        assert all("_rooftree" not in str(each.info) for each in app.built.endpoints)


async def app_of_others(scope: object, receive: object, send: object) -> None:
    raise AssertionError("not asked")

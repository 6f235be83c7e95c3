"""Single-page applications, and files from visitors."""

from __future__ import annotations

from pathlib import Path

import pytest

from rooftree import App, Settings
from rooftree.static import safe_image_type
from rooftree.testing import Client

NAVIGATION = {"accept": "text/html,*/*;q=0.8", "sec-fetch-mode": "navigate"}
FETCH = {"accept": "*/*", "sec-fetch-mode": "cors"}
OLD_BROWSER = {"accept": "text/html,*/*;q=0.8"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
def app(tmp_path: Path) -> App:
    (tmp_path / "dist/assets").mkdir(parents=True)
    (tmp_path / "dist/index.html").write_text("<title>App</title>")
    (tmp_path / "dist/assets/index-Bx81.js").write_text("start()")
    (tmp_path / "dist/robots.txt").write_text("User-agent: *")
    app = App(Settings(access_log=False), root=tmp_path)

    @app.get("/api/items")
    async def items() -> list[int]:
        return [1]

    app.frontend()
    return app


@pytest.mark.parametrize(
    ("path", "headers", "status", "text"),
    [
        ("/", NAVIGATION, 200, "<title>App</title>"),
        ("/products/7", NAVIGATION, 200, "<title>App</title>"),
        ("/products/7", OLD_BROWSER, 200, "<title>App</title>"),
        ("/people/jane.doe", NAVIGATION, 200, "<title>App</title>"),
        ("/index.html", FETCH, 200, "<title>App</title>"),
        ("/robots.txt", FETCH, 200, "User-agent: *"),
        ("/assets/index-Bx81.js", FETCH, 200, "start()"),
        ("/assets/index-gone.js", FETCH, 404, None),
        ("/assets/index-gone.js", OLD_BROWSER, 404, None),
        ("/products/7", FETCH, 404, None),
        ("/api/items", NAVIGATION, 200, "[1]"),
        ("/api/typo", NAVIGATION, 404, None),
        ("/api", NAVIGATION, 404, None),
        ("/apiary", NAVIGATION, 200, "<title>App</title>"),
        ("/..%2fsecret.txt", FETCH, 404, None),
        ("/assets%2findex-Bx81.js", FETCH, 404, None),
    ],
)
async def test_navigations_get_the_page_and_scripts_their_404(
    app: App, path: str, headers: dict[str, str], status: int, text: str | None
) -> None:
    async with Client(app) as client:
        answer = await client.get(path, headers=headers)
        assert answer.status_code == status
        assert text is None or answer.text == text


async def test_built_files_are_kept_for_good_and_the_page_is_not(app: App) -> None:
    async with Client(app) as client:
        assert "immutable" in (await client.get("/assets/index-Bx81.js")).headers["cache-control"]
        assert (await client.get("/deep/link", headers=NAVIGATION)).headers["cache-control"] == "no-cache"
        assert (await client.post("/products", headers=NAVIGATION)).status_code == 404


async def test_pictures_are_shown_and_everything_else_is_saved(tmp_path: Path) -> None:
    folder = tmp_path / "media"
    folder.mkdir()
    files = {"cat.png": PNG, "cat.html": b"<script>alert(1)</script>", "fake.png": b"<script>", "pic.svg": b"<svg/>"}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (tmp_path / "outside.png").write_bytes(PNG)
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    app = App(Settings(access_log=False), root=tmp_path)
    app.uploads()
    async with Client(app) as client:
        shown = {name: (await client.get(f"/media/{name}")).headers for name in files}
        assert shown["cat.png"]["content-type"] == "image/png"
        assert shown["cat.png"]["content-disposition"] == 'inline; filename="cat.png"'
        for name in ("cat.html", "fake.png", "pic.svg"):
            assert shown[name]["content-type"] == "application/octet-stream"
            assert shown[name]["content-disposition"] == f'attachment; filename="{name}"'
        for headers in shown.values():
            assert headers.get_list("x-content-type-options") == ["nosniff"]
            assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        for path in ("link.png", "..%2foutside.png", "", "gone.png", ".hidden"):
            assert (await client.get(f"/media/{path}")).status_code == 404, path


async def test_the_folder_of_uploads_is_made_before_the_first_is_saved(tmp_path: Path) -> None:
    app = App(Settings(access_log=False), root=tmp_path)
    app.uploads("/pictures", "var/pictures")
    assert not (tmp_path / "var").exists()
    for _start in range(2):
        async with Client(app) as client:
            (tmp_path / "var/pictures/cat.png").write_bytes(PNG)
            assert (await client.get("/pictures/cat.png")).content == PNG


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (PNG, "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"GIF89a..", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"), (b"\0\0\0\x20ftypavif", "image/avif"),
        (b"RIFF\0\0\0\0WAVE", None), (b"<svg", None), (b"%PDF-1.7", None), (b"", None), (b"BM", None),
    ],
)  # fmt: skip
def test_a_picture_is_known_by_its_first_bytes(head: bytes, media_type: str | None) -> None:
    assert safe_image_type(head) == media_type

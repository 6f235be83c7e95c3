"""Collected files: hashed, packed, listed; served from there in production."""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import pytest

from rooftree import App, Settings, UsageError
from rooftree.static import Assets, collect
from rooftree.testing import Client


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "static/img").mkdir(parents=True)
    (tmp_path / "static/site.css").write_text("a { background: url(img/roof.svg) }\n" * 100)
    (tmp_path / "static/img/roof.svg").write_text("<svg/>")
    (tmp_path / "static/photo.png").write_bytes(bytes(5000))
    return tmp_path


def run(root: Path) -> tuple[int, int, int]:
    report = collect(Assets("/static", [root / "static"]), root / "collected")
    return report.files, report.written, report.removed


def listed(root: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = msgspec.json.decode((root / "collected/manifest.json").read_bytes())["files"]
    return found


def test_files_are_hashed_packed_and_listed(root: Path) -> None:
    assert run(root) == (3, 3, 0)
    files = listed(root)
    assert set(files) == {"site.css", "img/roof.svg", "photo.png"}
    css = root / "collected" / str(files["site.css"]["file"])
    picture = str(files["img/roof.svg"]["file"]).rpartition("/")[2]
    assert f"url(img/{picture})" in css.read_text()
    assert files["site.css"]["packed"] == ["br", "zstd", "gzip"]
    assert gzip.decompress(css.with_name(css.name + ".gz").read_bytes()) == css.read_bytes()
    assert "packed" not in files["photo.png"] or files["photo.png"]["packed"] == []
    assert files["img/roof.svg"].get("packed", []) == []  # too small to be worth it


def test_a_second_run_writes_what_changed_and_keeps_what_old_pages_name(root: Path) -> None:
    run(root)
    old = str(listed(root)["site.css"]["file"])
    assert run(root) == (3, 0, 0)
    (root / "static/site.css").write_text("b {}")
    assert run(root) == (3, 1, 0)
    assert (root / "collected" / old).is_file()
    assert run(root)[2] == 4  # the old file in its four forms
    assert not (root / "collected" / old).exists()


def test_a_folder_of_something_else_is_left_alone(root: Path) -> None:
    (root / "collected").mkdir()
    (root / "collected/thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="holds files that 'rooftree static collect' did not write") as caught:
        run(root)
    assert caught.value.code == "A103"
    assert (root / "collected/thesis.txt").read_text() == "years of work"


async def test_production_serves_what_was_collected(root: Path) -> None:
    run(root)
    app = App(Settings(access_log=False), root=root)
    app.static()
    url = app.assets.url("site.css")
    assert url == f"/static/{listed(root)['site.css']['file']}"
    (root / "static/site.css").unlink()
    async with Client(app) as client:
        answer = await client.get(url, headers={"accept-encoding": "br, gzip"})
        assert (answer.status_code, answer.headers["content-encoding"]) == (200, "br")
        assert "url(img/roof." in answer.text
        assert "immutable" in answer.headers["cache-control"]


async def test_development_reads_the_folder_itself(root: Path) -> None:
    run(root)
    (root / "static/site.css").write_text("fresh {}")
    app = App(Settings(access_log=False, mode="development"), root=root)
    app.static()
    async with Client(app) as client:
        assert (await client.get(app.assets.url("site.css"))).text == "fresh {}"


def test_a_broken_list_is_named(root: Path) -> None:
    run(root)
    (root / "collected/manifest.json").write_text("{")
    with pytest.raises(UsageError, match=r"manifest\.json cannot be read") as caught:
        Assets("/static", [root / "static"], collected=root / "collected").url("site.css")
    assert caught.value.code == "A102"
    assert run(root) == (3, 3, 0) or run(root)[1] == 0

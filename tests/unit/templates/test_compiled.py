"""Compiled templates on disk: found again, never stale, never from a place where others can write."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from rooftree.base import TemplateOptions
from rooftree.templates import Templates
from rooftree.templates.compiled import CompiledTemplates, default_folder
from tests.unit.templates.kit import write


def make(root: Path) -> Templates:
    return Templates(root, TemplateOptions(cache="kept"))


def compiled_again(*_: object, **__: object) -> None:
    pytest.fail("compiled again")


def files(root: Path) -> list[Path]:
    return sorted((root / "kept").iterdir())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path, {"templates/a.html": "{{ 1 + number }}"})


async def test_a_template_is_compiled_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await make(root).render("a.html", number=1) == "2"
    (kept,) = files(root)
    assert (root / "kept").stat().st_mode & 0o777 == 0o700
    assert kept.stat().st_mode & 0o777 == 0o600
    second = make(root)
    monkeypatch.setattr(second.environment, "compile", compiled_again)
    assert await second.render("a.html", number=2) == "3"


async def test_what_the_code_depends_on_is_in_the_name(root: Path) -> None:
    await make(root).render("a.html", number=1)
    write(root, {"templates/a.html": "{{ 2 + number }}"})
    assert await make(root).render("a.html", number=1) == "3"
    assert len(files(root)) == 2
    with_filter = make(root)
    with_filter.filter(make)
    assert await with_filter.render("a.html", number=1) == "3"
    assert len(files(root)) == 3


async def test_a_filter_in_place_of_jinja2s_own_is_called_where_that_was_folded(root: Path) -> None:
    write(root, {"templates/b.html": "{{ 'a'|upper }}{{ 2 is even }}"})
    assert await make(root).render("b.html") == "ATrue"
    own = make(root)

    @own.filter
    def upper(text: str) -> str:
        return f"own {text}"

    @own.test
    def even(number: int) -> bool:
        return number != 2

    assert await own.render("b.html") == "own aFalse"


@pytest.mark.parametrize("content", [b"", b"x" * 10, b"x" * 400])
async def test_what_is_damaged_is_made_again(root: Path, content: bytes) -> None:
    await make(root).render("a.html", number=1)
    (kept,) = files(root)
    kept.write_bytes(content)
    assert await make(root).render("a.html", number=1) == "2"
    assert kept.read_bytes() != content


async def poisoned(root: Path) -> Path:
    """Put the code of another template, whole and right, where that of a.html is kept."""
    await make(root).render("a.html", number=1)
    (kept,) = files(root)
    write(root, {"templates/b.html": "poison"})
    await make(root).render("b.html")
    (other,) = set(files(root)) - {kept}
    kept.unlink()
    other.rename(kept)
    return kept


async def test_a_file_that_others_can_write_to_is_not_run(root: Path) -> None:
    kept = await poisoned(root)
    assert await make(root).render("a.html", number=1) == "poison"  # it would be run: the digest alone protects nothing
    await poisoned(root)
    kept.chmod(0o666)
    assert await make(root).render("a.html", number=1) == "2"


async def test_a_link_is_not_followed(root: Path) -> None:
    kept = await poisoned(root)
    kept.rename(root / "elsewhere")
    kept.symlink_to(root / "elsewhere")
    assert await make(root).render("a.html", number=1) == "2"


@pytest.mark.parametrize("spoil", ["mode", "link", "file"])
async def test_a_folder_that_is_not_ours_alone_is_not_used(
    root: Path, spoil: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = root / "kept"
    if spoil == "mode":
        folder.mkdir()
        folder.chmod(0o777)
    elif spoil == "link":
        (root / "other").mkdir(mode=0o700)
        folder.symlink_to(root / "other")
    else:
        folder.write_text("")
    with caplog.at_level(logging.WARNING):
        assert await make(root).render("a.html", number=1) == "2"
    assert "Compiled templates are not kept in" in caplog.text
    assert not folder.is_dir() or not files(root)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
async def test_another_users_folder_is_not_used(root: Path) -> None:
    (root / "kept").mkdir(mode=0o700)
    os.chown(root / "kept", 12345, 12345)
    assert await make(root).render("a.html", number=1) == "2"
    assert not files(root)


async def test_clear_and_tidy(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooftree.templates.compiled.MOST_FILES", 4)
    write(root, {f"templates/{n}.html": str(n) for n in range(6)})
    templates = make(root)
    for n in range(6):
        assert await templates.render(f"{n}.html") == str(n)
    assert len(files(root)) == 6
    await make(root).render("a.html", number=1)
    assert len(files(root)) == 3
    CompiledTemplates(root / "kept").clear()
    assert not files(root)


def test_the_default_is_in_the_users_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/me")
    assert default_folder() == Path("/var/cache/me/rooftree/templates")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/me")
    assert default_folder() == Path("/home/me/.cache/rooftree/templates")

"""``rooftree static collect`` as a user runs it."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.cli.commands import HELLO, rooftree


def test_static_files_are_collected(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(HELLO + "\napp.static()\n", encoding="utf-8")
    (tmp_path / "static").mkdir()
    (tmp_path / "static/site.css").write_text("a { color: red }\n" * 100)
    done = rooftree(tmp_path, "static", "collect")
    assert done.stdout.startswith("1 file in collected: 1 written, 0 removed; 1,700 bytes, packed "), done.stderr
    assert rooftree(tmp_path, "static", "collect", "--to", "elsewhere").returncode == 0
    assert (tmp_path / "elsewhere/manifest.json").is_file()
    (tmp_path / "full").mkdir()
    (tmp_path / "full/thesis.txt").touch()
    refused = rooftree(tmp_path, "static", "collect", "--to", "full")
    assert (refused.returncode, "[A103]" in refused.stderr) == (1, True)


def test_an_application_without_static_files_says_how_to_have_them(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(HELLO, encoding="utf-8")
    done = rooftree(tmp_path, "static", "collect")
    assert "[A105]" in done.stderr
    assert "Declare them: app.static()" in done.stderr

"""What an application names that lies elsewhere: folders, languages."""

from __future__ import annotations

from pathlib import Path

from rooftree import App, Languages, Settings


def found(app: App) -> dict[str, tuple[str, str, str]]:
    return {finding.id: (finding.level, finding.fact, finding.hint) for finding in app.findings()}


def test_a_missing_folder_of_static_files(tmp_path: Path) -> None:
    app = App(Settings(), root=tmp_path)
    app.static()
    assert found(app)["C121"] == (
        "warning",
        f"The folder of static files {tmp_path}/static is not there.",
        "Make it, or name the one that is: app.static(folder=...).",
    )
    (tmp_path / "static").mkdir()
    assert found(app) == {}


def test_a_front_end_that_was_not_built(tmp_path: Path) -> None:
    app = App(Settings(), root=tmp_path)
    app.frontend("dist")
    assert found(app)["C122"] == (
        "warning",
        f"The front end {tmp_path}/dist has no index.html.",
        "Run its build, or name the folder that the build writes: app.frontend(folder).",
    )
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_text("")
    assert found(app) == {}


def test_languages_that_nobody_knows_and_without_a_catalog(tmp_path: Path) -> None:
    app = App(Settings(), root=tmp_path)
    app.use(Languages("en", "en-GB", "de", "xx"))
    known = found(app)
    assert known["C123"][:2] == ("error", "Nothing is known of the language 'xx'.")
    assert known["C124"] == (
        "warning",
        "The application speaks 'de', and no catalog translates its texts into it.",
        "Run: rooftree messages update -l de",
    )
    catalog = tmp_path / "locales" / "de" / "LC_MESSAGES" / "messages.po"
    catalog.parent.mkdir(parents=True)
    catalog.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n')
    assert found(app).keys() == {"C123"}


def test_a_secret_key_that_is_missing_is_a_hint_while_developing() -> None:
    assert found(App(Settings(mode="development")))["C101"][0] == "hint"
    assert found(App(Settings())) == {}

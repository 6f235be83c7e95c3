"""``rooftree messages`` as a user runs it, from a marked text to a page in another language."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.cli.commands import rooftree

APP = """
from rooftree import App, Languages, _, ngettext

app = App()
app.use(Languages("en", "de"))

@app.get("/")
async def index(count: int = 1) -> str:
    # Translators: on the start page
    things = ngettext("%(count)s thing", "%(count)s things", count)
    return str(_("Hello %(name)s", name="x")) + str(things)
"""
PAGE = """{{ _("From a template") }} {{ pgettext("month", "May") }} {{ ngettext("one", "many", n) }} {{ _(name) }}
{% trans name="x" %}Welcome, <b>{{ name }}</b>{% endtrans %}"""
SCRIPT = """import { gettext as _ } from "messages"; alert(gettext("From a script"));"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"app.py": APP, "templates/index.html": PAGE, "static/app.js": SCRIPT}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_texts_go_from_the_source_into_catalogs_and_back(folder: Path) -> None:
    done = rooftree(folder, "messages", "extract")
    assert done.stdout == "6 texts in locales/messages.pot\n1 text in locales/script.pot\n", done.stderr
    template = (folder / "locales/messages.pot").read_text()
    assert "#. Translators: on the start page" in template
    assert 'msgctxt "month"' in template
    assert 'msgid_plural "%(count)s things"' in template
    before = (folder / "locales/messages.pot").stat().st_mtime_ns
    assert rooftree(folder, "messages", "extract").returncode == 0
    assert (folder / "locales/messages.pot").stat().st_mtime_ns == before  # nothing new, nothing to commit

    done = rooftree(folder, "messages", "update")
    catalog = folder / "locales/de/LC_MESSAGES/messages.po"
    assert done.stdout.splitlines()[0] == "locales/de/LC_MESSAGES/messages.po: 0 of 6 texts translated", done.stderr
    missing = rooftree(folder, "messages", "check")
    assert missing.returncode == 1
    assert "messages.po: missing: Hello %(name)s" in missing.stdout
    assert missing.stdout.endswith("7 texts to mend.\n")

    text = catalog.read_text()
    for source, german in {
        "Hello %(name)s": "Hallo %(name)s",
        "From a template": "Aus einer Vorlage",
        "May": "Mai",
        "Welcome, <b>%(name)s</b>": "Willkommen, <b>%(name)s</b>",
    }.items():
        text = text.replace(f'msgid "{source}"\nmsgstr ""', f'msgid "{source}"\nmsgstr "{german}"')
    text = text.replace('msgstr[0] ""\nmsgstr[1] ""', 'msgstr[0] "%(cuont)s"\nmsgstr[1] "B"')
    catalog.write_text(text)
    script = folder / "locales/de/LC_MESSAGES/script.po"
    script.write_text(script.read_text().replace('script"\nmsgstr ""', 'script"\nmsgstr "Aus einem Skript"'))
    broken = rooftree(folder, "messages", "check")
    assert broken.returncode == 1, broken.stdout
    assert "broken: %(count)s thing" in broken.stdout  # a place that there is not

    catalog.write_text(text.replace('"%(cuont)s"', '"%(count)s Ding"').replace('"B"', '"%(count)s Dinge"'))
    assert rooftree(folder, "messages", "check").stdout == "Every text is translated.\n"
    assert rooftree(folder, "messages", "compile").returncode == 0
    assert catalog.with_suffix(".mo").is_file()

    (folder / "templates/index.html").write_text("")
    assert "unused: From a template" in rooftree(folder, "messages", "check").stdout
    assert rooftree(folder, "messages", "check", "--strict").returncode == 1


def test_a_template_with_a_mistake_is_named(folder: Path) -> None:
    (folder / "templates/index.html").write_text("\n{{ _('x' }}")
    done = rooftree(folder, "messages", "extract")
    assert "[L109]" in done.stderr
    assert "templates/index.html cannot be read: line 2" in done.stderr


def test_without_a_language_there_is_nothing_to_update(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from rooftree import App\napp = App()\n")
    done = rooftree(tmp_path, "messages", "update")
    assert "[L110]" in done.stderr
    assert "rooftree messages update -l de" in done.stderr

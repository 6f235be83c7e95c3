"""Marked texts: what they say, in the source's language and in others."""

from __future__ import annotations

from pathlib import Path

import pytest

from rooftree.base import Call, UsageError, current_call
from rooftree.i18n import (
    Catalogs,
    Locale,
    Text,
    current_locale,
    gettext,
    ngettext,
    npgettext,
    pgettext,
    translate,
)

GERMAN = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

msgid "Saved %(name)s."
msgstr "%(name)s gespeichert."

msgid "Broken %(name)s."
msgstr "Kaputt %(nam)s."

msgid "%(count)s product"
msgid_plural "%(count)s products"
msgstr[0] "%(count)s Produkt"
msgstr[1] "%(count)s Produkte"

msgid "half"
msgid_plural "halves"
msgstr[0] ""
msgstr[1] "Hälften"

msgctxt "month"
msgid "May"
msgstr "Mai"

msgctxt "seat"
msgid "%(count)s place"
msgid_plural "%(count)s places"
msgstr[0] "%(count)s Platz"
msgstr[1] "%(count)s Plätze"

#, fuzzy
msgid "Delete"
msgstr "Vielleicht löschen"

msgid "Empty"
msgstr ""
"""
ARABIC = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);\n"

msgid "%(count)s product"
msgid_plural "%(count)s products"
msgstr[0] "صفر"
msgstr[1] "واحد"
msgstr[2] "اثنان"
msgstr[3] "%(count)s قليل"
msgstr[4] "%(count)s كثير"
msgstr[5] "%(count)s غيرها"
"""


def write(folder: Path, tag: str, text: str, domain: str = "messages") -> None:
    path = folder / tag / "LC_MESSAGES" / f"{domain}.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def catalogs(tmp_path: Path) -> Catalogs:
    write(tmp_path, "de", GERMAN)
    write(tmp_path, "ar", ARABIC)
    return Catalogs([tmp_path])


def test_a_text_says_what_the_source_says_where_no_language_is_in_force() -> None:
    assert current_locale() is None
    assert str(gettext("Saved %(name)s.", name="Oak")) == "Saved Oak."
    assert str(ngettext("%(count)s product", "%(count)s products", 1)) == "1 product"
    assert str(ngettext("%(count)s product", "%(count)s products", 0)) == "0 products"
    assert str(gettext("100% wool")) == "100% wool"
    assert f"{gettext('Oak'):>5}" == "  Oak"


def test_a_text_is_translated_where_it_is_read(catalogs: Catalogs) -> None:
    text = gettext("Saved %(name)s.", name="Eiche")
    token = current_call.set(Call(None, locale=catalogs.locale("de")))
    try:
        assert str(text) == "Eiche gespeichert."
        assert translate(text, "ar") == "Saved Eiche."
    finally:
        current_call.reset(token)
    assert str(text) == "Saved Eiche."


def test_plural_and_context(catalogs: Catalogs) -> None:
    german = catalogs.locale("de")
    assert translate(ngettext("%(count)s product", "%(count)s products", 2), german) == "2 Produkte"
    assert translate(pgettext("month", "May"), german) == "Mai"
    assert translate(gettext("May"), german) == "May"
    assert translate(npgettext("seat", "%(count)s place", "%(count)s places", 1), german) == "1 Platz"
    assert german.ngettext("%(count)s product", "%(count)s products", 1) == "%(count)s Produkt"
    assert german.npgettext("seat", "%(count)s place", "%(count)s places", 3) == "%(count)s Plätze"
    assert (german.gettext("Unknown"), german.pgettext("month", "June")) == ("Unknown", "June")


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "صفر"), (1, "واحد"), (2, "اثنان"), (3, "3 قليل"), (10, "10 قليل"), (11, "11 كثير"), (99, "99 كثير"),
     (100, "100 غيرها"), (102, "102 غيرها"), (103, "103 قليل"), (111, "111 كثير")],
)  # fmt: skip
def test_arabic_has_six_forms(catalogs: Catalogs, count: int, text: str) -> None:
    assert translate(ngettext("%(count)s product", "%(count)s products", count), catalogs.locale("ar")) == text


def test_a_text_within_a_text_is_translated_too(catalogs: Catalogs) -> None:
    text = gettext("Saved %(name)s.", name=pgettext("month", "May"))
    assert translate(text, catalogs.locale("de")) == "Mai gespeichert."


def test_what_is_not_ready_is_not_shown(catalogs: Catalogs) -> None:
    german = catalogs.locale("de")
    assert translate(gettext("Delete"), german) == "Delete"  # fuzzy
    assert translate(gettext("Empty"), german) == "Empty"
    assert translate(ngettext("half", "halves", 1), german) == "half"
    assert translate(gettext("Broken %(name)s.", name="x"), german) == "Broken x."  # a wrong name in the translation


def test_texts_are_equal_by_what_they_say() -> None:
    assert gettext("A") == gettext("A")
    assert gettext("A") != pgettext("x", "A")
    assert gettext("%(n)s", n=1) != gettext("%(n)s", n=2)
    assert len({gettext("A"), gettext("A"), gettext("B")}) == 2
    assert (gettext("A") == "A") is False
    assert repr(Text("A")) == "Text('A')"


def test_a_region_adds_to_its_language(tmp_path: Path, catalogs: Catalogs) -> None:
    write(tmp_path, "de_AT", GERMAN.replace("Mai", "Wonnemonat"))
    assert catalogs.locale("de-AT").pgettext("month", "May") == "Wonnemonat"
    write(tmp_path, "de_CH", 'msgid "Only here"\nmsgstr "Nur da"\n')
    swiss = catalogs.locale("de_ch")
    assert swiss.tag == "de-CH"
    assert (swiss.gettext("Only here"), swiss.pgettext("month", "May")) == ("Nur da", "Mai")


def test_the_application_goes_before_its_plugins(tmp_path: Path) -> None:
    write(tmp_path / "app", "de", 'msgid "A"\nmsgstr "app"\n')
    write(tmp_path / "plugin", "de", 'msgid "A"\nmsgstr "plugin"\n\nmsgid "B"\nmsgstr "plugin"\n')
    catalogs = Catalogs([tmp_path / "app"])
    assert catalogs.locale("de").gettext("B") == "B"
    catalogs.add(tmp_path / "plugin")
    assert (catalogs.locale("de").gettext("A"), catalogs.locale("de").gettext("B")) == ("app", "plugin")


@pytest.mark.parametrize("tag", ["", "d", "deutsch", "../de", "de/../x", "de-DE-1901", "de\n", "de_", "12"])
def test_what_is_no_tag_is_refused(tag: str) -> None:
    with pytest.raises(UsageError, match="is no language tag") as caught:
        Locale(tag)
    assert caught.value.code == "L101"


@pytest.mark.parametrize(
    ("tag", "direction"),
    [("en", "ltr"), ("ar", "rtl"), ("ar-EG", "rtl"), ("he", "rtl"), ("fa", "rtl"), ("az-Arab", "rtl"), ("uz", "ltr"),
     ("ks-Deva", "ltr"), ("ur-PK", "rtl")],
)  # fmt: skip
def test_direction(tag: str, direction: str) -> None:
    assert Locale(tag).direction == direction


@pytest.mark.parametrize("text", ["what is this", GERMAN.replace("n != 1", "n !="), "\x00\x01" * 50])
def test_a_broken_catalog_is_named(tmp_path: Path, text: str) -> None:
    write(tmp_path, "de", text)
    with pytest.raises(UsageError, match=r"messages\.po cannot be read") as caught:
        Catalogs([tmp_path]).locale("de")
    assert caught.value.code == "L105"


def test_a_time_zone_must_be_one() -> None:
    assert Locale("de").at("Europe/Berlin").timezone == "Europe/Berlin"
    for wrong in ("Mars/Olympus", "../../etc/passwd", ""):
        with pytest.raises(UsageError, match="There is no time zone") as caught:
            Locale("de").at(wrong)
        assert caught.value.code == "L103"

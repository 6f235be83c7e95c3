"""Texts, dates and numbers in templates, in the language of whoever reads them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rooftree.base import Call, current_call
from rooftree.i18n import Locale
from tests.unit.templates.kit import NASTY, make

SAFE = "&lt;script&gt;&#34;&#39;&amp;"


def german(count: int) -> int:
    return int(count != 1)


GERMAN = Locale(
    "de",
    {
        ("", "Saved %(name)s."): (("<%(name)s> gesichert.",), german),
        ("", "<b>%(name)s</b> is new"): (("Neu: <b>%(name)s</b>",), german),
        ("", "broken %(name)s"): (("kaputt %(nmae)s",), german),
        ("", "%(num)s row"): (("%(num)s Zeile", "%(num)s Zeilen"), german),
        ("", "%(count)s product"): (("%(count)s Ware", "%(count)s Waren"), german),
        ("month", "May"): (("Mai",), german),
        ("", "100%% of it"): (("100%% davon",), german),
    },
)


@pytest.mark.parametrize(
    ("source", "english", "translated"),
    [
        ('{{ _("Saved %(name)s.", name=text) }}', f"Saved {SAFE}.", f"&lt;{SAFE}&gt; gesichert."),
        ('<i title="{{ _("Saved %(name)s.", name=1) }}">', '<i title="Saved 1.">', '<i title="&lt;1&gt; gesichert.">'),
        (
            '{{ ngettext("%(count)s product", "%(count)s products", 2) }}',
            "2 products",
            "2 Waren",
        ),
        ('{{ pgettext("month", "May") }}', "May", "Mai"),
        (
            "{% trans name=text %}<b>{{ name }}</b> is new{% endtrans %}",
            f"<b>{SAFE}</b> is new",
            f"Neu: <b>{SAFE}</b>",
        ),
        ("{% trans name=text %}broken {{ name }}{% endtrans %}", f"broken {SAFE}", f"broken {SAFE}"),
        ("{% trans num=1 %}{{ num }} row{% pluralize %}{{ num }} rows{% endtrans %}", "1 row", "1 Zeile"),
        ("{% trans num=3 %}{{ num }} row{% pluralize %}{{ num }} rows{% endtrans %}", "3 rows", "3 Zeilen"),
        ('{% trans "month" %}May{% endtrans %}', "May", "Mai"),
        ("{% trans %}100% of it{% endtrans %}", "100% of it", "100% davon"),
        ("{{ day|date }}", "Jan 2, 2026", "02.01.2026"),
        ("{{ price|number }}", "1,234.5", "1.234,5"),
        ("{{ price|currency('EUR') }}", "€1,234.50", "1.234,50\xa0€"),
        ("{{ 60|currency('EUR') }}", "€60.00", "60,00\xa0€"),  # constants are no constants where languages differ
        ("{{ _('Saved %(name)s.', name=1.5|number) }}", "Saved 1.5.", "&lt;1,5&gt; gesichert."),
    ],
)
async def test_a_page_speaks_the_language_of_the_call(
    tmp_path: Path, source: str, english: str, translated: str
) -> None:
    templates = make(tmp_path, {"a.html": source})
    values: dict[str, Any] = {"text": NASTY, "day": dt.date(2026, 1, 2), "price": Decimal("1234.5")}
    assert await templates.render("a.html", **values) == english
    before = current_call.set(Call(None, locale=GERMAN))
    try:
        assert await templates.render("a.html", **values) == translated
    finally:
        current_call.reset(before)


async def test_filters_and_tests_of_the_application_are_asked_by_each_rendering(tmp_path: Path) -> None:
    templates = make(tmp_path, {"a.html": "{{ 1|counted }} {{ 'yes' if 1 is even_now }} {{ 'a'|upper }}"})
    calls = [0]

    @templates.filter
    def counted(value: int) -> int:
        calls[0] += 1
        return value * calls[0]

    @templates.test
    def even_now(value: int) -> bool:
        return value * calls[0] % 2 == 0

    assert [await templates.render("a.html") for _ in range(3)] == ["1  A", "2 yes A", "3  A"]

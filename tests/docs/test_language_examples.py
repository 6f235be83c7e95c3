"""The examples of languages and of the look do what their pages say."""

from __future__ import annotations

from rooftree.testing import SyncClient
from tests.docs.test_examples import load


def test_languages() -> None:
    module = load("docs/examples/languages/app")
    with SyncClient(module.app) as client:
        page = client.get("/de/").text
        for text in (
            '<html lang="de" dir="ltr">', "<h1>Willkommen auf dem Holzplatz.</h1>", "Hallo Ada, 3 Balken",
            "Lesen Sie <b>dies</b> zuerst.", "27.11.26, 18:00 · 1.234,5 · 9,90\xa0€", 'hreflang="x-default"',
            'href="/ar/"',
        ):  # fmt: skip
            assert text in page
        assert client.get("/basket?count=1").text == "1 beam in your basket."
        assert client.get("/de/basket?count=2").text == "2 Balken im Korb."
        assert (client.get("/may").text, client.get("/de/may").text) == ("May", "Mai")
        assert client.get("/de/price?text=1.234,5").text == "de: 1.234,50\xa0€, 27.11.2026"
        assert client.get("/de/beams/7").json()["detail"] == "Es gibt keinen Balken 7."
        assert '<button name="language" value="de" lang="de">Deutsch</button>' in page
        for language, leads_to in (("ar", "/ar/basket"), ("en", "/basket"), ("xx", "/de/basket")):
            chosen = client.post("/de/language", data={"language": language, "next": "/de/basket"})
            assert (chosen.status_code, chosen.headers["location"]) == (303, leads_to)
    assert module.letter("de") == "Willkommen auf dem Holzplatz."


def test_the_look() -> None:
    with SyncClient(load("docs/examples/look/app").app) as client:
        assert "€48.90" in client.get("/").text
        assert "ساحة الأخشاب" in client.get("/ar/").text

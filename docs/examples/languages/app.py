from datetime import UTC, date, datetime

from rooftree import App, HTTPError, Languages, Locale, Page, Settings, _, ngettext, pgettext, render
from rooftree.i18n import format_currency, format_date, parse_number, translate

app = App(Settings(access_log=False))
app.use(Languages("en", "de", "ar", prefix="others", timezone="Europe/Berlin"))

GREETING = _("Welcome to the timber yard.")


@app.get("/")
async def index() -> Page:
    return render("index.html", greeting=GREETING, name="Ada", count=3, at=datetime(2026, 11, 27, 17, 0, tzinfo=UTC))


@app.get("/basket")
async def basket(count: int) -> str:
    return str(ngettext("%(count)s beam in your basket.", "%(count)s beams in your basket.", count))


@app.get("/may")
async def may() -> str:
    return str(pgettext("month", "May"))


@app.get("/beams/{id}")
async def beam(id: int) -> str:
    raise HTTPError(404, _("There is no beam %(id)s.", id=id))


@app.get("/price")
async def price(text: str, locale: Locale) -> str:
    return f"{locale.tag}: {format_currency(parse_number(text), 'EUR')}, {format_date(date(2026, 11, 27))}"


def letter(language: str) -> str:
    return translate(GREETING, app.languages.catalogs.locale(language)) if app.languages else ""

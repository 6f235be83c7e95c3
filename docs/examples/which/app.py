from __future__ import annotations

from rooftree import App, Group, HTTPError, Request, Schema

app = App()
visits: list[str] = []


class Rates(Schema):
    eur: float


class NotClosed(HTTPError):
    """The year is not over."""

    status = 409


@app.provide
def todays_rates() -> Rates:
    return Rates(eur=1.08)


async def count_visit(request: Request) -> None:
    visits.append(request.path)


reports = Group("/reports", dependencies=[count_visit])


@reports.get("/{year}", raises=[NotClosed])
async def report(year: int, rates: Rates) -> dict[str, float]:
    if year >= 2026:
        raise NotClosed
    return {"eur": rates.eur}


app.include(reports)

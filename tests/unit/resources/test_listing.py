"""Lists: filters, orders, searches, includes, pages."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from rooftree.resources import Resource
from rooftree.testing import Client, assert_queries
from tests.unit.resources.catalogue import NewPlank, Plank, PlankOut, opened


async def names(client: Client, query: str) -> list[str]:
    answer = await client.get(f"/planks?size=10&{query}")
    assert answer.status_code == 200, answer.text
    return [each["name"].removeprefix("Plank ") for each in answer.json()]


async def test_filters(url: str) -> None:
    async with opened(url) as client:
        for query, found in [
            ("", "1234567"),
            ("name=Plank 2", "2"),
            ("name.in=Plank 2&name.in=Plank 5", "25"),
            ("name.contains=LANK 3", "3"),
            ("name.startswith=plank", "1234567"),
            ("name.contains=%25", ""),
            ("price=2", "2"),
            ("price=2.000", "2"),
            ("price.ne=2", "134567"),
            ("price.ge=2&price.le=3.5", "23"),
            ("price.gt=2&price.lt=4", "3"),
            ("price.in=1&price.in=7.0", "17"),
            ("grade=rough", "246"),
            ("grade.in=rough&grade.in=fine&price.gt=6", "7"),
            ("sold=true", "67"),
            ("sold=false&price.ge=5", "5"),
            ("cut_on=2024-01-02", "2"),
            ("cut_on.ge=2024-01-02", "23"),
            ("cut_on.null=true", "4567"),
            ("cut_on.null=false", "123"),
            ("made_at.ge=2024-01-02T03:04:05Z", "1234567"),
            ("made_at.ge=2024-01-02T03:04:05-01:00", ""),
            ("wood=1", "123"),
            ("wood.name=Pine", "456"),
            ("wood.name.contains=I", "456"),
            ("marked=new", "12"),
            ("marked=old", "1"),
        ]:
            assert "".join(await names(client, query)) == found, query


async def test_orders(url: str) -> None:
    async with opened(url) as client:
        for query, found in [
            ("order=-price", "7654321"),
            ("order=price", "1234567"),
            ("order=wood.name&order=-price", "3216547"),
            ("order=-cut_on", "4567321"),
            ("order=cut_on", "1234567"),
            ("order=-name&order=-name", "7654321"),
        ]:
            assert "".join(await names(client, query)) == found, query
        assert [each["name"] for each in (await client.get("/beams")).json()] == ["Beam 3", "Beam 2", "Beam 1"]
        assert [each["length"] for each in (await client.get("/beams?order=length")).json()] == [1, 2, 3]


async def test_search(url: str) -> None:
    async with opened(url) as client:
        for query, found in [("oak", "123"), ("plank 4", "4"), ("PINE lank 5", "5"), ("%", ""), ("", "1234567")]:
            assert "".join(await names(client, f"q={query.replace('%', '%25')}")) == found, query
        # a full-text index over the named columns answers by rank, an order that is asked for goes before that
        assert [each["name"] for each in (await client.get("/beams?q=solid")).json()] == ["Beam 2"]
        assert [each["id"] for each in (await client.get("/beams?q=beam&order=length")).json()] == [1, 2, 3]
        assert len((await client.get("/beams?q=beam&cursor=")).json()) == 3


async def test_includes_ask_no_row_by_itself(url: str) -> None:
    async with opened(url) as client:
        with assert_queries(1):
            plain = (await client.get("/planks")).json()
        assert "wood" not in plain[0]
        assert "marks" not in plain[0]
        with assert_queries(1):
            woods = (await client.get("/planks?include=wood&size=10")).json()
        assert woods[0]["wood"] == {"id": 1, "name": "Oak"}
        assert woods[6]["wood"] is None
        with assert_queries(2):
            both = (await client.get("/planks?include=wood&include=marks")).json()
        assert both[0]["marks"] == [{"id": 1, "text": "old"}, {"id": 2, "text": "new"}]
        with assert_queries(1):
            beams = (await client.get("/beams")).json()
        assert beams[0] == {"id": 3, "name": "Beam 3", "length": 3, "wood": {"id": 1, "name": "Oak"}}


def links(answer: Any) -> dict[str, str]:
    found = [part.partition(">; rel=") for part in answer.headers.get("link", "").split(", ") if part]
    return {relation.strip('"'): address.removeprefix("<") for address, _, relation in found}


async def test_pages_by_number(url: str) -> None:
    async with opened(url) as client:
        first = await client.get("/planks?order=-price&total=true")
        assert [each["id"] for each in first.json()] == [7, 6, 5]
        assert first.headers["total-count"] == "7"
        assert links(first) == {
            "next": "?order=-price&total=true&page=2",
            "last": "?order=-price&total=true&page=3",
        }
        last = await client.get(f"/planks{links(first)['last']}")
        assert [each["id"] for each in last.json()] == [1]
        assert links(last)["prev"] == "?order=-price&total=true&page=2"
        assert links(last)["first"] == "?order=-price&total=true&page=1"
        assert "next" not in links(last)
        with assert_queries(1):  # nobody counts where nobody asks
            plain = await client.get("/planks?page=2")
        assert "total-count" not in plain.headers
        assert (await client.get("/planks?page=10000")).json() == []
        with assert_queries(1):  # the one page is all there is
            assert (await client.get("/planks?size=10&total=true")).headers["total-count"] == "7"


async def test_pages_by_cursor(url: str) -> None:
    async with opened(url) as client:
        seen: list[int]
        for order in ("", "order=-price", "order=cut_on", "order=-cut_on&order=name", "price.ge=2&order=-name"):
            query, seen, pages = f"?cursor=&{order}", [], 0
            while query:
                answer = await client.get(f"/planks{query}")
                assert answer.status_code == 200, answer.text
                seen += [each["id"] for each in answer.json()]
                assert ("first" in links(answer)) == (pages > 0)
                query, pages = links(answer).get("next", ""), pages + 1
            whole = [each["id"] for each in (await client.get(f"/planks?size=10&{order}")).json()]
            assert seen == whole, order
            assert pages == 3 if len(whole) == 7 else pages == 2


async def test_what_cannot_be_asked_is_told_with_its_name(url: str) -> None:
    async with opened(url) as client:
        for query, parameter, text in [
            ("prize=1", "prize", "did you mean `price`?"),
            ("price__ge=1", "price__ge", "did you mean `price.ge`?"),
            ("cost=1", "cost", ""),
            ("price=cheap", "price", "Expected `decimal`"),
            ("price=1&price=2", "price", "Expected one value, got 2"),
            ("grade=best", "grade", ""),
            ("wood=oak", "wood", "Expected `int`"),
            ("cut_on=yesterday", "cut_on", "date"),
            ("made_at.ge=2024-01-01T00:00:00", "made_at.ge", "Expected `datetime` with a zone"),
            ("order=cost", "order[0]", ""),
            ("include=owner", "include[0]", ""),
            ("page=0", "page", "Expected `int` >= 1"),
            ("page=10001", "page", "Expected `int` <= 10000"),
            ("size=11", "size", "Expected `int` <= 10"),
            ("cursor=&page=2", "cursor", "got both"),
            ("cursor=&order=wood.name", "cursor", "no cursor follows an order by another table"),
            ("cursor=nonsense", "cursor", "Expected a cursor of this list in this order"),
            ("total=perhaps", "total", "Expected `bool`"),
        ]:
            answer = await client.get(f"/planks?{query}")
            assert answer.status_code == 422, (query, answer.text)
            assert answer.headers["content-type"].startswith("application/problem+json")
            (error,) = answer.json()["errors"]
            assert error["in"] == "query"
            assert error["parameter"] == parameter
            assert text in error["detail"], (query, error)
        answer = await client.get("/planks/1?includes=wood")
        assert answer.status_code == 422
        assert "did you mean `include`?" in answer.text


@pytest.mark.parametrize("paging", ["page", "cursor"])
async def test_one_way_of_paging(paging: Literal["page", "cursor"]) -> None:
    class Paged(Resource[Plank, NewPlank, PlankOut], path="/planks", page_size=3, paging=paging): ...

    async with opened("sqlite://", Paged) as client:
        answer = await client.get("/planks")
        assert ("page=2" in answer.headers["link"]) == (paging == "page")
        refused = await client.get("/planks?page=1" if paging == "cursor" else "/planks?cursor=")
        assert refused.status_code == 422

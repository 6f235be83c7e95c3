"""Query strings that come again: their values are known, and nobody's change of one reaches another request."""

from __future__ import annotations

from typing import Annotated

import pytest

from rooftree import Query
from rooftree.base import RequestInvalid
from rooftree.binding.reading import KNOWN_QUERIES, LONGEST_KNOWN, remember
from tests.unit.binding.kit import make_request, plan_of


async def test_a_query_string_that_comes_again_has_the_same_values() -> None:
    async def handler(page: int = 1, q: str | None = None) -> list[object]:
        return [page, q]

    plan = plan_of(handler)
    for query, body in (("page=2&q=a", b'[2,"a"]'), ("", b"[1,null]"), ("q=%C3%A9", '[1,"é"]'.encode())) * 2:
        assert (await plan(make_request(query=query))).body == body


async def test_a_query_string_that_is_refused_is_refused_again() -> None:
    async def handler(page: int) -> int:
        return page

    plan = plan_of(handler)
    for query in ("page=x", "", "page=1&page=2") * 2:
        with pytest.raises(RequestInvalid):
            await plan(make_request(query=query))


async def test_a_value_that_can_be_changed_is_no_other_requests() -> None:
    async def handler(tags: Annotated[list[str], Query()], more: Annotated[list[str], Query()] = []) -> list[str]:  # noqa: B006
        tags.append("changed")
        more.append("changed")
        return [*tags, *more]

    plan = plan_of(handler)
    for _ in range(2):
        assert (await plan(make_request(query="tags=a"))).body == b'["a","changed","changed"]'


def test_what_is_remembered_is_bounded() -> None:
    known: dict[bytes, tuple[object, ...]] = {}
    for number in range(3 * KNOWN_QUERIES):
        remember(known, b"q=%d" % number, (number,))
        assert len(known) <= KNOWN_QUERIES
    known.clear()
    remember(known, b"q=" + b"x" * LONGEST_KNOWN, ("x",))
    assert not known

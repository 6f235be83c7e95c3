"""Random conditions, orders and aggregates, against what plain Python makes of the same rows."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rooftree.db import Col, Condition, Database, Databases, Model, col, count, create_tables, sum_

Check = Callable[[Any], bool | None]


class Thing(Model):
    text: Col[str] = col()
    number: Col[int] = col()
    amount: Col[Decimal] = col(max_digits=10, decimal_places=2)
    maybe: Col[int | None] = col()


TEXTS = st.text(st.sampled_from("ab%_/ÄäßA\\'\"1 "), max_size=4)
NUMBERS = st.integers(-3, 3)
AMOUNTS = st.decimals(-5, 5, places=2)
LIMITS = st.decimals(-6, 6, places=4)
ROWS = st.lists(st.tuples(TEXTS, NUMBERS, AMOUNTS, st.none() | NUMBERS), max_size=8)
SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge, "eq": operator.eq, "ne": operator.ne,
}  # fmt: skip


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


@st.composite
def leaves(draw: st.DrawFn) -> tuple[Condition, Check]:
    sign = SIGNS[draw(st.sampled_from(sorted(SIGNS)))]
    match draw(st.integers(0, 9)):
        case 0:
            number = draw(NUMBERS)
            return sign(Thing.number, number), lambda row: bool(sign(row.number, number))
        case 1:
            limit = draw(LIMITS)
            return sign(Thing.amount, limit), lambda row: bool(sign(row.amount, limit))
        case 2:
            number = draw(NUMBERS)
            return sign(Thing.maybe, number), lambda row: None if row.maybe is None else bool(sign(row.maybe, number))
        case 3:
            return Thing.maybe.is_null(), lambda row: row.maybe is None
        case 4:
            text = draw(TEXTS)
            return Thing.text.contains(text), lambda row: text in row.text
        case 5:
            text = draw(TEXTS)
            return Thing.text.startswith(text), lambda row: bool(row.text.startswith(text))
        case 6:
            text = draw(TEXTS)
            return Thing.text.endswith(text, ignore_case=True), lambda row: bool(
                row.text.lower().endswith(text.lower())
            )
        case 7:
            numbers = draw(st.lists(NUMBERS, max_size=3))
            return Thing.number.in_(numbers), lambda row: row.number in numbers
        case 8:
            limits = draw(st.lists(LIMITS, max_size=3))
            return Thing.amount.not_in(limits), lambda row: row.amount not in limits
        case _:
            factor, limit = draw(LIMITS), draw(LIMITS)
            return sign(Thing.amount * factor + Thing.number, limit), lambda row: bool(
                sign(row.amount * factor + row.number, limit)
            )


def both(pair: tuple[tuple[Condition, Check], tuple[Condition, Check]]) -> tuple[Condition, Check]:
    (one, mine), (two, theirs) = pair

    def check(row: Any) -> bool | None:
        values = (mine(row), theirs(row))
        return False if False in values else None if None in values else True

    return one & two, check


def either(pair: tuple[tuple[Condition, Check], tuple[Condition, Check]]) -> tuple[Condition, Check]:
    (one, mine), (two, theirs) = pair

    def check(row: Any) -> bool | None:
        values = (mine(row), theirs(row))
        return True if True in values else None if None in values else False

    return one | two, check


def neither(pair: tuple[Condition, Check]) -> tuple[Condition, Check]:
    return ~pair[0], lambda row: _not(pair[1](row))


CONDITIONS: st.SearchStrategy[tuple[Condition, Check]] = st.recursive(
    leaves(),
    lambda inner: st.tuples(inner, inner).map(both) | st.tuples(inner, inner).map(either) | inner.map(neither),
    max_leaves=6,
)


async def compared(rows: list[tuple[Any, ...]], condition: Condition, check: Check, size: int) -> None:
    async with Database("sqlite://") as database:
        with Databases({"default": database}).current():
            await create_tables(Thing)
            things = await Thing.create_many([Thing(text=t, number=n, amount=a, maybe=m) for t, n, a, m in rows])
            fitting = [thing for thing in things if check(thing) is True]
            query = Thing.where(condition)
            assert await query.order_by(Thing.id) == fitting
            assert await query.count() == len(fitting)
            assert await query.exists() == bool(fitting)
            (row,) = await query.select(count(), sum_(Thing.amount), sum_(Thing.number))
            total = sum((thing.amount for thing in fitting), Decimal(0))
            assert row == (
                len(fitting),
                total if fitting else None,
                sum(thing.number for thing in fitting) if fitting else None,
            )
            ordered = sorted(fitting, key=lambda thing: (-thing.amount, thing.number, thing.id))
            order = (Thing.amount.desc(), Thing.number)
            walked: list[Thing] = []
            cursor: str | None = None
            while True:
                page = await query.order_by(*order).cursor_page(cursor, size=size)
                walked += page.items
                cursor = page.next
                if cursor is None:
                    break
            assert walked == ordered
            numbered = [
                thing for number in range(1, 10) for thing in await query.order_by(*order).page(number, size=size)
            ]
            assert numbered == ordered[: 9 * size]
            groups = await query.select(Thing.number, count()).group_by(Thing.number).order_by(Thing.number)
            numbers = sorted({thing.number for thing in fitting})
            assert groups == [(number, sum(thing.number == number for thing in fitting)) for number in numbers]
            changed = await query.update(amount=Thing.amount * Decimal("1.05"))
            assert changed == len(fitting)
            for thing in fitting:
                expected = (thing.amount * Decimal("1.05")).quantize(Decimal("0.01"), ROUND_HALF_UP)
                assert (await Thing.get(thing.id)).amount == expected


@settings(max_examples=40)
@given(rows=ROWS, pair=CONDITIONS, size=st.integers(1, 4))
def test_a_query_answers_as_python_would(rows: list[tuple[Any, ...]], pair: tuple[Condition, Check], size: int) -> None:
    asyncio.run(compared(rows, pair[0], pair[1], size))

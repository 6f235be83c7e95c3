# ruff: noqa: E501 - tables of names read best as they are
from __future__ import annotations

import enum
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from uuid import UUID

import msgspec
import pytest

from rooftree.db import (
    BareModel,
    Check,
    Col,
    Index,
    Many,
    Model,
    QueryError,
    Ref,
    RowInvalid,
    Unique,
    by_database,
    col,
    many,
    ref,
    uuid7,
)
from rooftree.db.expressions.constraints import Constraint
from rooftree.db.models.naming import table_name
from tests.unit.db.queries.shop import opened


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Size(msgspec.Struct):
    width: int
    names: list[str] = []


class Everything(Model):
    text: Col[str] = col()
    whole: Col[int] = col()
    real: Col[float] = col()
    flag: Col[bool] = col()
    amount: Col[Decimal] = col(max_digits=18, decimal_places=6)
    raw: Col[bytes] = col()
    day: Col[date] = col()
    clock: Col[time] = col()
    moment: Col[datetime] = col()
    span: Col[timedelta] = col()
    token: Col[UUID] = col(default=uuid7)
    colour: Col[Colour] = col()
    native: Col[Colour] = col(native=True)
    level: Col[Level] = col()
    size: Col[Size] = col()
    notes: Col[dict[str, Any]] = col(default=dict)
    labels: Col[list[str]] = col(default=list)
    numbers: Col[list[int]] = col(default=list)
    days: Col[list[date]] = col(default=list)
    four: Col[IPv4Address] = col()
    any_ip: Col[IPv4Address | IPv6Address] = col()
    email: Col[str] = col(format="email")
    site: Col[str | None] = col(format="url", default=None)
    doubled: Col[int] = col(generated="whole * 2")
    stamped: Col[int] = col(default=by_database("40 + 2"))
    nothing: Col[datetime | None] = col(default=None)


ANY: Any = Everything


def everything(**values: Any) -> Everything:
    given: dict[str, Any] = {
        "text": "ünïcödé 'quoted' \"double\" \\ \n \u2028 😀",
        "whole": 2**62,
        "real": 0.1,
        "flag": True,
        "amount": Decimal("-999999999999.123456"),
        "raw": bytes(range(256)),
        "day": date(1, 1, 1),
        "clock": time(23, 59, 59, 999999),
        "moment": datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        "span": timedelta(days=-3, microseconds=7),
        "colour": Colour.BLUE,
        "native": Colour.RED,
        "level": Level.HIGH,
        "size": Size(3, ["a", "b"]),
        "notes": {"a": [1, {"b": None}], "c": "x"},
        "labels": ["new", "it's", ""],
        "numbers": [1, -(2**62)],
        "days": [date(2026, 2, 28)],
        "four": IPv4Address("192.0.2.1"),
        "any_ip": IPv6Address("2001:db8::1"),
        "email": "ann@example.org",
    }
    given["whole"] = 21
    return Everything(**{**given, **values})


async def test_every_type_comes_back_as_it_was_saved(url: str) -> None:
    async with opened(url, Everything):
        made = everything()
        await made.save()
        assert made.doubled == 42
        assert made.stamped == 42
        found = await Everything.get(made.id)
        for column in Everything.__table_info__.columns:
            assert getattr(found, column.name) == getattr(made, column.name), column.name
            assert type(getattr(found, column.name)) is not str or type(getattr(made, column.name)) is str
        assert found.moment.tzinfo is not None
        assert found.moment.utcoffset() == timedelta(0)
        assert str(found.amount) == "-999999999999.123456"
        assert isinstance(found.token, UUID)
        assert found.size.names == ["a", "b"]


async def test_every_type_can_be_asked_for(url: str) -> None:
    async with opened(url, Everything):
        made = await Everything.create_many([everything(), everything(text="other", real=-1.5, flag=False)])
        row = made[0]
        for column in Everything.__table_info__.columns:
            if column.type.kind == "json" or column.name in {"id", "site", "nothing"}:
                continue
            expression = Everything.__table_info__.own[column.name]
            found = await Everything.where(expression == getattr(row, column.name))
            assert row in found, column.name
            if column.type.kind not in {"array", "bytes"}:
                assert row in await Everything.where(expression.in_([getattr(row, column.name)])), column.name
        assert await Everything.where(Everything.token == row.token) == [row]
        assert await Everything.where(Everything.colour == Colour.RED) == []
        assert await Everything.where(Everything.colour.in_([Colour.BLUE])).count() == 2
        with pytest.raises(QueryError):
            _ = ANY.colour == "blue"


async def test_a_changed_json_value_is_saved(url: str) -> None:
    async with opened(url, Everything):
        made = await everything().save()
        made.size.names.append("c")
        made.labels.append("more")
        made.notes["d"] = 1
        await made.save()
        found = await Everything.get(made.id)
        assert (found.size.names, found.labels[-1], found.notes["d"]) == (["a", "b", "c"], "more", 1)


async def test_values_of_other_types_are_refused_by_name(url: str) -> None:
    async with opened(url, Everything):
        wrong: dict[str, Any] = {
            "text": 3, "whole": "3", "real": "0.1", "flag": 1, "amount": "1.0", "raw": "x", "day": datetime(2026, 1, 1, tzinfo=UTC),
            "clock": "12:00", "moment": datetime(2026, 1, 1), "span": 3, "token": "x", "colour": "red", "level": 1,  # noqa: DTZ001
            "labels": "x", "numbers": ["1"], "four": "192.0.2.1", "email": "not an address", "site": "javascript:alert(1)",
        }  # fmt: skip
        with pytest.raises(RowInvalid) as caught:
            await everything(**wrong).save()
        assert [problem.column for problem in caught.value.problems] == [
            column.name for column in Everything.__table_info__.columns if column.name in wrong
        ]
        for bad in ("a\x00b", "\ud800"):
            with pytest.raises(RowInvalid, match="text: Expected text"):
                await everything(text=bad).save()
        with pytest.raises(RowInvalid, match="NaN"):
            await everything(real=float("nan")).save()
        with pytest.raises(RowInvalid, match="size: Expected"):
            await everything(size=Size("wide")).save()  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def test_json_paths(url: str) -> None:
    async with opened(url, Everything):
        row = await everything(
            notes={"a": {"b": [10, 20]}, "t": "x", "f": 1.5, "o": True, "q\"'": 7, "0": "zero"}
        ).save()
        at = Everything.notes.at
        assert await Everything.values(at("a", "b", 1, as_=int)) == [20]
        assert await Everything.values(at("a", "b", 7, as_=int)) == [None]
        assert await Everything.values(at("t", as_=int)) == [None]
        assert await Everything.values(at("q\"'", as_=int)) == [7]
        assert await Everything.values(at("0", as_=str)) == ["zero"]
        assert await Everything.values(at("o", as_=bool)) == [True]
        assert await Everything.values(at("f", as_=float)) == [1.5]
        assert await Everything.where(at("t", as_=str) == "x") == [row]
        assert await Everything.where(at("a", "b", 0, as_=int) > 5) == [row]
        assert await Everything.where(Everything.size.at("width", as_=int) == 3) == [row]
        with pytest.raises(QueryError):
            at("t", as_=dict)


async def test_arrays(url: str) -> None:
    async with opened(url, Everything):
        row = await everything().save()
        other = await everything(labels=["x"], numbers=[]).save()
        assert await Everything.where(Everything.labels.has("it's")) == [row]
        assert await Everything.where(Everything.labels.overlaps(["zz", "x"])) == [other]
        assert await Everything.where(Everything.numbers.size() == 0) == [other]
        assert await Everything.where(Everything.numbers.has(1)) == [row]
        assert await Everything.where(Everything.labels == ["x"]) == [other]
        assert await Everything.where(Everything.labels.overlaps([])) == []


async def test_decimals_add_up_exactly(url: str) -> None:
    from rooftree.db import avg, count, max_, min_, round_, sum_

    async with opened(url, Everything):
        await Everything.create_many([everything(amount=Decimal("0.1")) for _ in range(10)])
        total, mean, low, high, rows = (
            await Everything.select(
                sum_(Everything.amount),
                avg(Everything.amount),
                min_(Everything.amount),
                max_(Everything.amount),
                count(),
            )
        )[0]
        assert (total, mean, low, high, rows) == (Decimal("1.0"), Decimal("0.1"), Decimal("0.1"), Decimal("0.1"), 10)
        assert isinstance(total, Decimal)
        assert await Everything.values(round_(sum_(Everything.amount * Decimal("1.05")), 1)) == [Decimal("1.1")]
        assert (await Everything.values(Everything.amount.cast(float)))[0] == 0.1
        assert (await Everything.values(Everything.whole.cast(Decimal)))[0] == Decimal(21)
        assert await Everything.where(Everything.amount * 3 == Decimal("0.3")).count() == 10
        assert await Everything.where(Everything.amount + Decimal("0.2") == Decimal("0.3")).count() == 10
        assert await Everything.where(Everything.amount / 4 == Decimal("0.025")).count() == 10
        assert await Everything.where(Everything.real + Everything.amount.cast(float) == 0.2).count() == 10
        with pytest.raises(QueryError, match="would lose digits"):
            _ = ANY.amount * ANY.real


async def test_moments_and_spans_have_arithmetic(url: str) -> None:
    async with opened(url, Everything):
        row = await everything(span=timedelta(hours=2)).save()
        later = Everything.moment + timedelta(days=1, microseconds=1)
        assert await Everything.values(later) == [row.moment + timedelta(days=1, microseconds=1)]
        assert await Everything.values(Everything.moment - timedelta(hours=1)) == [row.moment - timedelta(hours=1)]
        assert await Everything.values(later - Everything.moment) == [timedelta(days=1, microseconds=1)]
        assert await Everything.where(Everything.moment + Everything.span > row.moment) == [row]


class Country(BareModel, table="countries"):
    code: Col[str] = col(primary=True, max_length=2, min_length=2)
    name: Col[str] = col(pattern="^[A-Za-z ]+$")


class City(BareModel, table="cities"):
    country: Ref[Country] = ref(primary=True, on_delete="cascade")
    number: Col[int] = col(primary=True)
    name: Col[str] = col(index=True)
    streets: Many[Street] = many(by="city")
    friends: Many[City] = many()

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [
            Unique(cls.name, where=cls.number > 0),
            Index(cls.name.lower(), name="ix_cities_lower_name"),
            Index(cls.name.desc(), where=cls.number > 5, include=[cls.number], name="ix_cities_partial"),
            Check(cls.number >= 0, name="counted"),
        ]


class Street(Model):
    name: Col[str] = col()
    city: Ref[City] = ref(on_delete="cascade")
    twin: Ref[Street | None] = ref(unique=True)


async def test_keys_of_several_columns_work_everywhere(url: str) -> None:
    async with opened(url, Country, City, Street):
        de = await Country.create(code="DE", name="Germany")
        with pytest.raises(RowInvalid, match="regex"):  # the end of a pattern is the end of the text
            await Country.create(code="FR", name="France\n")
        ulm = await City.create(country=de, number=1, name="Ulm")
        bonn = await City.create(country="DE", number=2, name="Bonn")
        assert await City.get(("DE", 1)) == ulm
        with pytest.raises(QueryError, match=r"The key of City is \(country_code, number\), got 1 values"):
            await City.get("DE")
        first = await Street.create(name="Main", city=ulm)
        second = await Street.create(name="Side", city=("DE", 1), twin=first)
        assert await Street.where(Street.city.is_(ulm)).count() == 2
        assert await Street.where(Street.city.in_([bonn])).count() == 0
        assert await Street.where(Street.city.in_([bonn, ulm])).count() == 2
        assert await Street.where(Street.city.country.name == "Germany").count() == 2
        found = await City.all().include(City.streets.order_by(Street.id), City.country).order_by(City.number)
        assert [[street.name for street in city.streets] for city in found] == [["Main", "Side"], []]
        assert found[0].country == de
        assert await City.in_bulk([("DE", 2), ("FR", 1)]) == {("DE", 2): bonn}
        assert await City.where(City.streets.any(Street.name == "Side")) == [ulm]
        await City.friends.add(ulm, bonn)
        assert (await City.get(("DE", 1)).include(City.friends)).friends == [bonn]
        assert await City.friends.of(("DE", 1)) == [bonn]
        assert (await Street.get(second.id).include(Street.twin)).twin == first
        bonn.name = "Bonn am Rhein"
        await bonn.save()
        await ulm.delete()
        assert await Street.count() == 0
        assert await City.where(City.streets.none()).update(name="x") == 1
        assert await City.where(City.country.name == "Germany").delete() == 1


def test_tables_are_named_after_their_models() -> None:
    names = {
        "Product": "products",
        "OrderLine": "order_lines",
        "Category": "categories",
        "Box": "boxes",
        "Day": "days",
        "HTTPLog": "http_logs",
    }
    assert {model: table_name(model) for model in names} == names


async def test_create_statements_name_constraints_predictably() -> None:
    from rooftree.db.sql.tables import create_statements

    for dialect in ("sqlite", "postgresql"):
        text = "\n".join(create_statements([City.__table_info__, Street.__table_info__], dialect))
        for name in (
            "pk_cities", "fk_cities_country_code", "uq_cities_name", "ix_cities_lower_name", "ix_cities_partial",
            "ck_cities_counted", "fk_streets_city_country_code_city_number", "uq_streets_twin_id",
            "ix_streets_city_country_code_city_number", "pk_cities_friends", "ck_countries_code_min_length",
        ):  # fmt: skip
            assert name in text, (dialect, name)
        assert ("INCLUDE" in text) == (dialect == "postgresql")

"""Mistakes in the declaration of a resource, each by its text."""

# ruff: noqa: E501 - the texts of errors are as long as they are

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from rooftree import App, Listing, Request, Results
from rooftree.base import RouteError, StartupError
from rooftree.db import Condition, Query
from rooftree.resources import Filter, Resource, ResourceError
from tests.unit.resources.catalogue import Beam, BeamOut, NewBeam, NewPlank, Plank, PlankOut, Planks, Wood


def mistake(make: Callable[[], Any]) -> str:
    """Return the text of what is wrong with a resource."""
    app = App()
    app.include(make())
    with pytest.raises(ResourceError) as caught:
        _ = app.built
    assert re.fullmatch(r"tests/unit/resources/test_declaration.py:\d+", str(caught.value.at))
    return str(caught.value).replace(f" At {caught.value.at}.", "").replace(f"{make.__name__}.", "")


def two(price: int, name: str) -> Condition:
    return Plank.price > price


def opaque(value: Callable[[], int]) -> Condition:
    return Plank.price > value()


def options(**given: Any) -> Any:
    def made() -> Any:
        class Own(Resource[Plank, NewPlank, PlankOut], **{"path": "/planks", **given}): ...

        return Own

    return made


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"filter": ()}, "[R401] made.Own has no option 'filter'. Did you mean 'filters'?"),
        ({"path": "planks/"}, "[R401] made.Own has the path 'planks/'. Write '/planks'."),
        (
            {"page_size": 50, "max_page_size": 20},
            "[R401] made.Own has pages of 50 rows, and of 20 at most. Let page_size be 1 to max_page_size.",
        ),
        (
            {"filters": (Beam.name,)},
            (
                "[R402] made.Own names Beam.name in filters=, which is no column of Plank. Name a column, Plank.name, or one "
                "behind a relation, or a function of one value that returns a condition."
            ),
        ),
        (
            {"filters": (Plank.marks,)},
            (
                "[R402] made.Own names Plank.marks in filters=, which is no column of Plank. Name a column, Plank.name, or one "
                "behind a relation, or a function of one value that returns a condition."
            ),
        ),
        (
            {"ordering": ("name",)},
            (
                "[R402] made.Own names 'name' in ordering=, which is no column of Plank. Name a column, Plank.name, or one "
                "behind a relation."
            ),
        ),
        (
            {"include": (Plank.name,)},
            (
                "[R402] made.Own names Plank.name in include=, which is no relation of Plank. Name its references and its "
                "many."
            ),
        ),
        (
            {"include": (Beam.wood,)},
            "[R402] made.Own names Beam.wood in include=, which is no relation of Plank. Name its references and its many.",
        ),
        (
            {"filters": (Plank.cost,)},
            (
                "[R403] made.Own names the private column Plank.cost in filters=: whoever may compare or order by it learns what"
                " it holds. Leave it out, or make it no longer private."
            ),
        ),
        (
            {"ordering": (Plank.cost,)},
            (
                "[R403] made.Own names the private column Plank.cost in ordering=: whoever may compare or order by it learns "
                "what it holds. Leave it out, or make it no longer private."
            ),
        ),
        (
            {"filters": (Filter(Plank.name, "like"),)},  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            (
                "[R404] made.Own filters Plank.name by 'like', which is no look-up. There are eq, ne, ge, gt, le, lt, in, "
                "contains, startswith, null."
            ),
        ),
        (
            {"filters": (Filter(Plank.name, "null"),)},
            "[R404] made.Own filters Plank.name by 'null', and it always has a value. Leave 'null' out.",
        ),
        (
            {"filters": (Filter(Plank.sold, "ge"),)},
            "[R404] made.Own filters Plank.sold by 'ge', which its type bool does not have. It has eq, ne, in.",
        ),
        (
            {"filters": (two,)},
            (
                "[R405] made.Own filters by two(), which takes 2 values. Let it take one, typed, and return a condition: def "
                "two(value: bool) -> Condition."
            ),
        ),
        (
            {"order": ("name",)},
            "[R406] made.Own has 'name' in order=, which is no order. Write order=(Plank.name.desc(),).",
        ),
        (
            {"search": (Plank.price,)},
            "[R407] made.Own names Plank.price in search=, which holds Decimal. Name columns of text.",
        ),
        (
            {"filters": (Filter(Plank.name, name="size"),)},
            (
                "[R408] made.Own has two parameters of its list that are called 'size'. Give the filter another name: "
                "Filter(..., name=...)."
            ),
        ),
        (
            {"filters": (Plank.name, Plank.name)},
            (
                "[R408] made.Own has two parameters of its list that are called 'name'. Give the filter another name: "
                "Filter(..., name=...)."
            ),
        ),
        (
            {"verbs": ("lists",)},
            "[R411] made.Own has the verb 'lists'. There are list, create, read, update, replace, delete.",
        ),
        (
            {"verb_requires": {"lists": ()}},
            "[R411] made.Own requires something of 'lists'. There are list, create, read, update, replace, delete.",
        ),
    ],
)
def test_options(given: dict[str, Any], text: str) -> None:
    assert mistake(options(**given)).replace("options.Own", "made.Own") == text


def test_a_function_whose_value_cannot_be_read() -> None:
    assert "[R405]" in mistake(options(filters=(opaque,)))


def shapes(*given: Any) -> Callable[[], Any]:
    def made() -> Any:
        generic: Any = Resource

        class Own(generic[given], path="/own"): ...  # type: ignore[call-arg, misc]  # pyright: ignore[reportCallIssue, reportGeneralTypeIssues]

        return Own

    return made


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            (Plank, NewBeam, PlankOut),
            "has NewBeam as its input, a shape of Beam where its model is Plank. Name a shape of Plank.",
        ),
        (
            (Plank, NewPlank, BeamOut),
            "has BeamOut as its output, a shape of Beam where its model is Plank. Name a shape of Plank.",
        ),
        (
            (Plank, PlankOut, PlankOut),
            "has PlankOut as its input, which is no Input of Plank. Write class PlankInput(Input[Plank], fields=(...)).",
        ),
        (
            (Plank, Plank, PlankOut),
            "has Plank as its input, which is no Input of Plank. Write class PlankInput(Input[Plank], fields=(...)).",
        ),
        (
            (Plank, NewPlank, PlankOut, BeamOut),
            "has BeamOut as its change, which is no Input of Plank. Write class PlankChange(Input[Plank], fields=(...)).",
        ),
    ],
)
def test_shapes(given: tuple[Any, ...], text: str) -> None:
    assert mistake(shapes(*given)).endswith(text)


def listed() -> Any:
    class Own(Resource[Plank, NewPlank, PlankOut], path="/planks"):
        async def list(self, page: Listing[Plank]) -> Results[Plank]:
            return await page.results()

    return Own


def named() -> Any:
    class Own(Resource[Plank, NewPlank, PlankOut], path="/planks"):
        async def update(self, data: NewPlank, item: Plank) -> Plank:  # type: ignore[override]
            return await data.apply(item).save()

    return Own


def bare() -> Any:
    class Own(Resource[Plank, NewPlank, PlankOut], path="/planks"):
        async def delete(self) -> None: ...  # type: ignore[override]

    return Own


def plain() -> Any:
    class Own(Resource[Plank, NewPlank, PlankOut], path="/planks"):
        def read(self, item: Plank) -> Plank:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
            return item

    return Own


def waiting() -> Any:
    class Own(Resource[Plank, NewPlank, PlankOut], path="/planks"):
        async def rows(self) -> Query[Plank]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
            return Plank.all()

    return Own


def other_row() -> Any:
    class Own(Resource[Plank, NewPlank, PlankOut], path="/planks"):
        async def read(self, item: Beam) -> Plank:  # type: ignore[override]
            raise NotImplementedError

    return Own


def other_body() -> Any:
    class Own(Resource[Plank, NewPlank, PlankOut], path="/planks"):
        async def create(self, data: NewBeam) -> Plank:  # type: ignore[override]
            raise NotImplementedError

    return Own


def text_as_body() -> Any:
    class Own(Resource[Plank, NewPlank, PlankOut], path="/planks"):
        async def create(self, data: str) -> Plank:  # type: ignore[override]
            raise NotImplementedError

    return Own


def number_as_listing() -> Any:
    class Own(Resource[Plank, NewPlank, PlankOut], path="/planks"):
        async def list(self, listing: int) -> Results[Plank]:  # type: ignore[override]
            raise NotImplementedError

    return Own


def no_verb() -> Any:
    class Own(Resource[Plank, NewPlank, PlankOut], path="/planks", verbs=("list",)):
        async def read(self, item: Plank) -> Plank:
            return item

    return Own


def no_input() -> Any:
    class Own(Resource[Plank], path="/planks", verbs=("list", "create")): ...

    return Own


def always_shown() -> Any:
    class Own(Resource[Beam, NewBeam, BeamOut], path="/beams", include=(Beam.wood,)): ...

    return Own


def never_shown() -> Any:
    class Own(Resource[Beam], path="/beams", include=(Beam.wood,)): ...

    return Own


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            listed,
            (
                "Own.list() takes (page) where it is given (listing). Write 'async def list(self, listing: Listing[Plank]) -> "
                "Results[Plank]'; what else it needs stands behind that."
            ),
        ),
        (
            named,
            (
                "Own.update() takes (data, item) where it is given (item, data). Write 'async def update(self, item: Plank, data:"
                " NewPlankChange) -> Plank'; what else it needs stands behind that."
            ),
        ),
        (
            bare,
            (
                "Own.delete() takes nothing where it is given (item). Write 'async def delete(self, item: Plank) -> None'; what "
                "else it needs stands behind that."
            ),
        ),
        (plain, "Own.read() is no 'async def'. Write 'async def read(self, item: Plank) -> Plank'."),
        (
            waiting,
            "Own.rows() is 'async def', and only makes a query. Write 'def rows(self) -> Query[Plank]'.",
        ),
        (
            other_row,
            "Own.read() takes 'item: Beam', which is none of Plank. Write 'async def read(self, item: Plank) -> Plank'.",
        ),
        (
            other_body,
            (
                "Own.create() takes 'data: NewBeam', which is none of Plank. Write 'async def create(self, data: NewPlank) -> "
                "Plank'."
            ),
        ),
        (
            text_as_body,
            "Own.create() takes 'data: str', which is none of Plank. Write 'async def create(self, data: NewPlank) -> Plank'.",
        ),
        (
            number_as_listing,
            (
                "Own.list() takes 'listing: int', which is none of Plank. Write 'async def list(self, listing: Listing[Plank])"
                " -> Results[Plank]'."
            ),
        ),
        (no_verb, "Own has a method read() and no such verb. Add 'read' to verbs=, or take it out."),
        (
            no_input,
            "Own has the verb 'create' and no shape that comes in. Name one: Resource[Plank, NewPlank, ...].",
        ),
        (
            always_shown,
            (
                "Own names Beam.wood in include=, and BeamOut always shows it. Write 'wood: Included[...]' in BeamOut, with the "
                "shape of what is behind it."
            ),
        ),
        (
            never_shown,
            (
                "Own names Beam.wood in include=, and BeamOut does not show it. Write 'wood: Included[...]' in BeamOut, with the "
                "shape of what is behind it."
            ),
        ),
    ],
)
def test_methods(make: Callable[[], Any], text: str) -> None:
    assert mistake(make).endswith(text)


def test_what_a_method_needs_beyond_that_is_checked_as_a_handlers() -> None:
    class Own(Resource[Plank, NewPlank, PlankOut], path="/planks"):
        async def read(self, item: Plank, other: Wood) -> Plank:
            return item

    app = App()
    app.include(Own)
    with pytest.raises(StartupError, match=r"\[H118\] .*Own.read\(\) has a parameter 'other: Wood'"):
        _ = app.built


def test_what_routes_are_called() -> None:
    class Own(Resource[Plank, NewPlank, PlankOut], path="/planks"):
        async def read(self, item: Plank, request: Request, at: datetime | None = None) -> Plank:
            """Read a plank as it was.

            More of it.
            """
            return item

    app = App()
    app.include(Own)
    told = {endpoint.info.name: endpoint for endpoint in app.built.endpoints}
    assert list(told) == ["own.list", "own.create", "own.read", "own.update", "own.replace", "own.delete"]
    read, written = told["own.read"].handler, told["own.update"].handler
    assert read is not None
    assert (read.summary, read.description) == ("Read a plank as it was.", "More of it.")
    assert read.name == "test_declaration.test_what_routes_are_called.Own.read()"
    assert written is not None
    assert written.summary == "Change what is given of a plank."
    assert {parameter.wire for parameter in read.all_parameters() if parameter.source == "query"} == {"at"}


def test_a_module_is_taken_in_whole() -> None:
    from tests.unit.resources import catalogue

    app = App()
    app.include(catalogue)
    assert {endpoint.info.pattern.text for endpoint in app.built.endpoints} == {
        "/planks", "/planks/{id}", "/beams", "/beams/{id}",
    }  # fmt: skip
    assert Planks.model is Plank
    assert repr(Filter(Plank.name).column) == "Plank.name"


def test_a_class_that_is_included_declares_something() -> None:
    class Pathless(Resource[Plank, NewPlank, PlankOut]): ...

    class Bare(Resource, path="/planks"): ...  # type: ignore[type-arg]  # pyright: ignore[reportMissingTypeArgument]

    for part in (Pathless, Bare):
        app = App()
        app.include(part)
        with pytest.raises(RouteError) as caught:
            _ = app.built
        text = re.sub(r"At \S+:\d+\.", "At app.py:3.", str(caught.value)).replace(part.__qualname__, part.__name__)
        assert text == (
            f"[R207] {part.__name__} was included, but declares no routes. At app.py:3. "
            f"Write class {part.__name__}(Resource[Item], path='/items'): it takes a model in brackets and a path."
        )

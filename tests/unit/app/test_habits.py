"""What an application and a request have in other frameworks: the error says what to write here."""

from __future__ import annotations

import re
from typing import Any

import pytest

import rooftree
from rooftree import App, Group, Request, Settings
from rooftree.app import habits as of_app
from rooftree.base import Habit, HabitError, UsageError
from rooftree.http import habits as of_request
from rooftree.testing import Client
from tests.unit.http.making import make_request

APP = App(Settings())
REQUEST = make_request()


@pytest.mark.parametrize("name", of_app.READ)
def test_an_attribute_of_an_application(name: str) -> None:
    assert not hasattr(APP, name)
    with pytest.raises(HabitError) as caught:
        getattr(APP, name)
    assert (caught.value.code, caught.value.fact) == ("U107", f"App has no '{name}'.")
    assert caught.value.remedy == of_app.READ[name]
    assert str(caught.value.at).startswith("tests/unit/app/test_habits.py:")


@pytest.mark.parametrize("name", of_app.ASSIGNED)
def test_a_setting_that_would_do_nothing(name: str) -> None:
    with pytest.raises(HabitError) as caught:
        setattr(APP, name, True)
    assert (caught.value.code, caught.value.fact) == ("U107", f"App has no '{name}'.")
    assert caught.value.remedy == of_app.ASSIGNED[name]
    assert str(caught.value.at).startswith("tests/unit/app/test_habits.py:")
    assert not hasattr(APP, name)


@pytest.mark.parametrize("name", of_request.READ)
def test_an_attribute_of_a_request(name: str) -> None:
    assert not hasattr(REQUEST, name)
    with pytest.raises(HabitError) as caught:
        getattr(REQUEST, name)
    assert (caught.value.code, caught.value.fact) == ("U107", f"Request has no '{name}'.")
    assert caught.value.remedy == of_request.READ[name]
    assert str(caught.value.at).startswith("tests/unit/app/test_habits.py:")


def test_an_application_of_ones_own_may_have_the_names() -> None:
    class Own(App):
        state: dict[str, int]

    own = Own(Settings())
    own.state = {"a": 1}
    assert own.state == {"a": 1}
    with pytest.raises(HabitError, match=r"\[U107\] Own has no 'run'"):
        own.run()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def test_names_that_there_are_here_are_not_among_them() -> None:
    found: list[tuple[type[Any], Any]] = [(App, {**of_app.READ, **of_app.ASSIGNED}), (Request, of_request.READ)]
    for kind, names in found:
        assert [name for name in names if not isinstance(vars(kind)[name], Habit)] == []


def test_what_they_say_to_write_is_there() -> None:
    for text in [*of_app.READ.values(), *of_app.ASSIGNED.values(), *of_request.READ.values()]:
        assert all(hasattr(APP, name) for name in re.findall(r"\bapp\.([a-z_]+)", text)), text
        assert all(hasattr(REQUEST, name) for name in re.findall(r"\brequest\.([a-z_]+)", text)), text
        for name in re.findall(r"\b([A-Z]\w+)[(\[]", text):
            assert name in {*rooftree.__all__, "Annotated", "SyncClient", "Client"}, text


@pytest.mark.parametrize("name", of_app.OPTIONS)
def test_an_option_of_an_application(name: str) -> None:
    given: dict[str, Any] = {name: "Shop"}
    with pytest.raises(TypeError) as caught:
        App(Settings(), **given)
    assert isinstance(caught.value, UsageError)
    assert (caught.value.code, caught.value.fact) == ("U109", f"App() has no option '{name}'.")
    assert caught.value.remedy == of_app.OPTIONS[name]
    assert str(caught.value.at).startswith("tests/unit/app/test_habits.py:")


def test_any_other_option_is_one_too_many() -> None:
    given: dict[str, Any] = {"colour": "red"}
    with pytest.raises(TypeError, match=r"^App\(\) got an unexpected keyword argument 'colour'$"):
        App(Settings(), **given)


def test_what_belongs_to_a_group_is_not_said_where_it_is_included() -> None:
    given: dict[str, Any] = {"prefix": "/shop"}
    with pytest.raises(TypeError) as caught:
        App(Settings()).include(Group(), **given)
    assert "[U109] include() has no option 'prefix'. At tests/unit/app/test_habits.py:" in str(caught.value)
    assert str(caught.value).endswith("Write it where the group is made: Group('/shop', tags=['shop']).")


def test_middleware_is_no_decorator() -> None:
    app: Any = App(Settings())
    with pytest.raises(
        UsageError, match=r"^\[U107\] 'middleware' is a list here, and no decorator\. At tests/unit/app/"
    ):
        app.middleware("http")


async def test_a_line_of_a_handler_that_would_do_elsewhere(caplog: pytest.LogCaptureFixture) -> None:
    app = App(Settings(mode="development"))

    @app.get("/")
    async def where(request: Request) -> str:
        asked: Any = request
        return str(asked.client.host)

    async with Client(app, raise_errors=False) as client:
        answer = await client.get("/")
    told = "Write request.client[0]."
    assert answer.json()["detail"] == f"AttributeError: 'tuple' object has no attribute 'host'. {told}"
    assert told in caplog.text

from __future__ import annotations

import functools
from argparse import ArgumentParser

import pytest

from rooftree.base import (
    FieldError,
    HTTPError,
    NotFound,
    PayloadTooLarge,
    RequestInvalid,
    RouteError,
    StartupError,
    place_of,
)


def test_an_error_says_code_fact_place_and_remedy() -> None:
    error = RouteError(
        "R204", "'/users/{id}' has a parameter that show() lacks.", "Add 'id: int'.", at="app/users.py:14"
    )
    assert str(error) == "[R204] '/users/{id}' has a parameter that show() lacks. At app/users.py:14. Add 'id: int'."
    assert isinstance(error, StartupError)
    assert (error.code, error.at, error.remedy) == ("R204", "app/users.py:14", "Add 'id: int'.")


def test_an_error_without_place_and_remedy() -> None:
    assert str(RouteError("R1", "So it is.")) == "[R1] So it is."


def test_answers() -> None:
    assert str(HTTPError(418)) == "418"
    assert str(HTTPError(409, "Sold out.")) == "409 Sold out."
    assert NotFound("No such book.").status == 404
    assert str(PayloadTooLarge(10)) == "413 The request body is larger than the 10 bytes that are taken here."


def test_an_answer_of_ones_own_keeps_its_status() -> None:
    class OutOfStock(HTTPError):
        status = 409

    error = OutOfStock(detail="Sold out.")
    assert (error.status, error.detail) == (409, "Sold out.")
    assert OutOfStock(410).status == 410
    assert HTTPError().status == 500


@pytest.mark.parametrize(("count", "text"), [(1, "1 value of the request"), (2, "2 values of the request")])
def test_invalid_requests_count_their_errors(count: int, text: str) -> None:
    fault = FieldError("query", ("q",), "missing", "Missing")
    error = RequestInvalid([fault] * count)
    assert error.status == 422
    assert text in str(error)


def decorated() -> None: ...


def test_places() -> None:
    line = decorated.__code__.co_firstlineno

    @functools.wraps(decorated)
    def wrapper() -> None: ...

    assert place_of(decorated) == place_of(wrapper) == f"tests/unit/base/test_errors.py:{line}"
    assert (place_of(ArgumentParser) or "").startswith("/")
    assert (place_of(FieldError) or "").startswith("src/rooftree/base/errors.py:")
    assert place_of(functools.partial(decorated)) == place_of(decorated)
    assert place_of(len) is None
    assert place_of(5) is None

from __future__ import annotations

import functools
from argparse import ArgumentParser
from typing import Any

import pytest

from rooftree.base import (
    FieldError,
    HTTPError,
    NotFound,
    PayloadTooLarge,
    RequestInvalid,
    RouteError,
    StartupError,
    UniqueError,
    UsageError,
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


@pytest.mark.parametrize("status", [200, 399, 600, "Not there", 404.0])
def test_the_status_of_an_error_is_one_of_errors(status: Any) -> None:
    with pytest.raises(UsageError) as error:
        HTTPError(status)
    assert str(error.value) == (
        f"[U104] An HTTPError was given the status {status!r}; those of errors are 400 to 599. "
        "Write HTTPError(404, 'What was not found.'); return an answer where nothing failed."
    )


def test_a_class_of_errors_says_what_they_share() -> None:
    class SoldOut(HTTPError):
        status = 409
        detail = "The last one is gone."  # type: ignore[mutable-override]  # stricter than --strict
        title = "Sold out"
        type = "https://example.org/problems/sold-out"

    error = SoldOut()
    assert (error.status, error.detail, error.title, error.type) == (
        409, "The last one is gone.", "Sold out", "https://example.org/problems/sold-out",
    )  # fmt: skip
    own = SoldOut(detail="No more.", title="Gone", type="about:blank")
    assert (own.detail, own.title, own.type) == ("No more.", "Gone", "about:blank")


def test_a_unique_error_that_names_no_columns_says_so_all_the_same() -> None:
    answered = UniqueError("T201", "Taken.").to_http()
    assert (answered.status, answered.detail) == (409, "Another one has these values already.")

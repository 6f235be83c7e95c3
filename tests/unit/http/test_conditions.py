from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.base import HTTPError
from rooftree.http import Response, check_conditions, conditional, content_etag, entity_tag, http_date
from rooftree.http.conditions import range_condition
from tests.unit.http.making import make_request

NOW = 1_000_000_000
THEN, SAME, LATER = (http_date(NOW + difference).encode() for difference in (-10, 0, 10))


def check(headers: dict[str, bytes], method: str = "GET", etag: str | None = '"v1"', modified: Any = NOW) -> int:
    raw = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
    return check_conditions(make_request(method, headers=raw), etag=etag, last_modified=modified)


@pytest.mark.parametrize(
    ("headers", "reading", "writing"),
    [
        ({}, 200, 200),
        ({"if_none_match": b'"v1"'}, 304, 412),
        ({"if_none_match": b'W/"v1"'}, 304, 412),
        ({"if_none_match": b'"v0", "v1"'}, 304, 412),
        ({"if_none_match": b"*"}, 304, 412),
        ({"if_none_match": b'"v2"'}, 200, 200),
        ({"if_none_match": b"v1"}, 200, 200),  # no tag at all
        ({"if_match": b'"v1"'}, 200, 200),
        ({"if_match": b"*"}, 200, 200),
        ({"if_match": b'W/"v1"'}, 412, 412),
        ({"if_match": b'"v2"'}, 412, 412),
        ({"if_match": b"rubbish"}, 412, 412),
        ({"if_modified_since": SAME}, 304, 200),
        ({"if_modified_since": LATER}, 304, 200),
        ({"if_modified_since": THEN}, 200, 200),
        ({"if_modified_since": b"rubbish"}, 200, 200),
        ({"if_unmodified_since": THEN}, 412, 412),
        ({"if_unmodified_since": SAME}, 200, 200),
        ({"if_unmodified_since": b"rubbish"}, 200, 200),
        # the order of RFC 9110 section 13.2.2
        ({"if_match": b'"v1"', "if_unmodified_since": THEN}, 200, 200),
        ({"if_match": b'"v2"', "if_none_match": b'"v1"'}, 412, 412),
        ({"if_match": b'"v1"', "if_none_match": b'"v1"'}, 304, 412),
        ({"if_none_match": b'"v2"', "if_modified_since": SAME}, 200, 200),
        ({"if_unmodified_since": SAME, "if_modified_since": SAME}, 304, 200),
    ],
)
def test_conditions(headers: dict[str, bytes], reading: int, writing: int) -> None:
    assert check(headers, "GET") == reading
    assert check(headers, "HEAD") == reading
    assert check(headers, "PUT") == writing


def test_without_validators_a_condition_cannot_hold_or_fail() -> None:
    assert check({"if_match": b'"v1"'}, etag=None, modified=None) == 412
    assert check({"if_none_match": b'"v1"'}, etag=None, modified=None) == 200
    assert check({"if_modified_since": SAME, "if_unmodified_since": THEN}, etag=None, modified=None) == 200
    assert check({"if_match": b'"v1"'}, etag='W/"v1"') == 412  # a weak tag is never strongly the same
    assert check({"if_none_match": b'"v1"'}, etag='W/"v1"') == 304


def test_times_may_be_datetimes_and_fractions() -> None:
    assert check({"if_modified_since": SAME}, modified=datetime.fromtimestamp(NOW, UTC)) == 304
    assert check({"if_modified_since": SAME}, modified=NOW + 0.9) == 304


def test_entity_tags() -> None:
    assert entity_tag("v1") == '"v1"'
    assert entity_tag('"v1"') == '"v1"'
    assert entity_tag("v1", weak=True) == 'W/"v1"'
    assert entity_tag('"v1"', weak=True) == 'W/"v1"'
    assert entity_tag('W/"v1"', weak=True) == 'W/"v1"'
    assert entity_tag('W/"v1"') == 'W/"v1"'
    for wrong in ('a"b', '"a', "a b", "a\r\n", "€", '"a" "b"'):
        with pytest.raises(ValueError, match="cannot be an entity tag: use visible Latin-1"):
            entity_tag(wrong)
    assert content_etag(b"a") == content_etag(b"a") != content_etag(b"b")
    assert entity_tag(content_etag(b"a")) == content_etag(b"a")


def test_an_answer_gets_its_validators() -> None:
    response = conditional(make_request(), Response(b"x"), etag="v1", last_modified=NOW)
    assert response.status == 200
    assert (response.headers["etag"], response.headers["last-modified"]) == ('"v1"', SAME.decode())
    assert conditional(make_request(), Response(b"x")).own_headers is None


def test_an_answer_that_the_client_has_is_not_sent_again() -> None:
    async def work() -> None: ...

    response = Response(
        b"x", 200, "text/plain", {"Cache-Control": "no-cache", "Vary": "Accept", "Content-Encoding": "br"}
    )
    response.run_after(work)
    response.set_cookie("a", "1")
    answer = conditional(make_request(headers=[(b"if-none-match", b'"v1"')]), response, etag='W/"v1"')
    assert (answer.status, answer.body, answer.media_type, answer.after) == (304, b"", None, [work])
    assert list(answer.headers) == ["cache-control", "vary", "set-cookie", "etag"]


def test_only_successes_of_reading_are_conditional() -> None:
    headers = [(b"if-none-match", b"*")]
    assert conditional(make_request(headers=headers), Response(b"", 404), etag="v1").status == 404
    assert conditional(make_request("POST", headers=headers), Response(b""), etag="v1").status == 200


def test_a_precondition_that_fails() -> None:
    with pytest.raises(HTTPError) as caught:
        conditional(make_request(headers=[(b"if-match", b'"v2"')]), Response(b""), etag="v1")
    assert caught.value.status == 412
    assert caught.value.detail == "What is here is not what the request expects; read it again first."


@pytest.mark.parametrize(
    ("header", "etag", "modified", "holds"),
    [
        (None, None, None, True),
        (b'"v1"', '"v1"', None, True),
        (b'"v1"', '"v2"', None, False),
        (b'"v1"', None, None, False),
        (b'W/"v1"', 'W/"v1"', None, False),
        (SAME, None, NOW, True),
        (LATER, None, NOW, False),
        (THEN, None, NOW, False),
        (SAME, None, None, False),
        (b"rubbish", '"v1"', NOW, False),
    ],
)
def test_if_range(header: bytes | None, etag: str | None, modified: int | None, holds: bool) -> None:
    request = make_request(headers=[] if header is None else [(b"if-range", header)])
    assert range_condition(request, etag=etag, last_modified=modified) is holds


def test_a_date_of_this_very_second_is_no_strong_validator() -> None:
    now = int(time.time()) + 1
    request = make_request(headers=[(b"if-range", http_date(now).encode())])
    assert not range_condition(request, etag=None, last_modified=now)


@given(st.binary() | st.text('W/"v1*, ').map(str.encode), st.sampled_from(["GET", "PUT"]))
def test_rubbish_has_a_verdict(header: bytes, method: str) -> None:
    for name in ("if_match", "if_none_match", "if_modified_since", "if_unmodified_since"):
        assert check({name: header}, method) in {200, 304, 412}

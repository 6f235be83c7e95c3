from __future__ import annotations

import pytest

from rooftree.app.middleware import CORS, CORSOptions
from rooftree.base import SettingsError
from rooftree.http import Request, Response
from tests.unit.http.making import make_request

APP = "https://app.example.org"


async def handler(_: Request) -> Response:
    return Response(b"x", 200, "text/plain", {"vary": "Accept"})


async def ask(options: CORSOptions, method: str = "GET", **headers: str) -> Response:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return await CORS(options)(make_request(method, headers=raw), handler)


async def preflight(options: CORSOptions, origin: str = APP, method: str = "PUT", **headers: str) -> dict[str, str]:
    answer = await ask(options, "OPTIONS", origin=origin, access_control_request_method=method, **headers)
    assert (answer.status, answer.body, answer.media_type) == (204, b"", None)
    assert answer.headers["vary"] == "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    return leave_of(answer)


def leave_of(answer: Response) -> dict[str, str]:
    return {name: answer.headers[name] for name in answer.headers if name.startswith("access-control-")}


async def test_a_named_origin_may_read() -> None:
    answer = await ask(CORSOptions(origins=[APP], expose=["X-Total", "X-Page"]), origin=APP)
    assert answer.body == b"x"
    assert leave_of(answer) == {
        "access-control-allow-origin": APP,
        "access-control-expose-headers": "X-Total, X-Page",
    }
    assert answer.headers["vary"] == "Accept, Origin"


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://app.example.org",
        "https://app.example.org:8443",
        "https://app.example.org.evil.example",
        "https://APP.example.org",
        "null",
        "",
        "https://app.example.org\x00",
    ],
)
async def test_another_origin_may_not(origin: str) -> None:
    options = CORSOptions(origins=[APP], origin_regex=r"https://[a-z]+\.test\.example", credentials=True)
    answer = await ask(options, origin=origin)
    assert (answer.body, leave_of(answer)) == (b"x", {})
    assert answer.headers["vary"] == "Accept, Origin"
    assert await preflight(options, origin) == {}


async def test_what_a_handler_says_itself_is_replaced() -> None:
    async def careless(_: Request) -> Response:
        return Response(b"", headers={"Access-Control-Allow-Origin": "*", "x-a": "1"})

    request = make_request(headers=[(b"origin", APP.encode())])
    answer = await CORS(CORSOptions(origins=[APP]))(request, careless)
    assert answer.headers.get_all("access-control-allow-origin") == [APP]
    assert answer.headers["x-a"] == "1"


async def test_an_answer_without_headers_varies_too() -> None:
    async def bare(_: Request) -> Response:
        return Response(b"")

    for origin in (APP, "https://evil.example"):
        answer = await CORS(CORSOptions(origins=[APP]))(make_request(headers=[(b"origin", origin.encode())]), bare)
        assert answer.headers["vary"] == "Origin"
        assert ("access-control-allow-origin" in answer.headers) is (origin == APP)
    anyone = await CORS(CORSOptions(origins=["*"]))(make_request(headers=[(b"origin", b"https://x.example")]), bare)
    assert anyone.headers.pairs == [(b"access-control-allow-origin", b"*")]


async def test_a_request_without_an_origin() -> None:
    answer = await ask(CORSOptions(origins=[APP]))
    assert (leave_of(answer), answer.headers["vary"]) == ({}, "Accept, Origin")


async def test_everyone() -> None:
    answer = await ask(CORSOptions(origins=["*"]), origin="https://anyone.example")
    assert leave_of(answer) == {"access-control-allow-origin": "*"}
    assert answer.headers["vary"] == "Accept"


async def test_origins_by_expression_match_as_a_whole() -> None:
    options = CORSOptions(origin_regex=r"https://[a-z]+\.example\.org")
    assert leave_of(await ask(options, origin="https://a.example.org")) == {
        "access-control-allow-origin": "https://a.example.org"
    }
    for origin in ("https://a.example.org.evil.example", "xhttps://a.example.org", "https://a.example.org\n"):
        assert leave_of(await ask(options, origin=origin)) == {}


async def test_credentials() -> None:
    answer = await ask(CORSOptions(origins=[APP], credentials=True), origin=APP)
    assert leave_of(answer) == {
        "access-control-allow-origin": APP,
        "access-control-allow-credentials": "true",
    }


async def test_a_preflight_is_answered() -> None:
    options = CORSOptions(origins=[APP], methods=["GET", "PUT"], headers=["X-Token"], credentials=True, max_age=60)
    assert await preflight(options) == {
        "access-control-allow-origin": APP,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET, PUT",
        "access-control-max-age": "60",
        "access-control-allow-headers": "accept, accept-language, content-language, content-type, x-token",
    }
    assert "access-control-allow-headers" not in await preflight(CORSOptions(origins=[APP]))


async def test_any_header_means_those_that_are_asked_for() -> None:
    options = CORSOptions(origins=[APP], headers=["*"], credentials=True)
    assert (await preflight(options, access_control_request_headers="x-a, x-b"))["access-control-allow-headers"] == (
        "x-a, x-b"
    )
    assert "access-control-allow-headers" not in await preflight(options)
    assert "access-control-allow-headers" not in await preflight(options, access_control_request_headers="x-a: b")


async def test_private_networks() -> None:
    wanted = {"access_control_request_private_network": "true"}
    name = "access-control-allow-private-network"
    assert (await preflight(CORSOptions(origins=[APP], private_network=True), **wanted))[name] == "true"
    assert name not in await preflight(CORSOptions(origins=[APP]), **wanted)
    assert name not in await preflight(CORSOptions(origins=[APP], private_network=True))


async def test_an_options_request_that_is_no_preflight() -> None:
    assert (await ask(CORSOptions(origins=[APP]), "OPTIONS", origin=APP)).body == b"x"
    assert (await ask(CORSOptions(origins=[APP]), "OPTIONS", access_control_request_method="PUT")).body == b"x"


async def test_a_websocket_handshake_is_let_through() -> None:
    request = make_request(headers=[(b"origin", APP.encode())])
    marker: object = object()
    request.websocket = marker  # type: ignore[assignment] # pyright: ignore[reportAttributeAccessIssue]
    answer = await CORS(CORSOptions(origins=[APP]))(request, handler)
    assert leave_of(answer) == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            CORSOptions(origins=["*"], credentials=True),
            (
                "[S331] CORS allows credentials to every origin ('*'): any site could act for "
                "whoever is signed in here. "
                "Name the origins, or drop credentials=True."
            ),
        ),
        (
            CORSOptions(origins=["https://example.org/"]),
            (
                "[S332] The CORS origin 'https://example.org/' is no origin. "
                "Write scheme and host in lower case without a path: 'https://example.org'."
            ),
        ),
        (
            CORSOptions(origins=["null"]),
            "[S332] The CORS origin 'null' stands for every sandboxed frame and local file. Name a real origin.",
        ),
        (
            CORSOptions(origin_regex="("),
            (
                "[S332] The origin_regex '(' is no regular expression: missing ), unterminated "
                "subpattern at position 0. "
                "Write something like 'https://[a-z]+\\.example\\.org'."
            ),
        ),
    ],
)
def test_options_that_cannot_be_meant(options: CORSOptions, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        CORS(options)
    assert str(caught.value) == message

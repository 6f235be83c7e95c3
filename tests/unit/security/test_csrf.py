"""Forged requests: who passes, who has to prove where a form is from, and who is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest

from rooftree import CORS, App, CORSOptions, Request, Schema, SchemaForm, Settings
from rooftree.http import ConnectionInfo, Fields, FormLimits
from rooftree.security import ForgeryCheck, csrf_field
from rooftree.testing import Client

COOKIE = {"cookie": "session=x"}
BASIC = {"authorization": "Basic YTpi"}
BEARER = {"authorization": "Bearer abc"}
ELSEWHERE = "https://evil.example"


def request(scheme: str = "https", host: str = "example.org", **headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    connection = ConnectionInfo(scheme, ("192.0.2.1", 1), ("192.0.2.2", 443))
    return Request("POST", b"/", b"", Fields(pairs), host.encode(), connection)


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({}, "passes"),
        (BEARER, "passes"),
        (COOKIE, "token"),
        (BASIC, "token"),
        ({"authorization": "Negotiate abc"}, "token"),
        ({"sec-fetch-site": "same-origin"} | COOKIE, "passes"),
        ({"sec-fetch-site": "none"} | COOKIE, "passes"),
        ({"sec-fetch-site": "cross-site"}, "refused"),
        ({"sec-fetch-site": "same-site"} | COOKIE, "refused"),
        ({"sec-fetch-site": "anything"}, "refused"),
        ({"sec-fetch-site": "cross-site", "origin": ELSEWHERE}, "refused"),
        ({"sec-fetch-site": "cross-site", "origin": "https://example.org"}, "refused"),
        ({"sec-fetch-site": "cross-site", "origin": "https://friend.example"} | COOKIE, "passes"),
        ({"sec-fetch-site": "same-site", "origin": "https://FRIEND.example"} | COOKIE, "passes"),
        ({"sec-fetch-site": "cross-site", "origin": "https://friend.example.evil.example"}, "refused"),
        ({"origin": "https://example.org"} | COOKIE, "passes"),
        ({"origin": "https://EXAMPLE.org"} | COOKIE, "passes"),
        ({"origin": "http://example.org"} | COOKIE, "refused"),
        ({"origin": "https://example.org:8443"} | COOKIE, "refused"),
        ({"origin": "https://example.org.evil.example"}, "refused"),
        ({"origin": ELSEWHERE}, "refused"),
        ({"origin": ELSEWHERE} | BEARER, "refused"),
        ({"origin": "null"}, "token"),
        ({"origin": "null"} | COOKIE, "token"),
        ({"origin": ""} | COOKIE, "refused"),
        ({"origin": "https://"} | COOKIE, "refused"),
    ],
)
def test_the_verdict(headers: dict[str, str], verdict: str) -> None:
    check = ForgeryCheck(["https://friend.example/"])
    for order in (headers, dict(reversed(headers.items()))):
        made = request(**{name.replace("-", "_"): value for name, value in order.items()})
        assert check.verdict(made) == verdict
        assert check.passes(made) is (verdict == "passes")


@pytest.mark.parametrize("headers", [{}, BEARER])
def test_signing_in_is_always_checked(headers: dict[str, str]) -> None:
    check = ForgeryCheck(always=True)
    assert check.verdict(request(**headers)) == "token"
    assert not check.passes(request(**headers))
    assert check.passes(request(sec_fetch_site="same-origin"))


JSON = {"content_type": "application/json"}


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        (JSON, "passes"),
        (BEARER | {"content_type": "Application/JSON; charset=utf-8"}, "passes"),
        (JSON | COOKIE, "token"),
        (JSON | BASIC, "token"),
        (JSON | {"origin": "null"}, "token"),
        (JSON | {"origin": ELSEWHERE}, "refused"),
        (JSON | {"sec_fetch_site": "cross-site"}, "refused"),
        ({"content_type": "text/plain; x=application/json"}, "token"),
        ({"content_type": "application/x-www-form-urlencoded"}, "token"),
        ({"content_type": "multipart/form-data; boundary=x"}, "token"),
        ({"content_type": ""}, "token"),
    ],
)
def test_a_program_without_credentials_signs_in_by_json(headers: dict[str, str], verdict: str) -> None:
    made = request(**headers)
    check = ForgeryCheck(always=True)
    assert check.verdict(made) == verdict
    assert check.passes(made) is (verdict == "passes")


def test_a_page_over_https_may_ask_what_answers_behind_a_proxy_over_http() -> None:
    assert ForgeryCheck().passes(request("http", origin="https://example.org", cookie="a=b"))
    assert ForgeryCheck().passes(request("http", origin="http://example.org", cookie="a=b"))


def app_of(mode: Any = "test", **options: Any) -> App:
    app = App(Settings(mode=mode, **options))

    @app.get("/")
    async def form(request: Request) -> str:
        return str(csrf_field(request))

    @app.route("/change", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def change(request: Request) -> str:
        return request.method

    @app.post("/hook", csrf=False)
    async def hook() -> None: ...

    @app.post("/sign-in", csrf="always")
    async def sign_in() -> None: ...

    @app.post("/upload")
    async def upload(request: Request) -> dict[str, Any]:
        return {"fields": list((await request.form()).fields)}

    return app


FORGED = {"sec-fetch-site": "cross-site", "origin": ELSEWHERE, "cookie": "session=x"}


async def test_what_may_change_something_is_checked() -> None:
    async with Client(app_of()) as client:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            refused = await client.request(method, "/change", headers=FORGED)
            assert refused.status_code == 403
            assert refused.json()["detail"] == (
                "This came from another site, or without the proof that it came from a page of this one."
            )
            assert (await client.request(method, "/change", headers={"sec-fetch-site": "same-origin"})).ok
        assert (await client.get("/change", headers=FORGED)).text == "GET"
        assert (await client.post("/hook", headers=FORGED)).ok
        assert (await client.post("/sign-in", headers={"sec-fetch-site": "same-origin"})).ok
        assert (await client.post("/nowhere", headers=FORGED)).status_code == 404


async def test_development_says_why() -> None:
    async with Client(app_of("development")) as client:
        refused = await client.post("/change", headers=FORGED)
        assert (
            "It says Sec-Fetch-Site: cross-site, Origin: https://evil.example; this site is http://localhost."
            in (refused.json()["detail"])
        )


async def test_an_older_browser_proves_it_by_a_token() -> None:
    app = app_of()
    old = {"sec-fetch-site": ""}  # the test client says nothing itself then

    async with Client(app) as client:
        client._http.event_hooks["request"] = [_forget_site]
        page = await client.get("/", headers=old)
        token = re.search('name="csrf_token" value="([A-Za-z0-9_-]+)"', page.text)
        assert token is not None
        assert page.headers["cache-control"] == "private, no-store"
        assert "csrf" in client.cookies
        proved: tuple[dict[str, Any], ...] = (
            {"data": {"csrf_token": token[1], "a": "1"}},
            {"files": {"f": ("x", b"1")}, "data": {"csrf_token": token[1]}},
            {"headers": {"x-csrf-token": token[1]}, "json": {}},
        )
        for options in proved:
            assert (await client.post("/change", **options)).ok, options
        assert (await client.post("/upload", data={"csrf_token": token[1], "a": "1"})).json() == {
            "fields": ["csrf_token", "a"]
        }
        unproved: tuple[dict[str, Any], ...] = (
            {},
            {"json": {"csrf_token": token[1]}},
            {"data": {"csrf_token": "x"}},
            {"data": {"csrf_token": ""}},
            {"data": {"a": "1"}},
            {"headers": {"x-csrf-token": token[1][:-1]}},
            {"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data; boundary=x"}},
            {"data": {"csrf_token": app.signer("other").sign(client.cookies["csrf"])}},
            {"data": {"csrf_token": app.signer("csrf").sign("another visitor's")}},
        )
        for options in unproved:
            assert (await client.post("/change", **options)).status_code == 403, options
        again = await client.get("/")
        assert "set-cookie" not in again.headers


class Note(Schema):
    text: str


class ShortForm(SchemaForm[Note], limits=FormLimits(max_field_size=100)): ...


class LongForm(SchemaForm[Note], limits=FormLimits(max_field_size=400_000)): ...


async def test_the_token_is_looked_for_within_the_limits_of_the_form() -> None:
    app = app_of()

    @app.form("/short")
    async def short(form: ShortForm) -> bool:
        return await form.validate() is not None

    @app.form("/long")
    async def long(form: LongForm) -> bool:
        return await form.validate() is not None

    async with Client(app) as client:
        client._http.event_hooks["request"] = [_forget_site]
        token = re.search('name="csrf_token" value="([A-Za-z0-9_-]+)"', (await client.get("/")).text)
        assert token is not None

        async def send(path: str, size: int) -> int:
            file = {"f": ("x", b"1")}  # so that it is sent in parts
            answer = await client.post(path, data={"csrf_token": token[1], "text": "x" * size}, files=file)
            return answer.status_code

        assert [await send("/short", 100), await send("/short", 101)] == [200, 403]
        assert [await send("/long", 400_000), await send("/long", 400_001)] == [200, 403]


async def _forget_site(request: Any) -> None:
    request.headers.pop("sec-fetch-site", None)


async def test_a_browser_of_today_needs_no_token() -> None:
    async with Client(app_of()) as client:
        page = await client.get("/", headers={"sec-fetch-site": "none"})
        assert page.text == ""
        assert "set-cookie" not in page.headers
        assert "cache-control" not in page.headers


async def test_production_without_a_secret_key_has_no_tokens() -> None:
    async with Client(app_of("production")) as client:
        client._http.event_hooks["request"] = [_forget_site]
        assert (await client.get("/")).text == ""
        assert (await client.post("/change")).ok
        assert (await client.post("/change", headers=COOKIE)).status_code == 403


async def test_what_cors_lets_in_passes() -> None:
    named = CORS(CORSOptions(origins=["https://app.example"], credentials=True))
    anyone = CORS(CORSOptions(origins=["*"]))
    app = App(Settings(mode="test"))

    @app.post("/named", middleware=[named])
    async def one() -> None: ...

    @app.post("/anyone", middleware=[anyone])
    async def two() -> None: ...

    async with Client(app) as client:
        from_app = {"sec-fetch-site": "cross-site", "origin": "https://app.example"}
        assert (await client.post("/named", headers=from_app | COOKIE)).ok
        refused = await client.post("/named", headers=FORGED)
        assert refused.status_code == 403
        assert (await client.post("/anyone", headers=from_app)).ok
        refused = await client.post("/anyone", headers=from_app | COOKIE)
        assert refused.status_code == 403
        assert refused.headers["access-control-allow-origin"] == "*"  # the script can read why

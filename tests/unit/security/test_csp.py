from __future__ import annotations

import logging
import re

import msgspec
import pytest

from rooftree import App, Html, NotFound, Request, Response, Settings, UsageError
from rooftree.base import SecurityOptions
from rooftree.security import ContentPolicy, nonce
from rooftree.security.csp import Reports
from rooftree.testing import Client, ClientResponse

DEFAULT = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; report-uri /_rooftree/csp"
)


def app_of(**options: object) -> App:
    app = App(Settings(mode="test", security=msgspec.convert(options, SecurityOptions)))

    @app.get("/")
    async def page() -> Html:
        return Html("<p>Hello")

    @app.get("/nonce")
    async def with_nonce(request: Request) -> Html:
        return Html(nonce(request) + " " + nonce(request))

    @app.get("/film")
    async def film(csp: ContentPolicy) -> Html:
        csp.allow("frame-src", "https://video.example")
        csp.allow("img-src", "https://images.example")
        csp.set("object-src", "'self'")
        csp.allow("frame-ancestors", "https://friend.example")
        csp.remove("base-uri")
        return Html("")

    @app.get("/off")
    async def off(csp: ContentPolicy) -> Html:
        csp.off = True
        return Html("")

    @app.get("/reported")
    async def reported(csp: ContentPolicy) -> Html:
        csp.report_only = True
        return Html("")

    @app.get("/own")
    async def own() -> Response:
        return Response("<p>", 200, "text/html", {"content-security-policy": "default-src 'none'"})

    @app.get("/typed")
    async def typed() -> Response:
        return Response("<p>", 200, None, {"content-type": "Text/HTML;charset=utf-8"})

    @app.get("/json")
    async def json() -> dict[str, int]:
        return {}

    return app


def policy(response: ClientResponse) -> dict[str, str]:
    text = response.headers.get("content-security-policy", "")
    return dict(part.split(" ", 1) for part in text.split("; ") if part)


async def test_pages_have_a_policy() -> None:
    async with Client(app_of()) as client:
        for path in ("/", "/typed"):
            page = await client.get(path)
            assert page.headers["content-security-policy"] == DEFAULT
        assert "content-security-policy" not in (await client.get("/json")).headers
        missing = await client.get("/nowhere", headers={"accept": "text/html"})
        assert missing.status_code == NotFound().status
        assert "default-src 'self'" in missing.headers["content-security-policy"]


async def test_a_nonce_is_new_for_each_answer_and_the_policy_names_it() -> None:
    async with Client(app_of()) as client:
        seen: set[str] = set()
        for _ in range(3):
            page = await client.get("/nonce")
            one, two = page.text.split()
            assert one == two
            assert re.fullmatch(r"[A-Za-z0-9+/]{20}", one)
            assert policy(page)["script-src"] == f"'self' 'nonce-{one}'"
            assert policy(page)["style-src"] == f"'self' 'nonce-{one}'"
            seen.add(one)
        assert len(seen) == 3


async def test_a_handler_changes_the_policy_of_its_answer() -> None:
    async with Client(app_of()) as client:
        film = policy(await client.get("/film"))
        assert film["frame-src"] == "'self' https://video.example"
        assert film["img-src"] == "'self' data: blob: https://images.example"
        assert film["object-src"] == "'self'"
        assert film["frame-ancestors"] == "https://friend.example"
        assert "base-uri" not in film
        assert policy(await client.get("/own")) == {"default-src": "'none'"}
        assert policy(await client.get("/off")) == {}
        reported = await client.get("/reported")
        assert reported.headers["content-security-policy-report-only"] == DEFAULT
        assert policy(await client.get("/")) == policy(await client.get("/typed"))  # of no other one


async def test_the_settings_change_it_for_all() -> None:
    options: dict[str, object] = {
        "csp": {"img-src": ["'self'", "https://i.example"], "object-src": []}, "frames": "sameorigin",
        "csp_report": False,
    }  # fmt: skip
    async with Client(app_of(**options)) as client:
        page = await client.get("/")
        assert policy(page)["img-src"] == "'self' https://i.example"
        assert policy(page)["frame-ancestors"] == "'self'"
        assert "object-src" not in policy(page)
        assert "report-uri" not in policy(page)
        assert (await client.post("/_rooftree/csp", json={})).status_code in {404, 405}
    async with Client(app_of(csp_mode="off", frames=None)) as client:
        assert policy(await client.get("/")) == {}
        assert policy(await client.get("/nonce")) == {}
    async with Client(app_of(csp_mode="report", frames=None)) as client:
        page = await client.get("/")
        assert "frame-ancestors" not in page.headers["content-security-policy-report-only"]


@pytest.mark.parametrize(
    ("directive", "source"),
    [("img-src", "https://a; script-src *"), ("img-src", "a b"), ("img-src", "a,b"), ("img-src", "a\r\nset-cookie:x"),
     ("img-src", ""), ("img src", "*"), ("Img-Src", "*"), ("", "*")],
)  # fmt: skip
def test_a_source_cannot_end_the_policy(directive: str, source: str) -> None:
    with pytest.raises(UsageError, match=r"\[U611\]"):
        ContentPolicy({}).allow(directive, source)


# ---- reports

OLD = {"csp-report": {"document-uri": "https://a.example/p?token=secret", "effective-directive": "script-src",
                      "blocked-uri": "inline", "line-number": 3}}  # fmt: skip
NEW = [{"type": "csp-violation", "body": {"documentURL": "https://a.example/p?token=secret",
                                          "effectiveDirective": "script-src", "blockedURL": "inline",
                                          "lineNumber": 3}}]  # fmt: skip


@pytest.mark.parametrize("report", [OLD, NEW])
async def test_a_report_is_logged(report: object, caplog: pytest.LogCaptureFixture) -> None:
    async with Client(app_of()) as client:
        # browsers send it without credentials, from whatever they call the page's site
        answer = await client.post("/_rooftree/csp", json=report, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 204
    lines = [record.getMessage() for record in caplog.records if record.name == "rooftree.security"]
    assert len(lines) == 1
    assert lines[0] == (
        "A page violated its Content-Security-Policy: effective-directive='script-src' blocked-uri='inline' "
        "document-uri='https://a.example/p' line-number='3'"
    )


@pytest.mark.parametrize(
    "body", [b"", b"x", b"[]", b"{}", b"[1]", b'{"csp-report": 1}', b"[" * 100_000, b"\xff", b'{"body": []}', b"null"]
)
async def test_anything_else_is_passed_over(body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with Client(app_of()) as client:
        status = (await client.post("/_rooftree/csp", content=body)).status_code
    assert status == (413 if len(body) > 64 * 1024 else 204)
    assert [record for record in caplog.records if record.name == "rooftree.security"] == []


def test_reports_are_bounded_and_cannot_write_lines_of_their_own(caplog: pytest.LogCaptureFixture) -> None:
    reports = Reports(most=5)
    evil = {"csp-report": {"blocked-uri": "x\nERROR forged" + "y" * 5000, "document-uri": "\x1b[31m"}}
    with caplog.at_level(logging.WARNING):
        for _ in range(20):
            assert reports.log(msgspec.json.encode([evil] * 50)) == 20
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 5
    assert all("\n" not in line and "\x1b" not in line and len(line) < 500 for line in lines)

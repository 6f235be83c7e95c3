from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.http import ConnectionInfo, Redirect, RedirectRefused, is_local
from tests.unit.http.making import make_request

LOCAL = [
    "/",
    "/orders?page=2#top",
    "?page=2",
    "#top",
    "edit",
    "../up",
    "./here",
    "/a:b",
    "a/b:c",
    "?next=https://x.example//y",
    "/https://x.example/",
    "/with blank",
    "/ümlaut",
    "/.example.com",
    "/%5cevil.example",
    "/%09/evil.example",
    "/%0d%0aSet-Cookie:a=b",
]
REFUSED = [
    "",
    "//evil.example",
    "///evil.example",
    "////evil.example/%2f..",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "\x0b//evil.example",
    "\u00a0//evil.example",
    "\u2028//evil.example",
    "/\r\nSet-Cookie: a=b",
    "/\x85evil",
    "/trailing ",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http://",
    "http://user@evil.example",
    "https://example.org@evil.example/",
    "https://evil.example\\@example.org",
    "http://[::1",
    "http://evil.example:port/",
    "http://evil.example:0/",
    "ftp://example.org/",
    "mailto:x@example.org",
    "<>javascript:alert(1);",
    "//https://evil.example",
]


@pytest.mark.parametrize("location", LOCAL)
def test_local_targets(location: str) -> None:
    assert is_local(location)
    sent = Redirect(location).location
    assert sent.isascii()
    assert urlsplit(urljoin("https://example.org/here/", sent)).netloc == "example.org"


@pytest.mark.parametrize("location", REFUSED)
@pytest.mark.parametrize("allow_external", [False, True])
def test_what_could_lead_elsewhere_is_refused_at_once(location: str, allow_external: bool) -> None:
    assert not is_local(location)
    with pytest.raises(RedirectRefused) as caught:
        Redirect(location, allow_external=allow_external)
    assert caught.value.status == 400
    assert caught.value.location == location
    assert caught.value.detail == "The address to go on to does not belong to this site."
    (note,) = caught.value.__notes__
    assert note == (
        f"Redirect({location!r}) leaves this site. Where the target is yours, pass allow_external=True; where it comes "
        "from the request, ask is_local(target) first."
    )


async def test_another_host_needs_leave() -> None:
    request = make_request(host=b"example.org")
    assert not is_local("https://other.example/")
    with pytest.raises(RedirectRefused):
        await Redirect("https://other.example/").respond(request)
    allowed = await Redirect("https://other.example/", allow_external=True).respond(request)
    assert allowed.headers["location"] == "https://other.example/"


async def test_the_same_host_needs_none() -> None:
    secure = ConnectionInfo("https", ("203.0.113.9", 1))
    request = make_request(host=b"example.org", connection=secure)
    assert (await Redirect("https://EXAMPLE.org/x").respond(request)).status == 303
    with pytest.raises(RedirectRefused):
        await Redirect("http://example.org/x").respond(request)  # but not down to plain HTTP
    with pytest.raises(RedirectRefused):
        await Redirect("https://example.org:8443/x").respond(request)
    assert (await Redirect("https://example.org/x").respond(make_request(host=b"example.org"))).status == 303


async def test_what_is_sent() -> None:
    redirect = Redirect("/a b?q=ü", 307, headers={"x-a": "1"})
    redirect.set_cookie("a", "1")
    response = await redirect.respond(make_request())
    assert (response.status, response.media_type, response.body) == (307, None, b"")
    assert response.headers["location"] == "/a%20b?q=%C3%BC"
    assert response.headers["x-a"] == "1"
    assert "set-cookie" in response.headers


def test_other_statuses_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="200 is not the status of a redirect"):
        Redirect("/", 200)


@given(st.text("/\\.:?#@%a\t\n ü" + "\u2028"))
def test_a_local_target_never_changes_the_host(location: str) -> None:
    if is_local(location):
        for text in (location, Redirect(location).location):
            seen = text.replace("\\", "/").replace("\t", "").replace("\n", "").strip()
            assert urlsplit(urljoin("https://example.org/here/", seen)).netloc == "example.org"

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.base import SettingsError
from rooftree.http import ConnectionInfo, Request, TrustedProxies
from tests.unit.http.making import make_request

PROXY = ("10.0.0.1", 5000)
ALL: tuple[Any, ...] = (
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
)


def behind(
    headers: Iterable[tuple[bytes, bytes]],
    believed: Iterable[Any] = ("x-forwarded-for", "x-forwarded-proto"),
    proxies: Iterable[str] = ("10.0.0.0/8", "2001:db8::/32"),
    client: tuple[str, int] | None = PROXY,
) -> Request:
    trusted = TrustedProxies(proxies, believed)
    connection = ConnectionInfo("http", client, None, trusted.at(client[0] if client else None))
    return make_request(headers=headers, connection=connection, host=b"inner:8000")


@pytest.mark.parametrize(
    ("proxies", "peer", "trusted"),
    [
        (["127.0.0.1"], "127.0.0.1", True),
        (["127.0.0.1"], "127.0.0.2", False),
        (["127.0.0.1"], "::ffff:127.0.0.1", True),
        (["10.0.0.0/8"], "10.255.0.1", True),
        (["::1"], "::1", True),
        (["2001:db8::/32"], "2001:db8:1::5", True),
        (["2001:db8::/32"], "2001:db9::", False),
        (["127.0.0.1"], "testclient", False),
        (["127.0.0.1"], None, False),
        (["unix"], None, True),
        (["unix"], "127.0.0.1", False),
        (["*"], None, True),
        (["*"], "203.0.113.1", True),
        ([], "127.0.0.1", False),
    ],
)
def test_who_is_trusted(proxies: list[str], peer: str | None, trusted: bool) -> None:
    compiled = TrustedProxies(proxies)
    assert compiled.trusts(peer) is trusted
    assert compiled.at(peer) is (compiled if trusted else None)


def test_settings_that_cannot_work() -> None:
    with pytest.raises(SettingsError) as caught:
        TrustedProxies(["10.0.0.1/8"])
    assert str(caught.value) == (
        "[S301] The trusted proxy '10.0.0.1/8' is no address or network: 10.0.0.1/8 has host bits set. "
        "Write an address ('127.0.0.1'), a network ('10.0.0.0/8'), 'unix' or '*'."
    )
    wrong: Any = ["via"]
    with pytest.raises(SettingsError) as caught:
        TrustedProxies([], wrong)
    assert str(caught.value) == (
        "[S302] 'via' is no header by which proxies tell of clients. Choose from forwarded, x-forwarded-for, "
        "x-forwarded-proto, x-forwarded-host, x-forwarded-port, x-forwarded-prefix."
    )
    upper: Any = ["Forwarded"]
    assert TrustedProxies([], upper).headers == {"forwarded"}


def test_nothing_is_believed_of_anyone_else() -> None:
    headers = [(name.encode(), b"1") for name in ("forwarded", *ALL)]
    request = behind(headers, [*ALL, "forwarded"], client=("203.0.113.9", 1))
    assert request.connection.trusted is None
    assert (request.client, request.scheme, request.host) == (("203.0.113.9", 1), "http", "inner:8000")
    assert (request.prefix, request.url) == ("", "http://inner:8000/")


@pytest.mark.parametrize(
    ("header", "client"),
    [
        (b"203.0.113.7", ("203.0.113.7", 0)),
        (b"203.0.113.7:4711", ("203.0.113.7", 4711)),
        (b"203.0.113.7:99999999", ("203.0.113.7", 0)),
        (b"203.0.113.7:http", ("203.0.113.7", 0)),
        (b"[2001:db9::1]:80", ("2001:db9::1", 80)),
        (b"[2001:db9::1]", ("2001:db9::1", 0)),
        (b"[2001:db9::1]x", PROXY),
        (b"2001:db9::1", ("2001:db9::1", 0)),
        (b"::ffff:203.0.113.7", ("203.0.113.7", 0)),
        (b"6.6.6.6, 203.0.113.7", ("203.0.113.7", 0)),  # what the client wrote itself is not reached
        (b"6.6.6.6, 203.0.113.7, 10.1.1.1", ("203.0.113.7", 0)),
        (b"6.6.6.6,203.0.113.7 , 10.1.1.1,10.2.2.2", ("203.0.113.7", 0)),
        (b"10.3.3.3, 10.1.1.1", ("10.3.3.3", 0)),  # trusted ones alone: the first of them
        (b"203.0.113.7, unknown, 10.1.1.1", ("10.1.1.1", 0)),  # what stands before rubbish is not believed
        (b"unknown", PROXY),
        (b"", PROXY),
        (b",,,", PROXY),
        (b"203.0.113.7, ", PROXY),
        (b"fe80::1%<script>", PROXY),
        (b"1" * 100, PROXY),
    ],
)
def test_the_client_is_the_first_that_is_no_proxy(header: bytes, client: tuple[str, int]) -> None:
    assert behind([(b"x-forwarded-for", header)]).client == client


def test_several_lines_are_one_list() -> None:
    lines = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"203.0.113.7")]
    assert behind(lines).client == ("203.0.113.7", 0)


def test_without_the_header_the_proxy_is_the_client() -> None:
    assert behind([]).client == PROXY
    assert behind([(b"x-forwarded-for", b"1.2.3.4")], believed=["x-forwarded-proto"]).client == PROXY


def test_a_star_trusts_the_neighbour_alone() -> None:
    headers = [(b"x-forwarded-for", b"6.6.6.6, 203.0.113.7")]
    assert behind(headers, proxies=["*"]).client == ("203.0.113.7", 0)


def test_a_unix_socket_has_a_proxy_at_its_other_end() -> None:
    headers = [(b"x-forwarded-for", b"203.0.113.7"), (b"x-forwarded-proto", b"https")]
    request = behind(headers, proxies=["unix"], client=None)
    assert (request.client, request.scheme) == (("203.0.113.7", 0), "https")


@pytest.mark.parametrize(
    ("proto", "forwarded_for", "scheme"),
    [
        (b"https", b"1.1.1.1", "https"),
        (b"HTTPS", b"1.1.1.1", "https"),
        (b"gopher", b"1.1.1.1", "http"),
        (b"", b"1.1.1.1", "http"),
        (b"https, http", b"1.1.1.1, 10.1.1.1", "https"),  # as many as hops: what the proxy next to the client says
        (b"https, http", b"6.6.6.6, 1.1.1.1", "http"),  # the first was made up by the client
        (b"https, http", b"1.1.1.1", "http"),
        (b"https, http", b"rubbish, rubbish", "http"),
    ],
)
def test_the_scheme(proto: bytes, forwarded_for: bytes, scheme: str) -> None:
    headers = [(b"x-forwarded-proto", proto), (b"x-forwarded-for", forwarded_for)]
    assert behind(headers).scheme == scheme


@pytest.mark.parametrize(
    ("headers", "host"),
    [
        ({}, "inner:8000"),
        ({"host": b"example.org"}, "example.org"),
        ({"host": b"example.org:8443"}, "example.org:8443"),
        ({"host": b"[2001:db8::1]:80"}, "[2001:db8::1]:80"),
        ({"host": b"evil/../x"}, "inner:8000"),
        ({"host": b"a b"}, "inner:8000"),
        ({"host": b"example.org", "port": b"8080"}, "example.org:8080"),
        ({"host": b"example.org", "port": b"80"}, "example.org"),
        ({"host": b"example.org", "port": b"443", "proto": b"https"}, "example.org"),
        ({"host": b"example.org", "port": b"80", "proto": b"https"}, "example.org:80"),
        ({"host": b"example.org:1", "port": b"8080"}, "example.org:1"),
        ({"host": b"example.org", "port": b"x"}, "example.org"),
        ({"host": b"[2001:db8::1]", "port": b"8080"}, "[2001:db8::1]:8080"),
    ],
)
def test_the_host(headers: dict[str, bytes], host: str) -> None:
    raw = [(b"x-forwarded-" + name.encode(), value) for name, value in headers.items()]
    assert behind(raw, ALL).host == host


def test_the_host_is_believed_only_where_that_is_said() -> None:
    assert behind([(b"x-forwarded-host", b"example.org")]).host == "inner:8000"


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        (b"/shop", "/shop"),
        (b"/shop/", "/shop"),
        (b"/a/b-c", "/a/b-c"),
        (b"/", ""),
        (b"", ""),
        (b"shop", ""),
        (b"//evil.example", ""),
        (b"/\\evil", ""),
        (b"/a/../b", ""),
        (b"/%2e%2e", ""),
        (b"/a?b", ""),
        (b"/a b", ""),
        (b"https://evil.example", ""),
    ],
)
def test_the_prefix(prefix: bytes, expected: str) -> None:
    request = behind([(b"x-forwarded-prefix", prefix)], ALL)
    assert request.prefix == expected
    assert request.url == f"http://inner:8000{expected}/"


@pytest.mark.parametrize(
    ("header", "client", "scheme", "host"),
    [
        (b"for=203.0.113.7", ("203.0.113.7", 0), "http", "inner:8000"),
        (b"For=203.0.113.7;Proto=HTTPS;Host=example.org", ("203.0.113.7", 0), "https", "example.org"),
        (b'for="203.0.113.7:4711"; proto=https', ("203.0.113.7", 4711), "https", "inner:8000"),
        (b'for="[2001:db9::1]:4711"', ("2001:db9::1", 4711), "http", "inner:8000"),
        (b'for="203.0\\.113.7"', ("203.0.113.7", 0), "http", "inner:8000"),
        (b"for=6.6.6.6;proto=https, for=203.0.113.7;proto=http", ("203.0.113.7", 0), "http", "inner:8000"),
        (b"for=203.0.113.7;proto=https, for=10.1.1.1;proto=http", ("203.0.113.7", 0), "https", "inner:8000"),
        (b"for=203.0.113.7;for=6.6.6.6", ("203.0.113.7", 0), "http", "inner:8000"),
        (b"for=unknown", PROXY, "http", "inner:8000"),
        (b"for=_hidden;proto=https", PROXY, "https", "inner:8000"),
        (b'for=", for=203.0.113.7', ("203.0.113.7", 0), "http", "inner:8000"),  # a quote that swallows the rest
        (b'for="x, for="203.0.113.7"', ("203.0.113.7", 0), "http", "inner:8000"),
        (b"for=6.6.6.6, rubbish here, for=10.1.1.1", ("10.1.1.1", 0), "http", "inner:8000"),
        (b"for=203.0.113.7 rubbish;proto=https", PROXY, "http", "inner:8000"),
        (b"proto=https", PROXY, "https", "inner:8000"),
        (b"", PROXY, "http", "inner:8000"),
        (b" , ;", PROXY, "http", "inner:8000"),
    ],
)
def test_forwarded(header: bytes, client: tuple[str, int], scheme: str, host: str) -> None:
    request = behind([(b"forwarded", header)], ["forwarded"])
    assert (request.client, request.scheme, request.host) == (client, scheme, host)


def test_forwarded_and_its_elder_are_not_mixed() -> None:
    # a proxy that sets one of them hands the other through as the client made it up
    headers = [(b"forwarded", b"for=6.6.6.6;proto=https"), (b"x-forwarded-for", b"203.0.113.7")]
    assert behind(headers).client == ("203.0.113.7", 0)
    assert behind(headers).scheme == "http"
    assert behind(headers, ["forwarded"]).client == ("6.6.6.6", 0)
    assert behind([], ["forwarded"]).scheme == "http"


@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"forwarded", *(name.encode() for name in ALL)]),
            st.binary() | st.text('for=";,[]:.\\ 1a%/').map(str.encode),
        )
    ),
    st.booleans(),
)
def test_rubbish_never_raises(headers: list[tuple[bytes, bytes]], standard: bool) -> None:
    request = behind(headers, ["forwarded"] if standard else ALL)
    assert request.scheme in {"http", "https"}
    assert request.client is not None
    assert "\n" not in request.host
    assert not request.prefix.startswith("//")

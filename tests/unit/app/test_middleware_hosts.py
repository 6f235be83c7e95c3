from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.app.middleware import AllowedHosts
from rooftree.base import SettingsError


@pytest.mark.parametrize(
    ("hosts", "header", "admitted"),
    [
        (["example.org"], b"example.org", True),
        (["example.org"], b"EXAMPLE.org", True),
        (["Example.ORG"], b"example.org", True),
        (["example.org"], b"example.org.", True),
        (["example.org"], b"example.org:8000", False),
        (["example.org"], b"example.org:80", True),
        (["example.org"], b"example.org:443", True),
        (["example.org"], b"example.org:0443", False),
        (["example.org:*"], b"example.org:8000", True),
        (["example.org:*"], b"example.org", True),
        (["example.org:*"], b"example.org:*", False),
        (["example.org:8000"], b"example.org:8000", True),
        (["example.org:8000"], b"example.org:8001", False),
        (["example.org:8000"], b"example.org", False),
        (["example.org"], b"www.example.org", False),
        (["example.org"], b"evilexample.org", False),
        (["example.org"], b"example.org.evil.example", False),
        (["*.example.org"], b"www.example.org", True),
        (["*.example.org"], b"a.b.example.org:8000", False),
        (["*.example.org"], b"a.b.example.org:443", True),
        (["*.example.org:*"], b"a.b.example.org:8000", True),
        (["*.example.org"], b"example.org", False),
        (["*.example.org"], b".example.org", False),
        (["*.example.org"], b"evilexample.org", False),
        (["*.example.org:8000"], b"www.example.org:8000", True),
        (["*.example.org:8000"], b"www.example.org", False),
        (["[::1]"], b"[::1]", True),
        (["[::1]"], b"[::1]:8000", True),
        (["[2001:DB8::1]:80"], b"[2001:db8::1]:80", True),
        (["[::1]"], b"::1", False),
        (["127.0.0.1"], b"127.0.0.1:1", True),
        (["127.0.0.1:2"], b"127.0.0.1:1", False),
        (["shop.localhost"], b"shop.localhost:8000", True),
        (["*.localhost"], b"shop.localhost:8000", True),
        (["*"], b"anything.example:80", True),
        (["*"], b"", False),
        (["*"], b"a b", False),
        (["*"], b"a/b", False),
        (["*"], b"user@example.org", False),
        (["*"], b"example.org:", False),
        (["*"], b"example.org:123456", False),
        (["*"], b"example..org", False),
        (["*"], b"example.org, evil.example", False),
        ([], b"localhost:8000", True),
        ([], b"app.localhost", True),
        ([], b"127.0.0.1", True),
        ([], b"[::1]:8000", True),
        ([], b"example.org", False),
    ],
)
def test_which_hosts_are_answered(hosts: list[str], header: bytes, admitted: bool) -> None:
    allowed = AllowedHosts(hosts)
    assert header not in allowed.known
    assert allowed.admit(header) is admitted
    assert (header in allowed.known) is admitted


def test_only_so_many_are_remembered() -> None:
    allowed = AllowedHosts(["*.example.org"])
    for number in range(3000):
        assert allowed.admit(b"h%d.example.org" % number)
    assert len(allowed.known) == 1024


@pytest.mark.parametrize(
    "entry", ["", "http://example.org", "example.org/", "*example.org", "a.*.org", "a b", "[::1", "x:port"]
)
def test_an_entry_that_is_no_host(entry: str) -> None:
    with pytest.raises(SettingsError) as caught:
        AllowedHosts([entry])
    assert str(caught.value) == (
        f"[S311] The allowed host {entry!r} is no host. "
        "Write 'example.org', '*.example.org', '[::1]', with ':8000', ':*' or no port."
    )


@given(st.binary())
def test_rubbish_is_not_admitted(header: bytes) -> None:
    assert not AllowedHosts(["example.org", "*.example.org"]).admit(header)

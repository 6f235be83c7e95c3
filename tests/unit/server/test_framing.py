from __future__ import annotations

import pytest

from rooftree.server.framing import CHUNKED, framing_of
from rooftree.server.refusal import Refused

Headers = list[tuple[bytes, bytes]]


def test_nothing_said_is_no_body_and_keep_alive_in_1_1_alone() -> None:
    framing = framing_of([(b"host", b"a")], "1.1")
    assert (framing.length, framing.keep_alive, framing.expects, framing.upgrade) == (0, True, False, b"")
    assert not framing_of([], "1.0").keep_alive


@pytest.mark.parametrize(
    ("headers", "version", "keep_alive"),
    [
        ([(b"connection", b"close")], "1.1", False),
        ([(b"connection", b"Keep-Alive")], "1.0", True),
        ([(b"connection", b"foo, CLOSE")], "1.1", False),
        ([(b"connection", b"keep-alive"), (b"connection", b"close")], "1.0", False),
        ([(b"connection", b"closed")], "1.1", True),
    ],
)
def test_connection(headers: Headers, version: str, keep_alive: bool) -> None:
    assert framing_of(headers, version).keep_alive is keep_alive


def test_lengths() -> None:
    assert framing_of([(b"content-length", b"12")], "1.1").length == 12
    assert framing_of([(b"content-length", b"0")], "1.1").length == 0
    assert framing_of([(b"transfer-encoding", b"Chunked")], "1.1").length == CHUNKED


def test_an_expectation_is_for_a_body_and_for_1_1() -> None:
    expect = (b"expect", b"100-Continue")
    assert framing_of([expect, (b"content-length", b"1")], "1.1").expects
    assert not framing_of([expect, (b"content-length", b"0")], "1.1").expects
    assert not framing_of([expect, (b"content-length", b"1")], "1.0").expects


def test_upgrade_counts_where_connection_names_it() -> None:
    upgrade = [(b"upgrade", b"H2C"), (b"upgrade", b"WebSocket")]
    assert framing_of(upgrade, "1.1").upgrade == b""
    assert framing_of([*upgrade, (b"connection", b"Upgrade")], "1.1").upgrade == b"h2c,websocket"


@pytest.mark.parametrize(
    ("headers", "version", "status"),
    [
        ([(b"content-length", b"012")], "1.1", 400),
        ([(b"transfer-encoding", b"chunked")], "1.0", 400),
        ([(b"transfer-encoding", b"gzip, chunked")], "1.1", 501),
        ([(b"expect", b"everything")], "1.1", 417),
    ],
)
def test_what_is_refused(headers: Headers, version: str, status: int) -> None:
    with pytest.raises(Refused) as raised:
        framing_of(headers, version)
    assert raised.value.status == status

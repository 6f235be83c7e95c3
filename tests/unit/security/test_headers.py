from __future__ import annotations

import pytest

from rooftree.base import SecurityOptions, SettingsError
from rooftree.security import security_lines


def lines_of(options: SecurityOptions, hsts: int = 31536000) -> dict[str, str]:
    block = security_lines(options, hsts).decode("ascii")
    assert block == "" or block.endswith("\r\n")
    return dict(line.split(": ", 1) for line in block.split("\r\n")[:-1])


def test_the_defaults() -> None:
    assert lines_of(SecurityOptions()) == {
        "strict-transport-security": "max-age=31536000",
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin-when-cross-origin",
        "x-frame-options": "DENY",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    }


def test_each_can_be_left_out() -> None:
    options = SecurityOptions(nosniff=False, referrer=None, frames=None, opener=None, resources=None, permissions={})
    assert security_lines(options) == b""


def test_each_can_be_chosen() -> None:
    options = SecurityOptions(
        hsts_subdomains=True,
        hsts_preload=True,
        referrer="no-referrer",
        frames="sameorigin",
        opener="same-origin-allow-popups",
        resources="cross-origin",
        permissions={"camera": "(self)"},
    )
    assert lines_of(options, 2 * 365 * 24 * 3600) == {
        "strict-transport-security": "max-age=63072000; includeSubDomains; preload",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "x-frame-options": "SAMEORIGIN",
        "cross-origin-opener-policy": "same-origin-allow-popups",
        "cross-origin-resource-policy": "cross-origin",
        "permissions-policy": "camera=(self)",
    }


@pytest.mark.parametrize("options", [{"hsts": 60, "hsts_subdomains": True}, {"hsts_subdomains": False}])
def test_the_preload_lists_ask_for_more(options: dict[str, int]) -> None:
    made = SecurityOptions(hsts_subdomains=bool(options["hsts_subdomains"]), hsts_preload=True)
    hsts = options.get("hsts", 31536000)
    with pytest.raises(SettingsError) as caught:
        security_lines(made, hsts)
    assert str(caught.value) == (
        f"[S321] hsts_preload is set with hsts={hsts}, hsts_subdomains={made.hsts_subdomains}. "
        "The lists take sites with hsts=31536000 or more and hsts_subdomains=True."
    )


def test_a_value_cannot_begin_another_header() -> None:
    with pytest.raises(ValueError, match="holds a control character"):
        security_lines(SecurityOptions(permissions={"camera": "()\r\nset-cookie: a=b"}))

from __future__ import annotations

from rooftree.base import Call


def test_a_call_is_replaced_in_parts() -> None:
    call = Call("app", databases={"default": 1}, locale="de")
    other = call.replace(locale="ar")
    assert (other.app, other.databases, other.locale, call.locale) == ("app", {"default": 1}, "ar", "de")

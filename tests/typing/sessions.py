"""What type checkers make of sessions."""

from __future__ import annotations

from typing import Any, assert_type

from rooftree import Flash, Request, Session
from rooftree.sessions import open_session


class Visit(Session):
    cart: list[int] = []
    user: int | None = None


async def values(session: Session, visit: Visit, request: Request) -> None:
    assert_type(session.get("anything"), Any)
    assert_type(session.get("n", int), int | None)
    assert_type(session.get("n", int, 0), int)
    assert_type(session.get("cart", list[int], []), list[int])
    assert_type(session.flashes(), list[Flash])
    assert_type(visit.cart, list[int])
    assert_type(visit.user, int | None)
    visit.user = 3
    assert_type(await open_session(request), Session)
    assert_type(await open_session(request, Visit), Visit)
    session.flash("text", "loud")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

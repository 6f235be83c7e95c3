"""What the script is told while a form is filled in: what the rules say of it so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from rooftree.http import Answered, Response

__all__ = ["answer"]


def answer(errors: Mapping[str, Sequence[str]]) -> Answered:
    """Return what ends the handling of a request by which the script asks: what is wrong by the names of the fields."""
    body = msgspec.json.encode({"errors": errors})
    return Answered(Response(body, 200, "application/json", {"cache-control": "no-store"}))

"""What the script is told while a form is filled in: what the rules say of it so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from rooftree.http import Answered, Response

__all__ = ["answer"]


def answer(told: Mapping[str, Any]) -> Answered:
    """Return what ends the handling of a request by which the script asks: what is wrong, or what was found."""
    body = msgspec.json.encode(told)
    return Answered(Response(body, 200, "application/json", {"cache-control": "no-store"}))

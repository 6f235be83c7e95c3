"""What the client would rather have: ``Accept``, ``Accept-Encoding``, ``Accept-Language`` (RFC 9110 section 12.5).

A header that cannot be read says nothing: what is broken in it is passed over, and no more than 64 entries count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

__all__ = ["accepted_encoding", "accepted_language", "accepted_type", "quality_values"]

MAX_ENTRIES = 64
MAX_TAG = 64  # characters of a language tag: the longest that mean something have 35 (RFC 5646 section 4.4.1)

_QUALITY = r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?"
_NAME = r"[A-Za-z0-9!#$%&'*+\-.^_`|~/]+"


@lru_cache(256)
def quality_values(header: str) -> tuple[tuple[str, float], ...]:
    """Return the entries in lower case with their weights from 0 to 1, the most wanted first, equals in their order.

    Parameters other than ``q`` are left out; ``text/html;level=1`` is ``text/html``.
    """
    entries: list[tuple[str, float]] = []
    for entry in header.split(",", MAX_ENTRIES)[:MAX_ENTRIES]:
        name, *parameters = (part.strip(" \t") for part in entry.split(";"))
        if not re.fullmatch(_NAME, name):
            continue
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip(" \t").lower() == "q":
                quality = float(value.strip(" \t")) if re.fullmatch(_QUALITY, value.strip(" \t")) else 0.0
                break
        entries.append((name.lower(), quality))
    return tuple(sorted(entries, key=lambda entry: -entry[1]))


def accepted_type(header: str | None, offers: Sequence[str]) -> str | None:
    """Return the media type that the client likes best among ``offers``; of equals the first offer.

    Args:
        header: ``Accept``; without one, or with nothing in it that can be read, anything goes.
        offers: Media types without parameters, the server's favourite first.

    Returns:
        One of the offers, ``None`` where the client takes none of them.
    """
    wanted = quality_values(header) if header else ()
    if not wanted:
        return offers[0] if offers else None
    best = max(offers, key=lambda offer: _type_quality(wanted, offer), default=None)
    return best if best is not None and _type_quality(wanted, best) > 0 else None


def _type_quality(wanted: tuple[tuple[str, float], ...], offer: str) -> float:
    """Return the weight of the most specific entry that covers the offer."""
    offer = offer.lower()
    for pattern in (offer, offer.partition("/")[0] + "/*", "*/*"):
        for name, quality in wanted:
            if name == pattern:
                return quality
    return 0.0


def accepted_encoding(header: str | None, offers: Sequence[str]) -> str | None:
    """Return the content coding that the client likes best among ``offers``; of equals the first offer.

    Args:
        header: ``Accept-Encoding``; without one nothing is encoded.
        offers: Codings that can be made, the server's favourite first; ``identity`` is not among them.

    Returns:
        One of the offers, ``None`` where the body is to be sent as it is.
    """
    if not header:
        return None
    wanted = dict(reversed(quality_values(header)))
    others = wanted.get("*", 0.0)
    best, best_quality = None, wanted.get("identity", 0.0)
    for offer in offers:
        quality = wanted.get(offer, others)
        if quality > best_quality or (quality == best_quality > 0 and best is None):
            best, best_quality = offer, quality
    return best


def accepted_language(header: str | None, offers: Sequence[str]) -> str | None:
    """Return the language that the client likes best among ``offers`` (RFC 4647 section 3.4, "lookup").

    ``de-CH`` finds ``de-CH``, else ``de``; ``de`` finds ``de-AT`` where there is no plain ``de``; ``*`` finds the
    first offer that is not refused.

    Returns:
        One of the offers, ``None`` where the client names none of them, or no language at all.
    """
    by_tag = {offer.lower().replace("_", "-"): offer for offer in reversed(offers)}
    wanted = quality_values(header) if header else ()
    refused = {name for name, quality in wanted if not quality}
    for name, quality in wanted:
        if not quality or len(name) > MAX_TAG:
            continue
        if name == "*":
            return next((offer for tag, offer in reversed(by_tag.items()) if tag not in refused), None)
        if found := _look_up(name, by_tag, refused):
            return found
    return None


def _look_up(name: str, by_tag: dict[str, str], refused: set[str]) -> str | None:
    tag = name
    while tag:
        if tag in by_tag and tag not in refused:
            return by_tag[tag]
        tag = tag.rpartition("-")[0]
    return next((offer for t, offer in reversed(by_tag.items()) if t.startswith(name + "-") and t not in refused), None)

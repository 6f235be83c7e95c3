"""Telling programs that fill in every form from people, without asking people to prove anything."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Final

from rooftree.base import SignatureRefused, Signer
from rooftree.http import FormData

__all__ = ["OPENED", "bait_of", "opened", "too_fast"]

OPENED: Final = "_opened"
"""The hidden field that says, signed, when the form was shown."""
LASTS: Final = 24 * 3600
_BAITS: Final = ("website", "homepage", "fax", "url", "subject2")


def bait_of(names: Collection[str]) -> str:
    """Return the name of a field that people do not see and programs fill in: none of the form's own."""
    return next(bait for bait in (*_BAITS, f"{max(names, default='', key=len)}2") if bait not in names)


def opened(signer: Signer) -> str:
    """Return the text that says when a form was shown: now."""
    return signer.sign(time.time(), lasts=LASTS)


def too_fast(sent: FormData, signer: Signer, wait: float) -> str:
    """Return what is wrong with the time between showing and sending a form: a rule's name, empty where nothing is."""
    try:
        shown = signer.read(sent.get(OPENED, "") or "", float)
    except SignatureRefused:
        return "expired"
    return "too_fast" if time.time() - shown < wait else ""

"""Keys of one hash: a set or a dict compares each new one with all that it has, so that their square is the time.

Python mixes a secret into the hashes of text and bytes. Those of numbers, UUIDs and tuples of them anyone can work out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby, islice
from operator import eq
from typing import Any, Final

from rooftree.base import regex

__all__ = ["CROWDED", "FEW", "LOOKED_AT", "has_array_keys", "is_crowded"]

LOOKED_AT: Final = 16 * 1024
"""Bytes from which on data is looked at before it is decoded: the square of what fits into less takes no time."""
FEW: Final = 32
"""How many different keys may share a hash."""
CROWDED: Final = f"Expected at most {FEW} different keys of one hash"


def is_crowded(keys: Collection[Any]) -> bool:
    """Tell whether too many different keys share a hash; the keys are not put into a set for it.

    Raises:
        TypeError: One of them cannot be hashed.
    """
    if len(keys) <= FEW:
        return False
    hashes = sorted(map(hash, keys))
    if not any(map(eq, hashes, islice(hashes, FEW, None))):
        return False
    return any(_has_many(group) for _, group in groupby(sorted(keys, key=hash), key=hash))


def _has_many(group: Iterator[Any]) -> bool:
    """Tell whether keys of one hash are more than a few, the same one counted once."""
    different: set[Any] = set()
    while some := list(islice(group, 8 * FEW)):
        different.update(some)
        if len(different) > FEW:
            return True
    return False


# ---- MessagePack: its maps have keys of any type (https://github.com/msgpack/msgpack/blob/master/spec.md)

_SHORT: Final = regex(rb"[\x00-\x7f\xe0-\xff\xc0\xc2\xc3]+")
"""Numbers, null and booleans of one byte."""
_ITEMS: Final = regex(rb"[\x00-\x80\x90\xa0\xe0-\xff\xc0\xc2\xc3]+")
"""What one byte can be in an array: these, the empty text, array and map."""
_HEADS: Final = bytes([*range(0x91, 0xA0), 0xDC, 0xDD])
"""The first bytes of arrays that are not empty."""
_FIXED: Final = {
    0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8,
    0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17,
}  # fmt: skip
"""How many bytes follow the first: numbers, extensions of a fixed size."""
_SIZED: Final = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4, 0xC7: 1, 0xC8: 2, 0xC9: 4}
"""How many bytes the length of what follows has: bytes, text, extensions (with a byte for their type)."""
_ARRAYS: Final = {0xDC: 2, 0xDD: 4}
_MAPS: Final = {0xDE: 2, 0xDF: 4}


def has_array_keys(data: bytes | bytearray | memoryview) -> bool:
    """Tell whether MessagePack has a map with an array or a map as a key; it does not have to be well-formed."""
    data = bytes(data)
    if len(data) - len(data.translate(None, _HEADS)) <= FEW:
        return False  # as many of them can share a hash as may
    at, end = 0, len(data)
    left, keyed = 1, False  # how many values the innermost array or map still has; whether it is a map
    outer: list[tuple[int, bool]] = []
    while at < end:
        while not left:
            if not outer:
                return False
            left, keyed = outer.pop()
        short = (_SHORT if keyed else _ITEMS).match(data, at, at + left)
        if short is not None:
            left -= short.end() - at
            at = short.end()
            continue
        first = data[at]
        left -= 1
        at += 1
        if 0xA0 <= first < 0xC0:
            at += first - 0xA0
        elif first in _FIXED:
            at += _FIXED[first]
        elif first in _SIZED:
            width = _SIZED[first]
            at += width + int.from_bytes(data[at : at + width], "big") + (0xC7 <= first <= 0xC9)
        elif first < 0xA0 or first in _ARRAYS or first in _MAPS:
            if keyed and left % 2:
                return True
            is_map = first < 0x90 or first in _MAPS
            width = _ARRAYS.get(first) or _MAPS.get(first) or 0
            count = int.from_bytes(data[at : at + width], "big") if width else first & 0x0F
            at += width
            outer.append((left, keyed))
            left, keyed = count * 2 if is_map else count, is_map
    return False

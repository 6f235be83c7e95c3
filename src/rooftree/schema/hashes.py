"""Keys of one hash: a set or a dict compares each new one with all that it has, so that their square is the time.

Python mixes a secret into the hashes of text and bytes. Those of numbers, UUIDs and tuples of them anyone can work out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby, islice
from operator import eq
from typing import TYPE_CHECKING, Any, Final, cast

from rooftree.base import regex

if TYPE_CHECKING:
    from re import Match

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

_SHORT: Final = regex(rb"[\x00-\x80\x90\xa0\xe0-\xff\xc0\xc2\xc3]+")
"""Values of one byte: numbers, null and booleans, the empty text, array and map."""
_RUN: Final = 16
"""How many values have to be left for a look at all of one byte at once: of fewer each for itself is faster."""
_HEADS: Final = bytes([*range(0x91, 0xA0), 0xDC, 0xDD])
"""The first bytes of arrays that are not empty."""
_AFTER: Final = (
    *[0] * 0x80,  # small numbers
    0, *[-1] * 15, 0, *[-1] * 15,  # maps and arrays, of which the empty ones are over
    *range(0x20),  # short texts
    0, -1, 0, 0, *[-1] * 6,  # null, false, true; bytes and extensions say their size
    4, 8, 1, 2, 4, 8, 1, 2, 4, 8,  # numbers
    2, 3, 5, 9, 17,  # extensions of a fixed size
    *[-1] * 7,  # texts say their size; arrays, maps
    *[0] * 0x20,  # small negative numbers
)  # fmt: skip
"""How many bytes follow the first, by the first; -1 where more than that has to be known."""
_SIZED: Final = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4, 0xC7: 1, 0xC8: 2, 0xC9: 4}
"""How many bytes the length of what follows has: bytes, text, extensions (with a byte for their type)."""
_COUNTED: Final = {0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}
"""How many bytes the number of items has: arrays, maps."""
_UNUSED: Final = 0xC1
"""The one byte that begins nothing."""


def has_array_keys(data: bytes | bytearray | memoryview) -> bool:
    """Tell whether MessagePack has a map with an array or a map as a key; empty ones, of which no two differ, aside.

    The data does not have to be well-formed. Its sender decides how many steps this takes, up to one for each byte.
    """
    data = bytes(data)
    if len(data) - len(data.translate(None, _HEADS)) <= FEW:
        return False  # as many of them can share a hash as may
    at, end = 0, len(data)
    left, keyed = 1, False  # how many values the innermost array or map still has; whether it is a map
    outer: list[tuple[int, bool]] = []  # those around it that have some left
    while at < end:
        if not left:
            if not outer:
                return False
            left, keyed = outer.pop()
        first = data[at]
        after = _AFTER[first]
        if not after and left > _RUN:
            run = cast("Match[bytes]", _SHORT.match(data, at, at + left))  # of one byte at least
            after = run.end() - at - 1
            left -= after
        at += 1
        left -= 1
        if after >= 0:
            at += after
        elif first in _SIZED:
            width = _SIZED[first]
            at += width + int.from_bytes(data[at : at + width], "big") + (0xC7 <= first <= 0xC9)
        elif first != _UNUSED:
            if keyed and left % 2:
                return True
            width = _COUNTED.get(first, 0)
            count = int.from_bytes(data[at : at + width], "big") if width else first & 0x0F
            at += width
            if count:
                if left:
                    outer.append((left, keyed))
                keyed = first < 0x90 or first > 0xDD
                left = count * 2 if keyed else count
    return False

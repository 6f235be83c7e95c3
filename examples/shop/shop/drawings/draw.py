"""From a name, ``mug-sage-3``, to its drawing."""

from __future__ import annotations

from collections.abc import Callable

from shop.drawings import pottery, rooms, small
from shop.drawings.colours import COLOURS, Colour

KINDS: dict[str, Callable[[Colour, int], str]] = {
    "mug": pottery.mug,
    "teapot": pottery.teapot,
    "vase": pottery.vase,
    "lamp": rooms.lamp,
    "chair": rooms.chair,
    "cushion": rooms.cushion,
    "clock": rooms.clock,
    "plant": small.plant,
    "notebook": small.notebook,
    "candle": small.candle,
}


def draw(kind: str, colour: str, variant: int) -> str:
    """Return the SVG of a thing.

    Raises:
        KeyError: There is no such kind or colour.
    """
    return KINDS[kind](COLOURS[colour], variant)

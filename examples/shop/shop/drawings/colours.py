"""The colours that goods come in: a name in both languages, and what they are drawn with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Colour:
    key: str
    en: str
    de: str
    base: str

    @property
    def dark(self) -> str:
        return mix(self.base, "#1d1714", 0.24)

    @property
    def deep(self) -> str:
        return mix(self.base, "#1d1714", 0.45)

    @property
    def light(self) -> str:
        return mix(self.base, "#fffaf0", 0.32)

    @property
    def pale(self) -> str:
        return mix(self.base, "#fffaf0", 0.68)


COLOURS = {
    colour.key: colour
    for colour in (
        Colour("sage", "sage", "Salbei", "#8fa58b"),
        Colour("ochre", "ochre", "Ocker", "#d0983f"),
        Colour("rust", "rust", "Rost", "#b4562f"),
        Colour("ink", "ink", "Tinte", "#33476b"),
        Colour("clay", "clay", "Ton", "#c08366"),
        Colour("moss", "moss", "Moos", "#66743f"),
        Colour("plum", "plum", "Pflaume", "#75445f"),
        Colour("chalk", "chalk", "Kreide", "#e9e2d3"),
        Colour("sky", "sky", "Himmelblau", "#8db3cc"),
        Colour("rose", "rose", "Altrosa", "#d6a09a"),
        Colour("slate", "slate", "Schiefer", "#63707a"),
        Colour("honey", "honey", "Honig", "#e3b55c"),
        Colour("forest", "forest", "Tannengrün", "#2f5a4a"),
        Colour("coral", "coral", "Koralle", "#e0785c"),
        Colour("sand", "sand", "Sand", "#cdb592"),
        Colour("mint", "mint", "Minze", "#a9cdb8"),
        Colour("night", "night blue", "Nachtblau", "#27304a"),
        Colour("brick", "brick", "Ziegel", "#9c4a3c"),
        Colour("lilac", "lilac", "Flieder", "#a99bc4"),
        Colour("teal", "teal", "Petrol", "#2e7a7b"),
    )
}

GROUNDS = ("#efe6d6", "#e4ebe3", "#f1e0d6", "#e2e8ee", "#efe3e4", "#e9e6da", "#e6e2ec", "#f3e8cf")
WOOD = Colour("wood", "wood", "Holz", "#c39a6b")
PAPER = Colour("paper", "paper", "Papier", "#f6efe1")
BRASS = Colour("brass", "brass", "Messing", "#c8a255")
LEAF = Colour("leaf", "leaf", "Blatt", "#5c8560")


def mix(one: str, other: str, share: float) -> str:
    """Mix two colours: ``share`` of the other one."""
    parts = [(int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)

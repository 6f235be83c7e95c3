"""Mugs, teapots, vases."""

from __future__ import annotations

from shop.drawings.canvas import body, ellipse, line, path, sheet
from shop.drawings.colours import LEAF, Colour


def mug(colour: Colour, variant: int) -> str:
    shape = variant % 4
    if shape == 0:
        outline, handle, rim = "M112 158h160v120q0 44 -44 44h-72q-44 0 -44 -44z", "M272 188q58 -6 58 42t-62 50", 80
    elif shape == 1:
        outline, handle, rim = "M118 140h148l-14 168q-1 14 -16 14h-88q-15 0 -16 -14z", "M262 176q62 -8 56 46t-66 42", 74
    elif shape == 2:
        outline = "M104 176h176q6 66 -26 112q-24 34 -62 34t-62 -34q-32 -46 -26 -112z"
        handle, rim = "M279 196q48 -4 44 34t-60 40", 88
    else:
        outline = "M126 152h132q24 40 22 92q-2 78 -52 78h-72q-50 0 -52 -78q-2 -52 22 -92z"
        handle, rim = "M276 204q56 -8 54 36t-62 46", 66
    top = {0: 158, 1: 140, 2: 176, 3: 152}[shape]
    steam = (
        [line("#ffffff", 5, f"M{x} {top - 26}q-14 -20 0 -38t0 -38", opacity=0.75) for x in (170, 192, 214)]
        if variant % 3 == 0
        else []
    )
    return sheet(
        variant,
        line(colour.deep, 22, handle),
        line(colour.dark, 15, handle),
        body(outline, colour, variant // 2),
        ellipse(colour.deep, 192, top, rim, 15),
        ellipse("#4b2f20", 192, top + 4, rim - 9, 10),
        ellipse("#7b5236", 186, top + 5, rim - 26, 6),
        *steam,
    )


def teapot(colour: Colour, variant: int) -> str:
    shape = variant % 3
    outline = (
        "M104 236q0 -82 96 -82t96 82q0 86 -96 86t-96 -86z",
        "M112 190q4 -22 88 -22t88 22l16 108q2 24 -24 24H120q-26 0 -24 -24z",
        "M98 262q0 -70 46 -96q22 -12 56 -12t56 12q46 26 46 96q0 60 -102 60t-102 -60z",
    )[shape]
    spout = path(colour.dark, "M284 250q44 -8 46 -74l28 -8q-6 62 -30 96q-18 26 -50 34z")
    handle = "M112 202q-62 -6 -58 46t72 40"
    strap = "M132 168q68 -112 136 0"
    high = variant % 2 == 1
    lid_y = 154 if shape != 1 else 168
    return sheet(
        variant + 3,
        line(colour.deep if not high else "#8a6a45", 15, strap if high else handle),
        line(colour.dark if not high else "#c39a6b", 9, strap if high else handle),
        spout,
        body(outline, colour, variant // 3),
        path(colour.dark, f"M148 {lid_y + 8}q4 -26 52 -26t52 26q-52 14 -104 0z"),
        path(colour.light, f"M156 {lid_y + 2}q8 -16 40 -17q-20 6 -24 19z", opacity=0.7),
        ellipse(colour.deep, 200, lid_y - 24, 12, 11),
        ellipse(colour.light, 196, lid_y - 27, 4, 3),
        shadow=125,
    )


def vase(colour: Colour, variant: int) -> str:
    outline, mouth, top = (
        ("M176 128h48v40q52 34 52 92q0 62 -76 62t-76 -62q0 -58 52 -92z", 24, 128),
        ("M160 132h80l14 100q8 90 -30 90h-48q-38 0 -30 -90z", 40, 132),
        ("M182 112h36q-6 70 22 104q32 40 14 86q-8 20 -54 20t-54 -20q-18 -46 14 -86q28 -34 22 -104z", 18, 112),
        ("M140 166q60 -16 120 0q24 40 10 92q-14 64 -70 64t-70 -64q-14 -52 10 -92z", 60, 164),
    )[variant % 4]
    return sheet(
        variant + 1,
        _stems(variant, top),
        body(outline, colour, variant // 4 + 1),
        ellipse(colour.deep, 200, top, mouth, 7),
        shadow=88,
    )


def _stems(variant: int, top: float) -> str:
    kind = variant % 3
    ways = (
        f"M196 {top + 8}q-6 -44 -40 -74",
        f"M200 {top + 8}q4 -52 0 -96",
        f"M204 {top + 8}q8 -40 44 -66",
    )
    ends = ((156, top - 66), (200, top - 88), (248, top - 58))
    stems = "".join(line(LEAF.dark, 3.5, way) for way in ways)
    if kind == 0:  # flowers
        petals = ("#e8b04a", "#f4e3c3", "#d9745a")[variant // 3 % 3]
        heads = "".join(
            "".join(
                f'<ellipse cx="{x}" cy="{y - 11}" rx="6.5" ry="12" fill="{petals}" transform="rotate({turn} {x} {y})"/>'
                for turn in range(0, 360, 45)
            )
            + ellipse("#7a4d24", x, y, 7, 7)
            for x, y in ends
        )
        return stems + heads
    if kind == 1:  # dry grass
        return stems + "".join(
            ellipse("#d8b878", x + dx, y + dy, 4, 11, transform=f"rotate({dx * 3} {x + dx} {y + dy})")
            for x, y in ends
            for dx, dy in ((0, -6), (-8, 4), (8, 4), (-9, 20), (9, 20), (0, 12))
        )
    return stems + "".join(  # eucalyptus
        ellipse(LEAF.base if dx > 0 else LEAF.light, x + dx, y + dy, 11, 8, transform=f"rotate({dx * 2} {x} {y})")
        for x, y in ends
        for dx, dy in ((0, -2), (13, 12), (-13, 14), (12, 32), (-10, 36))
    )

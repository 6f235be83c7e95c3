"""Lamps, chairs, cushions, clocks: what a room is furnished with."""

from __future__ import annotations

from math import cos, pi, sin

from shop.drawings.canvas import ellipse, line, path, sheet
from shop.drawings.colours import BRASS, PAPER, WOOD, Colour, mix


def lamp(colour: Colour, variant: int) -> str:
    shade = (
        "M150 92h100l34 96H116z",
        "M122 188q0 -92 78 -92t78 92z",
        "M138 104h124v84H138z",
        "M176 88h48q10 60 62 100H114q52 -40 62 -100z",
    )[variant % 4]
    stand = BRASS if variant % 2 else WOOD
    foot = (
        path(stand.dark, "M148 322q2 -16 52 -16t52 16z")
        if variant % 3
        else "".join(line(stand.dark, 8, d) for d in ("M200 236L150 320", "M200 236L250 320", "M200 236L204 316"))
    )
    glow = f'<ellipse cx="200" cy="204" rx="120" ry="70" fill="{mix("#fff2c4", "#ffffff", 0.2)}" opacity=".55"/>'
    folds = (
        "".join(line(colour.dark, 2, f"M{200 + (x - 200) * 0.6} 98L{x} 186", opacity=0.5) for x in range(132, 280, 17))
        if variant % 4 == 0
        else ""
    )
    return sheet(
        variant + 2,
        glow,
        line(stand.base, 9, "M200 180V310"),
        line(stand.light, 3, "M198 190V304"),
        foot,
        path(colour.base, shade),
        f'<clipPath id="o"><path d="{shade}"/></clipPath><g clip-path="url(#o)">',
        path(colour.light, "M0 0H168V400H0z", opacity=0.4),
        path(colour.deep, "M244 0H400V400H244z", opacity=0.25),
        folds,
        path("#ffe9ae", "M100 176h200v14H100z", opacity=0.7),
        "</g>",
        line(BRASS.base, 2, f"M{232 + variant % 3 * 8} 188v40"),
        ellipse(BRASS.dark, 232 + variant % 3 * 8, 230, 4, 5),
        shadow=84,
    )


def chair(colour: Colour, variant: int) -> str:
    shape = variant % 4
    wood = WOOD if variant % 3 else Colour("oak", "", "", "#7d5a3a")
    legs = "".join(
        line(wood.dark if back else wood.base, 10, d)
        for d, back in (
            ("M150 236l-8 76", True),
            ("M262 236l8 76", True),
            ("M136 250l-14 76", False),
            ("M268 250l16 76", False),
        )
    )
    if shape == 0:  # spindles
        back = "".join(line(wood.base, 6, f"M{x} 240L{200 + (x - 200) * 1.12} 116") for x in (150, 175, 200, 225, 250))
        back += line(wood.dark, 16, "M138 112q62 -18 124 0")
    elif shape == 1:  # a shell
        back = path(colour.base, "M136 240q-26 -146 64 -146t64 146z") + path(
            colour.light, "M150 232q-18 -118 44 -126q-28 22 -22 126z", opacity=0.5
        )
    elif shape == 2:  # ladder
        back = "".join(line(wood.base, 9, d) for d in ("M144 244L134 96", "M256 244L266 96"))
        back += "".join(line(wood.dark, 13, f"M{137 + n * 2} {112 + n * 34}h{126 - n * 4}") for n in range(4))
    else:  # an armchair
        back = path(colour.dark, "M118 250V150q0 -44 82 -44t82 44v100z")
        back += path(colour.base, "M132 246V156q0 -34 68 -34t68 34v90z")
        back += line(colour.deep, 2, "M200 124v110", opacity=0.5)
        back += path(colour.dark, "M92 206q0 -18 20 -18t20 18v78H92z") + path(
            colour.dark, "M268 206q0 -18 20 -18t20 18v78h-40z"
        )
    seat = path(colour.base, "M122 240q78 -18 156 0l6 22q-84 16 -168 0z") + path(
        colour.dark, "M116 262q84 16 168 0v9q-84 16 -168 0z"
    )
    if shape == 3:
        seat = path(colour.light, "M126 232q74 -12 148 0v34q-74 10 -148 0z") + path(
            colour.dark, "M112 262q88 14 176 0v28q-88 12 -176 0z"
        )
    return sheet(variant + 4, legs, back, seat, shadow=112)


def cushion(colour: Colour, variant: int) -> str:
    round_one = variant % 4 == 3
    outline = (
        "M84 236q0 -112 116 -112t116 112q0 88 -116 88t-116 -88z"
        if round_one
        else "M86 128q114 22 228 0q20 -2 18 18q-18 80 0 160q2 20 -18 18q-114 -20 -228 0q-20 2 -18 -18q18 -80 0 -160q-2 -20 18 -18z"
    )
    pale, deep = colour.pale, colour.deep
    pattern = {
        0: "".join(line(pale, 9, f"M40 {y}q160 26 320 0", opacity=0.8) for y in range(140, 340, 34)),
        1: "".join(
            path(pale, f"M{x} {y}l17 -17l17 17l-17 17z", opacity=0.85)
            for row, y in enumerate(range(144, 330, 34))
            for x in range(70 + row % 2 * 17, 330, 34)
        ),
        2: "".join(line(pale, 3, f"M{x} 110V340M40 {x}H360", opacity=0.7) for x in range(76, 350, 30)),
        3: "".join(
            line(deep, 3, f"M200 226L{200 + 140 * cos(n * pi / 6)} {226 + 120 * sin(n * pi / 6)}", opacity=0.5)
            for n in range(12)
        ),
        4: "".join(
            line(pale, 4, f"M{x} {y}q10 -16 20 0q10 16 20 0", opacity=0.85)
            for y in range(150, 330, 26)
            for x in range(60, 340, 40)
        ),
    }[3 if round_one else variant % 5 if variant % 5 != 3 else 4]
    tassels = (
        ""
        if round_one or variant % 2
        else "".join(
            line(deep, 4, f"M{x} {y}l{dx} {dy}")
            for x, y, sx, sy in ((80, 136, -1, -1), (320, 136, 1, -1), (80, 316, -1, 1), (320, 316, 1, 1))
            for dx, dy in ((sx * 18, sy * 8), (sx * 13, sy * 14), (sx * 6, sy * 18))
        )
    )
    return sheet(
        variant + 5,
        tassels,
        path(colour.base, outline),
        f'<clipPath id="o"><path d="{outline}"/></clipPath><g clip-path="url(#o)">{pattern}',
        path(colour.light, "M60 110h90q-50 110 0 230H60z", opacity=0.3),
        path(deep, "M300 110h60v230h-70q40 -120 10 -230z", opacity=0.25),
        "</g>",
        ellipse(deep, 200, 226, 8, 6) if round_one else "",
        shadow=128,
    )


def clock(colour: Colour, variant: int) -> str:
    shape = variant % 3
    x, y, radius = 200, 202, 104
    outer = (
        f'<circle cx="{x}" cy="{y}" r="{radius + 14}" fill="{colour.base}"/>'
        f'<path d="M{x - radius - 6} {y - 40}a{radius + 10} {radius + 10} 0 0 1 100 -72" fill="none"'
        f' stroke="{colour.light}" stroke-width="7" stroke-linecap="round"/>'
    )
    if shape == 1:
        outer = f'<rect x="{x - 122}" y="{y - 118}" width="244" height="236" rx="46" fill="{colour.base}"/>' + line(
            colour.light, 6, f"M{x - 108} {y - 40}v-24q0 -42 40 -42h30"
        )
    if shape == 2:
        rays = "".join(
            line(
                WOOD.base if n % 2 else WOOD.dark, 7,
                f"M{x} {y}L{x + (148 if n % 2 else 132) * cos(n * pi / 12):.1f} {y + (148 if n % 2 else 132) * sin(n * pi / 12):.1f}",
            )
            for n in range(24)
        )  # fmt: skip
        outer = rays + f'<circle cx="{x}" cy="{y}" r="92" fill="{colour.base}"/>'
        radius = 78
    face = PAPER.base if colour.key != "chalk" else "#fffdf8"
    marks = "".join(
        line(
            colour.deep, 5 if n % 3 == 0 else 2.5,
            f"M{x + (radius - 10) * cos(n * pi / 6):.1f} {y + (radius - 10) * sin(n * pi / 6):.1f}"
            f"L{x + (radius - 22) * cos(n * pi / 6):.1f} {y + (radius - 22) * sin(n * pi / 6):.1f}",
        )
        for n in range(12)
    )  # fmt: skip
    hour = (variant * 67 + 300) * pi / 180
    minute = (variant * 42 + 50) * pi / 180
    return sheet(
        variant + 6,
        f'<ellipse cx="{x + 10}" cy="{y + 12}" rx="{radius + 18}" ry="{radius + 18}" fill="#2a1d10" opacity=".12"/>',
        outer,
        f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{face}"/>',
        marks,
        line(colour.deep, 8, f"M{x} {y}L{x + radius * 0.48 * cos(hour):.1f} {y + radius * 0.48 * sin(hour):.1f}"),
        line(colour.deep, 5, f"M{x} {y}L{x + radius * 0.7 * cos(minute):.1f} {y + radius * 0.7 * sin(minute):.1f}"),
        f'<circle cx="{x}" cy="{y}" r="7" fill="#b4562f"/>',
        shadow=0,
        floor=440,
    )

"""Plants, notebooks, candles."""

from __future__ import annotations

from shop.drawings.canvas import body, ellipse, line, path, sheet
from shop.drawings.colours import BRASS, LEAF, PAPER, Colour, mix


def plant(colour: Colour, variant: int) -> str:
    pot = (
        "M140 232h120l-14 78q-2 12 -14 12h-64q-12 0 -14 -12z",
        "M134 240q66 -12 132 0q6 82 -66 82t-66 -82z",
        "M144 226h112v96H144z",
    )[variant % 3]
    top = (232, 238, 226)[variant % 3]
    green = (LEAF, Colour("", "", "", "#3f6b4c"), Colour("", "", "", "#86a06a"))[variant // 2 % 3]
    return sheet(
        variant + 7,
        _leaves(variant % 5, green, top),
        body(pot, colour, variant // 3),
        path(colour.dark, f"M132 {top - 8}h136v16H132z") if variant % 3 == 0 else "",
        path(colour.deep, "M150 312q50 12 100 0v10H150z", opacity=0.25),
        shadow=86,
    )


def _leaves(kind: int, green: Colour, top: float) -> str:
    if kind == 0:  # long swords
        return "".join(
            path(green.base if n % 2 else green.dark, f"M{186 + n * 4} {top}Q{x} {top - 96} {end} {y}Q{x + 26} {top - 80} {198 + n * 4} {top}z")
            for n, (x, end, y) in enumerate(((120, 104, 116), (250, 292, 108), (160, 150, 76), (216, 238, 70), (186, 196, 58)))
        )  # fmt: skip
    if kind == 1:  # round leaves on stems
        ends = ((130, 130), (166, 84), (214, 70), (262, 110), (282, 166), (120, 184), (196, 134))
        return "".join(line(green.deep, 3, f"M200 {top}Q{200 + (x - 200) * 0.3} {y + 40} {x} {y}") for x, y in ends) + "".join(
            ellipse(green.base if n % 2 else green.light, x, y, 27, 24) + line(green.dark, 1.5, f"M{x - 16} {y + 6}q16 -10 32 -8")
            for n, (x, y) in enumerate(ends)
        )  # fmt: skip
    if kind == 2:  # a cactus
        return (
            path(green.base, f"M168 {top}V120q0 -36 32 -36t32 36v{top - 120}z")
            + line(green.base, 26, f"M244 {top - 40}h20q22 0 22 -24v-28")
            + line(green.base, 24, "M158 176h-16q-22 0 -22 -22v-22")
            + "".join(line(green.light, 2.5, f"M{x} 100V{top - 8}", stroke_dasharray="3 11") for x in (184, 200, 216))
            + ellipse("#e0785c", 200, 82, 13, 10)
            + ellipse("#f4c9a0", 200, 79, 6, 5)
        )
    if kind == 3:  # a fern
        out = ""
        for n, (x, y) in enumerate(((96, 160), (136, 92), (200, 66), (262, 92), (304, 160))):
            out += line(green.dark, 4, f"M200 {top}Q{200 + (x - 200) * 0.35:.0f} {y + 10} {x} {y}")
            for step in range(1, 8):
                t = step / 8
                px = 200 + (x - 200) * t * (0.35 + 0.65 * t)
                py = top + (y - top) * (t * (2 - t))
                size = 17 - step * 1.3
                for turn in (-48, 48):
                    out += (
                        f'<ellipse cx="{px:.0f}" cy="{py - size:.0f}" rx="5.5" ry="{size:.0f}"'
                        f' fill="{green.base if n % 2 else green.light}" transform="rotate({turn} {px:.0f} {py:.0f})"/>'
                    )
        return out
    tips = ((126, 106), (196, 66), (270, 100), (288, 176), (112, 180))  # split leaves
    return "".join(line(green.deep, 4, f"M200 {top}Q{200 + (x - 200) * 0.2} {y + 50} {x} {y + 20}") for x, y in tips) + "".join(
        path(green.base if n % 2 else green.dark, f"M{x} {y + 34}q-44 -14 -34 -62q40 -2 56 24q4 20 -4 34l-14 -10l4 16z")
        + line(green.light, 2, f"M{x} {y + 32}q-8 -28 -24 -50")
        for n, (x, y) in enumerate(tips)
    )  # fmt: skip


def notebook(colour: Colour, variant: int) -> str:
    tilt = (-8, 5, -4, 9)[variant % 4]
    pale = colour.pale
    motif = {
        0: line(pale, 3, "M150 250q50 -70 100 0M164 262q36 -50 72 0M178 274q22 -30 44 0"),
        1: f'<circle cx="206" cy="196" r="34" fill="{pale}"/>' + path(colour.deep, "M140 262q34 -52 62 -18q24 -32 66 18z", opacity=0.6),
        2: "".join(line(pale, 2.5, f"M152 {y}h104") for y in range(150, 300, 20)),
        3: "".join(ellipse(pale, 206 + dx, 200 + dy, 9, 17, transform=f"rotate({turn} 206 206)") for dx, dy, turn in ((0, -16, 0), (0, -16, 72), (0, -16, 144), (0, -16, 216), (0, -16, 288))),
        4: path(PAPER.base, "M164 146h84v44h-84z") + line(colour.deep, 3, "M176 162h60M176 174h40"),
    }[variant % 5]  # fmt: skip
    pages = "".join(line(mix(PAPER.base, "#6b5a45", 0.18), 1, f"M282 {y}v0.1") for y in (100, 310))
    return sheet(
        variant,
        f'<g transform="rotate({tilt} 200 210)">',
        f'<rect x="130" y="92" width="160" height="232" rx="7" fill="{colour.deep}"/>',
        f'<rect x="128" y="90" width="154" height="226" rx="4" fill="{PAPER.base}"/>',
        "".join(line("#d9cdb8", 1, f"M{x} 92v222") for x in (276, 279)),
        pages,
        f'<rect x="118" y="86" width="156" height="230" rx="8" fill="{colour.base}"/>',
        path(colour.dark, "M126 86h20v230h-20q-8 0 -8 -8V94q0 -8 8 -8z"),
        motif,
        line("#b4562f" if colour.key != "rust" else "#33476b", 6, "M252 86v230") if variant % 2 else "",
        path("#b4562f" if colour.key != "rust" else "#e3b55c", "M196 316h12v34l-6 -7l-6 7z") if variant % 3 == 0 else "",
        "</g>",
        "" if variant % 2 else line(BRASS.base, 8, "M312 316l34 -128") + line("#3c3026", 8, "M312 316l-3 10") + line(BRASS.light, 3, "M316 300l28 -106"),
        shadow=116,
    )  # fmt: skip


def candle(colour: Colour, variant: int) -> str:
    sticks: tuple[tuple[int, int, int], ...]
    if variant % 4 == 3:
        sticks = ((138, 190, 30), (196, 130, 34), (254, 168, 30))
    elif variant % 4 == 2:
        sticks = ((164, 120, 22), (236, 150, 22))
    else:
        sticks = ((200, 168 - variant % 4 * 30, 92 - variant % 4 * 34),)
    out = ""
    for n, (x, y, width) in enumerate(sticks):
        half = width / 2
        wax = colour if n != 1 else Colour("", "", "", colour.light)
        bottom = 318 if len(sticks) != 2 else 286
        out += ellipse("#ffe6a3", x, y - 36, 44, 54, opacity=0.4)
        out += f'<rect x="{x - half}" y="{y}" width="{width}" height="{bottom - y}" fill="{wax.base}"/>'
        out += f'<rect x="{x - half}" y="{y}" width="{width * 0.28:.0f}" height="{bottom - y}" fill="{wax.light}" opacity=".5"/>'
        out += f'<rect x="{x + half * 0.4:.0f}" y="{y}" width="{half * 0.6:.0f}" height="{bottom - y}" fill="{wax.deep}" opacity=".22"/>'
        out += ellipse(wax.base, x, bottom, half, 6) + ellipse(wax.pale, x, y, half, max(4, width * 0.08))
        out += path(wax.light, f"M{x - half + 3} {y}q4 34 8 34t5 -24t6 -8z", opacity=0.8)
        out += line("#3c3026", 3, f"M{x} {y}v-14")
        out += path("#f2a63b", f"M{x} {y - 58}q20 28 0 46q-20 -18 0 -46z")
        out += path("#fff1c9", f"M{x} {y - 40}q9 14 0 26q-9 -12 0 -26z")
        if len(sticks) == 2:
            out += path(BRASS.base, f"M{x - 20} 286h40l-8 12v14h20v10h-64v-10h20v-14z")
            out += path(BRASS.light, f"M{x - 16} 288h14l-4 10z", opacity=0.7)
    if len(sticks) == 1 and variant % 2:
        out += path(BRASS.base, "M124 308h152l-12 16H136z") + path(BRASS.light, "M134 310h60l-4 6h-52z", opacity=0.6)
    return sheet(variant + 2, out, shadow=96)

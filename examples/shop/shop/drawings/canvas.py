"""The sheet that every drawing stands on, and what drawings have in common."""

from __future__ import annotations

from shop.drawings.colours import GROUNDS, Colour, mix

SIZE = 400


def sheet(ground: int, *things: str, shadow: float = 105, floor: float = 322) -> str:
    """Put a drawing on its ground: a wall, a table, light from the left, a shadow."""
    wall = GROUNDS[ground % len(GROUNDS)]
    table = mix(wall, "#5b4632", 0.13)
    sun = mix(wall, "#ffffff", 0.5)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}">'
        f'<path fill="{wall}" d="M0 0h400v400H0z"/>'
        f'<circle cx="{150 + ground % 5 * 26}" cy="{168 + ground % 3 * 12}" r="132" fill="{sun}" opacity=".75"/>'
        f'<path fill="{table}" d="M0 {floor - 22}h400V400H0z"/>'
        f'<path fill="{mix(table, "#ffffff", 0.28)}" d="M0 {floor - 22}h400v3H0z"/>'
        f'<ellipse cx="212" cy="{floor + 3}" rx="{shadow}" ry="13" fill="{mix(table, "#2a1d10", 0.36)}" opacity=".55"/>'
        f"{''.join(things)}</svg>"
    )


def path(fill: str, d: str, **more: str | float) -> str:
    return f'<path fill="{fill}" d="{d}"{_attributes(more)}/>'


def line(stroke: str, width: float, d: str, **more: str | float) -> str:
    return (
        f'<path fill="none" stroke="{stroke}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"'
        f' d="{d}"{_attributes(more)}/>'
    )


def ellipse(fill: str, x: float, y: float, rx: float, ry: float, **more: str | float) -> str:
    return f'<ellipse cx="{x}" cy="{y}" rx="{rx}" ry="{ry}" fill="{fill}"{_attributes(more)}/>'


def body(outline: str, colour: Colour, variant: int) -> str:
    """Fill an outline with a glaze: plain, dipped, banded, dotted, brushed; lighter at the left, darker at the right."""
    inside = "".join(
        (
            path(colour.base, "M0 0h400v400H0z"),
            _glaze(colour, variant % 5),
            path(colour.light, "M0 0H150V400H0z", opacity=0.28),
            path(colour.deep, "M262 0H400V400H262z", opacity=0.2),
        )
    )
    return f'<clipPath id="o"><path d="{outline}"/></clipPath><g clip-path="url(#o)">{inside}</g>'


def _glaze(colour: Colour, kind: int) -> str:
    other = colour.pale if colour.base < "#c" else colour.dark
    if kind == 1:
        return path(other, "M0 262q50 -14 100 0t100 0t100 0t100 0V400H0z")
    if kind == 2:
        return "".join(path(other, f"M0 {y}h400v{h}H0z", opacity=0.85) for y, h in ((206, 7), (222, 3), (286, 7)))
    if kind == 3:
        rows = range(150, 340, 28)
        return "".join(
            ellipse(other, x + (14 if row % 2 else 0), y, 4.5, 4.5, opacity=0.9)
            for row, y in enumerate(rows)
            for x in range(70, 350, 28)
        )
    if kind == 4:
        return "".join(line(other, 3, f"M{x} 130q8 100 -4 220", opacity=0.6) for x in range(90, 330, 17))
    return ""


def _attributes(more: dict[str, str | float]) -> str:
    return "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())

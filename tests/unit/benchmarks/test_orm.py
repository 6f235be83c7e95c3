"""The tables of the comparison of ORMs."""

from __future__ import annotations

from typing import Any

from benchmarks.orm.run import tables
from benchmarks.orm.work import WORK, expected_totals


def run(entry: str, at: int, wall: float) -> dict[str, Any]:
    return {"entry": entry, "db": "pg", "work": "get", "round": at, "wall": wall, "cpu": wall / 2}


def test_ratios_are_taken_inside_a_round() -> None:
    runs = [run("raw", 1, 100), run("rooftree", 1, 120), run("django", 1, 600), run("oxyde", 1, 360)]
    runs += [run("raw", 2, 200), run("rooftree", 2, 240), run("django", 2, 1200), run("oxyde", 2, 720)]
    text = tables({"runs": runs, "failures": [{"db": "pg", "entry": "piccolo", "error": "gone"}]})
    assert "| get | 150.0 (1.00) | 180.0 (1.20) | 900.0 (6.00) | 540.0 (3.60) |" in text
    assert "| get | oxyde | 3.00 (3.00 - 3.00) | 1.20 (1.20 - 1.20) | 1.25 |" in text
    assert "- pg piccolo: gone" in text


def test_what_is_right_is_worked_out_of_the_rows() -> None:
    assert len(WORK) == 9
    rows = [(1, "a", 1, 50, True, 0.1, 1), (2, "b", 1, 70, True, 0.1, 1), (3, "c", 1, 20, True, 0.1, 2)]
    assert expected_totals(rows) == {("Egypt", 2, 70), ("Finland", 1, 20)}

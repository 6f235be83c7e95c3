"""Regular expressions of rules."""

from __future__ import annotations

import pytest

from rooftree.schema import exact_pattern


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        ("^a$", r"^a\Z"),
        (r"^\$$", r"^\$\Z"),
        ("[$]x$|y$", r"[$]x\Z|y\Z"),
        ("[]$]$", r"[]$]\Z"),
        ("[^]$]$", r"[^]$]\Z"),
        (r"[\]$]$", r"[\]$]\Z"),
        (r"\\$", r"\\\Z"),
        ("(?i)a$", r"(?i)a\Z"),
        ("(?im)^a$", "(?im)^a$"),
        ("a", "a"),
    ],
)
def test_a_dollar_is_the_end(written: str, exact: str) -> None:
    assert exact_pattern(written) == exact

"""Every code that the package raises has its paragraph in the error index, and no paragraph is left over."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = re.compile(r'"([A-Z]\d{3})"')
HEADING = re.compile(r"^#+ `?([A-Z]\d{3})\b", re.MULTILINE)


def test_every_code_is_explained() -> None:
    raised = {
        code for file in ROOT.glob("src/rooftree/**/*.py") for code in CODE.findall(file.read_text(encoding="utf-8"))
    }
    explained = {
        code for page in ROOT.glob("docs/errors/*.md") for code in HEADING.findall(page.read_text(encoding="utf-8"))
    }
    assert len(raised) > 20
    assert raised - explained == set(), "raised, but not in docs/errors"
    assert explained - raised == set(), "in docs/errors, but never raised"

from __future__ import annotations

import re

import pytest

from rooftree.base import regex


def test_an_expression_is_compiled_when_it_is_first_used(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    compile_now = re.compile

    def watched(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
        compiled.append(pattern)
        return compile_now(pattern, flags)

    monkeypatch.setattr(re, "compile", watched)
    word = regex("[a-z]+", re.IGNORECASE)
    assert compiled == []
    assert word.fullmatch("Word")
    assert word.fullmatch("two words") is None
    assert compiled == ["[a-z]+"]
    assert word.findall("two Words") == ["two", "Words"]


def test_an_expression_of_bytes() -> None:
    assert regex(rb"\d+").sub(b"#", b"12 of 34") == b"# of #"


def test_an_expression_that_is_none_says_so_at_its_first_use() -> None:
    broken = regex("(")
    with pytest.raises(re.error, match="unterminated subpattern"):
        broken.match("")

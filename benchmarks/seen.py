"""What a visitor sees of a page, one thing a line: its texts, and where its links, pictures and forms lead."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urlsplit

__all__ = ["seen"]

SPOKEN = ("alt", "aria-label", "placeholder", "content")
LEADING = ("href", "src", "action")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"link", "input"} and dict(attrs).get("type") != "search":
            return  # what is fetched for the page, and what a form hides
        for name, value in attrs:
            if not value:
                continue
            if name in SPOKEN:
                self.lines.append(f"{tag} {name}: {' '.join(value.split())}")
            elif name in LEADING:
                parts = urlsplit(value)
                self.lines.append(f"{tag} {name}: {parts.path}" + (f"?{parts.query}" if parts.query else ""))

    def handle_data(self, data: str) -> None:
        if text := " ".join(data.split()):
            self.lines.append(text)


def seen(page: str) -> list[str]:
    """Return the lines of a page; every kind of space is one space."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.lines

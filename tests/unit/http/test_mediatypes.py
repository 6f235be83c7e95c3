from __future__ import annotations

import pytest

from rooftree.http import media_type_of


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.txt", "text/plain; charset=utf-8"),
        ("a.html", "text/html; charset=utf-8"),
        ("dir.d/a.CSS", "text/css; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.mjs", "text/javascript; charset=utf-8"),
        ("a.json", "application/json"),
        ("a.svg", "image/svg+xml"),
        ("a.webp", "image/webp"),
        ("a.woff2", "font/woff2"),
        ("a.wasm", "application/wasm"),
        ("a.tar.gz", "application/gzip"),
        ("a.svgz", "application/gzip"),
        ("a.txt.xz", "application/octet-stream"),
        ("a.unknown", "application/octet-stream"),
        ("data:text/html,x", "application/octet-stream"),
        ("a", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_types_by_suffix(name: str, media_type: str) -> None:
    assert media_type_of(name) == media_type

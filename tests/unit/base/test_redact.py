from __future__ import annotations

import pytest

from rooftree.base import is_secret_name, redact_url


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "PASSWD",
        "db_password",
        "secret_key",
        "X-Auth-Token",
        "apiKey",
        "api_key",
        "Authorization",
        "cookie",
        "csrf-token",
        "passphrase",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["name", "passenger", "author", "tokyo", "status", "key", "host"])
def test_other_names(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:pw@db:5432/x and http://a/@b", "postgresql://***@db:5432/x and http://a/@b"),
        ("'postgresql://me:p/w@db/x', 'redis://:p?w#q@db'", "'postgresql://***@db/x', 'redis://***@db'"),
        ("postgresql://me:p@w@db/x", "postgresql://***@db/x"),
        ("postgresql://me:12/w@db/x", "postgresql://me:12/w@db/x"),  # a host, its port and its path
        ("http://localhost:8000/@me http://localhost: me@a", "http://localhost:8000/@me http://localhost: me@a"),
        ("http://a/?x=1&password=pw&y=@", "http://a/?x=1&password=***&y=@"),
        ("postgresql:///x?user=me&sslpassword=p'w", "postgresql:///x?user=me&sslpassword=***'w"),
        ("http://a/?tokens[]=a#b and a?token=b", "http://a/?tokens[]=***#b and a?token=***"),
        ("no URL: a?token=b", "no URL: a?token=b"),
    ],
)
def test_secrets_in_urls(text: str, shown: str) -> None:
    assert redact_url(text) == shown

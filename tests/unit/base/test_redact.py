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


def test_credentials_in_urls() -> None:
    assert redact_url("postgresql://me:pw@db:5432/x and http://a/@b") == "postgresql://***@db:5432/x and http://a/@b"

"""Commands of Django, Flask, FastAPI and Alembic, and what each is here."""

from __future__ import annotations

from typing import Final

__all__ = ["ELSEWHERE"]

_DEV: Final = "rooftree dev"
_NEW: Final = "rooftree new shop"
_MAKE: Final = "rooftree db make 'What has changed'"
_STATUS: Final = "rooftree db status"

ELSEWHERE: Final = {
    "runserver": _DEV, "serve": _DEV, "start": _DEV,
    "startproject": _NEW, "init": _NEW, "create": _NEW,
    "makemigrations": _MAKE, "migrate": "rooftree db migrate", "showmigrations": _STATUS,
    "sqlmigrate": "rooftree db sql", "inspectdb": "rooftree db pull", "dbshell": "rooftree db shell",
    "loaddata": "rooftree db seed", "flush": "rooftree db reset",
    "createsuperuser": "rooftree users create --email ann@example.org --superuser",
    "changepassword": "rooftree users password ann@example.org",
    "collectstatic": "rooftree static collect",
    "makemessages": "rooftree messages extract", "compilemessages": "rooftree messages compile",
    "clearsessions": "rooftree sessions clean",
    "show_urls": "rooftree routes", "urls": "rooftree routes",
    "test": "python -m pytest",
    "db revision": _MAKE, "db upgrade": "rooftree db migrate", "db downgrade": "rooftree db rollback",
    "db current": _STATUS, "db history": _STATUS, "db heads": _STATUS,
}  # fmt: skip
"""What to write, by the words that stand behind ``rooftree``."""

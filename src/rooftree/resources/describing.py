"""What the routes of a resource answer with beside their shapes: plain data for the description of the API."""

from __future__ import annotations

from typing import Any, Final

from rooftree.base import HTTPError, NotFound
from rooftree.binding import AnswerInfo
from rooftree.resources.matching import Changed, MatchRequired

__all__ = ["described"]

ETAG: Final = {"ETag": "Tells this state of the row from any other: for `If-Match` and `If-None-Match`."}
PAGES: Final = {
    "Link": "The pages around this one (RFC 8288): `first`, `prev`, `next`, `last`.",
    "Total-Count": "How many there are on all pages, where `total` asks for it.",
}
CREATED: Final = {
    "Location": "The path of the new row.",
    "Idempotency-Replayed": "`true` where the request was done before with the same key.",
}


class Conflict(HTTPError):
    """409: another row has a value that must not occur twice, or refers to this one; or another request is at work."""

    status = 409


def described(verb: str, *, required: bool) -> tuple[dict[int, AnswerInfo], list[type[Exception]]]:
    """Return the answers of a verb that are worth a word, by status, and the errors that callers may meet.

    Args:
        verb: The verb.
        required: A change without `If-Match` is refused.
    """
    found: dict[int, AnswerInfo] = {}
    errors: list[type[Any]] = []
    match verb:
        case "list":
            found[200] = AnswerInfo(description="One page.", headers=PAGES)
        case "read":
            found[200] = AnswerInfo(description="The row.", headers=ETAG)
            found[304] = AnswerInfo(description="It is still what `If-None-Match` names.", headers=ETAG)
            errors += [NotFound, Changed]
        case "create":
            found[201] = AnswerInfo(description="The new row.", headers=ETAG | CREATED)
            errors.append(Conflict)
        case _:
            if verb != "delete":
                found[200] = AnswerInfo(description="The row as it is now.", headers=ETAG)
            errors += [NotFound, Conflict, Changed]
            if required:
                errors.append(MatchRequired)
    return found, errors

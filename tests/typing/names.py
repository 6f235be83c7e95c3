"""What type checkers make of names: one that a package has not is an error, though some are imported late."""

from __future__ import annotations

from collections.abc import Iterator

import rooftree
import rooftree.base
import rooftree.db
import rooftree.http
import rooftree.security
import rooftree.sessions


def there() -> Iterator[object]:
    yield rooftree.Found
    yield rooftree.base.Store
    yield rooftree.db.Migrations
    yield rooftree.http.File
    yield rooftree.security.check_upload
    yield rooftree.sessions.open_session


def missing() -> Iterator[object]:
    yield rooftree.Nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    yield rooftree.base.Nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    yield rooftree.db.Nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    yield rooftree.http.Nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    yield rooftree.security.Nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    yield rooftree.sessions.Nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]

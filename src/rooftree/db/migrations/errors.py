"""What can be wrong with migrations."""

from __future__ import annotations

from rooftree.base import RooftreeError

__all__ = ["MigrationError"]


class MigrationError(RooftreeError):
    """A time line that cannot be followed, or a migration that failed [G...]."""

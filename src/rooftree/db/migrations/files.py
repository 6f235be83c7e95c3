"""The files of a time line: found, put in order, made."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

from alembic.script import Script, ScriptDirectory
from alembic.util.exc import CommandError

from rooftree.db.migrations.errors import MigrationError

__all__ = ["TimeLine"]

_IMPORTS = """import sqlalchemy as sa
from alembic import op
"""
_TEMPLATE = '''"""{message}"""

from __future__ import annotations

{imports}
revision = "{revision}"
down_revision = {down}
{dialect}

def upgrade() -> None:
{upgrade}


def downgrade() -> None:
{downgrade}
'''


class TimeLine:
    """The migrations in a folder.

    Args:
        folder: Holds one file for each migration: ``0001_create_products.py``. It is made where it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.script = ScriptDirectory(folder, version_locations=[folder])

    def in_order(self) -> list[Script]:
        """Return the migrations, each after those that it builds on.

        Raises:
            MigrationError: a file cannot be read, or names one that is not there.
        """
        try:
            return list(reversed(list(self.script.walk_revisions())))
        except (CommandError, KeyError, SyntaxError, ImportError, AttributeError, NameError) as error:
            raise MigrationError(
                "G106",
                f"The migrations in {self.folder} cannot be put in order: {error}",
                "Mend the file that it names; each needs revision, down_revision, upgrade() and downgrade().",
            ) from error

    def heads(self) -> list[Script]:
        """Return the migrations that no other builds on: one, unless two people made one at the same time."""
        heads = set(self.script.get_heads()) if self.in_order() else set[str]()
        return [each for each in self.in_order() if each.revision in heads]

    def head(self) -> Script | None:
        """Return the last migration.

        Raises:
            MigrationError: there are several.
        """
        heads = self.heads()
        if len(heads) > 1:
            raise MigrationError(
                "G103",
                f"The time line has {len(heads)} ends: {' and '.join(name_of(each) for each in heads)}.",
                "Join them with `rooftree db merge`, after looking whether they can both happen.",
            )
        return heads[0] if heads else None

    def make(
        self,
        message: str,
        *,
        upgrade: str = "    pass",
        downgrade: str = "    pass",
        imports: str = _IMPORTS,
        dialect: str = "",
    ) -> Path:
        """Write a new migration after the last one.

        Args:
            message: What it does, one sentence; its file is named after it.
            upgrade: The body of ``upgrade()``, indented.
            downgrade: The body of ``downgrade()``, indented.
            imports: The lines that import what they use.
            dialect: The kind of database that it is for, where it is for one only.

        Returns:
            The file.
        """
        head = self.head()
        down = f'"{head.revision}"' if head else "None"
        return self._write(message, down, upgrade=upgrade, downgrade=downgrade, imports=imports, dialect=dialect)

    def merge(self, message: str = "Join two time lines") -> Path:
        """Write a migration that builds on all ends.

        Raises:
            MigrationError: there is one end only.
        """
        heads = self.heads()
        if len(heads) < 2:
            raise MigrationError("G103", "The time line has one end; there is nothing to join.")
        down = ", ".join(f'"{each.revision}"' for each in heads)
        return self._write(message, f"({down})", upgrade="    pass", downgrade="    pass")

    def _write(
        self, message: str, down: str, *, upgrade: str, downgrade: str, imports: str = _IMPORTS, dialect: str = ""
    ) -> Path:
        numbers = [int(found[1]) for file in self.folder.glob("*.py") if (found := re.match(r"(\d+)_", file.name))]
        slug = re.sub(r"\W+", "_", message.lower()).strip("_")[:40].rstrip("_") or "migration"
        file = self.folder / f"{max(numbers, default=0) + 1:04d}_{slug}.py"
        text = _TEMPLATE.format(
            message=message.replace('"""', "'''").replace("\\", "\\\\").rstrip('"') or "A migration.",
            revision=uuid.uuid4().hex[-12:],
            down=down,
            imports=imports,
            dialect=f'dialect = "{dialect}"\n' if dialect else "",
            upgrade=upgrade,
            downgrade=downgrade,
        )
        with file.open("x", encoding="utf-8") as target:
            target.write(text)
        self.script = ScriptDirectory(self.folder, version_locations=[self.folder])
        return file


def name_of(script: Script) -> str:
    """Return the name that people know a migration by: its file's."""
    return Path(script.path).stem

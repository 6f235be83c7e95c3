"""What can be wrong with the declaration of a resource.

RouteError
└── ResourceError   [R4xx]  found when the application is built
"""

from __future__ import annotations

import msgspec

from rooftree.base import RouteError
from rooftree.db import TableInfo

__all__ = ["Declaration", "ResourceError"]


class ResourceError(RouteError):
    """A resource that cannot work: it names the class, what the class names, and the remedy."""


class Declaration(msgspec.Struct, frozen=True, eq=False):
    """What is being looked at when a mistake is found.

    Attributes:
        name: The class of the resource.
        info: The table of its model.
        at: Where the class is.
    """

    name: str
    info: TableInfo
    at: str

    def error(self, code: str, fact: str, remedy: str) -> ResourceError:
        """Return the error of a fact: a sentence that goes on after the name of the class."""
        return ResourceError(code, f"{self.name} {fact}.", remedy, at=self.at)

    @property
    def some_column(self) -> str:
        """A column of the model that others may see, for remedies."""
        shown = [column for column in self.info.columns if not column.private and not column.primary]
        return f"{self.info.model}.{(shown or self.info.columns)[0].name}"

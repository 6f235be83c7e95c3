"""What a model's own ``constraints()`` returns, looked at: it is the application's code, run long after its class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from rooftree.base import RooftreeError
from rooftree.db.expressions.constraints import Constraint
from rooftree.db.model_errors import ModelError
from rooftree.db.place import line_of
from rooftree.db.table import TableInfo

__all__ = ["constraints_of"]

_REMEDY: Final = "Return a list of Unique(), Check(), Index() and Search() over columns: [Unique(cls.a, cls.b)]."


def constraints_of(info: TableInfo, model: Any) -> Callable[[], Sequence[Constraint]]:
    """Return what gives the constraints of a model.

    It raises M127 where ``constraints()`` fails or returns something else.
    """

    def constraints() -> Sequence[Constraint]:
        try:
            found: Any = model.constraints()
        except RooftreeError:
            raise  # which says by itself what is wrong
        except Exception as error:
            raise ModelError(
                "M127",
                f"{info.model}.constraints() failed: {type(error).__name__}: {error}.",
                _REMEDY,
                at=line_of(error) or info.place,
            ) from error
        if isinstance(found, (list, tuple)):
            items = cast("Sequence[Any]", found)
            wrong = [each for each in items if not isinstance(each, Constraint)]
            if not wrong:
                return items
            found = wrong[0]
        raise ModelError("M127", f"{info.model}.constraints() returned {found!r}.", _REMEDY, at=info.place)

    return constraints

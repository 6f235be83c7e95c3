"""What handlers ask of the application's accounts, checked at start-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rooftree.base import HandlerError, Settings, StartupError
from rooftree.binding import HandlerInfo

if TYPE_CHECKING:
    from rooftree.auth import Accounts

__all__ = ["accounts_without_database", "check_users"]


def accounts_without_database(accounts: Accounts[Any] | None, settings: Settings) -> list[StartupError]:
    """Return the mistake of accounts in an application that has no database to keep users in."""
    if accounts is None or settings.database is not None or settings.databases:
        return []
    return [
        StartupError(
            "U710",
            f"The application has accounts of {accounts.model.__name__}, and no database to keep them in.",
            "Set ROOFTREE_DATABASE=sqlite:///app.db, or write App(Settings(database=...)).",
        )
    ]


def check_users(handler: HandlerInfo, accounts: Accounts[Any] | None) -> None:
    """Raise where a handler asks for users that the application does not have.

    Raises:
        HandlerError: H124 without accounts, H125 for another class of users than theirs.
    """
    wanted: list[type[Any]] = [
        kind for step in handler.steps() if (kind := getattr(step.call, "__rooftree_user__", None)) is not None
    ]
    if not wanted and not handler.requires:
        return
    if accounts is None:
        asked = f"the signed-in {wanted[0].__name__}" if wanted else f"{handler.requires[0].name} (requires=)"
        raise HandlerError(
            "H124",
            f"{handler.name} asks for {asked}, and the application has no accounts.",
            f"Add them: app.use(Accounts({wanted[0].__name__ if wanted else 'User'})).",
            at=handler.place,
        )
    for kind in wanted:
        if not issubclass(accounts.model, kind):
            raise HandlerError(
                "H125",
                f"{handler.name} asks for a {kind.__name__}, and the accounts of the application are of "
                f"{accounts.model.__name__}.",
                f"Take a {accounts.model.__name__}.",
                at=handler.place,
            )

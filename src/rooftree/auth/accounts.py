"""`Accounts`, as applications use them: the core with its pages."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from rooftree.auth.core import AccountsCore
from rooftree.auth.models import UserMixin
from rooftree.auth.pages import add_pages
from rooftree.base import UsageError

__all__ = ["Accounts"]

U = TypeVar("U", bound=UserMixin)


class Accounts(AccountsCore[U], Generic[U]):
    """The users of an application: `app.use(Accounts(User))`.

    It brings pages to sign in and out, `user: User` for handlers, `requires=` for routes, `user` for templates,
    and tables for groups, permissions and API keys.

    Args:
        model: The application's own class of users.
        sign_in: The path of the page to sign in; `None` for one of your own, which calls `authenticate` and
            `sign_in`.
        sign_out: The path of the page to sign out; `None` for none.
        after: Where people go on after signing in or out, where nothing else was asked for.
        api_keys: Take API keys: `Authorization: Bearer rt_...`.
        by_address: How often sign-in may fail from one address.
        by_account: How often it may fail for one account from browsers that never signed in to it.
        watch: After how many seconds it is looked again whether the user of an open WebSocket or event stream is still
            signed in, and still has what the route requires; it ends where not.

    Attributes:
        signed_in: Is sent whenever somebody has signed in.
        signed_out: Is sent whenever somebody has signed out.
        sign_in_failed: Is sent whenever somebody could not.

    Raises:
        UsageError: U704, U705 for a model that is none of users.
    """

    def install(self, app: Any) -> None:
        """Add pages and what starts and ends with the application; called by `app.use`.

        Raises:
            UsageError: U708 where the application has accounts already.
        """
        if app.accounts_in_use is not None:
            raise UsageError("U708", "The application was given accounts twice.", "Use one Accounts(...).")
        app.accounts_in_use = self
        self.app = app
        add_pages(self, app)

        def begin() -> None:
            if app.serving:
                app.keys  # noqa: B018 - a secret key that is missing is told at start-up

        app.on_startup(begin)
        app.on_shutdown(self.close)

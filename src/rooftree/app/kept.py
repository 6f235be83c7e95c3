"""What an application keeps: its databases, whose rows are whose, and the rows that it begins with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from rooftree.app.served import Served
from rooftree.base import Call, current_call
from rooftree.binding import Providers

if TYPE_CHECKING:
    from rooftree.db import Databases, Policies

__all__ = ["Kept"]

F = TypeVar("F", bound=Callable[..., Any])


class Kept(Served):
    """The part of an application that has to do with databases.

    Attributes:
        providers: Where handlers get from what they name.
        seeds: What ``rooftree db seed`` calls, by name.
        policies_in_use: Which rows are whose; ``None`` where it has said nothing of that.
    """

    providers: Providers
    policies_in_use: Policies | None

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.seeds: dict[str, Callable[[], Awaitable[None] | None]] = {}
        self._call = Call(self)
        self._databases: Databases | None = None
        self.policies_in_use = None

    @property
    def databases(self) -> Databases:
        """The databases that the settings name, by name; made on first use, open while the application runs.

        Raises:
            SettingsError: A URL or an option of one does not fit, two are named ``default``, or an extra is missing.
        """
        if self._databases is None:
            from rooftree.app.databases import make_databases

            self._databases = make_databases(self.settings, self.root)
            self._call.databases = self._databases or None
        return self._databases

    def seed(self, function: F) -> F:
        """Declare a function, plain or ``async``, that ``rooftree db seed`` calls: rows that a database begins with.

        Each runs in a transaction of its own, in the order of declaration. They may run again, so let them look first:
        ``get_or_create()``, ``upsert()``.
        """
        self.seeds[function.__name__] = function
        return function

    @property
    def policies(self) -> Policies:
        """The policies of the application's models."""
        if self.policies_in_use is None:
            from rooftree.db import Policies

            self.policies_in_use = self._call.policies = Policies()
            self.providers.policed = self.policies_in_use.concerns
        return self.policies_in_use

    def policy(self, model: type[Any], *actions: Literal["view", "add", "change", "delete"]) -> Callable[[F], F]:
        """Declare which rows of a model somebody may see, add, change or delete.

        From then on the model is asked by `Model.scoped(user)`, or by `Model.unscoped("why")` where everyone's rows are
        meant; anything else raises. Of several rules any may let a row through. A rule of `user: User | None` is asked
        for visitors too; others give them nothing.

        >>> @app.policy(Order)
        ... def own_orders(user: User) -> Condition:
        ...     return Order.customer.is_(user)

        Args:
            model: The model.
            actions: What the rule is about, `"view"`, `"add"`, `"change"`, `"delete"`; all of them where none is
                named. For an action that no rule is about, nobody has any rows.

        Raises:
            PolicyError: Q607 for what is no model, or no action.
        """

        def declare(rule: F) -> F:
            self.policies.add(model, rule, actions)
            return rule

        return declare

    @contextmanager
    def current(self) -> Generator[None]:
        """Make this application's databases what queries in the block use, as in its handlers: for scripts and tests.

        The application is to be started, but for code that does not await: that opens the databases itself.
        """
        if self.settings.database is not None or self.settings.databases:
            self.databases  # noqa: B018 - makes them, and the Call knows them
        token = current_call.set(self._call)
        try:
            yield
        finally:
            with suppress(ValueError):  # a generator, as a fixture is, may be closed in another context
                current_call.reset(token)

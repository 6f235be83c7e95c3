"""Policies: which rows of a model somebody may see, add, change or delete; told once, obeyed by every query.

Nothing is known here of who somebody is: a rule is a function of whatever `scoped()` was given.
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Awaitable, Callable, Iterable, Sequence
from types import UnionType
from typing import Any, Final, Literal, NamedTuple, cast, get_args, get_origin, get_type_hints

from rooftree.base import HandlerError, current_call, place_of
from rooftree.db.expressions.base import Condition, Expression
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.kinds import BOOLEAN
from rooftree.db.expressions.paths import RefPath, Related, path_of
from rooftree.db.model_errors import PolicyError, QueryError
from rooftree.db.table import ManyInfo, ReferenceInfo, TableInfo

__all__ = [
    "OBEYED",
    "Action",
    "Policies",
    "Rule",
    "Scoped",
    "Unscoped",
    "check_obeyed",
    "either",
    "is_policed",
    "none_of",
    "policies_in_force",
]

Action = Literal["view", "add", "change", "delete"]
ACTIONS: Final = ("view", "add", "change", "delete")


class Scoped:
    """The mark of a query that is asked for somebody.

    Attributes:
        user: For whom; `None` for a visitor.
        action: What for; by the verb of the query where it is `None`.
    """

    __slots__ = ("action", "user")

    def __init__(self, user: Any, action: Action | None = None) -> None:
        if action is not None and action not in ACTIONS:
            raise QueryError("Q605", f"scoped() was given the action {action!r}.", f"There are {', '.join(ACTIONS)}.")
        self.user = user
        self.action: Final = action


class Unscoped:
    """The mark of a query that is asked for the application itself, and why."""

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        if type(why) is not str or not why.strip():
            raise QueryError(
                "Q606", f"unscoped() was given {why!r}.", "Say why everyone's rows are meant: unscoped('the seeds')."
            )
        self.why: Final = why


OBEYED: Final = Unscoped("every policy was applied to it")
"""The mark of a query that was made to obey: what is compiled."""


class Rule(NamedTuple):
    """One rule of a model.

    Attributes:
        call: Takes whom a query is asked for; returns a condition, or whether all rows are theirs or none.
        actions: What it is about.
        takes_visitors: Whether it is asked for `None` too.
        takes_nothing: Whether it has no parameter.
    """

    call: Callable[..., Any]
    actions: tuple[Action, ...]
    takes_visitors: bool
    takes_nothing: bool


class _Known:
    """Every model that any application has a policy for; `some` is asked by each query, and is cheap."""

    def __init__(self) -> None:
        self.some = False
        self.models: weakref.WeakSet[TableInfo] = weakref.WeakSet()


_known: Final = _Known()


class Policies:
    """The policies of one application."""

    def __init__(self) -> None:
        self._rules: dict[TableInfo, list[Rule]] = {}
        self._unread: list[tuple[TableInfo, Callable[..., Any], tuple[Action, ...]]] = []
        self._ways: dict[tuple[ReferenceInfo, ...], Column[Any]] = {}

    def add(self, model: Any, call: Callable[..., Any], actions: Iterable[Action] = ()) -> None:
        """Add a rule to a model.

        Raises:
            PolicyError: Q607 for what is no model, or an action that there is not.
        """
        info = getattr(model, "__table_info__", None)
        given = tuple(actions) or ACTIONS
        if not isinstance(info, TableInfo) or info.derived or not set(given) <= set(ACTIONS):
            raise PolicyError(
                "Q607",
                f"A policy of {getattr(model, '__name__', repr(model))} was declared for {', '.join(map(str, given))}.",
                f"Name a model with a table, and of {', '.join(ACTIONS)} what the rule is about.",
                at=place_of(call),
            )
        self._unread.append((info, call, given))
        self._rules.setdefault(info, [])
        _known.models.add(info)
        _known.some = True

    def __contains__(self, info: TableInfo) -> bool:
        return info in self._rules

    def __bool__(self) -> bool:
        return bool(self._rules)

    def concerns(self, info: TableInfo, include: Iterable[Any] = ()) -> bool:
        """Tell whether a model, or one that a relation to include leads to, has a policy."""
        tables = {info}
        for relation in include:
            path = path_of(relation) if isinstance(relation, RefPath) else relation.path
            tables.update(step.target for step in path)
            if isinstance(relation, Related):
                many: ManyInfo = relation.many
                tables.add(many.target)
                if many.links.through is not None:
                    tables.add(many.links.through)
        return not tables.isdisjoint(self._rules)

    def read(self) -> None:
        """Read the signatures of all rules: at start-up, once what they name is there.

        Raises:
            HandlerError: H126 for a rule that takes something else than whom it is about; H127 for one that is
                annotated to return what is no answer.
        """
        while self._unread:
            info, call, actions = self._unread[0]
            self._rules[info].append(_rule(info, call, actions))
            del self._unread[0]

    def rules(self, info: TableInfo, action: Action) -> list[Rule]:
        """Return the rules of a model that are about an action."""
        if self._unread:
            self.read()
        return [rule for rule in self._rules[info] if action in rule.actions]

    def way(self, path: tuple[ReferenceInfo, ...]) -> Column[Any]:
        """Return the column that holds the key at the end of a path; the same each time, as shapes are made of it."""
        found = self._ways.get(path)
        if found is None:
            found = self._ways[path] = Column(path[-1].columns[0], path[:-1])
        return found


def _rule(info: TableInfo, call: Callable[..., Any], actions: tuple[Action, ...]) -> Rule:
    hints = get_type_hints(call)
    if not _is_answer(hints.get("return", Any)):
        raise HandlerError(
            "H127",
            f"The policy {call.__qualname__}() of {info.model} is annotated to return "
            f"{getattr(hints['return'], '__name__', hints['return'])}.",
            f"Return a condition, as {info.model}.owner.is_(user), or True or False: '-> Condition', '-> bool'.",
            at=place_of(call),
        )
    parameters = list(inspect.signature(call).parameters.values())
    plain = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
    needed = [parameter for parameter in parameters if parameter.default is parameter.empty]
    if len(needed) > 1 or any(parameter.kind not in plain for parameter in parameters[:1]):
        raise HandlerError(
            "H126",
            f"The policy {call.__qualname__}() of {info.model} takes {', '.join(p.name for p in parameters)}.",
            "Let it take whom it is about, and nothing else: 'def own(user: User) -> Condition'.",
            at=place_of(call),
        )
    if not parameters:
        return Rule(call, actions, takes_visitors=True, takes_nothing=True)
    from rooftree.db.types import split_optional

    hint = hints.get(parameters[0].name, Any)
    takes_visitors = hint is Any or hint is object or split_optional(hint)[1]
    return Rule(call, actions, takes_visitors=bool(takes_visitors), takes_nothing=False)


def _is_answer(hint: Any) -> bool:
    """Tell whether what a rule is annotated to return can be an answer; what it waits for, of one that is awaited."""
    given, origin = get_args(hint), get_origin(hint)
    if given and isinstance(origin, type) and issubclass(origin, Awaitable):
        return _is_answer(given[-1])
    if origin is Literal:
        return all(isinstance(each, bool) for each in given)
    if given and not isinstance(origin, type):  # Optional[X], Union[X, Y], Annotated[X, ...]
        return all(_is_answer(each) for each in given if isinstance(each, type) or get_origin(each) is not None)
    if isinstance(hint, UnionType):
        return all(map(_is_answer, given))
    plain = cast("Any", hint if origin is None else origin)
    return plain in {Any, object} or not isinstance(plain, type) or issubclass(plain, bool | Expression)


def policies_in_force() -> Policies | None:
    """Return the policies of the application whose code runs; `None` where nothing has any.

    Code outside of every application obeys too: it has no rules to go by, so a model that any application has a policy
    for is refused.
    """
    if not _known.some:
        return None
    call = current_call.get(None)
    if call is None:
        return _NO_APPLICATION
    found: Policies | None = call.policies
    return found


class _Everywhere(Policies):
    """What holds outside of applications: every policy there is, and no rule."""

    def __contains__(self, info: TableInfo) -> bool:
        return info in _known.models

    def rules(self, info: TableInfo, action: Action) -> list[Rule]:
        """Raise: whose rules they are cannot be told."""
        del action
        raise PolicyError(
            "Q608",
            f"{info.model}.scoped() was asked outside of the application whose policy it is.",
            "Write 'with app.current():' around it, or unscoped('why').",
        )


_NO_APPLICATION: Final = _Everywhere()


def check_obeyed(select: Any) -> None:
    """Make sure that nothing is compiled which did not go by the policies: each way to a statement has to.

    Raises:
        PolicyError: Q610, a mistake of the framework.
    """
    if _known.some and select.leave is not OBEYED and policies_in_force() is not None:
        raise PolicyError(
            "Q610",
            f"A query of {select.info.model} was about to run without going by the policies.",
            "Report this as a mistake of Rooftree, with the query.",
        )


def is_policed(info: TableInfo) -> bool:
    """Tell whether a model has a policy in the application whose code runs."""
    policies = policies_in_force()
    return policies is not None and info in policies


def either(results: Sequence[Any], info: TableInfo) -> Expression[bool] | bool:
    """Return what several rules say together: a row is there for whom any of them has it.

    Raises:
        PolicyError: Q609 for a result that is no condition.
    """
    found: Expression[bool] | None = None
    for result in results:
        if result is True:
            return True
        if result is False:
            continue
        if not isinstance(result, Expression) or result.type.kind != "boolean":
            raise PolicyError(
                "Q609",
                f"A policy of {info.model} returned {result!r}.",
                "Return a condition, as Order.customer.is_(user), or True or False.",
            )
        condition = cast("Expression[bool]", result)
        found = condition if found is None else Condition("or", (found, condition), BOOLEAN)
    return False if found is None else found


def none_of(info: TableInfo) -> Condition:
    """A condition that no row fits."""
    return Condition("is_null", (info.own[info.key[0].name],), BOOLEAN)

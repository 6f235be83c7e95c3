"""Queries made to obey the policies of the models that they name: their own, and those that relations lead to."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import isawaitable
from typing import Any, cast

from rooftree.db.expressions.base import Condition, Expression, Ordering
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.kinds import BOOLEAN
from rooftree.db.expressions.paths import Related
from rooftree.db.expressions.select import Join, Select, Source, Subquery
from rooftree.db.model_errors import PolicyError
from rooftree.db.policies import (
    OBEYED,
    Action,
    Policies,
    Scoped,
    Unscoped,
    either,
    is_policed,
    none_of,
    policies_in_force,
)
from rooftree.db.query.include import include_in
from rooftree.db.table import ManyInfo, ReferenceInfo, TableInfo

__all__ = ["check_links", "check_unscoped", "obeyed", "obeyed_parts", "obeyed_text"]

Path = tuple[ReferenceInfo, ...]
Parts = Sequence[Expression[Any]]


async def obeyed(select: Select, action: Action = "view") -> Select:
    """Return a query with the conditions of every policy that it falls under.

    Raises:
        PolicyError: Q601 to Q604 where it names a model with a policy and does not say for whom it is asked.
    """
    policies = policies_in_force()
    if policies is None or select.leave is OBEYED:
        return select
    return (await obeyed_parts(select, action, ()))[0]


async def obeyed_parts(select: Select, action: Action, parts: Parts) -> tuple[Select, list[Expression[Any]]]:
    """Return a query as `obeyed` does, and expressions that stand beside it: what an update sets and gives back."""
    policies = policies_in_force()
    if policies is None or select.leave is OBEYED:
        return select, list(parts)
    results: dict[Any, Any] = {}
    while True:
        walk = _Walk(policies, results)
        made = walk.select(select, action, parts)
        if not walk.waiting:
            return made
        for key, (info, given) in walk.waiting.items():
            results[key] = either([await each if isawaitable(each) else each for each in given], info)


def obeyed_text(select: Select) -> Select:
    """Return a query as it is compiled, for people to read; rules that have to be awaited are left out.

    Raises:
        PolicyError: As `obeyed`.
    """
    policies = policies_in_force()
    if policies is None or select.leave is OBEYED:
        return select
    results: dict[Any, Any] = {}
    while True:
        walk = _Walk(policies, results)
        made = walk.select(select, "view", ())[0]
        if not walk.waiting:
            return made
        for key, (info, given) in walk.waiting.items():
            for each in filter(isawaitable, given):
                cast("Any", each).close()
            results[key] = either([each for each in given if not isawaitable(each)], info)


def check_unscoped(info: TableInfo, verb: str) -> None:
    """Refuse what goes by the values of rows that may be anyone's.

    Raises:
        PolicyError: Q603, the model has a policy.
    """
    if is_policed(info):
        raise PolicyError(
            "Q603",
            f"{info.model}.{verb}() looks for rows whoever they belong to, and {info.model} has a policy.",
            f"Write {info.model}.unscoped('why').{verb}(...).",
        )


def check_links(many: ManyInfo, owner: Any) -> None:
    """Refuse to change the links of a row that was not loaded: nothing says whose it is.

    Raises:
        PolicyError: Q604, the model has a policy.
    """
    info = many.owner
    if info is not None and getattr(owner, "_row", None) is None and is_policed(info):
        raise PolicyError(
            "Q604",
            f"The links {info.model}.{many.name} of {owner!r} were changed, and {info.model} has a policy.",
            f"Load it first, by {info.model}.scoped(user).get(...), and pass the instance.",
        )


class _Walk:
    """Goes through a query once, and writes it anew with what its policies add."""

    def __init__(self, policies: Policies, results: dict[Any, Any]) -> None:
        self.policies = policies
        self._results = results
        self.waiting: dict[Any, tuple[TableInfo, list[Any]]] = {}

    # ---- rules

    def rule(self, info: TableInfo, leave: Scoped, action: Action) -> Expression[bool] | bool:
        """Return what the rules of a model say together, of somebody and an action."""
        action = leave.action or action
        key = (info, id(leave.user), action)
        if key in self._results:
            return cast("Expression[bool] | bool", self._results[key])
        if key in self.waiting:
            return True
        given = [
            rule.call() if rule.takes_nothing else rule.call(leave.user)
            for rule in self.policies.rules(info, action)
            if leave.user is not None or rule.takes_visitors
        ]
        if any(isawaitable(each) for each in given):
            self.waiting[key] = (info, given)
            return True
        found = self._results[key] = either(given, info)
        return found

    def _own(self, select: Select, action: Action) -> tuple[Expression[Any], ...]:
        """The condition of the model that a query starts from."""
        info, leave = select.info, select.leave
        if select.source is not None or info not in self.policies or isinstance(leave, Unscoped):
            return ()
        if leave is None:
            raise PolicyError(
                "Q601",
                f"{info.model} has a policy, and was asked for without saying for whom.",
                f"Write {info.model}.scoped(user), or {info.model}.unscoped('why') where everyone's rows are meant.",
            )
        rule = self.rule(info, leave, action)
        if rule is True:
            return ()
        return (none_of(info) if rule is False else rule,)

    # ---- queries

    def select(self, select: Select, action: Action, beside: Parts = ()) -> tuple[Select, list[Expression[Any]]]:
        """Return a query that obeys, and expressions that stand beside it."""
        inner = _Inner(self, select, action)
        changes: dict[str, Any] = {}
        given = select.__dict__
        for name in ("conditions", "columns", "group", "having", "distinct_on"):
            if name in given:
                changes[name] = inner.expressions(given[name])
        if "order" in given:
            changes["order"] = tuple(map(inner.step, given["order"]))
        for path in select.joined:
            inner.note(path)
        if select.includes:
            changes["includes"] = tuple(map(inner.included, select.includes))
        if select.source is not None:
            start, step, every = select.source
            changes["source"] = Source(self.select(start, "view")[0], step and self.select(step, "view")[0], every)
        if select.joins:
            changes["joins"] = tuple(
                Join(self.select(join.select, "view")[0], inner.expression(join.on), join.outer)
                for join in select.joins
            )
        if select.combined:
            changes["combined"] = tuple((how, self.select(other, "view")[0]) for how, other in select.combined)
        others = [inner.expression(part) for part in beside]
        added = (*self._own(select, action), *inner.conditions())
        if added:
            changes["conditions"] = (*changes.get("conditions", ()), *added)
        return select.replace(**changes, leave=OBEYED), others


class _Inner:
    """One query on the walk: the expressions in it, and the paths that they go."""

    def __init__(self, walk: _Walk, select: Select, action: Action) -> None:
        self._walk = walk
        self._policies = walk.policies
        self._leave = select.leave
        self._info = select.info
        self._action = action
        self._paths: dict[Path, None] = {}

    def note(self, path: Path) -> None:
        """Take down that the rows at the end of a path, and on it, are looked at."""
        for length in range(1, len(path) + 1):
            way = path[:length]
            if way in self._paths or way[-1].target not in self._policies:
                continue
            self._check(way[-1].target, ".".join([_owner(way), *(step.name for step in way)]))
            self._paths[way] = None

    def _check(self, info: TableInfo, shown: str) -> None:
        if self._leave is None:
            raise PolicyError(
                "Q602",
                f"{shown} leads to {info.model}, which has a policy, in a query of {self._info.model} that does not "
                "say for whom.",
                f"Write {self._info.model}.scoped(user), or {self._info.model}.unscoped('why') where everyone's rows "
                "are meant.",
            )

    def conditions(self) -> list[Condition]:
        """What every row must fit for its relations: each leads nowhere, or to a row that may be seen."""
        if isinstance(self._leave, Unscoped):
            return []
        found: list[Condition] = []
        for path in self._paths:
            target = path[-1].target
            rule = self._walk.rule(target, self._leave, "view")
            if rule is True:
                continue
            if len(target.key) != 1:
                raise PolicyError(
                    "Q602",
                    f"{_owner(path)} leads to {target.model}, which has a policy and a key of several columns.",
                    "Ask for it by itself, or write unscoped('why').",
                )
            column = self._policies.way(path)
            nowhere = Condition("is_null", (column,), BOOLEAN)
            if rule is False:
                found.append(nowhere)
                continue
            key = target.own[target.key[0].name]
            inner = Select(target).replace(columns=(key,), conditions=(rule,), deleted="show", leave=OBEYED)
            among = Condition("in_select", (column, Subquery("rows", inner, key.type)), BOOLEAN)
            found.append(Condition("or", (nowhere, among), BOOLEAN) if _may_miss(path) else among)
        return found

    # ---- expressions

    def expressions(self, given: Parts) -> tuple[Expression[Any], ...]:
        """Return expressions that obey."""
        return tuple(map(self.expression, given))

    def step(self, given: Expression[Any] | Ordering) -> Expression[Any] | Ordering:
        """Return one step of an order that obeys."""
        if isinstance(given, Ordering):
            return Ordering(self.expression(given.expression), given.direction, given.nulls)
        return self.expression(given)

    def expression(self, given: Expression[Any]) -> Expression[Any]:
        """Return an expression that obeys: itself, where nothing in it has a policy."""
        if isinstance(given, Column):
            if given.path:
                self.note(given.path)
            return given
        if isinstance(given, Subquery):
            return self._copy(given, select=self._walk.select(given.select, "view")[0])
        if given.op == "outer":
            path = cast("Column[Any]", given.parts[0]).path
            if path:
                self.note(path)
            return given
        for each in given.data:
            if isinstance(each, tuple) and each and isinstance(each[0], ReferenceInfo):
                self.note(cast("Path", each))
        many = next((each for each in given.data if isinstance(each, ManyInfo)), None)
        if many is not None:
            return self._many(given, many)
        if not given.parts:
            return given
        parts = self.expressions(given.parts)
        same = all(one is two for one, two in zip(parts, given.parts, strict=True))
        return given if same else self._copy(given, parts=parts)

    def _many(self, given: Expression[Any], many: ManyInfo) -> Expression[Any]:
        """The many rows of a relation in an expression: any, a number, or belonging to one owner."""
        self._check_between(many)
        if given.op == "belongs_to":
            return given
        target = many.target
        inside = Select(target).replace(conditions=given.parts, leave=self._leave)
        if target in self._policies:
            self._check(target, f"{_model(many.owner)}.{many.name}")
        parts = self._walk.select(inside, "view")[0].conditions
        return self._copy(given, parts=parts)

    def _check_between(self, many: ManyInfo) -> None:
        through = many.links.through
        if through is not None and through in self._policies and not isinstance(self._leave, Unscoped):
            raise PolicyError(
                "Q602",
                f"{_model(many.owner)}.{many.name} goes through {through.model}, which has a policy.",
                f"Ask for {through.model} itself, by {through.model}.scoped(user), or write unscoped('why').",
            )

    def included(self, related: Related[Any]) -> Related[Any]:
        """Return many rows to load, of which only those come that may be seen."""
        self.note(related.path)
        self._check_between(related.many)
        target = related.many.target
        if target in self._policies:
            self._check(target, repr(related))
        narrowed = related.select if related.select is not None else Select(target)
        narrowed = include_in(narrowed.replace(includes=()), narrowed.includes)
        if narrowed.leave is None:
            narrowed = narrowed.replace(leave=self._leave)
        return type(related)(related.many, related.path, self._walk.select(narrowed, "view")[0])

    @staticmethod
    def _copy(given: Expression[Any], **changes: Any) -> Expression[Any]:
        copy = object.__new__(type(given))
        copy.op, copy.type, copy.data, copy.parts = given.op, given.type, given.data, given.parts
        if isinstance(given, Subquery):
            cast("Subquery", copy).select = given.select
        for name, value in changes.items():
            setattr(copy, name, value)
        return copy


def _owner(path: Path) -> str:
    return _model(path[0].columns[0].table)


def _model(info: TableInfo | None) -> str:
    return info.model if info is not None else "?"


def _may_miss(path: Path) -> bool:
    return any(reference.nullable for reference in path)

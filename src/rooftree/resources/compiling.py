"""From what a resource declares to its routes: every part checked and made before the first request."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar, cast

from rooftree.db import Column, ColumnInfo, Input, ModelError, Output, TableInfo, part_of
from rooftree.resources.asking import Asking
from rooftree.resources.describing import described
from rooftree.resources.errors import Declaration
from rooftree.resources.filters import Filter, compile_filters
from rooftree.resources.handlers import Handlers, Parts
from rooftree.resources.idempotency import Keeper
from rooftree.resources.matching import Form, Tags
from rooftree.resources.options import METHODS, OWN, READING, WRITING, ResourceOptions, Verb
from rooftree.resources.ordering import Orders
from rooftree.resources.overrides import Override
from rooftree.resources.rows import Rows
from rooftree.resources.searching import compile_search
from rooftree.resources.shapes import partial_of, relation_with, shown_by
from rooftree.routing import Declared, Place, RouteOptions, show
from rooftree.schema import Object, encoder

__all__ = ["compile_resource"]

DOES: Final[dict[str, str]] = {
    "list": "List {many}.",
    "create": "Create {one}.",
    "read": "Read {one}.",
    "update": "Change what is given of {one}.",
    "replace": "Replace {one}.",
    "delete": "Delete {one}.",
}
PAGE: Final = 20
LARGEST_PAGE: Final = 100
A_DAY: Final = timedelta(days=1)


def compile_resource(
    resource: Any, own: frozenset[str], arguments: Sequence[Any], options: ResourceOptions, place: Place
) -> list[Declared]:
    """Return the routes of a resource.

    Args:
        resource: An instance of the class.
        own: The names of the methods that its author wrote.
        arguments: What stands in its brackets: model, input, output, change.
        options: Those of the class.
        place: Where the class is.

    Raises:
        ResourceError: R401 to R412.
    """
    return _Compiler(resource, own, arguments, options, place).routes()


class _Compiler:
    def __init__(
        self, resource: Any, own: frozenset[str], arguments: Sequence[Any], options: ResourceOptions, place: Place
    ) -> None:
        self.resource = resource
        self.own = own
        self.options = options
        self.place = place
        self.model: Any
        self.model, given_input, given_output, given_change = arguments
        self.info: TableInfo = self.model.__table_info__
        name = type(resource).__qualname__.replace("<locals>.", "")
        self.of = Declaration(name, self.info, show(place))
        self.error = self.of.error
        self._check_options()
        self.input = self._shape(given_input, Input, "input")
        self.output: Any = self._shape(given_output, Output, "output") or _all_of(self.model)
        change = self._shape(given_change, Input, "change")
        self.change = partial_of(self.input) if self.input is not None and change in {None, self.input} else change
        self.verbs = self._verbs()

    # ---- checks

    def _check_options(self) -> None:
        known = OWN | frozenset(RouteOptions.__annotations__)
        unknown = min(self.options.keys() - known, default=None)
        if unknown is not None:
            close = difflib.get_close_matches(unknown, known, 1)
            remedy = f"Did you mean '{close[0]}'?" if close else f"There are {', '.join(sorted(OWN))}."
            raise self.error("R401", f"has no option '{unknown}'", remedy)
        path = self.options.get("path", "")
        if not path.startswith("/") or path.endswith("/"):
            raise self.error("R401", f"has the path '{path}'", f"Write '/{path.strip('/')}'.")

    def _shape(self, given: Any, base: Any, what: str) -> Any:
        if given is Any or given is type(None) or isinstance(given, TypeVar):
            return None
        if not isinstance(given, type) or not issubclass(given, base):
            shown = getattr(given, "__name__", repr(given))
            raise self.error(
                "R409",
                f"has {shown} as its {what}, which is no {base.__name__} of {self.info.model}",
                f"Write class {self.info.model}{what.title()}({base.__name__}[{self.info.model}], fields=(...)).",
            )
        other = getattr(given, "__shape_model__", None)
        if other is not self.model:
            named = "no model" if other is None else other.__name__
            raise self.error(
                "R409",
                f"has {given.__name__} as its {what}, a shape of {named} where its model is {self.info.model}",
                f"Name a shape of {self.info.model}.",
            )
        return given

    def _verbs(self) -> list[str]:
        given: Sequence[str] = self.options.get("verbs", tuple(METHODS) if self.input is not None else READING)
        for verb in given:
            if verb not in METHODS:
                raise self.error("R411", f"has the verb {verb!r}", f"There are {', '.join(METHODS)}.")
            if verb in WRITING and self.input is None:
                raise self.error(
                    "R411",
                    f"has the verb '{verb}' and no shape that comes in",
                    f"Name one: Resource[{self.info.model}, New{self.info.model}, ...].",
                )
        for verb in self.own & METHODS.keys():
            if verb not in given:
                raise self.error(
                    "R411", f"has a method {verb}() and no such verb", f"Add '{verb}' to verbs=, or take it out."
                )
        return [verb for verb in METHODS if verb in given]

    def _includes(self, asked: frozenset[str]) -> dict[str, list[Any]]:
        node = encoder(self.output).node
        fields = {field.name: field.node for field in node.fields} if isinstance(node, Object) else {}
        found: dict[str, list[Any]] = {}
        for each in self.options.get("include", ()):
            try:
                part = part_of(self.info, each, self.of.name)
            except ModelError:
                part = None
            if part is None or isinstance(part, ColumnInfo):
                raise self.error(
                    "R402",
                    f"names {each!r} in include=, which is no relation of {self.info.model}",
                    "Name its references and its many.",
                )
            if part.name not in asked:
                shape = self.output.__name__
                why = "always shows it" if part.name in fields else "does not show it"
                raise self.error(
                    "R412",
                    f"names {each!r} in include=, and {shape} {why}",
                    f"Write '{part.name}: Included[...]' in {shape}, with the shape of what is behind it.",
                )
            found[part.name] = relation_with(self.model, part, fields[part.name])
        return found

    def _named(self) -> list[Any]:
        """Return what queries of the resource go by: columns, and functions that make conditions."""
        named = [each.column if isinstance(each, Filter) else each for each in self.options.get("filters", ())]
        named += [*self.options.get("ordering", ()), *self.options.get("search", ())]
        return named + [getattr(each, "expression", each) for each in self.options.get("order", ())]

    def _leads_elsewhere(self, relations: Sequence[Any]) -> bool:
        """Tell whether queries of the resource may name other tables than its own."""
        plain = all(isinstance(each, Column) and not each.path for each in self._named())
        return bool(relations) or not plain or not self.own.isdisjoint({"rows", "list"})

    def _paths(self) -> list[Any]:
        """Return the tables on the way to columns that lie behind relations."""
        return [step.target for each in self._named() if isinstance(each, Column) for step in each.path]

    def _sizes(self) -> tuple[int, int]:
        size = self.options.get("page_size", PAGE)
        largest = self.options.get("max_page_size", max(LARGEST_PAGE, size))
        if not 1 <= size <= largest:
            raise self.error(
                "R401", f"has pages of {size} rows, and of {largest} at most", "Let page_size be 1 to max_page_size."
            )
        return size, largest

    # ---- making

    def routes(self) -> list[Declared]:
        info, options, of = self.info, self.options, self.of
        shown = shown_by(self.output, self.model)
        includes = self._includes(shown.asked)
        form = Form(encoder(self.output))
        relations = [*shown.always, *(each for several in includes.values() for each in several)]
        orders = Orders(of, options.get("ordering", ()), options.get("order", ()))
        asking = Asking(
            of,
            filters=compile_filters(of, options.get("filters", ())),
            orders=orders,
            search=compile_search(of, options.get("search", ())),
            includes=includes,
            size=self._sizes(),
            paging=options.get("paging", "both"),
        )
        words = {
            "model": info.model,
            "input": getattr(self.input, "__name__", "Any"),
            "change": getattr(self.change, "__name__", "Any"),
        }
        methods = {
            verb: Override(verb, getattr(self.resource, verb), self.model, words, own=verb in self.own)
            for verb in ("rows", *self.verbs)
        }
        narrowed = methods["rows"] if methods["rows"].own else None
        parts = Parts(
            info=info,
            rows=Rows(
                self.model,
                narrowed,
                elsewhere=self._leads_elsewhere(relations),
                relations=relations,
                tables=self._paths(),
            ),
            output=self.output,
            input=self.input,
            change=self.change,
            shown=shown,
            form=form,
            tags=Tags(info, shown, required=options.get("require_match", False)),
            asking=asking,
            includes=includes,
            keeper=self._keeper(),
            at=of.at,
        )
        handlers = Handlers(parts)
        below = "".join(f"/{{{name}}}" for name in parts.rows.names)
        return [
            Declared(
                options.get("path", "") + (below if METHODS[verb][1] else ""),
                (METHODS[verb][0],),
                handlers.make(methods[verb]),
                self._options_of(verb),
                self.place,
            )
            for verb in self.verbs
        ]

    def _keeper(self) -> Keeper | None:
        lasts = self.options.get("idempotency", True)
        if lasts is False:
            return None
        name = f"{type(self.resource).__module__}.{type(self.resource).__qualname__}"
        return Keeper(name, lasts if isinstance(lasts, timedelta) else A_DAY, self.options.get("store"))

    def _options_of(self, verb: str) -> RouteOptions:
        given: dict[str, Any] = {key: value for key, value in self.options.items() if key not in OWN}
        name = given.pop("name", "") or _snake(type(self.resource).__name__)
        given.setdefault("tags", (type(self.resource).__name__,))
        method: Any = getattr(self.resource, verb)
        if verb not in self.own or not method.__doc__:
            words = _words(self.info.model)
            given["summary"] = DOES[verb].format(one=f"{_article(words)} {words}", many=f"rows of {words}")
        by_verb = self.options.get("verb_requires", {})
        if unknown := by_verb.keys() - METHODS.keys():
            raise self.error("R411", f"requires something of {min(unknown)!r}", f"There are {', '.join(METHODS)}.")
        if (more := by_verb.get(cast("Verb", verb))) is not None:
            given["requires"] = [*_several(given.get("requires", ())), *_several(more)]
        made: dict[str, Any] = {**given, "name": f"{name}.{verb}", "strict_query": verb in READING}
        answers, errors = described(verb, required=bool(self.options.get("require_match")))
        made["responses"] = {**answers, **given.get("responses", {})}
        made["raises"] = [*errors, *given.get("raises", ())]
        if verb == "create":
            made["status"] = 201
        return cast("RouteOptions", made)


def _several(given: Any) -> Sequence[Any]:
    return given if hasattr(given, "__iter__") else (given,)


def _all_of(model: Any) -> Any:
    """Return the shape of every column of a model that is not private."""
    base: Any = Output
    return type(base)(
        f"{model.__name__}Out", (base,), {"__orig_bases__": (base[model],), "__module__": model.__module__}
    )


def _snake(name: str) -> str:
    return re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _words(name: str) -> str:
    return _snake(name).replace("_", " ")


def _article(words: str) -> str:
    return "an" if words[0] in "aeiou" else "a"

"""Where the options of a field come from when its type does not name them: data, a function, a query of a model."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from rooftree.forms.errors import FormUsageError
from rooftree.forms.fixed import Fixed
from rooftree.forms.info import Choices, Option, Source, is_tuple
from rooftree.forms.widgets.choice import choice_text

__all__ = ["source_of"]


async def source_of(form: object, given: Choices, owner: str, searched: Sequence[Any] = ()) -> Source:
    """Return where the options of a field come from.

    Args:
        form: The form, which a function may ask for.
        given: What was declared.
        owner: The field, for errors.
        searched: The columns in which people search.

    Raises:
        FormUsageError: F204 for what cannot be options.
    """
    value: Any = given
    if callable(given):
        value = given(form) if inspect.signature(given).parameters else given()
        if inspect.isawaitable(value) and not _is_query(value):
            value = await value
    if hasattr(value, "options") and hasattr(value, "accepted"):
        return cast("Source", value)
    if _is_query(value):
        from rooftree.forms.model_choices import Rows

        return Rows(await _for_visitor(cast("Any", value), form), searched)
    if isinstance(value, Mapping):
        return Fixed([Option(choice_text(key), label) for key, label in _any(value).items()])
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return Fixed([_option(item) for item in _any(value)])
    raise FormUsageError(
        "F204",
        f"The choices of {owner} are {value!r}.",
        "Give a dict of values to labels, a list of values or of pairs, a query of a model, or a function that returns "
        "one of these.",
    )


async def _for_visitor(query: Any, form: Any) -> Any:
    """Return a query of a model with a policy asked for whoever sees the form, unless it says for whom itself."""
    request = getattr(form, "request", None)
    if request is None or query.is_asked_for_somebody:
        return query
    from rooftree.db import is_policed

    return query.scoped(await request.app.viewer(request)) if is_policed(query.table) else query


def _is_query(value: object) -> bool:
    return hasattr(value, "in_bulk") and hasattr(value, "order_by")


def _option(item: Any) -> Option:
    if isinstance(item, Option):
        return item
    if is_tuple(item) and len(item) == 2:
        value, label = item
        return Option(choice_text(value), label)
    return Option(choice_text(item), getattr(item, "label", None) or choice_text(item))


def _any(value: Any) -> Any:
    """Forget what a check of a container's type has told: its items are anything."""
    return value

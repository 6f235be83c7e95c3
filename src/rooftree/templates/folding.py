"""What templates may compute once and for all, while they are compiled."""

from __future__ import annotations

from typing import Any, Never

import jinja2
from jinja2 import nodes
from jinja2.filters import FILTERS
from jinja2.tests import TESTS

__all__ = ["keep_for_rendering"]


def keep_for_rendering(template: nodes.Template, environment: jinja2.Environment) -> None:
    """Have filters and tests called by each rendering, except for Jinja2's own, which only look at their values.

    Jinja2 calls them while it compiles where all that they are given is constant: ``{{ 60|currency("EUR") }}`` would
    be written for everyone in the language of whoever came first, and an application's own filter would not be asked
    again.
    """
    for node in template.find_all((nodes.Filter, nodes.Test)):
        ours, known = (environment.filters, FILTERS) if isinstance(node, nodes.Filter) else (environment.tests, TESTS)
        if ours.get(node.name) is not known.get(node.name):
            vars(node)["as_const"] = _is_not_constant


def _is_not_constant(*_: Any) -> Never:
    raise nodes.Impossible

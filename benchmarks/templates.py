"""Rendering alone: the pages of the comparison by Jinja2's own code and by Rooftree's, in turns, on the same values.

python3 -m benchmarks templates
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from rooftree.base import TemplateOptions
from rooftree.templates import Templates

__all__ = ["measure"]

FOLDER = Path(__file__).parent / "apps/templates"
ROUNDS = 30


class Fortune(msgspec.Struct):
    id: int
    message: str


class Category(msgspec.Struct):
    name: str


class Product(msgspec.Struct):
    id: int
    name: str
    category: Category
    price: int
    stock: int


class User(msgspec.Struct):
    id: int
    username: str
    email: str


def values() -> dict[str, dict[str, Any]]:
    """Return what each page is given: 13 fortunes; a user and 20 products."""
    kinds = [Category(f"Category {number} & more") for number in range(5)]
    products = [Product(n, f"Product {n}", kinds[n % 5], n * 37, n % 3) for n in range(20)]
    fortunes = [Fortune(number, f"A fortune of the usual length, <{number}>") for number in range(13)]
    user = User(7, "jane", "jane@example.org")
    return {
        "fortunes.html": {"fortunes": fortunes},
        "page.html": {"user": user, "products": products, "csrf_name": "csrf_token", "csrf_token": "a" * 64},
        "page.html with dicts": {
            "user": msgspec.to_builtins(user),
            "products": msgspec.to_builtins(products),
            "csrf_name": "csrf_token",
            "csrf_token": "a" * 64,
        },
    }


def took(render: Callable[[], str]) -> float:
    """Return the microseconds that one rendering takes, of a run of about ten milliseconds."""
    start = time.perf_counter()
    count = 0
    while time.perf_counter() - start < 0.01:
        for _ in range(10):
            render()
        count += 10
    return (time.perf_counter() - start) / count * 1e6


def measure() -> dict[str, dict[str, float]]:
    """Return of each page the least microseconds by either, and the median of the rounds' ratios."""
    stock = jinja2.Environment(loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, auto_reload=False)
    templates = Templates(FOLDER.parent, TemplateOptions(cache=""))
    found: dict[str, dict[str, float]] = {}
    for name, given in values().items():
        file = name.partition(" ")[0]
        theirs, ours = stock.get_template(file), templates.environment.get_template(file)

        def by_jinja(given: dict[str, Any] = given, template: jinja2.Template = theirs) -> str:
            return template.render(given)

        def by_rooftree(given: dict[str, Any] = given, template: Any = ours) -> str:
            text: str = template.render_text({**given})
            return text

        if by_jinja() != by_rooftree():
            raise AssertionError(f"{name} differs")
        pairs = [(took(by_jinja), took(by_rooftree)) for _ in range(ROUNDS)]
        found[name] = {
            "jinja2 us": round(min(pair[0] for pair in pairs), 1),
            "rooftree us": round(min(pair[1] for pair in pairs), 1),
            "ratio": round(statistics.median(theirs / ours for theirs, ours in pairs), 2),
        }
    return found


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)

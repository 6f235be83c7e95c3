"""What tests of the description stand on."""

from __future__ import annotations

from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from rooftree import App, Settings

__all__ = ["described", "make_app", "operation"]


def make_app(**settings: Any) -> App:
    """An application whose settings are these alone."""
    return App(Settings(mode="test", **settings), name="Test")


def described(app: App) -> dict[str, Any]:
    """The document of an application, which the official schema takes."""
    document = app.openapi()
    validate(document, cls=OpenAPIV31SpecValidator)
    return document


def operation(app: App) -> dict[str, Any]:
    """The one operation of an application."""
    (methods,) = described(app)["paths"].values()
    (found,) = methods.values()
    result: dict[str, Any] = found
    return result

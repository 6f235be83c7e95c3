"""The application: the wiring of everything below it."""

from typing import TYPE_CHECKING, Any

from rooftree.app.app import App, Plugin
from rooftree.app.checks import Check, Finding, mistakes_in
from rooftree.app.failure import Failure, debug_answer
from rooftree.app.logs import configure_logging
from rooftree.app.middleware import CORS, BodyLimit, Compression, CompressionOptions, CORSOptions, TimeLimit
from rooftree.app.pipeline import Endpoint

if TYPE_CHECKING:
    from rooftree.app.databases import migrations_folder
    from rooftree.app.languages import Languages

__all__ = [
    "CORS",
    "App",
    "BodyLimit",
    "CORSOptions",
    "Check",
    "Compression",
    "CompressionOptions",
    "Endpoint",
    "Failure",
    "Finding",
    "Languages",
    "Plugin",
    "TimeLimit",
    "configure_logging",
    "debug_answer",
    "migrations_folder",
    "mistakes_in",
]


def __getattr__(name: str) -> Any:
    if name == "Languages":  # which loads the room of languages
        from rooftree.app.languages import Languages

        return Languages
    if name == "migrations_folder":
        from rooftree.app.databases import migrations_folder

        return migrations_folder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

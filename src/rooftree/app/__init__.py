"""The application: the wiring of everything below it."""

from typing import TYPE_CHECKING

from rooftree.app.app import App, Plugin
from rooftree.app.checks import Check, Finding, mistakes_in
from rooftree.app.failure import Failure, debug_answer
from rooftree.app.logs import configure_logging
from rooftree.app.middleware import BodyLimit, TimeLimit
from rooftree.app.pipeline import Endpoint
from rooftree.base import later

if TYPE_CHECKING:
    from rooftree.app.databases import migrations_folder
    from rooftree.app.languages import Languages
    from rooftree.app.middleware import CORS, Compression, CompressionOptions, CORSOptions

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

if not TYPE_CHECKING:  # for checkers a name that is not there is an error
    __getattr__ = later(
        __name__,
        {
            "CORS": "middleware",
            "CORSOptions": "middleware",
            "Compression": "middleware",
            "CompressionOptions": "middleware",
            "Languages": "languages",  # which loads the room of languages
            "migrations_folder": "databases",
        },
    )
